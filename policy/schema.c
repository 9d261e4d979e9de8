/* A schema: made, freed, asked. */
#include "policy/schema.h"

#include <stdlib.h>

#include "policy/schema_raw.h"

typedef void read_fn(struct cedar_raw_schema *raw);

static bool try_read(struct cedar_raw_schema *raw, struct cedar_schema *schema, read_fn *read)
{
    if (setjmp(raw->f->jump))
        return false;
    read(raw);
    cedar_schema_resolve(raw, schema);
    return true;
}

static int read_schema(
    read_fn *read, struct cedar_str text, struct cedar_schema **out, struct cedar_error *err)
{
    struct cedar_schema *schema = calloc(1, sizeof(*schema));
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_fail f;
    struct cedar_raw_schema raw = {.f = &f, .scratch = cedar_arena_new(0)};
    int r = CEDAR_OK;

    *out = NULL;
    if (!schema || !arena || !raw.scratch) {
        r = cedar_error_set(err, CEDAR_ENOMEM, "out of memory");
        cedar_arena_free(arena);
        free(schema);
    } else {
        schema->arena = arena;
        cedar_fail_start(&f, err, arena, text);
        if (try_read(&raw, schema, read)) {
            *out = schema;
        } else {
            r = (int)f.err->status;
            cedar_schema_free(schema);
        }
    }
    cedar_arena_free(raw.scratch);
    return r;
}

int cedar_schema_parse(const char *text, size_t len, struct cedar_schema **out, struct cedar_error *err)
{
    return read_schema(cedar_schema_read_text, (struct cedar_str){text, len}, out, err);
}

int cedar_schema_parse_json(const char *json, size_t len, struct cedar_schema **out, struct cedar_error *err)
{
    return read_schema(cedar_schema_read_json, (struct cedar_str){json, len}, out, err);
}

void cedar_schema_free(struct cedar_schema *schema)
{
    if (!schema)
        return;
    cedar_arena_free(schema->arena);
    free(schema);
}

const struct cedar_entity_type *cedar_schema_type(const struct cedar_schema *schema, struct cedar_str name)
{
    size_t low = 0, high = schema->n_types;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = cedar_str_cmp(schema->types[middle]->name, name);

        if (c == 0)
            return schema->types[middle];
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct cedar_action *cedar_schema_action(const struct cedar_schema *schema, const struct cedar_ref *ref)
{
    struct cedar_value want = cedar_of_ref(ref);
    size_t low = 0, high = schema->n_actions;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct cedar_value at = cedar_of_ref(&schema->by_ref[middle]->ref);
        int c = cedar_value_cmp(&at, &want);

        if (c == 0)
            return schema->by_ref[middle];
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool cedar_type_below(const struct cedar_entity_type *a, const struct cedar_entity_type *b)
{
    if (a == b)
        return true;
    for (uint32_t i = 0; i < a->n_ancestors; i++) {
        if (a->ancestors[i] == b)
            return true;
    }
    return false;
}

bool cedar_action_below(const struct cedar_action *a, const struct cedar_action *b)
{
    if (a == b)
        return true;
    for (uint32_t i = 0; i < a->n_ancestors; i++) {
        if (a->ancestors[i] == b)
            return true;
    }
    return false;
}

bool cedar_enum_has(const struct cedar_entity_type *type, struct cedar_str id)
{
    for (uint32_t i = 0; i < type->n_ids; i++) {
        if (cedar_str_eq(type->ids[i], id))
            return true;
    }
    return false;
}
