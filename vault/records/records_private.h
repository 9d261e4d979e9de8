/**
 * @file records_private.h
 * The workbench that writing and reading share, and a record as it lies in its table.
 */
#ifndef VAULT_RECORDS_RECORDS_PRIVATE_H
#define VAULT_RECORDS_RECORDS_PRIVATE_H

#include "vault/crypto/place.h"
#include "vault/records/fingerprint_private.h"
#include "vault/records/model_private.h"
#include "vault/records/records.h"
#include "vault/records/run_private.h"

#define NATURAL_SIZE 16
#define DIGEST_SIZE 32
#define HEADINGS 256
#define POOL_SIZE 640

/** One row, current or old; everything but `info` is borrowed from the statement until it moves on. */
struct row {
    struct record_info info;
    struct ulid client_id;
    const char *period; /* as it stands there, however long */
    const char *author;
    int64_t written; /* the version that was written last */
    bool old;        /* an earlier version, which has no natural token and digest any more */
    struct bytes natural, digest;
    struct bytes wrapped, head, body;
    struct place place; /* but for the part, which comes behind `place_size` */
    size_t place_size;
};

#define CLIENTS_KNOWN 256u

struct client_id {
    int64_t row; /* 0: none */
    struct ulid id;
};

struct records {
    struct store *store;
    struct ulid vault;
    struct record_keys keys;
    struct envelope *envelope;
    struct hasher *hasher;
    struct run run;

    /* How keys are wrapped; asked anew for every run of writing, and for every reading of another state of the store. */
    struct record_wrapping wrappings[COMPARTMENT_COUNT];
    unsigned wrapping_known; /* bits */
    uint64_t wrapping_state; /* store_state() */

    /* The row that was read by its id last, as it lies there: an operation looks it up, names it in its event, and opens
     * it, all in one state of the store. */
    uint64_t last_state; /* store_state(); 0: none */
    struct row last;
    struct buffer last_row; /* what `last` borrows from */
    struct witnessed_run *witnessed; /* of this run of writing */
    struct releases *lent;
    struct terms terms;

    /* What records_last() found. */
    uint64_t end_state; /* store_state(); 0: nothing */
    int64_t end_record, end_replaced;

    /* Ids of clients, each in the place of its row: what was committed keeps both for good, and what was rolled back is
     * forgotten (records_forget()). */
    struct client_id clients[CLIENTS_KNOWN];

    /* The last index key that was asked for: rows come client by client. */
    int64_t index_client; /* 0: none */
    enum compartment index_compartment;
    const struct secret *index_key;

    /* What versions are linked by, under the trace branch of an index key; of the key that was used last. */
    const struct secret *trace_of;
    struct trace_key *trace_key;
    struct buffer print;

    /* Random bytes for ids, drawn many at a time, since every draw is a call into the kernel. */
    uint8_t pool[POOL_SIZE];
    size_t pool_left;

    /* What headings mean, since a file has the same ones in every row. */
    struct {
        uint64_t hash;
        enum mask mask;
    } headings[HEADINGS];

    /* Reused from record to record, wiped in between. */
    struct buffer fields, raw, head, body, text, values;  /* plain, on the way in */
    struct buffer wrapped, sealed_head, sealed_body;      /* sealed */
    struct buffer bound;                                  /* what a body is bound to; not secret */
    struct buffer open_head, open_body, shown, shown_raw; /* plain, on the way out */
};

/** Read the columns of QUERY_RECORD_BY_ID and its like. VAULT_EFORGED if they cannot be ours. */
int row_read(struct statement *statement, struct row *row, struct failure *failure) VAULT_MUST_CHECK;
/** VAULT_ENOTFOUND. The statement stays on the row, reset it afterwards; or is NULL, and the row is valid until the next call
 *  of it. */
int row_by_id(struct records *records, const struct ulid *id, struct statement **statement, struct row *row,
    struct failure *failure) VAULT_MUST_CHECK;
/** Replace what differs in an older version of the same record: columns of QUERY_RECORD_VERSIONS. */
void row_read_version(struct statement *statement, struct row *row);
int row_old(struct records *records, int64_t version, struct statement **statement, struct row *row,
    struct failure *failure) VAULT_MUST_CHECK;

/** What is said of a record that does not open; VAULT_EFORGED. */
int row_forged(const struct row *row, struct failure *failure);
bool row_is_covered(const struct permit *permit, enum permit_use use, const struct row *row);
/** VAULT_EROLLBACK unless the version is the one written last. */
int row_is_last(const struct row *row, struct failure *failure) VAULT_MUST_CHECK;

/** Bind @p row to its place: everything in `info` and the client's id. */
void row_place(const struct records *records, struct row *row);
/** Seal the plain head and body of the workbench under a fresh record key into its sealed buffers. */
int row_seal(struct records *records, struct row *row, const struct secret *client_key, struct failure *failure)
    VAULT_MUST_CHECK;
/** Forget how keys are wrapped, unless nothing in the store has changed since it was asked. */
void wrap_refresh(struct records *records);
/** Find the client's key of a row, and its place. */
int row_client_key(struct records *records, struct row *row, const struct secret **key, struct failure *failure)
    VAULT_MUST_CHECK;
/** Is what stands beside the seal what it was sealed with?  Needs the client's key, and never a witness. */
int row_check(struct records *records, struct row *row, struct failure *failure) VAULT_MUST_CHECK;
/** Take the record key of a row out; then open its parts. */
int row_unwrap(struct records *records, struct row *row, struct failure *failure) VAULT_MUST_CHECK;
/** Its second step, with what row_client_key() gave; `client_id` is set. */
int row_open_key(struct records *records, struct row *row, const struct secret *key,
    struct failure *failure) VAULT_MUST_CHECK;
int row_open_head(struct records *records, struct row *row, struct failure *failure) VAULT_MUST_CHECK;
int row_open_body(struct records *records, struct row *row, struct failure *failure) VAULT_MUST_CHECK;
void row_ver(struct records *records, struct bytes head, struct bytes body, struct hash *ver);

/* --- wrap.c: how the record key in the envelope is held --- */

/** Forget how keys are wrapped, and the run's ephemeral key. */
void wrap_forget(struct records *records);
/** A fresh record key, or (@p fresh false) the one in the envelope, wrapped as the compartment says into `wrapped`. */
int wrap_key(struct records *records, struct row *row, const struct secret *client_key, bool fresh,
    struct failure *failure) VAULT_MUST_CHECK;
/** Take the record key out. VAULT_EFORGED, VAULT_EVERSION, VAULT_ELOG (no release), VAULT_EROLLBACK. */
int wrap_open(struct records *records, struct row *row, const struct secret *client_key, struct failure *failure)
    VAULT_MUST_CHECK;
/** The wrapping of a compartment, as settled. */
int wrap_how(struct records *records, enum compartment compartment, const struct record_wrapping **wrapping,
    struct failure *failure) VAULT_MUST_CHECK;
/** Add the row to @p releases if it needs one. */
int wrap_need(struct records *records, struct row *row, struct releases *releases, struct failure *failure)
    VAULT_MUST_CHECK;
/** Where the wrapped key belongs. */
struct bytes row_key_place(struct row *row);

int records_client_id(
    struct records *records, int64_t client, struct ulid *id, struct failure *failure) VAULT_MUST_CHECK;
int records_index_key(struct records *records, int64_t client, enum compartment compartment,
    const struct secret **key, struct failure *failure) VAULT_MUST_CHECK;
struct ulid records_fresh_id(struct records *records, int64_t at);
enum mask records_heading(struct records *records, struct bytes heading);

/** A body apart: borrowed from the plain bytes. */
struct body_view {
    struct bytes mark; /* natural token and digest, as they stand beside the seal */
    struct bytes date, where, fields, raw, content;
};
void body_write(const struct body_view *view, struct buffer *out);
/** Take the open body of the workbench apart; VAULT_EFORGED if another natural token or digest stands beside
 * it. */
int body_read(struct records *records, const struct row *row, struct body_view *view,
    struct failure *failure) VAULT_MUST_CHECK;

/** Write the head (JSON) of a draft into the workbench and, with a key, collect its tokens there. */
int head_write(struct records *records, const struct model *model, const char *date, json_t *fields,
    const struct secret *index_key) VAULT_MUST_CHECK;

/** Append the searchable texts of a record as one JSON object {term: text or array of texts}. */
int head_terms(
    struct records *records, const struct model *model, json_t *fields, struct buffer *out) VAULT_MUST_CHECK;

/** Append the natural key of a draft as text; @p whole tells that it is all of its fields (their JSON is in
 * the workbench), and asks for that if it is set before. VAULT_EINPUT if a part is missing. */
int natural_write(struct records *records, const struct model *model, const struct draft *draft,
    const json_t *fields, bool *whole, struct buffer *out, struct failure *failure) VAULT_MUST_CHECK;

/** Fill what @p permit lets see of an open body; @p parse also builds the JSON values. */
int body_show(struct records *records, const struct permit *permit, const struct row *row, bool parse,
    struct record_body *body, struct failure *failure) VAULT_MUST_CHECK;

#endif
