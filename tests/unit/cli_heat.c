/* Moments by people's own clock, and when things were done as a picture. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/heat.h"
#include "cli/local_time.h"

static void zone(const char *name)
{
    cr_assert_eq(setenv("TZ", name, 1), 0);
    tzset();
}

Test(cli_heat, local_times_say_their_offset)
{
    char text[LOCAL_TIME_SIZE];
    zone("CST-8");
    local_time("2026-11-25T23:03:04.723Z", text);
    cr_assert_str_eq(text, "2026-11-26 07:03:04 +08:00");
    local_clock("2026-11-25T23:03:04.723Z", text);
    cr_assert_str_eq(text, "07:03:04");
    local_zone(text);
    cr_assert_str_eq(text, "UTC+08:00 (CST)");
    zone("NST3:30");
    local_time("2026-11-25T23:03:04.723Z", text);
    cr_assert_str_eq(text, "2026-11-25 19:33:04 -03:30");
}

Test(cli_heat, what_is_no_moment_stays_as_it_is)
{
    char text[LOCAL_TIME_SIZE];
    int day;
    int hour;
    local_time("soon", text);
    cr_assert_str_eq(text, "soon");
    local_time(NULL, text);
    cr_assert_str_eq(text, "");
    cr_assert(!local_hour(NULL, &day, &hour));
}

static json_t *hours(void)
{
    /* Wednesday 23:00 UTC is Thursday 07:00 in China. */
    return json_pack("[{s:s,s:i,s:i,s:i},{s:s,s:i},{s:s,s:i}]", "hour", "2026-11-25T23:00:00.000Z", "reads",
        6, "exports", 2, "denials", 9, "hour", "2026-11-26T01:00:00.000Z", "lists", 2, "hour",
        "2026-11-26T02:00:00.000Z", "denials", 5);
}

Test(cli_heat, disclosures_fall_on_the_local_weekday_and_hour)
{
    struct heat heat;
    json_t *list = hours();
    zone("CST-8");
    heat_of(list, &heat);
    cr_assert_eq(heat.counts[3][7], 8);
    cr_assert_eq(heat.counts[3][9], 2);
    cr_assert_eq(heat.counts[3][10], 0, "a denial is no disclosure");
    cr_assert_eq(heat.most, 8);
    cr_assert_eq(heat.total, 10);
    zone("UTC0");
    heat_of(list, &heat);
    cr_assert_eq(heat.counts[2][23], 8);
    json_decref(list);
}

Test(cli_heat, levels_are_quarters_of_the_most)
{
    struct heat heat = {.most = 8};
    cr_assert_eq(heat_level(&heat, 0), 0);
    cr_assert_eq(heat_level(&heat, 1), 1);
    cr_assert_eq(heat_level(&heat, 2), 1);
    cr_assert_eq(heat_level(&heat, 3), 2);
    cr_assert_eq(heat_level(&heat, 7), 4);
    cr_assert_eq(heat_level(&heat, 8), 4);
    heat.most = 1;
    cr_assert_eq(heat_level(&heat, 1), 4);
}

Test(cli_heat, the_picture_is_whole)
{
    struct heat heat;
    struct buffer svg = {0};
    json_t *list = hours();
    zone("CST-8");
    heat_of(list, &heat);
    heat_svg(&heat, &svg);
    const char *text = buffer_text(&svg);
    size_t cells = 0;
    for (const char *at = text; (at = strstr(at, "<rect x=")) != NULL; at++)
        cells++;
    cr_assert_eq(cells, 7 * 24);
    cr_assert_not_null(strstr(text, "<title>Thu 07:00: 8</title>"));
    cr_assert_not_null(strstr(text, "</svg>\n"));
    buffer_free(&svg);
    json_decref(list);
}
