/* The facts of the law: whole, each with its basis, and read as the statute counts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/law/gauge.h"
#include "vault/records/records.h"

static struct law *open_facts(void)
{
    struct law *law = NULL;
    struct failure failure = {0};
    cr_assert_eq(law_open(law_facts_text(), &law, &failure), VAULT_OK, "%s", failure.text);
    return law;
}

Test(law_facts, thresholds_are_those_of_the_interpretation_and_their_halves)
{
    static const uint32_t serious[] = {50, 500, 5000};
    struct law *law = open_facts();
    for (size_t i = 0; i < 3; i++) {
        const struct law_tier *tier = law_tier(law, i);
        cr_assert_not_null(tier);
        cr_assert_eq(tier->serious, serious[i]);
        cr_assert_eq(tier->serious_in_service, serious[i] / 2);
        cr_assert_eq(tier->very_serious, serious[i] * 10);
        cr_assert_eq(tier->very_serious_in_service, serious[i] * 5);
    }
    cr_assert_null(law_tier(law, 3));
    law_free(law);
}

Test(law_facts, every_item_has_a_basis_and_a_strict_reading_that_is_no_milder)
{
    struct law *law = open_facts();
    for (size_t i = 0; law_item(law, i) != NULL; i++) {
        const struct law_item *item = law_item(law, i);
        uint32_t strict = item->strict < 0 ? UINT32_MAX : law_tier(law, (size_t)item->strict)->serious;
        uint32_t lenient = item->lenient < 0 ? UINT32_MAX : law_tier(law, (size_t)item->lenient)->serious;
        cr_assert_leq(strict, lenient, "%s", json_text(item->json, "id"));
        cr_assert(strlen(json_text(item->json, "article")) > 0 && strlen(json_text(item->json, "why")) > 0);
    }
    law_free(law);
}

/* A field that is masked in a kind must be one that the facts know, or what is revealed of it counts for
 * nothing. */
Test(law_facts, every_masked_field_of_every_kind_is_counted)
{
    struct law *law = open_facts();
    for (int kind = KIND_CLIENT; kind <= KIND_LAST; kind++) {
        const char *const *path = kind_sensitive_fields((enum record_kind)kind);
        for (; *path != NULL; path++) {
            bool known = false;
            for (size_t i = 0; law_field(law, i) != NULL; i++) {
                const struct law_field *field = law_field(law, i);
                for (size_t p = 0; field->paths[p] != NULL; p++)
                    known = known || ((int)field->kind == kind && strcmp(field->paths[p], *path) == 0);
            }
            cr_assert(known, "%s: %s", kind_name((enum record_kind)kind), *path);
        }
        bool any = false;
        for (size_t i = 0; law_field(law, i) != NULL; i++)
            any = any || (int)law_field(law, i)->kind == kind;
        cr_assert(any, "no field of a %s", kind_name((enum record_kind)kind));
    }
    law_free(law);
}

static uint64_t item_of(const struct law *law, const char *class, const char *kind)
{
    for (size_t i = 0; law_field(law, i) != NULL; i++) {
        const struct law_field *field = law_field(law, i);
        if (strcmp(kind_name(field->kind), kind) == 0 &&
            strcmp(json_text(law_item(law, field->item)->json, "id"), class) == 0)
            return UINT64_C(1) << field->item;
    }
    cr_assert(false, "no %s of %s", class, kind);
    return 0;
}

Test(law_facts, sums_divide_each_number_by_its_threshold)
{
    struct law *law = open_facts();
    struct law_count count = {0};
    struct law_pieces pieces;
    struct law_gauge gauge;
    uint64_t payroll = item_of(law, "payroll", "payroll_entry");
    uint64_t number = item_of(law, "id_number", "payroll_entry");
    uint64_t books = item_of(law, "company", "voucher");
    for (int i = 0; i < 25; i++)
        law_count_add(law, &count, payroll | number);
    for (int i = 0; i < 1000; i++)
        law_count_add(law, &count, books);
    law_pieces_strict(law, &count, &pieces);
    law_gauge(law, &pieces, false, &gauge);
    cr_assert(gauge.whole == 0 && gauge.millionths == 550000 && !gauge.serious); /* 25/50 + 25/500 */
    law_gauge(law, &pieces, true, &gauge);
    cr_assert(gauge.whole == 1 && gauge.millionths == 100000 && gauge.serious && !gauge.very_serious);
    /* Leniently wages are transactions and a number alone is other information: each record once, as the
     * graver. */
    law_pieces_lenient(law, &count, &pieces);
    law_gauge(law, &pieces, false, &gauge);
    cr_assert(gauge.whole == 0 && gauge.millionths == 50000); /* 25/500 */
    law_free(law);
}

/* In floating point 0.1 + 0.7 + 0.2 is less than 1. */
Test(law_facts, what_is_exactly_enough_is_enough)
{
    struct law *law = open_facts();
    struct law_pieces pieces = {.n = {5, 350, 1000}};
    struct law_gauge gauge;
    law_gauge(law, &pieces, false, &gauge);
    cr_assert(gauge.serious && gauge.whole == 1 && gauge.millionths == 0);
    pieces.n[2]--;
    law_gauge(law, &pieces, false, &gauge);
    cr_assert(!gauge.serious && gauge.whole == 0 && gauge.millionths == 999800);
    law_free(law);
}

Test(law_facts, what_is_not_whole_is_refused)
{
    static const char *const wrong[] = {"", "{}", "[]", "{\"personal_information\":{\"tiers\":[]}}",
        "{\"personal_information\":{\"tiers\":[{\"id\":\"50\",\"serious\":50}]}}"};
    struct law *law = (struct law *)1;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct failure failure = {0};
        cr_assert_eq(law_open(bytes_of_text(wrong[i]), &law, &failure), VAULT_EINPUT, "%zu", i);
        cr_assert_null(law);
    }
}

/* --- What each section must be --- */

static int try_changed(void (*change)(json_t *facts), struct failure *failure)
{
    json_t *facts = NULL;
    struct law *law = NULL;
    cr_assert_eq(json_read(law_facts_text(), &facts, NULL), VAULT_OK);
    change(facts);
    char *text = json_dumps(facts, 0);
    int result = law_open(bytes_of_text(text), &law, failure);
    cr_assert_eq(law != NULL, result == VAULT_OK);
    law_free(law);
    free(text);
    json_decref(facts);
    return result;
}

static json_t *entry(json_t *facts, const char *section, size_t at)
{
    return json_array_get(json_object_get(facts, section), at);
}

static void nothing(json_t *facts)
{
    (void)facts;
}
static void unknown_section(json_t *facts)
{
    json_object_set_new(facts, "more", json_array());
}
static void lost_section(json_t *facts)
{
    json_object_del(facts, "retention");
}
static void unknown_member(json_t *facts)
{
    json_object_set_new(entry(facts, "duties", 3), "hours", json_integer(4));
}
static void lost_member(json_t *facts)
{
    json_object_del(entry(facts, "duties", 3), "article");
}
static void wrong_form(json_t *facts)
{
    json_object_set_new(entry(facts, "duties", 5), "count", json_string("4"));
}
static void wrong_word(json_t *facts)
{
    json_object_set_new(entry(facts, "duties", 5), "start", json_string("heard"));
}
static void part_of_word(json_t *facts)
{
    json_object_set_new(entry(facts, "duties", 5), "start", json_string("now"));
}
static void nobody(json_t *facts)
{
    json_object_set_new(entry(facts, "duties", 5), "to", json_string("nobody"));
}
static void twice(json_t *facts)
{
    json_array_append(json_object_get(facts, "laws"), entry(facts, "laws", 0));
}
static void law_without_article(json_t *facts)
{
    json_object_set_new(entry(facts, "duties", 5), "article", json_string(""));
}
static void no_date(json_t *facts)
{
    json_object_set_new(entry(facts, "duties", 5), "since", json_string("2025-02-30"));
}
static void no_count(json_t *facts)
{
    json_object_del(entry(facts, "duties", 5), "count");
}
static void a_count_at_once(json_t *facts)
{
    json_object_set_new(entry(facts, "duties", 0), "count", json_integer(3));
}
static void field_unknown(json_t *facts)
{
    json_object_set_new(
        json_array_get(json_object_get(entry(facts, "documents", 0), "fields"), 0), "x", json_true());
}
static void year_without_days(json_t *facts)
{
    json_object_del(json_array_get(json_object_get(entry(facts, "calendars", 1), "years"), 0), "work");
}
static void odd_thresholds(json_t *facts)
{
    static const int odd[] = {999983, 999979, 999961};
    for (size_t i = 0; i < 3; i++)
        json_object_set_new(
            json_array_get(json_object_get(json_object_get(facts, "personal_information"), "tiers"), i),
            "serious", json_integer(odd[i]));
}

Test(law_facts, a_file_of_another_form_is_refused_with_its_place)
{
    static const struct {
        void (*change)(json_t *facts);
        const char *says; /* NULL: it fits */
    } cases[] = {{nothing, NULL}, {unknown_section, "unknown"}, {lost_section, "'retention'"},
        {unknown_member, "duties, entry 4: 'hours' is unknown"}, {lost_member, "duties, entry 4"},
        {wrong_form, "duties, entry 6: 'count'"}, {wrong_word, "'start'"}, {part_of_word, "'start'"},
        {nobody, "'to' names"}, {twice, "'contract-law' is there twice"},
        {law_without_article, "though it is law"}, {no_date, "'since'"}, {no_count, "'count' does not fit"},
        {a_count_at_once, "'count' does not fit"}, {field_unknown, "documents.fields"},
        {year_without_days, "calendars.years"}, {odd_thresholds, "common multiple"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct failure failure = {0};
        int result = try_changed(cases[i].change, &failure);
        cr_assert_eq(result, cases[i].says == NULL ? VAULT_OK : VAULT_EINPUT, "%zu: %s", i, failure.text);
        if (cases[i].says != NULL)
            cr_assert_not_null(strstr(failure.text, cases[i].says), "%zu: %s", i, failure.text);
    }
}

Test(law_facts, house_rules_are_marked_and_no_number_is_said_where_the_law_says_none)
{
    struct law *law = open_facts();
    const json_t *duties = json_object_get(law_json(law), "duties");
    static const char *const without[] = {
        "cn-remedy", "cn-authority", "cn-individuals", "cn-affected", "cn-client"};
    for (size_t i = 0; i < json_array_size(duties); i++) {
        const json_t *duty = json_array_get(duties, i);
        bool house = strncmp(json_text(duty, "id"), "house-", 6) == 0;
        cr_assert_eq(house, strcmp(json_text(duty, "force"), "house") == 0, "%s", json_text(duty, "id"));
    }
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
        const json_t *duty = law_entry(duties, without[i]);
        cr_assert(duty != NULL && strcmp(json_text(duty, "unit"), "at_once") == 0, "%s", without[i]);
    }
    const json_t *laws = json_object_get(law_json(law), "laws");
    cr_assert_str_eq(json_text(law_entry(laws, "contract-law"), "state"), "repealed");
    cr_assert_str_eq(json_text(law_entry(laws, "tort-law"), "now"), "民法典");
    law_free(law);
}

Test(law_facts, every_numbered_item_of_the_source_has_its_feature)
{
    struct law *law = open_facts();
    const json_t *features = json_object_get(law_json(law), "features");
    json_t *items = json_object();
    for (size_t i = 0; i < json_array_size(features); i++) {
        const json_t *served = json_object_get(json_array_get(features, i), "items");
        for (size_t k = 0; k < json_array_size(served); k++)
            json_object_set_new(items, json_string_value(json_array_get(served, k)), json_true());
    }
    cr_assert_eq(json_array_size(features), 34);
    for (int section = 1; section <= 20; section++) {
        for (int item = 1; item <= 5; item++) {
            char name[16];
            (void)snprintf(name, sizeof name, "%d.%d", section, item);
            /* Four of the sections have four items only. */
            bool four = (item == 5) && json_object_get(items, name) == NULL;
            cr_assert(json_object_get(items, name) != NULL || four, "%s", name);
        }
    }
    cr_assert_eq(json_object_size(items), 100, "%zu", json_object_size(items));
    json_decref(items);
    law_free(law);
}

Test(law_facts, facts_grow_stale)
{
    struct law *law = open_facts();
    cr_assert_not(law_is_stale(law, INT64_C(1795392000000))); /* 2026-11-23 */
    cr_assert_not(law_is_stale(law, INT64_C(1795392000000) + 180 * INT64_C(86400000)));
    cr_assert(law_is_stale(law, INT64_C(1795392000000) + 181 * INT64_C(86400000)));
    law_free(law);
}
