/**
 * @file facts_private.h
 * Inside the room: the facts as they were read.
 */
#ifndef VAULT_LAW_FACTS_PRIVATE_H
#define VAULT_LAW_FACTS_PRIVATE_H

#include "vault/law/facts.h"

struct law_class {
    int strict, lenient; /* tiers */
    const json_t *json;
};

struct law {
    json_t *json;
    struct law_tier tiers[LAW_TIERS_MAX];
    size_t tier_count;
    struct law_class classes[LAW_CLASSES_MAX];
    size_t class_count;
    struct law_item items[LAW_ITEMS_MAX];
    int item_lenient[LAW_ITEMS_MAX]; /* class of the lenient reading */
    size_t item_count;
    struct law_field fields[LAW_FIELDS_MAX];
    size_t field_count;
};

/**
 * Every section is there, holds only members that are known and of their form, each fact once and with its
 * basis, and names nothing that there is not.
 * @retval VAULT_EINPUT  the sentence names section and entry.
 */
int law_check(const json_t *facts, struct failure *failure) VAULT_MUST_CHECK;

#endif
