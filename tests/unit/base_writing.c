/* Equal writings: what may be chosen, what never is, and that each choice is read back and taken for the
 * same. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/base/writing.h"

#define BRACKET (1u << WRITING_BRACKET)
#define STOP (1u << WRITING_STOP)
#define GAP (1u << WRITING_GAP)
#define SPACE (1u << WRITING_SPACE)
#define TAIL (1u << WRITING_TAIL)

static bool take(const void *context, struct bytes key, unsigned slot)
{
    (void)key;
    return (*(const unsigned *)context >> slot & 1) != 0;
}

static const char *written(const char *text, unsigned which, unsigned full)
{
    static char copy[2 * WRITING_READ_MAX];
    struct buffer out = {0};
    writing_choose(bytes_of_text(text), which, take, &full, &out);
    cr_assert(out.size < sizeof copy);
    if (out.size > 0)
        memcpy(copy, out.data, out.size);
    copy[out.size] = '\0';
    buffer_free(&out);
    return copy;
}

static unsigned slots(const char *text)
{
    struct writing writing;
    (void)writing_read(bytes_of_text(text), &writing);
    return writing.slots;
}

Test(base_writing, what_there_is_to_choose)
{
    cr_expect_eq(slots("支付房租(三月)"), BRACKET | TAIL);
    cr_expect_eq(slots("购入,A4纸"), STOP | GAP | TAIL);
    cr_expect_eq(slots("Office rent"), SPACE | TAIL);
    cr_expect_eq(slots("收到货款"), TAIL);
    cr_expect_str_eq(written("支付房租(3月)", WRITING_PROSE, BRACKET), "支付房租（3月）");
    cr_expect_str_eq(written("支付房租（3月)", WRITING_PROSE, 0), "支付房租(3月)");
    cr_expect_str_eq(written("购入,A4纸", WRITING_PROSE, STOP | GAP), "购入，A4 纸");
    cr_expect_str_eq(written("付2024年 1月租", WRITING_PROSE, GAP), "付 2024 年 1 月租");
    cr_expect_str_eq(written("付 2024 年 1 月租 ", WRITING_PROSE, 0), "付2024年1月租");
    cr_expect_str_eq(written("Office rent May", WRITING_PROSE, SPACE | TAIL), "Office  rent May ");
    cr_expect_str_eq(written("Office  rent May ", WRITING_PROSE, 0), "Office rent May");
    cr_expect_str_eq(written("甲(上海)有限公司", WRITING_NAME, WRITING_PROSE), "甲（上海）有限公司");
}

Test(base_writing, numbers_dates_codes_and_odd_texts_are_left_alone)
{
    static const char *const texts[] = {"", "1,234.56", "2024-03-01", "12:30", "A4", "6222 0212 3456 7890",
        "91110105MA7TEXT07L", "a\tb cd", "甲\n乙(丙)", "\xff\xfe甲乙(丙)", "(1)", "   ", "=1+1,2", "甲"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cr_expect_str_eq(
            written(texts[i], BRACKET | STOP | GAP | SPACE, WRITING_PROSE), texts[i], "%s", texts[i]);
    }
    cr_expect_str_eq(written("单价1,200元", WRITING_PROSE & ~GAP & ~TAIL, STOP), "单价1,200元");
    cr_expect_str_eq(written("网址http://a.cn", STOP, STOP), "网址http://a.cn");
}

Test(base_writing, every_choice_is_read_back_and_equal_to_every_other)
{
    static const char *const texts[] = {"支付房租(3月),附票2张:A,B;C", "收到 ABC 公司(上海)货款! ",
        "Rent (May), 2 rooms", "Rechnung Nr. 12 für Müller", "三（甲）A（乙）", "，甲，乙", "甲 A 乙  B 丙",
        "ａｂｃ(甲)１２,乙", "甲,(乙)", "a b c甲", "()甲乙", "甲?A!乙", "(甲)A(乙)B", "  leading blanks",
        "A甲B乙C丙D"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct writing first, again;
        struct bytes text = bytes_of_text(texts[i]);
        cr_assert(writing_read(text, &first), "%s", texts[i]);
        for (unsigned full = 0; full <= WRITING_PROSE; full++) {
            const char *made = written(texts[i], WRITING_PROSE, full);
            cr_assert(writing_read(bytes_of_text(made), &again), "%s", made);
            cr_expect_eq(again.slots, first.slots, "%s of %s", made, texts[i]);
            cr_expect_eq(again.full, first.slots & full, "%s of %s, %x", made, texts[i], full);
            cr_expect_eq(again.mixed, 0u, "%s", made);
            cr_expect(again.key_size == first.key_size && memcmp(again.key, first.key, first.key_size) == 0);
            cr_expect(writing_equal(bytes_of_text(made), text), "%s and %s", made, texts[i]);
            char once[WRITING_READ_MAX];
            strcpy(once, made);
            cr_expect_str_eq(written(once, WRITING_PROSE, full), once, "choosing twice is choosing once");
        }
    }
}

Test(base_writing, what_differs_in_more_is_not_equal)
{
    static const char *const pairs[][2] = {{"甲(乙)", "甲乙"}, {"甲(乙)", "甲(丙)"}, {"房租 3", "房租 4"},
        {"1,200", "1，200"}, {"abc", "ABC"}, {"ab cd", "abcd"}, {"甲  A", "甲A"}, {"A4", "Ａ4"},
        {"甲,", "甲"}, {"甲\n", "甲"}, {"", " "}, {"a", "a "}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        cr_expect(!writing_equal(bytes_of_text(pairs[i][0]), bytes_of_text(pairs[i][1])), "%s", pairs[i][0]);
    cr_expect(writing_equal(bytes_of_text("\xff"), bytes_of_text("\xff")));
}

Test(base_writing, the_longest_marked_text_is_still_known_again)
{
    char text[WRITING_TEXT_MAX + 1] = "";
    while (strlen(text) + 5 < sizeof text)
        strcat(text, "甲A");
    struct writing writing;
    const char *made = written(text, WRITING_PROSE, WRITING_PROSE);
    cr_expect(strlen(made) > sizeof text);
    cr_expect(writing_read(bytes_of_text(made), &writing));
    cr_expect(writing_equal(bytes_of_text(text), bytes_of_text(made)));
    char longer[WRITING_TEXT_MAX + 8] = "";
    while (strlen(longer) <= WRITING_TEXT_MAX)
        strcat(longer, "甲A");
    cr_expect_str_eq(written(longer, WRITING_PROSE, WRITING_PROSE), longer);
}

Test(base_writing, the_key_is_letters_and_digits_folded)
{
    char key[WRITING_KEY_SIZE];
    size_t size = writing_key(bytes_of_text(" （ＡＢ-1）甲"), key);
    cr_expect(size == 6 && memcmp(key, "ab1\xe7\x94\xb2", 6) == 0);
    cr_expect_eq(writing_key(bytes_of_text("-- ()"), key), 0u);
}
