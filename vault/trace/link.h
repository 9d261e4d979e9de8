/**
 * @file link.h
 * Whose are the rows: linkage after Fellegi and Sunter (1969), and which versions they agree with.
 *
 * Cells that agree with a client add the logarithm of how rare that is, cells that do not take something off.
 * A row is linked when its best client is beyond doubt and beyond the second best.  Then, and only then, the
 * client's versions are opened and compared cell by cell.
 *
 * Where numbers are single records, those of one person (or, where records name none, of one client) do not
 * compete for *whose* the row is: of them the row is linked to all that agree with most of it, which is one
 * month if the row tells the month, and every month if it does not.
 */
#ifndef VAULT_TRACE_LINK_H
#define VAULT_TRACE_LINK_H

#include "vault/trace/leak.h"

/** One version of a linked client, and which leaked cells it agrees with. */
struct link_version {
    uint32_t record;
    uint32_t version;
    int64_t from, until; /* valid in [from, until) */
    trace_fields ok;
    uint32_t series;
    int64_t rank;
    int64_t newest_until; /* nothing later of its series was there in [from, newest_until) */
    trace_fields leaked;  /* in which something of its series agrees: what the row may have from it */
    trace_fields
        outdates; /* in which it differs from the row, and something earlier of its series does not */
};

struct link_row {
    size_t row; /* of the leak */
    uint32_t client;
    struct trace_client about;
    trace_fields present; /* cells that say something */
    trace_fields need;    /* agreed with by some version */
    trace_fields mis;     /* by none */
    size_t first, count;  /* of its versions */
    size_t alike, alikes; /* of its numbers: `client`, and those that agree with as much of the row */
    double score;         /* evidence that it is this client's, in nats */
};

struct link {
    struct link_row *rows; /* in the leak's settled order */
    size_t count;
    struct link_version *versions;
    size_t version_count, version_capacity;
    uint32_t *numbers;
    size_t number_count, number_capacity;
    size_t unlinked;
};

/** @param link  on error empty; free with link_free() in any case. */
int link_make(const struct leak *leak, const struct trace_source *source, struct link *link,
    struct failure *failure) VAULT_MUST_CHECK;
void link_free(struct link *link);

#endif
