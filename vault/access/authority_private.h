/**
 * @file authority_private.h
 * Inside the room: one change of authority being applied.
 */
#ifndef VAULT_ACCESS_AUTHORITY_PRIVATE_H
#define VAULT_ACCESS_AUTHORITY_PRIVATE_H

#include "vault/access/authority.h"

struct apply {
    struct store *store;
    const char *actor;
    const json_t *change;
    int64_t seq;
    int64_t time; /* of the event, by the log */
    struct failure *failure;
};

/** VAULT_EDAMAGED. */
int apply_missing(struct apply *apply, const char *what) VAULT_MUST_CHECK;
int apply_text(struct apply *apply, const char *name, const char **text) VAULT_MUST_CHECK;
/** Decode a base64 member of exactly @p size bytes (0: any). */
int apply_bytes(struct apply *apply, const json_t *object, const char *name, size_t size, struct buffer *out)
    VAULT_MUST_CHECK;
int apply_hash(struct apply *apply, const char *name, struct buffer *hash) VAULT_MUST_CHECK;
int apply_query(struct apply *apply, enum query name, struct statement **statement) VAULT_MUST_CHECK;
/** What is there already does not fit: VAULT_EDAMAGED. */
int apply_run(struct apply *apply, struct statement *statement) VAULT_MUST_CHECK;

/* --- authority_people.c --- */

int apply_user_add(struct apply *apply) VAULT_MUST_CHECK;
int apply_user_disable(struct apply *apply) VAULT_MUST_CHECK;
int apply_role_add(struct apply *apply) VAULT_MUST_CHECK;
int apply_role_epoch(struct apply *apply) VAULT_MUST_CHECK;
int apply_grant_approve(struct apply *apply) VAULT_MUST_CHECK;
int apply_grant_add(struct apply *apply) VAULT_MUST_CHECK;
int apply_grant_remove(struct apply *apply) VAULT_MUST_CHECK;

/* --- authority_clients.c --- */

int apply_portfolio_add(struct apply *apply) VAULT_MUST_CHECK;
int apply_portfolio_epoch(struct apply *apply) VAULT_MUST_CHECK;
int apply_reach_add(struct apply *apply) VAULT_MUST_CHECK;
int apply_client_add(struct apply *apply) VAULT_MUST_CHECK;
int apply_assignment_add(struct apply *apply) VAULT_MUST_CHECK;
int apply_assignment_remove(struct apply *apply) VAULT_MUST_CHECK;

/* --- authority_witness.c --- */

int apply_witness_add(struct apply *apply) VAULT_MUST_CHECK;
int apply_witness_remove(struct apply *apply) VAULT_MUST_CHECK;

/* --- authority_policy.c --- */

int apply_policy_set(struct apply *apply) VAULT_MUST_CHECK;
int apply_policy_propose(struct apply *apply) VAULT_MUST_CHECK;
int apply_policy_approve(struct apply *apply) VAULT_MUST_CHECK;
int apply_setting_set(struct apply *apply) VAULT_MUST_CHECK;
int apply_setting_propose(struct apply *apply) VAULT_MUST_CHECK;

/** VAULT_EDAMAGED unless the change names a proposal of this by another person, who is still active; settles it. */
int apply_take_proposal(struct apply *apply, const char *subject, struct bytes hash) VAULT_MUST_CHECK;
int apply_put_proposal(struct apply *apply, const char *subject, struct bytes hash, struct bytes text)
    VAULT_MUST_CHECK;

/* --- authority_approval.c --- */

struct access_request;

int apply_approval_request(struct apply *apply) VAULT_MUST_CHECK;
int apply_approval_approve(struct apply *apply) VAULT_MUST_CHECK;
int apply_approval_deny(struct apply *apply) VAULT_MUST_CHECK;
int apply_approval_hand_back(struct apply *apply) VAULT_MUST_CHECK;
int apply_approval_withdraw(struct apply *apply) VAULT_MUST_CHECK;
int apply_approval_use(struct apply *apply) VAULT_MUST_CHECK;
/** The sealed text of a live change; none in replay. */
int apply_sealed_text(struct apply *apply, struct buffer *sealed) VAULT_MUST_CHECK;
/** Whoever leaves, or loses a role, approves nothing any more that has not been used; with @p gone he asks for nothing. */
int apply_lapse_approvals(struct apply *apply, const char *user, bool gone) VAULT_MUST_CHECK;
/** The change names an approval for this, which is spent; VAULT_EDENIED if it needs one and does not, or it is not in force. */
int apply_take_approval(struct apply *apply, const struct access_request *request) VAULT_MUST_CHECK;

/* --- authority_breakglass.c --- */

int apply_breakglass_open(struct apply *apply) VAULT_MUST_CHECK;
int apply_breakglass_close(struct apply *apply) VAULT_MUST_CHECK;
int apply_breakglass_review(struct apply *apply) VAULT_MUST_CHECK;
int apply_notice_take(struct apply *apply) VAULT_MUST_CHECK;
int apply_review_start(struct apply *apply) VAULT_MUST_CHECK;
int apply_review_decide(struct apply *apply) VAULT_MUST_CHECK;
int apply_review_finish(struct apply *apply) VAULT_MUST_CHECK;

/* --- destruction.c --- */

int apply_destroy_propose(struct apply *apply) VAULT_MUST_CHECK;
/** VAULT_EDAMAGED: nobody else, who is still active, has proposed just this list. */
int apply_destroy_run(struct apply *apply) VAULT_MUST_CHECK;
int apply_destroy_withdraw(struct apply *apply) VAULT_MUST_CHECK;

/* --- recipients.c --- */

int apply_recipient_add(struct apply *apply) VAULT_MUST_CHECK;
int apply_recipient_remove(struct apply *apply) VAULT_MUST_CHECK;
int apply_recipient_propose(struct apply *apply) VAULT_MUST_CHECK;
int apply_breakglass_use(struct apply *apply) VAULT_MUST_CHECK;
/** A setting of accountable decryption was changed: keys must be wrapped again. Does nothing for other settings. */
int apply_accountable_todo(struct apply *apply, const char *setting) VAULT_MUST_CHECK;

#endif
