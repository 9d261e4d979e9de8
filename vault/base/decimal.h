/**
 * @file decimal.h
 * Amounts: a 64-bit integer and a scale, never floating point.  value = mantissa / 10^scale.
 */
#ifndef VAULT_BASE_DECIMAL_H
#define VAULT_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/bytes.h"

#define DECIMAL_SCALE_MAX 12
#define DECIMAL_TEXT_SIZE 34

struct decimal {
    int64_t mantissa;
    int scale; /* 0 to DECIMAL_SCALE_MAX */
};

/**
 * Plain notation only: an optional sign, digits, an optional point and digits ("-1234.50", ".5", "7.").
 * Group separators, currency signs and full-width digits are the importer's to remove first.
 * @retval VAULT_EINPUT  empty, not a number, or an exponent.
 * @retval VAULT_ELIMIT  more digits than fit without loss.
 */
int decimal_parse(struct bytes text, struct decimal *decimal) VAULT_MUST_CHECK;

/** As many fraction digits as the scale has: {1200, 2} is "12.00". */
void decimal_format(struct decimal decimal, char text[DECIMAL_TEXT_SIZE]);

/** @p sum += @p more at the larger scale; VAULT_ELIMIT on overflow, and @p sum is then unchanged. */
int decimal_add(struct decimal *sum, struct decimal more) VAULT_MUST_CHECK;

struct decimal decimal_negate(struct decimal decimal);

/** -1, 0 or 1; compares values, so 1.0 equals 1.00. */
int decimal_compare(struct decimal a, struct decimal b);

/** Drop trailing zeros of the fraction down to @p scale digits. */
struct decimal decimal_reduce(struct decimal decimal, int scale);

#endif
