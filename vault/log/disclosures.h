/**
 * @file disclosures.h
 * The index of disclosures: for every client, who was shown what of it by which entry of the log.
 *
 * It lies in the store and is rebuilt from the log: the log, and the row numbers of clients and records, say
 * everything that is in it (FORMATS.md, "The index of disclosures").  Entries of the log that are not in it
 * yet are read from the log, so that asking waits for no writing.  What was shown in bulk is one entry for
 * each client, with what was asked for and the state of the store that was read; trace/disclosures.h spells
 * it out.
 *
 * What is stored is sealed, each row at its own number, so that none can be read, changed, moved or exchanged
 * without the key; whether rows were left out or put back, disclosure_index_check() tells.
 *
 * Calls return 0 or an error with its sentence: VAULT_EFORGED (a row that does not open), VAULT_EDAMAGED (one
 * that opens and makes no sense), VAULT_EIO, VAULT_ENOMEM.  A callback that returns non-zero stops the walk
 * and its value is returned.  One thread.
 */
#ifndef VAULT_LOG_DISCLOSURES_H
#define VAULT_LOG_DISCLOSURES_H

#include "vault/log/log.h"
#include "vault/store/store.h"

/* What was done.  Stored: append only. */
enum disclosure_action {
    DISCLOSURE_READ = 1, /* record.read and record.reveal */
    DISCLOSURE_LIST,     /* record.list */
    DISCLOSURE_SEARCH,   /* record.search: may have been shown */
    DISCLOSURE_EXPORT,   /* record.export */
    DISCLOSURE_CORRECT,  /* record.correct: opened to be corrected, nothing of it shown */
    DISCLOSURE_OPEN,     /* record.open: a version opened within another event */
    DISCLOSURE_CLIENTS,  /* client.list */
    DISCLOSURE_CLIENT    /* client.show */
};

/* How much of it was shown.  Stored: append only. */
enum disclosure_view {
    DISCLOSURE_BODY = 1, /* all fields; the masked ones only where they are revealed */
    DISCLOSURE_HEAD,     /* what lists and searches show: date, key, title */
    DISCLOSURE_CARD,     /* of the client: number, name, tax id, status */
    DISCLOSURE_KEY       /* nothing; but the program of that person held the key */
};

/** What entries have in common; texts are borrowed from the index until it is fed or freed. */
struct disclosure_shape {
    enum disclosure_action action;
    enum disclosure_view view;
    bool bulk;             /* all records of the scope, else one */
    unsigned compartments; /* bulk: whose keys the person held; bits 1 << enum compartment */
    struct bytes kind;     /* bulk: of these records; empty: all */
    struct bytes from, to; /* bulk: periods of the records, as the store compares them */
    struct bytes reveal;   /* a canonical array of field paths, "*" for all; empty: none */
};

/** One entry: a client, by one event. */
struct disclosure_entry {
    uint64_t event;
    int64_t at; /* seconds since 1970-01-01T00:00:00Z */
    uint32_t person;
    uint32_t shape;
    int64_t record;   /* row; 0: the card, or bulk, or a record that the store does not have */
    uint32_t version; /* of the record; 0: as `record` */
    uint64_t intent;  /* of an export, else 0 */
    int64_t records;  /* bulk: the last record that there was; -1: the event does not say */
    int64_t replaced; /* bulk: the last replaced version that there was */
};

/** What it is over; all borrowed. @p key: the branch that keys the tokens of the log's index. */
struct disclosure_source {
    struct log *log;
    struct store *store;
    const struct ulid *vault;
    const struct secret *key;
};

struct disclosure_index;

/** Open for asking, caught up with the log's end in memory; the store is only read, all in one read
 * transaction of the caller. */
int disclosure_index_open(const struct disclosure_source *source, struct disclosure_index **index,
    struct failure *failure) VAULT_MUST_CHECK;
void disclosure_index_free(struct disclosure_index *index);

/**
 * Write at most @p most further entries of the log into it; needs a write transaction of the caller.
 * @param left  entries that are not in it yet: commit, and call again.
 */
int disclosure_index_update(const struct disclosure_source *source, uint64_t most, uint64_t *left,
    struct failure *failure) VAULT_MUST_CHECK;
/** Entries of the log that it lacks. */
int disclosure_index_lag(
    const struct disclosure_source *source, uint64_t *entries, struct failure *failure) VAULT_MUST_CHECK;
/** Forget it, so that it is built anew; needs a write transaction. */
int disclosure_index_clear(struct store *store, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Build it anew from the log and hold every row against what is stored.
 * @param difference  called with a sentence for each row that differs, is missing or is too much.
 * @param progress    now and then, with the entries that were gone through; may be NULL.
 * @param checked     entries of the log that are in it.
 */
int disclosure_index_check(const struct disclosure_source *source,
    int (*difference)(void *context, const char *what),
    void (*progress)(void *context, uint64_t done, uint64_t total), void *context, uint64_t *checked,
    struct failure *failure) VAULT_MUST_CHECK;

/* --- Asking --- */

struct disclosure_numbers {
    uint64_t size;    /* entries of the log that it covers */
    uint64_t entries; /* of the index */
    uint64_t lost;    /* of clients that the store does not have: not in it */
    int64_t until;    /* time of the latest one, seconds; INT64_MIN: none */
    uint32_t people, shapes, exports;
    uint64_t rows, bytes; /* stored */
};
int disclosure_index_numbers(struct disclosure_index *index, struct disclosure_numbers *numbers,
    struct failure *failure) VAULT_MUST_CHECK;

/** User id; empty for a number that there is not; borrowed as shapes are. */
struct bytes disclosure_index_person(const struct disclosure_index *index, uint32_t person);
bool disclosure_index_find_person(const struct disclosure_index *index, struct bytes user, uint32_t *person);
/** false for a number that there is not. */
bool disclosure_index_shape(
    const struct disclosure_index *index, uint32_t number, struct disclosure_shape *shape);

/** One client's entries, and the lists of clients in which it was, in the order of the log. */
int disclosure_index_client(struct disclosure_index *index, int64_t client,
    int (*each)(void *context, const struct disclosure_entry *entry), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

struct disclosure_month_client {
    int64_t client;
    uint8_t first, last; /* days of the month on which something of it was shown, from 0 */
};
/** A person's month: distinct clients, ascending, and how many on each day. */
struct disclosure_month {
    uint32_t month; /* since 1970-01 */
    const struct disclosure_month_client *clients;
    size_t count;
    uint32_t days[31];
};
/** The months from @p first to @p last in which a person was shown something, in order; borrowed for the
 * call. */
int disclosure_index_months(struct disclosure_index *index, uint32_t person, uint32_t first, uint32_t last,
    int (*each)(void *context, const struct disclosure_month *month), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

/* How an export is marked.  Stored: append only. */
enum disclosure_marking {
    DISCLOSURE_UNMARKED = 0,
    DISCLOSURE_MARKED,      /* with the code that this program reads */
    DISCLOSURE_MARKED_OTHER /* with another, or its event does not say by which seed */
};

/** What the event of an export says of its marks; all zero unless it is DISCLOSURE_MARKED. */
struct disclosure_marks {
    enum disclosure_marking marking;
    struct hash commitment;             /* of the copy's seed */
    uint32_t clients, records, amounts; /* made up for it, at most */
    bool logarithmic;                   /* the law of the amounts */
};

/** An export, by the order of intents from 0. */
struct disclosure_export_entry {
    uint64_t intent;
    int64_t at; /* seconds */
    uint32_t person;
    uint32_t clients; /* distinct ones that it names */
    int64_t rows;     /* as its outcome says; -1: there is none yet */
    bool undone;
    struct disclosure_marks marks;
};
const struct disclosure_export_entry *disclosure_index_export(
    const struct disclosure_index *index, uint32_t number);
/** By its intent. */
bool disclosure_index_find_export(const struct disclosure_index *index, uint64_t intent, uint32_t *number);

#endif
