/* The policy set: made, filled, renamed, sealed; and what a policy says of itself. */
#include "policy/policies.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy/index.h"
#include "policy/parse.h"

struct walk {
    size_t offset, line, column;
};

struct cedar_policies *cedar_policies_new(void)
{
    struct cedar_policies *set = calloc(1, sizeof(*set));

    if (!set)
        return NULL;
    set->arena = cedar_arena_new(0);
    if (!set->arena) {
        free(set);
        return NULL;
    }
    return set;
}

void cedar_policies_free(struct cedar_policies *set)
{
    if (!set)
        return;
    cedar_arena_free(set->arena);
    free(set);
}

static struct cedar_policy **find_place(struct cedar_policy **table, size_t size, struct cedar_str id)
{
    size_t i = (size_t)cedar_hash(id, 1) & (size - 1);

    while (table[i] && !cedar_str_eq(table[i]->id, id))
        i = (i + 1) & (size - 1);
    return &table[i];
}

static void grow_table(struct cedar_fail *f, struct cedar_policies *set)
{
    size_t size = set->by_id_size ? set->by_id_size * 2 : 64;
    struct cedar_policy **table = cedar_take(f, size * sizeof(struct cedar_policy *));

    memset(table, 0, size * sizeof(struct cedar_policy *));
    for (size_t i = 0; i < set->by_id_size; i++) {
        if (set->by_id[i])
            *find_place(table, size, set->by_id[i]->id) = set->by_id[i];
    }
    set->by_id = table;
    set->by_id_size = size;
}

static void add_id(struct cedar_fail *f, struct cedar_policies *set, struct cedar_policy *policy)
{
    struct cedar_policy **place;

    if ((set->policies.n + set->templates.n + 1) * 2 > set->by_id_size)
        grow_table(f, set);
    place = find_place(set->by_id, set->by_id_size, policy->id);
    if (*place)
        cedar_raise(f, CEDAR_EINVAL, policy->text.len ? policy->start : CEDAR_NOWHERE,
            "two policies have the id \"%.*s\"", CEDAR_ARG(policy->id));
    *place = policy;
}

void cedar_policies_insert(struct cedar_fail *f, struct cedar_policies *set, struct cedar_policy *policy)
{
    struct cedar_list *list = policy->template ? &set->templates : &set->policies;

    add_id(f, set, policy);
    list->items = cedar_grow(f, f->arena, list->items, list->n, &list->cap, sizeof(struct cedar_policy *));
    policy->order = (uint32_t)(set->policies.n + set->templates.n);
    policy->index = (uint32_t)list->n;
    list->items[list->n++] = policy;
}

struct cedar_str cedar_policies_next_id(struct cedar_fail *f, struct cedar_policies *set)
{
    char name[32];
    int n = snprintf(name, sizeof(name), "policy%zu", set->read++);

    return cedar_take_copy(f, (struct cedar_str){name, (size_t)n});
}

int cedar_policies_check_open(const struct cedar_policies *set, struct cedar_error *err)
{
    if (set->sealed || set->broken)
        return cedar_error_set(
            err, CEDAR_EINVAL, "the policy set is %s", set->sealed ? "sealed" : "not usable after an error");
    return CEDAR_OK;
}

/* Line and column of each policy, found while walking once through the text. */
static void set_place(struct cedar_policy *policy, struct cedar_str text, struct walk *walk)
{
    struct cedar_str rest = {text.data + walk->offset, text.len - walk->offset};
    size_t line, column;

    cedar_place(rest, policy->start - walk->offset, &line, &column);
    walk->column = line > 1 ? column : walk->column + column - 1;
    walk->line += line - 1;
    walk->offset = policy->start;
    policy->line = walk->line;
    policy->column = walk->column;
}

static void read_all(struct cedar_parser *p, struct cedar_policies *set)
{
    struct walk walk = {0, 1, 1};

    cedar_check_text(&p->fail);
    p->fail.text = cedar_take_copy(&p->fail, p->fail.text);
    cedar_lexer_start(&p->lx, &p->fail);
    while (p->lx.token.kind != T_END) {
        struct cedar_policy *policy = cedar_take(&p->fail, sizeof(*policy));

        cedar_parse_policy(p, policy);
        policy->id = cedar_policies_next_id(&p->fail, set);
        set_place(policy, p->fail.text, &walk);
        cedar_policies_insert(&p->fail, set, policy);
        cedar_arena_reset(p->scratch);
        p->stack = NULL;
        p->cap_stack = 0;
    }
}

static bool try_read(struct cedar_parser *p, struct cedar_policies *set)
{
    if (setjmp(p->fail.jump))
        return false;
    read_all(p, set);
    return true;
}

int cedar_policies_add_text(struct cedar_policies *set, const char *text, size_t len, struct cedar_error *err)
{
    struct cedar_parser p = {.scratch = NULL};

    if (cedar_policies_check_open(set, err) != CEDAR_OK)
        return CEDAR_EINVAL;
    p.scratch = cedar_arena_new(0);
    if (!p.scratch)
        return cedar_error_set(err, CEDAR_ENOMEM, "out of memory");
    cedar_fail_start(&p.fail, err, set->arena, (struct cedar_str){text, len});
    set->broken = !try_read(&p, set);
    cedar_arena_free(p.scratch);
    return set->broken ? (int)p.fail.err->status : CEDAR_OK;
}

int cedar_policies_parse(const char *text, size_t len, struct cedar_policies **out, struct cedar_error *err)
{
    struct cedar_policies *set = cedar_policies_new();
    int r;

    *out = NULL;
    if (!set)
        return cedar_error_set(err, CEDAR_ENOMEM, "out of memory");
    r = cedar_policies_add_text(set, text, len, err);
    if (r == CEDAR_OK)
        r = cedar_policies_seal(set, err);
    if (r == CEDAR_OK)
        *out = set;
    else
        cedar_policies_free(set);
    return r;
}

static void rename_list(struct cedar_fail *f, struct cedar_policies *set, struct cedar_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        struct cedar_policy *policy = list->items[i];

        if (!policy->origin)
            cedar_policy_annotation(policy, CEDAR_STR("id"), &policy->id);
        add_id(f, set, policy);
    }
}

static bool try_rename(struct cedar_fail *f, struct cedar_policies *set)
{
    if (setjmp(f->jump))
        return false;
    if (set->by_id_size)
        memset(set->by_id, 0, set->by_id_size * sizeof(struct cedar_policy *));
    rename_list(f, set, &set->policies);
    rename_list(f, set, &set->templates);
    return true;
}

int cedar_policies_rename(struct cedar_policies *set, struct cedar_error *err)
{
    struct cedar_fail f;

    if (cedar_policies_check_open(set, err) != CEDAR_OK)
        return CEDAR_EINVAL;
    cedar_fail_start(&f, err, set->arena, (struct cedar_str){NULL, 0});
    set->broken = !try_rename(&f, set);
    return set->broken ? (int)f.err->status : CEDAR_OK;
}

static bool try_seal(struct cedar_fail *f, struct cedar_policies *set)
{
    if (setjmp(f->jump))
        return false;
    set->index = cedar_index_new(f, set);
    return true;
}

int cedar_policies_seal(struct cedar_policies *set, struct cedar_error *err)
{
    struct cedar_fail f;

    if (cedar_policies_check_open(set, err) != CEDAR_OK)
        return CEDAR_EINVAL;
    cedar_fail_start(&f, err, set->arena, (struct cedar_str){NULL, 0});
    set->sealed = try_seal(&f, set);
    set->broken = !set->sealed;
    return set->broken ? (int)f.err->status : CEDAR_OK;
}

size_t cedar_policies_count(const struct cedar_policies *set)
{
    return set->policies.n;
}

const struct cedar_policy *cedar_policies_at(const struct cedar_policies *set, size_t i)
{
    return set->policies.items[i];
}

size_t cedar_policies_template_count(const struct cedar_policies *set)
{
    return set->templates.n;
}

const struct cedar_policy *cedar_policies_template_at(const struct cedar_policies *set, size_t i)
{
    return set->templates.items[i];
}

const struct cedar_policy *cedar_policies_find(const struct cedar_policies *set, struct cedar_str id)
{
    return set->by_id_size ? *find_place(set->by_id, set->by_id_size, id) : NULL;
}
