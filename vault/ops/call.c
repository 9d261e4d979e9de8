/* The steps that every handler takes: arguments, decision, event, permit, reply. */
#include <stdio.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/freeze.h"
#include "vault/access/registers.h"
#include "vault/access/witnessed.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/ops/call_private.h"
#include "vault/ops/decoys/decoy_private.h"

/* --- Arguments --- */

const char *call_text(const struct call *call, const char *name)
{
    return json_text(call->arguments, name);
}

int64_t call_number(const struct call *call, const char *name, int64_t otherwise)
{
    return json_number(call->arguments, name, otherwise);
}

bool call_flag(const struct call *call, const char *name)
{
    return json_is_true(json_object_get(call->arguments, name));
}

const json_t *call_list(const struct call *call, const char *name)
{
    return json_object_get(call->arguments, name);
}

int call_period(const struct call *call, struct period_range *range)
{
    const char *period = call_text(call, "period");
    period_all(range);
    if (period == NULL || period_parse(bytes_of_text(period), range))
        return VAULT_OK;
    failure_remedy(call->failure, "write YYYY, YYYY-MM, or two of them with '..' between");
    return failure_set(call->failure, VAULT_EUSAGE, "'%s' is no period", period);
}

int call_kind(const struct call *call, enum record_kind *kind)
{
    struct buffer names = {0};
    const char *name = call_text(call, "kind");
    *kind = (enum record_kind)0;
    if (name == NULL || kind_parse(bytes_of_text(name), kind))
        return VAULT_OK;
    for (int i = KIND_CLIENT; i <= KIND_LAST; i++)
        buffer_put_format(&names, "%s%s", i == KIND_CLIENT ? "" : ", ", kind_name((enum record_kind)i));
    const char *list = buffer_text(&names);
    failure_remedy(call->failure, "kinds are: %s", list == NULL ? "" : list);
    buffer_free(&names);
    return failure_set(call->failure, VAULT_EUSAGE, "'%s' is no kind of record", name);
}

int call_moment(const struct call *call, const char *name, int64_t otherwise, int64_t *moment)
{
    const char *text = call_text(call, name);
    *moment = otherwise;
    if (text == NULL || instant_parse(bytes_of_text(text), moment))
        return VAULT_OK;
    failure_remedy(call->failure, "write YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ (UTC)");
    return failure_set(call->failure, VAULT_EUSAGE, "%s: '%s' is no moment", name, text);
}

/* --- Deciding and logging --- */

/* What shows a client's data or name.  The log itself stays readable for those who look into why its
 * witnesses are silent, and changes that show nothing go on. */
static bool discloses(const char *action)
{
    static const char *const names[] = {"record.read", "record.reveal", "record.list", "record.search",
        "record.history", "record.export", "client.list", "client.show"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(action, names[i]) == 0)
            return true;
    }
    return false;
}

/* What a frozen client, or who is frozen out, stands still for: the group client.work of the policy's schema. */
static bool works_on_clients(const char *action)
{
    return discloses(action) || strcmp(action, "record.import") == 0 || strcmp(action, "record.correct") == 0;
}

/* Frozen out is another thing than not allowed: it passes, and nobody can be asked for a role. */
static int refuse_frozen(struct call *call)
{
    failure_remedy(call->failure, "an incident is being looked into; wait until two people have lifted the freeze");
    return failure_set(call->failure, VAULT_EFROZEN, "frozen: during an incident nothing of it is shown or changed");
}

/* By whatever rule: where an incident froze it, that is what people are told. */
static int is_frozen_out(struct call *call, const struct access_request *request, bool *frozen)
{
    *frozen = false;
    if (!works_on_clients(request->action))
        return VAULT_OK;
    return freeze_covers(
        session_store(call->session), session_user(call->session), request->client, frozen, call->failure);
}

/* A rule forbids it, and what it looks at has lapsed: people are told what, since when, and who mends it. */
static int refuse_lapsed(struct call *call, const struct decision *decision, const json_t *lapsed)
{
    char day[INSTANT_TEXT_SIZE] = "";
    const json_t *first = json_array_get(lapsed, 0);
    const char *kind = json_text(first, "kind");
    const char *name = json_text(first, "name");
    int64_t since = json_number(first, "since", 0);
    bool rule = strcmp(kind, "rule") == 0;
    instant_format(since, day);
    day[10] = '\0';
    failure_remedy(call->failure, rule ? "read it with 'register show rule %s' and sign it with 'register sign %s'"
                                       : "ask an admin to renew it: 'register renew %s %s'; 'register mine' tells all of it",
        rule ? name : kind, name);
    if (since == 0)
        return failure_set(call->failure, VAULT_EDENIED, "denied: you have no %s '%s': %s", kind, name, decision->reason);
    return failure_set(call->failure, VAULT_EDENIED,
        rule ? "denied: the %s '%s' is not signed, which was due on %s: %s" : "denied: the %s '%s' lapsed on %s: %s", kind,
        name, day, decision->reason);
}

static int find_lapsed(
    struct call *call, const struct access_request *request, const struct decision *decision, json_t **lapsed)
{
    int64_t next;
    *lapsed = NULL;
    if (!works_on_clients(request->action) || json_array_size(json_object_get(decision->json, "policies")) == 0)
        return VAULT_OK;
    return registers_lapsed(session_store(call->session), session_user(call->session),
        session_log_time(call->session), lapsed, &next, call->failure);
}

static int deny(struct call *call, const struct access_request *request, const struct decision *decision)
{
    json_t *members = access_event_members(call->session, request, decision, NULL);
    uint64_t event = 0;
    int result = event_append(call->session, request->action, members, &event, call->failure);
    if (result == VAULT_OK && request->client != NULL)
        result = decoy_touched(call, request->client, "denied", event);
    bool frozen = false;
    if (result == VAULT_OK)
        result = is_frozen_out(call, request, &frozen);
    if (result != VAULT_OK)
        return result;
    if (frozen)
        return refuse_frozen(call);
    json_t *lapsed = NULL;
    result = find_lapsed(call, request, decision, &lapsed);
    if (result == VAULT_OK && lapsed != NULL)
        result = refuse_lapsed(call, decision, lapsed);
    json_decref(lapsed);
    if (result != VAULT_OK)
        return result;
    if (decision->awaits > 0)
        failure_remedy(call->failure, "ask for %u approvals: 'approval request %s … --reason R --for 1d'",
            decision->awaits, request->action);
    failure_remedy(call->failure, request->client != NULL
                                      ? "ask an admin to assign the client to you, or for a role"
                                      : "ask an admin for a role that may do this");
    return failure_set(call->failure, VAULT_EDENIED, "denied: %s", decision->reason);
}

/* Before anything is shown: are the witnesses close enough behind?  Replies and permits both come through
 * here. */
static int check_witnessed(struct call *call)
{
    if (!call->discloses || call->witnessed)
        return VAULT_OK;
    int result = witnessed_allows(call->session, 0, call->failure);
    call->witnessed = result == VAULT_OK;
    return result;
}

/* One that was spent in this call already allows the rest of it. */
static int note_approval(struct call *call, const char *action, int64_t request)
{
    for (size_t i = 0; i < call->approval_count; i++) {
        if (call->approvals[i].request == request)
            return VAULT_OK;
    }
    if (call->approval_count == CALL_APPROVALS_MAX)
        return failure_set(call->failure, VAULT_ELIMIT,
            "this rests on more than %u approvals; do it in parts", CALL_APPROVALS_MAX);
    call->approvals[call->approval_count].request = request;
    text_copy(call->approvals[call->approval_count].action, sizeof call->approvals[0].action, action);
    call->approval_count++;
    return VAULT_OK;
}

json_t *call_own_members(struct call *call, const char *action)
{
    struct access_request request = {.action = action};
    struct decision decision = {.json = json_pack("{s:s,s:[]}", "effect", "permit", "policies")};
    json_t *members =
        decision.json == NULL ? NULL : access_event_members(call->session, &request, &decision, NULL);
    decision_free(&decision);
    return members;
}

/* The event is the truth: two who spend at once are in the log's order, and the second is refused. */
static int spend_one(struct call *call, const char *action, int64_t request)
{
    struct change *change = NULL;
    int result = change_begin(call->session, "approval.use", call_own_members(call, "approval.use"),
        json_pack("{s:I,s:s}", "request", (json_int_t)request, "action", action), &change, call->failure);
    if (result == VAULT_OK)
        result = change_commit(change, NULL, call->failure);
    return result;
}

int call_spend(struct call *call)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < call->approval_count && result == VAULT_OK; i++) {
        if (call->approvals[i].spent)
            continue;
        result = spend_one(call, call->approvals[i].action, call->approvals[i].request);
        call->approvals[i].spent = result == VAULT_OK;
    }
    return result;
}

void call_about(struct call *call, const struct client_facts *client)
{
    if (client != NULL && call->reply->about != NULL)
        call->reply->about(call->reply->context, &client->id, client->portfolio);
}

int call_decide(struct call *call, const struct access_request *request, struct decision *decision)
{
    call_about(call, request->client);
    int result = access_decide(call->session, request, decision, call->failure);
    if (result == VAULT_OK && !decision->permitted)
        result = deny(call, request, decision);
    if (result == VAULT_OK && decision->approval != 0)
        result = note_approval(call, request->action, decision->approval);
    if (result == VAULT_OK && discloses(request->action)) {
        call->discloses = true;
        /* Its own event is the one more; so one that would go too far is not even logged. */
        result = witnessed_allows(call->session, 1, call->failure);
    }
    return result;
}

int call_allow(struct call *call, const struct access_request *request, json_t *extra, uint64_t *event)
{
    struct decision decision = {0};
    int result = call_decide(call, request, &decision);
    if (result == VAULT_OK)
        result = call_spend(call);
    if (result == VAULT_OK) {
        json_t *members = access_event_members(call->session, request, &decision, NULL);
        if (members != NULL && extra != NULL)
            (void)json_object_update(members, extra);
        result = event_append(call->session, request->action, members, event, call->failure);
    }
    json_decref(extra);
    decision_free(&decision);
    return result;
}

int call_refuse(struct call *call, const struct access_request *request, const char *reason,
    const char *about, json_t *value)
{
    struct decision decision = {0};
    struct failure failed = {0};
    int result = access_decide(call->session, request, &decision, &failed);
    if (result == VAULT_OK) {
        (void)json_object_set_new(decision.json, "effect", json_string("deny"));
        (void)json_object_set_new(decision.json, "policies", json_array());
        (void)json_object_del(decision.json, "policy_hash");
        (void)json_object_set_new(decision.json, "reason", json_string(reason));
        json_t *members = access_event_members(call->session, request, &decision, NULL);
        if (members != NULL)
            (void)json_object_set(members, about, value);
        result = event_append(call->session, request->action, members, NULL, &failed);
    }
    json_decref(value);
    decision_free(&decision);
    if (result == VAULT_OK)
        return VAULT_EDENIED;
    /* That the log cannot be written goes before why it was refused. */
    if (call->failure != NULL)
        *call->failure = failed;
    return failure_set(call->failure, result, "%s", vault_error_text(result));
}

static int look_frozen(struct call *call, struct store *store, int64_t row, bool *frozen)
{
    struct client_facts client;
    int result = freeze_any(store, frozen, call->failure);
    if (result != VAULT_OK || !*frozen)
        return result;
    if (row != 0)
        result = clients_by_row(call->session, row, &client, call->failure);
    return result == VAULT_OK ? freeze_covers(store, session_user(call->session), row == 0 ? NULL : &client,
                                    frozen, call->failure)
                              : result;
}

/* What is shown is of one state of the store, which may be older than a freeze since. */
int call_check_frozen(struct call *call, int64_t row)
{
    struct store *fresh = NULL;
    uint64_t count = 0;
    bool frozen = false;
    int result = freeze_count(call->session, true, &count, call->failure);
    if (result == VAULT_OK && count != call->freezes)
        result = freeze_open(call->session, &fresh, call->failure);
    if (result == VAULT_OK)
        result = look_frozen(call, fresh == NULL ? session_store(call->session) : fresh, row, &frozen);
    store_free(fresh);
    return result == VAULT_OK && frozen ? refuse_frozen(call) : result;
}

#define REVEAL_MAX 128

int call_permit(struct call *call, const struct decision *decision, uint64_t event, unsigned uses,
    int64_t client, unsigned compartments, const json_t *reveal, struct permit **permit)
{
    const char *fields[REVEAL_MAX];
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(reveal) && count < REVEAL_MAX; i++)
        fields[count++] = json_string_value(json_array_get(reveal, i));
    *permit = NULL;
    int result = check_witnessed(call);
    if (result == VAULT_OK)
        result = call_check_frozen(call, client);
    if (result == VAULT_OK)
        result = call_spend(call);
    if (result != VAULT_OK)
        return result;
    struct permit_terms terms = {.uses = uses,
        .compartments = compartments,
        .clients = &client,
        .client_count = 1,
        .reveal = fields,
        .reveal_count = count,
        .event = event};
    result = access_permit(decision, &terms, permit);
    return result == VAULT_OK ? VAULT_OK : failure_set(call->failure, result, "%s", vault_error_text(result));
}

/* These spend it themselves, so that the one event is both. */
static bool spends_itself(const char *action)
{
    return strcmp(action, "grant.add") == 0 || strcmp(action, "policy.set") == 0;
}

static int name_approval(struct call *call, const struct decision *decision, json_t *what)
{
    for (size_t i = 0; i < call->approval_count; i++)
        call->approvals[i].spent =
            call->approvals[i].spent || call->approvals[i].request == decision->approval;
    if (json_object_set_new(what, "approval", json_integer((json_int_t)decision->approval)) == 0)
        return VAULT_OK;
    return failure_set(call->failure, VAULT_ENOMEM, "no memory for the change");
}

static json_t *members_as(struct call *call, const struct access_request *request,
    const struct decision *decision, const char *event)
{
    json_t *members = access_event_members(call->session, request, decision, NULL);
    if (members != NULL && strcmp(event, request->action) != 0)
        (void)json_object_set_new(members, "asked", access_asked(request));
    return members;
}

static int begin_as(struct call *call, const struct access_request *request, const char *event, json_t *what,
    struct change **change)
{
    struct decision decision = {0};
    *change = NULL;
    int result = call_decide(call, request, &decision);
    if (result == VAULT_OK && decision.approval != 0 && what != NULL && spends_itself(request->action))
        result = name_approval(call, &decision, what);
    if (result == VAULT_OK)
        result = call_spend(call);
    if (result == VAULT_OK)
        result = change_begin(
            call->session, event, members_as(call, request, &decision, event), what, change, call->failure);
    else
        json_decref(what);
    decision_free(&decision);
    return result;
}

int call_change(struct call *call, const struct access_request *request, json_t *what, struct change **change)
{
    return begin_as(call, request, request->action, what, change);
}

int call_change_as(
    struct call *call, const struct access_request *request, const char *event, json_t *what, uint64_t *seq)
{
    struct change *change = NULL;
    int result = begin_as(call, request, event, what, &change);
    if (result != VAULT_OK)
        return result;
    *seq = change_intent(change);
    return call_finish(call, change, VAULT_OK);
}

json_t *call_note_members(struct call *call, const struct access_request *request, json_t *resources)
{
    struct decision decision = {0};
    json_t *members = NULL;
    if (access_decide(call->session, request, &decision, call->failure) == VAULT_OK)
        members = access_event_members(call->session, request, &decision, resources);
    else
        json_decref(resources);
    if (members != NULL)
        (void)json_object_set_new(members, "asked", access_asked(request));
    decision_free(&decision);
    return members;
}

int call_finish(struct call *call, struct change *change, int result)
{
    if (result == VAULT_OK)
        return change_commit(change, NULL, call->failure);
    change_abort(change, result);
    return result;
}

/* --- Replies --- */

/* An answer with a hole in it is none. */
static int check_reply(struct call *call)
{
    if (memory_error() != VAULT_OK)
        return failure_set(call->failure, VAULT_ENOMEM, "no memory for the whole reply");
    return check_witnessed(call);
}

static bool holds_back(const struct call *call)
{
    return call->held != NULL && call->held->repeat->noted;
}

int reply_row(struct call *call, json_t *row)
{
    if (row == NULL)
        return failure_set(call->failure, VAULT_ENOMEM, "no memory for the reply");
    int result = check_reply(call);
    if (result == VAULT_OK && call->reply->row != NULL)
        result = call->reply->row(call->reply->context, row);
    json_decref(row);
    return result;
}

int reply_value(struct call *call, json_t *value)
{
    if (value == NULL)
        return failure_set(call->failure, VAULT_ENOMEM, "no memory for the reply");
    int result = check_reply(call);
    if (result == VAULT_OK && holds_back(call)) {
        json_decref(call->held->value);
        call->held->value = json_incref(value);
    } else if (result == VAULT_OK && call->reply->value != NULL) {
        result = call->reply->value(call->reply->context, value);
    }
    json_decref(value);
    return result;
}

int reply_json(struct call *call, const struct buffer *json)
{
    json_t *value = NULL;
    int result = buffer_error(json);
    if (result != VAULT_OK)
        return failure_set(call->failure, result, "no memory for the reply");
    result = check_reply(call);
    if (result != VAULT_OK)
        return result;
    if (call->reply->json != NULL)
        return call->reply->json(call->reply->context, buffer_bytes(json));
    if (call->reply->value == NULL)
        return VAULT_OK;
    result = json_read(buffer_bytes(json), &value, call->failure);
    if (result == VAULT_OK)
        result = call->reply->value(call->reply->context, value);
    json_decref(value);
    return result;
}

int reply_tag(struct call *call, const struct ulid *record, int64_t version)
{
    char id[ULID_TEXT_SIZE];
    ulid_format(record, id);
    int result = check_witnessed(call);
    if (result == VAULT_OK && holds_back(call)) {
        memcpy(call->held->record, id, sizeof id);
        call->held->version = version;
        return VAULT_OK;
    }
    return result != VAULT_OK || call->reply->version == NULL ? result
                                                              : call->reply->version(call->reply->context, id, version);
}

int reply_text(struct call *call, struct bytes text)
{
    int result = check_witnessed(call);
    return result != VAULT_OK || call->reply->text == NULL ? result
                                                           : call->reply->text(call->reply->context, text);
}

int reply_check(struct call *call)
{
    return call->reply->check == NULL ? VAULT_OK : call->reply->check(call->reply->context);
}

void reply_progress(struct call *call, uint64_t done, uint64_t total, const char *unit)
{
    if (call->reply->progress != NULL)
        call->reply->progress(call->reply->context, done, total, unit);
}

json_t *json_ulid(const struct ulid *ulid)
{
    char text[ULID_TEXT_SIZE];
    ulid_format(ulid, text);
    return json_string(text);
}

json_t *json_hex(struct bytes bytes)
{
    char text[2 * 64 + 1];
    if (bytes.size > 64)
        return NULL;
    hex_encode(bytes, text);
    return json_string(text);
}

json_t *json_instant(int64_t instant)
{
    char text[INSTANT_TEXT_SIZE];
    instant_format(instant, text);
    return json_string(text);
}
