/**
 * @file alerts.h
 * Alerts: something that somebody should look at.  They are events of the log and nothing else:
 * `alert.raise`, `alert.tell` (the firm's own program was told), `alert.list` (an investigator was shown it),
 * `alert.acknowledge`.
 *
 * A leaf names neither client nor record: `alert` {id, kind, severity, how, person, cause, same}, where person is left out
 * if it is the event's actor, cause is the index of the event that it is about and same a keyed hash by which a repetition
 * is recognised.  Kinds are
 * noun.verb ("decoy.touched").
 */
#ifndef VAULT_ACCESS_ALERTS_H
#define VAULT_ACCESS_ALERTS_H

#include "vault/access/session_parts.h"
#include "vault/base/json.h"

#define ALERT_NO_CAUSE UINT64_MAX
#define ALERT_QUIET_MS (INT64_C(3600) * 1000) /* the same is not raised again within an hour */

struct alert {
    const char *person; /* whom it is about; NULL: the session's own */
    const char *kind;     /* "decoy.touched" */
    const char *severity; /* "low", "high" */
    const char *how;      /* a code: "read", "export", … */
    const char *about; /* what makes it the same alert as another one, such as a client's id; only hashed */
    uint64_t cause;    /* index of an event, or ALERT_NO_CAUSE */
};

/**
 * Raise one; durable on return.
 * @param raised  the event's `alert` object, a new reference; NULL if the same was raised within
 * ALERT_QUIET_MS.
 * @retval VAULT_ELOG  it could not be logged: what it is about must not go on.
 */
int alerts_raise(struct session *session, const struct alert *alert, json_t **raised,
    struct failure *failure) VAULT_MUST_CHECK;

/** Whom the event's `alert` object is about; borrowed. */
const char *alert_person(const struct session *session, const json_t *alert);

/** The firm's own program was told of it, and ended so: "0", another exit status, "signal N", "not started", "too long",
 * or "not allowed" by the server's host.  "not contained": the person was to be contained, and could not be.
 * @param way  "mail": it was sendmail that ended so; NULL: the setting alert.hook's program. */
int alerts_tell(struct session *session, const json_t *alert, const char *way, const char *ended,
    struct failure *failure) VAULT_MUST_CHECK;

/** Take note of one: the event of @p members (actor, decision, …; taken over) with the alert's id and the
 * note, sealed. */
int alerts_acknowledge(struct session *session, const char *id, const char *note, json_t *members,
    uint64_t *event, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Alerts raised in a span of time, oldest first: objects {id, kind, severity, how, person, at, event, cause?,
 * told[]{by, at, event, ended?}, acknowledged?{by, at, event, note?}}.  `told` has the firm's program (by:
 * "", way: "mail" for a letter) and every investigator to whom it was shown, in order; instants in milliseconds.
 * @param open  only those that nobody has acknowledged.
 */
int alerts_list(struct session *session, int64_t from, int64_t to, bool open, json_t **alerts,
    struct failure *failure) VAULT_MUST_CHECK;

/** A number that changes when a session of this one's server logs anything about alerts, or its watch finds that another
 *  program has: as long as it stays the same, so does what alerts_list() gives, but for time.  0 for a session alone.
 *  Thread-safe. */
unsigned alerts_changes(const struct session *session);

#endif
