/* Checkpoints, declared in note.h. */
#include "vault/evidence/note.h"

#include <string.h>

static bool take_line(struct bytes *rest, struct bytes *line)
{
    const uint8_t *end = rest->size == 0 ? NULL : memchr(rest->data, '\n', rest->size);
    if (end == NULL)
        return false;
    *line = bytes_of(rest->data, (size_t)(end - rest->data));
    *rest = bytes_of(end + 1, rest->size - line->size - 1);
    return true;
}

static bool parse_size(struct bytes line, uint64_t *size)
{
    uint64_t value = 0;
    if (line.size == 0 || line.size > 18 || (line.data[0] == '0' && line.size > 1))
        return false;
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] < '0' || line.data[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(line.data[i] - '0');
    }
    *size = value;
    return true;
}

static bool parse_root(struct bytes line, struct hash *root)
{
    uint8_t room[HASH_SIZE + 1];
    struct buffer decoded = {.data = room, .capacity = sizeof room};
    if (line.size != 44 || base64_decode(line, &decoded) != VAULT_OK || decoded.size != HASH_SIZE)
        return false;
    memcpy(root->data, room, HASH_SIZE);
    return true;
}

void checkpoint_format(const struct checkpoint *checkpoint, struct buffer *text)
{
    buffer_put(text, checkpoint->origin);
    buffer_put_format(text, "\n%llu\n", (unsigned long long)checkpoint->size);
    base64_encode(hash_bytes(&checkpoint->root), text);
    buffer_put_u8(text, '\n');
}

int checkpoint_parse(struct bytes text, struct checkpoint *checkpoint)
{
    struct bytes size;
    struct bytes root;
    memset(checkpoint, 0, sizeof *checkpoint);
    if (!take_line(&text, &checkpoint->origin) || !take_line(&text, &size) || !take_line(&text, &root) ||
        text.size != 0)
        return VAULT_EINPUT;
    if (!note_name_valid(checkpoint->origin) || !parse_size(size, &checkpoint->size) ||
        !parse_root(root, &checkpoint->root))
        return VAULT_EINPUT;
    return VAULT_OK;
}

int checkpoint_sign(const struct checkpoint *checkpoint, const struct note_key *key,
    const struct sign_key *signer, struct buffer *note)
{
    size_t before = note->size;
    checkpoint_format(checkpoint, note);
    if (buffer_error(note) != VAULT_OK)
        return buffer_error(note);
    /* The line is built apart, since growing the note would move the text that is being signed. */
    struct buffer line = {0};
    int result = note_put_signature(key, signer, bytes_of(note->data + before, note->size - before), &line);
    buffer_put_u8(note, '\n');
    buffer_put(note, buffer_bytes(&line));
    buffer_free(&line);
    return result != VAULT_OK ? result : buffer_error(note);
}

int checkpoint_open(struct bytes raw, const struct note_key *key, struct checkpoint *checkpoint)
{
    struct note note;
    memset(checkpoint, 0, sizeof *checkpoint);
    if (note_parse(raw, &note) != VAULT_OK || checkpoint_parse(note.text, checkpoint) != VAULT_OK)
        return VAULT_EINPUT;
    if (!bytes_equal(checkpoint->origin, bytes_of_text(key->name)))
        return VAULT_EINPUT;
    return note_verify(&note, key, NULL) == VAULT_OK ? VAULT_OK : VAULT_EFORGED;
}
