/**
 * @file documents.h
 * What became of the documents of cases, and the firm's own templates, from the log's events alone.
 *
 * Events `document.draft|finish|written|deliver` carry a member
 *   document {case, no, …}
 * where `no` counts the documents of a case from 1:
 *   document.draft    + kind, lang, of (recipients), replaces?, part, sha256, sealed,
 *                       page (SHA-256 of its page where there is one recipient, of all pages' hashes in a
 *                       row where there are more)
 *   document.finish   (it may be sent)
 *   document.written  + files{NAME: SHA-256 in hex}
 *   document.deliver  + entries[[recipient from 1, state, how, at (ms), proof (SHA-256 in hex, or "")]]
 * and `document.template` a member template {kind, lang, part?, sha256?, sealed?}: without a part, the
 * program's own again.  There is no recipient's name in the clear.
 *
 * One function says what may come next, document_may(); an event that it would not have let through counts
 * for nothing.
 */
#ifndef VAULT_INCIDENT_DOCUMENTS_H
#define VAULT_INCIDENT_DOCUMENTS_H

#include "vault/base/json.h"

#define DOCUMENT_EVENTS "document.*"
#define DOCUMENTS_MAX 2000u            /* of one case */
#define DOCUMENT_RECIPIENTS_MAX 10000u /* of one document */
#define DOCUMENT_ENTRIES_MAX 400u      /* of one event of delivery */

struct documents;

/** NULL without memory. */
struct documents *documents_new(void);
void documents_free(struct documents *documents);

/**
 * Take in an event, in the log's order; others are passed over.  What has a phase counts once its outcome
 * says "ok".
 * @param problem  told of an event that does not fit; may be NULL.
 */
int documents_feed(struct documents *documents, uint64_t index, const json_t *leaf,
    int (*problem)(void *context, uint64_t index, const char *what), void *context) VAULT_MUST_CHECK;

/**
 * The documents of a case, by number; NULL: none; borrowed until the next feed:
 *   [{no, kind, lang, state, of, page, by, event, time, part, sha256, sealed, replaces?, replaced_by?,
 *     finished?{by,event,time}, written?{NAME: hash}, delivered{RECIPIENT: {state,how,at,proof,event}}}]
 * state: draft, done, sent (all recipients were at least sent theirs), replaced.
 */
const json_t *documents_of(const struct documents *documents, const char *id);
/** All of them: an object by case; borrowed, and not to be changed. */
json_t *documents_all(const struct documents *documents);
/** Every template that was ever set, in order: [{kind,lang,part?,sha256?,sealed?,by,event,time}]. */
const json_t *documents_templates(const struct documents *documents);
/** The one in force; NULL: the program's own. */
const json_t *documents_template(const struct documents *documents, const char *kind, const char *language);

/**
 * May this be the next event of the document?
 * @param one    NULL: there is none yet.
 * @retval VAULT_EINPUT  it is replaced, done already, or not yet; VAULT_ENOTFOUND; VAULT_ELIMIT.
 */
int document_may(const json_t *one, const char *event, struct failure *failure) VAULT_MUST_CHECK;

/** Is this a state of delivery: sent, delivered, bounced, replied, refused? */
bool document_state(const char *state);

#endif
