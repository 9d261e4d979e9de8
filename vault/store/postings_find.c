/* Looking tokens up: one descent a segment and token, then the intersection. */
#include <stdlib.h>
#include <string.h>

#include "vault/store/postings_private.h"

struct list {
    uint64_t *items;
    size_t count;
    size_t capacity;
};

static int list_put(struct list *list, uint64_t number)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        uint64_t *items = realloc(list->items, capacity * sizeof *items); /* numbers are not secret */
        if (items == NULL)
            return VAULT_ENOMEM;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = number;
    return VAULT_OK;
}

struct search {
    struct store *store;
    uint64_t first;
    uint64_t last;
    struct failure *failure;
};

/* The key of the block in which the token's entries at or above `first` begin. */
static int find_start(
    const struct search *search, int64_t segment, const struct token *token, struct token *start, int64_t *low)
{
    struct statement *statement;
    bool row = false;
    memset(start->data, 0, TOKEN_SIZE);
    *low = 0;
    int result = store_query(search->store, QUERY_POSTING_START, &statement, search->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, segment);
    bind_bytes(statement, 2, bytes_of(token->data, TOKEN_SIZE));
    bind_number(statement, 3, search->first > INT64_MAX ? INT64_MAX : (int64_t)search->first);
    result = statement_step(statement, &row, search->failure);
    if (result == VAULT_OK && row) {
        struct bytes found = column_bytes(statement, 0);
        if (found.size != TOKEN_SIZE)
            result = failure_set(search->failure, VAULT_EDAMAGED, "the search index is damaged");
        else
            memcpy(start->data, found.data, TOKEN_SIZE);
        *low = column_number(statement, 1);
        statement_reset(statement);
    }
    return result;
}

/* Append the numbers of one block that belong to the token; `past` when the rest cannot matter. */
static int scan_block(
    const struct search *search, struct bytes block, const struct token *token, struct list *list, bool *past)
{
    struct reader rest = reader_of(block);
    struct token found;
    uint64_t numbers[ENTRY_NUMBERS];
    size_t count;
    int error = VAULT_OK;
    while (error == VAULT_OK && entry_next(&rest, &found, numbers, &count, &error)) {
        int order = token_compare(&found, token);
        *past = order > 0 || (order == 0 && numbers[0] > search->last);
        if (*past)
            return VAULT_OK;
        for (size_t i = 0; i < count && order == 0 && error == VAULT_OK; i++) {
            if (numbers[i] >= search->first && numbers[i] <= search->last)
                error = list_put(list, numbers[i]);
        }
    }
    return error == VAULT_OK ? VAULT_OK : failure_set(search->failure, error, "the search index cannot be read");
}

static int read_token(const struct search *search, int64_t segment, const struct token *token, struct list *list)
{
    struct statement *statement;
    struct token start;
    int64_t low;
    bool row = true;
    bool past = false;
    list->count = 0;
    int result = find_start(search, segment, token, &start, &low);
    if (result == VAULT_OK)
        result = store_query(search->store, QUERY_POSTING_FROM, &statement, search->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, segment);
    bind_bytes(statement, 2, bytes_of(start.data, TOKEN_SIZE));
    bind_number(statement, 3, low);
    bind_bytes(statement, 4, bytes_of(token->data, TOKEN_SIZE));
    while (!past && (result = statement_step(statement, &row, search->failure)) == VAULT_OK && row) {
        result = scan_block(search, column_bytes(statement, 2), token, list, &past);
        if (result != VAULT_OK)
            break;
    }
    statement_reset(statement);
    return result;
}

static void intersect(struct list *kept, const struct list *other)
{
    size_t count = 0;
    size_t j = 0;
    for (size_t i = 0; i < kept->count; i++) {
        while (j < other->count && other->items[j] < kept->items[i])
            j++;
        if (j < other->count && other->items[j] == kept->items[i])
            kept->items[count++] = kept->items[i];
    }
    kept->count = count;
}

static int search_segment(const struct search *search, int64_t segment, const struct token *tokens, size_t count,
    struct list *found)
{
    struct list kept = {0};
    struct list other = {0};
    int result = read_token(search, segment, &tokens[0], &kept);
    for (size_t i = 1; i < count && kept.count > 0 && result == VAULT_OK; i++) {
        result = read_token(search, segment, &tokens[i], &other);
        if (result == VAULT_OK)
            intersect(&kept, &other);
    }
    for (size_t i = 0; i < kept.count && result == VAULT_OK; i++)
        result = list_put(found, kept.items[i]);
    free(kept.items);
    free(other.items);
    return result;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_unique(struct list *list)
{
    size_t count = 0;
    if (list->count == 0)
        return;
    qsort(list->items, list->count, sizeof *list->items, compare_numbers);
    for (size_t i = 0; i < list->count; i++) {
        if (count == 0 || list->items[count - 1] != list->items[i])
            list->items[count++] = list->items[i];
    }
    list->count = count;
}

int postings_find(struct store *store, enum postings_index index, const struct token *tokens, size_t count,
    uint64_t first, uint64_t last, size_t limit, struct numbers *numbers, struct failure *failure)
{
    struct search search = {.store = store, .first = first, .last = last, .failure = failure};
    struct segment_info *segments = NULL;
    struct list found = {0};
    size_t segment_count = 0;
    *numbers = (struct numbers){0};
    if (count == 0)
        return VAULT_OK;
    /* All tokens of one number are added together, so they are in one segment and each can be searched alone. */
    int result = segments_of(store, index, &segments, &segment_count, failure);
    for (size_t i = 0; i < segment_count && result == VAULT_OK; i++) {
        if (segments[i].first <= last && segments[i].last >= first)
            result = search_segment(&search, segments[i].id, tokens, count, &found);
    }
    free(segments);
    if (result != VAULT_OK) {
        free(found.items);
        return result;
    }
    sort_unique(&found);
    *numbers = (struct numbers){.items = found.items, .count = found.count < limit ? found.count : limit};
    return VAULT_OK;
}

void numbers_free(struct numbers *numbers)
{
    free(numbers->items);
    *numbers = (struct numbers){0};
}
