/* The inverted index against a plain list of pairs. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "vault/store/postings.h"

#define TOKENS 400
#define NUMBERS 30000

static struct failure failure;
static bool truth[TOKENS][NUMBERS + 1];

/* Two by two they begin alike, and the first four come often: what sorting tells apart by their first bytes, and what
 * it does not, few and many. */
static struct token token_of(unsigned i)
{
    struct token token = {{(uint8_t)(i / 2 >> 8), (uint8_t)(i / 2)}};
    uint32_t mixed = i * 2654435761u;
    memcpy(token.data + 2, &mixed, sizeof mixed);
    return token;
}

/* A small generator of our own, so that a failure can be repeated. */
static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static struct store *memory(void)
{
    struct store *store = NULL;
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert_eq(store_memory(&store, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_eq(store_begin(store, &failure), VAULT_OK);
    return store;
}

static void fill(struct store *store, uint32_t seed, uint64_t from, uint64_t to)
{
    struct postings *postings = postings_new(store, POSTINGS_SEARCH, 1 << 19);
    for (uint64_t number = from; number <= to; number++) {
        uint32_t state = seed + (uint32_t)number * 7919u;
        /* A few tokens are everywhere, most are rare. */
        for (unsigned j = 0; j < 6; j++) {
            unsigned i = j == 0 ? 0 : j == 1 ? next(&state) % 4 : next(&state) % TOKENS;
            struct token token = token_of(i);
            truth[i][number] = true;
            cr_assert_eq(postings_add(postings, &token, number, &failure), VAULT_OK);
        }
        if (number % 700 == 0)
            cr_assert_eq(postings_flush(postings, &failure), VAULT_OK, "%s", failure.text);
    }
    cr_assert_eq(postings_flush(postings, &failure), VAULT_OK);
    postings_free(postings);
}

static void compare(struct store *store, const unsigned *tokens, size_t count, uint64_t first, uint64_t last)
{
    struct token wanted[3];
    struct numbers numbers;
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        wanted[i] = token_of(tokens[i]);
    cr_assert_eq(postings_find(store, POSTINGS_SEARCH, wanted, count, first, last, SIZE_MAX, &numbers, &failure), VAULT_OK);
    for (uint64_t number = first; number <= last && number <= NUMBERS; number++) {
        bool all = true;
        for (size_t i = 0; i < count; i++)
            all = all && truth[tokens[i]][number];
        if (all) {
            cr_assert_lt(at, numbers.count, "%llu is missing", (unsigned long long)number);
            cr_assert_eq(numbers.items[at++], number);
        }
    }
    cr_assert_eq(at, numbers.count);
    numbers_free(&numbers);
}

Test(postings, finds_what_a_list_finds, .timeout = 60)
{
    struct store *store = memory();
    uint32_t state = 7;
    memset(truth, 0, sizeof truth);
    fill(store, 1, 1, NUMBERS);
    fill(store, 1, 1000, 2000); /* numbers come again, as changed records do */
    for (int round = 0; round < 300; round++) {
        unsigned tokens[3] = {next(&state) % TOKENS, next(&state) % 5, next(&state) % TOKENS};
        uint64_t first = next(&state) % NUMBERS + 1;
        uint64_t last = first + next(&state) % (NUMBERS - first + 1);
        compare(store, tokens, (size_t)(round % 3 + 1), first, last);
    }
    compare(store, (unsigned[]){0}, 1, 1, NUMBERS);
    store_rollback(store);
    store_free(store);
}

/* Of what is left nothing is lost, and of what is removed no block of any segment holds a trace. */
Test(postings, what_is_removed_is_gone, .timeout = 60)
{
    static uint64_t numbers[NUMBERS];
    struct store *store = memory();
    size_t count = 0;
    memset(truth, 0, sizeof truth);
    fill(store, 5, 1, NUMBERS);
    for (uint64_t number = 1; number <= NUMBERS; number += number < 3000 ? 1 : 7)
        numbers[count++] = number; /* a whole segment, and some of each other one */
    cr_assert_eq(postings_remove(store, POSTINGS_SEARCH, numbers, count, &failure), VAULT_OK, "%s", failure.text);
    for (unsigned i = 0; i < TOKENS; i++) {
        for (size_t j = 0; j < count; j++)
            truth[i][numbers[j]] = false;
    }
    for (unsigned i = 0; i < TOKENS; i++)
        compare(store, &i, 1, 1, NUMBERS);
    cr_assert_eq(postings_remove(store, POSTINGS_SEARCH, numbers, count, &failure), VAULT_OK);
    compare(store, (unsigned[]){0, 1}, 2, 1, NUMBERS);
    for (uint64_t number = 1; number <= NUMBERS; number++)
        numbers[number - 1] = number;
    cr_assert_eq(postings_remove(store, POSTINGS_SEARCH, numbers, NUMBERS, &failure), VAULT_OK);
    struct statement *statement;
    bool row = true;
    cr_assert_eq(store_query(store, QUERY_SEGMENT_LIST, &statement, &failure), VAULT_OK);
    bind_number(statement, 1, POSTINGS_SEARCH);
    cr_assert_eq(statement_step(statement, &row, &failure), VAULT_OK);
    cr_assert_not(row, "an empty segment is none");
    store_rollback(store);
    store_free(store);
}

Test(postings, unknown_tokens_and_cleared_indexes_give_nothing)
{
    struct store *store = memory();
    struct numbers numbers;
    struct token token = token_of(12345);
    memset(truth, 0, sizeof truth);
    fill(store, 3, 1, 4000);
    cr_assert_eq(postings_find(store, POSTINGS_SEARCH, &token, 1, 0, UINT64_MAX, 10, &numbers, &failure), VAULT_OK);
    cr_assert_eq(numbers.count, 0);
    numbers_free(&numbers);
    token = token_of(0);
    cr_assert_eq(postings_find(store, POSTINGS_LOG, &token, 1, 0, UINT64_MAX, 10, &numbers, &failure), VAULT_OK);
    cr_assert_eq(numbers.count, 0, "another index");
    numbers_free(&numbers);
    cr_assert_eq(postings_find(store, POSTINGS_SEARCH, &token, 1, 0, UINT64_MAX, 10, &numbers, &failure), VAULT_OK);
    cr_assert_eq(numbers.count, 10, "the limit");
    numbers_free(&numbers);
    cr_assert_eq(postings_clear(store, POSTINGS_SEARCH, &failure), VAULT_OK);
    cr_assert_eq(postings_find(store, POSTINGS_SEARCH, &token, 1, 0, UINT64_MAX, 10, &numbers, &failure), VAULT_OK);
    cr_assert_eq(numbers.count, 0);
    numbers_free(&numbers);
    store_rollback(store);
    store_free(store);
}

/* --- Many at once --- */

struct batch {
    struct store *store;
    const struct token *tokens;
    uint64_t last;
    size_t limit, next;
    size_t found;
};

static void expect_as_alone(const struct batch *batch, size_t token, const uint64_t *numbers, size_t count)
{
    struct numbers alone;
    cr_assert_eq(postings_find(batch->store, POSTINGS_SEARCH, &batch->tokens[token], 1, 0, batch->last, batch->limit, &alone,
                     &failure),
        VAULT_OK);
    cr_assert_eq(alone.count, count, "token %zu: %zu, not %zu", token, count, alone.count);
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(alone.items[i], numbers[i]);
    numbers_free(&alone);
}

static int take_found(void *context, size_t token, const uint64_t *numbers, size_t count)
{
    struct batch *batch = context;
    cr_assert_geq(token, batch->next, "in order");
    for (size_t i = batch->next; i < token; i++)
        expect_as_alone(batch, i, NULL, 0);
    expect_as_alone(batch, token, numbers, count);
    batch->next = token + 1;
    batch->found++;
    return VAULT_OK;
}

static int compare_tokens(const void *a, const void *b)
{
    return memcmp(a, b, TOKEN_SIZE);
}

/* Every `every`th of tokens that are there and of as many that are not. */
static void compare_batch(struct store *store, unsigned every, uint64_t last, size_t limit)
{
    static struct token tokens[40 * TOKENS];
    size_t count = 0;
    for (unsigned i = 0; i < 40 * TOKENS; i += every)
        tokens[count++] = token_of(i);
    qsort(tokens, count, sizeof *tokens, compare_tokens);
    struct batch batch = {.store = store, .tokens = tokens, .last = last, .limit = limit};
    cr_assert_eq(
        postings_find_each(store, POSTINGS_SEARCH, tokens, count, last, limit, take_found, &batch, &failure), VAULT_OK);
    for (size_t i = batch.next; i < count; i++)
        expect_as_alone(&batch, i, NULL, 0);
    cr_assert(batch.found > 0 || last < 3);
}

Test(postings, many_at_once_are_what_each_is_alone, .timeout = 120)
{
    static const unsigned steps[] = {1, 3, 50, 2000};
    static const size_t limits[] = {SIZE_MAX, 1, 255, 300};
    struct store *store = memory();
    fill(store, 11, 1, NUMBERS / 3);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        for (size_t k = 0; k < sizeof limits / sizeof *limits; k++)
            compare_batch(store, steps[i], k % 2 == 0 ? UINT64_MAX : NUMBERS / 5, limits[k]);
    cr_assert_eq(postings_find_each(store, POSTINGS_SEARCH, NULL, 0, UINT64_MAX, 1, take_found, NULL, &failure), VAULT_OK);
    store_rollback(store);
    store_free(store);
}

static int give_up(void *context, size_t token, const uint64_t *numbers, size_t count)
{
    (void)token;
    (void)numbers;
    (void)count;
    ++*(int *)context;
    return VAULT_EBUSY;
}

Test(postings, a_walk_ends_where_the_caller_ends_it)
{
    struct store *store = memory();
    struct token token = token_of(0);
    int calls = 0;
    fill(store, 12, 1, 10);
    cr_expect_eq(postings_find_each(store, POSTINGS_SEARCH, &token, 1, UINT64_MAX, 5, give_up, &calls, &failure), VAULT_EBUSY);
    cr_expect_eq(calls, 1);
    store_rollback(store);
    store_free(store);
}
