/**
 * @file metrics.h
 * Counters of the server, in the text format that Prometheus reads (exposition format 0.0.4).  Labels are
 * names of operations, errors, processes and steps of histograms: nothing of clients, records or people.
 *
 * Thread safety: every call may be made by many threads at once.
 */
#ifndef VAULT_SERVER_METRICS_H
#define VAULT_SERVER_METRICS_H

#include "vault/base/bytes.h"
#include "vault/server/logins.h"

struct metrics;
int metrics_new(struct metrics **metrics) VAULT_MUST_CHECK;
/** NULL is allowed. */
void metrics_free(struct metrics *metrics);

/** An operation ended so, after so many nanoseconds. What is none of the table is counted as "unknown". */
void metrics_operation(struct metrics *metrics, const char *operation, int error, uint64_t nanoseconds);
/** Somebody tried to log in. */
void metrics_login(struct metrics *metrics, int error);

/** What is told as it is now. */
struct metrics_now {
    struct logins_state logins;
    struct log *log;       /* NULL while sealed */
    const char *directory; /* of the vault */
    unsigned conversations;
};
/** Appended. VAULT_ENOMEM. */
int metrics_write(
    struct metrics *metrics, const struct metrics_now *now, struct buffer *out) VAULT_MUST_CHECK;

#endif
