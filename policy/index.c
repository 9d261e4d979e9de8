/*
 * Every policy is filed once, under the rarest of the constraints in its scope: the one
 * that the fewest policies share.  A request looks only under its own principal, action
 * and resource, their ancestors and types, and through the rest, which have no constraint.
 */
#include "policy/index.h"

/* One way to file a policy: under all of these keys at once. */
struct choice {
    enum cedar_key_kind kind;
    const struct cedar_scope *scope;
    bool by_type;
};

static struct cedar_bucket key_of(const struct choice *c, uint32_t i)
{
    struct cedar_bucket key = {.kind = c->kind, .used = true};

    if (c->by_type) {
        key.type = c->scope->type;
        key.hash = cedar_hash(key.type, (uint64_t)c->kind);
    } else {
        key.type = c->scope->refs[i]->uid.type;
        key.id = c->scope->refs[i]->uid.id;
        key.hash = c->scope->refs[i]->hash + (uint64_t)c->kind;
    }
    return key;
}

static struct cedar_bucket *find_place(const struct cedar_index *index, const struct cedar_bucket *key)
{
    size_t i = (size_t)key->hash & (index->size - 1);

    for (;; i = (i + 1) & (index->size - 1)) {
        struct cedar_bucket *b = &index->table[i];

        if (!b->used || (b->hash == key->hash && b->kind == key->kind && cedar_str_eq(b->id, key->id) &&
                            cedar_str_eq(b->type, key->type)))
            return b;
    }
}

static size_t choices_of(const struct cedar_policy *policy, struct choice *out)
{
    static const enum cedar_key_kind type_kind[] = {
        CEDAR_KEY_PRINCIPAL_TYPE, CEDAR_KEY_KINDS, CEDAR_KEY_RESOURCE_TYPE};
    size_t n = 0;

    for (int var = 0; var < 3; var++) {
        const struct cedar_scope *scope = &policy->scope[var];

        if (scope->op == CEDAR_SCOPE_IS || scope->op == CEDAR_SCOPE_IS_IN)
            out[n++] = (struct choice){type_kind[var], scope, true};
        if (scope->op != CEDAR_SCOPE_ANY && scope->op != CEDAR_SCOPE_IS)
            out[n++] = (struct choice){(enum cedar_key_kind)var, scope, false};
    }
    return n;
}

static uint32_t keys_in(const struct choice *c)
{
    return c->by_type ? 1 : c->scope->n;
}

static void count_all(struct cedar_index *index, const struct cedar_policies *set)
{
    struct choice choices[6];

    for (size_t i = 0; i < set->policies.n; i++) {
        size_t n = choices_of(set->policies.items[i], choices);

        for (size_t j = 0; j < n; j++) {
            for (uint32_t k = 0; k < keys_in(&choices[j]); k++) {
                struct cedar_bucket key = key_of(&choices[j], k), *b = find_place(index, &key);

                if (!b->used)
                    *b = key;
                b->count++;
            }
        }
    }
}

static uint64_t cost_of(const struct cedar_index *index, const struct choice *c)
{
    uint64_t cost = 0;

    for (uint32_t k = 0; k < keys_in(c); k++) {
        struct cedar_bucket key = key_of(c, k);

        cost += find_place(index, &key)->count;
    }
    return cost;
}

/* The cheapest of n choices. */
static size_t cheapest(const struct cedar_index *index, const struct choice *choices, size_t n)
{
    uint64_t least = UINT64_MAX;
    size_t best = 0;

    for (size_t j = 0; j < n; j++) {
        uint64_t cost = cost_of(index, &choices[j]);

        if (cost < least) {
            least = cost;
            best = j;
        }
    }
    return best;
}

enum { NO_CHOICE = 255 };

/* Choose for every policy and reserve room in each bucket; returns the number of filed entries. */
static uint32_t lay_out(struct cedar_index *index, const struct cedar_policies *set, uint8_t *chosen)
{
    uint32_t total = 0;

    for (size_t i = 0; i < set->policies.n; i++) {
        struct choice choices[6];
        size_t n = choices_of(set->policies.items[i], choices), best = cheapest(index, choices, n);

        chosen[i] = n ? (uint8_t)best : NO_CHOICE;
        if (!n)
            continue;
        index->kinds[choices[best].kind]++;
        for (uint32_t k = 0; k < keys_in(&choices[best]); k++) {
            struct cedar_bucket key = key_of(&choices[best], k);

            find_place(index, &key)->n++;
        }
    }
    for (size_t i = 0; i < index->size; i++) {
        index->table[i].start = total;
        total += index->table[i].n;
        index->table[i].n = 0;
    }
    return total;
}

static void file_one(struct cedar_index *index, const struct choice *c, uint32_t number)
{
    for (uint32_t k = 0; k < keys_in(c); k++) {
        struct cedar_bucket key = key_of(c, k), *b = find_place(index, &key);

        index->filed[b->start + b->n++] = number;
    }
}

static void file_all(struct cedar_fail *f, struct cedar_index *index, const struct cedar_policies *set)
{
    uint32_t *rest = cedar_take(f, set->policies.n * sizeof(*rest));
    uint8_t *chosen = cedar_take(f, set->policies.n);

    index->filed = cedar_take(f, lay_out(index, set, chosen) * sizeof(*index->filed));
    for (size_t i = 0; i < set->policies.n; i++) {
        struct choice choices[6];

        if (chosen[i] == NO_CHOICE) {
            rest[index->n_rest++] = (uint32_t)i;
            continue;
        }
        choices_of(set->policies.items[i], choices);
        file_one(index, &choices[chosen[i]], (uint32_t)i);
    }
    index->rest = rest;
}

struct cedar_index *cedar_index_new(struct cedar_fail *f, const struct cedar_policies *set)
{
    struct cedar_index *index = cedar_take(f, sizeof(*index));
    struct choice choices[6];
    size_t keys = 0, size = 16;

    for (size_t i = 0; i < set->policies.n; i++) {
        size_t n = choices_of(set->policies.items[i], choices);

        while (n--)
            keys += keys_in(&choices[n]);
    }
    while (size < keys * 2)
        size *= 2;
    *index = (struct cedar_index){.size = size, .table = cedar_take(f, size * sizeof(*index->table))};
    memset(index->table, 0, size * sizeof(*index->table));
    count_all(index, set);
    file_all(f, index, set);
    return index;
}

static const struct cedar_bucket *used(const struct cedar_bucket *b)
{
    return b->used && b->n ? b : NULL;
}

const struct cedar_bucket *cedar_index_ref(
    const struct cedar_index *index, enum cedar_key_kind kind, const struct cedar_ref *ref)
{
    struct cedar_bucket key = {
        .kind = kind, .type = ref->uid.type, .id = ref->uid.id, .hash = ref->hash + (uint64_t)kind};

    return used(find_place(index, &key));
}

const struct cedar_bucket *cedar_index_type(
    const struct cedar_index *index, enum cedar_key_kind kind, struct cedar_str type)
{
    struct cedar_bucket key = {.kind = kind, .type = type, .hash = cedar_hash(type, (uint64_t)kind)};

    return used(find_place(index, &key));
}
