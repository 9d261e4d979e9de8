/**
 * @file watch_private.h
 * Inside the room: one run of the watch.  watch.c goes through the entries, watch_signs.c tells what is worth an alert,
 * watch_state.c keeps what the next run must know.
 */
#ifndef VAULT_ACCESS_WATCH_PRIVATE_H
#define VAULT_ACCESS_WATCH_PRIVATE_H

#include "vault/access/hours.h"
#include "vault/access/unusual.h"
#include "vault/access/watch.h"

#define POSITION "watch.next"
#define DAY_MS INT64_C(86400000)
#define PEOPLE_MAX 2000u

/* What is settled, once a run. */
struct rules {
    bool volume;
    bool first_access;
    bool by_hours;
    struct hours hours;
    int64_t failed_logins; /* within an hour; 0: off */
};

struct watch {
    struct session *session;
    struct rules rules;
    json_t *people;  /* {name: {day: number}} */
    json_t *told;    /* {name: day} of unusual volume, {"hours name": day} */
    json_t *refused; /* {name: [times]} */
    json_t *due;     /* alerts to be raised: [{kind, severity, how, person, about, cause}] */
    uint32_t *counts;
};

/** What an entry says. */
struct seen {
    char person[NAME_SIZE_MAX + 1];
    char client[ULID_TEXT_SIZE]; /* "" */
    uint64_t index;
    int64_t time;
    int64_t records; /* that it gave away */
};

/* --- watch_state.c --- */

int watch_load(struct watch *watch) VAULT_MUST_CHECK;
int watch_save(struct watch *watch, uint64_t next, struct failure *failure) VAULT_MUST_CHECK;
void watch_release(struct watch *watch);
int watch_read_rules(struct session *session, struct rules *rules, struct failure *failure) VAULT_MUST_CHECK;

/* --- watch_signs.c: each adds to `due` what is to be told --- */

void watch_hours(struct watch *watch, const struct seen *seen);
/** Was the client shown to the person for the first time? */
int watch_client(struct watch *watch, const struct seen *seen, struct failure *failure) VAULT_MUST_CHECK;
void watch_count_day(struct watch *watch, const struct seen *seen);
/** @p last {name: {index, time}} of the last entry of each. */
void watch_volumes(struct watch *watch, json_t *last);
void watch_refusal(struct watch *watch, const struct seen *seen);
int watch_reviews(struct watch *watch, struct failure *failure) VAULT_MUST_CHECK;

#endif
