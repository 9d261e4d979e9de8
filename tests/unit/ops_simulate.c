/* The parts of a simulation: what they keep, what they forget, and where they end. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "vault/ops/policy/simulate_private.h"

#define HOUR INT64_C(3600000)

Test(simulate, an_outcome_is_found_by_its_whole_key_until_its_time)
{
    struct outcomes *outcomes = outcomes_new();
    struct outcome outcome = {.permit = true, .policies = "[\"a\"]"};
    struct outcome found;
    char key[8];
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        outcome.permit = i % 2 == 0;
        outcomes_keep(outcomes, bytes_of_text(key), 100, &outcome);
        cr_assert(outcomes_find(outcomes, bytes_of_text(key), 99, &found));
        cr_assert_eq(found.permit, i % 2 == 0);
        cr_assert_str_eq(found.policies, "[\"a\"]");
        cr_assert_not(outcomes_find(outcomes, bytes_of_text(key), 100, &found), "it has run out");
    }
    cr_assert_not(outcomes_find(outcomes, bytes_of_text("other"), 0, &found));
    outcomes_forget(outcomes);
    cr_assert_not(outcomes_find(outcomes, bytes_of_text("k1"), 0, &found));
    outcomes_free(outcomes);
}

Test(simulate, what_is_too_long_is_not_kept_and_does_no_harm)
{
    struct outcomes *outcomes = outcomes_new();
    struct outcome found;
    char longer[1000];
    memset(longer, 'x', sizeof longer);
    outcomes_keep(outcomes, bytes_of(longer, sizeof longer), 100, &(struct outcome){true, "[]"});
    cr_assert_not(outcomes_find(outcomes, bytes_of(longer, sizeof longer), 0, &found));
    longer[sizeof longer - 1] = '\0';
    outcomes_keep(outcomes, bytes_of_text("k"), 100, &(struct outcome){true, longer});
    cr_assert_not(outcomes_find(outcomes, bytes_of_text("k"), 0, &found));
    outcomes_free(outcomes);
}

static struct change_seen change_of(const char *user, bool permit, uint64_t index)
{
    return (struct change_seen){.user = bytes_of_text(user),
        .action = bytes_of_text("record.read"),
        .was_permit = !permit,
        .was_policies = bytes_of_text("[\"old\"]"),
        .permit = permit,
        .policies = bytes_of_text("[]"),
        .index = index};
}

Test(simulate, changes_are_grouped_most_frequent_first)
{
    struct groups *groups = groups_new();
    for (uint64_t i = 0; i < 10; i++) {
        struct change_seen change = change_of(i % 3 == 0 ? "amy" : "bob", false, 100 + i);
        cr_assert_eq(groups_add(groups, &change), VAULT_OK);
    }
    json_t *rows = groups_json(groups);
    cr_assert_eq(json_array_size(rows), 2);
    const json_t *first = json_array_get(rows, 0);
    cr_assert_str_eq(json_text(first, "user"), "bob");
    cr_assert_eq(json_number(first, "count", 0), 6);
    cr_assert_eq(json_number(first, "first", 0), 101);
    cr_assert_eq(json_number(first, "last", 0), 108);
    cr_assert_str_eq(json_text(first, "becomes"), "deny");
    cr_assert_str_eq(json_string_value(json_array_get(json_object_get(first, "was_by"), 0)), "old");
    json_decref(rows);
    groups_free(groups);
}

Test(simulate, beyond_the_limit_the_rest_share_a_row)
{
    struct groups *groups = groups_new();
    json_int_t total = 0;
    for (unsigned i = 0; i < GROUPS_MAX + 500; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "u%u", i);
        struct change_seen change = change_of(user, true, i);
        cr_assert_eq(groups_add(groups, &change), VAULT_OK);
    }
    json_t *rows = groups_json(groups);
    cr_assert_eq(json_array_size(rows), GROUPS_MAX + 1);
    cr_assert_str_eq(json_text(json_array_get(rows, 0), "user"), "");
    cr_assert_eq(json_number(json_array_get(rows, 0), "count", 0), 500);
    for (size_t i = 0; i < json_array_size(rows); i++)
        total += json_number(json_array_get(rows, i), "count", 0);
    cr_assert_eq(total, GROUPS_MAX + 500);
    json_decref(rows);
    groups_free(groups);
}

Test(simulate, counters_hold_an_hour_and_a_day)
{
    struct counts *counts = counts_new();
    int64_t hour;
    int64_t day;
    /* One record every ten minutes for three days. */
    for (int64_t t = 0; t < 3 * 24 * 6; t++)
        cr_assert_eq(counts_add(counts, bytes_of_text("amy"), t * HOUR / 6, 1), VAULT_OK);
    int64_t end = (3 * 24 * 6 - 1) * HOUR / 6;
    counts_at(counts, bytes_of_text("amy"), end, &hour, &day);
    cr_assert_eq(hour, 6);
    cr_assert_eq(day, 144);
    counts_at(counts, bytes_of_text("bob"), end, &hour, &day);
    cr_assert(hour == 0 && day == 0);
    counts_at(counts, bytes_of_text("amy"), end + 2 * HOUR, &hour, &day);
    cr_assert_eq(hour, 0);
    cr_assert_eq(day, 132);
    counts_free(counts);
}
