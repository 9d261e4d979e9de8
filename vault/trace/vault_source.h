/**
 * @file vault_source.h
 * A vault as a trace_source: rows are found by tokens and compared by fingerprints, so that nothing is
 * opened.
 *
 * The rows of a leaked table may be clients or single records (payroll entries, vouchers, invoices,
 * transfers); which they are is a choice of *subject*, one at a time.  What trace/source.h calls a client is
 * a subject here: its numbers stand for the vault's clients, for the other subjects a
 * number stands for a record that was found. Reach and episodes are those of the clients in any case.
 *
 * Portfolios whose keys the person does not hold are left out and counted.  People and exports are the
 * numbers of trace/disclosures.h, segments the portfolios and the people that clients are assigned to now.
 */
#ifndef VAULT_TRACE_VAULT_SOURCE_H
#define VAULT_TRACE_VAULT_SOURCE_H

#include "vault/keys/keyring.h"
#include "vault/records/fingerprint.h"
#include "vault/records/records.h"
#include "vault/trace/disclosures.h"
#include "vault/trace/leak.h"

/** All borrowed for the life of the source. */
struct vault_source_parts {
    struct store *store;
    struct keyring *keyring;
    struct records *records;
    struct disclosures *disclosures;
};

struct vault_source;

int vault_source_new(const struct vault_source_parts *parts, struct vault_source **source,
    struct failure *failure) VAULT_MUST_CHECK;
void vault_source_free(struct vault_source *source);

/** Before it is used: this client is a decoy. One that is not there is no error. */
void vault_source_decoy(struct vault_source *source, const struct ulid *client);

/** Before a leak of clients is traced: by what its rows may have been chosen (trace/criterion.h) is a segment
 * too. The source must have been taken for clients; for other subjects nothing is done. */
int vault_source_criteria(
    struct vault_source *source, const struct leak *leak, struct failure *failure) VAULT_MUST_CHECK;

/** The source of one subject; what was found for another is forgotten. Valid until the next call. */
int vault_source_take(struct vault_source *source, enum trace_subject subject,
    const struct trace_source **taken, struct failure *failure) VAULT_MUST_CHECK;

/** Portfolios that no key of the person links rows to. */
uint32_t vault_source_keyless(const struct vault_source *source);

/** What a number of the subject at hand stands for. */
struct vault_subject {
    struct ulid client;
    struct ulid record; /* zero where the subject is a client */
    const char *portfolio;
    bool decoy;
};
int vault_source_subject(struct vault_source *source, uint32_t number, struct vault_subject *subject,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
