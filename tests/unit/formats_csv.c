#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "drafts.h"

#define HEAD "科目编码,科目名称,余额方向\n"

static struct drafts one(const char *text)
{
    return drafts_of_text("t.csv", text);
}

static const char *refusal(const struct drafts *drafts, size_t index)
{
    const char *text = json_string_value(json_array_get(drafts->refused, index));
    return text == NULL ? "" : text;
}

Test(formats_csv, quotes_separators_and_line_ends)
{
    struct drafts d = one(HEAD "1001,\"现金, \"\"大\"\"额\r\n第二行\",借\r\n1002,a\"b,贷");
    cr_assert_eq(d.result, VAULT_OK, "%s", d.failure.text);
    cr_assert_eq(json_array_size(d.records), 2);
    cr_expect_str_eq(drafts_field(&d, 0, "name"), "现金, \"大\"额\r\n第二行");
    cr_expect_str_eq(drafts_field(&d, 1, "name"), "a\"b");
    cr_expect_str_eq(json_text(drafts_record(&d, 1), "where"), "row 3");
    drafts_free(&d);
}

Test(formats_csv, finds_each_separator)
{
    static const char *const texts[] = {HEAD "1,a,借\n", "科目编码;科目名称;余额方向\n1;a;借\n",
        "科目编码\t科目名称\t余额方向\n1\ta\t借\n", "科目编码|科目名称|余额方向\n1|a|借\n",
        "sep=;\n科目编码;科目名称;余额方向\n1;a;借\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct drafts d = one(texts[i]);
        cr_expect_eq(json_array_size(d.records), 1, "%s", texts[i]);
        cr_expect_str_eq(drafts_field(&d, 0, "name"), "a");
        drafts_free(&d);
    }
}

Test(formats_csv, text_wrapped_for_excel_is_unwrapped)
{
    struct drafts d = one(HEAD "=\"0012\",a,借\n");
    cr_expect_str_eq(drafts_field(&d, 0, "code"), "0012");
    drafts_free(&d);
}

Test(formats_csv, an_open_quote_is_refused_with_its_line)
{
    struct drafts d = one(HEAD "1001,a,借\n1002,\"b,贷\n1003,c,贷\n");
    cr_assert_eq(d.result, VAULT_EINPUT);
    cr_expect(strstr(d.failure.text, "line 3") != NULL, "%s", d.failure.text);
    drafts_free(&d);
}

Test(formats_csv, a_nul_is_refused)
{
    char bytes[1024] = HEAD "1001,a,借\n";
    size_t size = strlen(bytes);
    memset(bytes + size, 'x', 600);
    memcpy(bytes + size + 600, "\n1\0002,b,c\n", 10);
    struct drafts d = drafts_of("t.csv", bytes, size + 610);
    cr_assert_eq(d.result, VAULT_EINPUT);
    cr_expect(strstr(d.failure.text, "NUL") != NULL, "%s", d.failure.text);
    drafts_free(&d);
}

Test(formats_csv, a_row_wider_than_its_headings_is_refused)
{
    struct drafts d = one(HEAD "1001,a,借,多\n1002,b,贷,\n");
    cr_expect_eq(json_array_size(d.records), 1);
    cr_expect(strncmp(refusal(&d, 0), "row 2: 4 cells", 14) == 0, "%s", refusal(&d, 0));
    drafts_free(&d);
}

/* A cell of a gigabyte is not read to its end, and needs no memory. */
Test(formats_csv, a_huge_cell_is_refused_early, .timeout = 60)
{
    size_t block = 1 << 20;
    char *bytes = malloc(block);
    memset(bytes, 'x', block);
    char *path = drafts_file("huge.csv", HEAD "1001,\"", strlen(HEAD "1001,\""));
    FILE *file = fopen(path, "ab");
    for (int i = 0; i < 64; i++)
        cr_assert_eq(fwrite(bytes, block, 1, file), 1);
    cr_assert_eq(fseek(file, 1L << 30, SEEK_SET), 0);
    cr_assert_eq(fwrite("x", 1, 1, file), 1);
    (void)fclose(file);
    struct import_options options = {.encoding = "UTF-8"};
    struct drafts d = drafts_read(path, &options);
    (void)unlink(path);
    cr_assert_eq(d.result, VAULT_ELIMIT, "%s", d.failure.text);
    cr_expect(strstr(d.failure.text, "row 2, column 2") != NULL, "%s", d.failure.text);
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    cr_expect_lt(usage.ru_maxrss, 200 * 1024);
    drafts_free(&d);
    free(path);
    free(bytes);
}

Test(formats_csv, too_many_columns_are_refused)
{
    char *text = malloc(3000);
    memset(text, ',', 2999);
    text[2999] = '\0';
    struct drafts d = one(text);
    cr_expect_eq(d.result, VAULT_ELIMIT);
    drafts_free(&d);
    free(text);
}

Test(formats_csv, encodings_in_their_order)
{
    struct drafts d = one("\xef\xbb\xbf" HEAD "1,现金,借\n");
    cr_expect_str_eq(d.summary.encoding, "UTF-8");
    cr_expect_str_eq(drafts_field(&d, 0, "code"), "1");
    drafts_free(&d);
    /* 科目编码,科目名称,余额方向 / 1,现金,借 in GBK */
    d = one(
        "\xbf\xc6\xc4\xbf\xb1\xe0\xc2\xeb,\xbf\xc6\xc4\xbf\xc3\xfb\xb3\xc6,\xd3\xe0\xb6\xee\xb7\xbd\xcf\xf2\n"
        "1,\xcf\xd6\xbd\xf0,\xbd\xe8\n");
    cr_expect_str_eq(d.summary.encoding, "GB18030");
    cr_expect_str_eq(drafts_field(&d, 0, "name"), "现金");
    drafts_free(&d);
}

Test(formats_csv, latin_text_is_not_taken_for_chinese)
{
    struct drafts d = one("Konto,Name\n1,M\xfcller\n2,Gr\xf6\xdf" "e\n");
    cr_expect_eq(d.result, VAULT_EINPUT);
    cr_expect(strstr(d.failure.remedy, "--encoding") != NULL, "%s", d.failure.remedy);
    drafts_free(&d);
    char *path = drafts_file("t.csv", "Konto,Name\n1,M\xfcller\n2,Gr\xf6\xdf" "e\n", 28);
    struct import_options options = {.encoding = "CP1252"};
    d = drafts_read(path, &options);
    cr_expect_str_eq(drafts_field(&d, 0, "Name"), "Müller");
    (void)unlink(path);
    free(path);
    drafts_free(&d);
}

Test(formats_csv, utf16_needs_its_mark_or_a_word)
{
    static const char wide[] = "\xff\xfe"
                               "a\0,\0b\0\n\0"
                               "1\0,\0"
                               "2\0\n\0";
    struct drafts d = drafts_of("t.csv", wide, sizeof wide - 1);
    cr_expect_eq(d.result, VAULT_OK, "%s", d.failure.text);
    cr_expect_str_eq(d.summary.encoding, "UTF-16LE");
    cr_expect_str_eq(drafts_field(&d, 0, "b"), "2");
    drafts_free(&d);
    d = drafts_of("t.csv", wide + 2, sizeof wide - 3);
    cr_expect_eq(d.result, VAULT_EINPUT);
    cr_expect(strstr(d.failure.remedy, "UTF-16LE") != NULL, "%s", d.failure.remedy);
    drafts_free(&d);
}

Test(formats_csv, a_character_cut_at_the_end_is_refused)
{
    struct drafts d = drafts_of("t.csv", "\xef\xbb\xbf" HEAD "1,a\xe7\x8e", strlen("\xef\xbb\xbf" HEAD) + 5);
    cr_expect_eq(d.result, VAULT_EINPUT);
    cr_expect(strstr(d.failure.text, "UTF-8") != NULL, "%s", d.failure.text);
    drafts_free(&d);
}

Test(formats_csv, an_unknown_encoding_or_format_is_named)
{
    struct import_options options = {.encoding = "KLINGON"};
    char *path = drafts_file("t.csv", HEAD, strlen(HEAD));
    struct drafts d = drafts_read(path, &options);
    cr_expect_eq(d.result, VAULT_EINPUT);
    cr_expect(strstr(d.failure.text, "KLINGON") != NULL, "%s", d.failure.text);
    drafts_free(&d);
    options = (struct import_options){.format = "dbase"};
    d = drafts_read(path, &options);
    cr_expect_eq(d.result, VAULT_EUSAGE);
    drafts_free(&d);
    options = (struct import_options){.encoding = "UTF-16//IGNORE"};
    d = drafts_read(path, &options);
    cr_expect_eq(d.result, VAULT_EINPUT);
    drafts_free(&d);
    (void)unlink(path);
    free(path);
}

Test(formats_csv, unknown_tables_are_kept_row_by_row)
{
    struct drafts d = drafts_of_text("prices.csv", "甲,乙,table\n1,x,y\n2,,z\n3,q,w\n");
    cr_assert_eq(json_array_size(d.records), 3);
    cr_expect_str_eq(json_text(drafts_record(&d, 0), "kind"), "table_row");
    cr_expect_str_eq(drafts_field(&d, 0, "乙"), "x");
    cr_expect_null(drafts_field(&d, 1, "乙"));
    cr_expect_str_eq(drafts_field(&d, 2, "table (2)"), "w");
    drafts_free(&d);
    d = drafts_of_text("f.csv", "1|20101229|3|22080.0\n2|20101229|3|20200.0\n");
    cr_assert_eq(json_array_size(d.records), 2);
    cr_expect_str_eq(drafts_field(&d, 1, "column 4"), "20200.0");
    drafts_free(&d);
}

Test(formats_csv, what_is_no_table_is_an_attachment)
{
    struct drafts d = drafts_of_text("letter.txt", "Dear all,\nplease find, as agreed, nothing.\n");
    cr_expect_str_eq(json_text(drafts_record(&d, 0), "kind"), "attachment");
    cr_expect_str_eq(drafts_field(&d, 0, "media_type"), "text/plain");
    drafts_free(&d);
    d = drafts_of_text("empty.csv", "");
    cr_expect_eq(d.result, VAULT_EINPUT);
    drafts_free(&d);
    d = drafts_read("/nonexistent/x.csv", NULL);
    cr_expect_eq(d.result, VAULT_ENOTFOUND);
    drafts_free(&d);
}
