/* Cells in one comparable form: widths, masks, amounts, edits. */
#include <criterion/criterion.h>

#include "vault/linkage/normal.h"

static struct normal made(enum trace_form form, const char *cell)
{
    struct normal normal;
    normal_make(form, bytes_of_text(cell), &normal);
    return normal;
}

static enum normal_match match(enum trace_form form, const char *cell, const char *ours)
{
    struct normal a = made(form, cell), b = made(form, ours);
    return normal_compare(form, &a, &b);
}

Test(trace_normal, widths_case_spaces_and_invisible_characters_do_not_count)
{
    cr_expect_str_eq(made(TRACE_FORM_NAME, "上海大华（北京）\u200b 有限公司").text, "上海大华北京有限公司");
    cr_expect_str_eq(made(TRACE_FORM_CODE, "９1330000ｍａ-27x").text, "91330000MA27X");
    cr_expect_str_eq(made(TRACE_FORM_DIGITS, "+86 138-0013 8000").text, "13800138000");
    cr_expect_str_eq(made(TRACE_FORM_EMAIL, " A.B@QQ.com ").text, "a.b@qq.com");
    cr_expect_str_eq(made(TRACE_FORM_TEXT, "解放路１２号").text, "解放路12号");
}

Test(trace_normal, what_cannot_be_read_says_nothing)
{
    cr_expect_eq(made(TRACE_FORM_NAME, "\xff\xfe").size, 0);
    cr_expect_eq(made(TRACE_FORM_NAME, " -- ").size, 0);
    cr_expect_eq(made(TRACE_FORM_AMOUNT, "12a").size, 0);
    cr_expect_eq(made(TRACE_FORM_AMOUNT, "万").size, 0);
    cr_expect_eq(made(TRACE_FORM_AMOUNT, "99999999999999999999999").size, 0);
    cr_expect_eq(made(TRACE_FORM_PERIOD, "2024-13").size, 0);
    cr_expect_eq(made(TRACE_FORM_DIGITS, "****").size, 0);
    struct normal normal;
    normal_make(TRACE_FORM_NAME, bytes_of("a\0b", 3), &normal);
    cr_expect_eq(normal.size, 0);
}

Test(trace_normal, a_long_cell_is_cut_at_a_character)
{
    char cell[4 * 400 + 1] = "";
    for (int i = 0; i < 400; i++)
        strcat(cell, "甲");
    struct normal normal = made(TRACE_FORM_NAME, cell);
    cr_expect_lt(normal.size, NORMAL_TEXT_SIZE);
    cr_expect_eq(normal.size % 3, 0);
}

Test(trace_normal, amounts_know_how_precisely_they_were_written)
{
    const struct {
        const char *text;
        int64_t cents, precision;
    } cases[] = {{"1,234.56", 123456, 1}, {"1234", 123400, 100}, {"12.34万", 12340000, 10000},
        {"￥１２０．５", 12050, 10}, {"-5.00元", -500, 1}, {"(7)", -700, 100},
        {"1.5亿", 15000000000, 1000000000}, {"0.999", 99, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct normal normal = made(TRACE_FORM_AMOUNT, cases[i].text);
        cr_expect(normal.number, "%s", cases[i].text);
        cr_expect_eq(normal.cents, cases[i].cents, "%s: %lld", cases[i].text, (long long)normal.cents);
        cr_expect_eq(
            normal.precision, cases[i].precision, "%s: %lld", cases[i].text, (long long)normal.precision);
    }
}

Test(trace_normal, amounts_agree_within_what_was_written_and_no_further)
{
    cr_expect_eq(match(TRACE_FORM_AMOUNT, "12.34万", "123449.99"), NORMAL_SAME);
    cr_expect_eq(match(TRACE_FORM_AMOUNT, "12.34万", "123451.00"), NORMAL_DIFFERS);
    cr_expect_eq(match(TRACE_FORM_AMOUNT, "124", "123.50"), NORMAL_SAME);
    cr_expect_eq(match(TRACE_FORM_AMOUNT, "123.51", "123.50"), NORMAL_DIFFERS);
}

Test(trace_normal, one_edit_is_near_two_are_not)
{
    cr_expect_eq(match(TRACE_FORM_DIGITS, "13800138000", "13800138001"), NORMAL_NEAR);
    cr_expect_eq(match(TRACE_FORM_DIGITS, "1380138000", "13800138000"), NORMAL_NEAR);
    cr_expect_eq(match(TRACE_FORM_DIGITS, "138001380000", "13800138000"), NORMAL_NEAR);
    cr_expect_eq(match(TRACE_FORM_DIGITS, "13800138012", "13800138000"), NORMAL_DIFFERS);
    cr_expect_eq(match(TRACE_FORM_NAME, "上海大化有限公司", "上海大华有限公司"), NORMAL_NEAR);
    cr_expect_eq(match(TRACE_FORM_NAME, "上海小化有限公司", "上海大华有限公司"), NORMAL_DIFFERS);
    cr_expect(normal_one_edit("丁", 3, "七", 3));
    cr_expect(normal_one_edit("", 0, "七", 3));
    cr_expect(!normal_one_edit("", 0, "七八", 6));
}

Test(trace_normal, masked_digits_fit_what_they_may_be)
{
    cr_expect_eq(match(TRACE_FORM_DIGITS, "138****8000", "13800138000"), NORMAL_NEAR);
    cr_expect_eq(match(TRACE_FORM_DIGITS, "139****8000", "13800138000"), NORMAL_DIFFERS);
    cr_expect_eq(match(TRACE_FORM_DIGITS, "138****8000", "1388000"), NORMAL_NEAR);
    cr_expect_eq(match(TRACE_FORM_DIGITS, "13800****138000", "13800138000"), NORMAL_NEAR);
    cr_expect_eq(match(TRACE_FORM_DIGITS, "138001380*00138000", "13800138000"), NORMAL_DIFFERS);
}

Test(trace_normal, periods_of_many_spellings)
{
    cr_expect_str_eq(made(TRACE_FORM_PERIOD, "2024-03").text, "202403");
    cr_expect_str_eq(made(TRACE_FORM_PERIOD, "2024年3月").text, "202403");
    cr_expect_str_eq(made(TRACE_FORM_PERIOD, "202403").text, "202403");
    cr_expect_str_eq(made(TRACE_FORM_PERIOD, "20240331").text, "202403");
    cr_expect_eq(match(TRACE_FORM_PERIOD, "2024-03", "2024-04"), NORMAL_DIFFERS);
}
