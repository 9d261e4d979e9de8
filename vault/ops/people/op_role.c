/* role.add: a role, whose first secret goes to its keepers. */
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
    if (!json_lists(list, name))
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
