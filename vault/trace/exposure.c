#include "vault/trace/exposure.h"

#include <stdlib.h>

/* One row's walk through its client's accesses. */
struct walk {
    struct exposure *exposure;
    const struct link *link;
    const struct link_row *row;
    uint32_t number; /* of the row */
    size_t *last;    /* by person: place + 1 of his latest sight of this row */
    size_t start;    /* first sight of this row */
};

static const struct link_version *find_version(const struct walk *walk, const struct trace_access *access)
{
    const struct link_version *versions = walk->link->versions + walk->row->first;
    /* Records of one kind come together and versions in order, so that the guess is nearly always right. */
    for (size_t i = 0; i < walk->row->count; i++)
        if (versions[i].version == access->version && versions[i].record == access->record)
            return &versions[i];
    return NULL;
}

static void add_fields(
    struct sight *sight, const struct trace_access *access, const struct link_version *version)
{
    sight->shown |= access->fields;
    if (version == NULL)
        return;
    sight->covered |= access->fields & version->ok;
    /* A fuller page is kept for what it shows, though a list or a masked one was newer. */
    if ((version->leaked & ~access->fields) == 0)
        sight->outdated |= version->outdates;
    if (access->at < version->newest_until)
        sight->newest |= access->fields & version->ok;
}

static int note(void *context, const struct trace_access *access)
{
    struct walk *walk = context;
    struct exposure *exposure = walk->exposure;
    const struct link_version *version = find_version(walk, access);
    uint32_t day = trace_day(access->at);
    size_t last = walk->last[access->person];
    if (last > walk->start) {
        struct sight *same = &exposure->sights[last - 1];
        if (same->day == day && same->export == access->export) {
            add_fields(same, access, version);
            return VAULT_OK;
        }
    }
    if (exposure->count == exposure->capacity) {
        size_t capacity = exposure->capacity == 0 ? 4096 : exposure->capacity * 2;
        struct sight *sights = reallocarray(exposure->sights, capacity, sizeof *sights);
        if (sights == NULL)
            return VAULT_ENOMEM;
        exposure->sights = sights;
        exposure->capacity = capacity;
    }
    struct sight *sight = &exposure->sights[exposure->count++];
    *sight = (struct sight){.person = access->person,
        .export = access->export,
        .day = day,
        .row = walk->number,
        .event = access->event};
    add_fields(sight, access, version);
    walk->last[access->person] = exposure->count;
    return VAULT_OK;
}

static int compare(const void *a, const void *b)
{
    const struct sight *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    if (x->export != y->export)
        return x->export < y->export ? -1 : 1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->event < y->event ? -1 : x->event > y->event;
}

/* Counting sort by person, which is most of the order; then each person's own. */
static int arrange(struct exposure *exposure)
{
    struct sight *sorted = calloc(exposure->count + 1, sizeof *sorted);
    size_t *next = calloc((size_t)exposure->people + 1, sizeof *next);
    int result = sorted == NULL || next == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK) {
        for (size_t i = 0; i < exposure->count; i++)
            exposure->first[exposure->sights[i].person + 1]++;
        for (uint32_t p = 0; p < exposure->people; p++) {
            exposure->first[p + 1] += exposure->first[p];
            next[p] = exposure->first[p];
        }
        for (size_t i = 0; i < exposure->count; i++)
            sorted[next[exposure->sights[i].person]++] = exposure->sights[i];
        for (uint32_t p = 0; p < exposure->people; p++)
            if (exposure->first[p + 1] - exposure->first[p] > 1)
                qsort(sorted + exposure->first[p], exposure->first[p + 1] - exposure->first[p],
                    sizeof *sorted, compare);
        free(exposure->sights);
        exposure->sights = sorted;
        exposure->capacity = exposure->count + 1;
        sorted = NULL;
    }
    free(sorted);
    free(next);
    return result;
}

int exposure_make(const struct link *link, const struct trace_source *source, int64_t before,
    struct exposure *exposure, struct failure *failure)
{
    size_t *last = calloc((size_t)source->people + 1, sizeof *last);
    int result = VAULT_OK;
    *exposure = (struct exposure){.people = source->people};
    exposure->first = calloc((size_t)source->people + 2, sizeof *exposure->first);
    if (last == NULL || exposure->first == NULL)
        result = VAULT_ENOMEM;
    for (size_t i = 0; i < link->count && result == VAULT_OK; i++) {
        struct walk walk = {exposure, link, &link->rows[i], (uint32_t)i, last, exposure->count};
        for (size_t k = 0; k < link->rows[i].alikes && result == VAULT_OK; k++)
            result = source->accesses(
                source->context, link->numbers[link->rows[i].alike + k], before, note, &walk, failure);
    }
    if (result == VAULT_OK)
        result = arrange(exposure);
    free(last);
    if (result == VAULT_ENOMEM)
        (void)failure_set(failure, result, "no memory for the accesses to the leaked rows");
    if (result != VAULT_OK)
        exposure_free(exposure);
    return result;
}

void exposure_free(struct exposure *exposure)
{
    free(exposure->sights);
    free(exposure->first);
    *exposure = (struct exposure){.count = 0};
}
