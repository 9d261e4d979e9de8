/* The small texts and the list of entries by which a witness tells of its release part. */
#include <string.h>

#include "vault/evidence/release.h"

static const char public_magic[] = "strongroom-release-key/v1";
static const char reading_magic[] = "strongroom-releases/v1";
static const char entries_magic[] = "strongroom-release-entries/v1\n";

static bool take_line(struct bytes *rest, struct bytes *line)
{
    const uint8_t *end = rest->size == 0 ? NULL : memchr(rest->data, '\n', rest->size);
    if (end == NULL)
        return false;
    *line = bytes_of(rest->data, (size_t)(end - rest->data));
    *rest = bytes_of(end + 1, rest->size - line->size - 1);
    return true;
}

static bool take_text(struct bytes *rest, const char *text)
{
    struct bytes line;
    return take_line(rest, &line) && bytes_equal(line, bytes_of_text(text));
}

/* Decimal without leading zeros, below 10^18. */
static bool take_number(struct bytes *rest, uint64_t *number)
{
    struct bytes line;
    if (!take_line(rest, &line) || line.size == 0 || line.size > 18 || (line.size > 1 && line.data[0] == '0'))
        return false;
    *number = 0;
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] < '0' || line.data[i] > '9')
            return false;
        *number = *number * 10 + (uint64_t)(line.data[i] - '0');
    }
    return true;
}

/* --- The public half --- */

void release_public_format(const char *origin, struct bytes public_key, struct buffer *text)
{
    buffer_put_format(text, "%s\n%s\n", public_magic, origin);
    base64_encode(public_key, text);
    buffer_put_u8(text, '\n');
}

int release_public_read(struct bytes text, const char *origin, uint8_t public_key[BOX_PUBLIC_SIZE])
{
    struct bytes line;
    struct buffer key = {0};
    bool fits = take_text(&text, public_magic) && take_text(&text, origin) && take_line(&text, &line) &&
                text.size == 0 && line.size <= 64 && base64_decode(line, &key) == VAULT_OK &&
                key.size == BOX_PUBLIC_SIZE;
    if (fits)
        memcpy(public_key, key.data, BOX_PUBLIC_SIZE);
    buffer_free(&key);
    return fits ? VAULT_OK : VAULT_EINPUT;
}

/* --- Asking for entries --- */

void release_reading_format(const struct release_reading *reading, struct buffer *text)
{
    buffer_put_format(text, "%s\n", reading_magic);
    buffer_put(text, reading->origin);
    buffer_put_format(
        text, "\n%llu\n%llu\n", (unsigned long long)reading->from, (unsigned long long)reading->time);
}

int release_reading_read(struct bytes text, struct release_reading *reading)
{
    memset(reading, 0, sizeof *reading);
    bool fits = take_text(&text, reading_magic) && take_line(&text, &reading->origin) &&
                take_number(&text, &reading->from) && take_number(&text, &reading->time) && text.size == 0;
    return fits ? VAULT_OK : VAULT_EINPUT;
}

void release_entries_start(struct bytes checkpoint, struct buffer *out)
{
    buffer_put_text(out, entries_magic);
    buffer_put_block(out, checkpoint);
}

void release_entry_write(bool whole, struct bytes leaf_or_hash, struct buffer *out)
{
    buffer_put_u8(out, whole ? 1 : 0);
    buffer_put_block(out, leaf_or_hash);
}

int release_entries_read(struct bytes wire, struct bytes *checkpoint, struct reader *rest)
{
    *rest = reader_of(wire);
    if (!bytes_equal(reader_take(rest, strlen(entries_magic)), bytes_of_text(entries_magic)))
        return VAULT_EINPUT;
    *checkpoint = reader_block(rest);
    return rest->short_read ? VAULT_EINPUT : VAULT_OK;
}

bool release_entry_next(struct reader *rest, bool *whole, struct bytes *leaf_or_hash, int *error)
{
    *error = VAULT_OK;
    if (reader_end(rest) == VAULT_OK)
        return false;
    uint8_t kind = reader_u8(rest);
    *leaf_or_hash = reader_block(rest);
    *whole = kind == 1;
    size_t most = *whole ? LEAF_SIZE_MAX : HASH_SIZE;
    size_t least = *whole ? 1 : HASH_SIZE;
    if (rest->short_read || kind > 1 || leaf_or_hash->size < least || leaf_or_hash->size > most)
        *error = VAULT_EINPUT;
    return *error == VAULT_OK;
}
