#include "vault/trace/trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/trace/evidence_private.h"

#define SCORED_ROWS 3000u               /* more are sampled: they would only say the same again */
#define LATEST (INT64_C(65535) * 86400) /* what an index can hold */
#define PEOPLE_TOLD 1e-6                /* less likely ones are not listed */
#define PEOPLE_LEAST 5u                 /* but so many are, if so many saw anything */
#define CATCH_ALL 3 /* unlogged access is told at most so many times as likely as all else */
#define NOTHING (-1e30)

/* Everything that one trace holds on to. */
struct work {
    struct link link;
    struct exposure exposure;
    struct evidence evidence;
    struct profiles profiles;
    struct group_fits groups;
};

static void work_free(struct work *work)
{
    group_fits_free(&work->groups);
    profiles_free(&work->profiles);
    evidence_free(&work->evidence);
    exposure_free(&work->exposure);
    link_free(&work->link);
}

/* --- What the file says of itself --- */

/* What agrees in a row was current together from when until when? */
static void tell_row(const struct link *link, const struct link_row *row, struct trace_row *ours)
{
    ours->from = INT64_MIN;
    ours->until = INT64_MAX;
    for (int f = 0; f < TRACE_FIELDS; f++) {
        int64_t from = INT64_MAX, until = INT64_MIN;
        if ((row->need & TRACE_BIT(f)) == 0)
            continue;
        for (size_t v = 0; v < row->count; v++) {
            const struct link_version *version = &link->versions[row->first + v];
            if ((version->ok & TRACE_BIT(f)) == 0)
                continue;
            from = version->from < from ? version->from : from;
            until = version->until > until ? version->until : until;
        }
        ours->from = from > ours->from ? from : ours->from;
        ours->until = until < ours->until ? until : ours->until;
    }
}

static int compare_rows(const void *a, const void *b)
{
    const struct trace_row *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int tell_rows(const struct leak *leak, const struct link *link, struct trace_result *result)
{
    result->ours = calloc(link->count + 1, sizeof *result->ours);
    if (result->ours == NULL)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < link->count; i++) {
        const struct link_row *row = &link->rows[i];
        struct trace_row *ours = &result->ours[i];
        *ours = (struct trace_row){.number = leak_number(leak, row->row),
            .client = row->client,
            .agree = row->need,
            .differ = row->mis,
            .alikes = row->alikes};
        tell_row(link, row, ours);
        result->not_before = ours->from > result->not_before ? ours->from : result->not_before;
        result->all_until = ours->until < result->all_until ? ours->until : result->all_until;
        result->decoys += row->about.decoy;
        result->leaked |= row->need;
    }
    if (link->count > 1)
        qsort(result->ours, link->count, sizeof *result->ours, compare_rows);
    return VAULT_OK;
}

/* Decoys first, which are never left out; the others lie in an order of chance already. */
static size_t choose_rows(struct link *link)
{
    size_t front = 0;
    if (link->count <= SCORED_ROWS)
        return link->count;
    for (size_t i = 0; i < link->count && front < SCORED_ROWS; i++) {
        if (!link->rows[i].about.decoy)
            continue;
        struct link_row row = link->rows[i];
        link->rows[i] = link->rows[front];
        link->rows[front++] = row;
    }
    return SCORED_ROWS;
}

/* --- Posteriors --- */

struct total {
    double outside, backup, unlogged;
    double all;
    double ghost; /* log weight of unlogged access as the guard takes it: generously */
};

/* A hint makes all explanations likelier in which that person has a part. */
static void apply_hints(struct work *work)
{
    const struct evidence *evidence = &work->evidence;
    for (uint32_t p = 0; p < evidence->source->people && evidence->hint_count > 0; p++) {
        work->profiles.person[p] += evidence_hint(evidence, p);
        work->profiles.any[p] += evidence_hint(evidence, p);
    }
    for (size_t i = 0; i < work->groups.count && evidence->hint_count > 0; i++) {
        struct group_fit *fit = &work->groups.fits[i];
        double most = evidence_hint(evidence, fit->people[0]);
        for (size_t k = 1; k < fit->size; k++)
            most = fmax(most, evidence_hint(evidence, fit->people[k]));
        fit->log_weight += most;
    }
}

static int weigh_hypotheses(struct work *work, struct total *total, struct failure *failure)
{
    const struct evidence *evidence = &work->evidence;
    const struct trace_model *model = evidence->model;
    double backup = NOTHING, unlogged = NOTHING, guard = NOTHING;
    int result = evidence_backup(evidence, &backup);
    if (result == VAULT_OK)
        result = evidence_unlogged(evidence, &unlogged, &guard);
    if (result == VAULT_OK)
        result = group_fits_make(evidence, &work->profiles, &work->groups);
    if (result != VAULT_OK)
        return failure_set(failure, result, "no memory to weigh the explanations");
    apply_hints(work);
    total->outside = log(model->prior_outside) + evidence_outside(evidence);
    total->backup = log(model->prior_backup) + backup;
    total->unlogged = log(model->prior_unlogged) + unlogged + evidence_moments(evidence);
    total->ghost = log(model->guard_unlogged) + guard;
    total->all = log_add(total->outside, total->backup);
    for (uint32_t p = 0; p < evidence->source->people; p++)
        total->all = log_add(total->all, log(model->prior_person) + work->profiles.person[p]);
    for (size_t i = 0; i < work->groups.count; i++)
        total->all = log_add(total->all, work->groups.fits[i].log_weight);
    /* Access that was not logged explains anything: it may not drown what has a name. */
    total->unlogged = fmin(total->unlogged, total->all + log(CATCH_ALL));
    total->all = log_add(total->all, total->unlogged);
    return VAULT_OK;
}

/* By likelihood before guards, which is known apart where both probabilities are next to nothing. */
static int compare_people(const void *a, const void *b)
{
    const struct trace_person *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->person < y->person ? -1 : x->person > y->person;
}

static int list_people(const struct work *work, const struct total *total, struct trace_result *result)
{
    const struct evidence *evidence = &work->evidence;
    uint32_t people = evidence->source->people;
    double *with = calloc((size_t)people + 1, sizeof *with);
    result->people = calloc((size_t)people + 1, sizeof *result->people);
    if (with == NULL || result->people == NULL) {
        free(with);
        return VAULT_ENOMEM;
    }
    for (uint32_t p = 0; p < people; p++)
        with[p] = NOTHING;
    for (size_t i = 0; i < work->groups.count; i++) {
        const struct group_fit *fit = &work->groups.fits[i];
        for (size_t k = 0; k < fit->size; k++)
            with[fit->people[k]] = log_add(with[fit->people[k]], fit->log_weight);
    }
    for (uint32_t p = 0; p < people; p++) {
        const struct profile *best = &work->profiles.best[p];
        double alone = log(evidence->model->prior_person) + work->profiles.person[p];
        double any = log(evidence->model->prior_person) + work->profiles.any[p];
        double weight = log_add(alone, with[p]);
        if (weight <= NOTHING / 2)
            continue; /* he was shown nothing that explains any of it */
        result->people[result->people_count++] = (struct trace_person){.person = p,
            .posterior = exp(weight - total->all),
            .alone = exp(alone - total->all),
            .weight = weight,
            .unlogged = log_add(any, with[p]) - total->ghost,
            .scope = best->scope,
            .key = best->key,
            .explained = best->explained,
            .nearest = p};
    }
    free(with);
    qsort(result->people, result->people_count, sizeof *result->people, compare_people);
    while (result->people_count > PEOPLE_LEAST &&
           result->people[result->people_count - 1].posterior < PEOPLE_TOLD)
        result->people_count--;
    return VAULT_OK;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static int compare_groups(const void *a, const void *b)
{
    const struct trace_group *x = a, *y = b;
    if (x->posterior != y->posterior)
        return x->posterior > y->posterior ? -1 : 1;
    return memcmp(x->people, y->people, sizeof x->people);
}

/* Which member is the likeliest source of each row? */
static void share_rows(
    const struct evidence *evidence, const struct group_fit *fit, struct trace_group *group)
{
    for (size_t i = 0; i < evidence->n; i++) {
        size_t best = 0;
        for (size_t k = 1; k < fit->size; k++)
            if (log(fit->shares[k]) + fit->parts[k]->rho[i] >
                log(fit->shares[best]) + fit->parts[best]->rho[i])
                best = k;
        for (size_t k = 0; k < group->size; k++)
            group->explains[k] += group->people[k] == fit->people[best];
    }
}

/* The same people by different ways are one group. */
static int list_groups(const struct work *work, const struct total *total, struct trace_result *result)
{
    struct trace_group *all = calloc(work->groups.count + 1, sizeof *all);
    size_t count = 0;
    if (all == NULL)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < work->groups.count; i++) {
        const struct group_fit *fit = &work->groups.fits[i];
        struct trace_group group = {.size = fit->size, .posterior = exp(fit->log_weight - total->all)};
        memcpy(group.people, fit->people, fit->size * sizeof *fit->people);
        qsort(group.people, group.size, sizeof *group.people, compare_numbers);
        size_t at = 0;
        while (at < count &&
               (all[at].size != group.size || memcmp(all[at].people, group.people, sizeof group.people) != 0))
            at++;
        if (at < count) {
            all[at].posterior += group.posterior;
        } else {
            share_rows(&work->evidence, fit, &group); /* fits come best first */
            all[count++] = group;
        }
    }
    qsort(all, count, sizeof *all, compare_groups);
    while (result->group_count < count && result->group_count < TRACE_GROUPS_TOLD &&
           all[result->group_count].posterior >= 0.001) {
        result->groups[result->group_count] = all[result->group_count];
        result->group_count++;
    }
    free(all);
    return VAULT_OK;
}

/* The accesses to leaked clients that the best explanation of a person rests on. */
static void cite(const struct work *work, struct trace_person *person)
{
    const struct exposure *exposure = &work->exposure;
    for (size_t i = exposure->first[person->person]; i < exposure->first[person->person + 1]; i++) {
        const struct sight *sight = &exposure->sights[i];
        bool of_it = person->scope == TRACE_SCOPE_EXPORT ? sight->export == person->key
                     : person->scope == TRACE_SCOPE_DAY  ? sight->day == person->key
                     : person->scope == TRACE_SCOPE_MONTH
                         ? trace_month((int64_t)sight->day * 86400) == person->key
                         : true;
        if (!of_it || sight->covered == 0)
            continue;
        if (person->first_event == 0 || sight->event < person->first_event)
            person->first_event = sight->event;
        if (sight->event > person->last_event)
            person->last_event = sight->event;
    }
}

static int tell(const struct work *work, const struct total *total, struct trace_result *result)
{
    result->none = exp(total->outside - total->all);
    result->backup = exp(total->backup - total->all);
    result->unlogged = exp(total->unlogged - total->all);
    int error = list_people(work, total, result);
    if (error == VAULT_OK)
        error = list_groups(work, total, result);
    if (error == VAULT_OK)
        error = guards_apply(&work->evidence, result);
    for (size_t i = 0; i < result->people_count && error == VAULT_OK; i++)
        cite(work, &result->people[i]);
    return error;
}

static int score(struct work *work, const struct leak *leak, const struct trace_source *source, int64_t found,
    const struct trace_model *model, struct trace_result *result, struct failure *failure)
{
    struct total total = {.all = NOTHING};
    size_t unlinked = work->link.unlinked, linked = work->link.count;
    size_t chosen = choose_rows(&work->link);
    if (chosen < linked)
        unlinked = unlinked * chosen / linked;
    work->link.count = chosen;
    int error = exposure_make(&work->link, source, found, &work->exposure, failure);
    work->evidence = (struct evidence){.model = model,
        .source = source,
        .link = &work->link,
        .exposure = &work->exposure,
        .found = found,
        .n = chosen,
        .unlinked = unlinked};
    work->evidence.hints = leak_hints(leak, &work->evidence.hint_count);
    if (error == VAULT_OK)
        error = evidence_make(&work->evidence);
    if (error == VAULT_OK)
        error = profiles_make(&work->evidence, &work->profiles, failure);
    if (error == VAULT_OK)
        error = weigh_hypotheses(work, &total, failure);
    return error == VAULT_OK ? tell(work, &total, result) : error;
}

int trace_leak(const struct leak *leak, const struct trace_source *source, int64_t found,
    const struct trace_model *model, struct trace_result *result, struct failure *failure)
{
    struct work work = {.link = {.count = 0}};
    *result = (struct trace_result){.rows = leak_rows(leak),
        .fields = leak_fields(leak),
        .not_before = INT64_MIN,
        .all_until = INT64_MAX};
    if (model == NULL)
        model = &trace_model_default;
    found = found < 0 ? 0 : found > LATEST ? LATEST : found;
    int error = link_make(leak, source, &work.link, failure);
    if (error == VAULT_OK) {
        result->linked = work.link.count;
        error = tell_rows(leak, &work.link, result);
    }
    if (error == VAULT_OK) {
        if (work.link.count == 0)
            result->none = model->cap; /* nothing of ours is in it */
        else
            error = score(&work, leak, source, found, model, result, failure);
    }
    work_free(&work);
    if (error == VAULT_ENOMEM)
        (void)failure_set(failure, error, "no memory to trace the leak");
    if (error != VAULT_OK)
        trace_result_free(result);
    return error;
}

void trace_result_free(struct trace_result *result)
{
    free(result->people);
    free(result->ours);
    *result = (struct trace_result){.not_before = INT64_MIN, .all_until = INT64_MAX};
}
