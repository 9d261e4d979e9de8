/**
 * @file behind_private.h
 * The keys of the clients whose drafts are put behind, kept where no keyring drops them meanwhile.
 */
#ifndef VAULT_RECORDS_BEHIND_PRIVATE_H
#define VAULT_RECORDS_BEHIND_PRIVATE_H

#include "vault/records/records_private.h"

struct behind_keys;

/** Borrowed until the next behind_keys_ask() that finds no room. */
struct behind_key_set {
    int64_t client; /* row; 0: unused */
    enum compartment of, index_of;
    const struct secret *index;  /* of the natural token; the session's */
    const struct secret *search; /* of the search tokens; the session's */
    struct secret *client_key;   /* a copy */
};

int behind_keys_new(struct records *records, struct behind_keys **keys) VAULT_MUST_CHECK;
void behind_keys_free(struct behind_keys *keys);

/** Those of a client's records of a kind; NULL if they must be asked for. */
const struct behind_key_set *behind_keys_known(
    struct behind_keys *keys, int64_t client, enum record_kind kind);
/** Ask the keyring; nobody else uses it or any set meanwhile.  NULL if it has not all of them. */
const struct behind_key_set *behind_keys_ask(struct behind_keys *keys, int64_t client, enum record_kind kind);

#endif
