/* What the log says of an export, before its first row and behind its last, and what witnesses must release for it. */
#include <stdlib.h>

#include "vault/ops/records/export_private.h"

struct access_request export_request(const struct export *export, size_t i)
{
    return (struct access_request){.action = "record.export",
        .client = &export->clients[i],
        .purpose = call_text(export->call, "purpose"),
        .count = (int64_t) export->count,
        .marked = export->marks.marked,
        .rows = export->planned};
}

/* NULL without memory: an event that names fewer clients than were asked for must not be. */
static json_t *name_clients(const struct export *export, size_t from)
{
    json_t *resources = json_array();
    int bad = resources == NULL;
    for (size_t i = from; i < export->count && i < from + CLIENTS_PER_EVENT && !bad; i++) {
        if (export->left_out[i])
            continue;
        json_t *one = json_pack("{s:s,s:o}", "type", "client", "id", json_ulid(&export->clients[i].id));
        unsigned held = shown_compartments(export->compartments[i]);
        if (json_array_size(export->reveal) > 0 && i == from)
            bad = json_object_set_new(one, "fields", json_deep_copy(export->reveal)) != 0;
        if (held != 0)
            bad = json_object_set_new(one, "compartments", json_integer((json_int_t)held)) != 0 || bad;
        bad = json_array_append_new(resources, one) != 0 || bad;
    }
    if (!bad)
        return resources;
    json_decref(resources);
    return NULL;
}

/* --- What witnesses must release for it, event by event --- */

size_t export_groups(const struct export *export)
{
    return (export->count + CLIENTS_PER_EVENT - 1) / CLIENTS_PER_EVENT;
}

static int need_client(struct export *export, size_t i, struct releases *releases)
{
    struct call *call = export->call;
    return records_need_many(session_records(call->session), export->compartments[i], export->clients[i].row,
        export->kind, export->period.from, export->period.to, releases, call->failure);
}

static int need_all(struct export *export)
{
    size_t groups = export_groups(export);
    int result = VAULT_OK;
    export->released = calloc(groups, sizeof *export->released);
    if (export->released == NULL)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < groups && result == VAULT_OK; i++)
        result = released_start(export->call, &export->released[i]);
    for (size_t i = 0; i < export->count && result == VAULT_OK; i++)
        result = export->left_out[i]
                     ? VAULT_OK
                     : need_client(export, i, export->released[i / CLIENTS_PER_EVENT].releases);
    return result;
}

static json_t *scope(const struct export *export)
{
    return json_pack("{s:s,s:s,s:s,s:s}", "kind", export->kind == 0 ? "" : kind_name(export->kind), "from",
        export->period.from, "to", export->period.to, "format", call_text(export->call, "format"));
}

/* The clients that the intent has no room for, durable before the first row like the intent itself. */
static int log_rest(struct export *export)
{
    struct call *call = export->call;
    struct access_request request = {.action = "record.export", .purpose = call_text(call, "purpose")};
    int result = VAULT_OK;
    for (size_t i = CLIENTS_PER_EVENT; i < export->count && result == VAULT_OK; i += CLIENTS_PER_EVENT) {
        json_t *resources = name_clients(export, i);
        json_t *members = resources == NULL ? NULL
                                            : access_event_members(
                                                  call->session, &request, &export->decisions[i], resources);
        struct access_request decided = export_request(export, i);
        if (members == NULL || json_object_set_new(members, "asked", access_asked(&decided)) != 0 ||
            json_object_set_new(members, "phase", json_string("intent")) != 0 ||
            json_object_set_new(members, "scope", scope(export)) != 0 ||
            shown_name(call, &export->state, members) != VAULT_OK ||
            json_object_set_new(members, "within", json_integer((json_int_t) export->intent)) != 0) {
            json_decref(members);
            members = NULL;
        }
        uint64_t event = 0;
        result =
            released_event(call, &export->released[i / CLIENTS_PER_EVENT], "record.export", members, &event);
    }
    return result;
}

int export_log_intent(struct export *export)
{
    struct call *call = export->call;
    json_t *resources = name_clients(export, 0);
    if (resources == NULL)
        return VAULT_ENOMEM;
    struct access_request request = {.action = "record.export",
        .client = export->count == 1 && !export->left_out[0] ? &export->clients[0] : NULL,
        .purpose = call_text(call, "purpose")};
    struct access_request decided = export_request(export, 0);
    json_t *members = access_event_members(call->session, &request, &export->decisions[0], resources);
    if (members == NULL)
        return VAULT_ENOMEM;
    (void)json_object_set_new(members, "asked", access_asked(&decided));
    (void)json_object_set_new(members, "phase", json_string("intent"));
    json_t *marks = copy_marks_json(&export->marks);
    (void)json_object_set_new(members, "marks", marks);
    (void)json_object_set_new(members, "scope", scope(export));
    int result = copy_decoys_tell(&export->decoys, marks);
    if (result == VAULT_OK)
        result = shown_name(call, &export->state, members);
    if (result == VAULT_OK)
        result = need_all(export);
    if (result != VAULT_OK) {
        json_decref(members);
        return result;
    }
    result = released_event(call, &export->released[0], "record.export", members, &export->intent);
    return result == VAULT_OK ? log_rest(export) : result;
}

int export_log_outcome(struct export *export, const char *status, const struct hash *hash)
{
    struct call *call = export->call;
    json_t *result = json_pack("{s:s,s:I}", "status", status, "count", (json_int_t) export->rows);
    if (hash != NULL)
        (void)json_object_set_new(result, "sha256", json_hex(hash_bytes(hash)));
    json_t *release = export->count > CLIENTS_PER_EVENT ? NULL : release_named(export->released[0].ask);
    json_t *members = json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:s,s:I,s:o}", "actor", "id",
        session_user(call->session), "type", "user", "decision", "effect", "permit", "policies", "resources",
        "phase", "outcome", "intent", (json_int_t) export->intent, "result", result);
    if (release != NULL)
        (void)json_object_set_new(members, "release", release);
    return event_append(call->session, "record.export", members, NULL, call->failure);
}
