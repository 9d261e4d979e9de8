/**
 * @file trace.h
 * From a leaked file to the responsible people: how likely is each, a group, a stolen copy, or none of ours?
 *
 * The method, its assumptions and its measured error rates are in METHOD.md.  A probability here is a
 * statement about what the log and the file show under those assumptions, not a finding of fact; above 0.9 it
 * is told only where the guards of METHOD.md hold.
 */
#ifndef VAULT_TRACE_TRACE_H
#define VAULT_TRACE_TRACE_H

#include "vault/trace/leak.h"
#include "vault/trace/model.h"
#include "vault/trace/source.h"

#define TRACE_GROUP_MAX MODEL_GROUP_MAX
#define TRACE_GROUPS_TOLD 8

/** Why a score above 0.9 was held back. */
enum trace_hold {
    TRACE_HOLD_NONE,
    TRACE_HOLD_NOT_ALONE,      /* others saw nearly all that he saw */
    TRACE_HOLD_WIDE_REACH,     /* he sees most clients, and what leaked was seen by others too */
    TRACE_HOLD_OTHERS_SUFFICE, /* of his group the others saw nearly all that he saw */
    TRACE_HOLD_UNLOGGED        /* somebody whom the log did not see would explain it nearly as well */
};

struct trace_person {
    uint32_t person;
    double posterior; /* alone or with others, after guards */
    double alone;     /* of it, alone */
    double weight;    /* log of it before it is told and held: orders people */
    double unlogged;  /* log of how much likelier he is than somebody whom the log did not see */
    enum trace_hold hold;

    /* What speaks for and against him; counts of linked rows, before the leak was found. */
    size_t seen;        /* he was shown something of what leaked in them */
    size_t seen_fully;  /* every leaked cell that only insiders hold */
    size_t never;       /* he was never shown anything of the client */
    size_t outdated;    /* he was shown the client, but no leaked private cell in the version that leaked */
    size_t only_he;     /* seen fully by nobody else */
    size_t decoys;      /* decoys that only his exports held */
    size_t least_apart; /* rows that he saw fully and the nearest other person did not */
    uint32_t nearest;   /* that person; his own number if there is nobody else */

    /* The best single explanation. */
    enum trace_scope scope;
    uint32_t key;
    size_t explained;                 /* rows it explains */
    uint64_t first_event, last_event; /* accesses to the linked clients that it rests on; 0 if none */
};

struct trace_group {
    uint32_t people[TRACE_GROUP_MAX];
    size_t size;
    double posterior;
    size_t explains[TRACE_GROUP_MAX]; /* rows for which this member is the likeliest source */
};

/** A row of the file that is ours. */
struct trace_row {
    uint32_t number; /* in the file, from 1, headings and blank rows counted */
    uint32_t client;
    trace_fields agree, differ; /* cells that some version agrees with, and that none does */
    int64_t from, until;        /* what agrees was current together in [from, until) */
    size_t alikes; /* records of one person that agree alike, `client` the first of them; mostly 1 */
};

struct trace_result {
    size_t rows;                 /* in the file */
    size_t linked;               /* that are our clients */
    size_t decoys;               /* of them */
    trace_fields fields;         /* columns recognised */
    trace_fields leaked;         /* of them, fields in which some row agrees with us */
    int64_t not_before;          /* some cell did not exist earlier; INT64_MIN if none says */
    int64_t all_until;           /* some cell had been replaced by then; INT64_MAX if none had */
    double none, backup;         /* data known elsewhere; a stolen copy of the store */
    double unlogged;             /* somebody whose access the log does not show */
    struct trace_person *people; /* all who saw anything of it, likeliest first */
    size_t people_count;
    struct trace_group groups[TRACE_GROUPS_TOLD]; /* likeliest first */
    size_t group_count;
    struct trace_row *ours; /* `linked` of them, in the order of the file */
};

/**
 * @param leak    settled with the same source.
 * @param found   the moment at which the file was found: nothing later counts.
 * @param model   NULL: trace_model_default.
 * @param result  on error empty; free with trace_result_free() in any case.
 */
int trace_leak(const struct leak *leak, const struct trace_source *source, int64_t found,
    const struct trace_model *model, struct trace_result *result, struct failure *failure) VAULT_MUST_CHECK;
void trace_result_free(struct trace_result *result);

#endif
