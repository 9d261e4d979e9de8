/**
 * @file approvals.h
 * Approvals: what somebody asks others to agree to before it may be done, and what of that is in force.
 *
 * A request freezes its scope, reason, duration and how often it may be used; its event holds the scope as canonical JSON and
 * the SHA-256 of the whole, with a salt.  The clock starts with the last approval that is needed, and is the log's: it never
 * runs backwards.  An approval is spent by an event of its own or by the change that it is for, under the order of the log.
 *
 * The scope (an object; members that are absent do not bind):
 *   action        what it is for
 *   type, ids[]   the resource; an approval for a client is one for its records
 *   rows          an export holds at most so many
 *   fields[]      a reveal names no others
 *   compartments[] records of no others
 *   member        whom a grant or an assignment is for
 *   until         milliseconds; a grant ends then or before
 *   policy        base64 of the SHA-256 of its text
 */
#ifndef VAULT_ACCESS_APPROVALS_H
#define VAULT_ACCESS_APPROVALS_H

#include "vault/access/decide.h"
#include "vault/access/session_parts.h"

#define APPROVALS_NEEDED_MAX 9u
#define APPROVAL_USES_MAX 1000
#define APPROVAL_DURATION_MAX (INT64_C(90) * 86400000) /* milliseconds, as all durations here */
#define APPROVAL_PENDING_MAX (INT64_C(30) * 86400000)  /* after it was filed nobody can approve it any more */
#define APPROVAL_REASON_MAX 2000u
#define APPROVERS_MAX 32u

/** A value of the settings approval.export ("1000:2"), .reveal ("payroll,identity:1"), .grant and .policy ("1"), or "off". */
struct approval_rule {
    unsigned needed; /* 0: off */
    int64_t rows;
    unsigned compartments; /* bits */
};
bool approval_rule_parse(const char *setting, const char *value, struct approval_rule *rule);
/** Would the second value let through what the first would not? */
bool approval_rule_loosens(const char *setting, const char *now, const char *value);

/** How many approvals the firm's settings ask for before this may be done; 0 for none. */
int approvals_needed(struct store *store, const struct access_request *request, unsigned *needed, struct failure *failure)
    VAULT_MUST_CHECK;
/** Does the role lead to records: is it like an accountant, or does it reach a portfolio? */
int role_reads(struct store *store, const char *role, bool *reads, struct failure *failure) VAULT_MUST_CHECK;

enum approval_state {
    APPROVAL_PENDING,
    APPROVAL_APPROVED,
    APPROVAL_USED,
    APPROVAL_EXPIRED,
    APPROVAL_DENIED,
    APPROVAL_WITHDRAWN,
    APPROVAL_HANDED_BACK,
    APPROVAL_LAPSED /* the requester was disabled */
};
const char *approval_state_name(enum approval_state state);

/** A request as the tables have it. */
struct approval {
    int64_t seq;
    char requester[NAME_SIZE_MAX + 1];
    json_t *scope;
    struct buffer hash;
    struct buffer sealed;
    unsigned needed;
    int64_t duration;
    int64_t uses;
    int64_t filed;
    int64_t started; /* 0: not yet */
    int64_t used;
    char closed[16]; /* "open", or how it was closed */
    char closed_by[NAME_SIZE_MAX + 1];
    char approvers[APPROVERS_MAX][NAME_SIZE_MAX + 1]; /* those whose approval has not lapsed */
    size_t approver_count;
};
/** @retval VAULT_ENOTFOUND */
int approval_read(struct store *store, int64_t seq, struct approval *approval, struct failure *failure) VAULT_MUST_CHECK;
void approval_free(struct approval *approval);
enum approval_state approval_state(const struct approval *approval, int64_t time);

/** Does the scope allow this?  Never true for less than the scope says. */
bool approval_covers(const json_t *scope, const struct access_request *request);

/** Seal the frozen text, base64, for the `text` of a change; and open and check it again (VAULT_EFORGED). */
int approval_seal(struct session *session, const json_t *frozen, struct hash *hash, struct buffer *text, struct failure *failure)
    VAULT_MUST_CHECK;
int approval_open(struct session *session, struct bytes hash, struct bytes sealed, json_t **frozen, struct failure *failure)
    VAULT_MUST_CHECK;

/** Who else could approve this: active people whom the policy permits `approval.approve` on the same resource.
 * @param names  array of names, a new reference; the requester is among them if he could, were it somebody else's. */
int approvals_people(struct session *session, const struct access_request *request, json_t **names, struct failure *failure)
    VAULT_MUST_CHECK;
/** May this person approve what the scope says, now? */
int approvals_may(struct session *session, const char *person, const struct approval *approval, bool *may, struct failure *failure)
    VAULT_MUST_CHECK;

/** The moment by the log's clock: the later of this machine's and the last entry's. */
int64_t session_log_time(struct session *session);

/** What the scope's i-th resource is, as a request of its action. It borrows from @p scope and @p place, which must stay where they are. */
struct scope_place {
    struct client_facts client;
    struct ulid record;
};
int approval_request_of(struct session *session, const json_t *scope, size_t i, struct scope_place *place, struct access_request *request,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
