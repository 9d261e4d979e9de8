/**
 * @file path_private.h
 * Walking to the fields that a path names (see model_private.h).
 */
#ifndef VAULT_RECORDS_PATH_PRIVATE_H
#define VAULT_RECORDS_PATH_PRIVATE_H

#include "vault/base/json.h"

#define PATH_SIZE 256

/** A field that was found.  `path` tells members by name, lines not by number: "lines[].summary". */
struct field_leaf {
    json_t *object; /* what it is a member of */
    const char *name;
    json_t *value;
    const char *path;
};

/** Call @p visit for every field under @p path that is there; stops at its first error. Members may be
 * replaced. */
int path_each(json_t *fields, const char *path, int (*visit)(void *context, const struct field_leaf *leaf),
    void *context) VAULT_MUST_CHECK;

/** The first text of the first path of a group that is there and not empty, or NULL. Borrowed from @p fields.
 */
const char *group_text(const json_t *fields, const char *group);

/** Put what @p source has under @p path into @p target (lines by their number). */
int path_copy(json_t *target, const json_t *source, const char *path) VAULT_MUST_CHECK;

/** Does any member name of canonical JSON text satisfy @p test?  Reads the text only, builds nothing. */
bool json_names_any(struct bytes json, bool (*test)(void *context, struct bytes name), void *context);

#endif
