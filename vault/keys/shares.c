#include "vault/keys/shares.h"

#include <string.h>

#include "vault/keys/boxes_private.h"

/* One share, wherever it lies. */
struct numbered {
    struct split split;
    int64_t number;
};

static int drop(struct issue *issue, enum query query, const char *first, const char *second)
{
    struct statement *statement;
    int result = store_query(issue->store, query, &statement, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, first);
    if (second != NULL)
        bind_text(statement, 2, second);
    return statement_run(statement, issue->failure);
}

int shares_drop_given(struct issue *issue, const char *role, const char *member)
{
    return drop(issue, QUERY_GIVEN_SHARES_DROP, role, member);
}

int shares_forget(struct issue *issue, const char *user)
{
    int result = drop(issue, QUERY_ROLE_SHARES_FORGET, user, NULL);
    return result == VAULT_OK ? drop(issue, QUERY_GIVEN_SHARES_FORGET, user, NULL) : result;
}

/* --- Splitting --- */

static int put_share(
    struct issue *issue, const struct numbered *which, const char *holder, const struct secret *share)
{
    struct place place;
    struct statement *statement;
    struct buffer boxed = {0};
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int result = issue_user_public(issue, holder, public_key);
    if (result != VAULT_OK)
        return result;
    place_share(&place, &issue->vault, which->split.role, which->split.epoch, which->split.number,
        which->number, holder);
    result = box_seal_secret(bytes_of(public_key, sizeof public_key), place_bytes(&place), share, &boxed);
    if (result == VAULT_OK)
        result = store_query(issue->store, QUERY_ROLE_SHARE_PUT, &statement, issue->failure);
    if (result == VAULT_OK) {
        bind_text(statement, 1, which->split.role);
        bind_text(statement, 2, holder);
        bind_number(statement, 3, which->split.epoch);
        bind_number(statement, 4, which->split.number);
        bind_number(statement, 5, which->number);
        bind_bytes(statement, 6, buffer_bytes(&boxed));
        result = statement_run(statement, issue->failure);
    }
    buffer_free(&boxed);
    return result;
}

/* The library may write to what it splits, and the pair is the caller's. */
static int split_copy(const struct box_key *pair, unsigned needed, unsigned count, struct secret **shares)
{
    struct secret *copy = secret_copy(secret_bytes(box_key_secret(pair)));
    int result = copy == NULL ? VAULT_ENOMEM : share_split(copy, needed, count, shares);
    secret_free(copy);
    return result;
}

int shares_split(struct issue *issue, const struct split *split, const struct box_key *pair, unsigned needed,
    const struct share_holder *holders, unsigned count)
{
    struct secret *shares[SHARE_HOLDERS_MAX] = {NULL};
    int result = drop(issue, QUERY_ROLE_SHARES_DROP, split->role, NULL);
    if (result == VAULT_OK)
        result = drop(issue, QUERY_GIVEN_SHARES_DROP_ROLE, split->role, NULL);
    if (result == VAULT_OK && count > 0)
        result = split_copy(pair, needed, count, shares);
    for (unsigned i = 0; i < count && result == VAULT_OK; i++) {
        struct numbered which = {*split, (int64_t)i + 1};
        result = put_share(issue, &which, holders[i].user, shares[i]);
    }
    for (size_t i = 0; i < SHARE_HOLDERS_MAX; i++)
        secret_free(shares[i]);
    return result;
}

/* --- Giving one's own on --- */

static int forged(struct issue *issue, const char *role, const char *whose)
{
    failure_remedy(issue->failure, "have 'log verify' run and find out who changed the database; then revoke "
                                   "the grant and give it again");
    return failure_set(
        issue->failure, VAULT_EFORGED, "the share of role '%s' %s is not what it says it is", role, whose);
}

/* The number inside is the one outside. */
static bool is_share(const struct secret *share, int64_t number)
{
    struct bytes content = secret_bytes(share);
    return content.size == KEY_SIZE + 1 && content.data[0] == number;
}

static int open_own(struct issue *issue, const struct box_key *holder_key, const char *holder,
    const char *role, struct numbered *which, struct secret **share)
{
    struct place place;
    struct statement *statement;
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int64_t epoch = 0;
    bool row = false;
    *share = NULL;
    int result = issue_role_public(issue, role, &epoch, public_key);
    if (result == VAULT_OK)
        result = store_query(issue->store, QUERY_ROLE_SHARE_GET, &statement, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, holder);
    result = statement_step(statement, &row, issue->failure);
    if (result != VAULT_OK || !row)
        return result == VAULT_OK ? VAULT_ENOKEY : result;
    /* The present epoch, whatever the row says. */
    *which = (struct numbered){{role, epoch, column_number(statement, 1)}, column_number(statement, 2)};
    place_share(&place, &issue->vault, role, epoch, which->split.number, which->number, holder);
    result = box_open_secret(holder_key, place_bytes(&place), column_bytes(statement, 3), share);
    statement_reset(statement);
    if (result == VAULT_OK && !is_share(*share, which->number)) {
        secret_free(*share);
        *share = NULL;
        result = VAULT_EFORGED;
    }
    return result == VAULT_EFORGED ? forged(issue, role, "that you hold") : result;
}

static int put_given(struct issue *issue, const struct numbered *which, const char *giver, const char *member,
    struct bytes boxed)
{
    struct statement *statement;
    int result = store_query(issue->store, QUERY_GIVEN_SHARE_PUT, &statement, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, which->split.role);
    bind_text(statement, 2, member);
    bind_text(statement, 3, giver);
    bind_number(statement, 4, which->split.epoch);
    bind_number(statement, 5, which->split.number);
    bind_number(statement, 6, which->number);
    bind_bytes(statement, 7, boxed);
    return statement_run(statement, issue->failure);
}

int shares_give(struct issue *issue, const struct box_key *holder_key, const char *holder, const char *role,
    const char *member)
{
    struct place place;
    struct numbered which;
    struct secret *share = NULL;
    struct buffer boxed = {0};
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int result = open_own(issue, holder_key, holder, role, &which, &share);
    if (result == VAULT_OK)
        result = issue_user_public(issue, member, public_key);
    if (result == VAULT_OK) {
        place_given(&place, &issue->vault, role, which.split.epoch, which.split.number, which.number, member);
        result = box_seal_secret(bytes_of(public_key, sizeof public_key), place_bytes(&place), share, &boxed);
    }
    if (result == VAULT_OK)
        result = put_given(issue, &which, holder, member, buffer_bytes(&boxed));
    secret_free(share);
    buffer_free(&boxed);
    return result;
}

/* --- Putting them together --- */

static int open_given(struct issue *issue, struct statement *given, const struct box_key *member_key,
    const char *member, const struct split *split, struct secret **share)
{
    struct place place;
    int64_t number = column_number(given, 0);
    place_given(&place, &issue->vault, split->role, split->epoch, column_number(given, 1), number, member);
    int result = box_open_secret(member_key, place_bytes(&place), column_bytes(given, 2), share);
    if (result == VAULT_OK && !is_share(*share, number))
        result = VAULT_EFORGED;
    return result == VAULT_EFORGED ? forged(issue, split->role, "that was given to you") : result;
}

static int open_all(struct issue *issue, const struct box_key *member_key, const char *member,
    const struct split *split, unsigned needed, int64_t now, struct secret **shares, unsigned *count)
{
    struct statement *given;
    bool row = true;
    int result = store_query(issue->store, QUERY_GIVEN_SHARES, &given, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(given, 1, split->role);
    bind_text(given, 2, member);
    bind_number(given, 3, split->epoch);
    bind_number(given, 4, now);
    while (*count < needed && (result = statement_step(given, &row, issue->failure)) == VAULT_OK && row) {
        result = open_given(issue, given, member_key, member, split, &shares[*count]);
        if (result != VAULT_OK)
            break;
        (*count)++;
    }
    statement_reset(given);
    return result;
}

/* Whoever gives a wrong share is found here, and only here. */
static int check_pair(struct issue *issue, const char *role, struct bytes public_key, struct secret *whole,
    struct box_key **pair)
{
    *pair = box_key_from_secret(whole);
    if (*pair == NULL)
        return VAULT_ENOMEM;
    if (bytes_equal(box_key_public(*pair), public_key))
        return VAULT_OK;
    box_key_free(*pair);
    *pair = NULL;
    failure_remedy(issue->failure,
        "one of those who approved gave a wrong share: have the grant revoked and given again by others");
    return failure_set(
        issue->failure, VAULT_EFORGED, "the shares given to you do not make the key of role '%s'", role);
}

int shares_combine(struct issue *issue, const struct box_key *member_key, const char *member,
    const char *role, unsigned needed, int64_t now, struct box_key **pair)
{
    struct secret *shares[SHARE_HOLDERS_MAX] = {NULL};
    struct secret *whole = NULL;
    struct split split = {.role = role};
    uint8_t public_key[BOX_PUBLIC_SIZE];
    unsigned count = 0;
    *pair = NULL;
    int result =
        needed > SHARE_HOLDERS_MAX ? VAULT_EINPUT : issue_role_public(issue, role, &split.epoch, public_key);
    if (result == VAULT_OK)
        result = open_all(issue, member_key, member, &split, needed, now, shares, &count);
    if (result == VAULT_OK && count < needed)
        result = VAULT_ENOKEY;
    if (result == VAULT_OK && share_combine(shares, count, &whole) != VAULT_OK)
        result = forged(issue, role, "that was given to you");
    if (result == VAULT_OK)
        result = check_pair(issue, role, bytes_of(public_key, sizeof public_key), whole, pair);
    secret_free(whole);
    for (size_t i = 0; i < SHARE_HOLDERS_MAX; i++)
        secret_free(shares[i]);
    return result;
}
