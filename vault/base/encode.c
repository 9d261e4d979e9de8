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
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i < 3 ? bytes.size - i : 3;
        uint32_t group = (uint32_t)bytes.data[i] << 16;
        if (left > 1)
            group |= (uint32_t)bytes.data[i + 1] << 8;
        if (left > 2)
            group |= bytes.data[i + 2];
        char quad[4] = {base64_digits[group >> 18], base64_digits[group >> 12 & 63],
            left > 1 ? base64_digits[group >> 6 & 63] : '=', left > 2 ? base64_digits[group & 63] : '='};
        buffer_put_data(buffer, quad, sizeof quad);
    }
}

static int base64_value(uint8_t digit)
{
    const char *found = digit == '\0' ? NULL : strchr(base64_digits, digit);
    return found == NULL ? -1 : (int)(found - base64_digits);
}

/* Decode one quad into @p triple; returns the number of bytes, or -1 unless the quad is canonical. */
static int decode_quad(const uint8_t *quad, bool last, uint8_t triple[3])
{
    int padding = 0;
    if (last && quad[3] == '=')
        padding = quad[2] == '=' ? 2 : 1;
    uint32_t group = 0;
    for (int i = 0; i < 4; i++) {
        int value = i >= 4 - padding ? 0 : base64_value(quad[i]);
        if (value < 0)
            return -1;
        group = group << 6 | (uint32_t)value;
    }
    if ((padding == 1 && (group & 0xff) != 0) || (padding == 2 && (group & 0xffff) != 0))
        return -1;
    triple[0] = (uint8_t)(group >> 16);
    triple[1] = (uint8_t)(group >> 8);
    triple[2] = (uint8_t)group;
    return 3 - padding;
}

int base64_decode(struct bytes text, struct buffer *buffer)
{
    size_t before = buffer->size;
    if (text.size % 4 != 0)
        return VAULT_EINPUT;
    for (size_t i = 0; i < text.size; i += 4) {
        uint8_t triple[3];
        int size = decode_quad(text.data + i, i + 4 == text.size, triple);
        if (size < 0) {
            if (buffer->data != NULL)
                wipe(buffer->data + before, buffer->size - before);
            buffer->size = before;
            return VAULT_EINPUT;
        }
        buffer_put_data(buffer, triple, (size_t)size);
    }
    return buffer_error(buffer);
}
