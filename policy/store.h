/**
 * @file store.h
 * The inside of an entity store, and the set of an entity's ancestors.
 */
#ifndef POLICY_STORE_H
#define POLICY_STORE_H

#include "policy/value.h"

struct cedar_node;

struct cedar_parent {
    const struct cedar_ref *ref;
    struct cedar_node *node; /* NULL: not in the store */
};

struct cedar_node {
    const struct cedar_entities *owner;
    struct cedar_ref ref;
    const struct cedar_record_data *attrs, *tags;
    struct cedar_parent *parents;
    uint32_t n_parents;
    uint32_t next_parent; /* of the search for cycles */
    uint8_t state;
};

struct cedar_entities {
    const struct cedar_entities *base;
    struct cedar_arena *arena;
    struct cedar_node **nodes; /* in order of addition */
    size_t n, cap;
    struct cedar_node **table; /* open addressing; none while there are few */
    size_t table_size;
    bool sealed, broken;
};

/** In this store or below; NULL if it is nowhere (store may be NULL). */
struct cedar_node *cedar_store_find(const struct cedar_entities *store, const struct cedar_ref *ref);

/** A node as it is read: everything in the store's arena already. */
struct cedar_draft {
    const struct cedar_ref *ref;
    const struct cedar_record_data *attrs, *tags;
    const struct cedar_ref **parents;
    size_t n_parents;
};

/** Add it; jumps if the uid is there with other contents. */
void cedar_store_insert(struct cedar_fail *f, struct cedar_entities *store, const struct cedar_draft *draft);
int cedar_store_check_open(const struct cedar_entities *store, struct cedar_error *err);

/** All ancestors of one entity, itself not included. */
struct cedar_closure {
    const struct cedar_ref *of;
    struct cedar_parent *items;
    size_t n, cap;
    uint32_t *table; /* index + 1; none while there are few */
    size_t table_size;
};

/** Work it out; f->arena takes the memory. */
void cedar_closure_build(struct cedar_fail *f, struct cedar_closure *closure, const struct cedar_ref *of,
    const struct cedar_node *node);
bool cedar_closure_has(const struct cedar_closure *closure, const struct cedar_ref *ref);

#endif
