#include "vault/store/postings.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "vault/store/postings_private.h"

#define SLACK 4096

struct pair {
    struct token token;
    uint64_t number;
};

struct postings {
    struct store *store;
    enum postings_index index;
    struct pair *pairs;
    size_t count;
    size_t capacity;
};

struct postings *postings_new(struct store *store, enum postings_index index, size_t memory)
{
    struct postings *postings = calloc(1, sizeof *postings);
    if (postings == NULL)
        return NULL;
    postings->store = store;
    postings->index = index;
    postings->capacity = memory / sizeof *postings->pairs;
    if (postings->capacity < 4 * SLACK)
        postings->capacity = 4 * SLACK;
    postings->pairs = malloc(postings->capacity * sizeof *postings->pairs);
    if (postings->pairs == NULL) {
        free(postings);
        return NULL;
    }
    return postings;
}

void postings_free(struct postings *postings)
{
    if (postings == NULL)
        return;
    free(postings->pairs);
    free(postings);
}

/* The first eight bytes as a number decide nearly always; sorting is a tenth of an import otherwise. */
static uint64_t leading(const struct token *token)
{
    uint64_t bytes;
    memcpy(&bytes, token->data, sizeof bytes);
    return be64toh(bytes);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a;
    const struct pair *y = b;
    uint64_t first = leading(&x->token);
    uint64_t second = leading(&y->token);
    if (first != second)
        return first < second ? -1 : 1;
    int order = token_compare(&x->token, &y->token);
    if (order != 0)
        return order;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* --- Sorting --- */

#define PLACES ((size_t)1 << 16) /* one for each beginning of a token: its first two bytes */
#define FEW 24                   /* pairs that are sorted by moving them one by one */

static size_t place_of(const struct token *token)
{
    return (size_t)token->data[0] << 8 | token->data[1];
}

static void insert_each(struct pair *pairs, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct pair pair = pairs[i];
        size_t at = i;
        for (; at > 0 && compare_pairs(&pairs[at - 1], &pair) > 0; at--)
            pairs[at] = pairs[at - 1];
        pairs[at] = pair;
    }
}

/* Of one beginning: mostly few; or many of one word that every record has, in order as they were added. */
static void sort_place(struct pair *pairs, size_t count)
{
    size_t sorted = 1;
    while (sorted < count && compare_pairs(&pairs[sorted - 1], &pairs[sorted]) <= 0)
        sorted++;
    if (sorted >= count)
        return;
    if (count <= FEW)
        insert_each(pairs, count);
    else
        qsort(pairs, count, sizeof *pairs, compare_pairs);
}

/* Tokens are as good as random, so that their first bytes tell nearly where each belongs: one walk to count, one to
 * lay them there, in the order in which they came.  @p ends has PLACES + 1 items, zero. */
static void sort_pairs(const struct pair *pairs, size_t count, struct pair *sorted, size_t *ends)
{
    for (size_t i = 0; i < count; i++)
        ends[place_of(&pairs[i].token) + 1]++;
    for (size_t i = 1; i <= PLACES; i++)
        ends[i] += ends[i - 1];
    for (size_t i = 0; i < count; i++)
        sorted[ends[place_of(&pairs[i].token)]++] = pairs[i];
    for (size_t i = 0, start = 0; i < PLACES; start = ends[i], i++) {
        if (ends[i] - start > 1)
            sort_place(sorted + start, ends[i] - start);
    }
}

/* The pairs collected, sorted, take the place of those that were not. */
static int sort_all(struct postings *postings)
{
    if (postings->count < PLACES / 16) {
        qsort(postings->pairs, postings->count, sizeof *postings->pairs, compare_pairs);
        return VAULT_OK;
    }
    struct pair *sorted = malloc(postings->capacity * sizeof *sorted);
    size_t *ends = calloc(PLACES + 1, sizeof *ends);
    bool ok = sorted != NULL && ends != NULL;
    if (ok) {
        sort_pairs(postings->pairs, postings->count, sorted, ends);
        free(postings->pairs); /* blinded tokens, no secrets */
        postings->pairs = sorted;
        sorted = NULL;
    }
    free(sorted);
    free(ends);
    return ok ? VAULT_OK : VAULT_ENOMEM;
}

static int write_segment(struct postings *postings, struct failure *failure)
{
    struct segment_writer writer;
    if (postings->count == 0)
        return VAULT_OK;
    int result = sort_all(postings);
    if (result != VAULT_OK)
        return failure_set(failure, result, "no memory to sort the search index");
    result = segment_writer_start(&writer, postings->store, postings->index, 0, failure);
    for (size_t i = 0; i < postings->count && result == VAULT_OK; i++)
        result = segment_writer_put(&writer, &postings->pairs[i].token, postings->pairs[i].number, failure);
    if (result == VAULT_OK)
        result = segment_writer_finish(&writer, failure);
    segment_writer_free(&writer);
    postings->count = 0;
    return result;
}

/* Finding looks at each segment alone, so the tokens of one number stay in one segment: the last pairs of the room
 * are kept for the number that is being added. */
int postings_add(struct postings *postings, const struct token *token, uint64_t number, struct failure *failure)
{
    int result = VAULT_OK;
    bool same = postings->count > 0 && postings->pairs[postings->count - 1].number == number;
    if (postings->count == postings->capacity || (!same && postings->count + SLACK >= postings->capacity))
        result = write_segment(postings, failure);
    postings->pairs[postings->count++] = (struct pair){.token = *token, .number = number};
    return result;
}

int postings_flush(struct postings *postings, struct failure *failure)
{
    int result = write_segment(postings, failure);
    if (result == VAULT_OK)
        result = segments_merge(postings->store, postings->index, failure);
    return result;
}

static int drop_segment(struct store *store, int64_t id, struct failure *failure)
{
    static const enum query drops[] = {QUERY_POSTING_DROP, QUERY_SEGMENT_DROP};
    int result = VAULT_OK;
    for (size_t i = 0; i < 2 && result == VAULT_OK; i++) {
        struct statement *statement = NULL;
        result = store_query(store, drops[i], &statement, failure);
        if (result == VAULT_OK) {
            bind_number(statement, 1, id);
            result = statement_run(statement, failure);
        }
    }
    return result;
}

int postings_clear(struct store *store, enum postings_index index, struct failure *failure)
{
    struct segment_info *segments;
    size_t count;
    int result = segments_of(store, index, &segments, &count, failure);
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        result = drop_segment(store, segments[i].id, failure);
    free(segments);
    return result;
}

/* --- Merging --- */

#define FAN_IN 8

/* One of the segments being merged, at its current pair. */
struct cursor {
    struct statement *statement;
    struct buffer block;
    struct reader rest;
    struct token token;
    uint64_t numbers[ENTRY_NUMBERS];
    size_t count;
    size_t at;
    bool done;
};

static int cursor_entry(struct cursor *cursor, struct failure *failure)
{
    int error = VAULT_OK;
    bool row = true;
    cursor->at = 0;
    while (!entry_next(&cursor->rest, &cursor->token, cursor->numbers, &cursor->count, &error)) {
        if (error != VAULT_OK)
            return failure_set(failure, error, "the search index is damaged");
        int result = statement_step(cursor->statement, &row, failure);
        if (result != VAULT_OK || !row) {
            cursor->done = true;
            return result;
        }
        buffer_reset(&cursor->block);
        buffer_put(&cursor->block, column_bytes(cursor->statement, 2));
        if ((error = buffer_error(&cursor->block)) != VAULT_OK)
            return error;
        cursor->rest = reader_of(buffer_bytes(&cursor->block));
    }
    return VAULT_OK;
}

static int cursor_open(struct cursor *cursor, struct store *store, int64_t segment, struct failure *failure)
{
    int result = statement_own(store, QUERY_POSTING_SCAN, &cursor->statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(cursor->statement, 1, segment);
    return cursor_entry(cursor, failure);
}

static int cursor_next(struct cursor *cursor, struct failure *failure)
{
    return ++cursor->at < cursor->count ? VAULT_OK : cursor_entry(cursor, failure);
}

static struct cursor *least(struct cursor *cursors, size_t count)
{
    struct cursor *best = NULL;
    for (size_t i = 0; i < count; i++) {
        struct cursor *next = &cursors[i];
        if (next->done)
            continue;
        int order = best == NULL ? -1 : token_compare(&next->token, &best->token);
        if (order < 0 || (order == 0 && next->numbers[next->at] < best->numbers[best->at]))
            best = next;
    }
    return best;
}

/* Numbers that do not go into the segment that is written; ascending. */
struct removed {
    const uint64_t *numbers;
    size_t count;
};

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static bool stays(const struct removed *removed, uint64_t number)
{
    return removed == NULL ||
           bsearch(&number, removed->numbers, removed->count, sizeof number, compare_numbers) == NULL;
}

static int merge(struct store *store, enum postings_index index, const struct segment_info *inputs, size_t count,
    int64_t level, const struct removed *removed, struct failure *failure)
{
    struct segment_writer writer = {0};
    struct cursor *cursors = calloc(count, sizeof *cursors);
    if (cursors == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory to merge the search index");
    int result = segment_writer_start(&writer, store, index, level, failure);
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        result = cursor_open(&cursors[i], store, inputs[i].id, failure);
    while (result == VAULT_OK) {
        struct cursor *next = least(cursors, count);
        if (next == NULL)
            break;
        if (stays(removed, next->numbers[next->at]))
            result = segment_writer_put(&writer, &next->token, next->numbers[next->at], failure);
        if (result == VAULT_OK)
            result = cursor_next(next, failure);
    }
    bool empty = writer.terms == 0 && writer.count == 0;
    if (result == VAULT_OK)
        result = empty ? drop_segment(store, writer.segment, failure) : segment_writer_finish(&writer, failure);
    segment_writer_free(&writer);
    for (size_t i = 0; i < count; i++) {
        statement_free(cursors[i].statement);
        buffer_free(&cursors[i].block);
    }
    free(cursors);
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        result = drop_segment(store, inputs[i].id, failure);
    return result;
}

int segments_merge(struct store *store, enum postings_index index, struct failure *failure)
{
    for (int level = 0;; level++) {
        struct segment_info *segments;
        struct segment_info same[FAN_IN];
        size_t count;
        size_t at_level = 0;
        bool above = false;
        int result = segments_of(store, index, &segments, &count, failure);
        for (size_t i = 0; i < count && result == VAULT_OK; i++) {
            if (segments[i].level == level && at_level < FAN_IN)
                same[at_level++] = segments[i];
            above = above || segments[i].level > level;
        }
        free(segments);
        if (result != VAULT_OK)
            return result;
        if (at_level == FAN_IN) {
            result = merge(store, index, same, at_level, level + 1, NULL, failure);
            if (result != VAULT_OK)
                return result;
            level--; /* there may be another eight */
        } else if (!above) {
            return VAULT_OK;
        }
    }
}

/* --- Removing --- */

static bool may_hold(const struct segment_info *segment, const struct removed *removed)
{
    size_t low = 0;
    size_t high = removed->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (removed->numbers[middle] < segment->first)
            low = middle + 1;
        else
            high = middle;
    }
    return low < removed->count && removed->numbers[low] <= segment->last;
}

int postings_remove(struct store *store, enum postings_index index, const uint64_t *numbers, size_t count,
    struct failure *failure)
{
    struct removed removed = {numbers, count};
    struct segment_info *segments;
    size_t segment_count;
    int result = segments_of(store, index, &segments, &segment_count, failure);
    for (size_t i = 0; i < segment_count && result == VAULT_OK; i++) {
        if (may_hold(&segments[i], &removed))
            result = merge(store, index, &segments[i], 1, segments[i].level, &removed, failure);
    }
    free(segments);
    return result;
}
