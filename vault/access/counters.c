#include "vault/access/counters_private.h"

#include <string.h>

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

/* --- By what it was --- */

struct counting {
    struct asker *asker;
    uint64_t end;
    json_t *hour; /* sets of clients */
    json_t *day;
};

static bool permitted(struct bytes leaf)
{
    struct bytes decision;
    return canonical_find(leaf, "decision", &decision) && is(decision, "effect", "permit");
}

static int note_client(struct counting *counting, struct bytes id, bool lately)
{
    char name[ULID_TEXT_SIZE];
    struct bytes text = canonical_string(id);
    if (text.size != sizeof name - 1)
        return VAULT_OK;
    memcpy(name, text.data, text.size);
    name[text.size] = '\0';
    bool bad = json_object_set_new(counting->day, name, json_true()) != 0 ||
               (lately && json_object_set_new(counting->hour, name, json_true()) != 0);
    return bad ? VAULT_ENOMEM : VAULT_OK;
}

/* One client is the event's subject; several, or those that a search found, are its resources. */
static int note_clients(struct counting *counting, struct bytes leaf, bool lately)
{
    struct bytes subject;
    struct bytes list;
    struct bytes one;
    struct bytes id;
    int result = VAULT_OK;
    if (canonical_find(leaf, "subject", &subject) && canonical_find(subject, "id", &id))
        result = note_client(counting, id, lately);
    if (!canonical_find(leaf, "resources", &list))
        return result;
    while (result == VAULT_OK && canonical_element(&list, &one)) {
        if (is(one, "type", "client") && canonical_find(one, "id", &id))
            result = note_client(counting, id, lately);
    }
    return result;
}

static int64_t reveals_of(struct bytes leaf)
{
    struct bytes list;
    struct bytes one;
    if ((!is(leaf, "event", "record.reveal") && !is(leaf, "event", "record.export")) || is(leaf, "phase", "outcome") ||
        !canonical_find(leaf, "resources", &list) || !canonical_element(&list, &one))
        return 0;
    return elements(one, "fields");
}

static int64_t exported_of(struct bytes leaf)
{
    struct bytes outcome;
    bool exported = is(leaf, "event", "record.export") && canonical_find(leaf, "result", &outcome);
    return exported && is(outcome, "status", "ok") ? number_of(outcome, "count") : 0;
}

static bool shows_clients(struct bytes leaf)
{
    static const char *const names[] = {"record.read", "record.search", "record.export", "record.list", "record.history"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is(leaf, "event", names[i]))
            return true;
    }
    return false;
}

static int tally_leaf(struct counting *counting, struct bytes leaf, bool lately)
{
    struct asker *asker = counting->asker;
    int64_t reveals = reveals_of(leaf);
    int64_t exported = exported_of(leaf);
    asker->day_of.reveals += reveals;
    asker->day_of.exported += exported;
    if (lately) {
        asker->hour_of.reveals += reveals;
        asker->hour_of.exported += exported;
    }
    return shows_clients(leaf) ? note_clients(counting, leaf, lately) : VAULT_OK;
}

static int count_leaf(void *context, uint64_t index, struct bytes leaf)
{
    struct counting *counting = context;
    struct asker *asker = counting->asker;
    struct bytes value;
    int64_t time = 0;
    if (index >= counting->end || !permitted(leaf) || !canonical_find(leaf, "time", &value) ||
        !instant_parse(canonical_string(value), &time))
        return VAULT_OK;
    bool lately = time > asker->time - HOUR_MS;
    int64_t records = counters_of_leaf(leaf);
    asker->day += records;
    if (lately)
        asker->hour += records;
    return asker->decider->mentions.tallies ? tally_leaf(counting, leaf, lately) : VAULT_OK;
}

int counters_fill(struct session *session, struct asker *asker, uint64_t end, struct failure *failure)
{
    struct counting counting = {asker, end, json_object(), json_object()};
    struct log_query query = {
        .actor = asker->user, .event = "record.*", .from = asker->time - DAY_MS + 1, .to = INT64_MAX};
    asker->hour = 0;
    asker->day = 0;
    asker->hour_of = (struct tally){0};
    asker->day_of = (struct tally){0};
    int result = counting.hour == NULL || counting.day == NULL
                     ? VAULT_ENOMEM
                     : log_index_query(session->log, session->store, session->keys.log_index, &query, count_leaf, &counting, failure);
    asker->hour_of.clients = (int64_t)json_object_size(counting.hour);
    asker->day_of.clients = (int64_t)json_object_size(counting.day);
    json_decref(counting.hour);
    json_decref(counting.day);
    return result;
}
