/**
 * @file logged.h
 * An event of the log as the question that was decided then: who asked for what, when, and under which
 * tables.
 *
 * Two things are not in the log as they were: a purpose that could hold a name is there as a keyed hash, and
 * of a record only the id, so its kind and period are those of now.
 */
#ifndef VAULT_ACCESS_LOGGED_H
#define VAULT_ACCESS_LOGGED_H

#include "vault/access/inquiry.h"
#include "vault/access/replay.h"

#define LOGGED_PURPOSE_MAX 256

/** Texts are borrowed from the leaf that it was made of. */
struct logged {
    struct question question;
    const json_t *decision;    /* as it was logged */
    const char *policy_hash;   /* "sha256:…" */
    const char *resource_type; /* "client", "vault", … */
    char resource_id[ULID_TEXT_SIZE + NAME_SIZE_MAX];
    /* What the question points to. */
    struct client_facts client;
    struct ulid record;
    char period[8];
    char purpose[LOGGED_PURPOSE_MAX];
};

/** Was a decision of the policy logged with this leaf? Outcomes, and what the vault says itself, have none.
 */
bool logged_has_decision(const json_t *leaf);

/**
 * Take a leaf as a question.  @p logged must stay where it is while its question is used.
 * @param tables  in which clients are looked up.
 * @retval VAULT_ENOTFOUND  no decision was made for it, or it is about what the tables do not know.
 */
int logged_question(struct session *session, struct store *tables, uint64_t index, const json_t *leaf,
    struct logged *logged, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Feed a replay with every change of authority below @p end.
 * @param progress  may be NULL.
 */
int logged_replay(struct session *session, uint64_t end, struct replay **replay,
    void (*progress)(void *context, uint64_t done), void *context, struct failure *failure) VAULT_MUST_CHECK;

/**
 * The text of a policy that was in force, by the hash that events name ("sha256:" and hexadecimal).
 * @retval VAULT_ENOTFOUND, VAULT_EFORGED  no such one; another text stands under the hash.
 */
int logged_policy(struct session *session, const char *policy_hash, struct buffer *text,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
