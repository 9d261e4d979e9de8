/**
 * @file import_private.h
 * Inside the room: one import under way, from its drafts to the records of clients.
 */
#ifndef VAULT_OPS_RECORDS_IMPORT_PRIVATE_H
#define VAULT_OPS_RECORDS_IMPORT_PRIVATE_H

#include "vault/ops/call_private.h"
#include "vault/ops/records/new_clients_private.h"
#include "vault/records/behind.h"

/* Places shown of one file; the rest is counted. */
#define LIMIT_PLACES_SHOWN 1000

/** A client as this import has met it. */
struct import_client {
    struct client_facts facts;
    struct permit *permit; /* NULL: not permitted */
    char reason[200];      /* then why */
};

struct import {
    struct call *call;
    struct change *change;
    const struct client_facts *only; /* --client, or NULL */
    char portfolio[NAME_SIZE_MAX + 1];
    struct new_clients *fresh_clients;
    bool may_add; /* clients to the portfolio */
    bool may_add_known;
    struct postings *postings;
    struct behind *behind;         /* puts records while the file is read on */
    struct import_client *clients; /* those met so far, by what the file calls them */
    size_t client_count;
    size_t client_capacity;
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
/** Wait until what was taken is put and counted, for what is to be told behind it or needs the store. */
int import_settle(struct import *import) VAULT_MUST_CHECK;
/** Put nothing more, after an error as well: the transaction can end. */
void import_stop(struct import *import);
/** Refuse a row, behind those before it. */
int import_refuse(struct import *import, const char *where, const char *reason) VAULT_MUST_CHECK;
/** Count it, and keep it if it is one of the first; denied: for want of a permission or a key. */
void import_note_refusal(struct import *import, const char *where, const char *reason);
void import_note_denial(struct import *import, const char *where, const char *reason);
/** What is still waiting of a file; adds its figures to the totals. */
int import_finish_file(struct import *import, const char *format) VAULT_MUST_CHECK;
/** Write the search index, and events of changed records. */
int import_finish(struct import *import) VAULT_MUST_CHECK;

/* --- import_clients.c --- */

/** The client was found for an earlier row, and nothing else is to be looked for in the store. */
bool import_client_known(const struct import *import, const struct draft *draft);
/** Find whose it is and decide. @p client is NULL where there is none (yet), and @p made_up whether there never will be. */
int import_client_of(struct import *import, const struct draft *draft, struct import_client **client,
    bool *made_up) VAULT_MUST_CHECK;

/* --- import_put.c --- */

/** Put a draft under its client's permit. */
int import_put(struct import *import, const struct import_client *client, const struct draft *draft) VAULT_MUST_CHECK;
/** What came of one that was put behind. */
int import_told(void *import, const struct behind_told *told) VAULT_MUST_CHECK;
/** Write the events of changed records, all but at most @p few. */
int import_note_versions(struct import *import, size_t few) VAULT_MUST_CHECK;

#endif
