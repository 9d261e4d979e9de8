/* Who should hold a role's secret, who does, and what waits for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/role_state_private.h"
#include "vault/access/session_private.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/store/setting.h"

#define HOLDERS_MAX 512

bool names_has(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i].text, name) == 0)
            return true;
    }
    return false;
}

int names_add(struct names *names, const char *name)
{
    if (names_has(names, name) || strlen(name) > NAME_SIZE_MAX)
        return VAULT_OK;
    if (names->items == NULL && (names->items = calloc(HOLDERS_MAX, sizeof *names->items)) == NULL)
        return VAULT_ENOMEM;
    if (names->count == HOLDERS_MAX)
        return VAULT_ELIMIT;
    (void)strcpy(names->items[names->count++].text, name);
    return VAULT_OK;
}

void role_state_free(struct role_state *role)
{
    free(role->wanted.items);
    free(role->holders.items);
}

/* Active members: granted, not run out, not disabled. */
static int add_members(
    struct session *session, const char *role, struct names *names, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    int64_t now = instant_now();
    int result = store_query(session->store, QUERY_MEMBERS_ACTIVE, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_number(statement, 2, now);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        result = names_add(names, column_text(statement, 0));
    statement_reset(statement);
    return result;
}

static int add_holders(struct session *session, struct role_state *role, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(session->store, QUERY_ROLE_SECRET_HOLDERS, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role->name);
    bind_number(statement, 2, role->epoch);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        result = names_add(&role->holders, column_text(statement, 0));
    statement_reset(statement);
    return result;
}

int role_state_read(
    struct session *session, const char *name, struct role_state *role, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    memset(role, 0, sizeof *role);
    text_copy(role->name, NAME_SIZE_MAX + 1, name);
    int result = store_query(session->store, QUERY_ROLE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, name);
    result = statement_step(statement, &row, failure);
    if (result != VAULT_OK || !row)
        return result == VAULT_OK ? VAULT_ENOTFOUND : result;
    text_copy(role->base, NAME_SIZE_MAX + 1, column_text(statement, 0));
    role->by_members = strcmp(column_text(statement, 1), "admins") != 0;
    role->epoch = column_number(statement, 2);
    statement_reset(statement);
    result = add_members(session, name, &role->wanted, failure);
    if (result == VAULT_OK && !role->by_members)
        result = add_members(session, "admin", &role->wanted, failure);
    if (result == VAULT_OK)
        result = add_holders(session, role, failure);
    if (result == VAULT_OK)
        result = keepers_state(session, name, &role->quorum, failure);
    return result;
}

size_t role_state_missing(const struct role_state *role)
{
    size_t missing = 0;
    for (size_t i = 0; i < role->wanted.count && role->quorum.needed == 0; i++)
        missing += !names_has(&role->holders, role->wanted.items[i].text);
    return missing;
}

size_t role_state_surplus(const struct role_state *role)
{
    size_t surplus = role->quorum.surplus;
    for (size_t i = 0; i < role->holders.count; i++)
        surplus +=
            role->holders.items[i].text[0] != '\0' && !names_has(&role->wanted, role->holders.items[i].text);
    return surplus;
}

/* --- What waits --- */

int64_t waiting_flag(struct session *session, const char *prefix, const char *name)
{
    char setting[NAME_SIZE_MAX + 16];
    int64_t value = 0;
    (void)snprintf(setting, sizeof setting, "%s%s", prefix, name);
    return store_setting_get(session->store, setting, 0, &value, NULL) == VAULT_OK ? value : 0;
}

int waiting_flag_put(
    struct session *session, const char *prefix, const char *name, int64_t value, struct failure *failure)
{
    char setting[NAME_SIZE_MAX + 16];
    (void)snprintf(setting, sizeof setting, "%s%s", prefix, name);
    return store_setting_put(session->store, setting, value, failure);
}

json_t *key_event_members(struct session *session, const char *role)
{
    return json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[{s:s,s:s}],s:s,s:{s:s}}", "actor", "id", session->user,
        "type", "user", "decision", "effect", "permit", "policies", "resources", "type", "role", "id", role,
        "session", session->id, "src", "host", session->host);
}
