/* Types compared, joined, printed; values measured against them. */
#include "policy/schema.h"

const struct cedar_type *cedar_new_type(struct cedar_fail *f, struct cedar_type type)
{
    struct cedar_type *copy = cedar_take(f, sizeof(*copy));

    *copy = type;
    if (type.depth > CEDAR_MAX_DEPTH)
        cedar_raise(f, CEDAR_ELIMIT, CEDAR_NOWHERE, "types nest more than %d deep", CEDAR_MAX_DEPTH);
    return copy;
}

const struct cedar_type *cedar_new_set_type(struct cedar_fail *f, const struct cedar_type *element)
{
    return cedar_new_type(
        f, (struct cedar_type){.kind = CEDAR_TYPE_SET, .element = element, .depth = element->depth + 1});
}

const struct cedar_type *cedar_new_record_type(
    struct cedar_fail *f, const struct cedar_attr *attrs, uint32_t n)
{
    struct cedar_type record = {.kind = CEDAR_TYPE_RECORD, .attrs = attrs, .n = n, .depth = 1};

    for (uint32_t i = 0; i < n; i++) {
        if (attrs[i].type->depth >= record.depth)
            record.depth = attrs[i].type->depth + 1;
    }
    return cedar_new_type(f, record);
}

const struct cedar_attr *cedar_type_attr(const struct cedar_type *record, struct cedar_str name)
{
    uint32_t low = 0, high = record->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int c = cedar_str_cmp(record->attrs[middle].name, name);

        if (c == 0)
            return &record->attrs[middle];
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool same_attrs(const struct cedar_type *a, const struct cedar_type *b)
{
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++) {
        if (a->attrs[i].required != b->attrs[i].required || !cedar_str_eq(a->attrs[i].name, b->attrs[i].name))
            return false;
    }
    return true;
}

bool cedar_type_eq(const struct cedar_type *a, const struct cedar_type *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->entity != b->entity || a->depth != b->depth)
        return false;
    if (a->kind == CEDAR_TYPE_SET)
        return cedar_type_eq(a->element, b->element);
    if (a->kind != CEDAR_TYPE_RECORD)
        return true;
    for (uint32_t i = 0; i < a->n && i < b->n; i++) {
        if (!cedar_type_eq(a->attrs[i].type, b->attrs[i].type))
            return false;
    }
    return same_attrs(a, b);
}

static bool is_bool(const struct cedar_type *t)
{
    return t->kind <= CEDAR_TYPE_FALSE;
}

static const struct cedar_type *join_records(struct cedar_fail *f, const struct cedar_schema *schema,
    const struct cedar_type *a, const struct cedar_type *b)
{
    struct cedar_attr *attrs;
    struct cedar_type record = *a;

    if (!same_attrs(a, b))
        return NULL;
    attrs = cedar_take(f, a->n * sizeof(*attrs));
    for (uint32_t i = 0; i < a->n; i++) {
        attrs[i] = a->attrs[i];
        attrs[i].type = cedar_type_join(f, schema, a->attrs[i].type, b->attrs[i].type);
        if (!attrs[i].type)
            return NULL;
    }
    record.attrs = attrs;
    return cedar_new_type(f, record);
}

const struct cedar_type *cedar_type_join(struct cedar_fail *f, const struct cedar_schema *schema,
    const struct cedar_type *a, const struct cedar_type *b)
{
    const struct cedar_type *element;

    if (cedar_type_eq(a, b))
        return a;
    if (is_bool(a) && is_bool(b))
        return schema->basic[CEDAR_TYPE_BOOL];
    if (a->kind == CEDAR_TYPE_RECORD && b->kind == CEDAR_TYPE_RECORD)
        return join_records(f, schema, a, b);
    if (a->kind != CEDAR_TYPE_SET || b->kind != CEDAR_TYPE_SET)
        return NULL;
    element = cedar_type_join(f, schema, a->element, b->element);
    if (!element)
        return NULL;
    return cedar_new_set_type(f, element);
}

static void put_record(struct cedar_text *t, const struct cedar_type *type)
{
    cedar_putc(t, '{');
    for (uint32_t i = 0; i < type->n && i < 8; i++) {
        if (i)
            cedar_puts(t, ", ");
        cedar_put(t, type->attrs[i].name);
        cedar_puts(t, type->attrs[i].required ? ": " : "?: ");
        if (type->depth > 4)
            cedar_puts(t, "...");
        else
            cedar_put_type(t, type->attrs[i].type);
    }
    cedar_puts(t, type->n > 8 ? ", ...}" : "}");
}

void cedar_put_type(struct cedar_text *t, const struct cedar_type *type)
{
    static const char *const names[] = {
        "Bool", "Bool", "Bool", "Long", "String", "decimal", "ipaddr", "datetime", "duration"};

    if (type->kind == CEDAR_TYPE_ENTITY) {
        cedar_put(t, type->entity->name);
    } else if (type->kind == CEDAR_TYPE_SET) {
        cedar_puts(t, "Set<");
        cedar_put_type(t, type->element);
        cedar_putc(t, '>');
    } else if (type->kind == CEDAR_TYPE_RECORD) {
        put_record(t, type);
    } else {
        cedar_puts(t, names[type->kind]);
    }
}

static bool entity_conforms(const struct cedar_schema *schema, const struct cedar_ref *ref,
    const struct cedar_type *type, struct cedar_text *why)
{
    if (!cedar_str_eq(ref->uid.type, type->entity->name)) {
        cedar_puts(why, "expected ");
        cedar_put_type(why, type);
        cedar_puts(why, ", got ");
        cedar_put_uid(why, ref->uid);
        return false;
    }
    if ((type->entity->is_enum && !cedar_enum_has(type->entity, ref->uid.id)) ||
        (type->entity->action && !cedar_schema_action(schema, ref))) {
        cedar_put_uid(why, ref->uid);
        cedar_puts(why, " is not declared");
        return false;
    }
    return true;
}

static bool record_conforms(const struct cedar_schema *schema, const struct cedar_record_data *record,
    const struct cedar_type *type, struct cedar_text *why)
{
    for (uint32_t i = 0; i < record->n; i++) {
        const struct cedar_attr *attr = cedar_type_attr(type, record->pairs[i].key);

        if (!attr) {
            cedar_puts(why, "the attribute \"");
            cedar_put_escaped(why, record->pairs[i].key, false);
            cedar_puts(why, "\" is not declared");
            return false;
        }
        if (!cedar_value_conforms(schema, &record->pairs[i].value, attr->type, why)) {
            cedar_puts(why, ", in \"");
            cedar_put_escaped(why, record->pairs[i].key, false);
            cedar_putc(why, '"');
            return false;
        }
    }
    for (uint32_t i = 0; i < type->n; i++) {
        if (type->attrs[i].required && !cedar_record_get(record, type->attrs[i].name)) {
            cedar_puts(why, "the attribute \"");
            cedar_put_escaped(why, type->attrs[i].name, false);
            cedar_puts(why, "\" is missing");
            return false;
        }
    }
    return true;
}

static bool kind_fits(const struct cedar_value *value, const struct cedar_type *type)
{
    static const enum cedar_kind kinds[] = {CEDAR_BOOL, CEDAR_BOOL, CEDAR_BOOL, CEDAR_LONG, CEDAR_STRING,
        CEDAR_DECIMAL, CEDAR_IP, CEDAR_DATETIME, CEDAR_DURATION, CEDAR_ENTITY, CEDAR_SET, CEDAR_RECORD};

    return value->kind == kinds[type->kind];
}

bool cedar_value_conforms(const struct cedar_schema *schema, const struct cedar_value *value,
    const struct cedar_type *type, struct cedar_text *why)
{
    if (!kind_fits(value, type)) {
        cedar_puts(why, "expected ");
        cedar_put_type(why, type);
        cedar_puts(why, ", got a value of type ");
        cedar_puts(why, cedar_kind_name(value->kind));
        return false;
    }
    if (type->kind == CEDAR_TYPE_ENTITY)
        return entity_conforms(schema, value->u.ref, type, why);
    if (type->kind == CEDAR_TYPE_RECORD)
        return record_conforms(schema, value->u.record, type, why);
    for (uint32_t i = 0; type->kind == CEDAR_TYPE_SET && i < value->u.set->n; i++) {
        if (!cedar_value_conforms(schema, &value->u.set->items[i], type->element, why))
            return false;
    }
    return true;
}
