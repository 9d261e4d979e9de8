#include "vault/access/counters_private.h"

#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/log/index.h"

static bool is(struct bytes object, const char *member, const char *text)
{
    struct bytes value;
    return canonical_find(object, member, &value) &&
           bytes_equal(canonical_string(value), bytes_of_text(text));
}

static int64_t number_of(struct bytes object, const char *member)
{
    struct bytes value;
    uint64_t number = 0;
    bool there = canonical_find(object, member, &value) && canonical_number(value, &number);
    return there && number <= (uint64_t)1 << 52 ? (int64_t)number : 0;
}

static int64_t elements(struct bytes object, const char *member)
{
    struct bytes list;
    struct bytes one;
    int64_t count = 0;
    if (!canonical_find(object, member, &list))
        return 0;
    while (canonical_element(&list, &one))
        count++;
    return count;
}

int64_t counters_of_leaf(struct bytes leaf)
{
    struct bytes decision;
    struct bytes outcome;
    if (!canonical_find(leaf, "decision", &decision) || !is(decision, "effect", "permit"))
        return 0;
    if (is(leaf, "event", "record.read"))
        return 1;
    if (is(leaf, "event", "record.search"))
        return elements(leaf, "resources");
    /* An export says only at its end how much it was. */
    bool exported = is(leaf, "event", "record.export") && canonical_find(leaf, "result", &outcome);
    return exported && is(outcome, "status", "ok") ? number_of(outcome, "count") : 0;
}

struct counting {
    struct asker *asker;
    uint64_t end;
};

static int count_leaf(void *context, uint64_t index, struct bytes leaf)
{
    struct counting *counting = context;
    struct asker *asker = counting->asker;
    struct bytes value;
    int64_t time = 0;
    if (index >= counting->end)
        return VAULT_OK;
    int64_t records = counters_of_leaf(leaf);
    if (records == 0 || !canonical_find(leaf, "time", &value) ||
        !instant_parse(canonical_string(value), &time))
        return VAULT_OK;
    asker->day += records;
    if (time > asker->time - HOUR_MS)
        asker->hour += records;
    return VAULT_OK;
}

int counters_fill(struct session *session, struct asker *asker, uint64_t end, struct failure *failure)
{
    struct counting counting = {asker, end};
    struct log_query query = {
        .actor = asker->user, .event = "record.*", .from = asker->time - DAY_MS + 1, .to = INT64_MAX};
    asker->hour = 0;
    asker->day = 0;
    return log_index_query(
        session->log, session->store, session->keys.log_index, &query, count_leaf, &counting, failure);
}
