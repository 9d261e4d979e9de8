/**
 * @file inquiry.h
 * Questions about a policy: what would it decide, and why, for anybody, at any moment, under any tables of
 * authority.
 *
 * The evaluation is the one of access_decide(), step for step; what comes out is an account of it and never a
 * permit.
 *
 * An inquiry belongs to one thread, and to its session.
 */
#ifndef VAULT_ACCESS_INQUIRY_H
#define VAULT_ACCESS_INQUIRY_H

#include "vault/access/decide.h"

struct inquiry;
struct store;

struct inquiry_terms {
    struct bytes policy;  /* its text; no bytes: the policy in force */
    struct store *tables; /* what a replay of the log yields; NULL: the vault's own */
};

/** @retval VAULT_EINPUT  the text cannot be read. */
int inquiry_new(struct session *session, const struct inquiry_terms *terms, struct inquiry **inquiry,
    struct failure *failure) VAULT_MUST_CHECK;
void inquiry_free(struct inquiry *inquiry);

/** After users, roles or grants in the tables changed. */
int inquiry_renew(struct inquiry *inquiry, struct failure *failure) VAULT_MUST_CHECK;

/** Who asks for what, when, from where. */
struct question {
    const char *user;
    const char *host;
    int64_t time;
    uint64_t end; /* counters are of events below this index; UINT64_MAX: all */
    struct access_request request;
};

/** A question that the session's own person could put now, about @p user (NULL: the person). */
struct question question_now(struct session *session, const char *user, const struct access_request *request);

/** {effect, policies[], policy_hash, engine, errors?[]}, as an event would hold it. */
int inquiry_decide(struct inquiry *inquiry, const struct question *question, json_t **decision,
    struct failure *failure) VAULT_MUST_CHECK;

/**
 * The same with its grounds:
 *   rules[]  the policies that determined it: {policy, effect, line, text, why?};
 *   needs[]  where it is a denial, what would have to be different, the nearest first: {policy, effect, line,
 *            because, at?, expression?, message?}; `because` is "forbids", "when", "unless", "failed",
 *            "resource" or "principal", `expression` the part of the text that stood in the way, `at` its
 * line.
 */
int inquiry_explain(struct inquiry *inquiry, const struct question *question, json_t **explanation,
    struct failure *failure) VAULT_MUST_CHECK;

/** The decision may be another at another moment, in the same circumstances, before @p until. */
bool inquiry_depends_on_time(const struct inquiry *inquiry);
/** It speaks of the counters `hour` and `day`. */
bool inquiry_counts(const struct inquiry *inquiry);
/** It may tell one record of a client from another. */
bool inquiry_minds_records(const struct inquiry *inquiry);
/** After a decision: when the first of the person's grants runs out, INT64_MAX for never. */
int64_t inquiry_until(const struct inquiry *inquiry);
/** The counters of the next questions, so that the log is not asked for them. */
void inquiry_set_counters(struct inquiry *inquiry, int64_t hour, int64_t day);

/* --- Many at once, through what is left of the policy when all but one thing is known --- */

/** One of many; borrowed for the call. A non-zero return stops. */
struct listed {
    const struct client_facts *client; /* of inquiry_clients() */
    const char *user;                  /* of inquiry_people() */
    bool permitted;
    const json_t *policies; /* names of the rules that determined it */
};
typedef int (*listed_fn)(void *context, const struct listed *one);

/** Every client of the vault as the resource of the question; where it has a record, one of each client that
 * has the kind, compartment and period of the question. */
int inquiry_clients(struct inquiry *inquiry, const struct question *question, listed_fn each, void *context,
    struct failure *failure) VAULT_MUST_CHECK;

/** Every active user as the principal of the question. */
int inquiry_people(struct inquiry *inquiry, const struct question *question, listed_fn each, void *context,
    struct failure *failure) VAULT_MUST_CHECK;

/** The clients to which the session's person may do @p request->action, by the session's own decisions. */
int access_clients(struct session *session, const struct access_request *request,
    int (*each)(void *context, const struct client_facts *client), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
