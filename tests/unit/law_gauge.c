/* Thresholds: two hundred cases reckoned elsewhere (law_gauge.py), and readings. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/law/gauge.h"

static struct law *open_facts(void)
{
    struct law *law = NULL;
    struct failure failure = {0};
    cr_assert_eq(law_open(law_facts_text(), &law, &failure), VAULT_OK, "%s", failure.text);
    return law;
}

/* n of each tier, in service?, whole times, millionths over, serious?, very serious? */
static void check_sum(const struct law *law, const char *line)
{
    struct law_pieces pieces = {0};
    struct law_gauge gauge;
    unsigned service, millionths, serious, very;
    uint64_t whole;
    cr_assert_eq(sscanf(line, "sum %" SCNu64 " %" SCNu64 " %" SCNu64 " %u %" SCNu64 " %u %u %u", &pieces.n[0],
                     &pieces.n[1], &pieces.n[2], &service, &whole, &millionths, &serious, &very),
        8, "%s", line);
    law_gauge(law, &pieces, service != 0, &gauge);
    cr_assert(gauge.whole == whole && gauge.millionths == millionths && gauge.serious == (serious != 0) &&
                  gauge.very_serious == (very != 0),
        "%s is %" PRIu64 " %u %d %d", line, gauge.whole, gauge.millionths, gauge.serious, gauge.very_serious);
}

/* threshold, n strict, n lenient, in service?, reached and very strictly, the same leniently ("-": has no
 * very) */
static void check_threshold(const struct law *law, const char *line)
{
    char id[64];
    uint64_t strict, lenient;
    unsigned service;
    char reached[4], very[4], lenient_reached[4], lenient_very[4];
    json_t *list = NULL;
    cr_assert_eq(sscanf(line, "threshold %63s %" SCNu64 " %" SCNu64 " %u %3s %3s %3s %3s", id, &strict,
                     &lenient, &service, reached, very, lenient_reached, lenient_very),
        8, "%s", line);
    const json_t *entry = law_entry(json_object_get(law_json(law), "thresholds"), id);
    struct law_measure measure = {json_text(entry, "measure"), strict, lenient, service != 0};
    cr_assert_eq(law_thresholds(law, NULL, &measure, 1, &list), VAULT_OK);
    const json_t *one = law_entry(list, id);
    static const char *const readings[] = {"strict", "lenient"};
    const char *expected[][2] = {{reached, very}, {lenient_reached, lenient_very}};
    for (int i = 0; i < 2; i++) {
        const json_t *reading = json_object_get(one, readings[i]);
        const json_t *its = json_object_get(reading, "very");
        cr_assert_eq(json_is_true(json_object_get(reading, "reached")), expected[i][0][0] == '1', "%s", line);
        cr_assert(its == NULL ? expected[i][1][0] == '-' : json_is_true(its) == (expected[i][1][0] == '1'),
            "%s", line);
    }
    json_decref(list);
}

/* persons, loss, strict level */
static void check_level(const struct law *law, const char *line)
{
    uint64_t persons, loss;
    unsigned level;
    cr_assert_eq(sscanf(line, "level %" SCNu64 " %" SCNu64 " %u", &persons, &loss, &level), 3, "%s", line);
    struct law_measure measures[] = {{"persons", persons, 0, false}, {"loss_yuan", loss, 0, false}};
    cr_assert_eq(law_report_level(law, "CN", measures, 2, true), level, "%s", line);
    cr_assert_eq(law_report_level(law, "CN", measures, 2, false), 0);
}

Test(law_gauge, two_hundred_cases)
{
    char path[4096];
    char line[256];
    unsigned cases = 0;
    struct law *law = open_facts();
    (void)snprintf(path, sizeof path, "%s/tests/unit/law_gauge.txt", getenv("STRONGROOM_SOURCE"));
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        cases++;
        if (strncmp(line, "sum ", 4) == 0)
            check_sum(law, line);
        else if (strncmp(line, "threshold ", 10) == 0)
            check_threshold(law, line);
        else
            check_level(law, line);
    }
    (void)fclose(file);
    cr_assert_eq(cases, 200, "%u", cases);
    law_free(law);
}

Test(law_gauge, thresholds_of_another_jurisdiction_and_of_what_is_not_told_are_left_out)
{
    struct law *law = open_facts();
    struct law_measure measure = {"persons", 500, 499, false};
    json_t *list = NULL;
    cr_assert_eq(law_thresholds(law, "SG", &measure, 1, &list), VAULT_OK);
    cr_assert_eq(json_array_size(list), 1);
    const json_t *one = json_array_get(list, 0);
    cr_assert_str_eq(json_text(one, "id"), "sg-scale");
    cr_assert(json_is_true(json_object_get(json_object_get(one, "strict"), "reached")));
    cr_assert(json_is_false(json_object_get(json_object_get(one, "lenient"), "reached")));
    json_decref(list);
    cr_assert_eq(law_thresholds(law, "EU", &measure, 1, &list), VAULT_OK);
    cr_assert_eq(json_array_size(list), 0);
    json_decref(list);
    law_free(law);
}
