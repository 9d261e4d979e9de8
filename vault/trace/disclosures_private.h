/**
 * @file disclosures_private.h
 * Inside the room: an open index of disclosures, and what is kept of it between questions.
 */
#ifndef VAULT_TRACE_DISCLOSURES_PRIVATE_H
#define VAULT_TRACE_DISCLOSURES_PRIVATE_H

#include "vault/base/number_map.h"
#include "vault/trace/disclosures.h"

/* One version of one of a client's records, as the store has it. */
struct state {
    int64_t record;
    int64_t version;
    int64_t replaced; /* the number under which it was replaced; 0: it is the current one */
    uint64_t seq;     /* the event that wrote it */
    enum record_kind kind;
    char period[8];
};

/* A person's month, without its clients: a trace asks for the same ones again and again. */
struct month_counts {
    uint32_t clients;
    uint32_t days[31];
};

struct disclosures {
    struct disclosure_source source;
    struct ulid vault;
    struct disclosure_index *index;
    struct disclosure_numbers numbers;
    char **people; /* user ids */
    struct state *states;
    size_t state_count, state_capacity;
    struct month_counts *months;
    size_t month_count, month_capacity;
    struct number_map month_of; /* person << 24 | month -> place + 1 */
};

int disclosures_no_memory(struct failure *failure);
/** Was nothing shown by this export? */
static inline bool export_is_void(const struct disclosure_export_entry *export)
{
    return export->undone && export->rows == 0;
}

#endif
