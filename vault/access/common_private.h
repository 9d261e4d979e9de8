/**
 * @file common_private.h
 * Inside the room: how sessions use what they share.
 */
#ifndef VAULT_ACCESS_COMMON_PRIVATE_H
#define VAULT_ACCESS_COMMON_PRIVATE_H

#include "vault/access/common.h"
#include "vault/access/session_private.h"

/* A page of guarded memory for each seed would be eight KiB for each of thousands of people, and more than a process may
 * lock; so the seeds lie sealed in ordinary memory, under one key of the common part in guarded memory. */
struct session_ticket {
    bool second_factor;
    struct buffer sealed;
    char user[NAME_SIZE_MAX + 1];
    char host[65];
    char id[ULID_TEXT_SIZE];
};

/** The log for a session whose keys are open: the first one's keys open it for all.  Borrowed from the common
 * part.
 *  @param checked  a session has been opened whole: the log is what this machine remembers. */
int common_log(struct session_common *common, const struct session *session, struct log **log, bool *checked,
    struct failure *failure) VAULT_MUST_CHECK;
/** Up to which entry a session of this process has found every intent settled, where the store has all changes that it
 *  had then; otherwise (somebody put an older one in its place) 0.  @p last_change of the store now, or -1. */
uint64_t common_settled(struct session_common *common, int64_t last_change);
/** What it found.  @p last_change of the store after it looked. */
void common_settle(struct session_common *common, int64_t last_change, uint64_t size);
/** What people were given lately, for all sessions together. */
struct counted *common_counted(struct session_common *common);
/** A session has logged this.  Thread-safe. */
void common_logged(
    struct session_common *common, uint64_t index, int64_t time, const char *event, const json_t *members);
/** The log has an event of this name that no session of ours has logged. Thread-safe. */
void common_heard(struct session_common *common, struct bytes event);
/** How many of either were about alerts.  Thread-safe. */
unsigned common_alerts(struct session_common *common);
/** What its sessions have just logged; NULL: nothing is kept of it. */
struct fresh *common_fresh(struct session_common *common);
/** What the watch keeps between its runs. */
struct watched *common_watched(struct session_common *common);
void common_checked(struct session_common *common);
/** The seed of a ticket, which must be of this common part. VAULT_EFORGED: it is not. */
int common_seed(struct session_common *common, const struct session_ticket *ticket, struct secret **seed) VAULT_MUST_CHECK;
/** A copy of the store key and the vault's id. VAULT_EINTERNAL while sealed. */
int common_keys(
    struct session_common *common, struct secret **store_key, struct ulid *vault) VAULT_MUST_CHECK;

/**
 * Hold the common part still, to look into its store.  common_leave() is due in any case.
 * @param log  may be NULL; borrowed.
 * @retval VAULT_EINTERNAL  still sealed.
 */
int common_enter(struct session_common *common, struct store **store, struct log **log, struct failure *failure)
    VAULT_MUST_CHECK;
void common_leave(struct session_common *common);
/** Once it is open. */
const char *common_origin(const struct session_common *common);
const struct sign_key *common_signer(const struct session_common *common);

/** In session.c: is the person there, with these keys, and not disabled? */
int session_check_user(struct session *session, struct failure *failure) VAULT_MUST_CHECK;
/** In session.c: the number of the last change in the session's store. */
int session_last_change(struct session *session, int64_t *last, struct failure *failure) VAULT_MUST_CHECK;
/** In session.c: keyring and records anew, with nothing opened. */
int session_open_keys(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

#endif
