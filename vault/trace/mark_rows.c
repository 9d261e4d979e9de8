/* Rows that were made up for one export, looked for among a leak's numbers: METHOD.md, "Decoy rows of
 * exports". */
#include <math.h>
#include <stdlib.h>

#include "vault/trace/mark_private.h"

/* What share of the rows came through: nearly all, or as little as is left of a piece of the file. */
static const double shares[] = {0.98, 0.5, 0.2, 0.05};
#define SHARES (sizeof shares / sizeof *shares)

/* How likely it is beforehand that a class of numbers was written and survived: of tax ids one of four is. */
#define ALIVE 0.125

/* --- Numbers of a leak --- */

static size_t first_place(uint64_t value, uint32_t class, size_t size)
{
    uint64_t mixed = (value + class) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(mixed ^ mixed >> 32) & (size - 1);
}

static struct mark_number *find(struct mark_number *numbers, size_t size, uint64_t value, uint32_t class)
{
    size_t at = first_place(value, class, size);
    while (numbers[at].class != 0 && (numbers[at].value != value || numbers[at].class != class))
        at = (at + 1) & (size - 1);
    return &numbers[at];
}

static bool grow(struct mark_reading *reading)
{
    size_t size = reading->number_size == 0 ? 1024 : reading->number_size * 2;
    struct mark_number *numbers = calloc(size, sizeof *numbers);
    if (numbers == NULL)
        return false;
    for (size_t i = 0; i < reading->number_size; i++) {
        if (reading->numbers[i].class != 0)
            *find(numbers, size, reading->numbers[i].value, reading->numbers[i].class) = reading->numbers[i];
    }
    free(reading->numbers);
    reading->numbers = numbers;
    reading->number_size = size;
    return true;
}

int mark_add_numbers(struct mark_reading *reading, struct bytes cell)
{
    uint64_t values[DECOY_CLASSES];
    unsigned read = decoy_read(cell, values);
    for (uint32_t class = 0; class < DECOY_CLASSES && read != 0; class ++) {
        if ((read >> class & 1) == 0 || reading->number_count >= MARK_NUMBERS_MAX)
            continue;
        if (reading->number_count * 3 >= reading->number_size * 2 && !grow(reading))
            return VAULT_ENOMEM;
        struct mark_number *there = find(reading->numbers, reading->number_size, values[class], class + 1);
        if (there->class != 0)
            continue;
        *there = (struct mark_number){.value = values[class], .class = class + 1};
        reading->number_count++;
        reading->numbers_of[class]++;
        reading->chance_of[class] += decoy_class_chance((enum decoy_class)class, values[class]);
    }
    return VAULT_OK;
}

/* --- One export's --- */

static double log_add(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    return isinf(high) ? high : high + log1p(exp(low - high));
}

/* The mean over shares of the product over numbers, each of which is there by chance with the same probability: of mean 1 for an export that had no part. */
static double weigh_class(
    const struct mark_reading *reading, enum decoy_class class, uint32_t count, uint32_t hits)
{
    double chance = reading->chance_of[class], mixed = -INFINITY;
    for (size_t s = 0; s < SHARES; s++) {
        double there = log(shares[s] / chance), missing = log1p(-shares[s]) - log1p(-chance);
        mixed = log_add(mixed, hits * there + (count - hits) * missing - log((double)SHARES));
    }
    return log_add(log1p(-ALIVE), log(ALIVE) + mixed);
}

static bool holds(const struct mark_reading *reading, enum decoy_class class, uint64_t value)
{
    return find(reading->numbers, reading->number_size, value, (uint32_t) class + 1)->class != 0;
}

static void tell(enum decoy_class class, uint32_t hits, struct decoy_counts *found)
{
    uint32_t *count = class == DECOY_RECORD   ? &found->records
                      : class >= DECOY_AMOUNT ? &found->amounts
                                              : &found->clients;
    *count = class >= DECOY_AMOUNT ? *count + hits : hits > *count ? hits : *count;
}

double mark_weigh_rows(const struct mark_reading *reading, const struct fingerprint_word *word,
    const struct decoy_counts *counts, struct decoy_counts *found)
{
    double log_ratio = 0;
    *found = (struct decoy_counts){.clients = 0};
    for (int i = 0; i < DECOY_CLASSES; i++) {
        enum decoy_class class = (enum decoy_class)i;
        uint32_t count = decoy_class_count(class, counts), hits = 0;
        /* A leak that has half of all numbers tells nothing by some. */
        if (count == 0 || reading->numbers_of[class] == 0 || reading->chance_of[class] > 0.5)
            continue;
        for (uint32_t k = 0; k < count; k++)
            hits += holds(reading, class, decoy_number(word, class, k));
        log_ratio += weigh_class(reading, class, count, hits);
        tell(class, hits, found);
    }
    return log_ratio;
}
