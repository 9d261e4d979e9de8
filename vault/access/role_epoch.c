/* A role's next epoch: a new secret, and new pairs for all that it reaches. */
#include <string.h>

#include "vault/access/authority_check.h"
#include "vault/access/change.h"
#include "vault/access/pending.h"
#include "vault/access/role_state_private.h"
#include "vault/access/session_private.h"
#include "vault/access/settle_private.h"
#include "vault/keys/copy_seeds.h"

/* The new secret for everybody who should hold it, and for the recovery sheet.  A quorum's goes to whom
 * enough admins approved, as the log says: that somebody has a box of the last epoch is only what a table
 * says. */
static int box_epoch(struct session *session, struct role_state *role, const struct box_key *pair,
    uint64_t event, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int result = authority_recovery(session, public_key, failure);
    if (result == VAULT_OK)
        result =
            issue_role_box(&issue, pair, role->name, role->epoch, "", bytes_of(public_key, BOX_PUBLIC_SIZE));
    for (size_t i = 0; i < role->wanted.count && result == VAULT_OK; i++) {
        const char *holder = role->wanted.items[i].text;
        bool due = true;
        result = keepers_approved(session, role->name, holder, role->quorum.needed, &due, failure);
        if (result == VAULT_OK && !due && strcmp(holder, session->user) != 0)
            continue;
        if (result == VAULT_OK)
            result = issue_user_public(&issue, holder, public_key);
        if (result == VAULT_OK)
            result = issue_role_box(
                &issue, pair, role->name, role->epoch, holder, bytes_of(public_key, BOX_PUBLIC_SIZE));
    }
    return result == VAULT_OK ? keepers_split(session, role->name, role->epoch, pair, event, failure)
                              : result;
}

/* The pairs of a portfolio's next epoch.  Its compartments may be at different ones, since not every role
 * reaches all of them; those that go on together meet in the epoch after the latest. */
struct next_epoch {
    struct box_key *pairs[COMPARTMENT_COUNT]; /* NULL: stays as it is */
    int64_t old[COMPARTMENT_COUNT];
    int64_t epoch;
};

static void next_epoch_free(struct next_epoch *next)
{
    for (int i = 0; i < COMPARTMENT_COUNT; i++)
        box_key_free(next->pairs[i]);
}

static int draw_pairs(struct session *session, const char *portfolio, unsigned mask, struct next_epoch *next,
    json_t *keys, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    uint8_t old_public[BOX_PUBLIC_SIZE];
    int result = VAULT_OK;
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        if ((mask >> i & 1) == 0)
            continue;
        result = issue_portfolio_public(&issue, portfolio, (enum compartment)i, &next->old[i], old_public);
        next->epoch = next->old[i] >= next->epoch ? next->old[i] + 1 : next->epoch;
        next->pairs[i] = result == VAULT_OK ? box_key_new() : NULL;
        if (result == VAULT_OK &&
            (next->pairs[i] == NULL || json_object_set_new(keys, compartment_name((enum compartment)i),
                                           json_base64(box_key_public(next->pairs[i]))) != 0))
            result = VAULT_ENOMEM;
    }
    return result;
}

/* The old pair is boxed for the role's new epoch too, until no client key needs it. */
static int box_compartment(struct session *session, const char *portfolio, enum compartment compartment,
    const struct next_epoch *next, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    const struct box_key *pair = next->pairs[compartment];
    const struct box_key *old_pair;
    const struct secret *index;
    int64_t old = next->old[compartment];
    int result = keyring_portfolio(session->keyring, portfolio, compartment, old, &old_pair, failure);
    if (result == VAULT_OK)
        result = keyring_index(session->keyring, portfolio, compartment, &index, failure);
    if (result == VAULT_OK)
        result = issue_portfolio_to_roles(&issue, old_pair, portfolio, compartment, old);
    if (result == VAULT_OK)
        result = issue_index_key(&issue, pair, portfolio, compartment, next->epoch, index);
    if (result == VAULT_OK)
        result = issue_portfolio_to_roles(&issue, pair, portfolio, compartment, next->epoch);
    return result;
}

static int next_portfolio(struct session *session, struct change *change, const char *portfolio,
    unsigned mask, struct failure *failure)
{
    struct next_epoch next = {.epoch = 1};
    json_t *keys = json_object();
    int result = draw_pairs(session, portfolio, mask, &next, keys, failure);
    if (result == VAULT_OK)
        result = change_note(change, "portfolio.epoch", key_event_members(session, portfolio),
            json_pack("{s:s,s:I,s:O}", "portfolio", portfolio, "epoch", (json_int_t)next.epoch, "keys", keys),
            failure);
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        if (next.pairs[i] != NULL)
            result = box_compartment(session, portfolio, (enum compartment)i, &next, failure);
    }
    next_epoch_free(&next);
    json_decref(keys);
    return result == VAULT_OK ? waiting_flag_put(session, PENDING_REWRAP, portfolio, 1, failure) : result;
}

/* What the role reaches. */
static int next_portfolios(
    struct session *session, struct change *change, const char *role, struct failure *failure)
{
    struct statement *reaches = NULL;
    bool row = true;
    int result = statement_own(session->store, QUERY_REACH_OF_ROLE, &reaches, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(reaches, 1, role);
    while (result == VAULT_OK && (result = statement_step(reaches, &row, failure)) == VAULT_OK && row)
        result = next_portfolio(
            session, change, column_text(reaches, 0), (unsigned)column_number(reaches, 1), failure);
    statement_free(reaches);
    return result;
}

static int rebox_copies(struct session *session, const struct role_state *role, const struct box_key *old_pair,
    const struct box_key *pair, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    return copy_seeds_rebox(&issue, role->name, old_pair, pair, role->epoch);
}

int role_state_rotate(struct session *session, struct role_state *role, struct failure *failure)
{
    struct change *change = NULL;
    struct box_key *pair = box_key_new();
    const struct box_key *old_pair;
    int64_t left;
    int result = pair == NULL ? VAULT_ENOMEM : VAULT_OK;
    /* Only the present epoch's pairs are handed on, so nothing may still need those before. */
    if (result == VAULT_OK)
        result = pending_rewrap(session, true, &left, failure);
    /* Opened now, under the old epoch; the keyring keeps it. */
    if (result == VAULT_OK)
        result = keyring_role(session->keyring, role->name, &old_pair, failure);
    role->epoch++;
    if (result == VAULT_OK)
        result = change_begin(session, "role.epoch", key_event_members(session, role->name),
            json_pack("{s:s,s:I,s:o}", "role", role->name, "epoch", (json_int_t)role->epoch, "public",
                json_base64(box_key_public(pair))),
            &change, failure);
    if (result != VAULT_OK)
        goto out;
    result = box_epoch(session, role, pair, change_intent(change), failure);
    if (result == VAULT_OK)
        result = rebox_copies(session, role, old_pair, pair, failure);
    if (result == VAULT_OK)
        result = next_portfolios(session, change, role->name, failure);
    /* While the last epoch's pair is at hand: of a tracing role it may be the only way to what it was given. */
    if (result == VAULT_OK)
        result = pending_trace_boxes(session, failure);
    if (result == VAULT_OK)
        result = waiting_flag_put(session, PENDING_ROTATE, role->name, 0, failure);
    if (result == VAULT_OK)
        result = change_commit(change, NULL, failure);
    else
        change_abort(change, result);
    keyring_forget(session->keyring);
out:
    box_key_free(pair);
    return result;
}
