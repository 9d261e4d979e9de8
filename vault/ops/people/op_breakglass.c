/* Broken glass: opened at once and for a short time, told to everybody who was left out, reviewed by somebody else. */
#include <stdio.h>
#include <string.h>

#include "vault/access/alerts.h"
#include "vault/access/approvals.h"
#include "vault/access/breakglass.h"
#include "vault/evidence/canonical.h"
#include "vault/log/index.h"
#include "vault/ops/call_private.h"
#include "vault/ops/decoys/decoy_private.h"
#include "vault/ops/people/duration_private.h"
#include "vault/ops/people/tell_private.h"

#define EVENTS_SHOWN 1000u

static int find(struct call *call, struct breakglass *glass)
{
    int result = breakglass_read(session_store(call->session), call_number(call, "breakglass", -1), glass, call->failure);
    if (result == VAULT_ENOTFOUND)
        failure_remedy(call->failure, "'break-glass list' shows them");
    return result;
}

static const char *state_of(const struct breakglass *glass, int64_t now)
{
    if (glass->reviewed_by[0] != '\0')
        return "reviewed";
    return now < glass->until ? "open" : now < glass->due ? "to_review" : "overdue";
}

static json_t *row_of(struct call *call, const struct breakglass *glass)
{
    json_t *row = json_pack("{s:I,s:s,s:s,s:o,s:o}", "breakglass", (json_int_t)glass->seq, "user", glass->member, "state",
        state_of(glass, session_log_time(call->session)), "until", json_instant(glass->until), "due", json_instant(glass->due));
    if (row != NULL && glass->client[0] != '\0')
        (void)json_object_set_new(row, "client", json_string(glass->client));
    if (row != NULL && glass->reviewed_by[0] != '\0') {
        (void)json_object_set_new(row, "reviewed_by", json_string(glass->reviewed_by));
        (void)json_object_set_new(row, "verdict", json_string(glass->verdict));
    }
    return row;
}

static int reply_one(struct call *call, int64_t seq, uint64_t event, const json_t *told)
{
    struct breakglass glass = {0};
    int result = breakglass_read(session_store(call->session), seq, &glass, call->failure);
    json_t *row = result == VAULT_OK ? row_of(call, &glass) : NULL;
    if (row != NULL)
        (void)json_object_set_new(row, "event", json_integer((json_int_t)event));
    if (row != NULL && told != NULL)
        (void)json_object_set(row, "told", json_object_get(told, "told"));
    breakglass_free(&glass);
    return result == VAULT_OK ? reply_value(call, row) : result;
}

/* --- Opening --- */

static json_t *without(const json_t *people, const char *me)
{
    json_t *others = json_array();
    for (size_t i = 0; i < json_array_size(people); i++) {
        if (strcmp(json_string_value(json_array_get(people, i)), me) != 0)
            (void)json_array_append(others, json_array_get(people, i));
    }
    return others;
}

/* Whoever could have approved it, had he been asked. */
static int find_skipped(struct call *call, const struct access_request *request, json_t **skipped)
{
    json_t *people = NULL;
    *skipped = NULL;
    int result = approvals_people(call->session, request, &people, call->failure);
    if (result == VAULT_OK)
        *skipped = without(people, session_user(call->session));
    json_decref(people);
    if (result == VAULT_OK && *skipped == NULL)
        return VAULT_ENOMEM;
    if (result == VAULT_OK && json_array_size(*skipped) == 0) {
        failure_remedy(call->failure, "let the policy permit 'approval.approve' to somebody else");
        result = failure_set(call->failure, VAULT_EINPUT, "there is nobody who could be told, or review it");
    }
    return result;
}

static int freeze(struct call *call, const char *reason, struct hash *hash, struct buffer *text)
{
    uint8_t salt[16];
    char shown[2 * sizeof salt + 1];
    size_t length = strlen(reason);
    random_fill(salt, sizeof salt);
    hex_encode(bytes_of(salt, sizeof salt), shown);
    if (length > APPROVAL_REASON_MAX)
        return failure_set(call->failure, VAULT_EUSAGE, "at most %u bytes of words", APPROVAL_REASON_MAX);
    json_t *frozen = json_pack("{s:s,s:s}", "reason", reason, "salt", shown);
    int result = frozen == NULL ? VAULT_ENOMEM : approval_seal(call->session, frozen, hash, text, call->failure);
    json_decref(frozen);
    return result;
}

/* Investigators look at alerts, and need not be among those who could have approved. */
static int raise(struct call *call, const struct client_facts *client, uint64_t event)
{
    char about[24]; /* each is one of its own, however soon after another */
    char id[ULID_TEXT_SIZE];
    (void)snprintf(about, sizeof about, "%llu", (unsigned long long)event);
    struct alert alert = {.kind = "breakglass.open",
        .severity = "high",
        .how = client == NULL ? "all" : "client",
        .about = about,
        .cause = event};
    return call_alert(call, &alert, id);
}

int op_breakglass_open(struct call *call)
{
    struct client_facts client;
    struct access_request request = {.action = "breakglass.open"};
    struct decision decision = {0};
    struct change *change = NULL;
    struct buffer text = {0};
    struct hash hash;
    json_t *skipped = NULL;
    int64_t duration = 0;
    int result = call_duration(call, "for", BREAKGLASS_MAX, &duration);
    if (result == VAULT_OK && call_text(call, "reason")[0] == '\0')
        result = failure_set(call->failure, VAULT_EUSAGE, "give a reason");
    if (result == VAULT_OK && call_text(call, "client") != NULL) {
        result = clients_find(call->session, call_text(call, "client"), &client, call->failure);
        request.client = &client;
    }
    if (result == VAULT_OK)
        result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = find_skipped(call, &request, &skipped);
    if (result == VAULT_OK)
        result = freeze(call, call_text(call, "reason"), &hash, &text);
    if (result == VAULT_OK) {
        json_t *what = json_pack("{s:I,s:o,s:O,s:s}", "duration", (json_int_t)duration, "hash", json_base64(hash_bytes(&hash)),
            "told", skipped, "text", buffer_text(&text));
        if (what != NULL && request.client != NULL)
            (void)json_object_set_new(what, "client", json_ulid(&client.id));
        result = call_change(call, &request, what, &change);
    }
    uint64_t event = change == NULL ? 0 : change_intent(change);
    if (result == VAULT_OK)
        result = call_finish(call, change, VAULT_OK);
    if (result == VAULT_OK)
        result = tell_people(call, "breakglass.open", event, skipped);
    if (result == VAULT_OK)
        result = raise(call, request.client, event);
    json_t *told = json_pack("{s:O*}", "told", skipped);
    if (result == VAULT_OK)
        result = reply_one(call, (int64_t)event, event, told);
    json_decref(told);
    json_decref(skipped);
    buffer_free(&text);
    return result;
}

/* --- Ending and reviewing --- */

int op_breakglass_close(struct call *call)
{
    struct breakglass glass = {0};
    struct access_request request = {.action = "breakglass.list"};
    uint64_t event = 0;
    int result = find(call, &glass);
    if (result == VAULT_OK)
        result = call_change_as(
            call, &request, "breakglass.close", json_pack("{s:I}", "breakglass", (json_int_t)glass.seq), &event);
    if (result == VAULT_OK)
        result = reply_one(call, glass.seq, event, NULL);
    breakglass_free(&glass);
    return result;
}

int op_breakglass_review(struct call *call)
{
    struct breakglass glass = {0};
    struct buffer text = {0};
    struct hash hash;
    const char *note = call_text(call, "note");
    const char *verdict = call_text(call, "verdict");
    uint64_t event = 0;
    int result = strcmp(verdict, "ok") == 0 || strcmp(verdict, "not_ok") == 0
                     ? find(call, &glass)
                     : failure_set(call->failure, VAULT_EUSAGE, "the verdict is ok or not_ok");
    struct access_request request = {.action = "breakglass.review", .member = glass.member};
    if (result == VAULT_OK)
        result = freeze(call, note == NULL ? "" : note, &hash, &text);
    if (result == VAULT_OK)
        result = call_change_as(call, &request, "breakglass.review",
            json_pack("{s:I,s:s,s:o,s:s}", "breakglass", (json_int_t)glass.seq, "verdict", verdict, "hash",
                json_base64(hash_bytes(&hash)), "text", buffer_text(&text)),
            &event);
    if (result == VAULT_OK)
        result = reply_one(call, glass.seq, event, NULL);
    buffer_free(&text);
    breakglass_free(&glass);
    return result;
}

/* --- Seeing them --- */

/* One's own, and those that one may review: without an event for each, since nothing is shown of the others. */
static int may_see(struct call *call, const struct breakglass *glass, bool *may)
{
    struct access_request request = {.action = "breakglass.review", .member = glass->member};
    struct decision decision = {0};
    *may = strcmp(glass->member, session_user(call->session)) == 0;
    if (*may)
        return VAULT_OK;
    int result = access_decide(call->session, &request, &decision, call->failure);
    *may = result == VAULT_OK && decision.permitted;
    decision_free(&decision);
    return result;
}

static int list_one(struct call *call, int64_t seq)
{
    struct breakglass glass = {0};
    bool may = false;
    int result = breakglass_read(session_store(call->session), seq, &glass, call->failure);
    if (result == VAULT_OK)
        result = may_see(call, &glass, &may);
    if (result == VAULT_OK && may)
        result = reply_row(call, row_of(call, &glass));
    breakglass_free(&glass);
    return result;
}

int op_breakglass_list(struct call *call)
{
    struct access_request request = {.action = "breakglass.list"};
    struct statement *glasses = NULL;
    bool row = true;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = statement_own(session_store(call->session), QUERY_BREAKGLASS_LIST, &glasses, call->failure);
    while (result == VAULT_OK && (result = statement_step(glasses, &row, call->failure)) == VAULT_OK && row)
        result = list_one(call, column_number(glasses, 0));
    statement_free(glasses);
    return result;
}

struct gathering {
    int64_t glass;
    json_t *events;
};

static int note_event(void *context, uint64_t index, struct bytes text)
{
    struct gathering *gathering = context;
    struct bytes value;
    uint64_t number;
    if (!canonical_find(text, "breakglass", &value) || !canonical_number(value, &number) || (int64_t)number != gathering->glass ||
        json_array_size(gathering->events) >= EVENTS_SHOWN || !canonical_find(text, "event", &value))
        return VAULT_OK;
    struct bytes name = canonical_string(value);
    json_t *one = json_pack("{s:I,s:s%}", "event", (json_int_t)index, "name", name.data, name.size);
    return json_array_append_new(gathering->events, one) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* What would have been denied without it. */
static int gather(struct call *call, const struct breakglass *glass, json_t **events)
{
    struct gathering gathering = {glass->seq, json_array()};
    struct log_query query = {
        .actor = glass->member, .first = (uint64_t)glass->seq, .from = INT64_MIN, .to = INT64_MAX};
    int result = gathering.events == NULL ? VAULT_ENOMEM
                                          : log_index_query(session_log(call->session), session_store(call->session),
                                                session_keys(call->session)->log_index, &query, note_event, &gathering, call->failure);
    *events = gathering.events;
    return result;
}

static int add_words(struct call *call, struct bytes hash, struct bytes sealed, const char *name, json_t *value)
{
    json_t *frozen = NULL;
    if (hash.size == 0)
        return VAULT_OK;
    int result = approval_open(call->session, hash, sealed, &frozen, call->failure);
    if (result == VAULT_OK)
        (void)json_object_set(value, name, json_object_get(frozen, "reason"));
    json_decref(frozen);
    return result;
}

static int show(struct call *call, const struct breakglass *glass)
{
    json_t *events = NULL;
    json_t *value = row_of(call, glass);
    int result = value == NULL ? VAULT_ENOMEM : gather(call, glass, &events);
    if (result == VAULT_OK)
        result = add_words(call, buffer_bytes(&glass->hash), buffer_bytes(&glass->sealed), "reason", value);
    if (result == VAULT_OK)
        result = add_words(call, buffer_bytes(&glass->note_hash), buffer_bytes(&glass->note), "note", value);
    if (result == VAULT_OK) {
        (void)json_object_set(value, "events", events);
        result = reply_value(call, json_incref(value));
    }
    json_decref(events);
    json_decref(value);
    return result;
}

int op_breakglass_show(struct call *call)
{
    struct access_request request = {.action = "breakglass.list"};
    struct breakglass glass = {0};
    bool may = false;
    int result = find(call, &glass);
    if (result == VAULT_OK)
        result = may_see(call, &glass, &may);
    if (!may) {
        request.action = "breakglass.review";
        request.member = glass.member;
    }
    if (result == VAULT_OK)
        result = call_allow(call, &request, json_pack("{s:{s:I}}", "query", "breakglass", (json_int_t)glass.seq), NULL);
    if (result == VAULT_OK)
        result = show(call, &glass);
    breakglass_free(&glass);
    return result;
}

/* --- Being told --- */

static int tell_one(struct call *call, int64_t seq)
{
    struct breakglass glass = {0};
    int result = breakglass_read(session_store(call->session), seq, &glass, call->failure);
    if (result == VAULT_OK)
        result = reply_row(call, row_of(call, &glass));
    breakglass_free(&glass);
    return result;
}

static int list_notices(struct call *call, json_t *about)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(session_store(call->session), QUERY_NOTICES_OF, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, session_user(call->session));
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        (void)json_array_append_new(about, json_integer((json_int_t)column_number(statement, 0)));
    return result;
}

/* Of which he has not been told: shown, and the event says that he was.  Nobody is asked whether he may be told. */
int op_notice_take(struct call *call)
{
    json_t *about = json_array();
    struct change *change = NULL;
    int result = list_notices(call, about);
    if (result == VAULT_OK && json_array_size(about) > 0)
        result = change_begin(call->session, "notice.take", call_own_members(call, "notice.take"), json_pack("{s:O}", "about", about),
            &change, call->failure);
    if (result == VAULT_OK && change != NULL)
        result = change_commit(change, NULL, call->failure);
    for (size_t i = 0; i < json_array_size(about) && result == VAULT_OK; i++)
        result = tell_one(call, (int64_t)json_integer_value(json_array_get(about, i)));
    json_decref(about);
    return result;
}

static json_t *lapses_json(const struct register_lapses *lapses)
{
    json_t *value = json_pack("{s:I,s:I}", "over", (json_int_t)lapses->over, "soon", (json_int_t)lapses->soon);
    if (value != NULL && lapses->first != 0)
        (void)json_object_set_new(value, "first", json_instant(lapses->first));
    return value;
}

/* One's own, and only how much of it; so nothing is decided and nothing logged. */
int op_notice_waiting(struct call *call)
{
    struct waiting_counts counts;
    int result = session_waiting(call->session, &counts, call->failure);
    if (result != VAULT_OK)
        return result;
    json_t *value = json_pack("{s:I,s:I,s:I,s:I}", "notices", (json_int_t)counts.notices, "approvals", (json_int_t)counts.approvals,
        "reviews", (json_int_t)counts.reviews, "items", (json_int_t)counts.items);
    if (value != NULL && counts.own.over + counts.own.soon > 0)
        (void)json_object_set_new(value, "own_lapses", lapses_json(&counts.own));
    if (value != NULL && counts.all.over + counts.all.soon > 0)
        (void)json_object_set_new(value, "lapses", lapses_json(&counts.all));
    if (value != NULL && counts.due != 0)
        (void)json_object_set_new(value, "due", json_instant(counts.due));
    return reply_value(call, value);
}
