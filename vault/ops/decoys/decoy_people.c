/* Who is to see a decoy. */
#include <string.h>

#include "vault/base/instant.h"
#include "vault/ops/decoys/decoy_private.h"

static int add_members(struct session *session, const char *role, json_t *people, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    int result = statement_own(session_store(session), QUERY_MEMBERS_ACTIVE, &statement, failure);
    if (result == VAULT_OK) {
        bind_text(statement, 1, role);
        bind_number(statement, 2, instant_now());
    }
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        json_t *entry = json_pack("{s:O}", "people", people);
        bool there = decoy_is_for(entry, column_text(statement, 0));
        json_decref(entry);
        if (!there && json_array_size(people) < DECOY_PEOPLE_MAX &&
            json_array_append_new(people, json_string(column_text(statement, 0))) != 0)
            result = VAULT_ENOMEM;
    }
    statement_free(statement);
    return result;
}

static int reads_records(struct session *session, const char *role, bool *reads, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    *reads = false;
    int result = store_query(session_store(session), QUERY_ROLE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    result = statement_step(statement, &row, failure);
    *reads = result == VAULT_OK && row && strcmp(column_text(statement, 0), "accountant") == 0;
    statement_reset(statement);
    return result;
}

static int add_team(struct session *session, const char *portfolio, json_t *people, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    int result = statement_own(session_store(session), QUERY_REACH_TO, &statement, failure);
    if (result == VAULT_OK)
        bind_text(statement, 1, portfolio);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        bool reads = false;
        result = reads_records(session, column_text(statement, 0), &reads, failure);
        if (result == VAULT_OK && reads)
            result = add_members(session, column_text(statement, 0), people, failure);
    }
    statement_free(statement);
    return result;
}

int decoy_people(struct session *session, const json_t *audience, const char *portfolio, json_t **people,
    struct failure *failure)
{
    const char *kind = json_text(audience, "kind");
    const char *name = json_text(audience, "name");
    *people = json_array();
    int result = *people == NULL || kind == NULL || name == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && strcmp(kind, "user") == 0)
        result = json_array_append_new(*people, json_string(name)) == 0 ? VAULT_OK : VAULT_ENOMEM;
    else if (result == VAULT_OK && strcmp(kind, "role") == 0)
        result = add_members(session, name, *people, failure);
    else if (result == VAULT_OK)
        result = add_team(session, portfolio, *people, failure);
    if (result != VAULT_OK) {
        json_decref(*people);
        *people = NULL;
    }
    return result;
}
