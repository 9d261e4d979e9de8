/**
 * @file mark.h
 * What a leaked table still shows of the marks of an export, and how much that proves.
 *
 * An export writes its texts in one of several equal ways (base/writing.h) and brings its clients in an order
 * of its own; which way and which order is a code word that nobody can compute without the export's seed
 * (crypto/fingerprint.h).  Here the table is read as it lies there, cell by cell, before anything is
 * normalised: no heading, no linking and no vault is needed, since a position is found by the text itself.
 *
 * Then each export is weighed by its word.  The bits of an export that had no part in the leak are
 * independent of the leak, whatever was done to it and by whomever.  From that alone follow both bounds, for
 * any leak, number of leakers and strategy:
 *   - the ratio is an e-value: its mean over words that had no part is at most 1, so P(ratio ≥ x) ≤ 1/x;
 *   - Chernoff's bound of the symmetric score, computed for the positions that were read.
 * `log_bound` is twice the smaller of the two: a bound on how often an innocent export looks this guilty.
 * Multiply by the number of exports that were weighed.  It says that the file came from a copy of that
 * export, not who passed the copy on.  METHOD.md has the formulas.
 *
 * Reading and weighing are pure; a reading belongs to one thread until mark_reading_finish(), then to any
 * number.
 */
#ifndef VAULT_TRACE_MARK_H
#define VAULT_TRACE_MARK_H

#include "vault/base/writing.h"
#include "vault/crypto/fingerprint.h"
#include "vault/trace/decoy_row.h"

#define MARK_COLUMNS_MAX 64u        /* further cells of a row are not looked at */
#define MARK_POSITIONS_MAX 4000000u /* further texts are not looked at */
#define MARK_NUMBERS_MAX 4000000u   /* further numbers, in which made-up rows are looked for, neither */
#define MARK_ORDERED_MAX 10000u     /* different texts of a column whose order counts */
#define MARK_FALSE_ACCUSATION 1e-6  /* over all exports weighed: above it, nothing is told as found */

struct mark_reading;

/** @p code is borrowed until mark_reading_finish(). NULL without memory. */
struct mark_reading *mark_reading_new(const struct fingerprint_code *code);
/** NULL is allowed. */
void mark_reading_free(struct mark_reading *reading);

/** One row of the file, headings too: cells as they stand there, neither trimmed nor folded. @retval
 * VAULT_ENOMEM */
int mark_reading_add_row(
    struct mark_reading *reading, const struct bytes *cells, size_t count) VAULT_MUST_CHECK;
/** A name of a copy that the file's properties carry. */
void mark_reading_add_id(struct mark_reading *reading, const uint8_t id[FINGERPRINT_ID_SIZE]);
/** Once, after the last row. */
void mark_reading_finish(struct mark_reading *reading);

/** Positions read one way only: what a word can be held against. */
size_t mark_reading_positions(const struct mark_reading *reading);

struct mark_slot {
    size_t read;  /* positions of this slot that were read one way only */
    size_t agree; /* ... and as the word has them */
};

enum mark_kind {
    MARK_WIDTH,    /* brackets and stops */
    MARK_BLANKS,   /* gaps, spaces and tails */
    MARK_ORDER,    /* of clients */
    MARK_WORKBOOK, /* a property of the file */
    MARK_ROWS,     /* rows that were made up for the export */
    MARK_KINDS
};

struct mark_evidence {
    struct mark_slot slots[WRITING_SLOTS];
    size_t positions;  /* the sum of `read` */
    double score;      /* symmetric score: mean 0, variance `positions` for an export that had no part */
    size_t ordered;    /* of the column whose order agrees best, how many different texts */
    size_t inversions; /* of them, pairs in the other order; ordered·(ordered − 1)/4 by chance */
    bool id;           /* a property of the file names this very copy */
    /* Of the export's made-up clients, records and amounts, how many the file has. */
    struct decoy_counts rows;
    /* Natural logarithms: of the likelihood ratio of each kind (each is an e-value), of all together, "came from this
     * copy" to "had no part in it", and of the bound above, at most 0. */
    double log_kind[MARK_KINDS];
    double log_ratio;
    double log_bound;
};

/** @p rows: how many of its rows were made up; NULL: none. */
void mark_weigh(const struct mark_reading *reading, const struct fingerprint_word *word,
    const struct decoy_counts *rows, struct mark_evidence *evidence);

/** The bound over @p exports that were weighed, as a probability. */
double mark_bound(const struct mark_evidence *evidence, size_t exports);

#endif
