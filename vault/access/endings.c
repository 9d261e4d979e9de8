#include "vault/access/endings.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/common_private.h"
#include "vault/access/endings_private.h"
#include "vault/access/freeze.h"
#include "vault/access/settings.h"
#include "vault/base/text.h"

#define REMEMBERED_MS (INT64_C(8) * 24 * 3600 * 1000) /* longer than any session lasts */

/* --- As the log says it --- */

int apply_holds_base(struct apply *apply, const char *base, bool *holds)
{
    struct statement *statement;
    bool row = false;
    int result = apply_query(apply, QUERY_GRANTS_OF_BASE, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, apply->actor);
    bind_text(statement, 2, base);
    result = statement_step(statement, &row, apply->failure);
    *holds = *holds || (result == VAULT_OK && row && column_number(statement, 0) > 0);
    statement_reset(statement);
    return result;
}

int apply_freeze(struct apply *apply, const char *kind, const char *target)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_FREEZE_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, kind);
    bind_text(statement, 2, target);
    bind_number(statement, 3, apply->seq);
    return apply_run(apply, statement);
}

int apply_unfreeze(struct apply *apply, const char *kind, const char *target)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_FREEZE_DROP, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, kind);
    bind_text(statement, 2, target);
    return apply_run(apply, statement);
}

static int check_may_end(struct apply *apply, const char *user)
{
    bool may = strcmp(user, apply->actor) == 0;
    int result = may ? VAULT_OK : apply_holds_base(apply, "admin", &may);
    if (result == VAULT_OK && !may)
        result = apply_holds_base(apply, "investigator", &may);
    if (result == VAULT_OK && !may)
        result = failure_set(apply->failure, VAULT_EDENIED,
            "'%s' may not end sessions of others, whatever the policy says", apply->actor);
    return result;
}

static int put_end(struct apply *apply, const char *kind, const char *target, const char *user)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_SESSION_END_FORGET, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, apply->time - REMEMBERED_MS);
    result = apply_run(apply, statement);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_SESSION_END_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, kind);
    bind_text(statement, 2, target);
    bind_text(statement, 3, user);
    bind_number(statement, 4, apply->time);
    bind_number(statement, 5, apply->seq);
    return apply_run(apply, statement);
}

int apply_session_end(struct apply *apply)
{
    const char *session = json_text(apply->change, "session");
    const char *user = json_text(apply->change, "user");
    bool all = json_is_true(json_object_get(apply->change, "all"));
    if (all ? user != NULL || session != NULL : user == NULL)
        return apply_missing(apply, "user");
    int result = check_may_end(apply, all ? "" : user);
    if (result != VAULT_OK)
        return result;
    if (all)
        return put_end(apply, FREEZE_ALL, "", "");
    return session != NULL ? put_end(apply, "session", session, user) : put_end(apply, FREEZE_USER, user, "");
}

/* --- Looking --- */

int freeze_look(
    struct store *store, const char *kind, const char *target, bool *frozen, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(store, QUERY_FREEZE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, kind);
    bind_text(statement, 2, target);
    result = statement_step(statement, &row, failure);
    statement_reset(statement);
    *frozen = *frozen || row;
    return result;
}

int freeze_of_client(struct store *store, const char *user, const char *client, const char *portfolio,
    bool *frozen, struct failure *failure)
{
    *frozen = false;
    int result = freeze_look(store, FREEZE_ALL, "", frozen, failure);
    if (result == VAULT_OK)
        result = freeze_look(store, FREEZE_CLIENT, client, frozen, failure);
    if (result == VAULT_OK)
        result = freeze_look(store, FREEZE_PORTFOLIO, portfolio, frozen, failure);
    return result == VAULT_OK ? freeze_look(store, FREEZE_USER, user, frozen, failure) : result;
}

int session_common_each_freeze(struct session_common *common,
    int (*each)(void *context, const char *kind, const char *target), void *context, struct failure *failure)
{
    struct store *store = NULL;
    struct statement *rows = NULL;
    bool more = true;
    int result = common_enter(common, &store, NULL, failure);
    if (result == VAULT_OK)
        result = store_query(store, QUERY_FREEZE_LIST, &rows, failure);
    while (result == VAULT_OK && (result = statement_step(rows, &more, failure)) == VAULT_OK && more)
        result = each(context, column_text(rows, 0), column_text(rows, 1));
    if (rows != NULL)
        statement_reset(rows);
    common_leave(common);
    return result;
}

int session_common_works(
    struct session_common *common, const char *user, bool *works, struct failure *failure)
{
    struct store *store = NULL;
    struct statement *statement;
    bool row = false;
    *works = false;
    int result = common_enter(common, &store, NULL, failure);
    if (result == VAULT_OK)
        result = store_query(store, QUERY_GRANTS_OF_BASE, &statement, failure);
    if (result == VAULT_OK) {
        bind_text(statement, 1, user);
        bind_text(statement, 2, "accountant");
        result = statement_step(statement, &row, failure);
        *works = result == VAULT_OK && row && column_number(statement, 0) > 0;
        statement_reset(statement);
    }
    common_leave(common);
    return result;
}

uint64_t session_common_size(struct session_common *common)
{
    struct store *store;
    struct log *log = NULL;
    uint64_t size = common_enter(common, &store, &log, NULL) == VAULT_OK ? log_size(log) : 0;
    common_leave(common);
    return size;
}

static int read_setting(
    struct store *store, const char *name, char value[SETTING_VALUE_MAX + 1], struct failure *failure)
{
    const struct setting *setting = setting_find(name);
    return setting == NULL ? VAULT_EINTERNAL : setting_value(store, setting, value, failure);
}

static int read_rules(struct store *store, struct session_rules *rules, struct failure *failure)
{
    char value[SETTING_VALUE_MAX + 1];
    int result = read_setting(store, SETTING_SESSION_BIND, value, failure);
    if (result != VAULT_OK)
        return result;
    rules->bind = strcmp(value, "address") == 0   ? SESSION_BIND_ADDRESS
                  : strcmp(value, "network") == 0 ? SESSION_BIND_NETWORK
                                                  : SESSION_BIND_NONE;
    result = read_setting(store, SETTING_SESSION_IDLE, value, failure);
    if (result != VAULT_OK)
        return result;
    rules->idle_seconds = (unsigned)strtoul(value, NULL, 10) * 60;
    result = read_setting(store, SETTING_SESSION_LONGEST, value, failure);
    if (result == VAULT_OK)
        rules->longest_seconds = (unsigned)strtoul(value, NULL, 10) * 3600;
    return result;
}

int session_common_rules(struct session_common *common, struct session_rules *rules, struct failure *failure)
{
    struct store *store = NULL;
    *rules = (struct session_rules){.bind = SESSION_BIND_NONE};
    int result = common_enter(common, &store, NULL, failure);
    if (result == VAULT_OK)
        result = read_rules(store, rules, failure);
    common_leave(common);
    return result;
}

/* By which session an event was asked for: it alone is not ended by it. */
static int read_asker(struct log *log, uint64_t seq, char asker[ULID_TEXT_SIZE], struct failure *failure)
{
    struct buffer text = {0};
    json_t *leaf = NULL;
    asker[0] = '\0';
    int result = log_read(log, seq, &text, failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), &leaf, failure);
    const char *session = json_text(leaf, "session");
    if (result == VAULT_OK && session != NULL)
        text_copy(asker, ULID_TEXT_SIZE, session);
    json_decref(leaf);
    buffer_free(&text);
    return result;
}

static int tell_endings(struct store *store, struct log *log, uint64_t since,
    int (*each)(void *context, const struct ending *ending), void *context, struct failure *failure)
{
    struct statement *statement = NULL;
    char asker[ULID_TEXT_SIZE];
    bool row = true;
    int result = statement_own(store, QUERY_ENDINGS_SINCE, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, (int64_t)since - 1);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        struct ending ending = {.kind = column_text(statement, 0),
            .target = column_text(statement, 1),
            .user = column_text(statement, 2),
            .seq = (uint64_t)column_number(statement, 3),
            .freeze = column_number(statement, 4) != 0,
            .asker = asker};
        result = read_asker(log, ending.seq, asker, failure);
        if (result == VAULT_OK)
            result = each(context, &ending);
    }
    statement_free(statement);
    return result;
}

int session_common_endings(struct session_common *common, uint64_t since,
    int (*each)(void *context, const struct ending *ending), void *context, struct failure *failure)
{
    struct store *store = NULL;
    struct log *log = NULL;
    int result = common_enter(common, &store, &log, failure);
    if (result == VAULT_OK)
        result = log_refresh(log, failure); /* another process may have written it */
    if (result == VAULT_OK)
        result = tell_endings(store, log, since, each, context, failure);
    common_leave(common);
    return result;
}
