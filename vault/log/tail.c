/* Where the signed part of the file ends.  FORMATS.md, "The torn tail", has the argument in numbered steps.
 */
#include <string.h>

#include "vault/base/file.h"
#include "vault/log/log_private.h"

#define SECTOR 512u
#define LOST_MIN 16u /* zeros that no sealed byte string has by chance */
#define LENGTH_SIZE 4u

static int open_checkpoint(
    struct log *log, struct bytes frame, const struct end_mark *mark, struct tail *tail)
{
    struct checkpoint checkpoint;
    struct frame_header header;
    if (!frame_header_read(frame.data, &header) || header.type != FRAME_CHECKPOINT ||
        header.length + FRAME_HEADER_SIZE != frame.size)
        return VAULT_EDAMAGED;
    buffer_reset(&tail->note);
    struct bytes body = bytes_of(frame.data + FRAME_HEADER_SIZE, header.length);
    int result = frame_open(&log->keys, FRAME_CHECKPOINT, mark->size, body, &tail->note);
    if (result != VAULT_OK)
        return result;
    result = checkpoint_open(buffer_bytes(&tail->note), &log->note_key, &checkpoint);
    if (result != VAULT_OK)
        return result == VAULT_EINPUT ? VAULT_EDAMAGED : result;
    if (checkpoint.size != mark->size)
        return VAULT_EDAMAGED;
    tail->root = checkpoint.root;
    return VAULT_OK;
}

static int read_begin(struct log *log, uint64_t offset, struct group_begin *begin)
{
    uint8_t frame[BEGIN_FRAME_SIZE];
    int result = file_read_at(log->file, offset, frame, sizeof frame);
    return result != VAULT_OK ? result : group_begin_open(&log->keys, offset, frame, begin);
}

int tail_read(struct log *log, uint64_t end, struct tail *tail)
{
    uint8_t wire[END_MARK_SIZE];
    uint8_t frame[FRAME_HEADER_SIZE + SEAL_OVERHEAD + CHECKPOINT_SIZE_MAX];
    struct end_mark mark;
    struct group_begin begin;
    if (end < FILE_HEADER_SIZE + GROUP_SIZE_MIN)
        return VAULT_EDAMAGED;
    int result = file_read_at(log->file, end - END_MARK_SIZE, wire, sizeof wire);
    if (result != VAULT_OK)
        return result;
    if (!end_mark_read(wire, &mark) || mark.group_bytes > end - FILE_HEADER_SIZE)
        return VAULT_EDAMAGED;
    result =
        file_read_at(log->file, end - END_MARK_SIZE - mark.checkpoint_bytes, frame, mark.checkpoint_bytes);
    if (result == VAULT_OK)
        result = open_checkpoint(log, bytes_of(frame, mark.checkpoint_bytes), &mark, tail);
    if (result == VAULT_OK)
        result = read_begin(log, end - mark.group_bytes, &begin);
    if (result != VAULT_OK)
        return result;
    if (begin.bytes != mark.group_bytes || begin.first + begin.entries != mark.size)
        return VAULT_EDAMAGED;
    tail->size = mark.size;
    tail->start = end - mark.group_bytes;
    tail->end = end;
    return VAULT_OK;
}

/* Is [from, to) all zeros over some whole part of a sector?  Then the disk never wrote that sector.  The
 * first part begins with a length, whose last byte is none. */
static int find_lost_sector(struct log *log, uint64_t from, uint64_t to, bool *lost)
{
    uint8_t sector[SECTOR];
    static const uint8_t zeros[SECTOR];
    size_t least = LENGTH_SIZE;
    *lost = false;
    while (from < to && !*lost) {
        uint64_t next = (from / SECTOR + 1) * SECTOR;
        size_t size = (size_t)((next < to ? next : to) - from);
        int result = file_read_at(log->file, from, sector, size);
        if (result != VAULT_OK)
            return result;
        *lost = size >= least && memcmp(sector, zeros, size) == 0;
        from += size;
        least = LOST_MIN;
    }
    return VAULT_OK;
}

/* Behind the last byte of a group that is no zero: it ends with its length. */
static uint64_t last_written(uint64_t start, uint32_t bytes)
{
    uint64_t end = start + bytes;
    for (; (bytes & 0xff) == 0 && bytes != 0; bytes >>= 8)
        end--;
    return end;
}

/* How far a sector that was never written is looked for: a begin that does not open may be in two sectors. */
static uint64_t suspect_end(uint64_t start, const struct group_begin *begin, uint64_t file_size)
{
    uint64_t end = (start + BEGIN_FRAME_SIZE + SECTOR - 1) / SECTOR * SECTOR;
    if (begin->bytes != 0)
        return start + begin->bytes;
    return end < file_size ? end : file_size;
}

static int refuse_changed(const struct log *log, uint64_t start, struct failure *failure)
{
    (void)failure_set(failure, VAULT_EDAMAGED,
        "%s: the bytes from %llu on were changed after they were written", log->path,
        (unsigned long long)start);
    failure_remedy(failure, "keep the file as evidence and restore a backup");
    return VAULT_EDAMAGED;
}

/* The group at @p start is not whole: was it never written to its end (then it was never acknowledged), or
 * has it been changed since?  Behind @p used there is nothing but room. */
static int judge(struct log *log, uint64_t start, uint64_t used, uint64_t file_size, struct failure *failure)
{
    struct group_begin begin = {0};
    bool lost = false;
    if (used - start < BEGIN_FRAME_SIZE)
        return VAULT_OK;
    int result = read_begin(log, start, &begin);
    if (result == VAULT_EIO || result == VAULT_ENOMEM)
        return failure_set(failure, result, "%s: cannot be read", log->path);
    if (result != VAULT_OK)
        begin.bytes = 0;
    else if (file_size - start < begin.bytes || used < last_written(start, begin.bytes))
        return VAULT_OK;
    result = find_lost_sector(log, start, suspect_end(start, &begin, file_size), &lost);
    if (result != VAULT_OK)
        return failure_set(failure, result, "%s: cannot be read", log->path);
    bool last = begin.bytes == 0 || used <= start + begin.bytes;
    return last && lost ? VAULT_OK : refuse_changed(log, start, failure);
}

/* Hop from group to group; the first that is not whole ends the walk. */
static uint64_t walk(struct log *log, uint64_t at, uint64_t file_size, struct tail *tail)
{
    struct group_begin begin;
    while (at < file_size && read_begin(log, at, &begin) == VAULT_OK && begin.bytes <= file_size - at &&
           begin.bytes >= GROUP_SIZE_MIN && tail_read(log, at + begin.bytes, tail) == VAULT_OK)
        at += begin.bytes;
    return at;
}

/* The border behind the group in which an entry stands, or 0 if the hint is wrong. */
static uint64_t border_behind(struct log *log, uint64_t index, uint64_t file_size)
{
    struct scan scan = {0};
    struct scan_frame frame;
    uint64_t offset;
    uint64_t border = 0;
    struct buffer leaf = {0};
    if (cache_offset(log, index, &offset) != VAULT_OK || offset >= file_size ||
        entry_read(log, index, offset, &leaf) != VAULT_OK)
        goto out;
    if (scan_start(&scan, log->file, offset, file_size) != VAULT_OK)
        goto out;
    while (scan_next(&scan, &frame) == VAULT_OK)
        if (frame.header.type == FRAME_CHECKPOINT) {
            border = frame.offset + frame.whole.size;
            break;
        }
out:
    scan_end(&scan);
    buffer_free(&leaf);
    return border;
}

/* A border as near to the end as the offsets know one; else the first one. */
static uint64_t known_border(struct log *log, uint64_t file_size, struct tail *tail)
{
    uint64_t entries = 0;
    uint64_t nodes;
    if (cache_lengths(log, &entries, &nodes) != VAULT_OK)
        return FILE_HEADER_SIZE;
    for (uint64_t back = 1; back <= entries; back *= 64) {
        uint64_t border = border_behind(log, entries - back, file_size);
        if (border != 0 && tail_read(log, border, tail) == VAULT_OK)
            return border;
    }
    return FILE_HEADER_SIZE;
}

/* The last group ends with its length, so that up to three zeros may be its own. */
static int read_before_room(struct log *log, uint64_t used, uint64_t file_size, struct tail *tail)
{
    int result = VAULT_EDAMAGED;
    for (uint64_t end = used; end < used + LENGTH_SIZE && end <= file_size; end++) {
        result = tail_read(log, end, tail);
        if (result == VAULT_OK || result == VAULT_EIO || result == VAULT_ENOMEM)
            break;
    }
    return result;
}

/* No end is where one should be. */
static int find_torn(struct log *log, uint64_t used, uint64_t file_size, uint64_t from, struct tail *tail,
    struct failure *failure)
{
    uint64_t start = from != 0 ? from : known_border(log, file_size, tail);
    uint64_t end = walk(log, start, file_size, tail);
    if (end == FILE_HEADER_SIZE)
        return failure_set(failure, VAULT_EDAMAGED, "%s: its first group is not whole", log->path);
    tail->torn = end < used;
    int result = tail->torn ? judge(log, end, used, file_size, failure) : VAULT_OK;
    if (result != VAULT_OK)
        return result;
    result = tail_read(log, end, tail);
    return result == VAULT_OK ? result
                              : failure_set(failure, result, "%s: no signed end was found", log->path);
}

int tail_find(struct log *log, uint64_t file_size, uint64_t from, struct tail *tail, struct failure *failure)
{
    uint64_t used;
    tail->torn = false;
    int result = tail_read(log, file_size, tail);
    if (result == VAULT_EDAMAGED || result == VAULT_EFORGED) {
        result = room_start(log, FILE_HEADER_SIZE, file_size, &used);
        if (result == VAULT_OK)
            result = read_before_room(log, used, file_size, tail);
        if (result == VAULT_EDAMAGED || result == VAULT_EFORGED)
            return find_torn(log, used, file_size, from, tail, failure);
    }
    return result == VAULT_OK ? result : failure_set(failure, result, "%s: cannot be read", log->path);
}

int tail_step_back(struct log *log, struct tail *tail)
{
    bool lost = false;
    int result = find_lost_sector(log, tail->start, tail->end, &lost);
    if (result != VAULT_OK)
        return result;
    if (!lost || tail->start <= FILE_HEADER_SIZE)
        return VAULT_EDAMAGED;
    result = tail_read(log, tail->start, tail);
    tail->torn = true;
    return result;
}
