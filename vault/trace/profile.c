/* The ways in which leaked rows may have come to each person, and what each explains. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/trace/profile_private.h"

#define FOCUS_LEAST 0.3 /* of the rows, in the segment that is the focus */
#define COMMON_SHARE 0.5
#define PART_LEAST 1.5 /* times the segment's clients, in an export of which it is a part */
#define NOTHING (-1e30)

static int reach(struct desk *desk, enum trace_scope scope, uint32_t key, double *clients)
{
    uint32_t count = 0;
    const struct trace_source *source = desk->evidence->source;
    int result = source->reach(
        source->context, desk->person, scope, key, desk->evidence->found, &count, desk->failure);
    *clients = count;
    return result;
}

static int count_episodes(struct desk *desk, enum trace_scope scope, double *count)
{
    uint32_t number = 0;
    const struct trace_source *source = desk->evidence->source;
    int result =
        source->episodes(source->context, desk->person, scope, desk->evidence->found, &number, desk->failure);
    *count = number < 1 ? 1 : number;
    return result;
}

/* How many of the sights were before each cutoff? */
static void find_cutoffs(
    const struct evidence *evidence, const struct sight *sights, size_t count, size_t ends[MODEL_CUTOFFS])
{
    uint32_t found = trace_day(evidence->found);
    size_t at = 0;
    for (int c = 0; c < MODEL_CUTOFFS; c++) {
        while (at < count && sights[at].day + evidence->model->cutoffs[c] <= found)
            at++;
        ends[c] = at;
    }
}

/* What he had been shown, of a segment or of all, up to one moment or another: when he took it is not known.
 */
static void weigh_cutoffs(
    struct desk *desk, const struct sight *sights, size_t count, uint32_t segment, const struct profile *way)
{
    const struct evidence *evidence = desk->evidence;
    size_t ends[MODEL_CUTOFFS], at = 0;
    double weight = 0;
    find_cutoffs(evidence, sights, count, ends);
    desk_clear(desk);
    for (int c = 0; c < MODEL_CUTOFFS; c++) {
        for (; at < ends[c]; at++)
            if (segment == TRACE_NO_SEGMENT || is_inside(evidence, sights[at].row, segment))
                desk_add(desk, &sights[at]);
        weight += evidence->model->cutoff_weights[c];
        if (c + 1 < MODEL_CUTOFFS && ends[c + 1] == ends[c])
            continue; /* nothing new: the same once more */
        weigh(desk, way->scope, way->key, way->clients, way->log_prior + log(weight));
        weight = 0;
    }
}

/* The part of an export in one segment, where the export has much else; how many of its clients are in it is
 * at most the segment's size. */
static void weigh_parts(struct desk *desk, uint32_t export, double clients, double log_prior)
{
    const struct trace_model *model = desk->evidence->model;
    for (size_t i = 0; i < desk->common_count; i++) {
        double size = desk->common_sizes[i];
        if (size * PART_LEAST > clients)
            continue;
        desk->focus = desk->common[i];
        desk->focus_clients = size;
        desk->focus_share = model->part_share;
        weigh(desk, TRACE_SCOPE_EXPORT, export, clients,
            log_prior + log(model->export_part / TRACE_SEGMENTS) - evidence_ratio(desk->evidence, size));
    }
    desk->focus = TRACE_NO_SEGMENT;
}

/* Months, days and exports: runs of sights that lie together. */
static int weigh_runs(struct desk *desk, const struct sight *sights, size_t count, enum trace_scope scope)
{
    const struct trace_model *model = desk->evidence->model;
    double share = scope == TRACE_SCOPE_EXPORT ? model->episode_export
                   : scope == TRACE_SCOPE_DAY  ? model->episode_day
                                               : model->episode_month;
    double episodes = 1, clients = 0;
    int result = count_episodes(desk, scope, &episodes);
    for (size_t i = 0; i < count && result == VAULT_OK;) {
        uint32_t key = 0;
        size_t from = i;
        desk_clear(desk);
        for (; i < count; i++) {
            const struct sight *s = &sights[i];
            uint32_t own = scope == TRACE_SCOPE_EXPORT ? s->export
                           : scope == TRACE_SCOPE_DAY  ? s->day
                                                       : trace_month((int64_t)s->day * 86400);
            if (i > from && own != key)
                break;
            key = own;
            desk_add(desk, s);
        }
        if (scope == TRACE_SCOPE_EXPORT && key == 0)
            continue;
        result = reach(desk, scope, key, &clients);
        if (result == VAULT_OK)
            weigh(desk, scope, key, clients, log(share / episodes));
        if (result == VAULT_OK && scope == TRACE_SCOPE_EXPORT)
            weigh_parts(desk, key, clients, log(share / episodes));
    }
    return result;
}

/* One segment cut out of all that he saw, and all that he saw with most of it from that segment. */
static int weigh_segment(
    struct desk *desk, const struct sight *sights, size_t count, uint32_t segment, double all)
{
    const struct evidence *evidence = desk->evidence;
    const struct trace_model *model = evidence->model;
    double clients = 0;
    size_t rows = 0;
    desk_clear(desk);
    for (size_t s = 0; s < count; s++)
        if (is_inside(evidence, sights[s].row, segment))
            desk_add(desk, &sights[s]);
    rows = desk->row_count;
    if ((double)rows < FOCUS_LEAST * (double)evidence->n)
        return VAULT_OK;
    int result = reach(desk, TRACE_SCOPE_SEGMENT, segment, &clients);
    if (result != VAULT_OK)
        return result;
    double chosen = fmin(1, fmax(clients, 1) / fmax(all, 1)) / TRACE_SEGMENTS;
    struct profile cut = {.scope = TRACE_SCOPE_SEGMENT,
        .key = segment,
        .clients = clients,
        .log_prior = log(model->episode_segment * chosen)};
    struct profile focused = {
        .scope = TRACE_SCOPE_ALL, .clients = all, .log_prior = log(model->episode_focus * chosen)};
    if (rows * 2 >= evidence->n)
        weigh_cutoffs(desk, sights, count, segment, &cut);
    desk->focus = segment;
    desk->focus_clients = clients;
    desk->focus_share = model->focus_share;
    weigh_cutoffs(desk, sights, count, TRACE_NO_SEGMENT, &focused);
    desk->focus = TRACE_NO_SEGMENT;
    return VAULT_OK;
}

/* A portfolio, team, city or industry cut out of all that he saw. */
static int weigh_segments(struct desk *desk, const struct sight *sights, size_t count)
{
    const struct evidence *evidence = desk->evidence;
    uint32_t tried[64];
    size_t tried_count = 0;
    double all = 1;
    int result = reach(desk, TRACE_SCOPE_ALL, 0, &all);
    for (size_t i = 0; i < evidence->n && i < 10 && result == VAULT_OK; i++) {
        for (int kind = 0; kind < TRACE_SEGMENTS && tried_count < 64 && result == VAULT_OK; kind++) {
            uint32_t segment = evidence->link->rows[i].about.segments[kind];
            bool known = segment == TRACE_NO_SEGMENT;
            for (size_t t = 0; t < tried_count && !known; t++)
                known = tried[t] == segment;
            if (known)
                continue;
            tried[tried_count++] = segment;
            result = weigh_segment(desk, sights, count, segment, all);
        }
    }
    return result;
}

static int weigh_person(struct desk *desk, const struct sight *sights, size_t count)
{
    const struct trace_model *model = desk->evidence->model;
    double clients = 0;
    int result = reach(desk, TRACE_SCOPE_ALL, 0, &clients);
    if (result == VAULT_OK) {
        struct profile whole = {
            .scope = TRACE_SCOPE_ALL, .clients = clients, .log_prior = log(model->episode_all)};
        weigh_cutoffs(desk, sights, count, TRACE_NO_SEGMENT, &whole);
        result = weigh_segments(desk, sights, count);
    }
    if (result == VAULT_OK)
        result = weigh_runs(desk, sights, count, TRACE_SCOPE_MONTH);
    if (result == VAULT_OK)
        result = weigh_runs(desk, sights, count, TRACE_SCOPE_DAY);
    if (result == VAULT_OK)
        result = weigh_runs(desk, sights, count, TRACE_SCOPE_EXPORT);
    desk_clear(desk);
    return result;
}

/* --- Who gets how much of the prior --- */

static int fill_shares(const struct evidence *evidence, struct profiles *profiles, struct failure *failure)
{
    const struct trace_source *source = evidence->source;
    double total = 0;
    for (uint32_t p = 0; p < source->people; p++) {
        uint32_t clients = 0;
        int result =
            source->reach(source->context, p, TRACE_SCOPE_ALL, 0, evidence->found, &clients, failure);
        if (result != VAULT_OK)
            return result;
        double share = clients == 0 ? 0 : pow(clients, evidence->model->reach_power);
        if (clients > evidence->model->wide_share * evidence->genuine)
            share *= evidence->model->wide_weight;
        profiles->share[p] = share;
        total += share;
    }
    for (uint32_t p = 0; p < source->people; p++)
        profiles->share[p] = profiles->share[p] > 0 ? log(profiles->share[p] / total) : NOTHING;
    return VAULT_OK;
}

static void note_common(void *context, uint32_t segment, uint32_t size, size_t inside)
{
    struct desk *desk = context;
    (void)inside;
    if (desk->common_count == COMMON_MAX || size == 0)
        return;
    desk->common[desk->common_count] = segment;
    desk->common_sizes[desk->common_count++] = size;
}

int profiles_make(const struct evidence *evidence, struct profiles *profiles, struct failure *failure)
{
    size_t n = evidence->n, people = evidence->source->people;
    struct desk desk = {
        .evidence = evidence, .profiles = profiles, .failure = failure, .focus = TRACE_NO_SEGMENT};
    *profiles = (struct profiles){.count = 0};
    profiles->kept = calloc(PROFILES_KEPT, sizeof *profiles->kept);
    profiles->person = calloc(people + 1, sizeof *profiles->person);
    profiles->any = calloc(people + 1, sizeof *profiles->any);
    profiles->best = calloc(people + 1, sizeof *profiles->best);
    profiles->share = calloc(people + 1, sizeof *profiles->share);
    desk.covered = calloc(n + 1, sizeof *desk.covered);
    desk.outdated = calloc(n + 1, sizeof *desk.outdated);
    desk.seen = calloc(n + 1, sizeof *desk.seen);
    desk.rows = calloc(n + 1, sizeof *desk.rows);
    desk.rho = calloc(n + 1, sizeof *desk.rho);
    int result = profiles->kept == NULL || profiles->person == NULL || profiles->any == NULL ||
                         profiles->best == NULL || profiles->share == NULL || desk.covered == NULL ||
                         desk.outdated == NULL || desk.seen == NULL || desk.rows == NULL || desk.rho == NULL
                     ? failure_set(failure, VAULT_ENOMEM, "no memory to weigh the leaked rows")
                     : fill_shares(evidence, profiles, failure);
    each_segment(evidence, COMMON_SHARE, note_common, &desk);
    for (size_t p = 0; p < people && result == VAULT_OK; p++) {
        size_t first = evidence->exposure->first[p], count = evidence->exposure->first[p + 1] - first;
        profiles->person[p] = profiles->any[p] = NOTHING;
        profiles->best[p].person = desk.person = (uint32_t)p;
        if (count > 0)
            result = weigh_person(&desk, evidence->exposure->sights + first, count);
        desk_end(&desk);
    }
    free(desk.covered);
    free(desk.outdated);
    free(desk.seen);
    free(desk.rows);
    free(desk.rho);
    return result;
}

void profiles_free(struct profiles *profiles)
{
    for (size_t i = 0; profiles->kept != NULL && i < profiles->count; i++)
        free(profiles->kept[i].rho);
    free(profiles->kept);
    free(profiles->person);
    free(profiles->any);
    free(profiles->best);
    free(profiles->share);
    *profiles = (struct profiles){.count = 0};
}
