/**
 * @file decoys_private.h
 * Inside the room: what the register of decoys and the orders for it share.
 */
#ifndef VAULT_ACCESS_DECOYS_PRIVATE_H
#define VAULT_ACCESS_DECOYS_PRIVATE_H

#include "vault/base/json.h"

#define DECOY_ROLE "investigator"
#define DECOY_TOKEN_SIZE 16
#define DECOY_ENTRY_SIZE 4096 /* of an entry or order before it is sealed, whatever it says */

/** Append the value's canonical text and zeros, @p size bytes together. VAULT_ELIMIT: it is longer. */
int decoy_pack(const json_t *value, size_t size, struct buffer *plain) VAULT_MUST_CHECK;
/** Take it out again. VAULT_EDAMAGED; @p value is then NULL. */
int decoy_unpack(struct bytes plain, json_t **value) VAULT_MUST_CHECK;

#endif
