/* Stolen copy: every row current at one moment.  The likelihood is integrated over all moments: between two
 * changes of the linked clients' records it is constant, so that it is a sum over pieces, each as long as it
 * lasted. */
#include <math.h>
#include <stdlib.h>

#include "vault/trace/evidence_private.h"

#define WINDOW (INT64_C(400) * 86400) /* a copy is at most that old when it is found */
#define NEVER (-1e30)

enum age { AGELESS, STALE, FRESH, AGES };

struct change {
    int64_t at;
    uint32_t row;
};

static int compare_changes(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* log rho of a row in a copy made at that moment; is it in an older version than the copy had, too? */
static double row_at(const struct evidence *evidence, size_t number, int64_t at, enum age *age)
{
    const struct link_row *row = &evidence->link->rows[number];
    trace_fields ok = 0, outdated = 0, newest = 0;
    bool there = false;
    *age = AGELESS;
    for (size_t i = 0; i < row->count; i++) {
        const struct link_version *version = &evidence->link->versions[row->first + i];
        if (version->from <= at && at < version->until) {
            there = true;
            ok |= version->ok;
            outdated |= version->outdates;
            newest |= at < version->newest_until ? version->ok : 0;
        }
    }
    if (!there)
        return NEVER;
    if ((ok & row->need) != 0)
        *age = (ok & row->need & outdated & ~newest) != 0 ? STALE : FRESH;
    double sum = evidence->base[number] + evidence->gains[ok & row->need];
    for (int f = 0; f < TRACE_FIELDS; f++) /* not current then: altered, never supplied */
        if ((row->need & ~ok & TRACE_BIT(f)) != 0)
            sum += log(evidence->model->noise / 4 / trace_field_facts[f].supplied);
    return sum;
}

struct sums {
    double share[MODEL_SHARES];
    size_t rows[AGES];
};

/* A row at the moment at hand. */
struct state {
    double rho;
    enum age age;
};

static double row_part(const struct evidence *evidence, size_t row, double rho, int s)
{
    const struct trace_model *model = evidence->model;
    bool decoy = evidence->link->rows[row].about.decoy;
    double share = model->shares[s];
    double elsewhere = log(share * model->outside_ours) + (decoy ? log(model->decoy_outside) : 0);
    /* Decoys were made for one export and stand in no record, so that a copy holds them only by chance. */
    double from_copy =
        log((1 - share) * (1 - model->unlinkable)) + rho + (decoy ? log(model->decoy_outside) : 0);
    return (decoy ? 1 : evidence->weight) * log_add(from_copy, elsewhere);
}

static double piece(const struct evidence *evidence, const struct sums *sums, int64_t from, int64_t until)
{
    double all = NEVER;
    for (int s = 0; s < MODEL_SHARES; s++) {
        double share = evidence->model->shares[s];
        double unlinked =
            (double)evidence->unlinked * evidence->weight *
            log((1 - share) * evidence->model->unlinkable + share * (1 - evidence->model->outside_ours));
        all = log_add(all, log(evidence->model->share_weights[s]) + sums->share[s] + unlinked);
    }
    return all + evidence_stale(evidence, sums->rows[STALE], sums->rows[FRESH]) +
           log((double)(until - from) / (double)WINDOW);
}

static void set_row(
    const struct evidence *evidence, struct sums *sums, struct state *states, size_t row, int64_t at)
{
    struct state *state = &states[row], fresh = {.rho = 0};
    fresh.rho = row_at(evidence, row, at, &fresh.age);
    sums->rows[state->age]--;
    sums->rows[fresh.age]++;
    for (int s = 0; s < MODEL_SHARES && fresh.rho != state->rho; s++)
        sums->share[s] += row_part(evidence, row, fresh.rho, s) - row_part(evidence, row, state->rho, s);
    *state = fresh;
}

static size_t list_changes(const struct evidence *evidence, struct change *changes, int64_t from)
{
    size_t count = 0;
    for (size_t i = 0; i < evidence->n; i++) {
        const struct link_row *row = &evidence->link->rows[i];
        for (size_t v = 0; v < row->count; v++) {
            int64_t at = evidence->link->versions[row->first + v].from;
            if (at > from && at < evidence->found)
                changes[count++] = (struct change){at, (uint32_t)i};
        }
    }
    qsort(changes, count, sizeof *changes, compare_changes);
    return count;
}

int evidence_backup(const struct evidence *evidence, double *likelihood)
{
    int64_t at = evidence->found - WINDOW;
    struct sums sums = {.share = {0}};
    struct change *changes = calloc(evidence->link->version_count + 1, sizeof *changes);
    struct state *states = calloc(evidence->n + 1, sizeof *states);
    int result = changes == NULL || states == NULL ? VAULT_ENOMEM : VAULT_OK;
    *likelihood = NEVER;
    if (result == VAULT_OK) {
        size_t count = list_changes(evidence, changes, at);
        for (size_t i = 0; i < evidence->n; i++) {
            states[i].rho = row_at(evidence, i, at, &states[i].age);
            sums.rows[states[i].age]++;
            for (int s = 0; s < MODEL_SHARES; s++)
                sums.share[s] += row_part(evidence, i, states[i].rho, s);
        }
        for (size_t c = 0; c < count; c++) {
            if (changes[c].at > at)
                *likelihood = log_add(*likelihood, piece(evidence, &sums, at, changes[c].at));
            at = changes[c].at;
            set_row(evidence, &sums, states, changes[c].row, at);
        }
        if (evidence->found > at)
            *likelihood = log_add(*likelihood, piece(evidence, &sums, at, evidence->found));
    }
    *likelihood += evidence_place(evidence) + evidence_columns(evidence, evidence->columns);
    free(changes);
    free(states);
    return result;
}

/* Is the row's agreeing version the newest that there was, taken field by field? */
static bool was_newest(const struct evidence *evidence, size_t number, int64_t at)
{
    const struct link_row *row = &evidence->link->rows[number];
    trace_fields newest = 0, outdated = 0, there = 0;
    for (size_t i = 0; i < row->count; i++) {
        const struct link_version *version = &evidence->link->versions[row->first + i];
        if (version->from > at)
            continue;
        there |= version->ok;
        outdated |= version->outdates;
        newest |= at < version->newest_until ? version->ok : 0;
    }
    return (row->need & ~there) == 0 && (row->need & outdated & ~newest) == 0;
}

double evidence_moments(const struct evidence *evidence)
{
    const struct trace_model *model = evidence->model;
    double all = NEVER;
    for (int c = 0; c < MODEL_CUTOFFS; c++) {
        int64_t at = evidence->found - (int64_t)model->cutoffs[c] * 86400;
        size_t fresh = 0;
        for (size_t i = 0; i < evidence->n; i++)
            fresh += was_newest(evidence, i, at);
        all = log_add(
            all, log(model->cutoff_weights[c]) + evidence_stale(evidence, evidence->n - fresh, fresh));
    }
    return all;
}
