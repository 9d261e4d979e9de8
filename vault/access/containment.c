#include "vault/access/containment.h"

#include <string.h>

#include "vault/access/change.h"
#include "vault/access/containment_private.h"
#include "vault/access/endings_private.h"
#include "vault/access/freeze.h"
#include "vault/access/session_private.h"

/* --- As the log says it --- */

/* Of himself @p himself says; of others admins and investigators. */
static int check_may(struct apply *apply, const char *user, bool himself)
{
    bool may = false;
    int result = VAULT_OK;
    if (strcmp(apply->actor, user) == 0) {
        may = himself;
    } else {
        result = apply_holds_base(apply, "admin", &may);
        if (result == VAULT_OK && !may)
            result = apply_holds_base(apply, "investigator", &may);
    }
    if (result == VAULT_OK && !may)
        result = failure_set(apply->failure, VAULT_EDENIED,
            "'%s' may not contain or release '%s', whatever the policy says", apply->actor, user);
    return result;
}

int apply_user_contain(struct apply *apply)
{
    const char *user;
    int result = apply_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = check_may(apply, user, true);
    return result == VAULT_OK ? apply_freeze(apply, FREEZE_USER, user) : result;
}

int apply_user_release(struct apply *apply)
{
    const char *user;
    bool frozen = false;
    int result = apply_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = check_may(apply, user, false);
    if (result == VAULT_OK)
        result = freeze_is(apply->store, FREEZE_OF_PERSON, user, &frozen, apply->failure);
    if (result == VAULT_OK && frozen)
        result = failure_set(
            apply->failure, VAULT_EDENIED, "an incident froze '%s', which two people undo", user);
    return result == VAULT_OK ? apply_unfreeze(apply, FREEZE_USER, user) : result;
}

/* --- By a session of itself --- */

int contained(struct session *session, const char *user, bool *is, struct failure *failure)
{
    *is = false;
    return freeze_look(session->store, FREEZE_USER, user, is, failure);
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
