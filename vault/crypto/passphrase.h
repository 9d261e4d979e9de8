/**
 * @file passphrase.h
 * Passphrase -> key: Argon2id version 1.3 (RFC 9106).
 *
 * Two implementations stand behind one function: libsodium's where the slot asks for one lane (it is the faster
 * one), libargon2 where it asks for more.  Their outputs at one lane are equal, which the tests hold them to.
 */
#ifndef VAULT_CRYPTO_PASSPHRASE_H
#define VAULT_CRYPTO_PASSPHRASE_H

#include "vault/crypto/secret.h"

#define PASSPHRASE_SALT_SIZE 16
#define PASSPHRASE_SIZE_MAX 1024u
#define PASSPHRASE_MEMORY_FLOOR (64u * 1024)      /* KiB */
#define PASSPHRASE_MEMORY_CEILING (4096u * 1024)  /* KiB; more would be an attack on us, not on the guesser */
#define PASSPHRASE_PASSES_FLOOR 3u
#define PASSPHRASE_PASSES_CEILING 64u
#define PASSPHRASE_LANES_CEILING 16u

struct passphrase_cost {
    uint32_t memory; /* KiB */
    uint32_t passes;
    uint32_t lanes;
};

/**
 * @param key  KEY_SIZE bytes on success, else NULL.
 * @retval VAULT_EINPUT   parameters below the floor or above the ceiling, or a passphrase longer than
 *                        PASSPHRASE_SIZE_MAX bytes.
 * @retval VAULT_ENOMEM   the memory that the cost asks for cannot be had.
 */
int passphrase_key(const struct secret *passphrase, const uint8_t salt[PASSPHRASE_SALT_SIZE],
    struct passphrase_cost cost, struct secret **key) VAULT_MUST_CHECK;

/** Same, with the implementation named: for the tests that hold the two against each other. */
enum passphrase_engine { PASSPHRASE_LIBSODIUM, PASSPHRASE_LIBARGON2 };
int passphrase_key_by(enum passphrase_engine engine, const struct secret *passphrase,
    const uint8_t salt[PASSPHRASE_SALT_SIZE], struct passphrase_cost cost, struct secret **key) VAULT_MUST_CHECK;

/** The floor. */
struct passphrase_cost passphrase_floor(void);

/**
 * A cost of one lane and three passes that takes about @p milliseconds here, never below the floor and never
 * above a quarter of the machine's memory.  Runs the function a few times.
 */
struct passphrase_cost passphrase_calibrate(unsigned milliseconds);

#endif
