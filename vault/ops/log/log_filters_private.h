/**
 * @file log_filters_private.h
 * Inside the room: which entries of the log somebody asks for, the same for replay, story, statistics and
 * export.
 */
#ifndef VAULT_OPS_LOG_LOG_FILTERS_PRIVATE_H
#define VAULT_OPS_LOG_LOG_FILTERS_PRIVATE_H

#include "vault/log/index.h"
#include "vault/ops/call_private.h"

struct log_filters {
    struct log_query query; /* borrows from the call's arguments, and from here: so it stays where it is */
    char client[ULID_TEXT_SIZE];
};

/**
 * Read actor, client, record, event, from, to and limit, and decide @p request; a denial is logged.  Only who
 * may read the log is told which clients there are.
 * @retval VAULT_EUSAGE    what cannot be an id, an event or a moment: it would go into a leaf, which cannot
 * be erased.
 * @retval VAULT_EDENIED, VAULT_ENOTFOUND
 */
int log_filters_read(
    struct call *call, const struct access_request *request, struct log_filters *filters) VAULT_MUST_CHECK;

/** {query:{…}} for the event. */
json_t *log_filters_json(struct call *call, const struct log_query *query);

/** A walk over what matches. */
struct log_walk {
    struct call *call;
    const struct log_query *query;
    const struct access_request *request; /* decided again before further entries are shown */
    uint64_t event; /* of the walk itself; it is left out, and so is what comes later, unless followed */
    bool follow;    /* go on with entries as they come, until the door says to stop */
    int (*leaf)(void *context, uint64_t index, struct bytes leaf);
    void *context;
};

/**
 * Call back with each matching entry in order.
 * @retval VAULT_EDENIED  following, and the person may not any more.
 */
int log_walk(const struct log_walk *walk) VAULT_MUST_CHECK;

#endif
