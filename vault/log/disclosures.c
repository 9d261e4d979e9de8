/* The index of disclosures from outside: keeping it, checking it, asking it. */
#include "vault/log/disclosures.h"

#include <stdio.h>
#include <stdlib.h>

#include "vault/log/disclosures_private.h"

/* --- Keeping it --- */

static int put_stored(void *context, int64_t key, struct bytes plain, struct failure *failure)
{
    struct disclosure_index *index = context;
    return disclosure_row_write(&index->rows, key, plain, failure);
}

int disclosure_index_clear(struct store *store, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(store, QUERY_DISCLOSURE_CLEAR, &statement, failure);
    return result == VAULT_OK ? statement_run(statement, failure) : result;
}

int disclosure_index_lag(const struct disclosure_source *source, uint64_t *entries, struct failure *failure)
{
    struct rows rows;
    uint64_t stored = 0;
    int result = disclosure_rows_start(&rows, source, failure);
    if (result == VAULT_OK)
        result = disclosure_index_stored(&rows, source->log, &stored, NULL, failure);
    *entries = log_size(source->log) - stored;
    disclosure_rows_end(&rows);
    return result;
}

int disclosure_index_update(
    const struct disclosure_source *source, uint64_t most, uint64_t *left, struct failure *failure)
{
    struct disclosure_index *index = NULL;
    uint64_t size = log_size(source->log);
    *left = size;
    int result = disclosure_index_start(source, false, &index, failure);
    if (result == VAULT_OK && index->fresh)
        result = disclosure_index_clear(source->store, failure);
    if (result == VAULT_OK) {
        uint64_t end = size - index->numbers.size > most ? index->numbers.size + most : size;
        bool any = end > index->numbers.size;
        index->put = put_stored;
        index->context = index;
        result = disclosure_index_feed(index, end, failure);
        if (result == VAULT_OK && any)
            result = disclosure_index_flush(index, failure);
        *left = size - end;
    }
    disclosure_index_free(index);
    return result;
}

/* --- Checking it --- */

struct check {
    struct disclosure_index *index;
    uint64_t rows;
    int (*difference)(void *context, const char *what);
    void *context;
    struct buffer stored;
};

static const char *describe(int64_t key, char text[128])
{
    static const char *const names[] = {
        "", "head", "person", "shape", "list of clients", "client", "person", "export"};
    uint64_t kind = (uint64_t)key >> 58;
    unsigned long long a = (uint64_t)key >> 24 & ROW_A_MAX;
    unsigned long long b = (uint64_t)key & ROW_B_MAX;
    if (kind == ROW_BLOCK)
        (void)snprintf(text, 128, "client %llu, block %llu", a, b);
    else if (kind == ROW_MONTH)
        (void)snprintf(text, 128, "person %llu, month %04llu-%02llu", a, 1970 + b / 12, b % 12 + 1);
    else
        (void)snprintf(text, 128, "%s %llu", kind <= ROW_EXPORT ? names[kind] : "row", a);
    return text;
}

/* The first entry in which two blocks differ, as the event that an outsider can look up. */
static uint64_t first_difference(
    const struct disclosure_index *index, bool set, struct bytes a, struct bytes b)
{
    struct reader one = reader_of(a), other = reader_of(b);
    struct coder mine = {0}, theirs = {0};
    struct disclosure_entry x = {0}, y = {0};
    for (;;) {
        bool more = disclosure_entry_decode(&one, &mine, index, set, &x);
        bool also = disclosure_entry_decode(&other, &theirs, index, set, &y);
        if (!more || !also)
            return more ? x.event : also ? y.event : UINT64_MAX;
        if (x.event != y.event || x.at != y.at || x.person != y.person || x.shape != y.shape ||
            x.record != y.record || x.version != y.version)
            return x.event;
    }
}

static int tell(struct check *check, int64_t key, const char *how, uint64_t event)
{
    char what[128];
    char sentence[320];
    char where[64] = "";
    if (event != UINT64_MAX)
        (void)snprintf(where, sizeof where, ", from event %llu on", (unsigned long long)event);
    (void)snprintf(
        sentence, sizeof sentence, "the index of disclosures: %s %s%s", describe(key, what), how, where);
    return check->difference(check->context, sentence);
}

static int put_compared(void *context, int64_t key, struct bytes plain, struct failure *failure)
{
    struct check *check = context;
    struct disclosure_index *index = check->index;
    struct failure unsaid = {0};
    check->rows++;
    int result = disclosure_row_read(&index->rows, key, &check->stored, &unsaid);
    if (result == VAULT_ENOTFOUND)
        return tell(check, key, "is missing", UINT64_MAX);
    if (result == VAULT_EFORGED)
        return tell(check, key, "was altered", UINT64_MAX);
    if (result != VAULT_OK)
        return failure_set(failure, result, "%s", unsaid.text);
    struct bytes stored = buffer_bytes(&check->stored);
    if (bytes_equal(stored, plain))
        return VAULT_OK;
    bool block = (uint64_t)key >> 58 == ROW_BLOCK;
    bool set = ((uint64_t)key >> 24 & ROW_A_MAX) == 0;
    return tell(check, key, "is not what the log says",
        block ? first_difference(index, set, plain, stored) : UINT64_MAX);
}

static int count_rows(struct store *store, uint64_t *rows, uint64_t *bytes, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(store, QUERY_DISCLOSURE_COUNT, &statement, failure);
    if (result == VAULT_OK)
        result = statement_step(statement, &row, failure);
    if (result != VAULT_OK)
        return result;
    *rows = row ? (uint64_t)column_number(statement, 0) : 0;
    *bytes = row ? (uint64_t)column_number(statement, 1) : 0;
    statement_reset(statement);
    return VAULT_OK;
}

/* Each row was held against the store once, when it was whole, so what is left over is too much. */
static int check_count(struct check *check, struct failure *failure)
{
    uint64_t rows = 0;
    uint64_t bytes = 0;
    char sentence[160];
    int result = count_rows(check->index->source.store, &rows, &bytes, failure);
    if (result != VAULT_OK || rows <= check->rows)
        return result;
    (void)snprintf(sentence, sizeof sentence,
        "the index of disclosures: %llu rows that the log knows nothing of",
        (unsigned long long)(rows - check->rows));
    return check->difference(check->context, sentence);
}

static int stored_size(
    const struct disclosure_source *source, uint64_t *size, bool *altered, struct failure *failure)
{
    struct rows rows;
    struct failure unsaid = {0};
    int result = disclosure_rows_start(&rows, source, failure);
    if (result == VAULT_OK)
        result = disclosure_index_stored(&rows, source->log, size, NULL, &unsaid);
    disclosure_rows_end(&rows);
    *altered = result == VAULT_EFORGED;
    return *altered || result == VAULT_OK ? VAULT_OK : failure_set(failure, result, "%s", unsaid.text);
}

/* Entries between two words on how far it is. */
#define TOLD_EVERY (UINT64_C(1) << 16)

static int feed_all(struct disclosure_index *index, uint64_t end,
    void (*progress)(void *context, uint64_t done, uint64_t total), void *context, struct failure *failure)
{
    int result = VAULT_OK;
    while (result == VAULT_OK && index->numbers.size < end) {
        uint64_t left = end - index->numbers.size;
        result =
            disclosure_index_feed(index, left < TOLD_EVERY ? end : index->numbers.size + TOLD_EVERY, failure);
        if (progress != NULL)
            progress(context, index->numbers.size, end);
    }
    return result;
}

int disclosure_index_check(const struct disclosure_source *source,
    int (*difference)(void *context, const char *what),
    void (*progress)(void *context, uint64_t done, uint64_t total), void *context, uint64_t *checked,
    struct failure *failure)
{
    struct check check = {.difference = difference, .context = context};
    bool altered = false;
    *checked = 0;
    int result = stored_size(source, checked, &altered, failure);
    if (result == VAULT_OK && altered)
        return difference(context, "the index of disclosures: its head was altered");
    if (result == VAULT_OK)
        result = disclosure_index_start(source, true, &check.index, failure);
    /* Without a head that fits, nothing may be there: it is built anew before it is used. */
    if (result == VAULT_OK && *checked > 0) {
        check.index->put = put_compared;
        check.index->context = &check;
        result = feed_all(check.index, *checked, progress, context, failure);
        if (result == VAULT_OK)
            result = disclosure_index_flush(check.index, failure);
        if (result == VAULT_OK)
            result = check_count(&check, failure);
    }
    disclosure_index_free(check.index);
    buffer_free(&check.stored);
    return result;
}

/* --- Asking it --- */

int disclosure_index_open(
    const struct disclosure_source *source, struct disclosure_index **index, struct failure *failure)
{
    int result = disclosure_index_start(source, false, index, failure);
    if (result == VAULT_OK)
        result = disclosure_index_feed(*index, log_size(source->log), failure);
    if (result != VAULT_OK) {
        disclosure_index_free(*index);
        *index = NULL;
    }
    return result;
}

int disclosure_index_numbers(
    struct disclosure_index *index, struct disclosure_numbers *numbers, struct failure *failure)
{
    index->numbers.people = (uint32_t)index->people.count;
    index->numbers.shapes = (uint32_t)index->shapes.count;
    index->numbers.exports = (uint32_t)index->export_count;
    int result = count_rows(index->source.store, &index->numbers.rows, &index->numbers.bytes, failure);
    *numbers = index->numbers;
    return result;
}

struct bytes disclosure_index_person(const struct disclosure_index *index, uint32_t person)
{
    return dictionary_get(&index->people, person);
}

bool disclosure_index_find_person(const struct disclosure_index *index, struct bytes user, uint32_t *person)
{
    return dictionary_find(&index->people, user, person);
}

const struct disclosure_export_entry *disclosure_index_export(
    const struct disclosure_index *index, uint32_t number)
{
    return number < index->export_count ? &index->exports[number] : NULL;
}

/* Entries of a client, or of client 0, one at a time: what is stored, then what is kept, then the last block.
 */
struct walk {
    struct disclosure_index *index;
    int64_t client;
    bool ours; /* the next block comes from memory */
    uint32_t ordinal;
    const struct client_tail *tail;
    struct buffer block;
    struct reader rest;
    struct coder coder;
    struct disclosure_entry entry;
    bool there;
};

static int next_block(struct walk *walk, bool *more, struct failure *failure)
{
    const struct client_tail *tail = walk->tail;
    size_t kept = tail == NULL ? 0 : tail->kept_count;
    uint32_t from = tail == NULL ? UINT32_MAX : tail->ordinal - (uint32_t)kept;
    *more = true;
    walk->coder = (struct coder){0};
    if (walk->ordinal < from) {
        int result = disclosure_row_read(&walk->index->rows,
            row_key(ROW_BLOCK, (uint64_t)walk->client, walk->ordinal), &walk->block, failure);
        *more = result == VAULT_OK;
        walk->rest = reader_of(buffer_bytes(&walk->block));
        walk->ordinal++;
        if (result == VAULT_ENOTFOUND && tail != NULL)
            return disclosure_rows_damaged(
                failure, row_key(ROW_BLOCK, (uint64_t)walk->client, walk->ordinal - 1));
        return result == VAULT_ENOTFOUND ? VAULT_OK : result;
    }
    if (walk->ordinal > tail->ordinal)
        *more = false;
    else if (walk->ordinal == tail->ordinal)
        walk->rest = reader_of(buffer_bytes(&tail->block));
    else
        walk->rest = reader_of(buffer_bytes(&tail->kept[walk->ordinal - from]));
    walk->ordinal++;
    return VAULT_OK;
}

static int next_entry(struct walk *walk, struct failure *failure)
{
    bool more = true;
    int result = VAULT_OK;
    walk->there = false;
    while (result == VAULT_OK && more && !walk->there) {
        walk->there =
            disclosure_entry_decode(&walk->rest, &walk->coder, walk->index, walk->client == 0, &walk->entry);
        if (!walk->there && walk->rest.short_read)
            result =
                disclosure_rows_damaged(failure, row_key(ROW_BLOCK, (uint64_t)walk->client, walk->ordinal));
        else if (!walk->there)
            result = next_block(walk, &more, failure);
    }
    return result;
}

static int start_walk(
    struct walk *walk, struct disclosure_index *index, int64_t client, struct failure *failure)
{
    const uint64_t *place = number_map_get(&index->tail_of, (uint64_t)client);
    *walk = (struct walk){
        .index = index, .client = client, .tail = place == NULL ? NULL : &index->tails[*place - 1]};
    return next_entry(walk, failure);
}

/* A list of clients in which the client was; the others are left out. */
static int next_list(struct walk *lists, int64_t client, struct failure *failure)
{
    int result = VAULT_OK;
    while (result == VAULT_OK && lists->there &&
           !disclosure_set_holds(dictionary_get(&lists->index->sets, (uint32_t)lists->entry.record), client))
        result = next_entry(lists, failure);
    return result;
}

int disclosure_index_client(struct disclosure_index *index, int64_t client,
    int (*each)(void *context, const struct disclosure_entry *entry), void *context, struct failure *failure)
{
    struct walk own = {0};
    struct walk lists = {0};
    int result =
        client <= 0 || (uint64_t)client > ROW_A_MAX ? VAULT_OK : start_walk(&own, index, client, failure);
    if (result == VAULT_OK)
        result = start_walk(&lists, index, 0, failure);
    if (result == VAULT_OK)
        result = next_list(&lists, client, failure);
    while (result == VAULT_OK && (own.there || lists.there)) {
        bool list = !own.there || (lists.there && lists.entry.event < own.entry.event);
        struct walk *walk = list ? &lists : &own;
        if (list)
            walk->entry.record = 0;
        result = each(context, &walk->entry);
        if (result == VAULT_OK)
            result = next_entry(walk, failure);
        if (result == VAULT_OK && list)
            result = next_list(&lists, client, failure);
    }
    buffer_free(&own.block);
    buffer_free(&lists.block);
    return result;
}
