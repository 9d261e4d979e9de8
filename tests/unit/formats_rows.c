/* Any file as rows of cells: text of several kinds, workbooks, and what is neither. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vault/formats/pdf.h"
#include "vault/formats/rows.h"

struct taken {
    size_t rows, cells;
    char first[256]; /* the first row's cells, with | between */
    int stop_at;
};

static int take(void *context, const struct bytes *cells, size_t count)
{
    struct taken *taken = context;
    for (size_t i = 0; i < count && taken->rows == 0; i++) {
        size_t size = strlen(taken->first);
        (void)snprintf(taken->first + size, sizeof taken->first - size, "%s%.*s", i == 0 ? "" : "|",
            (int)cells[i].size, (const char *)cells[i].data);
    }
    taken->rows++;
    taken->cells += count;
    return taken->stop_at > 0 && taken->rows == (size_t)taken->stop_at ? VAULT_EBUSY : VAULT_OK;
}

static int read_text(const void *data, size_t size, struct taken *taken, struct failure *failure)
{
    char path[64];
    int descriptor = memfd_create("rows", 0);
    cr_assert_eq(write(descriptor, data, size), (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    int result = rows_read(path, NULL, take, taken, failure);
    close(descriptor);
    return result;
}

Test(formats_rows, separated_values_and_plain_lines)
{
    static const char *const texts[] = {
        "甲,乙\n1,2\n", "甲;乙\r\n1;2\r\n", "\xef\xbb\xbf甲\t乙\n1\t2", "\"甲\",\"乙\"\n1,2"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct taken taken = {.rows = 0};
        struct failure failure = {0};
        cr_assert_eq(read_text(texts[i], strlen(texts[i]), &taken, &failure), VAULT_OK, "%s", failure.text);
        cr_expect_eq(taken.rows, 2, "%s", texts[i]);
        cr_expect_str_eq(taken.first, "甲|乙");
    }
    struct taken taken = {.rows = 0};
    cr_assert_eq(read_text("上海大华\n北京小华\n", strlen("上海大华\n北京小华\n"), &taken, NULL), VAULT_OK);
    cr_expect_eq(taken.rows, 2);
    cr_expect_eq(taken.cells, 2);
}

Test(formats_rows, a_workbook_gives_the_rows_of_its_sheets)
{
    char path[4096];
    struct taken taken = {.rows = 0};
    struct failure failure = {0};
    (void)snprintf(path, sizeof path, "%s/workbook/vouchers.xlsx", getenv("STRONGROOM_SAMPLES"));
    cr_assert_eq(rows_read(path, NULL, take, &taken, &failure), VAULT_OK, "%s", failure.text);
    cr_expect_gt(taken.rows, 1);
    cr_expect_gt(taken.cells, taken.rows);
    cr_expect_neq(taken.first[0], '\0');
}

Test(formats_rows, what_the_callback_says_ends_the_reading)
{
    struct taken taken = {.stop_at = 2};
    cr_expect_eq(read_text("a,b\nc,d\ne,f\n", 12, &taken, NULL), VAULT_EBUSY);
    cr_expect_eq(taken.rows, 2);
}

Test(formats_rows, refusals_name_the_file)
{
    struct taken taken = {.rows = 0};
    struct failure failure = {0};
    cr_expect_eq(rows_read("/nonexistent/leak.csv", NULL, take, &taken, &failure), VAULT_ENOTFOUND);
    cr_expect_not_null(strstr(failure.text, "leak.csv"));
    failure_clear(&failure);
    cr_expect_neq(read_text("PK\3\4 but no workbook", 21, &taken, &failure), VAULT_OK);
    cr_expect_neq(failure.error, VAULT_OK);
    failure_clear(&failure);
    cr_expect_eq(read_text("a,b\nc,\"d\n", 9, &taken, &failure), VAULT_EINPUT, "an open quote");
    cr_expect_not_null(strstr(failure.text, "/proc/self/fd/"), "%s", failure.text);
}

/* --- PDF --- */

Test(formats_rows, text_of_a_pdf_is_parted_where_there_are_gaps)
{
    static const char text[] =
        "Client name        Tax id        Phone\n  Blue Sky Ltd.    91310115MA    138 1234 5678\n\n\f"
        "next page\tb\n";
    struct taken taken = {.rows = 0};
    struct failure failure = {0};
    cr_assert_eq(pdf_text_rows(bytes_of(text, sizeof text - 1), take, &taken, &failure), VAULT_OK);
    cr_assert_str_eq(taken.first, "Client name|Tax id|Phone");
    cr_assert_eq(taken.rows, 3);
    cr_assert_eq(taken.cells, 8);
}

Test(formats_rows, text_of_a_pdf_is_untrusted)
{
    struct taken taken = {.rows = 0};
    struct failure failure = {0};
    cr_assert_eq(pdf_text_rows(bytes_of("a\xff\n", 3), take, &taken, &failure), VAULT_EINPUT);
    failure = (struct failure){0};
    cr_assert_eq(pdf_text_rows(bytes_of("\f\n \n", 4), take, &taken, &failure), VAULT_EINPUT);
    cr_assert_eq(taken.rows, 0);
    taken.stop_at = 1;
    cr_assert_eq(pdf_text_rows(bytes_of("a\nb\n", 4), take, &taken, &failure), VAULT_EBUSY);
}

static const char pdf[] =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 400]/Contents 4 0 R/Resources<</Font<</F 5 0 "
    "R>>>>>>endobj\n"
    "4 0 obj<</Length 118>>stream\nBT /F 12 Tf 50 300 Td (Blue Sky Ltd.) Tj 200 0 Td (13812345678) Tj -200 "
    "-20 Td "
    "(Red Sea Ltd.) Tj 200 0 Td (13912345678) Tj ET\nendstream endobj\n"
    "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n";

Test(formats_rows, reads_the_lines_of_a_pdf)
{
    struct taken taken = {.rows = 0};
    struct failure failure = {0};
    int result = read_text(pdf, sizeof pdf - 1, &taken, &failure);
    if (result == VAULT_ENOTFOUND) {
        cr_assert_not_null(strstr(failure.text, "pdftotext"), "%s", failure.text);
        cr_skip_test("pdftotext is not installed");
    }
    cr_assert_eq(result, VAULT_OK, "%s", failure.text);
    cr_assert_str_eq(taken.first, "Blue Sky Ltd.|13812345678");
    cr_assert_eq(taken.rows, 2);
}

Test(formats_rows, a_damaged_pdf_is_said_to_be_one)
{
    struct taken taken = {.rows = 0};
    struct failure failure = {0};
    int result = read_text("%PDF-1.4\nnothing\n", 17, &taken, &failure);
    cr_assert(result == VAULT_EINPUT || result == VAULT_ENOTFOUND, "%d %s", result, failure.text);
    cr_assert_eq(taken.rows, 0);
}
