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

/* 64 marks what is no digit: a table and no search, since evidence is mostly base64. */
static const uint8_t base64_values[256] = {
    [0 ... 255] = 64,
    ['A'] = 0,
    ['B'] = 1,
    ['C'] = 2,
    ['D'] = 3,
    ['E'] = 4,
    ['F'] = 5,
    ['G'] = 6,
    ['H'] = 7,
    ['I'] = 8,
    ['J'] = 9,
    ['K'] = 10,
    ['L'] = 11,
    ['M'] = 12,
    ['N'] = 13,
    ['O'] = 14,
    ['P'] = 15,
    ['Q'] = 16,
    ['R'] = 17,
    ['S'] = 18,
    ['T'] = 19,
    ['U'] = 20,
    ['V'] = 21,
    ['W'] = 22,
    ['X'] = 23,
    ['Y'] = 24,
    ['Z'] = 25,
    ['a'] = 26,
    ['b'] = 27,
    ['c'] = 28,
    ['d'] = 29,
    ['e'] = 30,
    ['f'] = 31,
    ['g'] = 32,
    ['h'] = 33,
    ['i'] = 34,
    ['j'] = 35,
    ['k'] = 36,
    ['l'] = 37,
    ['m'] = 38,
    ['n'] = 39,
    ['o'] = 40,
    ['p'] = 41,
    ['q'] = 42,
    ['r'] = 43,
    ['s'] = 44,
    ['t'] = 45,
    ['u'] = 46,
    ['v'] = 47,
    ['w'] = 48,
    ['x'] = 49,
    ['y'] = 50,
    ['z'] = 51,
    ['0'] = 52,
    ['1'] = 53,
    ['2'] = 54,
    ['3'] = 55,
    ['4'] = 56,
    ['5'] = 57,
    ['6'] = 58,
    ['7'] = 59,
    ['8'] = 60,
    ['9'] = 61,
    ['+'] = 62,
    ['/'] = 63,
};

/* Put the bytes of whole quads; false at what is no digit. */
static bool decode_quads(const uint8_t *text, size_t quads, uint8_t *out)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < quads; i++, text += 4, out += 3) {
        uint8_t a = base64_values[text[0]];
        uint8_t b = base64_values[text[1]];
        uint8_t c = base64_values[text[2]];
        uint8_t d = base64_values[text[3]];
        seen |= (uint8_t)(a | b | c | d);
        uint32_t group = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | d;
        out[0] = (uint8_t)(group >> 16);
        out[1] = (uint8_t)(group >> 8);
        out[2] = (uint8_t)group;
    }
    return (seen & 64) == 0;
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
