#include "vault/access/copies.h"

#include <string.h>

#include "vault/access/authority_check.h"
#include "vault/access/change.h"
#include "vault/access/session_private.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/base/writing.h"
#include "vault/keys/copy_seeds.h"

#define READERS_MAX 64

int copies_code(struct session *session, struct fingerprint_code **code, struct failure *failure)
{
    *code = fingerprint_code_new(session->store_key);
    return *code != NULL ? VAULT_OK : failure_set(failure, VAULT_ENOMEM, "no memory for the marks");
}

/* A role that acts like the investigator. */
struct mark_reader {
    char role[NAME_SIZE_MAX + 1];
    bool apart; /* no admin keeps its key, and it has a member */
};

struct mark_readers {
    struct mark_reader list[READERS_MAX];
    size_t count;
    bool apart; /* of some */
};

static int has_member(struct session *session, const char *role, bool *has, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(session->store, QUERY_MEMBERS_ACTIVE, &statement, failure);
    *has = false;
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_number(statement, 2, instant_now());
    result = statement_step(statement, has, failure);
    statement_reset(statement);
    return result;
}

static int find_readers(struct session *session, struct mark_readers *readers, struct failure *failure)
{
    struct statement *roles = NULL;
    bool row = true;
    int result = statement_own(session->store, QUERY_ROLE_LIST, &roles, failure);
    while (result == VAULT_OK && (result = statement_step(roles, &row, failure)) == VAULT_OK && row) {
        const char *role = column_text(roles, 0), *keepers = column_text(roles, 2);
        if (strcmp(column_text(roles, 1), "investigator") != 0 || readers->count == READERS_MAX)
            continue;
        struct mark_reader *reader = &readers->list[readers->count++];
        text_copy(reader->role, sizeof reader->role, role);
        if (strcmp(keepers, "admins") != 0)
            result = has_member(session, role, &reader->apart, failure);
        readers->apart = readers->apart || reader->apart;
    }
    statement_free(roles);
    return result;
}

static int check_readers(struct session *session, const struct mark_readers *readers, struct failure *failure)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < readers->count && result == VAULT_OK; i++) {
        if (readers->list[i].apart == readers->apart)
            result = authority_check_role(session, readers->list[i].role, failure);
    }
    return result;
}

static int box_all(struct session *session, const struct mark_readers *readers, const struct secret *seed,
    const struct hash *commitment, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int64_t epoch = 0;
    int result = VAULT_OK;
    for (size_t i = 0; i < readers->count && result == VAULT_OK; i++) {
        const struct mark_reader *reader = &readers->list[i];
        if (reader->apart != readers->apart)
            continue;
        result = issue_role_public(&issue, reader->role, &epoch, public_key);
        if (result == VAULT_OK)
            result = copy_seed_put(
                &issue, reader->role, epoch, bytes_of(public_key, BOX_PUBLIC_SIZE), commitment, seed);
    }
    return result;
}

/* --- Decoy rows --- */

#define DECOY_TOKEN 16

/* Whatever writing a text has: the export itself may have chosen it. */
static void token_of(struct session *session, enum copy_token what, const char *text, uint8_t token[DECOY_TOKEN])
{
    char key[1 + WRITING_KEY_SIZE];
    key[0] = (char)what;
    size_t size = 1 + writing_key(bytes_of_text(text), key + 1);
    keyed_token(session->keys.lookup, "export decoy", bytes_of(key, size), token, DECOY_TOKEN);
    wipe(key, sizeof key);
}

int copies_add_token(struct session *session, enum copy_token what, const char *text, struct buffer *tokens)
{
    uint8_t token[DECOY_TOKEN];
    token_of(session, what, text, token);
    buffer_put(tokens, bytes_of(token, DECOY_TOKEN));
    return buffer_error(tokens);
}

int copies_made_up(
    struct session *session, enum copy_token what, const char *text, bool *made_up, struct failure *failure)
{
    uint8_t token[DECOY_TOKEN];
    struct statement *statement;
    *made_up = false;
    if (text == NULL || text[0] == '\0')
        return VAULT_OK;
    token_of(session, what, text, token);
    int result = store_query(session->store, QUERY_COPY_DECOY_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, bytes_of(token, DECOY_TOKEN));
    result = statement_step(statement, made_up, failure);
    statement_reset(statement);
    return result;
}

static int put_tokens(struct session *session, struct bytes tokens, struct failure *failure)
{
    int result = VAULT_OK;
    for (size_t at = 0; at + DECOY_TOKEN <= tokens.size && result == VAULT_OK; at += DECOY_TOKEN) {
        struct statement *statement;
        result = store_query(session->store, QUERY_COPY_DECOY_PUT, &statement, failure);
        if (result != VAULT_OK)
            break;
        bind_bytes(statement, 1, bytes_of(tokens.data + at, DECOY_TOKEN));
        result = statement_run(statement, failure);
    }
    return result;
}

int copies_keep(struct session *session, const struct secret *seed, const struct hash *commitment,
    struct bytes tokens, struct failure *failure)
{
    struct mark_readers readers = {.count = 0};
    int result = find_readers(session, &readers, failure);
    if (result == VAULT_OK)
        result = check_readers(session, &readers, failure);
    if (result == VAULT_OK)
        result = store_begin(session->store, failure);
    if (result != VAULT_OK)
        return result;
    result = box_all(session, &readers, seed, commitment, failure);
    if (result == VAULT_OK)
        result = put_tokens(session, tokens, failure);
    if (result == VAULT_OK)
        return store_commit(session->store, failure);
    store_rollback(session->store);
    return result;
}

int copies_open(
    struct session *session, const struct hash *commitment, struct secret **seed, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    return copy_seed_open(&issue, session->keyring, commitment, seed);
}
