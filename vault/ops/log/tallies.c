#include "vault/ops/log/tallies_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/evidence/leaf.h"
#include "vault/ops/call_private.h"

#define HOUR_MS INT64_C(3600000)

static const char *const count_names[TALLY_COUNTS] = {
    "events", "reads", "reveals", "searches", "lists", "exports", "exported", "denials"};

struct tally {
    char name[NAME_SIZE_MAX + 1];
    uint64_t counts[TALLY_COUNTS];
};

/* Sorted by name. */
struct table {
    struct tally *items;
    size_t count;
    size_t capacity;
};

struct hour {
    int64_t start;
    uint64_t counts[TALLY_COUNTS];
};

struct tallies {
    struct table people;
    struct table clients;
    struct hour *hours; /* in order, since the log's time never runs backwards */
    size_t hour_count;
    size_t hour_capacity;
    uint64_t events;
};

struct tallies *tallies_new(void)
{
    return calloc(1, sizeof(struct tallies));
}

void tallies_free(struct tallies *tallies)
{
    if (tallies == NULL)
        return;
    free(tallies->people.items);
    free(tallies->clients.items);
    free(tallies->hours);
    free(tallies);
}

/* --- Tables --- */

static int compare(struct bytes name, const struct tally *tally)
{
    return bytes_compare(name, bytes_of_text(tally->name));
}

static size_t place_of(const struct table *table, struct bytes name, bool *found)
{
    size_t low = 0;
    size_t high = table->count;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(name, &table->items[middle]);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool make_room(struct table *table)
{
    if (table->count < table->capacity)
        return true;
    size_t capacity = table->capacity == 0 ? 64 : 2 * table->capacity;
    struct tally *grown = realloc(table->items, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    table->items = grown;
    table->capacity = capacity;
    return true;
}

static int count_in(struct table *table, struct bytes name, const uint64_t counts[TALLY_COUNTS])
{
    bool found;
    size_t at = place_of(table, name, &found);
    if (name.size == 0 || name.size > NAME_SIZE_MAX)
        return VAULT_OK;
    if (!found) {
        if (!make_room(table))
            return VAULT_ENOMEM;
        memmove(&table->items[at + 1], &table->items[at], (table->count - at) * sizeof *table->items);
        memset(&table->items[at], 0, sizeof table->items[at]);
        memcpy(table->items[at].name, name.data, name.size);
        table->count++;
    }
    for (size_t i = 0; i < TALLY_COUNTS; i++)
        table->items[at].counts[i] += counts[i];
    return VAULT_OK;
}

static int count_hour(struct tallies *tallies, int64_t time, const uint64_t counts[TALLY_COUNTS])
{
    int64_t start = time - (time % HOUR_MS + HOUR_MS) % HOUR_MS;
    if (tallies->hour_count == 0 || tallies->hours[tallies->hour_count - 1].start != start) {
        if (tallies->hour_count == tallies->hour_capacity) {
            size_t capacity = tallies->hour_capacity == 0 ? 256 : 2 * tallies->hour_capacity;
            struct hour *grown = realloc(tallies->hours, capacity * sizeof *grown);
            if (grown == NULL)
                return VAULT_ENOMEM;
            tallies->hours = grown;
            tallies->hour_capacity = capacity;
        }
        tallies->hours[tallies->hour_count++] = (struct hour){.start = start};
    }
    for (size_t i = 0; i < TALLY_COUNTS; i++)
        tallies->hours[tallies->hour_count - 1].counts[i] += counts[i];
    return VAULT_OK;
}

/* --- What one entry counts as --- */

static bool is(struct bytes raw, const char *text)
{
    return bytes_equal(raw, bytes_of_text(text));
}

static struct bytes member(struct bytes object, const char *name)
{
    struct bytes value;
    return object.size > 0 && canonical_find(object, name, &value) ? value : bytes_of(NULL, 0);
}

static struct bytes text_of(struct bytes object, const char *name)
{
    return canonical_string(member(object, name));
}

static void weigh(const struct leaf *leaf, uint64_t counts[TALLY_COUNTS])
{
    struct bytes phase = text_of(leaf->text, "phase");
    struct bytes result = member(leaf->text, "result");
    uint64_t rows = 0;
    counts[TALLY_EVENTS] = 1;
    if (is(text_of(member(leaf->text, "decision"), "effect"), "deny")) {
        /* What the vault found damaged was asked for by nobody. */
        counts[TALLY_DENIALS] = !is(leaf->event, "damage.find");
        return;
    }
    if (is(leaf->event, "record.export")) {
        bool outcome = is(phase, "outcome");
        bool part = member(leaf->text, "within").size > 0;
        counts[TALLY_EXPORTS] = !outcome && !part;
        if (outcome && is(text_of(result, "status"), "ok") &&
            canonical_number(member(result, "count"), &rows))
            counts[TALLY_EXPORTED] = rows;
        return;
    }
    counts[TALLY_READS] = is(leaf->event, "record.read");
    counts[TALLY_REVEALS] = is(leaf->event, "record.reveal");
    counts[TALLY_SEARCHES] = is(leaf->event, "record.search");
    counts[TALLY_LISTS] = is(leaf->event, "record.list") || is(leaf->event, "client.list");
}

/* The client whom it was about, else the clients that it names: what a search found, what an export holds. */
static int count_clients(
    struct tallies *tallies, const struct leaf *leaf, const uint64_t counts[TALLY_COUNTS])
{
    struct bytes rest = leaf->resources;
    struct bytes resource;
    int result = VAULT_OK;
    if (leaf->subject.size > 0)
        return count_in(&tallies->clients, leaf->subject, counts);
    while (result == VAULT_OK && canonical_element(&rest, &resource)) {
        if (is(text_of(resource, "type"), "client"))
            result = count_in(&tallies->clients, text_of(resource, "id"), counts);
    }
    return result;
}

int tallies_add(struct tallies *tallies, struct bytes text)
{
    struct leaf leaf;
    uint64_t counts[TALLY_COUNTS] = {0};
    if (leaf_read(text, &leaf) != NULL)
        return VAULT_EDAMAGED;
    weigh(&leaf, counts);
    tallies->events++;
    int result = count_in(&tallies->people, leaf.actor_id, counts);
    if (result == VAULT_OK)
        result = count_hour(tallies, leaf.time, counts);
    return result == VAULT_OK ? count_clients(tallies, &leaf, counts) : result;
}

/* --- JSON --- */

/* An outcome names no client, so the rows exported are not known by client. */
static json_t *with_counts(json_t *row, const uint64_t counts[TALLY_COUNTS], bool exported)
{
    for (size_t i = 0; i < TALLY_COUNTS && row != NULL; i++) {
        if (i == TALLY_EXPORTED && !exported)
            continue;
        if (json_object_set_new(row, count_names[i], json_integer((json_int_t)counts[i])) != 0) {
            json_decref(row);
            return NULL;
        }
    }
    return row;
}

static bool append(json_t *list, json_t *row)
{
    return json_array_append_new(list, row) == 0;
}

json_t *tallies_json(const struct tallies *tallies, bool exported)
{
    json_t *people = json_array();
    json_t *clients = json_array();
    json_t *hours = json_array();
    bool good = people != NULL && clients != NULL && hours != NULL;
    for (size_t i = 0; i < tallies->people.count && good; i++) {
        const struct tally *one = &tallies->people.items[i];
        good = append(people, with_counts(json_pack("{s:s}", "actor", one->name), one->counts, exported));
    }
    for (size_t i = 0; i < tallies->clients.count && good; i++) {
        const struct tally *one = &tallies->clients.items[i];
        good = append(clients, with_counts(json_pack("{s:s}", "client", one->name), one->counts, false));
    }
    for (size_t i = 0; i < tallies->hour_count && good; i++) {
        const struct hour *one = &tallies->hours[i];
        good = append(
            hours, with_counts(json_pack("{s:o}", "hour", json_instant(one->start)), one->counts, exported));
    }
    if (good)
        return json_pack("{s:I,s:o,s:o,s:o}", "events", (json_int_t)tallies->events, "people", people,
            "clients", clients, "hours", hours);
    json_decref(people);
    json_decref(clients);
    json_decref(hours);
    return NULL;
}
