/**
 * @file log_fixture.h
 * A log in a directory of its own, keys that never change, and an event that says little.
 */
#ifndef TESTS_UNIT_LOG_FIXTURE_H
#define TESTS_UNIT_LOG_FIXTURE_H

#include "vault/log/log.h"

struct fixture {
    char directory[64];
    char path[96]; /* of the file `log` */
    struct secret *seal_key;
    struct secret *seed;
    struct secret *person_seed;
    struct sign_key *vault_key;
    struct sign_key *person;
    struct log_keys keys;
    json_t *members;
    struct log *log;
    struct failure failure;
};

/** Keys, a fresh directory and a new log in it; every failure ends the test. */
void fixture_start(struct fixture *fixture);
/** Keys and directory only. */
void fixture_start_empty(struct fixture *fixture);
void fixture_end(struct fixture *fixture);

/** Close and open again; the error of log_open(). */
int fixture_reopen(struct fixture *fixture);

struct log_event fixture_event(const struct fixture *fixture);
/** Append @p count entries, each in its own group; the error of the first failure. */
int fixture_append(struct fixture *fixture, size_t count);
/** Append @p count entries in one group. */
int fixture_append_group(struct fixture *fixture, size_t count);

/** A whole file of the directory ("log", "log.tree", "log.offsets"); empty if it is not there. */
void fixture_load(const struct fixture *fixture, const char *name, struct buffer *content);
void fixture_store(const struct fixture *fixture, const char *name, struct bytes content);
void fixture_remove(const struct fixture *fixture, const char *name);

/** log_verify() with the fixture's person as every actor; returns its error, sets problems and the first of
 * them. */
struct found {
    uint64_t problems;
    uint64_t index;
    char what[120];
    struct log_verify_result result;
};
int fixture_verify(struct fixture *fixture, struct found *found);

#endif
