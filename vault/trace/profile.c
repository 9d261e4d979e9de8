/* The ways in which leaked rows may have come to each person, and what each explains. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/trace/evidence_private.h"

#define PROFILES 48     /* kept for groups */
#define EACH_PERSON 3   /* at most, of one person's */
#define FOCUS_LEAST 0.3 /* of the rows, in the segment that is the focus */
#define LEAST_SHARE 0.1 /* of the rows: what explains less is no explanation by itself */
#define NOTHING (-1e30)

/* One person's work space. */
struct desk {
    const struct evidence *evidence;
    struct profiles *profiles;
    struct failure *failure;
    uint32_t person;
    trace_fields *covered;  /* by row, of the way at hand */
    trace_fields *outdated; /* by row: of these, in which something newer was shown to him */
    bool *seen;             /* by row */
    uint32_t *rows;         /* that are seen */
    size_t row_count;
    trace_fields shown;
    double *rho;
    uint32_t focus; /* the segment that most rows are chosen from, or TRACE_NO_SEGMENT */
    double focus_clients;
    struct profile mine[EACH_PERSON];
    size_t mine_count;
};

static void desk_clear(struct desk *desk)
{
    for (size_t i = 0; i < desk->row_count; i++) {
        desk->covered[desk->rows[i]] = desk->outdated[desk->rows[i]] = 0;
        desk->seen[desk->rows[i]] = false;
    }
    desk->row_count = 0;
    desk->shown = 0;
}

/* In the order of time. */
static void desk_add(struct desk *desk, const struct sight *sight)
{
    uint32_t row = sight->row;
    if (!desk->seen[row]) {
        desk->seen[row] = true;
        desk->rows[desk->row_count++] = row;
    }
    desk->covered[row] |= sight->covered;
    desk->outdated[row] = (desk->outdated[row] | sight->outdated) & ~sight->newest;
    desk->shown |= sight->shown;
}

/* How well do the versions that leaked fit who takes what was newest of all that he was shown? */
static double weigh_versions(const struct desk *desk)
{
    size_t stale = 0, fresh = 0;
    for (size_t i = 0; i < desk->row_count; i++) {
        uint32_t row = desk->rows[i];
        trace_fields covered = desk->covered[row] & desk->evidence->link->rows[row].need;
        bool old = (covered & desk->outdated[row]) != 0;
        stale += old;
        fresh += covered != 0 && !old;
    }
    return evidence_stale(desk->evidence, stale, fresh);
}

/* How much of the file it makes likelier, row by row: what a member of a group must bring. */
static double gain_of(const struct evidence *evidence, const double *rho, size_t *explained)
{
    double sum = 0;
    *explained = 0;
    for (size_t i = 0; i < evidence->n; i++) {
        double decoy = evidence->link->rows[i].about.decoy ? log(evidence->model->decoy_outside) : 0;
        double elsewhere = log(evidence->model->outside_ours) + decoy;
        if (rho[i] > elsewhere) {
            sum += evidence->weight * (rho[i] - elsewhere);
            ++*explained;
        }
    }
    return sum;
}

static void keep(struct desk *desk, const struct profile *profile)
{
    size_t n = desk->evidence->n, at = desk->mine_count;
    if (at == EACH_PERSON) {
        at = 0;
        for (size_t i = 1; i < EACH_PERSON; i++)
            if (desk->mine[i].gain + desk->mine[i].log_prior < desk->mine[at].gain + desk->mine[at].log_prior)
                at = i;
        if (desk->mine[at].gain + desk->mine[at].log_prior >= profile->gain + profile->log_prior)
            return;
    } else {
        desk->mine[at].rho = calloc(n + 1, sizeof(double));
        if (desk->mine[at].rho == NULL)
            return; /* one explanation fewer for groups */
        desk->mine_count++;
    }
    double *rho = desk->mine[at].rho;
    desk->mine[at] = *profile;
    desk->mine[at].rho = rho;
    memcpy(rho, desk->rho, n * sizeof *rho);
}

static bool is_inside(const struct evidence *evidence, size_t row, uint32_t segment)
{
    for (int kind = 0; kind < TRACE_SEGMENTS; kind++)
        if (evidence->link->rows[row].about.segments[kind] == segment)
            return true;
    return false;
}

/* log(N / A) of a row; where there is a focus, most rows are chosen out of it and some out of all. */
static double ratio_of(const struct desk *desk, size_t row, double ratio)
{
    const struct evidence *evidence = desk->evidence;
    double focused = evidence->model->focus_share;
    if (desk->focus == TRACE_NO_SEGMENT)
        return ratio;
    double all = (1 - focused) * exp(ratio);
    return log(is_inside(evidence, row, desk->focus)
                   ? focused * exp(evidence_ratio(evidence, desk->focus_clients)) + all
                   : all);
}

/* Weigh what is on the desk as one way of the person. */
static void weigh(struct desk *desk, enum trace_scope scope, uint32_t key, double clients, double log_prior)
{
    const struct evidence *evidence = desk->evidence;
    if ((double)desk->row_count < LEAST_SHARE * (double)evidence->n || desk->row_count == 0)
        return;
    struct profile profile = {.person = desk->person,
        .scope = scope,
        .key = key,
        .clients = clients,
        .log_prior = log_prior + desk->profiles->share[desk->person] +
                     evidence_columns(evidence, desk->shown) + weigh_versions(desk),
        .shown = desk->shown};
    double ratio = evidence_ratio(evidence, clients), unseen = log(evidence->model->unseen);
    for (size_t i = 0; i < evidence->n; i++)
        desk->rho[i] = desk->seen[i] ? evidence_row(evidence, i, desk->covered[i], ratio_of(desk, i, ratio))
                                     : unseen + evidence_row(evidence, i, 0, 0);
    profile.gain = gain_of(evidence, desk->rho, &profile.explained);
    profile.likelihood = evidence_file(evidence, desk->rho);
    double *all = &desk->profiles->person[desk->person];
    struct profile *best = &desk->profiles->best[desk->person];
    *all = log_add(*all, profile.log_prior + profile.likelihood);
    if (best->clients <= 0 || profile.log_prior + profile.likelihood > best->log_prior + best->likelihood)
        *best = profile;
    keep(desk, &profile);
}

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

/* --- The best of all people --- */

static double worth(const struct profile *profile)
{
    return profile->gain + profile->log_prior;
}

static void keep_best(struct profiles *profiles, struct profile *profile)
{
    size_t at = profiles->count;
    if (at == PROFILES) {
        at = 0;
        for (size_t i = 1; i < PROFILES; i++)
            if (worth(&profiles->kept[i]) < worth(&profiles->kept[at]))
                at = i;
        if (worth(&profiles->kept[at]) >= worth(profile))
            return;
        free(profiles->kept[at].rho);
    } else {
        profiles->count++;
    }
    profiles->kept[at] = *profile;
    profile->rho = NULL;
}

static void desk_end(struct desk *desk)
{
    for (size_t i = 0; i < desk->mine_count; i++) {
        if (desk->mine[i].explained > 0)
            keep_best(desk->profiles, &desk->mine[i]);
        free(desk->mine[i].rho);
        desk->mine[i].rho = NULL;
    }
    desk->mine_count = 0;
}

int profiles_make(const struct evidence *evidence, struct profiles *profiles, struct failure *failure)
{
    size_t n = evidence->n, people = evidence->source->people;
    struct desk desk = {
        .evidence = evidence, .profiles = profiles, .failure = failure, .focus = TRACE_NO_SEGMENT};
    *profiles = (struct profiles){.count = 0};
    profiles->kept = calloc(PROFILES, sizeof *profiles->kept);
    profiles->person = calloc(people + 1, sizeof *profiles->person);
    profiles->best = calloc(people + 1, sizeof *profiles->best);
    profiles->share = calloc(people + 1, sizeof *profiles->share);
    desk.covered = calloc(n + 1, sizeof *desk.covered);
    desk.outdated = calloc(n + 1, sizeof *desk.outdated);
    desk.seen = calloc(n + 1, sizeof *desk.seen);
    desk.rows = calloc(n + 1, sizeof *desk.rows);
    desk.rho = calloc(n + 1, sizeof *desk.rho);
    int result = profiles->kept == NULL || profiles->person == NULL || profiles->best == NULL ||
                         profiles->share == NULL || desk.covered == NULL || desk.outdated == NULL ||
                         desk.seen == NULL || desk.rows == NULL || desk.rho == NULL
                     ? failure_set(failure, VAULT_ENOMEM, "no memory to weigh the leaked rows")
                     : fill_shares(evidence, profiles, failure);
    for (size_t p = 0; p < people && result == VAULT_OK; p++) {
        size_t first = evidence->exposure->first[p], count = evidence->exposure->first[p + 1] - first;
        profiles->person[p] = NOTHING;
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
    free(profiles->best);
    free(profiles->share);
    *profiles = (struct profiles){.count = 0};
}
