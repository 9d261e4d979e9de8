/**
 * @file case.h
 * The case file of an incident, from the log's events alone: opened, what was noted and done, closed.
 *
 * Events `incident.open|note|hold|fulfil|assess|enter|close` carry a member
 *   incident {id, part?, sha256?, sealed?, …}
 * and are signed by their actor.  Where an event brings a text, `part` is its name in the store, `sha256` the
 * hash of the text, `sealed` the hash of the sealed bytes, as findings have it (finding_history.h).  What is
 * in the clear are codes, moments and names of people of the firm, never a client's data:
 *   incident.open    + jurisdictions[], moments{}, circumstances{}
 *   incident.note    + kind (note, custody, person, fact, responsibility, remedy, lesson),
 *                      moments{}?, circumstances{}?, person?{user,as}
 *   incident.hold    + hold (true: nothing of the case may be erased), clients[]
 *   incident.fulfil  + duty, at, shown_by? (the event of the log that shows it)
 *   incident.assess  + circumstances{}?
 *   incident.enter   + kind, entry, state (entry.h; what it says is sealed)
 *   incident.close   + despite? (true: duties were open)
 * `moments` are instants in milliseconds, `circumstances` "yes" or "no"; what is said last holds.
 *
 * One function says what may come next, case_may(); an event that it would not have let through counts for
 * nothing.
 */
#ifndef VAULT_INCIDENT_CASE_H
#define VAULT_INCIDENT_CASE_H

#include "vault/base/json.h"

#define CASE_EVENTS "incident.*"
#define CASE_TEXT_MAX ((size_t)8 << 20) /* of a part: a leaked sample */
#define CASE_STEPS_MAX 10000u

struct cases;

/** NULL without memory. */
struct cases *cases_new(void);
void cases_free(struct cases *cases);

/**
 * Take in an event, in the log's order; others than those above are passed over.  What has a phase counts
 * once its outcome says "ok".
 * @param problem  told of an event that does not fit; may be NULL.
 */
int cases_feed(struct cases *cases, uint64_t index, const json_t *leaf,
    int (*problem)(void *context, uint64_t index, const char *what), void *context) VAULT_MUST_CHECK;

/**
 * One case, NULL if there is none; borrowed until the next feed:
 *   {id, status, jurisdictions[], moments{}, circumstances{}, people[]{user,as}, done{DUTY: instant},
 *    held, clients[]?, assessed?, steps[]{step,by,event,time,kind?,duty?,shown_by?,entry?,state?,part?,sha256?,sealed?,
 *    despite?}}
 * status: open, closed.  `assessed` is the number of the step that assessed it last.
 */
const json_t *cases_get(const struct cases *cases, const char *id);
/** All of them, by id: an object; borrowed, and not to be changed. */
json_t *cases_all(const struct cases *cases);

/**
 * May this be the next event of the case?
 * @param one  NULL: there is none yet.
 * @retval VAULT_EINPUT  it is closed, unless the event is incident.hold (what is held stays so until it is let go); no step
 * of a case.
 * @retval VAULT_ENOTFOUND, VAULT_EEXISTS, VAULT_ELIMIT
 */
int case_may(const json_t *one, const char *event, struct failure *failure) VAULT_MUST_CHECK;

/**
 * The next step of a case, in the order freeze, assess, circumstances (which nobody has told, so that a duty may be
 * owed), notify, report, responsibility, remedy, learn, moments (for which a duty waits), duties (that are owed yet),
 * close; "closed" when it is.
 * @param frozen  is anything frozen;  @param duties  as law_duties() has them, of which force, step, state are read.
 */
const char *case_next(const json_t *one, bool frozen, const json_t *duties);

/** How many duties that law or contract asks of the firm are neither done nor sure not to be: owed, uncertain, waiting;
 *  not periods of limitation.  @p first of them, those that are owed before others; borrowed, or NULL. */
size_t case_open_duties(const json_t *duties, const json_t **first);

/** What to type for a duty of the case: commands, separated by semicolons.  A new reference; NULL where there is nothing
 *  to do, or without memory.  Reads duty, state, when, start_is, document, and `proposed` {event}. */
json_t *case_todo(const char *id, const json_t *duty);

#endif
