/* Changes of the policy and of settings, and the rule that some of them take two people.  Checked here, and
 * not only where they are asked for: so a log in which somebody went around the rule does not verify. */
#include <stdio.h>
#include <string.h>

#include "vault/access/authority_private.h"
#include "vault/access/approvals.h"
#include "vault/access/settings.h"

static int refuse(struct apply *apply, const char *why)
{
    return failure_set(apply->failure, VAULT_EDAMAGED, "event %lld: %s", (long long)apply->seq, why);
}

/* --- Proposals --- */

static int put_proposal(struct apply *apply, const char *subject, struct bytes hash, struct bytes text)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_PROPOSAL_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, apply->seq);
    bind_text(statement, 2, subject);
    bind_bytes(statement, 3, hash);
    bind_bytes(statement, 4, text);
    bind_text(statement, 5, apply->actor);
    return apply_run(apply, statement);
}

/* All that propose the same, whoever did: it has been settled. */
static int drop_proposals(struct apply *apply, const char *subject, struct bytes hash)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_PROPOSAL_DROP, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, subject);
    bind_bytes(statement, 2, hash);
    return apply_run(apply, statement);
}

/* Two people are two people, and both are still here. */
static int take_proposal(
    struct apply *apply, const char *subject, struct bytes hash, struct proposal *proposal)
{
    int64_t seq = json_number(apply->change, "proposal", -1);
    int result = proposal_get(apply->store, seq, proposal, apply->failure);
    if (result != VAULT_OK)
        return result == VAULT_ENOTFOUND ? refuse(apply, "it approves what nobody proposed") : result;
    if (strcmp(proposal->subject, subject) != 0 || !bytes_equal(buffer_bytes(&proposal->hash), hash))
        result = refuse(apply, "it approves something else than was proposed");
    else if (bytes_equal(buffer_bytes(&proposal->proposer), bytes_of_text(apply->actor)))
        result = refuse(apply, "it is approved by the one who proposed it");
    else if (!proposal->active)
        result = refuse(apply, "who proposed it has been disabled since");
    if (result != VAULT_OK)
        proposal_free(proposal);
    return result;
}

int apply_take_proposal(struct apply *apply, const char *subject, struct bytes hash)
{
    struct proposal proposal = {0};
    int result = take_proposal(apply, subject, hash, &proposal);
    if (result == VAULT_OK)
        result = drop_proposals(apply, subject, hash);
    proposal_free(&proposal);
    return result;
}

int apply_put_proposal(struct apply *apply, const char *subject, struct bytes hash, struct bytes text)
{
    return put_proposal(apply, subject, hash, text);
}

/* --- Policies --- */

static int put_policy(struct apply *apply, struct bytes hash, struct bytes text)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_POLICY_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, hash);
    bind_bytes(statement, 2, text);
    bind_number(statement, 3, apply->seq);
    return apply_run(apply, statement);
}

static int take_approval(struct apply *apply, struct bytes hash)
{
    struct hash policy;
    memcpy(policy.data, hash.data, HASH_SIZE);
    struct access_request request = {.action = "policy.set", .policy_hash = &policy};
    return apply_take_approval(apply, &request);
}

/* Where a wider policy takes approvals, a proposal and one other do not replace them. */
static int check_no_approvals(struct apply *apply, struct bytes hash)
{
    struct hash policy;
    unsigned needed = 0;
    memcpy(policy.data, hash.data, HASH_SIZE);
    struct access_request request = {.action = "policy.set", .policy_hash = &policy};
    int result = approvals_needed(apply->store, &request, &needed, apply->failure);
    if (result != VAULT_OK || needed == 0)
        return result;
    return failure_set(apply->failure, VAULT_EDENIED, "event %lld: a wider policy takes approvals here: 'approval request policy.set'",
        (long long)apply->seq);
}

int apply_policy_set(struct apply *apply)
{
    struct buffer hash = {0};
    bool two = false;
    /* A live caller puts the text with it; replay knows only its hash. */
    const char *text = json_text(apply->change, "text");
    int result = apply_hash(apply, "hash", &hash);
    if (result == VAULT_OK)
        result = setting_is_on(apply->store, SETTING_TWO_PEOPLE, &two, apply->failure);
    bool narrows = json_is_true(json_object_get(apply->change, "narrows"));
    bool approved = json_object_get(apply->change, "approval") != NULL;
    if (result == VAULT_OK && two && !narrows && !approved)
        result = refuse(apply, "a policy that may widen access takes two people here");
    if (result == VAULT_OK && (!narrows || approved))
        result = take_approval(apply, buffer_bytes(&hash));
    if (result == VAULT_OK)
        result = put_policy(apply, buffer_bytes(&hash), bytes_of_text(text));
    buffer_free(&hash);
    return result;
}

int apply_policy_propose(struct apply *apply)
{
    struct buffer hash = {0};
    int result = apply_hash(apply, "hash", &hash);
    if (result == VAULT_OK)
        result = put_proposal(
            apply, PROPOSAL_POLICY, buffer_bytes(&hash), bytes_of_text(json_text(apply->change, "text")));
    buffer_free(&hash);
    return result;
}

int apply_policy_approve(struct apply *apply)
{
    struct buffer hash = {0};
    struct proposal proposal = {0};
    int result = apply_hash(apply, "hash", &hash);
    if (result == VAULT_OK)
        result = check_no_approvals(apply, buffer_bytes(&hash));
    if (result == VAULT_OK)
        result = take_proposal(apply, PROPOSAL_POLICY, buffer_bytes(&hash), &proposal);
    if (result == VAULT_OK)
        result = put_policy(apply, buffer_bytes(&hash), buffer_bytes(&proposal.text));
    if (result == VAULT_OK)
        result = drop_proposals(apply, PROPOSAL_POLICY, buffer_bytes(&hash));
    proposal_free(&proposal);
    buffer_free(&hash);
    return result;
}

/* --- Settings --- */

/* The setting, its value and what a proposal of it is called. */
struct setting_change {
    const struct setting *setting;
    const char *value;
    char subject[PROPOSAL_SUBJECT_MAX];
};

static int read_setting(struct apply *apply, struct setting_change *change)
{
    const char *name;
    int result = apply_text(apply, "name", &name);
    if (result == VAULT_OK)
        result = apply_text(apply, "value", &change->value);
    if (result != VAULT_OK)
        return result;
    change->setting = setting_find(name);
    if (change->setting == NULL || !setting_takes(change->setting, change->value))
        return refuse(apply, "a setting that there is not");
    (void)snprintf(change->subject, sizeof change->subject, "%s%s", PROPOSAL_SETTING, name);
    return VAULT_OK;
}

/* Loosening what is not loose already takes a second person. */
static int check_loosening(struct apply *apply, const struct setting_change *change)
{
    char now[SETTING_VALUE_MAX + 1];
    struct proposal proposal = {0};
    int result = setting_value(apply->store, change->setting, now, apply->failure);
    if (result != VAULT_OK || !setting_loosens(change->setting, now, change->value))
        return result;
    result = take_proposal(apply, change->subject, bytes_of_text(change->value), &proposal);
    proposal_free(&proposal);
    return result;
}

int apply_setting_set(struct apply *apply)
{
    struct setting_change change = {0};
    struct statement *statement;
    int result = read_setting(apply, &change);
    if (result == VAULT_OK)
        result = check_loosening(apply, &change);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_FIRM_SETTING_PUT, &statement);
    if (result == VAULT_OK) {
        bind_text(statement, 1, change.setting->name);
        bind_text(statement, 2, change.value);
        bind_text(statement, 3, apply->actor);
        bind_number(statement, 4, apply->seq);
        result = apply_run(apply, statement);
    }
    if (result == VAULT_OK)
        result = drop_proposals(apply, change.subject, bytes_of_text(change.value));
    return result == VAULT_OK ? apply_accountable_todo(apply, change.setting->name) : result;
}

int apply_setting_propose(struct apply *apply)
{
    struct setting_change change = {0};
    int result = read_setting(apply, &change);
    return result == VAULT_OK
               ? put_proposal(apply, change.subject, bytes_of_text(change.value), bytes_of(NULL, 0))
               : result;
}
