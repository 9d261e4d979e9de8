/* By what rows were chosen: what most of their names share and most clients' do not. */
#include "trace_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "vault/trace/criterion.h"

static struct failure failure;

/* Names of the fixture are a city that all share, a word by client % 7, one by client / 7, and a trade. */
static struct criteria of_rows(const uint32_t *clients, size_t count)
{
    struct firm made;
    struct criteria criteria;
    char text[4096] = "单位名称,手机\n";
    firm_start(&made);
    firm_see(&made, FIRM_AMY, 0, 0, 0);
    struct access_index *index = firm_end(&made);
    for (size_t i = 0; i < count; i++) {
        char name[64], tax_id[64], phone[64], account[64];
        firm_values(clients[i], 1, name, tax_id, phone, account);
        strcat(text, name);
        strcat(text, ",");
        strcat(text, phone);
        strcat(text, "\n");
    }
    struct leak *leak = firm_leak_of(index, text);
    cr_assert_eq(
        criteria_find(leak, access_index_source(index), &criteria, &failure), VAULT_OK, "%s", failure.text);
    leak_free(leak);
    access_index_free(index);
    return criteria;
}

Test(trace_criterion, what_the_rows_share_and_most_clients_do_not)
{
    static const uint32_t alike[] = {0, 1, 2, 3, 4, 5, 6};
    struct criteria criteria = of_rows(alike, 7);
    cr_assert_eq(criteria.count, 2);
    cr_expect_str_eq(criteria.items[0].pair, "瑞贸"); /* the word at that place */
    cr_expect_eq(criteria.items[0].count, 7);
    cr_expect_str_eq(criteria.items[1].pair, "华瑞"); /* at either */
    cr_expect_eq(criteria.items[1].count, 12);
    cr_expect_eq(criteria.items[0].rows, 7);
    for (size_t i = 0; i < 7; i++)
        cr_expect_eq(criteria.items[0].clients[i], i);
    criteria_free(&criteria);
    cr_expect_eq(criteria.count, 0);
}

Test(trace_criterion, most_of_the_rows_are_enough_and_half_are_not)
{
    static const uint32_t mixed[] = {0, 1, 2, 3, 4, 9, 17, 25, 33};
    struct criteria criteria = of_rows(mixed, 7);
    cr_assert_eq(criteria.count, 2);
    criteria_free(&criteria);
    criteria = of_rows(mixed, 9);
    cr_expect_eq(criteria.count, 0, "%s", criteria.items[0].pair);
    criteria_free(&criteria);
}

Test(trace_criterion, what_all_clients_share_or_a_few_rows_do_is_no_choice)
{
    static const uint32_t unlike[] = {0, 8, 16, 24, 32, 39}, few[] = {0, 1, 2, 3};
    struct criteria criteria = of_rows(unlike, 6);
    cr_expect_eq(criteria.count, 0, "the city that all are in");
    criteria_free(&criteria);
    criteria = of_rows(few, 4);
    cr_expect_eq(criteria.count, 0, "four rows");
    criteria_free(&criteria);
}
