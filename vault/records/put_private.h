/**
 * @file put_private.h
 * One draft on its way in: put.c leads it, match.c finds what is there, match_id.c what it says it is itself,
 * and put_store.c writes the tables.  behind.c has the first half done by one thread and the second by another.
 */
#ifndef VAULT_RECORDS_PUT_PRIVATE_H
#define VAULT_RECORDS_PUT_PRIVATE_H

#include "vault/records/records_private.h"

/* What is there under a natural key or an id. */
struct existing {
    bool found;
    int64_t row;
    struct ulid id;
    int64_t version;
    int64_t written;
    uint64_t seq;
    uint8_t natural[NATURAL_SIZE];
    uint8_t digest[DIGEST_SIZE];
};

/* One draft on its way in. */
struct put {
    struct records *records;
    const struct permit *permit;
    const struct record_author *author;
    const struct draft *draft;
    const struct secret *client_key; /* where the caller has it; NULL: of `keys` */
    struct failure *failure;

    const struct model *model;
    const struct secret *index_key;
    json_t *fields;            /* ours: what the draft says, completed */
    char period[8], date[11];  /* of the draft, else of its fields */
    struct bytes raw, content; /* of the draft, or of the version that is there */
    bool keep;                 /* ... the latter */
    bool whole;                /* the natural key is all fields */
    bool prepared;             /* by put_prepare(): base, head and tokens are made */
    uint8_t base[NATURAL_SIZE];
    uint8_t natural[NATURAL_SIZE];
    uint8_t digest[DIGEST_SIZE];
    struct existing there;
    enum record_outcome outcome;
};

/**
 * What of a put needs neither store nor keyring: the draft's fields, digest, base, head, tokens and traced values, in `put`
 * and the workbench.  `index_key` is set; what fails here fails in records_put() as well, which says why.
 * @param search_key  of the tokens.
 */
int put_prepare(struct put *put, const struct secret *search_key) VAULT_MUST_CHECK;
/** The rest, of a put prepared on this workbench or another whose fields, raw cells, head, tokens and traced values
 *  lie on this one by now; what the draft's JSON said is not looked at, `client_key` is set, and `permit` was asked. */
int put_prepared(
    struct put *put, struct postings *postings, struct record_written *written) VAULT_MUST_CHECK;
/** Empty what plain text the workbench holds. */
void put_clear(struct records *records);

/** Write the fields canonically into the workbench and digest them. */
int put_take_fields(struct put *put) VAULT_MUST_CHECK;
/** Does what is there say what the draft says? */
bool put_says_the_same(const struct put *put);

/** What is there under a natural token, into `there`. */
int match_lookup(struct put *put, const uint8_t natural[NATURAL_SIZE]) VAULT_MUST_CHECK;
/** The token of the draft's natural key, and that of its @p ordinal -th row. */
int match_base(struct put *put) VAULT_MUST_CHECK;
void match_ordinal(struct put *put, uint32_t ordinal);
/** New, changed or the same, by the natural key. */
int match_natural(struct put *put) VAULT_MUST_CHECK;
/** ... by the draft's own record id; @p known is false where the id is not of this vault, and nothing is
 * decided. */
int match_id(struct put *put, bool *known) VAULT_MUST_CHECK;

/** Write the sealed buffers of the workbench as a new record, or over the one that is there. */
int put_new(struct put *put, struct row *row) VAULT_MUST_CHECK;
int put_changed(struct put *put, struct row *row) VAULT_MUST_CHECK;
int put_terms(struct put *put, struct postings *postings, int64_t row) VAULT_MUST_CHECK;
/** The values that it is linked by, into the workbench. */
int put_values(struct put *put) VAULT_MUST_CHECK;
/** What the version is linked by if it leaks; @p postings NULL: only compared by. */
int put_fingerprint(struct put *put, struct postings *postings, const struct row *row) VAULT_MUST_CHECK;

#endif
