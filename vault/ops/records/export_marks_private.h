/**
 * @file export_marks_private.h
 * Inside the room: the marks of one export, from the decision whether it has any to the writer.
 *
 * The seed is drawn for this export, whose event commits to it, is kept for the investigators before the file has its
 * name, and is forgotten by this process with the export.
 */
#ifndef VAULT_OPS_RECORDS_EXPORT_MARKS_PRIVATE_H
#define VAULT_OPS_RECORDS_EXPORT_MARKS_PRIVATE_H

#include "vault/formats/export.h"
#include "vault/ops/call_private.h"
#include "vault/ops/records/export_decoys_private.h"

struct copy_marks {
    enum request_marked marked; /* for the decision: is the export marked, where the firm marks its exports */
    const char *why_not;        /* "setting", "purpose" or "asked"; NULL: it is marked */
    bool order;                 /* clients come in the copy's own order */
    bool footer;
    struct secret *seed;
    struct fingerprint_code *code;
    struct fingerprint_word *word;
    struct hash commitment;
    struct export_marks writer; /* what the writer needs of it */
};

/** Is the purpose's code one of those that the firm exports without marks (export.unmarked)? */
int copy_unmarked_purpose(struct call *call, bool *unmarked) VAULT_MUST_CHECK;
/** What the firm's settings, the purpose and the person say. Start with {0}; copy_marks_free() in every case.
 */
int copy_marks_plan(struct call *call, struct copy_marks *marks) VAULT_MUST_CHECK;
/** Draw the seed; does nothing for an export without marks. */
int copy_marks_make(struct call *call, struct copy_marks *marks) VAULT_MUST_CHECK;
/** The `marks` member of the export's event: {code, commitment, kinds[]} or {code: "none", why}. */
json_t *copy_marks_json(const struct copy_marks *marks);
/**
 * The order in which the clients come: numbers of @p clients, then from @p count on of made-up ones, as many as there
 * are together.  As they were named where the order is no mark, made-up ones anywhere among them.
 * @param more  may be NULL; what is made up is told of to no other room.
 */
int copy_marks_order(struct call *call, const struct copy_marks *marks, const struct client_facts *clients,
    size_t count, const struct copy_decoys *more, size_t *order) VAULT_MUST_CHECK;
/**
 * Keep the seed for the investigators, and what later imports know the decoys by, durably: after the rows were read and before the file has its name.  Waits for
 * an import that holds the store, up to a minute.
 * @retval VAULT_EBUSY, VAULT_EFORGED  there must be no file.
 */
int copy_marks_keep(
    struct call *call, const struct copy_marks *marks, const struct copy_decoys *decoys) VAULT_MUST_CHECK;
void copy_marks_free(struct copy_marks *marks);

#endif
