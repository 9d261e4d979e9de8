/**
 * @file vault_source_private.h
 * Inside the room: what a vault's source keeps, for the files that find, compare and count.
 */
#ifndef VAULT_TRACE_VAULT_SOURCE_PRIVATE_H
#define VAULT_TRACE_VAULT_SOURCE_PRIVATE_H

#include "vault/base/number_map.h"
#include "vault/trace/vault_source.h"

#define VAULT_SUBJECTS_MAX 262144u /* records of one subject that are looked at */
#define VAULT_HITS_MAX 4096u       /* records that a term finds in one portfolio; more say nothing */

struct vault_client {
    int64_t row;
    struct ulid id;
    uint32_t portfolio;
    uint32_t assignees[2]; /* segments, or TRACE_NO_SEGMENT */
    bool decoy;
    uint8_t criteria; /* that its name fits; bits */
};

struct vault_portfolio {
    char name[NAME_SIZE_MAX + 1];
    struct trace_key *trace[COMPARTMENT_COUNT];
    const struct secret *search[COMPARTMENT_COUNT]; /* of the keyring */
    bool keyless;
    uint32_t genuine;
};

struct vault_member {
    char name[NAME_SIZE_MAX + 1];
    uint32_t genuine; /* clients assigned to him */
};

/* A record that is a subject by itself. */
struct vault_row {
    int64_t row;
    uint32_t client;
};

/* One version of a record of the subject that was asked about last. */
struct vault_version {
    int64_t row;
    struct ulid id;
    enum record_kind kind;
    uint32_t version;
    int64_t from;       /* seconds */
    int64_t rank;       /* its period as a number, where it has one; else 0 */
    size_t start, size; /* of the fingerprint, in `prints` */
};

/* What a term found; see vault_source_known.c. */
struct vault_known {
    size_t text, text_size; /* in `text`: the term */
    size_t first, count;    /* in `numbers`: what it finds */
    uint32_t next;          /* the one before of the same hash, + 1 */
    uint16_t kind, field;
};

struct vault_knowledge {
    struct buffer text;
    uint32_t *numbers;
    size_t number_count, number_capacity;
    struct vault_known *terms;
    uint32_t count, capacity;
    struct number_map places; /* hash -> the latest of it, + 1 */
};

struct vault_source {
    struct vault_source_parts parts;
    enum trace_subject subject;
    struct trace_source source;
    unsigned compartments[TRACE_FIELDS]; /* in which the subject's records have the field; bits */

    struct vault_client *clients;
    uint32_t client_count, client_capacity;
    struct vault_portfolio *portfolios;
    uint32_t portfolio_count, portfolio_capacity;
    struct vault_member *members;
    uint32_t member_count, member_capacity;

    struct vault_row *rows; /* subjects that are records */
    uint32_t row_count, row_capacity;
    struct number_map row_numbers; /* record's row -> number + 1 */
    struct number_map places;      /* record's row -> client << 8 | kind, + 1 */
    uint32_t *hits;
    size_t hit_count, hit_capacity;
    struct vault_knowledge known; /* of the subject at hand */

    uint32_t loaded; /* the subject whose versions these are; UINT32_MAX: none */
    struct vault_version *versions;
    size_t version_count, version_capacity;
    struct buffer prints;

    struct number_map shown; /* shape << 8 | kind -> fields + 1 */
    uint32_t *reach;         /* by person and segment, + 1; 0: not counted */
    bool *reached;           /* by person */
};

/** An array that grows by one zeroed item; NULL without memory. */
void *vault_source_grow(void **items, uint32_t count, uint32_t *capacity, size_t size);

/** The client of a row of the store, or UINT32_MAX. */
uint32_t vault_source_client(const struct vault_source *source, int64_t row);
/** Client and kind of a record. VAULT_ENOTFOUND. */
int vault_source_place(struct vault_source *source, int64_t row, uint32_t *client, enum record_kind *kind,
    struct failure *failure) VAULT_MUST_CHECK;
/** The compartment whose trace branch a kind is noted under. */
enum compartment vault_source_compartment(enum record_kind kind);

/* vault_source_find.c */
int vault_source_find(
    void *context, const struct trace_term *term, struct trace_hits *hits, struct failure *failure);
int vault_source_expect(void *context, const struct trace_term *terms, size_t count, struct failure *failure);
/** The subject that a record is or belongs to, UINT32_MAX if none of those at hand. */
int vault_source_number(
    struct vault_source *source, uint64_t row, uint32_t *number, struct failure *failure) VAULT_MUST_CHECK;

/* vault_source_known.c */

/** What the term finds, if that is known already. */
bool vault_source_knows(
    const struct vault_source *source, const struct trace_term *term, struct trace_hits *hits);
/** Note what it finds: ascending, each once. VAULT_ENOMEM. */
int vault_source_learn(struct vault_source *source, const struct trace_term *term, const uint32_t *numbers,
    size_t count) VAULT_MUST_CHECK;
/** Wiped: the terms are cells of the leak. */
void vault_source_forget(struct vault_source *source);

/* vault_source_compare.c */
int vault_source_agreements(void *context, uint32_t number, const struct normal *cells, trace_fields present,
    int (*each)(void *context, const struct trace_agreement *agreement), void *each_context,
    struct failure *failure);
int vault_source_accesses(void *context, uint32_t number, int64_t before,
    int (*each)(void *context, const struct trace_access *access), void *each_context,
    struct failure *failure);

#endif
