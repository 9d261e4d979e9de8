#include "vault/ops/decoys/decoy_habits_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/decimal.h"
#include "vault/crypto/secret.h"
#include "vault/ops/decoys/decoy_company_private.h"

#define ROWS 400   /* of a kind: more take the place of others */
#define SHAPES 500 /* of a kind */
#define LARGEST (INT64_C(1) << 50)
#define DRAWS 20
#define MOVED 0.25 /* how far amounts are moved, as a standard deviation of their logarithms */

struct row {
    int64_t amount;
    int64_t lines[HABIT_LINES];
    uint8_t day;
    bool in;
    int shape; /* -1 for none */
};

struct shape {
    json_t *what;
    uint32_t clients; /* a bit for each that has it */
};

struct kind_habits {
    struct row rows[ROWS];
    size_t count, seen;
    struct shape shapes[SHAPES];
    size_t shape_count;
    json_t *index; /* canonical text of a shape -> its number */
};

enum { VOUCHERS, INVOICES, TRANSFERS, FILINGS, PAYROLL, KINDS };
struct habits {
    struct kind_habits kinds[KINDS];
};

static int number_of(enum record_kind kind)
{
    return kind == KIND_VOUCHER            ? VOUCHERS
           : kind == KIND_INVOICE          ? INVOICES
           : kind == KIND_BANK_TRANSACTION ? TRANSFERS
           : kind == KIND_TAX_FILING       ? FILINGS
           : kind == KIND_PAYROLL_ENTRY    ? PAYROLL
                                           : -1;
}

struct habits *habits_new(void)
{
    struct habits *habits = calloc(1, sizeof *habits);
    for (int i = 0; i < KINDS && habits != NULL; i++) {
        if ((habits->kinds[i].index = json_object()) == NULL) {
            habits_free(habits);
            return NULL;
        }
    }
    return habits;
}

void habits_free(struct habits *habits)
{
    if (habits == NULL)
        return;
    for (int i = 0; i < KINDS; i++) {
        for (size_t k = 0; k < habits->kinds[i].shape_count; k++)
            json_decref(habits->kinds[i].shapes[k].what);
        json_decref(habits->kinds[i].index);
    }
    wipe(habits, sizeof *habits);
    free(habits);
}

/* --- Learning --- */

static int64_t read_amount(const json_t *object, const char *name)
{
    struct decimal decimal;
    const char *text = json_text(object, name);
    if (text == NULL || decimal_parse(bytes_of_text(text), &decimal) != VAULT_OK)
        return 0;
    decimal = decimal_reduce(decimal, 2);
    bool fits = decimal.scale <= 2 && decimal.mantissa > -LARGEST && decimal.mantissa < LARGEST;
    for (; fits && decimal.scale < 2; decimal.scale++)
        decimal.mantissa *= 10;
    return fits ? decimal.mantissa : 0;
}

static bool copy_text(json_t *to, const json_t *from, const char *name)
{
    json_t *value = json_object_get(from, name);
    return !json_is_string(value) || json_object_set(to, name, value) == 0;
}

/* One line: on which side, of which account, with what words. */
static json_t *line_shape(const json_t *line, int64_t *amount)
{
    static const char *const kept[] = {"summary", "account_code", "account_name"};
    int64_t debit = read_amount(line, "debit"), credit = read_amount(line, "credit");
    json_t *shape = json_pack("{s:s}", "side", debit != 0 ? "debit" : "credit");
    *amount = debit != 0 ? debit : credit;
    bool fine = shape != NULL && (debit == 0) != (credit == 0) && *amount > 0;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0] && fine; i++)
        fine = copy_text(shape, line, kept[i]);
    if (fine)
        return shape;
    json_decref(shape);
    return NULL;
}

static json_t *voucher_shape(const json_t *fields, struct row *row)
{
    const json_t *lines = json_object_get(fields, "lines");
    size_t count = json_array_size(lines);
    json_t *shape = json_array();
    int64_t debit = 0, credit = 0, all = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t amount = 0;
        json_t *one = line_shape(json_array_get(lines, i), &amount);
        all += read_amount(json_array_get(lines, i), "debit");
        if (one == NULL || i >= HABIT_LINES) {
            json_decref(one);
            json_decref(shape);
            shape = NULL;
            continue;
        }
        bool debits = strcmp(json_text(one, "side"), "debit") == 0;
        debit += debits ? amount : 0;
        credit += debits ? 0 : amount;
        row->lines[i] = amount;
        if (shape == NULL || json_array_append_new(shape, one) != 0) {
            json_decref(shape == NULL ? one : NULL);
            json_decref(shape);
            shape = NULL;
        }
    }
    row->amount = all;
    if (shape != NULL && count >= 2 && debit == credit && debit > 0)
        return shape;
    json_decref(shape);
    return NULL;
}

static json_t *invoice_shape(const json_t *fields, struct row *row)
{
    static const char *const kept[] = {"item", "tax_rate", "unit"};
    const char *direction = json_text(fields, "direction");
    const json_t *line = json_array_get(json_object_get(fields, "lines"), 0);
    json_t *shape = json_object();
    bool fine = shape != NULL && line != NULL;
    row->amount = read_amount(fields, "net");
    row->in = direction != NULL && strcmp(direction, "in") == 0;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0] && fine; i++)
        fine = copy_text(shape, line, kept[i]);
    fine = fine && json_text(shape, "item") != NULL && copy_text(shape, fields, "type");
    if (fine)
        return shape;
    json_decref(shape);
    return NULL;
}

static json_t *transfer_shape(const json_t *fields, struct row *row)
{
    row->amount = read_amount(fields, "amount");
    row->in = row->amount > 0;
    row->amount = row->amount < 0 ? -row->amount : row->amount;
    return json_text(fields, "summary") == NULL
               ? NULL
               : json_pack("{s:s,s:b}", "summary", json_text(fields, "summary"), "in", row->in);
}

static json_t *shape_of(int number, const json_t *fields, struct row *row)
{
    if (number == VOUCHERS)
        return voucher_shape(fields, row);
    if (number == INVOICES)
        return invoice_shape(fields, row);
    if (number == TRANSFERS)
        return transfer_shape(fields, row);
    row->amount = read_amount(fields, "base");
    return NULL;
}

/* Its number; -1 where there is no room for another, which then is in no decoy. Takes over @p what. */
static int take_shape(struct kind_habits *kind, size_t client, json_t *what, int *number)
{
    struct buffer text = {0};
    int result = what == NULL ? VAULT_OK : json_write_canonical(what, &text);
    *number = -1;
    if (what != NULL && result == VAULT_OK) {
        buffer_put_u8(&text, '\0');
        result = buffer_error(&text);
    }
    if (what != NULL && result == VAULT_OK) {
        const char *key = (const char *)text.data;
        const json_t *known = json_object_get(kind->index, key);
        if (known != NULL) {
            *number = (int)json_integer_value(known);
        } else if (kind->shape_count < SHAPES) {
            *number = (int)kind->shape_count;
            kind->shapes[kind->shape_count++] = (struct shape){.what = json_incref(what)};
            if (json_object_set_new(kind->index, key, json_integer(*number)) != 0)
                result = VAULT_ENOMEM;
        }
        if (*number >= 0)
            kind->shapes[*number].clients |= 1u << client;
    }
    buffer_free(&text);
    json_decref(what);
    return result;
}

static unsigned day_of(const char *date)
{
    return strlen(date) == 10 ? (unsigned)strtoul(date + 8, NULL, 10) % 32 : 0;
}

int habits_learn(
    struct habits *habits, size_t client, enum record_kind kind, const char *date, const json_t *fields)
{
    int number = number_of(kind);
    struct row row = {.day = (uint8_t)day_of(date)};
    if (number < 0 || client >= HABIT_CLIENTS_MAX)
        return VAULT_OK;
    struct kind_habits *of = &habits->kinds[number];
    int result = take_shape(of, client, shape_of(number, fields, &row), &row.shape);
    if (result != VAULT_OK || row.amount <= 0)
        return result;
    size_t at = of->count < ROWS ? of->count++ : company_chance(of->seen + 1);
    of->seen++;
    if (at < ROWS)
        of->rows[at] = row;
    return VAULT_OK;
}

/* --- Drawing --- */

/* The sum of three even numbers is near enough to a normal one. */
static double bell(void)
{
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum += (double)company_chance(10001) / 10000 - 0.5;
    return 2 * sum;
}

/* The digits before its zeros end in 5, or not, as those of the sample do: so that round ones are neither more nor fewer. */
static int64_t move_count(int64_t count)
{
    int64_t other = (int64_t)((double)count * exp(MOVED * bell()) + 0.5);
    if (count < 10)
        return other < 1 ? 1 : other;
    if (count % 5 == 0)
        return other / 10 * 10 + 5;
    return other % 5 == 0 ? other + 1 : other;
}

int64_t habits_move(int64_t amount)
{
    int64_t grain = 1;
    while (amount != 0 && amount % (10 * grain) == 0)
        grain *= 10;
    return move_count(amount / grain) * grain;
}

static bool is_shared(const struct kind_habits *of, const struct row *row)
{
    return row->shape >= 0 && __builtin_popcount(of->shapes[row->shape].clients) >= HABIT_CLIENTS;
}

/* The parts of another sum: as they were, to the hundredth. */
static void scale_lines(const struct row *like, struct habit *habit)
{
    for (size_t i = 0; i < HABIT_LINES; i++)
        habit->lines[i] =
            (int64_t)((double)like->lines[i] * (double)habit->amount / (double)like->amount + 0.5);
}

bool habits_draw(const struct habits *habits, enum record_kind kind, struct habit *habit)
{
    int number = number_of(kind);
    *habit = (struct habit){.amount = 0};
    if (habits == NULL || number < 0 || habits->kinds[number].count == 0)
        return false;
    const struct kind_habits *of = &habits->kinds[number];
    const struct row *row = &of->rows[company_chance(of->count)], *like = row;
    for (int i = 0; i < DRAWS && !is_shared(of, like); i++)
        like = &of->rows[company_chance(of->count)];
    habit->amount = habits_move(row->amount);
    habit->day = row->day;
    habit->in = row->in;
    if (is_shared(of, like)) {
        habit->shape = of->shapes[like->shape].what;
        habit->in = like->in;
        scale_lines(like, habit);
    }
    return true;
}

unsigned habits_day(const struct habits *habits, enum record_kind kind)
{
    int number = number_of(kind);
    if (habits == NULL || number < 0 || habits->kinds[number].count == 0)
        return 0;
    return habits->kinds[number].rows[company_chance(habits->kinds[number].count)].day;
}
