/**
 * @file decoy_habits_private.h
 * Inside the room: how a person's clients book, learnt from their records, so that those of a decoy are
 * alike.  Pure: no vault, no files.
 *
 * Kept are amounts, days of the month and *shapes*: what a voucher says and books where, an invoice's item
 * and rate, a bank line's summary.  A shape is given out only if clients of at least HABIT_CLIENTS have it,
 * so that it is nobody's secret, and an amount only moved a little: as large and as round as one of the
 * sample, and not that one.  Names, numbers and other texts of records are not kept.
 */
#ifndef VAULT_OPS_DECOYS_DECOY_HABITS_PRIVATE_H
#define VAULT_OPS_DECOYS_DECOY_HABITS_PRIVATE_H

#include "vault/base/json.h"
#include "vault/records/kind.h"

#define HABIT_CLIENTS 3      /* that have a shape, before a decoy has it */
#define HABIT_CLIENTS_MAX 32 /* that are learnt from */
#define HABIT_LINES 4        /* of a voucher whose shape is kept */

struct habits;

/** NULL without memory. */
struct habits *habits_new(void);
void habits_free(struct habits *habits);

/**
 * Learn from a record of the @p client -th of HABIT_CLIENTS_MAX clients, wiping nothing of it: what is masked
 * teaches nothing.  Of a kind that has no habits it does nothing.
 * @param date  YYYY-MM-DD or "".
 * @retval VAULT_ENOMEM
 */
int habits_learn(struct habits *habits, size_t client, enum record_kind kind, const char *date,
    const json_t *fields) VAULT_MUST_CHECK;

/** What one record of a decoy may be like. */
struct habit {
    int64_t amount; /* hundredths, above 0: a voucher's debit, an invoice's net, what a line moves, a base */
    int64_t
        lines[HABIT_LINES]; /* of a voucher with a shape, as parts of the amount; the last makes it balance */
    bool in;                /* of an invoice received, a transfer received */
    unsigned day;           /* 1 to 31; 0: none is known */
    const json_t *shape;    /* borrowed from the habits; NULL: none that several clients have */
};

/** Draw one as frequent as the sample has them; false where there are none of the kind. */
bool habits_draw(const struct habits *habits, enum record_kind kind, struct habit *habit);

/** Another amount (above 0) as large and as round. */
int64_t habits_move(int64_t amount);

/** A day of the month on which such records are dated, 0 if none is known. */
unsigned habits_day(const struct habits *habits, enum record_kind kind);

#endif
