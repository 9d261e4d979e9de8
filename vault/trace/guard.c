/* Before a person is told above 0.9: somebody else who saw nearly the same must be excluded by what leaked.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/trace/evidence_private.h"

enum { SEEN = 1, EXPORTED = 2 };

struct sheet {
    const struct evidence *evidence;
    uint32_t people;
    trace_fields *covered; /* person * n + row: all that he was ever shown of it */
    uint8_t *seen;         /* the same: the client at all; EXPORTED where in an export */
    trace_fields private;
};

static int sheet_make(struct sheet *sheet, const struct evidence *evidence)
{
    const struct exposure *exposure = evidence->exposure;
    size_t n = evidence->n, cells = n * exposure->people + 1;
    *sheet =
        (struct sheet){.evidence = evidence, .people = exposure->people, .private = trace_private_fields()};
    sheet->covered = calloc(cells, sizeof *sheet->covered);
    sheet->seen = calloc(cells, sizeof *sheet->seen);
    if (sheet->covered == NULL || sheet->seen == NULL)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < exposure->count; i++) {
        const struct sight *sight = &exposure->sights[i];
        sheet->covered[sight->person * n + sight->row] |= sight->covered;
        sheet->seen[sight->person * n + sight->row] |= sight->export != 0 ? SEEN | EXPORTED : SEEN;
    }
    return VAULT_OK;
}

static void sheet_free(struct sheet *sheet)
{
    free(sheet->covered);
    free(sheet->seen);
}

/* Was he shown every leaked cell of the row that only insiders hold?  A row without such a cell tells nobody
 * apart. */
static bool fully(const struct sheet *sheet, uint32_t person, size_t row)
{
    trace_fields wanted = sheet->evidence->link->rows[row].need & sheet->private;
    return wanted != 0 && (wanted & ~sheet->covered[person * sheet->evidence->n + row]) == 0;
}

static void count_rows(const struct sheet *sheet, struct trace_person *person)
{
    size_t n = sheet->evidence->n;
    for (size_t i = 0; i < n; i++) {
        size_t cell = person->person * n + i;
        bool decoy = sheet->evidence->link->rows[i].about.decoy, others = false, others_fully = false;
        trace_fields wanted = sheet->evidence->link->rows[i].need & sheet->private;
        for (uint32_t p = 0; p < sheet->people; p++) {
            others |= p != person->person && sheet->seen[p * n + i];
            others_fully |= p != person->person && fully(sheet, p, i);
        }
        person->never += !sheet->seen[cell];
        person->seen += sheet->covered[cell] != 0;
        person->outdated += sheet->seen[cell] && wanted != 0 && (wanted & sheet->covered[cell]) == 0;
        person->seen_fully += fully(sheet, person->person, i);
        person->only_he += fully(sheet, person->person, i) && !others_fully;
        /* One that came up on a screen may have been seen on that screen by somebody else. */
        person->decoys += decoy && (sheet->seen[cell] & EXPORTED) != 0 && !others;
    }
}

static bool is_among(const uint32_t *people, size_t count, uint32_t person)
{
    for (size_t i = 0; i < count; i++)
        if (people[i] == person)
            return true;
    return false;
}

/* The nearest other person: the one from whom the fewest rows tell him apart. */
static void find_nearest(
    const struct sheet *sheet, struct trace_person *person, const struct trace_group *group)
{
    person->nearest = person->person;
    person->least_apart = person->seen_fully;
    for (uint32_t p = 0; p < sheet->people; p++) {
        size_t apart = 0;
        if (p == person->person || (group != NULL && is_among(group->people, group->size, p)))
            continue;
        for (size_t i = 0; i < sheet->evidence->n; i++)
            apart += fully(sheet, person->person, i) && !fully(sheet, p, i);
        if (apart < person->least_apart) {
            person->least_apart = apart;
            person->nearest = p;
        }
    }
}

/* Rows that he was fully shown and nobody else of his group was: without them the others could have done it
 * alone. */
static size_t count_needed_for(
    const struct sheet *sheet, const struct trace_person *person, const struct trace_group *group)
{
    size_t rows = 0;
    for (size_t i = 0; i < sheet->evidence->n; i++) {
        bool others = false;
        for (size_t k = 0; k < group->size; k++)
            others |= group->people[k] != person->person && fully(sheet, group->people[k], i);
        rows += fully(sheet, person->person, i) && !others;
    }
    return rows;
}

/* The group that he is most likely in, if that is likelier than he alone. */
static const struct trace_group *group_of(
    const struct trace_result *result, const struct trace_person *person)
{
    for (size_t i = 0; i < result->group_count; i++)
        if (result->groups[i].posterior > person->alone &&
            is_among(result->groups[i].people, result->groups[i].size, person->person))
            return &result->groups[i];
    return NULL;
}

/* Something that only he was given is in the file. */
static bool marked(const struct evidence *evidence, const struct trace_person *person)
{
    return person->decoys > 0 || evidence_hint(evidence, person->person) >= LEAK_HINT_SURE;
}

/* What keeps a high score from being told. */
static enum trace_hold find_hold(
    const struct sheet *sheet, const struct trace_person *person, const struct trace_group *group, bool wide)
{
    const struct trace_model *model = sheet->evidence->model;
    size_t n = sheet->evidence->n, needed = n <= 1 ? 1 : model->guard_rows;
    size_t part = (size_t)ceil(model->guard_share * (double)n);
    needed = needed < part ? part : needed;
    if (person->posterior <= model->hold || marked(sheet->evidence, person))
        return TRACE_HOLD_NONE;
    if (wide && person->only_he < needed)
        return TRACE_HOLD_WIDE_REACH;
    if (person->least_apart < needed)
        return TRACE_HOLD_NOT_ALONE;
    if (group != NULL && count_needed_for(sheet, person, group) < needed)
        return TRACE_HOLD_OTHERS_SUFFICE;
    return person->unlogged < log(9) ? TRACE_HOLD_UNLOGGED : TRACE_HOLD_NONE;
}

static int apply(const struct sheet *sheet, const struct trace_result *result, struct trace_person *person)
{
    const struct evidence *evidence = sheet->evidence;
    const struct trace_model *model = evidence->model;
    const struct trace_source *source = evidence->source;
    const struct trace_group *group = group_of(result, person);
    uint32_t clients = 0;
    struct failure unheard = {0};
    count_rows(sheet, person);
    find_nearest(sheet, person, group);
    int found = source->reach(
        source->context, person->person, TRACE_SCOPE_ALL, 0, evidence->found, &clients, &unheard);
    if (found != VAULT_OK)
        return found;
    person->hold = find_hold(sheet, person, group, clients > model->wide_share * evidence->genuine);
    double cap = person->hold != TRACE_HOLD_NONE ? model->hold
                 : marked(evidence, person)      ? model->cap_marked
                                                 : model->cap;
    if (person->posterior > cap)
        person->posterior = cap;
    if (person->alone > person->posterior)
        person->alone = person->posterior;
    return VAULT_OK;
}

int guards_apply(const struct evidence *evidence, struct trace_result *result)
{
    struct sheet sheet;
    int error = sheet_make(&sheet, evidence);
    for (size_t i = 0; i < result->people_count && error == VAULT_OK; i++)
        error = apply(&sheet, result, &result->people[i]);
    sheet_free(&sheet);
    return error;
}
