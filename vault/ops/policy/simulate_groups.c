#include <stdlib.h>
#include <string.h>

#include "vault/ops/policy/simulate_private.h"

#define SLOTS 32768u /* more than GROUPS_MAX, and a power of two */

struct group {
    struct buffer key; /* the parts below, each with its length */
    struct buffer user;
    struct buffer action;
    struct buffer was_policies;
    struct buffer policies;
    bool was_permit;
    bool permit;
    uint64_t count;
    uint64_t first;
    uint64_t last;
};

struct groups {
    struct group *items;
    size_t count;
    size_t capacity;
    uint32_t slots[SLOTS]; /* number of an item, from 1 */
    struct buffer key;
};

struct groups *groups_new(void)
{
    return calloc(1, sizeof(struct groups));
}

void groups_free(struct groups *groups)
{
    if (groups == NULL)
        return;
    for (size_t i = 0; i < groups->count; i++) {
        struct group *group = &groups->items[i];
        buffer_free(&group->key);
        buffer_free(&group->user);
        buffer_free(&group->action);
        buffer_free(&group->was_policies);
        buffer_free(&group->policies);
    }
    buffer_free(&groups->key);
    free(groups->items);
    free(groups);
}

static void make_key(struct groups *groups, const struct change_seen *change)
{
    buffer_reset(&groups->key);
    buffer_put_block(&groups->key, change->user);
    buffer_put_block(&groups->key, change->action);
    buffer_put_u8(&groups->key, (uint8_t)(change->was_permit * 2 + change->permit));
    buffer_put_block(&groups->key, change->was_policies);
    buffer_put_block(&groups->key, change->policies);
}

/* The slot of the key: of its group, or the empty one where it would go. */
static uint32_t *find(struct groups *groups)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < groups->key.size; i++)
        hash = (hash ^ groups->key.data[i]) * UINT64_C(1099511628211);
    for (size_t at = (hash ^ hash >> 32) % SLOTS;; at = (at + 1) % SLOTS) {
        uint32_t number = groups->slots[at];
        if (number == 0 ||
            bytes_equal(buffer_bytes(&groups->items[number - 1].key), buffer_bytes(&groups->key)))
            return &groups->slots[at];
    }
}

static int add_group(struct groups *groups, const struct change_seen *change, uint32_t *slot)
{
    if (groups->count == groups->capacity) {
        size_t capacity = groups->capacity == 0 ? 64 : 2 * groups->capacity;
        struct group *items = realloc(groups->items, capacity * sizeof *items);
        if (items == NULL)
            return VAULT_ENOMEM;
        groups->items = items;
        groups->capacity = capacity;
    }
    struct group *group = &groups->items[groups->count++];
    *group =
        (struct group){.was_permit = change->was_permit, .permit = change->permit, .first = change->index};
    buffer_put(&group->key, buffer_bytes(&groups->key));
    buffer_put(&group->user, change->user);
    buffer_put(&group->action, change->action);
    buffer_put(&group->was_policies, change->was_policies);
    buffer_put(&group->policies, change->policies);
    *slot = (uint32_t)groups->count;
    bool bad = buffer_error(&group->key) != VAULT_OK || buffer_error(&group->was_policies) != VAULT_OK ||
               buffer_error(&group->policies) != VAULT_OK || buffer_error(&group->user) != VAULT_OK ||
               buffer_error(&group->action) != VAULT_OK;
    return bad ? VAULT_ENOMEM : VAULT_OK;
}

int groups_add(struct groups *groups, const struct change_seen *change)
{
    int result = VAULT_OK;
    struct change_seen rest = {.was_permit = change->was_permit,
        .permit = change->permit,
        .was_policies = bytes_of_text("[]"),
        .policies = bytes_of_text("[]"),
        .index = change->index};
    make_key(groups, change);
    uint32_t *slot = find(groups);
    if (*slot == 0 && groups->count >= GROUPS_MAX) {
        change = &rest;
        make_key(groups, change);
        slot = find(groups);
    }
    if (buffer_error(&groups->key) != VAULT_OK)
        return VAULT_ENOMEM;
    if (*slot == 0)
        result = add_group(groups, change, slot);
    if (result == VAULT_OK) {
        struct group *group = &groups->items[*slot - 1];
        group->count++;
        group->last = change->index;
    }
    return result;
}

/* --- Told --- */

static json_t *text_of(const struct buffer *buffer)
{
    return json_of_buffer(buffer);
}

static json_t *list_of(const struct buffer *buffer)
{
    json_t *list = NULL;
    if (json_read(buffer_bytes(buffer), &list, NULL) != VAULT_OK || !json_is_array(list)) {
        json_decref(list);
        list = json_array();
    }
    return list;
}

static json_t *group_json(const struct group *group)
{
    return json_pack("{s:o,s:o,s:s,s:o,s:s,s:o,s:I,s:I,s:I}", "user", text_of(&group->user), "action",
        text_of(&group->action), "was", group->was_permit ? "permit" : "deny", "was_by",
        list_of(&group->was_policies), "becomes", group->permit ? "permit" : "deny", "becomes_by",
        list_of(&group->policies), "count", (json_int_t)group->count, "first", (json_int_t)group->first,
        "last", (json_int_t)group->last);
}

static int by_count(const void *left, const void *right)
{
    const struct group *a = *(const struct group *const *)left;
    const struct group *b = *(const struct group *const *)right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->first < b->first ? -1 : a->first > b->first;
}

json_t *groups_json(const struct groups *groups)
{
    json_t *list = json_array();
    const struct group **order = calloc(groups->count + 1, sizeof *order);
    for (size_t i = 0; order != NULL && i < groups->count; i++)
        order[i] = &groups->items[i];
    if (order != NULL)
        qsort(order, groups->count, sizeof *order, by_count);
    for (size_t i = 0; order != NULL && list != NULL && i < groups->count; i++) {
        if (json_array_append_new(list, group_json(order[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    if (order == NULL) {
        json_decref(list);
        list = NULL;
    }
    free(order);
    return list;
}
