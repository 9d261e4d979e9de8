/* Records of made-up clients, after the rows that they are to lie among. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/decimal.h"
#include "vault/base/text.h"
#include "vault/crypto/secret.h"
#include "vault/formats/check_digit.h"
#include "vault/ops/records/export_decoy_rows_private.h"

#define NUMBER_MAX 999

void made_record_free(struct made_record *record)
{
    json_decref(record->fields);
    json_decref(record->masked);
    wipe(record, sizeof *record);
}

bool made_set_text(json_t *object, const char *name, const char *text)
{
    return json_object_set_new(object, name, json_string(text)) == 0;
}

/* Other digits at random, but for the first @p keep characters. */
void made_vary_digits(char *text, size_t keep)
{
    for (size_t i = keep; text[i] != '\0'; i++) {
        if (text[i] >= '0' && text[i] <= '9')
            text[i] = (char)('0' + company_chance(10));
    }
}

/* A field that has digits gets others. */
bool made_vary_field(json_t *fields, const char *name, size_t keep)
{
    char text[80];
    const char *there = json_text(fields, name);
    if (there == NULL || strlen(there) >= sizeof text)
        return there == NULL;
    (void)snprintf(text, sizeof text, "%s", there);
    made_vary_digits(text, strlen(text) > keep ? keep : 0);
    bool set = made_set_text(fields, name, text);
    wipe(text, sizeof text);
    return set;
}

bool made_start(struct made_record *record, const struct made_record *sample)
{
    *record = (struct made_record){.kind = sample->kind, .fields = json_deep_copy(sample->fields)};
    memcpy(record->period, sample->period, sizeof record->period);
    memcpy(record->date, sample->date, sizeof record->date);
    /* As old as the sample, by a second or so. */
    memcpy(record->id, sample->id, sizeof record->id);
    made_vary_digits(record->id, 8);
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
    (void)snprintf(
        text, sizeof text, "%c%zu%s", (char)('a' + company_chance(26)), 1 + company_chance(NUMBER_MAX), at);
    return made_set_text(fields, "email", text);
}

static bool write_numbers(json_t *fields, const struct fingerprint_word *word, uint32_t i)
{
    char text[80];
    const char *phone = json_text(fields, "phone"), *account = json_text(fields, "bank_account");
    bool fine = true;
    if (phone != NULL && strlen(phone) < sizeof text) {
        (void)snprintf(text, sizeof text, "%s", phone);
        fine = !decoy_write_phone(word, i, text) || made_set_text(fields, "phone", text);
    }
    if (account != NULL && strlen(account) < sizeof text) {
        (void)snprintf(text, sizeof text, "%s", account);
        if (decoy_write_account(word, i, text)) {
            luhn_complete(text, strlen(text));
            fine = made_set_text(fields, "bank_account", text) && fine;
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
            fine = made_vary_field(fields, told[k], 3) && fine;
        else
            fine = json_object_del(fields, told[k]) == 0 && fine;
    }
    return fine && made_vary_field(fields, "landline", 4) && make_email(fields);
}

bool made_card(struct made_record *record, const struct made_record *sample, const json_t *own,
    const struct company *company, const struct fingerprint_word *word, uint32_t i)
{
    bool fine = made_start(record, sample) && take_own(record->fields, own) &&
                write_numbers(record->fields, word, i) &&
                made_set_text(record->fields, "client_no", company->client_no) &&
                made_set_text(record->fields, "name", company->name);
    if (fine && company->tax_id[0] != '\0')
        fine = made_set_text(record->fields, "tax_id", company->tax_id);
    else if (fine)
        (void)json_object_del(record->fields, "tax_id");
    return fine;
}

/* --- Amounts --- */

int64_t made_read_amount(const json_t *fields, const char *name)
{
    struct decimal decimal;
    const char *text = json_text(fields, name);
    if (text == NULL || decimal_parse(bytes_of_text(text), &decimal) != VAULT_OK)
        return 0;
    decimal = decimal_reduce(decimal, 2);
    bool fits =
        decimal.scale <= 2 && decimal.mantissa > -MADE_AMOUNT_MAX && decimal.mantissa < MADE_AMOUNT_MAX;
    for (; fits && decimal.scale < 2; decimal.scale++)
        decimal.mantissa *= 10;
    return fits ? decimal.mantissa : 0;
}

int64_t made_grain(int64_t amount)
{
    int64_t grain = 1;
    while (amount != 0 && amount % (10 * grain) == 0)
        grain *= 10;
    return grain;
}

bool made_set_amount(json_t *fields, const char *name, int64_t hundredths)
{
    char text[DECIMAL_TEXT_SIZE];
    decimal_format((struct decimal){hundredths, 2}, text);
    return made_set_text(fields, name, text);
}

bool made_prefix_text(json_t *fields, const char *name, const char *chinese)
{
    char text[400];
    const char *there = json_text(fields, name);
    struct bytes rest = bytes_of_text(there == NULL ? "" : there);
    if (there == NULL || strlen(there) + strlen(chinese) >= sizeof text || !is_han(utf8_next(&rest)))
        return true;
    (void)snprintf(text, sizeof text, "%s%s", chinese, there);
    return made_set_text(fields, name, text);
}
