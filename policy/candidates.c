/* What the index offers for one request. */
#include "policy/authorize.h"

struct gather {
    struct cedar_eval *ev;
    const struct cedar_index *index;
    uint32_t *items;
    size_t n, cap;
    unsigned sources;
};

static void add_bucket(struct gather *g, const struct cedar_bucket *bucket)
{
    for (uint32_t i = 0; bucket && i < bucket->n; i++) {
        g->items = cedar_grow(&g->ev->fail, g->ev->fail.arena, g->items, g->n, &g->cap, sizeof(*g->items));
        g->items[g->n++] = g->index->filed[bucket->start + i];
    }
    g->sources += bucket != NULL;
}

/* Under the entity itself and under each of its ancestors. */
static void add_entity(struct gather *g, enum cedar_key_kind kind)
{
    const struct cedar_ref *ref = &g->ev->refs[kind];
    const struct cedar_closure *closure;

    if (!g->index->kinds[kind])
        return;
    add_bucket(g, cedar_index_ref(g->index, kind, ref));
    closure = cedar_eval_closure(g->ev, ref);
    for (size_t i = 0; i < closure->n; i++)
        add_bucket(g, cedar_index_ref(g->index, kind, closure->items[i].ref));
}

static void add_type(struct gather *g, enum cedar_key_kind kind, enum cedar_var var)
{
    if (g->index->kinds[kind])
        add_bucket(g, cedar_index_type(g->index, kind, g->ev->refs[var].uid.type));
}

static int number_cmp(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Rising, each once: a policy for a list of actions can be met twice. */
static void sort_unique(struct gather *g)
{
    size_t n = 0;

    cedar_sort(g->items, g->n, sizeof(*g->items), number_cmp);
    for (size_t i = 0; i < g->n; i++) {
        if (n == 0 || g->items[n - 1] != g->items[i])
            g->items[n++] = g->items[i];
    }
    g->n = n;
}

void cedar_candidates_find(struct cedar_candidates *c, struct cedar_eval *ev, const struct cedar_index *index)
{
    struct gather g = {.ev = ev, .index = index};

    add_entity(&g, CEDAR_KEY_PRINCIPAL);
    add_entity(&g, CEDAR_KEY_ACTION);
    add_entity(&g, CEDAR_KEY_RESOURCE);
    add_type(&g, CEDAR_KEY_PRINCIPAL_TYPE, CEDAR_VAR_PRINCIPAL);
    add_type(&g, CEDAR_KEY_RESOURCE_TYPE, CEDAR_VAR_RESOURCE);
    if (g.sources)
        sort_unique(&g);
    *c = (struct cedar_candidates){g.items, index->rest, (uint32_t)g.n, index->n_rest};
}
