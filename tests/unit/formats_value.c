#include <criterion/criterion.h>
#include <string.h>

#include "vault/formats/format_private.h"

static const char *amount(const char *text)
{
    static char plain[DECIMAL_TEXT_SIZE];
    int result = value_amount(bytes_of_text(text), false, plain);
    return result == VAULT_OK ? plain : result == VAULT_ELIMIT ? "lost" : "no";
}

Test(formats_value, amounts_as_people_write_them)
{
    static const char *const cases[][2] = {{"1234.56", "1234.56"}, {"1,234.56", "1234.56"},
        {"￥1，234．56", "1234.56"}, {"¥28.16", "28.16"}, {"(99.00)", "-99.00"}, {"（９９．００）", "-99.00"},
        {"-99", "-99"}, {"+0.01", "0.01"}, {"100元", "100"}, {" 12.00\t", "12.00"}, {".5", "0.5"},
        {"1,234,567.8", "1234567.8"}, {"CNY 5", "5"}, {"99.00-", "-99.00"}, {"000", "0"},
        {"0.12345678", "0.12345678"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(amount(cases[i][0]), cases[i][1], "%s -> %s", cases[i][0], amount(cases[i][0]));
}

Test(formats_value, never_guesses_an_amount)
{
    static const char *const cases[] = {
        "", "12,3x", "1,23", "1.2.3", "1 + 1", "--5", "一百", "1,2345", "=1+1", "1e", "()"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(amount(cases[i]), "no", "%s -> %s", cases[i], amount(cases[i]));
    cr_expect_str_eq(amount("6.22202E+18"), "lost");
    cr_expect_str_eq(amount("123456789012345678901"), "lost");
}

Test(formats_value, decimal_comma_only_where_asked)
{
    char plain[DECIMAL_TEXT_SIZE];
    cr_assert_eq(value_amount(bytes_of_text("1.234,56"), true, plain), VAULT_OK);
    cr_assert_str_eq(plain, "1234.56");
    cr_assert_eq(value_amount(bytes_of_text("1.234,56"), false, plain), VAULT_EINPUT);
}

Test(formats_value, dates_periods_and_times)
{
    static const char *const dates[][2] = {{"2024-01-05", "2024-01-05"}, {"2024/1/5", "2024-01-05"},
        {"20240105", "2024-01-05"}, {"2024年1月5日", "2024-01-05"}, {"2024.01.05", "2024-01-05"},
        {"45296", "2024-01-05"}, {"2024-01-05 10:17:03", "2024-01-05"},
        {"２０２４－０１－０５", "2024-01-05"}, {"20240105101703", "2024-01-05"},
        {"2024-02-29", "2024-02-29"}};
    static const char *const bad[] = {
        "", "2023-02-29", "2024-13-01", "05/01/2024", "abc", "2024", "99999999", "1/5"};
    static const char *const periods[][2] = {{"202401", "2024-01"}, {"2024年1月", "2024-01"},
        {"2024-01", "2024-01"}, {"2024.1", "2024-01"}, {"2024-01-31", "2024-01"}, {"2024年第1期", "2024-01"},
        {"2024", "2024"}};
    char date[11], period[8], time[9];
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        cr_expect_eq(value_date(bytes_of_text(dates[i][0]), false, date), VAULT_OK, "%s", dates[i][0]);
        cr_expect_str_eq(date, dates[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_eq(value_date(bytes_of_text(bad[i]), false, date), VAULT_EINPUT, "%s", bad[i]);
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        cr_expect_eq(value_period(bytes_of_text(periods[i][0]), period), VAULT_OK, "%s", periods[i][0]);
        cr_expect_str_eq(period, periods[i][1]);
    }
    cr_expect_eq(value_date(bytes_of_text("05.01.2024"), true, date), VAULT_OK);
    cr_expect_str_eq(date, "2024-01-05");
    cr_expect_eq(value_serial_date(43834, true, date), VAULT_OK);
    cr_expect_str_eq(date, "2024-01-05");
    cr_expect_eq(value_time(bytes_of_text("101703"), time), VAULT_OK);
    cr_expect_str_eq(time, "10:17:03");
    cr_expect_eq(value_time(bytes_of_text("25:00"), time), VAULT_EINPUT);
}

Test(formats_value, check_digits)
{
    cr_expect(check_uscc(bytes_of_text("91110108690017781B")));
    cr_expect(check_uscc(bytes_of_text("91460300MAA92DJN95")));
    cr_expect(!check_uscc(bytes_of_text("91110108690017781C")));
    cr_expect(!check_uscc(bytes_of_text("9111010869001778")));
    cr_expect(check_resident_id(bytes_of_text("11010519491231002X")));
    cr_expect(check_resident_id(bytes_of_text("11010519491231002x")));
    cr_expect(!check_resident_id(bytes_of_text("110105194912310021")));
    cr_expect(!check_resident_id(bytes_of_text("11010519490231002X")));
    cr_expect(check_luhn(bytes_of_text("6212345678901234569")));
    cr_expect(!check_luhn(bytes_of_text("6212345678901234568")));
    cr_expect(check_iban(bytes_of_text("DE12500105170648489890")));
    cr_expect(!check_iban(bytes_of_text("DE13500105170648489890")));
}

Test(formats_value, currencies)
{
    char code[4];
    cr_expect_str_eq(value_currency(bytes_of_text("人民币"), code), "CNY");
    cr_expect_str_eq(value_currency(bytes_of_text("usd"), code), "USD");
    cr_expect_null(value_currency(bytes_of_text("贝壳"), code));
}
