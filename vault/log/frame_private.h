/**
 * @file frame_private.h
 * The bytes of the file `log`: its header, frames, groups and end marks (FORMATS.md).  No I/O.
 */
#ifndef VAULT_LOG_FRAME_PRIVATE_H
#define VAULT_LOG_FRAME_PRIVATE_H

#include "vault/crypto/seal.h"
#include "vault/log/log.h"

#define FILE_HEADER_SIZE 64
#define FRAME_HEADER_SIZE 5
#define BEGIN_PLAIN_SIZE 16
#define BEGIN_FRAME_SIZE (FRAME_HEADER_SIZE + SEAL_OVERHEAD + BEGIN_PLAIN_SIZE)
#define END_MARK_SIZE 16
#define CHECKPOINT_SIZE_MAX 4096u
#define GROUP_SIZE_MIN (BEGIN_FRAME_SIZE + FRAME_HEADER_SIZE + SEAL_OVERHEAD + END_MARK_SIZE)
#define GROUP_SIZE_MAX (64u << 20)
#define GROUP_ENTRIES_MAX 65535u

/* Stored: append only. */
enum frame_type { FRAME_BEGIN = 1, FRAME_ENTRY = 2, FRAME_CHECKPOINT = 3 };

struct frame_header {
    uint8_t type;
    uint32_t length; /* of the sealed body that follows */
};

/** The plaintext of FRAME_BEGIN. */
struct group_begin {
    uint64_t first; /* index of the group's first entry */
    uint32_t entries;
    uint32_t bytes; /* the whole group, from here to the end of its end mark */
};

/** The clear bytes behind FRAME_CHECKPOINT, by which the last checkpoint is found from the file's end. */
struct end_mark {
    uint64_t size;
    uint32_t checkpoint_bytes; /* the checkpoint's frame, with its header */
    uint32_t group_bytes;
};

/** What the file of this vault must begin with. */
void frame_file_header(const struct log_keys *keys, uint8_t header[FILE_HEADER_SIZE]);

/** False unless the type is known and the length can be one of that type's. */
bool frame_header_read(const uint8_t wire[FRAME_HEADER_SIZE], struct frame_header *header);

/** Append a frame.  @p number is its place: offset of a begin, index of an entry, size of a checkpoint. */
int frame_seal(const struct log_keys *keys, enum frame_type type, uint64_t number, struct bytes plain,
    struct buffer *out) VAULT_MUST_CHECK;
/** Append the plaintext of a body; VAULT_EFORGED unless it was sealed for this vault, type and number. */
int frame_open(const struct log_keys *keys, enum frame_type type, uint64_t number, struct bytes body,
    struct buffer *plain) VAULT_MUST_CHECK;

int group_begin_seal(const struct log_keys *keys, uint64_t offset, const struct group_begin *begin,
    struct buffer *out) VAULT_MUST_CHECK;
/** From the whole frame of BEGIN_FRAME_SIZE bytes; VAULT_EFORGED as above. */
int group_begin_open(const struct log_keys *keys, uint64_t offset, const uint8_t frame[BEGIN_FRAME_SIZE],
    struct group_begin *begin) VAULT_MUST_CHECK;

void end_mark_put(const struct end_mark *mark, struct buffer *out);
/** False if these numbers cannot be an end mark's. */
bool end_mark_read(const uint8_t wire[END_MARK_SIZE], struct end_mark *mark);

#endif
