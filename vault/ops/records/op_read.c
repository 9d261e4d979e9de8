/* One record, masked; what is to be shown unmasked is a decision and an event of its own, and names the
 * fields. */
#include <string.h>

#include "vault/ops/call_private.h"
#include "vault/ops/decoys/decoy_private.h"
#include "vault/ops/records/one_record_private.h"
#include "vault/ops/records/released_private.h"
#include "vault/ops/records/shown_private.h"

static int find(struct call *call, struct one_record *one, json_t **card)
{
    int result =
        clients_find_card(call->session, call_text(call, "client"), &one->client, card, call->failure);
    if (result != VAULT_OK)
        return result;
    const char *typed = call_text(call, "record");
    if (!ulid_parse(bytes_of_text(typed), &one->id)) {
        failure_remedy(call->failure, "'list' and 'search' show the ids of records");
        return failure_set(call->failure, VAULT_EINPUT, "'%s' is no record id", typed);
    }
    result = records_find(session_records(call->session), &one->id, &one->info, call->failure);
    /* A record of another client is, for who asks under this one, not there. */
    if (result == VAULT_OK && one->info.client != one->client.row)
        result = VAULT_ENOTFOUND;
    if (result == VAULT_ENOTFOUND) {
        failure_clear(call->failure);
        failure_remedy(call->failure, "'list' shows the client's records");
        return failure_set(
            call->failure, result, "client '%s' has no record '%s'", call_text(call, "client"), typed);
    }
    one->compartment = kind_compartment(one->info.kind);
    return result;
}

int one_record_find(struct call *call, struct one_record *one)
{
    return find(call, one, NULL);
}

struct access_request one_record_request(
    const struct call *call, const struct one_record *one, const char *action)
{
    return (struct access_request){.action = action,
        .client = &one->client,
        .record = &one->id,
        .kind = kind_name(one->info.kind),
        .compartment = compartment_name(one->compartment),
        .period = one->info.period,
        .purpose = call_text(call, "purpose")};
}

int one_record_resources(struct call *call, const struct one_record *one, int64_t version,
    const json_t *fields, json_t **resources)
{
    struct hash ver;
    *resources = NULL;
    int result = records_ver(session_records(call->session), &one->id, version, &ver, call->failure);
    if (result != VAULT_OK)
        return result;
    json_t *resource = json_pack("{s:s,s:o,s:o,s:I}", "type", "record", "id", json_ulid(&one->id), "ver",
        json_base64(hash_bytes(&ver)), "version", (json_int_t)(version == 0 ? one->info.version : version));
    if (fields != NULL)
        (void)json_object_set_new(resource, "fields", json_deep_copy(fields));
    *resources = json_pack("[o]", resource);
    return *resources == NULL ? VAULT_ENOMEM : VAULT_OK;
}

/* --- record.read --- */

static int check_reveal(struct call *call, const struct one_record *one, const json_t *reveal)
{
    for (size_t i = 0; i < json_array_size(reveal); i++) {
        const char *field = json_string_value(json_array_get(reveal, i));
        bool known = strcmp(field, "*") == 0;
        for (const char *const *path = kind_sensitive_fields(one->info.kind); path != NULL && *path != NULL;
             path++)
            known = known || strcmp(*path, field) == 0;
        if (!known) {
            struct buffer list = {0};
            for (const char *const *path = kind_sensitive_fields(one->info.kind);
                 path != NULL && *path != NULL; path++)
                buffer_put_format(&list, "%s%s", list.size == 0 ? "" : ", ", *path);
            failure_remedy(call->failure, "masked fields of a %s are: %s", kind_name(one->info.kind),
                list.size == 0 ? "none" : buffer_text(&list));
            buffer_free(&list);
            return failure_set(call->failure, VAULT_EUSAGE, "'%s' is not a masked field of a %s", field,
                kind_name(one->info.kind));
        }
    }
    return VAULT_OK;
}

static struct access_request request_of(
    const struct call *call, const struct one_record *one, const char *action, const json_t *fields)
{
    struct access_request request = one_record_request(call, one, action);
    request.fields = fields;
    return request;
}

/* Reading, and where fields are to be revealed, that too; what they rest on is spent before anything is
 * shown. */
static int decide(struct call *call, struct one_record *one, json_t **card, const json_t *reveal,
    struct shown_state *state, struct decision *read, struct decision *revealed)
{
    struct access_request reading = request_of(call, one, "record.read", NULL);
    struct access_request revealing = request_of(call, one, "record.reveal", reveal);
    int result = call_decide(call, &reading, read);
    if (result == VAULT_OK && json_array_size(reveal) > 0)
        result = call_decide(call, &revealing, revealed);
    if (result == VAULT_OK)
        result = shown_spend(call, state);
    if (result != VAULT_OK || call->approval_count == 0)
        return result;
    json_decref(*card);
    return find(call, one, card);
}

/* The event of one action on the record, durable; with @p released, the keys for it. */
static int log_action(struct call *call, const struct one_record *one, const char *action,
    const json_t *fields, int64_t version, struct released *released, const struct decision *decision,
    uint64_t *event)
{
    struct access_request request = request_of(call, one, action, fields);
    json_t *resources = NULL;
    int result = one_record_resources(call, one, version, fields, &resources);
    if (result != VAULT_OK)
        return result;
    json_t *members = access_event_members(call->session, &request, decision, resources);
    return released == NULL ? event_append(call->session, action, members, event, call->failure)
                            : released_event(call, released, action, members, event);
}

/* --- The answer, as text: a record's JSON is handed on as it lies there --- */

static void put_text(struct buffer *out, const char *name, struct bytes text)
{
    buffer_put_format(out, "\"%s\":", name);
    json_write_string(text, out);
}

static void put_client(struct buffer *out, const struct ulid *id, const json_t *card)
{
    char text[ULID_TEXT_SIZE];
    const char *number = json_text(card, "client_no");
    const char *name = json_text(card, "name");
    ulid_format(id, text);
    buffer_put_format(out, "{\"id\":\"%s\",", text);
    put_text(out, "client_no", bytes_of_text(number == NULL ? "" : number));
    buffer_put_u8(out, ',');
    put_text(out, "name", bytes_of_text(name == NULL ? "" : name));
    buffer_put_u8(out, '}');
}

static int put_record(struct buffer *out, const struct record_body *body)
{
    char id[ULID_TEXT_SIZE];
    ulid_format(&body->info.id, id);
    buffer_put_format(out, "{\"id\":\"%s\",\"kind\":\"%s\",", id, kind_name(body->info.kind));
    put_text(out, "period", bytes_of_text(body->info.period));
    buffer_put_u8(out, ',');
    put_text(out, "date", bytes_of_text(body->date));
    buffer_put_format(out, ",\"version\":%lld,\"fields\":", (long long)body->info.version);
    buffer_put(out, body->fields_json);
    buffer_put_text(out, ",\"masked\":");
    if (body->masked == NULL)
        buffer_put_text(out, "[]");
    else if (json_write_canonical(body->masked, out) != VAULT_OK)
        return VAULT_ENOMEM;
    if (body->raw_json.size > 0) {
        buffer_put_text(out, ",\"raw\":");
        buffer_put(out, body->raw_json);
    }
    if (body->where[0] != '\0') {
        buffer_put_u8(out, ',');
        put_text(out, "where", bytes_of_text(body->where));
    }
    buffer_put_u8(out, '}');
    return VAULT_OK;
}

/* @p card NULL: it was not opened on the way. */
static int reply_body(struct call *call, const struct one_record *one, json_t **card,
    const struct permit *permit, int64_t version, uint64_t event)
{
    struct record_body body = {0};
    struct buffer text = {0};
    int result =
        records_open_json(session_records(call->session), permit, &one->id, version, &body, call->failure);
    /* The card is of the same client and portfolio; who holds the record's key holds the directory's. */
    if (result == VAULT_OK && *card == NULL)
        result = clients_card(call->session, &one->client, card, call->failure);
    if (result == VAULT_OK)
        result = ended_touched(call, &one->client, *card, "read", event);
    if (result == VAULT_OK) {
        buffer_put_text(&text, "{\"client\":");
        put_client(&text, &one->client.id, *card);
        buffer_put_text(&text, ",\"record\":");
        result = put_record(&text, &body);
        buffer_put_format(&text, ",\"event\":%llu}", (unsigned long long)event);
    }
    if (result == VAULT_OK)
        result = reply_json(call, &text);
    buffer_free(&text);
    record_body_free(&body);
    return result;
}

/* Does the person hold what would be shown?  The version of a record never changes. */
static bool is_held(const struct call *call, const struct one_record *one, int64_t version)
{
    int64_t held = call_number(call, "unless_version", 0);
    return held != 0 && held == (version == 0 ? one->info.version : version);
}

/* Looking at a copy again is reading, so all that goes before is the same: the decision, the event, who is told. */
static int reply_unchanged(struct call *call, uint64_t event)
{
    return reply_value(call, json_pack("{s:b,s:I,s:I}", "unchanged", 1, "version",
                                 (json_int_t)call_number(call, "unless_version", 0), "event", (json_int_t)event));
}

int op_record_read(struct call *call)
{
    const json_t *reveal = call_list(call, "reveal");
    int64_t version = call_number(call, "version", 0);
    struct one_record one;
    struct decision read = {0};
    struct decision revealed = {0};
    struct permit *permit = NULL;
    json_t *card = NULL;
    uint64_t event = 0;
    struct released released = {0};
    uint64_t reveal_event = 0;
    struct shown_state state;
    /* The version that the event names is the one that is opened, even if it is replaced meanwhile. */
    int result = shown_begin(call, &state);
    if (result == VAULT_OK)
        result = find(call, &one, &card);
    if (result == VAULT_OK && reveal != NULL)
        result = check_reveal(call, &one, reveal);
    if (result == VAULT_OK)
        result = decide(call, &one, &card, reveal, &state, &read, &revealed);
    if (result == VAULT_OK)
        result = released_start(call, &released);
    if (result == VAULT_OK)
        result = records_need_one(
            session_records(call->session), &one.id, version, released.releases, call->failure);
    if (result == VAULT_OK)
        result = log_action(call, &one, "record.read", NULL, version, &released, &read, &event);
    if (result == VAULT_OK && json_array_size(reveal) > 0)
        result = log_action(call, &one, "record.reveal", reveal, version, NULL, &revealed, &reveal_event);
    if (result == VAULT_OK)
        result = decoy_touched(call, &one.client, reveal_event != 0 ? "reveal" : "read",
            reveal_event != 0 ? reveal_event : event);
    if (result == VAULT_OK)
        result = reply_tag(call, &one.id, version == 0 ? one.info.version : version);
    if (result == VAULT_OK && is_held(call, &one, version)) {
        result = reply_unchanged(call, event);
    } else if (result == VAULT_OK) {
        result = call_permit(
            call, &read, event, PERMIT_BODIES, one.client.row, 1u << one.compartment, reveal, &permit);
        if (result == VAULT_OK)
            result = reply_body(call, &one, &card, permit, version, event);
    }
    shown_end(call, &state);
    released_end(call, &released);
    permit_free(permit);
    json_decref(card);
    decision_free(&read);
    decision_free(&revealed);
    return result;
}
