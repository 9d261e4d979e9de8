/* A request as Cedar sees it: entities of the resource, and the context. */
#include "vault/access/ask_private.h"

#include <string.h>

#include "vault/access/endings_private.h"
#include "vault/access/freeze.h"
#include "vault/access/recall_private.h"

#define ASSIGNEES_MAX 512
#define FIELDS_MAX 128

/* --- Resources --- */

/* Names in the first column, each with its NUL: of the statement's rows, at most ASSIGNEES_MAX. */
static int take_names(struct statement *statement, struct buffer *names, struct failure *failure)
{
    size_t count = 0;
    bool row = true;
    int result;
    while (
        (result = statement_step(statement, &row, failure)) == VAULT_OK && row && count++ < ASSIGNEES_MAX) {
        const char *name = column_text(statement, 0);
        buffer_put_data(names, name, strlen(name) + 1);
    }
    statement_reset(statement);
    return result == VAULT_OK ? buffer_error(names) : result;
}

static const struct cedar_value *uid_set(struct cedar_arena *arena, const char *type, struct bytes names)
{
    const struct cedar_value *items[ASSIGNEES_MAX];
    size_t count = 0;
    for (size_t at = 0; at < names.size && count < ASSIGNEES_MAX;) {
        const char *name = (const char *)names.data + at;
        items[count++] = cedar_uid_value(arena, cedar_uid_of(type, name));
        at += strlen(name) + 1;
    }
    return cedar_set(arena, items, count);
}

static int add_assignees(struct asker *asker, const struct client_facts *client, struct cedar_arena *arena,
    const struct cedar_value **assignees, struct failure *failure)
{
    struct statement *statement;
    struct buffer found = {0};
    struct bytes names;
    *assignees = NULL;
    if (recall_assignees(asker->recall, asker->store, client->row, &names)) {
        *assignees = uid_set(arena, "User", names);
        return VAULT_OK;
    }
    int result = store_query(asker->store, QUERY_ASSIGNMENTS_TO, &statement, failure);
    if (result == VAULT_OK) {
        bind_number(statement, 1, client->row);
        result = take_names(statement, &found, failure);
    }
    if (result == VAULT_OK)
        *assignees = uid_set(arena, "User", buffer_bytes(&found));
    if (result == VAULT_OK)
        recall_keep_assignees(asker->recall, asker->store, client, &found);
    buffer_free(&found);
    return result;
}

/* Almost always nothing is, and then that is known until the store changes. */
static int any_freeze(struct asker *asker, bool *any, struct failure *failure)
{
    uint64_t state = store_state(asker->store);
    *any = false;
    if (state != 0 && state == asker->decider->unfrozen)
        return VAULT_OK;
    int result = freeze_any(asker->store, any, failure);
    asker->decider->unfrozen = result == VAULT_OK && !*any ? store_state(asker->store) : 0;
    return result;
}

/* A client for this person, or, where it is of none, all of them. */
static int is_frozen(
    struct asker *asker, const struct client_facts *client, bool *frozen, struct failure *failure)
{
    char id[ULID_TEXT_SIZE];
    bool any = true;
    *frozen = false;
    int result = any_freeze(asker, &any, failure);
    if (result != VAULT_OK || !any)
        return result;
    if (client != NULL) {
        ulid_format(&client->id, id);
        return freeze_of_client(asker->store, asker->user, id, client->portfolio, frozen, failure);
    }
    result = freeze_look(asker->store, FREEZE_ALL, "", frozen, failure);
    return result == VAULT_OK ? freeze_look(asker->store, FREEZE_USER, asker->user, frozen, failure) : result;
}

int ask_add_client(struct cedar_entities *layer, struct cedar_uid client, struct cedar_uid portfolio,
    const struct cedar_value *assignees, bool frozen)
{
    struct cedar_arena *arena = cedar_entities_arena(layer);
    struct cedar_field fields[] = {
        {CEDAR_STR("assignees"), assignees}, {CEDAR_STR("frozen"), cedar_bool(arena, frozen)}};
    struct cedar_entity entity = {
        .uid = client, .attrs = cedar_record(arena, fields, 2), .parents = &portfolio, .parent_count = 1};
    if (entity.attrs == NULL)
        return VAULT_ENOMEM;
    return cedar_entities_add(layer, &entity, NULL) == CEDAR_OK ? VAULT_OK : VAULT_ENOMEM;
}

static const struct cedar_value *text_value(struct cedar_arena *arena, const char *text)
{
    return cedar_string(arena, cedar_str(text == NULL ? "" : text));
}

int ask_add_record(struct cedar_entities *layer, const struct access_request *request,
    struct cedar_uid client, const struct cedar_value *assignees, bool frozen)
{
    struct cedar_arena *arena = cedar_entities_arena(layer);
    char id[ULID_TEXT_SIZE];
    struct cedar_field fields[] = {{CEDAR_STR("assignees"), assignees},
        {CEDAR_STR("frozen"), cedar_bool(arena, frozen)},
        {CEDAR_STR("kind"), text_value(arena, request->kind)},
        {CEDAR_STR("compartment"), text_value(arena, request->compartment)},
        {CEDAR_STR("period"), text_value(arena, request->period)}};
    ulid_format(request->record, id);
    struct cedar_entity entity = {.uid = cedar_uid_of("Record", id),
        .attrs = cedar_record(arena, fields, sizeof fields / sizeof fields[0]),
        .parents = &client,
        .parent_count = 1};
    if (entity.attrs == NULL)
        return VAULT_ENOMEM;
    return cedar_entities_add(layer, &entity, NULL) == CEDAR_OK ? VAULT_OK : VAULT_ENOMEM;
}

static int add_client(struct asker *asker, const struct access_request *request, struct cedar_entities *layer,
    struct failure *failure)
{
    char id[ULID_TEXT_SIZE];
    bool frozen = false;
    const struct cedar_value *assignees;
    int result = add_assignees(asker, request->client, cedar_entities_arena(layer), &assignees, failure);
    ulid_format(&request->client->id, id);
    struct cedar_uid client = cedar_uid_of("Client", id);
    if (result == VAULT_OK)
        result = is_frozen(asker, request->client, &frozen, failure);
    if (result == VAULT_OK)
        result = ask_add_client(
            layer, client, cedar_uid_of("Portfolio", request->client->portfolio), assignees, frozen);
    if (result == VAULT_OK && request->record != NULL)
        result = ask_add_record(layer, request, client, assignees, frozen);
    return result;
}

static int add_portfolio(
    struct asker *asker, const char *portfolio, struct cedar_entities *layer, struct failure *failure)
{
    struct cedar_arena *arena = cedar_entities_arena(layer);
    struct statement *statement;
    struct buffer names = {0};
    int result = store_query(asker->store, QUERY_REACH_TO, &statement, failure);
    if (result == VAULT_OK) {
        bind_text(statement, 1, portfolio);
        result = take_names(statement, &names, failure);
    }
    const struct cedar_value *roles =
        result == VAULT_OK ? uid_set(arena, "Role", buffer_bytes(&names)) : NULL;
    buffer_free(&names);
    if (result != VAULT_OK)
        return result;
    struct cedar_field fields[] = {{CEDAR_STR("roles"), roles}};
    struct cedar_entity entity = {
        .uid = cedar_uid_of("Portfolio", portfolio), .attrs = cedar_record(arena, fields, 1)};
    if (entity.attrs == NULL)
        return VAULT_ENOMEM;
    return cedar_entities_add(layer, &entity, NULL) == CEDAR_OK ? VAULT_OK : VAULT_ENOMEM;
}

/* `frozen` is there only where it is true. */
static int add_vault(struct asker *asker, struct cedar_entities *layer, struct failure *failure)
{
    struct cedar_arena *arena = cedar_entities_arena(layer);
    bool frozen = false;
    int result = is_frozen(asker, NULL, &frozen, failure);
    if (result != VAULT_OK || !frozen)
        return result;
    struct cedar_field fields[] = {{CEDAR_STR("frozen"), cedar_bool(arena, true)}};
    struct cedar_entity entity = {
        .uid = cedar_uid_of("Vault", "vault"), .attrs = cedar_record(arena, fields, 1)};
    if (entity.attrs == NULL)
        return VAULT_ENOMEM;
    return cedar_entities_add(layer, &entity, NULL) == CEDAR_OK ? VAULT_OK : VAULT_ENOMEM;
}

struct cedar_uid ask_resource(const struct access_request *request, char id[ULID_TEXT_SIZE])
{
    if (request->client != NULL) {
        ulid_format(request->record != NULL ? request->record : &request->client->id, id);
        return cedar_uid_of(request->record != NULL ? "Record" : "Client", id);
    }
    if (request->portfolio != NULL)
        return cedar_uid_of("Portfolio", request->portfolio);
    if (request->user != NULL)
        return cedar_uid_of("User", request->user);
    if (request->role != NULL)
        return cedar_uid_of("Role", request->role);
    return request->log ? cedar_uid_of("Log", "log") : cedar_uid_of("Vault", "vault");
}

int ask_add_resource(struct asker *asker, const struct access_request *request, struct cedar_entities *layer,
    struct failure *failure)
{
    if (request->client != NULL)
        return add_client(asker, request, layer, failure);
    if (request->portfolio != NULL)
        return add_portfolio(asker, request->portfolio, layer, failure);
    if (request->user == NULL && request->role == NULL && !request->log)
        return add_vault(asker, layer, failure);
    return VAULT_OK; /* roles are there already, and users and log have no attributes */
}

/* --- Circumstances --- */

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
    const struct cedar_value *items[FIELDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(names) && count < FIELDS_MAX; i++)
        items[count++] = cedar_string(arena, cedar_str(json_string_value(json_array_get(names, i))));
    return cedar_set(arena, items, count);
}

static const struct cedar_value *user_set(struct cedar_arena *arena, const json_t *users)
{
    const struct cedar_value *items[ASSIGNEES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(users) && count < ASSIGNEES_MAX; i++) {
        const char *user = json_string_value(json_array_get(users, i));
        if (user != NULL)
            items[count++] = cedar_uid_value(arena, cedar_uid_of("User", user));
    }
    return cedar_set(arena, items, count);
}

/* A record under construction. */
struct context {
    struct cedar_field fields[24];
    size_t count;
};

static void put(struct context *context, struct cedar_str key, const struct cedar_value *value)
{
    context->fields[context->count++] = (struct cedar_field){key, value};
}

/* Counters cost a question to the log, so they are there only for a policy that mentions them. */
static void put_counters(struct context *context, struct cedar_arena *arena, const struct asker *asker)
{
    if (asker->decider->mentions.counters) {
        put(context, CEDAR_STR("hour"), cedar_long(arena, asker->hour));
        put(context, CEDAR_STR("day"), cedar_long(arena, asker->day));
    }
    if (asker->decider->mentions.tallies) {
        put(context, CEDAR_STR("hour_clients"), cedar_long(arena, asker->hour_of.clients));
        put(context, CEDAR_STR("day_clients"), cedar_long(arena, asker->day_of.clients));
        put(context, CEDAR_STR("hour_reveals"), cedar_long(arena, asker->hour_of.reveals));
        put(context, CEDAR_STR("day_reveals"), cedar_long(arena, asker->day_of.reveals));
        put(context, CEDAR_STR("hour_exported"), cedar_long(arena, asker->hour_of.exported));
        put(context, CEDAR_STR("day_exported"), cedar_long(arena, asker->day_of.exported));
    }
}

/* `awaits` and `emergency` are there only where they are true, so that most policies' tests need not speak of
 * them. */
static int put_grounds(struct context *context, struct cedar_arena *arena, struct asker *asker,
    const struct access_request *request)
{
    const struct cedar_value *items[APPROVERS_MAX];
    const struct mentions *mentions = &asker->decider->mentions;
    const struct grounds *grounds = &asker->grounds;
    unsigned needed = 0;
    for (size_t i = 0; i < grounds->count; i++)
        items[i] = cedar_uid_value(arena, cedar_uid_of("User", grounds->approvers[i]));
    if (mentions->approvals)
        put(context, CEDAR_STR("approvals"), cedar_set(arena, items, grounds->count));
    if (mentions->emergency && grounds->breakglass != 0)
        put(context, CEDAR_STR("emergency"), cedar_bool(arena, true));
    if (mentions->awaits && approvals_needed(asker->store, request, &needed, NULL) != VAULT_OK)
        return VAULT_EDAMAGED;
    asker->awaits = needed > grounds->count ? needed : 0;
    if (asker->awaits > 0)
        put(context, CEDAR_STR("awaits"), cedar_bool(arena, true));
    return VAULT_OK;
}

const struct cedar_value *ask_context(struct asker *asker, const struct access_request *request)
{
    struct cedar_arena *arena = asker->decider->arena;
    struct cedar_field source[] = {{CEDAR_STR("host"), cedar_string(arena, cedar_str(asker->host))},
        {CEDAR_STR("kind"), cedar_string(arena, CEDAR_STR("command"))}};
    struct context context = {.count = 0};
    put(&context, CEDAR_STR("time"), cedar_datetime_ms(arena, asker->time));
    put(&context, CEDAR_STR("source"), cedar_record(arena, source, 2));
    if (request->purpose != NULL)
        put(&context, CEDAR_STR("purpose"), purpose_value(arena, request->purpose));
    if (request->member != NULL)
        put(&context, CEDAR_STR("member"), cedar_uid_value(arena, cedar_uid_of("User", request->member)));
    if (request->fields != NULL)
        put(&context, CEDAR_STR("fields"), field_names(arena, request->fields));
    if (request->count > 0)
        put(&context, CEDAR_STR("count"), cedar_long(arena, request->count));
    if (request->marked != REQUEST_MARKED_UNSAID)
        put(&context, CEDAR_STR("marked"), cedar_bool(arena, request->marked == REQUEST_MARKED));
    if (request->rows > 0)
        put(&context, CEDAR_STR("rows"), cedar_long(arena, request->rows));
    if (request->authors != NULL)
        put(&context, CEDAR_STR("authors"), user_set(arena, request->authors));
    put_counters(&context, arena, asker);
    if (put_grounds(&context, arena, asker, request) != VAULT_OK)
        return NULL;
    return cedar_record(arena, context.fields, context.count);
}

int ask_prepare(struct asker *asker, const struct access_request *request, char id[ULID_TEXT_SIZE],
    struct cedar_request *asked, struct failure *failure)
{
    struct decider *decider = asker->decider;
    cedar_arena_reset(decider->arena);
    cedar_entities_reset(decider->upper);
    *asked = (struct cedar_request){.principal = cedar_uid_of("User", asker->user),
        .action = cedar_uid_of("Action", request->action),
        .resource = ask_resource(request, id)};
    int result = ask_add_resource(asker, request, decider->upper, failure);
    if (result == VAULT_OK) {
        asked->context = ask_context(asker, request);
        if (asked->context == NULL || cedar_entities_seal(decider->upper, NULL) != CEDAR_OK)
            result = VAULT_ENOMEM;
    }
    return result;
}

/* --- Answers --- */

struct cedar_str policy_name(const struct cedar_policy *policy)
{
    struct cedar_str name;
    return cedar_policy_annotation(policy, CEDAR_STR("id"), &name) ? name : cedar_policy_id(policy);
}

static int put_name(json_t *list, const struct cedar_policy *policy)
{
    struct cedar_str name = policy_name(policy);
    return json_array_append_new(list, json_stringn(name.data, name.len));
}

json_t *answer_json(const struct decider *decider, const struct cedar_answer *answer)
{
    char hash[7 + 2 * HASH_SIZE + 1] = "sha256:";
    json_t *policies = json_array();
    json_t *errors = answer->failure_count > 0 ? json_array() : NULL;
    int bad = policies == NULL || (answer->failure_count > 0 && errors == NULL);
    hex_encode(bytes_of(decider->policy_hash, HASH_SIZE), hash + 7);
    for (size_t i = 0; i < answer->reason_count && !bad; i++)
        bad = put_name(policies, answer->reasons[i]) != 0;
    for (size_t i = 0; i < answer->failure_count && !bad; i++)
        bad = put_name(errors, answer->failures[i].policy) != 0;
    json_t *json = bad ? NULL
                       : json_pack("{s:s,s:s,s:s,s:O,s:O*}", "effect",
                             answer->decision == CEDAR_ALLOW ? "permit" : "deny", "engine", "cedar-4.5",
                             "policy_hash", hash, "policies", policies, "errors", errors);
    json_decref(policies);
    json_decref(errors);
    return json;
}
