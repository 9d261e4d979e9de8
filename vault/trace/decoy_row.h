/**
 * @file decoy_row.h
 * Decoy rows of an export: the numbers by which rows that were made up for one export alone name it.
 *
 * An export's word (crypto/fingerprint.h) gives numbers that nobody can compute without its seed: of made-up
 * companies the tax id, telephone and account, of their records the id and the amounts.  Whoever makes the
 * rows writes these numbers in; whoever reads a leak looks for them in its cells, whatever else is left of
 * the row.  As the event commits to the seed, the rows cannot be chosen afterwards.
 *
 * The chance that another's number stands in a leak by accident is known exactly: by the law of its class, it
 * is the sum of the probabilities of the different such cells of the leak.  Numbers are drawn evenly from the
 * range of their class, but for amounts of an export that says so: there leading digits are as frequent as
 * amounts have them (Benford), so that their sizes do not tell them from others.
 *
 * Pure; thread-safe.
 */
#ifndef VAULT_TRACE_DECOY_ROW_H
#define VAULT_TRACE_DECOY_ROW_H

#include "vault/crypto/fingerprint.h"

/* Stored in files that were exported: append only, and never change what one means. */
enum decoy_class {
    DECOY_TAX_LETTERS, /* characters 9 to 16 of a unified social credit code, letters among them */
    DECOY_TAX_DIGITS,  /* the same, digits alone */
    DECOY_TAX_MA,      /* characters 11 to 16, behind "MA" */
    DECOY_TAX_OTHER,   /* the last eight digits of another tax id */
    DECOY_PHONE,       /* the last eight digits of a telephone */
    DECOY_ACCOUNT,     /* digits 3 to 11 of an account of 16 to 19 */
    DECOY_RECORD,      /* the last 60 bits of a record's id */
    DECOY_AMOUNT,      /* an amount of five digits, two of them behind the point */
    DECOY_AMOUNT_LAST = DECOY_AMOUNT + 4, /* … of nine */
    DECOY_CENTS,                          /* the same by the logarithmic law */
    DECOY_CENTS_LAST = DECOY_CENTS + 4,
    DECOY_UNITS,                        /* a whole amount of four digits before the point, by that law */
    DECOY_UNITS_LAST = DECOY_UNITS + 3, /* … of seven */
    DECOY_CLASSES
};
#define DECOY_AMOUNT_DIGITS 5
#define DECOY_UNITS_DIGITS 4

/** How many rows of an export are made up, at most, as its event says: number i of a class is one for every i
 * below. */
struct decoy_counts {
    uint32_t clients; /* tax ids, telephones, accounts: of each one */
    uint32_t records;
    uint32_t amounts;
    bool logarithmic; /* amounts are of the classes of that law, as of all exports since there are these */
};
#define DECOY_COUNT_MAX 1000u

/** Numbers of the class, and how many of them an export has. */
uint64_t decoy_class_range(enum decoy_class class);
/** How likely it is that a number of the class is @p value, which is one of it. */
double decoy_class_chance(enum decoy_class class, uint64_t value);
uint32_t decoy_class_count(enum decoy_class class, const struct decoy_counts *counts);

/** The @p i -th number of the class: below its range, of amounts from the least with as many digits on. */
uint64_t decoy_number(const struct fingerprint_word *word, enum decoy_class class, uint32_t i);

/**
 * Write it into a number that looks as the class says; false, and @p text as it is, where it does not fit.
 * Check characters are the caller's.
 */
bool decoy_write_tax_id(const struct fingerprint_word *word, uint32_t i, char *text);
bool decoy_write_phone(const struct fingerprint_word *word, uint32_t i, char *text);
bool decoy_write_account(const struct fingerprint_word *word, uint32_t i, char *text);
/** The last twelve of a record id's characters. */
void decoy_write_record(const struct fingerprint_word *word, uint32_t i, char id[ULID_TEXT_SIZE]);
/** In hundredths, with @p digits digits, which are brought between five and nine.  As exports had them before
 * there was the logarithmic law. */
int64_t decoy_amount(const struct fingerprint_word *word, uint32_t i, unsigned digits);
/** In hundredths, with as many digits as @p like and whole where that is; 0 where an amount like that cannot
 * carry a number: small ones, huge ones, and whole ones that end in a zero. */
int64_t decoy_amount_like(const struct fingerprint_word *word, uint32_t i, int64_t like);

/** What a cell may hold: @p numbers by class, and a bit for each that is there. */
unsigned decoy_read(struct bytes cell, uint64_t numbers[DECOY_CLASSES]);

#endif
