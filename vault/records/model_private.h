/**
 * @file model_private.h
 * What a kind is made of: one static row each, read by everything else in this room.
 *
 * A path names a field: "employee.id_no", "lines[].summary" (every line), "social.*" (every member).  A group
 * is one or more paths parted by '|', of which the first that is there counts.
 */
#ifndef VAULT_RECORDS_MODEL_PRIVATE_H
#define VAULT_RECORDS_MODEL_PRIVATE_H

#include "vault/records/draft.h"
#include "vault/records/mask_private.h"
#include "vault/records/terms_private.h"

#define MODEL_GROUPS 6
#define MODEL_TERMS 16
#define MODEL_MASKS 16

struct model_term {
    const char *path;
    enum term_type type;
};

struct model_mask {
    const char *path;
    enum mask mask;
};

struct model {
    /** Groups that together tell one record of a client from every other; "?" in front: may be missing.
     *  None at all, and no `whole`: a client has one such record. */
    const char *natural[MODEL_GROUPS];
    /** Where a group is missing, all fields and an ordinal are the key; otherwise such a draft is refused. */
    bool whole;
    /** Two rows of one import with one key and different content are two records, not a mistake. */
    bool repeats;
    /** What people call the record, and how its parts are joined. */
    const char *key[3];
    const char *joint;
    /** What a list shows; never anything of `masks`. */
    const char *title[3];
    struct model_term terms[MODEL_TERMS];
    struct model_mask masks[MODEL_MASKS];
};

/** NULL for a number that is no kind. */
const struct model *model_of(enum record_kind kind);

/** The token of a natural key is made with the index key of this compartment: a client's own record is found
 * by whoever may list clients. */
enum compartment model_index_compartment(enum record_kind kind);

/** A table whose columns we do not know: its headings decide what is masked. */
bool model_is_open(enum record_kind kind);

#endif
