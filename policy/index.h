/**
 * @file index.h
 * Finds the policies whose scope may match, without looking at the others.
 */
#ifndef POLICY_INDEX_H
#define POLICY_INDEX_H

#include "policy/policies.h"

/** What a policy is filed under. */
enum cedar_key_kind {
    CEDAR_KEY_PRINCIPAL, /* by enum cedar_var up to here */
    CEDAR_KEY_ACTION,
    CEDAR_KEY_RESOURCE,
    CEDAR_KEY_PRINCIPAL_TYPE,
    CEDAR_KEY_RESOURCE_TYPE,
    CEDAR_KEY_KINDS,
};

struct cedar_bucket {
    enum cedar_key_kind kind;
    bool used;
    uint64_t hash;
    struct cedar_str type, id;
    uint32_t count; /* policies that could be filed here */
    uint32_t start, n;
};

struct cedar_index {
    struct cedar_bucket *table;
    size_t size;
    uint32_t *filed;      /* policy numbers, bucket by bucket, rising in each */
    const uint32_t *rest; /* policies without a usable constraint */
    uint32_t n_rest;
    uint32_t kinds[CEDAR_KEY_KINDS]; /* policies filed under each kind */
};

struct cedar_index *cedar_index_new(struct cedar_fail *f, const struct cedar_policies *set);
/** The bucket, or NULL. */
const struct cedar_bucket *cedar_index_ref(
    const struct cedar_index *index, enum cedar_key_kind kind, const struct cedar_ref *ref);
const struct cedar_bucket *cedar_index_type(
    const struct cedar_index *index, enum cedar_key_kind kind, struct cedar_str type);

#endif
