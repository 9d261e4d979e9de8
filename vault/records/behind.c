#include "vault/records/behind.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/memory.h"
#include "vault/records/behind_private.h"
#include "vault/records/put_private.h"

#define BATCHES 4u
#define BATCH_DRAFTS 128u
#define BATCH_BYTES ((size_t)512 << 10)
#define FIRST 256u /* drafts that are not worth a thread */

/* A draft prepared, and what came of it. */
struct item {
    struct put put;
    struct draft draft; /* what a prepared put looks at: kind and place */
    struct record_author author;
    struct bytes fields, raw, head, values, tokens; /* of the batch's bytes */
    struct record_written written;
    struct failure failure;
    int result;
};

struct batch {
    struct item items[BATCH_DRAFTS];
    size_t count;
    size_t done;    /* by the thread */
    bool no_memory; /* for something, in the thread */
    size_t size;
    uint8_t bytes[BATCH_BYTES]; /* plain text, wiped */
};

struct behind {
    struct records *records;
    struct records *front; /* a workbench without a store, where drafts are prepared */
    struct postings *postings;
    int (*tell)(void *context, const struct behind_told *told);
    void *context;
    struct behind_keys *keys;
    struct batch *batches[BATCHES];
    uint64_t met;  /* drafts */
    uint64_t told; /* batches, as the next three */
    int error;     /* which ended everything */

    bool threaded;
    pthread_t thread;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t changed;
    uint64_t filled; /* the batch of this number is the caller's, those before it the thread's */
    uint64_t stored; /* those before this one are the caller's again */
    bool stop;
};

/* --- The thread --- */

/* Those say that a draft is not to be had, and nothing of it was written. */
static bool goes_on_after(int result)
{
    return result == VAULT_OK || result == VAULT_EINPUT || result == VAULT_ELIMIT ||
           result == VAULT_EEXISTS || result == VAULT_ENOKEY;
}

static int lay_out(struct records *records, const struct item *item)
{
    struct terms *terms = &records->terms;
    buffer_put(&records->fields, item->fields);
    buffer_put(&records->raw, item->raw);
    buffer_put(&records->head, item->head);
    buffer_put(&records->values, item->values);
    terms->count = item->tokens.size / sizeof terms->tokens[0];
    if (terms->count > 0)
        memcpy(terms->tokens, item->tokens.data, item->tokens.size);
    const struct buffer *const filled[] = {&records->fields, &records->raw, &records->head, &records->values};
    int result = VAULT_OK;
    for (size_t i = 0; i < sizeof filled / sizeof filled[0] && result == VAULT_OK; i++)
        result = buffer_error(filled[i]);
    return result;
}

static void store_one(struct behind *behind, struct item *item)
{
    struct put *put = &item->put;
    put->records = behind->records;
    put->draft = &item->draft;
    put->author = &item->author;
    put->failure = &item->failure;
    item->result = lay_out(behind->records, item);
    put->raw = buffer_bytes(&behind->records->raw);
    if (item->result == VAULT_OK)
        item->result = put_prepared(put, behind->postings, &item->written);
    else
        put_clear(behind->records);
}

/* False: nothing more is to be stored. */
static bool store_batch(struct behind *behind, struct batch *batch)
{
    bool go_on = true;
    for (; batch->done < batch->count && go_on; batch->done++) {
        store_one(behind, &batch->items[batch->done]);
        go_on = goes_on_after(batch->items[batch->done].result);
    }
    batch->no_memory = memory_error() != VAULT_OK;
    return go_on;
}

static void *work(void *context)
{
    struct behind *behind = context;
    bool go_on = true;
    (void)pthread_mutex_lock(&behind->lock);
    while (!behind->stop) {
        if (behind->stored == behind->filled) {
            (void)pthread_cond_wait(&behind->changed, &behind->lock);
            continue;
        }
        struct batch *batch = behind->batches[behind->stored % BATCHES];
        (void)pthread_mutex_unlock(&behind->lock);
        go_on = go_on && store_batch(behind, batch);
        (void)pthread_mutex_lock(&behind->lock);
        behind->stored++;
        (void)pthread_cond_signal(&behind->changed);
    }
    (void)pthread_mutex_unlock(&behind->lock);
    return NULL;
}

/* Without memory or thread the caller puts everything, as he does the first ones. */
static bool start(struct behind *behind)
{
    if (behind->threaded)
        return true;
    if (behind->met <= FIRST)
        return false;
    behind->met = 0; /* and tries again after as many more */
    for (size_t i = 0; i < BATCHES; i++) {
        if (behind->batches[i] == NULL && (behind->batches[i] = calloc(1, sizeof(struct batch))) == NULL)
            return false;
    }
    behind->threaded = pthread_create(&behind->thread, NULL, work, behind) == 0;
    return behind->threaded;
}

/* --- Telling --- */

static int tell_one(struct behind *behind, const struct item *item)
{
    struct behind_told told = {.where = item->draft.where,
        .result = item->result,
        .written = &item->written,
        .failure = &item->failure};
    int result = behind->tell(behind->context, &told);
    return result == VAULT_OK && !goes_on_after(item->result) ? item->result : result;
}

/* The thread is behind it; it is empty afterwards. */
static void tell_batch(struct behind *behind, struct batch *batch)
{
    if (batch->no_memory)
        memory_failed(); /* each thread knows its own */
    batch->no_memory = false;
    for (size_t i = 0; i < batch->count; i++) {
        struct item *item = &batch->items[i];
        if (behind->error == VAULT_OK && i < batch->done)
            behind->error = tell_one(behind, item);
    }
    wipe(batch->bytes, batch->size);
    batch->count = batch->done = batch->size = 0;
}

/* Tell what is stored; wait until at most @p most batches are not. */
static void harvest(struct behind *behind, uint64_t most)
{
    if (!behind->threaded)
        return;
    (void)pthread_mutex_lock(&behind->lock);
    while (behind->filled - behind->stored > most)
        (void)pthread_cond_wait(&behind->changed, &behind->lock);
    uint64_t stored = behind->stored;
    (void)pthread_mutex_unlock(&behind->lock);
    for (; behind->told < stored; behind->told++)
        tell_batch(behind, behind->batches[behind->told % BATCHES]);
}

/* Only the caller changes `filled`, so that he may look at it at any time. */
static struct batch *current(struct behind *behind)
{
    return behind->batches[behind->filled % BATCHES];
}

static void hand_over(struct behind *behind)
{
    if (!behind->threaded || current(behind)->count == 0)
        return;
    (void)pthread_mutex_lock(&behind->lock);
    behind->filled++;
    (void)pthread_cond_signal(&behind->changed);
    (void)pthread_mutex_unlock(&behind->lock);
}

int behind_settle(struct behind *behind)
{
    hand_over(behind);
    harvest(behind, 0);
    return behind->error;
}

/* --- The caller's side --- */

int behind_new(struct records *records, struct postings *postings,
    int (*tell)(void *context, const struct behind_told *told), void *context, struct behind **behindp)
{
    static const struct record_keys none = {.context = NULL};
    *behindp = NULL;
    struct behind *behind = calloc(1, sizeof *behind);
    if (behind == NULL)
        return VAULT_ENOMEM;
    behind->records = records;
    behind->postings = postings;
    behind->tell = tell;
    behind->context = context;
    (void)pthread_mutex_init(&behind->lock, NULL);
    (void)pthread_cond_init(&behind->changed, NULL);
    int result = records_new(NULL, &records->vault, &none, &behind->front);
    if (result == VAULT_OK)
        result = behind_keys_new(records, &behind->keys);
    if (result != VAULT_OK) {
        behind_free(behind);
        return result;
    }
    *behindp = behind;
    return VAULT_OK;
}

static void drop_batch(struct batch *batch)
{
    if (batch == NULL)
        return;
    wipe(batch->bytes, batch->size);
    wipe(batch->items, sizeof batch->items);
    free(batch);
}

void behind_free(struct behind *behind)
{
    if (behind == NULL)
        return;
    if (behind->threaded) {
        (void)pthread_mutex_lock(&behind->lock);
        behind->stop = true;
        (void)pthread_cond_signal(&behind->changed);
        (void)pthread_mutex_unlock(&behind->lock);
        (void)pthread_join(behind->thread, NULL);
    }
    for (size_t i = 0; i < BATCHES; i++)
        drop_batch(behind->batches[i]);
    behind_keys_free(behind->keys);
    records_free(behind->front);
    (void)pthread_mutex_destroy(&behind->lock);
    (void)pthread_cond_destroy(&behind->changed);
    free(behind);
}

/* A client's own record changes what clients are found by, and the others need what is there. */
static bool can_wait(const struct draft *draft)
{
    return draft->kind != KIND_CLIENT && draft->content.data == NULL && draft->record_id == NULL &&
           json_array_size(draft->masked) == 0;
}

/* The keys of a draft.  Those of another client than before must be asked of the keyring, and so at rest. */
static int find_keys(struct behind *behind, const struct record_author *author, enum record_kind kind,
    const struct behind_key_set **set)
{
    *set = behind_keys_known(behind->keys, author->client, kind);
    if (*set != NULL)
        return VAULT_OK;
    int result = behind_settle(behind);
    if (result == VAULT_OK)
        *set = behind_keys_ask(behind->keys, author->client, kind);
    return result;
}

static struct bytes keep(struct batch *batch, struct bytes bytes)
{
    uint8_t *copy = batch->bytes + batch->size;
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    batch->size += bytes.size;
    return bytes_of(copy, bytes.size);
}

/* From the workbench into the batch; false: it is larger than any. */
static bool take(struct behind *behind, struct put *put)
{
    const struct records *front = behind->front;
    struct bytes tokens =
        bytes_of((const uint8_t *)front->terms.tokens, front->terms.count * sizeof front->terms.tokens[0]);
    size_t size = front->fields.size + front->raw.size + front->head.size + front->values.size + tokens.size;
    if (size > BATCH_BYTES)
        return false;
    if (current(behind)->count == BATCH_DRAFTS || size > BATCH_BYTES - current(behind)->size) {
        hand_over(behind);
        harvest(behind, BATCHES - 1);
    }
    struct batch *batch = current(behind);
    struct item *item = &batch->items[batch->count++];
    item->put = *put;
    item->put.fields = NULL;
    item->author = *put->author;
    item->draft = (struct draft){.kind = put->draft->kind};
    memcpy(item->draft.period, put->draft->period, sizeof item->draft.period);
    memcpy(item->draft.where, put->draft->where, sizeof item->draft.where);
    item->fields = keep(batch, buffer_bytes(&front->fields));
    item->raw = keep(batch, buffer_bytes(&front->raw));
    item->head = keep(batch, buffer_bytes(&front->head));
    item->values = keep(batch, buffer_bytes(&front->values));
    item->tokens = keep(batch, tokens);
    failure_clear(&item->failure);
    return true;
}

static bool prepare(struct behind *behind, const struct behind_key_set *set, const struct permit *permit,
    const struct record_author *author, const struct draft *draft)
{
    struct put put = {.records = behind->front,
        .permit = permit,
        .author = author,
        .draft = draft,
        .index_key = set->index,
        .client_key = set->client_key};
    bool taken = put_prepare(&put, set->search) == VAULT_OK && take(behind, &put);
    json_decref(put.fields);
    put_clear(behind->front);
    return taken;
}

int behind_put(struct behind *behind, const struct permit *permit, const struct record_author *author,
    const struct draft *draft, bool *taken)
{
    const struct behind_key_set *set = NULL;
    *taken = false;
    behind->met++;
    int result = behind->error;
    bool can = result == VAULT_OK && can_wait(draft) && start(behind);
    if (can)
        result = find_keys(behind, author, draft->kind, &set);
    if (result == VAULT_OK && set != NULL)
        *taken = prepare(behind, set, permit, author, draft);
    if (!*taken)
        return behind_settle(behind);
    return behind->error;
}
