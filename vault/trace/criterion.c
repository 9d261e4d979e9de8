#include "vault/trace/criterion.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/number_map.h"

#define ROWS_LOOKED_AT 3000u
#define LEAST_ROWS 5u    /* fewer share something by chance */
#define LEAST_SHARE 0.6  /* of the rows, that have it */
#define MOST_CLIENTS 0.5 /* what more of the clients have is no choice */

/* A pair of characters of the leak's names. */
struct pair {
    char text[9];
    size_t size, rows;
    size_t last; /* row + 1 that was counted last */
};

struct counting {
    struct number_map places; /* of its text -> number + 1 */
    struct pair *pairs;
    size_t count, capacity;
    size_t row;
};

static int count_pair(void *context, const struct trace_term *term)
{
    struct counting *counting = context;
    if (term->text.size >= sizeof counting->pairs->text)
        return VAULT_OK;
    uint64_t *place = number_map_put(&counting->places, term_hash(term) >> 1);
    if (place == NULL)
        return VAULT_ENOMEM;
    if (*place == 0) {
        if (counting->count == counting->capacity) {
            size_t capacity = counting->capacity == 0 ? 256 : counting->capacity * 2;
            struct pair *pairs = reallocarray(counting->pairs, capacity, sizeof *pairs);
            if (pairs == NULL)
                return VAULT_ENOMEM;
            counting->pairs = pairs;
            counting->capacity = capacity;
        }
        struct pair *fresh = &counting->pairs[counting->count];
        *fresh = (struct pair){.size = term->text.size};
        memcpy(fresh->text, term->text.data, term->text.size);
        *place = ++counting->count;
    }
    struct pair *pair = &counting->pairs[*place - 1];
    pair->rows += pair->last != counting->row + 1;
    pair->last = counting->row + 1;
    return VAULT_OK;
}

/* Put it among the rarest so far, unless it is the same clients again: the pairs of one word. */
static int keep(struct criteria *criteria, const struct pair *pair, const struct trace_hits *hits)
{
    size_t at = criteria->count;
    for (size_t i = 0; i < criteria->count; i++)
        if (criteria->items[i].count == hits->count)
            return VAULT_OK;
    while (at > 0 && criteria->items[at - 1].count > hits->count)
        at--;
    if (at == CRITERIA_MAX)
        return VAULT_OK;
    struct criterion one = {.rows = pair->rows, .count = hits->count};
    one.clients = calloc(hits->count, sizeof *one.clients);
    if (one.clients == NULL)
        return VAULT_ENOMEM;
    memcpy(one.clients, hits->clients, hits->count * sizeof *one.clients);
    memcpy(one.pair, pair->text, pair->size);
    if (criteria->count == CRITERIA_MAX)
        free(criteria->items[--criteria->count].clients);
    memmove(&criteria->items[at + 1], &criteria->items[at], (criteria->count - at) * sizeof *criteria->items);
    criteria->items[at] = one;
    criteria->count++;
    return VAULT_OK;
}

static int count_rows(const struct leak *leak, size_t rows, struct counting *counting)
{
    int result = VAULT_OK;
    for (counting->row = 0; counting->row < rows && result == VAULT_OK; counting->row++) {
        struct normal cell;
        leak_cell(leak, counting->row, TRACE_NAME, &cell);
        result = term_of_cell(TRACE_NAME, &cell, TRACE_TERM_GRAM, count_pair, counting);
        wipe(&cell, sizeof cell);
    }
    return result;
}

int criteria_find(const struct leak *leak, const struct trace_source *source, struct criteria *criteria,
    struct failure *failure)
{
    size_t rows = leak_rows(leak) < ROWS_LOOKED_AT ? leak_rows(leak) : ROWS_LOOKED_AT;
    struct counting counting = {.count = 0};
    *criteria = (struct criteria){.count = 0};
    int result = count_rows(leak, rows, &counting);
    for (size_t i = 0; i < counting.count && result == VAULT_OK; i++) {
        const struct pair *pair = &counting.pairs[i];
        struct trace_hits hits;
        if (pair->rows < LEAST_ROWS || (double)pair->rows < LEAST_SHARE * (double)rows)
            continue;
        struct trace_term term = {TRACE_TERM_GRAM, TRACE_NAME, bytes_of(pair->text, pair->size)};
        result = source->find(source->context, &term, &hits, failure);
        if (result == VAULT_OK && hits.count > 0 && (double)hits.count < MOST_CLIENTS * source->genuine)
            result = keep(criteria, pair, &hits);
    }
    if (counting.pairs != NULL)
        wipe(counting.pairs, counting.capacity * sizeof *counting.pairs);
    free(counting.pairs);
    number_map_free(&counting.places);
    if (result != VAULT_OK)
        criteria_free(criteria);
    return result == VAULT_ENOMEM ? failure_set(failure, result, "no memory to look at the leak's names")
                                  : result;
}

void criteria_free(struct criteria *criteria)
{
    for (size_t i = 0; i < criteria->count; i++)
        free(criteria->items[i].clients);
    *criteria = (struct criteria){.count = 0};
}
