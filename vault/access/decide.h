/**
 * @file decide.h
 * May they: a request becomes a Cedar request, the policy in force decides, and only this step makes a permit.
 *
 * Explaining and enforcing are the same call: a decision carries the policies that determined it.
 */
#ifndef VAULT_ACCESS_DECIDE_H
#define VAULT_ACCESS_DECIDE_H

#include "vault/access/session.h"
#include "vault/base/json.h"
#include "vault/records/permit.h"

/** A client as far as deciding needs it; see access/clients.h for finding one. */
struct client_facts {
    int64_t row;
    struct ulid id;
    char portfolio[NAME_SIZE_MAX + 1];
};

/** Will what is asked for be marked?  Unsaid where nothing is, or the firm marks nothing. */
enum request_marked { REQUEST_MARKED_UNSAID, REQUEST_UNMARKED, REQUEST_MARKED };

/** What is asked. Texts and pointers are borrowed for the call. */
struct access_request {
    const char *action; /* "record.read" */

    /* What for: exactly one of these is set, or none for the vault itself. */
    const char *user;
    const char *role;
    const char *portfolio;
    bool log;
    const struct client_facts *client;

    /* With a client: one record of it (kind is not KIND 0). */
    const struct ulid *record;
    const char *kind;
    const char *compartment;
    const char *period;

    /* Circumstances. */
    const char *purpose; /* "code" or "code:reference", or NULL */
    const char *member;  /* whom a grant or assignment is for, or NULL */
    const json_t *fields; /* array of fields to be revealed, or NULL */
    int64_t count;       /* 0: not told */
    enum request_marked marked; /* of exports */
    int64_t rows;        /* that an export would hold; 0: not told */
    int64_t until;       /* when a grant ends, 0: never */
    const struct hash *policy_hash; /* of a policy that may permit more than the one in force, or NULL */

    /* Of a decision in the log: what it was made with; 0: as it was without. */
    bool logged;
    int64_t approval;
    int64_t breakglass;
    const json_t *authors; /* array of users who wrote what is to be reviewed, or NULL */
};

struct decision {
    bool permitted;
    json_t *json; /* {effect, policies[], policy_hash, engine, reason?}: the `decision` member of the event */
    char reason[200]; /* one sentence for people when denied */
    unsigned awaits;  /* when denied: so many approvals would be needed, and are not there */
    int64_t approval;   /* the request whose approval made the difference, and must be spent; 0: none */
    int64_t breakglass; /* the same of a broken glass */
};

/**
 * Decide.
 * @retval VAULT_OK  decided, either way; decision_free() afterwards.
 * @retval VAULT_EDAMAGED  the policy in force cannot be read.
 */
int access_decide(struct session *session, const struct access_request *request, struct decision *decision,
    struct failure *failure) VAULT_MUST_CHECK;
void decision_free(struct decision *decision);

/** The members that every event of this session and request has: actor, decision, session, src, purpose, authors, resources
 *  (empty if @p resources is NULL, whose reference is taken over), subject, and `asked` where resources and event
 *  name do not tell what was decided. New reference; NULL without memory. */
json_t *access_event_members(struct session *session, const struct access_request *request,
    const struct decision *decision, json_t *resources);

/** What a request is about: the entity that policies, events and approvals name. */
struct access_resource {
    const char *type;
    const char *name;        /* of the request; NULL for clients, records, and where the type is all there is */
    char id[ULID_TEXT_SIZE]; /* "" for the others */
};
void access_resource(const struct access_request *request, struct access_resource *resource);
/** Its name, id, or type, whichever there is; lasts as long as both. */
const char *access_resource_text(const struct access_resource *resource);

/** {action, resource{type,id}, count?}: what was decided, for an event whose name or resources say something else. */
json_t *access_asked(const struct access_request *request);

/**
 * The permit for a decision whose event is durable.
 * @retval VAULT_EDENIED  the decision was no.
 */
int access_permit(const struct decision *decision, const struct permit_terms *terms, struct permit **permit)
    VAULT_MUST_CHECK;

/** Does the policy in force mind how many approvals the firm's settings ask for (`context.awaits`)? */
int access_minds_approvals(struct session *session, bool *minds, struct failure *failure) VAULT_MUST_CHECK;

/** Forget what was prepared for deciding (after grants, roles or the policy changed). */
void access_forget(struct session *session);

#endif
