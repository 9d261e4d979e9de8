/**
 * @file document_step_private.h
 * Inside the room: one step of a document of a case, from the decision to its event; what it is made of; and
 * its pages.
 *
 *   document_begin(); …put step.about and step.text together…; document_commit(); document_end();
 *
 * What a document is made of is sealed under the investigators' key, as the parts of a case are:
 *   {kind, lang, title, template, given{FIELD: text}, values{}, missing[{field,zh,en,article}],
 *    recipients[{id, name?, values{}}], pages[SHA-256 in hex], named[USER]?, salt}
 * (`named`: those whom the finding names that it tells, who see neither that nor this)
 * A page is made from it whenever it is asked for, and held against its hash: it is never kept, and nothing
 * that changes later (a template, the facts, the case) changes it.
 */
#ifndef VAULT_OPS_INCIDENT_DOCUMENT_STEP_PRIVATE_H
#define VAULT_OPS_INCIDENT_DOCUMENT_STEP_PRIVATE_H

#include "vault/incident/documents.h"
#include "vault/ops/incident/incident_step_private.h"

#define DOCUMENT_FIELD_MAX ((size_t)65536) /* bytes of one */

struct document_step {
    struct call *call;
    const char *event;  /* "document.draft" */
    const char *action; /* NULL: the same */
    struct access_request request;
    struct decision decision;
    struct cases *cases;
    const json_t *one; /* the case */
    char id[ULID_TEXT_SIZE];
    struct documents *documents;
    int64_t no;             /* of the document; of a draft, the one that it will have */
    const json_t *document; /* NULL: a draft */
    struct law *law;
    json_t *about;
    json_t *text; /* what is sealed; NULL: nothing */
    uint64_t index;
};

/** Decide, and find the case of `id` and the document of `document`. */
int document_begin(struct document_step *step) VAULT_MUST_CHECK;
/** Seal and store the text, if there is one, and log the event; checked anew with changes held still.
 *  VAULT_ECHANGED: somebody else drafted another meanwhile. */
int document_commit(struct document_step *step) VAULT_MUST_CHECK;
void document_end(struct document_step *step);

int document_history(struct call *call, int (*problem)(void *context, uint64_t index, const char *what),
    void *context, struct documents **documents) VAULT_MUST_CHECK;
/** What a document of the case was made of.
 *  @retval VAULT_EDENIED  it tells a finding that names this person; logged. */
int document_open(struct document_step *step, const json_t *document, json_t **text) VAULT_MUST_CHECK;
/** The page of a recipient, from 0, appended to @p page; held against its hash where the pages are listed
 * already. */
int document_make(
    struct call *call, const json_t *text, size_t recipient, struct buffer *page) VAULT_MUST_CHECK;

/** The entry of a kind in the facts. VAULT_ENOTFOUND with those that there are. */
int document_kind(
    struct call *call, const struct law *law, const char *kind, const json_t **entry) VAULT_MUST_CHECK;
/** The template in force.  @p event of the one that set it, -1: the program's own. */
int document_template_text(struct call *call, const struct documents *documents, const char *kind,
    const char *language, struct buffer *text, int64_t *event) VAULT_MUST_CHECK;

/** What the case itself has to say, as values for pages: into step->text's `values`, where nobody gave it. */
int document_fill(struct document_step *step, const json_t *entry, json_t *values) VAULT_MUST_CHECK;
/** The same for one recipient: what of his was seen.  @p seen is the assessment's entry of a client, or NULL.
 */
int document_fill_recipient(
    struct document_step *step, const json_t *seen, size_t number, json_t *values) VAULT_MUST_CHECK;
/** The last assessment of the case; NULL where there was none. */
int document_assessment(struct document_step *step, json_t **assessment) VAULT_MUST_CHECK;

/**
 * Look for personal data in a page: numbers of identity cards, telephones, cards and accounts, addresses of
 * mail, what the files sealed in the case name, and names of recipients of its documents.
 * @param found  array of sentences, without the data itself; appended to.
 */
int document_scan(
    struct document_step *step, struct bytes page, const char *own, json_t *found) VAULT_MUST_CHECK;

/** Parts of documents and templates that the log names, each held against its hashes. */
int document_verify(const struct sealed_parts *checking) VAULT_MUST_CHECK;

#endif
