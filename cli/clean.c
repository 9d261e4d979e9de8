#include "cli/clean.h"

#include "vault/base/text.h"

static bool is_hostile(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void clean_line(struct bytes text, struct buffer *out)
{
    while (text.size > 0) {
        uint32_t c = utf8_next(&text);
        bool ends = c == '\r' && text.size > 0 && text.data[0] == '\n';
        if (ends)
            continue;
        if (c == '\t' || c == '\n' || c == '\r')
            c = ' ';
        utf8_put(is_hostile(c) ? 0xfffd : c, out);
    }
}

void clean_cut(struct bytes text, int columns, struct buffer *out)
{
    if (text_width(text) <= columns) {
        buffer_put(out, text);
        return;
    }
    int used = 0;
    while (text.size > 0) {
        struct bytes rest = text;
        int width = code_point_width(utf8_next(&rest));
        if (used + width > columns - 1)
            break;
        buffer_put(out, bytes_of(text.data, text.size - rest.size));
        used += width;
        text = rest;
    }
    buffer_put_text(out, "…");
}
