#include <criterion/criterion.h>

#include "vault/base/error.h"
#include "vault/base/instant.h"

Test(instant, text_and_back)
{
    static const char *const texts[] = {"1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z", "1969-12-31T23:59:59.001Z",
        "0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"};
    for (size_t i = 0; i < 5; i++) {
        int64_t instant;
        char text[INSTANT_TEXT_SIZE];
        cr_assert(instant_parse(bytes_of_text(texts[i]), &instant));
        instant_format(instant, text);
        cr_assert_str_eq(text, texts[i]);
    }
}

Test(instant, shorter_forms)
{
    int64_t a, b;
    cr_assert(instant_parse(bytes_of_text("2024-03-01"), &a) && instant_parse(bytes_of_text("2024-03-01T00:00"), &b));
    cr_assert_eq(a, b);
    cr_assert(instant_parse(bytes_of_text("2024-03-01T00:00:00Z"), &b));
    cr_assert_eq(a, b);
}

Test(instant, refuses_what_is_no_moment)
{
    static const char *const bad[] = {"", "2024", "2024-02-30", "2023-02-29", "2024-13-01", "2024-01-01T24:00", "2024-1-1",
        "2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00+08:00", "2024-01-01 00:00", "2024-01-01T00:60"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t instant = 42;
        cr_assert(!instant_parse(bytes_of_text(bad[i]), &instant), "%s", bad[i]);
        cr_assert_eq(instant, 42);
    }
}

Test(day_number, every_day_of_four_centuries_comes_back)
{
    for (int64_t day = -146097; day < 146097; day++) {
        int year, month, date;
        int64_t again;
        day_date(day, &year, &month, &date);
        cr_assert(day_number(year, month, date, &again));
        cr_assert_eq(again, day);
    }
}

Test(failure, the_first_sentence_stays)
{
    struct failure failure = {0};
    cr_assert_eq(failure_set(&failure, VAULT_EINPUT, "row %d", 3), VAULT_EINPUT);
    (void)failure_set(&failure, VAULT_EIO, "later");
    failure_prefix(&failure, "file.csv");
    cr_assert_str_eq(failure.text, "file.csv: row 3");
    cr_assert_eq(failure.error, VAULT_EINPUT);
    failure_remedy(&failure, "first");
    failure_remedy(&failure, "second");
    cr_assert_str_eq(failure.remedy, "first");
}

Test(errors, each_has_a_name_a_text_and_an_exit_status)
{
    for (int error = VAULT_OK; error >= VAULT_ERROR_LAST; error--) {
        cr_assert_str_neq(vault_error_text(error), "");
        cr_assert_str_neq(vault_error_name(error), "");
        cr_assert(vault_exit_status(error) >= (error == VAULT_OK ? 0 : 1) && vault_exit_status(error) <= 5);
        for (int other = error - 1; other >= VAULT_ERROR_LAST; other--)
            cr_assert_str_neq(vault_error_name(error), vault_error_name(other));
    }
    cr_assert_eq(vault_exit_status(VAULT_EDENIED), 2);
    cr_assert_eq(vault_exit_status(VAULT_EFORGED), 3);
    cr_assert_eq(vault_exit_status(VAULT_ELOG), 4);
    cr_assert_eq(vault_exit_status(VAULT_EBUSY), 5);
}
