/* Many terms at once: the tokens of all of them in all portfolios, in one walk through the index. */
#include <stdlib.h>
#include <string.h>

#include "vault/trace/vault_source_private.h"

#define KNOWN_MAX 2000000u /* terms that are kept: a few hundred megabytes; beyond, all are forgotten */

/* A token, and which of the terms it is of. */
struct asked {
    struct token token;
    uint32_t term;
};

/* What a term finds. */
struct pair {
    uint32_t term, number;
};

struct expecting {
    struct vault_source *source;
    struct failure *failure;
    struct asked *asked;
    size_t count, capacity;
    struct pair *pairs;
    size_t pair_count, pair_capacity;
};

static int ask(
    struct expecting *expecting, const struct trace_key *key, const struct trace_term *term, uint32_t number)
{
    if (expecting->count == expecting->capacity) {
        size_t capacity = expecting->capacity == 0 ? 1024 : expecting->capacity * 2;
        struct asked *asked = reallocarray(expecting->asked, capacity, sizeof *asked);
        if (asked == NULL)
            return VAULT_ENOMEM;
        expecting->asked = asked;
        expecting->capacity = capacity;
    }
    struct asked *one = &expecting->asked[expecting->count++];
    one->term = number;
    fingerprint_token(key, expecting->source->subject, term, &one->token);
    return VAULT_OK;
}

/* Its token of every portfolio and compartment whose records may have it. */
static int ask_everywhere(struct expecting *expecting, const struct trace_term *term, uint32_t number)
{
    const struct vault_source *source = expecting->source;
    int result = VAULT_OK;
    for (uint32_t p = 0; p < source->portfolio_count; p++)
        for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++)
            if ((source->compartments[term->field] >> i & 1) != 0 && source->portfolios[p].trace[i] != NULL)
                result = ask(expecting, source->portfolios[p].trace[i], term, number);
    return result;
}

static int compare_asked(const void *a, const void *b)
{
    const struct asked *x = a, *y = b;
    int order = memcmp(x->token.data, y->token.data, TOKEN_SIZE);
    return order != 0 ? order : x->term < y->term ? -1 : x->term > y->term;
}

static int add_pair(struct expecting *expecting, uint32_t term, uint32_t number)
{
    if (expecting->pair_count == expecting->pair_capacity) {
        size_t capacity = expecting->pair_capacity == 0 ? 1024 : expecting->pair_capacity * 2;
        struct pair *pairs = reallocarray(expecting->pairs, capacity, sizeof *pairs);
        if (pairs == NULL)
            return VAULT_ENOMEM;
        expecting->pairs = pairs;
        expecting->pair_capacity = capacity;
    }
    expecting->pairs[expecting->pair_count++] = (struct pair){term, number};
    return VAULT_OK;
}

static int take_numbers(void *context, size_t token, const uint64_t *rows, size_t count)
{
    struct expecting *expecting = context;
    int result = VAULT_OK;
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        uint32_t number = UINT32_MAX;
        result = vault_source_number(expecting->source, rows[i], &number, expecting->failure);
        if (result == VAULT_OK && number != UINT32_MAX)
            result = add_pair(expecting, expecting->asked[token].term, number);
    }
    return result;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->term != y->term)
        return x->term < y->term ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int learn_all(struct expecting *expecting, const struct trace_term *terms)
{
    struct pair *pairs = expecting->pairs;
    uint32_t *numbers = calloc(expecting->pair_count + 1, sizeof *numbers);
    int result = numbers == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (expecting->pair_count > 1)
        qsort(pairs, expecting->pair_count, sizeof *pairs, compare_pairs);
    for (size_t at = 0; at < expecting->pair_count && result == VAULT_OK;) {
        uint32_t term = pairs[at].term;
        size_t found = 0;
        for (; at < expecting->pair_count && pairs[at].term == term; at++)
            if (found == 0 || numbers[found - 1] != pairs[at].number)
                numbers[found++] = pairs[at].number;
        result = vault_source_learn(expecting->source, &terms[term], numbers, found);
    }
    free(numbers);
    return result;
}

/* In ascending order, as the index wants them; no two terms have the same token. */
static int look_up(struct expecting *expecting)
{
    struct token *tokens = calloc(expecting->count + 1, sizeof *tokens);
    int result = tokens == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && expecting->count > 1)
        qsort(expecting->asked, expecting->count, sizeof *expecting->asked, compare_asked);
    for (size_t i = 0; i < expecting->count && result == VAULT_OK; i++)
        tokens[i] = expecting->asked[i].token;
    if (result == VAULT_OK)
        result = postings_find_each(expecting->source->parts.store, POSTINGS_SEARCH, tokens, expecting->count,
            CARD_NUMBER - 1, VAULT_HITS_MAX, take_numbers, expecting, expecting->failure);
    free(tokens);
    return result;
}

int vault_source_expect(void *context, const struct trace_term *terms, size_t count, struct failure *failure)
{
    struct vault_source *source = context;
    struct expecting expecting = {.source = source, .failure = failure};
    int result = VAULT_OK;
    if (source->known.count + count > KNOWN_MAX)
        vault_source_forget(source);
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        struct trace_hits hits;
        if (vault_source_knows(source, &terms[i], &hits))
            continue;
        /* That it finds nobody, until it does: so that it is asked for once. */
        result = vault_source_learn(source, &terms[i], NULL, 0);
        if (result == VAULT_OK && fingerprint_is_traced(source->subject, &terms[i]))
            result = ask_everywhere(&expecting, &terms[i], (uint32_t)i);
    }
    if (result == VAULT_OK)
        result = look_up(&expecting);
    if (result == VAULT_OK)
        result = learn_all(&expecting, terms);
    if (result != VAULT_OK)
        vault_source_forget(source);
    free(expecting.asked);
    free(expecting.pairs);
    return result == VAULT_ENOMEM ? failure_set(failure, result, "no memory to link the leaked rows")
                                  : result;
}
