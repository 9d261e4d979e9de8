#include "vault/access/decide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/entities_private.h"
#include "vault/base/instant.h"

/* --- What stays between requests: the policy, the actions, the person and his roles --- */

void decider_free(struct decider *decider)
{
    cedar_entities_free(decider->overlay);
    cedar_entities_free(decider->base);
    cedar_policies_free(decider->policies);
    cedar_arena_free(decider->arena);
    memset(decider, 0, sizeof *decider);
}

void access_forget(struct session *session)
{
    decider_free(&session->decider);
}

static int load_policy(struct session *session, struct failure *failure)
{
    struct decider *decider = &session->decider;
    struct statement *statement;
    struct cedar_error error;
    struct hash hash;
    bool row = false;
    int result = store_query(session->store, QUERY_POLICY_NOW, &statement, failure);
    if (result == VAULT_OK)
        result = statement_step(statement, &row, failure);
    if (result != VAULT_OK)
        return result;
    if (!row)
        return failure_set(failure, VAULT_EDAMAGED, "there is no policy in the store");
    struct bytes text = column_bytes(statement, 1);
    hash_sha256(text, &hash);
    if (!bytes_equal(hash_bytes(&hash), column_bytes(statement, 0)))
        result = failure_set(failure, VAULT_EFORGED, "the policy in the store is not the one that was set");
    else if (cedar_policies_parse((const char *)text.data, text.size, &decider->policies, &error) != CEDAR_OK)
        result = failure_set(failure, VAULT_EDAMAGED, "the policy cannot be read: line %zu: %s", error.line, error.message);
    memcpy(decider->policy_hash, hash.data, HASH_SIZE);
    statement_reset(statement);
    return result;
}

static int prepare(struct session *session, struct failure *failure)
{
    struct decider *decider = &session->decider;
    if (decider->policies != NULL)
        return VAULT_OK;
    int result = load_policy(session, failure);
    if (result == VAULT_OK) {
        decider->base = cedar_entities_new(NULL);
        decider->arena = cedar_arena_new(0);
        if (decider->base == NULL || decider->arena == NULL)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK)
        result = entities_add_actions(decider->base);
    if (result == VAULT_OK)
        result = entities_add_roles(session, decider->base, failure);
    if (result == VAULT_OK)
        result = entities_add_person(session, decider->base, session->user, failure);
    if (result == VAULT_OK && cedar_entities_seal(decider->base, NULL) != CEDAR_OK)
        result = VAULT_EDAMAGED;
    if (result == VAULT_OK && (decider->overlay = cedar_entities_new(decider->base)) == NULL)
        result = VAULT_ENOMEM;
    if (result != VAULT_OK)
        decider_free(decider);
    return result;
}

/* --- One request --- */

static const struct cedar_value *uid_set(struct session *session, enum query query, const char *type, const char *text,
    int64_t number, struct failure *failure, int *result)
{
    const struct cedar_value *items[512];
    struct cedar_arena *arena = cedar_entities_arena(session->decider.overlay);
    struct statement *statement;
    size_t count = 0;
    bool row = true;
    *result = store_query(session->store, query, &statement, failure);
    if (*result != VAULT_OK)
        return NULL;
    if (text != NULL)
        bind_text(statement, 1, text);
    else
        bind_number(statement, 1, number);
    while ((*result = statement_step(statement, &row, failure)) == VAULT_OK && row && count < 512)
        items[count++] = cedar_uid_value(arena, cedar_uid_of(type, column_text(statement, 0)));
    statement_reset(statement);
    return *result == VAULT_OK ? cedar_set(arena, items, count) : NULL;
}

/* Sets *frozen, and leaves it as it is otherwise. */
static int look_at_freeze(
    struct session *session, const char *kind, const char *target, bool *frozen, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session->store, QUERY_FREEZE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, kind);
    bind_text(statement, 2, target);
    result = statement_step(statement, &row, failure);
    statement_reset(statement);
    *frozen = *frozen || row;
    return result;
}

static int is_frozen(struct session *session, const struct client_facts *client, const char *id, bool *frozen,
    struct failure *failure)
{
    *frozen = false;
    int result = look_at_freeze(session, "all", "", frozen, failure);
    if (result == VAULT_OK)
        result = look_at_freeze(session, "client", id, frozen, failure);
    if (result == VAULT_OK)
        result = look_at_freeze(session, "portfolio", client->portfolio, frozen, failure);
    if (result == VAULT_OK)
        result = look_at_freeze(session, "user", session->user, frozen, failure);
    return result;
}

static int add_client(
    struct session *session, const struct access_request *request, const char *id, struct failure *failure)
{
    struct cedar_entities *overlay = session->decider.overlay;
    struct cedar_arena *arena = cedar_entities_arena(overlay);
    char record_id[ULID_TEXT_SIZE];
    int result;
    bool is_so = false;
    const struct cedar_value *assignees =
        uid_set(session, QUERY_ASSIGNMENTS_TO, "User", NULL, request->client->row, failure, &result);
    if (result == VAULT_OK)
        result = is_frozen(session, request->client, id, &is_so, failure);
    if (result != VAULT_OK)
        return result;
    const struct cedar_value *frozen = cedar_bool(arena, is_so);
    struct cedar_field fields[] = {{CEDAR_STR("assignees"), assignees}, {CEDAR_STR("frozen"), frozen},
        {CEDAR_STR("kind"), cedar_string(arena, cedar_str(request->kind == NULL ? "" : request->kind))},
        {CEDAR_STR("compartment"),
            cedar_string(arena, cedar_str(request->compartment == NULL ? "" : request->compartment))},
        {CEDAR_STR("period"), cedar_string(arena, cedar_str(request->period == NULL ? "" : request->period))}};
    struct cedar_uid portfolio = cedar_uid_of("Portfolio", request->client->portfolio);
    struct cedar_uid client_uid = cedar_uid_of("Client", id);
    struct cedar_entity client = {
        .uid = client_uid, .attrs = cedar_record(arena, fields, 2), .parents = &portfolio, .parent_count = 1};
    if (cedar_entities_add(overlay, &client, NULL) != CEDAR_OK)
        return VAULT_ENOMEM;
    if (request->record == NULL)
        return VAULT_OK;
    ulid_format(request->record, record_id);
    struct cedar_entity record = {.uid = cedar_uid_of("Record", record_id), .attrs = cedar_record(arena, fields, 5),
        .parents = &client_uid, .parent_count = 1};
    return cedar_entities_add(overlay, &record, NULL) == CEDAR_OK ? VAULT_OK : VAULT_ENOMEM;
}

static int add_portfolio(struct session *session, const char *portfolio, struct failure *failure)
{
    struct cedar_entities *overlay = session->decider.overlay;
    struct cedar_arena *arena = cedar_entities_arena(overlay);
    int result;
    const struct cedar_value *roles =
        uid_set(session, QUERY_REACH_TO, "Role", portfolio, 0, failure, &result);
    if (result != VAULT_OK)
        return result;
    struct cedar_field fields[] = {{CEDAR_STR("roles"), roles}};
    struct cedar_entity entity = {.uid = cedar_uid_of("Portfolio", portfolio), .attrs = cedar_record(arena, fields, 1)};
    return cedar_entities_add(overlay, &entity, NULL) == CEDAR_OK ? VAULT_OK : VAULT_ENOMEM;
}

/* The resource's uid; its entity goes into the overlay. Texts in @p id (at least ULID_TEXT_SIZE) and in the request. */
static int resource_of(struct session *session, const struct access_request *request, char *id,
    struct cedar_uid *resource, struct failure *failure)
{
    if (request->client != NULL) {
        ulid_format(&request->client->id, id);
        int result = add_client(session, request, id, failure);
        *resource = cedar_uid_of("Client", id);
        if (request->record != NULL) {
            ulid_format(request->record, id);
            *resource = cedar_uid_of("Record", id);
        }
        return result;
    }
    if (request->portfolio != NULL) {
        *resource = cedar_uid_of("Portfolio", request->portfolio);
        return add_portfolio(session, request->portfolio, failure);
    }
    if (request->user != NULL)
        *resource = cedar_uid_of("User", request->user);
    else if (request->role != NULL)
        *resource = cedar_uid_of("Role", request->role);
    else
        *resource = request->log ? cedar_uid_of("Log", "log") : cedar_uid_of("Vault", "vault");
    return VAULT_OK;
}

static const struct cedar_value *purpose_value(struct cedar_arena *arena, const char *purpose)
{
    size_t code = strcspn(purpose, ":");
    const char *reference = purpose[code] == ':' ? purpose + code + 1 : "";
    struct cedar_field fields[] = {
        {CEDAR_STR("code"), cedar_string(arena, (struct cedar_str){purpose, code})},
        {CEDAR_STR("reference"), cedar_string(arena, cedar_str(reference))}};
    return cedar_record(arena, fields, 2);
}

static const struct cedar_value *field_names(struct cedar_arena *arena, const json_t *names)
{
    const struct cedar_value *items[128];
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(names) && count < 128; i++)
        items[count++] = cedar_string(arena, cedar_str(json_string_value(json_array_get(names, i))));
    return cedar_set(arena, items, count);
}

static const struct cedar_value *context_of(struct session *session, const struct access_request *request)
{
    struct cedar_arena *arena = session->decider.arena;
    struct cedar_field source[] = {{CEDAR_STR("host"), cedar_string(arena, cedar_str(session->host))},
        {CEDAR_STR("kind"), cedar_string(arena, CEDAR_STR("command"))}};
    struct cedar_field fields[6];
    size_t count = 0;
    fields[count++] = (struct cedar_field){CEDAR_STR("time"), cedar_datetime_ms(arena, instant_now())};
    fields[count++] = (struct cedar_field){CEDAR_STR("source"), cedar_record(arena, source, 2)};
    if (request->purpose != NULL)
        fields[count++] = (struct cedar_field){CEDAR_STR("purpose"), purpose_value(arena, request->purpose)};
    if (request->member != NULL)
        fields[count++] =
            (struct cedar_field){CEDAR_STR("member"), cedar_uid_value(arena, cedar_uid_of("User", request->member))};
    if (request->fields != NULL)
        fields[count++] = (struct cedar_field){CEDAR_STR("fields"), field_names(arena, request->fields)};
    if (request->count > 0)
        fields[count++] = (struct cedar_field){CEDAR_STR("count"), cedar_long(arena, request->count)};
    return cedar_record(arena, fields, count);
}

/* A policy is known by its @id, or by where it stands. */
static json_t *policy_name(const struct cedar_policy *policy)
{
    struct cedar_str name;
    if (!cedar_policy_annotation(policy, CEDAR_STR("id"), &name))
        name = cedar_policy_id(policy);
    return json_stringn(name.data, name.len);
}

static void explain(const struct access_request *request, const struct session *session,
    const struct cedar_answer *answer, struct decision *decision)
{
    if (decision->permitted)
        return;
    if (answer->reason_count > 0) {
        struct cedar_str why = {0};
        json_t *name = policy_name(answer->reasons[0]);
        (void)cedar_policy_annotation(answer->reasons[0], CEDAR_STR("why"), &why);
        (void)snprintf(decision->reason, sizeof decision->reason, "rule '%s' forbids %s to %s: %.*s",
            name == NULL ? "?" : json_string_value(name), request->action, session->user, (int)why.len, why.data == NULL ? "" : why.data);
        json_decref(name);
    } else {
        (void)snprintf(decision->reason, sizeof decision->reason, "no rule permits %s to %s here", request->action,
            session->user);
    }
}

static int describe(const struct session *session, const struct cedar_answer *answer, struct decision *decision)
{
    struct buffer hash = {0};
    json_t *policies = json_array();
    int bad = policies == NULL;
    buffer_put_text(&hash, "sha256:");
    char hex[2 * HASH_SIZE + 1];
    hex_encode(bytes_of(session->decider.policy_hash, HASH_SIZE), hex);
    buffer_put_text(&hash, hex);
    for (size_t i = 0; i < answer->reason_count && !bad; i++)
        bad = json_array_append_new(policies, policy_name(answer->reasons[i])) != 0;
    const char *text = buffer_text(&hash);
    decision->json = text == NULL || bad ? NULL
                                         : json_pack("{s:s,s:s,s:s,s:O}", "effect", decision->permitted ? "permit" : "deny",
                                               "engine", "cedar-4.5", "policy_hash", text, "policies", policies);
    for (size_t i = 0; i < answer->failure_count && decision->json != NULL; i++) {
        json_t *errors = json_object_get(decision->json, "errors");
        if (errors == NULL && json_object_set_new(decision->json, "errors", errors = json_array()) != 0)
            break;
        (void)json_array_append_new(errors, policy_name(answer->failures[i].policy));
    }
    json_decref(policies);
    buffer_free(&hash);
    return decision->json == NULL ? VAULT_ENOMEM : VAULT_OK;
}

int access_decide(struct session *session, const struct access_request *request, struct decision *decision,
    struct failure *failure)
{
    struct cedar_answer answer = {0};
    struct cedar_request asked = {.principal = cedar_uid_of("User", session->user), .action = cedar_uid_of("Action", request->action)};
    char id[ULID_TEXT_SIZE];
    memset(decision, 0, sizeof *decision);
    int result = prepare(session, failure);
    if (result != VAULT_OK)
        return result;
    struct decider *decider = &session->decider;
    cedar_arena_reset(decider->arena);
    cedar_entities_reset(decider->overlay);
    result = resource_of(session, request, id, &asked.resource, failure);
    if (result == VAULT_OK) {
        asked.context = context_of(session, request);
        if (asked.context == NULL || cedar_entities_seal(decider->overlay, NULL) != CEDAR_OK)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK &&
        cedar_authorize(decider->policies, decider->overlay, &asked, decider->arena, &answer) != CEDAR_OK)
        result = VAULT_ENOMEM;
    if (result != VAULT_OK)
        return failure_set(failure, result, "the request could not be decided: %s", vault_error_text(result));
    decision->permitted = answer.decision == CEDAR_ALLOW;
    explain(request, session, &answer, decision);
    return describe(session, &answer, decision);
}

void decision_free(struct decision *decision)
{
    json_decref(decision->json);
    memset(decision, 0, sizeof *decision);
}

static json_t *resources_of(const struct access_request *request)
{
    char id[ULID_TEXT_SIZE];
    json_t *list = json_array();
    const char *type = request->user != NULL ? "user"
        : request->role != NULL              ? "role"
        : request->portfolio != NULL         ? "portfolio"
        : request->record != NULL            ? "record"
        : request->client != NULL            ? "client"
                                             : NULL;
    const char *name = request->user != NULL ? request->user : request->role != NULL ? request->role : request->portfolio;
    if (type == NULL)
        return list;
    if (name == NULL) {
        ulid_format(request->record != NULL ? request->record : &request->client->id, id);
        name = id;
    }
    json_t *one = json_pack("{s:s,s:s}", "type", type, "id", name);
    if (one != NULL && request->fields != NULL)
        (void)json_object_set_new(one, "fields", json_deep_copy(request->fields));
    (void)json_array_append_new(list, one);
    return list;
}

/* A leaf cannot be erased, so it holds codes and ticket numbers as they are, and of anything that could be somebody's
 * name only a keyed hash, by which the same text is recognised. */
static json_t *plain_or_hashed(const struct session *session, const char *text, size_t size)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._/#-";
    uint8_t token[16];
    char shown[5 + 2 * sizeof token + 1] = "hash:";
    if (size <= 64 && strspn(text, plain) >= size)
        return json_stringn(text, size);
    keyed_token(session->keys.lookup, "purpose", bytes_of(text, size), token, sizeof token);
    hex_encode(bytes_of(token, sizeof token), shown + 5);
    return json_string(shown);
}

static void put_purpose(const struct session *session, json_t *members, const char *purpose)
{
    size_t code = strcspn(purpose, ":");
    (void)json_object_set_new(members, "purpose", plain_or_hashed(session, purpose, code));
    if (purpose[code] == ':')
        (void)json_object_set_new(
            members, "ticket", plain_or_hashed(session, purpose + code + 1, strlen(purpose + code + 1)));
}

json_t *access_event_members(struct session *session, const struct access_request *request,
    const struct decision *decision, json_t *resources)
{
    char client[ULID_TEXT_SIZE];
    if (resources == NULL)
        resources = resources_of(request);
    json_t *members = json_pack("{s:{s:s,s:s,s:{s:s}},s:O,s:s,s:{s:s},s:o}", "actor", "id", session->user, "type",
        "user", "auth", "method", "passphrase", "decision", decision->json, "session", session->id, "src", "host",
        session->host, "resources", resources);
    if (members == NULL)
        return NULL;
    if (request->purpose != NULL)
        put_purpose(session, members, request->purpose);
    if (request->client != NULL) {
        ulid_format(&request->client->id, client);
        (void)json_object_set_new(members, "subject", json_pack("{s:s}", "id", client));
    }
    if (request->member != NULL)
        (void)json_object_set_new(members, "member", json_string(request->member));
    return members;
}

int access_permit(const struct decision *decision, const struct permit_terms *terms, struct permit **permit)
{
    *permit = NULL;
    if (!decision->permitted)
        return VAULT_EDENIED;
    *permit = permit_make(terms);
    return *permit == NULL ? VAULT_ENOMEM : VAULT_OK;
}
