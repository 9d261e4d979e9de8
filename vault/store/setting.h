/**
 * @file setting.h
 * Single named values of the store: numbers that are cached, and byte strings that every open needs.
 */
#ifndef VAULT_STORE_SETTING_H
#define VAULT_STORE_SETTING_H

#include "vault/store/store.h"

/** @p value is @p otherwise where there is none. */
int store_setting_get(struct store *store, const char *name, int64_t otherwise, int64_t *value,
    struct failure *failure) VAULT_MUST_CHECK;
int store_setting_put(struct store *store, const char *name, int64_t value, struct failure *failure)
    VAULT_MUST_CHECK;

/** Appends to @p value; VAULT_ENOTFOUND where there is none. */
int store_fact_get(struct store *store, const char *name, struct buffer *value, struct failure *failure)
    VAULT_MUST_CHECK;
int store_fact_put(struct store *store, const char *name, struct bytes value, struct failure *failure)
    VAULT_MUST_CHECK;

#endif
