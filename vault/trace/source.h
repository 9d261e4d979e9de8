/**
 * @file source.h
 * What the trace must be told, and by whom it does not care: a folder of a made-up firm, or a vault.
 *
 * People, clients and exports are numbers from 0 (exports from 1; 0 is none).  Who or what a number is, only
 * the source knows: in a vault people are pseudonyms until somebody asks to see them.
 *
 * Finding a client goes by *terms*, never by content: a term is a kind, a field and a normalised text, which
 * a vault turns into the keyed token of its blind index and looks up, so that nothing is opened that the
 * leaked file did not hold already.  Only the versions of clients that were linked are opened, and they are
 * the leak's own rows.  Accesses are the log's disclosures in time order; the reach queries are roll-ups over
 * them.
 *
 * Times are seconds since 1970-01-01T00:00:00Z.  Calls return 0 or an error of base/error.h with its sentence
 * in the failure; a callback that returns non-zero stops the walk, and its value is returned.  A source
 * belongs to one thread.
 */
#ifndef VAULT_TRACE_SOURCE_H
#define VAULT_TRACE_SOURCE_H

#include "vault/linkage/term.h"

#define TRACE_SEGMENTS 5 /* kinds of segment that a client may be in */
#define TRACE_NO_SEGMENT UINT32_MAX

/** Clients that carry a term in any version; ascending, each once; borrowed until the source's next call. */
struct trace_hits {
    const uint32_t *clients;
    size_t count;
};

/** One version of one record of a client. */
struct trace_version {
    uint32_t record;                   /* within the client, from 0 */
    uint32_t version;                  /* from 1 */
    int64_t valid_from;                /* until the next version of the same record */
    struct bytes values[TRACE_FIELDS]; /* empty where the record does not have the field; borrowed */
};

/** One version of one record, and which leaked cells it agrees with: for who may compare but not open. */
struct trace_agreement {
    uint32_t record;
    uint32_t version;
    int64_t valid_from;
    trace_fields fields;
    uint32_t series; /* of records that follow one another, as a client's filings do; 0: by itself */
    int64_t rank;    /* in the series: of later ones it is higher */
};

enum trace_action { TRACE_READ, TRACE_LIST, TRACE_EXPORT, TRACE_SEARCH };

/** One disclosure of one record version to one person. */
struct trace_access {
    uint64_t event; /* number in the log: what an outsider can check */
    int64_t at;
    uint32_t person;
    uint32_t record;
    uint32_t version;
    trace_fields fields; /* that were disclosed */
    uint32_t export;     /* 0: not part of one */
    enum trace_action action;
};

struct trace_client {
    bool decoy;
    int64_t since;                     /* when it came to exist */
    uint32_t segments[TRACE_SEGMENTS]; /* portfolio, team, city, industry, …; TRACE_NO_SEGMENT */
};

/** Of how much did a person see something?  Every count is of distinct clients. */
enum trace_scope {
    TRACE_SCOPE_ALL,     /* up to the moment asked for; `key` is ignored */
    TRACE_SCOPE_MONTH,   /* key: trace_month() */
    TRACE_SCOPE_DAY,     /* key: days since 1970 */
    TRACE_SCOPE_EXPORT,  /* key: export */
    TRACE_SCOPE_SEGMENT, /* key: segment */
    TRACE_SCOPES
};

struct trace_source {
    void *context;
    uint32_t people;
    uint32_t clients;      /* all numbers, decoys among them */
    uint32_t genuine;      /* clients that are no decoys: the N of METHOD.md */
    uint32_t population;   /* of what find() tells apart; 0: genuine */
    uint32_t segments;     /* numbers of all kinds together */
    trace_fields fields;   /* that rows have: no column is taken for another */
    trace_fields compared; /* those of them that find() finds nobody by: only agreements tell of them */
    trace_fields naming; /* where a client has several: fields that name whose each is; 0: all the client's */
    int64_t until;       /* the latest access there is; INT64_MIN if there are none */

    int (*find)(
        void *context, const struct trace_term *term, struct trace_hits *hits, struct failure *failure);
    /** What will be asked for soon, all at once; NULL where find() is as fast term by term. Changes no
     * answer. */
    int (*expect)(void *context, const struct trace_term *terms, size_t count, struct failure *failure);
    int (*versions)(void *context, uint32_t client,
        int (*each)(void *context, const struct trace_version *version), void *each_context,
        struct failure *failure);
    /** Instead of versions(), unless NULL: each version with the fields in which it agrees with the cell;
     * only cells in
     *  @p present say something. */
    int (*agreements)(void *context, uint32_t client, const struct normal *cells, trace_fields present,
        int (*each)(void *context, const struct trace_agreement *agreement), void *each_context,
        struct failure *failure);
    int (*accesses)(void *context, uint32_t client, int64_t before,
        int (*each)(void *context, const struct trace_access *access), void *each_context,
        struct failure *failure);
    int (*client)(void *context, uint32_t client, struct trace_client *about, struct failure *failure);
    /** Are two numbers records of one client?  NULL: each number is a client by itself. */
    bool (*together)(void *context, uint32_t a, uint32_t b);
    /** Genuine clients of a segment. */
    int (*segment)(void *context, uint32_t segment, uint32_t *size, struct failure *failure);
    /** Distinct clients that @p person saw in the scope, of accesses up to @p before where the scope is all.
     */
    int (*reach)(void *context, uint32_t person, enum trace_scope scope, uint32_t key, int64_t before,
        uint32_t *clients, struct failure *failure);
    /** How many different keys of the scope has the person (exports, days) up to @p before? */
    int (*episodes)(void *context, uint32_t person, enum trace_scope scope, int64_t before, uint32_t *count,
        struct failure *failure);
};

/** Months since 1970-01 of a moment; UTC. */
uint32_t trace_month(int64_t at);
/** Days since 1970-01-01 of a moment; UTC. */
uint32_t trace_day(int64_t at);

#endif
