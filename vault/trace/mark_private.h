/**
 * @file mark_private.h
 * Inside the room: a leaked table as positions and orders.
 */
#ifndef VAULT_TRACE_MARK_PRIVATE_H
#define VAULT_TRACE_MARK_PRIVATE_H

#include "vault/trace/mark.h"

#define MARK_IDS_MAX 8
#define MARK_DISPERSIONS 5 /* of Mallows' model, that an order is weighed with */

/* A text's slot: in which column it was seen first, and how often which way. */
struct mark_place {
    uint64_t position;
    uint32_t half, full;
    uint8_t column, slot; /* slot + 1; 0: this entry of the table is free */
};

/* The different texts of a column, in the order in which they came. */
struct mark_column {
    uint32_t *starts; /* in `keys`; the size of one stands before it */
    size_t count, capacity;
    uint32_t *seen; /* hash table of numbers + 1 into `starts` */
    size_t seen_size;
    double log_z[2][MARK_DISPERSIONS]; /* of all its texts, and of all but the first: mark_column_finish() */
};

struct mark_number {
    uint64_t value;
    uint32_t class; /* + 1; 0: this entry of the table is free */
};

struct mark_reading {
    const struct fingerprint_code *code;
    struct mark_place *table; /* open addressing; a list of `count` after mark_reading_finish() */
    size_t count, size;
    struct mark_column columns[MARK_COLUMNS_MAX];
    struct buffer keys;
    /* Numbers that may be those of made-up rows: a hash table of them, a class each; how many of each class, and how
     * likely a number of the class is one of these. */
    struct mark_number *numbers;
    size_t number_count, number_size;
    size_t numbers_of[DECOY_CLASSES];
    double chance_of[DECOY_CLASSES];
    uint8_t ids[MARK_IDS_MAX][FINGERPRINT_ID_SIZE];
    size_t id_count;
};

/* Which way the place was written, where nearly all of it is written one way. */
static inline bool mark_place_reads(const struct mark_place *place, bool *full)
{
    uint32_t more = place->full > place->half ? place->full : place->half;
    uint32_t less = place->full > place->half ? place->half : place->full;
    *full = place->full > place->half;
    return less == 0 || more >= 5 * (uint64_t)less;
}

/** Note what numbers a cell holds. VAULT_ENOMEM. */
int mark_add_numbers(struct mark_reading *reading, struct bytes cell) VAULT_MUST_CHECK;
/** Natural logarithm of the likelihood ratio of an export's made-up rows; counts those that are there. */
double mark_weigh_rows(const struct mark_reading *reading, const struct fingerprint_word *word,
    const struct decoy_counts *counts, struct decoy_counts *found);

/** The n-th text of a column. */
struct bytes mark_column_text(const struct mark_reading *reading, const struct mark_column *column, size_t n);

/** What the orders of the column's texts add up to, which is the same for every export; when all texts are there. */
void mark_column_finish(struct mark_column *column);

/** Natural logarithm of the likelihood ratio of a column's order from its @p first text on; @p inversions is counted. */
double mark_weigh_order(const struct mark_reading *reading, const struct mark_column *column, size_t first,
    const struct fingerprint_word *word, size_t *inversions);

#endif
