#include "vault/trace/disclosures_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/evidence/canonical.h"
#include "vault/records/records.h"

int disclosures_no_memory(struct failure *failure)
{
    return failure_set(failure, VAULT_ENOMEM, "no memory for disclosures");
}

/* --- Opening --- */

static int name_people(struct disclosures *disclosures, struct failure *failure)
{
    uint32_t count = disclosures->numbers.people;
    disclosures->people = calloc((size_t)count + 1, sizeof *disclosures->people);
    if (disclosures->people == NULL)
        return disclosures_no_memory(failure);
    for (uint32_t i = 0; i < count; i++) {
        struct bytes name = disclosure_index_person(disclosures->index, i);
        disclosures->people[i] = strndup((const char *)name.data, name.size);
        if (disclosures->people[i] == NULL)
            return disclosures_no_memory(failure);
    }
    return VAULT_OK;
}

int disclosures_open(struct log *log, struct store *store, const struct ulid *vault, const struct secret *key,
    struct disclosures **disclosuresp, struct failure *failure)
{
    *disclosuresp = NULL;
    struct disclosures *disclosures = calloc(1, sizeof *disclosures);
    if (disclosures == NULL)
        return disclosures_no_memory(failure);
    disclosures->vault = *vault;
    disclosures->source = (struct disclosure_source){log, store, &disclosures->vault, key};
    /* The store as it is after the log: what an entry names is there. */
    int result = log_refresh(log, failure);
    if (result == VAULT_OK)
        result = store_begin_read(store, failure);
    if (result != VAULT_OK) {
        free(disclosures);
        return result;
    }
    result = disclosure_index_open(&disclosures->source, &disclosures->index, failure);
    if (result == VAULT_OK)
        result = disclosure_index_numbers(disclosures->index, &disclosures->numbers, failure);
    if (result == VAULT_OK)
        result = name_people(disclosures, failure);
    if (result != VAULT_OK) {
        disclosures_free(disclosures);
        return result;
    }
    *disclosuresp = disclosures;
    return VAULT_OK;
}

void disclosures_free(struct disclosures *disclosures)
{
    if (disclosures == NULL)
        return;
    store_end_read(disclosures->source.store);
    for (uint32_t i = 0; disclosures->people != NULL && i < disclosures->numbers.people; i++)
        free(disclosures->people[i]);
    free(disclosures->people);
    free(disclosures->states);
    free(disclosures->months);
    number_map_free(&disclosures->month_of);
    disclosure_index_free(disclosures->index);
    free(disclosures);
}

int64_t disclosures_until(const struct disclosures *disclosures)
{
    return disclosures->numbers.until;
}

/* --- People and exports --- */

uint32_t disclosures_people(const struct disclosures *disclosures)
{
    return disclosures->numbers.people;
}

const char *disclosures_person(const struct disclosures *disclosures, uint32_t person)
{
    return person < disclosures->numbers.people ? disclosures->people[person] : "";
}

bool disclosures_find_person(const struct disclosures *disclosures, const char *user, uint32_t *person)
{
    return disclosure_index_find_person(disclosures->index, bytes_of_text(user), person);
}

uint32_t disclosures_exports(const struct disclosures *disclosures)
{
    return disclosures->numbers.exports;
}

int disclosures_export(
    const struct disclosures *disclosures, uint32_t number, struct disclosure_export *export)
{
    const struct disclosure_export_entry *entry =
        number == 0 ? NULL : disclosure_index_export(disclosures->index, number - 1);
    if (entry == NULL)
        return VAULT_ENOTFOUND;
    *export = (struct disclosure_export){.event = entry->intent,
        .at = entry->at,
        .person = entry->person,
        .clients = entry->clients,
        .rows = entry->rows,
        .undone = entry->undone,
        .marks = entry->marks};
    return VAULT_OK;
}

/* --- The records of a client --- */

static int add_state(struct disclosures *disclosures, struct statement *statement, struct failure *failure)
{
    if (disclosures->state_count == disclosures->state_capacity) {
        size_t capacity = disclosures->state_capacity == 0 ? 256 : disclosures->state_capacity * 2;
        void *items = realloc(disclosures->states, capacity * sizeof *disclosures->states);
        if (items == NULL)
            return disclosures_no_memory(failure);
        disclosures->states = items;
        disclosures->state_capacity = capacity;
    }
    struct state *state = &disclosures->states[disclosures->state_count++];
    const char *period = column_text(statement, 2);
    *state = (struct state){.record = column_number(statement, 0),
        .kind = (enum record_kind)column_number(statement, 1),
        .version = column_number(statement, 3),
        .seq = (uint64_t)column_number(statement, 4),
        .replaced = column_number(statement, 5)};
    if (strlen(period) < sizeof state->period)
        (void)strcpy(state->period, period);
    return VAULT_OK;
}

static int load_states(struct disclosures *disclosures, int64_t client, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    disclosures->state_count = 0;
    int result = store_query(disclosures->source.store, QUERY_RECORD_STATES, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client);
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        result = add_state(disclosures, statement, failure);
        if (result != VAULT_OK)
            break;
    }
    statement_reset(statement);
    return result;
}

static const struct state *find_state(const struct disclosures *disclosures, int64_t record, uint32_t version)
{
    size_t low = 0;
    size_t high = disclosures->state_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (disclosures->states[middle].record < record)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < disclosures->state_count && disclosures->states[low].record == record; low++) {
        if (disclosures->states[low].version == version)
            return &disclosures->states[low];
    }
    return NULL;
}

/* --- Spelling out --- */

struct spelling {
    struct disclosures *disclosures;
    const struct disclosure_filter *filter;
    int64_t client;
    int (*each)(void *context, const struct disclosure *disclosure);
    void *context;
    struct failure *failure;
    uint32_t number; /* of the shape that is taken apart */
    bool known;
    struct disclosure_shape shape;
    enum record_kind kind; /* of its scope; 0: all, KIND_LAST + 1: none that we know */
};

static bool take_shape(struct spelling *spelling, uint32_t number)
{
    if (spelling->known && spelling->number == number)
        return true;
    spelling->known = disclosure_index_shape(spelling->disclosures->index, number, &spelling->shape);
    spelling->number = number;
    spelling->kind = (enum record_kind)0;
    if (spelling->known && spelling->shape.kind.size > 0 &&
        !kind_parse(spelling->shape.kind, &spelling->kind))
        spelling->kind = (enum record_kind)(KIND_LAST + 1);
    return spelling->known;
}

static int compare_rows(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static bool is_wanted(const struct disclosure_filter *filter, int64_t record)
{
    return filter->records == NULL || record == 0 ||
           bsearch(&record, filter->records, filter->record_count, sizeof record, compare_rows) != NULL;
}

/* Was this version the one that the store showed then? */
static bool was_current(
    const struct state *state, const struct state *end, const struct disclosure_entry *entry)
{
    const struct state *next = state + 1 < end && state[1].record == state->record ? state + 1 : NULL;
    if (entry->records < 0)
        return state->seq < entry->event && (next == NULL || next->seq >= entry->event);
    return state->replaced == 0 || state->replaced > entry->replaced;
}

static bool in_scope(const struct spelling *spelling, const struct state *state)
{
    const struct disclosure_shape *shape = &spelling->shape;
    struct bytes period = bytes_of_text(state->period);
    return (spelling->kind == 0 || spelling->kind == state->kind) &&
           (shape->compartments >> kind_compartment(state->kind) & 1) != 0 &&
           bytes_compare(period, shape->from) >= 0 && bytes_compare(period, shape->to) <= 0;
}

/* Each row of an export names its client. */
static int spell_out_card(struct spelling *spelling, struct disclosure disclosure)
{
    disclosure.record = 0;
    disclosure.version = 0;
    disclosure.kind = KIND_CLIENT;
    disclosure.view = DISCLOSURE_CARD;
    disclosure.period = "";
    return spelling->each(spelling->context, &disclosure);
}

/* Every record has at most one version that fits: the first in order that was not replaced by then. */
static int spell_out(
    struct spelling *spelling, const struct disclosure_entry *entry, struct disclosure *disclosure)
{
    const struct disclosures *disclosures = spelling->disclosures;
    const struct state *end = disclosures->states + disclosures->state_count;
    const struct state *state = disclosures->states;
    bool some = false;
    int result = VAULT_OK;
    while (state < end && result == VAULT_OK && (entry->records < 0 || state->record <= entry->records)) {
        int64_t record = state->record;
        const struct state *then = NULL;
        for (; state < end && state->record == record; state++) {
            if (then == NULL && was_current(state, end, entry))
                then = state;
        }
        if (then == NULL || !in_scope(spelling, then))
            continue;
        some = true;
        if (!is_wanted(spelling->filter, record))
            continue;
        disclosure->record = record;
        disclosure->version = (uint32_t)then->version;
        disclosure->kind = then->kind;
        disclosure->period = then->period;
        result = spelling->each(spelling->context, disclosure);
    }
    return result == VAULT_OK && some && disclosure->action == DISCLOSURE_EXPORT
               ? spell_out_card(spelling, *disclosure)
               : result;
}

static int take_entry(void *context, const struct disclosure_entry *entry)
{
    struct spelling *spelling = context;
    const struct disclosure_filter *filter = spelling->filter;
    uint32_t export = 0;
    if (entry->at < filter->since || entry->at > filter->before ||
        (filter->one_person && entry->person != filter->person))
        return VAULT_OK;
    if (!take_shape(spelling, entry->shape))
        return failure_set(spelling->failure, VAULT_EDAMAGED, "the index of disclosures has no shape %lu",
            (unsigned long)entry->shape);
    if (spelling->shape.action == DISCLOSURE_EXPORT &&
        disclosure_index_find_export(spelling->disclosures->index, entry->intent, &export)) {
        const struct disclosure_export_entry *what =
            disclosure_index_export(spelling->disclosures->index, export ++);
        if (export_is_void(what))
            return VAULT_OK;
    }
    struct disclosure disclosure = {.event = entry->event,
        .at = entry->at,
        .person = entry->person,
        .export = export,
        .client = spelling->client,
        .period = "",
        .action = spelling->shape.action,
        .view = spelling->shape.view,
        .shape = entry->shape};
    if (spelling->shape.bulk)
        return spell_out(spelling, entry, &disclosure);
    if (!is_wanted(filter, entry->record))
        return VAULT_OK;
    const struct state *state =
        entry->record == 0 ? NULL : find_state(spelling->disclosures, entry->record, entry->version);
    disclosure.record = entry->record;
    disclosure.version = entry->version;
    disclosure.kind = spelling->shape.view == DISCLOSURE_CARD ? KIND_CLIENT
                      : state == NULL                         ? (enum record_kind)0
                                                              : state->kind;
    if (state != NULL)
        disclosure.period = state->period;
    return spelling->each(spelling->context, &disclosure);
}

int disclosures_of_client(struct disclosures *disclosures, int64_t client,
    const struct disclosure_filter *filter, int (*each)(void *context, const struct disclosure *disclosure),
    void *context, struct failure *failure)
{
    struct spelling spelling = {.disclosures = disclosures,
        .filter = filter,
        .client = client,
        .each = each,
        .context = context,
        .failure = failure};
    int result = load_states(disclosures, client, failure);
    return result == VAULT_OK
               ? disclosure_index_client(disclosures->index, client, take_entry, &spelling, failure)
               : result;
}

/* --- Fields --- */

static bool is_one_of(const char *path, const char *const *names)
{
    while (*names != NULL && strcmp(*names, path) != 0)
        names++;
    return *names != NULL;
}

static bool card_shows(enum disclosure_action action, const char *path)
{
    static const char *const card[] = {"client_no", "name", "tax_id", "status", NULL};
    return action == DISCLOSURE_SEARCH
               ? strcmp(path, "name") == 0
               : is_one_of(path, card) && (action != DISCLOSURE_EXPORT || strcmp(path, "status") != 0);
}

static bool reveals(struct bytes list, const char *path)
{
    struct bytes value;
    while (list.size > 0 && canonical_element(&list, &value)) {
        struct bytes text = canonical_string(value);
        if (bytes_equal(text, bytes_of_text(path)) || bytes_equal(text, bytes_of_text("*")))
            return true;
    }
    return false;
}

bool disclosures_shows(
    const struct disclosures *disclosures, const struct disclosure *disclosure, const char *path)
{
    struct disclosure_shape shape;
    switch (disclosure->view) {
    case DISCLOSURE_CARD:
        return card_shows(disclosure->action, path);
    case DISCLOSURE_HEAD:
        return kind_head_shows(disclosure->kind, path);
    case DISCLOSURE_BODY:
        break;
    case DISCLOSURE_KEY:
        return false;
    }
    const char *mask = kind_mask_of(disclosure->kind, path);
    if (mask == NULL)
        return true;
    return disclosure_index_shape(disclosures->index, disclosure->shape, &shape) &&
           (reveals(shape.reveal, path) || reveals(shape.reveal, mask));
}
