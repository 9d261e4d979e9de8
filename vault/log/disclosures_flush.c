/* Beginning with what is stored, and handing on what changed. */
#include <stdlib.h>
#include <string.h>

#include "vault/log/disclosures_private.h"

/* The head: entries of the log (8) || their root (32) || entries (8) || lost (8) || until (8) ||
 * people (4) || shapes (4) || sets (4) || exports (4) || form (4) */

/* What rows hold; an index of another form is none, and is built anew from the log.
 * 1, which the head did not say: exports without their marks. */
#define FORM 2u
#define HEAD_NUMBERS ((size_t)3 * 8 + 4 * 4)

static int encode_head(struct disclosure_index *index, struct buffer *head, struct failure *failure)
{
    struct hash root;
    const struct disclosure_numbers *numbers = &index->numbers;
    int result = log_root(index->source.log, numbers->size, &root, failure);
    if (result != VAULT_OK)
        return result;
    buffer_put_u64(head, numbers->size);
    buffer_put(head, hash_bytes(&root));
    buffer_put_u64(head, numbers->entries);
    buffer_put_u64(head, numbers->lost);
    buffer_put_u64(head, (uint64_t)numbers->until);
    buffer_put_u32(head, (uint32_t)index->people.count);
    buffer_put_u32(head, (uint32_t)index->shapes.count);
    buffer_put_u32(head, (uint32_t)index->sets.count);
    buffer_put_u32(head, (uint32_t)index->export_count);
    buffer_put_u32(head, FORM);
    return buffer_error(head);
}

int disclosure_index_stored(
    struct rows *rows, struct log *log, uint64_t *entries, struct buffer *head, struct failure *failure)
{
    struct buffer own = {0};
    struct hash root;
    struct buffer *text = head == NULL ? &own : head;
    *entries = 0;
    int result = disclosure_row_read(rows, row_key(ROW_HEAD, 0, 0), text, failure);
    struct reader rest = reader_of(buffer_bytes(text));
    uint64_t size = reader_u64(&rest);
    struct bytes said = reader_take(&rest, HASH_SIZE);
    (void)reader_take(&rest, HEAD_NUMBERS);
    bool readable = reader_u32(&rest) == FORM && reader_end(&rest) == VAULT_OK;
    /* One of another log, or of one that was put back since, is none. */
    if (result == VAULT_OK && readable && size <= log_size(log)) {
        result = log_root(log, size, &root, failure);
        if (result == VAULT_OK && bytes_equal(said, hash_bytes(&root)))
            *entries = size;
    }
    buffer_free(&own);
    return result == VAULT_ENOTFOUND ? VAULT_OK : result;
}

/* --- Taking over --- */

struct loading {
    struct disclosure_index *index;
    struct dictionary *dictionary;
    struct failure *failure;
};

static int load_text(void *context, int64_t key, struct bytes plain)
{
    struct loading *loading = context;
    uint32_t number = 0;
    uint64_t expected = loading->dictionary->count;
    int result = dictionary_put(loading->dictionary, plain, &number);
    if (result == VAULT_OK && (number != expected || ((uint64_t)key >> 24 & ROW_A_MAX) != expected))
        result = disclosure_rows_damaged(loading->failure, key);
    return result;
}

static int load_export(void *context, int64_t key, struct bytes plain)
{
    struct loading *loading = context;
    struct disclosure_index *index = loading->index;
    if (((uint64_t)key >> 24 & ROW_A_MAX) != index->export_count)
        return disclosure_rows_damaged(loading->failure, key);
    if (index->export_count == index->export_capacity) {
        size_t capacity = index->export_capacity == 0 ? 64 : index->export_capacity * 2;
        void *items = realloc(index->exports, capacity * sizeof *index->exports);
        if (items == NULL)
            return failure_set(loading->failure, VAULT_ENOMEM, "no memory for the index of disclosures");
        index->exports = items;
        index->export_capacity = capacity;
    }
    struct disclosure_export_entry *export = &index->exports[index->export_count++];
    return disclosure_export_decode(plain, export) ? VAULT_OK
                                                   : disclosure_rows_damaged(loading->failure, key);
}

static int load_kind(struct disclosure_index *index, enum row_kind kind, struct dictionary *dictionary,
    uint32_t count, struct failure *failure)
{
    struct loading loading = {index, dictionary, failure};
    int result = disclosure_rows_each(&index->rows, row_key(kind, 0, 0), row_key(kind, ROW_A_MAX, ROW_B_MAX),
        dictionary == NULL ? load_export : load_text, &loading, failure);
    size_t loaded = dictionary == NULL ? index->export_count : dictionary->count;
    return result == VAULT_OK && loaded != count ? disclosure_rows_damaged(failure, row_key(kind, loaded, 0))
                                                 : result;
}

static int load(struct disclosure_index *index, struct bytes head, struct failure *failure)
{
    struct reader rest = reader_of(head);
    struct disclosure_numbers *numbers = &index->numbers;
    numbers->size = reader_u64(&rest);
    (void)reader_take(&rest, HASH_SIZE);
    numbers->entries = reader_u64(&rest);
    numbers->lost = reader_u64(&rest);
    numbers->until = (int64_t)reader_u64(&rest);
    uint32_t people = reader_u32(&rest);
    uint32_t shapes = reader_u32(&rest);
    uint32_t sets = reader_u32(&rest);
    uint32_t exports = reader_u32(&rest);
    (void)reader_u32(&rest);
    if (reader_end(&rest) != VAULT_OK)
        return disclosure_rows_damaged(failure, row_key(ROW_HEAD, 0, 0));
    int result = load_kind(index, ROW_PERSON, &index->people, people, failure);
    if (result == VAULT_OK)
        result = load_kind(index, ROW_SHAPE, &index->shapes, shapes, failure);
    if (result == VAULT_OK)
        result = load_kind(index, ROW_SET, &index->sets, sets, failure);
    if (result == VAULT_OK)
        result = load_kind(index, ROW_EXPORT, NULL, exports, failure);
    index->people_stored = index->people.count;
    index->shapes_stored = index->shapes.count;
    index->sets_stored = index->sets.count;
    return result;
}

int disclosure_index_start(const struct disclosure_source *source, bool fresh,
    struct disclosure_index **indexp, struct failure *failure)
{
    struct buffer head = {0};
    struct disclosure_index *index = calloc(1, sizeof *index);
    uint64_t stored = 0;
    int result = index == NULL ? failure_set(failure, VAULT_ENOMEM, "no memory for the index of disclosures")
                               : VAULT_OK;
    *indexp = NULL;
    if (result != VAULT_OK)
        return result;
    index->source = *source;
    index->numbers.until = INT64_MIN;
    index->clients = calloc(LOOKED_UP, sizeof *index->clients);
    index->records = calloc(LOOKED_UP, sizeof *index->records);
    result = index->clients == NULL || index->records == NULL
                 ? failure_set(failure, VAULT_ENOMEM, "no memory for the index of disclosures")
                 : disclosure_rows_start(&index->rows, source, failure);
    if (result == VAULT_OK && !fresh)
        result = disclosure_index_stored(&index->rows, source->log, &stored, &head, failure);
    index->fresh = fresh || stored == 0;
    if (result == VAULT_OK && !index->fresh)
        result = load(index, buffer_bytes(&head), failure);
    buffer_free(&head);
    if (result != VAULT_OK) {
        disclosure_index_free(index);
        return result;
    }
    *indexp = index;
    return VAULT_OK;
}

static void forget(struct disclosure_index *index)
{
    for (size_t i = 0; i < index->tail_count; i++) {
        struct client_tail *tail = &index->tails[i];
        for (size_t k = 0; k < tail->kept_count; k++)
            buffer_free(&tail->kept[k]);
        free(tail->kept);
        buffer_free(&tail->block);
    }
    for (size_t i = 0; i < index->month_count; i++)
        number_map_free(&index->months[i].clients);
    index->tail_count = index->month_count = 0;
    number_map_free(&index->tail_of);
    number_map_free(&index->month_of);
    number_map_free(&index->export_dirty);
}

void disclosure_index_free(struct disclosure_index *index)
{
    if (index == NULL)
        return;
    forget(index);
    free(index->tails);
    free(index->months);
    free(index->exports);
    free(index->clients);
    free(index->records);
    dictionary_free(&index->people);
    dictionary_free(&index->shapes);
    dictionary_free(&index->sets);
    buffer_free(&index->text);
    disclosure_rows_end(&index->rows);
    free(index);
}

/* --- Handing on --- */

static int put(struct disclosure_index *index, int64_t key, struct bytes plain, struct failure *failure)
{
    return index->put(index->context, key, plain, failure);
}

static int flush_texts(struct disclosure_index *index, enum row_kind kind,
    const struct dictionary *dictionary, size_t *stored, struct failure *failure)
{
    int result = VAULT_OK;
    for (; *stored < dictionary->count && result == VAULT_OK; (*stored)++)
        result =
            put(index, row_key(kind, *stored, 0), dictionary_get(dictionary, (uint32_t)*stored), failure);
    return result;
}

static int flush_exports(struct disclosure_index *index, struct failure *failure)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < index->export_dirty.capacity && result == VAULT_OK; i++) {
        if (index->export_dirty.keys[i] == 0)
            continue;
        uint64_t number = index->export_dirty.keys[i] - 1;
        buffer_reset(&index->text);
        disclosure_export_encode(&index->exports[number], &index->text);
        result = put(index, row_key(ROW_EXPORT, number, 0), buffer_bytes(&index->text), failure);
    }
    return result;
}

static int flush_months(struct disclosure_index *index, struct failure *failure)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < index->month_count && result == VAULT_OK; i++) {
        const struct month_state *month = &index->months[i];
        if (!month->dirty)
            continue;
        buffer_reset(&index->text);
        disclosure_month_encode(month, &index->text);
        result = buffer_error(&index->text);
        if (result == VAULT_OK)
            result = put(
                index, row_key(ROW_MONTH, month->person, month->month), buffer_bytes(&index->text), failure);
    }
    return result;
}

/* In the order of clients, so that neighbours in the store are written together. */
static int compare_tails(const void *a, const void *b)
{
    const struct client_tail *x = a;
    const struct client_tail *y = b;
    return x->client < y->client ? -1 : x->client > y->client;
}

static int flush_tails(struct disclosure_index *index, struct failure *failure)
{
    int result = VAULT_OK;
    if (index->tail_count > 0)
        qsort(index->tails, index->tail_count, sizeof *index->tails, compare_tails);
    for (size_t i = 0; i < index->tail_count && result == VAULT_OK; i++) {
        const struct client_tail *tail = &index->tails[i];
        if (tail->dirty)
            result = put(index, row_key(ROW_BLOCK, (uint64_t)tail->client, tail->ordinal),
                buffer_bytes(&tail->block), failure);
    }
    return result;
}

int disclosure_index_flush(struct disclosure_index *index, struct failure *failure)
{
    struct buffer head = {0};
    int result = flush_texts(index, ROW_PERSON, &index->people, &index->people_stored, failure);
    if (result == VAULT_OK)
        result = flush_texts(index, ROW_SHAPE, &index->shapes, &index->shapes_stored, failure);
    if (result == VAULT_OK)
        result = flush_texts(index, ROW_SET, &index->sets, &index->sets_stored, failure);
    if (result == VAULT_OK)
        result = flush_exports(index, failure);
    if (result == VAULT_OK)
        result = flush_months(index, failure);
    if (result == VAULT_OK)
        result = flush_tails(index, failure);
    if (result == VAULT_OK)
        result = encode_head(index, &head, failure);
    if (result == VAULT_OK)
        result = put(index, row_key(ROW_HEAD, 0, 0), buffer_bytes(&head), failure);
    buffer_free(&head);
    forget(index);
    return result;
}
