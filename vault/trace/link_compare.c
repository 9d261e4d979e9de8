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
    trace_fields present;
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

static int add_version(
    struct comparison *comparison, uint32_t record, uint32_t version, int64_t from, trace_fields ok)
{
    struct link *link = comparison->link;
    struct link_version *stored = add(link);
    if (stored == NULL)
        return VAULT_ENOMEM;
    *stored = (struct link_version){record, version, from, INT64_MAX, ok};
    struct link_row *row = comparison->row;
    /* The one before of the same record ends where this begins. */
    for (size_t i = row->count; i > 0; i--) {
        struct link_version *before = &link->versions[row->first + i - 1];
        if (before->record == record) {
            before->until = from;
            break;
        }
    }
    row->count++;
    row->need |= ok;
    return VAULT_OK;
}

static int compare_version(void *context, const struct trace_version *version)
{
    struct comparison *comparison = context;
    trace_fields ok = 0;
    for (int f = 0; f < TRACE_FIELDS; f++)
        if ((comparison->present & TRACE_BIT(f)) != 0 && version->values[f].size > 0 &&
            agrees(comparison, f, version->values[f]))
            ok |= TRACE_BIT(f);
    return add_version(comparison, version->record, version->version, version->valid_from, ok);
}

static int take_agreement(void *context, const struct trace_agreement *agreement)
{
    struct comparison *comparison = context;
    return add_version(comparison, agreement->record, agreement->version, agreement->valid_from,
        agreement->fields & comparison->present);
}

int link_compare(const struct trace_source *source, const struct normal cells[TRACE_FIELDS],
    struct link_row *row, struct link *link, struct failure *failure)
{
    struct comparison comparison = {.cells = cells, .present = row->present, .link = link, .row = row};
    row->first = link->version_count;
    int result = source->client(source->context, row->client, &row->about, failure);
    if (result == VAULT_OK && source->agreements != NULL)
        result = source->agreements(
            source->context, row->client, cells, row->present, take_agreement, &comparison, failure);
    else if (result == VAULT_OK)
        result = source->versions(source->context, row->client, compare_version, &comparison, failure);
    row->mis = row->present & ~row->need;
    wipe(comparison.last, sizeof comparison.last);
    return result == VAULT_ENOMEM ? failure_set(failure, result, "no memory to compare versions") : result;
}
