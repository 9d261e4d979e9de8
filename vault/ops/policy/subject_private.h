/**
 * @file subject_private.h
 * Inside the room: what a question about the policy is about, from how people write it.
 *
 * A resource is "vault", "log", "portfolio:NAME", "role:NAME", "user:NAME", "record:ULID" or a record's bare
 * id, or a client as everywhere (id, number, tax id; "client:" may stand before it).
 */
#ifndef VAULT_OPS_POLICY_SUBJECT_PRIVATE_H
#define VAULT_OPS_POLICY_SUBJECT_PRIVATE_H

#include "vault/ops/call_private.h"

/** Points into itself and the call, so it must stay where it is. */
struct subject {
    struct access_request request; /* with action, resource, purpose and member of the call */
    const char *type;              /* "client" */
    char id[ULID_TEXT_SIZE + NAME_SIZE_MAX];
    struct client_facts client;
    struct record_info record;
};

/** Read the arguments action, resource, purpose? and member?. */
int subject_find(struct call *call, struct subject *subject) VAULT_MUST_CHECK;
/** The same of an action and a resource told otherwise. */
int subject_take(struct call *call, const char *action, const char *typed, struct subject *subject) VAULT_MUST_CHECK;
/** The action alone: one that the policies' schema knows; VAULT_EUSAGE. */
int subject_action(struct call *call, const char *action) VAULT_MUST_CHECK;
/** VAULT_ENOTFOUND if there is no such user, VAULT_EINPUT if he is disabled and so may nothing at all. */
int subject_user(struct call *call, const char *user) VAULT_MUST_CHECK;

/** May the person ask about the policy at all?  Before anything is looked up. */
int ask_decide(struct call *call) VAULT_MUST_CHECK;
/** The event of such a question; @p query is taken over. */
int ask_log(struct call *call, json_t *query) VAULT_MUST_CHECK;

#endif
