#include "vault/access/containment.h"

#include <string.h>

#include "vault/access/change.h"
#include "vault/access/containment_private.h"
#include "vault/access/session_private.h"

/* --- As the log says it --- */

static int holds_base(struct apply *apply, const char *base, bool *holds)
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

/* Of himself @p himself says; of others admins and investigators. */
static int check_may(struct apply *apply, const char *user, bool himself)
{
    bool may = false;
    int result = VAULT_OK;
    if (strcmp(apply->actor, user) == 0) {
        may = himself;
    } else {
        result = holds_base(apply, "admin", &may);
        if (result == VAULT_OK && !may)
            result = holds_base(apply, "investigator", &may);
    }
    if (result == VAULT_OK && !may)
        result = failure_set(apply->failure, VAULT_EDENIED,
            "'%s' may not contain or release '%s', whatever the policy says", apply->actor, user);
    return result;
}

static int freeze(struct apply *apply, enum query name, const char *user)
{
    struct statement *statement;
    int result = apply_query(apply, name, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, "user");
    bind_text(statement, 2, user);
    if (name == QUERY_FREEZE_PUT)
        bind_number(statement, 3, apply->seq);
    return apply_run(apply, statement);
}

int apply_user_contain(struct apply *apply)
{
    const char *user;
    int result = apply_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = check_may(apply, user, true);
    return result == VAULT_OK ? freeze(apply, QUERY_FREEZE_PUT, user) : result;
}

int apply_user_release(struct apply *apply)
{
    const char *user;
    int result = apply_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = check_may(apply, user, false);
    return result == VAULT_OK ? freeze(apply, QUERY_FREEZE_DROP, user) : result;
}

/* --- By a session of itself --- */

int contained(struct session *session, const char *user, bool *is, struct failure *failure)
{
    struct statement *statement;
    *is = false;
    int result = store_query(session->store, QUERY_FREEZE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, "user");
    bind_text(statement, 2, user);
    result = statement_step(statement, is, failure);
    statement_reset(statement);
    return result;
}

int contain_oneself(struct session *session, const char *alert, struct failure *failure)
{
    struct change *change = NULL;
    bool already = false;
    int result = contained(session, session->user, &already, failure);
    if (result != VAULT_OK || already)
        return result;
    json_t *members = json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:s}", "actor", "id", session->user, "type",
        "user", "decision", "effect", "permit", "policies", "resources", "session", session->id);
    json_t *what = json_pack("{s:s,s:s}", "user", session->user, "alert", alert);
    result = change_begin(session, "user.contain", members, what, &change, failure);
    return result == VAULT_OK ? change_commit(change, NULL, failure) : result;
}
