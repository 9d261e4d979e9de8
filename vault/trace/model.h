/**
 * @file model.h
 * The numbers of the method that are not facts of a field; METHOD.md says what each means and how it was
 * chosen.
 */
#ifndef VAULT_TRACE_MODEL_H
#define VAULT_TRACE_MODEL_H

#define MODEL_SHARES 4 /* how much of a file may be from elsewhere */
#define MODEL_GROUP_MAX 3
#define MODEL_CUTOFFS 6

struct trace_model {
    /* Rows. */
    double noise;         /* a cell from the source is altered beyond recognition */
    double row_power;     /* n rows count as n to this power: they are not independent */
    double decoy_outside; /* a decoy turns up in outside data */
    double unlinkable;    /* a row from the source is altered so much that it is not linked */
    double unseen;        /* a row came to the leaker by a way that the log did not see */
    double outside_ours;  /* of rows from elsewhere, those that are our clients */
    double shares[MODEL_SHARES], share_weights[MODEL_SHARES];

    /* Hypotheses. */
    double prior_person, prior_outside, prior_backup, prior_unlogged;
    double prior_group[MODEL_GROUP_MAX + 1]; /* by size; 0 and 1 unused */
    double reach_power;   /* a person's share of the prior grows with the clients he ever saw to this power */
    double wide_weight;   /* times this for people who see most clients */
    double wide_share;    /* which is more than this share of all */
    double group_penalty; /* times log n for each further member */

    /* Ways in which a person's rows were chosen. */
    double episode_export, episode_all, episode_segment, episode_month, episode_day, episode_focus;
    double focus_share; /* of the rows, from the segment that is the focus */
    double stale,
        fresh; /* rows told in an outdated version, and in the newest, beforehand: a beta distribution */
    double cutoff_weights[MODEL_CUTOFFS];
    unsigned
        cutoffs[MODEL_CUTOFFS]; /* days before it was found, at which he took it from all that he had seen */
    double export_part;         /* times an export's: the part of it in one segment */
    double part_share;          /* of the rows, from that segment */
    double kept;                /* a thief keeps a column with this probability */
    double kept_power;          /* how much that is believed */

    /* Guards. */
    double guard_share;
    unsigned guard_rows;
    double guard_unlogged;  /* as if so much of the prior were somebody whom the log did not see */
    double hold;            /* what is told at most where a guard fails */
    double cap, cap_marked; /* never more than this; with a decoy or mark of his alone */
};

extern const struct trace_model trace_model_default;

#endif
