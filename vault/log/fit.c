/* Are the caches those of the file?  If not, write what is missing, or all of it anew. */
#include <string.h>
#include <unistd.h>

#include "vault/log/log_private.h"

#define BATCH ((size_t)1 << 20)

/* A pass over stored entries that writes their offsets and nodes. */
struct pass {
    struct log *log;
    struct tree_edge edge;
    uint64_t written; /* entries in the files */
    struct buffer offsets;
    struct buffer nodes;
    struct buffer leaf;
};

static int flush(struct pass *pass)
{
    int result = buffer_error(&pass->offsets) != VAULT_OK ? VAULT_ENOMEM : buffer_error(&pass->nodes);
    if (result == VAULT_OK)
        result =
            cache_write(pass->log, pass->written, buffer_bytes(&pass->offsets), buffer_bytes(&pass->nodes));
    pass->written = pass->edge.size;
    pass->offsets.size = 0;
    pass->nodes.size = 0;
    return result;
}

static int add(struct pass *pass, const struct scan_frame *frame)
{
    struct hash leaf;
    struct hash fresh[TREE_LEVELS + 1];
    buffer_reset(&pass->leaf);
    int result = frame_open(&pass->log->keys, FRAME_ENTRY, pass->edge.size, frame->body, &pass->leaf);
    if (result != VAULT_OK)
        return result;
    tree_leaf_hash(pass->log->hasher, buffer_bytes(&pass->leaf), &leaf);
    size_t count = tree_edge_add(&pass->edge, pass->log->hasher, &leaf, fresh);
    buffer_put_u64(&pass->offsets, frame->offset);
    buffer_put_data(&pass->nodes, fresh, count * sizeof fresh[0]);
    return pass->nodes.size < BATCH ? VAULT_OK : flush(pass);
}

static int run(struct pass *pass, uint64_t from, uint64_t skip, uint64_t end)
{
    struct scan scan = {0};
    struct scan_frame frame;
    int result = scan_start(&scan, pass->log->file, from, end);
    while (result == VAULT_OK && (result = scan_next(&scan, &frame)) == VAULT_OK) {
        if (frame.header.type != FRAME_ENTRY)
            continue;
        if (skip > 0)
            skip--;
        else
            result = add(pass, &frame);
    }
    scan_end(&scan);
    return result == VAULT_ENOTFOUND ? flush(pass) : result;
}

/* Do offset and node of the last entry that is to be kept agree with the file? */
static int check_kept(struct log *log, uint64_t keep, uint64_t *offset)
{
    struct buffer leaf = {0};
    struct hash computed;
    struct hash stored;
    struct tree_nodes nodes = cache_nodes(log);
    int result = cache_offset(log, keep - 1, offset);
    if (result == VAULT_OK)
        result = entry_read(log, keep - 1, *offset, &leaf);
    if (result == VAULT_OK)
        result = nodes.node(nodes.context, 0, keep - 1, &stored);
    if (result == VAULT_OK) {
        tree_leaf_hash(log->hasher, buffer_bytes(&leaf), &computed);
        result = hash_equal(&computed, &stored) ? VAULT_OK : VAULT_EDAMAGED;
    }
    buffer_free(&leaf);
    return result;
}

/* Keep the first entries of the caches and write the rest from the file, up to the tail. */
static int extend(struct log *log, const struct tail *tail, uint64_t keep, struct tree_edge *edge)
{
    struct pass pass = {.log = log, .written = keep};
    struct tree_nodes nodes = cache_nodes(log);
    struct hash root;
    uint64_t from = FILE_HEADER_SIZE;
    int result = keep == 0 ? VAULT_OK : check_kept(log, keep, &from);
    if (result == VAULT_OK)
        result = tree_edge_load(&nodes, keep, &pass.edge);
    if (result == VAULT_OK)
        result = cache_trim(log, keep);
    if (result == VAULT_OK)
        result = run(&pass, from, keep == 0 ? 0 : 1, tail->end);
    if (result == VAULT_OK && pass.edge.size != tail->size)
        result = VAULT_EDAMAGED;
    if (result == VAULT_OK) {
        tree_edge_root(&pass.edge, log->hasher, &root);
        result = hash_equal(&root, &tail->root) ? VAULT_OK : VAULT_EFORGED;
    }
    *edge = pass.edge;
    buffer_free(&pass.offsets);
    buffer_free(&pass.nodes);
    buffer_free(&pass.leaf);
    return result;
}

int cache_renew(struct log *log, const struct tail *tail, struct tree_edge *edge, struct failure *failure)
{
    int result = log->cache.writable ? VAULT_OK : cache_to_memory(log, failure);
    if (result == VAULT_OK)
        result = extend(log, tail, 0, edge);
    if (result == VAULT_OK)
        return VAULT_OK;
    if (result == VAULT_EIO || result == VAULT_ENOMEM)
        return failure_set(
            failure, result, "%s: the tree cannot be built: %s", log->path, vault_error_text(result));
    (void)failure_set(failure, result,
        "%s: the stored entries do not give the root that was signed for %llu of them", log->path,
        (unsigned long long)tail->size);
    failure_remedy(failure, "\"log verify\" on a copy names the entries; keep the file as evidence");
    return result;
}

static bool root_fits(struct log *log, const struct tail *tail, struct tree_edge *edge)
{
    struct tree_nodes nodes = cache_nodes(log);
    struct hash root;
    if (tree_edge_load(&nodes, tail->size, edge) != VAULT_OK)
        return false;
    tree_edge_root(edge, log->hasher, &root);
    return hash_equal(&root, &tail->root);
}

/* The caches are written after the file was synced, so they never know more than it, unless it was cut. */
static int refuse_cut(struct log *log, const struct tail *tail, uint64_t entries, struct failure *failure)
{
    (void)failure_set(failure, VAULT_EROLLBACK, "%s: ends after %llu entries, but %llu were acknowledged",
        log->path, (unsigned long long)tail->size, (unsigned long long)entries);
    failure_remedy(failure, "find the newer file; to go on with the older one, delete %s and %s",
        log->tree_path, log->offsets_path);
    return VAULT_EROLLBACK;
}

int cache_fit(struct log *log, const struct tail *tail, struct tree_edge *edge, struct failure *failure)
{
    uint64_t entries;
    uint64_t nodes;
    int result = cache_lengths(log, &entries, &nodes);
    if (result != VAULT_OK)
        return failure_set(failure, result, "%s: cannot be read", log->tree_path);
    bool whole = entries >= tail->size && nodes >= tree_node_count(tail->size);
    if (whole && root_fits(log, tail, edge)) {
        if (entries > tail->size && nodes == tree_node_count(entries))
            return refuse_cut(log, tail, entries, failure);
        if ((entries > tail->size || nodes > tree_node_count(tail->size)) && log->cache.writable)
            result = cache_trim(log, tail->size);
        return result;
    }
    uint64_t keep = tree_leaves_of(nodes) < entries ? tree_leaves_of(nodes) : entries;
    if (!whole && keep > 0 && keep < tail->size && log->cache.writable &&
        extend(log, tail, keep, edge) == VAULT_OK)
        return VAULT_OK;
    return cache_renew(log, tail, edge, failure);
}
