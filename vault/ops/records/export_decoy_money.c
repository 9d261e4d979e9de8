/* Vouchers and bank lines of made-up clients. */
#include <stdio.h>
#include <string.h>

#include "vault/crypto/secret.h"
#include "vault/formats/check_digit.h"
#include "vault/ops/records/export_decoy_rows_private.h"

#define NUMBER_MAX 120

/* --- Vouchers --- */

/* A line with something in this column alone; NULL if there is none. */
static json_t *line_with(const json_t *fields, const char *column)
{
    json_t *lines = json_object_get(fields, "lines");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        json_t *line = json_array_get(lines, i);
        const char *other = strcmp(column, "debit") == 0 ? "credit" : "debit";
        if (made_read_amount(line, column) > 0 && made_read_amount(line, other) == 0)
            return line;
    }
    return NULL;
}

/* What would have to follow from the amount. */
static void drop_derived(json_t *line)
{
    static const char *const derived[] = {
        "original_amount", "quantity", "tax_base", "tax_amount", "employee", "document"};
    for (size_t i = 0; i < sizeof derived / sizeof derived[0]; i++)
        (void)json_object_del(line, derived[i]);
}

static bool two_lines(json_t *fields, int64_t amount, bool takes_back)
{
    static const char *const columns[] = {"debit", "credit"};
    json_t *lines = json_array();
    bool fine = lines != NULL;
    for (size_t i = 0; i < 2 && fine; i++) {
        json_t *line = json_deep_copy(line_with(fields, columns[i]));
        char number[4];
        fine = line != NULL && made_set_amount(line, columns[i], takes_back ? -amount : amount);
        if (fine)
            drop_derived(line);
        (void)snprintf(number, sizeof number, "%zu", i + 1);
        if (fine && json_object_get(line, "line_no") != NULL)
            fine = made_set_text(line, "line_no", number);
        if (fine && takes_back)
            fine = made_prefix_text(line, "summary", "冲销");
        fine = json_array_append_new(lines, line) == 0 && fine;
    }
    if (fine)
        return json_object_set_new(fields, "lines", lines) == 0;
    json_decref(lines);
    return false;
}

int64_t made_voucher_amount(const json_t *fields)
{
    return line_with(fields, "credit") == NULL ? 0 : made_read_amount(line_with(fields, "debit"), "debit");
}

bool made_vouchers(struct made_record pair[2], const struct made_record *sample, int64_t amount)
{
    size_t number = 1 + company_chance(NUMBER_MAX);
    memset(pair, 0, 2 * sizeof *pair);
    bool fine = true;
    for (size_t k = 0; k < 2 && fine; k++) {
        char text[8];
        fine = made_start(&pair[k], sample) && two_lines(pair[k].fields, amount, k == 1);
        (void)snprintf(text, sizeof text, "%zu", number + k * (1 + company_chance(9)));
        if (fine && json_object_get(pair[k].fields, "no") != NULL)
            fine = made_set_text(pair[k].fields, "no", text);
    }
    return fine;
}

/* --- Bank lines --- */

static bool one_transfer(struct made_record *record, const char *account, int64_t amount, int64_t balance)
{
    static const char *const numbers[] = {"bank_ref", "end_to_end_id"};
    json_t *fields = record->fields;
    bool fine = made_set_amount(fields, "amount", amount);
    (void)json_object_del(fields, "details");
    (void)json_object_del(fields, "statement");
    if (fine && json_object_get(fields, "account_no") != NULL)
        fine = made_set_text(fields, "account_no", account);
    if (fine && json_object_get(fields, "balance_after") != NULL)
        fine = made_set_amount(fields, "balance_after", balance);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && fine; i++)
        fine = made_vary_field(fields, numbers[i], 0);
    return fine;
}

bool made_transfers(struct made_record pair[2], const struct made_record *sample, int64_t amount,
    const struct fingerprint_word *word, uint32_t client)
{
    char account[] = "6200000000000000000";
    int64_t balance = 3 * amount + (int64_t)company_chance(10000000);
    memset(pair, 0, 2 * sizeof *pair);
    made_vary_digits(account, 11);
    (void)decoy_write_account(word, client, account);
    luhn_complete(account, strlen(account));
    bool fine = made_start(&pair[0], sample) && one_transfer(&pair[0], account, -amount, balance - amount) &&
                made_start(&pair[1], sample) && one_transfer(&pair[1], account, amount, balance) &&
                made_prefix_text(pair[1].fields, "summary", "退汇");
    wipe(account, sizeof account);
    return fine;
}
