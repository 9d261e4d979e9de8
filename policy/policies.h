/**
 * @file policies.h
 * The inside of a policy set.
 */
#ifndef POLICY_POLICIES_H
#define POLICY_POLICIES_H

#include "policy/ast.h"

struct cedar_list {
    struct cedar_policy **items;
    size_t n, cap;
};

struct cedar_policies {
    struct cedar_arena *arena;
    struct cedar_list policies, templates;
    struct cedar_policy **by_id; /* open addressing, a power of two, at most half full */
    size_t by_id_size;
    size_t read; /* policies and templates added, links not counted: gives policyN */
    struct cedar_index *index;
    bool sealed, broken;
};

/** Add a policy or template (by policy->template) whose id is set; jumps if the id is in use. */
void cedar_policies_insert(struct cedar_fail *f, struct cedar_policies *set, struct cedar_policy *policy);
/** "policyN" for the next one. */
struct cedar_str cedar_policies_next_id(struct cedar_fail *f, struct cedar_policies *set);
/** As cedar_policies_link(), with a jump. */
void cedar_policies_add_link(struct cedar_fail *f, struct cedar_policies *set, struct cedar_str template_id,
    struct cedar_str new_id, const struct cedar_uid *principal, const struct cedar_uid *resource);
/** Refuse a set that is sealed or broken; CEDAR_OK otherwise. */
int cedar_policies_check_open(const struct cedar_policies *set, struct cedar_error *err);

#endif
