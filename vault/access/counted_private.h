/**
 * @file counted_private.h
 * Inside the room: the counters of now, kept between decisions and shared by the sessions of a server.  They give what
 * counters_fill() counts from the log anew, for as much as was added since.
 */
#ifndef VAULT_ACCESS_COUNTED_PRIVATE_H
#define VAULT_ACCESS_COUNTED_PRIVATE_H

#include "vault/access/ask_private.h"
#include "vault/log/log.h"

/** Thread-safe. */
struct counted;

/** NULL without memory. */
struct counted *counted_new(void);
void counted_free(struct counted *counted);

/** Whom to count, and where from; borrowed for the call. The log is the same in every call. */
struct counted_source {
    struct log *log;
    struct store *store;
    const struct secret *key; /* of the log's index */
    const char *user;
};

/** Fill in asker->hour, day, hour_of and day_of as of asker->time, which is now. */
int counted_fill(struct counted *counted, const struct counted_source *source, struct asker *asker,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
