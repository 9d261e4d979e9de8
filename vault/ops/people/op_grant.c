/* Grants: a person into a role until a date, and out again. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/keepers.h"
#include "vault/access/pending.h"
#include "vault/base/instant.h"
#include "vault/ops/call_private.h"
#include "vault/ops/leak/disclosed_private.h"
#include "vault/ops/leak/person_seen_private.h"
#include "vault/ops/people/revoke_private.h"

static int check_parties(struct call *call, const char *role, const char *user)
{
    bool found = false;
    int result = need(call, role_exists(call, role, &found), &found, "role", role);
    if (result == VAULT_OK)
        result = need(call, user_exists(call, user, &found), &found, "user", user);
    return result;
}

/* --- Roles that a quorum keeps --- */

/* The grant in force; @p seq -1 without one, or where its time ran out. */
static int find_grant(struct call *call, const char *role, const char *user, int64_t *seq)
{
    struct statement *statement;
    bool row = false;
    *seq = -1;
    int result = store_query(session_store(call->session), QUERY_GRANT_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    result = statement_step(statement, &row, call->failure);
    if (result == VAULT_OK && row) {
        int64_t until = column_number(statement, 0);
        *seq = until == 0 || until > instant_now() ? column_number(statement, 2) : -1;
    }
    statement_reset(statement);
    return result;
}

/* A second grant would take the approvals of the first away. */
static int check_not_waiting(struct call *call, const char *role, const char *user)
{
    unsigned needed = 0;
    int64_t seq = -1;
    bool holds = false;
    int result = keepers_of_role(call->session, role, &needed, call->failure);
    if (result != VAULT_OK || needed == 0)
        return result;
    result = find_grant(call, role, user, &seq);
    if (result == VAULT_OK)
        result = member_holds_role(call, role, user, &holds);
    if (result == VAULT_OK && seq >= 0 && !holds) {
        failure_remedy(call->failure, "approve it with 'role approve', or revoke it and grant anew");
        result = failure_set(call->failure, VAULT_EEXISTS, "'%s' has been granted '%s', and waits for approvals", user, role);
    }
    return result;
}

static int check_approval(struct call *call, const char *role, const char *user, int64_t *grant)
{
    struct statement *statement;
    unsigned needed = 0;
    bool approved = false;
    bool holds = false;
    bool row = true;
    bool again = false;
    int result = keepers_of_role(call->session, role, &needed, call->failure);
    if (result == VAULT_OK && needed == 0)
        return failure_set(call->failure, VAULT_EINPUT, "no quorum keeps the role '%s', so its grants need no approval", role);
    if (result == VAULT_OK)
        result = find_grant(call, role, user, grant);
    if (result == VAULT_OK && *grant < 0) {
        failure_remedy(call->failure, "grant it first");
        return failure_set(call->failure, VAULT_ENOTFOUND, "'%s' has no grant of '%s'", user, role);
    }
    if (result == VAULT_OK)
        result = keepers_approved(call->session, role, user, needed, &approved, call->failure);
    if (result == VAULT_OK)
        result = member_holds_role(call, role, user, &holds);
    /* Who holds it by a grant that was made anew meanwhile is approved again. */
    if (result == VAULT_OK && approved && holds)
        return failure_set(call->failure, VAULT_EEXISTS, "'%s' has the role '%s' already", user, role);
    if (result == VAULT_OK)
        result = store_query(session_store(call->session), QUERY_APPROVALS_TO, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        again = again || strcmp(column_text(statement, 0), session_user(call->session)) == 0;
    if (result == VAULT_OK && again) {
        failure_remedy(call->failure, "another admin must approve it; 'role show' tells who has");
        result = failure_set(call->failure, VAULT_EEXISTS, "you have approved this grant already, and count once");
    }
    return result;
}

static int reply_approved(struct call *call, const char *role, const char *user, uint64_t event)
{
    unsigned needed = 0;
    json_t *value = json_pack("{s:s,s:s,s:I}", "role", role, "user", user, "event", (json_int_t)event);
    int result = keepers_of_role(call->session, role, &needed, call->failure);
    if (result == VAULT_OK)
        result = show_approvals(call, role, user, value);
    (void)json_object_set_new(value, "needed", json_integer(needed));
    if (result == VAULT_OK)
        return reply_value(call, value);
    json_decref(value);
    return result;
}

int op_grant_approve(struct call *call)
{
    const char *role = call_text(call, "role");
    const char *user = call_text(call, "user");
    struct access_request request = {.action = "grant.approve", .role = role, .member = user};
    struct decision decision = {0};
    struct change *change = NULL;
    int64_t grant = -1;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = check_parties(call, role, user);
    if (result == VAULT_OK)
        result = check_approval(call, role, user, &grant);
    if (result == VAULT_OK)
        result = call_change(call, &request,
            json_pack("{s:s,s:s,s:I}", "role", role, "user", user, "grant", (json_int_t)grant), &change);
    if (result != VAULT_OK)
        return result;
    uint64_t event = change_intent(change);
    result = call_finish(call, change, VAULT_OK);
    /* His share is boxed for the member now, if he has one. */
    if (result == VAULT_OK)
        result = pending_settle(call->session, call->failure);
    return result == VAULT_OK ? reply_approved(call, role, user, event) : result;
}

/* --- Granting --- */

static int show_waiting(struct call *call, const char *role, const char *user, json_t *value)
{
    unsigned needed = 0;
    int result = keepers_of_role(call->session, role, &needed, call->failure);
    if (result != VAULT_OK || needed == 0)
        return result;
    (void)json_object_set_new(value, "needed", json_integer(needed));
    return show_approvals(call, role, user, value);
}

int op_grant_add(struct call *call)
{
    const char *role = call_text(call, "role");
    const char *user = call_text(call, "user");
    struct access_request request = {.action = "grant.add", .role = role, .member = user};
    struct change *change = NULL;
    int64_t until = 0;
    bool holds = false;
    int result = check_parties(call, role, user);
    if (result == VAULT_OK)
        result = check_not_waiting(call, role, user);
    if (result == VAULT_OK)
        result = call_moment(call, "until", 0, &until);
    if (result == VAULT_OK && until != 0 && until <= instant_now())
        result = failure_set(call->failure, VAULT_EINPUT, "until: '%s' is past", call_text(call, "until"));
    json_t *what = json_pack("{s:s,s:s}", "role", role, "user", user);
    if (until != 0)
        (void)json_object_set_new(what, "until", json_integer(until));
    if (result != VAULT_OK) {
        json_decref(what);
        return result;
    }
    result = call_change(call, &request, what, &change);
    if (result != VAULT_OK)
        return result;
    uint64_t event = change_intent(change);
    result = call_finish(call, change, keepers_forget_grant(call->session, role, user, call->failure));
    if (result == VAULT_OK)
        result = pending_settle(call->session, call->failure);
    if (result == VAULT_OK)
        result = member_holds_role(call, role, user, &holds);
    if (result != VAULT_OK)
        return result;
    json_t *value = json_pack(
        "{s:s,s:s,s:b,s:I}", "role", role, "user", user, "pending", !holds, "event", (json_int_t)event);
    if (until != 0)
        (void)json_object_set_new(value, "until", json_instant(until));
    result = holds ? VAULT_OK : show_waiting(call, role, user, value);
    if (result == VAULT_OK)
        return reply_value(call, value);
    json_decref(value);
    return result;
}

/* --- What the leaver has already seen: reported, not hidden --- */

static json_t *seen_list(struct call *call, const struct person_seen *seen)
{
    json_t *list = json_array();
    for (size_t i = 0; i < seen->client_count; i++) {
        struct client_facts client;
        if (clients_by_row(call->session, seen->clients[i].row, &client, NULL) == VAULT_OK)
            (void)json_array_append_new(list,
                json_pack("{s:o,s:I}", "client", json_ulid(&client.id), "records", (json_int_t)seen->clients[i].records));
    }
    return list;
}

int revoke_seen(struct call *call, const char *user, bool clients, json_t **counts)
{
    struct law *law = NULL;
    struct person_seen *seen = calloc(1, sizeof *seen);
    uint64_t records = 0;
    *counts = NULL;
    int result = seen == NULL ? failure_set(call->failure, VAULT_ENOMEM, "no memory to count what was seen")
                              : law_open(law_facts_text(), &law, call->failure);
    if (result == VAULT_OK) {
        seen->law = law;
        seen->before = INT64_MAX;
        result = disclosed_open(call, &seen->disclosures);
        if (result == VAULT_OK && disclosures_find_person(seen->disclosures, user, &seen->person))
            result = person_seen_count(seen, call->failure);
        disclosures_free(seen->disclosures);
        for (size_t i = 0; i <= KIND_LAST; i++)
            records += seen->kinds[i];
        *counts = json_pack(
            "{s:I,s:I}", "records", (json_int_t)records, "clients", (json_int_t)seen->client_count);
        if (*counts != NULL && clients)
            (void)json_object_set_new(*counts, "list", seen_list(call, seen));
        person_seen_free(seen);
    }
    free(seen);
    law_free(law);
    return result;
}

/* --- Revoking --- */

/* One whose time ran out, or who is disabled, is no admin that remains. */
int revoke_check_last(struct call *call, const char *role, const char *user)
{
    struct statement *statement;
    bool row = true;
    int others = 0;
    if (strcmp(role, "admin") != 0)
        return VAULT_OK;
    int result = store_query(session_store(call->session), QUERY_MEMBERS_ACTIVE, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_number(statement, 2, instant_now());
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        others += strcmp(column_text(statement, 0), user) != 0;
    if (result == VAULT_OK && others == 0)
        result = failure_set(call->failure, VAULT_EINPUT, "this is the last admin; grant another one first");
    return result;
}

static int is_granted(struct call *call, const char *role, const char *user, bool *granted)
{
    struct statement *statement;
    int result = store_query(session_store(call->session), QUERY_GRANT_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    result = statement_step(statement, granted, call->failure);
    statement_reset(statement);
    return result;
}

static int drop_boxes(struct call *call, const char *role, const char *user)
{
    struct statement *statement;
    int result = store_query(session_store(call->session), QUERY_ROLE_SECRET_DROP, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    return statement_run(statement, call->failure);
}

static int take_away(struct call *call, const char *role, const char *user)
{
    int result = drop_boxes(call, role, user);
    return result == VAULT_OK ? pending_rotate(call->session, role, call->failure) : result;
}

/* An admin also held the roles that admins keep. */
static int take_away_kept(struct call *call, const char *user)
{
    struct statement *roles = NULL;
    bool row = true;
    int result = statement_own(session_store(call->session), QUERY_ROLE_LIST, &roles, call->failure);
    while (result == VAULT_OK && (result = statement_step(roles, &row, call->failure)) == VAULT_OK && row) {
        const char *role = column_text(roles, 0);
        bool granted = false;
        if (strcmp(column_text(roles, 2), "admins") != 0 || strcmp(role, "admin") == 0)
            continue;
        result = is_granted(call, role, user, &granted);
        if (result == VAULT_OK && !granted)
            result = take_away(call, role, user);
    }
    statement_free(roles);
    return result;
}

static int role_epoch(struct call *call, const char *role, int64_t *epoch)
{
    struct statement *statement;
    bool row = false;
    *epoch = 0;
    int result = store_query(session_store(call->session), QUERY_ROLE_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    result = statement_step(statement, &row, call->failure);
    if (result == VAULT_OK && row)
        *epoch = column_number(statement, 2);
    statement_reset(statement);
    return result;
}

int revoke_effects(struct call *call, const char *role, const char *user)
{
    int result = take_away(call, role, user);
    if (result == VAULT_OK && strcmp(role, "admin") == 0)
        result = take_away_kept(call, user);
    if (result == VAULT_OK && strcmp(role, "admin") == 0)
        result = keepers_leave(call->session, user, call->failure);
    return result == VAULT_OK ? keepers_forget_grant(call->session, role, user, call->failure) : result;
}

static int revoke(struct call *call, const char *role, const char *user, uint64_t *event)
{
    struct access_request request = {.action = "grant.remove", .role = role, .member = user};
    struct change *change = NULL;
    int result = call_change(call, &request, json_pack("{s:s,s:s}", "role", role, "user", user), &change);
    if (result != VAULT_OK)
        return result;
    *event = change_intent(change);
    result = revoke_effects(call, role, user);
    return call_finish(call, change, result);
}

int op_grant_remove(struct call *call)
{
    const char *role = call_text(call, "role");
    const char *user = call_text(call, "user");
    json_t *seen = NULL;
    uint64_t event = 0;
    int64_t epoch = 0;
    int64_t left = 0;
    bool granted = false;
    int result = check_parties(call, role, user);
    if (result == VAULT_OK)
        result = is_granted(call, role, user, &granted);
    if (result == VAULT_OK && !granted)
        result = failure_set(call->failure, VAULT_ENOTFOUND, "'%s' has no grant of '%s'", user, role);
    if (result == VAULT_OK)
        result = revoke_check_last(call, role, user);
    if (result == VAULT_OK)
        result = revoke(call, role, user, &event);
    /* The new epoch begins now if the revoker holds the keys for it, else when a member is next in session. */
    if (result == VAULT_OK)
        result = pending_settle(call->session, call->failure);
    if (result == VAULT_OK)
        result = pending_rewrap(call->session, true, &left, call->failure);
    if (result == VAULT_OK)
        result = role_epoch(call, role, &epoch);
    if (result == VAULT_OK)
        result = revoke_seen(call, user, false, &seen);
    if (result == VAULT_OK)
        return reply_value(call, json_pack("{s:s,s:s,s:I,s:I,s:o,s:I}", "role", role, "user", user, "epoch",
                                     (json_int_t)epoch, "left", (json_int_t)left, "seen", seen, "event",
                                     (json_int_t)event));
    json_decref(seen);
    return result;
}
