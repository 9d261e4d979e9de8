/**
 * @file identity.h
 * A person's keys, all derived from the seed that the slot opens; and the vault's own, derived from the store key.
 */
#ifndef VAULT_KEYS_IDENTITY_H
#define VAULT_KEYS_IDENTITY_H

#include "vault/crypto/box.h"
#include "vault/crypto/sign.h"

/** Name of a user, role or portfolio: 1 to 64 of a-z 0-9 . _ -, the first a letter or digit. */
#define NAME_SIZE_MAX 64u
bool name_valid(const char *name);

/** A person: Ed25519 for signing events, X25519 for receiving keys. */
struct identity;
int identity_open(const struct secret *seed, struct identity **identity) VAULT_MUST_CHECK;
void identity_free(struct identity *identity);
const struct sign_key *identity_sign(const struct identity *identity);
const struct box_key *identity_box(const struct identity *identity);

/** The branches of the store key. */
struct vault_keys {
    struct secret *log_seal;      /* seals the log's entries */
    struct secret *log_index;     /* keys the log index's tokens */
    struct secret *lookup;        /* keys the tokens of client numbers and tax ids, and salts of the log */
    struct secret *source;        /* seals names of imported files */
    struct sign_key *sign;        /* signs checkpoints and the vault's own events */
    struct box_key *attempts;     /* opens notes of failed logins */
};
/** On error everything in @p keys is NULL. */
int vault_keys_open(const struct secret *store_key, struct vault_keys *keys) VAULT_MUST_CHECK;
void vault_keys_free(struct vault_keys *keys);

#endif
