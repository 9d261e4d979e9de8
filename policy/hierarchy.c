/* Parents and ancestors: links between nodes, cycles, closures.  Nothing here recurses. */
#include "policy/store.h"

enum { NEW, OPEN, DONE, FEW = 16 };

static void link_parents(struct cedar_entities *store)
{
    for (size_t i = 0; i < store->n; i++) {
        struct cedar_node *node = store->nodes[i];

        for (uint32_t j = 0; j < node->n_parents; j++)
            node->parents[j].node = cedar_store_find(store, node->parents[j].ref);
    }
}

/* Depth first with the path on a stack of our own; an open node met again closes a cycle. */
static void search_from(
    struct cedar_fail *f, struct cedar_entities *store, struct cedar_node *root, struct cedar_node **path)
{
    size_t depth = 0;

    path[depth++] = root;
    root->state = OPEN;
    while (depth) {
        struct cedar_node *node = path[depth - 1], *up;

        if (node->next_parent == node->n_parents) {
            node->state = DONE;
            depth--;
            continue;
        }
        up = node->parents[node->next_parent++].node;
        if (!up || up->owner != store || up->state == DONE)
            continue; /* the base was checked when it was sealed, and never points up */
        if (up->state == OPEN)
            cedar_raise(f, CEDAR_EINVAL, CEDAR_NOWHERE, "the entity %.*s::\"%.*s\" is its own ancestor",
                CEDAR_ARG(up->ref.uid.type), CEDAR_ARG(up->ref.uid.id));
        up->state = OPEN;
        path[depth++] = up;
    }
}

static bool try_seal(struct cedar_fail *f, struct cedar_entities *store)
{
    struct cedar_node **path;

    if (setjmp(f->jump))
        return false;
    link_parents(store);
    path = cedar_take(f, store->n * sizeof(struct cedar_node *));
    for (size_t i = 0; i < store->n; i++) {
        if (store->nodes[i]->state == NEW)
            search_from(f, store, store->nodes[i], path);
    }
    return true;
}

int cedar_entities_seal(struct cedar_entities *store, struct cedar_error *err)
{
    struct cedar_fail f;

    if (cedar_store_check_open(store, err) != CEDAR_OK)
        return CEDAR_EINVAL;
    cedar_fail_start(&f, err, store->arena, (struct cedar_str){NULL, 0});
    store->sealed = try_seal(&f, store);
    store->broken = !store->sealed;
    return store->broken ? (int)f.err->status : CEDAR_OK;
}

static size_t slot_of(const struct cedar_closure *c, const struct cedar_ref *ref)
{
    size_t i = (size_t)ref->hash & (c->table_size - 1);

    while (c->table[i] && !cedar_ref_eq(c->items[c->table[i] - 1].ref, ref))
        i = (i + 1) & (c->table_size - 1);
    return i;
}

bool cedar_closure_has(const struct cedar_closure *closure, const struct cedar_ref *ref)
{
    if (closure->table)
        return closure->table[slot_of(closure, ref)] != 0;
    for (size_t i = 0; i < closure->n; i++) {
        if (cedar_ref_eq(closure->items[i].ref, ref))
            return true;
    }
    return false;
}

static void grow_table(struct cedar_fail *f, struct cedar_closure *c)
{
    c->table_size = c->table_size ? c->table_size * 4 : 128;
    c->table = cedar_take(f, c->table_size * sizeof(*c->table));
    memset(c->table, 0, c->table_size * sizeof(*c->table));
    for (size_t i = 0; i < c->n; i++)
        c->table[slot_of(c, c->items[i].ref)] = (uint32_t)i + 1;
}

static void add_parents(struct cedar_fail *f, struct cedar_closure *c, const struct cedar_node *node)
{
    for (uint32_t i = 0; node && i < node->n_parents; i++) {
        if (cedar_closure_has(c, node->parents[i].ref))
            continue;
        c->items = cedar_grow(f, f->arena, c->items, c->n, &c->cap, sizeof(*c->items));
        c->items[c->n++] = node->parents[i];
        if (c->n > FEW && c->n * 2 > c->table_size)
            grow_table(f, c);
        else if (c->table)
            c->table[slot_of(c, node->parents[i].ref)] = (uint32_t)c->n;
    }
}

void cedar_closure_build(struct cedar_fail *f, struct cedar_closure *closure, const struct cedar_ref *of,
    const struct cedar_node *node)
{
    *closure = (struct cedar_closure){.of = of};
    add_parents(f, closure, node);
    for (size_t i = 0; i < closure->n; i++) /* it grows while it is walked */
        add_parents(f, closure, closure->items[i].node);
}
