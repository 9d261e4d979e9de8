/* The entity store: made, filled, searched, layered. */
#include "policy/store.h"

#include <stdlib.h>

enum { FEW = 8 };

struct cedar_entities *cedar_entities_new(const struct cedar_entities *base)
{
    struct cedar_entities *store = calloc(1, sizeof(*store));

    if (!store)
        return NULL;
    store->base = base;
    store->arena = cedar_arena_new(0);
    if (!store->arena) {
        free(store);
        return NULL;
    }
    return store;
}

void cedar_entities_free(struct cedar_entities *store)
{
    if (!store)
        return;
    cedar_arena_free(store->arena);
    free(store);
}

void cedar_entities_reset(struct cedar_entities *store)
{
    cedar_arena_reset(store->arena);
    *store = (struct cedar_entities){.base = store->base, .arena = store->arena};
}

struct cedar_arena *cedar_entities_arena(struct cedar_entities *store)
{
    return store->arena;
}

static struct cedar_node **find_place(struct cedar_node **table, size_t size, const struct cedar_ref *ref)
{
    size_t i = (size_t)ref->hash & (size - 1);

    while (table[i] && !cedar_ref_eq(&table[i]->ref, ref))
        i = (i + 1) & (size - 1);
    return &table[i];
}

static struct cedar_node *find_here(const struct cedar_entities *store, const struct cedar_ref *ref)
{
    if (store->table)
        return *find_place(store->table, store->table_size, ref);
    for (size_t i = 0; i < store->n; i++) {
        if (cedar_ref_eq(&store->nodes[i]->ref, ref))
            return store->nodes[i];
    }
    return NULL;
}

struct cedar_node *cedar_store_find(const struct cedar_entities *store, const struct cedar_ref *ref)
{
    for (; store; store = store->base) {
        struct cedar_node *node = find_here(store, ref);

        if (node)
            return node;
    }
    return NULL;
}

static void grow_table(struct cedar_fail *f, struct cedar_entities *store)
{
    size_t size = store->table_size ? store->table_size * 2 : 64;
    struct cedar_node **table = cedar_take(f, size * sizeof(struct cedar_node *));

    memset(table, 0, size * sizeof(struct cedar_node *));
    for (size_t i = 0; i < store->n; i++)
        *find_place(table, size, &store->nodes[i]->ref) = store->nodes[i];
    store->table = table;
    store->table_size = size;
}

static bool has_parent(const struct cedar_parent *parents, size_t n, const struct cedar_ref *ref)
{
    for (size_t i = 0; i < n; i++) {
        if (cedar_ref_eq(parents[i].ref, ref))
            return true;
    }
    return false;
}

static bool record_eq(const struct cedar_record_data *a, const struct cedar_record_data *b)
{
    struct cedar_value x = cedar_of_record(a), y = cedar_of_record(b);

    return cedar_value_cmp(&x, &y) == 0;
}

static void check_same(struct cedar_fail *f, const struct cedar_node *old, const struct cedar_node *new)
{
    bool same = old->n_parents == new->n_parents &&record_eq(old->attrs, new->attrs) &&
                record_eq(old->tags, new->tags);

    for (uint32_t i = 0; same && i < new->n_parents; i++)
        same = has_parent(old->parents, old->n_parents, new->parents[i].ref);
    if (!same)
        cedar_raise(f, CEDAR_EINVAL, CEDAR_NOWHERE,
            "the entity %.*s::\"%.*s\" occurs twice, with different contents", CEDAR_ARG(old->ref.uid.type),
            CEDAR_ARG(old->ref.uid.id));
}

static int ref_order(const void *a, const void *b)
{
    const struct cedar_parent *x = a, *y = b;
    struct cedar_value p = cedar_of_ref(x->ref), q = cedar_of_ref(y->ref);

    return cedar_value_cmp(&p, &q);
}

/* Parents sorted, each once. */
static void set_parents(struct cedar_fail *f, struct cedar_node *node, const struct cedar_draft *draft)
{
    uint32_t n = 0;

    node->parents = cedar_take(f, draft->n_parents * sizeof(*node->parents));
    for (size_t i = 0; i < draft->n_parents; i++)
        node->parents[i] = (struct cedar_parent){draft->parents[i], NULL};
    cedar_sort(node->parents, draft->n_parents, sizeof(*node->parents), ref_order);
    for (size_t i = 0; i < draft->n_parents; i++) {
        if (n == 0 || !cedar_ref_eq(node->parents[n - 1].ref, node->parents[i].ref))
            node->parents[n++] = node->parents[i];
    }
    node->n_parents = n;
}

static bool is_action(const struct cedar_ref *ref)
{
    return cedar_str_is(cedar_basename(ref->uid.type), "Action");
}

static void check_parents(struct cedar_fail *f, const struct cedar_node *node)
{
    for (uint32_t i = 0; is_action(&node->ref) && i < node->n_parents; i++) {
        struct cedar_uid parent = node->parents[i].ref->uid;

        if (!is_action(node->parents[i].ref))
            cedar_raise(f, CEDAR_EINVAL, CEDAR_NOWHERE,
                "the action \"%.*s\" has a parent that is no action: %.*s::\"%.*s\"",
                CEDAR_ARG(node->ref.uid.id), CEDAR_ARG(parent.type), CEDAR_ARG(parent.id));
    }
}

void cedar_store_insert(struct cedar_fail *f, struct cedar_entities *store, const struct cedar_draft *draft)
{
    struct cedar_node *node = cedar_take(f, sizeof(*node));
    const struct cedar_node *old = find_here(store, draft->ref);

    *node = (struct cedar_node){.owner = store,
        .ref = *draft->ref,
        .attrs = draft->attrs ? draft->attrs : &cedar_empty_record,
        .tags = draft->tags ? draft->tags : &cedar_empty_record};
    set_parents(f, node, draft);
    check_parents(f, node);
    if (old) {
        check_same(f, old, node);
        return;
    }
    store->nodes = cedar_grow(f, f->arena, store->nodes, store->n, &store->cap, sizeof(struct cedar_node *));
    store->nodes[store->n++] = node;
    if (store->n > FEW && store->n * 2 > store->table_size)
        grow_table(f, store);
    else if (store->table)
        *find_place(store->table, store->table_size, &node->ref) = node;
}

static const struct cedar_ref *copy_ref(struct cedar_fail *f, const struct cedar_uid *uid)
{
    const struct cedar_ref *ref;

    if (!cedar_is_name(uid->type))
        cedar_raise(f, CEDAR_EINVAL, CEDAR_NOWHERE, "'%.*s' is not the name of a type", CEDAR_ARG(uid->type));
    ref = cedar_ref_new(f->arena, *uid);
    if (!ref)
        cedar_raise_memory(f);
    return ref;
}

static const struct cedar_record_data *want_record(
    struct cedar_fail *f, const struct cedar_value *value, const char *what)
{
    if (!value)
        return NULL;
    if (value->kind != CEDAR_RECORD)
        cedar_raise(f, CEDAR_EINVAL, CEDAR_NOWHERE, "the %s of an entity must be a record", what);
    return value->u.record;
}

static bool try_add(struct cedar_fail *f, struct cedar_entities *store, const struct cedar_entity *entity)
{
    struct cedar_draft draft;

    if (setjmp(f->jump))
        return false;
    draft = (struct cedar_draft){.ref = copy_ref(f, &entity->uid), .n_parents = entity->parent_count};
    draft.attrs = want_record(f, entity->attrs, "attributes");
    draft.tags = want_record(f, entity->tags, "tags");
    draft.parents = cedar_take(f, entity->parent_count * sizeof(*draft.parents));
    for (size_t i = 0; i < entity->parent_count; i++)
        draft.parents[i] = copy_ref(f, &entity->parents[i]);
    cedar_store_insert(f, store, &draft);
    return true;
}

int cedar_store_check_open(const struct cedar_entities *store, struct cedar_error *err)
{
    if (store->sealed || store->broken)
        return cedar_error_set(err, CEDAR_EINVAL, "the entity store is %s",
            store->sealed ? "sealed" : "not usable after an error");
    return CEDAR_OK;
}

int cedar_entities_add(
    struct cedar_entities *store, const struct cedar_entity *entity, struct cedar_error *err)
{
    struct cedar_fail f;

    if (cedar_store_check_open(store, err) != CEDAR_OK)
        return CEDAR_EINVAL;
    cedar_fail_start(&f, err, store->arena, (struct cedar_str){NULL, 0});
    store->broken = !try_add(&f, store, entity);
    return store->broken ? (int)f.err->status : CEDAR_OK;
}

size_t cedar_entities_count(const struct cedar_entities *store)
{
    return store->n;
}

struct cedar_uid cedar_entities_at(const struct cedar_entities *store, size_t i)
{
    return store->nodes[i]->ref.uid;
}
