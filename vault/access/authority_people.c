/* Users, roles, and who is granted which: what their events change. */
#include <string.h>

#include "vault/access/authority_private.h"
#include "vault/access/approvals.h"
#include "vault/access/keepers.h"

int apply_user_add(struct apply *apply)
{
    struct buffer sign = {0};
    struct buffer box = {0};
    struct statement *statement;
    const char *user;
    int result = apply_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = apply_bytes(apply, apply->change, "sign", 32, &sign);
    if (result == VAULT_OK)
        result = apply_bytes(apply, apply->change, "box", 32, &box);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_USER_PUT, &statement);
    if (result == VAULT_OK) {
        bind_text(statement, 1, user);
        bind_bytes(statement, 2, buffer_bytes(&sign));
        bind_bytes(statement, 3, buffer_bytes(&box));
        bind_number(statement, 4, 0);
        bind_number(statement, 5, apply->seq);
        result = apply_run(apply, statement);
    }
    buffer_free(&sign);
    buffer_free(&box);
    return result;
}

/* Who leaves no longer counts for grants that too few have approved yet. */
static int lapse_approvals(struct apply *apply, const char *user)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_APPROVALS_LAPSE, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    return apply_run(apply, statement);
}

int apply_user_disable(struct apply *apply)
{
    struct statement *statement;
    const char *user;
    int result = apply_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_USER_DISABLE, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = apply_run(apply, statement);
    if (result == VAULT_OK)
        result = apply_lapse_approvals(apply, user, true);
    return result == VAULT_OK ? lapse_approvals(apply, user) : result;
}

int apply_role_add(struct apply *apply)
{
    struct buffer public_key = {0};
    struct statement *statement;
    const char *role;
    const char *base;
    const char *keepers;
    int result = apply_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = apply_text(apply, "base", &base);
    if (result == VAULT_OK)
        result = apply_text(apply, "keepers", &keepers);
    if (result == VAULT_OK)
        result = apply_bytes(apply, apply->change, "public", 32, &public_key);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_ROLE_PUT, &statement);
    if (result == VAULT_OK) {
        bind_text(statement, 1, role);
        bind_text(statement, 2, base);
        bind_text(statement, 3, keepers);
        bind_number(statement, 4, json_number(apply->change, "epoch", 1));
        bind_bytes(statement, 5, buffer_bytes(&public_key));
        bind_number(statement, 6, apply->seq);
        result = apply_run(apply, statement);
    }
    buffer_free(&public_key);
    return result;
}

int apply_role_epoch(struct apply *apply)
{
    struct buffer public_key = {0};
    struct statement *statement;
    const char *role;
    int result = apply_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = apply_bytes(apply, apply->change, "public", 32, &public_key);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_ROLE_EPOCH, &statement);
    if (result == VAULT_OK) {
        bind_text(statement, 1, role);
        bind_number(statement, 2, json_number(apply->change, "epoch", 1));
        bind_bytes(statement, 3, buffer_bytes(&public_key));
        result = apply_run(apply, statement);
    }
    buffer_free(&public_key);
    return result;
}

/* --- Approvals: of the grant that there is, by each admin once; whoever grants approves --- */

static int drop_approvals(struct apply *apply, const char *role, const char *user)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_APPROVAL_DROP, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    return apply_run(apply, statement);
}

static int by_quorum(struct apply *apply, const char *role, bool *quorum)
{
    struct statement *statement;
    bool row = false;
    int result = apply_query(apply, QUERY_ROLE_GET, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    result = statement_step(statement, &row, apply->failure);
    *quorum = result == VAULT_OK && row && keepers_quorum(column_text(statement, 1)) != 0;
    statement_reset(statement);
    return result;
}

static int put_approval(struct apply *apply, const char *role, const char *user)
{
    struct statement *statement;
    bool quorum = false;
    int result = by_quorum(apply, role, &quorum);
    if (result == VAULT_OK && quorum)
        result = apply_query(apply, QUERY_APPROVAL_PUT, &statement);
    if (result != VAULT_OK || !quorum)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    bind_text(statement, 3, apply->actor);
    bind_number(statement, 4, apply->seq);
    return apply_run(apply, statement);
}

int apply_grant_approve(struct apply *apply)
{
    struct statement *statement;
    const char *role;
    const char *user;
    bool row = false;
    int result = apply_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = apply_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_GRANT_GET, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    result = statement_step(statement, &row, apply->failure);
    bool same =
        result == VAULT_OK && row && column_number(statement, 2) == json_number(apply->change, "grant", -1);
    statement_reset(statement);
    if (result == VAULT_OK && !same)
        return apply_missing(apply, "grant");
    return result == VAULT_OK ? put_approval(apply, role, user) : result;
}

int apply_grant_add(struct apply *apply)
{
    struct statement *statement;
    const char *role;
    const char *user;
    int result = apply_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = apply_text(apply, "user", &user);
    if (result == VAULT_OK) {
        struct access_request request = {
            .action = "grant.add", .role = role, .member = user, .until = json_number(apply->change, "until", 0)};
        result = apply_take_approval(apply, &request);
    }
    if (result == VAULT_OK)
        result = drop_approvals(apply, role, user);
    if (result == VAULT_OK)
        result = put_approval(apply, role, user);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_GRANT_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    bind_number(statement, 3, json_number(apply->change, "until", 0));
    bind_text(statement, 4, apply->actor);
    bind_number(statement, 5, apply->seq);
    return apply_run(apply, statement);
}

int apply_grant_remove(struct apply *apply)
{
    struct statement *statement;
    const char *role;
    const char *user;
    int result = apply_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = apply_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = drop_approvals(apply, role, user);
    if (result == VAULT_OK && strcmp(role, "admin") == 0)
        result = lapse_approvals(apply, user);
    if (result == VAULT_OK)
        result = apply_lapse_approvals(apply, user, false);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_GRANT_DROP, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    return apply_run(apply, statement);
}
