#include "vault/records/releases.h"

#include <stdlib.h>
#include <string.h>

/* Who released a stretch of items; the next stretch may come from another witness. */
struct stretch {
    size_t from;
    size_t count;
    uint8_t recipient[WITNESSED_ID_SIZE];
    struct secret *keys;
    struct stretch *next;
};

struct releases {
    struct release_item *items;
    size_t count;
    size_t capacity;
    size_t next; /* where the next question is expected */
    /* Recipients that all items have. */
    uint8_t common[WITNESSED_RECIPIENTS_MAX][WITNESSED_ID_SIZE];
    size_t common_count;
    struct stretch *stretches;
};

struct releases *releases_new(void)
{
    return calloc(1, sizeof(struct releases));
}

void releases_free(struct releases *releases)
{
    if (releases == NULL)
        return;
    while (releases->stretches != NULL) {
        struct stretch *next = releases->stretches->next;
        secret_free(releases->stretches->keys);
        free(releases->stretches);
        releases->stretches = next;
    }
    free(releases->items);
    free(releases);
}

size_t releases_count(const struct releases *releases)
{
    return releases->count;
}

const struct release_item *releases_items(const struct releases *releases)
{
    return releases->items;
}

bool releases_all_for(const struct releases *releases, const uint8_t recipient[WITNESSED_ID_SIZE])
{
    for (size_t i = 0; i < releases->common_count; i++) {
        if (memcmp(releases->common[i], recipient, WITNESSED_ID_SIZE) == 0)
            return true;
    }
    return false;
}

static void keep_common(struct releases *releases, const struct witnessed_view *view)
{
    size_t kept = 0;
    if (releases->count == 0) {
        for (size_t i = 0; i < view->count; i++)
            memcpy(releases->common[i], view->recipients.data + i * (view->recipients.size / view->count),
                WITNESSED_ID_SIZE);
        releases->common_count = view->count;
        return;
    }
    for (size_t i = 0; i < releases->common_count; i++) {
        if (witnessed_has(view, releases->common[i]))
            memmove(releases->common[kept++], releases->common[i], WITNESSED_ID_SIZE);
    }
    releases->common_count = kept;
}

static int grow(struct releases *releases)
{
    size_t capacity = releases->capacity == 0 ? 16 : releases->capacity * 2;
    if (releases->count < releases->capacity)
        return VAULT_OK;
    struct release_item *items = realloc(releases->items, capacity * sizeof *items);
    if (items == NULL)
        return VAULT_ENOMEM;
    releases->items = items;
    releases->capacity = capacity;
    return VAULT_OK;
}

int releases_add(struct releases *releases, const struct ulid *client, const struct ulid *record,
    uint64_t version, struct bytes wrapped)
{
    struct witnessed_view view;
    int result = witnessed_read(wrapped, &view);
    if (result == VAULT_OK && releases->count >= (size_t)RELEASE_ITEMS_MAX * RELEASE_BATCHES_MAX)
        result = VAULT_ELIMIT;
    if (result == VAULT_OK)
        result = grow(releases);
    if (result != VAULT_OK)
        return result;
    keep_common(releases, &view);
    struct release_item *item = &releases->items[releases->count++];
    item->client = *client;
    item->record = *record;
    item->version = version;
    memcpy(item->point, view.point.data, BOX_PUBLIC_SIZE);
    return VAULT_OK;
}

int releases_put(struct releases *releases, size_t from, size_t count,
    const uint8_t recipient[WITNESSED_ID_SIZE], struct bytes keys)
{
    if (from > releases->count || count > releases->count - from || keys.size != count * KEY_SIZE)
        return VAULT_EINTERNAL;
    struct stretch *stretch = calloc(1, sizeof *stretch);
    if (stretch == NULL || (stretch->keys = secret_copy(keys)) == NULL) {
        free(stretch);
        return VAULT_ENOMEM;
    }
    stretch->from = from;
    stretch->count = count;
    memcpy(stretch->recipient, recipient, WITNESSED_ID_SIZE);
    stretch->next = releases->stretches;
    releases->stretches = stretch;
    return VAULT_OK;
}

static bool is_item(
    const struct release_item *item, const struct ulid *record, uint64_t version, struct bytes point)
{
    return item->version == version && ulid_equal(&item->record, record) &&
           bytes_equal(bytes_of(item->point, BOX_PUBLIC_SIZE), point);
}

const uint8_t *releases_find(struct releases *releases, const struct ulid *record, uint64_t version,
    struct bytes point, uint8_t recipient[WITNESSED_ID_SIZE])
{
    size_t at = releases->next;
    size_t tried = 0;
    for (; tried < releases->count; tried++, at++) {
        at = at >= releases->count ? 0 : at;
        if (is_item(&releases->items[at], record, version, point))
            break;
    }
    if (tried == releases->count)
        return NULL;
    releases->next = at + 1;
    for (const struct stretch *stretch = releases->stretches; stretch != NULL; stretch = stretch->next) {
        if (at < stretch->from || at - stretch->from >= stretch->count)
            continue;
        memcpy(recipient, stretch->recipient, WITNESSED_ID_SIZE);
        return secret_bytes(stretch->keys).data + (at - stretch->from) * KEY_SIZE;
    }
    return NULL;
}
