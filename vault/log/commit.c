#include <string.h>

#include "vault/base/instant.h"
#include "vault/log/log_private.h"

/* A group in the making. */
struct group {
    struct log_head head; /* as it will be */
    uint32_t entries;
    struct buffer frames; /* begins with a gap for FRAME_BEGIN */
    struct buffer offsets;
    struct buffer nodes;
    struct buffer note;
};

static void group_start(struct group *group, const struct log_head *head)
{
    memset(group, 0, sizeof *group);
    group->head = *head;
    uint8_t *gap = buffer_grow(&group->frames, BEGIN_FRAME_SIZE);
    if (gap != NULL)
        memset(gap, 0, BEGIN_FRAME_SIZE);
}

static void group_free(struct group *group)
{
    buffer_free(&group->frames);
    buffer_free(&group->offsets);
    buffer_free(&group->nodes);
    buffer_free(&group->note);
}

static void group_add(struct group *group, struct hasher *hasher, const struct request *request)
{
    struct hash fresh[TREE_LEVELS + 1];
    struct reader reader = reader_of(buffer_bytes(&request->frames));
    uint64_t offset = group->head.end + group->frames.size;
    for (size_t i = 0; i < request->count; i++) {
        size_t before = reader.rest.size;
        size_t nodes = tree_edge_add(&group->head.edge, hasher, &request->leaves[i], fresh);
        buffer_put_data(&group->nodes, fresh, nodes * sizeof fresh[0]);
        buffer_put_u64(&group->offsets, offset);
        uint32_t length = reader_u32(&reader);
        (void)reader_take(&reader, 1 + (size_t)length);
        offset += before - reader.rest.size;
    }
    buffer_put(&group->frames, buffer_bytes(&request->frames));
    group->entries += (uint32_t)request->count;
    group->head.size += request->count;
    group->head.time = request->time;
}

/* Checkpoint, end mark, and the begin in its gap. */
static int group_finish(struct log *log, struct group *group)
{
    struct checkpoint checkpoint = {.origin = bytes_of_text(log->keys.origin), .size = group->head.size};
    struct buffer begin_frame = {0};
    tree_edge_root(&group->head.edge, log->hasher, &checkpoint.root);
    int result = checkpoint_sign(&checkpoint, &log->note_key, log->keys.vault_key, &group->note);
    size_t before = group->frames.size;
    if (result == VAULT_OK)
        result = frame_seal(
            &log->keys, FRAME_CHECKPOINT, group->head.size, buffer_bytes(&group->note), &group->frames);
    if (result != VAULT_OK)
        goto out;
    uint32_t size = (uint32_t)(group->frames.size + END_MARK_SIZE);
    struct end_mark mark = {group->head.size, (uint32_t)(group->frames.size - before), size};
    struct group_begin begin = {group->head.size - group->entries, group->entries, size};
    end_mark_put(&mark, &group->frames);
    result = group_begin_seal(&log->keys, group->head.end, &begin, &begin_frame);
    if (result == VAULT_OK)
        result = buffer_error(&group->frames);
    if (result == VAULT_OK)
        memcpy(group->frames.data, begin_frame.data, BEGIN_FRAME_SIZE);
    group->head.end += size;
out:
    buffer_free(&begin_frame);
    return result;
}

int commit_first(struct log *log, struct buffer *content)
{
    uint8_t header[FILE_HEADER_SIZE];
    struct log_head head = {.end = FILE_HEADER_SIZE, .time = INT64_MIN};
    struct group group;
    group_start(&group, &head);
    int result = group_finish(log, &group);
    frame_file_header(&log->keys, header);
    buffer_put_data(content, header, sizeof header);
    if (result == VAULT_OK)
        buffer_put(content, buffer_bytes(&group.frames));
    group_free(&group);
    return result != VAULT_OK ? result : buffer_error(content);
}

static int stamp_one(
    const struct log *log, struct request *request, size_t at, struct buffer *scratch, struct buffer *leaf)
{
    const struct sign_key *signer = request->events[at].signer;
    uint64_t seq = request->seq + at;
    buffer_reset(leaf);
    buffer_put_u8(leaf, 0x00); /* in front of a leaf when it is hashed */
    int result = leaf_complete(&request->drafts[at], seq, request->time,
        signer != NULL ? signer : log->keys.vault_key, log->keys.origin, scratch, leaf);
    if (result != VAULT_OK)
        return result;
    hash_sha256(buffer_bytes(leaf), &request->leaves[at]);
    return frame_seal(
        &log->keys, FRAME_ENTRY, seq, bytes_of(leaf->data + 1, leaf->size - 1), &request->frames);
}

int commit_stamp(const struct log *log, struct request *request, uint64_t seq, int64_t time)
{
    struct buffer scratch = {0};
    struct buffer leaf = {0};
    int result = VAULT_OK;
    request->seq = seq;
    request->time = time;
    request->frames.size = 0;
    for (size_t i = 0; i < request->count && result == VAULT_OK; i++)
        result = stamp_one(log, request, i, &scratch, &leaf);
    request->stamped = result == VAULT_OK;
    buffer_free(&scratch);
    buffer_free(&leaf);
    return result;
}

static int check_writable(struct log *log, uint64_t *size, struct failure *failure)
{
    bool locked = false;
    *size = 0;
    if (log->poisoned)
        return failure_set(
            failure, VAULT_ELOG, "%s: a failed write could not be undone; open the log again", log->path);
    int result = log_check_file(log, size, &locked, failure);
    if (result == VAULT_OK && (!log->writable || locked))
        result = failure_set(failure, VAULT_ELOG, "%s: cannot be written: read-only", log->path);
    return result;
}

int commit_prepare(struct log *log, struct failure *failure)
{
    uint64_t size;
    int result = check_writable(log, &size, failure);
    if (result != VAULT_OK)
        return result;
    if (!room_untouched(log, log->head.end, size) || log->cache.size != log->head.size)
        return log_attach(log, size, failure);
    if (size < log->room) /* another process was closed, and what was reserved is gone as well */
        log->reserved = size;
    log->room = size;
    return VAULT_OK;
}

static void collect(struct log *log, struct group *group, struct request *const *requests, size_t count)
{
    int64_t now = instant_now();
    for (size_t i = 0; i < count; i++) {
        struct request *request = requests[i];
        int64_t earliest = group->head.time;
        if (!request->stamped || request->seq != group->head.size || request->time < earliest)
            request->result = commit_stamp(log, request, group->head.size, now > earliest ? now : earliest);
        if (request->result == VAULT_OK)
            group_add(group, log->hasher, request);
    }
}

static void publish(struct log *log, struct group *group)
{
    uint64_t before = log->head.size;
    log->groups++;
    /* The group is durable whatever becomes of the caches: they are caught up with later. */
    int cached = buffer_error(&group->offsets) != VAULT_OK ? VAULT_ENOMEM : buffer_error(&group->nodes);
    if (cached == VAULT_OK)
        cached = cache_write(log, before, buffer_bytes(&group->offsets), buffer_bytes(&group->nodes));
    (void)pthread_mutex_lock(&log->state_lock);
    log->head = group->head;
    buffer_free(&log->note);
    log->note = group->note;
    group->note = (struct buffer){0}; /* transferred */
    if (cached == VAULT_OK)
        log->cache.size = log->head.size;
    (void)pthread_mutex_unlock(&log->state_lock);
}

static int write_group(
    struct log *log, struct request *const *requests, size_t count, struct failure *failure)
{
    struct group group = {0};
    int result = commit_prepare(log, failure);
    if (result != VAULT_OK)
        goto out;
    group_start(&group, &log->head);
    collect(log, &group, requests, count);
    if (group.entries == 0)
        goto out; /* each has its own failure */
    result = group_finish(log, &group);
    if (result != VAULT_OK)
        (void)failure_set(failure, result, "%s: %s", log->path, vault_error_text(result));
    if (result == VAULT_OK)
        result = space_reserve(log, group.frames.size, group.entries, failure);
    if (result == VAULT_OK)
        result = space_write(log, buffer_bytes(&group.frames), failure);
    if (result == VAULT_OK)
        publish(log, &group);
out:
    group_free(&group);
    return result;
}

void commit_group(struct log *log, struct request *const *requests, size_t count)
{
    struct failure failure = {0};
    int result = log_lock(log, &failure);
    if (result == VAULT_OK) {
        result = write_group(log, requests, count, &failure);
        log_unlock(log);
    }
    for (size_t i = 0; i < count && result != VAULT_OK; i++) {
        requests[i]->result = result == VAULT_ENOMEM ? result : VAULT_ELOG;
        requests[i]->failure = failure;
        requests[i]->failure.error = requests[i]->result;
    }
}
