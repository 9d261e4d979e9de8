#include "vault/access/authority_private.h"

#include <string.h>

#include "vault/access/keepers.h"
#include "vault/base/compartment.h"
#include "vault/base/ulid.h"

int apply_missing(struct apply *apply, const char *what)
{
    return failure_set(
        apply->failure, VAULT_EDAMAGED, "event %lld: its change lacks '%s'", (long long)apply->seq, what);
}

static int missing(struct apply *apply, const char *what)
{
    return apply_missing(apply, what);
}

/* Decode a base64 member of exactly @p size bytes (0: any) into @p out. */
static int take_bytes(struct apply *apply, const json_t *object, const char *name, size_t size, struct buffer *out)
{
    const char *text = json_text(object, name);
    if (text == NULL || base64_decode(bytes_of_text(text), out) != VAULT_OK || (size != 0 && out->size != size))
        return missing(apply, name);
    return VAULT_OK;
}

int apply_text(struct apply *apply, const char *name, const char **text)
{
    *text = json_text(apply->change, name);
    return *text == NULL ? missing(apply, name) : VAULT_OK;
}

int apply_hash(struct apply *apply, const char *name, struct buffer *hash)
{
    return take_bytes(apply, apply->change, name, 32, hash);
}

static int take_text(struct apply *apply, const char *name, const char **text)
{
    return apply_text(apply, name, text);
}

int apply_query(struct apply *apply, enum query name, struct statement **statement)
{
    return store_query(apply->store, name, statement, apply->failure);
}

static int query(struct apply *apply, enum query name, struct statement **statement)
{
    return apply_query(apply, name, statement);
}

int apply_run(struct apply *apply, struct statement *statement)
{
    int result = statement_run(statement, apply->failure);
    if (result == VAULT_EEXISTS)
        result = VAULT_EDAMAGED;
    return result;
}

static int run(struct apply *apply, struct statement *statement)
{
    return apply_run(apply, statement);
}

static int apply_user_add(struct apply *apply)
{
    struct buffer sign = {0};
    struct buffer box = {0};
    struct statement *statement;
    const char *user;
    int result = take_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = take_bytes(apply, apply->change, "sign", 32, &sign);
    if (result == VAULT_OK)
        result = take_bytes(apply, apply->change, "box", 32, &box);
    if (result == VAULT_OK)
        result = query(apply, QUERY_USER_PUT, &statement);
    if (result == VAULT_OK) {
        bind_text(statement, 1, user);
        bind_bytes(statement, 2, buffer_bytes(&sign));
        bind_bytes(statement, 3, buffer_bytes(&box));
        bind_number(statement, 4, 0);
        bind_number(statement, 5, apply->seq);
        result = run(apply, statement);
    }
    buffer_free(&sign);
    buffer_free(&box);
    return result;
}

/* Who leaves no longer counts for grants that too few have approved yet. */
static int lapse_approvals(struct apply *apply, const char *user)
{
    struct statement *statement;
    int result = query(apply, QUERY_APPROVALS_LAPSE, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    return run(apply, statement);
}

static int apply_user_disable(struct apply *apply)
{
    struct statement *statement;
    const char *user;
    int result = take_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = query(apply, QUERY_USER_DISABLE, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = run(apply, statement);
    return result == VAULT_OK ? lapse_approvals(apply, user) : result;
}

static int apply_role_add(struct apply *apply)
{
    struct buffer public_key = {0};
    struct statement *statement;
    const char *role;
    const char *base;
    const char *keepers;
    int result = take_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = take_text(apply, "base", &base);
    if (result == VAULT_OK)
        result = take_text(apply, "keepers", &keepers);
    if (result == VAULT_OK)
        result = take_bytes(apply, apply->change, "public", 32, &public_key);
    if (result == VAULT_OK)
        result = query(apply, QUERY_ROLE_PUT, &statement);
    if (result == VAULT_OK) {
        bind_text(statement, 1, role);
        bind_text(statement, 2, base);
        bind_text(statement, 3, keepers);
        bind_number(statement, 4, json_number(apply->change, "epoch", 1));
        bind_bytes(statement, 5, buffer_bytes(&public_key));
        bind_number(statement, 6, apply->seq);
        result = run(apply, statement);
    }
    buffer_free(&public_key);
    return result;
}

static int apply_role_epoch(struct apply *apply)
{
    struct buffer public_key = {0};
    struct statement *statement;
    const char *role;
    int result = take_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = take_bytes(apply, apply->change, "public", 32, &public_key);
    if (result == VAULT_OK)
        result = query(apply, QUERY_ROLE_EPOCH, &statement);
    if (result == VAULT_OK) {
        bind_text(statement, 1, role);
        bind_number(statement, 2, json_number(apply->change, "epoch", 1));
        bind_bytes(statement, 3, buffer_bytes(&public_key));
        result = run(apply, statement);
    }
    buffer_free(&public_key);
    return result;
}

/* --- Approvals: of the grant that there is, by each admin once; whoever grants approves --- */

static int drop_approvals(struct apply *apply, const char *role, const char *user)
{
    struct statement *statement;
    int result = query(apply, QUERY_APPROVAL_DROP, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    return run(apply, statement);
}

static int by_quorum(struct apply *apply, const char *role, bool *quorum)
{
    struct statement *statement;
    bool row = false;
    int result = query(apply, QUERY_ROLE_GET, &statement);
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
        result = query(apply, QUERY_APPROVAL_PUT, &statement);
    if (result != VAULT_OK || !quorum)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    bind_text(statement, 3, apply->actor);
    bind_number(statement, 4, apply->seq);
    return run(apply, statement);
}

static int apply_grant_approve(struct apply *apply)
{
    struct statement *statement;
    const char *role;
    const char *user;
    bool row = false;
    int result = take_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = take_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = query(apply, QUERY_GRANT_GET, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    result = statement_step(statement, &row, apply->failure);
    bool same = result == VAULT_OK && row && column_number(statement, 2) == json_number(apply->change, "grant", -1);
    statement_reset(statement);
    if (result == VAULT_OK && !same)
        return missing(apply, "grant");
    return result == VAULT_OK ? put_approval(apply, role, user) : result;
}

static int apply_grant_add(struct apply *apply)
{
    struct statement *statement;
    const char *role;
    const char *user;
    int result = take_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = take_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = drop_approvals(apply, role, user);
    if (result == VAULT_OK)
        result = put_approval(apply, role, user);
    if (result == VAULT_OK)
        result = query(apply, QUERY_GRANT_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    bind_number(statement, 3, json_number(apply->change, "until", 0));
    bind_text(statement, 4, apply->actor);
    bind_number(statement, 5, apply->seq);
    return run(apply, statement);
}

static int apply_grant_remove(struct apply *apply)
{
    struct statement *statement;
    const char *role;
    const char *user;
    int result = take_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = take_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = drop_approvals(apply, role, user);
    if (result == VAULT_OK && strcmp(role, "admin") == 0)
        result = lapse_approvals(apply, user);
    if (result == VAULT_OK)
        result = query(apply, QUERY_GRANT_DROP, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    return run(apply, statement);
}

static int apply_portfolio_add(struct apply *apply)
{
    struct statement *statement;
    const char *portfolio;
    int result = take_text(apply, "portfolio", &portfolio);
    if (result == VAULT_OK)
        result = query(apply, QUERY_PORTFOLIO_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, portfolio);
    bind_number(statement, 2, apply->seq);
    return run(apply, statement);
}

static int put_portfolio_key(struct apply *apply, const char *portfolio, const json_t *keys, int compartment)
{
    struct buffer public_key = {0};
    struct statement *statement;
    int result = take_bytes(apply, keys, compartment_name((enum compartment)compartment), 32, &public_key);
    if (result == VAULT_OK)
        result = query(apply, QUERY_PORTFOLIO_KEY_PUT, &statement);
    if (result == VAULT_OK) {
        bind_text(statement, 1, portfolio);
        bind_number(statement, 2, compartment);
        bind_number(statement, 3, json_number(apply->change, "epoch", 1));
        bind_bytes(statement, 4, buffer_bytes(&public_key));
        bind_number(statement, 5, apply->seq);
        result = run(apply, statement);
    }
    buffer_free(&public_key);
    return result;
}

static int apply_portfolio_epoch(struct apply *apply)
{
    const json_t *keys = json_object_get(apply->change, "keys");
    const char *portfolio;
    int result = take_text(apply, "portfolio", &portfolio);
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        if (json_object_get(keys, compartment_name((enum compartment)i)) != NULL)
            result = put_portfolio_key(apply, portfolio, keys, i);
    }
    return result;
}

static int apply_reach_add(struct apply *apply)
{
    const json_t *list = json_object_get(apply->change, "compartments");
    struct statement *statement;
    const char *role;
    const char *portfolio;
    unsigned mask = 0;
    int result = take_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = take_text(apply, "portfolio", &portfolio);
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++) {
        enum compartment compartment;
        const char *name = json_string_value(json_array_get(list, i));
        if (name == NULL || !compartment_parse(bytes_of_text(name), &compartment))
            return missing(apply, "compartments");
        mask |= 1u << compartment;
    }
    if (result == VAULT_OK)
        result = query(apply, QUERY_REACH_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, portfolio);
    bind_number(statement, 3, mask);
    bind_number(statement, 4, apply->seq);
    return run(apply, statement);
}

/* --- Clients and assignments --- */

static int client_row(struct apply *apply, const struct ulid *id, int64_t *row_number)
{
    struct statement *statement;
    bool row = false;
    int result = query(apply, QUERY_CLIENT_BY_ID, &statement);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, ulid_bytes(id));
    result = statement_step(statement, &row, apply->failure);
    if (result == VAULT_OK && !row)
        return missing(apply, "clients");
    if (result == VAULT_OK)
        *row_number = column_number(statement, 0);
    statement_reset(statement);
    return result;
}

static int assign(struct apply *apply, const struct ulid *id, const char *user, bool on)
{
    struct statement *statement;
    int64_t client = 0;
    int result = client_row(apply, id, &client);
    if (result == VAULT_OK)
        result = query(apply, on ? QUERY_ASSIGNMENT_PUT : QUERY_ASSIGNMENT_DROP, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client);
    bind_text(statement, 2, user);
    if (on) {
        bind_text(statement, 3, apply->actor);
        bind_number(statement, 4, apply->seq);
    }
    return run(apply, statement);
}

/* The card is sealed by whoever adds the client, in the same transaction; replay has and needs none. */
static int put_client(struct apply *apply, const struct ulid *id, const char *portfolio)
{
    struct statement *statement;
    int result = query(apply, QUERY_CLIENT_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, ulid_bytes(id));
    bind_text(statement, 2, portfolio);
    bind_null(statement, 3);
    bind_null(statement, 4);
    bind_number(statement, 5, 0);
    bind_bytes(statement, 6, bytes_of(NULL, 0));
    bind_number(statement, 7, apply->seq);
    return run(apply, statement);
}

enum client_change { CLIENT_ADD, CLIENT_ASSIGN, CLIENT_UNASSIGN };

static int apply_clients(struct apply *apply, enum client_change what)
{
    const json_t *list = json_object_get(apply->change, "clients");
    const char *portfolio = json_text(apply->change, "portfolio");
    const char *user = json_text(apply->change, "user");
    int result = VAULT_OK;
    if (what == CLIENT_ADD ? portfolio == NULL : user == NULL)
        return missing(apply, what == CLIENT_ADD ? "portfolio" : "user");
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++) {
        struct ulid id;
        const char *text = json_string_value(json_array_get(list, i));
        if (text == NULL || !ulid_parse(bytes_of_text(text), &id))
            return missing(apply, "clients");
        if (what == CLIENT_ADD)
            result = put_client(apply, &id, portfolio);
        if (result == VAULT_OK && user != NULL)
            result = assign(apply, &id, user, what != CLIENT_UNASSIGN);
    }
    return result;
}

static int apply_client_add(struct apply *apply)
{
    return apply_clients(apply, CLIENT_ADD);
}

static int apply_assignment_add(struct apply *apply)
{
    return apply_clients(apply, CLIENT_ASSIGN);
}

static int apply_assignment_remove(struct apply *apply)
{
    return apply_clients(apply, CLIENT_UNASSIGN);
}

static int apply_nothing(struct apply *apply)
{
    (void)apply;
    return VAULT_OK;
}

/* --- Who may say so: the floor under every policy, for rights that lead to keys descend from admins --- */

static int count(struct apply *apply, enum query name, const char *second, bool *any)
{
    struct statement *statement;
    bool row = false;
    int result = query(apply, name, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, name == QUERY_GRANT_GET ? second : apply->actor);
    bind_text(statement, 2, name == QUERY_GRANT_GET ? apply->actor : second);
    if (name == QUERY_REACH_OF_MEMBER)
        bind_number(statement, 3, 0);
    result = statement_step(statement, &row, apply->failure);
    *any = *any || (result == VAULT_OK && row && (name != QUERY_GRANTS_OF_BASE || column_number(statement, 0) > 0));
    statement_reset(statement);
    return result;
}

enum needs { NEEDS_NOTHING, NEEDS_ADMIN, NEEDS_ROLE, NEEDS_PORTFOLIO };

/* A member begins his role's next epoch, and those of what it reaches. */
static int check_actor(struct apply *apply, enum needs needs)
{
    const char *role = json_text(apply->change, "role");
    const char *portfolio = json_text(apply->change, "portfolio");
    bool may = needs == NEEDS_NOTHING || strcmp(apply->actor, "vault") == 0;
    int result = may ? VAULT_OK : count(apply, QUERY_GRANTS_OF_BASE, "admin", &may);
    if (result == VAULT_OK && needs == NEEDS_ROLE && role != NULL)
        result = count(apply, QUERY_GRANT_GET, role, &may);
    if (result == VAULT_OK && needs == NEEDS_PORTFOLIO && portfolio != NULL)
        result = count(apply, QUERY_REACH_OF_MEMBER, portfolio, &may);
    if (result == VAULT_OK && !may)
        result = failure_set(apply->failure, VAULT_EDENIED, "'%s' is no admin, whatever the policy says", apply->actor);
    return result;
}

struct applier {
    const char *event;
    int (*apply)(struct apply *apply);
    enum needs needs;
};

static const struct applier appliers[] = {
    {"vault.birth", apply_nothing, NEEDS_NOTHING},
    {"user.add", apply_user_add, NEEDS_ADMIN},
    {"user.disable", apply_user_disable, NEEDS_NOTHING},
    {"role.add", apply_role_add, NEEDS_ADMIN},
    {"role.epoch", apply_role_epoch, NEEDS_ROLE},
    {"grant.add", apply_grant_add, NEEDS_ADMIN},
    {"grant.approve", apply_grant_approve, NEEDS_ADMIN},
    {"grant.remove", apply_grant_remove, NEEDS_NOTHING},
    {"portfolio.add", apply_portfolio_add, NEEDS_ADMIN},
    {"portfolio.epoch", apply_portfolio_epoch, NEEDS_PORTFOLIO},
    {"reach.add", apply_reach_add, NEEDS_ADMIN},
    {"client.add", apply_client_add, NEEDS_NOTHING},
    {"assignment.add", apply_assignment_add, NEEDS_NOTHING},
    {"assignment.remove", apply_assignment_remove, NEEDS_NOTHING},
    {"policy.set", apply_policy_set, NEEDS_ADMIN},
    {"policy.propose", apply_policy_propose, NEEDS_ADMIN},
    {"policy.approve", apply_policy_approve, NEEDS_ADMIN},
    {"setting.set", apply_setting_set, NEEDS_ADMIN},
    {"setting.propose", apply_setting_propose, NEEDS_ADMIN},
    {"recipient.add", apply_recipient_add, NEEDS_ADMIN},
    {"recipient.propose", apply_recipient_propose, NEEDS_ADMIN},
    {"recipient.remove", apply_recipient_remove, NEEDS_ADMIN},
    {"breakglass.use", apply_breakglass_use, NEEDS_NOTHING},
    {"witness.add", apply_witness_add, NEEDS_ADMIN},
    {"witness.remove", apply_witness_remove, NEEDS_ADMIN},
};

static const struct applier *find(struct bytes event)
{
    for (size_t i = 0; i < sizeof appliers / sizeof appliers[0]; i++) {
        if (bytes_equal(event, bytes_of_text(appliers[i].event)))
            return &appliers[i];
    }
    return NULL;
}

bool authority_event(struct bytes event)
{
    return find(event) != NULL;
}

int authority_apply(struct store *store, const char *event, const char *actor, const json_t *change, uint64_t seq,
    struct failure *failure)
{
    struct apply apply = {
        .store = store, .actor = actor, .change = change, .seq = (int64_t)seq, .failure = failure};
    const struct applier *applier = find(bytes_of_text(event));
    if (applier == NULL || !json_is_object(change))
        return failure_set(failure, VAULT_EDAMAGED, "event %llu: '%s' is no change of authority",
            (unsigned long long)seq, event);
    int result = check_actor(&apply, applier->needs);
    return result == VAULT_OK ? applier->apply(&apply) : result;
}
