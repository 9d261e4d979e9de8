#include "vault/keys/copy_seeds.h"

#include <string.h>

#include "vault/crypto/fingerprint.h"
#include "vault/keys/boxes_private.h"

static int put_row(
    struct issue *issue, struct bytes commitment, const char *role, int64_t epoch, struct bytes boxed)
{
    struct statement *statement;
    int result = store_query(issue->store, QUERY_COPY_SEED_PUT, &statement, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, commitment);
    bind_text(statement, 2, role);
    bind_number(statement, 3, epoch);
    bind_bytes(statement, 4, boxed);
    return statement_run(statement, issue->failure);
}

int copy_seed_put(struct issue *issue, const char *role, int64_t epoch, struct bytes public_key,
    const struct hash *commitment, const struct secret *seed)
{
    struct place place;
    struct buffer boxed = {0};
    place_copy(&place, &issue->vault, hash_bytes(commitment), role, epoch);
    int result = box_seal_secret(public_key, place_bytes(&place), seed, &boxed);
    if (result == VAULT_OK)
        result = put_row(issue, hash_bytes(commitment), role, epoch, buffer_bytes(&boxed));
    buffer_free(&boxed);
    return result;
}

static int open_box(struct issue *issue, const struct box_key *pair, struct bytes commitment,
    const char *role, int64_t epoch, struct bytes boxed, struct secret **seed)
{
    struct place place;
    struct hash said;
    place_copy(&place, &issue->vault, commitment, role, epoch);
    int result = box_open_secret(pair, place_bytes(&place), boxed, seed);
    if (result != VAULT_OK)
        return result;
    fingerprint_commit(*seed, &said);
    if (secret_bytes(*seed).size == FINGERPRINT_SEED_SIZE &&
        bytes_equal_constant_time(hash_bytes(&said), commitment))
        return VAULT_OK;
    secret_free(*seed);
    *seed = NULL;
    return VAULT_EFORGED;
}

int copy_seed_open(
    struct issue *issue, struct keyring *keyring, const struct hash *commitment, struct secret **seed)
{
    struct statement *rows = NULL;
    bool row = true, any = false;
    int opened = VAULT_ENOKEY;
    *seed = NULL;
    int result = statement_own(issue->store, QUERY_COPY_SEED_GET, &rows, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(rows, 1, hash_bytes(commitment));
    while (opened != VAULT_OK && (result = statement_step(rows, &row, issue->failure)) == VAULT_OK && row) {
        const struct box_key *pair;
        any = true;
        int found = keyring_role(keyring, column_text(rows, 0), &pair, NULL);
        if (found == VAULT_OK)
            found = open_box(issue, pair, hash_bytes(commitment), column_text(rows, 0),
                column_number(rows, 1), column_bytes(rows, 2), seed);
        if (found == VAULT_OK || opened == VAULT_ENOKEY)
            opened = found;
    }
    statement_free(rows);
    return result != VAULT_OK ? result : !any ? VAULT_ENOTFOUND : opened;
}

int copy_seeds_rebox(struct issue *issue, const char *role, const struct box_key *old_pair,
    const struct box_key *pair, int64_t epoch)
{
    struct statement *rows = NULL;
    bool row = true;
    int result = statement_own(issue->store, QUERY_COPY_SEEDS_OF_ROLE, &rows, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(rows, 1, role);
    bind_number(rows, 2, epoch);
    while (result == VAULT_OK && (result = statement_step(rows, &row, issue->failure)) == VAULT_OK && row) {
        struct secret *seed = NULL;
        struct hash commitment;
        struct bytes key = column_bytes(rows, 0);
        if (key.size != HASH_SIZE)
            continue;
        memcpy(commitment.data, key.data, HASH_SIZE);
        int opened =
            open_box(issue, old_pair, key, role, column_number(rows, 1), column_bytes(rows, 2), &seed);
        if (opened == VAULT_OK)
            result = copy_seed_put(issue, role, epoch, box_key_public(pair), &commitment, seed);
        else if (opened != VAULT_EFORGED)
            result = opened;
        secret_free(seed);
    }
    statement_free(rows);
    return result;
}
