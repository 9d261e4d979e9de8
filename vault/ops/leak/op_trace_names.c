/* Cases that were traced, and the names behind their pseudonyms: an event, and a second investigator if the
 * firm says so. */
#include <stdio.h>
#include <string.h>

#include "vault/access/pending.h"
#include "vault/access/settings.h"
#include "vault/base/instant.h"
#include "vault/log/index.h"
#include "vault/ops/call_private.h"
#include "vault/ops/leak/trace_case.h"

#define REQUEST_EVENT "trace.reveal_request"
#define APPROVE_EVENT "trace.reveal_approve"
#define REQUEST_LASTS (INT64_C(7) * 86400 * 1000)
#define PERSONS_MAX 1000u

/* --- trace.list --- */

/* The store could not be written, or somebody took it out: the event is there, the case is not. */
static int is_lost(struct call *call, const char *id, bool *lost)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session_store(call->session), QUERY_TRACE_CASE_HAS, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, id);
    result = statement_step(statement, &row, call->failure);
    statement_reset(statement);
    *lost = !row;
    return result;
}

static int list_one(void *context, uint64_t index, struct bytes text)
{
    struct call *call = context;
    json_t *leaf = NULL;
    int result = json_read(text, &leaf, call->failure);
    const json_t *trace = json_object_get(leaf, "trace");
    const char *id = json_text(trace, "case"), *by = json_text(json_object_get(leaf, "actor"), "id");
    const char *time = json_text(leaf, "time"), *leak = json_text(trace, "leak");
    bool told = id != NULL && by != NULL && time != NULL && leak != NULL, lost = false;
    if (result == VAULT_OK && told)
        result = is_lost(call, id, &lost);
    if (result == VAULT_OK && told) {
        json_t *row = json_pack("{s:s,s:I,s:s,s:s,s:s,s:I,s:I}", "case", id, "event", (json_int_t)index,
            "time", time, "by", by, "leak", leak, "rows", (json_int_t)json_number(trace, "rows", 0), "linked",
            (json_int_t)json_number(trace, "linked", 0));
        if (row != NULL && lost)
            (void)json_object_set_new(row, "lost", json_true());
        result = reply_row(call, row);
    }
    json_decref(leaf);
    return result;
}

static int query_log(struct call *call, const char *event,
    int (*each)(void *context, uint64_t index, struct bytes leaf), void *context)
{
    struct log_query query = {.event = event, .from = INT64_MIN, .to = INT64_MAX};
    int result = log_refresh(session_log(call->session), call->failure);
    return result == VAULT_OK
               ? log_index_query(session_log(call->session), session_store(call->session),
                     session_keys(call->session)->log_index, &query, each, context, call->failure)
               : result;
}

int op_trace_list(struct call *call)
{
    struct access_request request = {.action = "trace.show"};
    int result = call_allow(call, &request, NULL, NULL);
    return result == VAULT_OK ? query_log(call, "trace.run", list_one, call) : result;
}

/* --- trace.show --- */

static json_t *about_case(const char *id)
{
    return json_pack("{s:{s:s}}", "trace", "case", id);
}

static int open_case(struct call *call, json_t **content, const char **id)
{
    int result = trace_case_open(call->session, call_text(call, "case"), content, call->failure);
    *id = json_text(*content, "case");
    return result;
}

int op_trace_show(struct call *call)
{
    struct access_request request = {.action = "trace.show"};
    struct decision decision = {0};
    json_t *content = NULL;
    const char *id = NULL;
    int result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = open_case(call, &content, &id);
    if (result == VAULT_OK)
        result = call_allow(call, &request, about_case(id), NULL);
    if (result == VAULT_OK) {
        (void)json_object_del(content, "names");
        result = reply_value(call, json_incref(content));
    }
    decision_free(&decision);
    json_decref(content);
    return result;
}

/* --- Whose names --- */

/* "person 3" and "3" are the same. */
static int find_persons(struct call *call, const json_t *names, json_t *persons)
{
    const json_t *asked = call_list(call, "persons");
    const char *name;
    json_t *user;
    if (json_array_size(asked) > PERSONS_MAX)
        return failure_set(call->failure, VAULT_EUSAGE, "more than %u persons", PERSONS_MAX);
    for (size_t i = 0; i < json_array_size(asked); i++) {
        const char *text = json_string_value(json_array_get(asked, i));
        char whole[48];
        (void)snprintf(
            whole, sizeof whole, "%s%.30s", strncmp(text, "person ", 7) == 0 ? "" : "person ", text);
        if (json_object_get(names, whole) == NULL) {
            failure_remedy(call->failure, "'trace show' lists the pseudonyms of a case");
            return failure_set(call->failure, VAULT_EINPUT, "there is no '%s' in this case", whole);
        }
        (void)json_array_append_new(persons, json_string(whole));
    }
    if (json_array_size(asked) > 0)
        return VAULT_OK;
    json_object_foreach((json_t *)(uintptr_t)names, name, user)(void)
        json_array_append_new(persons, json_string(name));
    return VAULT_OK;
}

static bool covers(const json_t *requested, const json_t *persons)
{
    for (size_t i = 0; i < json_array_size(persons); i++) {
        bool there = false;
        for (size_t k = 0; k < json_array_size(requested) && !there; k++)
            there = json_equal(json_array_get(persons, i), json_array_get(requested, k));
        if (!there)
            return false;
    }
    return true;
}

/* --- Requests and approvals, as the log has them --- */

struct reveal_request {
    uint64_t index;
    int64_t at;
    char user[NAME_SIZE_MAX + 1];
    json_t *persons;
    bool approved; /* by somebody else */
    uint64_t approval;
};

#define REQUESTS_MAX 64u

struct requests {
    struct call *call;
    const char *id; /* of the case */
    int64_t now;
    struct reveal_request items[REQUESTS_MAX]; /* that have not run out; the latest if there are more */
    size_t count;
};

static void requests_free(struct requests *requests)
{
    for (size_t i = 0; i < requests->count; i++)
        json_decref(requests->items[i].persons);
    requests->count = 0;
}

static bool is_of_case(const struct requests *requests, const json_t *leaf)
{
    const char *id = json_text(json_object_get(leaf, "trace"), "case");
    const char *effect = json_text(json_object_get(leaf, "decision"), "effect");
    return id != NULL && effect != NULL && strcmp(id, requests->id) == 0 && strcmp(effect, "permit") == 0;
}

static int take_request(void *context, uint64_t index, struct bytes text)
{
    struct requests *requests = context;
    json_t *leaf = NULL;
    int64_t at = 0;
    int result = json_read(text, &leaf, requests->call->failure);
    const char *user = json_text(json_object_get(leaf, "actor"), "id"), *time = json_text(leaf, "time");
    if (result == VAULT_OK && is_of_case(requests, leaf) && user != NULL && time != NULL &&
        instant_parse(bytes_of_text(time), &at) && at + REQUEST_LASTS > requests->now) {
        result = pending_check_signed(requests->call->session, text, user, requests->call->failure);
        if (result == VAULT_OK && requests->count == REQUESTS_MAX) {
            json_decref(requests->items[0].persons);
            memmove(requests->items, requests->items + 1, --requests->count * sizeof *requests->items);
        }
        if (result == VAULT_OK) {
            struct reveal_request *request = &requests->items[requests->count++];
            *request = (struct reveal_request){.index = index, .at = at};
            (void)snprintf(request->user, sizeof request->user, "%s", user);
            request->persons = json_incref(json_object_get(json_object_get(leaf, "trace"), "persons"));
        }
    }
    json_decref(leaf);
    return result;
}

static int take_approval(void *context, uint64_t index, struct bytes text)
{
    struct requests *requests = context;
    json_t *leaf = NULL;
    int result = json_read(text, &leaf, requests->call->failure);
    const char *user = json_text(json_object_get(leaf, "actor"), "id");
    int64_t of = json_number(json_object_get(leaf, "trace"), "request", -1);
    for (size_t i = 0; i < requests->count && result == VAULT_OK; i++) {
        struct reveal_request *request = &requests->items[i];
        if (user == NULL || !is_of_case(requests, leaf) || of != (int64_t)request->index ||
            strcmp(user, request->user) == 0)
            continue;
        result = pending_check_signed(requests->call->session, text, user, requests->call->failure);
        request->approved = result == VAULT_OK;
        request->approval = index;
    }
    json_decref(leaf);
    return result;
}

static int read_requests(struct call *call, const char *id, struct requests *requests)
{
    *requests = (struct requests){.call = call, .id = id, .now = instant_now()};
    int result = query_log(call, REQUEST_EVENT, take_request, requests);
    return result == VAULT_OK ? query_log(call, APPROVE_EVENT, take_approval, requests) : result;
}

/* --- trace.reveal_names --- */

struct revealing {
    struct call *call;
    const struct access_request *request;
    const struct decision *decision;
    json_t *content;
    const char *id;
    json_t *persons;
};

static json_t *reveal_members(const struct revealing *revealing)
{
    json_t *members =
        access_event_members(revealing->call->session, revealing->request, revealing->decision, NULL);
    if (members != NULL)
        (void)json_object_set_new(
            members, "trace", json_pack("{s:s,s:O}", "case", revealing->id, "persons", revealing->persons));
    return members;
}

/* The event is durable before a name goes out. @p approval: of the other investigator, UINT64_MAX if none was
 * asked. */
static int show_names(const struct revealing *revealing, uint64_t approval)
{
    const json_t *names = json_object_get(revealing->content, "names");
    json_t *members = reveal_members(revealing), *shown = json_object();
    uint64_t event = 0;
    if (members != NULL && approval != UINT64_MAX)
        (void)json_object_set_new(
            json_object_get(members, "trace"), "approval", json_integer((json_int_t)approval));
    int result = event_append(
        revealing->call->session, revealing->request->action, members, &event, revealing->call->failure);
    for (size_t i = 0; i < json_array_size(revealing->persons); i++) {
        const char *person = json_string_value(json_array_get(revealing->persons, i));
        (void)json_object_set(shown, person, json_object_get(names, person));
    }
    if (result == VAULT_OK)
        result = reply_value(revealing->call,
            json_pack("{s:s,s:O,s:I}", "case", revealing->id, "names", shown, "event", (json_int_t)event));
    json_decref(shown);
    return result;
}

static int tell_request(const struct revealing *revealing, uint64_t index, int64_t at)
{
    return reply_value(revealing->call,
        json_pack("{s:s,s:b,s:I,s:o,s:b}", "case", revealing->id, "requested", true, "event",
            (json_int_t)index, "expires", json_instant(at + REQUEST_LASTS), "approved", false));
}

/* Somebody else must agree: is there a request of this person for them, and an approval? */
static int ask_second(const struct revealing *revealing)
{
    struct call *call = revealing->call;
    struct requests requests;
    const struct reveal_request *open = NULL, *approved = NULL;
    int result = read_requests(call, revealing->id, &requests);
    for (size_t i = 0; i < requests.count && result == VAULT_OK; i++) {
        const struct reveal_request *request = &requests.items[i];
        if (strcmp(request->user, session_user(call->session)) != 0 ||
            !covers(request->persons, revealing->persons))
            continue;
        open = request;
        approved = request->approved ? request : approved;
    }
    if (result == VAULT_OK && approved != NULL)
        result = show_names(revealing, approved->approval);
    else if (result == VAULT_OK && open != NULL)
        result = tell_request(revealing, open->index, open->at);
    else if (result == VAULT_OK) {
        uint64_t index = 0;
        result = event_append(call->session, REQUEST_EVENT, reveal_members(revealing), &index, call->failure);
        if (result == VAULT_OK)
            result = tell_request(revealing, index, requests.now);
    }
    requests_free(&requests);
    return result;
}

int op_trace_reveal_names(struct call *call)
{
    struct access_request request = {.action = "trace.reveal_names", .purpose = call_text(call, "purpose")};
    struct decision decision = {0};
    struct revealing revealing = {
        .call = call, .request = &request, .decision = &decision, .persons = json_array()};
    bool two = false;
    int result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = open_case(call, &revealing.content, &revealing.id);
    if (result == VAULT_OK)
        result = find_persons(call, json_object_get(revealing.content, "names"), revealing.persons);
    if (result == VAULT_OK)
        result = setting_is_on(session_store(call->session), SETTING_TWO_INVESTIGATORS, &two, call->failure);
    if (result == VAULT_OK)
        result = two ? ask_second(&revealing) : show_names(&revealing, UINT64_MAX);
    decision_free(&decision);
    json_decref(revealing.content);
    json_decref(revealing.persons);
    return result;
}

/* --- trace.reveal_approve --- */

/* A request that nobody approves twice, and nobody his own. */
static int choose_request(
    struct call *call, const struct requests *requests, const struct reveal_request **chosen)
{
    bool own = false;
    *chosen = NULL;
    for (size_t i = 0; i < requests->count; i++) {
        const struct reveal_request *request = &requests->items[i];
        bool mine = strcmp(request->user, session_user(call->session)) == 0;
        own |= mine && !request->approved;
        if (!mine && !request->approved)
            *chosen = request;
    }
    if (*chosen != NULL)
        return VAULT_OK;
    if (!own)
        return failure_set(
            call->failure, VAULT_ENOTFOUND, "nobody asks for names of this case, or it ran out");
    failure_remedy(call->failure, "another investigator runs 'trace approve'");
    return failure_set(call->failure, VAULT_EDENIED, "denied: nobody approves his own request");
}

int op_trace_reveal_approve(struct call *call)
{
    struct access_request request = {.action = "trace.reveal_approve"};
    struct decision decision = {0};
    struct requests requests = {.count = 0};
    const struct reveal_request *chosen = NULL;
    json_t *content = NULL, *members = NULL;
    const char *id = NULL;
    uint64_t event = 0;
    int result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = open_case(call, &content, &id);
    if (result == VAULT_OK)
        result = read_requests(call, id, &requests);
    if (result == VAULT_OK && (result = choose_request(call, &requests, &chosen)) == VAULT_EDENIED)
        result = call_refuse(
            call, &request, "nobody approves his own request", "trace", json_pack("{s:s}", "case", id));
    if (result == VAULT_OK) {
        members = access_event_members(call->session, &request, &decision, NULL);
        if (members != NULL)
            (void)json_object_set_new(members, "trace",
                json_pack("{s:s,s:I,s:O}", "case", id, "request", (json_int_t)chosen->index, "persons",
                    chosen->persons));
        result = event_append(call->session, request.action, members, &event, call->failure);
    }
    if (result == VAULT_OK)
        result = reply_value(
            call, json_pack("{s:s,s:s,s:O,s:I,s:I}", "case", id, "user", chosen->user, "persons",
                      chosen->persons, "request", (json_int_t)chosen->index, "event", (json_int_t)event));
    requests_free(&requests);
    decision_free(&decision);
    json_decref(content);
    return result;
}
