#include "vault/ops/leak/person_seen_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"

#define FIELDS_MAX 64 /* a set of fields is one bit each */

/* Of which record what was shown, while one client is gone through. */
struct seen_record {
    uint64_t fields; /* bits of law_field */
    enum record_kind kind;
    char period[8];
};

struct gathering {
    struct person_seen *seen;
    struct number_map shown;     /* kind << 32 | shape -> fields + 1 */
    struct number_map record_of; /* row -> place + 1; of this client */
    struct seen_record *records;
    size_t count, capacity;
    struct seen_client client;
    bool any, card;
    struct failure *failure;
};

static int no_memory(struct failure *failure)
{
    return failure_set(failure, VAULT_ENOMEM, "no memory to count what was shown");
}

/* --- Which fields a disclosure shows --- */

static uint64_t ask_fields(const struct gathering *gathering, const struct disclosure *disclosure)
{
    struct person_seen *seen = gathering->seen;
    uint64_t fields = 0;
    for (size_t i = 0; i < FIELDS_MAX && law_field(seen->law, i) != NULL; i++) {
        const struct law_field *field = law_field(seen->law, i);
        for (size_t p = 0; field->kind == disclosure->kind && field->paths[p] != NULL; p++) {
            if (!disclosures_shows(seen->disclosures, disclosure, field->paths[p]))
                continue;
            fields |= UINT64_C(1) << i;
            seen->fields[i].paths |= UINT32_C(1) << p;
        }
    }
    return fields;
}

/* The same kind and shape show the same fields; cards, which may have an export's shape, are not asked here. */
static int fields_of(struct gathering *gathering, const struct disclosure *disclosure, uint64_t *fields)
{
    uint64_t key = (uint64_t)disclosure->kind << 32 | disclosure->shape;
    uint64_t *known = number_map_put(&gathering->shown, key);
    if (known == NULL)
        return no_memory(gathering->failure);
    if (*known == 0)
        *known = ask_fields(gathering, disclosure) + 1;
    *fields = *known - 1;
    return VAULT_OK;
}

/* --- One disclosure --- */

static int note_event(struct gathering *gathering, const struct disclosure *disclosure)
{
    struct person_seen *seen = gathering->seen;
    uint64_t *known = number_map_put(&seen->events, disclosure->event);
    if (known == NULL)
        return no_memory(gathering->failure);
    seen->actions[disclosure->action] += *known == 0;
    if (seen->events.count == 1 || disclosure->event < seen->first_event) {
        seen->first_event = disclosure->event;
        seen->first = disclosure->at;
    }
    if (disclosure->event >= seen->last_event) {
        seen->last_event = disclosure->event;
        seen->last = disclosure->at;
    }
    *known = 1;
    return VAULT_OK;
}

static int find_record(
    struct gathering *gathering, const struct disclosure *disclosure, struct seen_record **record)
{
    uint64_t *place = number_map_put(&gathering->record_of, (uint64_t)disclosure->record);
    if (place == NULL)
        return no_memory(gathering->failure);
    if (*place == 0) {
        if (gathering->count == gathering->capacity) {
            size_t capacity = gathering->capacity == 0 ? 256 : gathering->capacity * 2;
            void *items = realloc(gathering->records, capacity * sizeof *gathering->records);
            if (items == NULL)
                return no_memory(gathering->failure);
            gathering->records = items;
            gathering->capacity = capacity;
        }
        struct seen_record *fresh = &gathering->records[gathering->count++];
        *fresh = (struct seen_record){.kind = disclosure->kind};
        (void)strncpy(fresh->period, disclosure->period, sizeof fresh->period - 1);
        *place = gathering->count;
    }
    *record = &gathering->records[*place - 1];
    return VAULT_OK;
}

static int take(void *context, const struct disclosure *disclosure)
{
    struct gathering *gathering = context;
    struct seen_client *client = &gathering->client;
    struct seen_record *record = NULL;
    uint64_t fields = 0;
    if (disclosure->view == DISCLOSURE_KEY) {
        gathering->seen->opened++;
        return VAULT_OK;
    }
    int result = note_event(gathering, disclosure);
    if (!gathering->any) {
        client->first_event = disclosure->event;
        client->first = disclosure->at;
    }
    gathering->any = true;
    client->last_event = disclosure->event;
    client->last = disclosure->at;
    if (disclosure->view == DISCLOSURE_CARD) {
        gathering->card = true;
        return result;
    }
    if (result == VAULT_OK)
        result = fields_of(gathering, disclosure, &fields);
    if (result == VAULT_OK)
        result = find_record(gathering, disclosure, &record);
    if (record != NULL)
        record->fields |= fields;
    return result;
}

/* --- One client --- */

static uint64_t items_of(const struct law *law, uint64_t fields)
{
    uint64_t items = 0;
    for (size_t i = 0; i < FIELDS_MAX && law_field(law, i) != NULL; i++) {
        if ((fields >> i & 1) != 0)
            items |= UINT64_C(1) << law_field(law, i)->item;
    }
    return items;
}

static bool about_person(const struct law *law, uint64_t fields)
{
    for (size_t i = 0; i < FIELDS_MAX && law_field(law, i) != NULL; i++) {
        if ((fields >> i & 1) != 0 && law_field(law, i)->person)
            return true;
    }
    return false;
}

static int compare_periods(const void *a, const void *b)
{
    const struct seen_record *x = a;
    const struct seen_record *y = b;
    int order = (x->kind > y->kind) - (x->kind < y->kind);
    return order != 0 ? order : strcmp(x->period, y->period);
}

/* The same person comes again in every period, but hardly twice in one: the fullest one tells how many there
 * are. */
static void count_people(struct gathering *gathering)
{
    struct person_seen *seen = gathering->seen;
    uint64_t fullest = 0;
    uint64_t run = 0;
    if (gathering->count > 0)
        qsort(gathering->records, gathering->count, sizeof *gathering->records, compare_periods);
    for (size_t i = 0; i < gathering->count; i++) {
        if (i > 0 && compare_periods(&gathering->records[i], &gathering->records[i - 1]) != 0)
            run = 0;
        if (!about_person(seen->law, gathering->records[i].fields))
            continue;
        seen->people_most++;
        fullest = ++run > fullest ? run : fullest;
    }
    seen->people_least += fullest;
    gathering->client.people = fullest;
}

static void count_records(struct gathering *gathering)
{
    struct person_seen *seen = gathering->seen;
    uint64_t fields = 0;
    uint64_t items = 0;
    for (size_t i = 0; i < gathering->count; i++) {
        const struct seen_record *record = &gathering->records[i];
        uint64_t of = items_of(seen->law, record->fields);
        seen->kinds[record->kind <= KIND_LAST ? record->kind : 0]++;
        law_count_add(seen->law, &seen->count, of);
        for (size_t f = 0; f < FIELDS_MAX; f++)
            seen->fields[f].records += record->fields >> f & 1;
        fields |= record->fields;
        items |= of;
    }
    for (size_t f = 0; f < FIELDS_MAX; f++)
        seen->fields[f].clients += fields >> f & 1;
    for (size_t i = 0; i < LAW_ITEMS_MAX; i++)
        seen->item_clients[i] += items >> i & 1;
    gathering->client.items = items;
}

/* What of this client was shown: how many of a kind, of which periods. */
static void sum_kinds(struct gathering *gathering)
{
    for (size_t i = 0; i < gathering->count; i++) {
        const struct seen_record *record = &gathering->records[i];
        size_t kind = record->kind <= KIND_LAST ? record->kind : 0;
        char *from = gathering->client.kinds[kind].from;
        char *to = gathering->client.kinds[kind].to;
        gathering->client.kinds[kind].records++;
        if (record->period[0] == '\0')
            continue;
        if (from[0] == '\0' || strcmp(record->period, from) < 0)
            text_copy(from, sizeof record->period, record->period);
        if (strcmp(record->period, to) > 0)
            text_copy(to, sizeof record->period, record->period);
    }
    gathering->client.card = gathering->card;
}

static int keep_client(struct gathering *gathering)
{
    struct person_seen *seen = gathering->seen;
    if (!gathering->any)
        return VAULT_OK;
    if (seen->client_count == seen->client_capacity) {
        size_t capacity = seen->client_capacity == 0 ? 64 : seen->client_capacity * 2;
        void *items = realloc(seen->clients, capacity * sizeof *seen->clients);
        if (items == NULL)
            return no_memory(gathering->failure);
        seen->clients = items;
        seen->client_capacity = capacity;
    }
    gathering->client.records = gathering->count;
    seen->cards += gathering->card;
    count_people(gathering);
    count_records(gathering);
    sum_kinds(gathering);
    seen->clients[seen->client_count++] = gathering->client;
    return VAULT_OK;
}

static int go_through(struct gathering *gathering, int64_t client)
{
    struct person_seen *seen = gathering->seen;
    struct disclosure_filter filter = {
        .one_person = true, .person = seen->person, .since = seen->since, .before = seen->before};
    number_map_free(&gathering->record_of);
    gathering->count = 0;
    gathering->any = gathering->card = false;
    gathering->client = (struct seen_client){.row = client};
    int result =
        disclosures_of_client(seen->disclosures, client, &filter, take, gathering, gathering->failure);
    return result == VAULT_OK ? keep_client(gathering) : result;
}

/* --- All --- */

struct rows {
    int64_t *items;
    size_t count, capacity;
};

static int note_row(void *context, int64_t client, uint32_t first_day, uint32_t last_day)
{
    struct rows *rows = context;
    (void)first_day;
    (void)last_day;
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity == 0 ? 256 : rows->capacity * 2;
        void *items = realloc(rows->items, capacity * sizeof *rows->items);
        if (items == NULL)
            return VAULT_ENOMEM;
        rows->items = items;
        rows->capacity = capacity;
    }
    rows->items[rows->count++] = client;
    return VAULT_OK;
}

int person_seen_count(struct person_seen *seen, struct failure *failure)
{
    struct gathering gathering = {.seen = seen, .failure = failure};
    struct rows rows = {0};
    int result = disclosures_clients(
        seen->disclosures, seen->person, seen->since, seen->before, note_row, &rows, failure);
    for (size_t i = 0; i < rows.count && result == VAULT_OK; i++) {
        bool decoy = number_map_get(&seen->left_out, (uint64_t)rows.items[i]) != NULL;
        seen->decoys += decoy;
        result = decoy ? VAULT_OK : go_through(&gathering, rows.items[i]);
    }
    number_map_free(&gathering.shown);
    number_map_free(&gathering.record_of);
    free(gathering.records);
    free(rows.items);
    return result;
}

void person_seen_free(struct person_seen *seen)
{
    free(seen->clients);
    number_map_free(&seen->events);
    number_map_free(&seen->left_out);
    seen->clients = NULL;
}
