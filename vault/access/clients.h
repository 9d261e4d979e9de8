/**
 * @file clients.h
 * Finding clients: by id, number, tax id or name; their cards; and the keys that records ask for.
 */
#ifndef VAULT_ACCESS_CLIENTS_H
#define VAULT_ACCESS_CLIENTS_H

#include "vault/access/decide.h"
#include "vault/access/session_parts.h"

/**
 * Find one client by what a person typed: ULID, client number, tax id, or a name that only one client of those whose
 * cards the person can open has.
 * @retval VAULT_ENOTFOUND  none; VAULT_EINPUT  several, and the sentence says how many.
 */
int clients_find(struct session *session, const char *typed, struct client_facts *client, struct failure *failure)
    VAULT_MUST_CHECK;

/** The same. @p card: the client's card where it was opened on the way, else NULL; may be NULL. */
int clients_find_card(struct session *session, const char *typed, struct client_facts *client, json_t **card,
    struct failure *failure) VAULT_MUST_CHECK;

int clients_by_row(struct session *session, int64_t row, struct client_facts *client, struct failure *failure)
    VAULT_MUST_CHECK;

/** Exactly by number or tax id; found false where there is none. Either may be NULL. */
int clients_by_number(struct session *session, const char *client_no, const char *tax_id, struct client_facts *client,
    bool *found, struct failure *failure) VAULT_MUST_CHECK;

/** A client's card: object {client_no,name,tax_id,status}, a reference that the caller drops and does not change: others may
 *  have it, too. VAULT_ENOKEY without the directory's key. */
int clients_card(struct session *session, const struct client_facts *client, json_t **card, struct failure *failure)
    VAULT_MUST_CHECK;

/** Seal a card as the client's newest, and the tokens by which it is found. In the caller's transaction. */
int clients_put_card(struct session *session, const struct client_facts *client, const struct client_card *card,
    struct postings *postings, struct failure *failure) VAULT_MUST_CHECK;

/** The keys of records, through this session's keyring. */
struct record_keys clients_record_keys(struct session *session);

/** The compartments of the client's portfolio that the person holds keys for: bits 1 << enum compartment. */
int clients_compartments(struct session *session, const struct client_facts *client, unsigned *compartments,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
