/* incident.enter, incident.entries: typed entries of a case file (incident/entry.h). */
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/base/text.h"
#include "vault/incident/entry.h"
#include "vault/incident/recovery.h"
#include "vault/ops/incident/incident_step_private.h"

#define FIELDS_MAX 40u

/* --- The case with its texts --- */

/* Of steps of entries alone: other texts may be leaked samples of megabytes. */
int incident_entries(struct call *call, const json_t *one, json_t **entries)
{
    json_t *shown = json_deep_copy(one);
    json_t *steps = json_object_get(shown, "steps");
    int result = shown == NULL ? VAULT_ENOMEM : VAULT_OK;
    *entries = NULL;
    for (size_t i = 0; i < json_array_size(steps) && result == VAULT_OK; i++) {
        json_t *step = json_array_get(steps, i);
        json_t *text = NULL;
        if (json_object_get(step, "entry") == NULL || json_text(step, "part") == NULL)
            continue;
        result = incident_part(call, json_text(shown, "id"), step, &text);
        if (result == VAULT_OK && json_object_set(step, "says", text) != 0)
            result = VAULT_ENOMEM;
        json_decref(text);
    }
    if (result == VAULT_OK) {
        *entries = entries_of(shown, session_log_time(call->session));
        result = *entries == NULL ? VAULT_ENOMEM : VAULT_OK;
    }
    json_decref(shown);
    return result;
}

/* --- What an entry says --- */

struct entering {
    struct incident_step step;
    const struct entry_kind *kind;
    json_t *entries;      /* of the case before it */
    json_t *fields;       /* all of this one */
    const json_t *before; /* what it changes; NULL: a new one */
    char state[40];
};

static int find_before(struct entering *e)
{
    struct call *call = e->step.call;
    int64_t number = call_number(call, "entry", -1);
    if (json_object_get(call->arguments, "entry") == NULL)
        return VAULT_OK;
    for (size_t i = 0; i < json_array_size(e->entries) && e->before == NULL; i++) {
        const json_t *one = json_array_get(e->entries, i);
        if (json_number(one, "entry", -1) == number)
            e->before = one;
    }
    if (e->before != NULL)
        return VAULT_OK;
    failure_remedy(call->failure, "'incident entry list' tells which there are");
    return failure_set(call->failure, VAULT_ENOTFOUND, "the case has no entry %lld", (long long)number);
}

static int find_kind(struct entering *e)
{
    struct call *call = e->step.call;
    const char *kind = call_text(call, "kind");
    const char *was = json_text(e->before, "kind");
    if (kind == NULL && was == NULL)
        return failure_set(call->failure, VAULT_EUSAGE, "an entry of which kind?");
    if (kind != NULL && was != NULL && strcmp(kind, was) != 0)
        return failure_set(call->failure, VAULT_EINPUT, "the entry is a %s", was);
    e->kind = entry_kind_find(was == NULL ? kind : was);
    if (e->kind != NULL)
        return VAULT_OK;
    failure_remedy(call->failure,
        "claim, fine, compensation, recovery, cost; discipline, own-fault; remedy; care, complaint; client-plan, visit, "
        "commitment, renewal; public-step; action, survey, lost, reputation, lesson");
    return failure_set(call->failure, VAULT_EUSAGE, "there is no entry of kind '%.40s'", kind);
}

/* An empty text takes a field away. */
static int merge_fields(struct entering *e)
{
    struct call *call = e->step.call;
    json_t *given = json_object_get(call->arguments, "fields");
    const char *name;
    json_t *value;
    e->fields = e->before == NULL ? json_object() : json_copy(json_object_get(e->before, "fields"));
    int result = e->fields == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (json_object_size(given) > FIELDS_MAX)
        return failure_set(call->failure, VAULT_ELIMIT, "fields: at most %u", FIELDS_MAX);
    json_object_foreach(given, name, value)
    {
        if (result == VAULT_OK && !json_is_string(value))
            result = failure_set(call->failure, VAULT_EUSAGE, "%.40s: must be a text", name);
        else if (result == VAULT_OK && json_string_length(value) == 0)
            (void)json_object_del(e->fields, name);
        else if (result == VAULT_OK && json_object_set(e->fields, name, value) != 0)
            result = VAULT_ENOMEM;
    }
    return result;
}

static void set_state(struct entering *e)
{
    const char *state = call_text(e->step.call, "state");
    if (state == NULL)
        state = json_text(e->before, "state");
    text_copy(e->state, sizeof e->state, state == NULL ? e->kind->states : state);
    if (state == NULL)
        e->state[strcspn(e->state, " ")] = '\0';
}

/* --- What the rest of the vault must say of it --- */

static int check_users(struct entering *e)
{
    static const char *const names[] = {"user", "owner"};
    int result = VAULT_OK;
    for (size_t i = 0; i < 2 && result == VAULT_OK; i++) {
        const char *user = json_text(e->fields, names[i]);
        bool found = false;
        if (user != NULL)
            result = need(e->step.call, user_exists(e->step.call, user, &found), &found, "user", user);
    }
    return result;
}

/* A rule of the firm that the person has signed: one can be held to no other. */
static int check_rule(struct entering *e)
{
    struct call *call = e->step.call;
    struct statement *signatures = NULL;
    const char *rule = json_text(e->fields, "rule");
    const char *user = json_text(e->fields, "user");
    bool found = false;
    bool more = true;
    if (strcmp(e->kind->name, "discipline") != 0)
        return VAULT_OK;
    int result =
        statement_own(session_store(call->session), QUERY_REGISTER_SIGNATURES, &signatures, call->failure);
    while (
        result == VAULT_OK && (result = statement_step(signatures, &more, call->failure)) == VAULT_OK && more)
        found = found || (strcmp(column_text(signatures, 0), rule) == 0 &&
                             strcmp(column_text(signatures, 1), user) == 0);
    statement_free(signatures);
    if (result != VAULT_OK || found)
        return result;
    failure_remedy(
        call->failure, "rules that bind are signed beforehand: 'register add rule', 'register sign'");
    return failure_set(call->failure, VAULT_EDENIED,
        "denied: %s has signed no rule '%.80s' of the firm (劳动合同法第四条)", user, rule);
}

static int add_name(json_t *names, const char *name)
{
    return name == NULL || json_array_append_new(names, json_string(name)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* People of the firm, and whoever the case's other entries speak of. */
static int gather_names(struct entering *e, json_t *names)
{
    static const char *const fields[] = {"from", "to", "user", "owner", "pseudonym", "client"};
    struct statement *users = NULL;
    bool more = true;
    int result =
        statement_own(session_store(e->step.call->session), QUERY_USER_LIST, &users, e->step.call->failure);
    while (result == VAULT_OK && (result = statement_step(users, &more, e->step.call->failure)) == VAULT_OK &&
           more)
        result = add_name(names, column_text(users, 0));
    statement_free(users);
    for (size_t i = 0; i < json_array_size(e->entries) && result == VAULT_OK; i++) {
        const json_t *of = json_object_get(json_array_get(e->entries, i), "fields");
        for (size_t j = 0; j < sizeof fields / sizeof fields[0] && result == VAULT_OK; j++)
            result = add_name(names, json_text(of, fields[j]));
    }
    return result;
}

/* Words that are a client's number, tax id or id. */
static int check_clients(struct entering *e, const char *text)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
    char word[64];
    int result = VAULT_OK;
    while (text[0] != '\0' && result == VAULT_OK) {
        size_t size = strspn(text, letters);
        struct client_facts client;
        struct failure none = {0};
        if (size == 0) {
            text++;
            continue;
        }
        (void)text_copy(word, size + 1 < sizeof word ? size + 1 : sizeof word, text);
        if (size >= 2 && size < sizeof word &&
            clients_find(e->step.call->session, word, &client, &none) == VAULT_OK)
            result = failure_set(e->step.call->failure, VAULT_EINPUT, "it names the client '%s'", word);
        text += size;
    }
    wipe(word, sizeof word);
    return result;
}

/* What others read, or was promised to be nobody's: the field of it. */
static const char *anonymous_field(const char *kind)
{
    static const char *const fields[][2] = {{"lesson", "text"}, {"survey", "needs"}, {"public-step", "text"}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(fields[i][0], kind) == 0)
            return fields[i][1];
    }
    return NULL;
}

static int check_anonymous(struct entering *e)
{
    const char *field = anonymous_field(e->kind->name);
    const char *text = field == NULL ? NULL : json_text(e->fields, field);
    if (text == NULL)
        return VAULT_OK;
    json_t *names = json_array();
    int result = names == NULL ? VAULT_ENOMEM : gather_names(e, names);
    if (result == VAULT_OK)
        result = entry_names_nobody(text, names, e->step.call->failure);
    if (result == VAULT_OK)
        result = check_clients(e, text);
    if (result == VAULT_EINPUT)
        failure_remedy(
            e->step.call->failure, "say it so that it names nobody: it is meant for others to read");
    json_decref(names);
    return result;
}

/* --- incident.enter --- */

static int put_about(struct entering *e)
{
    json_int_t number = e->before != NULL
                            ? (json_int_t)json_number(e->before, "entry", -1)
                            : (json_int_t)json_array_size(json_object_get(e->step.one, "steps"));
    int failed = json_object_set_new(e->step.about, "kind", json_string(e->kind->name));
    failed |= json_object_set_new(e->step.about, "entry", json_integer(number));
    failed |= json_object_set_new(e->step.about, "state", json_string(e->state));
    e->step.text = json_pack("{s:O}", "fields", e->fields);
    return failed || e->step.text == NULL ? VAULT_ENOMEM : VAULT_OK;
}

static int64_t hundredths(const json_t *fields, const char *name)
{
    const char *text = json_text(fields, name);
    int64_t amount = 0;
    if (text != NULL)
        (void)money_parse(bytes_of_text(text), &amount);
    return amount;
}

static int reply(struct entering *e)
{
    json_t *value =
        json_pack("{s:s,s:O,s:s,s:s,s:I}", "id", e->step.id, "entry", json_object_get(e->step.about, "entry"),
            "kind", e->kind->name, "state", e->state, "event", (json_int_t)e->step.index);
    if (value != NULL && strcmp(e->kind->name, "recovery") == 0) {
        struct recovery_terms terms = {hundredths(e->fields, "owed"), hundredths(e->fields, "wage"),
            hundredths(e->fields, "minimum_wage"), json_text(e->fields, "fault"),
            json_text(e->fields, "contract_term") != NULL};
        int64_t limit = 0;
        char text[MONEY_TEXT_SIZE];
        if (recovery_limit(&terms, &limit, NULL) == VAULT_OK) {
            money_format(limit, text);
            (void)json_object_set_new(value, "monthly_limit", json_string(text));
        }
    }
    return reply_value(e->step.call, value);
}

int op_incident_enter(struct call *call)
{
    struct entering e = {.step = {.call = call, .event = "incident.enter"}};
    int result = incident_begin(&e.step);
    if (result == VAULT_OK)
        result = incident_entries(call, e.step.one, &e.entries);
    if (result == VAULT_OK)
        result = find_before(&e);
    if (result == VAULT_OK)
        result = find_kind(&e);
    if (result == VAULT_OK)
        result = merge_fields(&e);
    if (result == VAULT_OK) {
        set_state(&e);
        result = entry_check(e.kind, e.fields, e.state, call->failure);
    }
    if (result == VAULT_OK)
        result = check_users(&e);
    if (result == VAULT_OK)
        result = check_rule(&e);
    if (result == VAULT_OK)
        result = check_anonymous(&e);
    if (result == VAULT_OK)
        result = put_about(&e);
    if (result == VAULT_OK)
        result = incident_add_file(&e.step);
    if (result == VAULT_OK)
        result = incident_commit(&e.step);
    if (result == VAULT_OK)
        result = reply(&e);
    json_decref(e.entries);
    json_decref(e.fields);
    incident_end(&e.step);
    return result;
}

/* --- incident.entries --- */

static bool is_wanted(const struct call *call, const json_t *one)
{
    const char *kind = call_text(call, "kind");
    const char *group = call_text(call, "group");
    return (kind == NULL || strcmp(kind, json_text(one, "kind")) == 0) &&
           (group == NULL || strcmp(group, json_text(one, "group")) == 0);
}

int op_incident_entries(struct call *call)
{
    struct incident_step step = {.call = call, .event = "incident.show", .reads = true};
    json_t *entries = NULL;
    json_t *wanted = json_array();
    int result = incident_begin(&step);
    if (result == VAULT_OK) {
        json_t *members = access_event_members(call->session, &step.request, &step.decision,
            json_pack("[{s:s,s:s}]", "type", "incident", "id", step.id));
        result = event_append(call->session, step.event, members, &step.index, call->failure);
    }
    if (result == VAULT_OK)
        result = incident_entries(call, step.one, &entries);
    for (size_t i = 0; i < json_array_size(entries) && result == VAULT_OK; i++) {
        json_t *one = json_array_get(entries, i);
        if (!is_wanted(call, one))
            continue;
        result = reply_row(call, json_incref(one));
        if (result == VAULT_OK && json_array_append(wanted, one) != 0)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK)
        result = reply_value(call, entries_sum(wanted));
    json_decref(entries);
    json_decref(wanted);
    incident_end(&step);
    return result;
}
