/**
 * @file decoy_private.h
 * Inside the room: decoys and alerts, as operations meet them.
 */
#ifndef VAULT_OPS_DECOYS_DECOY_PRIVATE_H
#define VAULT_OPS_DECOYS_DECOY_PRIVATE_H

#include "vault/access/decoys.h"
#include "vault/ops/call_private.h"

/**
 * What investigators have ordered is done by the session of an admin, as that admin's own adding and
 * assigning of clients: so nothing that says who added a client tells decoys from others.  After an
 * operation, once a session; says nothing, and what cannot be done now waits.
 */
void decoys_carry_out(struct session *session, const struct reply *asked);

/** Up to DECOY_PEOPLE_MAX active people who are to see a decoy for {kind, name} in a portfolio; NULL without
 * memory. */
int decoy_people(struct session *session, const json_t *audience, const char *portfolio, json_t **people,
    struct failure *failure) VAULT_MUST_CHECK;

/** Everybody who has a decoy among his clients now: those for whom it was planted, and to whom it was handed over. */
int decoy_holders(struct session *session, const struct client_facts *client, json_t **people,
    struct failure *failure) VAULT_MUST_CHECK;
/** Does this person meet it among his own clients, because it was planted for him or came to him since?  Nobody does
 * after it was retired. */
int decoy_is_ones(struct session *session, const struct client_facts *client, const json_t *entry, bool *own,
    struct failure *failure) VAULT_MUST_CHECK;
/** For whom a decoy that replaces it is to be: as it was, of a person who left whoever has it now; NULL for nobody. */
int decoy_audience_now(struct session *session, const struct client_facts *client, const json_t *entry,
    json_t **audience, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Somebody did something to a client by itself: if it is a decoy, that is an alert, and by the firm's
 * settings he is contained. What is normal (lists, searches over all, exports of several) does not come here.
 * @param how    "list", "search", "read", "reveal", "history", "correct", "export", "denied".
 * @param cause  index of the event.
 * @retval VAULT_ELOG, VAULT_EBUSY  the alert could not be logged, so what it is about must not go on.
 */
int decoy_touched(
    struct call *call, const struct client_facts *client, const char *how, uint64_t cause) VAULT_MUST_CHECK;

/** Work on a client whose card says that the service has ended is an alert, where alert.ended_client is on. Errors as of
 * decoy_touched(). @p card: as clients_card() gives it. */
int ended_touched(struct call *call, const struct client_facts *client, const json_t *card, const char *how,
    uint64_t cause) VAULT_MUST_CHECK;

/** Is this client's id in a list of them?  False for no list. */
bool decoy_lists(const json_t *ids, const struct ulid *id);

/** Does an event, as the log has it, commit to the order? */
int decoy_is_ordered(struct session *session, const struct decoy_order *order, bool *ordered,
    struct failure *failure) VAULT_MUST_CHECK;

/** The event by which another investigator agrees to an order: agreed{order}, or calls it off: refused{order}. */
#define DECOY_AGREE_EVENT "decoy.approve"

/** Where decoy.two_investigators is on: has another than who gave it agreed to the order of this event?  True where
 *  it is off. @retval VAULT_EFORGED  not signed by whom it names. */
int decoy_is_agreed(
    struct session *session, uint64_t event, bool *agreed, struct failure *failure) VAULT_MUST_CHECK;

/** The id of the client that an alert is about, "" if its event names none. */
int alert_client(struct call *call, const json_t *alert, char client[ULID_TEXT_SIZE]) VAULT_MUST_CHECK;

/** Is something done for this purpose handed to an authority, so that no decoy may be in it?  Beside those of the setting
 *  export.unmarked. */
bool purpose_is_authority(const char *purpose);

/** Raise an alert about what the call's person did; the firm's program is told when the operation has ended.
 */
struct alert;
int call_alert(struct call *call, const struct alert *alert, char id[ULID_TEXT_SIZE]) VAULT_MUST_CHECK;
/** Tell the firm's program and its mail address, as settings say, of the alerts that the call has gathered. */
void call_tell_raised(struct call *call);
/** At the operation's end: contain the person, if that is due, and tell the firm's program of what was raised. */
void call_tell_alerts(struct call *call);

#endif
