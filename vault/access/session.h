/**
 * @file session.h
 * Who: one person, let in by a passphrase, with the vault's store and log open behind him.
 *
 * Opening settles what a crash left between an intent and its outcome, holds the log against the checkpoint that this
 * machine remembers, writes failed logins into the log, and completes what waits for a member's keys.
 *
 * A session belongs to one thread at a time.
 */
#ifndef VAULT_ACCESS_SESSION_H
#define VAULT_ACCESS_SESSION_H

#include "vault/crypto/secret.h"
#include "vault/keys/identity.h"

struct session;
struct session_common; /* access/common.h */
struct session_ticket;

struct session_options {
    const char *directory;            /* of the vault */
    const char *user;
    const struct secret *passphrase;
    const char *known;                /* directory of remembered checkpoints; NULL remembers nothing */
    const char *host;                 /* src.host of events; NULL: the machine's name */
    bool accept_rollback;             /* the log was put back on purpose; an event, and the remembered is set aside */
    struct session_common *common;    /* what sessions of one process share; NULL: nothing.  It outlives them */
    const struct session_ticket *ticket; /* a session that goes on, instead of user and passphrase; needs `common` */
};

/** How long opening took, in nanoseconds; the derivation of the slot key is the price of every guess. */
struct session_times {
    uint64_t key_derivation;
    uint64_t opening; /* all else */
};

/**
 * @retval VAULT_ENOTFOUND    there is no vault.
 * @retval VAULT_EPASSPHRASE  unknown user or wrong passphrase; a note of it waits for the log.
 * @retval VAULT_EDENIED      a disabled user; an event.
 * @retval VAULT_EROLLBACK    the log is shorter than, or another than, what this machine or the store has seen.
 * @retval VAULT_EFORGED, VAULT_EDAMAGED, VAULT_ELOG, VAULT_EBUSY, VAULT_EIO, VAULT_ENOMEM
 */
int session_open(const struct session_options *options, struct session **session, struct failure *failure)
    VAULT_MUST_CHECK;
/**
 * Before the end: have the log's last checkpoint cosigned, where it has witnesses; bounded in time.  Left out if they
 * were silent before.
 * @retval VAULT_EROLLBACK  a witness contradicts the log.
 * @retval VAULT_OK         otherwise; session_warning() tells who was silent.
 */
int session_finish(struct session *session, struct failure *failure) VAULT_MUST_CHECK;
/** What people should be told though nothing failed (a witness that does not answer); its error is VAULT_OK if there is
 *  nothing. Borrowed. */
const struct failure *session_warning(const struct session *session);
/** session_finish() if nobody has called it, remember the log's checkpoint, wipe the keys, close. NULL is allowed. */
void session_free(struct session *session);

/**
 * Is this a copy to practise on?  The vault's directory then holds a file `exercise`.  Everything it logs says so
 * ("exercise":true), its pages do, and it reaches nobody: no witness is asked, no program of the firm is started, no
 * mail is sent, no server serves it.  Whoever takes the file away has a copy of the vault as any backup is.
 */
bool session_exercise(const struct session *session);

const char *session_user(const struct session *session);
void session_times(const struct session *session, struct session_times *times);

/* --- A new vault --- */

struct vault_options {
    const char *directory; /* must not exist, or be empty */
    const char *firm;      /* a name for people, kept in the first event; may be NULL */
    const char *admin;     /* the first admin's name */
    const struct secret *passphrase;
    unsigned recovery_needed; /* k of n shares of the recovery sheet */
    unsigned recovery_holders;
    struct passphrase_cost *cost; /* NULL calibrates to about half a second */
};

struct vault_birth {
    struct ulid vault;
    char origin[96];
    struct secret *shares[32]; /* recovery_holders of them; the caller frees them */
    uint8_t recovery_public[32];
};

/**
 * Make a vault: whole or not at all.
 * @retval VAULT_EEXISTS  there is a vault, or the directory holds other things.
 * @retval VAULT_EINPUT   name, passphrase (at least 8 characters) or shares do not fit.
 */
int vault_create(const struct vault_options *options, struct vault_birth *birth, struct failure *failure)
    VAULT_MUST_CHECK;
void vault_birth_free(struct vault_birth *birth);

#endif
