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
