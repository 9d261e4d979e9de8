/**
 * @file entry.h
 * Typed entries of a case file: claims and what was paid, discipline, remedies, questions that wait for a
 * reply, corrective actions, surveys, losses, lessons.  One mechanism for all: a kind says which fields it
 * has and needs, and its states.
 *
 * A field's value is text, whatever it means.  Money is in yuan with at most two digits behind the point;
 * dates are YYYY-MM-DD, months YYYY-MM, scores 1 to 5, trust 0 to 10 as the survey asks.  An entry is known
 * by the number of the step that began it; a later step about it holds all its fields anew.
 */
#ifndef VAULT_INCIDENT_ENTRY_H
#define VAULT_INCIDENT_ENTRY_H

#include "vault/base/json.h"

#define ENTRY_TEXT_MAX 4096u

struct entry_kind {
    const char *name;
    const char *group;  /* ledger, discipline, remedy, care, cooperation, publication, learning */
    const char *fields; /* words: a letter for what it is, upper case where it is needed, its name, =choices
                         * separated by | t text, m money, d date, y month, u user, n number, s score, p
                         * points, e one of the choices */
    const char *states; /* words; an entry begins in the first unless it says another */
    const char *needs;  /* words STATE:FIELD, which the state takes; may be "" */
    const char *due; /* the field that is a clock until a state that begins with one of these ends it; NULL */
    const char *open; /* words: the states in which the clock runs */
    const char *sum;  /* the field that is summed up; NULL */
};

/** One after another; NULL past the end. */
const struct entry_kind *entry_kind_at(size_t i);
const struct entry_kind *entry_kind_find(const char *name);

/**
 * Do these fields, all of an entry, and this state fit its kind?  Includes what the law says of recovery from
 * staff (recovery.h) and of discipline: nobody is punished unheard, a dismissal is told to the union before
 * (劳动合同法第四十三条), a demotion is agreed in writing (第三十五条).
 * @retval VAULT_EUSAGE   a field or state that there is not, is missing, or is not of its form.
 * @retval VAULT_EDENIED  what the law does not allow; the sentence names the article.
 */
int entry_check(const struct entry_kind *kind, const json_t *fields, const char *state,
    struct failure *failure) VAULT_MUST_CHECK;

/**
 * Does the text name somebody?  A number of six digits or more, or one of the names; what it is goes into the
 * failure.
 * @param names  array of texts; those of less than two characters are passed over.
 * @retval VAULT_EINPUT  it does.
 */
int entry_names_nobody(const char *text, const json_t *names, struct failure *failure) VAULT_MUST_CHECK;

/**
 * The entries of a case whose steps have their texts (`says`) with them:
 *   [{entry,kind,group,state,by,event,time,fields{},due?,over?}], in the order in which they began.
 * @param now  an instant, for `over`.
 * @return NULL without memory.
 */
json_t *entries_of(const json_t *one, int64_t now);

/** {sums{KIND:{STATE:amount}}, survey[{round,answers,FIELD: hundredths}], lost[{month,clients,staff}],
 * clients[{client,plan?,contract?,visits_held,visits_planned,kept,broken,promised,next?}], open, over}; NULL
 * without memory.  `clients` are those of the group cooperation, `next` the first day of theirs that is due. */
json_t *entries_sum(const json_t *entries);

#endif
