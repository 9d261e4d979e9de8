/* What a policy says of itself. */
#include "policy/ast.h"

struct cedar_str cedar_policy_id(const struct cedar_policy *policy)
{
    return policy->id;
}

enum cedar_effect cedar_policy_effect(const struct cedar_policy *policy)
{
    return policy->effect;
}

bool cedar_policy_is_template(const struct cedar_policy *policy)
{
    return policy->template;
}

const struct cedar_policy *cedar_policy_template(const struct cedar_policy *policy)
{
    return policy->origin;
}

struct cedar_str cedar_policy_text(const struct cedar_policy *policy)
{
    return policy->text;
}

size_t cedar_policy_line(const struct cedar_policy *policy)
{
    return policy->line;
}

size_t cedar_policy_column(const struct cedar_policy *policy)
{
    return policy->column;
}

size_t cedar_policy_annotation_count(const struct cedar_policy *policy)
{
    return policy->n_annotations;
}

void cedar_policy_annotation_at(
    const struct cedar_policy *policy, size_t i, struct cedar_str *name, struct cedar_str *value)
{
    *name = policy->annotations[i].name;
    *value = policy->annotations[i].value;
}

bool cedar_policy_annotation(
    const struct cedar_policy *policy, struct cedar_str name, struct cedar_str *value)
{
    for (uint32_t i = 0; i < policy->n_annotations; i++) {
        if (!cedar_str_eq(policy->annotations[i].name, name))
            continue;
        if (value)
            *value = policy->annotations[i].value;
        return true;
    }
    return false;
}
