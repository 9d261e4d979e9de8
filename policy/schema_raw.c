/* Collecting what a schema declares. */
#include "policy/schema_raw.h"

void *cedar_raw_take(struct cedar_raw_schema *raw, size_t size)
{
    void *p = cedar_arena_alloc(raw->scratch, size);

    if (!p)
        cedar_raise_memory(raw->f);
    memset(p, 0, size);
    return p;
}

struct cedar_str cedar_raw_qualify(
    struct cedar_raw_schema *raw, struct cedar_str space, struct cedar_str name)
{
    char *out;

    if (!space.len)
        return name;
    out = cedar_take(raw->f, space.len + 2 + name.len + 1);
    memcpy(out, space.data, space.len);
    memcpy(out + space.len, "::", 2);
    memcpy(out + space.len + 2, name.data, name.len);
    out[space.len + 2 + name.len] = '\0';
    return (struct cedar_str){out, space.len + 2 + name.len};
}

struct cedar_raw_entity *cedar_raw_add_entity(
    struct cedar_raw_schema *raw, struct cedar_str space, struct cedar_str name, size_t offset)
{
    struct cedar_raw_entity *e;

    if (cedar_str_is(name, "Action"))
        cedar_raise(raw->f, CEDAR_EINVAL, offset, "'Action' is the type of actions and cannot be declared");
    raw->entities =
        cedar_grow(raw->f, raw->scratch, raw->entities, raw->n_entities, &raw->cap_entities, sizeof(*e));
    e = &raw->entities[raw->n_entities++];
    memset(e, 0, sizeof(*e));
    e->name = cedar_raw_qualify(raw, space, name);
    e->space = space;
    e->offset = offset;
    return e;
}

struct cedar_raw_common *cedar_raw_add_common(
    struct cedar_raw_schema *raw, struct cedar_str space, struct cedar_str name, size_t offset)
{
    static const char *const taken[] = {
        "Bool", "Boolean", "Entity", "Extension", "Long", "Record", "Set", "String"};
    struct cedar_raw_common *c;

    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
        if (cedar_str_is(name, taken[i]))
            cedar_raise(raw->f, CEDAR_EINVAL, offset, "'%s' is built in and cannot be declared", taken[i]);
    }
    raw->commons =
        cedar_grow(raw->f, raw->scratch, raw->commons, raw->n_commons, &raw->cap_commons, sizeof(*c));
    c = &raw->commons[raw->n_commons++];
    memset(c, 0, sizeof(*c));
    c->name = cedar_raw_qualify(raw, space, name);
    c->space = space;
    c->offset = offset;
    return c;
}

struct cedar_raw_action *cedar_raw_add_action(
    struct cedar_raw_schema *raw, struct cedar_str space, struct cedar_str id, size_t offset)
{
    struct cedar_raw_action *a;

    raw->actions =
        cedar_grow(raw->f, raw->scratch, raw->actions, raw->n_actions, &raw->cap_actions, sizeof(*a));
    a = &raw->actions[raw->n_actions++];
    memset(a, 0, sizeof(*a));
    a->id = id;
    a->space = space;
    a->offset = offset;
    return a;
}

void cedar_raw_add_name(
    struct cedar_raw_schema *raw, struct cedar_raw_names *names, struct cedar_str name, size_t offset)
{
    names->items =
        cedar_grow(raw->f, raw->scratch, names->items, names->n, &names->cap, sizeof(*names->items));
    names->offsets = cedar_grow(
        raw->f, raw->scratch, names->offsets, names->n, &names->cap_offsets, sizeof(*names->offsets));
    names->items[names->n] = name;
    names->offsets[names->n++] = offset;
}

struct cedar_raw_type *cedar_raw_new_type(
    struct cedar_raw_schema *raw, enum cedar_raw_kind kind, struct cedar_str name, size_t offset)
{
    struct cedar_raw_type *type = cedar_raw_take(raw, sizeof(*type));

    type->kind = kind;
    type->name = name;
    type->offset = offset;
    return type;
}
