#include "cli/heat.h"

#include <stdio.h>
#include <string.h>

#include "cli/local_time.h"
#include "cli/words.h"
#include "vault/base/text.h"

static const char *const days[7] = {
    N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun")};
static const char *const shades[5] = {"··", "░░", "▒▒", "▓▓", "██"};

void heat_of(const json_t *hours, struct heat *heat)
{
    static const char *const disclosures[] = {"reads", "reveals", "searches", "lists", "exports"};
    memset(heat, 0, sizeof *heat);
    for (size_t i = 0; i < json_array_size(hours); i++) {
        const json_t *row = json_array_get(hours, i);
        int day;
        int hour;
        if (!local_hour(json_text(row, "hour"), &day, &hour))
            continue;
        uint64_t *count = &heat->counts[day][hour];
        for (size_t k = 0; k < sizeof disclosures / sizeof disclosures[0]; k++) {
            *count += (uint64_t)json_number(row, disclosures[k], 0);
            heat->total += (uint64_t)json_number(row, disclosures[k], 0);
        }
        heat->most = *count > heat->most ? *count : heat->most;
    }
}

int heat_level(const struct heat *heat, uint64_t count)
{
    if (count == 0 || heat->most == 0)
        return 0;
    for (int level = 1; level < 4; level++) {
        if (count <= heat->most * (uint64_t)level / 4)
            return level;
    }
    return 4;
}

static void heading(char *text, size_t size)
{
    char zone[LOCAL_TIME_SIZE];
    local_zone(zone);
    (void)snprintf(text, size, _("Disclosures by weekday and hour, local time %s"), zone);
}

/* --- On a terminal --- */

static void show_day(struct screen *screen, const struct heat *heat, int day)
{
    struct buffer line = {0};
    uint64_t sum = 0;
    buffer_put_text(&line, _(days[day]));
    for (int width = text_width(buffer_bytes(&line)); width < 5; width++)
        buffer_put_u8(&line, ' ');
    for (int hour = 0; hour < 24; hour++) {
        buffer_put_text(&line, shades[heat_level(heat, heat->counts[day][hour])]);
        sum += heat->counts[day][hour];
    }
    buffer_put_format(&line, "  %llu", (unsigned long long)sum);
    const char *text = buffer_text(&line);
    screen_line(screen, "%s", text == NULL ? "" : text);
    buffer_free(&line);
}

void heat_show(struct screen *screen, const struct heat *heat)
{
    char title[160];
    heading(title, sizeof title);
    screen_line(screen, "%s", title);
    screen_line(screen, "     %s", "0     3     6     9     12    15    18    21");
    for (int day = 0; day < 7; day++)
        show_day(screen, heat, day);
    if (heat->most > 0)
        screen_line(screen, _("     ·· none  ░░ to %llu  ▒▒ to %llu  ▓▓ to %llu  ██ to %llu"),
            (unsigned long long)(heat->most / 4), (unsigned long long)(heat->most / 2),
            (unsigned long long)(heat->most * 3 / 4), (unsigned long long)heat->most);
}

/* --- SVG --- */

#define CELL 26
#define LEFT 60
#define TOP 56

/* What translators wrote is text, not markup. */
static void put_text(const char *text, struct buffer *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '<' || *text == '&' || *text == '>')
            buffer_put_text(out, *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : "&amp;");
        else
            buffer_put_u8(out, (uint8_t)*text);
    }
}

static void put_label(struct buffer *out, int x, int y, const char *anchor, const char *text)
{
    buffer_put_format(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
    put_text(text, out);
    buffer_put_text(out, "</text>\n");
}

static void put_cell(const struct heat *heat, int day, int hour, struct buffer *out)
{
    static const char *const colours[5] = {"#eef1f4", "#c6dbef", "#6baed6", "#2171b5", "#08306b"};
    uint64_t count = heat->counts[day][hour];
    buffer_put_format(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"><title>",
        LEFT + hour * CELL, TOP + day * CELL, CELL - 2, CELL - 2, colours[heat_level(heat, count)]);
    put_text(_(days[day]), out);
    buffer_put_format(out, " %02d:00: %llu</title></rect>\n", hour, (unsigned long long)count);
}

void heat_svg(const struct heat *heat, struct buffer *out)
{
    char title[160];
    char hour_text[8];
    heading(title, sizeof title);
    buffer_put_format(out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
        "height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n<title>",
        LEFT + 24 * CELL + 20, TOP + 7 * CELL + 20);
    put_text(title, out);
    buffer_put_text(out, "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
    put_label(out, LEFT, 20, "start", title);
    for (int hour = 0; hour < 24; hour += 3) {
        (void)snprintf(hour_text, sizeof hour_text, "%d", hour);
        put_label(out, LEFT + hour * CELL + CELL / 2, TOP - 8, "middle", hour_text);
    }
    for (int day = 0; day < 7; day++) {
        put_label(out, LEFT - 8, TOP + day * CELL + CELL / 2 + 4, "end", _(days[day]));
        for (int hour = 0; hour < 24; hour++)
            put_cell(heat, day, hour, out);
    }
    buffer_put_text(out, "</svg>\n");
}
