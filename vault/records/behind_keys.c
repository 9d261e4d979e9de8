/* Keys of drafts that are put behind. */
#include <stdlib.h>
#include <string.h>

#include "vault/records/behind_private.h"

/* Files come client by client, or month by month with all clients of a portfolio in each. */
#define SETS 64

struct behind_keys {
    struct records *records;
    struct behind_key_set sets[SETS];
    size_t last; /* used; rows come in runs */
    size_t next; /* to be given up */
};

int behind_keys_new(struct records *records, struct behind_keys **keysp)
{
    *keysp = calloc(1, sizeof **keysp);
    if (*keysp == NULL)
        return VAULT_ENOMEM;
    (*keysp)->records = records;
    return VAULT_OK;
}

void behind_keys_free(struct behind_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < SETS; i++)
        secret_free(keys->sets[i].client_key);
    free(keys);
}

static bool fits(const struct behind_key_set *set, int64_t client, enum record_kind kind)
{
    return set->client == client && set->of == kind_compartment(kind) &&
           set->index_of == model_index_compartment(kind);
}

const struct behind_key_set *behind_keys_known(
    struct behind_keys *keys, int64_t client, enum record_kind kind)
{
    if (fits(&keys->sets[keys->last], client, kind))
        return &keys->sets[keys->last];
    for (size_t i = 0; i < SETS; i++) {
        if (fits(&keys->sets[i], client, kind)) {
            keys->last = i;
            return &keys->sets[i];
        }
    }
    return NULL;
}

const struct behind_key_set *behind_keys_ask(struct behind_keys *keys, int64_t client, enum record_kind kind)
{
    struct records *records = keys->records;
    const struct secret *client_key = NULL;
    struct failure absent = {0}; /* records_put() will say so */
    struct behind_key_set set = {
        .client = client, .of = kind_compartment(kind), .index_of = model_index_compartment(kind)};
    int result = records_index_key(records, client, set.index_of, &set.index, &absent);
    if (result == VAULT_OK)
        result = records_index_key(records, client, set.of, &set.search, &absent);
    if (result == VAULT_OK)
        result = records->keys.client(records->keys.context, client, set.of, &client_key, &absent);
    if (result == VAULT_OK)
        set.client_key = secret_copy(secret_bytes(client_key));
    if (set.client_key == NULL)
        return NULL;
    struct behind_key_set *kept = &keys->sets[keys->next];
    keys->last = keys->next;
    keys->next = (keys->next + 1) % SETS;
    secret_free(kept->client_key);
    *kept = set;
    return kept;
}
