#include <string.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/log/log_private.h"

#define FEW 8u

int entry_read(struct log *log, uint64_t index, uint64_t offset, struct buffer *leaf)
{
    uint8_t small[1024];
    struct frame_header header;
    struct buffer large = {0};
    int result = file_read_at(log->file, offset, small, FRAME_HEADER_SIZE);
    if (result != VAULT_OK)
        return result;
    if (!frame_header_read(small, &header) || header.type != FRAME_ENTRY)
        return VAULT_EDAMAGED;
    uint8_t *body = header.length <= sizeof small ? small : buffer_grow(&large, header.length);
    if (body == NULL)
        return VAULT_ENOMEM;
    result = file_read_at(log->file, offset + FRAME_HEADER_SIZE, body, header.length);
    if (result == VAULT_OK)
        result = frame_open(&log->keys, FRAME_ENTRY, index, bytes_of(body, header.length), leaf);
    buffer_free(&large);
    return result;
}

int entry_time(struct bytes leaf, int64_t *time)
{
    struct bytes value;
    if (!canonical_find(leaf, "time", &value) || !instant_parse(canonical_string(value), time))
        return VAULT_EDAMAGED;
    return VAULT_OK;
}

/* Caches that lag or lie are put right once, from the file. */
static int repair(struct log *log, bool renew, struct failure *failure)
{
    uint64_t size;
    struct tail tail = {0};
    struct tree_edge edge;
    int result = log_lock(log, failure);
    if (result != VAULT_OK)
        return result;
    result = log_check_file(log, &size, NULL, failure);
    if (result == VAULT_OK && (!room_untouched(log, log->head.end, size) || log->cache.size < log->head.size))
        result = log_attach(log, size, failure);
    if (result == VAULT_OK && renew)
        result = tail_find(log, size, log->head.end, &tail, failure);
    if (result == VAULT_OK && renew)
        result = cache_renew(log, &tail, &edge, failure);
    log_unlock(log);
    buffer_free(&tail.note);
    return result;
}

int64_t log_last_time(struct log *log)
{
    return log_head(log).time;
}

int caches_catch_up(struct log *log, struct log_head *head, struct failure *failure)
{
    (void)pthread_mutex_lock(&log->state_lock);
    *head = log->head;
    bool lag = log->cache.size < log->head.size;
    (void)pthread_mutex_unlock(&log->state_lock);
    if (!lag)
        return VAULT_OK;
    int result = repair(log, false, failure);
    *head = log_head(log);
    return result;
}

uint64_t log_size(const struct log *log)
{
    /* The lock is no part of what a reader sees as the log's value. */
    union {
        const struct log *constant;
        struct log *log;
    } same = {.constant = log};
    return log_head(same.log).size;
}

uint64_t log_bytes(struct log *log)
{
    return log_head(log).end;
}

void log_condition(struct log *log, struct log_condition *condition)
{
    struct log_head head = log_head(log);
    uint64_t reserved = atomic_load(&log->reserved);
    *condition = (struct log_condition){.entries = head.size,
        .bytes = head.end,
        .reserved = reserved > head.end ? reserved - head.end : 0,
        .syncs = &log->syncs};
}

static int read_once(struct log *log, uint64_t index, struct buffer *leaf)
{
    uint64_t offset;
    int result = cache_offset(log, index, &offset);
    return result != VAULT_OK ? result : entry_read(log, index, offset, leaf);
}

int log_read(struct log *log, uint64_t index, struct buffer *leaf, struct failure *failure)
{
    struct log_head head;
    int result = caches_catch_up(log, &head, failure);
    if (result != VAULT_OK)
        return result;
    if (index >= head.size)
        return failure_set(failure, VAULT_ENOTFOUND, "the log has no entry %llu", (unsigned long long)index);
    result = read_once(log, index, leaf);
    if (result == VAULT_EFORGED || result == VAULT_EDAMAGED) {
        int repaired = repair(log, true, failure);
        result = repaired != VAULT_OK ? repaired : read_once(log, index, leaf);
    }
    return result == VAULT_OK ? result
                              : failure_set(failure, result, "%s: entry %llu: %s", log->path,
                                    (unsigned long long)index, vault_error_text(result));
}

static int each_once(struct log *log, uint64_t first, uint64_t end,
    int (*leaf)(void *context, uint64_t index, struct bytes leaf), void *context, struct failure *failure)
{
    struct scan scan = {0};
    struct scan_frame frame;
    struct buffer text = {0};
    uint64_t offset;
    int result = cache_offset(log, first, &offset);
    if (result == VAULT_OK)
        result = scan_start(&scan, log->file, offset, log_head(log).end);
    while (first < end && result == VAULT_OK) {
        result = scan_next(&scan, &frame);
        if (result != VAULT_OK)
            (void)failure_set(
                failure, result, "%s: entry %llu cannot be read", log->path, (unsigned long long)first);
        if (result != VAULT_OK || frame.header.type != FRAME_ENTRY)
            continue;
        buffer_reset(&text);
        result = frame_open(&log->keys, FRAME_ENTRY, first, frame.body, &text);
        if (result != VAULT_OK)
            (void)failure_set(failure, result, "%s: entry %llu: %s", log->path, (unsigned long long)first,
                vault_error_text(result));
        else
            result = leaf(context, first++, buffer_bytes(&text));
    }
    scan_end(&scan);
    buffer_free(&text);
    return result;
}

int entries_each(struct log *log, uint64_t first, uint64_t end,
    int (*leaf)(void *context, uint64_t index, struct bytes leaf), void *context, struct failure *failure)
{
    struct buffer text = {0};
    int result = VAULT_OK;
    /* Reading one entry the usual way puts offsets right that are wrong; and a few are read so without large pieces. */
    uint64_t alone = end > first && end - first > FEW ? first + 1 : end;
    while (first < alone && result == VAULT_OK) {
        buffer_reset(&text);
        result = log_read(log, first, &text, failure);
        if (result == VAULT_OK)
            result = leaf(context, first++, buffer_bytes(&text));
    }
    buffer_free(&text);
    return result == VAULT_OK && first < end ? each_once(log, first, end, leaf, context, failure) : result;
}

int log_find_time(struct log *log, int64_t instant, uint64_t *index, struct failure *failure)
{
    struct buffer leaf = {0};
    uint64_t low = 0;
    uint64_t high = log_size(log);
    int result = VAULT_OK;
    *index = high;
    while (low < high && result == VAULT_OK) {
        uint64_t middle = low + (high - low) / 2;
        int64_t time = 0;
        buffer_reset(&leaf);
        result = log_read(log, middle, &leaf, failure);
        if (result == VAULT_OK)
            result = entry_time(buffer_bytes(&leaf), &time);
        if (time < instant)
            low = middle + 1;
        else
            high = middle;
    }
    if (result == VAULT_OK)
        *index = low;
    buffer_free(&leaf);
    return result == VAULT_OK ? result : failure_set(failure, result, "the log's times cannot be read");
}

int log_checkpoint(struct log *log, struct buffer *note, struct failure *failure)
{
    (void)pthread_mutex_lock(&log->state_lock);
    buffer_put(note, buffer_bytes(&log->note));
    (void)pthread_mutex_unlock(&log->state_lock);
    int result = buffer_error(note);
    return result == VAULT_OK ? result : failure_set(failure, result, "no memory for a checkpoint");
}

/* What a tree function is to be asked, so that all share one way of asking. */
struct question {
    enum { ROOT, INCLUSION, CONSISTENCY } kind;
    uint64_t first; /* index or old size */
    uint64_t size;
    struct hash *root;
    struct buffer *proof;
};

static int ask_once(struct log *log, const struct question *question)
{
    struct tree_nodes nodes = cache_nodes(log);
    struct hasher *hasher = hasher_new();
    if (hasher == NULL)
        return VAULT_ENOMEM;
    int result = VAULT_EINTERNAL;
    switch (question->kind) {
    case ROOT:
        result = tree_root(&nodes, hasher, question->size, question->root);
        break;
    case INCLUSION:
        result = tree_inclusion(&nodes, hasher, question->first, question->size, question->proof);
        break;
    case CONSISTENCY:
        result = tree_consistency(&nodes, hasher, question->first, question->size, question->proof);
        break;
    }
    hasher_free(hasher);
    return result;
}

static int ask(struct log *log, const struct question *question, struct failure *failure)
{
    struct log_head head;
    int result = caches_catch_up(log, &head, failure);
    if (result != VAULT_OK)
        return result;
    if (question->size > head.size)
        return failure_set(failure, VAULT_ENOTFOUND, "the log has %llu entries, not %llu",
            (unsigned long long)head.size, (unsigned long long)question->size);
    result = ask_once(log, question);
    if (result == VAULT_EDAMAGED) { /* shorter than it was */
        result = repair(log, true, failure);
        if (result == VAULT_OK)
            result = ask_once(log, question);
    }
    return result == VAULT_OK ? result
                              : failure_set(failure, result, "the log's tree: %s", vault_error_text(result));
}

int log_root(struct log *log, uint64_t size, struct hash *root, struct failure *failure)
{
    return ask(log, &(struct question){.kind = ROOT, .size = size, .root = root}, failure);
}

int log_inclusion_proof(
    struct log *log, uint64_t index, uint64_t size, struct buffer *proof, struct failure *failure)
{
    return ask(
        log, &(struct question){.kind = INCLUSION, .first = index, .size = size, .proof = proof}, failure);
}

int log_consistency_proof(
    struct log *log, uint64_t old_size, uint64_t size, struct buffer *proof, struct failure *failure)
{
    return ask(log, &(struct question){.kind = CONSISTENCY, .first = old_size, .size = size, .proof = proof},
        failure);
}

int log_extends(struct log *log, struct bytes note, struct failure *failure)
{
    struct checkpoint checkpoint;
    struct hash root;
    int result = checkpoint_open(note, &log->note_key, &checkpoint);
    if (result != VAULT_OK)
        return failure_set(failure, VAULT_EINPUT, "no checkpoint of %s under its key", log->keys.origin);
    uint64_t size = log_size(log);
    if (checkpoint.size > size)
        return failure_set(failure, VAULT_EROLLBACK,
            "the log has %llu entries, but a checkpoint that it signed has %llu", (unsigned long long)size,
            (unsigned long long)checkpoint.size);
    result = log_root(log, checkpoint.size, &root, failure);
    if (result == VAULT_OK && !hash_equal(&root, &checkpoint.root))
        result = failure_set(failure, VAULT_EROLLBACK,
            "the log of %llu entries is another history than the one signed at %llu",
            (unsigned long long)size, (unsigned long long)checkpoint.size);
    return result;
}
