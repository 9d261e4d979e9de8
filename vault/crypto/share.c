#include "vault/crypto/share.h"

#include <libgfshare.h>
#include <sodium.h>
#include <string.h>

#include "vault/base/memory.h"

static void fill(unsigned char *buffer, unsigned int count)
{
    randombytes_buf(buffer, count);
}

static int split_many(struct secret *secret, unsigned needed, unsigned holders, struct secret **shares)
{
    unsigned char numbers[SHARE_HOLDERS_MAX];
    struct bytes content = secret_bytes(secret);
    for (unsigned i = 0; i < holders; i++)
        numbers[i] = (unsigned char)(i + 1);
    gfshare_fill_rand = fill;
    gfshare_ctx *context =
        gfshare_ctx_init_enc(numbers, holders, (unsigned char)needed, (unsigned)content.size);
    if (context == NULL)
        return VAULT_ENOMEM;
    gfshare_ctx_enc_setsecret(context, secret_edit(secret));
    for (unsigned i = 0; i < holders; i++) {
        secret_edit(shares[i])[0] = numbers[i];
        gfshare_ctx_enc_getshare(context, (unsigned char)i, secret_edit(shares[i]) + 1);
    }
    gfshare_ctx_free(context); /* wipes its buffer */
    return VAULT_OK;
}

int share_split(struct secret *secret, unsigned needed, unsigned holders, struct secret **shares)
{
    struct bytes content = secret_bytes(secret);
    int result = VAULT_OK;
    if (needed < 1 || needed > holders || holders > SHARE_HOLDERS_MAX)
        return VAULT_EINPUT;
    for (unsigned i = 0; i < holders; i++) {
        shares[i] = result == VAULT_OK ? secret_new(content.size + 1) : NULL;
        if (shares[i] == NULL)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK && needed == 1) {
        /* One of n is everybody alone; the library wants at least two. */
        for (unsigned i = 0; i < holders; i++) {
            secret_edit(shares[i])[0] = (uint8_t)(i + 1);
            memcpy(secret_edit(shares[i]) + 1, content.data, content.size);
        }
    } else if (result == VAULT_OK) {
        result = split_many(secret, needed, holders, shares);
    }
    for (unsigned i = 0; result != VAULT_OK && i < holders; i++) {
        secret_free(shares[i]);
        shares[i] = NULL;
    }
    return result;
}

int share_combine(struct secret *const *shares, unsigned count, struct secret **secret)
{
    unsigned char numbers[SHARE_HOLDERS_MAX];
    bool seen[256] = {false};
    *secret = NULL;
    if (count < 1 || count > SHARE_HOLDERS_MAX)
        return VAULT_EINPUT;
    size_t size = secret_bytes(shares[0]).size;
    for (unsigned i = 0; i < count; i++) {
        struct bytes share = secret_bytes(shares[i]);
        if (share.size != size || size < 2 || share.data[0] == 0 || seen[share.data[0]])
            return VAULT_EINPUT;
        seen[share.data[0]] = true;
        numbers[i] = share.data[0];
    }
    struct secret *whole = secret_new(size - 1);
    if (whole == NULL)
        return VAULT_ENOMEM;
    if (count == 1) {
        memcpy(secret_edit(whole), secret_bytes(shares[0]).data + 1, size - 1);
        *secret = whole;
        return VAULT_OK;
    }
    gfshare_ctx *context = gfshare_ctx_init_dec(numbers, count, (unsigned)(size - 1));
    if (context == NULL) {
        memory_failed();
        secret_free(whole);
        return VAULT_ENOMEM;
    }
    gfshare_fill_rand = fill; /* the library overwrites its buffers with it when it frees them */
    for (unsigned i = 0; i < count; i++)
        gfshare_ctx_dec_giveshare(context, (unsigned char)i, secret_edit(shares[i]) + 1);
    gfshare_ctx_dec_extract(context, secret_edit(whole));
    gfshare_ctx_free(context);
    *secret = whole;
    return VAULT_OK;
}

int share_combine_joined(struct bytes joined, struct secret **secret)
{
    struct secret *shares[SHARE_HOLDERS_MAX] = {NULL};
    unsigned count = 0;
    struct reader reader = reader_of(joined);
    int result = VAULT_OK;
    *secret = NULL;
    while (reader.rest.size > 0 && count < SHARE_HOLDERS_MAX && result == VAULT_OK) {
        struct bytes share = reader_take(&reader, reader_u8(&reader));
        shares[count] = reader.short_read ? NULL : secret_copy(share);
        result = shares[count] == NULL ? VAULT_EINPUT : VAULT_OK;
        count += shares[count] != NULL;
    }
    if (result == VAULT_OK)
        result = share_combine(shares, count, secret);
    for (unsigned i = 0; i < count; i++)
        secret_free(shares[i]);
    return result;
}
