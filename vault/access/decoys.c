#include "vault/access/decoys.h"

#include <string.h>

#include "vault/access/change.h"
#include "vault/access/decoys_private.h"
#include "vault/access/recall_private.h"
#include "vault/access/session_private.h"
#include "vault/base/text.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"
#include "vault/keys/issue.h"

/* --- Entries as bytes of one length, so that a row does not tell what it holds --- */

int decoy_pack(const json_t *value, size_t size, struct buffer *plain)
{
    struct buffer text = {0};
    int result = json_write_canonical(value, &text);
    if (result == VAULT_OK && text.size + 4 > size)
        result = VAULT_ELIMIT;
    if (result == VAULT_OK) {
        buffer_put_block(plain, buffer_bytes(&text));
        uint8_t *rest = buffer_grow(plain, size - 4 - text.size);
        if (rest != NULL)
            memset(rest, 0, size - 4 - text.size);
        result = buffer_error(plain);
    }
    buffer_free(&text);
    return result;
}

int decoy_unpack(struct bytes plain, json_t **value)
{
    struct reader reader = reader_of(plain);
    struct bytes text = reader_block(&reader);
    *value = NULL;
    return reader.short_read || json_read(text, value, NULL) != VAULT_OK ? VAULT_EDAMAGED : VAULT_OK;
}

static bool stands_for_nothing(const json_t *entry)
{
    return json_is_true(json_object_get(entry, "dummy"));
}

/* --- One row --- */

static int edited(struct failure *failure)
{
    failure_remedy(failure, "run 'strongroom doctor', then restore a backup");
    return failure_set(failure, VAULT_EFORGED, "a row of the register of decoys was edited");
}

static void row_place(struct session *session, const char *portfolio, struct bytes token, struct place *place)
{
    place_start(place, "decoy", &session->vault);
    place_add_text(place, portfolio);
    place_add(place, token);
}

static int client_token(struct session *session, const char *portfolio, const struct ulid *client,
    uint8_t token[DECOY_TOKEN_SIZE], struct failure *failure)
{
    const struct secret *index;
    int result = keyring_index(session->keyring, portfolio, COMPARTMENT_DIRECTORY, &index, failure);
    if (result == VAULT_OK)
        keyed_token(index, "decoy", ulid_bytes(client), token, DECOY_TOKEN_SIZE);
    return result;
}

/* The statement stands on a row. */
static int open_sealed(struct session *session, const char *portfolio, struct statement *statement,
    json_t **entry, struct failure *failure)
{
    const struct secret *key;
    struct buffer plain = {0};
    struct place place;
    *entry = NULL;
    int result = keyring_cards(session->keyring, portfolio, &key, failure);
    if (result == VAULT_OK) {
        row_place(session, portfolio, column_bytes(statement, 1), &place);
        result = seal_open(key, place_bytes(&place), column_bytes(statement, 2), &plain);
        if (result == VAULT_EFORGED)
            result = edited(failure);
    }
    if (result == VAULT_OK && decoy_unpack(buffer_bytes(&plain), entry) != VAULT_OK)
        result = edited(failure);
    buffer_free(&plain);
    return result;
}

/* A box has no place of its own, so the token is inside. */
static int box_entry(struct session *session, struct bytes token, const json_t *entry, struct buffer *boxed,
    int64_t *epoch, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    uint8_t public_key[BOX_PUBLIC_SIZE];
    struct buffer plain = {0};
    int result = issue_role_public(&issue, DECOY_ROLE, epoch, public_key);
    buffer_put_block(&plain, token);
    if (result == VAULT_OK)
        result = decoy_pack(entry, DECOY_ENTRY_SIZE, &plain);
    if (result == VAULT_OK)
        result = box_seal(bytes_of(public_key, sizeof public_key), buffer_bytes(&plain), boxed);
    buffer_free(&plain);
    return result;
}

static int open_box(const struct box_key *key, struct bytes token, struct bytes boxed, json_t **entry,
    struct failure *failure)
{
    struct buffer plain = {0};
    *entry = NULL;
    int result = box_open(key, boxed, &plain);
    struct reader reader = reader_of(buffer_bytes(&plain));
    if (result == VAULT_OK &&
        (!bytes_equal(reader_block(&reader), token) || decoy_unpack(reader.rest, entry) != VAULT_OK))
        result = VAULT_EFORGED;
    buffer_free(&plain);
    return result == VAULT_EFORGED ? edited(failure) : result;
}

/* Write an entry under a token; @p row 0: a new row. */
static int write_row(struct session *session, const char *portfolio, int64_t row, struct bytes token,
    const json_t *entry, struct failure *failure)
{
    const struct secret *key;
    struct statement *statement;
    struct buffer plain = {0};
    struct buffer sealed = {0};
    struct buffer boxed = {0};
    struct place place;
    int64_t epoch = 0;
    int result = keyring_cards(session->keyring, portfolio, &key, failure);
    row_place(session, portfolio, token, &place);
    if (result == VAULT_OK)
        result = decoy_pack(entry, DECOY_ENTRY_SIZE, &plain);
    if (result == VAULT_OK)
        result = seal(key, place_bytes(&place), buffer_bytes(&plain), &sealed);
    if (result == VAULT_OK)
        result = box_entry(session, token, entry, &boxed, &epoch, failure);
    if (result == VAULT_OK)
        result =
            store_query(session->store, row == 0 ? QUERY_DECOY_PUT : QUERY_DECOY_SET, &statement, failure);
    if (result == VAULT_OK) {
        if (row == 0)
            bind_text(statement, 1, portfolio);
        else
            bind_number(statement, 1, row);
        bind_bytes(statement, 2, token);
        bind_bytes(statement, 3, buffer_bytes(&sealed));
        bind_bytes(statement, 4, buffer_bytes(&boxed));
        bind_number(statement, 5, epoch);
        result = statement_run(statement, failure);
    }
    buffer_free(&plain);
    buffer_free(&sealed);
    buffer_free(&boxed);
    return result == VAULT_OK ? VAULT_OK
                              : failure_set(failure, result, "the register of decoys cannot be written");
}

/* --- Asking --- */

bool decoy_is_for(const json_t *entry, const char *user)
{
    const json_t *people = json_object_get(entry, "people");
    for (size_t i = 0; i < json_array_size(people); i++) {
        const char *person = json_string_value(json_array_get(people, i));
        if (person != NULL && strcmp(person, user) == 0)
            return true;
    }
    return false;
}

/* Is there a register at all? Most vaults ask in vain, and often. */
static int has_any(struct session *session, bool *any, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(session->store, QUERY_DECOY_ANY, &statement, failure);
    *any = false;
    if (result == VAULT_OK)
        result = statement_step(statement, any, failure);
    if (result == VAULT_OK)
        statement_reset(statement);
    return result;
}

int decoys_find(struct session *session, const struct client_facts *client, bool *decoy, json_t **entryp,
    struct failure *failure)
{
    uint8_t token[DECOY_TOKEN_SIZE];
    struct statement *statement;
    struct failure unseen = {0};
    json_t *entry = NULL;
    bool row = false;
    *decoy = false;
    if (entryp != NULL)
        *entryp = NULL;
    if (recall_genuine(session->recall, session->store, client->row))
        return VAULT_OK;
    int result = has_any(session, &row, failure);
    if (result == VAULT_OK && !row)
        recall_keep_genuine(session->recall, session->store, client);
    if (result != VAULT_OK || !row)
        return result;
    result = client_token(session, client->portfolio, &client->id, token, &unseen);
    if (result == VAULT_ENOKEY)
        return VAULT_OK;
    if (result != VAULT_OK)
        return failure_set(failure, result, "%s", unseen.text);
    result = store_query(session->store, QUERY_DECOY_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, bytes_of(token, sizeof token));
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row)
        result = open_sealed(session, client->portfolio, statement, &entry, failure);
    statement_reset(statement);
    *decoy = result == VAULT_OK && entry != NULL && !stands_for_nothing(entry);
    if (result == VAULT_OK && !*decoy)
        recall_keep_genuine(session->recall, session->store, client);
    if (*decoy && entryp != NULL)
        *entryp = json_incref(entry);
    json_decref(entry);
    return result;
}

static int hand_over(const char *portfolio, const json_t *entry,
    int (*each)(void *context, const struct decoy *decoy), void *context, struct failure *failure)
{
    struct decoy decoy = {.entry = entry,
        .planted = json_number(entry, "planted", 0),
        .retired = json_number(entry, "retired", INT64_MAX)};
    const char *client = json_text(entry, "client");
    if (stands_for_nothing(entry))
        return VAULT_OK;
    if (client == NULL || !ulid_parse(bytes_of_text(client), &decoy.client))
        return edited(failure);
    text_copy(decoy.portfolio, sizeof decoy.portfolio, portfolio);
    return each(context, &decoy);
}

static int investigators_key(
    struct session *session, const struct box_key **key, int64_t *epoch, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int result = keyring_role(session->keyring, DECOY_ROLE, key, NULL);
    if (result == VAULT_OK)
        result = issue_role_public(&issue, DECOY_ROLE, epoch, public_key);
    if (result == VAULT_ENOKEY)
        return failure_set(
            failure, result, "only who holds the role '%s' can open the register of decoys", DECOY_ROLE);
    return result;
}

static int check_epoch(int64_t sealed, int64_t now, struct failure *failure)
{
    if (sealed == now)
        return VAULT_OK;
    failure_remedy(failure, "have an admin do something, such as 'client list', and ask again");
    return failure_set(failure, VAULT_ENOKEY,
        "the role '%s' has a new key, and the decoys are not sealed for it yet", DECOY_ROLE);
}

int decoys_each(struct session *session, int (*each)(void *context, const struct decoy *decoy), void *context,
    struct failure *failure)
{
    const struct box_key *key;
    struct statement *statement = NULL;
    int64_t epoch = 0;
    bool row = true;
    int result = investigators_key(session, &key, &epoch, failure);
    if (result == VAULT_OK)
        result = statement_own(session->store, QUERY_DECOY_LIST, &statement, failure);
    if (result == VAULT_OK)
        bind_text(statement, 1, "");
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        json_t *entry = NULL;
        result = check_epoch(column_number(statement, 4), epoch, failure);
        if (result == VAULT_OK)
            result = open_box(key, column_bytes(statement, 1), column_bytes(statement, 3), &entry, failure);
        if (result == VAULT_OK)
            result = hand_over(column_text(statement, 5), entry, each, context, failure);
        json_decref(entry);
    }
    statement_free(statement);
    return result;
}

int decoys_each_in(struct session *session, const char *portfolio,
    int (*each)(void *context, const struct decoy *decoy), void *context, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    int result = statement_own(session->store, QUERY_DECOY_LIST, &statement, failure);
    if (result == VAULT_OK)
        bind_text(statement, 1, portfolio);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        json_t *entry = NULL;
        result = open_sealed(session, portfolio, statement, &entry, failure);
        if (result == VAULT_OK)
            result = hand_over(portfolio, entry, each, context, failure);
        json_decref(entry);
    }
    statement_free(statement);
    return result;
}

/* --- Putting: over a row that stands for nothing, so that a new row never is the new decoy --- */

struct rows {
    int64_t own; /* of the client, 0: none */
    int64_t free[256];
    size_t count;
};

static int look_at_rows(struct session *session, const char *portfolio, struct bytes token, struct rows *rows,
    struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    int result = statement_own(session->store, QUERY_DECOY_LIST, &statement, failure);
    if (result == VAULT_OK)
        bind_text(statement, 1, portfolio);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        json_t *entry = NULL;
        result = open_sealed(session, portfolio, statement, &entry, failure);
        if (result == VAULT_OK && bytes_equal(column_bytes(statement, 1), token))
            rows->own = column_number(statement, 0);
        else if (result == VAULT_OK && stands_for_nothing(entry) &&
                 rows->count < sizeof rows->free / sizeof rows->free[0])
            rows->free[rows->count++] = column_number(statement, 0);
        json_decref(entry);
    }
    statement_free(statement);
    return result;
}

static int fill_up(struct session *session, const char *portfolio, struct rows *rows, struct failure *failure)
{
    json_t *nothing = json_pack("{s:b}", "dummy", 1);
    int result = nothing == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (int i = 0; i < DECOY_ROWS && result == VAULT_OK; i++) {
        uint8_t token[DECOY_TOKEN_SIZE];
        random_fill(token, sizeof token);
        result = write_row(session, portfolio, 0, bytes_of(token, sizeof token), nothing, failure);
        rows->free[rows->count++] = store_last_row(session->store);
    }
    json_decref(nothing);
    return result;
}

int decoys_put(struct session *session, const char *portfolio, const struct ulid *client, const json_t *entry,
    struct failure *failure)
{
    uint8_t token[DECOY_TOKEN_SIZE];
    struct rows rows = {0};
    int result = client_token(session, portfolio, client, token, failure);
    if (result == VAULT_OK)
        result = look_at_rows(session, portfolio, bytes_of(token, sizeof token), &rows, failure);
    if (result == VAULT_OK && rows.own == 0 && rows.count == 0)
        result = fill_up(session, portfolio, &rows, failure);
    if (result == VAULT_OK && rows.own == 0) {
        uint32_t chance;
        random_fill(&chance, sizeof chance);
        rows.own = rows.free[chance % rows.count];
    }
    return result == VAULT_OK
               ? write_row(session, portfolio, rows.own, bytes_of(token, sizeof token), entry, failure)
               : result;
}

/* --- Sealing anew --- */

/* Rows are collected first: a table is not changed while it is read. */
static int reseal_portfolio(
    struct session *session, const char *portfolio, int64_t epoch, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    bool stale = true;
    int result = VAULT_OK;
    while (result == VAULT_OK && stale) {
        json_t *entry = NULL;
        struct buffer token = {0};
        int64_t number = 0;
        stale = false;
        result = statement_own(session->store, QUERY_DECOY_LIST, &statement, failure);
        if (result == VAULT_OK)
            bind_text(statement, 1, portfolio);
        while (result == VAULT_OK && !stale &&
               (result = statement_step(statement, &row, failure)) == VAULT_OK && row)
            stale = column_number(statement, 4) != epoch;
        if (result == VAULT_OK && stale) {
            number = column_number(statement, 0);
            buffer_put(&token, column_bytes(statement, 1));
            result = open_sealed(session, portfolio, statement, &entry, failure);
        }
        statement_free(statement);
        statement = NULL;
        if (result == VAULT_OK && stale)
            result = write_row(session, portfolio, number, buffer_bytes(&token), entry, failure);
        json_decref(entry);
        buffer_free(&token);
    }
    return result;
}

static int reseal_all(struct session *session, int64_t epoch, struct failure *failure)
{
    struct statement *portfolios = NULL;
    bool row = true;
    int result = statement_own(session->store, QUERY_PORTFOLIO_NAMES, &portfolios, failure);
    while (result == VAULT_OK && (result = statement_step(portfolios, &row, failure)) == VAULT_OK && row) {
        const struct secret *key;
        if (keyring_cards(session->keyring, column_text(portfolios, 0), &key, NULL) == VAULT_OK)
            result = reseal_portfolio(session, column_text(portfolios, 0), epoch, failure);
    }
    statement_free(portfolios);
    return result;
}

static int is_stale(struct session *session, int64_t *epoch, bool *stale, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    uint8_t public_key[BOX_PUBLIC_SIZE];
    struct statement *statement;
    *stale = false;
    int result = issue_role_public(&issue, DECOY_ROLE, epoch, public_key);
    if (result == VAULT_OK)
        result = store_query(session->store, QUERY_DECOY_STALE, &statement, failure);
    if (result == VAULT_OK) {
        bind_number(statement, 1, *epoch);
        result = statement_step(statement, stale, failure);
        statement_reset(statement);
    }
    return result;
}

int decoys_reseal(struct session *session, struct failure *failure)
{
    int64_t epoch = 0;
    bool stale = false;
    int result = is_stale(session, &epoch, &stale, failure);
    if (result != VAULT_OK || !stale)
        return result;
    result = change_hold(session, failure);
    if (result != VAULT_OK)
        return result;
    result = store_begin(session->store, failure);
    if (result == VAULT_OK)
        result = reseal_all(session, epoch, failure);
    if (result == VAULT_OK)
        result = store_commit(session->store, failure);
    else
        store_rollback(session->store);
    change_release(session);
    return result;
}

bool decoys_due(struct session *session)
{
    struct statement *statement;
    int64_t epoch = 0;
    bool due = false;
    if (session->decoys_tried)
        return false;
    session->decoys_tried = true;
    if (is_stale(session, &epoch, &due, NULL) != VAULT_OK || due)
        return due;
    if (store_query(session->store, QUERY_DECOY_ORDER_LIST, &statement, NULL) != VAULT_OK)
        return false;
    if (statement_step(statement, &due, NULL) != VAULT_OK)
        due = false;
    statement_reset(statement);
    return due;
}
