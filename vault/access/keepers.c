#include "vault/access/keepers.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/authority_check.h"
#include "vault/access/change.h"
#include "vault/access/pending.h"
#include "vault/access/session_private.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/keys/shares.h"

#define WAITING_MAX 512u

unsigned keepers_quorum(const char *keepers)
{
    size_t prefix = strlen(KEEPERS_QUORUM);
    if (strncmp(keepers, KEEPERS_QUORUM, prefix) != 0)
        return 0;
    const char *digits = keepers + prefix;
    unsigned needed = 0;
    size_t length = strspn(digits, "0123456789");
    if (length == 0 || length > 2 || digits[length] != '\0' || digits[0] == '0')
        return 0;
    for (size_t i = 0; i < length; i++)
        needed = 10 * needed + (unsigned)(digits[i] - '0');
    return needed >= KEEPERS_QUORUM_MIN && needed <= SHARE_HOLDERS_MAX ? needed : 0;
}

int keepers_of_role(struct session *session, const char *role, unsigned *needed, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    *needed = 0;
    int result = store_query(session->store, QUERY_ROLE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row)
        *needed = keepers_quorum(column_text(statement, 1));
    statement_reset(statement);
    return result;
}

int keepers_approved(struct session *session, const char *role, const char *user, unsigned needed, bool *approved,
    struct failure *failure)
{
    struct statement *statement;
    unsigned count = 0;
    bool row = true;
    *approved = false;
    int result = store_query(session->store, QUERY_APPROVALS_TO, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        count++;
    *approved = result == VAULT_OK && count >= needed;
    return result;
}

/* --- Who has shares, and who should --- */

/* Active admins by name; more than can hold shares are counted, not kept. */
struct admins {
    struct share_holder names[SHARE_HOLDERS_MAX];
    unsigned kept;
    unsigned all;
};

static int read_admins(struct session *session, struct admins *admins, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    admins->kept = admins->all = 0;
    int result = store_query(session->store, QUERY_MEMBERS_ACTIVE, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, "admin");
    bind_number(statement, 2, instant_now());
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        admins->all++;
        if (admins->kept < SHARE_HOLDERS_MAX)
            text_copy(admins->names[admins->kept++].user, NAME_SIZE_MAX + 1, column_text(statement, 0));
    }
    return result;
}

static bool keeps(const struct admins *admins, const char *user)
{
    for (unsigned i = 0; i < admins->kept; i++) {
        if (strcmp(admins->names[i].user, user) == 0)
            return true;
    }
    return false;
}

/* Who was given enough, and did not come before his time ran out, may have kept it all the same. */
static int add_stray(
    struct session *session, const char *role, struct keepers_state *state, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session->store, QUERY_GIVEN_SHARES_STRAY, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_number(statement, 2, instant_now());
    result = statement_step(statement, &row, failure);
    state->surplus = state->surplus || (result == VAULT_OK && row && column_number(statement, 0) > 0);
    statement_reset(statement);
    return result;
}

int keepers_state(
    struct session *session, const char *role, struct keepers_state *state, struct failure *failure)
{
    struct statement *statement;
    struct admins admins;
    bool row = true;
    memset(state, 0, sizeof *state);
    int result = keepers_of_role(session, role, &state->needed, failure);
    if (result != VAULT_OK || state->needed == 0)
        return result;
    result = read_admins(session, &admins, failure);
    if (result == VAULT_OK)
        result = store_query(session->store, QUERY_ROLE_SHARE_HOLDERS, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        bool keeper = keeps(&admins, column_text(statement, 0));
        state->holders += keeper;
        state->surplus = state->surplus || !keeper;
    }
    if (result == VAULT_OK)
        result = add_stray(session, role, state, failure);
    state->admins = admins.all;
    state->lacking = admins.kept >= state->needed && state->holders < admins.kept;
    return result;
}

int keepers_split(struct session *session, const char *role, int64_t epoch, const struct box_key *pair,
    uint64_t event, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    struct split split = {role, epoch, (int64_t)event};
    struct admins admins;
    unsigned needed;
    int result = keepers_of_role(session, role, &needed, failure);
    if (result != VAULT_OK || needed == 0)
        return result;
    result = read_admins(session, &admins, failure);
    if (result != VAULT_OK)
        return result;
    return shares_split(&issue, &split, pair, needed, admins.names, admins.kept >= needed ? admins.kept : 0);
}

int keepers_leave(struct session *session, const char *user, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    struct statement *roles = NULL;
    bool row = true;
    int result = statement_own(session->store, QUERY_SHARES_AROUND, &roles, failure);
    if (result == VAULT_OK)
        bind_text(roles, 1, user);
    while (result == VAULT_OK && (result = statement_step(roles, &row, failure)) == VAULT_OK && row)
        result = pending_rotate(session, column_text(roles, 0), failure);
    statement_free(roles);
    return result == VAULT_OK ? shares_forget(&issue, user) : result;
}

int keepers_forget_grant(struct session *session, const char *role, const char *user, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    return shares_drop_given(&issue, role, user);
}

/* --- What waits for this person --- */

struct waiting {
    char role[NAME_SIZE_MAX + 1];
    char member[NAME_SIZE_MAX + 1];
};

/* What is beyond WAITING_MAX waits for his next session. */
static int read_waiting(
    struct session *session, enum query query, struct waiting **list, size_t *count, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    *list = NULL;
    *count = 0;
    int result = store_query(session->store, query, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, session->user);
    bind_number(statement, 2, instant_now());
    while (*count < WAITING_MAX && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        if (*list == NULL && (*list = calloc(WAITING_MAX, sizeof **list)) == NULL) {
            result = VAULT_ENOMEM;
            break;
        }
        struct waiting *one = &(*list)[(*count)++];
        text_copy(one->role, NAME_SIZE_MAX + 1, column_text(statement, 0));
        text_copy(one->member, NAME_SIZE_MAX + 1,
            query == QUERY_SHARES_TO_TAKE ? session->user : column_text(statement, 1));
    }
    statement_reset(statement);
    return result;
}

/* Does it still wait, now that nobody else is at a change? */
static int still_waits(struct session *session, enum query query, const struct waiting *one, bool *waits,
    struct failure *failure)
{
    struct waiting *list;
    size_t count;
    *waits = false;
    int result = read_waiting(session, query, &list, &count, failure);
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        *waits = *waits || (strcmp(list[i].role, one->role) == 0 && strcmp(list[i].member, one->member) == 0);
    free(list);
    return result;
}

static json_t *event_members(struct session *session, const struct waiting *one)
{
    return json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[{s:s,s:s},{s:s,s:s}],s:s,s:{s:s}}", "actor", "id",
        session->user, "type", "user", "decision", "effect", "permit", "policies", "resources", "type",
        "role", "id", one->role, "type", "user", "id", one->member, "session", session->id, "src", "host",
        session->host);
}

/* --- Taking --- */

static int store_taken(struct session *session, const struct waiting *one, const struct box_key *pair,
    unsigned needed, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    struct change *change = NULL;
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int64_t epoch;
    int result = issue_role_public(&issue, one->role, &epoch, public_key);
    if (result == VAULT_OK)
        result = change_begin(session, "grant.complete", event_members(session, one), NULL, &change, failure);
    if (result != VAULT_OK)
        return result;
    result = issue_role_box(
        &issue, pair, one->role, epoch, session->user, box_key_public(identity_box(session->identity)));
    if (result == VAULT_OK)
        result = shares_drop_given(&issue, one->role, session->user);
    if (result == VAULT_OK)
        return change_commit(change, json_pack("{s:i,s:i}", "completed", 1, "shares", (int)needed), failure);
    change_abort(change, result);
    return result;
}

static int take(struct session *session, const struct waiting *one, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    struct box_key *pair = NULL;
    unsigned needed;
    int result = keepers_of_role(session, one->role, &needed, failure);
    if (result != VAULT_OK || needed == 0)
        return result;
    result = shares_combine(
        &issue, identity_box(session->identity), session->user, one->role, needed, instant_now(), &pair);
    /* Others have yet to approve. */
    if (result == VAULT_ENOKEY)
        return VAULT_OK;
    if (result == VAULT_OK)
        result = authority_check(session, failure);
    if (result == VAULT_OK)
        result = pending_check_grant(session, one->role, session->user, true, failure);
    if (result == VAULT_OK)
        result = store_taken(session, one, pair, needed, failure);
    box_key_free(pair);
    return result;
}

/* --- Giving --- */

static int give(struct session *session, const struct waiting *one, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    struct change *change = NULL;
    /* That he approved, and that this is the member's key, is what the log says. */
    int result = authority_check(session, failure);
    if (result == VAULT_OK)
        result = pending_check_grant(session, one->role, one->member, true, failure);
    if (result == VAULT_OK)
        result = change_begin(session, "grant.share", event_members(session, one), NULL, &change, failure);
    if (result != VAULT_OK)
        return result;
    result = shares_give(&issue, identity_box(session->identity), session->user, one->role, one->member);
    if (result == VAULT_OK)
        return change_commit(change, NULL, failure);
    change_abort(change, result);
    return result;
}

static int each(struct session *session, enum query query,
    int (*settle)(struct session *, const struct waiting *, struct failure *), struct failure *failure)
{
    struct waiting *list;
    size_t count;
    int result = read_waiting(session, query, &list, &count, failure);
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        bool waits = false;
        result = change_hold(session, failure);
        if (result != VAULT_OK)
            break;
        result = still_waits(session, query, &list[i], &waits, failure);
        if (result == VAULT_OK && waits)
            result = settle(session, &list[i], failure);
        change_release(session);
    }
    free(list);
    return result;
}

int keepers_take(struct session *session, struct failure *failure)
{
    return each(session, QUERY_SHARES_TO_TAKE, take, failure);
}

int keepers_give(struct session *session, struct failure *failure)
{
    return each(session, QUERY_SHARES_TO_GIVE, give, failure);
}
