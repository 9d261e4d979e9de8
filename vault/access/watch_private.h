/**
 * @file watch_private.h
 * Inside the room: one run of the watch.  watch.c goes through the entries, watch_signs.c tells what is worth
 * an alert, watch_state.c keeps what the next run must know.
 */
#ifndef VAULT_ACCESS_WATCH_PRIVATE_H
#define VAULT_ACCESS_WATCH_PRIVATE_H

#include "vault/access/hours.h"
#include "vault/access/registers.h"
#include "vault/access/unusual.h"
#include "vault/access/watch.h"
#include "vault/evidence/leaf.h"

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

/** What the sessions of one server, or a session alone, keep of the watch between its runs; opaque. */
struct watched;

struct watch {
    struct session *session;
    struct watched *kept; /* locked; NULL: each run is stored */
    uint64_t stored;      /* the position in the store, or where the first run begins */
    bool begun;           /* there is one in the store */
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

/** Does an event of this name, if it was permitted, give something of clients away? */
bool watch_gives_away(struct bytes event);
/** What an entry says; false: it gives nothing away. */
bool watch_read(uint64_t index, const struct leaf *leaf, struct seen *seen);

/* --- watch_fresh.c: what a server's sessions have just logged; thread-safe --- */

struct fresh;

/** NULL without memory: then all is read from the log. */
struct fresh *fresh_new(void);
void fresh_free(struct fresh *fresh);
/** The entry @p index, of this time, has been logged. */
void fresh_note(struct fresh *fresh, uint64_t index, int64_t time, const char *event, const json_t *members);
/** What it says, where it was noted and not too long ago; @p gives: it gives something away, and only then @p seen holds more
 *  than its index and time. */
bool fresh_find(struct fresh *fresh, uint64_t index, struct seen *seen, bool *gives);

/* --- watch_state.c --- */

struct watched *watched_new(void);
void watched_free(struct watched *kept);
/** One run at a time; NULL does nothing. */
void watched_lock(struct watched *kept);
void watched_unlock(struct watched *kept);

/** The next entry to be looked at: from what is kept, if that goes on from `stored`. */
uint64_t watch_next(const struct watch *watch);
/** What was known at watch_next(): it is taken out of what is kept, or read from the store. */
int watch_load(struct watch *watch) VAULT_MUST_CHECK;
/** May the store wait for what was found?  Nothing is to be told, and it was written a little while ago. */
bool watch_may_wait(const struct watch *watch);
/** Keep what was found up to @p next, of which the store has what is below @p stored. */
void watch_keep(struct watch *watch, uint64_t next, uint64_t stored);
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
int watch_registers(struct watch *watch, struct failure *failure) VAULT_MUST_CHECK;

#endif
