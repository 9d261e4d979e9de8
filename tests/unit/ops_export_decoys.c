/* Pairs of made-up rows in an export: what they say adds up, takes itself back, and names nobody of the
 * sample. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/crypto/secret.h"
#include "vault/formats/check_digit.h"
#include "vault/ops/records/export_decoy_rows_private.h"

static json_t *read_json(const char *text)
{
    json_t *value = NULL;
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert_eq(json_read(bytes_of_text(text), &value, NULL), VAULT_OK);
    return value;
}

static struct made_record sample_of(enum record_kind kind, const char *fields)
{
    return (struct made_record){
        .kind = kind, .id = "01JG0000000000000000000000", .period = "2025-01", .fields = read_json(fields)};
}

static int64_t amount(const json_t *object, const char *name)
{
    return made_read_amount(object, name);
}

static void free_pair(struct made_record pair[2])
{
    made_record_free(&pair[0]);
    made_record_free(&pair[1]);
}

/* Nothing of these texts is in either row. */
static void names_none_of(const struct made_record pair[2], const char *const *texts, size_t count)
{
    for (size_t k = 0; k < 2; k++) {
        struct buffer out = {0};
        cr_assert_eq(json_write_canonical(pair[k].fields, &out), VAULT_OK);
        for (size_t i = 0; i < count; i++)
            cr_assert_null(memmem(out.data, out.size, texts[i], strlen(texts[i])), "%s in %.*s", texts[i],
                (int)out.size, (const char *)out.data);
        buffer_free(&out);
    }
}

Test(export_decoys, amounts_are_read_to_the_hundredth)
{
    json_t *fields = read_json("{\"a\":\"12\",\"b\":\"12.5\",\"c\":\"-12.3400\",\"d\":\"1.234\",\"e\":\"x\","
                               "\"f\":\"99999999999999999\"}");
    cr_expect_eq(amount(fields, "a"), 1200);
    cr_expect_eq(amount(fields, "b"), 1250);
    cr_expect_eq(amount(fields, "c"), -1234);
    for (size_t i = 0; i < 4; i++) {
        static const char *const none[] = {"d", "e", "f", "g"};
        cr_expect_eq(amount(fields, none[i]), 0, "%s", none[i]);
    }
    cr_expect_eq(made_grain(1234), 1);
    cr_expect_eq(made_grain(120000), 10000);
    cr_expect_eq(made_grain(0), 1);
    json_decref(fields);
}

Test(export_decoys, a_voucher_and_a_transfer_take_themselves_back)
{
    struct made_record voucher =
        sample_of(KIND_VOUCHER, "{\"type\":\"记\",\"no\":\"7\",\"lines\":[{\"summary\":\"付房租\",\"account_"
                                "code\":\"5602\",\"debit\":\"1200.00\"},"
                                "{\"summary\":\"付房租\",\"account_code\":\"1002\",\"credit\":\"1000.00\"},{"
                                "\"account_code\":\"2221\",\"credit\":\"200.00\"}]}");
    struct made_record transfer = sample_of(
        KIND_BANK_TRANSACTION, "{\"account_no\":\"6222021001123456789\",\"bank_ref\":\"20250115000001\","
                               "\"amount\":\"-88.80\",\"balance_after\":\"941.20\"}");
    uint8_t bytes[FINGERPRINT_SEED_SIZE] = {5};
    struct secret *seed = secret_copy(bytes_of(bytes, sizeof bytes));
    struct fingerprint_word *word = fingerprint_word_new(seed);
    cr_assert_eq(made_amount_of(&voucher), 120000);
    cr_assert_eq(made_amount_of(&transfer), 8880);
    for (int64_t of = 1; of < 4000000; of = of * 3 + 7) {
        struct made_record pair[2];
        cr_assert(made_vouchers(pair, &voucher, of));
        for (size_t k = 0; k < 2; k++) {
            const json_t *lines = json_object_get(pair[0].fields, "lines"),
                         *back = json_object_get(pair[1].fields, "lines");
            const char *column = k == 0 ? "debit" : "credit";
            cr_assert_eq(json_array_size(lines), 2);
            cr_assert_eq(amount(json_array_get(lines, k), column), of);
            cr_assert_eq(amount(json_array_get(back, k), column), -of);
            cr_assert(json_equal(json_object_get(json_array_get(lines, k), "account_code"),
                json_object_get(json_array_get(back, k), "account_code")));
        }
        cr_assert_str_eq(pair[0].period, pair[1].period);
        cr_assert_str_eq(
            json_text(json_array_get(json_object_get(pair[1].fields, "lines"), 0), "summary"), "冲销付房租");
        free_pair(pair);
        cr_assert(made_transfers(pair, &transfer, of, word, 1));
        cr_assert_eq(amount(pair[0].fields, "amount"), -of);
        cr_assert_eq(amount(pair[1].fields, "amount"), of);
        cr_assert_eq(amount(pair[0].fields, "balance_after") + of, amount(pair[1].fields, "balance_after"));
        cr_assert(json_equal(
            json_object_get(pair[0].fields, "account_no"), json_object_get(pair[1].fields, "account_no")));
        cr_assert_str_neq(json_text(pair[0].fields, "account_no"), "6222021001123456789");
        free_pair(pair);
    }
    made_record_free(&voucher);
    made_record_free(&transfer);
    fingerprint_word_free(word);
    secret_free(seed);
}

/* --- Invoices --- */

#define INVOICE \
    "{\"direction\":\"%s\",\"no\":\"25312000000012345678\",\"issue_date\":\"2025-01-20\",\"seller\":{" \
    "\"name\":\"云岭咨询有限公司\"," \
    "\"tax_id\":\"91310115MA7TEXT15C\",\"email\":\"a@b.cn\"},\"buyer\":{\"name\":\"青禾商贸有限公司\"," \
    "\"tax_id\":\"91110105MA7TEXT07L\"}," \
    "\"lines\":[{\"line_no\":\"1\",\"item\":\"*咨询*账务咨询\",\"description\":\"王五的项目\",\"quantity\":" \
    "\"2\",\"price\":\"500.00\"," \
    "\"net\":\"1000.00\",\"tax_rate\":\"6%%\",\"tax\":\"60.00\",\"gross\":\"1060.00\"},{\"net\":\"500.00\"," \
    "\"tax\":\"30.00\"}]," \
    "\"net\":\"1500.00\",\"tax\":\"90.00\",\"gross\":\"1590.00\",\"status\":\"normal\",\"drawer\":" \
    "\"欧阳某\",\"remark\":\"合同七号\"}"

static void check_invoice(const struct made_record pair[2], int64_t gross)
{
    for (size_t k = 0; k < 2; k++) {
        const json_t *fields = pair[k].fields, *line = json_array_get(json_object_get(fields, "lines"), 0);
        int64_t net = amount(fields, "net"), sign = k == 0 ? 1 : -1;
        cr_assert_eq(amount(fields, "gross"), sign * gross);
        cr_assert_eq(net + amount(fields, "tax"), amount(fields, "gross"));
        /* The tax is the rate's, to a hundredth. */
        int64_t off = amount(fields, "tax") * 100 - net * 6;
        cr_assert(off >= -100 && off <= 100, "%lld", (long long)off);
        cr_assert_eq(json_array_size(json_object_get(fields, "lines")), 1);
        cr_assert_eq(amount(line, "net"), net);
        cr_assert_eq(amount(line, "gross"), amount(fields, "gross"));
        cr_assert_eq(amount(line, "price") * (k == 0 ? 1 : -1), net);
        cr_assert_eq(strncmp(json_text(fields, "no"), "253120000000", 12), 0);
        cr_assert_eq(strlen(json_text(fields, "no")), 20);
        cr_assert_str_eq(json_text(fields, "status"), k == 0 ? "normal" : "red");
    }
    cr_assert_str_eq(json_text(pair[1].fields, "refers_to"), json_text(pair[0].fields, "no"));
    cr_assert_str_neq(json_text(pair[1].fields, "no"), json_text(pair[0].fields, "no"));
}

Test(export_decoys, an_invoice_is_taxed_by_its_rate_and_a_red_one_takes_it_back)
{
    static const char *const strange[] = {"云岭", "青禾", "91310115MA7TEXT15C", "91110105MA7TEXT07L",
        "a@b.cn", "王五", "欧阳", "合同七号", "25312000000012345678"};
    json_t *own = read_json(
        "{\"name\":\"安博商贸有限公司\",\"tax_id\":\"91320505MA1A2B3C4D\",\"phone\":\"13800000000\"}");
    json_t *other = read_json("{\"name\":\"晨德科技有限公司\"}");
    for (int out = 0; out < 2; out++) {
        char text[1200];
        (void)snprintf(text, sizeof text, INVOICE, out ? "out" : "in");
        struct made_record sample = sample_of(KIND_INVOICE, text);
        cr_assert_eq(made_amount_of(&sample), 159000);
        for (int64_t gross = 101; gross < 90000000; gross = gross * 5 + 3) {
            struct made_record pair[2];
            cr_assert(made_invoices(pair, &sample, gross, own, other));
            check_invoice(pair, gross);
            names_none_of(pair, strange, sizeof strange / sizeof *strange);
            const json_t *mine = json_object_get(pair[0].fields, out ? "seller" : "buyer");
            cr_assert_str_eq(json_text(mine, "name"), "安博商贸有限公司");
            cr_assert_str_eq(json_text(mine, "tax_id"), "91320505MA1A2B3C4D");
            cr_assert_null(json_object_get(mine, "phone"), "the sample says no telephone");
            cr_assert_str_eq(json_text(json_object_get(pair[1].fields, out ? "buyer" : "seller"), "name"),
                "晨德科技有限公司");
            free_pair(pair);
        }
        made_record_free(&sample);
    }
    json_decref(own);
    json_decref(other);
}

Test(export_decoys, an_invoice_that_does_not_add_up_is_no_sample)
{
    static const char *const bad[] = {"{}", "{\"net\":\"100.00\",\"tax\":\"6.00\",\"gross\":\"106.00\"}",
        "{\"net\":\"100.00\",\"tax\":\"6.00\",\"gross\":\"107.00\",\"lines\":[{}],\"seller\":{},\"buyer\":{}"
        "}",
        "{\"net\":\"-100.00\",\"tax\":\"-6.00\",\"gross\":\"-106.00\",\"lines\":[{}],\"seller\":{},\"buyer\":"
        "{}}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct made_record sample = sample_of(KIND_INVOICE, bad[i]);
        cr_expect_eq(made_amount_of(&sample), 0, "%zu", i);
        made_record_free(&sample);
    }
}

/* --- Payroll --- */

static int64_t withheld_of(const json_t *fields)
{
    const json_t *social = json_object_get(fields, "social");
    return amount(social, "pension") + amount(social, "medical") + amount(social, "unemployment") +
           amount(fields, "housing_fund") + amount(fields, "income_tax");
}

static void check_pay(const struct made_record pair[2], int64_t net, bool taxed)
{
    for (size_t k = 0; k < 2; k++) {
        const json_t *fields = pair[k].fields, *employee = json_object_get(fields, "employee");
        int64_t sign = k == 0 ? 1 : -1;
        cr_assert_eq(amount(fields, "net"), sign * net);
        cr_assert_eq(amount(fields, "base") + amount(fields, "bonus"), amount(fields, "gross"));
        cr_assert_eq(amount(fields, "gross") - withheld_of(fields), amount(fields, "net"));
        cr_assert_geq(sign * amount(fields, "bonus"), 0);
        cr_assert_geq(sign * amount(fields, "income_tax"), 0);
        cr_assert(taxed || amount(fields, "income_tax") == 0);
        cr_assert_lt(sign * amount(fields, "income_tax"), net / 4);
        cr_assert(check_resident_id(bytes_of_text(json_text(employee, "id_no"))));
        cr_assert_eq(strncmp(json_text(employee, "id_no") + 4, "98", 2), 0, "a county that never was");
        cr_assert(check_luhn(bytes_of_text(json_text(employee, "bank_card"))));
        cr_assert_eq(strlen(json_text(employee, "no")), 4);
    }
    cr_assert(
        json_equal(json_object_get(pair[0].fields, "employee"), json_object_get(pair[1].fields, "employee")));
    cr_assert_str_eq(pair[0].period, pair[1].period);
}

#define EMPLOYEE \
    "\"employee\":{\"no\":\"0031\",\"name\":\"欧阳样一\",\"id_no\":\"110105198002150010\",\"mobile\":" \
    "\"13912345678\"," \
    "\"bank_card\":\"6212345678901234569\",\"email\":\"o@x.cn\"},\"remark\":\"哺乳假\",\"period\":\"2025-" \
    "01\""

Test(export_decoys, a_payroll_entry_adds_up_is_nobodys_and_is_taken_back)
{
    static const char *const strange[] = {
        "欧阳", "110105198002150010", "13912345678", "6212345678901234569", "o@x.cn", "哺乳假"};
    static const struct {
        bool taxed;
        const char *fields;
    } samples[] = {{true, "{" EMPLOYEE ",\"base\":\"6000.00\",\"bonus\":\"500.00\",\"gross\":\"6500.00\","
                                       "\"social\":{\"pension\":\"480.00\","
                          "\"medical\":\"120.00\",\"unemployment\":\"30.00\"},\"housing_fund\":\"300.00\","
                          "\"income_tax\":\"15.60\",\"net\":\"5554.40\"}"},
        {false, "{" EMPLOYEE ",\"base\":\"4000.00\",\"bonus\":\"800.00\",\"gross\":\"4800.00\",\"social\":{"
                             "\"pension\":\"320.00\","
                "\"medical\":\"80.00\"},\"housing_fund\":\"200.00\",\"income_tax\":\"0.00\",\"net\":\"4200."
                "00\"}"},
        {false, "{" EMPLOYEE ",\"base\":\"4321.50\",\"gross\":\"4321.50\",\"social\":{\"pension\":\"345.72\"}"
                             ",\"net\":\"3975.78\"}"},
        {true, "{" EMPLOYEE ",\"base\":\"9000.00\",\"gross\":\"9000.00\",\"social\":{\"pension\":\"720.00\"},"
               "\"income_tax\":\"98.40\",\"net\":\"8181.60\"}"}};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct made_record sample = sample_of(KIND_PAYROLL_ENTRY, samples[i].fields);
        int64_t like = made_amount_of(&sample);
        size_t made = 0, tried = 0;
        cr_assert_gt(like, 0, "%zu", i);
        for (int64_t net = like * 3 / 4; net <= like * 4 / 3; net += 997, tried++) {
            struct made_record pair[2];
            if (made_payroll(pair, &sample, net, "91320505MA1A2B3C4D")) {
                check_pay(pair, net, samples[i].taxed);
                names_none_of(pair, strange, sizeof strange / sizeof *strange);
                made++;
            }
            free_pair(pair);
        }
        cr_expect_gt(made * 10, tried * 6, "%zu: %zu of %zu", i, made, tried);
        made_record_free(&sample);
    }
}

/* As an export has them that does not reveal all: what is seen fits, and the rest will be masked. */
Test(export_decoys, a_masked_payroll_entry_is_a_sample_too)
{
    static const char *const samples[] = {
        "{" EMPLOYEE ",\"base\":\"***\",\"bonus\":\"***\",\"gross\":\"6500.00\",\"social\":{\"pension\":\"***"
                     "\",\"medical\":\"***\"},"
        "\"housing_fund\":\"***\",\"income_tax\":\"***\",\"net\":\"5554.40\"}",
        "{" EMPLOYEE ",\"base\":\"***\",\"bonus\":\"***\",\"gross\":\"***\",\"social\":{\"pension\":\"***\"},"
                     "\"income_tax\":\"***\",\"net\":\"***\"}",
        "{" EMPLOYEE
        ",\"base\":\"***\",\"gross\":\"***\",\"social\":{\"pension\":\"***\"},\"net\":\"5554.40\"}"};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct made_record sample = sample_of(KIND_PAYROLL_ENTRY, samples[i]), pair[2];
        int64_t like = made_amount_of(&sample);
        size_t made = 0;
        cr_assert_gt(like, 0, "%zu", i);
        for (int64_t net = like * 3 / 4; net <= like * 4 / 3; net += 4999) {
            if (made_payroll(pair, &sample, net, "")) {
                const json_t *fields = pair[0].fields;
                cr_assert_eq(amount(fields, "gross") - withheld_of(fields), net);
                cr_assert_eq(amount(pair[1].fields, "gross"), -amount(fields, "gross"));
                cr_assert(amount(fields, "gross") > net && amount(fields, "gross") < net * 3 / 2);
                made++;
            }
            free_pair(pair);
        }
        cr_expect_gt(made, 40, "%zu: %zu", i, made);
        made_record_free(&sample);
    }
}

Test(export_decoys, a_payroll_entry_that_does_not_add_up_is_no_sample)
{
    static const char *const bad[] = {"{}", "{\"employee\":{},\"net\":\"100.00\"}",
        "{\"employee\":{},\"base\":\"100.00\",\"gross\":\"100.00\",\"net\":\"99.00\"}",
        "{\"base\":\"100.00\",\"gross\":\"100.00\",\"net\":\"100.00\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct made_record sample = sample_of(KIND_PAYROLL_ENTRY, bad[i]);
        cr_expect_eq(made_amount_of(&sample), 0, "%zu", i);
        made_record_free(&sample);
    }
}
