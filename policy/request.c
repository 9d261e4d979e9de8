/* Uids as text, and requests as JSON. */
#include "policy/conform.h"
#include "policy/lexer.h"
#include "policy/value_json.h"

/* Type::"id" without white space or comments; any escape of a string inside the quotes. */
static const struct cedar_ref *read_uid(struct cedar_fail *f, struct cedar_str text, size_t place)
{
    struct cedar_fail inner;
    struct cedar_lexer lx;
    struct cedar_uid uid;
    const struct cedar_ref *ref;

    cedar_fail_start(&inner, NULL, f->arena, cedar_take_copy(f, text));
    if (setjmp(inner.jump))
        cedar_raise_help(f, CEDAR_EPARSE, place, "write Type::\"id\"", "not the name of an entity: %s",
            inner.err->message);
    cedar_check_text(&inner);
    cedar_lexer_start(&lx, &inner);
    uid.type = cedar_take_name(&lx, "a type");
    if (lx.token.kind != T_PATH || cedar_peek(&lx).start != lx.token.end)
        cedar_unexpected(&lx, "'::' and an id in quotes");
    cedar_next(&lx);
    uid.id = cedar_take_string(&lx);
    if (lx.token.kind != T_END)
        cedar_unexpected(&lx, "nothing after the id");
    if (!text.len || text.data[text.len - 1] != '"' || memcmp(text.data, uid.type.data, uid.type.len) != 0 ||
        memcmp(text.data + uid.type.len, "::\"", 3) != 0)
        cedar_raise(&inner, CEDAR_EPARSE, CEDAR_NOWHERE, "white space or a comment in it");
    ref = cedar_ref_new(f->arena, uid);
    if (!ref)
        cedar_raise_memory(f);
    return ref;
}

static bool try_uid(struct cedar_fail *f, struct cedar_str text, struct cedar_uid *out)
{
    if (setjmp(f->jump))
        return false;
    *out = read_uid(f, text, CEDAR_NOWHERE)->uid;
    return true;
}

int cedar_uid_parse(
    struct cedar_str text, struct cedar_arena *arena, struct cedar_uid *out, struct cedar_error *err)
{
    struct cedar_fail f;

    memset(out, 0, sizeof(*out));
    cedar_fail_start(&f, err, arena, (struct cedar_str){NULL, 0});
    return try_uid(&f, text, out) ? CEDAR_OK : (int)f.err->status;
}

static struct cedar_uid want_uid(struct cedar_fail *f, const struct cedar_json *root, const char *key)
{
    const struct cedar_json *j = cedar_json_want(f, root, key, JSON_STRING, "the request");

    return read_uid(f, j->s, j->offset)->uid;
}

static bool try_request(struct cedar_fail *f, const struct cedar_schema *schema, struct cedar_arena *tree,
    struct cedar_request *out)
{
    const struct cedar_json *root, *context;
    struct cedar_value *value;
    struct cedar_ref action;

    if (setjmp(f->jump))
        return false;
    root = cedar_json_read(f, tree);
    out->principal = want_uid(f, root, "principal");
    out->action = want_uid(f, root, "action");
    out->resource = want_uid(f, root, "resource");
    context = cedar_json_want(f, root, "context", JSON_OBJECT, "the request");
    value = cedar_take(f, sizeof(*value));
    action = cedar_ref_of(out->action);
    *value = schema ? cedar_conform_context(f, schema, &action, context) : cedar_value_read(f, context);
    if (value->kind != CEDAR_RECORD)
        cedar_raise(f, CEDAR_EPARSE, context->offset, "the context must be a record");
    out->context = value;
    return true;
}

int cedar_request_parse(const char *json, size_t len, const struct cedar_schema *schema,
    struct cedar_arena *arena, struct cedar_request *out, struct cedar_error *err)
{
    struct cedar_arena *tree = cedar_arena_new(0);
    struct cedar_fail f;
    bool good;

    memset(out, 0, sizeof(*out));
    if (!tree)
        return cedar_error_set(err, CEDAR_ENOMEM, "out of memory");
    cedar_fail_start(&f, err, arena, (struct cedar_str){json, len});
    good = try_request(&f, schema, tree, out);
    cedar_arena_free(tree);
    if (good)
        return CEDAR_OK;
    memset(out, 0, sizeof(*out));
    return (int)f.err->status;
}
