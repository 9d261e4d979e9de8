#include <criterion/criterion.h>
#include <limits.h>

#include "vault/base/decimal.h"

static struct decimal parse(const char *text)
{
    struct decimal decimal = {0, 0};
    cr_assert_eq(decimal_parse(bytes_of_text(text), &decimal), VAULT_OK, "%s", text);
    return decimal;
}

Test(decimal, text_and_back)
{
    static const char *const same[] = {"0", "1", "-1", "12.00", "-0.05", "1234567890.1234", "9223372036854775807",
        "-9223372036854775808", "0.000000000001"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        char text[DECIMAL_TEXT_SIZE];
        decimal_format(parse(same[i]), text);
        cr_assert_str_eq(text, same[i]);
    }
    cr_assert_eq(parse(".5").scale, 1);
    cr_assert_eq(parse("7.").mantissa, 7);
    cr_assert_eq(parse("+3.10").mantissa, 310);
}

Test(decimal, what_is_no_number_and_what_does_not_fit)
{
    static const char *const bad[] = {"", "-", ".", "1e3", "1,0", " 1", "0x1", "1.2.3", "--1", "１"};
    struct decimal decimal;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_eq(decimal_parse(bytes_of_text(bad[i]), &decimal), VAULT_EINPUT, "%s", bad[i]);
    cr_assert_eq(decimal_parse(bytes_of_text("9223372036854775808"), &decimal), VAULT_ELIMIT);
    cr_assert_eq(decimal_parse(bytes_of_text("1.0000000000001"), &decimal), VAULT_ELIMIT);
    cr_assert_eq(decimal_parse(bytes_of_text("1.0000000000000000"), &decimal), VAULT_OK, "zeros lose nothing");
}

Test(decimal, sums_are_exact_over_scales)
{
    struct decimal sum = {0, 0};
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(decimal_add(&sum, parse("0.1")), VAULT_OK);
        cr_assert_eq(decimal_add(&sum, parse("-0.05")), VAULT_OK);
    }
    cr_assert_eq(decimal_compare(sum, parse("50")), 0);
    struct decimal big = parse("9223372036854775807");
    cr_assert_eq(decimal_add(&big, parse("1")), VAULT_ELIMIT);
    cr_assert_eq(big.mantissa, INT64_MAX, "unchanged");
}

Test(decimal, comparison_is_by_value)
{
    cr_assert_eq(decimal_compare(parse("1.0"), parse("1.00")), 0);
    cr_assert_eq(decimal_compare(parse("-2"), parse("1")), -1);
    cr_assert_eq(decimal_compare(parse("9223372036854775807"), parse("0.000000000001")), 1);
    cr_assert_eq(decimal_reduce(parse("1.500"), 2).mantissa, 150);
}
