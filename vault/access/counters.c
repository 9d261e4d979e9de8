#include "vault/access/counters_private.h"

#include "vault/access/common_private.h"
#include "vault/access/counted_private.h"

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

static bool permitted(struct bytes leaf)
{
    struct bytes decision;
    return canonical_find(leaf, "decision", &decision) && is(decision, "effect", "permit");
}

/* One client is the event's subject; several, or those that a search found, are its resources. */
static int each_client(struct bytes leaf, int (*client)(void *context, struct bytes id), void *context)
{
    struct bytes subject;
    struct bytes list;
    struct bytes one;
    struct bytes id;
    int result = VAULT_OK;
    if (canonical_find(leaf, "subject", &subject) && canonical_find(subject, "id", &id))
        result = client(context, canonical_string(id));
    if (!canonical_find(leaf, "resources", &list))
        return result;
    while (result == VAULT_OK && canonical_element(&list, &one)) {
        if (is(one, "type", "client") && canonical_find(one, "id", &id))
            result = client(context, canonical_string(id));
    }
    return result;
}

static int64_t reveals_of(struct bytes leaf)
{
    struct bytes list;
    struct bytes one;
    if ((!is(leaf, "event", "record.reveal") && !is(leaf, "event", "record.export")) ||
        is(leaf, "phase", "outcome") || !canonical_find(leaf, "resources", &list) ||
        !canonical_element(&list, &one))
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
    static const char *const names[] = {
        "record.read", "record.search", "record.export", "record.list", "record.history"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is(leaf, "event", names[i]))
            return true;
    }
    return false;
}

int counters_leaf(
    struct bytes leaf, struct leaf_given *given, int (*client)(void *context, struct bytes id), void *context)
{
    *given = (struct leaf_given){0};
    if (!permitted(leaf))
        return VAULT_OK;
    *given = (struct leaf_given){counters_of_leaf(leaf), reveals_of(leaf), exported_of(leaf)};
    return client != NULL && shows_clients(leaf) ? each_client(leaf, client, context) : VAULT_OK;
}

/* --- Once, from the log --- */

struct counting {
    struct asker *asker;
    uint64_t end;
    bool lately;  /* what is being counted is of the last hour */
    json_t *hour; /* sets of clients */
    json_t *day;
};

static int note_client(void *context, struct bytes id)
{
    struct counting *counting = context;
    char name[ULID_TEXT_SIZE];
    if (id.size != sizeof name - 1)
        return VAULT_OK;
    memcpy(name, id.data, id.size);
    name[id.size] = '\0';
    bool bad = json_object_set_new(counting->day, name, json_true()) != 0 ||
               (counting->lately && json_object_set_new(counting->hour, name, json_true()) != 0);
    return bad ? VAULT_ENOMEM : VAULT_OK;
}

static void add(struct tally *tally, const struct leaf_given *given)
{
    tally->reveals += given->reveals;
    tally->exported += given->exported;
}

static int count_leaf(void *context, uint64_t index, struct bytes leaf)
{
    struct counting *counting = context;
    struct asker *asker = counting->asker;
    struct leaf_given given;
    struct bytes value;
    int64_t time = 0;
    if (index >= counting->end || !canonical_find(leaf, "time", &value) ||
        !instant_parse(canonical_string(value), &time))
        return VAULT_OK;
    counting->lately = time > asker->time - HOUR_MS;
    int result = counters_leaf(leaf, &given, asker->decider->mentions.tallies ? note_client : NULL, counting);
    asker->day += given.records;
    add(&asker->day_of, &given);
    if (counting->lately) {
        asker->hour += given.records;
        add(&asker->hour_of, &given);
    }
    return result;
}

/* Of now and of oneself, what was counted before is counted on. */
static int fill_now(struct session *session, struct asker *asker, struct failure *failure)
{
    struct counted *counted = session->counted;
    if (session->common != NULL)
        counted = common_counted(session->common);
    else if (counted == NULL)
        counted = session->counted = counted_new();
    struct counted_source source = {session->log, session->store, session->keys.log_index, asker->user};
    return counted == NULL ? VAULT_ENOMEM : counted_fill(counted, &source, asker, failure);
}

int counters_fill(struct session *session, struct asker *asker, uint64_t end, struct failure *failure)
{
    if (end == UINT64_MAX && asker->user == session->user)
        return fill_now(session, asker, failure);
    struct counting counting = {asker, end, false, json_object(), json_object()};
    struct log_query query = {
        .actor = asker->user, .event = "record.*", .from = asker->time - DAY_MS + 1, .to = INT64_MAX};
    asker->hour = 0;
    asker->day = 0;
    asker->hour_of = (struct tally){0};
    asker->day_of = (struct tally){0};
    int result = counting.hour == NULL || counting.day == NULL
                     ? VAULT_ENOMEM
                     : log_index_query(session->log, session->store, session->keys.log_index, &query,
                           count_leaf, &counting, failure);
    asker->hour_of.clients = (int64_t)json_object_size(counting.hour);
    asker->day_of.clients = (int64_t)json_object_size(counting.day);
    json_decref(counting.hour);
    json_decref(counting.day);
    return result;
}
