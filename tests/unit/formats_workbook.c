#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "drafts.h"
#include "vault/formats/xlsx_private.h"

static const char *shown(const char *stored, struct style style)
{
    static char text[NUMBER_TEXT_SIZE + 8];
    unsigned flags = number_text(stored, style, false, text);
    return (flags & CELL_LOST_DIGITS) != 0 ? "lost" : text;
}

Test(formats_workbook, numbers_keep_their_digits)
{
    struct style general = {STYLE_GENERAL, 0};
    struct style two = {STYLE_FIXED, 2};
    cr_expect_str_eq(shown("1.1000000000000001", general), "1.1");
    cr_expect_str_eq(shown("0.30000000000000004", general), "0.3");
    cr_expect_str_eq(shown("12", two), "12.00");
    cr_expect_str_eq(shown("-1234.5", two), "-1234.50");
    cr_expect_str_eq(shown("1E3", general), "1000");
    cr_expect_str_eq(shown("1.5E-3", general), "0.0015");
    cr_expect_str_eq(shown("9.9999999999999995", general), "10");
    cr_expect_str_eq(shown("691370677.19000006", general), "691370677.19");
    cr_expect_str_eq(shown("6.22202E+18", general), "lost");
    cr_expect_str_eq(shown("1234567890123456", general), "lost");
    cr_expect_str_eq(shown("123456789012345", general), "123456789012345");
    cr_expect_str_eq(shown("0.06", (struct style){STYLE_PERCENT, 0}), "6%");
    cr_expect_str_eq(shown("-0", general), "0");
    cr_expect_str_eq(shown("abc", general), "abc");
}

Test(formats_workbook, dates_by_their_style)
{
    char text[NUMBER_TEXT_SIZE];
    cr_expect_str_eq(shown("45296", (struct style){STYLE_DATE, 0}), "2024-01-05");
    cr_expect_str_eq(shown("45296.428506944444", (struct style){STYLE_MOMENT, 0}), "2024-01-05 10:17:03");
    cr_expect_str_eq(shown("0.5", (struct style){STYLE_TIME, 0}), "12:00:00");
    (void)number_text("43834", (struct style){STYLE_DATE, 0}, true, text);
    cr_expect_str_eq(text, "2024-01-05");
    cr_expect_eq(style_of(14, NULL).kind, STYLE_DATE);
    cr_expect_eq(style_of(176, "yyyy\"年\"m\"月\"d\"日\"").kind, STYLE_DATE);
    cr_expect_eq(style_of(177, "#,##0.00_ ").kind, STYLE_FIXED);
    cr_expect_eq(style_of(177, "#,##0.00_ ").decimals, 2);
    cr_expect_eq(style_of(178, "\"days: \"0").kind, STYLE_GENERAL);
    cr_expect_eq(style_of(179, "[Red]0.0%").kind, STYLE_PERCENT);
    cr_expect_eq(style_of(180, "@").kind, STYLE_GENERAL);
}

Test(formats_workbook, sheets_of_people)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/workbook/vouchers.xlsx", samples_directory());
    struct drafts d = drafts_read(path, NULL);
    cr_assert_eq(d.result, VAULT_OK, "%s", d.failure.text);
    cr_assert_eq(json_array_size(d.records), 4);
    cr_expect_str_eq(d.summary.format, "xlsx");
    cr_expect_str_eq(drafts_field(&d, 0, "date"), "2025-01-15");
    cr_expect_str_eq(drafts_field(&d, 0, "lines.0.debit"), "1.10");
    cr_expect_str_eq(drafts_field(&d, 0, "lines.1.credit"), "1.10", "a formula's last result");
    cr_expect_str_eq(drafts_field(&d, 1, "no"), "13");
    cr_expect_str_eq(json_text(drafts_record(&d, 0), "where"), "sheet 1, row 4");
    cr_expect_null(drafts_field(&d, 2, "account_no"), "its digits are lost");
    cr_expect_str_eq(drafts_field(&d, 3, "account_no"), "0200000000000000000");
    cr_expect_str_eq(drafts_field(&d, 3, "bank"), "样本\n银行");
    for (size_t i = 0; i < json_array_size(d.controls); i++)
        cr_expect(json_is_true(json_object_get(json_array_get(d.controls, i), "ok")));
    drafts_free(&d);
}

/* A workbook of one sheet with this content, packed as it is. */
static struct drafts workbook(const char *sheet, size_t size)
{
    static const char book[] =
        "<workbook xmlns:r=\"r\"><sheets><sheet name=\"a\" r:id=\"x\"/></sheets></workbook>";
    static const char rels[] =
        "<Relationships><Relationship Id=\"x\" Target=\"worksheets/s.xml\"/></Relationships>";
    char *path = drafts_file("made.xlsx", "", 0);
    (void)unlink(path);
    zip_t *zip = zip_open(path, ZIP_CREATE, NULL);
    (void)zip_file_add(zip, "xl/workbook.xml", zip_source_buffer(zip, book, sizeof book - 1, 0), 0);
    (void)zip_file_add(
        zip, "xl/_rels/workbook.xml.rels", zip_source_buffer(zip, rels, sizeof rels - 1, 0), 0);
    (void)zip_file_add(zip, "xl/worksheets/s.xml", zip_source_buffer(zip, sheet, size, 0), 0);
    cr_assert_eq(zip_close(zip), 0);
    struct drafts d = drafts_read(path, NULL);
    (void)unlink(path);
    free(path);
    return d;
}

Test(formats_workbook, a_bomb_is_refused_by_its_ratio)
{
    size_t size = (size_t)64 << 20;
    char *sheet = malloc(size);
    static const char start[] = "<worksheet><sheetData>";
    memset(sheet, ' ', size);
    memcpy(sheet, start, sizeof start - 1);
    struct drafts d = workbook(sheet, size);
    cr_expect_eq(d.result, VAULT_ELIMIT, "%s", d.failure.text);
    drafts_free(&d);
    free(sheet);
}

Test(formats_workbook, a_doctype_is_refused)
{
    static const char sheet[] =
        "<!DOCTYPE w [<!ENTITY a "
        "\"b\">]><worksheet><sheetData><row><c><v>&a;</v></c></row></sheetData></worksheet>";
    struct drafts d = workbook(sheet, sizeof sheet - 1);
    cr_expect_eq(d.result, VAULT_EINPUT, "%s", d.failure.text);
    cr_expect_eq(json_array_size(d.records), 0);
    drafts_free(&d);
}

Test(formats_workbook, broken_sheets_are_refused_with_their_place)
{
    static const char *const sheets[] = {
        "<worksheet><sheetData><row r=\"2\"><c r=\"A2\" t=\"s\"><v>7</v></c></row></sheetData></worksheet>",
        "<worksheet><sheetData><row r=\"1\"><c r=\"ZZZZ1\"><v>7</v></c></row></sheetData></worksheet>",
        "<worksheet><sheetData><row r=\"1\"><c r=\"B1\"><v>7</v></c><c "
        "r=\"A1\"><v>7</v></c></row></sheetData></worksheet>",
        "<worksheet><sheetData><row r=\"1\"><c r=\"B1\"><v>7</v>", "no xml at all"};
    for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++) {
        struct drafts d = workbook(sheets[i], strlen(sheets[i]));
        cr_expect_lt(d.result, 0, "%s", sheets[i]);
        cr_expect_gt(strlen(d.failure.text), 10);
        drafts_free(&d);
    }
}

Test(formats_workbook, a_cut_package_is_refused)
{
    char path[512];
    char bytes[20000];
    (void)snprintf(path, sizeof path, "%s/workbook/vouchers.xlsx", samples_directory());
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    for (size_t cut = 1; cut < size; cut += 97) {
        struct drafts d = drafts_of("cut.xlsx", bytes, size - cut);
        cr_expect(d.result != VAULT_OK || json_array_size(d.records) == 1, "cut by %zu", cut);
        drafts_free(&d);
    }
}
