#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/log/log_private.h"

#define PIECE ((size_t)1 << 20)

int scan_start(struct scan *scan, int file, uint64_t from, uint64_t limit)
{
    memset(scan, 0, sizeof *scan);
    scan->file = file;
    scan->next = from;
    scan->limit = limit;
    scan->data = malloc(PIECE);
    return scan->data == NULL ? VAULT_ENOMEM : VAULT_OK;
}

void scan_end(struct scan *scan)
{
    free(scan->data); /* sealed bytes only, not wiped */
    memset(scan, 0, sizeof *scan);
}

/* Have @p size bytes at scan->from; VAULT_EDAMAGED if the limit comes first. */
static int fill(struct scan *scan, size_t size)
{
    if (scan->to - scan->from >= size)
        return VAULT_OK;
    memmove(scan->data, scan->data + scan->from, scan->to - scan->from);
    scan->to -= scan->from;
    scan->from = 0;
    while (scan->to < size) {
        uint64_t left = scan->limit - scan->next;
        size_t room = PIECE - scan->to;
        size_t wanted = left < room ? (size_t)left : room;
        if (wanted == 0)
            return VAULT_EDAMAGED;
        ssize_t got = pread(scan->file, scan->data + scan->to, wanted, (off_t)scan->next);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? VAULT_EIO : VAULT_EDAMAGED;
        scan->to += (size_t)got;
        scan->next += (uint64_t)got;
    }
    return VAULT_OK;
}

int scan_next(struct scan *scan, struct scan_frame *frame)
{
    frame->offset = scan->next - (scan->to - scan->from);
    if (frame->offset >= scan->limit)
        return VAULT_ENOTFOUND;
    int result = fill(scan, FRAME_HEADER_SIZE);
    if (result != VAULT_OK)
        return result;
    if (!frame_header_read(scan->data + scan->from, &frame->header))
        return VAULT_EDAMAGED;
    size_t size = FRAME_HEADER_SIZE + (size_t)frame->header.length;
    size_t whole = size + (frame->header.type == FRAME_CHECKPOINT ? END_MARK_SIZE : 0);
    result = fill(scan, whole);
    if (result != VAULT_OK)
        return result;
    const uint8_t *start = scan->data + scan->from;
    frame->body = bytes_of(start + FRAME_HEADER_SIZE, frame->header.length);
    frame->whole = bytes_of(start, whole);
    memset(&frame->mark, 0, sizeof frame->mark);
    if (frame->header.type == FRAME_CHECKPOINT && !end_mark_read(start + size, &frame->mark))
        return VAULT_EDAMAGED;
    scan->from += whole;
    return VAULT_OK;
}
