/**
 * @file disclosures.h
 * Who was shown which fields of which version of which record, when and by which event: the vault's own
 * answer.
 *
 * Answers come from the index beside the log (log/disclosures.h), which lies in the store, follows from the
 * log alone and is caught up with the log whenever it is opened here.  What was shown in bulk (a list, an
 * export) is in it once for each client, with the state of the store that was read, and is spelled out into
 * the record versions that existed in that state and that were asked for.
 *
 * Clients and records are row numbers of the store.  People are numbers from 0, in the order in which the log
 * first shows them something; exports are numbers from 1, in the order of their intents.  Times are seconds
 * since 1970-01-01T00:00:00Z (an event's milliseconds are cut off), as in trace/source.h.  Nothing of a
 * record is opened.
 *
 * A `struct disclosures` sees the log as it was when it was opened, belongs to one thread, and borrows log,
 * store and key.  A callback that returns non-zero stops the walk, and its value is returned; it may call
 * back into the same object except for disclosures_of_client().  Calls return 0 or an error of base/error.h
 * with its sentence in
 * @p failure: VAULT_EFORGED where the index was altered, VAULT_EDAMAGED where it does not fit (`log verify`
 * says what, and writes it anew), VAULT_EIO, VAULT_ENOMEM.
 */
#ifndef VAULT_TRACE_DISCLOSURES_H
#define VAULT_TRACE_DISCLOSURES_H

#include "vault/log/disclosures.h"
#include "vault/records/kind.h"
#include "vault/trace/source.h"

/** One disclosure of one record version, or of a client's card, to one person. */
struct disclosure {
    uint64_t event; /* number in the log: what an outsider can check */
    int64_t at;
    uint32_t person;
    uint32_t export; /* 0: not part of one */
    int64_t client;
    int64_t record;   /* 0: the client's card */
    uint32_t version; /* of the record; 0 of a card: the one that was current at that event */
    /* Of the record; KIND_CLIENT for a card; 0, as `record`, where the store does not have it. */
    enum record_kind kind;
    const char *period; /* of that version; "" of a card; borrowed for the callback */
    enum disclosure_action action;
    enum disclosure_view view;
    /* Action, scope and revealed fields as one number: of the same kind and view, the same fields. */
    uint32_t shape;
};

struct disclosures;

/**
 * Open the index and bring it up to the log's end in memory; the store is only read, in a read transaction of
 * its own that lasts until disclosures_free() (no write transaction may be begun in between).
 * @param key  of the branch that keys the tokens of the log's index (session_keys()->log_index).
 */
int disclosures_open(struct log *log, struct store *store, const struct ulid *vault, const struct secret *key,
    struct disclosures **disclosures, struct failure *failure) VAULT_MUST_CHECK;
void disclosures_free(struct disclosures *disclosures);

/** The time of the latest disclosure (INT64_MIN: none). */
int64_t disclosures_until(const struct disclosures *disclosures);

/* --- People and exports --- */

uint32_t disclosures_people(const struct disclosures *disclosures);
/** The user id of a person; borrowed as long as the object; "" for a number that there is not. */
const char *disclosures_person(const struct disclosures *disclosures, uint32_t person);
/** The number of a user; false if the log never showed him anything. */
bool disclosures_find_person(const struct disclosures *disclosures, const char *user, uint32_t *person);

struct disclosure_export {
    uint64_t event; /* of the intent */
    int64_t at;
    uint32_t person;
    uint32_t clients; /* distinct ones that it names */
    int64_t rows;     /* as its outcome says; -1: that is not known */
    bool undone; /* its outcome says so: the file never got its name, though `rows` may have been written */
    struct disclosure_marks marks;
};
uint32_t disclosures_exports(const struct disclosures *disclosures);
/** VAULT_ENOTFOUND for a number that there is not. */
int disclosures_export(const struct disclosures *disclosures, uint32_t number,
    struct disclosure_export *export) VAULT_MUST_CHECK;

/* --- Who saw what --- */

/** {0} takes everything, but `before` must be set: INT64_MAX for all. */
struct disclosure_filter {
    bool one_person;
    uint32_t person;
    int64_t since;          /* at or after */
    int64_t before;         /* at or before, as in trace_source.accesses */
    const int64_t *records; /* only these records and the card; ascending rows; NULL: all */
    size_t record_count;
};

/**
 * All disclosures of a client in the order of the log; of one event in the order of records, behind those of
 * an export the client's card, which each of its rows shows.  Exports that were undone before a row was
 * written are left out.  Bulk is spelled out here: give the records that matter where they are few.
 */
int disclosures_of_client(struct disclosures *disclosures, int64_t client,
    const struct disclosure_filter *filter, int (*each)(void *context, const struct disclosure *disclosure),
    void *context, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Was the field at this path shown by the disclosure?  For a version that has the field at all, which only
 * its record can say.  Paths as kind.h has them, "lines[].summary" for every line.
 *
 * A card shows client_no, name, tax_id and status (`client show`, `client list`; in an export all but the
 * status; of a hit of a search the name alone).  Reading a record also shows its client's client_no and name;
 * this function answers for the disclosed record alone.
 */
bool disclosures_shows(
    const struct disclosures *disclosures, const struct disclosure *disclosure, const char *path);

/* --- Roll-ups --- */

/** Clients that a person was shown something of, between the days of @p since and @p before, with the first
 * and last such day (days since 1970); ascending. */
int disclosures_clients(struct disclosures *disclosures, uint32_t person, int64_t since, int64_t before,
    int (*each)(void *context, int64_t client, uint32_t first_day, uint32_t last_day), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

/**
 * Of how many distinct clients was a person shown something?  Scopes ALL (up to the day of @p before), MONTH
 * (trace_month()), DAY (trace_day()), EXPORT (its number); a segment is for the caller to count, by
 * disclosures_clients().
 */
int disclosures_reach(struct disclosures *disclosures, uint32_t person, enum trace_scope scope, uint32_t key,
    int64_t before, uint32_t *clients, struct failure *failure) VAULT_MUST_CHECK;

/** How many different days, months or exports of the person are there up to @p before? */
int disclosures_episodes(struct disclosures *disclosures, uint32_t person, enum trace_scope scope,
    int64_t before, uint32_t *count, struct failure *failure) VAULT_MUST_CHECK;

#endif
