#include <stdlib.h>
#include <string.h>

#include "vault/ops/policy/simulate_private.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)

struct had {
    int64_t time;
    int64_t records;
};

/* One person: what was had, oldest first, and where the last day and the last hour begin in it. */
struct person {
    struct buffer user;
    struct had *items;
    size_t count;
    size_t capacity;
    size_t day_from;
    size_t hour_from;
    int64_t day;
    int64_t hour;
};

struct counts {
    struct person *people;
    size_t count;
};

struct counts *counts_new(void)
{
    return calloc(1, sizeof(struct counts));
}

void counts_free(struct counts *counts)
{
    if (counts == NULL)
        return;
    for (size_t i = 0; i < counts->count; i++) {
        buffer_free(&counts->people[i].user);
        free(counts->people[i].items);
    }
    free(counts->people);
    free(counts);
}

static struct person *find(struct counts *counts, struct bytes user)
{
    for (size_t i = 0; i < counts->count; i++) {
        if (bytes_equal(buffer_bytes(&counts->people[i].user), user))
            return &counts->people[i];
    }
    return NULL;
}

static struct person *find_or_add(struct counts *counts, struct bytes user)
{
    struct person *person = find(counts, user);
    if (person != NULL)
        return person;
    struct person *people = realloc(counts->people, (counts->count + 1) * sizeof *people);
    if (people == NULL)
        return NULL;
    counts->people = people;
    person = &people[counts->count];
    memset(person, 0, sizeof *person);
    buffer_put(&person->user, user);
    counts->count += buffer_error(&person->user) == VAULT_OK;
    return buffer_error(&person->user) == VAULT_OK ? person : NULL;
}

/* What is older than a day goes before more memory is taken. */
static int make_room(struct person *person)
{
    if (person->day_from > person->count / 2) {
        person->count -= person->day_from;
        person->hour_from -= person->day_from;
        memmove(person->items, person->items + person->day_from, person->count * sizeof *person->items);
        person->day_from = 0;
    }
    if (person->count < person->capacity)
        return VAULT_OK;
    size_t capacity = person->capacity == 0 ? 64 : 2 * person->capacity;
    struct had *items = realloc(person->items, capacity * sizeof *items);
    if (items == NULL)
        return VAULT_ENOMEM;
    person->items = items;
    person->capacity = capacity;
    return VAULT_OK;
}

static void move_on(struct person *person, int64_t time)
{
    while (person->hour_from < person->count && person->items[person->hour_from].time <= time - HOUR_MS)
        person->hour -= person->items[person->hour_from++].records;
    while (person->day_from < person->count && person->items[person->day_from].time <= time - DAY_MS)
        person->day -= person->items[person->day_from++].records;
}

int counts_add(struct counts *counts, struct bytes user, int64_t time, int64_t records)
{
    struct person *person = find_or_add(counts, user);
    if (person == NULL)
        return VAULT_ENOMEM;
    move_on(person, time);
    int result = make_room(person);
    if (result != VAULT_OK)
        return result;
    person->items[person->count++] = (struct had){time, records};
    person->hour += records;
    person->day += records;
    return VAULT_OK;
}

void counts_at(struct counts *counts, struct bytes user, int64_t time, int64_t *hour, int64_t *day)
{
    struct person *person = find(counts, user);
    *hour = 0;
    *day = 0;
    if (person == NULL)
        return;
    move_on(person, time);
    *hour = person->hour;
    *day = person->day;
}
