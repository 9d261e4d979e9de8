/**
 * @file logins_private.h
 * Inside the room: the table of logins, and the sessions that are open for them.
 */
#ifndef VAULT_SERVER_LOGINS_PRIVATE_H
#define VAULT_SERVER_LOGINS_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "vault/crypto/hash.h"
#include "vault/server/gate.h"
#include "vault/server/logins.h"
#include "vault/server/sources.h"

#define SESSION_IDLE_SECONDS 60u /* then an open session is closed; the login stays */
#define SESSIONS_OF_ONE 8u       /* open at once for one login */

struct login;

/** An open session; in the login's list while nobody uses it. */
struct lease {
    struct login *login;
    struct session *session;
    uint64_t used; /* monotonic */
    struct lease *next;
};

struct login {
    struct hash token;
    struct session_ticket *ticket;
    char user[65];
    char source[128];
    int64_t began; /* instants, for people */
    int64_t last;
    uint64_t began_at; /* monotonic: what counts, since clocks are set */
    uint64_t used_at;
    uint64_t size;  /* of the log when it began: what was logged before does not end it */
    uint64_t noted; /* monotonic: when it was last said that somebody elsewhere has its token; 0: never */
    atomic_bool ended;
    struct buffer roles; /* at the login */
    struct lease *idle;
    unsigned open; /* sessions, idle and lent */
    unsigned lent;
    struct login *next;
    struct login *beside; /* in its bucket */
};

#define LOGIN_BUCKETS 1024u

struct logins {
    struct logins_options options;
    char *directory;
    char *known;
    struct session_common *common;
    struct gate *gate;
    pthread_mutex_t lock; /* guards all that follows */
    struct login *first;
    struct login *buckets[LOGIN_BUCKETS]; /* by the hash of the token, which says nothing of the token */
    unsigned count;
    unsigned open; /* sessions of all */
    unsigned lent; /* of these, at work */
    int64_t changes_seen;
    struct logins_state seen; /* as the chores found it */
    uint64_t alerts_counted;  /* when; monotonic */
    unsigned alerts_changes;  /* alerts_changes() then */
    _Atomic uint64_t chores_size; /* of the log, at the last chores */
    uint64_t endings_seen; /* entries of the log */
    atomic_ulong freezes;
    struct session_rules rules;
};

/** Under the lock: the login of a token that is there and not over, its time of use set. */
struct login *login_find(struct logins *logins, struct shown_token token);
/** Under the lock: has it been idle, or there, for too long? */
bool login_is_late(const struct logins *logins, const struct login *login, uint64_t now);
/** Under the lock: what the firm lets sessions last. */
void logins_take_rules(struct logins *logins);
/** Under the lock: take out of the table, if nothing is lent any more, and give it; else NULL. */
struct login *login_take_out(struct logins *logins, struct login *login);
/** Under the lock: take out the idle session that was used longest ago, for the caller to close; NULL: none. */
struct lease *lease_evict(struct logins *logins);
/** Under the lock: as many of them as are open beyond what may be, and beyond what is kept for nobody; then, without the
 *  lock, leases_close(). */
struct lease *leases_take_unused(struct logins *logins);
void leases_close(struct lease *leases);
/** Without the lock: close its sessions, wipe and free. */
void login_free(struct login *login);
int login_unknown(struct failure *failure);

#endif
