/* Entity-JSON values.  Recursion is as deep as the JSON text, which is bounded. */
#include "policy/value_json.h"

#include "policy/ext.h"

const struct cedar_json *cedar_json_only(const struct cedar_json *j, const char *key)
{
    return j->kind == JSON_OBJECT && j->n == 1 && cedar_str_is(j->keys[0], key) ? &j->items[0] : NULL;
}

static bool has_string(const struct cedar_json *j, const char *key)
{
    const struct cedar_json *member = cedar_json_get(j, key);

    return member && member->kind == JSON_STRING;
}

bool cedar_is_type_and_id(const struct cedar_json *j)
{
    return j->kind == JSON_OBJECT && has_string(j, "type") && has_string(j, "id");
}

static const struct cedar_ref *read_ref(struct cedar_fail *f, const struct cedar_json *j)
{
    struct cedar_uid uid = {cedar_json_get(j, "type")->s, cedar_json_get(j, "id")->s};
    const struct cedar_ref *ref;

    if (!cedar_is_name(uid.type))
        cedar_raise(f, CEDAR_EPARSE, cedar_json_get(j, "type")->offset, "\"%.*s\" is not the name of a type",
            CEDAR_ARG(uid.type));
    ref = cedar_ref_new(f->arena, uid);
    if (!ref)
        cedar_raise_memory(f);
    return ref;
}

const struct cedar_ref *cedar_uid_read(struct cedar_fail *f, const struct cedar_json *j, const char *what)
{
    const struct cedar_json *inner = cedar_json_get(j, "__entity");

    if (j->kind == JSON_ARRAY)
        cedar_json_check(f, j, JSON_OBJECT, what);
    if (has_string(j, "__expr"))
        cedar_raise(f, CEDAR_EPARSE, j->offset, "the escape __expr is no longer part of the language");
    if (!inner || !cedar_is_type_and_id(inner))
        inner = j;
    if (!cedar_is_type_and_id(inner))
        cedar_raise_help(f, CEDAR_EPARSE, j->offset, "write {\"type\": \"User\", \"id\": \"alice\"}",
            "%s is not an entity", what);
    return read_ref(f, inner);
}

bool cedar_is_call(const struct cedar_json *j)
{
    const struct cedar_json *args;

    if (j->kind != JSON_OBJECT || !has_string(j, "fn"))
        return false;
    args = cedar_json_get(j, "args");
    return cedar_json_get(j, "arg") || (args && args->kind == JSON_ARRAY);
}

struct cedar_value cedar_call_read(struct cedar_fail *f, const struct cedar_json *call)
{
    const struct cedar_json *fn = cedar_json_get(call, "fn"), *arg = cedar_json_get(call, "arg");
    const struct cedar_json *items = arg ? arg : cedar_json_get(call, "args")->items;
    size_t n = arg ? 1 : cedar_json_get(call, "args")->n;
    enum cedar_fn id = cedar_fn_find(fn->s);
    struct cedar_value args[2], out = cedar_of_bool(false);
    const char *wrong;

    if (id == CEDAR_FN_COUNT)
        cedar_raise(f, CEDAR_EPARSE, fn->offset, "unknown function \"%.*s\"", CEDAR_ARG(fn->s));
    for (size_t i = 0; i < n && i < 2; i++)
        args[i] = cedar_value_read(f, &items[i]);
    wrong = cedar_ext_call(id, args, n, f->arena, &out);
    if (wrong && !*wrong)
        cedar_raise_memory(f);
    if (wrong && n == 1 && args[0].kind == CEDAR_STRING && id <= CEDAR_FN_DURATION)
        cedar_raise(f, CEDAR_EPARSE, items[0].offset, "\"%.*s\" %s", CEDAR_ARG(args[0].u.s), wrong);
    if (wrong)
        cedar_raise(f, CEDAR_EPARSE, call->offset, "%s %s", cedar_fns[id].name, wrong);
    return out;
}

static struct cedar_value read_set(struct cedar_fail *f, const struct cedar_json *j)
{
    struct cedar_set_data *set = cedar_set_alloc(f->arena, j->n);

    if (!set)
        cedar_raise_memory(f);
    for (size_t i = 0; i < j->n; i++)
        set->items[i] = cedar_value_read(f, &j->items[i]);
    cedar_set_finish(set); /* no deeper than JSON may be */
    return cedar_of_set(set);
}

static struct cedar_value read_record(struct cedar_fail *f, const struct cedar_json *j)
{
    struct cedar_record_data *record = cedar_record_alloc(f->arena, j->n);

    if (!record)
        cedar_raise_memory(f);
    for (size_t i = 0; i < j->n; i++)
        record->pairs[i] =
            (struct cedar_pair){cedar_take_copy(f, j->keys[i]), cedar_value_read(f, &j->items[i])};
    cedar_record_finish(record); /* keys differ: the JSON reader saw to it */
    return cedar_of_record(record);
}

static struct cedar_value read_object(struct cedar_fail *f, const struct cedar_json *j)
{
    const struct cedar_json *inner = cedar_json_only(j, "__entity");

    if (inner && cedar_is_type_and_id(inner))
        return cedar_of_ref(read_ref(f, inner));
    inner = cedar_json_only(j, "__extn");
    if (inner && cedar_is_call(inner))
        return cedar_call_read(f, inner);
    inner = cedar_json_only(j, "__expr");
    if (inner && inner->kind == JSON_STRING)
        cedar_raise(f, CEDAR_EPARSE, j->offset, "the escape __expr is no longer part of the language");
    return read_record(f, j);
}

struct cedar_value cedar_value_read(struct cedar_fail *f, const struct cedar_json *j)
{
    int64_t n;

    switch (j->kind) {
    case JSON_BOOL:
        return cedar_of_bool(j->b);
    case JSON_STRING:
        return cedar_of_str(cedar_take_copy(f, j->s));
    case JSON_ARRAY:
        return read_set(f, j);
    case JSON_OBJECT:
        return read_object(f, j);
    case JSON_NUMBER:
        if (!cedar_json_long(j, &n))
            cedar_raise(f, CEDAR_EPARSE, j->offset, "%.*s is not an integer of 64 bits", CEDAR_ARG(j->s));
        return cedar_of_number(CEDAR_LONG, n);
    case JSON_NULL:
        break;
    }
    cedar_raise(f, CEDAR_EPARSE, j->offset, "null is not a value");
}
