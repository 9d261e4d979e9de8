/**
 * @file ask_private.h
 * Inside the room: a request put to a policy.  Enforcing (decide.c), explaining, listing and simulating all
 * go through these steps, so that none of them can see other facts than the guard does.
 *
 * Entities lie in three layers: `base` holds actions and roles, `lower` what many requests share, `upper`
 * what only one has.  A person is asked about many resources, or a resource about many people, so either may
 * be the lower one.
 */
#ifndef VAULT_ACCESS_ASK_PRIVATE_H
#define VAULT_ACCESS_ASK_PRIVATE_H

#include "vault/access/approvals.h"
#include "vault/access/decide.h"
#include "vault/access/entities_private.h"

/** What a decision rests on beside the policy; all 0: nothing. */
struct grounds {
    int64_t approval;
    int64_t breakglass;
    char approvers[APPROVERS_MAX][NAME_SIZE_MAX + 1];
    size_t count;
};

/** What a person has been given in a span of time. */
struct tally {
    int64_t clients, reveals, exported;
};

/** Who asks, when and from where; borrowed. */
struct asker {
    struct decider *decider;
    struct store *store; /* tables of authority: the vault's, or what a replay of the log yields */
    struct recall *recall; /* of that store; NULL: nothing is kept */
    const char *user;
    const char *host;
    int64_t time;
    int64_t hour, day; /* records that the person has had; only where the policy mentions them */
    struct tally hour_of, day_of; /* the same by what it was; only where the policy mentions one of them */
    struct grounds grounds;
    unsigned awaits;  /* approvals that the last context lacked, by the firm's settings */
    unsigned lacking; /* the same, where it was denied without grounds */
};

/** The session's own person, now. */
struct asker session_asker(struct session *session);
/** The same, with the session's decider made ready. */
int session_decider(struct session *session, struct asker *asker, struct failure *failure) VAULT_MUST_CHECK;

/** Parse @p text; VAULT_EINPUT with line and column.  The rest of @p decider must be empty. */
int decider_policy(struct decider *decider, struct bytes text, struct failure *failure) VAULT_MUST_CHECK;
/** The policy in force; VAULT_EFORGED if its text is not that of its hash. */
int decider_policy_now(
    struct decider *decider, struct store *store, struct failure *failure) VAULT_MUST_CHECK;
/** Make the layers, with actions and roles in the base. */
int decider_layers(struct decider *decider, struct store *store, struct failure *failure) VAULT_MUST_CHECK;
/** Have the person in the lower layer, which then holds nothing else; remembers who it was. */
int decider_person(struct asker *asker, struct failure *failure) VAULT_MUST_CHECK;

/** The uid of what is asked about, without its entity; @p id takes its text if it is a client or record. */
struct cedar_uid ask_resource(const struct access_request *request, char id[ULID_TEXT_SIZE]);
/** The entities of the resource, into @p layer. */
int ask_add_resource(struct asker *asker, const struct access_request *request, struct cedar_entities *layer,
    struct failure *failure) VAULT_MUST_CHECK;
/** The context record, in the decider's arena; NULL without memory, or if the settings cannot be read. */
const struct cedar_value *ask_context(struct asker *asker, const struct access_request *request);

/**
 * Decide: by the policy alone, and where that says no, with each approval that covers it, and with a broken glass.
 * asker->grounds is what the answer rests on.  The lower layer holds the person.
 */
int ask_authorize(struct session *session, struct asker *asker, const struct access_request *request,
    char id[ULID_TEXT_SIZE], struct cedar_request *asked, struct cedar_answer *answer, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Empty arena and upper layer, and have all of a request in place; the lower layer holds the person.
 * @param asked  principal, action, resource and context; valid until the next call.
 */
int ask_prepare(struct asker *asker, const struct access_request *request, char id[ULID_TEXT_SIZE],
    struct cedar_request *asked, struct failure *failure) VAULT_MUST_CHECK;

/** A policy is known by its @id, or by where it stands. */
struct cedar_str policy_name(const struct cedar_policy *policy);
/** {effect, policies[], policy_hash, engine, errors?[]}; NULL without memory. */
json_t *answer_json(const struct decider *decider, const struct cedar_answer *answer);

/** The entity of a client, or of a record of it, its assignees known. */
int ask_add_record(struct cedar_entities *layer, const struct access_request *request,
    struct cedar_uid client, const struct cedar_value *assignees, bool frozen) VAULT_MUST_CHECK;
int ask_add_client(struct cedar_entities *layer, struct cedar_uid client, struct cedar_uid portfolio,
    const struct cedar_value *assignees, bool frozen) VAULT_MUST_CHECK;

#endif
