#include "vault/log/dictionary_private.h"

#include <stdlib.h>

#define FIRST_PLACES 64u

/* FNV-1a: the texts are our own, and a table that is slow for some of them is slow, not wrong. */
static uint64_t mix(struct bytes text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ text.data[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

static size_t place_of(const struct dictionary *dictionary, struct bytes text)
{
    size_t at = (size_t)mix(text) & (dictionary->places - 1);
    while (dictionary->table[at] != 0 &&
           !bytes_equal(dictionary_get(dictionary, dictionary->table[at] - 1), text))
        at = (at + 1) & (dictionary->places - 1);
    return at;
}

static bool grow_table(struct dictionary *dictionary)
{
    size_t places = dictionary->places == 0 ? FIRST_PLACES : dictionary->places * 2;
    uint32_t *table = calloc(places, sizeof *table);
    if (table == NULL)
        return false;
    free(dictionary->table);
    dictionary->table = table;
    dictionary->places = places;
    for (uint32_t i = 0; i < dictionary->count; i++)
        table[place_of(dictionary, dictionary_get(dictionary, i))] = i + 1;
    return true;
}

static bool grow_items(struct dictionary *dictionary)
{
    size_t capacity = dictionary->capacity == 0 ? FIRST_PLACES / 2 : dictionary->capacity * 2;
    struct dictionary_item *items = realloc(dictionary->items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    dictionary->items = items;
    dictionary->capacity = capacity;
    return true;
}

int dictionary_put(struct dictionary *dictionary, struct bytes text, uint32_t *number)
{
    *number = 0;
    if (dictionary->count == UINT32_MAX - 1)
        return VAULT_ELIMIT;
    if ((dictionary->count + 1) * 4 > dictionary->places * 3 && !grow_table(dictionary))
        return VAULT_ENOMEM;
    size_t at = place_of(dictionary, text);
    if (dictionary->table[at] != 0) {
        *number = dictionary->table[at] - 1;
        return VAULT_OK;
    }
    if (dictionary->count == dictionary->capacity && !grow_items(dictionary))
        return VAULT_ENOMEM;
    struct dictionary_item item = {dictionary->text.size, text.size};
    buffer_put(&dictionary->text, text);
    if (buffer_error(&dictionary->text) != VAULT_OK)
        return buffer_error(&dictionary->text);
    *number = (uint32_t)dictionary->count;
    dictionary->items[dictionary->count++] = item;
    dictionary->table[at] = *number + 1;
    return VAULT_OK;
}

bool dictionary_find(const struct dictionary *dictionary, struct bytes text, uint32_t *number)
{
    if (dictionary->places == 0)
        return false;
    size_t at = place_of(dictionary, text);
    if (dictionary->table[at] == 0)
        return false;
    *number = dictionary->table[at] - 1;
    return true;
}

struct bytes dictionary_get(const struct dictionary *dictionary, uint32_t number)
{
    if (number >= dictionary->count)
        return bytes_of(NULL, 0);
    const struct dictionary_item *item = &dictionary->items[number];
    return bytes_of(dictionary->text.data + item->start, item->size);
}

void dictionary_free(struct dictionary *dictionary)
{
    buffer_free(&dictionary->text);
    free(dictionary->items);
    free(dictionary->table);
    *dictionary = (struct dictionary){0};
}
