/* Roles: add, list, show, and bring back one whose members are all gone. */
#include <string.h>

#include "vault/access/authority_check.h"
#include "vault/access/keepers.h"
#include "vault/access/pending.h"
#include "vault/base/instant.h"
#include "vault/crypto/share.h"
#include "vault/keys/issue.h"
#include "vault/ops/call_private.h"
#include "vault/store/setting.h"

int need(struct call *call, int result, const bool *found, const char *what, const char *name)
{
    if (result == VAULT_OK && !*found)
        result = failure_set(call->failure, VAULT_ENOTFOUND, "there is no %s '%s'", what, name);
    return result;
}

int role_exists(struct call *call, const char *role, bool *found)
{
    struct statement *statement;
    int result = store_query(session_store(call->session), QUERY_ROLE_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    result = statement_step(statement, found, call->failure);
    statement_reset(statement);
    return result;
}

/* --- role.add --- */

struct new_role {
    const char *role;
    const char *like;
    const char *keepers;
    const json_t *compartments; /* NULL: what the base's kind of work needs */
};

static int count_admins(struct call *call, unsigned *count)
{
    struct statement *statement;
    bool row = true;
    *count = 0;
    int result = store_query(session_store(call->session), QUERY_MEMBERS_ACTIVE, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, "admin");
    bind_number(statement, 2, instant_now());
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        (*count)++;
    return result;
}

static int check_keepers(struct call *call, const char *keepers)
{
    unsigned needed = keepers_quorum(keepers);
    unsigned admins = 0;
    if (strcmp(keepers, "members") == 0 || strcmp(keepers, "admins") == 0)
        return VAULT_OK;
    if (needed == 0) {
        failure_remedy(call->failure,
            "--keepers takes members, admins, or quorum:K, so that K admins (%u to %u) give the role together",
            KEEPERS_QUORUM_MIN, SHARE_HOLDERS_MAX);
        return failure_set(call->failure, VAULT_EINPUT, "'%s' cannot keep a role", keepers);
    }
    int result = count_admins(call, &admins);
    if (result == VAULT_OK && admins < needed) {
        failure_remedy(call->failure, "grant the role admin to more people first, or let fewer be needed");
        result = failure_set(call->failure, VAULT_EINPUT, "%u admins are to keep the role together, and there are %u",
            needed, admins);
    }
    return result;
}

static int check_role(struct call *call, const struct new_role *role)
{
    static const char *const bases[] = {"accountant", "admin", "investigator", "auditor"};
    bool found = false;
    bool base = false;
    if (!name_valid(role->role))
        return failure_set(call->failure, VAULT_EINPUT, "'%s' is no name for a role", role->role);
    for (size_t i = 0; i < 4; i++)
        base = base || strcmp(bases[i], role->like) == 0;
    if (!base) {
        failure_remedy(call->failure, "--like takes accountant, admin, investigator or auditor");
        return failure_set(call->failure, VAULT_EINPUT, "'%s' is not a role to be like", role->like);
    }
    if (keepers_quorum(role->keepers) != 0 && strcmp(role->like, "accountant") != 0) {
        failure_remedy(call->failure, "use --like accountant, or keepers 'admins'");
        return failure_set(call->failure, VAULT_EINPUT,
            "a quorum keeps the key to records, and roles like '%s' open none", role->like);
    }
    int result = check_keepers(call, role->keepers);
    if (result == VAULT_OK)
        result = role_exists(call, role->role, &found);
    if (result == VAULT_OK && found)
        result = failure_set(call->failure, VAULT_EEXISTS, "there is a role '%s' already", role->role);
    return result;
}

static json_t *all_compartments(const struct new_role *role)
{
    json_t *list = role->compartments == NULL ? json_array() : json_deep_copy(role->compartments);
    bool admin = strcmp(role->like, "admin") == 0;
    for (int i = 0; i < COMPARTMENT_COUNT && role->compartments == NULL; i++) {
        if (i == COMPARTMENT_DIRECTORY || !admin)
            (void)json_array_append_new(list, json_string(compartment_name((enum compartment)i)));
    }
    return list;
}

/* Whoever may read a compartment may see whose it is. */
static void add_directory(json_t *list)
{
    const char *name = compartment_name(COMPARTMENT_DIRECTORY);
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(json_string_value(json_array_get(list, i)), name) == 0)
            return;
    }
    (void)json_array_append_new(list, json_string(name));
}

static int add_reach(struct call *call, struct change *change, const struct access_request *request,
    const struct new_role *role, const char *portfolio)
{
    bool found = false;
    int result = need(call, portfolio_exists(call, portfolio, &found), &found, "portfolio", portfolio);
    if (result != VAULT_OK)
        return result;
    json_t *list = all_compartments(role);
    add_directory(list);
    return change_note(change, "reach.add", call_note_members(call, request, NULL),
        json_pack("{s:s,s:s,s:o}", "role", role->role, "portfolio", portfolio, "compartments", list), call->failure);
}

/* The secret of a new role: for the recovery sheet, and for a quorum in shares, else for its maker until a member is in session. */
static int box_new_role(struct call *call, const char *role, const char *keepers, const struct box_key *pair, uint64_t event)
{
    struct issue issue = {session_store(call->session), *session_vault(call->session), call->failure};
    uint8_t recovery[BOX_PUBLIC_SIZE];
    int result = authority_recovery(call->session, recovery, call->failure);
    if (result == VAULT_OK)
        result = issue_role_box(&issue, pair, role, 1, "", bytes_of(recovery, sizeof recovery));
    if (result == VAULT_OK && keepers_quorum(keepers) != 0)
        result = keepers_split(call->session, role, 1, pair, event, call->failure);
    else if (result == VAULT_OK)
        result = issue_role_box(&issue, pair, role, 1, session_user(call->session),
            box_key_public(identity_box(session_identity(call->session))));
    return result == VAULT_OK ? pending_reach_later(call->session, call->failure) : result;
}

static int fill_role(struct call *call, struct change *change, const struct access_request *request,
    const struct new_role *role, const struct box_key *pair)
{
    const json_t *portfolios = call_list(call, "portfolios");
    int result = box_new_role(call, role->role, role->keepers, pair, change_intent(change));
    for (size_t i = 0; i < json_array_size(portfolios) && result == VAULT_OK; i++)
        result = add_reach(call, change, request, role, json_string_value(json_array_get(portfolios, i)));
    return result;
}

int op_role_add(struct call *call)
{
    struct new_role role = {.role = call_text(call, "role"),
        .like = call_text(call, "like"),
        .keepers = call_text(call, "keepers"),
        .compartments = call_list(call, "compartments")};
    struct access_request request = {.action = "role.add"};
    struct change *change = NULL;
    if (role.like == NULL)
        role.like = "accountant";
    if (role.keepers == NULL)
        role.keepers = strcmp(role.like, "accountant") == 0 ? "members" : "admins";
    int result = check_role(call, &role);
    /* Who is an admin decides who gets a share. */
    if (result == VAULT_OK && keepers_quorum(role.keepers) != 0)
        result = check_authority(call);
    struct box_key *pair = result == VAULT_OK ? box_key_new() : NULL;
    if (result == VAULT_OK && pair == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = call_change(call, &request,
            json_pack("{s:s,s:s,s:s,s:i,s:o}", "role", role.role, "base", role.like, "keepers", role.keepers, "epoch", 1,
                "public", json_base64(box_key_public(pair))),
            &change);
    if (result == VAULT_OK) {
        uint64_t event = change_intent(change);
        result = call_finish(call, change, fill_role(call, change, &request, &role, pair));
        if (result == VAULT_OK)
            result = pending_settle(call->session, call->failure);
        if (result == VAULT_OK)
            result = reply_value(call, json_pack("{s:s,s:I}", "role", role.role, "event", (json_int_t)event));
    }
    box_key_free(pair);
    return result;
}

/* --- role.list, role.show --- */

int op_role_list(struct call *call)
{
    struct access_request request = {.action = "role.list"};
    struct statement *roles = NULL;
    bool row = true;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = statement_own(session_store(call->session), QUERY_ROLE_LIST, &roles, call->failure);
    while (result == VAULT_OK && (result = statement_step(roles, &row, call->failure)) == VAULT_OK && row) {
        struct statement *members;
        bool member = true;
        json_int_t count = 0;
        result = store_query(session_store(call->session), QUERY_GRANTS_TO, &members, call->failure);
        if (result != VAULT_OK)
            break;
        bind_text(members, 1, column_text(roles, 0));
        while ((result = statement_step(members, &member, call->failure)) == VAULT_OK && member)
            count++;
        if (result == VAULT_OK)
            result = reply_row(call,
                json_pack("{s:s,s:s,s:s,s:I,s:I}", "role", column_text(roles, 0), "like", column_text(roles, 1),
                    "keepers", column_text(roles, 2), "epoch", (json_int_t)column_number(roles, 3), "members", count));
    }
    statement_free(roles);
    return result;
}

/* Does the member hold a box of the role's present epoch? */
int member_holds_role(struct call *call, const char *role, const char *user, bool *holds)
{
    struct issue issue = {session_store(call->session), *session_vault(call->session), call->failure};
    struct statement *statement;
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int64_t epoch = 0;
    int result = issue_role_public(&issue, role, &epoch, public_key);
    if (result == VAULT_OK)
        result = store_query(issue.store, QUERY_ROLE_SECRET_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_number(statement, 2, epoch);
    bind_text(statement, 3, user);
    result = statement_step(statement, holds, call->failure);
    statement_reset(statement);
    return result;
}

static int list_names(struct call *call, enum query query, const char *first, const char *second, json_t *names)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(session_store(call->session), query, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, first);
    if (second != NULL)
        bind_text(statement, 2, second);
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        (void)json_array_append_new(names, json_string(column_text(statement, 0)));
    return result;
}

static int count_given(struct call *call, const char *role, const char *user, int64_t *count)
{
    struct issue issue = {session_store(call->session), *session_vault(call->session), call->failure};
    struct statement *statement;
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int64_t epoch = 0;
    bool row = true;
    *count = 0;
    int result = issue_role_public(&issue, role, &epoch, public_key);
    if (result == VAULT_OK)
        result = store_query(issue.store, QUERY_GIVEN_SHARES, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    bind_number(statement, 3, epoch);
    bind_number(statement, 4, instant_now());
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        (*count)++;
    return result;
}

/* Of a grant that waits for a quorum: who approved, and how many shares are there. */
int show_approvals(struct call *call, const char *role, const char *user, json_t *member)
{
    json_t *names = json_array();
    int64_t shares = 0;
    int result = list_names(call, QUERY_APPROVALS_TO, role, user, names);
    if (result == VAULT_OK)
        result = count_given(call, role, user, &shares);
    (void)json_object_set_new(member, "approved_by", names);
    (void)json_object_set_new(member, "shares", json_integer(shares));
    return result;
}

static int show_quorum(struct call *call, const char *role, json_t *value)
{
    struct keepers_state state;
    int result = keepers_state(call->session, role, &state, call->failure);
    if (result != VAULT_OK || state.needed == 0)
        return result;
    json_t *holders = json_array();
    result = list_names(call, QUERY_ROLE_SHARE_HOLDERS, role, NULL, holders);
    (void)json_object_set_new(value, "quorum", json_pack("{s:i,s:i,s:o}", "needed", (int)state.needed, "of",
                                                   (int)json_array_size(holders), "holders", holders));
    return result;
}

static int show_members(struct call *call, const char *role, bool quorum, json_t *list)
{
    struct statement *members = NULL;
    bool row = true;
    int result = statement_own(session_store(call->session), QUERY_GRANTS_TO, &members, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(members, 1, role);
    while (result == VAULT_OK && (result = statement_step(members, &row, call->failure)) == VAULT_OK && row) {
        bool holds = false;
        result = member_holds_role(call, role, column_text(members, 0), &holds);
        json_t *member = json_pack("{s:s,s:s,s:b}", "user", column_text(members, 0), "granted_by",
            column_text(members, 2), "pending", !holds);
        if (column_number(members, 1) != 0)
            (void)json_object_set_new(member, "until", json_instant(column_number(members, 1)));
        if (result == VAULT_OK && quorum && !holds)
            result = show_approvals(call, role, column_text(members, 0), member);
        (void)json_array_append_new(list, member);
    }
    statement_free(members);
    return result;
}

json_t *json_compartments(unsigned mask)
{
    json_t *list = json_array();
    for (int i = 0; i < COMPARTMENT_COUNT; i++) {
        if ((mask >> i & 1) != 0)
            (void)json_array_append_new(list, json_string(compartment_name((enum compartment)i)));
    }
    return list;
}

static int show_reach(struct call *call, const char *role, json_t *list)
{
    struct statement *reach;
    bool row = true;
    int result = store_query(session_store(call->session), QUERY_REACH_OF_ROLE, &reach, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(reach, 1, role);
    while ((result = statement_step(reach, &row, call->failure)) == VAULT_OK && row)
        (void)json_array_append_new(list, json_pack("{s:s,s:o}", "portfolio", column_text(reach, 0), "compartments",
                                              json_compartments((unsigned)column_number(reach, 1))));
    return result;
}

int op_role_show(struct call *call)
{
    const char *role = call_text(call, "role");
    struct access_request request = {.action = "role.show", .role = role};
    struct statement *statement;
    bool row = false;
    int result = need(call, role_exists(call, role, &row), &row, "role", role);
    if (result == VAULT_OK)
        result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = store_query(session_store(call->session), QUERY_ROLE_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    result = statement_step(statement, &row, call->failure);
    if (result != VAULT_OK || !row)
        return result;
    json_t *members = json_array();
    json_t *portfolios = json_array();
    json_t *value = json_pack("{s:s,s:s,s:s,s:I,s:o,s:o}", "role", role, "like", column_text(statement, 0), "keepers",
        column_text(statement, 1), "epoch", (json_int_t)column_number(statement, 2), "members", members, "portfolios",
        portfolios);
    statement_reset(statement);
    result = show_quorum(call, role, value);
    if (result == VAULT_OK)
        result = show_members(call, role, json_object_get(value, "quorum") != NULL, members);
    if (result == VAULT_OK)
        result = show_reach(call, role, portfolios);
    if (result == VAULT_OK)
        return reply_value(call, value);
    json_decref(value);
    return result;
}

/* --- role.recover: shares of the recovery sheet give the role's secret to a member again --- */

static int read_shares(struct call *call, struct secret **recovery)
{
    int result = share_combine_joined(secret_bytes(call->secret), recovery);
    if (result == VAULT_EINPUT)
        result = failure_set(call->failure, result, "the shares do not fit together");
    return result;
}

static int check_recovery(struct call *call, const struct box_key *recovery)
{
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int result = authority_recovery(call->session, public_key, call->failure);
    if (result == VAULT_OK && !bytes_equal(bytes_of(public_key, sizeof public_key), box_key_public(recovery))) {
        failure_remedy(call->failure, "check each share; as many are needed as the sheet says");
        result = failure_set(call->failure, VAULT_EINPUT, "these shares do not make this vault's recovery key");
    }
    return result;
}

static int recover(struct call *call, const struct box_key *recovery, const char *role, const char *user)
{
    struct issue issue = {session_store(call->session), *session_vault(call->session), call->failure};
    struct secret *inner = NULL;
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int64_t epoch = 0;
    int result = issue_role_public(&issue, role, &epoch, public_key);
    if (result == VAULT_OK)
        result = issue_role_open(&issue, recovery, role, epoch, "", &inner);
    struct box_key *pair = result == VAULT_OK ? box_key_from_secret(inner) : NULL;
    if (result == VAULT_OK && pair == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = issue_user_public(&issue, user, public_key);
    if (result == VAULT_OK)
        result = issue_role_box(&issue, pair, role, epoch, user, bytes_of(public_key, BOX_PUBLIC_SIZE));
    box_key_free(pair);
    secret_free(inner);
    return result;
}

int check_authority(struct call *call)
{
    int result = change_hold(call->session, call->failure);
    if (result != VAULT_OK)
        return result;
    result = authority_check(call->session, call->failure);
    change_release(call->session);
    return result;
}

int op_role_recover(struct call *call)
{
    const char *role = call_text(call, "role");
    const char *user = call_text(call, "user");
    struct access_request request = {.action = "role.recover", .role = role, .member = user};
    struct secret *secret = NULL;
    struct box_key *recovery = NULL;
    struct change *change = NULL;
    bool found = false;
    int result = need(call, role_exists(call, role, &found), &found, "role", role);
    if (result == VAULT_OK)
        result = need(call, user_exists(call, user, &found), &found, "user", user);
    if (result == VAULT_OK)
        result = pending_check_grant(call->session, role, user, true, call->failure);
    if (result == VAULT_OK)
        result = read_shares(call, &secret);
    if (result == VAULT_OK && (recovery = box_key_from_secret(secret)) == NULL)
        result = failure_set(call->failure, VAULT_EINPUT, "the shares do not fit together");
    if (result == VAULT_OK)
        result = check_recovery(call, recovery);
    if (result == VAULT_OK)
        result = check_authority(call);
    if (result == VAULT_OK)
        result = call_change(call, &request, NULL, &change);
    if (result == VAULT_OK) {
        uint64_t event = change_intent(change);
        result = call_finish(call, change, recover(call, recovery, role, user));
        if (result == VAULT_OK)
            result = reply_value(
                call, json_pack("{s:s,s:s,s:I}", "role", role, "user", user, "event", (json_int_t)event));
    }
    box_key_free(recovery);
    secret_free(secret);
    return result;
}
