#include "vault/crypto/secret.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "vault/base/instant.h"
#include "vault/base/memory.h"

struct secret {
    size_t size;
    uint8_t *data; /* sodium_malloc */
};

int crypto_start(void)
{
    return sodium_init() < 0 ? VAULT_EINTERNAL : VAULT_OK;
}

/* --- Guarded memory of one key --- */

/* To map, guard and lock it costs a dozen calls into the kernel, which is more than what most keys are opened
 * for, so some is kept, wiped.  What is used after it was let go must be found where that is looked for. */
#if defined(__SANITIZE_ADDRESS__)
#define KEPT 0u
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEPT 0u
#endif
#endif
#ifndef KEPT
#define KEPT 32u
#endif

static struct {
    pthread_mutex_t lock;
    size_t count;
    uint8_t *data[KEPT + 1];
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint8_t *take_kept(size_t size)
{
    uint8_t *data = NULL;
    if (size != KEY_SIZE)
        return NULL;
    (void)pthread_mutex_lock(&kept.lock);
    if (kept.count > 0)
        data = kept.data[--kept.count];
    (void)pthread_mutex_unlock(&kept.lock);
    return data;
}

static bool keep(uint8_t *data, size_t size)
{
    if (size != KEY_SIZE || KEPT == 0)
        return false;
    sodium_memzero(data, size);
    (void)pthread_mutex_lock(&kept.lock);
    bool room = kept.count != KEPT;
    if (room)
        kept.data[kept.count++] = data;
    (void)pthread_mutex_unlock(&kept.lock);
    return room;
}

struct secret *secret_new(size_t size)
{
    struct secret *secret = calloc(1, sizeof *secret);
    void *data = secret == NULL ? NULL : take_kept(size);
    if (secret != NULL && data == NULL)
        data = sodium_malloc(size);
    if (data == NULL) {
        memory_failed(); /* a share or key that does not open for this is not to be called a wrong one */
        free(secret);
        return NULL;
    }
    secret->data = data;
    sodium_memzero(secret->data, size);
    secret->size = size;
    return secret;
}

struct secret *secret_random(size_t size)
{
    struct secret *secret = secret_new(size);
    if (secret != NULL)
        randombytes_buf(secret->data, size);
    return secret;
}

struct secret *secret_copy(struct bytes bytes)
{
    struct secret *secret = secret_new(bytes.size);
    if (secret != NULL && bytes.size > 0)
        memcpy(secret->data, bytes.data, bytes.size);
    return secret;
}

void secret_free(struct secret *secret)
{
    if (secret == NULL)
        return;
    if (!keep(secret->data, secret->size))
        sodium_free(secret->data); /* wipes */
    free(secret);
}

struct bytes secret_bytes(const struct secret *secret)
{
    return bytes_of(secret->data, secret->size);
}

uint8_t *secret_edit(struct secret *secret)
{
    return secret->data;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
    return bytes_equal_constant_time(secret_bytes(a), secret_bytes(b));
}

bool bytes_equal_constant_time(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || sodium_memcmp(a.data, b.data, a.size) == 0);
}

int secret_derive(const struct secret *master, const char *context, uint64_t number, struct secret **derived)
{
    *derived = NULL;
    if (master->size != crypto_kdf_KEYBYTES || strlen(context) != crypto_kdf_CONTEXTBYTES)
        return VAULT_EINTERNAL;
    struct secret *key = secret_new(KEY_SIZE);
    if (key == NULL)
        return VAULT_ENOMEM;
    if (crypto_kdf_derive_from_key(key->data, KEY_SIZE, number, context, master->data) != 0) {
        secret_free(key);
        return VAULT_EINTERNAL;
    }
    *derived = key;
    return VAULT_OK;
}

void random_fill(void *data, size_t size)
{
    randombytes_buf(data, size);
}

struct ulid ulid_new(void)
{
    uint8_t random[10];
    randombytes_buf(random, sizeof random);
    return ulid_make(instant_now(), random); /* not secret, not wiped */
}

void crypto_harden_process(void)
{
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
