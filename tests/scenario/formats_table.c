/*
 * formats-table [DIR] (or STRONGROOM_TEST_DATA): read every file of the public test data and print what
 * became of it; then compare the sums with the control figures that its makers published.  Exit 0 if all fit,
 * 1 if not, 77 if DIR is not there.
 */
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/decimal.h"
#include "vault/formats/import.h"

#define SKIPPED 77
#define PATHS_MAX 2000

struct figures {
    uint64_t of_kind[KIND_LAST + 1];
    uint64_t voucher_lines;
    struct decimal debit, credit, gross, in, out, net_pay;
};

struct reading {
    uint64_t records, refused, warned, controls, controls_ok, unmapped, raw;
    char first_refusal[200];
    struct figures *figures;
};

static char *paths[PATHS_MAX];
static size_t path_count;
static int show_all;

static void add(struct decimal *sum, const json_t *object, const char *name)
{
    struct decimal decimal;
    const char *text = json_text(object, name);
    if (text != NULL &&
        (decimal_parse(bytes_of_text(text), &decimal) != VAULT_OK || decimal_add(sum, decimal) != 0))
        (void)fprintf(stderr, "%s: '%s' cannot be added\n", name, text);
}

static void add_record(struct figures *figures, const struct draft *draft)
{
    struct decimal amount = {0, 0};
    figures->of_kind[draft->kind]++;
    if (draft->kind == KIND_VOUCHER) {
        const json_t *lines = json_object_get(draft->fields, "lines");
        for (size_t i = 0; i < json_array_size(lines); i++) {
            figures->voucher_lines++;
            add(&figures->debit, json_array_get(lines, i), "debit");
            add(&figures->credit, json_array_get(lines, i), "credit");
        }
    } else if (draft->kind == KIND_INVOICE) {
        add(&figures->gross, draft->fields, "gross");
    } else if (draft->kind == KIND_PAYROLL_ENTRY) {
        add(&figures->net_pay, draft->fields, "net");
    } else if (draft->kind == KIND_BANK_TRANSACTION) {
        add(&amount, draft->fields, "amount");
        struct decimal *sum = amount.mantissa < 0 ? &figures->out : &figures->in;
        if (decimal_add(sum, amount.mantissa < 0 ? decimal_negate(amount) : amount) != VAULT_OK)
            (void)fprintf(stderr, "bank: too large\n");
    }
}

static int on_record(void *context, const struct draft *draft)
{
    struct reading *reading = context;
    reading->records++;
    reading->raw += draft->raw != NULL;
    add_record(reading->figures, draft);
    if (show_all > 1) {
        char *fields = json_dumps(draft->fields, JSON_COMPACT);
        char *raw = draft->raw == NULL ? NULL : json_dumps(draft->raw, JSON_COMPACT);
        (void)printf("    %s %s %s %s [%s] %s raw %s\n", draft->where, kind_name(draft->kind), draft->date,
            draft->period, draft->client.client_no == NULL ? "" : draft->client.client_no, fields,
            raw == NULL ? "-" : raw);
        free(fields);
        free(raw);
    }
    return 0;
}

static int on_refused(void *context, const char *where, const char *reason)
{
    struct reading *reading = context;
    if (reading->refused++ == 0)
        (void)snprintf(reading->first_refusal, sizeof reading->first_refusal, "%s: %s", where, reason);
    if (show_all > 0)
        (void)printf("    refused %s: %s\n", where, reason);
    return 0;
}

static int on_warned(void *context, const char *where, const char *reason)
{
    struct reading *reading = context;
    reading->warned++;
    if (show_all > 0)
        (void)printf("    warned %s: %s\n", where, reason);
    return 0;
}

static int on_control(void *context, const struct import_control *control)
{
    struct reading *reading = context;
    reading->controls++;
    reading->controls_ok += control->ok;
    if (show_all > 0)
        (void)printf("    control %s: stated %s, computed %s%s\n", control->name, control->stated,
            control->computed, control->ok ? "" : "  DIFFERENT");
    return 0;
}

static int on_unmapped(void *context, const char *name)
{
    struct reading *reading = context;
    reading->unmapped++;
    if (show_all > 0)
        (void)printf("    unmapped %s\n", name);
    return 0;
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int read_one(const char *path, const char *shown, struct figures *figures)
{
    struct reading reading = {.figures = figures};
    struct import_sink sink = {&reading, on_record, on_refused, on_warned, on_control, on_unmapped};
    struct import_summary summary;
    struct failure failure = {0};
    double start = seconds();
    int result = import_read(path, NULL, &sink, &summary, &failure);
    (void)printf("%-62s %-14s %-9s read %6" PRIu64 " records %6" PRIu64 " refused %4" PRIu64
                 " warned %4" PRIu64 " controls %" PRIu64 "/%" PRIu64 " unmapped %" PRIu64 " raw %" PRIu64
                 " %.3f s\n",
        shown, summary.format, summary.encoding, summary.read, reading.records, reading.refused,
        reading.warned, reading.controls_ok, reading.controls, reading.unmapped, reading.raw,
        seconds() - start);
    if (result != VAULT_OK)
        (void)printf(
            "    not read: %s%s%s\n", failure.text, failure.remedy[0] == '\0' ? "" : "; ", failure.remedy);
    else if (reading.refused > 0 && show_all == 0)
        (void)printf("    first refusal: %s\n", reading.first_refusal);
    return result;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)walk;
    if (type == FTW_F && path_count < PATHS_MAX)
        paths[path_count++] = strdup(path);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int expect(const char *what, const char *expected, struct decimal found)
{
    char text[DECIMAL_TEXT_SIZE];
    decimal_format(found, text);
    struct decimal wanted;
    int ok =
        decimal_parse(bytes_of_text(expected), &wanted) == VAULT_OK && decimal_compare(wanted, found) == 0;
    (void)printf("%-4s %-44s expected %-16s found %s\n", ok ? "ok" : "BAD", what, expected, text);
    return ok ? 0 : 1;
}

static int expect_count(const char *what, int64_t expected, uint64_t found)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRId64, expected);
    return expect(what, text, (struct decimal){(int64_t)found, 0});
}

/* All files under one folder, added up. */
static int folder(const char *root, const char *name, struct figures *figures)
{
    char prefix[1024];
    int failed = 0;
    memset(figures, 0, sizeof *figures);
    (void)snprintf(prefix, sizeof prefix, "%s/%s/", root, name);
    for (size_t i = 0; i < path_count; i++) {
        if (strncmp(paths[i], prefix, strlen(prefix)) == 0)
            failed += read_one(paths[i], paths[i] + strlen(root) + 1, figures) != 0;
    }
    return failed;
}

static int check_agency(const char *root, const char *name)
{
    struct figures f;
    int bad = folder(root, name, &f);
    (void)printf("-- %s\n", name);
    bad += expect_count("clients", 50, f.of_kind[KIND_CLIENT]);
    bad += expect_count("contacts", 108, f.of_kind[KIND_CONTACT]);
    bad += expect_count("bank accounts", 115, f.of_kind[KIND_BANK_ACCOUNT]);
    bad += expect_count("ledger accounts", 30, f.of_kind[KIND_LEDGER_ACCOUNT]);
    bad += expect_count("vouchers", 8137, f.of_kind[KIND_VOUCHER]);
    bad += expect_count("voucher lines", 21398, f.voucher_lines);
    bad += expect("debit", "691370677.19", f.debit);
    bad += expect("credit", "691370677.19", f.credit);
    bad += expect_count("balances", 10100, f.of_kind[KIND_ACCOUNT_BALANCE]);
    bad += expect_count("invoices", 2117, f.of_kind[KIND_INVOICE]);
    bad += expect("invoices, with tax", "199358469.97", f.gross);
    bad += expect_count("bank lines", 4358, f.of_kind[KIND_BANK_TRANSACTION]);
    bad += expect("bank, in", "172926330.22", f.in);
    bad += expect("bank, out", "78099319.67", f.out);
    bad += expect_count("payslips", 3252, f.of_kind[KIND_PAYROLL_ENTRY]);
    bad += expect("net pay", "33162121.42", f.net_pay);
    bad += expect_count("tax filings", 952, f.of_kind[KIND_TAX_FILING]);
    bad += expect_count("contracts", 50, f.of_kind[KIND_CONTRACT]);
    return bad;
}

int main(int argc, char **argv)
{
    struct figures f;
    int bad = 0;
    if (argc > 2)
        show_all = (int)strspn(argv[2] + 1, "v");
    const char *root = argc > 1 ? argv[1] : getenv("STRONGROOM_TEST_DATA");
    if (root == NULL || access(root, R_OK) != 0) {
        (void)printf("SKIPPED: the public test data is not at '%s'; set STRONGROOM_TEST_DATA\n",
            root == NULL ? "" : root);
        return SKIPPED;
    }
    (void)nftw(root, visit, 16, FTW_PHYS);
    qsort(paths, path_count, sizeof *paths, by_name);
    bad += check_agency(root, "cn-agency-50/utf8");
    bad += check_agency(root, "cn-agency-50/gbk");
    bad += folder(root, "cn-bank-csv", &f);
    (void)printf("-- cn-bank-csv: %" PRIu64 " transactions\n", f.of_kind[KIND_BANK_TRANSACTION]);
    bad += expect_count("transactions of banks", 265, f.of_kind[KIND_BANK_TRANSACTION]);
    bad += folder(root, "adventureworks-dw", &f);
    (void)printf("-- adventureworks-dw\n");
    bad += expect_count("rows (FactFinance 39,409)", 46704, f.of_kind[KIND_TABLE_ROW]);
    bad += folder(root, "datev", &f);
    (void)printf("-- datev\n");
    bad += expect_count("vouchers", 2, f.of_kind[KIND_VOUCHER]);
    bad += expect_count("accounts", 3, f.of_kind[KIND_LEDGER_ACCOUNT]);
    bad += expect_count("parties", 4, f.of_kind[KIND_PARTY]);
    bad += folder(root, "ledger-cli", &f);
    bad += folder(root, "ofd", &f);
    bad += folder(root, "saft-pt", &f);
    bad += folder(root, "xrechnung", &f);
    (void)folder(root, "ofx", &f);       /* some of them are broken on purpose */
    bad += folder(root, "camt", &f) > 1; /* camt053.v2.wrong.xml */
    for (size_t i = 0; i < path_count; i++)
        free(paths[i]);
    return bad == 0 ? 0 : 1;
}
