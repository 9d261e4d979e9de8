/* From declarations to a schema: entity types, their hierarchy, actions. */
#include "policy/schema_raw.h"

static int type_cmp(const void *a, const void *b)
{
    const struct cedar_entity_type *const *x = a, *const *y = b;

    return cedar_str_cmp((*x)->name, (*y)->name);
}

static struct cedar_entity_type *new_entity_type(
    struct cedar_raw_schema *raw, struct cedar_str name, bool action)
{
    struct cedar_entity_type *type = cedar_take(raw->f, sizeof(*type));

    memset(type, 0, sizeof(*type));
    type->name = name;
    type->action = action;
    type->self = cedar_new_type(raw->f, (struct cedar_type){.kind = CEDAR_TYPE_ENTITY, .entity = type});
    type->attrs = cedar_new_type(raw->f, (struct cedar_type){.kind = CEDAR_TYPE_RECORD, .depth = 1});
    return type;
}

static void add_action_types(struct cedar_raw_schema *raw, struct cedar_schema *schema)
{
    for (size_t i = 0; i < raw->n_actions; i++) {
        bool seen = i > 0 && cedar_str_eq(raw->actions[i].space, raw->actions[i - 1].space);

        if (!seen)
            schema->types[schema->n_types++] = new_entity_type(
                raw, cedar_raw_qualify(raw, raw->actions[i].space, CEDAR_STR("Action")), true);
    }
}

/* All types by name; a second one of the same name is refused, but for those of actions. */
static void add_types(struct cedar_raw_schema *raw, struct cedar_schema *schema)
{
    size_t n = 0;

    schema->types =
        cedar_take(raw->f, (raw->n_entities + raw->n_actions) * sizeof(struct cedar_entity_type *));
    for (size_t i = 0; i < raw->n_entities; i++)
        schema->types[schema->n_types++] = new_entity_type(raw, raw->entities[i].name, false);
    add_action_types(raw, schema);
    cedar_sort(schema->types, schema->n_types, sizeof(struct cedar_entity_type *), type_cmp);
    for (size_t i = 0; i < schema->n_types; i++) {
        bool twice = n && cedar_str_eq(schema->types[n - 1]->name, schema->types[i]->name);

        if (twice && !schema->types[i]->action)
            cedar_raise(raw->f, CEDAR_EINVAL, CEDAR_NOWHERE, "the entity type %.*s is declared twice",
                CEDAR_ARG(schema->types[i]->name));
        if (!twice)
            schema->types[n++] = schema->types[i];
    }
    schema->n_types = n;
}

static void refuse_shadow(struct cedar_raw_schema *raw, const struct cedar_schema *schema,
    struct cedar_str name, struct cedar_str space, size_t offset)
{
    struct cedar_str base = cedar_basename(name);
    const struct cedar_entity_type *type = cedar_schema_type(schema, base);

    if (space.len && ((type && !type->action) || cedar_find_common(raw, base)))
        cedar_raise_help(raw->f, CEDAR_EINVAL, offset, "give one of the two another name",
            "%.*s hides the type %.*s that has no namespace", CEDAR_ARG(name), CEDAR_ARG(base));
}

static void check_shadows(struct cedar_raw_schema *raw, const struct cedar_schema *schema)
{
    for (size_t i = 0; i < raw->n_entities; i++)
        refuse_shadow(raw, schema, raw->entities[i].name, raw->entities[i].space, raw->entities[i].offset);
    for (size_t i = 0; i < raw->n_commons; i++)
        refuse_shadow(raw, schema, raw->commons[i].name, raw->commons[i].space, raw->commons[i].offset);
}

static void resolve_entity(
    struct cedar_raw_schema *raw, struct cedar_schema *schema, const struct cedar_raw_entity *e)
{
    struct cedar_entity_type *type = cedar_resolve_entity(raw, schema, CEDAR_STR(""), e->name, e->offset);

    type->parents = cedar_take(raw->f, e->parents.n * sizeof(struct cedar_entity_type *));
    type->n_parents = (uint32_t)e->parents.n;
    for (size_t i = 0; i < e->parents.n; i++)
        type->parents[i] =
            cedar_resolve_entity(raw, schema, e->space, e->parents.items[i], e->parents.offsets[i]);
    if (e->attrs)
        type->attrs = cedar_resolve_type(raw, schema, e->space, e->attrs);
    if (type->attrs->kind != CEDAR_TYPE_RECORD)
        cedar_raise(raw->f, CEDAR_EINVAL, e->attrs->offset,
            "the shape of the entity type %.*s must be a record", CEDAR_ARG(e->name));
    if (e->tags)
        type->tags = cedar_resolve_type(raw, schema, e->space, e->tags);
    type->is_enum = e->is_enum;
    type->n_ids = (uint32_t)e->ids.n;
    if (e->ids.n) {
        struct cedar_str *ids = cedar_take(raw->f, e->ids.n * sizeof(*ids));

        memcpy(ids, e->ids.items, e->ids.n * sizeof(*ids));
        type->ids = ids;
    }
}

/* Breadth first; the list grows while it is walked. */
static void close_type(struct cedar_raw_schema *raw, struct cedar_entity_type *type, size_t mark)
{
    const struct cedar_entity_type **list = NULL, *at = type;
    size_t n = 0, cap = 0;

    for (size_t i = 0;; i++) {
        for (uint32_t j = 0; j < at->n_parents; j++) {
            if (at->parents[j]->mark == mark)
                continue;
            at->parents[j]->mark = mark;
            list = cedar_grow(raw->f, raw->scratch, list, n, &cap, sizeof(*list));
            list[n++] = at->parents[j];
        }
        if (i == n)
            break;
        at = list[i];
    }
    type->ancestors = cedar_take(raw->f, n * sizeof(*list));
    if (n)
        memcpy(type->ancestors, list, n * sizeof(*list));
    type->n_ancestors = (uint32_t)n;
}

static int action_cmp(const void *a, const void *b)
{
    const struct cedar_action *const *x = a, *const *y = b;
    struct cedar_value p = cedar_of_ref(&(*x)->ref), q = cedar_of_ref(&(*y)->ref);

    return cedar_value_cmp(&p, &q);
}

static void add_actions(struct cedar_raw_schema *raw, struct cedar_schema *schema)
{
    schema->n_actions = raw->n_actions;
    schema->actions = cedar_take(raw->f, raw->n_actions * sizeof(struct cedar_action *));
    schema->by_ref = cedar_take(raw->f, raw->n_actions * sizeof(struct cedar_action *));
    for (size_t i = 0; i < raw->n_actions; i++) {
        const struct cedar_raw_action *a = &raw->actions[i];
        struct cedar_action *action = cedar_take(raw->f, sizeof(*action));

        memset(action, 0, sizeof(*action));
        action->ref =
            cedar_ref_of((struct cedar_uid){cedar_raw_qualify(raw, a->space, CEDAR_STR("Action")), a->id});
        action->type = cedar_schema_type(schema, action->ref.uid.type);
        schema->actions[i] = schema->by_ref[i] = action;
    }
    cedar_sort(schema->by_ref, schema->n_actions, sizeof(struct cedar_action *), action_cmp);
    for (size_t i = 1; i < schema->n_actions; i++) {
        if (cedar_ref_eq(&schema->by_ref[i - 1]->ref, &schema->by_ref[i]->ref))
            cedar_raise(raw->f, CEDAR_EINVAL, CEDAR_NOWHERE, "the action \"%.*s\" is declared twice",
                CEDAR_ARG(schema->by_ref[i]->ref.uid.id));
    }
}

static struct cedar_action *find_action(
    const struct cedar_schema *schema, struct cedar_str type, struct cedar_str id)
{
    struct cedar_ref ref = cedar_ref_of((struct cedar_uid){type, id});

    return cedar_schema_action(schema, &ref);
}

/* A bare name, or Action::"x", is looked for in the same namespace first, then in none. */
static struct cedar_action *resolve_parent(struct cedar_raw_schema *raw, struct cedar_schema *schema,
    struct cedar_str space, const struct cedar_raw_parent *p)
{
    struct cedar_str type = p->type.len ? p->type : CEDAR_STR("Action");
    struct cedar_action *found = NULL;

    if (cedar_basename(type).len == type.len)
        found = find_action(schema, cedar_raw_qualify(raw, space, type), p->id);
    if (!found)
        found = find_action(schema, type, p->id);
    if (!found)
        cedar_raise_help(raw->f, CEDAR_EINVAL, p->offset, "declare it with 'action'",
            "unknown action %.*s::\"%.*s\"", CEDAR_ARG(type), CEDAR_ARG(p->id));
    return found;
}

static const struct cedar_entity_type **resolve_list(struct cedar_raw_schema *raw,
    struct cedar_schema *schema, struct cedar_str space, const struct cedar_raw_names *names)
{
    const struct cedar_entity_type **list = cedar_take(raw->f, names->n * sizeof(*list));

    for (size_t i = 0; i < names->n; i++)
        list[i] = cedar_resolve_entity(raw, schema, space, names->items[i], names->offsets[i]);
    return list;
}

static void resolve_action(struct cedar_raw_schema *raw, struct cedar_schema *schema,
    const struct cedar_raw_action *a, struct cedar_action *action)
{
    if (a->space.len && find_action(schema, CEDAR_STR("Action"), a->id))
        cedar_raise(raw->f, CEDAR_EINVAL, a->offset,
            "the action \"%.*s\" hides the one that has no namespace", CEDAR_ARG(a->id));
    action->n_parents = (uint32_t)a->n_parents;
    action->parents = cedar_take(raw->f, a->n_parents * sizeof(struct cedar_action *));
    for (size_t i = 0; i < a->n_parents; i++)
        action->parents[i] = resolve_parent(raw, schema, a->space, &a->parents[i]);
    action->principals = resolve_list(raw, schema, a->space, &a->principals);
    action->n_principals = (uint32_t)a->principals.n;
    action->resources = resolve_list(raw, schema, a->space, &a->resources);
    action->n_resources = (uint32_t)a->resources.n;
    action->context = cedar_resolve_context(raw, schema, a);
}

static void close_action(struct cedar_raw_schema *raw, struct cedar_action *action, size_t mark)
{
    const struct cedar_action **list = NULL, *at = action;
    size_t n = 0, cap = 0;

    for (size_t i = 0;; i++) {
        for (uint32_t j = 0; j < at->n_parents; j++) {
            if (at->parents[j]->mark == mark)
                continue;
            at->parents[j]->mark = mark;
            if (at->parents[j] == action)
                cedar_raise(raw->f, CEDAR_EINVAL, CEDAR_NOWHERE, "the action \"%.*s\" is its own ancestor",
                    CEDAR_ARG(action->ref.uid.id));
            list = cedar_grow(raw->f, raw->scratch, list, n, &cap, sizeof(*list));
            list[n++] = at->parents[j];
        }
        if (i == n)
            break;
        at = list[i];
    }
    action->ancestors = cedar_take(raw->f, n * sizeof(*list));
    if (n)
        memcpy(action->ancestors, list, n * sizeof(*list));
    action->n_ancestors = (uint32_t)n;
}

void cedar_schema_resolve(struct cedar_raw_schema *raw, struct cedar_schema *schema)
{
    for (int kind = 0; kind <= CEDAR_TYPE_DURATION; kind++)
        schema->basic[kind] = cedar_new_type(raw->f, (struct cedar_type){.kind = (enum cedar_type_kind)kind});
    cedar_resolve_commons(raw);
    add_types(raw, schema);
    check_shadows(raw, schema);
    for (size_t i = 0; i < raw->n_entities; i++)
        resolve_entity(raw, schema, &raw->entities[i]);
    for (size_t i = 0; i < raw->n_commons; i++) { /* also those that nothing uses */
        struct cedar_raw_type name = {
            .kind = CEDAR_RAW_NAME, .name = raw->commons[i].name, .offset = raw->commons[i].offset};

        cedar_resolve_type(raw, schema, CEDAR_STR(""), &name);
    }
    for (size_t i = 0; i < schema->n_types; i++)
        close_type(raw, schema->types[i], i + 1);
    add_actions(raw, schema);
    for (size_t i = 0; i < raw->n_actions; i++)
        resolve_action(raw, schema, &raw->actions[i], schema->actions[i]);
    for (size_t i = 0; i < schema->n_actions; i++)
        close_action(raw, schema->actions[i], i + 1);
}
