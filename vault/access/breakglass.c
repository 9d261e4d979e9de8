#include "vault/access/breakglass.h"

#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/inquiry.h"
#include "vault/base/json.h"
#include "vault/base/text.h"

#define LOOKED_AT 16u

static int take_row(struct statement *statement, struct breakglass *glass)
{
    text_copy(glass->member, sizeof glass->member, column_text(statement, 1));
    text_copy(glass->client, sizeof glass->client, column_text(statement, 2));
    buffer_put(&glass->hash, column_bytes(statement, 3));
    buffer_put(&glass->sealed, column_bytes(statement, 4));
    glass->until = column_number(statement, 5);
    glass->due = column_number(statement, 6);
    text_copy(glass->reviewed_by, sizeof glass->reviewed_by, column_text(statement, 7));
    text_copy(glass->verdict, sizeof glass->verdict, column_text(statement, 8));
    glass->review = column_number(statement, 9);
    buffer_put(&glass->note_hash, column_bytes(statement, 10));
    buffer_put(&glass->note, column_bytes(statement, 11));
    bool bad = buffer_error(&glass->hash) != VAULT_OK || buffer_error(&glass->sealed) != VAULT_OK ||
               buffer_error(&glass->note_hash) != VAULT_OK || buffer_error(&glass->note) != VAULT_OK;
    return bad ? VAULT_ENOMEM : VAULT_OK;
}

int breakglass_read(struct store *store, int64_t seq, struct breakglass *glass, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    *glass = (struct breakglass){.seq = seq};
    int result = store_query(store, QUERY_BREAKGLASS_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, seq);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && !row)
        return failure_set(failure, VAULT_ENOTFOUND, "event %lld broke no glass", (long long)seq);
    if (result == VAULT_OK) {
        result = take_row(statement, glass);
        statement_reset(statement);
    }
    if (result != VAULT_OK)
        breakglass_free(glass);
    return result;
}

void breakglass_free(struct breakglass *glass)
{
    buffer_free(&glass->hash);
    buffer_free(&glass->sealed);
    buffer_free(&glass->note_hash);
    buffer_free(&glass->note);
}

int breakglass_locks(
    struct store *store, const char *user, int64_t now, bool *locked, int64_t *next, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    *locked = false;
    *next = INT64_MAX;
    int result = store_query(store, QUERY_BREAKGLASS_OF, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        int64_t due = column_number(statement, 3);
        *locked = *locked || due <= now;
        *next = due > now && due < *next ? due : *next;
    }
    return result;
}

int reviews_suspend(
    struct store *store, const char *user, int64_t now, json_t **names, int64_t *next, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    *names = NULL;
    *next = INT64_MAX;
    int result = store_query(store, QUERY_REVIEW_ITEMS_OF, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        int64_t due = column_number(statement, 1);
        *next = due > now && due < *next ? due : *next;
        if (due > now)
            continue;
        if (*names == NULL)
            *names = json_array();
        if (json_array_append_new(*names, json_string(column_text(statement, 0))) != 0)
            result = VAULT_ENOMEM;
    }
    statement_reset(statement);
    return result;
}

/* --- What waits for a person --- */

static int count_notices(struct session *session, struct waiting_counts *counts, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(session_store(session), QUERY_NOTICES_OF, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, session_user(session));
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        counts->notices++;
    return result;
}

static int list_numbers(struct session *session, enum query query, bool own, int64_t *list, size_t *count, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    *count = 0;
    int result = store_query(session_store(session), query, &statement, failure);
    if (result != VAULT_OK)
        return result;
    if (own)
        bind_text(statement, 1, session_user(session));
    while (*count < LOOKED_AT && (result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        list[(*count)++] = column_number(statement, 0);
    statement_reset(statement);
    return result;
}

static int count_approvals(struct session *session, struct waiting_counts *counts, struct failure *failure)
{
    int64_t list[LOOKED_AT];
    size_t count;
    int result = list_numbers(session, QUERY_REQUESTS_OPEN_TO, true, list, &count, failure);
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        struct approval approval = {0};
        bool may = false;
        result = approval_read(session_store(session), list[i], &approval, failure);
        bool pending = result == VAULT_OK && approval_state(&approval, session_log_time(session)) == APPROVAL_PENDING;
        for (size_t j = 0; pending && j < approval.approver_count; j++)
            pending = strcmp(approval.approvers[j], session_user(session)) != 0;
        if (pending)
            result = approvals_may(session, session_user(session), &approval, &may, failure);
        counts->approvals += may;
        approval_free(&approval);
    }
    return result;
}

/* Without an event: he is told no more than that something waits for him. */
static int may(struct session *session, const struct access_request *request, bool *permitted, struct failure *failure)
{
    struct decision decision = {0};
    int result = access_decide(session, request, &decision, failure);
    *permitted = result == VAULT_OK && decision.permitted;
    decision_free(&decision);
    return result;
}

static int count_reviews(struct session *session, struct waiting_counts *counts, struct failure *failure)
{
    int64_t list[LOOKED_AT];
    size_t count;
    int result = list_numbers(session, QUERY_BREAKGLASS_OPEN_TO, true, list, &count, failure);
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        struct breakglass glass;
        bool permitted = false;
        result = breakglass_read(session_store(session), list[i], &glass, failure);
        if (result != VAULT_OK)
            return result;
        struct access_request request = {.action = "breakglass.review", .member = glass.member};
        result = may(session, &request, &permitted, failure);
        counts->reviews += permitted;
        breakglass_free(&glass);
    }
    return result;
}

static int count_items(struct session *session, struct waiting_counts *counts, struct failure *failure)
{
    struct access_request request = {.action = "review.decide"};
    struct statement *statement = NULL;
    bool row = true;
    bool permitted = false;
    int result = statement_own(session_store(session), QUERY_REVIEW_ITEMS_OPEN, &statement, failure);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        if (strcmp(column_text(statement, 2), session_user(session)) == 0)
            continue;
        if (counts->items++ == 0)
            counts->due = column_number(statement, 3);
    }
    statement_free(statement);
    if (result == VAULT_OK && counts->items > 0)
        result = may(session, &request, &permitted, failure);
    if (!permitted)
        counts->items = 0;
    return result;
}

static int count_lapses(struct session *session, struct waiting_counts *counts, struct failure *failure)
{
    struct access_request request = {.action = "register.renew"};
    int64_t now = session_log_time(session);
    bool permitted = false;
    int result = registers_soon(session_store(session), session_user(session), now, &counts->own, failure);
    if (result == VAULT_OK)
        result = registers_soon(session_store(session), NULL, now, &counts->all, failure);
    if (result == VAULT_OK && counts->all.over + counts->all.soon > 0)
        result = may(session, &request, &permitted, failure);
    if (!permitted)
        counts->all = (struct register_lapses){0};
    return result;
}

int session_waiting(struct session *session, struct waiting_counts *counts, struct failure *failure)
{
    *counts = (struct waiting_counts){0};
    int result = count_notices(session, counts, failure);
    if (result == VAULT_OK)
        result = count_approvals(session, counts, failure);
    if (result == VAULT_OK)
        result = count_reviews(session, counts, failure);
    if (result == VAULT_OK)
        result = count_items(session, counts, failure);
    return result == VAULT_OK ? count_lapses(session, counts, failure) : result;
}
