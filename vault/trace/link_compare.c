#include <stdlib.h>
#include <string.h>

#include "vault/trace/link_private.h"

/* The last value of a field and what came of it: most versions differ from the one before in one field. */
struct last {
    char text[NORMAL_TEXT_SIZE];
    size_t size;
    bool held;
    bool agrees;
};

struct comparison {
    const struct normal *cells;
    struct link *link;
    struct link_row *row;
    struct last last[TRACE_FIELDS];
};

static bool agrees(struct comparison *comparison, int field, struct bytes value)
{
    struct last *last = &comparison->last[field];
    if (last->held && last->size == value.size && memcmp(last->text, value.data, value.size) == 0)
        return last->agrees;
    struct normal ours;
    enum trace_form form = trace_field_facts[field].form;
    normal_make(form, value, &ours);
    last->agrees = normal_compare(form, &comparison->cells[field], &ours) != NORMAL_DIFFERS;
    last->held = value.size < sizeof last->text;
    if (last->held) {
        memcpy(last->text, value.data, value.size);
        last->size = value.size;
    }
    return last->agrees;
}

static struct link_version *add(struct link *link)
{
    if (link->version_count == link->version_capacity) {
        size_t capacity = link->version_capacity == 0 ? 256 : link->version_capacity * 2;
        struct link_version *versions = reallocarray(link->versions, capacity, sizeof *versions);
        if (versions == NULL)
            return NULL;
        link->versions = versions;
        link->version_capacity = capacity;
    }
    return &link->versions[link->version_count++];
}

static int add_number(struct link *link, uint32_t number)
{
    if (link->number_count == link->number_capacity) {
        size_t capacity = link->number_capacity == 0 ? 256 : link->number_capacity * 2;
        uint32_t *numbers = reallocarray(link->numbers, capacity, sizeof *numbers);
        if (numbers == NULL)
            return VAULT_ENOMEM;
        link->numbers = numbers;
        link->number_capacity = capacity;
    }
    link->numbers[link->number_count++] = number;
    return VAULT_OK;
}

static int add_version(struct comparison *comparison, const struct trace_agreement *agreement)
{
    struct link *link = comparison->link;
    struct link_version *stored = add(link);
    if (stored == NULL)
        return VAULT_ENOMEM;
    *stored = (struct link_version){.record = agreement->record,
        .version = agreement->version,
        .from = agreement->valid_from,
        .until = INT64_MAX,
        .ok = agreement->fields & comparison->row->present,
        .series = agreement->series,
        .rank = agreement->rank};
    struct link_row *row = comparison->row;
    /* The one before of the same record ends where this begins. */
    for (size_t i = row->count; i > 0; i--) {
        struct link_version *before = &link->versions[row->first + i - 1];
        if (before->record == agreement->record) {
            before->until = agreement->valid_from;
            break;
        }
    }
    row->count++;
    return VAULT_OK;
}

static int compare_version(void *context, const struct trace_version *version)
{
    struct comparison *comparison = context;
    trace_fields ok = 0;
    for (int f = 0; f < TRACE_FIELDS; f++)
        if ((comparison->row->present & TRACE_BIT(f)) != 0 && version->values[f].size > 0 &&
            agrees(comparison, f, version->values[f]))
            ok |= TRACE_BIT(f);
    struct trace_agreement agreement = {
        version->record, version->version, version->valid_from, ok, .series = 0, .rank = 0};
    return add_version(comparison, &agreement);
}

static int take_agreement(void *context, const struct trace_agreement *agreement)
{
    return add_version(context, agreement);
}

/* --- What followed what --- */

static bool follows(const struct link_version *later, const struct link_version *version)
{
    return later->record == version->record
               ? later->version > version->version
               : version->series != 0 && later->series == version->series && later->rank > version->rank;
}

/* Until when was each the newest, and what does it make old? */
static void order_versions(struct link_version *versions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct link_version *one = &versions[i];
        trace_fields earlier = 0, later = 0;
        one->newest_until = one->until;
        for (size_t k = 0; k < count; k++) {
            if (follows(&versions[k], one) && versions[k].from < one->newest_until)
                one->newest_until = versions[k].from;
            if (follows(one, &versions[k]))
                earlier |= versions[k].ok;
            else if (follows(&versions[k], one))
                later |= versions[k].ok;
        }
        one->outdates = earlier & ~one->ok;
        one->leaked = earlier | one->ok | later;
    }
}

/* How much of the row do these versions agree with? */
static trace_fields agreed(const struct link *link, size_t first)
{
    trace_fields fields = 0;
    for (size_t i = first; i < link->version_count; i++)
        fields |= link->versions[i].ok;
    return fields;
}

static double weight_of(trace_fields fields)
{
    double weight = 0;
    for (int f = 0; f < TRACE_FIELDS; f++)
        weight += (fields & TRACE_BIT(f)) != 0 ? trace_field_facts[f].disagreement : 0;
    return weight;
}

static int compare_number(struct comparison *comparison, const struct trace_source *source, uint32_t number,
    struct failure *failure)
{
    const struct link_row *row = comparison->row;
    if (source->agreements != NULL)
        return source->agreements(
            source->context, number, comparison->cells, row->present, take_agreement, comparison, failure);
    return source->versions(source->context, number, compare_version, comparison, failure);
}

/* Forget what was compared for the row before `start`: something else agrees with more of it. */
static void start_anew(struct link *link, struct link_row *row, size_t start)
{
    memmove(link->versions + row->first, link->versions + start,
        (link->version_count - start) * sizeof *link->versions);
    row->count = link->version_count - start;
    link->version_count = row->first + row->count;
    link->number_count = row->alike;
    row->need = 0;
}

/* One more number of the same person: it takes the place of the others, stands beside them, or says less. */
static int weigh_number(struct comparison *comparison, uint32_t number, size_t start, double *best)
{
    struct link *link = comparison->link;
    struct link_row *row = comparison->row;
    trace_fields fields = agreed(link, start);
    double weight = weight_of(fields);
    bool first = link->number_count == row->alike;
    if (!first && (weight < *best || weight <= 0)) {
        row->count -= link->version_count - start;
        link->version_count = start;
        return VAULT_OK;
    }
    if (!first && weight > *best)
        start_anew(link, row, start);
    *best = weight;
    row->need |= fields;
    return add_number(link, number);
}

int link_compare(const struct trace_source *source, const struct normal cells[TRACE_FIELDS],
    const uint32_t *numbers, size_t count, struct link_row *row, struct link *link, struct failure *failure)
{
    struct comparison comparison = {.cells = cells, .link = link, .row = row};
    double best = 0;
    row->first = link->version_count;
    row->alike = link->number_count;
    int result = VAULT_OK;
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        size_t start = link->version_count;
        result = compare_number(&comparison, source, numbers[i], failure);
        if (result == VAULT_OK)
            result = weigh_number(&comparison, numbers[i], start, &best);
    }
    row->alikes = link->number_count - row->alike;
    order_versions(link->versions + row->first, row->count);
    row->client = result == VAULT_OK ? link->numbers[row->alike] : numbers[0];
    if (result == VAULT_OK)
        result = source->client(source->context, row->client, &row->about, failure);
    row->mis = row->present & ~row->need;
    wipe(comparison.last, sizeof comparison.last);
    return result == VAULT_ENOMEM ? failure_set(failure, result, "no memory to compare versions") : result;
}
