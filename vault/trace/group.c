/* Several together: mixtures of the best profiles, grown one member at a time by beam search. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/trace/evidence_private.h"

#define BEAM 24
#define STEPS 6 /* of expectation and maximisation */
#define NOTHING (-1e30)

struct bench {
    const struct evidence *evidence;
    const struct profiles *profiles;
    double *scale;     /* by row: the largest log rho of any profile, at least that of elsewhere */
    double *rho;       /* by profile and row: exp(log rho - scale) */
    double *elsewhere; /* by row, scaled alike; without the share */
    double *mixed;     /* work space by row */
};

static int bench_start(struct bench *bench)
{
    const struct evidence *evidence = bench->evidence;
    const struct profiles *profiles = bench->profiles;
    size_t n = evidence->n;
    bench->scale = calloc(n + 1, sizeof(double));
    bench->elsewhere = calloc(n + 1, sizeof(double));
    bench->mixed = calloc(n + 1, sizeof(double));
    bench->rho = calloc(n * profiles->count + 1, sizeof(double));
    if (bench->scale == NULL || bench->elsewhere == NULL || bench->rho == NULL || bench->mixed == NULL)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        double decoy = evidence->link->rows[i].about.decoy ? log(evidence->model->decoy_outside) : 0;
        double elsewhere = log(evidence->model->outside_ours) + decoy;
        bench->scale[i] = elsewhere;
        for (size_t p = 0; p < profiles->count; p++)
            bench->scale[i] = fmax(bench->scale[i], profiles->kept[p].rho[i]);
        bench->elsewhere[i] = exp(elsewhere - bench->scale[i]);
        for (size_t p = 0; p < profiles->count; p++)
            bench->rho[p * n + i] = exp(profiles->kept[p].rho[i] - bench->scale[i]);
    }
    return VAULT_OK;
}

static void bench_end(struct bench *bench)
{
    free(bench->scale);
    free(bench->elsewhere);
    free(bench->rho);
    free(bench->mixed);
}

/* One step of expectation and maximisation: each row is shared out, and the shares are what they got. */
static void refine(const struct bench *bench, const size_t *parts, size_t size, double *shares)
{
    size_t n = bench->evidence->n;
    double got[MODEL_GROUP_MAX] = {0};
    for (size_t i = 0; i < n; i++) {
        double each[MODEL_GROUP_MAX], sum = 0.05 * bench->elsewhere[i];
        for (size_t k = 0; k < size; k++) {
            each[k] = shares[k] * bench->rho[parts[k] * n + i];
            sum += each[k];
        }
        for (size_t k = 0; k < size && sum > 0; k++)
            got[k] += each[k] / sum;
    }
    double total = 0;
    for (size_t k = 0; k < size; k++)
        total += got[k] + 0.5;
    for (size_t k = 0; k < size; k++)
        shares[k] = (got[k] + 0.5) / total;
}

/* As evidence_file(), of a mixture. */
static double mixture(const struct bench *bench, const size_t *parts, size_t size, const double *shares)
{
    const struct evidence *evidence = bench->evidence;
    const struct trace_model *model = evidence->model;
    size_t n = evidence->n;
    double all = NOTHING, *mixed = bench->mixed;
    for (size_t i = 0; i < n; i++) {
        mixed[i] = 0;
        for (size_t k = 0; k < size; k++)
            mixed[i] += shares[k] * bench->rho[parts[k] * n + i];
    }
    for (int s = 0; s < MODEL_SHARES; s++) {
        double share = model->shares[s], own = (1 - share) * (1 - model->unlinkable);
        double sum = log(model->share_weights[s]) +
                     (double)evidence->unlinked * evidence->weight *
                         log((1 - share) * model->unlinkable + share * (1 - model->outside_ours));
        for (size_t i = 0; i < n; i++)
            sum += (evidence->link->rows[i].about.decoy ? 1 : evidence->weight) *
                   (log(own * mixed[i] + share * bench->elsewhere[i] + 1e-300) + bench->scale[i]);
        all = log_add(all, sum);
    }
    return all;
}

static bool shares_person(const struct bench *bench, const size_t *parts, size_t size, size_t part)
{
    for (size_t k = 0; k < size; k++)
        if (bench->profiles->kept[parts[k]].person == bench->profiles->kept[part].person)
            return true;
    return false;
}

struct candidate {
    size_t parts[MODEL_GROUP_MAX];
    double shares[MODEL_GROUP_MAX];
    double log_weight;
};

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->log_weight != y->log_weight)
        return x->log_weight > y->log_weight ? -1 : 1;
    return memcmp(x->parts, y->parts, sizeof x->parts);
}

static void fit(const struct bench *bench, struct candidate *candidate, size_t size)
{
    const struct evidence *evidence = bench->evidence;
    double n = (double)(evidence->n < 1 ? 1 : evidence->n);
    for (size_t k = 0; k < size; k++)
        candidate->shares[k] = 1.0 / (double)size;
    for (int step = 0; step < STEPS; step++)
        refine(bench, candidate->parts, size, candidate->shares);
    double weight = mixture(bench, candidate->parts, size, candidate->shares) + lgamma((double)size + 1) -
                    evidence->model->group_penalty * (double)(size - 1) * log(n);
    if (size > 1)
        weight += log(evidence->model->prior_group[size]);
    for (size_t k = 0; k < size; k++)
        weight += bench->profiles->kept[candidate->parts[k]].log_prior;
    candidate->log_weight = weight;
}

static void remember(
    const struct bench *bench, const struct candidate *candidate, size_t size, struct group_fits *groups)
{
    struct group_fit *fit_of = &groups->fits[groups->count++];
    *fit_of = (struct group_fit){.size = size, .log_weight = candidate->log_weight};
    for (size_t k = 0; k < size; k++) {
        fit_of->parts[k] = &bench->profiles->kept[candidate->parts[k]];
        fit_of->people[k] = fit_of->parts[k]->person;
        fit_of->shares[k] = candidate->shares[k];
    }
}

/* Every member of the beam with every profile that is not of one of its people; parts ascend, so that none
 * comes twice from one parent, and the first of equal ones stays. */
static size_t grow(const struct bench *bench, const struct candidate *beam, size_t beam_count, size_t size,
    struct candidate *grown)
{
    size_t count = 0;
    for (size_t b = 0; b < beam_count; b++) {
        for (size_t p = 0; p < bench->profiles->count; p++) {
            if (shares_person(bench, beam[b].parts, size, p))
                continue;
            struct candidate *next = &grown[count];
            *next = beam[b];
            size_t at = size;
            for (; at > 0 && next->parts[at - 1] > p; at--)
                next->parts[at] = next->parts[at - 1];
            next->parts[at] = p;
            bool twice = false;
            for (size_t i = 0; i < count && !twice; i++)
                twice = memcmp(grown[i].parts, next->parts, (size + 1) * sizeof *next->parts) == 0;
            if (twice)
                continue;
            fit(bench, next, size + 1);
            count++;
        }
    }
    qsort(grown, count, sizeof *grown, compare_candidates);
    return count;
}

static int search(const struct bench *bench, struct group_fits *groups)
{
    size_t profiles = bench->profiles->count;
    struct candidate *beam = calloc(profiles + BEAM, sizeof *beam);
    struct candidate *grown = calloc(BEAM * profiles + 1, sizeof *grown);
    groups->fits = calloc((size_t)MODEL_GROUP_MAX * BEAM * 4 + 1, sizeof *groups->fits);
    int result = beam == NULL || grown == NULL || groups->fits == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK) {
        size_t count = profiles;
        for (size_t p = 0; p < profiles; p++) {
            beam[p].parts[0] = p;
            beam[p].log_weight = bench->profiles->kept[p].gain + bench->profiles->kept[p].log_prior;
        }
        qsort(beam, count, sizeof *beam, compare_candidates);
        for (size_t size = 1; size < MODEL_GROUP_MAX; size++) {
            if (count > BEAM)
                count = BEAM;
            count = grow(bench, beam, count, size, grown);
            for (size_t i = 0; i < count && i < BEAM * 4; i++)
                remember(bench, &grown[i], size + 1, groups);
            if (count > BEAM)
                count = BEAM;
            memcpy(beam, grown, count * sizeof *beam);
        }
    }
    free(beam);
    free(grown);
    return result;
}

int group_fits_make(
    const struct evidence *evidence, const struct profiles *profiles, struct group_fits *groups)
{
    struct bench bench = {.evidence = evidence, .profiles = profiles};
    *groups = (struct group_fits){.count = 0};
    if (profiles->count < 2 || evidence->n < 2)
        return VAULT_OK;
    int result = bench_start(&bench);
    if (result == VAULT_OK)
        result = search(&bench, groups);
    bench_end(&bench);
    if (result != VAULT_OK)
        group_fits_free(groups);
    return result;
}

void group_fits_free(struct group_fits *groups)
{
    free(groups->fits);
    *groups = (struct group_fits){.count = 0};
}
