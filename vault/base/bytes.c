#include "vault/base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/memory.h"

struct bytes bytes_of_text(const char *text)
{
    return bytes_of(text, text == NULL ? 0 : strlen(text));
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
    if (order != 0)
        return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

void wipe(void *data, size_t size)
{
    if (data != NULL && size > 0)
        explicit_bzero(data, size);
}

/* realloc(3) may leave the old content behind, so growing copies and wipes. */
static bool reserve(struct buffer *buffer, size_t more)
{
    if (buffer->error != VAULT_OK)
        return false;
    if (more > BUFFER_MAX - buffer->size) {
        buffer->error = VAULT_ELIMIT;
        return false;
    }
    size_t needed = buffer->size + more;
    if (needed <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity < 128 ? 256 : buffer->capacity * 2;
    if (capacity < needed)
        capacity = needed;
    uint8_t *data = malloc(capacity);
    if (data == NULL) {
        buffer->error = VAULT_ENOMEM;
        memory_failed();
        return false;
    }
    if (buffer->size > 0)
        memcpy(data, buffer->data, buffer->size);
    wipe(buffer->data, buffer->size);
    free(buffer->data);
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

uint8_t *buffer_grow(struct buffer *buffer, size_t size)
{
    /* NULL says that it failed, so no bytes of an empty buffer have a place, too. */
    if (!reserve(buffer, size == 0 && buffer->data == NULL ? 1 : size))
        return NULL;
    uint8_t *fresh = buffer->data + buffer->size;
    buffer->size += size;
    return fresh;
}

void buffer_put_data(struct buffer *buffer, const void *data, size_t size)
{
    if (size == 0)
        return;
    uint8_t *fresh = buffer_grow(buffer, size);
    if (fresh != NULL)
        memcpy(fresh, data, size);
}

void buffer_put(struct buffer *buffer, struct bytes bytes)
{
    buffer_put_data(buffer, bytes.data, bytes.size);
}

void buffer_put_text(struct buffer *buffer, const char *text)
{
    buffer_put(buffer, bytes_of_text(text));
}

void buffer_put_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_list again;
    va_start(arguments, format);
    va_copy(again, arguments);
    /* Usually there is room, and it is written once; what did not fit must not stay where nobody wipes it. */
    size_t room = buffer->error == VAULT_OK ? buffer->capacity - buffer->size : 0;
    int length = vsnprintf(room == 0 ? NULL : (char *)buffer->data + buffer->size, room, format, arguments);
    if (room > 0 && length >= 0 && (size_t)length >= room)
        wipe(buffer->data + buffer->size, room);
    /* vsnprintf writes a NUL behind the text, so there must be room for it. */
    if (length >= 0 && reserve(buffer, (size_t)length + 1)) {
        if ((size_t)length >= room)
            (void)vsnprintf((char *)buffer->data + buffer->size, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

void buffer_put_u8(struct buffer *buffer, uint8_t value)
{
    buffer_put_data(buffer, &value, 1);
}

static void put_big_endian(struct buffer *buffer, uint64_t value, unsigned size)
{
    uint8_t wire[8];
    for (unsigned i = 0; i < size; i++)
        wire[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    buffer_put_data(buffer, wire, size);
}

void buffer_put_u16(struct buffer *buffer, uint16_t value)
{
    put_big_endian(buffer, value, 2);
}

void buffer_put_u32(struct buffer *buffer, uint32_t value)
{
    put_big_endian(buffer, value, 4);
}

void buffer_put_u64(struct buffer *buffer, uint64_t value)
{
    put_big_endian(buffer, value, 8);
}

void buffer_put_block(struct buffer *buffer, struct bytes bytes)
{
    if (bytes.size > UINT32_MAX) {
        buffer->error = VAULT_ELIMIT;
        return;
    }
    buffer_put_u32(buffer, (uint32_t)bytes.size);
    buffer_put(buffer, bytes);
}

void buffer_put_varint(struct buffer *buffer, uint64_t value)
{
    uint8_t wire[10];
    size_t size = 0;
    while (value >= 0x80) {
        wire[size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    wire[size++] = (uint8_t)value;
    buffer_put_data(buffer, wire, size);
}

struct bytes buffer_bytes(const struct buffer *buffer)
{
    return bytes_of(buffer->data, buffer->size);
}

const char *buffer_text(struct buffer *buffer)
{
    if (!reserve(buffer, 1))
        return NULL;
    buffer->data[buffer->size] = '\0';
    return (const char *)buffer->data;
}

int buffer_error(const struct buffer *buffer)
{
    return buffer->error;
}

void buffer_reset(struct buffer *buffer)
{
    wipe(buffer->data, buffer->size);
    buffer->size = 0;
    buffer->error = VAULT_OK;
}

void buffer_free(struct buffer *buffer)
{
    wipe(buffer->data, buffer->size);
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}

struct reader reader_of(struct bytes bytes)
{
    return (struct reader){.rest = bytes};
}

struct bytes reader_take(struct reader *reader, size_t size)
{
    if (reader->short_read || size > reader->rest.size) {
        reader->short_read = true;
        return bytes_of(NULL, 0);
    }
    struct bytes taken = bytes_of(reader->rest.data, size);
    reader->rest =
        bytes_of(size == 0 ? reader->rest.data : reader->rest.data + size, reader->rest.size - size);
    return taken;
}

static uint64_t take_big_endian(struct reader *reader, unsigned size)
{
    struct bytes wire = reader_take(reader, size);
    uint64_t value = 0;
    for (size_t i = 0; i < wire.size; i++)
        value = value << 8 | wire.data[i];
    return value;
}

uint8_t reader_u8(struct reader *reader)
{
    return (uint8_t)take_big_endian(reader, 1);
}

uint16_t reader_u16(struct reader *reader)
{
    return (uint16_t)take_big_endian(reader, 2);
}

uint32_t reader_u32(struct reader *reader)
{
    return (uint32_t)take_big_endian(reader, 4);
}

uint64_t reader_u64(struct reader *reader)
{
    return take_big_endian(reader, 8);
}

uint64_t reader_varint(struct reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t next = reader_u8(reader);
        value |= (uint64_t)(next & 0x7f) << shift;
        if ((next & 0x80) == 0)
            return value;
    }
    reader->short_read = true;
    return 0;
}

struct bytes reader_block(struct reader *reader)
{
    uint32_t size = reader_u32(reader);
    return reader_take(reader, size);
}

int reader_end(const struct reader *reader)
{
    return reader->short_read || reader->rest.size > 0 ? VAULT_EDAMAGED : VAULT_OK;
}
