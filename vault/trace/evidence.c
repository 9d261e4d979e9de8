#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/trace/evidence_private.h"

#define NOTHING (-1e30) /* a logarithm of zero that can still be added up */

double log_add(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    return low <= NOTHING ? high : high + log1p(exp(low - high));
}

double evidence_hint(const struct evidence *evidence, uint32_t person)
{
    double sum = 0;
    for (size_t i = 0; i < evidence->hint_count; i++)
        sum += evidence->hints[i].person == person ? evidence->hints[i].log_ratio : 0;
    return sum;
}

double evidence_ratio(const struct evidence *evidence, double clients)
{
    return log(evidence->genuine / (clients < 1 ? 1 : clients));
}

/* What each set of fields adds when it was shown: disclosed and hardly altered, against supplied from
 * elsewhere. */
static void fill_gains(struct evidence *evidence)
{
    double of_field[TRACE_FIELDS];
    for (int f = 0; f < TRACE_FIELDS; f++)
        of_field[f] = log((1 - evidence->model->noise) / trace_field_facts[f].supplied);
    evidence->gains[0] = 0;
    for (trace_fields set = 1; set <= TRACE_ALL; set++)
        evidence->gains[set] = evidence->gains[set & (set - 1)] + of_field[__builtin_ctz(set)];
}

/* Who else holds data of the same firms, and which columns of it: what a bank has it has together. */
static const struct {
    double share;
    trace_fields holds;
} holders[] = {
    {0.35, TRACE_BIT(TRACE_NAME) | TRACE_BIT(TRACE_ADDRESS) | TRACE_BIT(TRACE_CONTACT) |
               TRACE_BIT(TRACE_PHONE) | TRACE_BIT(TRACE_EMAIL) |
               TRACE_BIT(TRACE_TAX_ID)}, /* registers, directories, marketing lists */
    {0.20, TRACE_BIT(TRACE_NAME) | TRACE_BIT(TRACE_TAX_ID) | TRACE_BIT(TRACE_CONTACT) |
               TRACE_BIT(TRACE_PHONE) | TRACE_BIT(TRACE_BANK_ACCOUNT) | TRACE_BIT(TRACE_BALANCE)}, /* banks */
    {0.20, TRACE_BIT(TRACE_NAME) | TRACE_BIT(TRACE_TAX_ID) | TRACE_BIT(TRACE_ADDRESS) |
               TRACE_BIT(TRACE_CONTACT) | TRACE_BIT(TRACE_PERIOD) | TRACE_BIT(TRACE_TURNOVER) |
               TRACE_BIT(TRACE_TAX_DUE) | TRACE_BIT(TRACE_PAYROLL)}, /* offices */
};

/* How likely are just these columns from elsewhere? */
static double columns_outside(trace_fields columns)
{
    double all = log(0.25); /* a holder of no known kind, column by column */
    for (int f = 0; f < TRACE_FIELDS; f++)
        if ((columns & TRACE_BIT(f)) != 0)
            all += log(trace_field_facts[f].outside_has);
    for (size_t h = 0; h < sizeof holders / sizeof *holders; h++) {
        double sum = log(holders[h].share);
        for (int f = 0; f < TRACE_FIELDS; f++)
            if ((columns & TRACE_BIT(f)) != 0)
                sum += (holders[h].holds & TRACE_BIT(f)) != 0
                           ? log(0.9)
                           : log(trace_field_facts[f].outside_has) - log(4);
        all = log_add(all, sum);
    }
    return all;
}

static void fill_base(struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->n; i++) {
        const struct link_row *row = &evidence->link->rows[i];
        double sum = 0;
        for (int f = 0; f < TRACE_FIELDS; f++) {
            const struct trace_field_facts *facts = &trace_field_facts[f];
            if ((row->need & TRACE_BIT(f)) != 0)
                sum += log(facts->supplied / facts->outside_agrees);
            else if ((row->mis & TRACE_BIT(f)) != 0)
                sum += log(evidence->model->noise / (1 - facts->outside_agrees));
        }
        evidence->base[i] = sum;
        evidence->columns |= row->present;
        evidence->leaked |= row->need;
        evidence->decoys += row->about.decoy;
    }
    evidence->columns_outside = columns_outside(evidence->columns);
}

int evidence_make(struct evidence *evidence)
{
    double n = (double)evidence->n;
    evidence->genuine = evidence->source->genuine < 1 ? 1 : evidence->source->genuine;
    evidence->weight = n < 1 ? 1 : pow(n, evidence->model->row_power) / n;
    evidence->base = calloc(evidence->n + 1, sizeof *evidence->base);
    evidence->gains = calloc((size_t)TRACE_ALL + 1, sizeof *evidence->gains);
    if (evidence->base == NULL || evidence->gains == NULL)
        return VAULT_ENOMEM;
    fill_gains(evidence);
    fill_base(evidence);
    return VAULT_OK;
}

void evidence_free(struct evidence *evidence)
{
    free(evidence->base);
    free(evidence->gains);
    evidence->base = evidence->gains = NULL;
}

/* A product of many factors, as its logarithm; most of them cost a multiplication. */
struct product {
    double factor, log;
};

#define FAR 1e100    /* a factor may be as far from 1 again: a logarithm is taken before that */
#define RHO_MAX 400. /* far above what any row says */

static void multiply(struct product *product, double factor)
{
    product->factor *= factor;
    if (product->factor > FAR || product->factor < 1 / FAR) {
        product->log += log(product->factor);
        product->factor = 1;
    }
}

static double unlinked_term(const struct evidence *evidence, double share)
{
    const struct trace_model *model = evidence->model;
    return (double)evidence->unlinked * evidence->weight *
           log((1 - share) * model->unlinkable + share * (1 - model->outside_ours));
}

/* Each row under a mixture: a share from elsewhere, the rest as rho says. */
double evidence_file(const struct evidence *evidence, const double *rho)
{
    const struct trace_model *model = evidence->model;
    struct product rows[MODEL_SHARES], decoys[MODEL_SHARES];
    double all = NOTHING;
    for (int s = 0; s < MODEL_SHARES; s++)
        rows[s] = decoys[s] = (struct product){1, 0};
    for (size_t i = 0; i < evidence->n; i++) {
        double own = (1 - model->unlinkable) * exp(fmin(rho[i], RHO_MAX)), elsewhere = model->outside_ours;
        bool decoy = evidence->link->rows[i].about.decoy;
        if (decoy)
            elsewhere *= model->decoy_outside;
        for (int s = 0; s < MODEL_SHARES; s++)
            multiply(
                decoy ? &decoys[s] : &rows[s], (1 - model->shares[s]) * own + model->shares[s] * elsewhere);
    }
    for (int s = 0; s < MODEL_SHARES; s++)
        all = log_add(all, log(model->share_weights[s]) + unlinked_term(evidence, model->shares[s]) +
                               evidence->weight * (rows[s].log + log(rows[s].factor)) + decoys[s].log +
                               log(decoys[s].factor));
    return all;
}

/* Rows told anew once, or from an old list: how many of them is not known beforehand, so that the share is
 * integrated over (a beta-binomial distribution). */
double evidence_stale(const struct evidence *evidence, size_t stale, size_t fresh)
{
    double a = evidence->model->stale, b = evidence->model->fresh;
    double s = evidence->weight * (double)stale, f = evidence->weight * (double)fresh;
    return lgamma(a + s) + lgamma(b + f) - lgamma(a + b + s + f) - lgamma(a) - lgamma(b) + lgamma(a + b);
}

double evidence_columns(const struct evidence *evidence, trace_fields shown)
{
    const struct trace_model *model = evidence->model;
    int kept = __builtin_popcount(shown & evidence->columns),
        left = __builtin_popcount(shown & ~evidence->columns);
    return model->kept_power * (kept * log(model->kept) + left * log(1 - model->kept));
}

/* --- Segments: do nearly all rows lie in one? --- */

#define SEGMENT_SHARE 0.9
#define GHOST_SHARE 0.4 /* somebody with a portfolio sees other clients too */

void each_segment(const struct evidence *evidence, double least, segment_callback each, void *context)
{
    uint32_t tried[64];
    size_t count = 0, genuine = evidence->n - evidence->decoys;
    for (size_t i = 0; i < evidence->n && i < 10; i++) {
        for (int kind = 0; kind < TRACE_SEGMENTS && count < 64; kind++) {
            uint32_t segment = evidence->link->rows[i].about.segments[kind], size = 0;
            bool seen = segment == TRACE_NO_SEGMENT;
            for (size_t t = 0; t < count && !seen; t++)
                seen = tried[t] == segment;
            if (seen)
                continue;
            tried[count++] = segment;
            size_t inside = 0;
            for (size_t j = 0; j < evidence->n; j++)
                inside += evidence->link->rows[j].about.segments[kind] == segment;
            struct failure unheard = {0};
            if ((double)inside >= least * (double)genuine && genuine > 0 &&
                evidence->source->segment(evidence->source->context, segment, &size, &unheard) == VAULT_OK)
                each(context, segment, size, inside);
        }
    }
}

struct outside {
    const struct evidence *evidence;
    double best;
};

static void outside_segment(void *context, uint32_t segment, uint32_t size, size_t inside)
{
    struct outside *outside = context;
    (void)segment;
    double ratio = evidence_ratio(outside->evidence, size);
    /* One kind in TRACE_SEGMENTS, and in it a segment as likely as it is large. */
    double chosen = -log(TRACE_SEGMENTS) - ratio;
    outside->best = log_add(outside->best, chosen + outside->evidence->weight * (double)inside * ratio);
}

double evidence_place(const struct evidence *evidence)
{
    struct outside place = {evidence, NOTHING};
    each_segment(evidence, SEGMENT_SHARE, outside_segment, &place);
    return log_add(log(0.5), log(0.5) + place.best);
}

double evidence_outside(const struct evidence *evidence)
{
    static const double ours[] = {0.1, 0.3, 0.6, 0.97};
    double genuine = (double)(evidence->n - evidence->decoys), all = NOTHING;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        all = log_add(all, log(0.25) + evidence->weight * (genuine * log(ours[i]) +
                                                              (double)evidence->unlinked * log(1 - ours[i])));
    return all + evidence_place(evidence) + evidence->columns_outside +
           (double)evidence->decoys * log(evidence->model->decoy_outside);
}

/* --- Somebody whom the log did not see --- */

struct unlogged {
    const struct evidence *evidence;
    double *rho;
    double all;   /* segments seen whole */
    double guard; /* and in part: clients that were there at the time, were active, or were his */
};

static double unlogged_way(struct unlogged *unlogged, double clients, uint32_t segment, double own)
{
    const struct evidence *evidence = unlogged->evidence;
    double ratio = evidence_ratio(evidence, clients);
    for (size_t i = 0; i < evidence->n; i++) {
        const struct link_row *row = &evidence->link->rows[i];
        bool inside = segment == TRACE_NO_SEGMENT;
        for (int kind = 0; kind < TRACE_SEGMENTS && !inside; kind++)
            inside = row->about.segments[kind] == segment;
        double where = segment == TRACE_NO_SEGMENT ? ratio
                       : inside                    ? log(own * exp(ratio) + 1 - own)
                                                   : log(1 - own);
        unlogged->rho[i] = evidence_row(evidence, i, TRACE_ALL, where);
    }
    return evidence_file(evidence, unlogged->rho);
}

static void unlogged_segment(void *context, uint32_t segment, uint32_t size, size_t inside)
{
    /* Some stay within it, some see others' clients too. */
    static const double own[] = {0.98, 0.8}, parts[] = {1, 0.7, 0.5, 0.35, 0.25};
    struct unlogged *unlogged = context;
    double chosen = -log(TRACE_SEGMENTS) - evidence_ratio(unlogged->evidence, size);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            double clients = fmax(parts[k] * size, (double)inside);
            double way = chosen - log(2) + unlogged_way(unlogged, clients, segment, own[i]);
            if (k == 0)
                unlogged->all = log_add(unlogged->all, way);
            unlogged->guard = log_add(unlogged->guard, way);
        }
    }
}

int evidence_unlogged(const struct evidence *evidence, double *likelihood, double *guard)
{
    struct unlogged unlogged = {evidence, calloc(evidence->n + 1, sizeof(double)), NOTHING, NOTHING};
    *likelihood = *guard = NOTHING;
    if (unlogged.rho == NULL)
        return VAULT_ENOMEM;
    unlogged.all = log(0.05) + unlogged_way(&unlogged, evidence->genuine, TRACE_NO_SEGMENT, 1);
    unlogged.guard = unlogged.all;
    each_segment(evidence, GHOST_SHARE, unlogged_segment, &unlogged);
    free(unlogged.rho);
    *likelihood = unlogged.all + evidence_columns(evidence, evidence->columns);
    *guard = unlogged.guard + evidence_columns(evidence, evidence->columns);
    return VAULT_OK;
}
