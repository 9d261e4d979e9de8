/**
 * @file gauge.h
 * How grave it is: numbers of pieces against the thresholds of the tiers, and numbers of persons, yuan and
 * credentials against those of offences, authorities and reports.  Reckoned exactly, never in floating point.
 */
#ifndef VAULT_LAW_GAUGE_H
#define VAULT_LAW_GAUGE_H

#include "vault/law/facts.h"

/** Pieces of information by tier, under one reading. */
struct law_pieces {
    uint64_t n[LAW_TIERS_MAX];
};
/** Of what was counted: each item of each record under its strict tier, or each record once under its lenient
 * one.  What is counted for which reading, its caller says. */
void law_pieces_strict(const struct law *law, const struct law_count *count, struct law_pieces *pieces);
void law_pieces_lenient(const struct law *law, const struct law_count *count, struct law_pieces *pieces);

/** The sum of n / threshold. */
struct law_gauge {
    uint64_t whole;      /* whole times */
    uint32_t millionths; /* and what is over, rounded down */
    bool serious;        /* the sum of n / serious is 1 or more */
    bool very_serious;   /* the sum of n / very serious is 1 or more */
};
/** @param in_service  the thresholds for what was got while doing a duty or giving a service. */
void law_gauge(
    const struct law *law, const struct law_pieces *pieces, bool in_service, struct law_gauge *gauge);

/** What thresholds of the facts count. */
struct law_measure {
    const char *name; /* "persons", "loss_yuan", … */
    uint64_t strict;  /* as many as there may be */
    uint64_t lenient; /* as there are at least */
    bool in_service;
};
/**
 * The thresholds of a jurisdiction against measures; those whose measure is not told are left out.  "From"
 * includes the number.
 *   [{id, kind, measure, from, very?, strict{n,reached,very?}, lenient{…}, level?, en, zh, article, status,
 * since, says?}]
 * @param jurisdiction  NULL: all.
 * @param list  NULL on error; else the caller's.
 * @retval VAULT_ENOMEM
 */
int law_thresholds(const struct law *law, const char *jurisdiction, const struct law_measure *measures,
    size_t count, json_t **list) VAULT_MUST_CHECK;

/** The gravest level of the reporting thresholds reached: 0 none.  @p strict as above. */
unsigned law_report_level(const struct law *law, const char *jurisdiction, const struct law_measure *measures,
    size_t count, bool strict);

#endif
