/**
 * @file import_private.h
 * Inside the room: one import under way, from its drafts to the records of clients.
 */
#ifndef VAULT_OPS_RECORDS_IMPORT_PRIVATE_H
#define VAULT_OPS_RECORDS_IMPORT_PRIVATE_H

#include "vault/ops/call_private.h"
#include "vault/ops/records/new_clients_private.h"

/* Places shown of one file; the rest is counted. */
#define LIMIT_PLACES_SHOWN 1000

struct import_client;

struct import {
    struct call *call;
    struct change *change;
    const struct client_facts *only; /* --client, or NULL */
    char portfolio[NAME_SIZE_MAX + 1];
    struct new_clients *fresh_clients;
    bool may_add; /* clients to the portfolio */
    bool may_add_known;
    struct postings *postings;
    struct import_client *clients; /* those met so far, by what the file calls them */
    size_t client_count;
    size_t client_capacity;
    struct import_client *last;
    json_t *client_index; /* name in the file -> position */
    json_t *versions;     /* resources of changed records, waiting for their event */
    int64_t source;
    uint64_t rows;
    char denial[220];

    /* Of the file being read. */
    uint64_t fresh, changed, same, refused;
    uint64_t decoys; /* rows that an export of this vault made up */
    json_t *refusals, *warnings, *controls, *unmapped;

    uint64_t total_fresh, total_changed, total_same, total_refused, total_taken, total_denied;
};

int import_new(struct call *call, struct change *change, const struct client_facts *only, struct import **import)
    VAULT_MUST_CHECK;
void import_free(struct import *import);

/** {where,reason} of a row that was refused or warned of; either may have been cut within a character. */
json_t *place_and_reason(const char *where, const char *reason);

/** Remember the file that the next drafts come from: its hash, its sealed name. */
int import_source(struct import *import, const char *path, const char *name) VAULT_MUST_CHECK;
/** Put one draft: find or make its client, decide, seal. What cannot be taken is counted with its place. */
int import_draft(struct import *import, const struct draft *draft) VAULT_MUST_CHECK;
/** What is still waiting of a file; adds its figures to the totals. */
int import_finish_file(struct import *import, const char *format) VAULT_MUST_CHECK;
/** Write the search index, and events of changed records. */
int import_finish(struct import *import) VAULT_MUST_CHECK;

#endif
