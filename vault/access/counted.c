/* What people have been given lately, kept from decision to decision: the log is read on from where it was
 * read to, once for all, and what is older than a day or an hour drops out as time goes by. */
#include "vault/access/counted_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/counters_private.h"
#include "vault/base/number_map.h"
#include "vault/base/text.h"
#include "vault/evidence/leaf.h"
#include "vault/log/index.h"
#include "vault/log/prove.h"

/* One client of whom an entry showed something, or the numbers of an entry. */
struct given {
    int64_t time;
    uint64_t client; /* 0: none */
    int64_t records, reveals, exported;
};

/* The sums over a span that ends now; what is before `from` has dropped out. */
struct span {
    int64_t length;
    size_t from;
    int64_t records;
    struct tally of;
    struct number_map clients; /* how many there are of each */
};

struct person {
    char user[NAME_SIZE_MAX + 1];
    struct given *list; /* in the order of the log */
    size_t count, capacity;
    struct span hour, day;
    struct person *next;
};

struct counted {
    pthread_mutex_t lock; /* guards all that follows */
    uint64_t upto;        /* entries below are in, for everybody in the list */
    struct person *first;
};

struct counted *counted_new(void)
{
    struct counted *counted = calloc(1, sizeof *counted);
    if (counted != NULL)
        (void)pthread_mutex_init(&counted->lock, NULL);
    return counted;
}

static void person_free(struct person *person)
{
    number_map_free(&person->hour.clients);
    number_map_free(&person->day.clients);
    free(person->list);
    free(person);
}

static void forget(struct counted *counted)
{
    while (counted->first != NULL) {
        struct person *next = counted->first->next;
        person_free(counted->first);
        counted->first = next;
    }
}

void counted_free(struct counted *counted)
{
    if (counted == NULL)
        return;
    forget(counted);
    (void)pthread_mutex_destroy(&counted->lock);
    free(counted);
}

/* --- Spans --- */

static int span_add(struct span *span, const struct given *given)
{
    span->records += given->records;
    span->of.reveals += given->reveals;
    span->of.exported += given->exported;
    if (given->client == 0)
        return VAULT_OK;
    uint64_t *times = number_map_put(&span->clients, given->client);
    if (times == NULL)
        return VAULT_ENOMEM;
    span->of.clients += (*times)++ == 0;
    return VAULT_OK;
}

static void span_drop(struct span *span, const struct given *given)
{
    span->records -= given->records;
    span->of.reveals -= given->reveals;
    span->of.exported -= given->exported;
    uint64_t *times = given->client == 0 ? NULL : number_map_get(&span->clients, given->client);
    if (times != NULL)
        span->of.clients -= --*times == 0;
}

static void span_advance(struct span *span, const struct person *person, int64_t now)
{
    while (span->from < person->count && person->list[span->from].time <= now - span->length)
        span_drop(span, &person->list[span->from++]);
}

/* What has dropped out of the day is let go of, once it is the larger part. */
static void tidy(struct person *person)
{
    size_t gone = person->day.from;
    if (gone < 1024 || gone < person->count / 2)
        return;
    person->count -= gone;
    memmove(person->list, person->list + gone, person->count * sizeof *person->list);
    person->hour.from -= gone;
    person->day.from = 0;
}

/* --- Entries --- */

static int person_add(struct person *person, const struct given *given)
{
    if (person->count == person->capacity) {
        size_t capacity = person->capacity == 0 ? 64 : 2 * person->capacity;
        struct given *list = realloc(person->list, capacity * sizeof *list);
        if (list == NULL)
            return VAULT_ENOMEM;
        person->list = list;
        person->capacity = capacity;
    }
    person->list[person->count++] = *given;
    int result = span_add(&person->hour, given);
    return result == VAULT_OK ? span_add(&person->day, given) : result;
}

struct adding {
    struct person *person;
    int64_t time;
};

/* The random part tells clients apart. */
static int add_client(void *context, struct bytes id)
{
    const struct adding *adding = context;
    struct given given = {.time = adding->time};
    struct ulid ulid;
    if (!ulid_parse(id, &ulid))
        return VAULT_OK;
    for (size_t i = ULID_SIZE - 8; i < ULID_SIZE; i++)
        given.client = given.client << 8 | ulid.data[i];
    given.client = (given.client >> 1) + 1;
    return person_add(adding->person, &given);
}

static int add_leaf(struct person *person, struct bytes text, int64_t time)
{
    struct adding adding = {person, time};
    struct leaf_given numbers;
    int result = counters_leaf(text, &numbers, add_client, &adding);
    if (result != VAULT_OK || (numbers.records == 0 && numbers.reveals == 0 && numbers.exported == 0))
        return result;
    struct given given = {
        .time = time, .records = numbers.records, .reveals = numbers.reveals, .exported = numbers.exported};
    return person_add(person, &given);
}

struct reading {
    struct counted *counted;
    struct person *person; /* one alone; NULL: whose it is */
    uint64_t end;
};

static struct person *find(struct counted *counted, struct bytes user)
{
    struct person *person = counted->first;
    while (person != NULL && !bytes_equal(bytes_of_text(person->user), user))
        person = person->next;
    return person;
}

static int read_leaf(void *context, uint64_t index, struct bytes text)
{
    struct reading *reading = context;
    struct leaf leaf;
    if (index >= reading->end || leaf_read(text, &leaf) != NULL)
        return VAULT_OK; /* what is no leaf is found where the log is verified */
    struct person *person = reading->person != NULL ? reading->person : find(reading->counted, leaf.actor_id);
    return person == NULL ? VAULT_OK : add_leaf(person, text, leaf.time);
}

static int read_on(struct counted *counted, struct log *log, struct failure *failure)
{
    struct reading reading = {.counted = counted, .end = UINT64_MAX};
    uint64_t size = log_size(log);
    int result = VAULT_OK;
    if (counted->first != NULL && counted->upto < size)
        result = log_each(log, counted->upto, size, read_leaf, &reading, failure);
    counted->upto = size;
    return result;
}

/* Somebody who was not asked about before: his last day, through the index. */
static int begin(struct counted *counted, const struct counted_source *source, int64_t now,
    struct person **personp, struct failure *failure)
{
    struct person *person = calloc(1, sizeof *person);
    struct reading reading = {.counted = counted, .person = person, .end = counted->upto};
    struct log_query query = {
        .actor = source->user, .event = "record.*", .from = now - DAY_MS + 1, .to = INT64_MAX};
    if (person == NULL)
        return VAULT_ENOMEM;
    text_copy(person->user, sizeof person->user, source->user);
    person->hour.length = HOUR_MS;
    person->day.length = DAY_MS;
    int result =
        log_index_query(source->log, source->store, source->key, &query, read_leaf, &reading, failure);
    if (result != VAULT_OK) {
        person_free(person);
        return result;
    }
    person->next = counted->first;
    counted->first = person;
    *personp = person;
    return VAULT_OK;
}

static int fill(struct counted *counted, const struct counted_source *source, struct asker *asker,
    struct failure *failure)
{
    struct person *person = NULL;
    int result = read_on(counted, source->log, failure);
    if (result == VAULT_OK)
        person = find(counted, bytes_of_text(source->user));
    if (result == VAULT_OK && person == NULL)
        result = begin(counted, source, asker->time, &person, failure);
    if (result != VAULT_OK) {
        forget(counted); /* some may have got half of it */
        return result;
    }
    span_advance(&person->hour, person, asker->time);
    span_advance(&person->day, person, asker->time);
    tidy(person);
    asker->hour = person->hour.records;
    asker->day = person->day.records;
    asker->hour_of = person->hour.of;
    asker->day_of = person->day.of;
    return VAULT_OK;
}

int counted_fill(struct counted *counted, const struct counted_source *source, struct asker *asker,
    struct failure *failure)
{
    (void)pthread_mutex_lock(&counted->lock);
    int result = fill(counted, source, asker, failure);
    (void)pthread_mutex_unlock(&counted->lock);
    return result == VAULT_OK ? result : failure_set(failure, result, "%s", vault_error_text(result));
}
