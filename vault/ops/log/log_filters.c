#include "vault/ops/log/log_filters_private.h"

#include <string.h>

#include "vault/base/instant.h"

#define DAY_MS INT64_C(86400000)
#define PROGRESS_EVERY 16384u

/* --- Reading --- */

/* What a person typed goes into a leaf, which cannot be erased: so it must be an id, not a client's name. */
static int check_id(struct call *call, const char *what, const char *text)
{
    struct ulid id;
    if (text == NULL || name_valid(text) || ulid_parse(bytes_of_text(text), &id))
        return VAULT_OK;
    return failure_set(call->failure, VAULT_EUSAGE, "%s: '%s' is no id", what, text);
}

static int check_event(struct call *call, const char *event)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz._";
    if (event == NULL)
        return VAULT_OK;
    size_t size = strlen(event);
    size_t plain = strspn(event, letters);
    if (size <= 64 &&
        (plain == size || (plain + 1 == size && plain > 1 && strcmp(event + plain - 1, ".*") == 0)))
        return VAULT_OK;
    failure_remedy(call->failure, "write an event such as record.read, or record.* for all of records");
    return failure_set(call->failure, VAULT_EUSAGE, "'%s' is no event", event);
}

static int find_client(struct call *call, struct log_filters *filters)
{
    const char *typed = call_text(call, "client");
    struct client_facts client;
    struct ulid id;
    int result = VAULT_OK;
    if (typed == NULL)
        return VAULT_OK;
    /* An id passes as it is: who reads the log need not be able to open the client's card, nor must it still
     * be there. */
    if (!ulid_parse(bytes_of_text(typed), &id)) {
        result = clients_find(call->session, typed, &client, call->failure);
        if (result == VAULT_OK)
            id = client.id;
    }
    if (result == VAULT_OK) {
        ulid_format(&id, filters->client);
        filters->query.client = filters->client;
    }
    return result;
}

static int read_times(struct call *call, struct log_query *query)
{
    const char *to = call_text(call, "to");
    int result = call_moment(call, "from", INT64_MIN, &query->from);
    if (result == VAULT_OK)
        result = call_moment(call, "to", INT64_MAX, &query->to);
    /* "Not after" a day means to its end, not after a moment means with it. */
    if (result == VAULT_OK && to != NULL)
        query->to += strlen(to) == strlen("YYYY-MM-DD") ? DAY_MS : 1;
    return result;
}

static int read_plain(struct call *call, struct log_query *query)
{
    int64_t limit = call_number(call, "limit", 0);
    query->actor = call_text(call, "actor");
    query->record = call_text(call, "record");
    query->event = call_text(call, "event");
    query->limit = (uint64_t)limit;
    int result =
        limit < 0 ? failure_set(call->failure, VAULT_EUSAGE, "limit: must not be negative") : VAULT_OK;
    if (result == VAULT_OK)
        result = check_id(call, "actor", query->actor);
    if (result == VAULT_OK)
        result = check_id(call, "record", query->record);
    if (result == VAULT_OK)
        result = check_event(call, query->event);
    return result == VAULT_OK ? read_times(call, query) : result;
}

int log_filters_read(struct call *call, const struct access_request *request, struct log_filters *filters)
{
    struct decision decision = {0};
    memset(filters, 0, sizeof *filters);
    int result = read_plain(call, &filters->query);
    if (result == VAULT_OK)
        result = call_decide(call, request, &decision);
    decision_free(&decision);
    return result == VAULT_OK ? find_client(call, filters) : result;
}

json_t *log_filters_json(struct call *call, const struct log_query *query)
{
    json_t *asked = json_object();
    if (query->actor != NULL)
        (void)json_object_set_new(asked, "actor", json_string(query->actor));
    if (query->client != NULL)
        (void)json_object_set_new(asked, "client", json_string(query->client));
    if (query->record != NULL)
        (void)json_object_set_new(asked, "record", json_string(query->record));
    if (query->event != NULL)
        (void)json_object_set_new(asked, "event", json_string(query->event));
    if (call_text(call, "from") != NULL)
        (void)json_object_set_new(asked, "from", json_instant(query->from));
    if (call_text(call, "to") != NULL)
        (void)json_object_set_new(asked, "before", json_instant(query->to));
    if (query->limit != 0)
        (void)json_object_set_new(asked, "limit", json_integer((json_int_t)query->limit));
    return json_pack("{s:o}", "query", asked);
}

/* --- Walking --- */

struct walking {
    const struct log_walk *walk;
    uint64_t end; /* entries from here on are not shown yet */
    uint64_t found;
};

static int offer(void *context, uint64_t index, struct bytes leaf)
{
    struct walking *walking = context;
    if (index >= walking->end)
        return VAULT_OK;
    if (++walking->found % PROGRESS_EVERY == 0)
        reply_progress(walking->walk->call, index, walking->end, "entries");
    return walking->walk->leaf(walking->walk->context, index, leaf);
}

static int ask(struct walking *walking, const struct log_query *query)
{
    struct call *call = walking->walk->call;
    return log_index_query(session_log(call->session), session_store(call->session),
        session_keys(call->session)->log_index, query, offer, walking, call->failure);
}

static int still_active(struct call *call)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session_store(call->session), QUERY_USER_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, session_user(call->session));
    result = statement_step(statement, &row, call->failure);
    if (result == VAULT_OK && (!row || column_number(statement, 2) != 0))
        result = failure_set(call->failure, VAULT_EDENIED, "denied: this user is disabled");
    if (row)
        statement_reset(statement);
    return result;
}

/* Who follows for days may have lost the right meanwhile. */
static int decide_again(const struct log_walk *walk)
{
    struct decision decision = {0};
    int result = still_active(walk->call);
    access_forget(walk->call->session);
    if (result == VAULT_OK)
        result = call_decide(walk->call, walk->request, &decision);
    decision_free(&decision);
    return result;
}

static bool waits(const struct reply *reply)
{
    return reply->wait != NULL && reply->wait(reply->context);
}

static int follow(struct walking *walking)
{
    struct call *call = walking->walk->call;
    struct log_query query = *walking->walk->query;
    uint64_t limit = query.limit;
    int result = VAULT_OK;
    query.first = walking->walk->event + 1;
    while (result == VAULT_OK && (limit == 0 || walking->found < limit) && waits(call->reply)) {
        result = log_refresh(session_log(call->session), call->failure);
        walking->end = log_size(session_log(call->session));
        if (result != VAULT_OK || walking->end <= query.first)
            continue;
        query.limit = limit == 0 ? 0 : limit - walking->found;
        result = decide_again(walking->walk);
        if (result == VAULT_OK)
            result = ask(walking, &query);
        query.first = walking->end;
    }
    return result;
}

int log_walk(const struct log_walk *walk)
{
    struct walking walking = {.walk = walk, .end = walk->event};
    int result = ask(&walking, walk->query);
    return result == VAULT_OK && walk->follow ? follow(&walking) : result;
}
