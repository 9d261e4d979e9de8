/* Template-linked policies: a copy of the template with its slots filled. */
#include "policy/policies.h"
#include "policy/json.h"

static const struct cedar_policy *find_template(
    struct cedar_fail *f, const struct cedar_policies *set, struct cedar_str id)
{
    const struct cedar_policy *found = cedar_policies_find(set, id);

    if (!found)
        cedar_raise(f, CEDAR_EINVAL, CEDAR_NOWHERE, "there is no template \"%.*s\"", CEDAR_ARG(id));
    if (!found->template)
        cedar_raise(f, CEDAR_EINVAL, CEDAR_NOWHERE, "\"%.*s\" is a policy without slots, not a template",
            CEDAR_ARG(id));
    return found;
}

static void fill_slot(
    struct cedar_fail *f, struct cedar_policy *link, enum cedar_var var, const struct cedar_uid *uid)
{
    struct cedar_scope *scope = &link->scope[var];
    const struct cedar_ref *ref;

    if (scope->slot != (uid != NULL))
        cedar_raise(f, CEDAR_EINVAL, CEDAR_NOWHERE, "the template of \"%.*s\" has %s slot ?%s",
            CEDAR_ARG(link->id), uid ? "no" : "a", cedar_var_names[var]);
    if (!uid)
        return;
    if (!cedar_is_name(uid->type))
        cedar_raise(f, CEDAR_EINVAL, CEDAR_NOWHERE, "'%.*s' is not the name of a type", CEDAR_ARG(uid->type));
    ref = cedar_ref_new(f->arena, *uid);
    scope->refs = cedar_take(f, sizeof(*scope->refs));
    if (!ref)
        cedar_raise_memory(f);
    scope->refs[0] = ref;
    scope->slot = false;
}

void cedar_policies_add_link(struct cedar_fail *f, struct cedar_policies *set, struct cedar_str template_id,
    struct cedar_str new_id, const struct cedar_uid *principal, const struct cedar_uid *resource)
{
    const struct cedar_policy *origin = find_template(f, set, template_id);
    struct cedar_policy *link = cedar_take(f, sizeof(*link));

    *link = *origin;
    link->origin = origin;
    link->template = false;
    link->id = cedar_take_copy(f, new_id);
    fill_slot(f, link, CEDAR_VAR_PRINCIPAL, principal);
    fill_slot(f, link, CEDAR_VAR_RESOURCE, resource);
    cedar_policies_insert(f, set, link);
}

static bool try_link(struct cedar_fail *f, struct cedar_policies *set, struct cedar_str template_id,
    struct cedar_str new_id, const struct cedar_uid *const slots[2])
{
    if (setjmp(f->jump))
        return false;
    cedar_policies_add_link(f, set, template_id, new_id, slots[0], slots[1]);
    return true;
}

int cedar_policies_link(struct cedar_policies *set, struct cedar_str template_id, struct cedar_str new_id,
    const struct cedar_uid *principal, const struct cedar_uid *resource, struct cedar_error *err)
{
    const struct cedar_uid *slots[2] = {principal, resource};
    struct cedar_fail f;

    if (cedar_policies_check_open(set, err) != CEDAR_OK)
        return CEDAR_EINVAL;
    cedar_fail_start(&f, err, set->arena, (struct cedar_str){NULL, 0});
    set->broken = !try_link(&f, set, template_id, new_id, slots);
    return set->broken ? (int)f.err->status : CEDAR_OK;
}

static void read_arg(struct cedar_fail *f, struct cedar_str key, const struct cedar_json *value,
    struct cedar_uid uids[2], const struct cedar_uid *slots[2])
{
    int i = cedar_str_is(key, "?principal") ? 0 : 1;
    struct cedar_error err;

    if (i && !cedar_str_is(key, "?resource"))
        cedar_raise(f, CEDAR_EINVAL, value->offset, "there is no slot \"%.*s\"", CEDAR_ARG(key));
    cedar_json_check(f, value, JSON_STRING, "the entity of a slot");
    if (cedar_uid_parse(value->s, f->arena, &uids[i], &err) != CEDAR_OK)
        cedar_raise(f, CEDAR_EPARSE, value->offset, "%s", err.message);
    slots[i] = &uids[i];
}

static void read_link(struct cedar_fail *f, struct cedar_policies *set, const struct cedar_json *j)
{
    const struct cedar_json *template_id = cedar_json_want(f, j, "template_id", JSON_STRING, "a link");
    const struct cedar_json *link_id = cedar_json_want(f, j, "link_id", JSON_STRING, "a link");
    const struct cedar_json *args = cedar_json_want(f, j, "args", JSON_OBJECT, "a link");
    const struct cedar_uid *slots[2] = {NULL, NULL};
    struct cedar_uid uids[2];

    for (size_t i = 0; i < args->n; i++)
        read_arg(f, args->keys[i], &args->items[i], uids, slots);
    cedar_policies_add_link(f, set, template_id->s, link_id->s, slots[0], slots[1]);
}

static bool is_blank(struct cedar_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!memchr(" \t\n\r", text.data[i], 4))
            return false;
    }
    return true;
}

static bool try_links(struct cedar_fail *f, struct cedar_policies *set, struct cedar_arena *tree)
{
    const struct cedar_json *root;

    if (setjmp(f->jump))
        return false;
    if (is_blank(f->text))
        return true;
    root = cedar_json_read(f, tree);
    cedar_json_check(f, root, JSON_ARRAY, "the links");
    for (size_t i = 0; i < root->n; i++)
        read_link(f, set, &root->items[i]);
    return true;
}

int cedar_policies_link_json(
    struct cedar_policies *set, const char *json, size_t len, struct cedar_error *err)
{
    struct cedar_arena *tree;
    struct cedar_fail f;

    if (cedar_policies_check_open(set, err) != CEDAR_OK)
        return CEDAR_EINVAL;
    tree = cedar_arena_new(0);
    if (!tree)
        return cedar_error_set(err, CEDAR_ENOMEM, "out of memory");
    cedar_fail_start(&f, err, set->arena, (struct cedar_str){json, len});
    set->broken = !try_links(&f, set, tree);
    cedar_arena_free(tree);
    return set->broken ? (int)f.err->status : CEDAR_OK;
}
