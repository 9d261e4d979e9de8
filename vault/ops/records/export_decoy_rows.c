/* Records of made-up clients, after the rows that they are to lie among. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/decimal.h"
#include "vault/base/text.h"
#include "vault/crypto/secret.h"
#include "vault/formats/check_digit.h"
#include "vault/ops/records/export_decoys_private.h"

#define NUMBER_MAX 999

void made_record_free(struct made_record *record)
{
    json_decref(record->fields);
    json_decref(record->masked);
    wipe(record, sizeof *record);
}

static bool set_text(json_t *object, const char *name, const char *text)
{
    return json_object_set_new(object, name, json_string(text)) == 0;
}

/* Other digits at random, but for the first @p keep characters. */
static void vary_digits(char *text, size_t keep)
{
    for (size_t i = keep; text[i] != '\0'; i++) {
        if (text[i] >= '0' && text[i] <= '9')
            text[i] = (char)('0' + company_chance(10));
    }
}

/* A field that has digits gets others. */
static bool vary_field(json_t *fields, const char *name, size_t keep)
{
    char text[80];
    const char *there = json_text(fields, name);
    if (there == NULL || strlen(there) >= sizeof text)
        return there == NULL;
    (void)snprintf(text, sizeof text, "%s", there);
    vary_digits(text, strlen(text) > keep ? keep : 0);
    bool set = set_text(fields, name, text);
    wipe(text, sizeof text);
    return set;
}

static bool start(struct made_record *record, const struct made_record *sample)
{
    *record = (struct made_record){.kind = sample->kind, .fields = json_deep_copy(sample->fields)};
    memcpy(record->period, sample->period, sizeof record->period);
    memcpy(record->date, sample->date, sizeof record->date);
    /* As old as the sample, by a second or so. */
    memcpy(record->id, sample->id, sizeof record->id);
    vary_digits(record->id, 8);
    return record->fields != NULL;
}

/* --- Cards --- */

/* "m27@" before the sample's domain: a masked one shows no more of it than its letter. */
static bool make_email(json_t *fields)
{
    char text[120];
    const char *there = json_text(fields, "email");
    const char *at = there == NULL ? NULL : strchr(there, '@');
    if (there == NULL)
        return true;
    if (at == NULL || strlen(at) > 80)
        return json_object_del(fields, "email") == 0;
    (void)snprintf(text, sizeof text, "%c%zu%s", (char)('a' + company_chance(26)), 1 + company_chance(NUMBER_MAX), at);
    return set_text(fields, "email", text);
}

static bool write_numbers(json_t *fields, const struct fingerprint_word *word, uint32_t i)
{
    char text[80];
    const char *phone = json_text(fields, "phone"), *account = json_text(fields, "bank_account");
    bool fine = true;
    if (phone != NULL && strlen(phone) < sizeof text) {
        (void)snprintf(text, sizeof text, "%s", phone);
        fine = !decoy_write_phone(word, i, text) || set_text(fields, "phone", text);
    }
    if (account != NULL && strlen(account) < sizeof text) {
        (void)snprintf(text, sizeof text, "%s", account);
        if (decoy_write_account(word, i, text)) {
            luhn_complete(text, strlen(text));
            fine = set_text(fields, "bank_account", text) && fine;
        }
    }
    wipe(text, sizeof text);
    return fine;
}

/* What the firm's own say, where they say it; of a made-up company only what tells who it is. */
static bool take_own(json_t *fields, const json_t *own)
{
    static const char *const told[] = {"contact", "phone", "address", "bank_account", "legal_representative"};
    bool fine = true;
    for (size_t k = 0; k < sizeof told / sizeof told[0]; k++) {
        json_t *value = json_object_get(own, told[k]);
        if (json_object_get(fields, told[k]) == NULL)
            continue;
        if (value != NULL)
            fine = json_object_set_new(fields, told[k], json_deep_copy(value)) == 0 && fine;
        else if (strcmp(told[k], "phone") == 0 || strcmp(told[k], "bank_account") == 0)
            fine = vary_field(fields, told[k], 3) && fine;
        else
            fine = json_object_del(fields, told[k]) == 0 && fine;
    }
    return fine && vary_field(fields, "landline", 4) && make_email(fields);
}

bool made_card(struct made_record *record, const struct made_record *sample, const json_t *own,
    const struct company *company, const struct fingerprint_word *word, uint32_t i)
{
    bool fine = start(record, sample) && take_own(record->fields, own) &&
                write_numbers(record->fields, word, i) &&
                set_text(record->fields, "client_no", company->client_no) &&
                set_text(record->fields, "name", company->name);
    if (fine && company->tax_id[0] != '\0')
        fine = set_text(record->fields, "tax_id", company->tax_id);
    else if (fine)
        (void)json_object_del(record->fields, "tax_id");
    return fine;
}

/* --- Amounts --- */

/* Digits of an amount in hundredths; 0 for none. */
static unsigned amount_digits(const char *text)
{
    struct decimal decimal;
    unsigned digits = 0;
    if (text == NULL || decimal_parse(bytes_of_text(text), &decimal) != VAULT_OK || decimal.mantissa == 0)
        return 0;
    for (int64_t rest = decimal.mantissa; rest != 0; rest /= 10)
        digits++;
    return digits + 2 > (unsigned)decimal.scale ? digits + 2 - (unsigned)decimal.scale : 1;
}

static bool set_amount(json_t *fields, const char *name, int64_t hundredths)
{
    char text[DECIMAL_TEXT_SIZE];
    decimal_format((struct decimal){hundredths, 2}, text);
    return set_text(fields, name, text);
}

static bool prefix_text(json_t *fields, const char *name, const char *chinese)
{
    char text[400];
    const char *there = json_text(fields, name);
    struct bytes rest = bytes_of_text(there == NULL ? "" : there);
    if (there == NULL || strlen(there) + strlen(chinese) >= sizeof text || !is_han(utf8_next(&rest)))
        return true;
    (void)snprintf(text, sizeof text, "%s%s", chinese, there);
    return set_text(fields, name, text);
}

/* --- Vouchers --- */

/* A line with something in this column alone; NULL if there is none. */
static json_t *line_with(const json_t *fields, const char *column)
{
    json_t *lines = json_object_get(fields, "lines");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        json_t *line = json_array_get(lines, i);
        const char *other = strcmp(column, "debit") == 0 ? "credit" : "debit";
        if (amount_digits(json_text(line, column)) > 0 && amount_digits(json_text(line, other)) == 0)
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
        fine = line != NULL && set_amount(line, columns[i], takes_back ? -amount : amount);
        if (fine)
            drop_derived(line);
        (void)snprintf(number, sizeof number, "%zu", i + 1);
        if (fine && json_object_get(line, "line_no") != NULL)
            fine = set_text(line, "line_no", number);
        if (fine && takes_back)
            fine = prefix_text(line, "summary", "冲销");
        fine = json_array_append_new(lines, line) == 0 && fine;
    }
    if (fine)
        return json_object_set_new(fields, "lines", lines) == 0;
    json_decref(lines);
    return false;
}

bool made_vouchers(struct made_record pair[2], const struct made_record *sample,
    const struct fingerprint_word *word, uint32_t i)
{
    const json_t *debit = line_with(sample->fields, "debit");
    const json_t *credit = line_with(sample->fields, "credit");
    memset(pair, 0, 2 * sizeof *pair);
    if (debit == NULL || credit == NULL)
        return false;
    int64_t amount = decoy_amount(word, i, amount_digits(json_text(debit, "debit")));
    size_t number = 1 + company_chance(NUMBER_MAX / 8);
    bool fine = true;
    for (size_t k = 0; k < 2 && fine; k++) {
        char text[8];
        fine = start(&pair[k], sample) && two_lines(pair[k].fields, amount, k == 1);
        (void)snprintf(text, sizeof text, "%zu", number + k * (1 + company_chance(9)));
        if (fine && json_object_get(pair[k].fields, "no") != NULL)
            fine = set_text(pair[k].fields, "no", text);
    }
    return fine;
}

/* --- Bank lines --- */

static bool one_transfer(struct made_record *record, const char *account, int64_t amount, int64_t balance)
{
    static const char *const numbers[] = {"bank_ref", "end_to_end_id"};
    json_t *fields = record->fields;
    bool fine = set_amount(fields, "amount", amount);
    (void)json_object_del(fields, "details");
    (void)json_object_del(fields, "statement");
    if (fine && json_object_get(fields, "account_no") != NULL)
        fine = set_text(fields, "account_no", account);
    if (fine && json_object_get(fields, "balance_after") != NULL)
        fine = set_amount(fields, "balance_after", balance);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && fine; i++)
        fine = vary_field(fields, numbers[i], 0);
    return fine;
}

bool made_transfers(struct made_record pair[2], const struct made_record *sample,
    const struct fingerprint_word *word, uint32_t i, uint32_t client)
{
    char account[] = "6200000000000000000";
    unsigned digits = amount_digits(json_text(sample->fields, "amount"));
    memset(pair, 0, 2 * sizeof *pair);
    if (digits == 0)
        return false;
    int64_t amount = decoy_amount(word, i, digits), balance = 3 * amount + (int64_t)company_chance(10000000);
    vary_digits(account, 11);
    (void)decoy_write_account(word, client, account);
    luhn_complete(account, strlen(account));
    bool fine = start(&pair[0], sample) && one_transfer(&pair[0], account, -amount, balance - amount) &&
                start(&pair[1], sample) && one_transfer(&pair[1], account, amount, balance) &&
                prefix_text(pair[1].fields, "summary", "退汇");
    wipe(account, sizeof account);
    return fine;
}
