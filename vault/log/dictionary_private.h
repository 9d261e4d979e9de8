/**
 * @file dictionary_private.h
 * Texts to numbers from 0, in the order in which they came, and back.  Start with {0}; one thread.
 */
#ifndef VAULT_LOG_DICTIONARY_PRIVATE_H
#define VAULT_LOG_DICTIONARY_PRIVATE_H

#include "vault/base/bytes.h"

struct dictionary {
    struct buffer text;
    struct dictionary_item {
        size_t start, size;
    } * items;
    size_t count, capacity;
    uint32_t *table; /* number + 1, 0 is free; open addressing */
    size_t places;
};

/** The number of a text, added where it is new.  VAULT_ENOMEM. */
int dictionary_put(struct dictionary *dictionary, struct bytes text, uint32_t *number) VAULT_MUST_CHECK;
bool dictionary_find(const struct dictionary *dictionary, struct bytes text, uint32_t *number);
/** Borrowed until the next put; empty for a number that there is not. */
struct bytes dictionary_get(const struct dictionary *dictionary, uint32_t number);
void dictionary_free(struct dictionary *dictionary);

#endif
