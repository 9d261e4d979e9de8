#include <string.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/log/verify_private.h"

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
    /* A frame that says too great a length hides the next one's start: going back to that is right, but once.
     */
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

static int walk_chunk(struct verify *verify, struct chunk *chunk)
{
    uint64_t start = instant_monotonic();
    uint64_t first = verify->edge.size;
    int result = chunk->result;
    verify->nodes.size = 0;
    verify->offsets.size = 0;
    for (size_t i = 0; i < chunk->count && result == VAULT_OK; i++)
        result = verify_piece(verify, &chunk->pieces[i]);
    if (result == VAULT_OK)
        result = verify_caches(verify, first);
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
            result = verify_report(verify,
                chunk->pieces[i].type == FRAME_ENTRY ? chunk->pieces[i].number : NO_INDEX,
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
        result = verify_report(verify, NO_INDEX, "the file does not begin as the log of this vault");
    if (result == VAULT_OK && verify->edge.size != verify->head.size)
        result =
            verify_report(verify, NO_INDEX, "fewer or more entries than the last checkpoint was signed for");
    if (result == VAULT_OK && (verify->in_group || verify->checkpoint_size != verify->head.size))
        result = verify_report(verify, NO_INDEX, "the end is not signed");
    if (result == VAULT_OK && log_check_file(verify->log, &size, NULL, &replaced) != VAULT_OK)
        result = verify_report(verify, NO_INDEX, "the file was deleted or replaced while it was in use");
    if (result == VAULT_OK && replaced.error == VAULT_OK && size < verify->head.end)
        result = verify_report(verify, NO_INDEX, "the file was cut while it was in use");
    return result;
}

int log_verify(struct log *log, const struct log_verify_options *options, struct log_verify_result *result,
    struct failure *failure)
{
    struct verify verify = {.log = log,
        .options = options,
        .result = result,
        .failure = failure,
        .time = INT64_MIN,
        .checkpoint_size = NO_INDEX,
        .resumed = NO_INDEX};
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
