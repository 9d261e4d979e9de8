#include "vault/crypto/passphrase.h"

#include <argon2.h>
#include <sodium.h>
#include <unistd.h>

#include "vault/base/instant.h"

_Static_assert(crypto_pwhash_argon2id_SALTBYTES == PASSPHRASE_SALT_SIZE, "one salt size for both");

static bool acceptable(const struct secret *passphrase, struct passphrase_cost cost)
{
    return secret_bytes(passphrase).size <= PASSPHRASE_SIZE_MAX && cost.memory >= PASSPHRASE_MEMORY_FLOOR &&
        cost.memory <= PASSPHRASE_MEMORY_CEILING && cost.passes >= PASSPHRASE_PASSES_FLOOR &&
        cost.passes <= PASSPHRASE_PASSES_CEILING && cost.lanes >= 1 && cost.lanes <= PASSPHRASE_LANES_CEILING;
}

static int by_libsodium(const struct secret *passphrase, const uint8_t *salt, struct passphrase_cost cost, uint8_t *out)
{
    struct bytes text = secret_bytes(passphrase);
    return crypto_pwhash_argon2id(out, KEY_SIZE, (const char *)text.data, text.size, salt, cost.passes,
               (size_t)cost.memory * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0
        ? VAULT_OK
        : VAULT_ENOMEM;
}

static int by_libargon2(const struct secret *passphrase, const uint8_t *salt, struct passphrase_cost cost, uint8_t *out)
{
    struct bytes text = secret_bytes(passphrase);
    int status = argon2id_hash_raw(cost.passes, cost.memory, cost.lanes, text.data, text.size, salt,
        PASSPHRASE_SALT_SIZE, out, KEY_SIZE);
    return status == ARGON2_OK ? VAULT_OK : VAULT_ENOMEM;
}

int passphrase_key_by(enum passphrase_engine engine, const struct secret *passphrase,
    const uint8_t salt[PASSPHRASE_SALT_SIZE], struct passphrase_cost cost, struct secret **key)
{
    *key = NULL;
    if (!acceptable(passphrase, cost) || (engine == PASSPHRASE_LIBSODIUM && cost.lanes != 1))
        return VAULT_EINPUT;
    struct secret *derived = secret_new(KEY_SIZE);
    if (derived == NULL)
        return VAULT_ENOMEM;
    int result = engine == PASSPHRASE_LIBSODIUM ? by_libsodium(passphrase, salt, cost, secret_edit(derived))
                                                : by_libargon2(passphrase, salt, cost, secret_edit(derived));
    if (result != VAULT_OK) {
        secret_free(derived);
        return result;
    }
    *key = derived;
    return VAULT_OK;
}

int passphrase_key(const struct secret *passphrase, const uint8_t salt[PASSPHRASE_SALT_SIZE],
    struct passphrase_cost cost, struct secret **key)
{
    return passphrase_key_by(
        cost.lanes == 1 ? PASSPHRASE_LIBSODIUM : PASSPHRASE_LIBARGON2, passphrase, salt, cost, key);
}

struct passphrase_cost passphrase_floor(void)
{
    return (struct passphrase_cost){
        .memory = PASSPHRASE_MEMORY_FLOOR, .passes = PASSPHRASE_PASSES_FLOOR, .lanes = 1};
}

static uint64_t measure(struct passphrase_cost cost)
{
    static const uint8_t salt[PASSPHRASE_SALT_SIZE] = {0};
    struct secret *sample = secret_copy(bytes_of_text("calibration"));
    struct secret *key = NULL;
    uint64_t before = instant_monotonic();
    int result = sample == NULL ? VAULT_ENOMEM : passphrase_key(sample, salt, cost, &key);
    uint64_t taken = instant_monotonic() - before;
    secret_free(key);
    secret_free(sample);
    return result == VAULT_OK ? taken : UINT64_MAX;
}

struct passphrase_cost passphrase_calibrate(unsigned milliseconds)
{
    struct passphrase_cost cost = passphrase_floor();
    uint64_t ceiling = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 1024 / 4;
    if (ceiling > PASSPHRASE_MEMORY_CEILING)
        ceiling = PASSPHRASE_MEMORY_CEILING;
    uint64_t target = (uint64_t)milliseconds * 1000000;
    uint64_t taken = measure(cost);
    /* Doubling, so that a noisy measurement is off by one step at the most. */
    while (taken < target * 3 / 4 && (uint64_t)cost.memory * 2 <= ceiling) {
        struct passphrase_cost more = cost;
        more.memory *= 2;
        taken = measure(more);
        if (taken > target * 3 / 2)
            break;
        cost = more;
    }
    return cost;
}
