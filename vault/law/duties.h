/**
 * @file duties.h
 * The clocks of a case: what is due to whom by which rule, until when, and what remains.
 *
 * A duty of the facts begins with a moment (occurred, knew, discovered, confirmed, assessed, ended, decided)
 * and holds where a circumstance is so (`when` of the facts: "controller", "crime", "risk", …).  Of a case
 * both are known, or not yet.  What is not known is never taken for no: the strict reading counts such a duty
 * as owed, and its state says "uncertain".
 */
#ifndef VAULT_LAW_DUTIES_H
#define VAULT_LAW_DUTIES_H

#include "vault/law/facts.h"

/** What is known of a case. Borrowed for the call. */
struct law_case {
    const json_t *jurisdictions; /* array of ids */
    const json_t *moments;       /* object: name → instant in milliseconds */
    const json_t *circumstances; /* object: name → "yes" or "no" */
    const json_t *done;          /* object: id of a duty → instant at which it was done */
    int64_t now;
};

/**
 * The duties of the case's jurisdictions: those that can be reckoned first, by their strict end.
 *   [{duty, jurisdiction, force, to, step?, document?, en, zh, to_en, to_zh, article, status, since, says?,
 *     unit, count?, when, exempt?, state, start?, start_is, strict?{due,left,over,estimated}, lenient?{…}, at?, late?}]
 * state:
 * "owed"; "uncertain" (owed if the circumstance is so, which nobody has said); "waiting" (the moment is not
 * known); "done" with `at`, `late`; "exempt" and "not_owed" (the circumstance says so, or it is only proposed
 * law). `start`, `due` and `at` are instants in milliseconds, `left` is milliseconds, below 0 when `over`.
 * What is due at once has `due` = `start`; neither that nor what is due before the moment is ever `over`.  `lenient` is there only where it differs.
 * @param list  NULL on error; else the caller's.
 * @retval VAULT_ENOMEM
 */
int law_duties(const struct law *law, const struct law_case *of, json_t **list) VAULT_MUST_CHECK;

/** Is there a duty that waits for this moment, or depends on this circumstance?  What a case may say. */
bool law_knows_moment(const char *name);
bool law_knows_circumstance(const struct law *law, const char *name);

#endif
