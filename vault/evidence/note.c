#include "vault/evidence/note.h"

#include <stdio.h>
#include <string.h>

#include "vault/base/text.h"

/* An em dash and a space. */
static const char dash[] = "\xe2\x80\x94 ";
#define DASH_SIZE (sizeof dash - 1)

/* What may stand in a signature: key id, time of a cosignature, signature. */
struct signature_bytes {
    uint8_t data[128];
    size_t size;
};

static struct bytes behind(struct bytes text, size_t skip)
{
    return bytes_of(text.data + skip, text.size - skip);
}

/* Cut off everything up to a byte, which is dropped; false if it is not there. */
static bool cut(struct bytes *rest, uint8_t stop, struct bytes *part)
{
    const uint8_t *found = rest->size == 0 ? NULL : memchr(rest->data, stop, rest->size);
    if (found == NULL)
        return false;
    *part = bytes_of(rest->data, (size_t)(found - rest->data));
    *rest = behind(*rest, part->size + 1);
    return true;
}

static bool is_space(uint32_t c)
{
    return c <= 0x20 || c == 0x7f || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool note_name_valid(struct bytes name)
{
    if (name.size == 0 || name.size > NOTE_NAME_MAX || !utf8_valid(name))
        return false;
    while (name.size > 0) {
        uint32_t c = utf8_next(&name);
        if (is_space(c) || c == '+')
            return false;
    }
    return true;
}

/* Into a place of its own, so that a lack of memory cannot pass for a wrong signature. */
static int decode(struct bytes base64, struct signature_bytes *out)
{
    struct buffer place = {.data = out->data, .capacity = sizeof out->data};
    int result = base64.size > sizeof out->data / 3 * 4 ? VAULT_EINPUT : base64_decode(base64, &place);
    out->size = place.size;
    return result;
}

/* Canonical base64 of any length, since other kinds of keys have longer signatures; gives its first bytes. */
static int check_base64(struct bytes text, struct signature_bytes *first)
{
    struct signature_bytes piece;
    size_t most = sizeof piece.data / 3 * 4;
    int result = decode(text.size < most ? text : bytes_of(text.data, most), first);
    while (result == VAULT_OK && text.size > most) {
        text = behind(text, most);
        result = decode(text.size < most ? text : bytes_of(text.data, most), &piece);
        if (text.size > most && piece.size != sizeof piece.data / 3 * 3)
            result = VAULT_EINPUT;
    }
    return result;
}

static int parse_line(struct bytes line, struct note_signature *signature)
{
    struct signature_bytes first;
    if (line.size < DASH_SIZE || memcmp(line.data, dash, DASH_SIZE) != 0)
        return VAULT_EINPUT;
    struct bytes rest = behind(line, DASH_SIZE);
    if (!cut(&rest, ' ', &signature->name) || !note_name_valid(signature->name))
        return VAULT_EINPUT;
    signature->base64 = rest;
    if (check_base64(rest, &first) != VAULT_OK || first.size <= NOTE_KEY_ID_SIZE)
        return VAULT_EINPUT;
    memcpy(signature->key_id, first.data, NOTE_KEY_ID_SIZE);
    return VAULT_OK;
}

static bool only_lines(struct bytes raw)
{
    for (size_t i = 0; i < raw.size; i++)
        if (raw.data[i] < 0x20 && raw.data[i] != '\n')
            return false;
    return utf8_valid(raw);
}

int note_parse(struct bytes raw, struct note *note)
{
    note->text = bytes_of(NULL, 0);
    note->count = 0;
    if (raw.size < 3 || raw.size > NOTE_SIZE_MAX || !only_lines(raw) || raw.data[raw.size - 1] != '\n')
        return VAULT_EINPUT;
    /* Signature lines begin with a dash, so the last empty line is the border. */
    const uint8_t *border = memrchr(raw.data, '\n', raw.size - 1);
    while (border != NULL && border > raw.data && border[-1] != '\n')
        border = memrchr(raw.data, '\n', (size_t)(border - raw.data));
    if (border == NULL || border == raw.data)
        return VAULT_EINPUT;
    note->text = bytes_of(raw.data, (size_t)(border - raw.data));
    struct bytes rest = behind(raw, note->text.size + 1);
    struct bytes line;
    while (cut(&rest, '\n', &line)) {
        if (note->count == NOTE_SIGNATURES_MAX ||
            parse_line(line, &note->signatures[note->count]) != VAULT_OK)
            return VAULT_EINPUT;
        note->count++;
    }
    return note->count > 0 ? VAULT_OK : VAULT_EINPUT;
}

/* SHA-256(name || LF || type || public key), its first four bytes. */
static void set_id(struct note_key *key)
{
    uint8_t message[NOTE_NAME_MAX + 2 + SIGN_PUBLIC_SIZE];
    struct hash hash;
    size_t size = strlen(key->name);
    memcpy(message, key->name, size);
    message[size++] = '\n';
    message[size++] = key->type;
    memcpy(message + size, key->public_key, SIGN_PUBLIC_SIZE);
    hash_sha256(bytes_of(message, size + SIGN_PUBLIC_SIZE), &hash);
    memcpy(key->id, hash.data, NOTE_KEY_ID_SIZE);
}

int note_key_make(const char *name, uint8_t type, struct bytes public_key, struct note_key *key)
{
    memset(key, 0, sizeof *key);
    if (!note_name_valid(bytes_of_text(name)) || public_key.size != SIGN_PUBLIC_SIZE ||
        (type != NOTE_ED25519 && type != NOTE_COSIGNATURE))
        return VAULT_EINPUT;
    memcpy(key->name, name, strlen(name));
    key->type = type;
    memcpy(key->public_key, public_key.data, SIGN_PUBLIC_SIZE);
    set_id(key);
    return VAULT_OK;
}

void note_key_format(const struct note_key *key, struct buffer *vkey)
{
    uint8_t typed[1 + SIGN_PUBLIC_SIZE];
    char hex[2 * NOTE_KEY_ID_SIZE + 1];
    typed[0] = key->type;
    memcpy(typed + 1, key->public_key, SIGN_PUBLIC_SIZE);
    hex_encode(bytes_of(key->id, NOTE_KEY_ID_SIZE), hex);
    buffer_put_format(vkey, "%s+%s+", key->name, hex);
    base64_encode(bytes_of(typed, sizeof typed), vkey);
}

int note_key_parse(struct bytes vkey, struct note_key *key)
{
    struct bytes name;
    struct bytes hex;
    struct signature_bytes typed;
    char hex_again[2 * NOTE_KEY_ID_SIZE + 1];
    memset(key, 0, sizeof *key);
    if (!cut(&vkey, '+', &name) || !cut(&vkey, '+', &hex) || !note_name_valid(name))
        return VAULT_EINPUT;
    if (decode(vkey, &typed) != VAULT_OK || typed.size != 1 + SIGN_PUBLIC_SIZE)
        return VAULT_EINPUT;
    char text[NOTE_NAME_MAX + 1] = {0};
    memcpy(text, name.data, name.size);
    int result = note_key_make(text, typed.data[0], bytes_of(typed.data + 1, SIGN_PUBLIC_SIZE), key);
    if (result != VAULT_OK)
        return result;
    hex_encode(bytes_of(key->id, NOTE_KEY_ID_SIZE), hex_again);
    return bytes_equal(hex, bytes_of_text(hex_again)) ? VAULT_OK : VAULT_EINPUT;
}

static uint64_t big_endian(const uint8_t *data)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | data[i];
    return value;
}

static int verify_plain(
    struct bytes text, const struct note_key *key, const struct signature_bytes *signature)
{
    if (signature->size != NOTE_KEY_ID_SIZE + SIGNATURE_SIZE)
        return VAULT_EFORGED;
    return sign_verify(bytes_of(key->public_key, SIGN_PUBLIC_SIZE), text,
        bytes_of(signature->data + NOTE_KEY_ID_SIZE, SIGNATURE_SIZE));
}

/* What a cosignature signs. */
static int cosigned_message(struct bytes text, uint64_t seconds, struct buffer *message)
{
    buffer_put_format(message, "cosignature/v1\ntime %llu\n", (unsigned long long)seconds);
    buffer_put(message, text);
    return buffer_error(message);
}

static int verify_cosignature(
    struct bytes text, const struct note_key *key, const struct signature_bytes *signature, uint64_t *time)
{
    struct buffer message = {0};
    if (signature->size != NOTE_KEY_ID_SIZE + 8 + SIGNATURE_SIZE)
        return VAULT_EFORGED;
    uint64_t seconds = big_endian(signature->data + NOTE_KEY_ID_SIZE);
    if (seconds == 0 || seconds > INT64_MAX)
        return VAULT_EFORGED;
    int result = cosigned_message(text, seconds, &message);
    if (result == VAULT_OK)
        result = sign_verify(bytes_of(key->public_key, SIGN_PUBLIC_SIZE), buffer_bytes(&message),
            bytes_of(signature->data + NOTE_KEY_ID_SIZE + 8, SIGNATURE_SIZE));
    if (result == VAULT_OK && time != NULL)
        *time = seconds;
    buffer_free(&message);
    return result;
}

int note_verify(const struct note *note, const struct note_key *key, uint64_t *time)
{
    int result = VAULT_ENOTFOUND;
    if (time != NULL)
        *time = 0;
    for (size_t i = 0; i < note->count; i++) {
        const struct note_signature *line = &note->signatures[i];
        struct signature_bytes signature;
        if (!bytes_equal(line->name, bytes_of_text(key->name)) ||
            memcmp(line->key_id, key->id, NOTE_KEY_ID_SIZE) != 0)
            continue;
        if (decode(line->base64, &signature) != VAULT_OK)
            return VAULT_EFORGED;
        result = key->type == NOTE_ED25519 ? verify_plain(note->text, key, &signature)
                                           : verify_cosignature(note->text, key, &signature, time);
        if (result != VAULT_OK)
            return result;
    }
    return result;
}

static int put_line(const struct note_key *key, struct bytes data, struct buffer *out)
{
    buffer_put_format(out, "%s%s ", dash, key->name);
    base64_encode(data, out);
    buffer_put_u8(out, '\n');
    return buffer_error(out);
}

int note_put_signature(
    const struct note_key *key, const struct sign_key *signer, struct bytes text, struct buffer *out)
{
    uint8_t data[NOTE_KEY_ID_SIZE + SIGNATURE_SIZE];
    if (text.size == 0 || text.data[text.size - 1] != '\n')
        return VAULT_EUSAGE;
    memcpy(data, key->id, NOTE_KEY_ID_SIZE);
    sign(signer, text, data + NOTE_KEY_ID_SIZE);
    return put_line(key, bytes_of(data, sizeof data), out);
}

int note_put_cosignature(const struct note_key *key, const struct sign_key *signer, struct bytes text,
    uint64_t time, struct buffer *out)
{
    uint8_t data[NOTE_KEY_ID_SIZE + 8 + SIGNATURE_SIZE];
    struct buffer message = {0};
    if (text.size == 0 || text.data[text.size - 1] != '\n' || time == 0 || time > INT64_MAX)
        return VAULT_EUSAGE;
    int result = cosigned_message(text, time, &message);
    if (result == VAULT_OK) {
        memcpy(data, key->id, NOTE_KEY_ID_SIZE);
        for (int i = 0; i < 8; i++)
            data[NOTE_KEY_ID_SIZE + i] = (uint8_t)(time >> (56 - 8 * i));
        sign(signer, buffer_bytes(&message), data + NOTE_KEY_ID_SIZE + 8);
        result = put_line(key, bytes_of(data, sizeof data), out);
    }
    buffer_free(&message);
    return result;
}
