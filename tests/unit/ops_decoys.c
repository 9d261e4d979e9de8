/* Companies made up after a firm's own; padded entries; who may contain and release whom.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/decoys_private.h"
#include "vault/access/replay.h"
#include "vault/base/text.h"
#include "vault/crypto/secret.h"
#include "vault/formats/check_digit.h"
#include "vault/base/decimal.h"
#include "vault/ops/decoys/decoy_books_private.h"

/* --- Check characters --- */

Test(check_digit, completes_codes_of_real_form)
{
    /* The body of a code with a known organisation code: GB 11714's own example is D2143569X. */
    char code[] = "91110105D2143569??";
    cr_assert(uscc_complete(code));
    cr_assert_eq(code[16], 'X');
    cr_assert(check_uscc(bytes_of_text(code)));
    char other[] = "9111010520000000??";
    cr_assert(uscc_complete(other));
    cr_assert(check_uscc(bytes_of_text(other)));
    other[12] = other[12] == '1' ? '2' : '1';
    cr_assert_not(check_uscc(bytes_of_text(other)));
}

Test(check_digit, leaves_alone_what_no_code_begins_with)
{
    char letter_left_out[] = "91110105I2143569??";
    char division[] = "9111A105D2143569??";
    cr_assert_not(uscc_complete(letter_left_out));
    cr_assert_str_eq(letter_left_out, "91110105I2143569??");
    cr_assert_not(uscc_complete(division));
}

Test(check_digit, completes_numbers_by_luhn)
{
    char known[] = "7992739871?"; /* ISO/IEC 7812-1's usual example ends in 3 */
    luhn_complete(known, 11);
    cr_assert_str_eq(known, "79927398713");
    char card[] = "621234567890123456?";
    luhn_complete(card, 19);
    cr_assert(check_luhn(bytes_of_text(card)));
}

/* --- Companies --- */

static const char *const words[] = {
    "青禾", "云岭", "海棠", "松涛", "明月", "长风", "星河", "白鹭", "春晓", "金石"};
static const char *const trades[] = {"食品", "商贸", "科技"};

static struct company_samples *firm(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    struct company_samples *samples = company_samples_new();
    cr_assert_not_null(samples);
    for (size_t i = 0; i < 60; i++) {
        char number[16];
        char name[96];
        char tax_id[] = "91320505MA00000000";
        (void)snprintf(number, sizeof number, "K%04zu", i * 2 + 1);
        /* Three in four in Suzhou, as many of each trade, all of one form. */
        (void)snprintf(name, sizeof name, "%s%s%s%s", i % 4 == 0 ? "" : "苏州", words[i % 10], trades[i % 3],
            i % 2 == 0 ? "有限公司" : "有限责任公司");
        tax_id[7] = i % 2 == 0 ? '5' : '6';
        cr_assert(uscc_complete(tax_id));
        cr_assert_eq(company_sample(samples, number, name, tax_id, "服务中"), VAULT_OK);
    }
    return samples;
}

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

Test(company, looks_like_the_firms_own_and_is_none_of_them)
{
    struct company_samples *samples = firm();
    json_t *seen = json_object();
    size_t in_town = 0;
    size_t of_trade[3] = {0};
    for (size_t i = 0; i < 300; i++) {
        struct company company;
        cr_assert_eq(company_make(samples, &company), VAULT_OK);
        cr_assert(utf8_valid(bytes_of_text(company.name)));
        cr_assert_null(json_object_get(seen, company.name), "%s comes twice", company.name);
        cr_assert_null(json_object_get(seen, company.client_no), "%s comes twice", company.client_no);
        (void)json_object_set_new(seen, company.name, json_true());
        (void)json_object_set_new(seen, company.client_no, json_true());
        cr_assert(check_uscc(bytes_of_text(company.tax_id)), "%s", company.tax_id);
        cr_assert(begins(company.tax_id, "91320505MA") || begins(company.tax_id, "91320506MA"), "%s",
            company.tax_id);
        cr_assert(company.client_no[0] == 'K' && strlen(company.client_no) == 5, "%s", company.client_no);
        /* Odd numbers up to 119 are the firm's. */
        unsigned long number = strtoul(company.client_no + 1, NULL, 10);
        cr_assert(number % 2 == 0 || number > 119, "%lu", number);
        for (size_t w = 0; w < 10; w++)
            cr_assert_null(strstr(company.name, words[w]), "%s has a client's word", company.name);
        cr_assert_str_eq(company.status, "服务中");
        in_town += begins(company.name, "苏州");
        for (size_t t = 0; t < 3; t++)
            of_trade[t] += strstr(company.name, trades[t]) != NULL;
    }
    /* Six standard deviations around three in four, and around a third. */
    cr_assert(in_town > 180 && in_town < 270, "%zu", in_town);
    for (size_t t = 0; t < 3; t++)
        cr_assert(of_trade[t] > 51 && of_trade[t] < 149, "%zu", of_trade[t]);
    json_decref(seen);
    company_samples_free(samples);
}

Test(company, has_what_a_list_of_clients_says_and_no_personal_id)
{
    struct company_samples *samples = firm();
    for (size_t i = 0; i < 50; i++) {
        struct company company;
        cr_assert_eq(company_make(samples, &company), VAULT_OK);
        json_t *fields = company_fields(&company);
        cr_assert_str_eq(json_text(fields, "name"), company.name);
        cr_assert_str_eq(json_text(fields, "tax_id"), company.tax_id);
        cr_assert(check_luhn(bytes_of_text(json_text(fields, "bank_account"))));
        cr_assert_eq(strlen(json_text(fields, "phone")), 11);
        cr_assert_null(json_object_get(json_object_get(fields, "legal_representative"), "id_no"));
        json_decref(fields);
    }
    company_samples_free(samples);
}

Test(company, is_made_of_little_and_of_other_languages)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    struct company_samples *samples = company_samples_new();
    struct company company;
    cr_assert_eq(company_make(samples, &company), VAULT_OK);
    cr_assert_str_neq(company.name, "");
    cr_assert_str_eq(company.tax_id, "");
    company_samples_free(samples);
    samples = company_samples_new();
    static const char *const names[] = {
        "Oakfield Trading Ltd", "Pinewood Services GmbH", "Riverside Foods Ltd", "Hilltop Bakery"};
    for (size_t i = 0; i < 4; i++) {
        char number[8];
        (void)snprintf(number, sizeof number, "%zu", 100 + i);
        cr_assert_eq(company_sample(samples, number, names[i], "PT501964843", NULL), VAULT_OK);
    }
    for (size_t i = 0; i < 5; i++) {
        cr_assert_eq(company_make(samples, &company), VAULT_OK);
        for (size_t n = 0; n < 4; n++)
            cr_assert_str_neq(company.name, names[n]);
        cr_assert(begins(company.tax_id, "PT") && strlen(company.tax_id) == 11, "%s", company.tax_id);
        json_t *fields = company_fields(&company);
        cr_assert_eq(json_object_size(fields), 3);
        json_decref(fields);
    }
    company_samples_free(samples);
}

Test(company, says_when_nothing_new_is_left)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    struct company_samples *samples = company_samples_new();
    struct company company;
    cr_assert_eq(company_sample(samples, "1", "X", NULL, NULL), VAULT_OK);
    cr_assert_eq(company_avoid(samples, NULL, "XX"), VAULT_OK);
    cr_assert_eq(company_make(samples, &company), VAULT_ELIMIT);
    company_samples_free(samples);
}

Test(company, avoids_what_it_is_told_to)
{
    struct company_samples *samples = firm();
    for (int i = 0; i < 120; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "K%04d", i);
        cr_assert_eq(company_avoid(samples, number, NULL), VAULT_OK);
    }
    for (int i = 0; i < 50; i++) {
        struct company company;
        cr_assert_eq(company_make(samples, &company), VAULT_OK);
        cr_assert(strtoul(company.client_no + 1, NULL, 10) > 119, "%s", company.client_no);
    }
    company_samples_free(samples);
}

/* --- Entries of one length --- */

Test(entry, is_as_long_whatever_it_says_and_comes_back)
{
    json_t *nothing = json_pack("{s:b}", "dummy", 1);
    json_t *much = json_pack("{s:s}", "name", "苏州青禾食品有限公司");
    json_t *back = NULL;
    struct buffer a = {0};
    struct buffer b = {0};
    cr_assert_eq(decoy_pack(nothing, 256, &a), VAULT_OK);
    cr_assert_eq(decoy_pack(much, 256, &b), VAULT_OK);
    cr_assert_eq(a.size, 256);
    cr_assert_eq(b.size, 256);
    cr_assert_eq(decoy_unpack(buffer_bytes(&b), &back), VAULT_OK);
    cr_assert(json_equal(back, much));
    json_decref(back);
    buffer_reset(&b);
    cr_assert_eq(decoy_pack(much, 20, &b), VAULT_ELIMIT);
    cr_assert_eq(b.size, 0);
    cr_assert_eq(decoy_unpack(bytes_of("\0\0\1\0{", 5), &back), VAULT_EDAMAGED);
    cr_assert_null(back);
    json_decref(nothing);
    json_decref(much);
    buffer_free(&a);
    buffer_free(&b);
}

/* --- Containing: whatever a policy says --- */

#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static struct replay *replay;
static struct failure failure;
static uint64_t next;

static int feed(const char *actor, const char *event, const char *change)
{
    json_t *leaf = json_pack("{s:s,s:{s:s,s:s},s:{s:s}}", "event", event, "actor", "id", actor, "type",
        strcmp(actor, "vault") == 0 ? "system" : "user", "decision", "effect", "permit");
    json_t *what = NULL;
    cr_assert_eq(json_read(bytes_of_text(change), &what, NULL), VAULT_OK, "%s", change);
    (void)json_object_set_new(leaf, "change", what);
    failure_clear(&failure);
    int result = replay_feed(replay, next++, leaf, &failure);
    json_decref(leaf);
    return result;
}

static void add_role(const char *role)
{
    char change[200];
    (void)snprintf(change, sizeof change,
        "{\"role\":\"%s\",\"base\":\"%s\",\"keepers\":\"admins\",\"epoch\":1,\"public\":\"" KEY "\"}", role,
        role);
    cr_assert_eq(feed("vault", "role.add", change), VAULT_OK, "%s", failure.text);
}

static void add_person(const char *user, const char *role)
{
    char change[200];
    (void)snprintf(change, sizeof change, "{\"user\":\"%s\",\"sign\":\"" KEY "\",\"box\":\"" KEY "\"}", user);
    cr_assert_eq(feed("vault", "user.add", change), VAULT_OK);
    (void)snprintf(change, sizeof change, "{\"role\":\"%s\",\"user\":\"%s\"}", role, user);
    cr_assert_eq(feed("vault", "grant.add", change), VAULT_OK);
}

static void start(void)
{
    next = 0;
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert_eq(replay_new(&replay, &failure), VAULT_OK);
    cr_assert_eq(feed("vault", "vault.birth", "{\"origin\":\"x\",\"events\":12}"), VAULT_OK);
    add_role("admin");
    add_role("accountant");
    add_role("investigator");
    add_person("ann", "admin");
    add_person("amy", "accountant");
    add_person("bob", "accountant");
    add_person("ina", "investigator");
}

static void stop(void)
{
    replay_free(replay);
}

TestSuite(contain, .init = start, .fini = stop);

static bool frozen(const char *user)
{
    struct statement *statement;
    bool row = false;
    cr_assert_eq(store_query(replay_store(replay), QUERY_FREEZE_GET, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, "user");
    bind_text(statement, 2, user);
    cr_assert_eq(statement_step(statement, &row, NULL), VAULT_OK);
    statement_reset(statement);
    return row;
}

#define AMY "{\"user\":\"amy\"}"

Test(contain, is_done_by_oneself_an_admin_or_an_investigator_alone)
{
    cr_assert_eq(feed("bob", "user.contain", AMY), VAULT_EDAMAGED);
    cr_assert_not(frozen("amy"));
    cr_assert_eq(feed("vault", "user.contain", AMY), VAULT_EDAMAGED);
    cr_assert_not(frozen("amy"));
    cr_assert_eq(feed("amy", "user.contain", AMY), VAULT_OK, "%s", failure.text);
    cr_assert(frozen("amy"));
    cr_assert_not(frozen("bob"));
    cr_assert_eq(feed("ina", "user.contain", "{\"user\":\"bob\"}"), VAULT_OK);
    cr_assert(frozen("bob"));
}

Test(contain, is_ended_by_somebody_else_alone)
{
    cr_assert_eq(feed("amy", "user.contain", AMY), VAULT_OK);
    cr_assert_eq(feed("amy", "user.release", AMY), VAULT_EDAMAGED);
    cr_assert_eq(feed("bob", "user.release", AMY), VAULT_EDAMAGED);
    cr_assert(frozen("amy"));
    cr_assert_eq(feed("ina", "user.release", AMY), VAULT_OK, "%s", failure.text);
    cr_assert_not(frozen("amy"));
    cr_assert_eq(feed("ann", "user.contain", "{\"user\":\"ann\"}"), VAULT_OK);
    cr_assert_eq(feed("ann", "user.release", "{\"user\":\"ann\"}"), VAULT_EDAMAGED);
    cr_assert_eq(feed("ina", "user.release", "{\"user\":\"ann\"}"), VAULT_OK);
}

/* --- Books of a made-up company --- */

static int64_t hundredths(const json_t *object, const char *name)
{
    struct decimal decimal;
    const char *text = json_text(object, name);
    if (text == NULL)
        return 0;
    cr_assert_eq(decimal_parse(bytes_of_text(text), &decimal), VAULT_OK, "%s", text);
    cr_assert_eq(decimal.scale, 2, "%s", text);
    return decimal.mantissa;
}

static json_t *drawn(struct books *books, enum record_kind kind, const char *period, size_t i, size_t count)
{
    struct draft draft;
    cr_assert(books_has(kind, period));
    cr_assert_eq(books_draft(books, kind, period, i, count, &draft), VAULT_OK);
    cr_assert_eq(draft.kind, kind);
    cr_assert_str_eq(draft.period, period);
    cr_assert(draft.date[0] == '\0' || (strlen(draft.date) == 10 && strncmp(draft.date, period, 7) == 0));
    json_t *fields = json_incref(draft.fields);
    draft_reset(&draft);
    return fields;
}

Test(books, figures_fit)
{
    struct company_samples *samples = firm();
    json_t *card = json_pack("{s:s,s:s}", "name", "苏州某某商贸有限公司", "tax_id", "91320505MA12345678");
    struct books *books = books_new(card, samples, NULL);
    int64_t balance = 0;
    char id_no[2][24] = {"", ""};
    cr_assert_not_null(books);
    for (size_t i = 0; i < 200; i++) {
        json_t *voucher = drawn(books, KIND_VOUCHER, "2025-02", i, 200);
        json_t *invoice = drawn(books, KIND_INVOICE, "2025-02", i, 200);
        json_t *transfer = drawn(books, KIND_BANK_TRANSACTION, "2025-02", i, 200);
        json_t *payroll = drawn(books, KIND_PAYROLL_ENTRY, "2025-02", i % 2, 2);
        json_t *filing = drawn(books, KIND_TAX_FILING, i % 2 == 0 ? "2024" : "2024-02", i, 200);
        const json_t *lines = json_object_get(voucher, "lines"),
                     *employee = json_object_get(payroll, "employee");
        int64_t sum = 0, debit = 0;
        for (size_t k = 0; k < json_array_size(lines); k++) {
            debit += hundredths(json_array_get(lines, k), "debit");
            sum += hundredths(json_array_get(lines, k), "debit") -
                   hundredths(json_array_get(lines, k), "credit");
        }
        cr_assert(sum == 0 && debit > 0);
        cr_assert_eq(hundredths(invoice, "net") + hundredths(invoice, "tax"), hundredths(invoice, "gross"));
        cr_assert(
            i == 0 || balance + hundredths(transfer, "amount") == hundredths(transfer, "balance_after"));
        balance = hundredths(transfer, "balance_after");
        const json_t *social = json_object_get(payroll, "social");
        int64_t off = hundredths(social, "pension") + hundredths(social, "medical") +
                      hundredths(social, "unemployment") + hundredths(payroll, "housing_fund") +
                      hundredths(payroll, "income_tax");
        cr_assert_eq(hundredths(payroll, "gross") - off, hundredths(payroll, "net"));
        cr_assert_eq(
            hundredths(payroll, "base") + hundredths(payroll, "bonus"), hundredths(payroll, "gross"));
        cr_assert(check_resident_id(bytes_of_text(json_text(employee, "id_no"))), "%s",
            json_text(employee, "id_no"));
        cr_assert_eq(strncmp(json_text(employee, "id_no"), "320598", 6), 0);
        /* The same people month after month. */
        cr_assert(id_no[i % 2][0] == '\0' || strcmp(id_no[i % 2], json_text(employee, "id_no")) == 0);
        text_copy(id_no[i % 2], sizeof id_no[0], json_text(employee, "id_no"));
        cr_assert_str_eq(json_text(filing, "period_to"), i % 2 == 0 ? "2024-12-31" : "2024-02-29");
        json_decref(voucher);
        json_decref(invoice);
        json_decref(transfer);
        json_decref(payroll);
        json_decref(filing);
    }
    cr_assert_not(books_has(KIND_CONTACT, "2025-01"));
    cr_assert_not(books_has(KIND_VOUCHER, ""));
    books_free(books);
    json_decref(card);
    company_samples_free(samples);
}
