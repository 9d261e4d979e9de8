/* Records of a decoy against those of the clients that it is to be like: no test of sizes, rounding, leading digits or days
 * tells them apart, and nothing of a single client is in them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/decimal.h"
#include "vault/crypto/secret.h"
#include "vault/ops/decoys/decoy_books_private.h"

#define CLIENTS 6
#define RECORDS 60  /* of a client and kind, that are learnt from */
#define DRAWN 1200

static double uniform(void)
{
    return ((double)company_chance(1000000) + 0.5) / 1000000;
}

/* Boxes of a firm that sells little things, at round prices a third of the time, and books at the month's end. */
static int64_t firm_amount(void)
{
    double amount = exp(6.1 + 1.1 * sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()));
    int64_t hundredths = (int64_t)(amount * 100) + 1;
    return company_chance(100) < 35 ? (hundredths / 5000 + 1) * 5000 : hundredths;
}

static unsigned firm_day(void)
{
    return company_chance(100) < 70 ? 25 + (unsigned)company_chance(7) : 1 + (unsigned)company_chance(24);
}

static void amount_text(int64_t hundredths, char text[DECIMAL_TEXT_SIZE])
{
    decimal_format((struct decimal){hundredths, 2}, text);
}

static json_t *firm_voucher(size_t client, int64_t amount)
{
    static const char *const common[] = {"支付水电费", "支付快递费", "收门店款"};
    char text[DECIMAL_TEXT_SIZE], own[64];
    amount_text(amount, text);
    (void)snprintf(own, sizeof own, "机密客户%zu的货款", client);
    const char *summary = company_chance(4) == 0 ? own : common[company_chance(3)];
    return json_pack("{s:[{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s}]}", "lines", "summary", summary, "account_code",
        "560203", "account_name", "管理费用", "debit", text, "summary", summary, "account_code", "1001",
        "account_name", "库存现金", "credit", text);
}

struct figures {
    double amounts[DRAWN];
    unsigned days[DRAWN];
    size_t count;
};

static void note(struct figures *figures, int64_t amount, unsigned day)
{
    cr_assert_lt(figures->count, DRAWN);
    figures->amounts[figures->count] = (double)amount;
    figures->days[figures->count++] = day;
}

static struct habits *learnt(void)
{
    struct habits *habits = habits_new();
    cr_assert_eq(crypto_start(), VAULT_OK);
    for (size_t i = 0; i < CLIENTS * RECORDS; i++) {
        char date[11], text[DECIMAL_TEXT_SIZE];
        int64_t amount = firm_amount();
        (void)snprintf(date, sizeof date, "2025-01-%02u", firm_day() % 32);
        amount_text(company_chance(3) == 0 ? amount : -amount, text);
        json_t *voucher = firm_voucher(i % CLIENTS, amount);
        json_t *transfer = json_pack("{s:s,s:s}", "amount", text, "summary", "POS");
        cr_assert_eq(habits_learn(habits, i % CLIENTS, KIND_VOUCHER, date, voucher), VAULT_OK);
        cr_assert_eq(habits_learn(habits, i % CLIENTS, KIND_BANK_TRANSACTION, date, transfer), VAULT_OK);
        json_decref(voucher);
        json_decref(transfer);
    }
    return habits;
}

static int64_t hundredths(const json_t *object, const char *name)
{
    struct decimal decimal;
    cr_assert_eq(decimal_parse(bytes_of_text(json_text(object, name)), &decimal), VAULT_OK);
    cr_assert_eq(decimal.scale, 2);
    return decimal.mantissa;
}

/* What a decoy has of the kind, by these habits or none. */
static void draw(const struct habits *habits, enum record_kind kind, struct figures *figures, json_t *words)
{
    json_t *card = json_pack("{s:s,s:s}", "name", "苏州某某商贸有限公司", "tax_id", "91320505MA12345678");
    struct company_samples *samples = company_samples_new();
    /* Of many companies: without habits each has a size of its own. */
    for (size_t i = 0; i < DRAWN; i++) {
        struct draft draft;
        struct books *books = books_new(card, samples, habits);
        cr_assert_eq(books_draft(books, kind, "2025-01", 0, 1, &draft), VAULT_OK);
        const json_t *line = json_array_get(json_object_get(draft.fields, "lines"), 0);
        int64_t amount = kind == KIND_VOUCHER ? hundredths(line, "debit") : llabs(hundredths(draft.fields, "amount"));
        note(figures, amount, (unsigned)strtoul(draft.date + 8, NULL, 10));
        const char *summary = json_text(kind == KIND_VOUCHER ? line : draft.fields, "summary");
        if (words != NULL)
            cr_assert_eq(json_object_set_new(words, summary, json_true()), 0);
        draft_reset(&draft);
        books_free(books);
    }
    company_samples_free(samples);
    json_decref(card);
}

static void draw_firm(struct figures *figures)
{
    for (size_t i = 0; i < DRAWN; i++)
        note(figures, firm_amount(), firm_day());
}

/* --- Measures: each as a number of standard deviations, or against its critical value --- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov's distance. */
static double distance(const struct figures *a, const struct figures *b)
{
    double x[DRAWN], y[DRAWN], most = 0;
    memcpy(x, a->amounts, sizeof x);
    memcpy(y, b->amounts, sizeof y);
    qsort(x, DRAWN, sizeof *x, compare);
    qsort(y, DRAWN, sizeof *y, compare);
    for (size_t i = 0, k = 0; i < DRAWN; i++) {
        while (k < DRAWN && y[k] <= x[i])
            k++;
        if (i + 1 == DRAWN || x[i + 1] > x[i])
            most = fmax(most, fabs((double)(i + 1) - (double)k) / DRAWN);
    }
    return most;
}

static double share(const struct figures *figures, bool (*is)(double amount, unsigned day))
{
    size_t count = 0;
    for (size_t i = 0; i < DRAWN; i++)
        count += is(figures->amounts[i], figures->days[i]);
    return (double)count / DRAWN;
}

static bool is_round(double amount, unsigned day)
{
    (void)day;
    return fmod(amount, 5000) == 0;
}

static bool begins_with_one(double amount, unsigned day)
{
    (void)day;
    return floor(amount / pow(10, floor(log10(amount)))) == 1;
}

static bool is_late(double amount, unsigned day)
{
    (void)amount;
    return day >= 25;
}

/* Two shares of DRAWN each, as standard deviations apart. */
static double apart(const struct figures *a, const struct figures *b, bool (*is)(double amount, unsigned day))
{
    double x = share(a, is), y = share(b, is), mean = (x + y) / 2;
    return mean == 0 || mean == 1 ? 0 : fabs(x - y) / sqrt(2 * mean * (1 - mean) / DRAWN);
}

/* Once in a million by chance: 2.7 · sqrt(2 / DRAWN); the firm's own sample of 360 adds its own chance. */
#define CRITICAL_DISTANCE 0.17
#define CRITICAL_APART 8.0

static void compare_all(enum record_kind kind)
{
    struct habits *habits = learnt();
    struct figures *of = calloc(3, sizeof *of);
    draw_firm(&of[0]);
    draw(habits, kind, &of[1], NULL);
    draw(NULL, kind, &of[2], NULL);
    cr_log_info("distance %.3f (usual %.3f), round %.1f (%.1f), first digit %.1f (%.1f), late %.1f (%.1f)",
        distance(&of[0], &of[1]), distance(&of[0], &of[2]), apart(&of[0], &of[1], is_round), apart(&of[0], &of[2], is_round),
        apart(&of[0], &of[1], begins_with_one), apart(&of[0], &of[2], begins_with_one), apart(&of[0], &of[1], is_late),
        apart(&of[0], &of[2], is_late));
    cr_expect_lt(distance(&of[0], &of[1]), CRITICAL_DISTANCE);
    cr_expect_lt(apart(&of[0], &of[1], is_round), CRITICAL_APART);
    cr_expect_lt(apart(&of[0], &of[1], begins_with_one), CRITICAL_APART);
    cr_expect_lt(apart(&of[0], &of[1], is_late), CRITICAL_APART);
    /* Without habits the same measures tell. */
    cr_expect_gt(distance(&of[0], &of[2]), CRITICAL_DISTANCE);
    cr_expect_gt(apart(&of[0], &of[2], is_late), CRITICAL_APART);
    free(of);
    habits_free(habits);
}

Test(decoy_habits, vouchers_are_as_the_firms_own)
{
    compare_all(KIND_VOUCHER);
}

Test(decoy_habits, bank_lines_are_as_the_firms_own)
{
    compare_all(KIND_BANK_TRANSACTION);
}

/* --- What a single client has is in no decoy --- */

Test(decoy_habits, words_of_one_client_are_not_given_out)
{
    struct habits *habits = learnt();
    struct figures *figures = calloc(1, sizeof *figures);
    json_t *words = json_object();
    draw(habits, KIND_VOUCHER, figures, words);
    const char *summary;
    json_t *value;
    json_object_foreach(words, summary, value)
    {
        cr_expect_null(strstr(summary, "机密"), "%s", summary);
    }
    cr_expect_not_null(json_object_get(words, "支付水电费"));
    cr_expect_leq(json_object_size(words), 3, "only what several clients have");
    json_decref(words);
    free(figures);
    habits_free(habits);
}

Test(decoy_habits, two_clients_are_too_few_and_masked_amounts_teach_nothing)
{
    struct habits *habits = habits_new();
    struct habit habit;
    cr_assert_eq(crypto_start(), VAULT_OK);
    json_t *voucher = json_pack("{s:[{s:s,s:s},{s:s,s:s}]}", "lines", "summary", "甲", "debit", "12.34", "summary", "甲",
        "credit", "12.34");
    json_t *masked = json_pack("{s:s}", "base", "***");
    cr_assert_not(habits_draw(habits, KIND_VOUCHER, &habit));
    cr_assert_not(habits_draw(NULL, KIND_VOUCHER, &habit));
    for (size_t client = 0; client < 4; client++) {
        cr_assert_eq(habits_learn(habits, client, KIND_VOUCHER, "", voucher), VAULT_OK);
        cr_assert_eq(habits_learn(habits, client, KIND_PAYROLL_ENTRY, "", masked), VAULT_OK);
        cr_assert_eq(habits_learn(habits, client, KIND_CONTACT, "", voucher), VAULT_OK);
        cr_assert(habits_draw(habits, KIND_VOUCHER, &habit));
        cr_expect_eq(habit.shape != NULL, client >= 2, "%zu", client);
        cr_expect(habit.amount > 400 && habit.amount < 3500, "%lld", (long long)habit.amount);
    }
    cr_expect_not(habits_draw(habits, KIND_PAYROLL_ENTRY, &habit));
    cr_expect_eq(habits_learn(habits, HABIT_CLIENTS_MAX, KIND_VOUCHER, "", voucher), VAULT_OK);
    json_decref(voucher);
    json_decref(masked);
    habits_free(habits);
}

/* Lines in other amounts balance still, and what never did is no shape. */
Test(decoy_habits, vouchers_of_several_lines_balance)
{
    struct habits *habits = habits_new();
    cr_assert_eq(crypto_start(), VAULT_OK);
    json_t *fits = json_pack("{s:[{s:s,s:s},{s:s,s:s},{s:s,s:s}]}", "lines", "account_code", "1122", "debit", "1060.07",
        "account_code", "5001", "credit", "1000.00", "account_code", "222101", "credit", "60.07");
    json_t *bad = json_pack("{s:[{s:s,s:s},{s:s,s:s}]}", "lines", "account_code", "9999", "debit", "10.00", "account_code",
        "9999", "credit", "11.00");
    for (size_t client = 0; client < 5; client++) {
        cr_assert_eq(habits_learn(habits, client, KIND_VOUCHER, "2025-01-31", fits), VAULT_OK);
        cr_assert_eq(habits_learn(habits, client, KIND_VOUCHER, "2025-01-31", bad), VAULT_OK);
    }
    json_t *card = json_pack("{s:s}", "name", "某某");
    struct company_samples *samples = company_samples_new();
    struct books *books = books_new(card, samples, habits);
    for (size_t i = 0; i < 300; i++) {
        struct draft draft;
        cr_assert_eq(books_draft(books, KIND_VOUCHER, "2025-02", i, 300, &draft), VAULT_OK);
        const json_t *lines = json_object_get(draft.fields, "lines");
        int64_t sum = 0;
        cr_assert_eq(json_array_size(lines), 3);
        for (size_t k = 0; k < 3; k++) {
            const json_t *line = json_array_get(lines, k);
            int64_t amount = hundredths(line, k == 0 ? "debit" : "credit");
            cr_assert_gt(amount, 0);
            cr_assert_str_neq(json_text(line, "account_code"), "9999");
            cr_assert_null(json_object_get(line, "side"));
            sum += k == 0 ? amount : -amount;
        }
        cr_assert_eq(sum, 0);
        cr_assert_str_eq(draft.date, "2025-02-28", "as the month's end");
        draft_reset(&draft);
    }
    books_free(books);
    company_samples_free(samples);
    json_decref(card);
    json_decref(fits);
    json_decref(bad);
    habits_free(habits);
}
