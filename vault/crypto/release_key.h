/**
 * @file release_key.h
 * The key that seals one record version's witness half, derived alike by who seals (the vault) and by who
 * releases (a witness, or the holder of the break-glass sheet).
 *
 * Hashed ElGamal over X25519 (RFC 7748), in the manner of DHIES (Abdalla, Bellare, Rogaway 2001): with the
 * ephemeral pair (e, E) of a run and the recipient's pair (p, P),
 *
 *   key = BLAKE2b-256(key = X25519(e, P) = X25519(p, E), "release-half" || NUL || place)
 *   place = each with its length (2 bytes) in front: origin of the vault's log, client (16), record (16),
 *           version (8), E (32), P (32)
 *
 * Whoever releases takes origin, client, record and version from the event that was logged: for another
 * record than the one that E was used for, the key is another one and opens nothing.
 */
#ifndef VAULT_CRYPTO_RELEASE_KEY_H
#define VAULT_CRYPTO_RELEASE_KEY_H

#include "vault/crypto/box.h"

/** What a release is about. */
struct release_place {
    const char *origin; /* of the vault's log; borrowed */
    struct ulid client;
    struct ulid record;
    uint64_t version;
};

/**
 * X25519(secret half of @p key, @p public_key) into @p shared, a secret of KEY_SIZE bytes.
 * @retval VAULT_EFORGED  a public key of small order, with which everybody would share the same secret.
 */
int release_shared(
    const struct box_key *key, struct bytes public_key, struct secret *shared) VAULT_MUST_CHECK;

/** The key above. @p key holds KEY_SIZE bytes, which the caller wipes. Cannot fail. */
void release_half_key(const struct secret *shared, const struct release_place *place, struct bytes point,
    struct bytes recipient, uint8_t *key);

/**
 * The key under which a witness sends its answer: BLAKE2b-256(key = X25519(p, A), "release-answer" || NUL ||
 * A || P ||
 * @p request, each with its length in front), where A is the public half that the event named and @p request
 * the hash of the request.  Only who holds the secret half of A, or of P, can compute it; so an answer that
 * opens came from the witness.
 * @param key  KEY_SIZE bytes are written.
 */
void release_answer_key(const struct secret *shared, struct bytes answer_public, struct bytes recipient,
    struct bytes request, struct secret *key);

#endif
