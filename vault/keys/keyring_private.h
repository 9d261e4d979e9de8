/**
 * @file keyring_private.h
 * Inside the room: what a keyring holds, for the files that open keys into it.
 */
#ifndef VAULT_KEYS_KEYRING_PRIVATE_H
#define VAULT_KEYS_KEYRING_PRIVATE_H

#include "vault/keys/keyring.h"

/* One opened key, found again by name and numbers; a person holds a handful, and those of his clients. */
struct held {
    struct held *next;
    char name[NAME_SIZE_MAX + 1];
    int kind; /* HELD_* */
    int compartment;
    int64_t number;
    struct box_key *pair;
    struct secret *secret;
};

enum { HELD_ROLE, HELD_PORTFOLIO, HELD_INDEX, HELD_CARDS, HELD_CLIENT, HELD_TRACE, HELD_TRACE_INDEX };

#define HELD_PLACES 64u

struct keyring {
    struct store *store;
    struct ulid vault;
    const char *user;
    const struct identity *identity;
    struct held *held[HELD_PLACES]; /* by their numbers */
    unsigned clients;
};

/** What is held under a name and numbers, or NULL. */
struct held *keyring_find(
    const struct keyring *keyring, int kind, const char *name, int compartment, int64_t number);
/** Take over @p pair or @p secret, also on failure. */
int keyring_keep(struct keyring *keyring, int kind, const char *name, int compartment, int64_t number,
    struct box_key *pair, struct secret *secret) VAULT_MUST_CHECK;
/** The pair of a role in one epoch. VAULT_ENOKEY. */
int keyring_role_at(struct keyring *keyring, const char *role, int64_t epoch, const struct box_key **key,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
