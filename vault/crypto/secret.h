/**
 * @file secret.h
 * Secret bytes in guarded memory, and what is done with them directly.
 *
 * libsodium's sodium_malloc(3): guard pages, canary, locked against swapping, left out of core dumps, wiped on
 * free; a few places of the size of a key are kept for the next one.  Call crypto_start() once before anything
 * else of this room.  A secret is immutable once it is handed out and may be read by several threads.
 */
#ifndef VAULT_CRYPTO_SECRET_H
#define VAULT_CRYPTO_SECRET_H

#include "vault/base/bytes.h"
#include "vault/base/ulid.h"

#define KEY_SIZE 32

struct secret;

/** Prepare libsodium. Idempotent and thread-safe. VAULT_EINTERNAL if the system gives no randomness. */
int crypto_start(void) VAULT_MUST_CHECK;

/** @p size zero bytes, to be written through secret_edit(); NULL if there is no lockable memory. */
struct secret *secret_new(size_t size);
/** @p size random bytes, or NULL. */
struct secret *secret_random(size_t size);
/** A copy of bytes that the caller still has to wipe; NULL if there is no lockable memory. */
struct secret *secret_copy(struct bytes bytes);
/** Wipe and free; NULL is allowed. */
void secret_free(struct secret *secret);

/** Borrowed until secret_free(). Only crypto, keys and the one call that keys the store may look inside. */
struct bytes secret_bytes(const struct secret *secret);
uint8_t *secret_edit(struct secret *secret);

/** Constant time in the content; the lengths are not secret. */
bool secret_equal(const struct secret *a, const struct secret *b);
/** Constant-time comparison of two strings of bytes of one length (MACs, tokens). */
bool bytes_equal_constant_time(struct bytes a, struct bytes b);

/**
 * Derive an independent key of KEY_SIZE bytes (crypto_kdf, BLAKE2b).
 * @param context  exactly 8 characters that name the branch ("log-seal").
 * @param number   which one of the branch.
 */
int secret_derive(const struct secret *master, const char *context, uint64_t number, struct secret **derived)
    VAULT_MUST_CHECK;

/** Random bytes from the system's generator. */
void random_fill(void *data, size_t size);
/** A fresh identifier of this moment. */
struct ulid ulid_new(void);

/** Refuse core dumps and debuggers for this process; failures are ignored, since nothing depends on it alone. */
void crypto_harden_process(void);

#endif
