/* Lists of records to be destroyed, as the log says them: proposed by one, carried out by another. */
#include <string.h>

#include "vault/access/authority_private.h"

static int refuse(struct apply *apply, const char *why)
{
    return failure_set(apply->failure, VAULT_EDAMAGED, "event %lld: %s", (long long)apply->seq, why);
}

int apply_destroy_propose(struct apply *apply)
{
    struct buffer hash = {0};
    struct buffer sealed = {0};
    struct statement *statement;
    int64_t count = json_number(apply->change, "count", 0);
    int result = count > 0 ? apply_hash(apply, "hash", &hash) : refuse(apply, "a list of nothing");
    if (result == VAULT_OK)
        result = apply_sealed_text(apply, &sealed);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_DESTRUCTION_PUT, &statement);
    if (result == VAULT_OK) {
        bind_number(statement, 1, apply->seq);
        bind_text(statement, 2, apply->actor);
        bind_bytes(statement, 3, buffer_bytes(&hash));
        bind_number(statement, 4, count);
        result = apply_run(apply, statement);
    }
    if (result == VAULT_OK && sealed.size > 0)
        result = apply_query(apply, QUERY_REGISTER_TEXT_PUT, &statement);
    if (result == VAULT_OK && sealed.size > 0) {
        bind_bytes(statement, 1, buffer_bytes(&hash));
        bind_bytes(statement, 2, buffer_bytes(&sealed));
        result = apply_run(apply, statement);
    }
    buffer_free(&hash);
    buffer_free(&sealed);
    return result;
}

static int end(struct apply *apply, const char *state)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_DESTRUCTION_END, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, json_number(apply->change, "proposal", -1));
    bind_text(statement, 2, state);
    bind_text(statement, 3, apply->actor);
    bind_number(statement, 4, apply->seq);
    result = apply_run(apply, statement);
    return result == VAULT_OK && store_changes(apply->store) != 1
               ? refuse(apply, "no list that is still proposed")
               : result;
}

/* Two people are two people, both are still here, and it is the list that was proposed. */
static int check_two(struct apply *apply, struct bytes hash)
{
    struct statement *statement;
    bool row = false;
    int result = apply_query(apply, QUERY_DESTRUCTION_GET, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, json_number(apply->change, "proposal", -1));
    result = statement_step(statement, &row, apply->failure);
    bool own = row && strcmp(column_text(statement, 0), apply->actor) == 0;
    bool same = row && bytes_equal(column_bytes(statement, 1), hash) &&
                column_number(statement, 2) == json_number(apply->change, "count", -1);
    bool active = row && column_number(statement, 4) == 0;
    statement_reset(statement);
    if (result != VAULT_OK)
        return result;
    if (!same)
        return refuse(apply, "it destroys what nobody proposed");
    if (own)
        return refuse(apply, "it is destroyed by the one who proposed it");
    return active ? VAULT_OK : refuse(apply, "who proposed it has been disabled since");
}

int apply_destroy_run(struct apply *apply)
{
    struct buffer hash = {0};
    int result = apply_hash(apply, "hash", &hash);
    if (result == VAULT_OK)
        result = check_two(apply, buffer_bytes(&hash));
    if (result == VAULT_OK)
        result = end(apply, "done");
    buffer_free(&hash);
    return result;
}

int apply_destroy_withdraw(struct apply *apply)
{
    return end(apply, "withdrawn");
}
