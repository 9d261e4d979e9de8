/**
 * @file index.h
 * Finding entries of the log by person, client, record or event, in time proportional to the answer.
 *
 * A cache in the store over the log: every term of an entry is a keyed token in the postings of POSTINGS_LOG.
 * It may lag behind the log; queries read the rest from the log itself.
 */
#ifndef VAULT_LOG_INDEX_H
#define VAULT_LOG_INDEX_H

#include "vault/log/log.h"
#include "vault/store/postings.h"

/** What to look for; NULL members match everything.  Several members must all match. */
struct log_query {
    const char *actor;  /* actor.id */
    const char *client; /* subject.id */
    const char *record; /* an id in resources */
    const char *event;  /* exact name, or "noun.*" */
    int64_t from;       /* instants; INT64_MIN and INT64_MAX for no bound */
    int64_t to;         /* exclusive */
    uint64_t limit;     /* 0: none */
    uint64_t first;     /* entries below this index are left out */
};

/**
 * Bring the index up to the log's end; needs a write transaction of the caller.
 * @param key  of the branch that keys the tokens.
 */
int log_index_update(
    struct log *log, struct store *store, const struct secret *key, struct failure *failure) VAULT_MUST_CHECK;

/** Entries that the index lacks. */
int log_index_lag(
    struct log *log, struct store *store, uint64_t *entries, struct failure *failure) VAULT_MUST_CHECK;

/** Call back with each matching leaf in order; stops at the first non-zero return and hands it on. */
int log_index_query(struct log *log, struct store *store, const struct secret *key,
    const struct log_query *query, int (*leaf)(void *context, uint64_t index, struct bytes leaf),
    void *context, struct failure *failure) VAULT_MUST_CHECK;

#endif
