/* Second factors as the log's events say: whose is on, and which secret it is, by its hash. */
#include <string.h>

#include "vault/access/second_factor_private.h"
#include "vault/base/text.h"

static int put_row(struct apply *apply, const char *user, const char *state, struct bytes hash)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_TOTP_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    bind_text(statement, 2, state);
    bind_number(statement, 3, apply->time);
    bind_bytes(statement, 4, hash);
    bind_number(statement, 5, apply->seq);
    return apply_run(apply, statement);
}

static int drop_secret(struct apply *apply, const char *user)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_TOTP_SECRET_DROP, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    return apply_run(apply, statement);
}

/* "" where there is no row. */
static int state_now(struct apply *apply, const char *user, char state[16], struct hash *hash)
{
    struct statement *statement;
    bool row = false;
    state[0] = '\0';
    *hash = (struct hash){{0}};
    int result = apply_query(apply, QUERY_TOTP_GET, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = statement_step(statement, &row, apply->failure);
    if (result == VAULT_OK && row) {
        text_copy(state, 16, column_text(statement, 0));
        if (column_bytes(statement, 2).size == HASH_SIZE)
            memcpy(hash->data, column_bytes(statement, 2).data, HASH_SIZE);
    }
    statement_reset(statement);
    return result;
}

static int only_himself(struct apply *apply, const char **user)
{
    int result = apply_text(apply, "user", user);
    if (result == VAULT_OK && strcmp(*user, apply->actor) != 0)
        result = failure_set(apply->failure, VAULT_EDENIED,
            "'%s' is not '%s', who alone enrols, confirms and removes his second factor", apply->actor,
            *user);
    return result;
}

static int contradicts(struct apply *apply, const char *why)
{
    return failure_set(apply->failure, VAULT_EDAMAGED, "event %lld: %s", (long long)apply->seq, why);
}

/* A step of somebody about his own second factor: the hash that it names, and what there was before. */
static int own_step(
    struct apply *apply, const char **user, struct buffer *hash, char state[16], struct hash *now)
{
    int result = only_himself(apply, user);
    if (result == VAULT_OK)
        result = apply_hash(apply, "hash", hash);
    return result == VAULT_OK ? state_now(apply, *user, state, now) : result;
}

int apply_totp_enroll(struct apply *apply)
{
    const char *user;
    char state[16];
    struct hash now;
    struct buffer hash = {0};
    int result = own_step(apply, &user, &hash, state, &now);
    if (result == VAULT_OK && strcmp(state, "on") == 0)
        result = contradicts(apply, "a second factor in the place of one that is in use");
    if (result == VAULT_OK)
        result = put_row(apply, user, "pending", buffer_bytes(&hash));
    buffer_free(&hash);
    return result;
}

int apply_totp_confirm(struct apply *apply)
{
    const char *user;
    char state[16];
    struct hash now;
    struct buffer hash = {0};
    int result = own_step(apply, &user, &hash, state, &now);
    if (result == VAULT_OK &&
        (strcmp(state, "pending") != 0 || !bytes_equal(hash_bytes(&now), buffer_bytes(&hash))))
        result = contradicts(apply, "a second factor is confirmed that was not enrolled");
    if (result == VAULT_OK)
        result = put_row(apply, user, "on", buffer_bytes(&hash));
    buffer_free(&hash);
    return result;
}

int apply_totp_remove(struct apply *apply)
{
    const char *user;
    int result = only_himself(apply, &user);
    if (result == VAULT_OK)
        result = drop_secret(apply, user);
    return result == VAULT_OK ? put_row(apply, user, "off", (struct bytes){0}) : result;
}

/* By an admin, for somebody else. */
int apply_totp_reset(struct apply *apply)
{
    const char *user;
    int result = apply_text(apply, "user", &user);
    if (result == VAULT_OK && strcmp(user, apply->actor) == 0)
        result = failure_set(
            apply->failure, VAULT_EDENIED, "nobody resets his own second factor; ask another admin");
    if (result == VAULT_OK)
        result = drop_secret(apply, user);
    return result == VAULT_OK ? put_row(apply, user, "off", (struct bytes){0}) : result;
}
