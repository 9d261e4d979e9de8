/* Can one policy permit nothing that another did not?  Shown by the texts alone, so it holds for every
 * person, client and moment there may ever be; where they do not show it, the answer is no.
 *
 * A rule is at least as narrow as another if its scope names no more and its conditions include the other's.
 * Then a policy narrows another if each of its permits is as narrow as some permit of the other, and each
 * forbid of the other is as narrow as some forbid of its own: whoever is permitted by the new one was
 * permitted by the old. */
#include <string.h>

#include "policy/cedar.h"
#include "vault/access/policy_text.h"
#include "vault/base/json.h"

struct rules {
    struct cedar_policies *policies;
    struct cedar_arena *arena;
    json_t *trees; /* one of each policy, with its conditions taken apart */
};

/* --- A policy as a tree: scopes, and conditions as two lists of which every one must hold, or none --- */

/* a && b must both hold; of a || b neither must. */
static int take_apart(const json_t *body, const char *chain, json_t *list)
{
    const json_t *both = json_object_get(body, chain);
    if (both == NULL) {
        json_t *copy = json_deep_copy(body);
        return json_array_append_new(list, copy) == 0 ? VAULT_OK : VAULT_ENOMEM;
    }
    int result = take_apart(json_object_get(both, "left"), chain, list);
    return result == VAULT_OK ? take_apart(json_object_get(both, "right"), chain, list) : result;
}

static int put_conditions(json_t *tree)
{
    const json_t *conditions = json_object_get(tree, "conditions");
    json_t *when = json_array();
    json_t *unless = json_array();
    int result = when == NULL || unless == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < json_array_size(conditions) && result == VAULT_OK; i++) {
        const json_t *condition = json_array_get(conditions, i);
        const char *kind = json_text(condition, "kind");
        bool is_when = kind != NULL && strcmp(kind, "when") == 0;
        result =
            take_apart(json_object_get(condition, "body"), is_when ? "&&" : "||", is_when ? when : unless);
    }
    if (json_object_set_new(tree, "when", when) != 0 || json_object_set_new(tree, "unless", unless) != 0)
        result = VAULT_ENOMEM;
    return result;
}

static int put_tree(struct rules *rules, const struct cedar_policy *policy)
{
    struct cedar_str text = cedar_policy_json(policy, rules->arena);
    json_t *tree = NULL;
    int result = text.data == NULL ? VAULT_ENOMEM : json_read(bytes_of(text.data, text.len), &tree, NULL);
    if (result == VAULT_OK)
        result = put_conditions(tree);
    if (json_array_append_new(rules->trees, tree) != 0 && result == VAULT_OK)
        result = VAULT_ENOMEM;
    return result;
}

static int rules_read(struct bytes text, struct rules *rules)
{
    *rules = (struct rules){.arena = cedar_arena_new(0), .trees = json_array()};
    if (rules->arena == NULL || rules->trees == NULL)
        return VAULT_ENOMEM;
    if (cedar_policies_parse((const char *)text.data, text.size, &rules->policies, NULL) != CEDAR_OK)
        return VAULT_EINPUT;
    int result = VAULT_OK;
    for (size_t i = 0; i < cedar_policies_count(rules->policies) && result == VAULT_OK; i++)
        result = put_tree(rules, cedar_policies_at(rules->policies, i));
    return result;
}

static void rules_free(struct rules *rules)
{
    json_decref(rules->trees);
    cedar_policies_free(rules->policies);
    cedar_arena_free(rules->arena);
}

/* --- One rule against another --- */

static bool includes(const json_t *list, const json_t *wanted)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_equal(json_array_get(list, i), wanted))
            return true;
    }
    return false;
}

static bool includes_all(const json_t *list, const json_t *wanted)
{
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        if (!includes(list, json_array_get(wanted, i)))
            return false;
    }
    return true;
}

/* Does the scope of @p narrow name no more than that of @p wide? */
static bool scope_within(const json_t *narrow, const json_t *wide)
{
    const char *op = json_text(wide, "op");
    const json_t *all = json_object_get(wide, "entities");
    if (json_equal(narrow, wide) || (op != NULL && strcmp(op, "All") == 0))
        return true;
    if (!json_is_array(all))
        return false;
    if (json_is_array(json_object_get(narrow, "entities")))
        return includes_all(all, json_object_get(narrow, "entities"));
    return json_object_get(narrow, "entity") != NULL && includes(all, json_object_get(narrow, "entity"));
}

static bool as_narrow(const json_t *narrow, const json_t *wide)
{
    static const char *const scopes[] = {"principal", "action", "resource"};
    if (!json_equal(json_object_get(narrow, "effect"), json_object_get(wide, "effect")))
        return false;
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        if (!scope_within(json_object_get(narrow, scopes[i]), json_object_get(wide, scopes[i])))
            return false;
    }
    return includes_all(json_object_get(narrow, "when"), json_object_get(wide, "when")) &&
           includes_all(json_object_get(narrow, "unless"), json_object_get(wide, "unless"));
}

/* --- One policy against another --- */

static void name_rule(const struct cedar_policy *policy, struct buffer *because, const char *what)
{
    struct cedar_str name;
    if (!cedar_policy_annotation(policy, CEDAR_STR("id"), &name))
        name = cedar_policy_id(policy);
    buffer_put_format(because, "rule '%.*s' %s", (int)name.len, name.data, what);
}

/* Every rule of @p effect in @p each is as narrow as some rule in @p some; if not, the first that is not is
 * named. */
static bool all_within(const struct rules *each, const struct rules *some, enum cedar_effect effect,
    struct buffer *because, const char *what)
{
    for (size_t i = 0; i < json_array_size(each->trees); i++) {
        const struct cedar_policy *policy = cedar_policies_at(each->policies, i);
        bool found = cedar_policy_effect(policy) != effect;
        for (size_t j = 0; j < json_array_size(some->trees) && !found; j++)
            found = as_narrow(json_array_get(each->trees, i), json_array_get(some->trees, j));
        if (!found) {
            name_rule(policy, because, what);
            return false;
        }
    }
    return true;
}

int policy_narrows(struct bytes old, struct bytes new, bool *narrows, struct buffer *because)
{
    struct rules before = {0};
    struct rules after = {0};
    *narrows = false;
    int result = rules_read(old, &before);
    if (result == VAULT_OK)
        result = rules_read(new, &after);
    if (result == VAULT_OK)
        *narrows =
            all_within(&after, &before, CEDAR_PERMIT, because, "is new, or permits more than one before") &&
            all_within(&before, &after, CEDAR_FORBID, because, "is gone, or forbids less than before");
    rules_free(&before);
    rules_free(&after);
    return result == VAULT_OK ? buffer_error(because) : result;
}
