/**
 * @file records.h
 * Rows sealed and found again.
 *
 * A record version is sealed in two parts under a key of its own: the head (what lists show: date, key, title) and the body (fields, original cells, source).  The body is sealed over
 * the sealed head, so that it opens beside no other.  Both and the wrapped record key are bound to vault, client, compartment, kind, record and version, so that a row moved, swapped, edited or put back does
 * not open.  The current version is held against what the log said last (QUERY_WRITTEN_*), so that a version
 * above 1 cannot be taken back unnoticed.
 *
 * Everything works inside the caller's transaction.  One `struct records` belongs to one thread.
 */
#ifndef VAULT_RECORDS_RECORDS_H
#define VAULT_RECORDS_RECORDS_H

#include "vault/crypto/hash.h"
#include "vault/crypto/seal.h"
#include "vault/records/draft.h"
#include "vault/records/permit.h"
#include "vault/records/releases.h"
#include "vault/store/postings.h"

/** How record keys of a compartment are wrapped now. */
struct record_wrapping {
    bool witnessed;
    bool settled;        /* all that is there is wrapped so: what is not was put back from before */
    uint64_t generation; /* the rest: of witnessed ones */
    const char *origin;  /* of the vault's log */
    size_t count;
    struct witnessed_recipient recipients[WITNESSED_RECIPIENTS_MAX];
};

/** Where keys come from (the keyring, seen from below). Each returns VAULT_ENOKEY where the person holds none. */
struct record_keys {
    void *context;
    /** The client's key of a compartment; valid until the next call for another client. */
    int (*client)(void *context, int64_t client, enum compartment compartment, const struct secret **key,
        struct failure *failure);
    /** The key that blinds tokens of the client's portfolio and the compartment; valid for the session. */
    int (*index)(void *context, int64_t client, enum compartment compartment, const struct secret **key,
        struct failure *failure);
    /** How keys of a compartment are to be wrapped; NULL: directly. */
    int (*wrapping)(void *context, enum compartment compartment, struct record_wrapping *wrapping,
        struct failure *failure);
    /** Have one version released for which nobody asked beforehand: log an event that names it, ask, and put the key.
     *  NULL: refused. */
    int (*release)(void *context, struct releases *releases, struct failure *failure);
};

struct records;
/** @p store and what @p keys points to are borrowed; nothing handed out by a callback of a `struct records` may be used
 *  after the callback, nor may a callback use the same `struct records`. */
int records_new(struct store *store, const struct ulid *vault, const struct record_keys *keys,
    struct records **records) VAULT_MUST_CHECK;
void records_free(struct records *records);

/** What a record is, apart from its content; nothing here is sealed. */
struct record_info {
    int64_t row;
    struct ulid id;
    int64_t client; /* row */
    enum record_kind kind;
    char period[8];
    int64_t version;
    char author[65];
    int64_t at;     /* instant of this version */
    int64_t source; /* row of the source, 0 if written by hand */
    uint64_t seq;   /* the intent event that wrote this version */
};

/* --- Writing --- */

struct record_author {
    struct ulid client_id;
    int64_t client; /* row */
    const char *user;
    int64_t at;
    int64_t source;
    uint64_t seq; /* intent event */
};

enum record_outcome { RECORD_NEW, RECORD_CHANGED, RECORD_SAME };

struct record_written {
    enum record_outcome outcome;
    struct ulid id;
    int64_t version;
    struct hash ver; /* as records_ver() tells it; zero for RECORD_SAME, where nothing was sealed */
};

/**
 * Put one draft: new, a new version of the record with the same natural key (or of draft->record_id), or the same as
 * what is there.  Drafts of one import that share a natural key made of "all fields" are told apart by an ordinal.
 * Two drafts of one import (author->seq) with one proper natural key are a mistake unless they say the same.
 * Fields that the draft has masked (draft->masked) keep what the vault has; so do original cells and content that a
 * draft with a record_id does not bring.
 * @param postings  collects the search terms (where the author has their key: a deposit of a client's own record goes
 *                  without) and what the record is linked by if it leaks; NULL: neither.
 * @param fresh_key the client's key where the author has just made the client (a deposit); else NULL.
 * @retval VAULT_ENOKEY, VAULT_EFORGED, VAULT_EINPUT (a draft without its natural key), VAULT_EDENIED (permit)
 */
int records_put(struct records *records, const struct permit *permit, const struct record_author *author,
    const struct draft *draft, struct postings *postings, const struct secret *fresh_key,
    struct record_written *written, struct failure *failure) VAULT_MUST_CHECK;

/* --- Reading --- */

/** A head, opened; free with record_head_free(). */
struct record_head {
    struct record_info info;
    json_t *head; /* object: date, key, title; from records_head() also terms{field: text or array of texts} */
};
void record_head_free(struct record_head *head);

/** A body, opened; free with record_body_free().  The texts and bytes are borrowed from the records object: valid
 *  until its next call, or during the callback. */
struct record_body {
    struct record_info info;
    char date[11];
    json_t *head;   /* of records_open() alone, NULL in scans */
    json_t *fields; /* masked as the permit says; NULL in records_scan_json() and records_open_json() */
    json_t *masked; /* array of paths that are masked here; may be NULL where fields are: none */
    json_t *raw;    /* original cells that fields do not repeat; NULL where masked fields would show in it, and where
                     * fields are */
    char where[DRAFT_WHERE_SIZE];
    struct bytes fields_json; /* the same fields, masked alike, as canonical JSON */
    struct bytes raw_json;    /* the same original cells; empty where `raw` would be NULL */
    struct bytes content;     /* KIND_ATTACHMENT: the file */
};
void record_body_free(struct record_body *body);

/** Forget what was looked up in the store, after some of it was rolled back. */
void records_forget(struct records *records);

/** The last record and the last replaced version that there are, by their rows; 0: none. */
int records_last(struct records *records, int64_t *record, int64_t *replaced, struct failure *failure) VAULT_MUST_CHECK;

/** The row of a record by its id; nothing is opened. VAULT_ENOTFOUND. */
int records_find(struct records *records, const struct ulid *id, struct record_info *info, struct failure *failure)
    VAULT_MUST_CHECK;
/** SHA-256 over sealed head and body of a version (0: the current one), as logged in resources[].ver; nothing is opened.
 *  It stays the same when the record's key is wrapped again. */
int records_ver(struct records *records, const struct ulid *id, int64_t version, struct hash *ver,
    struct failure *failure) VAULT_MUST_CHECK;

/** Open heads of a client's records of the kinds and compartments that the permit covers, in order of kind, period and
 *  row. @p kind 0 is all; periods "" and "9999-99" are no bounds.  The callback borrows.
 *  @retval VAULT_EDENIED  nothing of it is covered. */
int records_list(struct records *records, const struct permit *permit, int64_t client, enum record_kind kind,
    const char *period_from, const char *period_to,
    int (*head)(void *context, const struct record_head *head), void *context, struct failure *failure)
    VAULT_MUST_CHECK;

/** Open one record; version 0 is the current one. */
int records_open(struct records *records, const struct permit *permit, const struct ulid *id, int64_t version,
    struct record_body *body, struct failure *failure) VAULT_MUST_CHECK;

/** The same as text, as records_scan_json() gives it; `head` is NULL. */
int records_open_json(struct records *records, const struct permit *permit, const struct ulid *id, int64_t version,
    struct record_body *body, struct failure *failure) VAULT_MUST_CHECK;

/** Mask the fields of a record that nobody has written, as those of one that the permit opens; @p masked as in a
 *  body, a new reference. */
int records_mask(struct records *records, const struct permit *permit, enum record_kind kind, json_t *fields,
    json_t **masked) VAULT_MUST_CHECK;

/** Open whole records one after another, for exports. */
int records_scan(struct records *records, const struct permit *permit, int64_t client, enum record_kind kind,
    const char *period_from, const char *period_to,
    int (*body)(void *context, const struct record_body *body), void *context, struct failure *failure)
    VAULT_MUST_CHECK;

/** The same as text: fields are handed on as they lie in the record and parsed only where something must be masked.
 *  Meanwhile a thread of its own reads ahead: the callback must not use the store or the keyring either. */
int records_scan_json(struct records *records, const struct permit *permit, int64_t client, enum record_kind kind,
    const char *period_from, const char *period_to,
    int (*body)(void *context, const struct record_body *body), void *context, struct failure *failure)
    VAULT_MUST_CHECK;

/**
 * Infos of all versions of a record, newest first.  The wrapped key of each is opened, which what is told of it is bound
 * to, and nothing else.
 * @retval VAULT_EFORGED, VAULT_EROLLBACK, VAULT_ENOKEY
 */
int records_versions(struct records *records, const struct ulid *id,
    int (*version)(void *context, const struct record_info *info), void *context, struct failure *failure)
    VAULT_MUST_CHECK;

/* --- Reading what a witness must release first --- */

/** Collect the witnessed ones among the versions that a call with the same arguments would open: records_open(),
 *  records_list() and records_scan() (with the compartments of the permit), records_head().  Nothing is opened. */
int records_need_one(struct records *records, const struct ulid *id, int64_t version, struct releases *releases,
    struct failure *failure) VAULT_MUST_CHECK;
int records_need_many(struct records *records, unsigned compartments, int64_t client, enum record_kind kind,
    const char *period_from, const char *period_to, struct releases *releases, struct failure *failure)
    VAULT_MUST_CHECK;
int records_need_row(struct records *records, int64_t row, struct releases *releases, struct failure *failure)
    VAULT_MUST_CHECK;

/** Use what was released from now on; borrowed until the next call. NULL: nothing. */
void records_lend(struct records *records, struct releases *releases);

/* --- Wrapping record keys again, after it was settled that they are to be wrapped otherwise --- */

/** Some records, current and older versions, whose keys are not wrapped as their compartment says. */
struct rewrap {
    const char *portfolio; /* in: of this one */
    enum compartment compartment;
    bool versions;  /* in: the older versions, else the current ones */
    int64_t after;  /* in: behind this row */
    int64_t last;   /* out: where the next call goes on */
    size_t count;   /* out; 0: nothing is left behind `after` */
    int64_t rows[512];
};
/** Find them; those that a witness must release are added to @p releases. */
int records_rewrap_find(struct records *records, struct rewrap *rewrap, struct releases *releases,
    struct failure *failure) VAULT_MUST_CHECK;
/** Wrap them again, in the caller's transaction.  What needs a release is taken from what was lent.
 *  @param keyless  how many were left, since the person holds no key of their client. */
int records_rewrap(struct records *records, const struct rewrap *rewrap, size_t *keyless, struct failure *failure)
    VAULT_MUST_CHECK;

/* --- Searching --- */

/**
 * Records that may carry a word, found by keyed tokens alone: nothing is opened.  Some may turn out not to match
 * (records_matches() tells).  Ascending rows, at most @p limit.
 * @param index_key  of the portfolio and compartment that are searched.
 * @retval VAULT_EINPUT  too short to search for: fewer than two characters.
 */
int records_search(struct records *records, const struct secret *index_key, const char *word, size_t limit,
    struct numbers *rows, struct failure *failure) VAULT_MUST_CHECK;
/** Info of a row that a search returned. */
int records_info(struct records *records, int64_t row, struct record_info *info, struct failure *failure)
    VAULT_MUST_CHECK;
int records_head(struct records *records, const struct permit *permit, int64_t row, struct record_head *head,
    struct failure *failure) VAULT_MUST_CHECK;
/** Array of the names of the terms in which the word really is; empty if in none. New reference, NULL without memory. */
json_t *records_matches(const struct record_head *head, const char *word);

/* --- Client cards: what a list of clients shows --- */

struct client_card {
    const char *client_no;
    const char *name;
    const char *tax_id;
    const char *status;
};
/** Seal a card; place is the client and the card's version. */
int card_seal(const struct secret *cards_key, const struct ulid *vault, const struct ulid *client, int64_t version,
    const struct client_card *card, struct buffer *sealed) VAULT_MUST_CHECK;
/** Open a card into an object {client_no, name, tax_id, status}; absent texts are absent. */
int card_open(const struct secret *cards_key, const struct ulid *vault, const struct ulid *client, int64_t version,
    struct bytes sealed, json_t **card) VAULT_MUST_CHECK;
/** Tokens under which a client is found exactly; TOKEN bytes for QUERY_CLIENT_BY_NUMBER and _BY_TAX. VAULT_ENOMEM. */
int card_exact_token(const struct secret *lookup_key, const char *label, const char *text, uint8_t token[16]);
/** Add the searchable terms of a card to the index; a client's number in it is row | CARD_NUMBER. */
#define CARD_NUMBER (UINT64_C(1) << 62)
int card_index(const struct secret *index_key, const struct client_card *card, int64_t client,
    struct postings *postings, struct failure *failure) VAULT_MUST_CHECK;

/* --- What a kind is made of --- */

/** Field paths of a kind that are masked unless revealed ("employee.id_no"), NULL-terminated, static. */
const char *const *kind_sensitive_fields(enum record_kind kind);
/** Is it a path of some kind's sensitive fields, or a heading of a table that speaks of such a thing? */
bool field_is_sensitive(const char *path);
/** The path under which a field of the kind is revealed ("social.*" of "social.pension"; of a table that we do not know
 *  the heading itself); NULL where it is not masked.  Static, or @p path. */
const char *kind_mask_of(enum record_kind kind, const char *path);
/** May a list or a search of the kind show this field, in a record's key or title?  Of fields of which the first that is
 *  there is shown, each may be; of a table that we do not know, none is known to be. */
bool kind_head_shows(enum record_kind kind, const char *path);

#endif
