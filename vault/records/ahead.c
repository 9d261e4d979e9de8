#include "vault/records/ahead_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BATCHES 4u
#define BATCH_ROWS 256u
#define BATCH_BYTES ((size_t)256 << 10)

struct batch {
    struct row rows[BATCH_ROWS];
    size_t count;
    uint8_t *bytes; /* what the rows borrow; never moves while there are any */
    size_t size;
    size_t capacity;
    bool alone; /* what comes after it is read by the caller, and the thread has ended */
    bool last;  /* nothing comes after it */
    int result; /* what comes after its rows */
    struct failure failure;
};

struct ahead {
    struct records *records;
    const struct permit *permit;
    struct statement *statement;
    /* Copies: the keyring may drop a key while rows that it opens still lie aside. */
    struct secret *keys[COMPARTMENT_COUNT];
    struct row next; /* stepped to, and found no room */
    bool pending;
    struct batch *batches[BATCHES];

    bool threaded;
    pthread_t thread;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t changed;
    uint64_t filled;
    uint64_t emptied;
    bool stop;

    size_t at; /* the caller's place in the batch `emptied` */
    bool taken;
};

/* --- Laying rows aside --- */

static size_t text_size(const char *text, size_t most)
{
    return strnlen(text, most) + 1;
}

static size_t room_for(const struct row *row)
{
    return row->wrapped.size + row->head.size + row->body.size + row->natural.size + row->digest.size +
           text_size(row->period, sizeof row->info.period) + text_size(row->author, sizeof row->info.author);
}

static struct bytes copy_bytes(struct batch *batch, struct bytes bytes)
{
    uint8_t *copy = batch->bytes + batch->size;
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    batch->size += bytes.size;
    return bytes_of(copy, bytes.size);
}

/* One letter more than can be right is kept, so that a longer text still fits no place. */
static const char *copy_text(struct batch *batch, const char *text, size_t most)
{
    size_t size = text_size(text, most);
    char *copy = (char *)batch->bytes + batch->size;
    memcpy(copy, text, size - 1);
    copy[size - 1] = '\0';
    batch->size += size;
    return copy;
}

static void keep(struct batch *batch, const struct row *row)
{
    struct row *kept = &batch->rows[batch->count++];
    *kept = *row;
    kept->wrapped = copy_bytes(batch, row->wrapped);
    kept->head = copy_bytes(batch, row->head);
    kept->body = copy_bytes(batch, row->body);
    kept->natural = copy_bytes(batch, row->natural);
    kept->digest = copy_bytes(batch, row->digest);
    kept->period = copy_text(batch, row->period, sizeof row->info.period);
    kept->author = copy_text(batch, row->author, sizeof row->info.author);
}

/* A record of many megabytes lies aside alone: the rows before it must have been taken. */
static bool wait_until_alone(struct ahead *ahead)
{
    if (!ahead->threaded)
        return true;
    (void)pthread_mutex_lock(&ahead->lock);
    while (ahead->emptied != ahead->filled && !ahead->stop)
        (void)pthread_cond_wait(&ahead->changed, &ahead->lock);
    bool go_on = !ahead->stop;
    (void)pthread_mutex_unlock(&ahead->lock);
    return go_on;
}

static void drop_bytes(struct batch *batch)
{
    free(batch->bytes); /* sealed bytes only, not wiped */
    batch->bytes = NULL;
    batch->capacity = 0;
}

static int make_room(struct ahead *ahead, struct batch *batch, size_t size)
{
    size_t capacity = size > BATCH_BYTES ? size : BATCH_BYTES;
    if (capacity > BATCH_BYTES && !wait_until_alone(ahead))
        return VAULT_EBUSY; /* nobody looks at it any more */
    if (batch->capacity == capacity)
        return VAULT_OK;
    drop_bytes(batch);
    batch->bytes = malloc(capacity);
    if (batch->bytes == NULL)
        return VAULT_ENOMEM;
    batch->capacity = capacity;
    return VAULT_OK;
}

static int take_key(struct ahead *ahead, struct row *row, struct failure *failure)
{
    const struct secret *key = NULL;
    struct secret **copy = &ahead->keys[kind_compartment(row->info.kind)];
    if (*copy != NULL)
        return VAULT_OK;
    int result = row_client_key(ahead->records, row, &key, failure);
    if (result == VAULT_OK && (*copy = secret_copy(secret_bytes(key))) == NULL)
        result = VAULT_ENOMEM;
    return result;
}

/* The next row that is covered; @p more false: there is none. */
static int step(struct ahead *ahead, bool *more, struct failure *failure)
{
    struct row *row = &ahead->next;
    for (;;) {
        int result = statement_step(ahead->statement, more, failure);
        if (result != VAULT_OK || !*more)
            return result;
        result = row_read(ahead->statement, row, failure);
        if (result == VAULT_OK && !row_is_covered(ahead->permit, PERMIT_BODIES, row))
            continue;
        if (result == VAULT_OK)
            result = row_is_last(row, failure);
        if (result == VAULT_OK)
            result = records_client_id(ahead->records, row->info.client, &row->client_id, failure);
        return result == VAULT_OK ? take_key(ahead, row, failure) : result;
    }
}

static void fill(struct ahead *ahead, struct batch *batch)
{
    bool more = true;
    batch->count = batch->size = 0;
    batch->alone = false;
    batch->result = VAULT_OK;
    failure_clear(&batch->failure);
    while (batch->result == VAULT_OK && batch->count < BATCH_ROWS) {
        if (!ahead->pending)
            batch->result = step(ahead, &more, &batch->failure);
        if (batch->result != VAULT_OK || !more)
            break;
        ahead->pending = true;
        /* To open one that needs a release, the caller may have to ask for it, with the store and the keyring. */
        batch->alone = ahead->threaded && witnessed_is(ahead->next.wrapped);
        if (batch->alone)
            break;
        size_t size = room_for(&ahead->next);
        if (batch->count == 0)
            batch->result = make_room(ahead, batch, size);
        if (batch->result != VAULT_OK || size > batch->capacity - batch->size)
            break;
        keep(batch, &ahead->next);
        ahead->pending = false;
    }
    batch->last = batch->result != VAULT_OK || !more;
}

/* --- Two threads --- */

static void *read_on(void *context)
{
    struct ahead *ahead = context;
    bool last = false;
    (void)pthread_mutex_lock(&ahead->lock);
    while (!ahead->stop && !last) {
        if (ahead->filled - ahead->emptied == BATCHES) {
            (void)pthread_cond_wait(&ahead->changed, &ahead->lock);
            continue;
        }
        struct batch *batch = ahead->batches[ahead->filled % BATCHES];
        (void)pthread_mutex_unlock(&ahead->lock);
        fill(ahead, batch);
        last = batch->last || batch->alone;
        (void)pthread_mutex_lock(&ahead->lock);
        ahead->filled++;
        (void)pthread_cond_signal(&ahead->changed);
    }
    (void)pthread_mutex_unlock(&ahead->lock);
    return NULL;
}

/* Worth a thread once a batch has shown that there is more; without one the caller reads for itself. */
static void start(struct ahead *ahead)
{
    for (size_t i = 1; i < BATCHES; i++) {
        if (ahead->batches[i] == NULL && (ahead->batches[i] = calloc(1, sizeof(struct batch))) == NULL)
            return;
    }
    ahead->threaded = true;
    if (pthread_create(&ahead->thread, NULL, read_on, ahead) != 0)
        ahead->threaded = false;
}

static struct batch *first_batch(struct ahead *ahead)
{
    fill(ahead, ahead->batches[0]);
    ahead->filled = 1;
    if (!ahead->batches[0]->last)
        start(ahead);
    return ahead->batches[0];
}

static struct batch *next_batch(struct ahead *ahead)
{
    struct batch *batch = ahead->batches[ahead->emptied % BATCHES];
    if (batch->capacity > BATCH_BYTES)
        drop_bytes(batch);
    if (batch->alone) {
        (void)pthread_join(ahead->thread, NULL);
        ahead->threaded = false;
    }
    if (!ahead->threaded) {
        fill(ahead, batch);
        return batch;
    }
    (void)pthread_mutex_lock(&ahead->lock);
    ahead->emptied++;
    (void)pthread_cond_signal(&ahead->changed);
    while (ahead->filled == ahead->emptied)
        (void)pthread_cond_wait(&ahead->changed, &ahead->lock);
    batch = ahead->batches[ahead->emptied % BATCHES];
    (void)pthread_mutex_unlock(&ahead->lock);
    return batch;
}

/* --- The caller's side --- */

int ahead_new(
    struct records *records, const struct permit *permit, struct statement *statement, struct ahead **aheadp)
{
    *aheadp = NULL;
    struct ahead *ahead = calloc(1, sizeof *ahead);
    if (ahead == NULL || (ahead->batches[0] = calloc(1, sizeof(struct batch))) == NULL) {
        free(ahead);
        return VAULT_ENOMEM;
    }
    ahead->records = records;
    ahead->permit = permit;
    ahead->statement = statement;
    (void)pthread_mutex_init(&ahead->lock, NULL);
    (void)pthread_cond_init(&ahead->changed, NULL);
    *aheadp = ahead;
    return VAULT_OK;
}

void ahead_free(struct ahead *ahead)
{
    if (ahead == NULL)
        return;
    if (ahead->threaded) {
        (void)pthread_mutex_lock(&ahead->lock);
        ahead->stop = true;
        (void)pthread_cond_signal(&ahead->changed);
        (void)pthread_mutex_unlock(&ahead->lock);
        (void)pthread_join(ahead->thread, NULL);
    }
    for (size_t i = 0; i < BATCHES; i++) {
        if (ahead->batches[i] != NULL)
            drop_bytes(ahead->batches[i]);
        free(ahead->batches[i]);
    }
    for (size_t i = 0; i < COMPARTMENT_COUNT; i++)
        secret_free(ahead->keys[i]);
    (void)pthread_mutex_destroy(&ahead->lock);
    (void)pthread_cond_destroy(&ahead->changed);
    free(ahead);
}

static int say(const struct batch *batch, struct failure *failure)
{
    if (batch->failure.error != VAULT_OK)
        (void)failure_set(failure, batch->failure.error, "%s", batch->failure.text);
    if (batch->failure.remedy[0] != '\0')
        failure_remedy(failure, "%s", batch->failure.remedy);
    return batch->result;
}

int ahead_next(struct ahead *ahead, struct row **row, const struct secret **key, struct failure *failure)
{
    *row = NULL;
    *key = NULL;
    struct batch *batch = ahead->taken ? ahead->batches[ahead->emptied % BATCHES] : NULL;
    while (batch == NULL || ahead->at == batch->count) {
        if (batch != NULL && batch->last) {
            return say(batch, failure);
        }
        batch = batch == NULL ? first_batch(ahead) : next_batch(ahead);
        ahead->taken = true;
        ahead->at = 0;
    }
    *row = &batch->rows[ahead->at++];
    *key = ahead->keys[kind_compartment((*row)->info.kind)];
    return VAULT_OK;
}
