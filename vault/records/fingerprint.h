/**
 * @file fingerprint.h
 * What a record is linked by when a leak turns up, without being opened.
 *
 * With every version of a record that a leaked list may hold, its writer notes, under the trace branch of the
 * index key (keys/trace_keys.h): *tokens* in the inverted index, under which the record is found
 * (linkage/term.h, keyed), and a *fingerprint*, by which each cell of a row is compared with each version of
 * a record that was found.  A fingerprint holds, for every field, 16 bits of each quarter of the normalised
 * value and of its last four characters (amounts: of the value to the hundredth, the unit and the hundred; of
 * the amount of a document without its sign, which tables write in many ways),
 * salted by record and field: equal values of two records look different, a retyped character spoils one
 * quarter only, and nothing of the value can be read without trying.
 *
 * Vouchers, invoices and bank transactions have no tokens of their own: they are found by those of searching.
 * Versions that were written before these had fingerprints (schema as it is, rows absent) have none; whoever
 * traces then knows that the record agrees, not in which version.
 */
#ifndef VAULT_RECORDS_FINGERPRINT_H
#define VAULT_RECORDS_FINGERPRINT_H

#include "vault/crypto/secret.h"
#include "vault/linkage/term.h"
#include "vault/records/kind.h"
#include "vault/store/postings.h"

/** What the rows of a leaked table may be.  Bound into tokens: append only. */
enum trace_subject {
    SUBJECT_CLIENT = 1, /* a client: its record, contacts, accounts, contracts and filings */
    SUBJECT_EMPLOYEE,   /* a payroll entry */
    SUBJECT_VOUCHER,
    SUBJECT_INVOICE,
    SUBJECT_TRANSFER, /* a bank transaction */
    SUBJECT_LAST = SUBJECT_TRANSFER
};

/** "client", "employee", …; never NULL. */
const char *subject_name(enum trace_subject subject);
/** The subject that a kind belongs to; false for kinds that are traced with none. */
bool subject_of_kind(enum record_kind kind, enum trace_subject *subject);
/** Fields that its records may have. */
trace_fields subject_fields(enum trace_subject subject);
/** Those of them that no token finds a record by: a fingerprint only compares them. */
trace_fields subject_compared(enum trace_subject subject);
/** Those of them that name the person whose record it is, of several that a client has; 0: it is the
 * client's. */
trace_fields subject_naming(enum trace_subject subject);
/** Are its records found by the tokens of searching? */
bool subject_is_searched(enum trace_subject subject);

/** Which field of a leaked table a field of a record is; ends with an empty path.  Paths as in kind.h; "@key"
 * is a voucher's word and number together. */
struct trait {
    const char *path;
    enum trace_field field;
    bool compared; /* no token finds a record by it */
};
/** Static; of a kind that is traced with no subject: only the end. */
const struct trait *kind_traits(enum record_kind kind);

/** A trace branch made ready. */
struct trace_key;
int trace_key_new(const struct secret *branch, struct trace_key **key) VAULT_MUST_CHECK;
void trace_key_free(struct trace_key *key);

/** Are there tokens of such terms at all?  Not of retyped addresses and e-mails, nor of whoever is on a payroll. */
bool fingerprint_is_traced(enum trace_subject subject, const struct trace_term *term);

/** The token under which a record of the subject is found by a term. */
void fingerprint_token(const struct trace_key *key, enum trace_subject subject, const struct trace_term *term,
    struct token *token);

/** Does a version agree with a leaked cell?  As normal_compare() does, but for chances of one in some
 * thousand.
 *  @param print   as stored; one that is cut agrees with nothing.
 *  @param record  whose it is. */
bool fingerprint_agrees(const struct trace_key *key, const struct ulid *record, struct bytes print,
    enum trace_field field, const struct normal *cell);

#endif
