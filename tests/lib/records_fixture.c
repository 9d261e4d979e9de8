#include "tests/lib/records_fixture.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/store/schema_private.h"

#define EVERY_COMPARTMENT ((1u << COMPARTMENT_COUNT) - 1)

static int client_key(void *context, int64_t client, enum compartment compartment, const struct secret **key,
    struct failure *failure)
{
    struct fixture *fixture = context;
    if (fixture->no_keys || client < 1 || client > 2)
        return failure_set(failure, VAULT_ENOKEY, "no key of yours opens it");
    *key = fixture->client_keys[client][compartment];
    return VAULT_OK;
}

static int index_key(void *context, int64_t client, enum compartment compartment, const struct secret **key,
    struct failure *failure)
{
    struct fixture *fixture = context;
    (void)client;
    if (fixture->directory_only && compartment != COMPARTMENT_DIRECTORY)
        return failure_set(failure, VAULT_ENOKEY, "no key of yours opens it");
    *key = fixture->index_keys[compartment];
    return VAULT_OK;
}

static void add_client(struct fixture *fixture, int64_t row)
{
    struct statement *statement;
    uint8_t number[16];
    fixture->client_ids[row] = ulid_new();
    random_fill(number, sizeof number);
    cr_assert_eq(store_query(fixture->store, QUERY_CLIENT_PUT, &statement, NULL), VAULT_OK);
    bind_bytes(statement, 1, ulid_bytes(&fixture->client_ids[row]));
    bind_text(statement, 2, "p");
    bind_bytes(statement, 3, bytes_of(number, sizeof number));
    bind_null(statement, 4);
    bind_number(statement, 5, 1);
    bind_bytes(statement, 6, bytes_of_text("card"));
    bind_number(statement, 7, 0);
    cr_assert_eq(statement_run(statement, NULL), VAULT_OK);
    cr_assert_eq(store_last_row(fixture->store), row);
}

struct permit *fixture_permit(unsigned uses, unsigned compartments, const char *reveal)
{
    static const int64_t clients[] = {1, 2};
    const char *const reveals[] = {reveal};
    return permit_make(&(struct permit_terms){.uses = uses,
        .compartments = compartments,
        .clients = clients,
        .client_count = 2,
        .reveal = reveals,
        .reveal_count = reveal == NULL ? 0 : 1,
        .event = 7});
}

void fixture_start(struct fixture *fixture)
{
    struct record_keys keys = {.context = fixture, .client = client_key, .index = index_key};
    struct statement *statement;
    memset(fixture, 0, sizeof *fixture);
    cr_assert_eq(crypto_start(), VAULT_OK);
    strcpy(fixture->directory, "/tmp/records-test-XXXXXX");
    cr_assert_not_null(mkdtemp(fixture->directory));
    (void)snprintf(fixture->path, sizeof fixture->path, "%s/store", fixture->directory);
    fixture->store_key = secret_random(KEY_SIZE);
    fixture->vault = ulid_new();
    for (int i = 0; i < COMPARTMENT_COUNT; i++) {
        fixture->index_keys[i] = secret_random(KEY_SIZE);
        fixture->client_keys[1][i] = secret_random(KEY_SIZE);
        fixture->client_keys[2][i] = secret_random(KEY_SIZE);
    }
    cr_assert_eq(store_create(fixture->path, fixture->store_key, &fixture->store, NULL), VAULT_OK);
    cr_assert_eq(store_begin(fixture->store, NULL), VAULT_OK);
    cr_assert_eq(store_query(fixture->store, QUERY_PORTFOLIO_PUT, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, "p");
    bind_number(statement, 2, 0);
    cr_assert_eq(statement_run(statement, NULL), VAULT_OK);
    add_client(fixture, 1);
    add_client(fixture, 2);
    cr_assert_eq(store_commit(fixture->store, NULL), VAULT_OK);
    cr_assert_eq(records_new(fixture->store, &fixture->vault, &keys, &fixture->records), VAULT_OK);
    fixture->postings = postings_new(fixture->store, POSTINGS_SEARCH, 1 << 20);
    fixture->everything = fixture_permit(PERMIT_HEADS | PERMIT_BODIES | PERMIT_WRITE, EVERY_COMPARTMENT, "*");
    fixture->seq = 1;
}

void fixture_stop(struct fixture *fixture)
{
    static const char *const files[] = {"store", "store-wal", "store-shm"};
    char path[128];
    permit_free(fixture->everything);
    postings_free(fixture->postings);
    records_free(fixture->records);
    sqlite3_close(fixture->intruder);
    store_free(fixture->store);
    secret_free(fixture->store_key);
    for (int i = 0; i < COMPARTMENT_COUNT; i++) {
        secret_free(fixture->index_keys[i]);
        secret_free(fixture->client_keys[1][i]);
        secret_free(fixture->client_keys[2][i]);
    }
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", fixture->directory, files[i]);
        (void)remove(path);
    }
    (void)remove(fixture->directory);
}

struct draft fixture_draft(enum record_kind kind, const char *fields)
{
    struct draft draft = {.kind = kind};
    char *text = strdup(fields);
    for (char *at = text; *at != '\0'; at++)
        *at = *at == '\'' ? '"' : *at;
    cr_assert_eq(json_read(bytes_of_text(text), &draft.fields, NULL), VAULT_OK, "%s", text);
    free(text);
    strcpy(draft.where, "row 2");
    return draft;
}

int fixture_put(
    struct fixture *fixture, int64_t client, const struct draft *draft, struct record_written *written)
{
    struct record_author author = {.client_id = fixture->client_ids[client],
        .client = client,
        .user = "li",
        .at = 1700000000000,
        .source = 0,
        .seq = fixture->seq};
    struct record_written ignored;
    cr_assert_eq(store_begin(fixture->store, NULL), VAULT_OK);
    failure_clear(&fixture->failure);
    int result = records_put(fixture->records, fixture->everything, &author, draft,
        fixture->directory_only ? NULL : fixture->postings,
        fixture->no_keys ? fixture->client_keys[client][kind_compartment(draft->kind)] : NULL,
        written == NULL ? &ignored : written, &fixture->failure);
    if (result == VAULT_OK)
        cr_assert_eq(postings_flush(fixture->postings, NULL), VAULT_OK);
    if (result == VAULT_OK)
        cr_assert_eq(store_commit(fixture->store, NULL), VAULT_OK);
    else
        store_rollback(fixture->store);
    return result;
}

int fixture_put_text(struct fixture *fixture, int64_t client, enum record_kind kind, const char *fields,
    struct record_written *written)
{
    struct draft draft = fixture_draft(kind, fields);
    int result = fixture_put(fixture, client, &draft, written);
    draft_reset(&draft);
    return result;
}

static sqlite3 *intruder(struct fixture *fixture)
{
    char key[2 * KEY_SIZE + 4] = "x'";
    if (fixture->intruder == NULL) {
        hex_encode(secret_bytes(fixture->store_key), key + 2);
        strcat(key, "'");
        cr_assert_eq(sqlite3_open(fixture->path, &fixture->intruder), SQLITE_OK);
        cr_assert_eq(sqlite3_key_v2(fixture->intruder, NULL, key, (int)strlen(key)), SQLITE_OK);
        cr_assert_eq(sqlite3_exec(fixture->intruder,
                         "PRAGMA cipher_page_size = " STORE_PAGE_SIZE "; PRAGMA synchronous=OFF", NULL, NULL, NULL),
            SQLITE_OK);
    }
    return fixture->intruder;
}

bool fixture_flip(struct fixture *fixture, const char *column, int64_t row, int offset)
{
    sqlite3_blob *blob = NULL;
    uint8_t byte;
    int code = sqlite3_blob_open(intruder(fixture), "main", "record", column, row, 1, &blob);
    cr_assert_eq(code, SQLITE_OK, "%s", sqlite3_errmsg(fixture->intruder));
    bool there = offset < sqlite3_blob_bytes(blob);
    if (there) {
        cr_assert_eq(sqlite3_blob_read(blob, &byte, 1, offset), SQLITE_OK);
        byte ^= (uint8_t)(1 << (offset % 8));
        cr_assert_eq(sqlite3_blob_write(blob, &byte, 1, offset), SQLITE_OK);
    }
    sqlite3_blob_close(blob);
    return there;
}

void fixture_sql(struct fixture *fixture, const char *format, ...)
{
    char sql[2048];
    char *message = NULL;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sql, sizeof sql, format, arguments);
    va_end(arguments);
    int code = sqlite3_exec(intruder(fixture), sql, NULL, NULL, &message);
    cr_assert_eq(code, SQLITE_OK, "%s: %s", sql, message == NULL ? "?" : message);
}
