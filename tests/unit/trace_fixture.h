/**
 * @file trace_fixture.h
 * A small firm in memory: forty clients of two portfolios, each with a card of two versions; three people.
 */
#ifndef TESTS_UNIT_TRACE_FIXTURE_H
#define TESTS_UNIT_TRACE_FIXTURE_H

#include "vault/trace/access_index.h"
#include "vault/trace/trace.h"

#define FIRM_CLIENTS 40u
#define FIRM_START (INT64_C(19800) * 86400)
#define FIRM_CHANGE (FIRM_START + 100 * 86400) /* every phone is another from here on */

enum firm_person { FIRM_AMY, FIRM_BOB, FIRM_EVE };

struct firm {
    struct access_index_builder *builder;
    uint64_t event;
    int64_t at;
};

/** The values of a client's card; @p version 1 or 2. The texts hold at least 64 bytes. */
void firm_values(
    uint32_t client, uint32_t version, char name[64], char tax_id[64], char phone[64], char account[64]);

/** People, clients and versions; the caller adds accesses. */
void firm_start(struct firm *firm);
/** One more client, a decoy, with that name, contact and tax id; its number. */
uint32_t firm_decoy(struct firm *firm, const char *name, const char *contact, const char *tax_id);
/** @p person sees the fields of client's card as it is now; moves the clock on by a minute. */
void firm_see(struct firm *firm, uint32_t person, uint32_t client, trace_fields fields, uint32_t export);
/** Move the clock to that moment. */
void firm_wait(struct firm *firm, int64_t at);
uint32_t firm_export(struct firm *firm, const char *name);
/** Finish it; the caller frees the index. */
struct access_index *firm_end(struct firm *firm);

/** A leak of @p count rows from @p first on, as of @p version, with the columns name, phone and account. */
struct leak *firm_leak(const struct access_index *index, uint32_t first, uint32_t count, uint32_t version);
/** A leak out of lines of cells between commas. */
struct leak *firm_leak_of(const struct access_index *index, const char *text);

#endif
