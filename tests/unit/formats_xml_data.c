/*
 * The public collections of real files (STRONGROOM_TEST_DATA): what must come out of each, and a table of it.
 * Skipped, and said so, where the data is not here.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/lib/caught.h"
#include "vault/base/file.h"

struct totals {
    size_t files, failed, invoices, lines, parties, products, vouchers, transactions, statements, attachments;
    size_t refused, wrong_controls;
};

static size_t tables(const struct caught *caught, const char *name)
{
    size_t count = 0;
    for (size_t n = 0; caught_record(caught, "table_row", n) != NULL; n++) {
        count += strcmp(caught_field(caught, "table_row", n, "table"), name) == 0;
    }
    return count;
}

static void add_file(struct totals *totals, const char *path, const char *name)
{
    struct caught caught = caught_file(path, NULL);
    size_t at, wrong = 0;
    const json_t *control;
    json_array_foreach(caught.controls, at, control)
    {
        wrong += !json_is_true(json_object_get(control, "ok"));
    }
    totals->files++;
    totals->failed += caught.error != VAULT_OK;
    totals->invoices += caught_count(&caught, "invoice");
    totals->lines += caught_lines(&caught, "invoice");
    totals->parties += caught_count(&caught, "party");
    totals->products += caught_count(&caught, "product");
    totals->vouchers += caught_count(&caught, "voucher");
    totals->transactions += caught_count(&caught, "bank_transaction");
    totals->attachments += caught_count(&caught, "attachment");
    totals->statements += tables(&caught, "Stmt");
    totals->refused += json_array_size(caught.refused);
    totals->wrong_controls += wrong;
    printf("%-52.52s %-13s read %4llu refused %2zu controls %2zu (%zu differ) %s\n", name,
        caught.summary.format == NULL ? "" : caught.summary.format, (unsigned long long)caught.summary.read,
        json_array_size(caught.refused), json_array_size(caught.controls), wrong,
        caught.error == VAULT_OK ? "" : caught.failure.text);
    caught_free(&caught);
}

static void add_directory(struct totals *totals, const char *directory, const char *suffix)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        size_t size = strlen(name), suffix_size = strlen(suffix);
        char *path = file_path(directory, name);
        struct stat status;
        if (name[0] != '.' && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
            add_directory(totals, path, suffix);
        } else if (name[0] != '.' && size >= suffix_size && strcmp(name + size - suffix_size, suffix) == 0) {
            add_file(totals, path, name);
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
}

static struct totals totals_of(const char *folder, const char *suffix)
{
    struct totals totals = {.files = 0};
    if (data_directory() == NULL) {
        printf("SKIPPED: %s: the public test data is not here (set STRONGROOM_TEST_DATA to its directory)\n",
            folder);
        fflush(stdout);
        cr_skip_test("STRONGROOM_TEST_DATA is not set");
    }
    char *directory = file_path(data_directory(), folder);
    add_directory(&totals, directory, suffix);
    free(directory);
    return totals;
}

Test(formats_xml_data, saft_portugal)
{
    struct totals totals = totals_of("saft-pt", "saft_idemo599999999.xml");
    cr_assert_eq(totals.files, 1);
    cr_assert_eq(totals.failed + totals.refused + totals.wrong_controls, 0);
    cr_assert_eq(totals.invoices, 24);
    cr_assert_eq(totals.lines, 31);
    cr_assert_eq(totals.parties, 11 + 3);
    cr_assert_eq(totals.products, 12);
    cr_assert_eq(totals.vouchers, 7 + 4 + 2);

    char *path = file_path(data_directory(), "saft-pt/saft_idemo599999999.xml");
    struct caught caught = caught_file(path, "saft");
    free(path);
    /* Lines of all documents, and payments within invoices and of their own. */
    cr_assert_eq(caught_lines(&caught, "invoice") + caught_lines(&caught, "voucher"), 51);
    size_t payments = 2;
    for (size_t n = 0; n < 24; n++) {
        const char *key;
        json_t *value;
        json_object_foreach(json_object_get(caught_record(&caught, "invoice", n), "raw"), key, value)
        {
            payments += strstr(key, "DocumentTotals/Payment") == key && strstr(key, "/PaymentAmount") != NULL;
        }
    }
    cr_assert_eq(payments, 5);
    cr_assert_eq(caught_controls(&caught, "SalesInvoices/NumberOfEntries", true), 1);
    cr_assert_eq(caught_controls(&caught, "SalesInvoices/TotalDebit", true), 1);  /* 2201.7838 */
    cr_assert_eq(caught_controls(&caught, "SalesInvoices/TotalCredit", true), 1); /* 14918.709 */
    caught_free(&caught);
}

Test(formats_xml_data, saft_others)
{
    struct totals totals = totals_of("saft-pt", ".xml");
    cr_assert_eq(totals.files, 6);
    cr_assert_eq(totals.failed + totals.refused, 0);
    cr_assert_eq(totals.invoices, 6 * 24);
    cr_assert_eq(totals.wrong_controls, 1); /* one file states another total of its working documents */
}

Test(formats_xml_data, camt)
{
    struct totals totals = totals_of("camt", ".xml");
    cr_assert_eq(totals.statements, 12);
    cr_assert_eq(totals.transactions, 25);
    cr_assert_eq(totals.failed, 1); /* the message without a statement */
    cr_assert_eq(totals.refused, 0);
}

Test(formats_xml_data, ofx)
{
    struct totals totals = totals_of("ofx", ".ofx");
    cr_assert_eq(totals.transactions + totals.refused, 24);
    cr_assert_eq(totals.refused, 4); /* in the files that are made to fail */
    cr_assert_eq(totals.failed, 0);
}

Test(formats_xml_data, xrechnung)
{
    struct totals ubl = totals_of("xrechnung", "_ubl.xml"), cii = totals_of("xrechnung", "_uncefact.xml");
    cr_assert_eq(ubl.invoices, 31);
    cr_assert_eq(ubl.lines, 80);
    cr_assert_eq(cii.invoices, 27);
    cr_assert_eq(cii.lines, 74);
    cr_assert_eq(ubl.attachments, 3);
    cr_assert_eq(cii.attachments, 3);
    cr_assert_eq(ubl.failed + ubl.refused + ubl.wrong_controls, 0);
    cr_assert_eq(cii.failed + cii.refused + cii.wrong_controls, 0);
}

/* Cases whose two files do not say the same: what their UBL has and their CII has not. */
static const struct {
    const char *file, *field;
} apart[] = {
    {"01.20a-INVOICE_ubl.xml", "seller.address"},
    {"01.21a-INVOICE_ubl.xml", "seller.tax_id"},
    {"03.06a-INVOICE_ubl.xml", "seller.address"},
    {"03.06a-INVOICE_ubl.xml", "buyer.address"},
    {"01.01_comprehensive_test_ubl.xml", "buyer.name"},
    {"02.01a-cvd_INVOICE_ubl.xml", "lines.0.description"},
};

static void forget(json_t *fields, const char *path)
{
    char step[64];
    const char *dot;
    while ((dot = strchr(path, '.')) != NULL) {
        snprintf(step, sizeof step, "%.*s", (int)(dot - path), path);
        fields = json_is_array(fields) ? json_array_get(fields, (size_t)atoi(step))
                                       : json_object_get(fields, step);
        path = dot + 1;
    }
    json_object_del(fields, path);
}

static bool same_case(const char *ubl_path, const char *name)
{
    char cii_path[4096];
    const char *suffix = strstr(ubl_path, "_ubl.xml");
    snprintf(cii_path, sizeof cii_path, "%.*s_uncefact.xml", (int)(suffix - ubl_path), ubl_path);
    if (!file_exists(cii_path)) {
        return false;
    }
    struct caught ubl = caught_file(ubl_path, NULL), cii = caught_file(cii_path, NULL);
    cr_assert_eq(json_array_size(ubl.records), json_array_size(cii.records), "%s", name);
    for (size_t i = 0; i < json_array_size(ubl.records); i++) {
        json_t *a = json_object_get(json_array_get(ubl.records, i), "fields");
        json_t *b = json_object_get(json_array_get(cii.records, i), "fields");
        for (size_t k = 0; i == 0 && k < sizeof apart / sizeof *apart; k++) {
            if (strcmp(apart[k].file, name) == 0) {
                forget(a, apart[k].field);
                forget(b, apart[k].field);
            }
        }
        cr_assert(json_equal(a, b), "%s:\n%s\n%s", name, json_dumps(a, JSON_SORT_KEYS),
            json_dumps(b, JSON_SORT_KEYS));
    }
    caught_free(&ubl);
    caught_free(&cii);
    return true;
}

static size_t compare_directory(const char *directory)
{
    size_t pairs = 0;
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char *path = file_path(directory, entries[i]->d_name);
        struct stat status;
        if (entries[i]->d_name[0] != '.' && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
            pairs += compare_directory(path);
        } else if (strstr(entries[i]->d_name, "_ubl.xml") != NULL) {
            pairs += same_case(path, entries[i]->d_name);
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    return pairs;
}

Test(formats_xml_data, same_case_in_ubl_and_cii_gives_the_same_record)
{
    if (data_directory() == NULL) {
        cr_skip_test("STRONGROOM_TEST_DATA is not set");
    }
    char *directory = file_path(data_directory(), "xrechnung");
    cr_assert_eq(compare_directory(directory), 26);
    free(directory);
}

Test(formats_xml_data, chinese_einvoices)
{
    struct totals totals = totals_of("cn-agency-50/einvoice", ".xml");
    cr_assert_gt(totals.files, 50);
    cr_assert_eq(totals.invoices, totals.files);
    cr_assert_eq(totals.failed + totals.refused + totals.wrong_controls, 0);
}

Test(formats_xml_data, ofd)
{
    struct totals totals = totals_of("ofd", ".ofd");
    cr_assert_eq(totals.files, 5);
    cr_assert_eq(totals.invoices, 2);
    cr_assert_eq(totals.attachments, 3);
    cr_assert_eq(totals.failed, 0);
}
