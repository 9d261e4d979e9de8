/* What a leaked cell is compared with: agrees where the values would, and says nothing of them otherwise. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/records/fingerprint_private.h"

static struct trace_key *key, *other;
static struct ulid record, neighbour;
static struct buffer print;

static struct trace_key *fresh_key(void)
{
    struct trace_key *made = NULL;
    struct secret *branch = secret_random(KEY_SIZE);
    cr_assert_eq(trace_key_new(branch, &made), VAULT_OK);
    secret_free(branch);
    return made;
}

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    key = fresh_key();
    other = fresh_key();
    record = ulid_new();
    neighbour = ulid_new();
    print = (struct buffer){0};
}

static void stop(void)
{
    trace_key_free(key);
    trace_key_free(other);
    buffer_free(&print);
}

TestSuite(records_fingerprint, .init = start, .fini = stop);

static void write_print(const struct ulid *of, enum record_kind kind, const char *text, struct buffer *out)
{
    json_t *fields = NULL;
    struct buffer values = {0};
    cr_assert_eq(json_read(bytes_of_text(text), &fields, NULL), VAULT_OK);
    cr_assert_eq(fingerprint_values(kind, fields, &values), VAULT_OK);
    cr_assert_eq(fingerprint_write(key, of, buffer_bytes(&values), out), VAULT_OK);
    json_decref(fields);
    buffer_free(&values);
}

static void take(enum record_kind kind, const char *text)
{
    buffer_reset(&print);
    write_print(&record, kind, text, &print);
}

static bool agrees(enum trace_field field, const char *cell)
{
    struct normal normal;
    normal_make(trace_field_facts[field].form, bytes_of_text(cell), &normal);
    return fingerprint_agrees(key, &record, buffer_bytes(&print), field, &normal);
}

#define CLIENT \
    "{\"name\":\"上海明德餐饮管理有限公司\",\"tax_id\":\"91310115MA1K3L5N2P\",\"phone\":\"13812345678\"," \
    "\"email\":\"wang@mingde.example\",\"bank_account\":\"6222021001112345678\",\"contact\":\"王伟\"}"

Test(records_fingerprint, agrees_with_equal_writings)
{
    take(KIND_CLIENT, CLIENT);
    cr_assert(agrees(TRACE_NAME, "上海明德餐饮管理有限公司"));
    cr_assert(agrees(TRACE_NAME, " 上海明德餐饮管理(有限)公司"));
    cr_assert(agrees(TRACE_TAX_ID, "９１310115ma1k3l5n2p"));
    cr_assert(agrees(TRACE_PHONE, "+86 138-1234-5678"));
    cr_assert(agrees(TRACE_EMAIL, "WANG@MINGDE.example"));
    cr_assert(agrees(TRACE_BANK_ACCOUNT, "6222 0210 0111 2345 678"));
    cr_assert(agrees(TRACE_CONTACT, "王伟"));
}

Test(records_fingerprint, agrees_with_one_character_retyped)
{
    static const char *const names[] = {"上海明德餐饮管理有公司", "上海明德餐饮管理的有限公司",
        "上海名德餐饮管理有限公司", "海明德餐饮管理有限公司", "上海明德餐饮管理有限公"};
    static const char *const phones[] = {
        "13812345679", "1381234567", "138123456788", "23812345678", "3812345678"};
    take(KIND_CLIENT, CLIENT);
    for (size_t i = 0; i < 5; i++) {
        cr_assert(agrees(TRACE_NAME, names[i]), "%s", names[i]);
        cr_assert(agrees(TRACE_PHONE, phones[i]), "%s", phones[i]);
    }
}

Test(records_fingerprint, agrees_with_masked_cells_whose_last_four_are_told)
{
    take(KIND_CLIENT, CLIENT);
    cr_assert(agrees(TRACE_PHONE, "138****5678"));
    cr_assert(agrees(TRACE_BANK_ACCOUNT, "****5678"));
    cr_assert_not(agrees(TRACE_PHONE, "138****5679"));
    cr_assert_not(agrees(TRACE_PHONE, "138*****678"));
}

Test(records_fingerprint, differs_where_the_values_do)
{
    take(KIND_CLIENT, CLIENT);
    cr_assert_not(agrees(TRACE_NAME, "上海明远餐饮服务有限公司"));
    cr_assert_not(agrees(TRACE_CONTACT, "王芳"));
    cr_assert_not(agrees(TRACE_PHONE, "13812349999"));
    /* Another account at the same bank. */
    cr_assert_not(agrees(TRACE_BANK_ACCOUNT, "6222021001118765432"));
    /* The right value in the wrong column. */
    cr_assert_not(agrees(TRACE_TAX_ID, "13812345678"));
    cr_assert_not(agrees(TRACE_FEE, "13812345678"));
}

Test(records_fingerprint, compares_amounts_as_precisely_as_they_are_written)
{
    take(KIND_PAYROLL_ENTRY,
        "{\"employee\":{\"name\":\"李娜\",\"id_no\":\"310115199003071234\"},\"gross\":\"12345.67\"}");
    cr_assert(agrees(TRACE_PAYROLL, "12,345.67"));
    cr_assert(agrees(TRACE_PAYROLL, "12346"));
    cr_assert(agrees(TRACE_PAYROLL, "1.23万"));
    cr_assert(agrees(TRACE_PAYROLL, "12345.7"));
    cr_assert_not(agrees(TRACE_PAYROLL, "12345.68"));
    cr_assert_not(agrees(TRACE_PAYROLL, "12347"));
    cr_assert_not(agrees(TRACE_PAYROLL, "1.24万"));
    cr_assert_not(agrees(TRACE_PAYROLL, "123万"));
    cr_assert(agrees(TRACE_PERSON_ID, "310115199003071234"));
}

Test(records_fingerprint, says_nothing_without_the_key_or_of_another_record)
{
    struct normal cell;
    struct buffer second = {0};
    take(KIND_CLIENT, CLIENT);
    normal_make(TRACE_FORM_DIGITS, bytes_of_text("13812345678"), &cell);
    cr_assert(fingerprint_agrees(key, &record, buffer_bytes(&print), TRACE_PHONE, &cell));
    cr_assert_not(fingerprint_agrees(other, &record, buffer_bytes(&print), TRACE_PHONE, &cell));
    cr_assert_not(fingerprint_agrees(key, &neighbour, buffer_bytes(&print), TRACE_PHONE, &cell));
    /* Equal values of two records do not look alike. */
    write_print(&neighbour, KIND_CLIENT, CLIENT, &second);
    cr_assert_eq(second.size, print.size);
    cr_assert_neq(memcmp(second.data, print.data, print.size), 0);
    buffer_free(&second);
}

Test(records_fingerprint, what_is_cut_agrees_with_nothing)
{
    struct normal cell;
    take(KIND_CLIENT, CLIENT);
    normal_make(TRACE_FORM_NAME, bytes_of_text("上海明德餐饮管理有限公司"), &cell);
    for (size_t size = 0; size < 11; size++)
        cr_assert_not(fingerprint_agrees(key, &record, bytes_of(print.data, size), TRACE_NAME, &cell));
}

Test(records_fingerprint, vouchers_are_compared_line_by_line_and_quoted_by_word_and_number)
{
    take(KIND_VOUCHER,
        "{\"type\":\"记\",\"no\":\"112\",\"lines\":[{\"summary\":\"支付青禾货款\",\"debit\":\"1234.50\",\"counterparty\":\"青禾商贸有限公司\"},"
        "{\"summary\":\"支付青禾货款\",\"credit\":\"1200.00\"},{\"summary\":\"手续费\",\"credit\":\"34.50\"}]}");
    static const char *const documents[] = {"112", "记-112", "记 112"}, *const summaries[] = {"支付青禾货款", "手续费", "支付青和货款"},
                            *const amounts[] = {"1,234.50", "1200", "34.50", "-34.50"};
    for (size_t i = 0; i < 3; i++) {
        cr_assert(agrees(TRACE_DOCUMENT, documents[i]), "%s", documents[i]);
        cr_assert(agrees(TRACE_SUMMARY, summaries[i]), "%s", summaries[i]);
    }
    for (size_t i = 0; i < 4; i++)
        cr_assert(agrees(TRACE_AMOUNT, amounts[i]), "%s", amounts[i]);
    cr_assert(agrees(TRACE_NAME, "青禾商贸有限公司"));
    cr_assert_not(agrees(TRACE_DOCUMENT, "113"));
    cr_assert_not(agrees(TRACE_DOCUMENT, "转-113"));
    cr_assert_not(agrees(TRACE_SUMMARY, "支付云岭货款"));
    cr_assert_not(agrees(TRACE_AMOUNT, "1234.51"));
    /* What three lines say is in it once. */
    cr_assert_eq(print.size, 8 * 11);
}

Test(records_fingerprint, invoices_and_transfers_are_compared_in_every_cell)
{
    take(KIND_INVOICE,
        "{\"no\":\"24112000000012345678\",\"seller\":{\"name\":\"青禾商贸有限公司\",\"tax_id\":\"91310115MA1K3L5N2P\"},"
        "\"buyer\":{\"name\":\"云岭科技有限公司\"},\"net\":\"100.00\",\"tax\":\"6.00\",\"gross\":\"106.00\"}");
    cr_assert(agrees(TRACE_DOCUMENT, "24112000000012345678"));
    cr_assert(agrees(TRACE_NAME, "云岭科技有限公司"));
    cr_assert(agrees(TRACE_TAX_ID, "91310115ma1k3l5n2p"));
    cr_assert(agrees(TRACE_AMOUNT, "106"));
    cr_assert(agrees(TRACE_AMOUNT, "100.00"));
    cr_assert(agrees(TRACE_TAX_DUE, "6.00"));
    cr_assert_not(agrees(TRACE_AMOUNT, "107"));
    take(KIND_BANK_TRANSACTION,
        "{\"bank_ref\":\"20250115000123\",\"amount\":\"-880.00\",\"balance_after\":\"-120.00\","
        "\"counterparty\":{\"name\":\"云岭科技有限公司\",\"account\":\"6222021001112345678\"},\"memo\":\"房租\"}");
    cr_assert(agrees(TRACE_AMOUNT, "880.00"));
    cr_assert(agrees(TRACE_AMOUNT, "-880.00"));
    cr_assert(agrees(TRACE_BANK_ACCOUNT, "****5678"));
    cr_assert(agrees(TRACE_BALANCE, "-120.00"));
    cr_assert_not(agrees(TRACE_BALANCE, "120.00"));
    cr_assert(agrees(TRACE_SUMMARY, "房租"));
}

Test(records_fingerprint, what_no_token_finds_is_only_compared)
{
    cr_assert_eq(subject_compared(SUBJECT_CLIENT), TRACE_BIT(TRACE_PERIOD));
    cr_assert_eq(subject_compared(SUBJECT_VOUCHER), TRACE_BIT(TRACE_AMOUNT));
    cr_assert_eq(subject_compared(SUBJECT_INVOICE), TRACE_BIT(TRACE_TAX_DUE));
    cr_assert_eq(subject_compared(SUBJECT_TRANSFER), TRACE_BIT(TRACE_BANK_ACCOUNT) | TRACE_BIT(TRACE_BALANCE));
}

Test(records_fingerprint, tokens_are_told_apart_by_subject_field_kind_and_key)
{
    struct trace_term term = {TRACE_TERM_EXACT, TRACE_PHONE, bytes_of_text("13812345678")};
    struct token first, second;
    fingerprint_token(key, SUBJECT_CLIENT, &term, &first);
    fingerprint_token(key, SUBJECT_CLIENT, &term, &second);
    cr_assert_eq(memcmp(&first, &second, sizeof first), 0);
    fingerprint_token(key, SUBJECT_EMPLOYEE, &term, &second);
    cr_assert_neq(memcmp(&first, &second, sizeof first), 0);
    fingerprint_token(other, SUBJECT_CLIENT, &term, &second);
    cr_assert_neq(memcmp(&first, &second, sizeof first), 0);
    term.kind = TRACE_TERM_TAIL;
    fingerprint_token(key, SUBJECT_CLIENT, &term, &second);
    cr_assert_neq(memcmp(&first, &second, sizeof first), 0);
    term.kind = TRACE_TERM_EXACT;
    term.field = TRACE_BANK_ACCOUNT;
    fingerprint_token(key, SUBJECT_CLIENT, &term, &second);
    cr_assert_neq(memcmp(&first, &second, sizeof first), 0);
}
