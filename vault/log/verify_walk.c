/* Going through opened frames in the order of the file: structure, tree, leaves, checkpoints. */
#include <string.h>

#include "vault/base/file.h"
#include "vault/base/memory.h"
#include "vault/log/verify_private.h"

int verify_report(struct verify *verify, uint64_t index, const char *what)
{
    struct log_problem problem = {index, what};
    if (memory_error() != VAULT_OK)
        return VAULT_ENOMEM; /* what could not be read whole was not seen to be wrong */
    verify->result->problems++;
    if (verify->options->problem == NULL)
        return VAULT_OK;
    return verify->options->problem(verify->options->context, &problem);
}

static int walk_begin(struct verify *verify, const struct piece *piece)
{
    const char *wrong = piece->wrong;
    if (wrong == NULL && verify->in_group)
        wrong = "a group that does not end with a checkpoint";
    if (wrong == NULL && piece->begin.first != verify->edge.size)
        wrong = "a group that begins with the wrong entry";
    verify->in_group = true;
    verify->lost_group = piece->wrong != NULL;
    verify->begin = piece->begin;
    verify->begin_offset = piece->offset;
    return wrong == NULL ? VAULT_OK : verify_report(verify, NO_INDEX, wrong);
}

/* The root of a checkpoint is compared as text: what we would have signed, byte for byte. */
static const char *compare_checkpoint(struct verify *verify, const struct piece *piece)
{
    struct checkpoint checkpoint = {bytes_of_text(verify->log->keys.origin), verify->edge.size, {{0}}};
    tree_edge_root(&verify->edge, verify->hasher, &checkpoint.root);
    buffer_reset(&verify->expected);
    checkpoint_format(&checkpoint, &verify->expected);
    buffer_put_u8(&verify->expected, '\n');
    if (piece->mark.size != verify->edge.size)
        return "a checkpoint of another size than the entries before it";
    if (piece->plain.size <= verify->expected.size ||
        memcmp(piece->plain.data, verify->expected.data, verify->expected.size) != 0)
        return "a checkpoint whose root is not that of the entries before it";
    if (verify->checkpoint_size != NO_INDEX && verify->checkpoint_size >= verify->edge.size)
        return "two checkpoints of one size";
    if (verify->lost_group)
        return NULL;
    if (!verify->in_group)
        return "a checkpoint without a group";
    uint64_t bytes =
        piece->offset + FRAME_HEADER_SIZE + piece->sealed_size + END_MARK_SIZE - verify->begin_offset;
    if (verify->begin.bytes != bytes || piece->mark.group_bytes != bytes ||
        piece->mark.checkpoint_bytes != FRAME_HEADER_SIZE + piece->sealed_size ||
        verify->begin.first + verify->begin.entries != verify->edge.size)
        return "a group of another length than it says";
    return NULL;
}

static int walk_checkpoint(struct verify *verify, struct piece *piece)
{
    const char *wrong = piece->wrong != NULL ? piece->wrong : compare_checkpoint(verify, piece);
    verify->in_group = false;
    verify->lost_group = false;
    verify->checkpoint_size = verify->edge.size;
    piece->check = piece->wrong == NULL && !verify->options->skip_signatures &&
                   verify->edge.size >= verify->options->from;
    if (wrong == NULL)
        return VAULT_OK;
    return verify_report(verify, verify->edge.size == 0 ? NO_INDEX : verify->edge.size - 1, wrong);
}

static int hand_over(struct verify *verify, const struct piece *piece)
{
    const struct log_verify_options *options = verify->options;
    json_t *leaf = NULL;
    if (options->leaf == NULL || options->wants == NULL ||
        !options->wants(options->context, piece->leaf.event))
        return VAULT_OK;
    int result = json_read(piece->plain, &leaf, verify->failure);
    if (result == VAULT_OK)
        result = options->leaf(options->context, piece->number, leaf);
    json_decref(leaf);
    return result;
}

static int find_key(struct verify *verify, struct piece *piece)
{
    const struct log_verify_options *options = verify->options;
    const uint8_t *key = NULL;
    if (piece->leaf.sig.size == 0)
        return verify_report(verify, piece->number, "no \"sig\"");
    if (leaf_is_system(&piece->leaf))
        key = sign_key_public(verify->log->keys.vault_key).data;
    else if (options->public_key == NULL)
        return VAULT_OK;
    else
        key = options->public_key(options->context, piece->leaf.actor_id);
    if (key == NULL)
        return verify_report(verify, piece->number, "the actor is nobody that the log knows");
    memcpy(piece->key, key, SIGN_PUBLIC_SIZE);
    piece->check = !options->skip_signatures;
    return VAULT_OK;
}

static int walk_leaf(struct verify *verify, struct piece *piece)
{
    int result = VAULT_OK;
    if (piece->leaf.seq != piece->number)
        result = verify_report(verify, piece->number, "\"seq\" is not its place in the log");
    if (result == VAULT_OK && piece->leaf.time < verify->time)
        result = verify_report(verify, piece->number, "\"time\" runs backwards");
    verify->time = piece->leaf.time;
    if (result == VAULT_OK && piece->number >= verify->options->from)
        result = find_key(verify, piece);
    /* Of all entries, since what the later ones may do follows from the earlier ones. */
    if (result == VAULT_OK)
        result = hand_over(verify, piece);
    return result;
}

/* An entry that does not open is reported; with the hash that the tree's file has for it, the checkpoints
 * behind it still tell whether anything else was changed. */
static void borrow_hash(struct verify *verify, struct piece *piece)
{
    struct tree_nodes nodes = cache_nodes(verify->log);
    if (nodes.node(nodes.context, 0, piece->number, &piece->hash) != VAULT_OK)
        memset(&piece->hash, 0, sizeof piece->hash);
}

static int walk_entry(struct verify *verify, struct piece *piece)
{
    struct hash fresh[TREE_LEVELS + 1];
    int result = VAULT_OK;
    if (piece->plain.data == NULL)
        borrow_hash(verify, piece);
    size_t count = tree_edge_add(&verify->edge, verify->hasher, &piece->hash, fresh);
    buffer_put_data(&verify->nodes, fresh, count * sizeof fresh[0]);
    buffer_put_u64(&verify->offsets, piece->offset);
    if (!verify->in_group && !verify->lost_group)
        result = verify_report(verify, piece->number, "outside of any group");
    verify->lost_group = verify->lost_group || !verify->in_group;
    if (result != VAULT_OK)
        return result;
    return piece->wrong != NULL ? verify_report(verify, piece->number, piece->wrong)
                                : walk_leaf(verify, piece);
}

int verify_piece(struct verify *verify, struct piece *piece)
{
    switch (piece->type) {
    case FRAME_BEGIN:
        return walk_begin(verify, piece);
    case FRAME_ENTRY:
        return walk_entry(verify, piece);
    case FRAME_CHECKPOINT:
        return walk_checkpoint(verify, piece);
    default:
        verify->lost_group = true;
        return piece->number == NO_INDEX ? verify_report(verify, NO_INDEX, "bytes that are no frame")
                                         : walk_entry(verify, piece);
    }
}

/* Are the same bytes in a cache file? */
static int compare_cache(struct verify *verify, int file, uint64_t offset, struct bytes computed, bool *same)
{
    *same = true;
    buffer_reset(&verify->cached);
    uint8_t *stored = buffer_grow(&verify->cached, computed.size);
    if (computed.size == 0)
        return VAULT_OK;
    if (stored == NULL)
        return VAULT_ENOMEM;
    int result = file_read_at(file, offset, stored, computed.size);
    *same = result == VAULT_OK && memcmp(stored, computed.data, computed.size) == 0;
    return result == VAULT_EDAMAGED ? VAULT_OK : result;
}

int verify_caches(struct verify *verify, uint64_t first)
{
    struct log_cache *cache = &verify->log->cache;
    bool same_nodes;
    bool same_offsets = true;
    if (buffer_error(&verify->nodes) != VAULT_OK || buffer_error(&verify->offsets) != VAULT_OK ||
        buffer_error(&verify->expected) != VAULT_OK)
        return VAULT_ENOMEM;
    int result = compare_cache(
        verify, cache->tree, tree_node_count(first) * HASH_SIZE, buffer_bytes(&verify->nodes), &same_nodes);
    if (result == VAULT_OK)
        result =
            compare_cache(verify, cache->offsets, first * 8, buffer_bytes(&verify->offsets), &same_offsets);
    if (result == VAULT_OK && !same_nodes)
        result = verify_report(verify, first, "log.tree is not the tree of the entries from here on");
    if (result == VAULT_OK && !same_offsets)
        result = verify_report(verify, first, "log.offsets is not where the entries are from here on");
    return result;
}
