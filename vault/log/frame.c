#include "vault/log/frame_private.h"

#include <string.h>

#define FORMAT_VERSION 1
static const char magic[16] = "strongroom log\n";
#define PLACE_SIZE (ULID_SIZE + 3 + 1 + 8)

static void put_big_endian(uint8_t *at, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

static void make_place(
    const struct log_keys *keys, enum frame_type type, uint64_t number, uint8_t place[PLACE_SIZE])
{
    memcpy(place, keys->vault.data, ULID_SIZE);
    memcpy(place + ULID_SIZE, "log", 3);
    place[ULID_SIZE + 3] = (uint8_t)type;
    put_big_endian(place + ULID_SIZE + 4, number, 8);
}

void frame_file_header(const struct log_keys *keys, uint8_t header[FILE_HEADER_SIZE])
{
    struct hash origin;
    hash_sha256(bytes_of_text(keys->origin), &origin);
    memset(header, 0, FILE_HEADER_SIZE);
    memcpy(header, magic, sizeof magic);
    put_big_endian(header + 16, FORMAT_VERSION, 4);
    put_big_endian(header + 20, FILE_HEADER_SIZE, 4);
    memcpy(header + 24, keys->vault.data, ULID_SIZE);
    memcpy(header + 40, origin.data, 24);
}

bool frame_header_read(const uint8_t wire[FRAME_HEADER_SIZE], struct frame_header *header)
{
    struct reader reader = reader_of(bytes_of(wire, FRAME_HEADER_SIZE));
    header->length = reader_u32(&reader);
    header->type = reader_u8(&reader);
    switch (header->type) {
    case FRAME_BEGIN:
        return header->length == SEAL_OVERHEAD + BEGIN_PLAIN_SIZE;
    case FRAME_ENTRY:
        return header->length > SEAL_OVERHEAD && header->length <= SEAL_OVERHEAD + LEAF_SIZE_MAX;
    case FRAME_CHECKPOINT:
        return header->length > SEAL_OVERHEAD && header->length <= SEAL_OVERHEAD + CHECKPOINT_SIZE_MAX;
    default:
        return false;
    }
}

int frame_seal(const struct log_keys *keys, enum frame_type type, uint64_t number, struct bytes plain,
    struct buffer *out)
{
    uint8_t place[PLACE_SIZE];
    make_place(keys, type, number, place);
    buffer_put_u32(out, (uint32_t)(plain.size + SEAL_OVERHEAD));
    buffer_put_u8(out, (uint8_t)type);
    int result = seal(keys->seal_key, bytes_of(place, sizeof place), plain, out);
    return result != VAULT_OK ? result : buffer_error(out);
}

int frame_open(const struct log_keys *keys, enum frame_type type, uint64_t number, struct bytes body,
    struct buffer *plain)
{
    uint8_t place[PLACE_SIZE];
    make_place(keys, type, number, place);
    return seal_open(keys->seal_key, bytes_of(place, sizeof place), body, plain);
}

int group_begin_seal(
    const struct log_keys *keys, uint64_t offset, const struct group_begin *begin, struct buffer *out)
{
    uint8_t plain[BEGIN_PLAIN_SIZE];
    put_big_endian(plain, begin->first, 8);
    put_big_endian(plain + 8, begin->entries, 4);
    put_big_endian(plain + 12, begin->bytes, 4);
    return frame_seal(keys, FRAME_BEGIN, offset, bytes_of(plain, sizeof plain), out);
}

int group_begin_open(const struct log_keys *keys, uint64_t offset, const uint8_t frame[BEGIN_FRAME_SIZE],
    struct group_begin *begin)
{
    struct frame_header header;
    uint8_t room[BEGIN_PLAIN_SIZE];
    struct buffer plain = {
        .data = room, .capacity = sizeof room}; /* no secret: lengths that the file shows */
    memset(begin, 0, sizeof *begin);
    if (!frame_header_read(frame, &header) || header.type != FRAME_BEGIN)
        return VAULT_EFORGED;
    int result =
        frame_open(keys, FRAME_BEGIN, offset, bytes_of(frame + FRAME_HEADER_SIZE, header.length), &plain);
    if (result != VAULT_OK)
        return result;
    struct reader reader = reader_of(buffer_bytes(&plain));
    begin->first = reader_u64(&reader);
    begin->entries = reader_u32(&reader);
    begin->bytes = reader_u32(&reader);
    return reader_end(&reader);
}

void end_mark_put(const struct end_mark *mark, struct buffer *out)
{
    buffer_put_u64(out, mark->size);
    buffer_put_u32(out, mark->checkpoint_bytes);
    buffer_put_u32(out, mark->group_bytes);
}

bool end_mark_read(const uint8_t wire[END_MARK_SIZE], struct end_mark *mark)
{
    struct reader reader = reader_of(bytes_of(wire, END_MARK_SIZE));
    mark->size = reader_u64(&reader);
    mark->checkpoint_bytes = reader_u32(&reader);
    mark->group_bytes = reader_u32(&reader);
    return mark->checkpoint_bytes > FRAME_HEADER_SIZE + SEAL_OVERHEAD &&
           mark->checkpoint_bytes <= FRAME_HEADER_SIZE + SEAL_OVERHEAD + CHECKPOINT_SIZE_MAX &&
           mark->group_bytes >= BEGIN_FRAME_SIZE + mark->checkpoint_bytes + END_MARK_SIZE &&
           mark->group_bytes <= GROUP_SIZE_MAX && mark->size <= INT64_MAX;
}
