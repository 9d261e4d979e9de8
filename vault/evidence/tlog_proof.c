#include "vault/evidence/tlog_proof.h"

#include <string.h>

#define HEADER "c2sp.org/tlog-proof@v1"

static bool take_line(struct bytes *rest, struct bytes *line)
{
    const uint8_t *end = rest->size == 0 ? NULL : memchr(rest->data, '\n', rest->size);
    if (end == NULL)
        return false;
    *line = bytes_of(rest->data, (size_t)(end - rest->data));
    *rest = bytes_of(end + 1, rest->size - line->size - 1);
    return true;
}

/* Cut a word and a blank off the front. */
static bool begins(struct bytes *line, const char *word)
{
    size_t size = strlen(word);
    if (line->size < size || memcmp(line->data, word, size) != 0)
        return false;
    *line = bytes_of(line->data + size, line->size - size);
    return true;
}

static bool read_index(struct bytes line, uint64_t *index)
{
    *index = 0;
    if (line.size == 0 || line.size > 16 || (line.data[0] == '0' && line.size > 1))
        return false;
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] < '0' || line.data[i] > '9')
            return false;
        *index = *index * 10 + (uint64_t)(line.data[i] - '0');
    }
    return true;
}

static bool read_hash(struct bytes line, uint8_t *hash)
{
    uint8_t room[HASH_SIZE + 1];
    struct buffer decoded = {.data = room, .capacity = sizeof room};
    if (line.size != 44 || base64_decode(line, &decoded) != VAULT_OK || decoded.size != HASH_SIZE)
        return false;
    memcpy(hash, room, HASH_SIZE);
    return true;
}

const char *tlog_proof_read(struct bytes text, struct tlog_proof *proof)
{
    struct bytes line;
    memset(proof, 0, sizeof *proof);
    if (!take_line(&text, &line) || !bytes_equal(line, bytes_of_text(HEADER)))
        return "its first line is not that of a tlog-proof";
    if (!take_line(&text, &line))
        return "no index";
    if (begins(&line, "extra ")) {
        proof->extra = line;
        if (!take_line(&text, &line))
            return "no index";
    }
    if (!begins(&line, "index ") || !read_index(line, &proof->index))
        return "no index";
    for (;;) {
        if (!take_line(&text, &line))
            return "no empty line in front of the checkpoint";
        if (line.size == 0)
            break;
        if (proof->proof_size == sizeof proof->proof || !read_hash(line, proof->proof + proof->proof_size))
            return "a line of the proof that is no hash";
        proof->proof_size += HASH_SIZE;
    }
    proof->checkpoint = text;
    return NULL;
}

void tlog_proof_write(
    uint64_t index, struct bytes leaf, struct bytes proof, struct bytes checkpoint, struct buffer *text)
{
    buffer_put_text(text, HEADER "\nextra ");
    base64_encode(leaf, text);
    buffer_put_format(text, "\nindex %llu\n", (unsigned long long)index);
    for (size_t at = 0; at + HASH_SIZE <= proof.size; at += HASH_SIZE) {
        base64_encode(bytes_of(proof.data + at, HASH_SIZE), text);
        buffer_put_u8(text, '\n');
    }
    buffer_put_u8(text, '\n');
    buffer_put(text, checkpoint);
}
