/**
 * @file recall_private.h
 * Inside the room: what a session has found out about its person's clients, as long as nothing in the store
 * changes.
 *
 * An accountant reads in the same few clients all day: each read would find the same row, open the same card
 * and list the same assignees.  Whatever is committed, by whom ever, makes all of it forgotten
 * (store_state()), which the next call wipes; outside a read transaction nothing is known.  Cards are held in the clear, by a
 * session that holds the key to them; they go with it.
 *
 * A table of RECALL_CLIENTS places, each client's by its row: who works for more of them finds some anew. One
 * thread at a time.
 */
#ifndef VAULT_ACCESS_RECALL_PRIVATE_H
#define VAULT_ACCESS_RECALL_PRIVATE_H

#include "vault/access/decide.h"
#include "vault/store/store.h"

#define RECALL_CLIENTS 128u
#define RECALL_TYPED_MAX 63u

struct recall;

/** NULL without memory. */
struct recall *recall_new(void);
/** NULL is allowed. */
void recall_free(struct recall *recall);

/* Of @p store as it is now.  `recall` may be NULL everywhere: then nothing is known, and nothing is kept. */

/** The client to which @p typed led; @p card, where it is asked for, is a new reference. */
bool recall_typed(struct recall *recall, struct store *store, const char *typed, struct client_facts *client,
    json_t **card);
/** Only for what led to a client whose card was opened and says the same. */
void recall_keep_typed(
    struct recall *recall, struct store *store, const char *typed, const struct client_facts *client);

bool recall_facts(struct recall *recall, struct store *store, int64_t row, struct client_facts *client);
void recall_keep_facts(struct recall *recall, struct store *store, const struct client_facts *client);

/** A new reference, NULL: not known.  Nobody may change it. */
json_t *recall_card(struct recall *recall, struct store *store, int64_t row);
/** Takes a reference of its own. */
void recall_keep_card(
    struct recall *recall, struct store *store, const struct client_facts *client, json_t *card);

/** It was looked for the client among the decoys, and it is none. */
bool recall_genuine(struct recall *recall, struct store *store, int64_t row);
void recall_keep_genuine(struct recall *recall, struct store *store, const struct client_facts *client);

/** Who is assigned to the client: names one after another, each with its NUL; borrowed until the next call.
 */
bool recall_assignees(struct recall *recall, struct store *store, int64_t row, struct bytes *names);
/** Takes over what is in @p names and leaves it empty; one that failed is not kept. */
void recall_keep_assignees(
    struct recall *recall, struct store *store, const struct client_facts *client, struct buffer *names);

#endif
