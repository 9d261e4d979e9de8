/* What terms found, so that each is looked up once however many rows, columns and fields ask for it. */
#include <stdlib.h>
#include <string.h>

#include "vault/trace/vault_source_private.h"

/* number_map has no place for 2^64-1.  Two terms of one hash are told apart by their texts. */
static uint64_t place_of(const struct trace_term *term)
{
    return term_hash(term) >> 1;
}

static const struct vault_known *find(const struct vault_knowledge *known, const struct trace_term *term)
{
    const uint64_t *place = number_map_get(&known->places, place_of(term));
    for (uint32_t at = place == NULL ? 0 : (uint32_t)*place; at != 0; at = known->terms[at - 1].next) {
        const struct vault_known *one = &known->terms[at - 1];
        if (one->kind == (uint16_t)term->kind && one->field == (uint16_t)term->field &&
            bytes_equal(bytes_of(known->text.data + one->text, one->text_size), term->text))
            return one;
    }
    return NULL;
}

bool vault_source_knows(
    const struct vault_source *source, const struct trace_term *term, struct trace_hits *hits)
{
    const struct vault_known *one = find(&source->known, term);
    if (one != NULL)
        *hits = (struct trace_hits){source->known.numbers + one->first, one->count};
    return one != NULL;
}

static int add_numbers(struct vault_knowledge *known, const uint32_t *numbers, size_t count)
{
    if (known->number_count + count > known->number_capacity) {
        size_t capacity = (known->number_count + count) * 2;
        uint32_t *grown = reallocarray(known->numbers, capacity, sizeof *grown);
        if (grown == NULL)
            return VAULT_ENOMEM;
        known->numbers = grown;
        known->number_capacity = capacity;
    }
    if (count > 0)
        memcpy(known->numbers + known->number_count, numbers, count * sizeof *numbers);
    known->number_count += count;
    return VAULT_OK;
}

int vault_source_learn(
    struct vault_source *source, const struct trace_term *term, const uint32_t *numbers, size_t count)
{
    struct vault_knowledge *known = &source->known;
    size_t text = known->text.size, first = known->number_count;
    buffer_put(&known->text, term->text);
    int result = buffer_error(&known->text);
    if (result == VAULT_OK)
        result = add_numbers(known, numbers, count);
    uint64_t *place = result == VAULT_OK ? number_map_put(&known->places, place_of(term)) : NULL;
    struct vault_known *one = place == NULL ? NULL
                                            : vault_source_grow((void **)&known->terms, known->count,
                                                  &known->capacity, sizeof *one);
    if (one == NULL)
        return VAULT_ENOMEM;
    *one = (struct vault_known){.text = text,
        .text_size = term->text.size,
        .first = first,
        .count = count,
        .next = (uint32_t)*place,
        .kind = (uint16_t)term->kind,
        .field = (uint16_t)term->field};
    *place = ++known->count;
    return VAULT_OK;
}

void vault_source_forget(struct vault_source *source)
{
    struct vault_knowledge *known = &source->known;
    buffer_free(&known->text);
    number_map_free(&known->places);
    free(known->numbers);
    free(known->terms);
    *known = (struct vault_knowledge){.count = 0};
}
