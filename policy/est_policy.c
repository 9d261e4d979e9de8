/* JSON policies, templates, sets and links to trees. */
#include "policy/est.h"
#include "policy/parse.h"
#include "policy/policies.h"
#include "policy/value_json.h"

static void set_ref(struct cedar_fail *f, struct cedar_scope *scope, const struct cedar_ref *ref)
{
    scope->refs = cedar_take(f, sizeof(*scope->refs));
    scope->refs[0] = ref;
    scope->n = 1;
}

/* {entity} or {slot} */
static void read_target(
    struct cedar_fail *f, const struct cedar_json *j, struct cedar_scope *scope, enum cedar_var var)
{
    const struct cedar_json *entity = cedar_json_get(j, "entity"), *slot = cedar_json_get(j, "slot");

    if (entity) {
        set_ref(f, scope, cedar_uid_read(f, entity, "entity"));
        return;
    }
    if (!slot || slot->kind != JSON_STRING || var == CEDAR_VAR_ACTION || slot->s.len == 0 ||
        slot->s.data[0] != '?' ||
        !cedar_str_is((struct cedar_str){slot->s.data + 1, slot->s.len - 1}, cedar_var_names[var]))
        cedar_raise(f, CEDAR_EPARSE, j->offset, "%s needs \"entity\"%s", cedar_var_names[var],
            var == CEDAR_VAR_ACTION ? "" : " or its own \"slot\"");
    set_ref(f, scope, NULL);
    scope->slot = true;
}

static void read_is(
    struct cedar_fail *f, const struct cedar_json *j, struct cedar_scope *scope, enum cedar_var var)
{
    static const char *const names[] = {"op", "entity_type", "in", NULL};
    const struct cedar_json *type = cedar_json_want(f, j, "entity_type", JSON_STRING, "the scope");
    const struct cedar_json *in = cedar_est_optional(j, "in");

    if (var == CEDAR_VAR_ACTION)
        cedar_raise(f, CEDAR_EPARSE, j->offset, "an action cannot be constrained by its type");
    cedar_est_members(f, j, names, "the scope");
    if (!cedar_is_name(type->s))
        cedar_raise(f, CEDAR_EPARSE, type->offset, "\"%.*s\" is not the name of a type", CEDAR_ARG(type->s));
    scope->op = in ? CEDAR_SCOPE_IS_IN : CEDAR_SCOPE_IS;
    scope->type = cedar_take_copy(f, type->s);
    if (in) {
        cedar_json_check(f, in, JSON_OBJECT, "in");
        read_target(f, in, scope, var);
    }
}

static void read_actions(struct cedar_fail *f, const struct cedar_json *list, struct cedar_scope *scope)
{
    scope->list = true;
    scope->refs = cedar_take(f, list->n * sizeof(*scope->refs));
    scope->n = (uint32_t)list->n;
    for (size_t i = 0; i < list->n; i++)
        scope->refs[i] = cedar_uid_read(f, &list->items[i], "an action");
}

static void check_actions(struct cedar_fail *f, const struct cedar_scope *scope, size_t offset)
{
    for (uint32_t i = 0; i < scope->n; i++) {
        if (!cedar_str_is(cedar_basename(scope->refs[i]->uid.type), "Action"))
            cedar_raise(f, CEDAR_EPARSE, offset, "'%.*s' is not a type of actions",
                CEDAR_ARG(scope->refs[i]->uid.type));
    }
}

static void read_scope(
    struct cedar_fail *f, const struct cedar_json *root, struct cedar_scope *scope, enum cedar_var var)
{
    const struct cedar_json *j = cedar_json_want(f, root, cedar_var_names[var], JSON_OBJECT, "the policy");
    const struct cedar_json *op = cedar_json_want(f, j, "op", JSON_STRING, "the scope");
    const struct cedar_json *entities = cedar_json_get(j, "entities");

    if (cedar_str_is(op->s, "All") || cedar_str_is(op->s, "all"))
        return;
    if (cedar_str_is(op->s, "is")) {
        read_is(f, j, scope, var);
        return;
    }
    if (!cedar_str_is(op->s, "==") && !cedar_str_is(op->s, "in"))
        cedar_raise(f, CEDAR_EPARSE, op->offset, "the op of a scope is All, ==, in or is");
    scope->op = cedar_str_is(op->s, "in") ? CEDAR_SCOPE_IN : CEDAR_SCOPE_EQ;
    if (var == CEDAR_VAR_ACTION && scope->op == CEDAR_SCOPE_IN && entities && entities->kind == JSON_ARRAY &&
        !cedar_json_get(j, "entity"))
        read_actions(f, entities, scope);
    else
        read_target(f, j, scope, var);
    if (var == CEDAR_VAR_ACTION)
        check_actions(f, scope, j->offset);
}

static void read_conditions(struct cedar_fail *f, const struct cedar_json *list, struct cedar_policy *policy)
{
    static const char *const names[] = {"kind", "body", NULL};

    policy->n_conditions = (uint32_t)list->n;
    policy->conditions = cedar_take(f, list->n * sizeof(*policy->conditions));
    for (size_t i = 0; i < list->n; i++) {
        const struct cedar_json *j = &list->items[i], *kind;

        cedar_est_members(f, j, names, "a condition");
        kind = cedar_json_want(f, j, "kind", JSON_STRING, "a condition");
        policy->conditions[i].unless = cedar_str_is(kind->s, "unless");
        if (!policy->conditions[i].unless && !cedar_str_is(kind->s, "when"))
            cedar_raise(f, CEDAR_EPARSE, kind->offset, "the kind of a condition is when or unless");
        policy->conditions[i].body =
            cedar_est_expr(f, cedar_json_want(f, j, "body", JSON_OBJECT, "a condition"));
    }
}

static void read_annotations(struct cedar_fail *f, const struct cedar_json *j, struct cedar_policy *policy)
{
    cedar_json_check(f, j, JSON_OBJECT, "annotations");
    policy->n_annotations = (uint32_t)j->n;
    policy->annotations = cedar_take(f, j->n * sizeof(*policy->annotations));
    for (size_t i = 0; i < j->n; i++) {
        struct cedar_annotation *a = &policy->annotations[i];

        if (!cedar_is_ident(j->keys[i]))
            cedar_raise(f, CEDAR_EPARSE, j->items[i].offset, "\"%.*s\" cannot name an annotation",
                CEDAR_ARG(j->keys[i]));
        *a = (struct cedar_annotation){
            cedar_take_copy(f, j->keys[i]), CEDAR_STR(""), j->items[i].kind == JSON_NULL};
        if (a->bare)
            continue;
        cedar_json_check(f, &j->items[i], JSON_STRING, "the value of an annotation");
        a->value = cedar_take_copy(f, j->items[i].s);
    }
}

void cedar_est_policy(struct cedar_fail *f, const struct cedar_json *j, struct cedar_policy *policy)
{
    static const char *const names[] = {
        "effect", "principal", "action", "resource", "conditions", "annotations", NULL};
    const struct cedar_json *effect, *annotations;

    memset(policy, 0, sizeof(*policy));
    cedar_est_members(f, j, names, "a policy");
    effect = cedar_json_want(f, j, "effect", JSON_STRING, "the policy");
    if (!cedar_str_is(effect->s, "permit") && !cedar_str_is(effect->s, "forbid"))
        cedar_raise(f, CEDAR_EPARSE, effect->offset, "the effect is permit or forbid");
    policy->effect = cedar_str_is(effect->s, "permit") ? CEDAR_PERMIT : CEDAR_FORBID;
    for (int var = 0; var < 3; var++)
        read_scope(f, j, &policy->scope[var], (enum cedar_var)var);
    read_conditions(f, cedar_json_want(f, j, "conditions", JSON_ARRAY, "the policy"), policy);
    annotations = cedar_json_get(j, "annotations");
    if (annotations)
        read_annotations(f, annotations, policy);
    policy->template = cedar_policy_slots(policy) != 0;
}

static void add_policy(
    struct cedar_fail *f, struct cedar_policies *set, const struct cedar_json *j, struct cedar_str id)
{
    struct cedar_policy *policy = cedar_take(f, sizeof(*policy));

    cedar_est_policy(f, j, policy);
    policy->id = id;
    cedar_policies_insert(f, set, policy);
}

static void add_map(
    struct cedar_fail *f, struct cedar_policies *set, const struct cedar_json *map, bool templates)
{
    if (!map)
        return;
    cedar_json_check(f, map, JSON_OBJECT, "the policies");
    for (size_t i = 0; i < map->n; i++) {
        size_t before = set->templates.n;

        add_policy(f, set, &map->items[i], cedar_take_copy(f, map->keys[i]));
        set->read++;
        if ((set->templates.n > before) != templates)
            cedar_raise(f, CEDAR_EINVAL, map->items[i].offset, "\"%.*s\" %s slots", CEDAR_ARG(map->keys[i]),
                templates ? "is among the templates but has no" : "is among the static policies but has");
    }
}

static void add_one_link(struct cedar_fail *f, struct cedar_policies *set, const struct cedar_json *j)
{
    static const char *const names[] = {"templateId", "newId", "values", NULL};
    const struct cedar_uid *slots[2] = {NULL, NULL};
    const struct cedar_json *values;

    cedar_est_members(f, j, names, "a link");
    values = cedar_json_want(f, j, "values", JSON_OBJECT, "a link");
    for (size_t i = 0; i < values->n; i++) {
        int slot = cedar_str_is(values->keys[i], "?principal") ? 0 : 1;

        if (slot && !cedar_str_is(values->keys[i], "?resource"))
            cedar_raise(f, CEDAR_EINVAL, values->items[i].offset, "there is no slot \"%.*s\"",
                CEDAR_ARG(values->keys[i]));
        slots[slot] = &cedar_uid_read(f, &values->items[i], "the value of a slot")->uid;
    }
    cedar_policies_add_link(f, set, cedar_json_want(f, j, "templateId", JSON_STRING, "a link")->s,
        cedar_json_want(f, j, "newId", JSON_STRING, "a link")->s, slots[0], slots[1]);
}

static void add_set(struct cedar_fail *f, struct cedar_policies *set, const struct cedar_json *root)
{
    static const char *const names[] = {"staticPolicies", "templates", "templateLinks", NULL};
    const struct cedar_json *links = cedar_json_get(root, "templateLinks");

    cedar_est_members(f, root, names, "a policy set");
    add_map(f, set, cedar_json_get(root, "staticPolicies"), false);
    add_map(f, set, cedar_json_get(root, "templates"), true);
    if (!links)
        return;
    cedar_json_check(f, links, JSON_ARRAY, "templateLinks");
    for (size_t i = 0; i < links->n; i++)
        add_one_link(f, set, &links->items[i]);
}

static bool try_add(struct cedar_fail *f, struct cedar_policies *set, struct cedar_arena *tree)
{
    const struct cedar_json *root;

    if (setjmp(f->jump))
        return false;
    root = cedar_json_read(f, tree);
    cedar_json_check(f, root, JSON_OBJECT, "the policies");
    if (cedar_json_get(root, "effect"))
        add_policy(f, set, root, cedar_policies_next_id(f, set));
    else
        add_set(f, set, root);
    return true;
}

int cedar_policies_add_json(struct cedar_policies *set, const char *json, size_t len, struct cedar_error *err)
{
    struct cedar_arena *tree;
    struct cedar_fail f;

    if (cedar_policies_check_open(set, err) != CEDAR_OK)
        return CEDAR_EINVAL;
    tree = cedar_arena_new(0);
    if (!tree)
        return cedar_error_set(err, CEDAR_ENOMEM, "out of memory");
    cedar_fail_start(&f, err, set->arena, (struct cedar_str){json, len});
    set->broken = !try_add(&f, set, tree);
    cedar_arena_free(tree);
    return set->broken ? (int)f.err->status : CEDAR_OK;
}
