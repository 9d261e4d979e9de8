#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/formats/table_private.h"

#define TOTAL_CHARACTERS 8

void table_where(const struct table *table, const struct row *row, char where[DRAFT_WHERE_SIZE])
{
    (void)snprintf(where, DRAFT_WHERE_SIZE, "%srow %" PRIu64, table->place, row->number);
}

struct bytes row_cell(const struct row *row, size_t column)
{
    if (column >= row->count)
        return bytes_of("", 0);
    return text_trim(bytes_of(row->cells[column].data, row->cells[column].size));
}

static bool is_blank(uint32_t c)
{
    return c <= ' ' || c == 0xa0 || c == 0x3000 || c == 0xfeff;
}

void heading_fold(struct bytes heading, struct buffer *out)
{
    while (heading.size > 0) {
        uint32_t c = utf8_next(&heading);
        if (is_blank(c))
            continue;
        if (c >= 0xff01 && c <= 0xff5e)
            c -= 0xfee0;
        if (c >= 'A' && c <= 'Z')
            c += 'a' - 'A';
        utf8_put(c, out);
    }
}

int heading_find(const char *names, struct bytes heading)
{
    int place = 0;
    while (heading.size > 0) {
        const char *end = strchrnul(names, '|');
        if ((size_t)(end - names) == heading.size && memcmp(names, heading.data, heading.size) == 0)
            return place;
        if (*end == '\0')
            break;
        names = end + 1;
        place++;
    }
    return -1;
}

static struct bytes first_text(const struct row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        struct bytes text = row_cell(row, i);
        if (text.size > 0)
            return text;
    }
    return bytes_of("", 0);
}

bool row_is_blank(const struct row *row)
{
    return first_text(row).size == 0;
}

bool row_is_total(const struct row *row)
{
    static const char *const words[] = {"合计", "总计", "小计", "累计"};
    uint8_t folded[TOTAL_CHARACTERS * 4 + 1];
    size_t used = 0;
    struct bytes text = first_text(row);
    if (text.size == 0 || text.data[0] < 0x80)
        return false;
    while (text.size > 0) {
        struct bytes before = text;
        if (is_blank(utf8_next(&text)))
            continue;
        size_t size = before.size - text.size;
        if (used + size >= sizeof folded || used / 3 >= TOTAL_CHARACTERS)
            return false;
        memcpy(folded + used, before.data, size);
        used += size;
    }
    folded[used] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strstr((const char *)folded, words[i]) != NULL)
            return true;
    }
    return false;
}

bool rows_are_even(const struct row *rows, size_t count)
{
    size_t filled = 0;
    size_t best = 0;
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;
        if (row_is_blank(&rows[i]))
            continue;
        filled++;
        for (size_t k = 0; k < count && rows[i].count > 1; k++)
            same += rows[k].count == rows[i].count;
        best = same > best ? same : best;
    }
    return filled > 1 && best * 10 >= filled * 9;
}
