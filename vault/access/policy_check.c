/* Before a policy comes into force: it can be read, agrees with the schema, and can be changed again. */
#include <string.h>

#include "policy/cedar.h"
#include "vault/access/inquiry.h"
#include "vault/access/policy_text.h"
#include "vault/access/session_parts.h"

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

struct looking {
    struct session *session;
    bool found;
    struct failure *failure;
};

/* Whatever a policy says, only an admin's is believed (authority.c). */
static int note_somebody(void *context, const struct listed *one)
{
    struct looking *looking = context;
    struct statement *statement;
    bool row = false;
    if (!one->permitted || looking->found)
        return VAULT_OK;
    int result =
        store_query(session_store(looking->session), QUERY_GRANTS_OF_BASE, &statement, looking->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, one->user);
    bind_text(statement, 2, "admin");
    result = statement_step(statement, &row, looking->failure);
    looking->found = result == VAULT_OK && row && column_number(statement, 0) > 0;
    statement_reset(statement);
    return result;
}

static int somebody_may_set(struct session *session, struct bytes text, struct failure *failure)
{
    struct inquiry_terms terms = {.policy = text};
    struct inquiry *inquiry = NULL;
    struct access_request request = {.action = "policy.set"};
    struct question question = question_now(session, NULL, &request);
    struct looking looking = {session, false, failure};
    int result = inquiry_new(session, &terms, &inquiry, failure);
    if (result == VAULT_OK)
        result = inquiry_people(inquiry, &question, note_somebody, &looking, failure);
    inquiry_free(inquiry);
    if (result == VAULT_OK && !looking.found) {
        failure_remedy(failure, "let it permit policy.set to an admin who is active");
        result = failure_set(failure, VAULT_EINPUT, "under this policy nobody could set a policy again");
    }
    return result;
}

int policy_parse_check(struct bytes text, struct failure *failure)
{
    struct cedar_policies *policies = NULL;
    int result = parse(text, &policies, failure);
    if (result == VAULT_OK)
        result = validate(policies, failure);
    cedar_policies_free(policies);
    return result;
}

int policy_check(struct session *session, struct bytes text, struct failure *failure)
{
    int result = policy_parse_check(text, failure);
    return result == VAULT_OK ? somebody_may_set(session, text, failure) : result;
}
