#include <criterion/criterion.h>
#include <string.h>

#include "vault/base/text.h"

Test(utf8_valid, takes_and_refuses_as_unicode_says)
{
    static const char *const good[] = {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "北京"};
    static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe4\xb8", "\xff"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_assert(utf8_valid(bytes_of_text(good[i])), "%zu", i);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert(!utf8_valid(bytes_of_text(bad[i])), "%zu", i);
}

Test(utf8_next, every_code_point_comes_back)
{
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        struct buffer buffer = {0};
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        utf8_put(c, &buffer);
        struct bytes text = buffer_bytes(&buffer);
        cr_assert(utf8_valid(text));
        cr_assert_eq(utf8_next(&text), c);
        cr_assert_eq(text.size, 0);
        buffer_free(&buffer);
    }
}

Test(fold, makes_spellings_the_same)
{
    cr_assert_eq(fold(0xff21), 'a', "full-width A");
    cr_assert_eq(fold(0xff11), '1', "full-width 1");
    cr_assert_eq(fold('Q'), 'q');
    cr_assert_eq(fold(0x00c9), 'e', "E acute");
    cr_assert_eq(fold(0x0160), 's', "S caron");
    cr_assert_eq(fold(0x00d8), 'o', "O stroke");
    cr_assert_eq(fold(0x0416), 0x0436, "Cyrillic zhe");
    cr_assert_eq(fold(0x5317), 0x5317, "a Han character stays");
    cr_assert_eq(fold(0x00d7), 0x00d7, "a multiplication sign is no letter");
}

Test(text_width, counts_columns)
{
    cr_assert_eq(text_width(bytes_of_text("abc")), 3);
    cr_assert_eq(text_width(bytes_of_text("北京ab")), 6);
    cr_assert_eq(text_width(bytes_of_text("e\xcc\x81")), 1, "a combining accent");
    cr_assert_eq(text_width(bytes_of_text("（）")), 4);
}

Test(text_trim, takes_blanks_of_both_widths)
{
    struct bytes trimmed = text_trim(bytes_of_text(" \t\xe3\x80\x80北京\xc2\xa0\r\n"));
    cr_assert(bytes_equal(trimmed, bytes_of_text("北京")));
    cr_assert_eq(text_trim(bytes_of_text("  ")).size, 0);
}

Test(text_copy, cuts_and_ends)
{
    char small[4];
    text_copy(small, sizeof small, "abcdef");
    cr_assert_str_eq(small, "abc");
    text_copy(small, sizeof small, "");
    cr_assert_str_eq(small, "");
}
