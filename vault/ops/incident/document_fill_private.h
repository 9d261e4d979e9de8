/**
 * @file document_fill_private.h
 * Inside the room: a document while the case fills it, for document_fill.c and what it is made of.
 */
#ifndef VAULT_OPS_INCIDENT_DOCUMENT_FILL_PRIVATE_H
#define VAULT_OPS_INCIDENT_DOCUMENT_FILL_PRIVATE_H

#include "vault/ops/incident/document_step_private.h"

struct filling {
    struct document_step *step;
    const char *kind;
    bool zh;
    const char *zone;
    json_t *assessment; /* NULL: none */
    json_t *values;
};

/* Literals both, so that formats are checked. */
#define IN(f, zh_, en_) ((f)->zh ? zh_ : en_)

/* --- Values --- */

/** Somebody's own words stand; nothing that is not known takes their place.  @p value is taken over; NULL:
 * not known. */
int fill_put(struct filling *f, const char *field, json_t *value) VAULT_MUST_CHECK;
/** The same of rows, which are taken over; none: nothing is put. */
int fill_list(struct filling *f, const char *name, json_t *rows) VAULT_MUST_CHECK;
/** A text that was put together, whose buffer is freed; NULL: it is empty. */
json_t *fill_taken(struct buffer *text);

/* --- Words, in the document's language --- */

/** What an entry of the facts is called; never NULL. */
const char *fill_word(const struct filling *f, const json_t *entry);
/** A kind of records; @p name where there is no word. */
const char *fill_kind(const struct filling *f, const char *name);
/** The periods {from?,to?} of records; a dash where they have none. */
json_t *fill_period(const struct filling *f, const json_t *of);
/** An instant by the clocks of the place whose law it is about. */
int64_t fill_local(const struct filling *f, int64_t instant);
/** A day of a clock (as fill_local() has it); a day and, unless a day alone was given, the time; a new text
 * of the day. */
void fill_day(const struct filling *f, int64_t local, struct buffer *text);
void fill_moment(const struct filling *f, int64_t instant, struct buffer *text);
json_t *fill_date(const struct filling *f, int64_t instant);

/* --- What fills it --- */

/** Files sealed in the case: `files`, and a sentence about them. */
int fill_files(struct filling *f) VAULT_MUST_CHECK;
/** The finding of the argument `finding`, if there is one. VAULT_EDENIED to whom it names; VAULT_ENOTFOUND.
 */
int fill_finding(struct filling *f) VAULT_MUST_CHECK;
/** `timeline` and `handled`, of an open record alone. */
int fill_open_record(struct filling *f) VAULT_MUST_CHECK;

#endif
