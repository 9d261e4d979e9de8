/* Subjects by terms: through the vault's inverted index, under the keys of each portfolio. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/trace/vault_source_private.h"

static int add_hit(struct vault_source *source, uint32_t number)
{
    if (source->hit_count == source->hit_capacity) {
        size_t capacity = source->hit_capacity == 0 ? 256 : source->hit_capacity * 2;
        uint32_t *hits = reallocarray(source->hits, capacity, sizeof *hits);
        if (hits == NULL)
            return VAULT_ENOMEM;
        source->hits = hits;
        source->hit_capacity = capacity;
    }
    source->hits[source->hit_count++] = number;
    return VAULT_OK;
}

/* The number of a record that is a subject by itself; UINT32_MAX where there are too many. */
static int number_of(struct vault_source *source, int64_t row, uint32_t client, uint32_t *number)
{
    uint64_t *known = number_map_put(&source->row_numbers, (uint64_t)row);
    if (known == NULL)
        return VAULT_ENOMEM;
    if (*known == 0 && source->row_count < VAULT_SUBJECTS_MAX) {
        struct vault_row *fresh = vault_source_grow(
            (void **)&source->rows, source->row_count, &source->row_capacity, sizeof *fresh);
        if (fresh == NULL)
            return VAULT_ENOMEM;
        *fresh = (struct vault_row){row, client};
        *known = ++source->row_count;
    }
    *number = (uint32_t)*known - 1;
    return VAULT_OK;
}

int vault_source_number(struct vault_source *source, uint64_t row, uint32_t *number, struct failure *failure)
{
    uint32_t client = UINT32_MAX;
    enum record_kind kind;
    enum trace_subject subject;
    *number = UINT32_MAX;
    if (row >= CARD_NUMBER)
        return VAULT_OK; /* a client's card, which its record says as well */
    int result = vault_source_place(source, (int64_t)row, &client, &kind, failure);
    if (result == VAULT_ENOTFOUND)
        return VAULT_OK;
    if (result != VAULT_OK || !subject_of_kind(kind, &subject) || subject != source->subject)
        return result;
    if (source->subject == SUBJECT_CLIENT)
        *number = client;
    else
        result = number_of(source, (int64_t)row, client, number);
    return result;
}

static int add_row(struct vault_source *source, uint64_t row, struct failure *failure)
{
    uint32_t number = UINT32_MAX;
    int result = vault_source_number(source, row, &number, failure);
    return result == VAULT_OK && number != UINT32_MAX ? add_hit(source, number) : result;
}

static int add_rows(struct vault_source *source, struct numbers *rows, struct failure *failure)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < rows->count && result == VAULT_OK; i++)
        result = add_row(source, rows->items[i], failure);
    numbers_free(rows);
    return result;
}

static int find_by_token(struct vault_source *source, const struct trace_key *key,
    const struct trace_term *term, struct failure *failure)
{
    struct token token;
    struct numbers rows = {0};
    fingerprint_token(key, source->subject, term, &token);
    int result = postings_find(
        source->parts.store, POSTINGS_SEARCH, &token, 1, 0, CARD_NUMBER - 1, VAULT_HITS_MAX, &rows, failure);
    return result == VAULT_OK ? add_rows(source, &rows, failure) : result;
}

/* What the term is, as somebody would have typed it to search for it. */
static bool word_of(const struct trace_term *term, char word[NORMAL_TEXT_SIZE + 8])
{
    bool amount = trace_field_facts[term->field].form == TRACE_FORM_AMOUNT;
    char digits[24] = "";
    if (term->text.size >= NORMAL_TEXT_SIZE || (term->kind != TRACE_TERM_EXACT && !amount))
        return false;
    if (!amount) {
        memcpy(word, term->text.data, term->text.size);
        word[term->text.size] = '\0';
        return true;
    }
    if (term->text.size >= sizeof digits || (term->kind != TRACE_TERM_EXACT && term->kind != TRACE_TERM_UNIT))
        return false;
    memcpy(digits, term->text.data, term->text.size);
    int64_t value = llabs(strtoll(digits, NULL, 10));
    if (term->kind == TRACE_TERM_UNIT)
        (void)snprintf(word, NORMAL_TEXT_SIZE, "%" PRId64, value);
    else
        (void)snprintf(word, NORMAL_TEXT_SIZE, "%" PRId64 ".%02" PRId64, value / 100, value % 100);
    return true;
}

static int find_by_search(struct vault_source *source, const struct secret *key,
    const struct trace_term *term, struct failure *failure)
{
    char word[NORMAL_TEXT_SIZE + 8];
    struct numbers rows = {0};
    struct failure unheard = {0};
    if (key == NULL || !word_of(term, word))
        return VAULT_OK;
    int result = records_search(source->parts.records, key, word, VAULT_HITS_MAX, &rows, &unheard);
    wipe(word, sizeof word);
    if (result == VAULT_EINPUT)
        return VAULT_OK; /* too short to be found by */
    if (result != VAULT_OK)
        return failure_set(failure, result, "%s", unheard.text);
    return add_rows(source, &rows, failure);
}

static int compare(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Ascending, each once. */
static void arrange(struct vault_source *source)
{
    size_t kept = 0;
    if (source->hit_count > 1)
        qsort(source->hits, source->hit_count, sizeof *source->hits, compare);
    for (size_t i = 0; i < source->hit_count; i++)
        if (kept == 0 || source->hits[kept - 1] != source->hits[i])
            source->hits[kept++] = source->hits[i];
    source->hit_count = kept;
}

static int find_anew(struct vault_source *source, const struct trace_term *term, struct failure *failure)
{
    bool searched = subject_is_searched(source->subject);
    int result = VAULT_OK;
    source->hit_count = 0;
    if (!searched && !fingerprint_is_traced(source->subject, term))
        return VAULT_OK;
    for (uint32_t p = 0; p < source->portfolio_count && result == VAULT_OK; p++) {
        const struct vault_portfolio *portfolio = &source->portfolios[p];
        for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
            if ((source->compartments[term->field] >> i & 1) == 0)
                continue;
            if (searched)
                result = find_by_search(source, portfolio->search[i], term, failure);
            else if (portfolio->trace[i] != NULL)
                result = find_by_token(source, portfolio->trace[i], term, failure);
        }
    }
    arrange(source);
    return result;
}

int vault_source_find(
    void *context, const struct trace_term *term, struct trace_hits *hits, struct failure *failure)
{
    struct vault_source *source = context;
    *hits = (struct trace_hits){NULL, 0};
    if (vault_source_knows(source, term, hits))
        return VAULT_OK;
    int result = find_anew(source, term, failure);
    if (result == VAULT_OK)
        result = vault_source_learn(source, term, source->hits, source->hit_count);
    if (result == VAULT_OK)
        *hits = (struct trace_hits){source->hits, source->hit_count};
    return result == VAULT_ENOMEM ? failure_set(failure, result, "no memory to link the leaked rows")
                                  : result;
}
