/* From raw types to types: names looked up, common types unfolded. */
#include "policy/schema_raw.h"

enum { NEW, OPEN, DONE };

static int common_cmp(const void *a, const void *b)
{
    const struct cedar_raw_common *x = a, *y = b;

    return cedar_str_cmp(x->name, y->name);
}

struct cedar_raw_common *cedar_find_common(struct cedar_raw_schema *raw, struct cedar_str name)
{
    size_t low = 0, high = raw->n_commons;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = cedar_str_cmp(raw->commons[middle].name, name);

        if (c == 0)
            return &raw->commons[middle];
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void cedar_resolve_commons(struct cedar_raw_schema *raw)
{
    cedar_sort(raw->commons, raw->n_commons, sizeof(*raw->commons), common_cmp);
    for (size_t i = 1; i < raw->n_commons; i++) {
        if (cedar_str_eq(raw->commons[i - 1].name, raw->commons[i].name))
            cedar_raise(raw->f, CEDAR_EINVAL, raw->commons[i].offset, "the type %.*s is declared twice",
                CEDAR_ARG(raw->commons[i].name));
    }
}

static const struct cedar_type *built_in(const struct cedar_schema *schema, struct cedar_str name)
{
    static const char *const names[] = {[CEDAR_TYPE_BOOL] = "Bool",
        [CEDAR_TYPE_LONG] = "Long",
        [CEDAR_TYPE_STRING] = "String",
        [CEDAR_TYPE_DECIMAL] = "decimal",
        [CEDAR_TYPE_IP] = "ipaddr",
        [CEDAR_TYPE_DATETIME] = "datetime",
        [CEDAR_TYPE_DURATION] = "duration"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (names[i] && cedar_str_is(name, names[i]))
            return schema->basic[i];
    }
    return NULL;
}

static const struct cedar_type *common_type(
    struct cedar_raw_schema *raw, struct cedar_schema *schema, struct cedar_raw_common *common)
{
    if (common->state == OPEN)
        cedar_raise(
            raw->f, CEDAR_EINVAL, common->offset, "the type %.*s contains itself", CEDAR_ARG(common->name));
    if (common->state == NEW) {
        common->state = OPEN;
        common->resolved = cedar_resolve_type(raw, schema, common->space, common->type);
        common->state = DONE;
    }
    return common->resolved;
}

/* What a name may stand for.  The type of actions is one for values, but nobody is an action. */
enum wanted { COMMON = 1, ENTITY = 2, ACTION = 4 };

/* A declared name in one namespace: a common type goes before an entity type. */
static const struct cedar_type *find_in(
    struct cedar_raw_schema *raw, struct cedar_schema *schema, struct cedar_str full, unsigned wanted)
{
    struct cedar_raw_common *common = wanted & COMMON ? cedar_find_common(raw, full) : NULL;
    const struct cedar_entity_type *entity = cedar_schema_type(schema, full);

    if (common)
        return common_type(raw, schema, common);
    return entity && wanted & (entity->action ? ACTION : ENTITY) ? entity->self : NULL;
}

static bool qualified(struct cedar_str name)
{
    return cedar_basename(name).len != name.len;
}

static const struct cedar_type *find_name(struct cedar_raw_schema *raw, struct cedar_schema *schema,
    struct cedar_str space, struct cedar_str name, unsigned wanted)
{
    const struct cedar_type *found = NULL;

    if (name.len > 9 && memcmp(name.data, "__cedar::", 9) == 0)
        return wanted & COMMON ? built_in(schema, (struct cedar_str){name.data + 9, name.len - 9}) : NULL;
    if (space.len && !qualified(name))
        found = find_in(raw, schema, cedar_raw_qualify(raw, space, name), wanted);
    if (!found)
        found = find_in(raw, schema, name, wanted);
    return found || !(wanted & COMMON) ? found : built_in(schema, name);
}

static _Noreturn void unknown_type(struct cedar_raw_schema *raw, struct cedar_str name, size_t offset)
{
    cedar_raise_help(raw->f, CEDAR_EINVAL, offset,
        "declare it with 'entity' or 'type'; built in are Long, String, Bool, Set<...>, "
        "ipaddr, decimal, datetime and duration",
        "unknown type '%.*s'", CEDAR_ARG(name));
}

struct cedar_entity_type *cedar_resolve_entity(struct cedar_raw_schema *raw, struct cedar_schema *schema,
    struct cedar_str space, struct cedar_str name, size_t offset)
{
    const struct cedar_type *found = find_name(raw, schema, space, name, ENTITY);

    if (!found)
        cedar_raise_help(raw->f, CEDAR_EINVAL, offset, "declare it with 'entity'",
            "unknown entity type '%.*s'", CEDAR_ARG(name));
    return (struct cedar_entity_type *)(uintptr_t)found->entity; /* the schema is still being built */
}

/* By name; equal names in the order of the text, which is the order in memory. */
static int raw_attr_cmp(const void *a, const void *b)
{
    const struct cedar_raw_attr *const *x = a, *const *y = b;
    int c = cedar_str_cmp((*x)->name, (*y)->name);

    return c ? c : (*x > *y) - (*x < *y);
}

/* An attribute that is declared again gives way to the later one. */
static const struct cedar_type *record_type(struct cedar_raw_schema *raw, struct cedar_schema *schema,
    struct cedar_str space, const struct cedar_raw_type *type)
{
    const struct cedar_raw_attr **sorted = cedar_raw_take(raw, type->n * sizeof(*sorted));
    struct cedar_attr *attrs = cedar_take(raw->f, type->n * sizeof(*attrs));
    uint32_t n = 0;

    for (size_t i = 0; i < type->n; i++)
        sorted[i] = &type->attrs[i];
    cedar_sort(sorted, type->n, sizeof(*sorted), raw_attr_cmp);
    for (size_t i = 0; i < type->n; i++) {
        const struct cedar_type *value = cedar_resolve_type(raw, schema, space, sorted[i]->type);

        if (i + 1 < type->n && cedar_str_eq(sorted[i]->name, sorted[i + 1]->name))
            continue;
        attrs[n++] = (struct cedar_attr){sorted[i]->name, sorted[i]->required, value};
    }
    return cedar_new_record_type(raw->f, attrs, n);
}

static const struct cedar_type *resolve_any(struct cedar_raw_schema *raw, struct cedar_schema *schema,
    struct cedar_str space, const struct cedar_raw_type *type)
{
    const struct cedar_type *found = NULL;

    switch (type->kind) {
    case CEDAR_RAW_RECORD:
        return record_type(raw, schema, space, type);
    case CEDAR_RAW_SET:
        found = cedar_resolve_type(raw, schema, space, type->element);
        return cedar_new_set_type(raw->f, found);
    case CEDAR_RAW_NAME:
        found = find_name(raw, schema, space, type->name, COMMON | ENTITY | ACTION);
        break;
    case CEDAR_RAW_COMMON_NAME:
        found = find_name(raw, schema, space, type->name, COMMON);
        break;
    case CEDAR_RAW_ENTITY_NAME:
        found = find_name(raw, schema, space, type->name, ENTITY | ACTION);
        break;
    case CEDAR_RAW_EXTENSION:
        found = built_in(schema, type->name);
        if (found && found->kind < CEDAR_TYPE_DECIMAL)
            found = NULL;
        break;
    }
    if (!found)
        unknown_type(raw, type->name, type->offset);
    return found;
}

const struct cedar_type *cedar_resolve_type(struct cedar_raw_schema *raw, struct cedar_schema *schema,
    struct cedar_str space, const struct cedar_raw_type *type)
{
    const struct cedar_type *found;

    if (++raw->depth > 2 * CEDAR_MAX_DEPTH)
        cedar_raise(raw->f, CEDAR_ELIMIT, type->offset, "types refer to each other more than %d deep",
            2 * CEDAR_MAX_DEPTH);
    found = resolve_any(raw, schema, space, type);
    raw->depth--;
    return found;
}

const struct cedar_type *cedar_resolve_context(
    struct cedar_raw_schema *raw, struct cedar_schema *schema, const struct cedar_raw_action *action)
{
    const struct cedar_type *type;

    if (!action->context)
        return cedar_new_type(raw->f, (struct cedar_type){.kind = CEDAR_TYPE_RECORD, .depth = 1});
    if (action->context->kind == CEDAR_RAW_NAME) {
        type = find_name(raw, schema, action->space, action->context->name, COMMON);
        if (!type)
            unknown_type(raw, action->context->name, action->context->offset);
    } else {
        type = cedar_resolve_type(raw, schema, action->space, action->context);
    }
    if (type->kind != CEDAR_TYPE_RECORD)
        cedar_raise(
            raw->f, CEDAR_EINVAL, action->context->offset, "the context of an action must be a record");
    return type;
}
