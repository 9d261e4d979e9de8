/* Schemas in JSON: {"Namespace": {"commonTypes", "entityTypes", "actions"}}. */
#include "policy/est.h"
#include "policy/schema_raw.h"

/* Where a type stands decides what may stand beside it. */
enum place { PLACE_PLAIN, PLACE_COMMON, PLACE_ATTRIBUTE };

static struct cedar_raw_type *read_type(
    struct cedar_raw_schema *raw, const struct cedar_json *j, enum place place);

static struct cedar_str copy(struct cedar_raw_schema *raw, struct cedar_str s)
{
    return cedar_take_copy(raw->f, s);
}

static struct cedar_str read_name(struct cedar_raw_schema *raw, const struct cedar_json *j, const char *what)
{
    bool built_in;
    struct cedar_str rest = j->s;

    cedar_json_check(raw->f, j, JSON_STRING, what);
    built_in = j->s.len > 9 && memcmp(j->s.data, "__cedar::", 9) == 0;
    if (built_in)
        rest = (struct cedar_str){j->s.data + 9, j->s.len - 9};
    if (!cedar_is_name(rest))
        cedar_raise(raw->f, CEDAR_EPARSE, j->offset, "\"%.*s\" is not the name of a type", CEDAR_ARG(j->s));
    return copy(raw, j->s);
}

/* Read and forgotten: {"name": "text" or null}. */
static void check_annotations(struct cedar_raw_schema *raw, const struct cedar_json *object)
{
    const struct cedar_json *j = cedar_json_get(object, "annotations");

    if (j)
        cedar_json_check(raw->f, j, JSON_OBJECT, "annotations");
    for (size_t i = 0; j && i < j->n; i++) {
        if (!cedar_is_ident(j->keys[i]))
            cedar_raise(raw->f, CEDAR_EPARSE, j->items[i].offset, "\"%.*s\" cannot name an annotation",
                CEDAR_ARG(j->keys[i]));
        if (j->items[i].kind != JSON_NULL)
            cedar_json_check(raw->f, &j->items[i], JSON_STRING, "the value of an annotation");
    }
}

static struct cedar_raw_type *read_record(struct cedar_raw_schema *raw, const struct cedar_json *j)
{
    struct cedar_raw_type *type = cedar_raw_new_type(raw, CEDAR_RAW_RECORD, CEDAR_STR(""), j->offset);
    const struct cedar_json *attrs = cedar_json_want(raw->f, j, "attributes", JSON_OBJECT, "the record type");
    const struct cedar_json *open = cedar_json_get(j, "additionalAttributes");

    if (open && (open->kind != JSON_BOOL || open->b))
        cedar_raise(raw->f, CEDAR_EPARSE, open->offset, "additionalAttributes is not supported");
    type->n = attrs->n;
    type->attrs = cedar_raw_take(raw, attrs->n * sizeof(*type->attrs));
    for (size_t i = 0; i < attrs->n; i++) {
        const struct cedar_json *required;

        cedar_json_check(raw->f, &attrs->items[i], JSON_OBJECT, "the type of an attribute");
        required = cedar_json_get(&attrs->items[i], "required");
        if (required)
            cedar_json_check(raw->f, required, JSON_BOOL, "required");
        type->attrs[i] = (struct cedar_raw_attr){copy(raw, attrs->keys[i]), !required || required->b,
            read_type(raw, &attrs->items[i], PLACE_ATTRIBUTE)};
    }
    return type;
}

static struct cedar_raw_type *read_named(
    struct cedar_raw_schema *raw, const struct cedar_json *j, enum cedar_raw_kind kind)
{
    const struct cedar_json *name = cedar_json_want(raw->f, j, "name", JSON_STRING, "the type");

    return cedar_raw_new_type(raw, kind, read_name(raw, name, "name"), name->offset);
}

static void check_members(struct cedar_raw_schema *raw, const struct cedar_json *j, enum place place,
    const char *first, const char *second)
{
    const char *names[] = {"type", place >= PLACE_COMMON ? "annotations" : "type",
        place == PLACE_ATTRIBUTE ? "required" : "type", first ? first : "type", second ? second : "type",
        NULL};

    cedar_est_members(raw->f, j, names, "the type");
    check_annotations(raw, j);
}

static struct cedar_raw_type *read_set(struct cedar_raw_schema *raw, const struct cedar_json *j)
{
    struct cedar_raw_type *set = cedar_raw_new_type(raw, CEDAR_RAW_SET, CEDAR_STR(""), j->offset);

    set->element =
        read_type(raw, cedar_json_want(raw->f, j, "element", JSON_OBJECT, "the set type"), PLACE_PLAIN);
    return set;
}

static struct cedar_raw_type *read_type(
    struct cedar_raw_schema *raw, const struct cedar_json *j, enum place place)
{
    const struct cedar_json *type = cedar_json_want(raw->f, j, "type", JSON_STRING, "the type");

    if (cedar_str_is(type->s, "Record")) {
        check_members(raw, j, place, "attributes", "additionalAttributes");
        return read_record(raw, j);
    }
    if (cedar_str_is(type->s, "Set")) {
        check_members(raw, j, place, "element", NULL);
        return read_set(raw, j);
    }
    if (cedar_str_is(type->s, "Entity") || cedar_str_is(type->s, "EntityOrCommon") ||
        cedar_str_is(type->s, "Extension")) {
        check_members(raw, j, place, "name", NULL);
        return read_named(raw, j,
            cedar_str_is(type->s, "Entity")      ? CEDAR_RAW_ENTITY_NAME
            : cedar_str_is(type->s, "Extension") ? CEDAR_RAW_EXTENSION
                                                 : CEDAR_RAW_NAME);
    }
    check_members(raw, j, place, NULL, NULL);
    if (cedar_str_is(type->s, "Boolean"))
        return cedar_raw_new_type(raw, CEDAR_RAW_NAME, CEDAR_STR("__cedar::Bool"), type->offset);
    if (cedar_str_is(type->s, "Long"))
        return cedar_raw_new_type(raw, CEDAR_RAW_NAME, CEDAR_STR("__cedar::Long"), type->offset);
    if (cedar_str_is(type->s, "String"))
        return cedar_raw_new_type(raw, CEDAR_RAW_NAME, CEDAR_STR("__cedar::String"), type->offset);
    return cedar_raw_new_type(raw, CEDAR_RAW_COMMON_NAME, read_name(raw, type, "type"), type->offset);
}

static void read_names(
    struct cedar_raw_schema *raw, const struct cedar_json *list, struct cedar_raw_names *names, bool strings)
{
    if (!list)
        return;
    cedar_json_check(raw->f, list, JSON_ARRAY, "the list");
    for (size_t i = 0; i < list->n; i++) {
        cedar_json_check(raw->f, &list->items[i], JSON_STRING, "the list's item");
        cedar_raw_add_name(raw, names,
            strings ? copy(raw, list->items[i].s) : read_name(raw, &list->items[i], "a type"),
            list->items[i].offset);
    }
}

static void read_entity(
    struct cedar_raw_schema *raw, struct cedar_str space, struct cedar_str name, const struct cedar_json *j)
{
    static const char *const members[] = {"memberOfTypes", "shape", "tags", "enum", "annotations", NULL};
    const struct cedar_json *shape = cedar_json_get(j, "shape"), *tags = cedar_json_get(j, "tags"),
                            *ids = cedar_json_get(j, "enum");
    struct cedar_raw_entity *e;

    cedar_est_members(raw->f, j, members, "an entity type");
    check_annotations(raw, j);
    if (!cedar_is_ident(name) || cedar_is_reserved(name))
        cedar_raise(raw->f, CEDAR_EPARSE, j->offset, "\"%.*s\" cannot name an entity type", CEDAR_ARG(name));
    e = cedar_raw_add_entity(raw, space, copy(raw, name), j->offset);
    if (ids) {
        e->is_enum = true;
        read_names(raw, ids, &e->ids, true);
        if (!e->ids.n || shape || tags || cedar_json_get(j, "memberOfTypes"))
            cedar_raise(raw->f, CEDAR_EPARSE, j->offset, "an enum has a list of ids and nothing else");
        return;
    }
    read_names(raw, cedar_json_get(j, "memberOfTypes"), &e->parents, false);
    e->attrs = shape ? read_type(raw, shape, PLACE_PLAIN) : NULL;
    e->tags = tags ? read_type(raw, tags, PLACE_PLAIN) : NULL;
}

static void read_parents(
    struct cedar_raw_schema *raw, const struct cedar_json *list, struct cedar_raw_action *a)
{
    static const char *const members[] = {"id", "type", NULL};

    cedar_json_check(raw->f, list, JSON_ARRAY, "memberOf");
    a->n_parents = list->n;
    a->parents = cedar_raw_take(raw, list->n * sizeof(*a->parents));
    for (size_t i = 0; i < list->n; i++) {
        const struct cedar_json *type;

        cedar_est_members(raw->f, &list->items[i], members, "a parent of an action");
        type = cedar_json_get(&list->items[i], "type");
        a->parents[i].offset = list->items[i].offset;
        a->parents[i].id = copy(
            raw, cedar_json_want(raw->f, &list->items[i], "id", JSON_STRING, "a parent of an action")->s);
        if (type && type->kind != JSON_NULL)
            a->parents[i].type = read_name(raw, type, "type");
    }
}

static void read_applies(struct cedar_raw_schema *raw, const struct cedar_json *j, struct cedar_raw_action *a)
{
    static const char *const members[] = {"principalTypes", "resourceTypes", "context", NULL};
    const struct cedar_json *context;

    cedar_est_members(raw->f, j, members, "appliesTo");
    read_names(
        raw, cedar_json_want(raw->f, j, "principalTypes", JSON_ARRAY, "appliesTo"), &a->principals, false);
    read_names(
        raw, cedar_json_want(raw->f, j, "resourceTypes", JSON_ARRAY, "appliesTo"), &a->resources, false);
    context = cedar_json_get(j, "context");
    a->context = context ? read_type(raw, context, PLACE_PLAIN) : NULL;
}

static void read_action(
    struct cedar_raw_schema *raw, struct cedar_str space, struct cedar_str id, const struct cedar_json *j)
{
    static const char *const members[] = {"memberOf", "appliesTo", "attributes", "annotations", NULL};
    const struct cedar_json *parents = cedar_json_get(j, "memberOf"),
                            *applies = cedar_json_get(j, "appliesTo");
    const struct cedar_json *attributes = cedar_json_get(j, "attributes");
    struct cedar_raw_action *a;

    cedar_est_members(raw->f, j, members, "an action");
    check_annotations(raw, j);
    if (attributes && attributes->kind != JSON_NULL)
        cedar_raise(raw->f, CEDAR_EPARSE, attributes->offset, "actions have no attributes");
    a = cedar_raw_add_action(raw, space, copy(raw, id), j->offset);
    if (parents && parents->kind != JSON_NULL)
        read_parents(raw, parents, a);
    if (applies && applies->kind != JSON_NULL)
        read_applies(raw, applies, a);
}

static void read_namespace(struct cedar_raw_schema *raw, struct cedar_str space, const struct cedar_json *j)
{
    static const char *const members[] = {"commonTypes", "entityTypes", "actions", "annotations", NULL};
    const struct cedar_json *types = cedar_json_want(raw->f, j, "entityTypes", JSON_OBJECT, "the namespace");
    const struct cedar_json *actions = cedar_json_want(raw->f, j, "actions", JSON_OBJECT, "the namespace");
    const struct cedar_json *commons = cedar_json_get(j, "commonTypes"),
                            *annotations = cedar_json_get(j, "annotations");

    cedar_est_members(raw->f, j, members, "the namespace");
    check_annotations(raw, j);
    if (!space.len && annotations && annotations->n)
        cedar_raise(
            raw->f, CEDAR_EPARSE, annotations->offset, "only a namespace with a name has annotations");
    if (commons)
        cedar_json_check(raw->f, commons, JSON_OBJECT, "commonTypes");
    for (size_t i = 0; commons && i < commons->n; i++) {
        struct cedar_raw_common *common;

        if (!cedar_is_ident(commons->keys[i]) || cedar_is_reserved(commons->keys[i]))
            cedar_raise(raw->f, CEDAR_EPARSE, commons->items[i].offset, "\"%.*s\" cannot name a type",
                CEDAR_ARG(commons->keys[i]));
        common = cedar_raw_add_common(raw, space, copy(raw, commons->keys[i]), commons->items[i].offset);
        common->type = read_type(raw, &commons->items[i], PLACE_COMMON);
    }
    for (size_t i = 0; i < types->n; i++)
        read_entity(raw, space, types->keys[i], &types->items[i]);
    for (size_t i = 0; i < actions->n; i++)
        read_action(raw, space, actions->keys[i], &actions->items[i]);
}

void cedar_schema_read_json(struct cedar_raw_schema *raw)
{
    const struct cedar_json *root = cedar_json_read(raw->f, raw->scratch);

    cedar_json_check(raw->f, root, JSON_OBJECT, "the schema");
    for (size_t i = 0; i < root->n; i++) {
        if (root->keys[i].len && !cedar_is_name(root->keys[i]))
            cedar_raise(raw->f, CEDAR_EPARSE, root->items[i].offset, "\"%.*s\" cannot name a namespace",
                CEDAR_ARG(root->keys[i]));
        cedar_json_check(raw->f, &root->items[i], JSON_OBJECT, "the namespace");
        read_namespace(raw, copy(raw, root->keys[i]), &root->items[i]);
    }
}
