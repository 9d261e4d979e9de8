/**
 * @file story_private.h
 * Inside the room: events of the log gathered into what one person did in one session.
 *
 * Events of a session that are alike (the same action, client, purpose, rules and decision) become one line,
 * which says how many records of which kinds were shown and which masked fields were revealed.  An outcome
 * goes to the line of its intent.
 */
#ifndef VAULT_OPS_LOG_STORY_PRIVATE_H
#define VAULT_OPS_LOG_STORY_PRIVATE_H

#include "vault/ops/call_private.h"

#define STORY_LINES_MAX 20000u
#define STORY_RECORDS_MAX 200000u

struct story;

/** NULL without memory. */
struct story *story_new(struct call *call);
void story_free(struct story *story);

/**
 * Take in one entry, in the log's order.
 * @retval VAULT_ELIMIT  more lines or records than a person reads.
 */
int story_add(struct story *story, uint64_t index, struct bytes leaf) VAULT_MUST_CHECK;

/** Look up the outcomes, below @p end, of intents that came without: the filters may have left them out. */
int story_settle(struct story *story, uint64_t end) VAULT_MUST_CHECK;

/** Reply with a row a session: people by name, their sessions by time. */
int story_tell(struct story *story) VAULT_MUST_CHECK;

#endif
