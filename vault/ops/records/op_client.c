/* Clients: add one, list those that a person may see, show one. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/inquiry.h"
#include "vault/base/text.h"
#include "vault/keys/issue.h"
#include "vault/ops/call_private.h"
#include "vault/ops/records/new_clients_private.h"
#include "vault/ops/records/shown_private.h"

/* --- client.add --- */

static int check_new(struct call *call)
{
    struct client_facts client;
    bool found = false;
    const char *number = call_text(call, "client_no");
    const char *name = call_text(call, "name");
    if (text_trim(bytes_of_text(number)).size == 0 || text_trim(bytes_of_text(name)).size == 0)
        return failure_set(call->failure, VAULT_EINPUT, "a client needs a number and a name");
    int result = clients_by_number(call->session, number, call_text(call, "tax_id"), &client, &found, call->failure);
    if (result == VAULT_OK && found)
        result = failure_set(call->failure, VAULT_EEXISTS, "there is a client with the number or tax id of '%s' already", number);
    return result;
}

static int add_client(struct call *call, struct change *change, const char *portfolio, struct client_facts *client)
{
    struct new_clients *fresh = NULL;
    struct draft draft = {.kind = KIND_CLIENT};
    const char *tax_id = call_text(call, "tax_id");
    draft.client.client_no = call_text(call, "client_no");
    draft.client.name = call_text(call, "name");
    draft.client.tax_id = tax_id;
    draft.fields = json_pack("{s:s,s:s}", "client_no", draft.client.client_no, "name", draft.client.name);
    if (tax_id != NULL)
        (void)json_object_set_new(draft.fields, "tax_id", json_string(tax_id));
    int result = new_clients_new(call, change, portfolio, 0, &fresh);
    if (result == VAULT_OK)
        result = new_clients_put(fresh, &draft, 0);
    if (result == VAULT_OK)
        result = new_clients_flush(fresh);
    if (result == VAULT_OK)
        *client = new_clients_last(fresh);
    new_clients_free(fresh);
    draft_reset(&draft);
    return result;
}

int op_client_add(struct call *call)
{
    char portfolio[NAME_SIZE_MAX + 1];
    struct access_request request = {.action = "client.add", .portfolio = portfolio};
    struct change *change = NULL;
    struct client_facts client;
    int result = call_portfolio(call, portfolio);
    if (result == VAULT_OK)
        result = check_new(call);
    if (result == VAULT_OK)
        result = call_change(call, &request, NULL, &change);
    if (result != VAULT_OK)
        return result;
    uint64_t event = change_intent(change);
    result = call_finish(call, change, add_client(call, change, portfolio, &client));
    if (result != VAULT_OK)
        return result;
    json_t *value = json_pack("{s:o,s:s,s:s,s:s,s:I}", "id", json_ulid(&client.id), "client_no",
        call_text(call, "client_no"), "name", call_text(call, "name"), "portfolio", portfolio, "event",
        (json_int_t)event);
    if (call_text(call, "tax_id") != NULL)
        (void)json_object_set_new(value, "tax_id", json_string(call_text(call, "tax_id")));
    return reply_value(call, value);
}

/* --- client.list: the asking is decided once, each client by itself --- */

struct rows {
    int64_t *items;
    size_t count;
    size_t capacity;
};

static int rows_put(struct rows *rows, int64_t row)
{
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity == 0 ? 256 : rows->capacity * 2;
        int64_t *items = realloc(rows->items, capacity * sizeof *items); /* row numbers are not secret */
        if (items == NULL)
            return VAULT_ENOMEM;
        rows->items = items;
        rows->capacity = capacity;
    }
    rows->items[rows->count++] = row;
    return VAULT_OK;
}

struct collecting {
    struct rows *rows;
    const char *portfolio; /* NULL: all */
};

static int collect_one(void *context, const struct client_facts *client)
{
    const struct collecting *collecting = context;
    if (collecting->portfolio != NULL && strcmp(client->portfolio, collecting->portfolio) != 0)
        return VAULT_OK;
    return rows_put(collecting->rows, client->row);
}

/* The cards open only for those whose portfolio's directory the person has a key of. */
static int collect(struct call *call, const char *portfolio, struct rows *rows)
{
    struct access_request request = {.action = "client.list"};
    struct collecting collecting = {rows, portfolio};
    return access_clients(call->session, &request, collect_one, &collecting, call->failure);
}

static int reply_card(struct call *call, int64_t row)
{
    struct client_facts client;
    json_t *card = NULL;
    int result = clients_by_row(call->session, row, &client, call->failure);
    if (result == VAULT_OK)
        result = clients_card(call->session, &client, &card, call->failure);
    if (result != VAULT_OK)
        return result;
    json_t *line = json_pack("{s:o,s:s}", "id", json_ulid(&client.id), "portfolio", client.portfolio);
    if (line != NULL)
        (void)json_object_update(line, card);
    json_decref(card);
    return reply_row(call, line);
}

/* As many as one entry of the log has room for; a firm of many thousand scattered clients needs several. */
#define LIST_BYTES ((size_t)40 << 10)

static int compare_rows(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* One event for the clients from @p at on, which says which ones. */
static int log_listed(struct call *call, const struct access_request *request, const struct decision *decision,
    const struct rows *rows, size_t *at, uint64_t *first)
{
    struct buffer text = {0};
    size_t count = rows->count - *at;
    uint64_t event = 0;
    int result = shown_ranges(rows->items + *at, &count, LIST_BYTES, &text);
    json_t *members =
        result == VAULT_OK ? access_event_members(call->session, request, decision, NULL) : NULL;
    if (members == NULL ||
        json_object_set_new(members, "result",
            json_pack("{s:I,s:s}", "count", (json_int_t)count, "clients", buffer_text(&text))) != 0 ||
        (*at > 0 && json_object_set_new(members, "within", json_integer((json_int_t)*first)) != 0)) {
        json_decref(members);
        members = NULL;
    }
    buffer_free(&text);
    if (members == NULL)
        return failure_set(call->failure, VAULT_ENOMEM, "no memory for the event");
    result = event_append(call->session, request->action, members, &event, call->failure);
    if (*at == 0)
        *first = event;
    *at += count;
    return result;
}

static int log_list(
    struct call *call, const struct access_request *request, const struct decision *decision, struct rows *rows)
{
    size_t at = 0;
    uint64_t first = 0;
    int result;
    if (rows->count > 0)
        qsort(rows->items, rows->count, sizeof *rows->items, compare_rows);
    do
        result = log_listed(call, request, decision, rows, &at, &first);
    while (result == VAULT_OK && at < rows->count);
    return result;
}

int op_client_list(struct call *call)
{
    const char *portfolio = call_text(call, "portfolio");
    struct access_request request = {.action = "client.list"};
    struct decision decision = {0};
    struct rows rows = {0};
    int result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = collect(call, portfolio, &rows);
    if (result == VAULT_OK)
        result = log_list(call, &request, &decision, &rows);
    if (result == VAULT_OK)
        result = call_check_frozen(call, 0);
    for (size_t i = 0; i < rows.count && result == VAULT_OK; i++)
        result = reply_card(call, rows.items[i]);
    free(rows.items);
    decision_free(&decision);
    return result;
}

/* --- client.show --- */

static int count_kinds(struct call *call, int64_t client, json_t *kinds)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(session_store(call->session), QUERY_RECORD_KINDS, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client);
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        (void)json_object_set_new(kinds, kind_name((enum record_kind)column_number(statement, 0)),
            json_integer((json_int_t)column_number(statement, 1)));
    return result;
}

static int list_assigned(struct call *call, int64_t client, json_t *assigned)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(session_store(call->session), QUERY_ASSIGNMENTS_TO, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client);
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        (void)json_array_append_new(assigned, json_string(column_text(statement, 0)));
    return result;
}

int op_client_show(struct call *call)
{
    struct client_facts client;
    struct access_request request = {.action = "client.show", .client = &client};
    json_t *card = NULL;
    json_t *assigned = json_array();
    json_t *kinds = json_object();
    uint64_t event = 0;
    int result = clients_find(call->session, call_text(call, "client"), &client, call->failure);
    if (result == VAULT_OK)
        result = call_allow(call, &request, NULL, &event);
    if (result == VAULT_OK)
        result = call_check_frozen(call, client.row);
    if (result == VAULT_OK)
        result = clients_card(call->session, &client, &card, call->failure);
    if (result == VAULT_OK)
        result = list_assigned(call, client.row, assigned);
    if (result == VAULT_OK)
        result = count_kinds(call, client.row, kinds);
    if (result == VAULT_OK) {
        json_t *value = json_pack("{s:o,s:s,s:O,s:O,s:I}", "id", json_ulid(&client.id), "portfolio", client.portfolio,
            "assigned", assigned, "records", kinds, "event", (json_int_t)event);
        if (value != NULL)
            (void)json_object_update_missing(value, card);
        result = reply_value(call, value);
    }
    json_decref(card);
    json_decref(assigned);
    json_decref(kinds);
    return result;
}
