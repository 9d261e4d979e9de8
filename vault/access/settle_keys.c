/* What waits for somebody's keys: grants to be completed, epochs to be begun, client keys to be re-wrapped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/access/accountable.h"
#include "vault/access/authority_check.h"
#include "vault/access/change.h"
#include "vault/access/keepers.h"
#include "vault/access/pending.h"
#include "vault/access/session_private.h"
#include "vault/access/settle_private.h"
#include "vault/base/instant.h"
#include "vault/keys/issue.h"
#include "vault/store/setting.h"

#define HOLDERS_MAX 512
#define REWRAP_AT_ONCE 256

struct name {
    char text[NAME_SIZE_MAX + 1];
};

struct names {
    struct name *items;
    size_t count;
};

static bool has(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i].text, name) == 0)
            return true;
    }
    return false;
}

static int add(struct names *names, const char *name)
{
    if (has(names, name) || strlen(name) > NAME_SIZE_MAX)
        return VAULT_OK;
    if (names->items == NULL && (names->items = calloc(HOLDERS_MAX, sizeof *names->items)) == NULL)
        return VAULT_ENOMEM;
    if (names->count == HOLDERS_MAX)
        return VAULT_ELIMIT;
    (void)strcpy(names->items[names->count++].text, name);
    return VAULT_OK;
}

/* One role as it stands. */
struct role_state {
    char name[NAME_SIZE_MAX + 1];
    char base[NAME_SIZE_MAX + 1];
    bool by_members; /* that is, not by admins: no admin holds its secret */
    int64_t epoch;
    struct keepers_state quorum;
    struct names wanted;  /* who should hold its secret */
    struct names holders; /* who does */
};

static void role_state_free(struct role_state *role)
{
    free(role->wanted.items);
    free(role->holders.items);
}

/* Active members: granted, not run out, not disabled. */
static int add_members(struct session *session, const char *role, struct names *names, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    int64_t now = instant_now();
    int result = store_query(session->store, QUERY_MEMBERS_ACTIVE, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_number(statement, 2, now);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        result = add(names, column_text(statement, 0));
    statement_reset(statement);
    return result;
}

static int add_holders(struct session *session, struct role_state *role, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(session->store, QUERY_ROLE_SECRET_HOLDERS, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role->name);
    bind_number(statement, 2, role->epoch);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        result = add(&role->holders, column_text(statement, 0));
    statement_reset(statement);
    return result;
}

static int read_role(struct session *session, const char *name, struct role_state *role, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    memset(role, 0, sizeof *role);
    text_copy(role->name, NAME_SIZE_MAX + 1, name);
    int result = store_query(session->store, QUERY_ROLE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, name);
    result = statement_step(statement, &row, failure);
    if (result != VAULT_OK || !row)
        return result == VAULT_OK ? VAULT_ENOTFOUND : result;
    text_copy(role->base, NAME_SIZE_MAX + 1, column_text(statement, 0));
    role->by_members = strcmp(column_text(statement, 1), "admins") != 0;
    role->epoch = column_number(statement, 2);
    statement_reset(statement);
    result = add_members(session, name, &role->wanted, failure);
    if (result == VAULT_OK && !role->by_members)
        result = add_members(session, "admin", &role->wanted, failure);
    if (result == VAULT_OK)
        result = add_holders(session, role, failure);
    if (result == VAULT_OK)
        result = keepers_state(session, name, &role->quorum, failure);
    return result;
}

/* How many should hold the secret and do not, whom somebody who holds it may hand it to: a quorum's roles are not members' to give. */
static size_t count_missing(const struct role_state *role)
{
    size_t missing = 0;
    for (size_t i = 0; i < role->wanted.count && role->quorum.needed == 0; i++)
        missing += !has(&role->holders, role->wanted.items[i].text);
    return missing;
}

/* How many hold it, or a share of it, and should not. */
static size_t count_surplus(const struct role_state *role)
{
    size_t surplus = role->quorum.surplus;
    for (size_t i = 0; i < role->holders.count; i++)
        surplus += role->holders.items[i].text[0] != '\0' && !has(&role->wanted, role->holders.items[i].text);
    return surplus;
}

/* --- Handing a role's secret to whom a signed grant names --- */

static int deliver(struct session *session, const struct role_state *role, const char *holder, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    uint8_t public_key[BOX_PUBLIC_SIZE];
    const struct box_key *key;
    int result = issue_user_public(&issue, holder, public_key);
    if (result == VAULT_OK)
        result = keyring_role(session->keyring, role->name, &key, failure);
    if (result == VAULT_OK)
        result = issue_role_box(&issue, key, role->name, role->epoch, holder, bytes_of(public_key, BOX_PUBLIC_SIZE));
    return result;
}

static int drop_holder(struct session *session, const char *role, const char *holder, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(session->store, QUERY_ROLE_SECRET_DROP, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, holder);
    return statement_run(statement, failure);
}

static json_t *key_event_members(struct session *session, const char *role)
{
    return json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[{s:s,s:s}],s:s,s:{s:s}}", "actor", "id", session->user, "type",
        "user", "decision", "effect", "permit", "policies", "resources", "type", "role", "id", role, "session",
        session->id, "src", "host", session->host);
}

/* Another admin came: shares for all of them, of the same secret. */
static int split_anew(struct session *session, const struct role_state *role, struct failure *failure)
{
    struct change *change = NULL;
    const struct box_key *pair;
    int result = keyring_role(session->keyring, role->name, &pair, failure);
    if (result == VAULT_OK)
        result = change_begin(session, "role.split", key_event_members(session, role->name), NULL, &change, failure);
    if (result != VAULT_OK)
        return result;
    result = keepers_split(session, role->name, role->epoch, pair, change_intent(change), failure);
    if (result == VAULT_OK)
        return change_commit(change, NULL, failure);
    change_abort(change, result);
    return result;
}

/* Who should hold and does not gets a box; who should not and does (an admin's first copy, a member whose time ran out)
 * loses it, and the role goes on to its next epoch.  Dropping is for members alone: an admin must not take a reading role's last copy away. */
static int reconcile_role(struct session *session, struct role_state *role, struct failure *failure)
{
    struct change *change = NULL;
    bool member = has(&role->wanted, session->user);
    size_t missing = count_missing(role);
    size_t surplus = member ? count_surplus(role) : 0;
    if (!has(&role->holders, session->user))
        return VAULT_OK;
    if (missing + surplus == 0)
        return member && role->quorum.lacking ? split_anew(session, role, failure) : VAULT_OK;
    int result = change_begin(session, "grant.complete", key_event_members(session, role->name), NULL, &change, failure);
    if (result != VAULT_OK)
        return result;
    for (size_t i = 0; i < role->wanted.count && result == VAULT_OK && missing > 0; i++) {
        const char *holder = role->wanted.items[i].text;
        if (has(&role->holders, holder))
            continue;
        result = pending_check_grant(session, role->name, holder, role->by_members, failure);
        if (result == VAULT_OK)
            result = deliver(session, role, holder, failure);
    }
    for (size_t i = 0; i < role->holders.count && result == VAULT_OK && member; i++) {
        const char *holder = role->holders.items[i].text;
        if (holder[0] != '\0' && !has(&role->wanted, holder))
            result = drop_holder(session, role->name, holder, failure);
    }
    /* Whoever has held the secret may have kept it. */
    if (result == VAULT_OK && surplus > 0)
        result = pending_rotate(session, role->name, failure);
    if (result != VAULT_OK) {
        change_abort(change, result);
        return result;
    }
    return change_commit(change, json_pack("{s:I,s:I}", "completed", (json_int_t)missing, "dropped", (json_int_t)surplus),
        failure);
}

/* --- Epochs --- */

static int64_t flag(struct session *session, const char *prefix, const char *name)
{
    char setting[NAME_SIZE_MAX + 16];
    int64_t value = 0;
    (void)snprintf(setting, sizeof setting, "%s%s", prefix, name);
    return store_setting_get(session->store, setting, 0, &value, NULL) == VAULT_OK ? value : 0;
}

static int put_flag(struct session *session, const char *prefix, const char *name, int64_t value, struct failure *failure)
{
    char setting[NAME_SIZE_MAX + 16];
    (void)snprintf(setting, sizeof setting, "%s%s", prefix, name);
    return store_setting_put(session->store, setting, value, failure);
}

int pending_rotate(struct session *session, const char *role, struct failure *failure)
{
    return put_flag(session, PENDING_ROTATE, role, 1, failure);
}

static json_t *base64_text(struct bytes bytes)
{
    struct buffer text = {0};
    base64_encode(bytes, &text);
    json_t *value = buffer_error(&text) == VAULT_OK ? json_stringn((const char *)text.data, text.size) : NULL;
    buffer_free(&text);
    return value;
}

/* The new secret for everybody who should hold it, and for the recovery sheet.  A quorum's goes to whom
 * enough admins approved, as the log says: that somebody has a box of the last epoch is only what a table says. */
static int box_epoch(struct session *session, struct role_state *role, const struct box_key *pair, uint64_t event,
    struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int result = authority_recovery(session, public_key, failure);
    if (result == VAULT_OK)
        result = issue_role_box(&issue, pair, role->name, role->epoch, "", bytes_of(public_key, BOX_PUBLIC_SIZE));
    for (size_t i = 0; i < role->wanted.count && result == VAULT_OK; i++) {
        const char *holder = role->wanted.items[i].text;
        bool due = true;
        result = keepers_approved(session, role->name, holder, role->quorum.needed, &due, failure);
        if (result == VAULT_OK && !due && strcmp(holder, session->user) != 0)
            continue;
        if (result == VAULT_OK)
            result = issue_user_public(&issue, holder, public_key);
        if (result == VAULT_OK)
            result = issue_role_box(&issue, pair, role->name, role->epoch, holder, bytes_of(public_key, BOX_PUBLIC_SIZE));
    }
    return result == VAULT_OK ? keepers_split(session, role->name, role->epoch, pair, event, failure) : result;
}

/* The pairs of a portfolio's next epoch.  Its compartments may be at different ones, since not every role reaches all of
 * them; those that go on together meet in the epoch after the latest. */
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
            (next->pairs[i] == NULL ||
                json_object_set_new(
                    keys, compartment_name((enum compartment)i), base64_text(box_key_public(next->pairs[i]))) != 0))
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

static int next_portfolio(
    struct session *session, struct change *change, const char *portfolio, unsigned mask, struct failure *failure)
{
    struct next_epoch next = {.epoch = 1};
    json_t *keys = json_object();
    int result = draw_pairs(session, portfolio, mask, &next, keys, failure);
    if (result == VAULT_OK)
        result = change_note(change, "portfolio.epoch", key_event_members(session, portfolio),
            json_pack("{s:s,s:I,s:O}", "portfolio", portfolio, "epoch", (json_int_t)next.epoch, "keys", keys), failure);
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        if (next.pairs[i] != NULL)
            result = box_compartment(session, portfolio, (enum compartment)i, &next, failure);
    }
    next_epoch_free(&next);
    json_decref(keys);
    return result == VAULT_OK ? put_flag(session, PENDING_REWRAP, portfolio, 1, failure) : result;
}

/* What the role reaches. */
static int next_portfolios(struct session *session, struct change *change, const char *role, struct failure *failure)
{
    struct statement *reaches = NULL;
    bool row = true;
    int result = statement_own(session->store, QUERY_REACH_OF_ROLE, &reaches, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(reaches, 1, role);
    while (result == VAULT_OK && (result = statement_step(reaches, &row, failure)) == VAULT_OK && row)
        result = next_portfolio(session, change, column_text(reaches, 0), (unsigned)column_number(reaches, 1), failure);
    statement_free(reaches);
    return result;
}

static int rotate_role(struct session *session, struct role_state *role, struct failure *failure)
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
                base64_text(box_key_public(pair))),
            &change, failure);
    if (result != VAULT_OK)
        goto out;
    result = box_epoch(session, role, pair, change_intent(change), failure);
    if (result == VAULT_OK)
        result = next_portfolios(session, change, role->name, failure);
    if (result == VAULT_OK)
        result = put_flag(session, PENDING_ROTATE, role->name, 0, failure);
    if (result == VAULT_OK)
        result = change_commit(change, NULL, failure);
    else
        change_abort(change, result);
    keyring_forget(session->keyring);
out:
    box_key_free(pair);
    return result;
}

/* Some client keys at an opening, all of them when somebody waits for it.  @p barred: those that only another's keys open. */
static int rewrap_some(
    struct session *session, const char *portfolio, int64_t *left, int64_t *barred, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    int result = store_begin(session->store, failure);
    *left = *barred = 0;
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        int64_t rest = 0;
        result = issue_rewrap_clients(&issue, session->keyring, portfolio, (enum compartment)i, REWRAP_AT_ONCE, &rest);
        if (result == VAULT_ENOKEY) {
            failure_clear(failure);
            *barred += rest;
            result = VAULT_OK;
        } else {
            *left += rest;
        }
    }
    if (result == VAULT_OK && *left + *barred == 0)
        result = put_flag(session, PENDING_REWRAP, portfolio, 0, failure);
    if (result == VAULT_OK)
        return store_commit(session->store, failure);
    store_rollback(session->store);
    return result;
}

static int names_to_rewrap(struct session *session, struct names *names, struct failure *failure)
{
    struct statement *portfolios = NULL;
    bool row = true;
    int result = statement_own(session->store, QUERY_PORTFOLIO_NAMES, &portfolios, failure);
    while (result == VAULT_OK && (result = statement_step(portfolios, &row, failure)) == VAULT_OK && row) {
        if (flag(session, PENDING_REWRAP, column_text(portfolios, 0)) != 0)
            result = add(names, column_text(portfolios, 0));
    }
    statement_free(portfolios);
    return result;
}

int pending_rewrap(struct session *session, bool all, int64_t *left, struct failure *failure)
{
    struct names names = {0};
    *left = 0;
    int result = names_to_rewrap(session, &names, failure);
    for (size_t i = 0; i < names.count && result == VAULT_OK; i++) {
        const struct secret *key;
        int64_t rest = 0;
        int64_t barred = 0;
        if (keyring_cards(session->keyring, names.items[i].text, &key, NULL) != VAULT_OK)
            continue;
        do
            result = rewrap_some(session, names.items[i].text, &rest, &barred, failure);
        while (all && result == VAULT_OK && rest > 0);
        *left += rest + barred;
    }
    free(names.items);
    return result;
}

/* --- All of it --- */

static bool waits(struct session *session, const struct role_state *role)
{
    bool member = has(&role->wanted, session->user);
    bool some = member && (flag(session, PENDING_ROTATE, role->name) != 0 || count_surplus(role) > 0 || role->quorum.lacking);
    return (some || count_missing(role) > 0) && has(&role->holders, session->user);
}

/* With changes held still: two sessions must not begin the same epoch, and the tables must say what the log says. */
static int settle_held(
    struct session *session, const char *name, int (*settle)(struct session *, struct role_state *, struct failure *),
    struct failure *failure)
{
    struct role_state role = {0};
    int result = change_hold(session, failure);
    if (result != VAULT_OK)
        return result;
    result = read_role(session, name, &role, failure);
    if (result == VAULT_OK && waits(session, &role))
        result = authority_check(session, failure);
    if (result == VAULT_OK && waits(session, &role))
        result = settle(session, &role, failure);
    role_state_free(&role);
    change_release(session);
    return result;
}

static int rotate_if_asked(struct session *session, struct role_state *role, struct failure *failure)
{
    bool asked = flag(session, PENDING_ROTATE, role->name) != 0 && has(&role->wanted, session->user);
    return asked ? rotate_role(session, role, failure) : VAULT_OK;
}

static int settle_role(struct session *session, const char *name, struct failure *failure)
{
    struct role_state role = {0};
    int result = read_role(session, name, &role, failure);
    bool some = result == VAULT_OK && waits(session, &role);
    role_state_free(&role);
    if (some)
        result = settle_held(session, name, reconcile_role, failure);
    if (some && result == VAULT_OK)
        result = settle_held(session, name, rotate_if_asked, failure);
    return result;
}

/* Some record keys whose compartment is to be held otherwise. A witness that is away holds up nobody's work. */
static int settle_wrapping(struct session *session, struct failure *failure)
{
    struct failure own = {0};
    uint64_t done;
    unsigned left;
    int result = accountable_finish(session, false, &done, &left, NULL, NULL, &own);
    if (result == VAULT_OK || result == VAULT_ELOG || result == VAULT_EDENIED)
        return VAULT_OK;
    failure_remedy(failure, "%s", own.remedy);
    return failure_set(failure, result, "%s", own.text);
}

/* Somebody else is at a change: what waits can wait for the next opening. */
static int settled(int result, struct failure *failure)
{
    if (result != VAULT_EBUSY)
        return result;
    failure_clear(failure);
    return VAULT_OK;
}

int settle_keys(struct session *session, struct failure *failure)
{
    struct statement *statement;
    struct names mine = {0};
    bool row = true;
    int64_t left;
    int result = keepers_take(session, failure);
    if (result == VAULT_OK)
        result = keepers_give(session, failure);
    if (result == VAULT_OK)
        result = store_query(session->store, QUERY_ROLE_SECRETS_OF, &statement, failure);
    if (result != VAULT_OK)
        return settled(result, failure);
    bind_text(statement, 1, session->user);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        result = add(&mine, column_text(statement, 0));
    statement_reset(statement);
    for (size_t i = 0; i < mine.count && result == VAULT_OK; i++)
        result = settle_role(session, mine.items[i].text, failure);
    free(mine.items);
    if (result == VAULT_OK)
        result = pending_reach(session, failure);
    if (result == VAULT_OK)
        result = pending_rewrap(session, false, &left, failure);
    if (result == VAULT_OK)
        result = settle_wrapping(session, failure);
    return settled(result, failure);
}
