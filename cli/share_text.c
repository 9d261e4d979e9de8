#include "cli/share_text.h"

#include <stdlib.h>
#include <string.h>

#include "cli/words.h"
#include "vault/base/text.h"
#include "vault/crypto/hash.h"
#include "vault/crypto/share.h"

#define CHECK_SIZE 2u
#define SHARE_SIZE_MAX 255u
#define LABEL "strongroom-recovery-share/v1\n"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void checksum(struct bytes share, uint8_t check[CHECK_SIZE])
{
    struct hash hash;
    struct buffer message = {0};
    buffer_put_text(&message, LABEL);
    buffer_put(&message, share);
    hash_sha256(buffer_bytes(&message), &hash);
    memcpy(check, hash.data, CHECK_SIZE);
    buffer_free(&message);
}

static void put_digit(uint32_t digit, size_t *count, struct buffer *out)
{
    if (*count > 0 && *count % 4 == 0)
        buffer_put_u8(out, '-');
    buffer_put_u8(out, (uint8_t)alphabet[digit & 31]);
    (*count)++;
}

void share_text_write(const struct secret *share, struct buffer *out)
{
    struct buffer whole = {0};
    uint8_t check[CHECK_SIZE];
    uint32_t bits = 0;
    unsigned held = 0;
    size_t count = 0;
    checksum(secret_bytes(share), check);
    buffer_put(&whole, secret_bytes(share));
    buffer_put_data(&whole, check, sizeof check);
    for (size_t i = 0; i < whole.size; i++) {
        bits = (bits << 8 | whole.data[i]) & 0xfff;
        for (held += 8; held >= 5; held -= 5)
            put_digit(bits >> (held - 5), &count, out);
    }
    if (held > 0)
        put_digit(bits << (5 - held), &count, out);
    buffer_free(&whole);
    wipe(&bits, sizeof bits);
}

/* -1: no digit; -2: to be skipped. */
static int digit_of(uint32_t c)
{
    c = fold(c); /* full-width letters, as Chinese input methods give them, are as good */
    if (c == ' ' || c == '-' || c == '\t' || c == '\r')
        return -2;
    if (c == 'o')
        return 0;
    if (c == 'i' || c == 'l')
        return 1;
    if (c >= 'a' && c <= 'z')
        c -= 'a' - 'A';
    const char *found = c == 0 || c > 0x7e ? NULL : strchr(alphabet, (int)c);
    return found == NULL ? -1 : (int)(found - alphabet);
}

static int unreadable(struct failure *failure)
{
    return failure_set(failure, VAULT_EINPUT,
        _("a share of the recovery sheet does not fit its checksum: compare it with the sheet"));
}

static int read_digits(struct bytes text, struct buffer *whole, struct failure *failure)
{
    uint32_t bits = 0;
    unsigned held = 0;
    while (text.size > 0) {
        int digit = digit_of(utf8_next(&text));
        if (digit == -2)
            continue;
        if (digit < 0)
            return failure_set(failure, VAULT_EINPUT,
                _("a share of the recovery sheet holds a character that no share has"));
        bits = (bits << 5 | (uint32_t)digit) & 0xfff;
        held += 5;
        if (held >= 8) {
            held -= 8;
            buffer_put_u8(whole, (uint8_t)(bits >> held));
        }
    }
    bool clean = held < 5 && (bits & ((1u << held) - 1)) == 0;
    bool fits = whole->size > CHECK_SIZE && whole->size <= SHARE_SIZE_MAX + CHECK_SIZE;
    return clean && fits ? buffer_error(whole) : unreadable(failure);
}

static struct bytes after_label(struct bytes text)
{
    for (size_t i = text.size; i > 0; i--) {
        if (text.data[i - 1] == ':')
            return bytes_of(text.data + i, text.size - i);
        if (i >= 3 && memcmp(text.data + i - 3, "：", 3) == 0)
            return bytes_of(text.data + i, text.size - i);
    }
    return text;
}

int share_text_read(struct bytes text, struct secret **share, struct failure *failure)
{
    struct buffer whole = {0};
    uint8_t check[CHECK_SIZE];
    *share = NULL;
    int result = read_digits(after_label(text), &whole, failure);
    if (result == VAULT_OK) {
        struct bytes body = bytes_of(whole.data, whole.size - CHECK_SIZE);
        checksum(body, check);
        if (memcmp(check, whole.data + body.size, CHECK_SIZE) != 0)
            result = unreadable(failure);
        else if ((*share = secret_copy(body)) == NULL)
            result = VAULT_ENOMEM;
    }
    buffer_free(&whole);
    return result;
}

/* --- A file of shares --- */

static int add_share(struct bytes line, struct buffer *joined, size_t *size, struct failure *failure)
{
    struct secret *share = NULL;
    int result = share_text_read(line, &share, failure);
    if (result == VAULT_OK && *size != 0 && secret_bytes(share).size != *size)
        result = failure_set(failure, VAULT_EINPUT, _("the shares are not of one recovery sheet"));
    if (result == VAULT_OK) {
        *size = secret_bytes(share).size;
        buffer_put_u8(joined, (uint8_t)*size);
        buffer_put(joined, secret_bytes(share));
    }
    secret_free(share);
    return result;
}

int share_text_read_all(struct bytes text, struct secret **joined, struct failure *failure)
{
    struct buffer all = {0};
    size_t size = 0;
    unsigned number = 0;
    int result = VAULT_OK;
    *joined = NULL;
    while (text.size > 0 && result == VAULT_OK) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t length = end == NULL ? text.size : (size_t)(end - text.data);
        struct bytes line = text_trim(bytes_of(text.data, length));
        text = bytes_of(text.data + length + (end != NULL), text.size - length - (end != NULL));
        number++;
        if (line.size == 0 || line.data[0] == '#')
            continue;
        result = add_share(line, &all, &size, failure);
        if (result != VAULT_OK)
            failure_prefix(failure, _("line %u"), number);
    }
    if (result == VAULT_OK && all.size == 0)
        result = failure_set(failure, VAULT_EINPUT, _("there is no share in it"));
    if (result == VAULT_OK && buffer_error(&all) == VAULT_OK)
        *joined = secret_copy(buffer_bytes(&all));
    if (result == VAULT_OK && *joined == NULL)
        result = VAULT_ENOMEM;
    buffer_free(&all);
    return result;
}
