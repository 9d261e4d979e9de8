/* One person's access to client work, suspended and given back. */
#include "vault/access/containment.h"
#include "vault/access/freeze.h"
#include "vault/ops/call_private.h"

static int run(struct call *call, const char *action, bool wanted)
{
    const char *user = call_text(call, "user");
    struct access_request request = {.action = action, .user = user};
    struct decision decision = {0};
    struct change *change = NULL;
    bool found = false;
    bool is = false;
    bool frozen = false;
    int result = need(call, user_exists(call, user, &found), &found, "user", user);
    /* Who may not is not told whether somebody is contained. */
    if (result == VAULT_OK)
        result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = contained(call->session, user, &is, call->failure);
    if (result == VAULT_OK && !wanted)
        result = freeze_is(session_store(call->session), FREEZE_OF_PERSON, user, &frozen, call->failure);
    if (result == VAULT_OK && frozen) {
        failure_remedy(call->failure, "two people end that: 'incident unfreeze --user %s'", user);
        result = failure_set(call->failure, VAULT_EINPUT, "an incident froze '%s'", user);
    }
    if (result == VAULT_OK && is == wanted)
        result = failure_set(call->failure, VAULT_EEXISTS,
            wanted ? "'%s' is contained already" : "'%s' is not contained", user);
    if (result == VAULT_OK)
        result = call_change(call, &request, json_pack("{s:s}", "user", user), &change);
    if (result != VAULT_OK)
        return result;
    uint64_t event = change_intent(change);
    result = call_finish(call, change, VAULT_OK);
    return result == VAULT_OK ? reply_value(call, json_pack("{s:s,s:b,s:I}", "user", user, "contained",
                                                      wanted, "event", (json_int_t)event))
                              : result;
}

int op_user_contain(struct call *call)
{
    return run(call, "user.contain", true);
}

int op_user_release(struct call *call)
{
    return run(call, "user.release", false);
}
