/* What waits for somebody's keys: grants to be completed, epochs to be begun, client keys to be re-wrapped. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/accountable.h"
#include "vault/access/authority_check.h"
#include "vault/access/change.h"
#include "vault/access/investigation.h"
#include "vault/access/keepers.h"
#include "vault/access/pending.h"
#include "vault/access/role_state_private.h"
#include "vault/access/session_private.h"
#include "vault/access/settle_private.h"
#include "vault/keys/issue.h"

/* --- Handing a role's secret to whom a signed grant names --- */

static int deliver(struct session *session, const struct role_state *role, const char *holder, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    uint8_t public_key[BOX_PUBLIC_SIZE];
    const struct box_key *key;
    int result = issue_user_public(&issue, holder, public_key);
    if (result == VAULT_OK)
        result = keyring_role(session->keyring, role->name, &key, failure);
    if (result == VAULT_OK)
        result = issue_role_box(&issue, key, role->name, role->epoch, holder, bytes_of(public_key, BOX_PUBLIC_SIZE));
    return result;
}

static int drop_holder(struct session *session, const char *role, const char *holder, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(session->store, QUERY_ROLE_SECRET_DROP, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, holder);
    return statement_run(statement, failure);
}

/* Another admin came: shares for all of them, of the same secret. */
static int split_anew(struct session *session, const struct role_state *role, struct failure *failure)
{
    struct change *change = NULL;
    const struct box_key *pair;
    int result = keyring_role(session->keyring, role->name, &pair, failure);
    if (result == VAULT_OK)
        result = change_begin(session, "role.split", key_event_members(session, role->name), NULL, &change, failure);
    if (result != VAULT_OK)
        return result;
    result = keepers_split(session, role->name, role->epoch, pair, change_intent(change), failure);
    if (result == VAULT_OK)
        return change_commit(change, NULL, failure);
    change_abort(change, result);
    return result;
}

/* Who should hold and does not gets a box; who should not and does (an admin's first copy, a member whose time ran out)
 * loses it, and the role goes on to its next epoch.  Dropping is for members alone: an admin must not take a reading role's last copy away. */
static int reconcile_role(struct session *session, struct role_state *role, struct failure *failure)
{
    struct change *change = NULL;
    bool member = names_has(&role->wanted, session->user);
    size_t missing = role_state_missing(role);
    size_t surplus = member ? role_state_surplus(role) : 0;
    if (!names_has(&role->holders, session->user))
        return VAULT_OK;
    if (missing + surplus == 0)
        return member && role->quorum.lacking ? split_anew(session, role, failure) : VAULT_OK;
    int result = change_begin(session, "grant.complete", key_event_members(session, role->name), NULL, &change, failure);
    if (result != VAULT_OK)
        return result;
    for (size_t i = 0; i < role->wanted.count && result == VAULT_OK && missing > 0; i++) {
        const char *holder = role->wanted.items[i].text;
        if (names_has(&role->holders, holder))
            continue;
        result = pending_check_grant(session, role->name, holder, role->by_members, failure);
        if (result == VAULT_OK)
            result = deliver(session, role, holder, failure);
    }
    for (size_t i = 0; i < role->holders.count && result == VAULT_OK && member; i++) {
        const char *holder = role->holders.items[i].text;
        if (holder[0] != '\0' && !names_has(&role->wanted, holder))
            result = drop_holder(session, role->name, holder, failure);
    }
    /* Whoever has held the secret may have kept it. */
    if (result == VAULT_OK && surplus > 0)
        result = pending_rotate(session, role->name, failure);
    if (result != VAULT_OK) {
        change_abort(change, result);
        return result;
    }
    return change_commit(change, json_pack("{s:I,s:I}", "completed", (json_int_t)missing, "dropped", (json_int_t)surplus),
        failure);
}

int pending_rotate(struct session *session, const char *role, struct failure *failure)
{
    return waiting_flag_put(session, PENDING_ROTATE, role, 1, failure);
}

/* --- All of it --- */

static bool waits(struct session *session, const struct role_state *role)
{
    bool member = names_has(&role->wanted, session->user);
    bool some = member && (waiting_flag(session, PENDING_ROTATE, role->name) != 0 || role_state_surplus(role) > 0 || role->quorum.lacking);
    return (some || role_state_missing(role) > 0) && names_has(&role->holders, session->user);
}

/* With changes held still: two sessions must not begin the same epoch, and the tables must say what the log says. */
static int settle_held(
    struct session *session, const char *name, int (*settle)(struct session *, struct role_state *, struct failure *),
    struct failure *failure)
{
    struct role_state role = {0};
    int result = change_hold(session, failure);
    if (result != VAULT_OK)
        return result;
    result = role_state_read(session, name, &role, failure);
    if (result == VAULT_OK && waits(session, &role))
        result = authority_check(session, failure);
    if (result == VAULT_OK && waits(session, &role))
        result = settle(session, &role, failure);
    role_state_free(&role);
    change_release(session);
    return result;
}

static int rotate_if_asked(struct session *session, struct role_state *role, struct failure *failure)
{
    bool asked = waiting_flag(session, PENDING_ROTATE, role->name) != 0 && names_has(&role->wanted, session->user);
    return asked ? role_state_rotate(session, role, failure) : VAULT_OK;
}

static int settle_role(struct session *session, const char *name, struct failure *failure)
{
    struct role_state role = {0};
    int result = role_state_read(session, name, &role, failure);
    bool some = result == VAULT_OK && waits(session, &role);
    role_state_free(&role);
    if (some)
        result = settle_held(session, name, reconcile_role, failure);
    if (some && result == VAULT_OK)
        result = settle_held(session, name, rotate_if_asked, failure);
    return result;
}

/* Some record keys whose compartment is to be held otherwise. A witness that is away holds up nobody's work. */
static int settle_wrapping(struct session *session, struct failure *failure)
{
    struct failure own = {0};
    uint64_t done;
    unsigned left;
    int result = accountable_finish(session, false, &done, &left, NULL, NULL, &own);
    if (result == VAULT_OK || result == VAULT_ELOG || result == VAULT_EDENIED)
        return VAULT_OK;
    failure_remedy(failure, "%s", own.remedy);
    return failure_set(failure, result, "%s", own.text);
}

/* Somebody else is at a change: what waits can wait for the next opening. */
static int settled(int result, struct failure *failure)
{
    if (result != VAULT_EBUSY)
        return result;
    failure_clear(failure);
    return VAULT_OK;
}

int settle_keys(struct session *session, struct failure *failure)
{
    struct statement *statement;
    struct names mine = {0};
    bool row = true;
    int64_t left;
    int result = keepers_take(session, failure);
    if (result == VAULT_OK)
        result = keepers_give(session, failure);
    if (result == VAULT_OK)
        result = store_query(session->store, QUERY_ROLE_SECRETS_OF, &statement, failure);
    if (result != VAULT_OK)
        return settled(result, failure);
    bind_text(statement, 1, session->user);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        result = names_add(&mine, column_text(statement, 0));
    statement_reset(statement);
    for (size_t i = 0; i < mine.count && result == VAULT_OK; i++)
        result = settle_role(session, mine.items[i].text, failure);
    free(mine.items);
    if (result == VAULT_OK)
        result = pending_reach(session, failure);
    if (result == VAULT_OK)
        result = pending_trace(session, failure);
    if (result == VAULT_OK)
        result = pending_rewrap(session, false, &left, failure);
    if (result == VAULT_OK)
        result = investigation_settle(session, failure);
    if (result == VAULT_OK)
        result = settle_wrapping(session, failure);
    return settled(result, failure);
}
