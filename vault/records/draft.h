/**
 * @file draft.h
 * A record as an importer reads it: not yet sealed, not yet anybody's.
 */
#ifndef VAULT_RECORDS_DRAFT_H
#define VAULT_RECORDS_DRAFT_H

#include "vault/base/json.h"
#include "vault/records/kind.h"

#define DRAFT_WHERE_SIZE 160

/**
 * Everything a file says about one record.  The importer that fills it owns it; whoever gets it in a callback
 * borrows it for the call and takes references of the JSON values it wants to keep.
 */
struct draft {
    enum record_kind kind;

    /** Whose it is, as far as the file says; each may be NULL.  Borrowed texts, UTF-8. */
    struct {
        const char *client_no;
        const char *tax_id;
        const char *name;
    } client;

    char period[8];               /* YYYY-MM, YYYY or "" */
    char date[11];                /* YYYY-MM-DD or "" */
    char where[DRAFT_WHERE_SIZE]; /* place in the file: "row 12", "sheet 2, row 12", "line 80: Invoice FT 1/2" */

    json_t *fields; /* object of kind.h; owned by the draft */
    /** The original cells or elements verbatim (object of header or path -> text), including all that has no
     *  place in `fields`; NULL if `fields` says the same to the letter. */
    json_t *raw;

    /** KIND_ATTACHMENT only: the file's bytes, borrowed for the call. */
    struct bytes content;

    /** Only in our own exports: the record's id and which fields were masked there (NULL otherwise). */
    const char *record_id;
    json_t *masked;
};

/** Release the JSON values and zero the rest. */
void draft_reset(struct draft *draft);

#endif
