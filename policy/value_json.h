/**
 * @file value_json.h
 * Entity-JSON values: plain JSON with the escapes __entity and __extn.
 */
#ifndef POLICY_VALUE_JSON_H
#define POLICY_VALUE_JSON_H

#include "policy/json.h"
#include "policy/value.h"

/** A value without knowledge of its type; jumps on errors.  Texts are copied to f->arena. */
struct cedar_value cedar_value_read(struct cedar_fail *f, const struct cedar_json *j);
/** {"type": T, "id": I}, or that inside {"__entity": ...}. */
const struct cedar_ref *cedar_uid_read(struct cedar_fail *f, const struct cedar_json *j, const char *what);
/** Both members are strings. */
bool cedar_is_type_and_id(const struct cedar_json *j);
/** The object is a call: its function and arguments (1 or more); false if it is none. */
bool cedar_is_call(const struct cedar_json *j);
/** The single member of an object with exactly this key, else NULL. */
const struct cedar_json *cedar_json_only(const struct cedar_json *j, const char *key);
struct cedar_value cedar_call_read(struct cedar_fail *f, const struct cedar_json *call);

#endif
