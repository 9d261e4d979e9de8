/* The public constructors of values. */
#include "policy/ext.h"
#include "policy/value.h"

static const struct cedar_value *keep(struct cedar_arena *arena, struct cedar_value value)
{
    struct cedar_value *copy = cedar_arena_alloc(arena, sizeof(*copy));

    if (copy)
        *copy = value;
    return copy;
}

const struct cedar_value *cedar_bool(struct cedar_arena *arena, bool b)
{
    return keep(arena, cedar_of_bool(b));
}

const struct cedar_value *cedar_long(struct cedar_arena *arena, int64_t n)
{
    return keep(arena, cedar_of_number(CEDAR_LONG, n));
}

const struct cedar_value *cedar_string(struct cedar_arena *arena, struct cedar_str s)
{
    struct cedar_str copy = cedar_arena_copy(arena, s);

    return copy.data ? keep(arena, cedar_of_str(copy)) : NULL;
}

const struct cedar_value *cedar_uid_value(struct cedar_arena *arena, struct cedar_uid uid)
{
    const struct cedar_ref *ref = cedar_is_name(uid.type) ? cedar_ref_new(arena, uid) : NULL;

    return ref ? keep(arena, cedar_of_ref(ref)) : NULL;
}

const struct cedar_value *cedar_set(
    struct cedar_arena *arena, const struct cedar_value *const *items, size_t n)
{
    struct cedar_set_data *set = cedar_set_alloc(arena, n);

    for (size_t i = 0; set && i < n; i++) {
        if (!items[i])
            return NULL;
        set->items[i] = *items[i];
    }
    return set && cedar_set_finish(set) ? keep(arena, cedar_of_set(set)) : NULL;
}

const struct cedar_value *cedar_record(struct cedar_arena *arena, const struct cedar_field *fields, size_t n)
{
    struct cedar_record_data *record = cedar_record_alloc(arena, n);

    for (size_t i = 0; record && i < n; i++) {
        struct cedar_str key = cedar_arena_copy(arena, fields[i].key);

        if (!fields[i].value || !key.data)
            return NULL;
        record->pairs[i] = (struct cedar_pair){key, *fields[i].value};
    }
    return record && cedar_record_finish(record) ? keep(arena, cedar_of_record(record)) : NULL;
}

static const struct cedar_value *from_text(struct cedar_arena *arena, enum cedar_fn fn, struct cedar_str text)
{
    struct cedar_value value;

    return cedar_ext_parse(fn, text, arena, &value) == CEDAR_OK ? keep(arena, value) : NULL;
}

const struct cedar_value *cedar_decimal(struct cedar_arena *arena, struct cedar_str text)
{
    return from_text(arena, CEDAR_FN_DECIMAL, text);
}

const struct cedar_value *cedar_ip(struct cedar_arena *arena, struct cedar_str text)
{
    return from_text(arena, CEDAR_FN_IP, text);
}

const struct cedar_value *cedar_datetime(struct cedar_arena *arena, struct cedar_str text)
{
    return from_text(arena, CEDAR_FN_DATETIME, text);
}

const struct cedar_value *cedar_duration(struct cedar_arena *arena, struct cedar_str text)
{
    return from_text(arena, CEDAR_FN_DURATION, text);
}

const struct cedar_value *cedar_datetime_ms(struct cedar_arena *arena, int64_t ms)
{
    return keep(arena, cedar_of_number(CEDAR_DATETIME, ms));
}

const struct cedar_value *cedar_duration_ms(struct cedar_arena *arena, int64_t ms)
{
    return keep(arena, cedar_of_number(CEDAR_DURATION, ms));
}

enum cedar_kind cedar_value_kind(const struct cedar_value *value)
{
    return value->kind;
}

bool cedar_value_equal(const struct cedar_value *a, const struct cedar_value *b)
{
    return cedar_value_eq(a, b);
}
