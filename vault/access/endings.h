/**
 * @file endings.h
 * What the log says that ends sessions at a server, or work that runs there.
 *
 *   session.end    by its own person, an admin or an investigator: one session, all of one person, or all
 *   a freeze       a row of `freeze`, whichever event made it (`user.contain`, those of an incident): of a
 * user, all his sessions; of all, those of everybody who works on clients; of a client or a portfolio, no
 * session, but the work that runs on it
 *
 * Only sessions that began before the event end by it; who comes again meets the policy.  The session that
 * asked for it goes on.  A server looks several times a second, whichever process wrote the event.
 */
#ifndef VAULT_ACCESS_ENDINGS_H
#define VAULT_ACCESS_ENDINGS_H

#include "vault/access/common.h"

/** Kinds of rows of `freeze` that end something; an incident's "person" has a row "user" beside it. */
#define FREEZE_USER "user"
#define FREEZE_CLIENT "client" /* the target is its id */
#define FREEZE_PORTFOLIO "portfolio"
#define FREEZE_ALL "all" /* the target is "" */

/** Texts are borrowed for the call. */
struct ending {
    const char *kind;   /* "session", or one of the kinds of freezes */
    const char *target; /* id or name; "" for all */
    const char *user;   /* of a session: whose it is; else "" */
    bool freeze;
    uint64_t seq;
    const char *asker; /* the id of the session that asked for it, "" where none did */
};

/** Every ending by an event at or above @p since, in the log's order. @p each returns non-zero to stop. */
int session_common_endings(struct session_common *common, uint64_t since,
    int (*each)(void *context, const struct ending *ending), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

/** Does somebody hold a role that works on clients? */
int session_common_works(
    struct session_common *common, const char *user, bool *works, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Everything that is frozen now: the rows of `freeze`, whose kinds are those above and others that say the same.
 * @param each  is called while the common part is held; texts are borrowed; non-zero stops.
 */
int session_common_each_freeze(struct session_common *common,
    int (*each)(void *context, const char *kind, const char *target), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

/** How the firm lets sessions at a server last. */
enum session_bind { SESSION_BIND_NONE, SESSION_BIND_NETWORK, SESSION_BIND_ADDRESS };
struct session_rules {
    enum session_bind bind;
    unsigned idle_seconds;
    unsigned longest_seconds;
};
int session_common_rules(
    struct session_common *common, struct session_rules *rules, struct failure *failure) VAULT_MUST_CHECK;

/** Note for the log that somebody was refused, as a failed login is; see attempts.h. Nothing where it is
 * sealed. */
void session_common_note(struct session_common *common, const char *user, const char *host, const char *why);

/** How many entries the log has; 0 while sealed. */
uint64_t session_common_size(struct session_common *common);

#endif
