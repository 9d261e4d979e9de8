/* incident.open, .note, .hold, .fulfil, .close, .show, .list: the case file of an incident. */
#include <string.h>

#include "vault/access/freeze.h"
#include "vault/access/approvals.h"
#include "vault/incident/entry.h"
#include "vault/ops/incident/incident_step_private.h"

static int reply_step(struct incident_step *step)
{
    return reply_value(step->call, json_pack("{s:s,s:s,s:I}", "id", step->id, "step",
                                       strchr(step->event, '.') + 1, "event", (json_int_t)step->index));
}

/* --- Opening --- */

static int check_jurisdictions(struct incident_step *step, const struct law *law)
{
    const json_t *given = call_list(step->call, "jurisdictions");
    const json_t *known = json_object_get(law_json(law), "jurisdictions");
    json_t *all = json_array();
    int result = all == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && json_array_size(given) == 0)
        result = json_array_append(all, json_object_get(json_array_get(known, 0), "id")) == 0 ? VAULT_OK
                                                                                              : VAULT_ENOMEM;
    for (size_t i = 0; i < json_array_size(given) && result == VAULT_OK; i++) {
        const char *id = json_string_value(json_array_get(given, i));
        if (law_entry(known, id) == NULL) {
            failure_remedy(step->call->failure, "'incident facts show' lists them");
            result = failure_set(step->call->failure, VAULT_EUSAGE, "there are no facts on '%.40s'", id);
        } else if (json_array_append(all, json_array_get(given, i)) != 0) {
            result = VAULT_ENOMEM;
        }
    }
    if (result == VAULT_OK && json_object_set(step->about, "jurisdictions", all) != 0)
        result = VAULT_ENOMEM;
    json_decref(all);
    return result;
}

/* When it came to be known is what most clocks go by; who does not say it says: now. */
static int add_knowing(struct incident_step *step)
{
    json_t *moments = json_object_get(step->about, "moments");
    if (json_object_get(moments, "knew") != NULL)
        return VAULT_OK;
    json_t *now = json_integer(session_log_time(step->call->session));
    if (moments == NULL) {
        json_t *one = json_pack("{s:o}", "knew", now);
        return one != NULL && json_object_set_new(step->about, "moments", one) == 0 ? VAULT_OK : VAULT_ENOMEM;
    }
    json_t *discovered = json_object_get(moments, "discovered");
    if (discovered != NULL) {
        json_decref(now);
        return json_object_set(moments, "knew", discovered) == 0 ? VAULT_OK : VAULT_ENOMEM;
    }
    return json_object_set_new(moments, "knew", now) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

int op_incident_open(struct call *call)
{
    struct incident_step step = {.call = call, .event = "incident.open"};
    struct law *law = NULL;
    int64_t set = -1;
    int result = incident_begin(&step);
    if (result == VAULT_OK)
        result = incident_law(call, &law, &set);
    if (result == VAULT_OK)
        result = check_jurisdictions(&step, law);
    if (result == VAULT_OK)
        result = incident_add_facts(&step, law);
    if (result == VAULT_OK)
        result = add_knowing(&step);
    if (result == VAULT_OK)
        result = incident_add_text(&step, "title");
    if (result == VAULT_OK)
        result = incident_add_text(&step, "discovered_by");
    if (result == VAULT_OK)
        result = incident_add_text(&step, "how");
    if (result == VAULT_OK)
        result = incident_add_file(&step);
    if (result == VAULT_OK)
        result = incident_commit(&step);
    if (result == VAULT_OK)
        result = reply_step(&step);
    law_free(law);
    incident_end(&step);
    return result;
}

/* --- Noting --- */

static int set_kind(struct incident_step *step)
{
    static const char *const kinds[] = {
        "note", "custody", "person", "fact", "responsibility", "remedy", "lesson"};
    const char *kind = call_text(step->call, "kind");
    for (size_t i = 0; kind != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i], kind) == 0)
            return json_object_set_new(step->about, "kind", json_string(kind)) == 0 ? VAULT_OK : VAULT_ENOMEM;
    }
    if (kind == NULL)
        return json_object_set_new(step->about, "kind", json_string("note")) == 0 ? VAULT_OK : VAULT_ENOMEM;
    return failure_set(step->call->failure, VAULT_EUSAGE,
        "kind: one of note, custody, person, fact, responsibility, remedy, lesson");
}

static int set_person(struct incident_step *step)
{
    const char *user = call_text(step->call, "user");
    const char *as = call_text(step->call, "as");
    bool found = false;
    if ((user == NULL) != (as == NULL))
        return failure_set(
            step->call->failure, VAULT_EUSAGE, "a person of the case has a user and a part ('as')");
    if (user == NULL)
        return VAULT_OK;
    if (strlen(as) > 64)
        return failure_set(step->call->failure, VAULT_ELIMIT, "as: more than 64 bytes");
    int result = need(step->call, user_exists(step->call, user, &found), &found, "user", user);
    if (result == VAULT_OK &&
        json_object_set_new(step->about, "person", json_pack("{s:s,s:s}", "user", user, "as", as)) != 0)
        result = VAULT_ENOMEM;
    return result;
}

int op_incident_note(struct call *call)
{
    struct incident_step step = {.call = call, .event = "incident.note"};
    struct law *law = NULL;
    int64_t set = -1;
    int result = incident_begin(&step);
    if (result == VAULT_OK)
        result = incident_law(call, &law, &set);
    if (result == VAULT_OK)
        result = set_kind(&step);
    if (result == VAULT_OK)
        result = incident_add_facts(&step, law);
    if (result == VAULT_OK)
        result = set_person(&step);
    if (result == VAULT_OK)
        result = incident_add_text(&step, "text");
    if (result == VAULT_OK)
        result = incident_add_file(&step);
    if (result == VAULT_OK && step.text == NULL && json_object_size(step.about) < 2)
        result = failure_set(call->failure, VAULT_EUSAGE,
            "note what? give a text, a file, a moment, a circumstance or a person");
    if (result == VAULT_OK)
        result = incident_commit(&step);
    if (result == VAULT_OK)
        result = reply_step(&step);
    law_free(law);
    incident_end(&step);
    return result;
}

/* --- Holding --- */

static int add_held_clients(struct incident_step *step)
{
    const json_t *given = call_list(step->call, "clients");
    json_t *ids = json_array();
    int result = ids == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < json_array_size(given) && result == VAULT_OK; i++) {
        struct client_facts client;
        result = clients_find(
            step->call->session, json_string_value(json_array_get(given, i)), &client, step->call->failure);
        if (result == VAULT_OK && json_array_append_new(ids, json_ulid(&client.id)) != 0)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK && json_array_size(ids) > 0 && json_object_set(step->about, "clients", ids) != 0)
        result = VAULT_ENOMEM;
    json_decref(ids);
    return result;
}

int op_incident_hold(struct call *call)
{
    struct incident_step step = {.call = call, .event = "incident.hold"};
    bool hold = !call_flag(call, "release");
    int result = incident_begin(&step);
    if (result == VAULT_OK && json_is_true(json_object_get(step.one, "held")) == hold &&
        call_list(call, "clients") == NULL)
        result = failure_set(
            call->failure, VAULT_EEXISTS, hold ? "the case is held already" : "the case is not held");
    if (result == VAULT_OK && json_object_set_new(step.about, "hold", json_boolean(hold)) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = add_held_clients(&step);
    if (result == VAULT_OK)
        result = incident_add_text(&step, "text");
    if (result == VAULT_OK)
        result = incident_commit(&step);
    if (result == VAULT_OK)
        result = reply_step(&step);
    incident_end(&step);
    return result;
}

/* --- A duty fulfilled --- */

static int set_duty(struct incident_step *step, const struct law *law)
{
    const char *id = call_text(step->call, "duty");
    const json_t *duty = law_entry(json_object_get(law_json(law), "duties"), id);
    int64_t event = call_number(step->call, "event", -1);
    int64_t at = session_log_time(step->call->session);
    int result = call_moment(step->call, "at", at, &at);
    if (result == VAULT_OK && event >= 0 && call_text(step->call, "at") != NULL)
        result = failure_set(step->call->failure, VAULT_EUSAGE, "an event says by itself when it was: not 'at' too");
    if (result == VAULT_OK && (duty == NULL || !json_lists(json_object_get(step->one, "jurisdictions"),
                                                   json_text(duty, "jurisdiction")))) {
        failure_remedy(step->call->failure, "'incident status' lists the duties of the case");
        result = failure_set(step->call->failure, VAULT_ENOTFOUND, "the case has no duty '%.40s'", id);
    }
    if (result == VAULT_OK && event >= 0)
        result = incident_shown_at(step->call, event, &at);
    if (result == VAULT_OK && at > session_log_time(step->call->session))
        result = failure_set(step->call->failure, VAULT_EINPUT, "at: that has not come yet");
    if (result == VAULT_OK && event >= 0 && json_object_set_new(step->about, "shown_by", json_integer((json_int_t)event)) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK && (json_object_set_new(step->about, "duty", json_string(id)) != 0 ||
                                  json_object_set_new(step->about, "at", json_integer(at)) != 0))
        result = VAULT_ENOMEM;
    return result;
}

int op_incident_fulfil(struct call *call)
{
    struct incident_step step = {.call = call, .event = "incident.fulfil"};
    struct law *law = NULL;
    int64_t set = -1;
    int result = incident_begin(&step);
    if (result == VAULT_OK)
        result = incident_law(call, &law, &set);
    if (result == VAULT_OK)
        result = set_duty(&step, law);
    if (result == VAULT_OK)
        result = incident_add_text(&step, "text");
    if (result == VAULT_OK)
        result = incident_add_file(&step);
    if (result == VAULT_OK)
        result = incident_commit(&step);
    if (result == VAULT_OK)
        result = reply_step(&step);
    law_free(law);
    incident_end(&step);
    return result;
}

/* --- Closing --- */

static int check_open_duties(struct incident_step *step)
{
    struct law *law = NULL;
    json_t *duties = NULL;
    const json_t *first = NULL;
    int64_t set = -1;
    int result = incident_law(step->call, &law, &set);
    if (result == VAULT_OK)
        result = incident_duties(step->call, law, step->one, &duties);
    size_t open = result == VAULT_OK ? case_open_duties(duties, &first) : 0;
    if (open > 0 && call_text(step->call, "text") == NULL) {
        failure_remedy(step->call->failure,
            "'%s'; 'incident status' says what to type for each; or say why they stay open: --reason",
            json_text(first, "todo"));
        result = failure_set(step->call->failure, VAULT_EINPUT, "%zu duties are open, the first is %s (%s)", open,
            json_text(first, "duty"), json_text(first, "state"));
    }
    if (result == VAULT_OK && open > 0 && json_object_set_new(step->about, "despite", json_true()) != 0)
        result = VAULT_ENOMEM;
    json_decref(duties);
    law_free(law);
    return result;
}

int op_incident_close(struct call *call)
{
    struct incident_step step = {.call = call, .event = "incident.close"};
    int result = incident_begin(&step);
    if (result == VAULT_OK)
        result = check_open_duties(&step);
    if (result == VAULT_OK)
        result = incident_add_text(&step, "text");
    if (result == VAULT_OK)
        result = incident_commit(&step);
    if (result == VAULT_OK)
        result = reply_step(&step);
    incident_end(&step);
    return result;
}

/* --- Showing --- */

/* The texts of steps; a file's bytes stay where they are, its name and hash are told. */
static int add_texts(struct call *call, json_t *shown)
{
    json_t *steps = json_object_get(shown, "steps");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(steps) && result == VAULT_OK; i++) {
        json_t *step = json_array_get(steps, i);
        json_t *text = NULL;
        if (json_text(step, "part") == NULL)
            continue;
        result = incident_part(call, json_text(shown, "id"), step, &text);
        (void)json_object_del(text, "salt");
        (void)json_object_del(json_object_get(text, "file"), "base64");
        if (result == VAULT_OK && json_object_set(step, "says", text) != 0)
            result = VAULT_ENOMEM;
        json_decref(text);
    }
    return result;
}

static int add_clocks(struct call *call, const json_t *one, json_t *shown)
{
    struct law *law = NULL;
    json_t *duties = NULL;
    json_t *frozen = NULL;
    int64_t set = -1;
    int result = incident_law(call, &law, &set);
    if (result == VAULT_OK)
        result = incident_duties(call, law, one, &duties);
    if (result == VAULT_OK)
        result = freeze_list(session_store(call->session), &frozen, call->failure);
    if (result == VAULT_OK) {
        const char *next = case_next(one, json_array_size(frozen) > 0, duties);
        int failed = json_object_set(shown, "duties", duties);
        failed |= json_object_set(shown, "frozen", frozen);
        failed |= json_object_set_new(shown, "next", json_string(next));
        failed |= json_object_set_new(shown, "now", json_integer(session_log_time(call->session)));
        failed |= json_object_set_new(shown, "facts",
            json_pack("{s:O,s:b,s:I}", "checked", json_object_get(law_json(law), "checked"), "stale",
                law_is_stale(law, session_log_time(call->session)), "set_by_event", (json_int_t)set));
        result = failed ? VAULT_ENOMEM : VAULT_OK;
    }
    json_decref(duties);
    json_decref(frozen);
    law_free(law);
    return result;
}

/* Entries whose clock runs: replies that are owed, actions that are due. */
static int add_running(struct call *call, json_t *shown)
{
    json_t *entries = entries_of(shown, session_log_time(call->session));
    int result = entries == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = json_array_size(entries); i-- > 0;) {
        json_t *one = json_array_get(entries, i);
        (void)json_object_del(one, "fields");
        if (json_object_get(one, "due") == NULL)
            (void)json_array_remove(entries, i);
    }
    if (result == VAULT_OK && json_object_set(shown, "running", entries) != 0)
        result = VAULT_ENOMEM;
    json_decref(entries);
    return result;
}

static int log_show(struct incident_step *step)
{
    json_t *members = access_event_members(step->call->session, &step->request, &step->decision,
        json_pack("[{s:s,s:s}]", "type", "incident", "id", step->id));
    return event_append(step->call->session, step->event, members, &step->index, step->call->failure);
}

int op_incident_show(struct call *call)
{
    struct incident_step step = {.call = call, .event = "incident.show", .reads = true};
    json_t *shown = NULL;
    int result = incident_begin(&step);
    if (result == VAULT_OK)
        result = log_show(&step);
    if (result == VAULT_OK) {
        shown = json_deep_copy(step.one);
        result = shown == NULL ? VAULT_ENOMEM : add_texts(call, shown);
    }
    if (result == VAULT_OK)
        result = add_clocks(call, step.one, shown);
    if (result == VAULT_OK)
        result = add_running(call, shown);
    if (result == VAULT_OK)
        result = reply_value(call, json_incref(shown));
    json_decref(shown);
    incident_end(&step);
    return result;
}

static json_t *row_of(const json_t *one)
{
    const json_t *opened = json_array_get(json_object_get(one, "steps"), 0);
    return json_pack("{s:O,s:O,s:O,s:O,s:I,s:O}", "id", json_object_get(one, "id"), "status",
        json_object_get(one, "status"), "opened", json_object_get(opened, "time"), "by",
        json_object_get(opened, "by"), "steps", (json_int_t)json_array_size(json_object_get(one, "steps")),
        "held", json_object_get(one, "held"));
}

int op_incident_list(struct call *call)
{
    struct access_request request = {.action = "incident.show"};
    struct cases *cases = NULL;
    json_t *frozen = NULL;
    const char *id;
    json_t *one;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = incident_history(call, NULL, NULL, &cases);
    if (result == VAULT_OK)
        result = freeze_list(session_store(call->session), &frozen, call->failure);
    json_object_foreach(result == VAULT_OK ? cases_all(cases) : NULL, id, one)
    {
        if (result == VAULT_OK)
            result = reply_row(call, row_of(one));
    }
    for (size_t i = 0; i < json_array_size(frozen) && result == VAULT_OK; i++)
        result = reply_row(call, json_pack("{s:O}", "frozen", json_array_get(frozen, i)));
    json_decref(frozen);
    cases_free(cases);
    return result;
}
