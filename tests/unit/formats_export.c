#include <criterion/criterion.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drafts.h"
#include "vault/base/file.h"

static const char *const formats[] = {"csv", "xlsx", "jsonl"};

static const char *const samples[] = {"agency/utf8/clients.csv", "agency/utf8/contacts.csv",
    "agency/utf8/bank_accounts.csv", "agency/utf8/chart_of_accounts.csv", "agency/utf8/vouchers.csv",
    "agency/utf8/balances.csv", "agency/utf8/invoices.csv", "agency/utf8/bank_lines.csv",
    "agency/utf8/payroll.csv", "agency/utf8/tax_filings.csv", "agency/utf8/contracts.csv",
    "bank/statement.csv", "bank/wallet.csv", "datev/EXTF_bookings.csv", "datev/EXTF_accounts.csv",
    "datev/EXTF_parties.csv", "table/plain.psv", "table/wide.csv", "workbook/vouchers.xlsx"};

static void round_trip(const struct drafts *first, const struct export_options *options, const char *what)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char *path = drafts_export(first, formats[i], options);
        struct drafts second = drafts_read(path, NULL);
        cr_expect_eq(second.result, VAULT_OK, "%s as %s: %s", what, formats[i], second.failure.text);
        const char *different = drafts_compare(first, &second);
        cr_expect_null(different, "%s as %s: %s", what, formats[i], different);
        cr_expect_eq(json_array_size(second.refused), 0);
        cr_expect_eq(json_array_size(second.warned), 0);
        (void)unlink(path);
        free(path);
        drafts_free(&second);
    }
}

Test(formats_export, samples_of_every_kind_come_back_the_same)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", samples_directory(), samples[i]);
        struct drafts d = drafts_read(path, NULL);
        cr_assert_eq(d.result, VAULT_OK, "%s", d.failure.text);
        round_trip(&d, NULL, samples[i]);
        drafts_free(&d);
    }
}

/* A record with this JSON as its fields. */
static struct drafts record(const char *kind, const char *fields)
{
    struct drafts d = {.records = json_array()};
    json_array_append_new(d.records, json_pack("{s:s, s:s, s:s, s:s, s:n, s:n, s:o, s:n}", "kind", kind,
                                         "period", "2024-01", "date", "2024-01-05", "client_no", "C1",
                                         "tax_id", "name", "fields", json_loads(fields, 0, NULL), "masked"));
    return d;
}

/* As round_trip(), but marked: each text comes back in one of its writings, and nothing else has changed. */
static size_t marked_round_trip(const struct drafts *first, const char *what)
{
    struct secret *seed = secret_random(KEY_SIZE), *key = secret_random(KEY_SIZE);
    struct export_marks marks = {
        fingerprint_code_new(key), fingerprint_word_new(seed), .texts = true, .properties = true};
    struct export_options options = {.marks = &marks, .footer = "exported by amy & co, event 7"};
    size_t differing = 0;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char *path = drafts_export(first, formats[i], &options);
        struct drafts second = drafts_read(path, NULL);
        cr_expect_eq(second.result, VAULT_OK, "%s as %s: %s", what, formats[i], second.failure.text);
        differing += drafts_compare(first, &second) != NULL;
        for (size_t r = 0; r < json_array_size(second.records); r++) {
            json_t *now = json_array_get(second.records, r), *before = json_array_get(first->records, r);
            cr_expect_eq(
                writing_keep(json_object_get(now, "fields"), json_object_get(before, "fields")), VAULT_OK);
            const char *name = json_text(now, "name"), *was = json_text(before, "name");
            if (name != NULL && was != NULL && writing_equal(bytes_of_text(name), bytes_of_text(was)))
                json_object_set(now, "name", json_object_get(before, "name"));
        }
        const char *different = drafts_compare(first, &second);
        cr_expect_null(different, "%s as %s: %s", what, formats[i], different);
        cr_expect_eq(json_array_size(second.refused), 0);
        cr_expect_eq(json_array_size(second.warned), 0);
        (void)unlink(path);
        free(path);
        drafts_free(&second);
    }
    fingerprint_code_free((struct fingerprint_code *)(uintptr_t)marks.code);
    fingerprint_word_free((struct fingerprint_word *)(uintptr_t)marks.word);
    secret_free(seed);
    secret_free(key);
    return differing;
}

Test(formats_export, marks_change_no_value_of_any_sample)
{
    size_t differing = 0;
    cr_assert_eq(crypto_start(), VAULT_OK);
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", samples_directory(), samples[i]);
        struct drafts d = drafts_read(path, NULL);
        cr_assert_eq(d.result, VAULT_OK, "%s", d.failure.text);
        differing += marked_round_trip(&d, samples[i]);
        drafts_free(&d);
    }
    cr_expect_gt(differing, 5u, "marks were there at all");
}

Test(formats_export, hostile_and_odd_texts_come_back_the_same)
{
    static const char *const fields[] = {"{\"remark\":\"(甲,乙)A\"}", "{\"remark\":\"a b\\\"c 甲(\"}",
        "{\"remark\":\"=甲(1)\"}", "{\"remark\":\"-rent, may\"}", "{\"name\":\"=HYPERLINK(1)\"}",
        "{\"name\":\"+86 138\"}", "{\"name\":\"-\"}", "{\"name\":\"@x\"}", "{\"name\":\"'quoted\"}",
        "{\"name\":\"'=x\"}", "{\"name\":\"\\ttab\"}", "{\"name\":\"a\\r\\nb\"}", "{\"name\":\" blanks \"}",
        "{\"name\":\"_x0041_\"}", "{\"name\":\"\\u0001\\u001f\"}", "{\"name\":\"𠮷野家·“”（）\"}",
        "{\"name\":\"0012\"}", "{\"name\":\"1E10\"}", "{\"name\":\"6222021234567890123\"}",
        "{\"name\":\"a,\\\"b\\\";c|d\"}", "{\"name\":\"合计\"}", "{\"name\":\"kind\"}", "{\"name\":\"true\"}",
        "{\"name\":\"<b>&amp;\"}", "{\"name\":\"=\\\"0012\\\"\"}", "{\"name\":\"\\ufeffx\"}"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct drafts d = record("client", fields[i]);
        round_trip(&d, NULL, fields[i]);
        cr_assert_eq(crypto_start(), VAULT_OK);
        (void)marked_round_trip(&d, fields[i]);
        drafts_free(&d);
    }
}

Test(formats_export, odd_shapes_come_back_the_same)
{
    static const char *const vouchers[] = {"{\"no\":\"1\"}", "{\"no\":\"1\",\"lines\":[]}",
        "{\"no\":\"1\",\"lines\":[{}]}", "{\"no\":\"1\",\"lines\":[{},{\"debit\":\"1.10\"},{}]}",
        "{\"no\":\"1\",\"lines\":[{\"debit\":\"1\",\"x\":{\"y\":[\"z\"]}},{\"unknown\":\"1\"}],\"extra\":{"
        "\"a\":\"b\"}}",
        "{\"no\":\"1\",\"lines\":[{\"debit\":\"691370677.19\",\"rate\":\"0.123456789012\",\"credit\":\"-0."
        "10\"}]}",
        "{\"no\":\"1\",\"lines\":[{\"debit\":\"9007199254740993.5\",\"credit\":\"0.1000\",\"tax_rate\":"
        "\"免税\"}]}"};
    for (size_t i = 0; i < sizeof vouchers / sizeof *vouchers; i++) {
        struct drafts d = record("voucher", vouchers[i]);
        round_trip(&d, NULL, vouchers[i]);
        drafts_free(&d);
    }
    static const char *const rows[] = {
        "{\"table\":\"t\",\"a.b\":\"1\",\"lines[].x\":\"2\",\"more\":\"3\",\"kind\":\"4\"}",
        "{\"table\":\"t\",\"masked\":\"x\",\"\":\"y\",\"列\":\"z\"}"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct drafts d = record("table_row", rows[i]);
        round_trip(&d, NULL, rows[i]);
        drafts_free(&d);
    }
}

Test(formats_export, booleans_and_nested_fields_come_back_the_same)
{
    struct drafts d = record("ledger_account", "{\"code\":\"1001\",\"leaf\":true}");
    round_trip(&d, NULL, "leaf");
    drafts_free(&d);
    d = record("bank_account", "{\"holder\":\"x\",\"enabled\":false}");
    round_trip(&d, NULL, "enabled");
    drafts_free(&d);
    d = record(
        "invoice", "{\"no\":\"1\",\"seller\":{\"name\":\"a\",\"other\":\"b\"},\"buyer\":{\"new\":\"c\"}}");
    round_trip(&d, NULL, "parties");
    drafts_free(&d);
}

static void all_of(const char *path, struct buffer *content)
{
    struct failure failure = {0};
    cr_assert_eq(file_read(path, 1 << 20, content, &failure), VAULT_OK, "%s", failure.text);
}

Test(formats_export, csv_is_what_excel_expects)
{
    struct buffer content = {0};
    struct drafts d = record("contract", "{\"no\":\"=1+1\",\"amount\":\"-5.00\"}");
    char *path = drafts_export(&d, "csv", NULL);
    all_of(path, &content);
    const char *text = buffer_text(&content);
    cr_expect_eq(memcmp(text, "\xef\xbb\xbfkind,record_id,version,period,date,client_no,", 48), 0);
    cr_expect(strstr(text, ",'=1+1,") != NULL, "a formula is made harmless");
    cr_expect(strstr(text, ",-5.00,") != NULL, "an amount below zero is none");
    cr_expect(strstr(text, "\r\n") != NULL);
    struct stat status;
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    (void)unlink(path);
    free(path);
    buffer_free(&content);
    drafts_free(&d);
}

Test(formats_export, gbk_on_request)
{
    struct export_options options = {.encoding = "GBK"};
    struct drafts d =
        record("client", "{\"name\":\"青禾样本商贸有限公司\",\"tax_id\":\"91110105MA7TEXT07L\"}");
    char *path = drafts_export(&d, "csv", &options);
    struct drafts back = drafts_read(path, NULL);
    cr_expect_str_eq(back.summary.encoding, "GB18030");
    cr_expect_null(drafts_compare(&d, &back));
    drafts_free(&back);
    (void)unlink(path);
    free(path);
    drafts_free(&d);
}

Test(formats_export, gbk_refuses_what_it_cannot_say)
{
    struct export_options options = {.encoding = "GBK"};
    struct export_writer *writer = NULL;
    struct failure failure = {0};
    json_t *fields = json_pack("{s:s}", "name", "𠮷野家");
    struct export_row row = {.kind = KIND_CLIENT,
        .client_no = "",
        .client_name = "",
        .client_tax_id = "",
        .record_id = "01J",
        .version = 1,
        .period = "",
        .date = "",
        .fields = fields};
    char *path = drafts_file("gbk.csv", "", 0);
    cr_expect_eq(export_open("csv", path, &options, &writer, &failure), VAULT_EEXISTS);
    failure_clear(&failure);
    (void)unlink(path);
    cr_assert_eq(export_open("csv", path, &options, &writer, &failure), VAULT_OK);
    cr_expect_eq(export_put(writer, &row, &failure), VAULT_EINPUT);
    cr_expect(strstr(failure.text, "01J") != NULL && strstr(failure.text, "𠮷") == NULL, "%s", failure.text);
    export_abandon(writer);
    cr_expect_neq(access(path, F_OK), 0, "the unfinished file is gone");
    json_decref(fields);
    free(path);
}

Test(formats_export, masked_fields_are_named)
{
    struct drafts d =
        record("payroll_entry", "{\"net\":\"****\",\"employee\":{\"id_no\":\"110105********0010\"}}");
    json_object_set_new(drafts_record(&d, 0), "masked", json_pack("[s,s]", "net", "employee.id_no"));
    for (size_t i = 0; i < 3; i++) {
        char *path = drafts_export(&d, formats[i], NULL);
        struct drafts back = drafts_read(path, NULL);
        json_t *masked = json_object_get(drafts_record(&back, 0), "masked");
        cr_expect_eq(json_array_size(masked), 2, "%s", formats[i]);
        cr_expect_str_eq(json_string_value(json_array_get(masked, 1)), "employee.id_no");
        cr_expect_eq(strncmp(json_text(drafts_record(&back, 0), "record_id"), "01J", 3), 0);
        cr_expect_null(drafts_compare(&d, &back));
        drafts_free(&back);
        (void)unlink(path);
        free(path);
    }
    drafts_free(&d);
}

Test(formats_export, numbers_do_not_follow_the_locale)
{
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL)
        (void)setlocale(LC_ALL, "C.UTF-8");
    struct drafts d = record("contract", "{\"no\":\"1\",\"amount\":\"1234.50\"}");
    round_trip(&d, NULL, "locale");
    drafts_free(&d);
}

#define WORKBOOKS 8

static void *write_workbook(void *path)
{
    struct export_writer *writer = NULL;
    struct failure failure = {0};
    struct hash hash;
    bool written = export_open("xlsx", path, NULL, &writer, &failure) == VAULT_OK;
    return written && export_close(writer, &hash, &failure) == VAULT_OK ? path : NULL;
}

/* Under ThreadSanitizer (-Db_sanitize=thread) this is what finds a buffer that two closings share. */
Test(formats_export, workbooks_are_closed_by_several_threads_at_once)
{
    char directory[] = "/tmp/strongroom-export.XXXXXX";
    char paths[WORKBOOKS][sizeof directory + 16];
    pthread_t threads[WORKBOOKS];
    cr_assert_not_null(mkdtemp(directory));
    for (int i = 0; i < WORKBOOKS; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/%d.xlsx", directory, i);
        cr_assert_eq(pthread_create(&threads[i], NULL, write_workbook, paths[i]), 0);
    }
    for (int i = 0; i < WORKBOOKS; i++) {
        void *path = NULL;
        cr_assert_eq(pthread_join(threads[i], &path), 0);
        cr_expect_not_null(path);
        (void)unlink(paths[i]);
    }
    (void)rmdir(directory);
}

Test(formats_export, an_unknown_format_is_refused)
{
    struct export_writer *writer = NULL;
    struct failure failure = {0};
    cr_expect_eq(export_open("dbf", "/tmp/x", NULL, &writer, &failure), VAULT_EINPUT);
    cr_expect_null(writer);
    export_abandon(NULL);
}
