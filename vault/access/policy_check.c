/* Before a policy comes into force: it can be read, agrees with the schema, and can be changed again. */
#include <string.h>

#include "vault/access/entities_private.h"
#include "vault/access/policy_text.h"
#include "vault/base/instant.h"

static int parse(struct bytes text, struct cedar_policies **policies, struct failure *failure)
{
    struct cedar_error error;
    *policies = NULL;
    if (text.size > POLICY_TEXT_MAX)
        return failure_set(failure, VAULT_ELIMIT, "the policy is longer than %zu bytes", POLICY_TEXT_MAX);
    int status = cedar_policies_parse((const char *)text.data, text.size, policies, &error);
    if (status == CEDAR_OK)
        return VAULT_OK;
    if (error.help[0] != '\0')
        failure_remedy(failure, "%s", error.help);
    return failure_set(failure, status == CEDAR_ENOMEM ? VAULT_ENOMEM : VAULT_EINPUT,
        "the policy cannot be read: line %zu, column %zu: %s", error.line, error.column, error.message);
}

/* The first objection is told whole; with it repaired the others often go away too. */
static int object(const struct cedar_findings *findings, struct failure *failure)
{
    size_t errors = 0;
    const struct cedar_finding *first = NULL;
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].warning)
            continue;
        first = first == NULL ? &findings->items[i] : first;
        errors++;
    }
    if (first == NULL)
        return failure_set(failure, VAULT_EINPUT, "the policy does not agree with the schema");
    if (first->help.len > 0)
        failure_remedy(failure, "%.*s", (int)first->help.len, first->help.data);
    return failure_set(failure, VAULT_EINPUT,
        "the policy does not agree with the schema (%zu in all): line %zu, column %zu: %.*s", errors,
        first->line, first->column, (int)first->message.len, first->message.data);
}

static int validate(const struct cedar_policies *policies, struct failure *failure)
{
    struct cedar_schema *schema = NULL;
    struct cedar_findings findings = {0};
    struct cedar_error error;
    struct bytes text = policy_schema();
    struct cedar_arena *arena = cedar_arena_new(0);
    int result = VAULT_OK;
    if (arena == NULL)
        result = VAULT_ENOMEM;
    else if (cedar_schema_parse((const char *)text.data, text.size, &schema, &error) != CEDAR_OK)
        result = failure_set(failure, VAULT_EINTERNAL, "the schema: line %zu: %s", error.line, error.message);
    else if (cedar_validate(policies, schema, arena, &findings) != CEDAR_OK)
        result = VAULT_ENOMEM;
    else if (!findings.valid)
        result = object(&findings, failure);
    cedar_schema_free(schema);
    cedar_arena_free(arena);
    return result;
}

/* --- Nobody locks everybody out --- */

static const struct cedar_value *circumstances(struct session *session, struct cedar_arena *arena)
{
    struct cedar_field source[] = {{CEDAR_STR("host"), cedar_string(arena, cedar_str(session->host))},
        {CEDAR_STR("kind"), cedar_string(arena, CEDAR_STR("command"))}};
    struct cedar_field fields[] = {{CEDAR_STR("time"), cedar_datetime_ms(arena, instant_now())},
        {CEDAR_STR("source"), cedar_record(arena, source, 2)}};
    return cedar_record(arena, fields, 2);
}

/* Entities of one person beside actions and roles, and the same question as a real one would be. */
static int may_set(struct session *session, const struct cedar_policies *policies, const char *user,
    struct cedar_arena *arena, bool *may, struct failure *failure)
{
    struct cedar_answer answer = {0};
    struct cedar_request request = {.principal = cedar_uid_of("User", user),
        .action = cedar_uid_of("Action", "policy.set"),
        .resource = cedar_uid_of("Vault", "vault"),
        .context = circumstances(session, arena)};
    struct cedar_entities *entities = cedar_entities_new(NULL);
    int result = entities == NULL || request.context == NULL ? VAULT_ENOMEM : entities_add_actions(entities);
    if (result == VAULT_OK)
        result = entities_add_roles(session->store, entities, failure);
    if (result == VAULT_OK)
        result = entities_add_person(session->store, entities, user, instant_now(), NULL, failure);
    if (result == VAULT_OK && cedar_entities_seal(entities, NULL) != CEDAR_OK)
        result = VAULT_EDAMAGED;
    if (result == VAULT_OK && cedar_authorize(policies, entities, &request, arena, &answer) != CEDAR_OK)
        result = VAULT_ENOMEM;
    *may = result == VAULT_OK && answer.decision == CEDAR_ALLOW;
    cedar_entities_free(entities);
    return result;
}

static int somebody_may_set(
    struct session *session, const struct cedar_policies *policies, struct failure *failure)
{
    struct statement *users = NULL;
    struct cedar_arena *arena = cedar_arena_new(0);
    bool row = true;
    bool may = false;
    int result =
        arena == NULL ? VAULT_ENOMEM : statement_own(session->store, QUERY_USER_LIST, &users, failure);
    while (result == VAULT_OK && !may && (result = statement_step(users, &row, failure)) == VAULT_OK && row) {
        cedar_arena_reset(arena);
        if (column_number(users, 3) == 0)
            result = may_set(session, policies, column_text(users, 0), arena, &may, failure);
    }
    statement_free(users);
    cedar_arena_free(arena);
    if (result == VAULT_OK && !may) {
        failure_remedy(failure, "let it permit policy.set to somebody who is active");
        result = failure_set(failure, VAULT_EINPUT, "under this policy nobody could set a policy again");
    }
    return result;
}

int policy_check(struct session *session, struct bytes text, struct failure *failure)
{
    struct cedar_policies *policies = NULL;
    int result = parse(text, &policies, failure);
    if (result == VAULT_OK)
        result = validate(policies, failure);
    if (result == VAULT_OK)
        result = somebody_may_set(session, policies, failure);
    cedar_policies_free(policies);
    return result;
}
