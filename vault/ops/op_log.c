/* The log, read: replay, its signed head, and which keys a verifier of it should trust. */
#include <string.h>

#include "vault/base/instant.h"
#include "vault/log/index.h"
#include "vault/evidence/note.h"
#include "vault/ops/call_private.h"

#define DAY_MS INT64_C(86400000)

/* --- log.replay --- */

struct filters {
    struct log_query query;
    char client[ULID_TEXT_SIZE];
};

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

static int find_client(struct call *call, struct filters *filters)
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

static int read_filters(struct call *call, struct filters *filters)
{
    struct log_query *query = &filters->query;
    int64_t limit = call_number(call, "limit", 0);
    query->actor = call_text(call, "actor");
    query->record = call_text(call, "record");
    query->event = call_text(call, "event");
    int result =
        limit < 0 ? failure_set(call->failure, VAULT_EUSAGE, "limit: must not be negative") : VAULT_OK;
    query->limit = (uint64_t)limit;
    if (result == VAULT_OK)
        result = check_id(call, "actor", query->actor);
    if (result == VAULT_OK)
        result = check_id(call, "record", query->record);
    if (result == VAULT_OK)
        result = check_event(call, query->event);
    if (result == VAULT_OK)
        result = read_times(call, query);
    return result;
}

static json_t *describe(struct call *call, const struct log_query *query)
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

struct output {
    struct call *call;
    uint64_t end; /* the event of this replay; it and what comes later is left out */
    struct buffer line;
};

static int put_leaf(void *context, uint64_t index, struct bytes leaf)
{
    struct output *output = context;
    if (index >= output->end)
        return VAULT_OK;
    buffer_reset(&output->line);
    buffer_put(&output->line, leaf);
    buffer_put_u8(&output->line, '\n');
    int result = buffer_error(&output->line);
    return result == VAULT_OK ? reply_text(output->call, buffer_bytes(&output->line)) : result;
}

int op_log_replay(struct call *call)
{
    struct filters filters = {0};
    struct output output = {.call = call};
    struct access_request request = {.action = "log.replay", .log = true};
    struct decision decision = {0};
    int result = read_filters(call, &filters);
    /* Who may not read the log is not told which clients there are. */
    if (result == VAULT_OK)
        result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = find_client(call, &filters);
    if (result == VAULT_OK)
        result = call_allow(call, &request, describe(call, &filters.query), &output.end);
    if (result == VAULT_OK)
        result = log_index_query(session_log(call->session), session_store(call->session),
            session_keys(call->session)->log_index, &filters.query, put_leaf, &output, call->failure);
    buffer_free(&output.line);
    return result;
}

/* --- log.checkpoint --- */

int op_log_checkpoint(struct call *call)
{
    struct access_request request = {.action = "log.checkpoint", .log = true};
    struct buffer note = {0};
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = log_checkpoint(session_log(call->session), &note, call->failure);
    if (result == VAULT_OK)
        result = reply_text(call, buffer_bytes(&note));
    buffer_free(&note);
    return result;
}

/* --- log.policy: C2SP tlog-policy --- */

int op_log_policy(struct call *call)
{
    struct access_request request = {.action = "log.policy", .log = true};
    struct note_key key;
    struct buffer text = {0};
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = note_key_make(session_origin(call->session), NOTE_ED25519,
            sign_key_public(session_keys(call->session)->sign), &key);
    if (result == VAULT_OK) {
        buffer_put_text(&text,
            "# Keys to check this log with. It has no witness yet, so no cosignature is required.\nlog ");
        note_key_format(&key, &text);
        buffer_put_text(&text, "\nquorum none\n");
        result = buffer_error(&text);
    }
    if (result == VAULT_OK)
        result = reply_text(call, buffer_bytes(&text));
    buffer_free(&text);
    return result;
}
