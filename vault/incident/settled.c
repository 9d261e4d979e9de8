#include "vault/incident/settled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 10000u

struct settled {
    json_t *waiting; /* by index of the intent: leaves without an outcome yet */
};

struct settled *settled_new(void)
{
    struct settled *settled = malloc(sizeof *settled);
    if (settled == NULL)
        return NULL;
    settled->waiting = json_object();
    if (settled->waiting != NULL)
        return settled;
    free(settled);
    return NULL;
}

void settled_free(struct settled *settled)
{
    if (settled == NULL)
        return;
    json_decref(settled->waiting);
    free(settled);
}

static int settle(struct settled *settled, const json_t *leaf,
    int (*take)(void *context, uint64_t index, const json_t *leaf), void *context)
{
    char key[24];
    uint64_t intent = (uint64_t)json_number(leaf, "intent", 0);
    (void)snprintf(key, sizeof key, "%llu", (unsigned long long)intent);
    json_t *waiting = json_incref(json_object_get(settled->waiting, key));
    (void)json_object_del(settled->waiting, key);
    int result = VAULT_OK;
    if (waiting != NULL && json_is(json_object_get(leaf, "result"), "status", "ok"))
        result = take(context, intent, waiting);
    json_decref(waiting);
    return result;
}

int settled_feed(struct settled *settled, uint64_t index, const json_t *leaf,
    int (*take)(void *context, uint64_t index, const json_t *leaf), void *context)
{
    char key[24];
    if (json_is(leaf, "phase", "outcome"))
        return settle(settled, leaf, take, context);
    if (!json_is(json_object_get(leaf, "decision"), "effect", "permit"))
        return VAULT_OK;
    if (!json_is(leaf, "phase", "intent"))
        return take(context, index, leaf);
    if (json_object_size(settled->waiting) >= WAITING_MAX)
        return VAULT_ELIMIT;
    (void)snprintf(key, sizeof key, "%llu", (unsigned long long)index);
    json_t *copy = json_deep_copy(leaf);
    return copy != NULL && json_object_set_new(settled->waiting, key, copy) == 0 ? VAULT_OK : VAULT_ENOMEM;
}
