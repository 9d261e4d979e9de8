/* Who it was: the hypotheses, the guards, and what speaks for a person. */
#include "trace_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define LATE (FIRM_START + 200 * INT64_C(86400))
#define NO_ACCOUNT (TRACE_BIT(TRACE_NAME) | TRACE_BIT(TRACE_PHONE))

static struct failure failure;

static struct trace_result traced(struct access_index *index, struct leak *leak, int64_t found)
{
    struct trace_result result;
    cr_assert_eq(trace_leak(leak, access_index_source(index), found, NULL, &result, &failure), VAULT_OK, "%s",
        failure.text);
    leak_free(leak);
    return result;
}

static const struct trace_person *person(const struct trace_result *result, uint32_t number)
{
    for (size_t i = 0; i < result->people_count; i++)
        if (result->people[i].person == number)
            return &result->people[i];
    return NULL;
}

/* Amy and Bob read their own portfolios; Eve sees everybody's name and phone, never an account. */
static void everyday(struct firm *firm)
{
    firm_start(firm);
    for (int round = 0; round < 3; round++) {
        firm_wait(firm, FIRM_START + round * 86400 * 5);
        for (uint32_t c = 0; c < FIRM_CLIENTS; c++) {
            firm_see(firm, c < FIRM_CLIENTS / 2 ? FIRM_AMY : FIRM_BOB, c, 0, 0);
            firm_see(firm, FIRM_EVE, c, NO_ACCOUNT, 0);
        }
    }
}

Test(trace_score, the_only_one_who_saw_the_accounts_comes_first)
{
    struct firm firm;
    everyday(&firm);
    struct access_index *index = firm_end(&firm);
    struct trace_result result = traced(index, firm_leak(index, 2, 12, 1), LATE);
    cr_assert_eq(result.linked, 12);
    cr_assert_gt(result.people_count, 0);
    cr_expect_eq(result.people[0].person, FIRM_AMY);
    cr_expect_eq(result.people[0].seen_fully, 12);
    cr_expect_eq(result.people[0].only_he, 12);
    cr_expect_eq(result.people[0].never, 0);
    cr_expect_gt(result.people[0].first_event, 0);
    cr_expect_lt(result.none, 0.1);
    const struct trace_person *bob = person(&result, FIRM_BOB);
    cr_expect(bob == NULL || bob->never == 12, "he never saw one of them");
    double sum = result.none + result.backup + result.unlogged;
    cr_expect_leq(sum, 1.0001);
    trace_result_free(&result);
    access_index_free(index);
}

Test(trace_score, nothing_after_the_finding_counts)
{
    struct firm firm;
    everyday(&firm);
    struct access_index *index = firm_end(&firm);
    struct trace_result result = traced(index, firm_leak(index, 2, 12, 1), FIRM_START - 1);
    cr_expect_eq(result.people_count, 0);
    trace_result_free(&result);
    access_index_free(index);
}

Test(trace_score, an_export_of_just_these_rows_is_named_and_cited)
{
    struct firm firm;
    everyday(&firm);
    firm_wait(&firm, FIRM_START + 60 * INT64_C(86400));
    uint32_t export = firm_export(&firm, "x1");
    for (uint32_t c = 0; c < 14; c++)
        firm_see(&firm, FIRM_BOB, c, 0, export);
    struct access_index *index = firm_end(&firm);
    struct trace_result result = traced(index, firm_leak(index, 0, 14, 1), LATE);
    const struct trace_person *bob = person(&result, FIRM_BOB);
    cr_assert_not_null(bob);
    cr_expect_eq(bob->scope, TRACE_SCOPE_EXPORT);
    cr_expect_eq(bob->key, export);
    cr_expect_eq(bob->explained, 14);
    cr_expect_eq(bob->last_event - bob->first_event, 13);
    trace_result_free(&result);
    access_index_free(index);
}

Test(trace_score, nobody_is_told_above_nine_tenths_whom_another_equals)
{
    struct firm firm;
    everyday(&firm);
    for (uint32_t c = 0; c < FIRM_CLIENTS / 2; c++)
        firm_see(&firm, FIRM_BOB, c, 0, 0);
    struct access_index *index = firm_end(&firm);
    struct trace_result result = traced(index, firm_leak(index, 2, 12, 1), LATE);
    for (size_t i = 0; i < result.people_count; i++)
        cr_expect_leq(result.people[i].posterior, 0.9);
    trace_result_free(&result);
    access_index_free(index);
}

Test(trace_score, rows_that_nobody_saw_but_the_store_held_are_a_stolen_copy)
{
    struct firm firm;
    firm_start(&firm);
    for (uint32_t c = 0; c < FIRM_CLIENTS; c++)
        firm_see(&firm, FIRM_EVE, c, TRACE_BIT(TRACE_NAME), 0);
    struct access_index *index = firm_end(&firm);
    struct trace_result result = traced(index, firm_leak(index, 0, 30, 2), LATE);
    double highest = result.people_count == 0 ? 0 : result.people[0].posterior;
    cr_expect_gt(result.backup, highest);
    cr_expect_gt(result.backup, result.none);
    cr_expect_eq(result.not_before, FIRM_CHANGE, "the phones are of the second version");
    trace_result_free(&result);
    access_index_free(index);
}

Test(trace_score, a_list_of_strangers_is_none_of_ours)
{
    struct firm firm;
    everyday(&firm);
    struct access_index *index = firm_end(&firm);
    struct trace_result result = traced(index,
        firm_leak_of(
            index, "单位名称,手机\n北京大风科技有限公司,18600000001\n北京小雨科技有限公司,18600000002\n"),
        LATE);
    cr_expect_eq(result.linked, 0);
    cr_expect_gt(result.none, 0.9);
    cr_expect_eq(result.people_count, 0);
    trace_result_free(&result);
    access_index_free(index);
}

Test(trace_score, two_who_each_saw_half_are_told_together)
{
    struct firm firm;
    firm_start(&firm);
    for (uint32_t c = 0; c < FIRM_CLIENTS; c++)
        firm_see(&firm, c < FIRM_CLIENTS / 2 ? FIRM_AMY : FIRM_BOB, c, 0, 0);
    struct access_index *index = firm_end(&firm);
    struct trace_result result = traced(index, firm_leak(index, 8, 24, 1), LATE);
    cr_assert_gt(result.group_count, 0);
    cr_assert_eq(result.groups[0].size, 2);
    cr_expect_eq(result.groups[0].people[0], FIRM_AMY);
    cr_expect_eq(result.groups[0].people[1], FIRM_BOB);
    cr_expect_eq(result.groups[0].explains[0], 12);
    cr_expect_eq(result.groups[0].explains[1], 12);
    trace_result_free(&result);
    access_index_free(index);
}

Test(trace_score, only_the_version_that_leaked_counts)
{
    struct firm firm;
    firm_start(&firm);
    for (uint32_t c = 0; c < 20; c++)
        firm_see(&firm, FIRM_AMY, c, NO_ACCOUNT, 0); /* with the phones of before */
    firm_wait(&firm, FIRM_CHANGE + 86400);
    for (uint32_t c = 0; c < 20; c++)
        firm_see(&firm, FIRM_BOB, c, NO_ACCOUNT, 0);
    struct access_index *index = firm_end(&firm);
    for (uint32_t version = 1; version <= 2; version++) {
        char text[4096] = "单位名称,手机\n";
        for (uint32_t c = 0; c < 20; c++) {
            char name[64], tax_id[64], phone[64], account[64], line[160];
            firm_values(c, version, name, tax_id, phone, account);
            (void)snprintf(line, sizeof line, "%s,%s\n", name, phone);
            strcat(text, line);
        }
        struct trace_result result = traced(index, firm_leak_of(index, text), LATE);
        uint32_t guilty = version == 1 ? FIRM_AMY : FIRM_BOB;
        cr_assert_gt(result.people_count, 0);
        cr_expect_eq(result.people[0].person, guilty, "version %u", version);
        cr_expect_eq(result.people[0].seen_fully, 20);
        const struct trace_person *other = person(&result, guilty == FIRM_AMY ? FIRM_BOB : FIRM_AMY);
        cr_expect(other == NULL || (other->outdated == 20 && other->seen_fully == 0 && other->never == 0));
        trace_result_free(&result);
    }
    access_index_free(index);
}

Test(trace_score, a_copy_is_of_one_moment)
{
    struct firm firm;
    firm_start(&firm);
    for (uint32_t c = 0; c < FIRM_CLIENTS; c++)
        firm_see(&firm, FIRM_EVE, c, TRACE_BIT(TRACE_NAME), 0);
    struct access_index *index = firm_end(&firm);
    double told[2];
    for (int mixed = 0; mixed < 2; mixed++) {
        char text[8192] = "单位名称,手机,银行账号\n";
        for (uint32_t c = 0; c < 30; c++) {
            char name[64], tax_id[64], phone[64], account[64], line[256];
            firm_values(c, mixed && c % 2 == 0 ? 1 : 2, name, tax_id, phone, account);
            (void)snprintf(line, sizeof line, "%s,%s,%s\n", name, phone, account);
            strcat(text, line);
        }
        struct trace_result result = traced(index, firm_leak_of(index, text), LATE);
        told[mixed] = result.backup;
        trace_result_free(&result);
    }
    cr_expect_gt(told[0], 0.9);
    cr_expect_lt(told[1], 0.1, "phones of before and after never stood together: %f", told[1]);
    access_index_free(index);
}

Test(trace_score, an_export_of_just_these_rows_is_held_back_where_another_saw_them_all)
{
    struct trace_person held, told;
    for (int others = 0; others < 2; others++) {
        struct firm firm;
        firm_start(&firm);
        uint32_t export = firm_export(&firm, "x1");
        for (uint32_t c = 15; c < 25; c++)
            firm_see(&firm, FIRM_AMY, c, 0, export);
        for (uint32_t c = 0; c < FIRM_CLIENTS; c++)
            firm_see(&firm, FIRM_EVE, c, others ? 0 : NO_ACCOUNT, 0);
        struct access_index *index = firm_end(&firm);
        struct trace_result result = traced(index, firm_leak(index, 15, 10, 1), LATE);
        cr_assert_gt(result.people_count, 0);
        *(others ? &held : &told) = result.people[0];
        trace_result_free(&result);
        access_index_free(index);
    }
    cr_expect_eq(told.person, FIRM_AMY);
    cr_expect_gt(told.posterior, 0.9);
    cr_expect_eq(told.hold, TRACE_HOLD_NONE);
    cr_expect_eq(told.only_he, 10);
    cr_expect_eq(held.person, FIRM_AMY);
    cr_expect_eq(held.posterior, trace_model_default.hold);
    cr_expect_eq(held.hold, TRACE_HOLD_NOT_ALONE);
    cr_expect_eq(held.nearest, FIRM_EVE);
    cr_expect_eq(held.least_apart, 0);
}

/* Half of a portfolio may be what somebody else took of it whom the log did not see; rows of two portfolios
 * that one export put together hardly are. */
Test(trace_score, half_a_portfolio_is_held_back_though_only_one_exported_it)
{
    struct firm firm;
    firm_start(&firm);
    uint32_t export = firm_export(&firm, "x1");
    for (uint32_t c = 4; c < 14; c++)
        firm_see(&firm, FIRM_AMY, c, 0, export);
    for (uint32_t c = 0; c < FIRM_CLIENTS; c++)
        firm_see(&firm, FIRM_EVE, c, NO_ACCOUNT, 0);
    struct access_index *index = firm_end(&firm);
    struct trace_result result = traced(index, firm_leak(index, 4, 10, 1), LATE);
    cr_assert_gt(result.people_count, 0);
    cr_expect_eq(result.people[0].person, FIRM_AMY);
    cr_expect_eq(result.people[0].posterior, trace_model_default.hold);
    cr_expect_eq(result.people[0].hold, TRACE_HOLD_UNLOGGED);
    trace_result_free(&result);
    access_index_free(index);
}

Test(trace_score, who_saw_all_of_it_is_not_joined_by_who_saw_a_part)
{
    struct firm firm;
    firm_start(&firm);
    for (uint32_t c = 0; c < FIRM_CLIENTS; c++)
        firm_see(&firm, FIRM_AMY, c, 0, 0);
    for (uint32_t c = FIRM_CLIENTS / 2; c < FIRM_CLIENTS; c++)
        firm_see(&firm, FIRM_BOB, c, 0, 0);
    struct access_index *index = firm_end(&firm);
    struct trace_result result = traced(index, firm_leak(index, 2, 24, 1), LATE);
    cr_assert_gt(result.people_count, 0);
    cr_expect_eq(result.people[0].person, FIRM_AMY);
    const struct trace_person *bob = person(&result, FIRM_BOB);
    cr_expect(bob == NULL || bob->posterior <= 0.9, "%f", bob == NULL ? 0 : bob->posterior);
    cr_expect(bob == NULL || bob->never == 18);
    trace_result_free(&result);
    access_index_free(index);
}
