/* Who is to see a decoy, and who has it among his clients now. */
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

/* --- Now: clients are handed over, and people leave --- */

int decoy_holders(
    struct session *session, const struct client_facts *client, json_t **people, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    *people = json_array();
    int result = *people == NULL
                     ? VAULT_ENOMEM
                     : statement_own(session_store(session), QUERY_ASSIGNMENTS_TO, &statement, failure);
    if (result == VAULT_OK)
        bind_number(statement, 1, client->row);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        if (json_array_append_new(*people, json_string(column_text(statement, 0))) != 0)
            result = VAULT_ENOMEM;
    }
    statement_free(statement);
    if (result == VAULT_OK)
        return VAULT_OK;
    json_decref(*people);
    *people = NULL;
    return result;
}

int decoy_is_ones(struct session *session, const struct client_facts *client, const json_t *entry, bool *own,
    struct failure *failure)
{
    struct statement *statement;
    bool retired = json_object_get(entry, "retired") != NULL;
    *own = !retired && decoy_is_for(entry, session_user(session));
    if (retired || *own)
        return VAULT_OK;
    int result = store_query(session_store(session), QUERY_ASSIGNMENT_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client->row);
    bind_text(statement, 2, session_user(session));
    result = statement_step(statement, own, failure);
    statement_reset(statement);
    return result;
}

static int is_active(struct session *session, const char *user, bool *active, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    *active = false;
    int result = store_query(session_store(session), QUERY_USER_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = statement_step(statement, &row, failure);
    *active = result == VAULT_OK && row && column_number(statement, 2) == 0;
    statement_reset(statement);
    return result;
}

int decoy_audience_now(struct session *session, const struct client_facts *client, const json_t *entry,
    json_t **audience, struct failure *failure)
{
    const json_t *was = json_object_get(entry, "for");
    const char *kind = json_text(was, "kind"), *name = json_text(was, "name");
    bool active = kind == NULL || strcmp(kind, "user") != 0;
    json_t *people = NULL;
    int result = VAULT_OK;
    *audience = NULL;
    if (!active && name != NULL)
        result = is_active(session, name, &active, failure);
    if (result == VAULT_OK && active) {
        *audience = json_deep_copy(was);
        return *audience == NULL ? VAULT_ENOMEM : VAULT_OK;
    }
    if (result == VAULT_OK)
        result = decoy_holders(session, client, &people, failure);
    for (size_t i = 0; i < json_array_size(people) && result == VAULT_OK && *audience == NULL; i++) {
        const char *person = json_string_value(json_array_get(people, i));
        result = is_active(session, person, &active, failure);
        if (result == VAULT_OK && active &&
            (*audience = json_pack("{s:s,s:s}", "kind", "user", "name", person)) == NULL)
            result = VAULT_ENOMEM;
    }
    json_decref(people);
    return result;
}
