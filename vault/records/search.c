/* Searching: tokens find, opened heads tell. */
#include <stdlib.h>
#include <string.h>

#include "vault/base/decimal.h"
#include "vault/base/text.h"
#include "vault/records/records_private.h"

/* Ascending rows of both, each once, at most @p limit. */
static int unite(struct numbers *rows, const struct numbers *more, size_t limit)
{
    size_t count = rows->count + more->count;
    uint64_t *items = malloc((count + 1) * sizeof *items);
    size_t a = 0;
    size_t b = 0;
    size_t at = 0;
    if (items == NULL)
        return VAULT_ENOMEM;
    while (at < limit && (a < rows->count || b < more->count)) {
        uint64_t left = a < rows->count ? rows->items[a] : UINT64_MAX;
        uint64_t right = b < more->count ? more->items[b] : UINT64_MAX;
        items[at++] = left < right ? left : right;
        a += left <= right;
        b += right <= left;
    }
    numbers_free(rows);
    *rows = (struct numbers){.items = items, .count = at};
    return VAULT_OK;
}

static int find(
    struct records *records, size_t first, size_t limit, struct numbers *rows, struct failure *failure)
{
    struct numbers found = {0};
    size_t count = records->terms.count - first;
    if (count == 0 || limit == 0)
        return VAULT_OK;
    int result = postings_find(records->store, POSTINGS_SEARCH, records->terms.tokens + first, count, 0,
        UINT64_MAX, limit, &found, failure);
    if (result == VAULT_OK)
        result = unite(rows, &found, rows->count + limit);
    numbers_free(&found);
    return result;
}

/* The word as a whole (a document number) and as an amount come first, so that what is meant exactly is not
 * crowded out by what merely has the same parts. */
int records_search(struct records *records, const struct secret *index_key, const char *word, size_t limit,
    struct numbers *rows, struct failure *failure)
{
    static void (*const exact[])(struct terms *, struct bytes) = {terms_add_whole, terms_add_amount};
    struct terms *terms = &records->terms;
    struct bytes text = text_trim(bytes_of_text(word));
    bool any = false;
    int result = VAULT_OK;
    *rows = (struct numbers){0};
    for (size_t i = 0; i < 2 && result == VAULT_OK; i++) {
        terms_start(terms, index_key);
        exact[i](terms, text);
        any = any || terms->count > 0;
        result = find(records, 0, limit - rows->count, rows, failure);
    }
    if (result == VAULT_OK && utf8_length(text) >= 2) {
        terms_start(terms, index_key);
        terms_add_words(terms, text);
        any = any || terms->count > 0;
        result = find(records, 0, limit - rows->count, rows, failure);
    }
    if (result == VAULT_OK && (!any || utf8_length(text) < 2))
        result =
            failure_set(failure, VAULT_EINPUT, "too short to search for: at least two letters or digits");
    if (result != VAULT_OK)
        numbers_free(rows);
    return result;
}

/* --- Which terms the word is really in --- */

struct question {
    struct buffer normal; /* of the words, one behind another */
    size_t ends[64];
    size_t count;
    bool amount;
    struct decimal value;
};

static bool amount_of(struct bytes text, struct decimal *value)
{
    char plain[40];
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == ',')
            continue;
        if (size == sizeof plain)
            return false;
        plain[size++] = (char)text.data[i];
    }
    if (decimal_parse(bytes_of(plain, size), value) != VAULT_OK)
        return false;
    if (value->mantissa < 0)
        *value = decimal_negate(*value);
    return true;
}

static bool is_space(uint32_t c)
{
    return c <= ' ' || c == 0xa0 || c == 0x3000;
}

static void question_read(struct bytes word, struct question *query)
{
    query->amount = amount_of(text_trim(word), &query->value);
    while (word.size > 0 && query->count < sizeof query->ends / sizeof query->ends[0]) {
        struct bytes chunk = bytes_of(word.data, 0);
        while (word.size > 0) {
            struct bytes before = word;
            if (is_space(utf8_next(&word)))
                break;
            chunk.size += before.size - word.size;
        }
        size_t start = query->normal.size;
        text_normal(chunk, &query->normal);
        if (query->normal.size > start)
            query->ends[query->count++] = query->normal.size;
    }
}

static bool has(const struct buffer *text, const uint8_t *data, size_t size)
{
    return size > 0 && text->size >= size && memmem(text->data, text->size, data, size) != NULL;
}

/* The words that a text has, as bits. */
static uint64_t words_in(const struct question *query, const char *text, struct buffer *normal)
{
    uint64_t bits = 0;
    size_t start = 0;
    struct decimal value;
    buffer_reset(normal);
    text_normal(bytes_of_text(text), normal);
    for (size_t i = 0; i < query->count; i++) {
        if (has(normal, query->normal.data + start, query->ends[i] - start))
            bits |= UINT64_C(1) << i;
        start = query->ends[i];
    }
    if (query->amount && amount_of(bytes_of_text(text), &value) && decimal_compare(value, query->value) == 0)
        bits = UINT64_MAX;
    return bits;
}

static uint64_t words_in_value(const struct question *query, const json_t *value, struct buffer *normal)
{
    uint64_t bits = 0;
    if (json_is_string(value))
        return words_in(query, json_string_value(value), normal);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *text = json_string_value(json_array_get(value, i));
        if (text != NULL)
            bits |= words_in(query, text, normal);
    }
    return bits;
}

json_t *records_matches(const struct record_head *head, const char *word)
{
    struct question query = {.count = 0};
    struct buffer normal = {0};
    json_t *names = json_array();
    const char *name;
    json_t *value;
    uint64_t all = 0;
    question_read(bytes_of_text(word), &query);
    json_object_foreach(json_object_get(head->head, "terms"), name, value)
    {
        uint64_t bits = words_in_value(&query, value, &normal);
        all |= bits;
        if (bits != 0 && json_array_append_new(names, json_string(name)) != 0) {
            json_decref(names);
            names = NULL;
            break;
        }
        /* What was not read for lack of memory must not pass for what does not match. */
        if (buffer_error(&query.normal) != VAULT_OK || buffer_error(&normal) != VAULT_OK) {
            json_decref(names);
            names = NULL;
            break;
        }
    }
    uint64_t wanted = query.count == 0    ? UINT64_MAX
                      : query.count == 64 ? UINT64_MAX
                                          : (UINT64_C(1) << query.count) - 1;
    if ((all & wanted) != wanted && names != NULL)
        (void)json_array_clear(names);
    buffer_free(&query.normal);
    buffer_free(&normal);
    return names;
}
