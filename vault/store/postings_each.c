/* Many tokens, each alone: one walk through every segment, side by side, that leaps where nothing is asked
 * for. */
#include <stdlib.h>
#include <string.h>

#include "vault/store/postings_private.h"

#define STEPS_BEFORE_LEAP 2 /* blocks that are read on before it is cheaper to descend again */

/* Where in one segment the walk is. */
struct cursor {
    struct statement *blocks;
    int64_t segment;
    struct token first; /* of the block that the walk leapt to last, as the statement has it */
    struct reader rest; /* of the block at hand; borrowed from the statement */
    struct token token; /* of the entry at hand */
    uint64_t numbers[ENTRY_NUMBERS];
    size_t count;
    bool held; /* is there one? */
    bool leap; /* the next token must be sought by a descent */
    bool done; /* all further tokens are beyond this segment */
};

struct walk {
    struct store *store;
    struct failure *failure;
    uint64_t last;
    size_t limit;
    struct cursor *cursors;
    size_t count;
    uint64_t *found; /* numbers of the token at hand */
    size_t found_count, capacity;
};

static int take_block(const struct walk *walk, struct cursor *cursor)
{
    bool row = false;
    int result = statement_step(cursor->blocks, &row, walk->failure);
    cursor->done = result == VAULT_OK && !row;
    cursor->rest = reader_of(result == VAULT_OK && row ? column_bytes(cursor->blocks, 2) : bytes_of(NULL, 0));
    cursor->held = false;
    return result;
}

/* To the block in which the token's entries begin, if it has any. */
static int leap_to(const struct walk *walk, struct cursor *cursor, const struct token *token)
{
    struct statement *start;
    int64_t low = 0;
    bool row = false;
    int result = store_query(walk->store, QUERY_POSTING_START, &start, walk->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(start, 1, cursor->segment);
    bind_bytes(start, 2, bytes_of(token->data, TOKEN_SIZE));
    bind_number(start, 3, 0);
    result = statement_step(start, &row, walk->failure);
    statement_reset(cursor->blocks);
    memset(cursor->first.data, 0, TOKEN_SIZE);
    if (result == VAULT_OK && row && column_bytes(start, 0).size != TOKEN_SIZE)
        result = failure_set(walk->failure, VAULT_EDAMAGED, "the search index is damaged");
    if (result == VAULT_OK && row) {
        memcpy(cursor->first.data, column_bytes(start, 0).data, TOKEN_SIZE);
        low = column_number(start, 1);
    }
    statement_reset(start);
    bind_number(cursor->blocks, 1, cursor->segment);
    bind_bytes(cursor->blocks, 2, bytes_of(cursor->first.data, TOKEN_SIZE));
    bind_number(cursor->blocks, 3, low);
    cursor->leap = false;
    return result == VAULT_OK ? take_block(walk, cursor) : result;
}

static int put_found(struct walk *walk, const struct cursor *cursor)
{
    if (walk->found_count + cursor->count > walk->capacity) {
        size_t capacity = (walk->found_count + cursor->count) * 2;
        uint64_t *found = reallocarray(walk->found, capacity, sizeof *found);
        if (found == NULL)
            return VAULT_ENOMEM;
        walk->found = found;
        walk->capacity = capacity;
    }
    for (size_t i = 0; i < cursor->count && cursor->numbers[i] <= walk->last; i++)
        walk->found[walk->found_count++] = cursor->numbers[i];
    return VAULT_OK;
}

/* Collect what one segment has of the token.  Numbers ascend, so that the first `limit` are enough. */
static int collect(struct walk *walk, struct cursor *cursor, const struct token *token)
{
    size_t before = walk->found_count;
    unsigned steps = 0;
    int error = VAULT_OK, result = cursor->leap && !cursor->done ? leap_to(walk, cursor, token) : VAULT_OK;
    while (result == VAULT_OK && !cursor->done) {
        if (!cursor->held)
            cursor->held = entry_next(&cursor->rest, &cursor->token, cursor->numbers, &cursor->count, &error);
        if (error != VAULT_OK)
            return failure_set(walk->failure, error, "the search index cannot be read");
        int order = cursor->held ? token_compare(&cursor->token, token) : -1;
        if (order > 0)
            break;
        if (order == 0) {
            steps = 0; /* it goes on in the next block, which is no place to leap from */
            result = put_found(walk, cursor);
            if (result != VAULT_OK || (cursor->leap = walk->found_count - before >= walk->limit))
                break;
        } else if (!cursor->held && steps++ < STEPS_BEFORE_LEAP) {
            result = take_block(walk, cursor);
        } else if (!cursor->held) {
            result = leap_to(walk, cursor, token);
            steps = 0;
        }
        cursor->held = false;
    }
    return result;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Ascending, each once, at most `limit`. */
static void settle(struct walk *walk)
{
    size_t kept = 0;
    if (walk->found_count > 1)
        qsort(walk->found, walk->found_count, sizeof *walk->found, compare_numbers);
    for (size_t i = 0; i < walk->found_count; i++)
        if (kept == 0 || walk->found[kept - 1] != walk->found[i])
            walk->found[kept++] = walk->found[i];
    walk->found_count = kept < walk->limit ? kept : walk->limit;
}

static int start(struct walk *walk, enum postings_index index)
{
    struct segment_info *segments = NULL;
    size_t count = 0;
    int result = segments_of(walk->store, index, &segments, &count, walk->failure);
    if (result == VAULT_OK && (walk->cursors = calloc(count + 1, sizeof *walk->cursors)) == NULL)
        result = VAULT_ENOMEM;
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        struct cursor *cursor = &walk->cursors[walk->count];
        if (segments[i].first > walk->last)
            continue;
        *cursor = (struct cursor){.segment = segments[i].id, .leap = true};
        result = statement_own(walk->store, QUERY_POSTING_ONWARDS, &cursor->blocks, walk->failure);
        walk->count += result == VAULT_OK;
    }
    free(segments);
    return result;
}

int postings_find_each(struct store *store, enum postings_index index, const struct token *tokens,
    size_t count, uint64_t last, size_t limit,
    int (*each)(void *context, size_t token, const uint64_t *numbers, size_t count), void *context,
    struct failure *failure)
{
    struct walk walk = {.store = store, .failure = failure, .last = last, .limit = limit};
    int result = count == 0 ? VAULT_OK : start(&walk, index);
    for (size_t t = 0; t < count && result == VAULT_OK; t++) {
        walk.found_count = 0;
        for (size_t i = 0; i < walk.count && result == VAULT_OK; i++)
            result = collect(&walk, &walk.cursors[i], &tokens[t]);
        if (result == VAULT_OK && walk.found_count > 0) {
            settle(&walk);
            result = each(context, t, walk.found, walk.found_count);
        }
    }
    for (size_t i = 0; i < walk.count; i++)
        statement_free(walk.cursors[i].blocks);
    free(walk.cursors);
    free(walk.found);
    return result;
}
