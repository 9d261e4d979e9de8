/**
 * @file bytes.h
 * Pointer and length as one thing: borrowed bytes, a growing buffer, and a reader that cannot run over.
 *
 * Numbers are big-endian on the wire.  Nothing here blocks or does I/O.  A single buffer or reader may not be
 * used by two threads at once.
 */
#ifndef VAULT_BASE_BYTES_H
#define VAULT_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/error.h"

/** Borrowed, read-only; valid as long as whatever it points into. */
struct bytes {
    const uint8_t *data;
    size_t size;
};

static inline struct bytes bytes_of(const void *data, size_t size)
{
    return (struct bytes){.data = data, .size = size};
}

/** The bytes of a C string without its NUL; NULL gives no bytes. */
struct bytes bytes_of_text(const char *text);

/** Equal length and content; not constant-time, so never for secrets (crypto/secret.h compares those). */
bool bytes_equal(struct bytes a, struct bytes b);

/** Order by content, then by length, as memcmp(3) does. */
int bytes_compare(struct bytes a, struct bytes b);

/**
 * A growing byte buffer.  Start with {0}.  A failed append makes the buffer refuse all further ones and
 * buffer_error() say so: append many times, check once.  Its memory is wiped when it grows or is freed, since
 * nearly every buffer of a vault holds plaintext at some time.
 */
struct buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    int error;
};

#define BUFFER_MAX ((size_t)1 << 31)

void buffer_put(struct buffer *buffer, struct bytes bytes);
void buffer_put_data(struct buffer *buffer, const void *data, size_t size);
void buffer_put_text(struct buffer *buffer, const char *text);
void buffer_put_format(struct buffer *buffer, const char *format, ...) VAULT_PRINTF(2, 3);
void buffer_put_u8(struct buffer *buffer, uint8_t value);
void buffer_put_u16(struct buffer *buffer, uint16_t value);
void buffer_put_u32(struct buffer *buffer, uint32_t value);
void buffer_put_u64(struct buffer *buffer, uint64_t value);
/** Length as u32, then the bytes. */
void buffer_put_block(struct buffer *buffer, struct bytes bytes);
/** LEB128, at most 10 bytes. */
void buffer_put_varint(struct buffer *buffer, uint64_t value);

/** @p size fresh bytes at the end, to be written by the caller before the next append; NULL on failure. */
uint8_t *buffer_grow(struct buffer *buffer, size_t size);

/** Everything appended so far; valid until the next append. */
struct bytes buffer_bytes(const struct buffer *buffer);

/** A NUL-terminated view (the NUL is not counted in size); "" if empty, NULL on failure. */
const char *buffer_text(struct buffer *buffer);

/** 0, or VAULT_ENOMEM / VAULT_ELIMIT if an append failed. */
int buffer_error(const struct buffer *buffer) VAULT_MUST_CHECK;

/** Wipe the content and keep the memory. */
void buffer_reset(struct buffer *buffer);
/** Wipe, free, and return to the {0} state. */
void buffer_free(struct buffer *buffer);

/** Overwrite memory in a way that the compiler may not drop (explicit_bzero). */
void wipe(void *data, size_t size);

/**
 * Reads fields off borrowed bytes.  After the first short read everything reads as zero or empty and
 * reader_end() reports it: read many times, check once.
 */
struct reader {
    struct bytes rest;
    bool short_read;
};

struct reader reader_of(struct bytes bytes);
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);
uint64_t reader_varint(struct reader *reader);
/** Borrow @p size bytes of the input. */
struct bytes reader_take(struct reader *reader, size_t size);
/** A block as written by buffer_put_block(). */
struct bytes reader_block(struct reader *reader);
/** 0 if all was read and nothing is left, else VAULT_EDAMAGED. */
int reader_end(const struct reader *reader) VAULT_MUST_CHECK;

/** Lower-case hexadecimal with NUL; @p text holds 2 * size + 1. */
void hex_encode(struct bytes bytes, char *text);
/** Exactly @p size bytes from 2 * size digits of either case; false otherwise. */
bool hex_decode(const char *text, size_t text_size, uint8_t *data, size_t size);

/** RFC 4648 section 4, padded, no line breaks; appended to @p buffer. */
void base64_encode(struct bytes bytes, struct buffer *buffer);
/** The canonical form only (padding there, unused bits zero); VAULT_EINPUT otherwise, and @p buffer unchanged. */
int base64_decode(struct bytes text, struct buffer *buffer) VAULT_MUST_CHECK;

#endif
