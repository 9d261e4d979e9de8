/**
 * @file case_files_private.h
 * Inside the room: what a case's bundle holds in its own bytes: sealed files and pages of finished documents.
 */
#ifndef VAULT_OPS_INCIDENT_CASE_FILES_PRIVATE_H
#define VAULT_OPS_INCIDENT_CASE_FILES_PRIVATE_H

#include "vault/ops/incident/document_step_private.h"

/** Put `size`, `sha256` and `sm3` (GB/T 32905-2016) of the content into a row.
 *  @retval VAULT_EALGORITHM, VAULT_ENOMEM  with the failure set. */
int case_put_hashes(json_t *row, struct bytes content, struct failure *failure) VAULT_MUST_CHECK;

/** The bytes of the file that a step sealed, held against the hash beside them; none: @p content stays empty.
 *  @p said is what incident_part() gave; @p number of the step, for the failure. */
int case_file(
    const json_t *said, size_t number, struct buffer *content, struct failure *failure) VAULT_MUST_CHECK;

/** Pages of documents that are finished. */
struct case_pages {
    struct call *call;
    const char *id; /* of the case */
    /** A page of a recipient, from 0; empty where this program makes it otherwise than it was.  @p known is
     * its SHA-256 in hexadecimal, as sealed; NULL: none. */
    int (*page)(void *context, size_t recipient, struct bytes page, const char *known);
    void *context;
};
/** @p withheld: it tells a finding that names this person, so that nothing of it is given. */
int case_each_page(const struct case_pages *pages, const json_t *document, bool *withheld) VAULT_MUST_CHECK;

#endif
