/**
 * @file logins.h
 * Who is logged in.  A login is a random token, kept here as a hash only, and what a session is opened again
 * from; the sessions themselves (a connection to the store, opened keys) come and go as they are needed, so
 * that a thousand idle people cost little and one person's long export does not keep his reads waiting.
 *
 * A login ends by logging out, when it was idle or there for too long, when the person was disabled or lost a
 * role, when the log says so (access/endings.h), and with the server.  What runs for it then is told to stop.
 * All functions may be called from many threads at once.
 */
#ifndef VAULT_SERVER_LOGINS_H
#define VAULT_SERVER_LOGINS_H

#include <stdatomic.h>

#include "vault/access/common.h"
#include "vault/base/json.h"

#define LOGIN_TOKEN_BYTES 32
#define LOGIN_TOKEN_SIZE (2 * LOGIN_TOKEN_BYTES + 1) /* hexadecimal with NUL */

/** What the processes of a server tell each other: shared memory, made before they part. The front has none
 * of it. */
struct server_board {
    _Atomic int64_t certificate_end; /* of the one in use: an instant; 0: there is no TLS */
    _Atomic uint64_t heartbeat;      /* monotonic: when the keeper was last seen to go on */
};

#define CACHE_LEAST 32u

struct logins_options {
    const char *directory; /* of the vault */
    const char *known;     /* as in session_options */
    unsigned idle_seconds; /* at most; the firm's settings may say less */
    unsigned absolute_seconds;
    unsigned logins_max;
    unsigned sessions_max; /* open at once, of all people */
    unsigned
        sessions_kept; /* of them open although nobody asks anything; others open anew when they are asked */
    unsigned cache;             /* MiB of the database's pages in memory, of all sessions together; at least CACHE_LEAST */
    unsigned derivations_max;   /* key derivations at once; others wait */
    struct server_board *board; /* NULL: none */
};

struct logins;
int logins_new(
    const struct logins_options *options, struct logins **logins, struct failure *failure) VAULT_MUST_CHECK;
/** Nobody may hold a lease any more. NULL is allowed. */
void logins_free(struct logins *logins);

/** Has somebody logged in since the start, so that the vault is open? */
bool logins_opened(struct logins *logins);

/** How it is going, for people who look after the server; no names. */
struct logins_state {
    bool opened;
    int64_t certificate_end; /* instant; 0: no TLS */
    unsigned logins;         /* people's sessions */
    unsigned sessions;       /* of them open, with a connection to the store */
    int log_error;           /* VAULT_OK: the log can grow, or it is sealed; else why not */
    bool looked;             /* the rest is known, as of when somebody worked here last */
    bool witnessed;          /* the log has witnesses */
    uint64_t witness_lag;    /* entries that no quorum of witnesses has cosigned yet; 0 without witnesses */
    bool witness_fresh;      /* a quorum has cosigned within five minutes */
    uint64_t alerts_open;    /* that nobody has acknowledged */
};
void logins_state(struct logins *logins, struct logins_state *state);
/** When the certificate in use ends: an instant; 0: there is none. */
int64_t logins_certificate_end(const struct logins *logins);
const char *logins_directory(const struct logins *logins);
/** The log; NULL while sealed.  Borrowed as long as the logins are there. */
struct log *logins_log(struct logins *logins);
/** A session's token as it was shown to us. */
struct shown_token {
    struct bytes token;
    const char *source; /* from where */
};

struct login_receipt {
    char token[LOGIN_TOKEN_SIZE]; /* told once; the caller wipes it */
    char id[ULID_TEXT_SIZE];      /* names the session in lists and in the log's events; no secret */
    char user[65];
    int64_t expires; /* instant */
    bool needs_code; /* of a login that failed: a code of the second factor would let it go on */
    int64_t due;     /* the instant from which on one will be required; 0: none, or it is there */
};

/**
 * @param code         of the second factor; empty: none.
 * @param source       where from, for the pauses after failures: an address, or "uid:1000".
 * @param retry_after  seconds, where it makes sense to come again; else 0.
 * @retval VAULT_EPASSPHRASE, and what else session_open() gives.
 * @retval VAULT_ELIMIT  a pause after failures;  VAULT_EBUSY  too many logins.
 */
int logins_enter(struct logins *logins, const char *user, const struct secret *passphrase, struct bytes code,
    const char *source, struct login_receipt *receipt, unsigned *retry_after,
    struct failure *failure) VAULT_MUST_CHECK;

/** VAULT_EPASSPHRASE: no such session, or it has ended. */
int logins_leave(struct logins *logins, struct shown_token token, struct failure *failure) VAULT_MUST_CHECK;

/** The person's own sessions, a JSON array of {id,user,source,began,used,expires,current}. */
int logins_list(
    struct logins *logins, struct shown_token token, json_t **list, struct failure *failure) VAULT_MUST_CHECK;

/** Everybody's: the same.  @p own is the id of the one that is `current`. */
int logins_list_all(
    struct logins *logins, const char *own, json_t **list, struct failure *failure) VAULT_MUST_CHECK;

/* --- At work --- */

/** One session, lent to one thread for one operation. */
struct lease;

/**
 * @retval VAULT_EPASSPHRASE  not logged in (any more).
 * @retval VAULT_EBUSY        all sessions are at work.
 * @retval VAULT_EDENIED      disabled meanwhile.
 */
int logins_borrow(struct logins *logins, struct shown_token token, struct lease **lease,
    struct failure *failure) VAULT_MUST_CHECK;
struct session *lease_session(struct lease *lease);
/** The login's id, which names what belongs to it (files). */
const char *lease_id(const struct lease *lease);
/** Must the work stop, because the login has ended? */
bool lease_ended(struct lease *lease);
void logins_return(struct logins *logins, struct lease *lease);

/** Changes with every freeze of anything. */
unsigned long logins_freezes(struct logins *logins);
/** Whose it is; borrowed. */
const char *lease_user(const struct lease *lease);
/** As session_common_each_freeze(). */
int logins_each_freeze(struct logins *logins,
    int (*each)(void *context, const char *kind, const char *target), void *context) VAULT_MUST_CHECK;

/** As session_common_head(), for who is logged in. */
int logins_head(struct logins *logins, struct shown_token token, uint64_t since, json_t **head,
    struct failure *failure) VAULT_MUST_CHECK;

/** Is this token's login there?  Its id into @p id (ULID_TEXT_SIZE). VAULT_EPASSPHRASE. */
int logins_check(
    struct logins *logins, struct shown_token token, char *id, struct failure *failure) VAULT_MUST_CHECK;

/**
 * To be called a few times a second: end what is over, and close sessions that were not used for a while.
 * @param ended  told the id of each login that has ended; may be NULL.
 */
void logins_watch(struct logins *logins, void (*ended)(void *context, const char *id), void *context);

/** To be called every few seconds, from a thread that may wait for the network: log the logins that failed,
 * have the log witnessed, and see how both are. */
void logins_chores(struct logins *logins);
/** Has so much been logged since that they should not wait? */
bool logins_busy(struct logins *logins);

#endif
