/**
 * @file seal.h
 * Sealed bytes: XChaCha20-Poly1305 (IETF construction with the 24-byte nonce of draft-irtf-cfrg-xchacha), a
 * random nonce in front, bound to a place that is not stored but must be told again to open.
 *
 * Wire form: nonce (24) || ciphertext || tag (16).
 */
#ifndef VAULT_CRYPTO_SEAL_H
#define VAULT_CRYPTO_SEAL_H

#include "vault/crypto/secret.h"

#define SEAL_OVERHEAD 40

/**
 * Append the sealed form of @p plain to @p sealed.
 * @param key    KEY_SIZE bytes.
 * @param place  where it belongs; anything that tells this place from every other one.  Not secret.
 */
int seal(const struct secret *key, struct bytes place, struct bytes plain, struct buffer *sealed)
    VAULT_MUST_CHECK;

/**
 * Append the plaintext to @p plain; nothing is released unless it is authentic under this key and place.
 * @retval VAULT_EFORGED  damaged, wrong key or wrong place: deliberately one code; @p plain is unchanged.
 */
int seal_open(const struct secret *key, struct bytes place, struct bytes sealed, struct buffer *plain)
    VAULT_MUST_CHECK;

/** The same for a key: opens straight into guarded memory. @p opened is NULL on error. */
int seal_secret(const struct secret *key, struct bytes place, const struct secret *inner, struct buffer *sealed)
    VAULT_MUST_CHECK;
int seal_open_secret(const struct secret *key, struct bytes place, struct bytes sealed, struct secret **opened)
    VAULT_MUST_CHECK;

/**
 * A record under a key of its own: client key -> record key -> parts.  The wrapped key begins with a kind byte:
 * ENVELOPE_DIRECT here, ENVELOPE_WITNESSED in witnessed.h.
 *
 * An envelope is a reusable workbench with one guarded place for the record key; not to be shared by threads.
 */
#define ENVELOPE_DIRECT 1

struct envelope;
struct envelope *envelope_new(void);
void envelope_free(struct envelope *envelope);

/** Draw a fresh record key and append it to @p wrapped, sealed under the client key and bound to @p place. */
int envelope_create(struct envelope *envelope, const struct secret *client_key, struct bytes place,
    struct buffer *wrapped) VAULT_MUST_CHECK;
/** The same for the record key that is in the envelope now. */
int envelope_wrap(struct envelope *envelope, const struct secret *client_key, struct bytes place,
    struct buffer *wrapped) VAULT_MUST_CHECK;
/** Take the record key out of @p wrapped. VAULT_EFORGED as above; VAULT_EVERSION for another kind byte. */
int envelope_unwrap(struct envelope *envelope, const struct secret *client_key, struct bytes place,
    struct bytes wrapped) VAULT_MUST_CHECK;
/** Seal or open a part under the record key now in the envelope. */
int envelope_seal(struct envelope *envelope, struct bytes place, struct bytes plain, struct buffer *sealed)
    VAULT_MUST_CHECK;
int envelope_open(struct envelope *envelope, struct bytes place, struct bytes sealed, struct buffer *plain)
    VAULT_MUST_CHECK;

#endif
