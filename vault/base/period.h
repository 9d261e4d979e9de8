/**
 * @file period.h
 * Accounting periods: YYYY, YYYY-MM, or two of them with ".." between, as bounds that texts are compared
 * with.
 */
#ifndef VAULT_BASE_PERIOD_H
#define VAULT_BASE_PERIOD_H

#include "vault/base/bytes.h"

struct period_range {
    char from[8]; /* "" for no bound */
    char to[8];   /* "9999-99" for no bound */
};

/** No bounds. */
void period_all(struct period_range *range);
/** false if @p text is no period; @p range then has no meaning.  A year holds itself and its months. */
bool period_parse(struct bytes text, struct period_range *range);

#endif
