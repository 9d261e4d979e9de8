/* Entities JSON: [{"uid": ..., "attrs": {...}, "parents": [...], "tags": {...}}, ...]. */
#include "policy/conform.h"
#include "policy/store.h"
#include "policy/value_json.h"

struct reader {
    struct cedar_fail fail; /* fail.arena is the store's */
    struct cedar_arena *tree;
    struct cedar_entities *store;
    const struct cedar_schema *schema;
};

static const struct cedar_record_data *read_record(struct reader *r, const struct cedar_json *j)
{
    struct cedar_record_data *record = cedar_record_alloc(r->fail.arena, j->n);

    if (!record)
        cedar_raise_memory(&r->fail);
    for (size_t i = 0; i < j->n; i++)
        record->pairs[i] = (struct cedar_pair){
            cedar_take_copy(&r->fail, j->keys[i]), cedar_value_read(&r->fail, &j->items[i])};
    cedar_record_finish(record);
    return record;
}

static void read_parents(struct reader *r, const struct cedar_json *list, struct cedar_draft *draft)
{
    draft->n_parents = list->n;
    draft->parents = cedar_take(&r->fail, list->n * sizeof(*draft->parents));
    for (size_t i = 0; i < list->n; i++)
        draft->parents[i] = cedar_uid_read(&r->fail, &list->items[i], "a parent");
}

static void read_entity(struct reader *r, const struct cedar_json *j)
{
    const struct cedar_json *uid, *attrs, *parents, *tags;
    struct cedar_draft draft = {.ref = NULL};

    cedar_json_check(&r->fail, j, JSON_OBJECT, "an entity");
    uid = cedar_json_want(&r->fail, j, "uid", JSON_OBJECT, "the entity");
    attrs = cedar_json_want(&r->fail, j, "attrs", JSON_OBJECT, "the entity");
    parents = cedar_json_want(&r->fail, j, "parents", JSON_ARRAY, "the entity");
    tags = cedar_json_get(j, "tags");
    if (tags)
        cedar_json_check(&r->fail, tags, JSON_OBJECT, "tags");
    draft.ref = cedar_uid_read(&r->fail, uid, "uid");
    read_parents(r, parents, &draft);
    if (r->schema) {
        cedar_conform_entity(&r->fail, r->schema, &draft, attrs, tags, j->offset);
    } else {
        draft.attrs = read_record(r, attrs);
        draft.tags = tags ? read_record(r, tags) : NULL;
    }
    cedar_store_insert(&r->fail, r->store, &draft);
}

static bool try_read(struct reader *r)
{
    struct cedar_json *root;

    if (setjmp(r->fail.jump))
        return false;
    root = cedar_json_read(&r->fail, r->tree);
    cedar_json_check(&r->fail, root, JSON_ARRAY, "the entities");
    for (size_t i = 0; i < root->n; i++)
        read_entity(r, &root->items[i]);
    if (r->schema)
        cedar_conform_add_actions(&r->fail, r->schema, r->store);
    return true;
}

int cedar_entities_add_json(struct cedar_entities *store, const char *json, size_t len,
    const struct cedar_schema *schema, struct cedar_error *err)
{
    struct reader r = {.store = store, .schema = schema};

    if (cedar_store_check_open(store, err) != CEDAR_OK)
        return CEDAR_EINVAL;
    r.tree = cedar_arena_new(0);
    if (!r.tree)
        return cedar_error_set(err, CEDAR_ENOMEM, "out of memory");
    cedar_fail_start(&r.fail, err, store->arena, (struct cedar_str){json, len});
    store->broken = !try_read(&r);
    cedar_arena_free(r.tree);
    return store->broken ? (int)r.fail.err->status : CEDAR_OK;
}
