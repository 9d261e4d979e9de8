/**
 * @file keyring.h
 * What one person can open: role secrets, through them portfolio secrets, through them client keys.
 *
 * Nothing is opened before it is asked for; what was opened stays in guarded memory until keyring_free().
 * What is borrowed from a keyring lives until keyring_forget() or keyring_free(), but for client keys.  One thread.
 *
 * VAULT_ENOKEY everywhere: no key of this person leads there.  VAULT_EFORGED: a box that should open does not.
 */
#ifndef VAULT_KEYS_KEYRING_H
#define VAULT_KEYS_KEYRING_H

#include "vault/base/compartment.h"
#include "vault/keys/identity.h"
#include "vault/store/store.h"

struct keyring;

/** @p identity and @p user are borrowed for the keyring's life. */
int keyring_new(struct store *store, const struct ulid *vault, const char *user, const struct identity *identity,
    struct keyring **keyring) VAULT_MUST_CHECK;
void keyring_free(struct keyring *keyring);

/** The pair of a role in its present epoch. */
int keyring_role(struct keyring *keyring, const char *role, const struct box_key **key, struct failure *failure)
    VAULT_MUST_CHECK;

/** The pair of a role in an earlier epoch that the person was there for. VAULT_ENOKEY. */
int keyring_role_at(struct keyring *keyring, const char *role, int64_t epoch, const struct box_key **key,
    struct failure *failure) VAULT_MUST_CHECK;

/** The pair of a portfolio's compartment in a given epoch, through whichever of the person's roles reaches it. */
int keyring_portfolio(struct keyring *keyring, const char *portfolio, enum compartment compartment, int64_t epoch,
    const struct box_key **key, struct failure *failure) VAULT_MUST_CHECK;

/** The key that blinds search tokens, natural keys and digests of a portfolio's compartment. */
int keyring_index(struct keyring *keyring, const char *portfolio, enum compartment compartment,
    const struct secret **key, struct failure *failure) VAULT_MUST_CHECK;

/** The key that seals the client cards of a portfolio; a branch of the directory's index key. */
int keyring_cards(struct keyring *keyring, const char *portfolio, const struct secret **key,
    struct failure *failure) VAULT_MUST_CHECK;

/** A client's key of a compartment.  Unlike the others it is borrowed only until the next call of this function:
 *  a long run over many clients lets go of the earlier ones. */
struct client_ref {
    int64_t row;
    struct ulid id;
    char portfolio[NAME_SIZE_MAX + 1];
};
int keyring_client(struct keyring *keyring, const struct client_ref *client, enum compartment compartment,
    const struct secret **key, struct failure *failure) VAULT_MUST_CHECK;

/** Forget what was opened (after an epoch changed). */
void keyring_forget(struct keyring *keyring);

#endif
