/* Hexadecimal and base64 (RFC 4648), declared in bytes.h. */
#include "vault/base/bytes.h"

#include <string.h>

void hex_encode(struct bytes bytes, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.size; i++) {
        text[2 * i] = digits[bytes.data[i] >> 4];
        text[2 * i + 1] = digits[bytes.data[i] & 15];
    }
    text[2 * bytes.size] = '\0';
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

bool hex_decode(const char *text, size_t text_size, uint8_t *data, size_t size)
{
    if (text_size != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        data[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct bytes bytes, struct buffer *buffer)
{
    uint8_t *out = buffer_grow(buffer, (bytes.size + 2) / 3 * 4);
    for (size_t i = 0; i < bytes.size && out != NULL; i += 3, out += 4) {
        size_t left = bytes.size - i < 3 ? bytes.size - i : 3;
        uint32_t group = (uint32_t)bytes.data[i] << 16;
        if (left > 1)
            group |= (uint32_t)bytes.data[i + 1] << 8;
        if (left > 2)
            group |= bytes.data[i + 2];
        out[0] = (uint8_t)base64_digits[group >> 18];
        out[1] = (uint8_t)base64_digits[group >> 12 & 63];
        out[2] = left > 1 ? (uint8_t)base64_digits[group >> 6 & 63] : '=';
        out[3] = left > 2 ? (uint8_t)base64_digits[group & 63] : '=';
    }
}

/* One more than the value, 0 for what is no digit: a table and no search, since evidence is mostly base64. */
static const uint8_t base64_values[256] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 63, 0, 0, 0, 64, 53, 54, 55, 56, 57, 58,
    59, 60, 61, 62, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    20, 21, 22, 23, 24, 25, 26, 0, 0, 0, 0, 0, 0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
    42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 0, 0, 0, 0, 0};

/* Put the bytes of whole quads; false at what is no digit. */
static bool decode_quads(const uint8_t *text, size_t quads, uint8_t *out)
{
    bool valid = true;
    for (size_t i = 0; i < quads; i++, text += 4, out += 3) {
        uint8_t a = base64_values[text[0]];
        uint8_t b = base64_values[text[1]];
        uint8_t c = base64_values[text[2]];
        uint8_t d = base64_values[text[3]];
        valid &= (a != 0) & (b != 0) & (c != 0) & (d != 0);
        uint32_t group = (a - 1u) << 18 | (b - 1u) << 12 | (c - 1u) << 6 | (d - 1u);
        out[0] = (uint8_t)(group >> 16);
        out[1] = (uint8_t)(group >> 8);
        out[2] = (uint8_t)group;
    }
    return valid;
}

int base64_decode(struct bytes text, struct buffer *buffer)
{
    size_t before = buffer->size;
    if (text.size % 4 != 0)
        return VAULT_EINPUT;
    if (text.size == 0)
        return buffer_error(buffer);
    const uint8_t *last = text.data + text.size - 4;
    size_t padding = last[3] != '=' ? 0 : last[2] != '=' ? 1 : 2;
    uint8_t *out = buffer_grow(buffer, text.size / 4 * 3 - padding);
    if (out == NULL)
        return buffer_error(buffer);
    size_t quads = text.size / 4 - (padding > 0);
    bool valid = decode_quads(text.data, quads, out);
    if (padding > 0) {
        /* 'A' stands for no bits; what the padding cuts off must be zero. */
        uint8_t quad[4] = {last[0], last[1], padding == 2 ? 'A' : last[2], 'A'};
        uint8_t triple[3];
        valid = decode_quads(quad, 1, triple) && valid && triple[3 - padding] == 0 && triple[2] == 0;
        memcpy(out + quads * 3, triple, 3 - padding);
    }
    if (valid)
        return VAULT_OK;
    wipe(buffer->data + before, buffer->size - before);
    buffer->size = before;
    return VAULT_EINPUT;
}
