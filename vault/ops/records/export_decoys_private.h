/**
 * @file export_decoys_private.h
 * Inside the room: decoy rows of one export, made for it alone, by which a piece of the file names its event.
 *
 * They are rows of made-up clients, never of a real one: what a real client's rows say and sum up to is what
 * it is without them.  Vouchers, invoices, bank lines and payroll entries (where `export.decoys` is `all`)
 * come in pairs of one period, account and amount of which the second takes the first back, so that no sum
 * over the file changes either.  Payroll is left out of what people are paid by (purposes `payment` and the
 * like, and a file of nothing but payroll that shows card numbers). Their numbers are drawn from the export's
 * seed (trace/decoy_row.h); the rest is made after a sample of the very rows that are exported.  The store
 * keeps a token of each, so that a later import leaves them out.
 */
#ifndef VAULT_OPS_RECORDS_EXPORT_DECOYS_PRIVATE_H
#define VAULT_OPS_RECORDS_EXPORT_DECOYS_PRIVATE_H

#include "vault/formats/export.h"
#include "vault/ops/call_private.h"
#include "vault/ops/decoys/decoy_company_private.h"
#include "vault/trace/decoy_row.h"

#define COPY_DECOYS_FROM \
    20 /* clients that an export names; in smaller ones a made-up one would be looked at */
#define COPY_DECOYS_CLIENTS 6 /* at most */
#define COPY_DECOYS_PAIRS 60
#define COPY_SAMPLE_CLIENTS 12 /* whose rows are looked at */
#define COPY_SAMPLE_ROWS 40    /* of a kind */
#define COPY_SAMPLE_LOOKED 160 /* of a kind of one client: no more are opened */

/* A record as it goes into the file; all owned. */
struct made_record {
    enum record_kind kind;
    char id[ULID_TEXT_SIZE];
    char period[8];
    char date[11];
    json_t *fields;
    json_t *masked;
};

struct made_client {
    struct company company;
    struct made_record records[1 + 2 * COPY_DECOYS_PAIRS];
    size_t count;
};

/* Kinds of which there are pairs, in the order of an export. */
enum money_kind { MONEY_VOUCHER, MONEY_INVOICE, MONEY_TRANSFER, MONEY_PAYROLL, MONEY_KINDS };

/* Of a kind, what rows look like. */
struct row_samples {
    struct made_record rows[COPY_SAMPLE_ROWS];
    size_t count;
};

struct copy_decoys {
    const char *why_not;     /* "asked"; NULL where there is nothing to say */
    bool money[MONEY_KINDS]; /* pairs of these too */
    enum record_kind kind;
    struct decoy_counts counts; /* what the event says: at most; none: nothing is made */
    struct company_samples *names;
    struct row_samples cards, pairs[MONEY_KINDS];
    bool used[COPY_DECOYS_PAIRS]; /* amounts of the seed */
    uint32_t unnumbered;          /* pairs whose amount is none of the seed's */
    size_t looked;                /* rows of this kind and client */
    struct permit *permit;        /* of a client that was looked at: what is masked */
    struct made_client *list;
    size_t made;
    uint64_t rows;        /* records that were made */
    struct buffer tokens; /* what a later import knows them by */
};

/**
 * Whether and how many, by `export.decoys`, the purpose, the person (no_decoys) and the size of the export.
 * @param seeded   the export has marks, and so a seed.
 * @param clients  that are exported, without those that are left out.
 * @param rows     that it will have.
 */
int copy_decoys_plan(struct call *call, bool seeded, enum record_kind kind, size_t clients, int64_t rows,
    struct copy_decoys *decoys) VAULT_MUST_CHECK;
static inline bool copy_decoys_wanted(const struct copy_decoys *decoys)
{
    return decoys->counts.clients > 0;
}
/** Add to the `marks` member of the export's event: kind "decoys" and decoys{clients,records,amounts}, or
 * {why}. */
int copy_decoys_tell(const struct copy_decoys *decoys, json_t *marks) VAULT_MUST_CHECK;

/** Look at a client's card, so that none is made up like it. VAULT_ENOMEM. */
int copy_decoys_card(struct copy_decoys *decoys, const json_t *card) VAULT_MUST_CHECK;
/** Kinds of which rows are to be looked at, one after another; 0 past the last. */
enum record_kind copy_decoys_kind(const struct copy_decoys *decoys, size_t i);
/** Look at a row of the export. @p decoys: a struct copy_decoys. VAULT_ELIMIT: enough of this kind and
 * client. */
int copy_decoys_look(void *decoys, const struct record_body *body) VAULT_MUST_CHECK;
/** Make them, after the looking; fewer where nothing new can be made of the samples. */
int copy_decoys_make(
    struct call *call, const struct fingerprint_word *word, struct copy_decoys *decoys) VAULT_MUST_CHECK;
/** Write those of one made-up client. */
int copy_decoys_put(struct copy_decoys *decoys, size_t i, struct export_writer *writer,
    struct failure *failure) VAULT_MUST_CHECK;
void copy_decoys_free(struct copy_decoys *decoys);

void made_record_free(struct made_record *record);

#endif
