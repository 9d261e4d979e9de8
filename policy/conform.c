/* Reading and checking entities, contexts and requests against a schema. */
#include "policy/conform.h"

#include "policy/ext.h"
#include "policy/schema.h"
#include "policy/value_json.h"

static struct cedar_value read_typed(
    struct cedar_fail *f, const struct cedar_json *j, const struct cedar_type *type);

static bool is_ext(const struct cedar_type *type)
{
    return type->kind >= CEDAR_TYPE_DECIMAL && type->kind <= CEDAR_TYPE_DURATION;
}

/* The bare argument, {fn, arg}, or the escape. */
static struct cedar_value read_ext(
    struct cedar_fail *f, const struct cedar_json *j, const struct cedar_type *type)
{
    enum cedar_fn fn = (enum cedar_fn)(CEDAR_FN_DECIMAL + (type->kind - CEDAR_TYPE_DECIMAL));
    const struct cedar_json *call = cedar_json_get(j, "__extn");
    struct cedar_value value;
    int r;

    if (call && cedar_is_call(call))
        return cedar_call_read(f, call);
    if (cedar_is_call(j))
        return cedar_call_read(f, j);
    if (j->kind != JSON_STRING)
        cedar_raise(f, CEDAR_ESCHEMA, j->offset, "expected the argument of %s() as a string, got %s",
            cedar_fns[fn].name, cedar_json_kind_name(j->kind));
    r = cedar_ext_parse(fn, j->s, f->arena, &value);
    if (r == CEDAR_ENOMEM)
        cedar_raise_memory(f);
    if (r != CEDAR_OK)
        cedar_raise(f, CEDAR_ESCHEMA, j->offset, "\"%.*s\" is not a valid argument of %s()", CEDAR_ARG(j->s),
            cedar_fns[fn].name);
    return value;
}

static struct cedar_value read_record(
    struct cedar_fail *f, const struct cedar_json *j, const struct cedar_type *type)
{
    struct cedar_record_data *record = cedar_record_alloc(f->arena, j->n);

    if (!record)
        cedar_raise_memory(f);
    for (size_t i = 0; i < j->n; i++) {
        const struct cedar_attr *attr = cedar_type_attr(type, j->keys[i]);
        struct cedar_value value =
            attr ? read_typed(f, &j->items[i], attr->type) : cedar_value_read(f, &j->items[i]);

        record->pairs[i] = (struct cedar_pair){cedar_take_copy(f, j->keys[i]), value};
    }
    cedar_record_finish(record);
    return cedar_of_record(record);
}

static struct cedar_value read_set(
    struct cedar_fail *f, const struct cedar_json *j, const struct cedar_type *type)
{
    struct cedar_set_data *set = cedar_set_alloc(f->arena, j->n);

    if (!set)
        cedar_raise_memory(f);
    for (size_t i = 0; i < j->n; i++)
        set->items[i] = read_typed(f, &j->items[i], type->element);
    cedar_set_finish(set);
    return cedar_of_set(set);
}

static struct cedar_value read_entity(struct cedar_fail *f, const struct cedar_json *j)
{
    if (!cedar_is_type_and_id(j) && !cedar_json_get(j, "__entity"))
        cedar_raise_help(f, CEDAR_ESCHEMA, j->offset, "write {\"type\": \"User\", \"id\": \"alice\"}",
            "expected an entity, got %s", cedar_json_kind_name(j->kind));
    return cedar_of_ref(cedar_uid_read(f, j, "the value"));
}

/* A value whose declared type is known.  A plain one is read as it stands: what it is comes later. */
static struct cedar_value read_typed(
    struct cedar_fail *f, const struct cedar_json *j, const struct cedar_type *type)
{
    if (is_ext(type))
        return read_ext(f, j, type);
    if (type->kind == CEDAR_TYPE_ENTITY)
        return read_entity(f, j);
    if (type->kind < CEDAR_TYPE_SET)
        return cedar_value_read(f, j);
    if (j->kind != (type->kind == CEDAR_TYPE_SET ? JSON_ARRAY : JSON_OBJECT))
        cedar_raise(f, CEDAR_ESCHEMA, j->offset, "expected %s, got %s",
            type->kind == CEDAR_TYPE_SET ? "a set" : "a record", cedar_json_kind_name(j->kind));
    return type->kind == CEDAR_TYPE_SET ? read_set(f, j, type) : read_record(f, j, type);
}

static void check_value(struct cedar_fail *f, const struct cedar_schema *schema,
    const struct cedar_value *value, const struct cedar_type *type, size_t offset)
{
    struct cedar_text why = {.arena = f->arena};
    struct cedar_str text;

    if (cedar_value_conforms(schema, value, type, &why))
        return;
    text = cedar_text_done(&why);
    cedar_raise(
        f, CEDAR_ESCHEMA, offset, "%.*s", text.len < 200 ? (int)text.len : 200, text.data ? text.data : "");
}

static const struct cedar_record_data *read_attrs(struct cedar_fail *f, const struct cedar_schema *schema,
    const struct cedar_json *j, const struct cedar_type *type)
{
    struct cedar_value value = read_record(f, j, type);

    check_value(f, schema, &value, type, j->offset);
    return value.u.record;
}

static const struct cedar_record_data *read_tags(struct cedar_fail *f, const struct cedar_schema *schema,
    const struct cedar_json *j, const struct cedar_entity_type *type)
{
    struct cedar_record_data *record = cedar_record_alloc(f->arena, j->n);

    if (!record)
        cedar_raise_memory(f);
    if (j->n && !type->tags)
        cedar_raise(f, CEDAR_ESCHEMA, j->offset, "%.*s has no tags", CEDAR_ARG(type->name));
    for (size_t i = 0; i < j->n; i++) {
        record->pairs[i] =
            (struct cedar_pair){cedar_take_copy(f, j->keys[i]), read_typed(f, &j->items[i], type->tags)};
        check_value(f, schema, &record->pairs[i].value, type->tags, j->items[i].offset);
    }
    cedar_record_finish(record);
    return record;
}

static _Noreturn void raise_other_parents(
    struct cedar_fail *f, const struct cedar_action *action, size_t offset)
{
    cedar_raise(f, CEDAR_ESCHEMA, offset, "the action \"%.*s\" has other parents than the schema says",
        CEDAR_ARG(action->ref.uid.id));
}

/* Given parents and their ancestors must be exactly what the schema says. */
static void check_action_entity(
    struct cedar_fail *f, const struct cedar_schema *schema, const struct cedar_draft *draft, size_t offset)
{
    const struct cedar_action *action = cedar_schema_action(schema, draft->ref);

    if (!action)
        cedar_raise(
            f, CEDAR_ESCHEMA, offset, "the action \"%.*s\" is not declared", CEDAR_ARG(draft->ref->uid.id));
    for (size_t i = 0; i < draft->n_parents; i++) {
        const struct cedar_action *above = cedar_schema_action(schema, draft->parents[i]);

        if (!above || above == action || !cedar_action_below(action, above))
            raise_other_parents(f, action, offset);
    }
    for (uint32_t k = 0; k < action->n_ancestors; k++) {
        bool covered = false;

        for (size_t i = 0; i < draft->n_parents && !covered; i++)
            covered =
                cedar_action_below(cedar_schema_action(schema, draft->parents[i]), action->ancestors[k]);
        if (!covered)
            raise_other_parents(f, action, offset);
    }
}

static void check_parents(struct cedar_fail *f, const struct cedar_schema *schema,
    const struct cedar_draft *draft, const struct cedar_entity_type *type, size_t offset)
{
    for (size_t i = 0; i < draft->n_parents; i++) {
        const struct cedar_entity_type *above = cedar_schema_type(schema, draft->parents[i]->uid.type);
        bool allowed = false;

        for (uint32_t k = 0; above && k < type->n_ancestors; k++)
            allowed = allowed || type->ancestors[k] == above;
        if (!allowed)
            cedar_raise(f, CEDAR_ESCHEMA, offset, "%.*s cannot be in %.*s", CEDAR_ARG(type->name),
                CEDAR_ARG(draft->parents[i]->uid.type));
        if (above->is_enum && !cedar_enum_has(above, draft->parents[i]->uid.id))
            cedar_raise(f, CEDAR_ESCHEMA, offset, "%.*s has no entity \"%.*s\"", CEDAR_ARG(above->name),
                CEDAR_ARG(draft->parents[i]->uid.id));
    }
}

void cedar_conform_entity(struct cedar_fail *f, const struct cedar_schema *schema, struct cedar_draft *draft,
    const struct cedar_json *attrs, const struct cedar_json *tags, size_t offset)
{
    const struct cedar_entity_type *type = cedar_schema_type(schema, draft->ref->uid.type);

    if (!type)
        cedar_raise(f, CEDAR_ESCHEMA, offset, "the entity type %.*s is not declared",
            CEDAR_ARG(draft->ref->uid.type));
    if (type->is_enum && !cedar_enum_has(type, draft->ref->uid.id))
        cedar_raise(f, CEDAR_ESCHEMA, offset, "%.*s has no entity \"%.*s\"", CEDAR_ARG(type->name),
            CEDAR_ARG(draft->ref->uid.id));
    if (type->action)
        check_action_entity(f, schema, draft, offset);
    else
        check_parents(f, schema, draft, type, offset);
    draft->attrs = read_attrs(f, schema, attrs, type->attrs);
    draft->tags = tags ? read_tags(f, schema, tags, type) : NULL;
}

static bool is_in(const struct cedar_entities *store, const struct cedar_ref *ref)
{
    return cedar_store_find(store, ref) != NULL;
}

void cedar_conform_add_actions(
    struct cedar_fail *f, const struct cedar_schema *schema, struct cedar_entities *store)
{
    for (size_t i = 0; i < schema->n_actions; i++) {
        const struct cedar_action *action = schema->actions[i];
        struct cedar_draft draft = {
            .ref = cedar_ref_new(f->arena, action->ref.uid), .n_parents = action->n_parents};

        if (!draft.ref)
            cedar_raise_memory(f);
        if (is_in(store, draft.ref))
            continue;
        draft.parents = cedar_take(f, action->n_parents * sizeof(*draft.parents));
        for (uint32_t k = 0; k < action->n_parents; k++) {
            draft.parents[k] = cedar_ref_new(f->arena, action->parents[k]->ref.uid);
            if (!draft.parents[k])
                cedar_raise_memory(f);
        }
        cedar_store_insert(f, store, &draft);
    }
}

/* Records have the declared attributes and no others; what the values are is not looked at. */
static void check_shape(
    struct cedar_fail *f, const struct cedar_value *value, const struct cedar_type *type, size_t offset)
{
    for (uint32_t i = 0; value->kind == CEDAR_SET && type->kind == CEDAR_TYPE_SET && i < value->u.set->n; i++)
        check_shape(f, &value->u.set->items[i], type->element, offset);
    if (value->kind != CEDAR_RECORD || type->kind != CEDAR_TYPE_RECORD)
        return;
    for (uint32_t i = 0; i < value->u.record->n; i++) {
        const struct cedar_pair *pair = &value->u.record->pairs[i];
        const struct cedar_attr *attr = cedar_type_attr(type, pair->key);

        if (!attr)
            cedar_raise(
                f, CEDAR_ESCHEMA, offset, "the attribute \"%.*s\" is not declared", CEDAR_ARG(pair->key));
        check_shape(f, &pair->value, attr->type, offset);
    }
    for (uint32_t i = 0; i < type->n; i++) {
        if (type->attrs[i].required && !cedar_record_get(value->u.record, type->attrs[i].name))
            cedar_raise(f, CEDAR_ESCHEMA, offset, "the attribute \"%.*s\" is missing",
                CEDAR_ARG(type->attrs[i].name));
    }
}

struct cedar_value cedar_conform_context(struct cedar_fail *f, const struct cedar_schema *schema,
    const struct cedar_ref *action, const struct cedar_json *context)
{
    const struct cedar_action *known = cedar_schema_action(schema, action);
    struct cedar_value value;

    if (!known)
        return cedar_value_read(f, context);
    value = read_typed(f, context, known->context);
    check_shape(f, &value, known->context, context->offset);
    return value;
}

static bool is_listed(const struct cedar_entity_type *const *types, uint32_t n, struct cedar_str name)
{
    for (uint32_t i = 0; i < n; i++) {
        if (cedar_str_eq(types[i]->name, name))
            return true;
    }
    return false;
}

static void check_who(struct cedar_fail *f, const struct cedar_schema *schema,
    const struct cedar_action *action, const struct cedar_uid *uid, bool resource)
{
    const struct cedar_entity_type *type = cedar_schema_type(schema, uid->type);
    bool listed = resource ? is_listed(action->resources, action->n_resources, uid->type)
                           : is_listed(action->principals, action->n_principals, uid->type);

    if (!type)
        cedar_raise(f, CEDAR_ESCHEMA, CEDAR_NOWHERE, "the type of the %s, %.*s, is not declared",
            resource ? "resource" : "principal", CEDAR_ARG(uid->type));
    if (!listed)
        cedar_raise(f, CEDAR_ESCHEMA, CEDAR_NOWHERE,
            "the action \"%.*s\" does not apply to a %s of type %.*s", CEDAR_ARG(action->ref.uid.id),
            resource ? "resource" : "principal", CEDAR_ARG(uid->type));
    if (type->is_enum && !cedar_enum_has(type, uid->id))
        cedar_raise(f, CEDAR_ESCHEMA, CEDAR_NOWHERE, "%.*s has no entity \"%.*s\"", CEDAR_ARG(uid->type),
            CEDAR_ARG(uid->id));
}

static bool try_request(
    struct cedar_fail *f, const struct cedar_schema *schema, const struct cedar_request *request)
{
    struct cedar_ref ref = cedar_ref_of(request->action);
    struct cedar_value context = cedar_of_record(&cedar_empty_record);
    const struct cedar_action *action;

    if (setjmp(f->jump))
        return false;
    action = cedar_schema_action(schema, &ref);
    if (!action)
        cedar_raise(f, CEDAR_ESCHEMA, CEDAR_NOWHERE, "the action %.*s::\"%.*s\" is not declared",
            CEDAR_ARG(ref.uid.type), CEDAR_ARG(ref.uid.id));
    check_who(f, schema, action, &request->principal, false);
    check_who(f, schema, action, &request->resource, true);
    check_value(f, schema, request->context ? request->context : &context, action->context, CEDAR_NOWHERE);
    return true;
}

int cedar_request_validate(
    const struct cedar_schema *schema, const struct cedar_request *request, struct cedar_error *err)
{
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_fail f;
    bool good;

    if (!arena)
        return cedar_error_set(err, CEDAR_ENOMEM, "out of memory");
    cedar_fail_start(&f, err, arena, (struct cedar_str){NULL, 0});
    good = try_request(&f, schema, request);
    cedar_arena_free(arena);
    return good ? CEDAR_OK : (int)f.err->status;
}
