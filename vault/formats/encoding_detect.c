#include "vault/formats/encoding_detect_private.h"

#include <string.h>

#include "vault/base/text.h"

struct text_look text_look_begin(void)
{
    return (struct text_look){.utf8 = true, .gb18030 = true};
}

struct mark {
    const char *encoding;
    uint8_t bytes[4];
    size_t size;
};

static const struct mark marks[] = {
    {"UTF-8", {0xef, 0xbb, 0xbf}, 3},
    {"UTF-32LE", {0xff, 0xfe, 0, 0}, 4},
    {"UTF-32BE", {0, 0, 0xfe, 0xff}, 4},
    {"UTF-16LE", {0xff, 0xfe}, 2},
    {"UTF-16BE", {0xfe, 0xff}, 2},
    {"GB18030", {0x84, 0x31, 0x95, 0x33}, 4},
};

const char *text_mark(struct bytes head, size_t *length)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (head.size >= marks[i].size && memcmp(head.data, marks[i].bytes, marks[i].size) == 0) {
            *length = marks[i].size;
            return marks[i].encoding;
        }
    }
    *length = 0;
    return NULL;
}

size_t utf8_whole(struct bytes text)
{
    for (size_t back = 1; back <= 3 && back <= text.size; back++) {
        uint8_t c = text.data[text.size - back];
        if ((c & 0xc0) == 0x80)
            continue;
        size_t expected = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        return expected > back ? text.size - back : text.size;
    }
    return text.size;
}

static void look_for_utf8(struct text_look *look, struct bytes piece)
{
    while (look->utf8_tail_size > 0 && piece.size > 0) {
        look->utf8_tail[look->utf8_tail_size++] = piece.data[0];
        piece = bytes_of(piece.data + 1, piece.size - 1);
        struct bytes tail = bytes_of(look->utf8_tail, look->utf8_tail_size);
        if (utf8_valid(tail))
            look->utf8_tail_size = 0;
        else if (look->utf8_tail_size == 4 || utf8_whole(tail) == tail.size)
            look->utf8 = false;
        if (!look->utf8)
            return;
    }
    size_t whole = utf8_whole(piece);
    if (!utf8_valid(bytes_of(piece.data, whole))) {
        look->utf8 = false;
        return;
    }
    if (piece.size > whole) {
        look->utf8_tail_size = piece.size - whole;
        memcpy(look->utf8_tail, piece.data + whole, look->utf8_tail_size);
    }
}

static bool between(uint8_t c, uint8_t low, uint8_t high)
{
    return c >= low && c <= high;
}

/* One byte of GB18030 after what is held in gb_state; false if it cannot stand there. */
static bool gb_byte(struct text_look *look, uint8_t c)
{
    uint8_t *held = look->gb_state;
    switch (look->gb_state_size) {
    case 0:
        if (c < 0x80)
            return true;
        break;
    case 1:
        if (between(c, 0x40, 0x7e) || between(c, 0x80, 0xfe)) {
            bool hanzi = between(held[0], 0xb0, 0xd7);
            look->gb_characters++;
            look->gb_common += c >= 0xa1 && (hanzi || between(held[0], 0xa1, 0xa3));
            look->gb_state_size = 0;
            return true;
        }
        if (!between(c, '0', '9'))
            return false;
        break;
    case 2:
        break;
    default:
        look->gb_characters++;
        look->gb_state_size = 0;
        return between(c, '0', '9');
    }
    if (look->gb_state_size != 1 && !between(c, 0x81, 0xfe))
        return false;
    held[look->gb_state_size++] = c;
    return true;
}

void text_look_at(struct text_look *look, struct bytes piece)
{
    if (look->utf8)
        look_for_utf8(look, piece);
    for (size_t i = 0; i < piece.size && look->gb18030; i++)
        look->gb18030 = gb_byte(look, piece.data[i]);
    if (look->size == 0) {
        for (size_t i = 0; i < piece.size; i++) {
            look->nul_even += piece.data[i] == 0 && (i & 1) == 0;
            look->nul_odd += piece.data[i] == 0 && (i & 1) == 1;
        }
    }
    look->size += piece.size;
}

const char *text_look_verdict(const struct text_look *look, bool whole)
{
    if (look->utf8 && (!whole || look->utf8_tail_size == 0))
        return "UTF-8";
    bool common = look->gb_characters > 0 && look->gb_common * 10 >= look->gb_characters * 7;
    return look->gb18030 && common && (!whole || look->gb_state_size == 0) ? "GB18030" : NULL;
}
