#include <string.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/log/verify_private.h"

#define NO_INDEX UINT64_MAX

/* One verification. */
struct verify {
    struct log *log;
    const struct log_verify_options *options;
    struct log_verify_result *result;
    struct failure *failure;
    struct crew *crew;
    struct log_head head; /* how far to read */

    /* Reading, in the order of the file. */
    struct scan scan;
    uint64_t read_index;
    uint64_t resumed; /* read_index when reading was last resumed behind damage */
    bool read_end;
    uint64_t filled; /* chunks */
    uint64_t walked;
    uint64_t retired;

    /* Walking through what was opened. */
    struct hasher *hasher;
    struct tree_edge edge;
    int64_t time;
    uint64_t checkpoint_size; /* of the last one; NO_INDEX before the first */
    bool in_group;
    bool lost_group; /* after damage: nothing is known of the group we are in */
    struct group_begin begin;
    uint64_t begin_offset;
    struct buffer expected;
    struct buffer cached;
    struct buffer nodes;
    struct buffer offsets;
};

static int report(struct verify *verify, uint64_t index, const char *what)
{
    struct log_problem problem = {index, what};
    verify->result->problems++;
    if (verify->options->problem == NULL)
        return VAULT_OK;
    return verify->options->problem(verify->options->context, &problem);
}

/* --- Reading --- */

/* Behind a frame that is none: where the offsets say that the next entry is. */
static bool resume(struct verify *verify, uint64_t bad, bool *entry_lost)
{
    uint64_t here = 0;
    uint64_t next = 0;
    *entry_lost = false;
    if (verify->read_index >= verify->head.size ||
        cache_offset(verify->log, verify->read_index, &here) != VAULT_OK)
        return false;
    next = here;
    if (here == bad) {
        *entry_lost = true;
        if (verify->read_index + 1 >= verify->head.size ||
            cache_offset(verify->log, verify->read_index + 1, &next) != VAULT_OK)
            return false;
    }
    /* A frame that says too great a length hides the next one's start: going back to that is right, but once. */
    bool again = verify->resumed == verify->read_index;
    verify->resumed = verify->read_index;
    if ((next <= bad && again) || next >= verify->head.end)
        return false;
    scan_end(&verify->scan);
    return scan_start(&verify->scan, verify->log->file, next, verify->head.end) == VAULT_OK;
}

static void take_frame(struct verify *verify, struct chunk *chunk, const struct scan_frame *frame)
{
    struct piece *piece = &chunk->pieces[chunk->count++];
    memset(piece, 0, sizeof *piece);
    piece->type = frame->header.type;
    piece->offset = frame->offset;
    piece->mark = frame->mark;
    piece->number = piece->type == FRAME_ENTRY ? verify->read_index++ : frame->mark.size;
    piece->sealed_at = chunk->sealed.size + FRAME_HEADER_SIZE;
    piece->sealed_size = frame->body.size;
    buffer_put(&chunk->sealed, frame->whole);
}

static int take_damage(struct verify *verify, struct chunk *chunk, uint64_t offset)
{
    bool entry_lost;
    struct piece *piece = &chunk->pieces[chunk->count++];
    memset(piece, 0, sizeof *piece);
    piece->offset = offset;
    piece->number = NO_INDEX;
    if (!resume(verify, offset, &entry_lost)) {
        verify->read_end = true;
        piece->number = verify->read_index < verify->head.size ? verify->read_index : NO_INDEX;
    } else if (entry_lost) {
        piece->number = verify->read_index++;
    }
    return VAULT_OK;
}

static int fill_chunk(struct verify *verify, struct chunk *chunk)
{
    struct scan_frame frame;
    int result = VAULT_OK;
    chunk->sealed.size = 0;
    chunk->count = 0;
    chunk->result = VAULT_OK;
    chunk->signatures = chunk->check_nanoseconds = 0;
    while (result == VAULT_OK && !verify->read_end && chunk->count < CHUNK_PIECES &&
        chunk->sealed.size < CHUNK_BYTES) {
        result = scan_next(&verify->scan, &frame);
        if (result == VAULT_OK)
            take_frame(verify, chunk, &frame);
        else if (result == VAULT_EDAMAGED)
            result = take_damage(verify, chunk, frame.offset);
        else if (result == VAULT_ENOTFOUND)
            verify->read_end = true;
    }
    if (result == VAULT_ENOTFOUND)
        result = VAULT_OK;
    return result != VAULT_OK ? result : buffer_error(&chunk->sealed);
}

/* --- Walking --- */

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
    return wrong == NULL ? VAULT_OK : report(verify, NO_INDEX, wrong);
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
    uint64_t bytes = piece->offset + FRAME_HEADER_SIZE + piece->sealed_size + END_MARK_SIZE - verify->begin_offset;
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
    return report(verify, verify->edge.size == 0 ? NO_INDEX : verify->edge.size - 1, wrong);
}

static int hand_over(struct verify *verify, const struct piece *piece)
{
    const struct log_verify_options *options = verify->options;
    json_t *leaf = NULL;
    if (options->leaf == NULL || options->wants == NULL || !options->wants(options->context, piece->leaf.event))
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
        return report(verify, piece->number, "no \"sig\"");
    if (leaf_is_system(&piece->leaf))
        key = sign_key_public(verify->log->keys.vault_key).data;
    else if (options->public_key == NULL)
        return VAULT_OK;
    else
        key = options->public_key(options->context, piece->leaf.actor_id);
    if (key == NULL)
        return report(verify, piece->number, "the actor is nobody that the log knows");
    memcpy(piece->key, key, SIGN_PUBLIC_SIZE);
    piece->check = !options->skip_signatures;
    return VAULT_OK;
}

static int walk_leaf(struct verify *verify, struct piece *piece)
{
    int result = VAULT_OK;
    if (piece->leaf.seq != piece->number)
        result = report(verify, piece->number, "\"seq\" is not its place in the log");
    if (result == VAULT_OK && piece->leaf.time < verify->time)
        result = report(verify, piece->number, "\"time\" runs backwards");
    verify->time = piece->leaf.time;
    if (result == VAULT_OK && piece->number >= verify->options->from)
        result = find_key(verify, piece);
    /* Of all entries, since what the later ones may do follows from the earlier ones. */
    if (result == VAULT_OK)
        result = hand_over(verify, piece);
    return result;
}

/* An entry that does not open is reported; with the hash that the tree's file has for it, the checkpoints behind it
 * still tell whether anything else was changed. */
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
        result = report(verify, piece->number, "outside of any group");
    verify->lost_group = verify->lost_group || !verify->in_group;
    if (result != VAULT_OK)
        return result;
    return piece->wrong != NULL ? report(verify, piece->number, piece->wrong) : walk_leaf(verify, piece);
}

static int walk_piece(struct verify *verify, struct piece *piece)
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
        return piece->number == NO_INDEX ? report(verify, NO_INDEX, "bytes that are no frame")
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

static int compare_caches(struct verify *verify, uint64_t first)
{
    struct log_cache *cache = &verify->log->cache;
    bool same_nodes;
    bool same_offsets = true;
    int result = compare_cache(
        verify, cache->tree, tree_node_count(first) * HASH_SIZE, buffer_bytes(&verify->nodes), &same_nodes);
    if (result == VAULT_OK)
        result = compare_cache(verify, cache->offsets, first * 8, buffer_bytes(&verify->offsets), &same_offsets);
    if (result == VAULT_OK && !same_nodes)
        result = report(verify, first, "log.tree is not the tree of the entries from here on");
    if (result == VAULT_OK && !same_offsets)
        result = report(verify, first, "log.offsets is not where the entries are from here on");
    return result;
}

static int walk_chunk(struct verify *verify, struct chunk *chunk)
{
    uint64_t start = instant_monotonic();
    uint64_t first = verify->edge.size;
    int result = chunk->result;
    verify->nodes.size = 0;
    verify->offsets.size = 0;
    for (size_t i = 0; i < chunk->count && result == VAULT_OK; i++)
        result = walk_piece(verify, &chunk->pieces[i]);
    if (result == VAULT_OK)
        result = compare_caches(verify, first);
    verify->result->hash_nanoseconds += chunk->open_nanoseconds + (instant_monotonic() - start);
    if (verify->options->progress != NULL)
        verify->options->progress(verify->options->context, verify->edge.size, verify->head.size);
    return result;
}

static int retire_chunk(struct verify *verify, struct chunk *chunk)
{
    int result = chunk->result;
    verify->result->signatures += chunk->signatures;
    verify->result->signature_nanoseconds += chunk->check_nanoseconds;
    for (size_t i = 0; i < chunk->count && result == VAULT_OK; i++)
        if (chunk->pieces[i].forged != NULL)
            result = report(verify, chunk->pieces[i].type == FRAME_ENTRY ? chunk->pieces[i].number : NO_INDEX,
                chunk->pieces[i].forged);
    return result;
}

/* --- The whole --- */

static int run(struct verify *verify)
{
    size_t chunks = crew_chunks(verify->crew);
    int result = VAULT_OK;
    while (result == VAULT_OK && (!verify->read_end || verify->retired < verify->filled)) {
        if (!verify->read_end && verify->filled - verify->retired < chunks) {
            struct chunk *chunk = crew_chunk(verify->crew, verify->filled);
            uint64_t start = instant_monotonic();
            result = fill_chunk(verify, chunk);
            verify->result->hash_nanoseconds += instant_monotonic() - start;
            if (result == VAULT_OK)
                crew_hand_on(verify->crew, chunk, CHUNK_READ);
            verify->filled += result == VAULT_OK ? 1 : 0;
        } else if (verify->walked < verify->filled) {
            struct chunk *chunk = crew_chunk(verify->crew, verify->walked);
            crew_wait(verify->crew, chunk, CHUNK_OPENED);
            result = walk_chunk(verify, chunk);
            crew_hand_on(verify->crew, chunk, CHUNK_KEYED);
            verify->walked++;
        }
        while (result == VAULT_OK && verify->retired < verify->walked &&
            (verify->walked - verify->retired > chunks / 2 || verify->walked == verify->filled)) {
            struct chunk *chunk = crew_chunk(verify->crew, verify->retired);
            crew_wait(verify->crew, chunk, CHUNK_CHECKED);
            result = retire_chunk(verify, chunk);
            crew_hand_on(verify->crew, chunk, CHUNK_FREE);
            verify->retired++;
        }
    }
    return result;
}

static int check_ends(struct verify *verify)
{
    int result = VAULT_OK;
    uint8_t wanted[FILE_HEADER_SIZE];
    uint8_t found[FILE_HEADER_SIZE];
    uint64_t size;
    struct failure replaced = {0};
    frame_file_header(&verify->log->keys, wanted);
    if (file_read_at(verify->log->file, 0, found, sizeof found) != VAULT_OK ||
        memcmp(wanted, found, sizeof found) != 0)
        result = report(verify, NO_INDEX, "the file does not begin as the log of this vault");
    if (result == VAULT_OK && verify->edge.size != verify->head.size)
        result = report(verify, NO_INDEX, "fewer or more entries than the last checkpoint was signed for");
    if (result == VAULT_OK && (verify->in_group || verify->checkpoint_size != verify->head.size))
        result = report(verify, NO_INDEX, "the end is not signed");
    if (result == VAULT_OK && log_check_file(verify->log, &size, &replaced) != VAULT_OK)
        result = report(verify, NO_INDEX, "the file was deleted or replaced while it was in use");
    if (result == VAULT_OK && replaced.error == VAULT_OK && size < verify->head.end)
        result = report(verify, NO_INDEX, "the file was cut while it was in use");
    return result;
}

int log_verify(struct log *log, const struct log_verify_options *options, struct log_verify_result *result,
    struct failure *failure)
{
    struct verify verify = {.log = log, .options = options, .result = result, .failure = failure,
        .time = INT64_MIN, .checkpoint_size = NO_INDEX, .resumed = NO_INDEX};
    memset(result, 0, sizeof *result);
    if (caches_catch_up(log, &verify.head, NULL) != VAULT_OK)
        verify.head = log_head(log); /* what is wrong with the entries will be found */
    verify.hasher = hasher_new();
    verify.crew = crew_new(log, options->threads);
    int status = verify.hasher == NULL || verify.crew == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (status == VAULT_OK)
        status = scan_start(&verify.scan, log->file, FILE_HEADER_SIZE, verify.head.end);
    if (status == VAULT_OK)
        status = run(&verify);
    if (status == VAULT_OK)
        status = check_ends(&verify);
    if (verify.hasher != NULL)
        tree_edge_root(&verify.edge, verify.hasher, &result->root);
    result->size = verify.edge.size;
    crew_free(verify.crew);
    scan_end(&verify.scan);
    hasher_free(verify.hasher);
    buffer_free(&verify.expected);
    buffer_free(&verify.cached);
    buffer_free(&verify.nodes);
    buffer_free(&verify.offsets);
    return status == VAULT_OK
        ? status
        : failure_set(failure, status, "the log cannot be verified: %s", vault_error_text(status));
}
