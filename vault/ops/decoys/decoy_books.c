#include "vault/ops/decoys/decoy_books_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/decimal.h"
#include "vault/base/text.h"
#include "vault/crypto/secret.h"
#include "vault/formats/check_digit.h"

#define OTHERS 8
#define EMPLOYEES_MAX 60
#define LINES_MAX 3
#define MONTH_MAX 600 /* records of a kind and month that are dated in order */

struct employee {
    char name[COMPANY_PERSON_SIZE];
    char id_no[19];
    char mobile[12];
    char card[20];
    int64_t base; /* hundredths */
};

struct books {
    char name[COMPANY_TEXT_MAX];
    char tax_id[32];
    char account[20];
    bool small;       /* keeps the small enterprises' standard */
    bool small_payer; /* of value added tax */
    struct company others[OTHERS];
    char other_accounts[OTHERS][20];
    size_t other_count;
    struct employee employees[EMPLOYEES_MAX];
    size_t employee_count;
    double size; /* of a usual amount */
    int64_t balance;
    uint64_t numbers;            /* of documents, running on */
    const struct habits *habits; /* NULL: none are known */
    uint8_t days[MONTH_MAX];     /* of the records of the kind and month that are being made, in order */
};

/* --- Numbers --- */

/* Where nothing is known: a third are round, as what people agree on is. */
static int64_t usual_amount(const struct books *books)
{
    double spread = exp(((double)company_chance(1000) / 1000 - 0.5) * 3.2);
    int64_t amount = (int64_t)(books->size * spread * 100) + 100;
    return company_chance(3) == 0 ? (amount / 10000 + 1) * 10000 : amount;
}

/* Like the firm's own, or the usual. */
static struct habit habit_of(const struct books *books, enum record_kind kind)
{
    struct habit habit;
    if (!habits_draw(books->habits, kind, &habit))
        habit.amount = usual_amount(books);
    return habit;
}

static void amount_text(int64_t hundredths, char text[DECIMAL_TEXT_SIZE])
{
    decimal_format((struct decimal){hundredths, 2}, text);
}

static bool put_amount(json_t *object, const char *name, int64_t hundredths)
{
    char text[DECIMAL_TEXT_SIZE];
    amount_text(hundredths, text);
    return json_object_set_new(object, name, json_string(text)) == 0;
}

static int64_t share(int64_t amount, int64_t per_mille)
{
    return (amount * per_mille + 500) / 1000;
}

/* --- Who there is --- */

static void hire(struct books *books, size_t count)
{
    while (books->employee_count < count && books->employee_count < EMPLOYEES_MAX) {
        struct employee *employee = &books->employees[books->employee_count++];
        company_person(employee->name);
        company_person_id(books->tax_id, employee->id_no);
        company_mobile(employee->mobile);
        company_card(employee->card);
        struct habit habit;
        bool known = habits_draw(books->habits, KIND_PAYROLL_ENTRY, &habit);
        employee->base = known ? habit.amount : (int64_t)(3800 + 100 * company_chance(90)) * 100;
    }
}

static void meet_others(struct books *books, struct company_samples *samples)
{
    while (
        books->other_count < OTHERS && company_make(samples, &books->others[books->other_count]) == VAULT_OK)
        company_card(books->other_accounts[books->other_count++]);
    /* Of a firm whose names give nothing new. */
    for (; books->other_count == 0; books->other_count++)
        (void)snprintf(books->others[0].name, sizeof books->others[0].name, "%s", "零星客户");
}

static void copy(const json_t *fields, const char *name, char *to, size_t size)
{
    const char *text = json_text(fields, name);
    (void)snprintf(to, size, "%s", text == NULL ? "" : text);
}

struct books *books_new(const json_t *fields, struct company_samples *samples, const struct habits *habits)
{
    struct books *books = calloc(1, sizeof *books);
    if (books == NULL)
        return NULL;
    const char *standard = json_text(fields, "accounting_standard"),
               *payer = json_text(fields, "taxpayer_type");
    copy(fields, "name", books->name, sizeof books->name);
    copy(fields, "tax_id", books->tax_id, sizeof books->tax_id);
    copy(fields, "bank_account", books->account, sizeof books->account);
    if (books->account[0] == '\0')
        company_card(books->account);
    books->small = standard == NULL || strstr(standard, "小企业") != NULL;
    books->small_payer = payer == NULL || strstr(payer, "小规模") != NULL;
    books->size = exp(7.2 + (double)company_chance(1000) / 1000 * 2.4);
    books->balance = (int64_t)(books->size * 100 * (double)(20 + company_chance(60)));
    books->numbers = 10000000 + company_chance(80000000);
    books->habits = habits;
    meet_others(books, samples);
    return books;
}

void books_free(struct books *books)
{
    if (books == NULL)
        return;
    wipe(books, sizeof *books);
    free(books);
}

/* --- Records --- */

static unsigned last_day(const char *period)
{
    long year = strtol(period, NULL, 10), month = strlen(period) == 4 ? 12 : strtol(period + 5, NULL, 10);
    if (month == 2)
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static int compare_days(const void *a, const void *b)
{
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

/* The days of a month's records of one kind, before the first of them. */
static void draw_days(struct books *books, enum record_kind kind, const char *period, size_t count)
{
    unsigned last = last_day(period);
    count = count > MONTH_MAX ? MONTH_MAX : count;
    for (size_t i = 0; i < count; i++) {
        unsigned day = habits_day(books->habits, kind);
        if (day == 0)
            day = 1 + (unsigned)company_chance(28);
        books->days[i] = (uint8_t)(day > last ? last : day);
    }
    qsort(books->days, count, 1, compare_days);
}

struct voucher_line {
    const char *small, *large, *name; /* codes of the two standards */
    int64_t debit, credit;
};

static bool add_line(
    json_t *lines, const struct books *books, const char *summary, const struct voucher_line *line)
{
    char number[8];
    (void)snprintf(number, sizeof number, "%zu", json_array_size(lines) + 1);
    json_t *made = json_pack("{s:s,s:s,s:s,s:s}", "line_no", number, "summary", summary, "account_code",
        books->small ? line->small : line->large, "account_name", line->name);
    bool fine = made != NULL && (line->debit == 0 || put_amount(made, "debit", line->debit)) &&
                (line->credit == 0 || put_amount(made, "credit", line->credit));
    return json_array_append_new(lines, made) == 0 && fine;
}

/* As clients of the firm book it; NULL where the parts do not balance in another amount. */
static json_t *lines_like(const struct habit *habit)
{
    size_t count = json_array_size(habit->shape);
    int64_t left = 0; /* credits less debits, before the last */
    json_t *lines = json_array();
    bool fine = lines != NULL;
    for (size_t i = 0; i < count && i < HABIT_LINES && fine; i++) {
        json_t *line = json_deep_copy(json_array_get(habit->shape, i));
        const char *side = json_text(line, "side");
        char number[8], name[8];
        bool debits = side != NULL && strcmp(side, "debit") == 0;
        int64_t amount = i + 1 < count ? habit->lines[i] : debits ? left : -left;
        left += debits ? -amount : amount;
        text_copy(name, sizeof name, debits ? "debit" : "credit");
        (void)snprintf(number, sizeof number, "%zu", i + 1);
        fine = line != NULL && amount > 0 && json_object_del(line, "side") == 0 &&
               put_amount(line, name, amount) &&
               json_object_set_new(line, "line_no", json_string(number)) == 0;
        fine = json_array_append_new(lines, line) == 0 && fine;
    }
    if (fine && left == 0)
        return lines;
    json_decref(lines);
    return NULL;
}

/* What happens in a month: sold, paid for, bought, wages. */
static json_t *usual_lines(const struct books *books, int64_t net)
{
    const char *other = books->others[company_chance(books->other_count)].name;
    int64_t tax = share(net, books->small_payer ? 10 : 60);
    const struct {
        const char *summary;
        bool names;
        struct voucher_line lines[LINES_MAX];
    } kinds[] = {
        {"销售收入 ", true,
            {{"1122", "1122", "应收账款", net + tax, 0}, {"5001", "6001", "主营业务收入", 0, net},
                {"222101", "222101", "应交税费—应交增值税", 0, tax}}},
        {"收到货款 ", true, {{"1002", "1002", "银行存款", net, 0}, {"1122", "1122", "应收账款", 0, net}}},
        {"支付货款 ", true, {{"2202", "2202", "应付账款", net, 0}, {"1002", "1002", "银行存款", 0, net}}},
        {"支付办公费用", false,
            {{"560201", "660201", "管理费用—办公费", net / 9 + 1, 0},
                {"1002", "1002", "银行存款", 0, net / 9 + 1}}},
        {"支付房租", false,
            {{"560204", "660204", "管理费用—租赁费", net / 3 + 1, 0},
                {"1002", "1002", "银行存款", 0, net / 3 + 1}}},
        {"计提工资", false,
            {{"560202", "660202", "管理费用—职工薪酬", net, 0}, {"2211", "2211", "应付职工薪酬", 0, net}}},
        {"发放工资", false, {{"2211", "2211", "应付职工薪酬", net, 0}, {"1002", "1002", "银行存款", 0, net}}},
    };
    size_t kind = company_chance(sizeof kinds / sizeof kinds[0]);
    char summary[COMPANY_TEXT_MAX + 32];
    json_t *lines = json_array();
    bool fine = lines != NULL;
    (void)snprintf(summary, sizeof summary, "%s%s", kinds[kind].summary, kinds[kind].names ? other : "");
    for (size_t i = 0; i < LINES_MAX && kinds[kind].lines[i].name != NULL && fine; i++)
        fine = add_line(lines, books, summary, &kinds[kind].lines[i]);
    if (fine)
        return lines;
    json_decref(lines);
    return NULL;
}

static json_t *voucher(const struct books *books, const struct draft *draft, size_t i)
{
    char number[8];
    struct habit habit = habit_of(books, KIND_VOUCHER);
    json_t *lines = habit.shape == NULL ? NULL : lines_like(&habit);
    if (lines == NULL)
        lines = usual_lines(books, habit.amount);
    (void)snprintf(number, sizeof number, "%zu", i + 1);
    return lines == NULL ? NULL
                         : json_pack("{s:s,s:s,s:s,s:s,s:o}", "type", "记", "no", number, "date", draft->date,
                               "attachments", "1", "lines", lines);
}

/* Whole percents; @p usual for anything else. */
static int64_t rate_of(const char *text, int64_t usual)
{
    char *end = NULL;
    long rate = text == NULL ? -1 : strtol(text, &end, 10);
    return rate >= 0 && rate <= 20 && end != text && strcmp(end, "%") == 0 ? rate : usual;
}

static json_t *invoice(struct books *books, const struct draft *draft)
{
    static const char *const items[] = {
        "*商务服务*服务费", "*咨询服务*咨询费", "*货物*商品一批", "*运输服务*运费"};
    const struct company *other = &books->others[company_chance(books->other_count)];
    struct habit habit = habit_of(books, KIND_INVOICE);
    bool out = habit.day == 0 ? company_chance(10) < 7 : !habit.in;
    const char *rate_text = json_text(habit.shape, "tax_rate"), *item = json_text(habit.shape, "item"),
               *type = json_text(habit.shape, "type");
    int64_t net = habit.amount, rate = rate_of(rate_text, books->small_payer ? 1 : 6),
            tax = share(net, rate * 10);
    char number[24], percent[8], amounts[3][DECIMAL_TEXT_SIZE];
    (void)snprintf(number, sizeof number, "%.2s%.4s00000%09llu", draft->period + 2,
        strlen(books->tax_id) == USCC_SIZE ? books->tax_id + 2 : "3205",
        (unsigned long long)++books->numbers);
    (void)snprintf(
        percent, sizeof percent, "%s", rate_text == NULL ? books->small_payer ? "1%" : "6%" : rate_text);
    amount_text(net, amounts[0]);
    amount_text(tax, amounts[1]);
    amount_text(net + tax, amounts[2]);
    json_t *line =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "item", item == NULL ? items[company_chance(4)] : item,
            "quantity", "1", "price", amounts[0], "net", amounts[0], "tax_rate", percent, "tax", amounts[1]);
    json_t *own = json_pack("{s:s,s:s}", "name", books->name, "tax_id", books->tax_id);
    json_t *their = json_pack("{s:s,s:s}", "name", other->name, "tax_id", other->tax_id);
    return json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:[o],s:s,s:s,s:s,s:s}", "direction", out ? "out" : "in",
        "type", type == NULL ? "数电发票（普通发票）" : type, "no", number, "issue_date", draft->date,
        "seller", out ? own : their, "buyer", out ? their : own, "lines", line, "net", amounts[0], "tax",
        amounts[1], "gross", amounts[2], "status", "normal");
}

static json_t *transfer(struct books *books, const struct draft *draft)
{
    size_t other = company_chance(books->other_count);
    struct habit habit = habit_of(books, KIND_BANK_TRANSACTION);
    int64_t amount = habit.amount;
    bool in = (habit.day == 0 ? company_chance(2) == 0 : habit.in) || books->balance < amount;
    /* Words of what goes out are none for what comes in. */
    const char *summary = in == habit.in ? json_text(habit.shape, "summary") : NULL;
    char reference[24], amounts[2][DECIMAL_TEXT_SIZE];
    books->balance += in ? amount : -amount;
    (void)snprintf(reference, sizeof reference, "%.4s%.2s%.2s%012llu", draft->date, draft->date + 5,
        draft->date + 8, (unsigned long long)(books->numbers += 1 + company_chance(900)));
    amount_text(in ? amount : -amount, amounts[0]);
    amount_text(books->balance, amounts[1]);
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:{s:s,s:s},s:s}", "account_no", books->account, "bank_ref",
        reference, "booking_date", draft->date, "amount", amounts[0], "currency", "CNY", "balance_after",
        amounts[1], "counterparty", "name", books->others[other].name, "account",
        books->other_accounts[other], "summary",
        summary != NULL ? summary
        : in            ? "收货款"
                        : "付货款");
}

/* 3 % of what is above the allowance, 10 % and 20 % further on: the monthly steps of the income tax. */
static int64_t income_tax(int64_t taxable)
{
    if (taxable <= 0)
        return 0;
    return taxable <= 300000    ? share(taxable, 30)
           : taxable <= 1200000 ? share(taxable, 100) - 21000
                                : share(taxable, 200) - 141000;
}

static json_t *payroll(struct books *books, const struct draft *draft, size_t i)
{
    hire(books, i + 1);
    const struct employee *employee = &books->employees[i % books->employee_count];
    int64_t bonus = (int64_t)company_chance(20) * 10000, gross = employee->base + bonus;
    int64_t pension = share(employee->base, 80), medical = share(employee->base, 20),
            lost = share(employee->base, 5);
    int64_t housing = share(employee->base, 50);
    int64_t tax = income_tax(gross - 500000 - pension - medical - lost - housing);
    char number[8];
    (void)snprintf(number, sizeof number, "%04zu", i + 1);
    json_t *social = json_object();
    json_t *fields = json_pack("{s:s,s:{s:s,s:s,s:s,s:s,s:s},s:o}", "period", draft->period, "employee", "no",
        number, "name", employee->name, "id_no", employee->id_no, "mobile", employee->mobile, "bank_card",
        employee->card, "social", social);
    bool fine = fields != NULL && put_amount(social, "pension", pension) &&
                put_amount(social, "medical", medical) && put_amount(social, "unemployment", lost) &&
                put_amount(fields, "base", employee->base) && put_amount(fields, "bonus", bonus) &&
                put_amount(fields, "gross", gross) && put_amount(fields, "housing_fund", housing) &&
                put_amount(fields, "income_tax", tax) &&
                put_amount(fields, "net", gross - pension - medical - lost - housing - tax);
    if (fine)
        return fields;
    json_decref(fields);
    return NULL;
}

static json_t *tax_filing(struct books *books, const struct draft *draft, size_t i)
{
    static const struct {
        const char *type, *rate;
        int64_t per_mille;
    } taxes[] = {{"增值税", "1%", 10}, {"城市维护建设税", "7%", 70}, {"企业所得税", "5%", 50},
        {"教育费附加", "3%", 30}, {"个人所得税", "3%", 30}, {"印花税", "0.03%", 0}};
    size_t tax = i % (sizeof taxes / sizeof taxes[0]);
    struct habit habit;
    bool known = habits_draw(books->habits, KIND_TAX_FILING, &habit);
    int64_t base = known ? habit.amount : usual_amount(books) * (tax == 0 || tax == 2 ? 8 : 1);
    int64_t due = tax == 5 ? base * 3 / 10000 : share(base, taxes[tax].per_mille);
    bool year = strlen(draft->period) == 4;
    char from[24], to[24], filed[40], number[40], amounts[2][DECIMAL_TEXT_SIZE];
    (void)snprintf(from, sizeof from, "%.7s%s-01", draft->period, year ? "-01" : "");
    (void)snprintf(to, sizeof to, "%.7s%s-%u", draft->period, year ? "-12" : "", last_day(draft->period));
    (void)snprintf(filed, sizeof filed, "%.4s-%02d-%02zu", draft->period,
        year ? 12 : (int)(strtol(draft->period + 5, NULL, 10) % 12 + 1), 5 + company_chance(10));
    (void)snprintf(
        number, sizeof number, "SB%.4s%08llu", draft->period, (unsigned long long)++books->numbers);
    amount_text(base, amounts[0]);
    amount_text(due, amounts[1]);
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "tax_type", taxes[tax].type,
        "period_from", from, "period_to", to, "filed_on", filed, "base", amounts[0], "rate", taxes[tax].rate,
        "due", amounts[1], "relief", "0.00", "paid", amounts[1], "status", "已申报", "form_no", number);
}

bool books_has(enum record_kind kind, const char *period)
{
    size_t size = strlen(period);
    if (kind == KIND_TAX_FILING)
        return size == 4 || size == 7;
    return size == 7 && (kind == KIND_VOUCHER || kind == KIND_INVOICE || kind == KIND_BANK_TRANSACTION ||
                            kind == KIND_PAYROLL_ENTRY);
}

static void date_of(struct books *books, enum record_kind kind, size_t i, size_t count, struct draft *draft)
{
    if (i == 0)
        draw_days(books, kind, draft->period, count);
    (void)snprintf(draft->date, sizeof draft->date, "%.7s-%02u", draft->period,
        books->days[i < MONTH_MAX ? i : MONTH_MAX - 1] % 32u);
}

int books_draft(struct books *books, enum record_kind kind, const char *period, size_t i, size_t count,
    struct draft *draft)
{
    memset(draft, 0, sizeof *draft);
    draft->kind = kind;
    draft->client.name = books->name;
    text_copy(draft->period, sizeof draft->period, period);
    if (kind == KIND_VOUCHER || kind == KIND_INVOICE || kind == KIND_BANK_TRANSACTION)
        date_of(books, kind, i, count, draft);
    draft->fields = kind == KIND_VOUCHER            ? voucher(books, draft, i)
                    : kind == KIND_INVOICE          ? invoice(books, draft)
                    : kind == KIND_BANK_TRANSACTION ? transfer(books, draft)
                    : kind == KIND_PAYROLL_ENTRY    ? payroll(books, draft, i)
                                                    : tax_filing(books, draft, i);
    return draft->fields == NULL ? VAULT_ENOMEM : VAULT_OK;
}
