/* The facts of the law: whole, each with its basis, and read as the statute counts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/law/facts.h"
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
    struct law_sums sums;
    uint64_t payroll = item_of(law, "payroll", "payroll_entry");
    uint64_t number = item_of(law, "id_number", "payroll_entry");
    uint64_t books = item_of(law, "company", "voucher");
    for (int i = 0; i < 25; i++)
        law_count_add(law, &count, payroll | number);
    for (int i = 0; i < 1000; i++)
        law_count_add(law, &count, books);
    law_count_sums(law, &count, &sums);
    cr_assert_float_eq(sums.strict, 25.0 / 50 + 25.0 / 500, 1e-9);
    cr_assert_float_eq(sums.strict_in_service, 25.0 / 25 + 25.0 / 250, 1e-9);
    cr_assert_float_eq(sums.strict_very, 25.0 / 500 + 25.0 / 5000, 1e-9);
    /* Leniently wages are transactions and a number alone is other information: each record once, as the
     * graver. */
    cr_assert_float_eq(sums.lenient, 25.0 / 500, 1e-9);
    cr_assert_float_eq(sums.lenient_very_in_service, 25.0 / 2500, 1e-9);
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
