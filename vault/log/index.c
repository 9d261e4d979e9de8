#include "vault/log/index.h"

#include <stdlib.h>
#include <string.h>

#include "vault/evidence/canonical.h"
#include "vault/evidence/leaf.h"
#include "vault/log/log_private.h"
#include "vault/store/setting.h"

#define SETTING "log.indexed"
#define MEMORY ((size_t)32 << 20)
#define WINDOW (UINT64_C(1) << 20) /* entries for which numbers are fetched at once: at most 8 MiB of them \
                                    */

/* --- Terms --- */

static void make_token(const struct secret *key, const char *kind, struct bytes text, struct token *token)
{
    uint8_t whole[16];
    keyed_token(key, kind, text, whole, sizeof whole);
    memcpy(token->data, whole, TOKEN_SIZE);
}

/* "record.read" -> "record"; false where there is no point. */
static bool noun_of(struct bytes event, struct bytes *noun)
{
    const uint8_t *point = event.size == 0 ? NULL : memchr(event.data, '.', event.size);
    if (point == NULL)
        return false;
    *noun = bytes_of(event.data, (size_t)(point - event.data));
    return true;
}

static struct bytes resource_id(struct bytes resource)
{
    struct bytes value;
    return canonical_find(resource, "id", &value) ? canonical_string(value) : bytes_of(NULL, 0);
}

/* --- Building --- */

struct update {
    struct postings *postings;
    const struct secret *key;
    struct failure *failure;
};

static int add_term(struct update *update, const char *kind, struct bytes text, uint64_t index)
{
    struct token token;
    if (text.size == 0)
        return VAULT_OK;
    make_token(update->key, kind, text, &token);
    return postings_add(update->postings, &token, index, update->failure);
}

static int add_entry(void *context, uint64_t index, struct bytes text)
{
    struct update *update = context;
    struct leaf leaf;
    struct bytes part;
    const char *wrong = leaf_read(text, &leaf);
    if (wrong != NULL)
        return failure_set(
            update->failure, VAULT_EDAMAGED, "entry %llu: %s", (unsigned long long)index, wrong);
    int result = add_term(update, "log-actor", leaf.actor_id, index);
    if (result == VAULT_OK)
        result = add_term(update, "log-client", leaf.subject, index);
    if (result == VAULT_OK)
        result = add_term(update, "log-event", leaf.event, index);
    if (result == VAULT_OK && noun_of(leaf.event, &part))
        result = add_term(update, "log-noun", part, index);
    while (result == VAULT_OK && canonical_element(&leaf.resources, &part))
        result = add_term(update, "log-record", resource_id(part), index);
    return result;
}

/* Entries that are indexed.  A number above the log's size is of another log, and then nothing is. */
static int indexed(struct log *log, struct store *store, uint64_t *entries, struct failure *failure)
{
    int64_t value = 0;
    int result = store_setting_get(store, SETTING, 0, &value, failure);
    *entries = value < 0 || (uint64_t)value > log_size(log) ? 0 : (uint64_t)value;
    return result;
}

int log_index_lag(struct log *log, struct store *store, uint64_t *entries, struct failure *failure)
{
    uint64_t done = 0;
    int result = indexed(log, store, &done, failure);
    *entries = log_size(log) - done;
    return result;
}

int log_index_update(struct log *log, struct store *store, const struct secret *key, struct failure *failure)
{
    struct update update = {.key = key, .failure = failure};
    uint64_t done = 0;
    uint64_t size = log_size(log);
    int result = indexed(log, store, &done, failure);
    if (result != VAULT_OK || done == size)
        return result;
    if (done == 0)
        result = postings_clear(store, POSTINGS_LOG, failure);
    update.postings = postings_new(store, POSTINGS_LOG, MEMORY);
    if (result == VAULT_OK && update.postings == NULL)
        result = failure_set(failure, VAULT_ENOMEM, "no memory to index the log");
    if (result == VAULT_OK)
        result = entries_each(log, done, size, add_entry, &update, failure);
    if (result == VAULT_OK)
        result = postings_flush(update.postings, failure);
    if (result == VAULT_OK)
        result = store_setting_put(store, SETTING, (int64_t)size, failure);
    postings_free(update.postings);
    return result;
}

/* --- Asking --- */

#define TERMS_MAX 4

struct search {
    struct log *log;
    struct store *store;
    const struct log_query *query;
    struct buffer texts[TERMS_MAX]; /* actor, client, record, event: as they stand in a leaf */
    bool noun;                      /* the event is "noun.*" */
    struct token tokens[TERMS_MAX];
    size_t token_count;
    uint64_t found;
    int (*leaf)(void *context, uint64_t index, struct bytes leaf);
    void *context;
    struct failure *failure;
};

enum { ACTOR, CLIENT, RECORD, EVENT };

/* A text as canonical JSON writes it, without the quotes. */
static struct bytes raw_text(const struct buffer *quoted)
{
    return quoted->size < 2 ? bytes_of(NULL, 0) : bytes_of(quoted->data + 1, quoted->size - 2);
}

static void add_text(struct search *search, const struct secret *key, int which, const char *kind,
    const char *text, size_t size)
{
    if (text == NULL)
        return;
    json_write_string(bytes_of(text, size), &search->texts[which]);
    make_token(key, kind, raw_text(&search->texts[which]), &search->tokens[search->token_count++]);
}

static size_t size_of(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

static int prepare(struct search *search, const struct secret *key)
{
    const struct log_query *query = search->query;
    size_t size = size_of(query->event);
    int result = VAULT_OK;
    search->noun = size > 2 && memcmp(query->event + size - 2, ".*", 2) == 0;
    add_text(search, key, ACTOR, "log-actor", query->actor, size_of(query->actor));
    add_text(search, key, CLIENT, "log-client", query->client, size_of(query->client));
    add_text(search, key, RECORD, "log-record", query->record, size_of(query->record));
    add_text(search, key, EVENT, search->noun ? "log-noun" : "log-event", query->event,
        search->noun ? size - 2 : size);
    for (size_t i = 0; i < TERMS_MAX && result == VAULT_OK; i++)
        result = buffer_error(&search->texts[i]);
    return result;
}

static bool has_record(struct bytes resources, struct bytes id)
{
    struct bytes resource;
    while (canonical_element(&resources, &resource))
        if (bytes_equal(resource_id(resource), id))
            return true;
    return false;
}

/* The index is a cache: what it names is looked at once more. */
static bool matches(const struct search *search, const struct leaf *leaf)
{
    const struct log_query *query = search->query;
    struct bytes event = leaf->event;
    if (search->noun && !noun_of(leaf->event, &event))
        return false;
    return leaf->time >= query->from && leaf->time < query->to &&
           (query->actor == NULL || bytes_equal(leaf->actor_id, raw_text(&search->texts[ACTOR]))) &&
           (query->client == NULL || bytes_equal(leaf->subject, raw_text(&search->texts[CLIENT]))) &&
           (query->record == NULL || has_record(leaf->resources, raw_text(&search->texts[RECORD]))) &&
           (query->event == NULL || bytes_equal(event, raw_text(&search->texts[EVENT])));
}

static bool full(const struct search *search)
{
    return search->query->limit != 0 && search->found >= search->query->limit;
}

static int offer(void *context, uint64_t index, struct bytes text)
{
    struct search *search = context;
    struct leaf leaf;
    const char *wrong = leaf_read(text, &leaf);
    if (wrong != NULL)
        return failure_set(
            search->failure, VAULT_EDAMAGED, "entry %llu: %s", (unsigned long long)index, wrong);
    if (full(search) || !matches(search, &leaf))
        return VAULT_OK;
    search->found++;
    return search->leaf(search->context, index, text);
}

static int offer_numbers(struct search *search, const struct numbers *numbers)
{
    struct buffer leaf = {0};
    int result = VAULT_OK;
    for (size_t i = 0; i < numbers->count && result == VAULT_OK && !full(search); i++) {
        buffer_reset(&leaf);
        result = log_read(search->log, numbers->items[i], &leaf, search->failure);
        if (result == VAULT_OK)
            result = offer(search, numbers->items[i], buffer_bytes(&leaf));
    }
    buffer_free(&leaf);
    return result;
}

/* [first, end) through the index, a window at a time. */
static int ask_index(struct search *search, uint64_t first, uint64_t end)
{
    int result = VAULT_OK;
    while (first < end && result == VAULT_OK && !full(search)) {
        struct numbers numbers = {0};
        uint64_t stop = end - first < WINDOW ? end : first + WINDOW;
        result = postings_find(search->store, POSTINGS_LOG, search->tokens, search->token_count, first,
            stop - 1, WINDOW, &numbers, search->failure);
        if (result == VAULT_OK)
            result = offer_numbers(search, &numbers);
        numbers_free(&numbers);
        first = stop;
    }
    return result;
}

/* [first, end) by reading all of it, up to the limit. */
static int ask_log(struct search *search, uint64_t first, uint64_t end)
{
    int result = VAULT_OK;
    while (first < end && result == VAULT_OK && !full(search)) {
        uint64_t stop = end - first < 1024 ? end : first + 1024;
        result = entries_each(search->log, first, stop, offer, search, search->failure);
        first = stop;
    }
    return result;
}

static int bounds(struct search *search, uint64_t *first, uint64_t *end)
{
    const struct log_query *query = search->query;
    *first = 0;
    *end = log_size(search->log);
    int result = VAULT_OK;
    if (query->from != INT64_MIN)
        result = log_find_time(search->log, query->from, first, search->failure);
    if (result == VAULT_OK && query->to != INT64_MAX)
        result = log_find_time(search->log, query->to, end, search->failure);
    if (*first < query->first)
        *first = query->first;
    return result;
}

int log_index_query(struct log *log, struct store *store, const struct secret *key,
    const struct log_query *query, int (*leaf)(void *context, uint64_t index, struct bytes leaf),
    void *context, struct failure *failure)
{
    struct search search = {
        .log = log, .store = store, .query = query, .leaf = leaf, .context = context, .failure = failure};
    uint64_t first;
    uint64_t end;
    uint64_t done = 0;
    int result = prepare(&search, key);
    if (result == VAULT_OK)
        result = bounds(&search, &first, &end);
    if (result == VAULT_OK)
        result = indexed(log, store, &done, failure);
    if (result != VAULT_OK)
        goto out;
    if (search.token_count > 0 && first < done) {
        uint64_t stop = done < end ? done : end;
        result = ask_index(&search, first, stop);
        first = stop;
    }
    if (result == VAULT_OK)
        result = ask_log(&search, first, end);
out:
    for (size_t i = 0; i < TERMS_MAX; i++)
        buffer_free(&search.texts[i]);
    return result;
}
