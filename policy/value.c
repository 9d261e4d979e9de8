/* Values: order, sets, records. */
#include "policy/value.h"

const struct cedar_record_data cedar_empty_record = {0, 1};

uint64_t cedar_uid_hash(struct cedar_uid uid)
{
    return cedar_hash(uid.id, cedar_hash(uid.type, 0x5DEECE66Du));
}

bool cedar_uid_equal(struct cedar_uid a, struct cedar_uid b)
{
    return cedar_str_eq(a.id, b.id) && cedar_str_eq(a.type, b.type);
}

const struct cedar_ref *cedar_ref_new(struct cedar_arena *arena, struct cedar_uid uid)
{
    struct cedar_ref *ref = cedar_arena_alloc(arena, sizeof(*ref));
    struct cedar_str type = cedar_arena_copy(arena, uid.type), id = cedar_arena_copy(arena, uid.id);

    if (!ref || !type.data || !id.data)
        return NULL;
    *ref = cedar_ref_of((struct cedar_uid){type, id});
    return ref;
}

const char *cedar_kind_name(enum cedar_kind kind)
{
    static const char *const names[] = {
        "Bool", "Long", "String", "entity", "Set", "Record", "decimal", "ipaddr", "datetime", "duration"};

    return names[kind];
}

uint32_t cedar_value_depth(const struct cedar_value *value)
{
    if (value->kind == CEDAR_SET)
        return value->u.set->depth;
    return value->kind == CEDAR_RECORD ? value->u.record->depth : 0;
}

static int ref_cmp(const struct cedar_ref *a, const struct cedar_ref *b)
{
    int c;

    if (a == b)
        return 0;
    c = cedar_str_cmp(a->uid.type, b->uid.type);
    return c ? c : cedar_str_cmp(a->uid.id, b->uid.id);
}

static int set_cmp(const struct cedar_set_data *a, const struct cedar_set_data *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (uint32_t i = 0; i < a->n; i++) {
        int c = cedar_value_cmp(&a->items[i], &b->items[i]);

        if (c)
            return c;
    }
    return 0;
}

static int record_cmp(const struct cedar_record_data *a, const struct cedar_record_data *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (uint32_t i = 0; i < a->n; i++) {
        int c = cedar_str_cmp(a->pairs[i].key, b->pairs[i].key);

        if (!c)
            c = cedar_value_cmp(&a->pairs[i].value, &b->pairs[i].value);
        if (c)
            return c;
    }
    return 0;
}

static int ip_cmp(const struct cedar_ip_data *a, const struct cedar_ip_data *b)
{
    if (a->v6 != b->v6)
        return a->v6 ? 1 : -1;
    if (a->prefix != b->prefix)
        return a->prefix < b->prefix ? -1 : 1;
    return memcmp(a->address, b->address, a->v6 ? 16 : 4);
}

int cedar_value_cmp(const struct cedar_value *a, const struct cedar_value *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    switch (a->kind) {
    case CEDAR_BOOL:
        return (int)a->u.b - (int)b->u.b;
    case CEDAR_STRING:
        return cedar_str_cmp(a->u.s, b->u.s);
    case CEDAR_ENTITY:
        return ref_cmp(a->u.ref, b->u.ref);
    case CEDAR_SET:
        return set_cmp(a->u.set, b->u.set);
    case CEDAR_RECORD:
        return record_cmp(a->u.record, b->u.record);
    case CEDAR_IP:
        return ip_cmp(a->u.ip, b->u.ip);
    case CEDAR_LONG:
    case CEDAR_DECIMAL:
    case CEDAR_DATETIME:
    case CEDAR_DURATION:
        break;
    }
    return (a->u.n > b->u.n) - (a->u.n < b->u.n);
}

static int item_cmp(const void *a, const void *b)
{
    return cedar_value_cmp(a, b);
}

struct cedar_set_data *cedar_set_alloc(struct cedar_arena *arena, size_t n)
{
    struct cedar_set_data *set;

    if (n > UINT32_MAX)
        return NULL;
    set = cedar_arena_alloc(arena, sizeof(*set) + n * sizeof(set->items[0]));
    if (set)
        *set = (struct cedar_set_data){.n = (uint32_t)n};
    return set;
}

bool cedar_set_finish(struct cedar_set_data *set)
{
    uint32_t n = 0, depth = 0;

    for (uint32_t i = 0; i < set->n; i++) {
        uint32_t below = cedar_value_depth(&set->items[i]);

        depth = below > depth ? below : depth;
    }
    set->depth = depth + 1;
    cedar_sort(set->items, set->n, sizeof(set->items[0]), item_cmp);
    for (uint32_t i = 0; i < set->n; i++) {
        if (n == 0 || cedar_value_cmp(&set->items[n - 1], &set->items[i]) != 0)
            set->items[n++] = set->items[i];
    }
    set->n = n;
    return set->depth <= CEDAR_MAX_VALUE_DEPTH;
}

bool cedar_set_has(const struct cedar_set_data *set, const struct cedar_value *item)
{
    uint32_t low = 0, high = set->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int c = cedar_value_cmp(&set->items[middle], item);

        if (c == 0)
            return true;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static int pair_cmp(const void *a, const void *b)
{
    const struct cedar_pair *x = a, *y = b;

    return cedar_str_cmp(x->key, y->key);
}

struct cedar_record_data *cedar_record_alloc(struct cedar_arena *arena, size_t n)
{
    struct cedar_record_data *record;

    if (n > UINT32_MAX)
        return NULL;
    record = cedar_arena_alloc(arena, sizeof(*record) + n * sizeof(record->pairs[0]));
    if (record)
        *record = (struct cedar_record_data){.n = (uint32_t)n};
    return record;
}

bool cedar_record_finish(struct cedar_record_data *record)
{
    uint32_t depth = 0;

    cedar_sort(record->pairs, record->n, sizeof(record->pairs[0]), pair_cmp);
    for (uint32_t i = 0; i < record->n; i++) {
        uint32_t below = cedar_value_depth(&record->pairs[i].value);

        depth = below > depth ? below : depth;
        if (i && cedar_str_eq(record->pairs[i - 1].key, record->pairs[i].key))
            return false;
    }
    record->depth = depth + 1;
    return record->depth <= CEDAR_MAX_VALUE_DEPTH;
}

const struct cedar_value *cedar_record_get(const struct cedar_record_data *record, struct cedar_str key)
{
    uint32_t low = 0, high = record->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int c = cedar_str_cmp(record->pairs[middle].key, key);

        if (c == 0)
            return &record->pairs[middle].value;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
