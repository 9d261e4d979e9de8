/**
 * @file new_clients_private.h
 * New clients inside a change: ids said by an event, keys made, card and first record sealed.
 *
 * They are collected and made in batches, since each batch is an event of the log.
 */
#ifndef VAULT_OPS_RECORDS_NEW_CLIENTS_PRIVATE_H
#define VAULT_OPS_RECORDS_NEW_CLIENTS_PRIVATE_H

#include "vault/ops/call_private.h"

struct new_clients;

/** For one portfolio and change; the person may add clients there (decided by the caller). @p capacity 0: one. */
int new_clients_new(struct call *call, struct change *change, const char *portfolio, size_t capacity,
    struct new_clients **clients) VAULT_MUST_CHECK;
/** They are not the person's own to work on, though he could: he is not assigned. */
void new_clients_for_others(struct new_clients *clients);
void new_clients_free(struct new_clients *clients);

/** Take a KIND_CLIENT draft whose client is not there yet; texts are copied, JSON referenced. Flushes when full. */
int new_clients_put(struct new_clients *clients, const struct draft *draft, int64_t source) VAULT_MUST_CHECK;
/** Make all that are waiting. */
int new_clients_flush(struct new_clients *clients) VAULT_MUST_CHECK;

/** Is somebody with this number, tax id or name waiting to be made?  Any may be NULL. */
bool new_clients_waiting(const struct new_clients *clients, const char *client_no, const char *tax_id);
/** The client made last. */
struct client_facts new_clients_last(const struct new_clients *clients);

#endif
