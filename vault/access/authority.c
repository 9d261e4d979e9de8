#include "vault/access/authority_private.h"

#include <string.h>

#include "vault/access/containment_private.h"
#include "vault/access/endings_private.h"
#include "vault/access/second_factor_private.h"
#include "vault/access/freeze_private.h"
#include "vault/access/registers_private.h"

int apply_missing(struct apply *apply, const char *what)
{
    return failure_set(
        apply->failure, VAULT_EDAMAGED, "event %lld: its change lacks '%s'", (long long)apply->seq, what);
}

/* Decode a base64 member of exactly @p size bytes (0: any) into @p out. */
int apply_bytes(struct apply *apply, const json_t *object, const char *name, size_t size, struct buffer *out)
{
    const char *text = json_text(object, name);
    if (text == NULL || base64_decode(bytes_of_text(text), out) != VAULT_OK || (size != 0 && out->size != size))
        return apply_missing(apply, name);
    return VAULT_OK;
}

int apply_text(struct apply *apply, const char *name, const char **text)
{
    *text = json_text(apply->change, name);
    return *text == NULL ? apply_missing(apply, name) : VAULT_OK;
}

int apply_hash(struct apply *apply, const char *name, struct buffer *hash)
{
    return apply_bytes(apply, apply->change, name, 32, hash);
}

int apply_query(struct apply *apply, enum query name, struct statement **statement)
{
    return store_query(apply->store, name, statement, apply->failure);
}

int apply_run(struct apply *apply, struct statement *statement)
{
    int result = statement_run(statement, apply->failure);
    if (result == VAULT_EEXISTS)
        result = VAULT_EDAMAGED;
    return result;
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
    int result = apply_query(apply, name, &statement);
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
    {"user.contain", apply_user_contain, NEEDS_NOTHING},
    {"user.release", apply_user_release, NEEDS_NOTHING},
    {"session.end", apply_session_end, NEEDS_NOTHING},
    {"totp.enroll", apply_totp_enroll, NEEDS_NOTHING},
    {"totp.confirm", apply_totp_confirm, NEEDS_NOTHING},
    {"totp.remove", apply_totp_remove, NEEDS_NOTHING},
    {"totp.reset", apply_totp_reset, NEEDS_ADMIN},
    {"incident.freeze", apply_incident_freeze, NEEDS_NOTHING},
    {"incident.unfreeze", apply_incident_unfreeze, NEEDS_NOTHING},
    {"incident.propose_unfreeze", apply_incident_propose_unfreeze, NEEDS_NOTHING},
    {"register.add", apply_register_add, NEEDS_ADMIN},
    {"drill.run", apply_drill_run, NEEDS_NOTHING},
    {"register.renew", apply_register_renew, NEEDS_ADMIN},
    {"register.end", apply_register_end, NEEDS_ADMIN},
    {"register.sign", apply_register_sign, NEEDS_NOTHING},
    {"destroy.propose", apply_destroy_propose, NEEDS_ADMIN},
    {"destroy.run", apply_destroy_run, NEEDS_ADMIN},
    {"destroy.withdraw", apply_destroy_withdraw, NEEDS_ADMIN},
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
    {"approval.request", apply_approval_request, NEEDS_NOTHING},
    {"approval.approve", apply_approval_approve, NEEDS_NOTHING},
    {"approval.deny", apply_approval_deny, NEEDS_NOTHING},
    {"approval.hand_back", apply_approval_hand_back, NEEDS_NOTHING},
    {"approval.withdraw", apply_approval_withdraw, NEEDS_NOTHING},
    {"approval.use", apply_approval_use, NEEDS_NOTHING},
    {"breakglass.open", apply_breakglass_open, NEEDS_NOTHING},
    {"breakglass.close", apply_breakglass_close, NEEDS_NOTHING},
    {"breakglass.review", apply_breakglass_review, NEEDS_NOTHING},
    {"notice.take", apply_notice_take, NEEDS_NOTHING},
    {"review.start", apply_review_start, NEEDS_ADMIN},
    {"review.decide", apply_review_decide, NEEDS_ADMIN},
    {"review.finish", apply_review_finish, NEEDS_ADMIN},
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

void authority_events(struct buffer *names)
{
    for (size_t i = 0; i < sizeof appliers / sizeof appliers[0]; i++)
        buffer_put_block(names, bytes_of_text(appliers[i].event));
}

bool authority_event(struct bytes event)
{
    return find(event) != NULL;
}

int authority_apply(struct store *store, const char *event, const char *actor, const json_t *change, uint64_t seq,
    int64_t time, struct failure *failure)
{
    struct apply apply = {
        .store = store, .actor = actor, .change = change, .seq = (int64_t)seq, .time = time, .failure = failure};
    const struct applier *applier = find(bytes_of_text(event));
    if (applier == NULL || !json_is_object(change))
        return failure_set(failure, VAULT_EDAMAGED, "event %llu: '%s' is no change of authority",
            (unsigned long long)seq, event);
    int result = check_actor(&apply, applier->needs);
    return result == VAULT_OK ? applier->apply(&apply) : result;
}
