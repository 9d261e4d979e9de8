/* finding.draft, finding.change: stating who is responsible, version by version. */
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/ops/leak/finding_facts_private.h"
#include "vault/ops/leak/finding_people_private.h"
#include "vault/ops/leak/finding_step_private.h"

#define DIGITS_MAX 16

/* --- Events, as people write them: "17" or "17-20" --- */

static bool read_index(const char **text, int64_t *index)
{
    size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX)
        return false;
    *index = (int64_t)strtoull(*text, NULL, 10);
    *text += digits;
    return true;
}

static int add_indices(struct call *call, const char *text, json_t *events)
{
    int64_t first = 0;
    int64_t last = 0;
    const char *at = text;
    bool fits = read_index(&at, &first);
    last = first;
    if (fits && *at == '-') {
        at++;
        fits = read_index(&at, &last);
    }
    if (!fits || *at != '\0' || last < first) {
        failure_remedy(call->failure, "write the number of an event, or A-B for all from A to B");
        return failure_set(call->failure, VAULT_EUSAGE, "event: '%.80s' is none", text);
    }
    if (last - first >= FINDING_EVENTS_MAX)
        return failure_set(call->failure, VAULT_ELIMIT, "event: more than %u at once", FINDING_EVENTS_MAX);
    for (; first <= last; first++)
        if (json_array_append_new(events, json_integer((json_int_t)first)) != 0)
            return VAULT_ENOMEM;
    return VAULT_OK;
}

/* NULL in @p events where none are given. */
static int read_events(struct call *call, json_t **events)
{
    const json_t *given = call_list(call, "events");
    *events = NULL;
    if (given == NULL)
        return VAULT_OK;
    json_t *list = json_array();
    int result = list == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < json_array_size(given) && result == VAULT_OK; i++)
        result = add_indices(call, json_string_value(json_array_get(given, i)), list);
    if (result == VAULT_OK)
        *events = list;
    else
        json_decref(list);
    return result;
}

/* Nothing outside the log can be shown by it. */
static int check_events(struct call *call, const json_t *events)
{
    uint64_t size = log_size(session_log(call->session));
    for (size_t i = 0; i < json_array_size(events); i++) {
        json_int_t index = json_integer_value(json_array_get(events, i));
        if ((uint64_t)index >= size)
            return failure_set(call->failure, VAULT_ENOTFOUND, "the log has no event %lld", (long long)index);
    }
    return VAULT_OK;
}

static int check_user(struct call *call, const char *user)
{
    bool found = false;
    return need(call, user_exists(call, user, &found), &found, "user", user);
}

/* --- finding.draft --- */

/* The events of a person's best explanation, where the trace was of this vault's log. */
static int events_of_trace(struct step *step, const char *user, json_t **events)
{
    const json_t *persons = json_object_get(json_object_get(step->document, "case"), "persons");
    *events = NULL;
    for (size_t i = 0; i < json_array_size(persons); i++) {
        const json_t *person = json_array_get(persons, i);
        const json_t *way = json_object_get(person, "way");
        if (strcmp(json_text(person, "actor"), user) == 0)
            return finding_disclosures(step->call, user, (uint64_t)json_number(way, "first_event", 0),
                (uint64_t)json_number(way, "last_event", 0), FINDING_EVENTS_MAX, events);
    }
    return VAULT_OK;
}

static int propose(struct step *step, const char *user, const json_t *given, int64_t left)
{
    json_t *found = NULL;
    struct finding_cause cause = {.user = user, .events = given, .left = left};
    int result = check_user(step->call, user);
    if (result == VAULT_OK && given == NULL)
        result = events_of_trace(step, user, &found);
    if (given == NULL)
        cause.events = found;
    if (result == VAULT_OK && json_array_size(cause.events) == 0) {
        failure_remedy(step->call->failure,
            "name the disclosures with --event; 'log replay --actor %s' tells them", user);
        result =
            failure_set(step->call->failure, VAULT_EINPUT, "no event shows what was disclosed to '%s'", user);
    }
    if (result == VAULT_OK)
        result = finding_propose(step->call, step->document, &cause);
    json_decref(found);
    return result;
}

static int write_draft(struct step *step, const json_t *events)
{
    struct call *call = step->call;
    const json_t *direct = call_list(call, "direct");
    const char *summary = call_text(call, "summary");
    int64_t left = INT64_MAX;
    int result = call_moment(call, "left", INT64_MAX, &left);
    if (result == VAULT_OK && events != NULL && json_array_size(direct) > 1) {
        failure_remedy(call->failure,
            "draft with one, and add the others with 'finding add ID --direct USER --event N'");
        result =
            failure_set(call->failure, VAULT_EUSAGE, "events: whose are they, of several direct persons?");
    }
    if (result == VAULT_OK && json_array_size(direct) == 0)
        result = failure_set(call->failure, VAULT_EUSAGE, "direct: name at least one person");
    for (size_t i = 0; i < json_array_size(direct) && result == VAULT_OK; i++)
        result = propose(step, json_string_value(json_array_get(direct, i)), events, left);
    if (result == VAULT_OK && summary != NULL)
        result = finding_write(step->document, "summary", summary, call->failure);
    return result;
}

int op_finding_draft(struct call *call)
{
    struct step step = {.call = call, .event = "finding.draft", .version = 1};
    json_t *facts = NULL;
    json_t *events = NULL;
    int result = step_begin(&step);
    if (result == VAULT_OK)
        result = finding_facts(call, &facts);
    if (result == VAULT_OK)
        result = read_events(call, &events);
    if (result == VAULT_OK) {
        struct ulid id = ulid_new();
        ulid_format(&id, step.id);
        step.document =
            finding_new(session_origin(call->session), step.id, session_user(call->session), facts);
        facts = NULL;
        result = step.document == NULL ? VAULT_ENOMEM : write_draft(&step, events);
    }
    if (result == VAULT_OK)
        result = step_check_named(&step);
    if (result == VAULT_OK)
        result = step_commit_version(&step);
    if (result == VAULT_OK)
        result = step_reply(&step, json_pack("{s:O}", "persons", json_object_get(step.document, "persons")));
    json_decref(facts);
    json_decref(events);
    step_end(&step);
    return result;
}

/* --- finding.change --- */

static int change_add(struct step *step)
{
    struct call *call = step->call;
    json_t *events = NULL;
    struct finding_person person = {.user = call_text(call, "user"),
        .part = call_text(call, "part"),
        .of = call_text(call, "of"),
        .rule = call_text(call, "rule"),
        .policy = call_text(call, "policy"),
        .fault = call_text(call, "fault"),
        .known = call_text(call, "known")};
    int result = person.user == NULL ? failure_set(call->failure, VAULT_EUSAGE, "user: name a person")
                                     : check_user(call, person.user);
    if (result == VAULT_OK && person.of != NULL)
        result = check_user(call, person.of);
    if (result == VAULT_OK)
        result = read_events(call, &events);
    if (result == VAULT_OK)
        result = check_events(call, events);
    person.events = events;
    if (result == VAULT_OK)
        result = finding_add(step->document, &person, call->failure);
    json_decref(events);
    return result == VAULT_OK ? step_check_named(step) : result;
}

static int change_drop(struct step *step)
{
    const char *user = call_text(step->call, "user");
    if (user == NULL)
        return failure_set(step->call->failure, VAULT_EUSAGE, "user: name a person");
    return finding_drop(step->document, user, call_text(step->call, "part"), step->call->failure);
}

static int change_text(struct step *step)
{
    const char *section = call_text(step->call, "section");
    const char *text = call_text(step->call, "text");
    if (section == NULL || text == NULL)
        return failure_set(step->call->failure, VAULT_EUSAGE, "text: name a section and give its text");
    return finding_write(step->document, section, text, step->call->failure);
}

static int change_hear(struct step *step)
{
    const char *user = call_text(step->call, "user");
    const char *text = call_text(step->call, "text");
    if (user == NULL || text == NULL)
        return failure_set(step->call->failure, VAULT_EUSAGE, "hear: name a person and give the statement");
    return finding_hear(step->document, user, text, step->call->failure);
}

static int change_supersede(struct step *step)
{
    const char *reason = call_text(step->call, "reason");
    if (reason == NULL || reason[0] == '\0' || strlen(reason) > FINDING_NOTE_MAX)
        return failure_set(
            step->call->failure, VAULT_EUSAGE, "reason: say in 1 to %u bytes why", FINDING_NOTE_MAX);
    return json_object_set_new(step->document, "reason", json_string(reason)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static const struct {
    const char *name;
    int (*change)(struct step *step);
} changes[] = {{"add", change_add}, {"drop", change_drop}, {"text", change_text}, {"hear", change_hear},
    {"supersede", change_supersede}};

int op_finding_change(struct call *call)
{
    struct step step = {.call = call, .event = "finding.change"};
    const char *what = call_text(call, "change");
    size_t at = 0;
    while (at < sizeof changes / sizeof changes[0] && strcmp(changes[at].name, what) != 0)
        at++;
    if (at == sizeof changes / sizeof changes[0])
        return failure_set(call->failure, VAULT_EUSAGE, "change: there is no '%s'", what);
    step.supersede = changes[at].change == change_supersede;
    int result = step_begin(&step);
    if (result == VAULT_OK)
        result = changes[at].change(&step);
    if (result == VAULT_OK)
        result = step_commit_version(&step);
    if (result == VAULT_OK)
        result = step_reply(&step, NULL);
    step_end(&step);
    return result;
}
