/**
 * @file coverage.h
 * Which commands serve what an incident asks of a firm: the features of the facts of the law
 * (vault/law/facts.h), by their ids.  What nothing serves has none, and people are told so.
 */
#ifndef VAULT_INCIDENT_COVERAGE_H
#define VAULT_INCIDENT_COVERAGE_H

/** The words of commands, as people type them, NULL-terminated; static.  Empty for a feature that none serves
 * or that is not known here. */
const char *const *coverage_commands(const char *feature);

#endif
