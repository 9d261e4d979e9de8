/* The duties of a case as they stand: clocks by the law, what the log shows to be done already, what to type
 * next. */
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/freeze.h"
#include "vault/base/instant.h"
#include "vault/incident/settled.h"
#include "vault/law/duties.h"
#include "vault/log/log.h"
#include "vault/ops/incident/incident_step_private.h"

/* --- A freeze, which stops a leak --- */

struct freezing {
    const json_t *one;
    struct settled *settled;
    int64_t since; /* the earliest moment of the case */
    json_t *first; /* {event, at, by} */
};

static bool names_client(const json_t *one, const json_t *targets)
{
    const json_t *clients = json_object_get(one, "clients");
    for (size_t i = 0; i < json_array_size(targets); i++) {
        if (json_lists(clients, json_string_value(json_array_get(targets, i))))
            return true;
    }
    return json_array_size(clients) == 0;
}

/* Of what the case is about, as far as it says: that a portfolio or a person was frozen may be. */
static bool is_of_case(const struct freezing *f, const json_t *change)
{
    const char *kind = json_text(change, "kind");
    return kind != NULL && (strcmp(kind, freeze_kind_name(FREEZE_OF_CLIENT)) != 0 ||
                               names_client(f->one, json_object_get(change, "targets")));
}

static int take_freeze(void *context, uint64_t index, const json_t *leaf)
{
    struct freezing *f = context;
    const char *time = json_text(leaf, "time");
    const char *by = json_text(json_object_get(leaf, "actor"), "id");
    int64_t at;
    if (f->first != NULL || time == NULL || by == NULL || !instant_parse(bytes_of_text(time), &at) ||
        at < f->since || !is_of_case(f, json_object_get(leaf, "change")))
        return VAULT_OK;
    f->first = json_pack("{s:I,s:I,s:s}", "event", (json_int_t)index, "at", (json_int_t)at, "by", by);
    return f->first == NULL ? VAULT_ENOMEM : VAULT_OK;
}

static int feed_freeze(void *context, uint64_t index, const json_t *leaf)
{
    struct freezing *f = context;
    return settled_feed(f->settled, index, leaf, take_freeze, f);
}

static int64_t earliest(const json_t *moments)
{
    int64_t first = INT64_MAX;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)moments, name, value)
    {
        first = json_integer_value(value) < first ? json_integer_value(value) : first;
    }
    return first;
}

static int find_freeze(struct call *call, const json_t *one, json_t **freeze)
{
    struct freezing f = {
        .one = one, .settled = settled_new(), .since = earliest(json_object_get(one, "moments"))};
    int result = f.settled == NULL ? VAULT_ENOMEM : call_each_event(call, FREEZE_EVENT, feed_freeze, &f);
    settled_free(f.settled);
    *freeze = f.first;
    return result;
}

static bool is_stopping(const json_t *duty)
{
    return json_is(duty, "step", "freeze") && (json_is(duty, "state", "owed") || json_is(duty, "state", "uncertain"));
}

/* That it was enough only people can say, so it is proposed, with the event that shows it. */
static int propose(struct call *call, const json_t *one, json_t *duties)
{
    json_t *freeze = NULL;
    bool asked = false;
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(duties) && result == VAULT_OK; i++) {
        json_t *duty = json_array_get(duties, i);
        if (!is_stopping(duty))
            continue;
        if (!asked)
            result = find_freeze(call, one, &freeze);
        asked = true;
        if (result == VAULT_OK && freeze != NULL && json_object_set(duty, "proposed", freeze) != 0)
            result = VAULT_ENOMEM;
    }
    json_decref(freeze);
    return result;
}

static int put_todo(const char *id, json_t *duties)
{
    for (size_t i = 0; i < json_array_size(duties); i++) {
        json_t *todo = case_todo(id, json_array_get(duties, i));
        if (todo != NULL && json_object_set_new(json_array_get(duties, i), "todo", todo) != 0)
            return VAULT_ENOMEM;
    }
    return VAULT_OK;
}

int incident_duties(struct call *call, const struct law *law, const json_t *one, json_t **duties)
{
    struct law_case of = {.jurisdictions = json_object_get(one, "jurisdictions"),
        .moments = json_object_get(one, "moments"),
        .circumstances = json_object_get(one, "circumstances"),
        .done = json_object_get(one, "done"),
        .now = session_log_time(call->session)};
    int result = law_duties(law, &of, duties);
    if (result == VAULT_OK)
        result = propose(call, one, *duties);
    if (result == VAULT_OK)
        result = put_todo(json_text(one, "id"), *duties);
    return result;
}

/* --- An event that shows that a duty was done --- */

struct showing {
    struct settled *settled;
    uint64_t event;
    bool counts;
};

static int take_shown(void *context, uint64_t index, const json_t *leaf)
{
    struct showing *s = context;
    (void)leaf;
    s->counts = s->counts || index == s->event;
    return VAULT_OK;
}

static int feed_shown(void *context, uint64_t index, const json_t *leaf)
{
    struct showing *s = context;
    return settled_feed(s->settled, index, leaf, take_shown, s);
}

/* Whether it was permitted, and came to its end. */
static int check_counts(struct call *call, const char *name, uint64_t event)
{
    struct showing s = {.settled = settled_new(), .event = event};
    int result = s.settled == NULL ? VAULT_ENOMEM : call_each_event(call, name, feed_shown, &s);
    settled_free(s.settled);
    return result == VAULT_OK && !s.counts
               ? failure_set(call->failure, VAULT_EINPUT, "event %llu is nothing that was done",
                     (unsigned long long)event)
               : result;
}

int incident_shown_at(struct call *call, int64_t event, int64_t *at)
{
    struct buffer text = {0};
    json_t *leaf = NULL;
    struct log *log = session_log(call->session);
    if (event < 0 || (uint64_t)event >= log_size(log))
        return failure_set(call->failure, VAULT_ENOTFOUND, "the log has no event %lld", (long long)event);
    int result = log_read(log, (uint64_t)event, &text, call->failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), &leaf, call->failure);
    const char *name = json_text(leaf, "event");
    const char *time = json_text(leaf, "time");
    if (result == VAULT_OK && (name == NULL || time == NULL || !instant_parse(bytes_of_text(time), at)))
        result = VAULT_EDAMAGED;
    if (result == VAULT_OK)
        result = check_counts(call, name, (uint64_t)event);
    json_decref(leaf);
    buffer_free(&text);
    return result;
}
