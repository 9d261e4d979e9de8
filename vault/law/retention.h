/**
 * @file retention.h
 * How long records of a kind must be kept, by the facts' section `retention`.
 */
#ifndef VAULT_LAW_RETENTION_H
#define VAULT_LAW_RETENTION_H

#include "vault/law/facts.h"

/** The longest period that the law asks for a kind. */
struct law_keeping {
    const json_t *entry; /* of the facts: article, status, …; NULL: none is known; borrowed */
    bool for_ever;
    int64_t until; /* the first instant at which nothing asks for it any more; 0 without an entry */
};

/**
 * Entries whose `force` is law and whose `kinds` name the kind count; each from the end of the year that the
 * records are of, which is as the accounting rules count.  When they were written does not matter here; the
 * caller takes that year where they have no period.
 * @param year  of the records' period, 1 to 9999.
 */
struct law_keeping law_keeping(const struct law *law, enum record_kind kind, int year);

#endif
