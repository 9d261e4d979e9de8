/**
 * @file evidence_private.h
 * What is weighed: the linked rows in a form that likelihoods are quick on, and the likelihoods themselves.
 *
 * All are logarithms of ratios to one reference, under which every linked row is one of N clients at random
 * and its cells agree as an outsider's would (METHOD.md, "The likelihood of a row").
 */
#ifndef VAULT_TRACE_EVIDENCE_PRIVATE_H
#define VAULT_TRACE_EVIDENCE_PRIVATE_H

#include "vault/trace/exposure.h"
#include "vault/trace/trace.h"

struct evidence {
    const struct trace_model *model;
    const struct trace_source *source;
    const struct link *link;
    const struct exposure *exposure;
    const struct leak_hint *hints;
    size_t hint_count;
    int64_t found;
    size_t n; /* linked rows */
    size_t unlinked;
    size_t decoys;
    double weight;          /* n^row_power / n */
    double genuine;         /* N */
    trace_fields columns;   /* that some linked row fills */
    trace_fields leaked;    /* in which some linked row agrees */
    double *base;           /* by row: as if nothing had been shown to him */
    double *gains;          /* by set of fields: what it adds that they were shown; TRACE_ALL + 1 */
    double columns_outside; /* log q over the columns */
};

/* evidence.c */
int evidence_make(struct evidence *evidence) VAULT_MUST_CHECK;
void evidence_free(struct evidence *evidence);

/** log rho of a row of which @p covered was shown, chosen out of @p clients. */
static inline double evidence_row(
    const struct evidence *e, size_t row, trace_fields covered, double log_ratio)
{
    return e->base[row] + e->gains[covered & e->link->rows[row].need] + log_ratio;
}

typedef void (*segment_callback)(void *context, uint32_t segment, uint32_t size, size_t inside);

/** Calls back for every segment that holds that share of the linked rows or more; each is among the first few
 * rows' own. */
void each_segment(const struct evidence *evidence, double least, segment_callback each, void *context);

/** How much likelier the rows are if the whole file may be cut out of one segment; never far below 0. */
double evidence_place(const struct evidence *evidence);

/** How likely is the choice of columns out of those that were to be had? */
double evidence_columns(const struct evidence *evidence, trace_fields shown);

/** log(N / A). */
double evidence_ratio(const struct evidence *evidence, double clients);

/** What hints say of a person; 0 without one. */
double evidence_hint(const struct evidence *evidence, uint32_t person);

/** log(sum of exp) of two. */
double log_add(double a, double b);

/** One way in which rows came to a person: an episode with what it covers. */
struct profile {
    uint32_t person;
    enum trace_scope scope;
    uint32_t key;
    uint32_t focus;     /* the segment that most of it is chosen from, or TRACE_NO_SEGMENT */
    double log_prior;   /* of the person and, in him, of this way */
    double clients;     /* A */
    double likelihood;  /* of the file, by this way alone */
    double gain;        /* how much it explains beyond outside data, row by row */
    trace_fields shown; /* all that the way disclosed */
    double *rho;        /* by row: log; -INFINITY where it explains nothing */
    size_t explained;
};

/** How likely are so many outdated rows, and so many in the newest version that was to be had? */
double evidence_stale(const struct evidence *evidence, size_t stale, size_t fresh);

/** The same for who sees everything that there is, at a moment that we do not know. */
double evidence_moments(const struct evidence *evidence);

/** log likelihood of the file if a share of it is the profile's and the rest from elsewhere; @p rho by row.
 */
double evidence_file(const struct evidence *evidence, const double *rho);
double evidence_outside(const struct evidence *evidence);
/** Stolen copy: all of it current at one moment that we do not know. */
int evidence_backup(const struct evidence *evidence, double *likelihood) VAULT_MUST_CHECK;
/** Somebody who saw what he wanted unseen by the log, in every version: whole segments; for the guard also
 * parts of them. */
int evidence_unlogged(const struct evidence *evidence, double *likelihood, double *guard) VAULT_MUST_CHECK;

/* profile.c */
#define PROFILES_KEPT 48 /* for groups */
struct profiles {
    struct profile *kept; /* best ones, for groups and for the report */
    size_t count;
    double *person;       /* by person: log of prior times likelihood over all his ways */
    double *any;          /* the same, as if every version told were as likely as the newest */
    struct profile *best; /* by person; rho is NULL */
    double *share;        /* by person: log of his share of the prior */
};
int profiles_make(
    const struct evidence *evidence, struct profiles *profiles, struct failure *failure) VAULT_MUST_CHECK;
void profiles_free(struct profiles *profiles);

/* group.c */
struct group_fit {
    uint32_t people[MODEL_GROUP_MAX];
    size_t size;
    double log_weight; /* prior times likelihood */
    double shares[MODEL_GROUP_MAX];
    const struct profile *parts[MODEL_GROUP_MAX];
};
struct group_fits {
    struct group_fit *fits;
    size_t count;
};
int group_fits_make(const struct evidence *evidence, const struct profiles *profiles,
    struct group_fits *groups) VAULT_MUST_CHECK;
void group_fits_free(struct group_fits *groups);

/* guard.c */
int guards_apply(const struct evidence *evidence, struct trace_result *result) VAULT_MUST_CHECK;

#endif
