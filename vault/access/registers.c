/* Kinds of registers, and what of a person's has lapsed. */
#include "vault/access/registers.h"

#include <string.h>

#include "vault/access/settings.h"

static const struct register_kind kinds[] = {
    {"rule", REGISTER_OF_ALL_OR_PEOPLE, true, true},
    {"training", REGISTER_OF_PEOPLE, false, true},
    {"nda", REGISTER_OF_PEOPLE_OR_CLIENT, false, true},
    {"entrustment", REGISTER_OF_CLIENT, false, false},
    {"audit", REGISTER_OF_FIRM, true, false},
    {"audit-finding", REGISTER_OF_FIRM, true, false},
    {"plan", REGISTER_OF_FIRM, true, false},
    {"drill", REGISTER_OF_FIRM, true, false},
    {"helper", REGISTER_OF_FIRM, true, false},
};

const struct register_kind *register_kind_at(size_t i)
{
    return i < sizeof kinds / sizeof kinds[0] ? &kinds[i] : NULL;
}

const struct register_kind *register_kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

/* --- What has lapsed --- */

/* Most firms' registers are small or empty, and then this is all that is asked. */
static int any_gates(struct store *store, bool *any, struct failure *failure)
{
    struct statement *statement;
    *any = false;
    int result = store_query(store, QUERY_REGISTER_GATES, &statement, failure);
    if (result != VAULT_OK)
        return result;
    result = statement_step(statement, any, failure);
    statement_reset(statement);
    return result;
}

static int put(json_t **lapsed, const char *kind, const char *name, int64_t since)
{
    json_t *one = json_pack("{s:s,s:s}", "kind", kind, "name", name);
    if (*lapsed == NULL)
        *lapsed = json_array();
    if (one != NULL && since != 0)
        (void)json_object_set_new(one, "since", json_integer((json_int_t)since));
    return json_array_append_new(*lapsed, one) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* Own entries by their dates; rules that are not signed, by the date until which they should be. */
static int put_dated(struct store *store, const char *user, int64_t now, json_t **lapsed, int64_t *next,
    struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(store, QUERY_REGISTER_DATES_OF, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        int64_t until = column_number(statement, 2);
        if (until <= now)
            result = put(lapsed, column_text(statement, 0), column_text(statement, 1), until);
        else if (until < *next)
            *next = until;
    }
    statement_reset(statement);
    return result;
}

/* Trainings and agreements that others have, and this person has not. */
static int put_lacking(struct store *store, const char *user, json_t **lapsed, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(store, QUERY_REGISTER_LACKED_BY, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        result = put(lapsed, column_text(statement, 0), column_text(statement, 1), 0);
    statement_reset(statement);
    return result;
}

int registers_lapsed(struct store *store, const char *user, int64_t now, json_t **lapsed, int64_t *next,
    struct failure *failure)
{
    char gate[SETTING_VALUE_MAX + 1] = "";
    bool any = false;
    *lapsed = NULL;
    *next = INT64_MAX;
    int result = any_gates(store, &any, failure);
    if (result != VAULT_OK || !any)
        return result;
    result = setting_value(store, setting_find(SETTING_REGISTER_GATE), gate, failure);
    if (result != VAULT_OK || strcmp(gate, "off") == 0)
        return result;
    result = put_dated(store, user, now, lapsed, next, failure);
    if (result == VAULT_OK && strcmp(gate, "complete") == 0)
        result = put_lacking(store, user, lapsed, failure);
    if (result == VAULT_OK)
        return result;
    json_decref(*lapsed);
    *lapsed = NULL;
    return result;
}

/* --- What lapses soon --- */

int registers_soon(struct store *store, const char *user, int64_t now, struct register_lapses *lapses,
    struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    *lapses = (struct register_lapses){0};
    int result = store_query(store, QUERY_REGISTER_UNTIL, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, now + REGISTER_WARN_DAYS * INT64_C(86400000));
    bind_text(statement, 2, user == NULL ? "" : user);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        int64_t until = column_number(statement, 0);
        if (until <= now) {
            lapses->over++;
            continue;
        }
        if (lapses->soon++ == 0)
            lapses->first = until;
    }
    statement_reset(statement);
    return result;
}
