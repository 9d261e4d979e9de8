/**
 * @file schema.h
 * A resolved schema: entity types, actions, and types of values.
 */
#ifndef POLICY_SCHEMA_H
#define POLICY_SCHEMA_H

#include "policy/value.h"

enum cedar_type_kind {
    CEDAR_TYPE_BOOL,
    CEDAR_TYPE_TRUE, /* a Bool that is known; only the validator makes these two */
    CEDAR_TYPE_FALSE,
    CEDAR_TYPE_LONG,
    CEDAR_TYPE_STRING,
    CEDAR_TYPE_DECIMAL,
    CEDAR_TYPE_IP,
    CEDAR_TYPE_DATETIME,
    CEDAR_TYPE_DURATION,
    CEDAR_TYPE_ENTITY,
    CEDAR_TYPE_SET,
    CEDAR_TYPE_RECORD,
};

struct cedar_attr {
    struct cedar_str name;
    bool required;
    const struct cedar_type *type;
};

/** An immutable type; equal types need not be the same object. */
struct cedar_type {
    enum cedar_type_kind kind;
    uint32_t depth;
    const struct cedar_entity_type *entity;
    const struct cedar_type *element;
    uint32_t n;
    const struct cedar_attr *attrs; /* of a record, by name */
};

struct cedar_entity_type {
    struct cedar_str name;
    bool action;                    /* the type of actions of one namespace */
    const struct cedar_type *self;  /* this entity type as a type */
    const struct cedar_type *attrs; /* a record */
    const struct cedar_type *tags;  /* NULL: none */
    bool is_enum;
    const struct cedar_str *ids; /* of an enum */
    uint32_t n_ids;
    struct cedar_entity_type **parents;
    size_t mark; /* of the search for ancestors */
    uint32_t n_parents;
    const struct cedar_entity_type **ancestors; /* transitive; without itself, unless it is its own parent */
    uint32_t n_ancestors;
};

struct cedar_action {
    struct cedar_ref ref;
    const struct cedar_entity_type *type;
    struct cedar_action **parents;
    size_t mark; /* of the search for ancestors */
    uint32_t n_parents;
    const struct cedar_action **ancestors;
    uint32_t n_ancestors;
    const struct cedar_entity_type **principals, **resources;
    uint32_t n_principals, n_resources;
    const struct cedar_type *context; /* a record */
};

struct cedar_schema {
    struct cedar_arena *arena;
    struct cedar_entity_type **types; /* by name; those of actions too */
    size_t n_types;
    struct cedar_action **actions; /* in the order of the text */
    size_t n_actions;
    struct cedar_action **by_ref; /* sorted by uid */
    const struct cedar_type *basic[CEDAR_TYPE_DURATION + 1];
};

/** By full name; NULL if it is not declared. */
const struct cedar_entity_type *cedar_schema_type(const struct cedar_schema *schema, struct cedar_str name);
struct cedar_action *cedar_schema_action(const struct cedar_schema *schema, const struct cedar_ref *ref);
/** a is b or has b among its ancestors. */
bool cedar_type_below(const struct cedar_entity_type *a, const struct cedar_entity_type *b);
bool cedar_action_below(const struct cedar_action *a, const struct cedar_action *b);
bool cedar_enum_has(const struct cedar_entity_type *type, struct cedar_str id);

const struct cedar_attr *cedar_type_attr(const struct cedar_type *record, struct cedar_str name);
bool cedar_type_eq(const struct cedar_type *a, const struct cedar_type *b);
/** The smallest type that both belong to, under strict rules; NULL if there is none. */
const struct cedar_type *cedar_type_join(struct cedar_fail *f, const struct cedar_schema *schema,
    const struct cedar_type *a, const struct cedar_type *b);
const struct cedar_type *cedar_new_type(struct cedar_fail *f, struct cedar_type type);
const struct cedar_type *cedar_new_set_type(struct cedar_fail *f, const struct cedar_type *element);
/** attrs sorted by name, kept. */
const struct cedar_type *cedar_new_record_type(
    struct cedar_fail *f, const struct cedar_attr *attrs, uint32_t n);
void cedar_put_type(struct cedar_text *t, const struct cedar_type *type);
/** False, with what does not fit in *why. */
bool cedar_value_conforms(const struct cedar_schema *schema, const struct cedar_value *value,
    const struct cedar_type *type, struct cedar_text *why);

#endif
