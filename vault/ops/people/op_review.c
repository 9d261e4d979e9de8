/* Access reviews: the grants in force, looked through one by one by somebody else, until a date. */
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/breakglass.h"
#include "vault/access/pending.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/ops/call_private.h"
#include "vault/ops/people/revoke_private.h"

#define ITEMS_MAX 400u /* what a leaf has room for */

/* --- review.start --- */

static int add_items(struct call *call, json_t *items)
{
    const char *role = call_text(call, "role");
    const char *user = call_text(call, "user");
    struct statement *grants = NULL;
    bool row = true;
    int64_t now = session_log_time(call->session);
    int result = statement_own(session_store(call->session), QUERY_GRANT_LIST, &grants, call->failure);
    while (result == VAULT_OK && (result = statement_step(grants, &row, call->failure)) == VAULT_OK && row) {
        int64_t until = column_number(grants, 2);
        if ((role != NULL && strcmp(role, column_text(grants, 0)) != 0) || (user != NULL && strcmp(user, column_text(grants, 1)) != 0) ||
            (until != 0 && until <= now))
            continue;
        json_t *item = json_pack("{s:s,s:s,s:I}", "role", column_text(grants, 0), "user", column_text(grants, 1), "grant",
            (json_int_t)column_number(grants, 4));
        if (json_array_append_new(items, item) != 0)
            result = VAULT_ENOMEM;
    }
    statement_free(grants);
    if (result == VAULT_OK && json_array_size(items) == 0)
        return failure_set(call->failure, VAULT_EINPUT, "there is no such grant to be reviewed");
    if (result == VAULT_OK && json_array_size(items) > ITEMS_MAX) {
        failure_remedy(call->failure, "review one role after another: --role ROLE");
        return failure_set(call->failure, VAULT_ELIMIT, "that are %zu grants, more than %u", json_array_size(items), ITEMS_MAX);
    }
    return result;
}

int op_review_start(struct call *call)
{
    struct access_request request = {.action = "review.start"};
    struct decision decision = {0};
    struct change *change = NULL;
    json_t *items = json_array();
    int64_t due = 0;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = call_moment(call, "due", 0, &due);
    if (result == VAULT_OK && due <= session_log_time(call->session))
        result = failure_set(call->failure, VAULT_EINPUT, "due: '%s' is past", call_text(call, "due"));
    if (result == VAULT_OK)
        result = add_items(call, items);
    if (result == VAULT_OK)
        result = call_change(call, &request, json_pack("{s:I,s:O}", "due", (json_int_t)due, "items", items), &change);
    uint64_t event = change == NULL ? 0 : change_intent(change);
    if (result == VAULT_OK)
        result = call_finish(call, change, VAULT_OK);
    if (result == VAULT_OK)
        result = reply_value(call, json_pack("{s:I,s:o,s:I,s:I}", "review", (json_int_t)event, "due", json_instant(due), "grants",
                                       (json_int_t)json_array_size(items), "event", (json_int_t)event));
    json_decref(items);
    return result;
}

/* --- What is still to be decided --- */

struct item {
    int64_t review;
    int64_t due;
    int64_t open; /* of that review */
    char role[NAME_SIZE_MAX + 1];
    char user[NAME_SIZE_MAX + 1];
    bool found;
};

static bool is_wanted(const struct call *call, struct statement *row, bool named)
{
    if (!named)
        return strcmp(column_text(row, 2), session_user(call->session)) != 0;
    return strcmp(column_text(row, 1), call_text(call, "role")) == 0 && strcmp(column_text(row, 2), call_text(call, "user")) == 0;
}

/* The first that is due, of somebody else; or the one that is named. */
static int find_item(struct call *call, bool named, struct item *item)
{
    struct statement *items = NULL;
    bool row = true;
    int64_t wanted = call_number(call, "review", -1);
    *item = (struct item){.review = -1};
    int result = statement_own(session_store(call->session), QUERY_REVIEW_ITEMS_OPEN, &items, call->failure);
    while (result == VAULT_OK && (result = statement_step(items, &row, call->failure)) == VAULT_OK && row) {
        int64_t review = column_number(items, 0);
        if (!item->found && (wanted < 0 || wanted == review) && is_wanted(call, items, named)) {
            *item = (struct item){.review = review, .due = column_number(items, 3), .found = true};
            text_copy(item->role, sizeof item->role, column_text(items, 1));
            text_copy(item->user, sizeof item->user, column_text(items, 2));
        }
    }
    statement_free(items);
    return result;
}

static int count_open(struct call *call, struct item *item)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session_store(call->session), QUERY_REVIEW_OPEN_COUNT, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, item->review);
    result = statement_step(statement, &row, call->failure);
    if (result == VAULT_OK && row)
        item->open = column_number(statement, 0);
    statement_reset(statement);
    return result;
}

static int add_grant(struct call *call, const struct item *item, json_t *value)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session_store(call->session), QUERY_GRANT_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, item->role);
    bind_text(statement, 2, item->user);
    result = statement_step(statement, &row, call->failure);
    if (result == VAULT_OK && row) {
        (void)json_object_set_new(value, "granted_by", json_string(column_text(statement, 1)));
        (void)json_object_set_new(value, "granted", json_integer((json_int_t)column_number(statement, 2)));
        if (column_number(statement, 0) != 0)
            (void)json_object_set_new(value, "until", json_instant(column_number(statement, 0)));
    }
    statement_reset(statement);
    return result;
}

int op_review_next(struct call *call)
{
    struct access_request request = {.action = "review.decide"};
    struct item item;
    json_t *value = NULL;
    json_t *seen = NULL;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = find_item(call, false, &item);
    if (result == VAULT_OK && !item.found)
        return reply_value(call, json_pack("{s:b}", "done", 1));
    if (result == VAULT_OK)
        result = count_open(call, &item);
    if (result == VAULT_OK)
        result = revoke_seen(call, item.user, false, &seen);
    if (result == VAULT_OK) {
        value = json_pack("{s:b,s:I,s:s,s:s,s:o,s:I,s:O}", "done", 0, "review", (json_int_t)item.review, "role", item.role, "user",
            item.user, "due", json_instant(item.due), "open", (json_int_t)item.open, "seen", seen);
        result = value == NULL ? VAULT_ENOMEM : add_grant(call, &item, value);
    }
    json_decref(seen);
    if (result == VAULT_OK)
        return reply_value(call, value);
    json_decref(value);
    return result;
}

/* --- Deciding --- */

static json_t *verdict_of(const struct item *item, const char *verdict)
{
    return json_pack("{s:I,s:s,s:s,s:s}", "review", (json_int_t)item->review, "role", item->role, "user", item->user, "verdict", verdict);
}

/* The last one ends the review, in the same change. */
static int note_finish(struct call *call, struct change *change, struct item *item)
{
    int result = count_open(call, item);
    if (result != VAULT_OK || item->open > 0)
        return result;
    return change_note(change, "review.finish", call_own_members(call, "review.finish"),
        json_pack("{s:I}", "review", (json_int_t)item->review), call->failure);
}

static int keep(struct call *call, struct item *item, uint64_t *event)
{
    struct access_request request = {.action = "review.decide", .member = item->user};
    struct change *change = NULL;
    int result = call_change(call, &request, verdict_of(item, "keep"), &change);
    if (result != VAULT_OK)
        return result;
    *event = change_intent(change);
    return call_finish(call, change, note_finish(call, change, item));
}

/* The grant's end and the verdict are one change. */
static int drop(struct call *call, struct item *item, uint64_t *event)
{
    struct access_request deciding = {.action = "review.decide", .member = item->user};
    struct access_request removing = {.action = "grant.remove", .role = item->role, .member = item->user};
    struct decision decision = {0};
    struct change *change = NULL;
    int64_t left = 0;
    int result = call_decide(call, &deciding, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = revoke_check_last(call, item->role, item->user);
    if (result == VAULT_OK)
        result = call_change(call, &removing, json_pack("{s:s,s:s}", "role", item->role, "user", item->user), &change);
    if (result != VAULT_OK)
        return result;
    *event = change_intent(change);
    result = revoke_effects(call, item->role, item->user);
    if (result == VAULT_OK)
        result = change_note(change, "review.decide", call_note_members(call, &deciding, NULL), verdict_of(item, "drop"), call->failure);
    if (result == VAULT_OK)
        result = note_finish(call, change, item);
    result = call_finish(call, change, result);
    if (result == VAULT_OK)
        result = pending_settle(call->session, call->failure);
    return result == VAULT_OK ? pending_rewrap(call->session, true, &left, call->failure) : result;
}

static int decide(struct call *call, bool kept)
{
    struct item item;
    uint64_t event = 0;
    int result = find_item(call, true, &item);
    if (result == VAULT_OK && !item.found) {
        failure_remedy(call->failure, "'review next' shows what is to be decided");
        result = failure_set(call->failure, VAULT_ENOTFOUND, "no review asks about %s in the role %s", call_text(call, "user"),
            call_text(call, "role"));
    }
    if (result == VAULT_OK)
        result = kept ? keep(call, &item, &event) : drop(call, &item, &event);
    if (result == VAULT_OK)
        result = count_open(call, &item);
    return result == VAULT_OK
               ? reply_value(call, json_pack("{s:I,s:s,s:s,s:s,s:I,s:I}", "review", (json_int_t)item.review, "role", item.role, "user",
                                       item.user, "verdict", kept ? "keep" : "drop", "open", (json_int_t)item.open, "event", (json_int_t)event))
               : result;
}

int op_review_keep(struct call *call)
{
    return decide(call, true);
}

int op_review_drop(struct call *call)
{
    return decide(call, false);
}

/* --- review.list --- */

static const char *state_of(int64_t finished, int64_t open, int64_t due, int64_t now)
{
    return finished != 0 || open == 0 ? "finished" : due <= now ? "missed" : "open";
}

int op_review_list(struct call *call)
{
    struct access_request request = {.action = "review.list"};
    struct statement *reviews = NULL;
    bool row = true;
    int64_t now = session_log_time(call->session);
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = statement_own(session_store(call->session), QUERY_REVIEW_LIST, &reviews, call->failure);
    while (result == VAULT_OK && (result = statement_step(reviews, &row, call->failure)) == VAULT_OK && row) {
        struct item item = {.review = column_number(reviews, 0), .due = column_number(reviews, 2)};
        result = count_open(call, &item);
        if (result == VAULT_OK)
            result = reply_row(call, json_pack("{s:I,s:s,s:o,s:s,s:I,s:s}", "review", (json_int_t)item.review, "started_by",
                                         column_text(reviews, 1), "due", json_instant(item.due), "missed", column_text(reviews, 3), "open",
                                         (json_int_t)item.open, "state", state_of(column_number(reviews, 4), item.open, item.due, now)));
    }
    statement_free(reviews);
    return result;
}
