/**
 * @file breakglass.h
 * Broken glass: somebody does at once, for a short time, what would take others; and what waits for people because of it.
 *
 * It is allowed by the policy only (`breakglass.open`, and rules that say `context.emergency`); those who were left out are
 * told; somebody else must review it within breakglass.review_days, or the person is locked (`principal.locked`) until it
 * is.  All of it follows from signed events and the log's clock, with nothing running in between.
 */
#ifndef VAULT_ACCESS_BREAKGLASS_H
#define VAULT_ACCESS_BREAKGLASS_H

#include "vault/access/registers.h"
#include "vault/access/session_parts.h"

#define BREAKGLASS_MAX (INT64_C(3) * 86400000) /* milliseconds that it may last */
#define BREAKGLASS_PEOPLE_MAX 500u
#define DAY_LENGTH INT64_C(86400000)

struct breakglass {
    int64_t seq;
    char member[NAME_SIZE_MAX + 1];
    char client[ULID_TEXT_SIZE]; /* "" for all */
    int64_t until;
    int64_t due;
    char reviewed_by[NAME_SIZE_MAX + 1]; /* "" : nobody yet */
    char verdict[8];                     /* "ok", "not_ok" */
    int64_t review;                      /* the event */
    struct buffer hash, sealed;          /* the reason; see approvals.h */
    struct buffer note_hash, note;       /* the reviewer's */
};
/** @retval VAULT_ENOTFOUND */
int breakglass_read(struct store *store, int64_t seq, struct breakglass *glass, struct failure *failure) VAULT_MUST_CHECK;
void breakglass_free(struct breakglass *glass);

/** What a person is under, at a moment: locked, because a broken glass was not reviewed in time.
 * @param next  if not locked, when that will be so unless somebody reviews it, INT64_MAX for never. */
int breakglass_locks(struct store *store, const char *user, int64_t now, bool *locked, int64_t *next, struct failure *failure)
    VAULT_MUST_CHECK;

/** What waits for the session's person; counts. */
struct waiting_counts {
    size_t notices;   /* broken glasses that he has not been told of */
    size_t approvals; /* requests that he may approve, at most 16 are looked at */
    size_t reviews;   /* broken glasses that he may review */
    size_t items;     /* of access reviews that he may decide on */
    int64_t due;      /* of the first of those, 0 */
    struct register_lapses own; /* his rules, trainings and agreements */
    struct register_lapses all; /* of the registers, for who keeps them; else none */
};
int session_waiting(struct session *session, struct waiting_counts *counts, struct failure *failure) VAULT_MUST_CHECK;

/** Roles of the person that a missed review suspends at @p now.
 * @param names  array of names, a new reference, or NULL for none.
 * @param next   when the next one is, INT64_MAX for never. */
int reviews_suspend(struct store *store, const char *user, int64_t now, json_t **names, int64_t *next, struct failure *failure)
    VAULT_MUST_CHECK;

#endif
