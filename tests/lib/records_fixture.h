/**
 * @file records_fixture.h
 * A vault's store in a temporary directory with two clients and everybody's keys, for tests of vault/records.
 */
#ifndef TESTS_LIB_RECORDS_FIXTURE_H
#define TESTS_LIB_RECORDS_FIXTURE_H

#include "vault/records/records.h"

struct fixture {
    char directory[64];
    char path[96];
    struct store *store;
    struct secret *store_key;
    struct secret *client_keys[3][COMPARTMENT_COUNT];
    struct secret *index_keys[COMPARTMENT_COUNT];
    bool no_keys;        /* answer VAULT_ENOKEY to every question for a client's key */
    bool directory_only; /* ... and to every one for an index key but the directory's */
    struct ulid vault;
    struct ulid client_ids[3]; /* rows 1 and 2 */
    struct records *records;
    struct postings *postings;
    struct permit *everything;
    struct failure failure;
    uint64_t seq;
    struct sqlite3 *intruder;
};

void fixture_start(struct fixture *fixture);
void fixture_stop(struct fixture *fixture);

/** A permit for the clients 1 and 2; @p reveal NULL or one path. */
struct permit *fixture_permit(unsigned uses, unsigned compartments, const char *reveal);

/** A draft of JSON text; '…' may be used for '"'. */
struct draft fixture_draft(enum record_kind kind, const char *fields);

/** Put in a transaction of its own, under the present seq. The draft stays the caller's. */
int fixture_put(
    struct fixture *fixture, int64_t client, const struct draft *draft, struct record_written *written);
/** The same for JSON text with single quotes. */
int fixture_put_text(struct fixture *fixture, int64_t client, enum record_kind kind, const char *fields,
    struct record_written *written);

/** Run SQL over a connection of its own, as an intruder with the store key would. */
void fixture_sql(struct fixture *fixture, const char *format, ...) VAULT_PRINTF(2, 3);
/** Flip a bit of a byte of a column of the table `record`; false past its end. Twice undoes it. */
bool fixture_flip(struct fixture *fixture, const char *column, int64_t row, int offset);

#endif
