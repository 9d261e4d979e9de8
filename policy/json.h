/**
 * @file json.h
 * Strict JSON: UTF-8, no duplicate keys, no trailing text, bounded depth.
 */
#ifndef POLICY_JSON_H
#define POLICY_JSON_H

#include "policy/fail.h"

enum cedar_json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct cedar_json {
    enum cedar_json_kind kind;
    uint32_t offset; /* in the text */
    bool b;
    struct cedar_str s; /* of a string, unescaped; of a number, as written */
    size_t n;
    struct cedar_json *items; /* of an array; of an object: the values */
    struct cedar_str *keys;
};

/**
 * Read f->text; jumps on errors.  The tree is in @p tree; strings without escapes point
 * into the text.
 */
struct cedar_json *cedar_json_read(struct cedar_fail *f, struct cedar_arena *tree);

/** The member of that name; NULL if there is none, or if it is no object. */
const struct cedar_json *cedar_json_get(const struct cedar_json *object, const char *key);
/** Likewise, of the kind; jumps if it is missing or of another kind. @p what names the object. */
const struct cedar_json *cedar_json_want(struct cedar_fail *f, const struct cedar_json *object,
    const char *key, enum cedar_json_kind kind, const char *what);
/** Jumps unless it is of the kind. */
void cedar_json_check(
    struct cedar_fail *f, const struct cedar_json *j, enum cedar_json_kind kind, const char *what);
/** An integer in plain notation that fits; not -0. */
bool cedar_json_long(const struct cedar_json *j, int64_t *out);
const char *cedar_json_kind_name(enum cedar_json_kind kind);

#endif
