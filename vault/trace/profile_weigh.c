/* One way in which leaked rows may have come to a person: what it explains, and how well. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/trace/profile_private.h"

#define LEAST_SHARE 0.1 /* of the rows: what explains less is no explanation by itself */

void desk_clear(struct desk *desk)
{
    for (size_t i = 0; i < desk->row_count; i++) {
        desk->covered[desk->rows[i]] = desk->outdated[desk->rows[i]] = 0;
        desk->seen[desk->rows[i]] = false;
    }
    desk->row_count = 0;
    desk->shown = 0;
}

void desk_add(struct desk *desk, const struct sight *sight)
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

/* Is the row told in a version of which he was shown a newer one? */
static bool is_stale(const struct desk *desk, size_t row)
{
    return (desk->covered[row] & desk->outdated[row] & desk->evidence->link->rows[row].need) != 0;
}

/* How well do the versions that leaked fit who takes what was newest of all that he was shown? */
static double weigh_versions(const struct desk *desk)
{
    size_t stale = 0, fresh = 0;
    for (size_t i = 0; i < desk->row_count; i++) {
        uint32_t row = desk->rows[i];
        bool old = is_stale(desk, row);
        stale += old;
        fresh += !old && (desk->covered[row] & desk->evidence->link->rows[row].need) != 0;
    }
    return evidence_stale(desk->evidence, stale, fresh);
}

/* In a group each row is somebody's: there an outdated one counts by itself. */
static void discount_rows(struct desk *desk)
{
    const struct trace_model *model = desk->evidence->model;
    double stale = log(model->stale / (model->stale + model->fresh));
    for (size_t i = 0; i < desk->row_count; i++)
        if (is_stale(desk, desk->rows[i]))
            desk->rho[desk->rows[i]] += stale;
}

/* How much of the file it makes likelier, row by row: what a member of a group must bring. */
static double gain_of(const struct evidence *evidence, const double *rho, size_t *explained)
{
    double sum = 0, ours = log(evidence->model->outside_ours), decoy = log(evidence->model->decoy_outside);
    *explained = 0;
    for (size_t i = 0; i < evidence->n; i++) {
        double elsewhere = ours + (evidence->link->rows[i].about.decoy ? decoy : 0);
        if (rho[i] > elsewhere) {
            sum += evidence->weight * (rho[i] - elsewhere);
            ++*explained;
        }
    }
    return sum;
}

static double worth(const struct profile *profile)
{
    return profile->gain + profile->log_prior;
}

/* The place of the same way at another moment, else a free one, else that of the least. */
static size_t place_for(const struct desk *desk, const struct profile *profile)
{
    size_t least = 0;
    for (size_t i = 0; i < desk->mine_count; i++) {
        const struct profile *one = &desk->mine[i];
        if (one->scope == profile->scope && one->key == profile->key && one->focus == profile->focus)
            return i;
        if (worth(one) < worth(&desk->mine[least]))
            least = i;
    }
    return desk->mine_count < EACH_PERSON ? desk->mine_count : least;
}

static void keep(struct desk *desk, const struct profile *profile)
{
    size_t n = desk->evidence->n, at = place_for(desk, profile);
    if (at < desk->mine_count && worth(&desk->mine[at]) >= worth(profile))
        return;
    if (at == desk->mine_count) {
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

bool is_inside(const struct evidence *evidence, size_t row, uint32_t segment)
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
    double focused = desk->focus_share;
    if (desk->focus == TRACE_NO_SEGMENT)
        return ratio;
    double all = (1 - focused) * exp(ratio);
    return log(is_inside(evidence, row, desk->focus)
                   ? focused * exp(evidence_ratio(evidence, desk->focus_clients)) + all
                   : all);
}

void weigh(struct desk *desk, enum trace_scope scope, uint32_t key, double clients, double log_prior)
{
    const struct evidence *evidence = desk->evidence;
    if ((double)desk->row_count < LEAST_SHARE * (double)evidence->n || desk->row_count == 0)
        return;
    struct profile profile = {.person = desk->person,
        .scope = scope,
        .key = key,
        .clients = clients,
        .log_prior =
            log_prior + desk->profiles->share[desk->person] + evidence_columns(evidence, desk->shown),
        .focus = desk->focus,
        .shown = desk->shown};
    double ratio = evidence_ratio(evidence, clients), unseen = log(evidence->model->unseen);
    for (size_t i = 0; i < evidence->n; i++)
        desk->rho[i] = desk->seen[i] ? evidence_row(evidence, i, desk->covered[i], ratio_of(desk, i, ratio))
                                     : unseen + evidence_row(evidence, i, 0, 0);
    double any = evidence_file(evidence, desk->rho);
    profile.likelihood = any + weigh_versions(desk);
    discount_rows(desk);
    profile.gain = gain_of(evidence, desk->rho, &profile.explained);
    double *all = &desk->profiles->person[desk->person];
    struct profile *best = &desk->profiles->best[desk->person];
    *all = log_add(*all, profile.log_prior + profile.likelihood);
    desk->profiles->any[desk->person] = log_add(desk->profiles->any[desk->person], profile.log_prior + any);
    if (best->clients <= 0 || profile.log_prior + profile.likelihood > best->log_prior + best->likelihood)
        *best = profile;
    keep(desk, &profile);
}

/* --- The best of all people --- */

static void keep_best(struct profiles *profiles, struct profile *profile)
{
    size_t at = profiles->count;
    if (at == PROFILES_KEPT) {
        at = 0;
        for (size_t i = 1; i < PROFILES_KEPT; i++)
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

void desk_end(struct desk *desk)
{
    for (size_t i = 0; i < desk->mine_count; i++) {
        if (desk->mine[i].explained > 0)
            keep_best(desk->profiles, &desk->mine[i]);
        free(desk->mine[i].rho);
        desk->mine[i].rho = NULL;
    }
    desk->mine_count = 0;
}
