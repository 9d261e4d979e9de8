#include "vault/base/text.h"

#include <string.h>


/* Length of the well-formed sequence at the start, 0 if there is none.  Unicode 15, table 3-7. */
static size_t sequence(struct bytes text)
{
    const uint8_t *p = text.data;
    uint8_t low = 0x80;
    uint8_t high = 0xbf;
    size_t length;
    if (text.size == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        length = 2;
    else if (p[0] >= 0xe0 && p[0] <= 0xef)
        length = 3;
    else if (p[0] >= 0xf0 && p[0] <= 0xf4)
        length = 4;
    else
        return 0;
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    if (text.size < length || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
    }
    return length;
}

bool utf8_valid(struct bytes text)
{
    size_t at = 0;
    while (at < text.size) {
        if (text.data[at] < 0x80) {
            at++;
            continue;
        }
        size_t length = sequence(bytes_of(text.data + at, text.size - at));
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

uint32_t utf8_next(struct bytes *text)
{
    if (text->size == 0)
        return 0;
    size_t length = sequence(*text);
    const uint8_t *p = text->data;
    uint32_t code_point = 0xfffd;
    if (length == 1)
        code_point = p[0];
    else if (length == 2)
        code_point = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    else if (length == 3)
        code_point = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    else if (length == 4)
        code_point = (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
    else
        length = 1;
    *text = bytes_of(p + length, text->size - length);
    return code_point;
}

void utf8_put(uint32_t c, struct buffer *out)
{
    uint8_t wire[4];
    size_t size = 0;
    if (c < 0x80) {
        wire[size++] = (uint8_t)c;
    } else if (c < 0x800) {
        wire[size++] = (uint8_t)(0xc0 | c >> 6);
        wire[size++] = (uint8_t)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        wire[size++] = (uint8_t)(0xe0 | c >> 12);
        wire[size++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        wire[size++] = (uint8_t)(0x80 | (c & 0x3f));
    } else {
        wire[size++] = (uint8_t)(0xf0 | c >> 18);
        wire[size++] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        wire[size++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        wire[size++] = (uint8_t)(0x80 | (c & 0x3f));
    }
    buffer_put_data(out, wire, size);
}

size_t utf8_length(struct bytes text)
{
    size_t length = 0;
    while (text.size > 0) {
        (void)utf8_next(&text);
        length++;
    }
    return length;
}

struct range {
    uint32_t first;
    uint32_t last;
};

static bool within(uint32_t c, const struct range *ranges, size_t count)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (c > ranges[middle].last)
            low = middle + 1;
        else if (c < ranges[middle].first)
            count = middle;
        else
            return true;
    }
    return false;
}

#define WITHIN(c, ranges) within(c, ranges, sizeof(ranges) / sizeof((ranges)[0]))

bool is_han(uint32_t c)
{
    static const struct range han[] = {{0x3007, 0x3007}, {0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xf900, 0xfaff},
        {0x20000, 0x2a6df}, {0x2a700, 0x2ebe0}, {0x2f800, 0x2fa1f}, {0x30000, 0x323af}};
    return WITHIN(c, han);
}

bool is_word(uint32_t c)
{
    static const struct range words[] = {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}, {0xaa, 0xaa}, {0xb5, 0xb5},
        {0xba, 0xba}, {0xc0, 0xd6}, {0xd8, 0xf6}, {0xf8, 0x2c1}, {0x300, 0x36f}, {0x370, 0x373}, {0x376, 0x377},
        {0x37b, 0x37d}, {0x386, 0x386}, {0x388, 0x481}, {0x48a, 0x559}, {0x561, 0x587}, {0x5d0, 0x5ea},
        {0x620, 0x669}, {0x671, 0x6d3}, {0x900, 0x963}, {0x966, 0x96f}, {0xe01, 0xe3a}, {0xe40, 0xe59},
        {0x1100, 0x11ff}, {0x1e00, 0x1fff}, {0x3005, 0x3007}, {0x3041, 0x3096}, {0x30a1, 0x30fa}, {0x30fc, 0x30fe},
        {0x3131, 0x318e}, {0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xac00, 0xd7a3}, {0xf900, 0xfaff},
        {0xff10, 0xff19}, {0xff21, 0xff3a}, {0xff41, 0xff5a}, {0xff66, 0xff9f}, {0x20000, 0x323af}};
    return WITHIN(c, words);
}

/* Base letters of U+00C0 to U+017F in lower case; '\0' keeps the character. */
static const char latin_base[] = "aaaaaa\0ceeeeiiii\0nooooo\0ouuuuy\0\0aaaaaa\0ceeeeiiii\0nooooo\0ouuuuy\0y"
                                 "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii\0\0jjkkklllllll"
                                 "lllnnnnnnnnnoooooo\0\0rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

uint32_t fold(uint32_t c)
{
    if (c >= 0xff01 && c <= 0xff5e)
        c -= 0xfee0;
    else if (c == 0x3000)
        c = ' ';
    if (c >= 'A' && c <= 'Z')
        return c + ('a' - 'A');
    if (c < 0xc0)
        return c;
    if (c <= 0x17f && c - 0xc0 < sizeof latin_base - 1 && latin_base[c - 0xc0] != '\0')
        return (uint32_t)latin_base[c - 0xc0];
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    return c;
}

int code_point_width(uint32_t c)
{
    static const struct range none[] = {{0, 0x1f}, {0x7f, 0x9f}, {0x300, 0x36f}, {0x483, 0x489}, {0x591, 0x5bd},
        {0x610, 0x61a}, {0x64b, 0x65f}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064}, {0x20d0, 0x20f0},
        {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef}};
    static const struct range wide[] = {{0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0x33ff}, {0x3400, 0x4dbf},
        {0x4e00, 0x9fff}, {0xa000, 0xa4cf}, {0xa960, 0xa97f}, {0xac00, 0xd7a3}, {0xf900, 0xfaff},
        {0xfe30, 0xfe6f}, {0xff01, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff},
        {0x20000, 0x3fffd}};
    if (c >= 0x20 && c < 0x7f)
        return 1;
    if (WITHIN(c, none))
        return 0;
    return WITHIN(c, wide) ? 2 : 1;
}

int text_width(struct bytes text)
{
    int width = 0;
    while (text.size > 0)
        width += code_point_width(utf8_next(&text));
    return width;
}

static size_t blank_at_start(struct bytes text)
{
    if (text.size == 0)
        return 0;
    uint8_t c = text.data[0];
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return 1;
    if (text.size >= 2 && c == 0xc2 && text.data[1] == 0xa0)
        return 2;
    if (text.size >= 3 && c == 0xe3 && text.data[1] == 0x80 && text.data[2] == 0x80)
        return 3;
    return 0;
}

static size_t blank_at_end(struct bytes text)
{
    for (size_t size = 1; size <= 3 && size <= text.size; size++) {
        struct bytes tail = bytes_of(text.data + text.size - size, size);
        if (blank_at_start(tail) == size)
            return size;
    }
    return 0;
}

struct bytes text_trim(struct bytes text)
{
    size_t blank;
    while ((blank = blank_at_start(text)) > 0)
        text = bytes_of(text.data + blank, text.size - blank);
    while ((blank = blank_at_end(text)) > 0)
        text.size -= blank;
    return text;
}

void text_copy(char *to, size_t size, const char *from)
{
    size_t length = strnlen(from, size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}
