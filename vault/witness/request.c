/* The body of add-checkpoint: "old N", proof lines, an empty line, a signed checkpoint. */
#include <string.h>

#include "vault/witness/witness_private.h"

static bool take_line(struct bytes *rest, struct bytes *line)
{
    const uint8_t *end = rest->size == 0 ? NULL : memchr(rest->data, '\n', rest->size);
    if (end == NULL)
        return false;
    *line = bytes_of(rest->data, (size_t)(end - rest->data));
    *rest = bytes_of(end + 1, rest->size - line->size - 1);
    return true;
}

/* Decimal without leading zeros, below 10^18. */
static bool parse_number(struct bytes text, uint64_t *number)
{
    uint64_t value = 0;
    if (text.size == 0 || text.size > 18 || (text.data[0] == '0' && text.size > 1))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    *number = value;
    return true;
}

static bool parse_old(struct bytes line, uint64_t *old_size)
{
    static const char start[] = "old ";
    size_t skip = sizeof start - 1;
    return line.size > skip && memcmp(line.data, start, skip) == 0 &&
           parse_number(bytes_of(line.data + skip, line.size - skip), old_size);
}

static bool put_hash(struct bytes line, struct add_request *request)
{
    uint8_t room[HASH_SIZE + 1];
    struct buffer decoded = {.data = room, .capacity = sizeof room};
    if (line.size != 44 || request->proof_size == sizeof request->proof ||
        base64_decode(line, &decoded) != VAULT_OK || decoded.size != HASH_SIZE)
        return false;
    memcpy(request->proof + request->proof_size, room, HASH_SIZE);
    request->proof_size += HASH_SIZE;
    return true;
}

int checkpoint_parse_loose(struct bytes text, struct checkpoint *checkpoint)
{
    struct bytes rest = text;
    struct bytes line;
    memset(checkpoint, 0, sizeof *checkpoint);
    for (int i = 0; i < 3; i++) {
        if (!take_line(&rest, &line))
            return VAULT_EINPUT;
    }
    int result = checkpoint_parse(bytes_of(text.data, text.size - rest.size), checkpoint);
    while (result == VAULT_OK && rest.size > 0) {
        if (!take_line(&rest, &line) || line.size == 0)
            result = VAULT_EINPUT;
    }
    return result;
}

int add_request_parse(struct bytes body, struct add_request *request)
{
    struct bytes line;
    request->proof_size = 0;
    if (!take_line(&body, &line) || !parse_old(line, &request->old_size))
        return VAULT_EINPUT;
    while (take_line(&body, &line) && line.size > 0) {
        if (!put_hash(line, request))
            return VAULT_EINPUT;
    }
    if (line.size > 0)
        return VAULT_EINPUT;
    request->signed_note = body;
    int result = note_parse(body, &request->note);
    return result == VAULT_OK ? checkpoint_parse_loose(request->note.text, &request->checkpoint) : result;
}
