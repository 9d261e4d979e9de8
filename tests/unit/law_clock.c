/* When something is due: the cases that people get wrong, one by one.  law_clocks.py tries thousands beside
 * Python. */
#include <criterion/criterion.h>

#include "vault/base/instant.h"
#include "vault/law/clock.h"

static struct law *open_facts(void)
{
    struct law *law = NULL;
    struct failure failure = {0};
    cr_assert_eq(law_open(law_facts_text(), &law, &failure), VAULT_OK, "%s", failure.text);
    return law;
}

struct due_case {
    const char *zone, *calendar, *start;
    struct law_term term;
    const char *due;
    bool estimated;
};

static void check(const struct law *law, const struct due_case *one)
{
    int64_t start = 0;
    char text[INSTANT_TEXT_SIZE];
    cr_assert(instant_parse(bytes_of_text(one->start), &start), "%s", one->start);
    struct law_due due = law_due(law, one->zone, one->calendar, start, &one->term);
    instant_format(due.at, text);
    text[16] = '\0';
    cr_assert_str_eq(text, one->due, "%s %s: %s, not %s", one->zone, one->start, text, one->due);
    cr_assert_eq(due.estimated, one->estimated, "%s %s", one->zone, one->start);
}

Test(law_clock, terms_end_as_the_laws_say)
{
    static const struct due_case cases[] = {
        /* Hours run from the moment, over holidays and changes of clocks. */
        {"Asia/Shanghai", "CN", "2026-10-01T01:00Z", {LAW_HOURS, 24, true}, "2026-10-02T01:00", false},
        {"Europe/Brussels", "weekdays", "2026-03-28T12:30Z", {LAW_HOURS, 72, false}, "2026-03-31T12:30",
            false},
        {"Europe/Brussels", "weekdays", "2026-03-28T12:30Z", {LAW_WHOLE_HOURS, 72, false}, "2026-03-31T13:00",
            false},
        /* The day of the discovery is not counted; the last day is over at its midnight there: 16:00 UTC in
           China. */
        {"Asia/Shanghai", "CN", "2026-11-26T02:00Z", {LAW_CALENDAR_DAYS, 30, false}, "2026-12-26T16:00",
            false},
        /* 01:00 on the 27th in Shanghai is still the 26th in UTC. */
        {"Asia/Shanghai", "CN", "2026-11-26T17:00Z", {LAW_CALENDAR_DAYS, 1, false}, "2026-11-28T16:00",
            false},
        /* A last day within the National Day holidays gives way to the first day worked, 8 October. */
        {"Asia/Shanghai", "CN", "2026-09-02T02:00Z", {LAW_CALENDAR_DAYS, 30, true}, "2026-10-08T16:00",
            false},
        {"Asia/Shanghai", "CN", "2026-09-02T02:00Z", {LAW_CALENDAR_DAYS, 30, false}, "2026-10-02T16:00",
            false},
        /* Sunday 20 September 2026 is worked; Saturday 10 October too. */
        {"Asia/Shanghai", "CN", "2026-09-18T02:00Z", {LAW_WORKING_DAYS, 1, false}, "2026-09-20T16:00", false},
        {"Asia/Shanghai", "CN", "2026-09-30T02:00Z", {LAW_WORKING_DAYS, 3, false}, "2026-10-10T16:00", false},
        /* Of 2027 nobody had said it yet. */
        {"Asia/Shanghai", "CN", "2026-12-31T02:00Z", {LAW_WORKING_DAYS, 1, false}, "2027-01-01T16:00", true},
        /* The next business day after the Friday after Thanksgiving; and over a federal holiday. */
        {"America/New_York", "US", "2026-11-27T15:00Z", {LAW_BUSINESS_DAYS, 1, false}, "2026-12-01T05:00",
            false},
        {"America/New_York", "US", "2026-07-02T15:00Z", {LAW_BUSINESS_DAYS, 1, false}, "2026-07-07T04:00",
            false},
        /* Thirty days across the end of summer time. */
        {"America/New_York", "US", "2026-10-10T15:00Z", {LAW_CALENDAR_DAYS, 30, false}, "2026-11-10T05:00",
            false},
        /* Months end on the same day, or the last there is. */
        {"Asia/Shanghai", "CN", "2025-01-31T02:00Z", {LAW_MONTHS, 1, false}, "2025-02-28T16:00", false},
        {"Asia/Shanghai", "CN", "2024-02-29T02:00Z", {LAW_YEARS, 3, false}, "2027-02-28T16:00", false},
        {"Asia/Shanghai", "CN", "2024-02-29T02:00Z", {LAW_YEARS, 4, false}, "2028-02-29T16:00", false},
        {"Asia/Singapore", "weekdays", "2026-11-26T02:00Z", {LAW_CALENDAR_DAYS, 3, false}, "2026-11-29T16:00",
            false},
        {"UTC", "weekdays", "2026-11-26T02:00Z", {LAW_AT_ONCE, 0, false}, "2026-11-26T02:00", false},
    };
    struct law *law = open_facts();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check(law, &cases[i]);
    law_free(law);
}

Test(law_clock, a_term_never_ends_before_it_begins_nor_a_longer_one_sooner)
{
    struct law *law = open_facts();
    for (int unit = LAW_AT_ONCE; unit <= LAW_YEARS; unit++) {
        for (unsigned start = 0; start < 400; start++) {
            int64_t from = INT64_C(1793491200000) + start * INT64_C(13000007);
            int64_t before = from;
            for (unsigned count = 0; count < 6; count++) {
                struct law_term term = {(enum law_unit)unit, count, start % 2 == 0};
                int64_t at = law_due(law, "Europe/London", "CN", from, &term).at;
                cr_assert_geq(at, before, "unit %d, %u times", unit, count);
                before = at;
            }
        }
    }
    law_free(law);
}

Test(law_clock, words_are_those_of_the_facts_and_a_place_that_is_unknown_is_utc)
{
    enum law_unit unit;
    struct law *law = open_facts();
    const json_t *duties = json_object_get(law_json(law), "duties");
    for (size_t i = 0; i < json_array_size(duties); i++)
        cr_assert(law_unit_parse(json_text(json_array_get(duties, i), "unit"), &unit));
    cr_assert_not(law_unit_parse("days", &unit));
    cr_assert_not(law_unit_parse(NULL, &unit));
    cr_assert_eq(law_offset(law, "Mars/Olympus", 0), 0);
    cr_assert_eq(law_offset(law, "Europe/London", INT64_C(1782907200000)), 60); /* July 2026 */
    law_free(law);
}
