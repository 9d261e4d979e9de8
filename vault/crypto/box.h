/**
 * @file box.h
 * Keys handed from one holder to the next: X25519 pairs and sealed boxes (libsodium crypto_box_seal).
 *
 * A sealed box by itself says neither who sealed it nor what for.  What for is put inside: the payload is
 * BLAKE2b-256(place) || secret, and opening for another place fails.  Who is not: that a public key is the right
 * one is known from signed events of the log.
 */
#ifndef VAULT_CRYPTO_BOX_H
#define VAULT_CRYPTO_BOX_H

#include "vault/crypto/secret.h"

#define BOX_PUBLIC_SIZE 32

struct box_key;

/** A new random pair, or the pair of a 32-byte seed; NULL if there is no lockable memory. */
struct box_key *box_key_new(void);
struct box_key *box_key_from_seed(const struct secret *seed);
/** The pair whose secret half is given (as carried by a box); NULL if it is not KEY_SIZE bytes or no memory. */
struct box_key *box_key_from_secret(const struct secret *secret_half);
void box_key_free(struct box_key *key);

/** BOX_PUBLIC_SIZE bytes, borrowed from @p key. */
struct bytes box_key_public(const struct box_key *key);
/** The secret half, borrowed from @p key. */
const struct secret *box_key_secret(const struct box_key *key);

/** Append a box with @p inner, for whoever holds the secret half of @p public_key. */
int box_seal_secret(struct bytes public_key, struct bytes place, const struct secret *inner, struct buffer *boxed)
    VAULT_MUST_CHECK;
/** @retval VAULT_EFORGED  not for this key, damaged, or for another place; @p inner is then NULL. */
int box_open_secret(const struct box_key *key, struct bytes place, struct bytes boxed, struct secret **inner)
    VAULT_MUST_CHECK;

/** A box with bytes that are not a key (a failed login on its way to the log). No place. */
int box_seal(struct bytes public_key, struct bytes plain, struct buffer *boxed) VAULT_MUST_CHECK;
int box_open(const struct box_key *key, struct bytes boxed, struct buffer *plain) VAULT_MUST_CHECK;

#endif
