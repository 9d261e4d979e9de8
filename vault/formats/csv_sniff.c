#include "vault/formats/csv_sniff_private.h"

#include <string.h>

#define SNIFF_LINES 60
#define CANDIDATES 4

static const char candidates[CANDIDATES] = {',', '\t', ';', '|'};

struct counts {
    uint16_t of_line[SNIFF_LINES][CANDIDATES];
    size_t lines;
};

static void count_line_end(struct counts *counts, uint16_t *now)
{
    bool any = false;
    for (size_t i = 0; i < CANDIDATES; i++)
        any = any || now[i] > 0;
    if (any)
        memcpy(counts->of_line[counts->lines++], now, sizeof counts->of_line[0]);
    memset(now, 0, sizeof counts->of_line[0]);
}

/* Quotes matter only where a cell starts with one. */
static void count_lines(struct bytes head, struct counts *counts)
{
    uint16_t now[CANDIDATES] = {0};
    bool quoted = false;
    bool cell_start = true;
    for (size_t i = 0; i < head.size && counts->lines < SNIFF_LINES; i++) {
        char c = (char)head.data[i];
        const char *found = c == '\0' ? NULL : memchr(candidates, c, CANDIDATES);
        if (c == '"' && (quoted || cell_start))
            quoted = !quoted;
        else if (!quoted && (c == '\n' || c == '\r'))
            count_line_end(counts, now);
        else if (!quoted && found != NULL && now[found - candidates] < UINT16_MAX)
            now[found - candidates]++;
        cell_start = found != NULL || c == '\n' || c == '\r' || (cell_start && c == '=');
    }
    if (counts->lines < SNIFF_LINES)
        count_line_end(counts, now);
}

/* Lines that share the most frequent count, each weighed by that count. */
static unsigned long score(const struct counts *counts, size_t candidate)
{
    unsigned long best = 0;
    for (size_t i = 0; i < counts->lines; i++) {
        unsigned long count = counts->of_line[i][candidate];
        unsigned long same = 0;
        if (count == 0)
            continue;
        for (size_t k = 0; k < counts->lines; k++)
            same += counts->of_line[k][candidate] == count;
        if (same * (count < 40 ? count : 40) > best)
            best = same * (count < 40 ? count : 40);
    }
    return best;
}

char csv_sniff(struct bytes head)
{
    struct counts counts = {.lines = 0};
    unsigned long best = 0;
    char separator = 0;
    count_lines(head, &counts);
    for (size_t i = 0; i < CANDIDATES; i++) {
        unsigned long value = score(&counts, i);
        if (value > best) {
            best = value;
            separator = candidates[i];
        }
    }
    return separator;
}
