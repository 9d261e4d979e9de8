/**
 * @file seal_private.h
 * Inside the room: what an envelope holds, and opening straight into guarded memory.
 */
#ifndef VAULT_CRYPTO_SEAL_PRIVATE_H
#define VAULT_CRYPTO_SEAL_PRIVATE_H

#include "vault/crypto/seal.h"

struct envelope {
    struct secret *key;  /* of the record */
    struct secret *half; /* the witness half of a witnessed key; zero in between */
    struct secret *open; /* what opens the half; zero in between */
};

/** As seal_open(), into @p out of `sealed.size - SEAL_OVERHEAD` bytes; @p sealed has at least SEAL_OVERHEAD.
 */
int seal_open_into(
    const struct secret *key, struct bytes place, struct bytes sealed, uint8_t *out) VAULT_MUST_CHECK;

#endif
