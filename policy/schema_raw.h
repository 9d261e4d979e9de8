/**
 * @file schema_raw.h
 * A schema as it was written: names not yet looked up.  Both syntaxes end here.
 */
#ifndef POLICY_SCHEMA_RAW_H
#define POLICY_SCHEMA_RAW_H

#include "policy/schema.h"

enum cedar_raw_kind {
    CEDAR_RAW_NAME,        /* of a common type or of an entity type */
    CEDAR_RAW_COMMON_NAME, /* of a common type only */
    CEDAR_RAW_ENTITY_NAME,
    CEDAR_RAW_EXTENSION,
    CEDAR_RAW_SET,
    CEDAR_RAW_RECORD
};

struct cedar_raw_type {
    enum cedar_raw_kind kind;
    size_t offset;
    struct cedar_str name;
    struct cedar_raw_type *element;
    struct cedar_raw_attr *attrs;
    size_t n;
};

struct cedar_raw_attr {
    struct cedar_str name;
    bool required;
    struct cedar_raw_type *type;
};

struct cedar_raw_names {
    struct cedar_str *items;
    size_t *offsets;
    size_t n, cap, cap_offsets;
};

struct cedar_raw_entity {
    struct cedar_str name; /* full */
    struct cedar_str space;
    size_t offset;
    struct cedar_raw_names parents;
    struct cedar_raw_type *attrs, *tags; /* may be NULL */
    struct cedar_raw_names ids;
    bool is_enum;
};

struct cedar_raw_common {
    struct cedar_str name, space;
    size_t offset;
    struct cedar_raw_type *type;
    const struct cedar_type *resolved;
    uint8_t state;
};

/** A parent action: type is empty for a bare name. */
struct cedar_raw_parent {
    struct cedar_str type, id;
    size_t offset;
};

struct cedar_raw_action {
    struct cedar_str id, space;
    size_t offset;
    struct cedar_raw_parent *parents;
    size_t n_parents;
    struct cedar_raw_names principals, resources;
    struct cedar_raw_type *context; /* may be NULL */
};

struct cedar_raw_schema {
    struct cedar_fail *f; /* f->arena is the schema's; raw parts are in scratch */
    struct cedar_arena *scratch;
    struct cedar_raw_entity *entities;
    size_t n_entities, cap_entities;
    struct cedar_raw_common *commons;
    size_t n_commons, cap_commons;
    struct cedar_raw_action *actions;
    size_t n_actions, cap_actions;
    unsigned depth; /* of types being resolved inside each other */
};

/* New, empty entries; jump without memory. */
struct cedar_raw_entity *cedar_raw_add_entity(
    struct cedar_raw_schema *raw, struct cedar_str space, struct cedar_str name, size_t offset);
struct cedar_raw_common *cedar_raw_add_common(
    struct cedar_raw_schema *raw, struct cedar_str space, struct cedar_str name, size_t offset);
struct cedar_raw_action *cedar_raw_add_action(
    struct cedar_raw_schema *raw, struct cedar_str space, struct cedar_str id, size_t offset);
void cedar_raw_add_name(
    struct cedar_raw_schema *raw, struct cedar_raw_names *names, struct cedar_str name, size_t offset);
struct cedar_raw_type *cedar_raw_new_type(
    struct cedar_raw_schema *raw, enum cedar_raw_kind kind, struct cedar_str name, size_t offset);
void *cedar_raw_take(struct cedar_raw_schema *raw, size_t size);
/** space::name, or name if space is empty. */
struct cedar_str cedar_raw_qualify(
    struct cedar_raw_schema *raw, struct cedar_str space, struct cedar_str name);

void cedar_schema_read_text(struct cedar_raw_schema *raw);
void cedar_schema_read_json(struct cedar_raw_schema *raw);

/** Look up every name; jumps with CEDAR_EINVAL. */
void cedar_schema_resolve(struct cedar_raw_schema *raw, struct cedar_schema *schema);

/* The half of it that is about types of values; entity types must be in the schema already. */
const struct cedar_type *cedar_resolve_type(struct cedar_raw_schema *raw, struct cedar_schema *schema,
    struct cedar_str space, const struct cedar_raw_type *type);
/** The record that is an action's context. */
const struct cedar_type *cedar_resolve_context(
    struct cedar_raw_schema *raw, struct cedar_schema *schema, const struct cedar_raw_action *action);
/** An entity type by a name as written in a namespace. */
struct cedar_entity_type *cedar_resolve_entity(struct cedar_raw_schema *raw, struct cedar_schema *schema,
    struct cedar_str space, struct cedar_str name, size_t offset);
/** Sort commons by name and refuse duplicates and shadows. */
void cedar_resolve_commons(struct cedar_raw_schema *raw);
struct cedar_raw_common *cedar_find_common(struct cedar_raw_schema *raw, struct cedar_str name);

#endif
