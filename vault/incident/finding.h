/**
 * @file finding.h
 * A finding: a stated conclusion on who is responsible for a leak, as a document.
 *
 * A finding names direct persons and indirect ones.  Each indirect person has a *part* (granted the role,
 * assigned the client, …), the events of the log that show it, and the rule of the firm that was broken.  It
 * is a JSON object, whose canonical form (RFC 8785) is what is hashed and signed:
 *
 *   {"v":1, "type":"strongroom-finding", "origin", "id", "version", "author", "salt", "previous"?, "reason"?,
 *    "case":{…},                                             (finding_case.h)
 *    "persons":[{"user","kind":"direct"|"indirect","part"?,"of"?,"events":[…],"rule"?,"policy"?,"fault"?,"known"?,
 *                "proposed"?}],
 *    "sections":{NAME:text}, "statements":{USER:text}}
 *
 * `salt` is drawn anew for each version, so that the hash in the log cannot be used to try guesses of its
 * text. `previous` is the SHA-256 of the version before.  `events` are indices of the log, ascending.
 * `proposed` marks what the program derived from the log and nobody has looked at yet.
 *
 * Functions change a document in place or not at all, are pure, and never print.
 */
#ifndef VAULT_INCIDENT_FINDING_H
#define VAULT_INCIDENT_FINDING_H

#include "vault/base/json.h"

#define FINDING_TEXT_MAX 16384u /* bytes of one text */
#define FINDING_PEOPLE_MAX 200u
#define FINDING_EVENTS_MAX 128u /* that one person's part cites */
#define FINDING_SIZE_MAX ((size_t)1 << 20)
#define FINDING_SALT_SIZE 16

/** The words of parts, one after another; NULL past the end. */
const char *finding_part(size_t i);

/** An empty document of version 1.  @p facts (taken over, also on failure) is the case.  NULL without memory.
 */
json_t *finding_new(const char *origin, const char *id, const char *author, json_t *facts);

/** What is said of one person.  Texts may be NULL: then what stands there stays. */
struct finding_person {
    const char *user;
    const char *part; /* NULL: a direct person */
    const char *of;   /* for whose doing; NULL: for all */
    const json_t *events;
    const char *rule;
    const char *policy;
    const char *fault;
    const char *known; /* how it is known that the person knew the rule */
    bool proposed;
};

/**
 * Add a person, or add to what is said of the same person, part and `of`: events are united, texts replaced.
 * @retval VAULT_EINPUT  no such part or degree of fault; an event that is no index; direct and indirect at
 * once.
 * @retval VAULT_ELIMIT  more, or longer, than a finding holds.
 */
int finding_add(
    json_t *document, const struct finding_person *person, struct failure *failure) VAULT_MUST_CHECK;

/** Take a person out, or one part of his. VAULT_ENOTFOUND. */
int finding_drop(
    json_t *document, const char *user, const char *part, struct failure *failure) VAULT_MUST_CHECK;

/** Set a section; "" takes it out. VAULT_EINPUT: no such section. */
int finding_write(
    json_t *document, const char *section, const char *text, struct failure *failure) VAULT_MUST_CHECK;
/** What the person concerned has to say. VAULT_ENOTFOUND: the finding does not name him. */
int finding_hear(
    json_t *document, const char *user, const char *text, struct failure *failure) VAULT_MUST_CHECK;

bool finding_names(const json_t *document, const char *user);

/** Is it fit to be accepted?  A direct person, a summary, and for everybody events and the rule that was
 * broken, or the statement that there was no fault. VAULT_EINPUT with what is missing. */
int finding_complete(const json_t *document, struct failure *failure) VAULT_MUST_CHECK;

/** The canonical form, checked against the limits. VAULT_EDAMAGED where it is no finding of this id and
 * version. */
int finding_canonical(const json_t *document, struct buffer *text, struct failure *failure) VAULT_MUST_CHECK;
int finding_read(struct bytes text, const char *id, int64_t version, json_t **document,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
