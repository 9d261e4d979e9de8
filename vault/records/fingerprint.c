#include "vault/records/fingerprint.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/crypto/hash.h"
#include "vault/records/fingerprint_private.h"
#include "vault/records/path_private.h"

#define PARTS 5       /* quarters, and the last four characters */
#define ENTRY_SIZE 11 /* field, then 16 bits of each part */
#define QUARTERS_FROM 4
#define TAIL 4
#define VALUES_MAX 64  /* of one record */
#define SPREAD_MAX 128 /* values that a rounded amount may stand for */

/* --- Which fields of a record are which of a leaked table --- */

/* clang-format off */
static const struct trait traits_of[KIND_LAST + 1][12] = {
    [KIND_CLIENT] = {{"name", TRACE_NAME}, {"tax_id", TRACE_TAX_ID}, {"address", TRACE_ADDRESS},
        {"contact", TRACE_CONTACT}, {"legal_representative.name", TRACE_CONTACT}, {"phone", TRACE_PHONE},
        {"landline", TRACE_PHONE}, {"email", TRACE_EMAIL}, {"bank_account", TRACE_BANK_ACCOUNT},
        {"legal_representative.id_no", TRACE_PERSON_ID}},
    [KIND_CONTACT] = {{"name", TRACE_CONTACT}, {"mobile", TRACE_PHONE}, {"email", TRACE_EMAIL},
        {"id_no", TRACE_PERSON_ID}},
    [KIND_BANK_ACCOUNT] = {{"account_no", TRACE_BANK_ACCOUNT}},
    [KIND_CONTRACT] = {{"amount", TRACE_FEE}},
    [KIND_TAX_FILING] = {{"base", TRACE_TURNOVER}, {"due", TRACE_TAX_DUE}, {"period_from", TRACE_PERIOD}},
    [KIND_PAYROLL_ENTRY] = {{"employee.name", TRACE_CONTACT}, {"employee.id_no", TRACE_PERSON_ID},
        {"employee.mobile", TRACE_PHONE}, {"employee.bank_card", TRACE_BANK_ACCOUNT}, {"gross", TRACE_PAYROLL},
        {"base", TRACE_PAYROLL}, {"net", TRACE_PAYROLL}, {"net", TRACE_AMOUNT}, {"income_tax", TRACE_TAX_DUE},
        {"period", TRACE_PERIOD}},
    [KIND_VOUCHER] = {{"no", TRACE_DOCUMENT}, {"lines[].summary", TRACE_SUMMARY},
        {"lines[].counterparty", TRACE_NAME}, {"lines[].customer", TRACE_NAME}, {"lines[].supplier", TRACE_NAME}},
    [KIND_INVOICE] = {{"no", TRACE_DOCUMENT}, {"seller.name", TRACE_NAME}, {"buyer.name", TRACE_NAME},
        {"seller.tax_id", TRACE_TAX_ID}, {"buyer.tax_id", TRACE_TAX_ID}, {"lines[].item", TRACE_SUMMARY},
        {"gross", TRACE_AMOUNT}},
    [KIND_BANK_TRANSACTION] = {{"bank_ref", TRACE_DOCUMENT}, {"counterparty.name", TRACE_NAME},
        {"summary", TRACE_SUMMARY}, {"memo", TRACE_SUMMARY}, {"amount", TRACE_AMOUNT}},
};
/* clang-format on */

static const struct {
    const char *name;
    bool searched;
} subjects[SUBJECT_LAST + 1] = {
    [SUBJECT_CLIENT] = {"client", false},
    [SUBJECT_EMPLOYEE] = {"employee", false},
    [SUBJECT_VOUCHER] = {"voucher", true},
    [SUBJECT_INVOICE] = {"invoice", true},
    [SUBJECT_TRANSFER] = {"transfer", true},
};

const char *subject_name(enum trace_subject subject)
{
    return subject >= SUBJECT_CLIENT && subject <= SUBJECT_LAST ? subjects[subject].name : "unknown";
}

bool subject_is_searched(enum trace_subject subject)
{
    return subject >= SUBJECT_CLIENT && subject <= SUBJECT_LAST && subjects[subject].searched;
}

const struct trait *kind_traits(enum record_kind kind)
{
    static const struct trait none = {NULL, TRACE_FIELDS};
    return kind >= KIND_CLIENT && kind <= KIND_LAST ? traits_of[kind] : &none;
}

bool subject_of_kind(enum record_kind kind, enum trace_subject *subject)
{
    switch (kind) {
    case KIND_PAYROLL_ENTRY:
        *subject = SUBJECT_EMPLOYEE;
        break;
    case KIND_VOUCHER:
        *subject = SUBJECT_VOUCHER;
        break;
    case KIND_INVOICE:
        *subject = SUBJECT_INVOICE;
        break;
    case KIND_BANK_TRANSACTION:
        *subject = SUBJECT_TRANSFER;
        break;
    case KIND_CLIENT:
    case KIND_CONTACT:
    case KIND_BANK_ACCOUNT:
    case KIND_CONTRACT:
    case KIND_TAX_FILING:
        *subject = SUBJECT_CLIENT;
        break;
    case KIND_LEDGER_ACCOUNT:
    case KIND_ACCOUNT_BALANCE:
    case KIND_PARTY:
    case KIND_PRODUCT:
    case KIND_ATTACHMENT:
    case KIND_TABLE_ROW:
    default:
        return false;
    }
    return true;
}

trace_fields subject_fields(enum trace_subject subject)
{
    trace_fields fields = 0;
    for (int kind = KIND_CLIENT; kind <= KIND_LAST; kind++) {
        enum trace_subject own;
        if (!subject_of_kind((enum record_kind)kind, &own) || own != subject)
            continue;
        for (const struct trait *trait = traits_of[kind]; trait->path != NULL; trait++)
            fields |= TRACE_BIT(trait->field);
    }
    return fields;
}

bool fingerprint_has(enum record_kind kind)
{
    enum trace_subject subject;
    return subject_of_kind(kind, &subject) && !subjects[subject].searched;
}

/* --- Keys --- */

struct trace_key {
    struct secret *tokens, *prints;
};

int trace_key_new(const struct secret *branch, struct trace_key **keyp)
{
    struct trace_key *key = calloc(1, sizeof *key);
    *keyp = NULL;
    int result = key == NULL ? VAULT_ENOMEM : secret_derive(branch, "tracetok", 1, &key->tokens);
    if (result == VAULT_OK)
        result = secret_derive(branch, "traceprn", 1, &key->prints);
    if (result != VAULT_OK) {
        trace_key_free(key);
        return result;
    }
    *keyp = key;
    return VAULT_OK;
}

void trace_key_free(struct trace_key *key)
{
    if (key == NULL)
        return;
    secret_free(key->tokens);
    secret_free(key->prints);
    free(key);
}

/* --- Tokens --- */

void fingerprint_token(const struct trace_key *key, enum trace_subject subject, const struct trace_term *term,
    struct token *token)
{
    uint8_t message[NORMAL_TEXT_SIZE + 8], whole[16];
    size_t size = term->text.size < NORMAL_TEXT_SIZE ? term->text.size : NORMAL_TEXT_SIZE;
    message[0] = (uint8_t)subject;
    message[1] = (uint8_t)term->kind;
    message[2] = (uint8_t)term->field;
    if (size > 0)
        memcpy(message + 3, term->text.data, size);
    keyed_token(key->tokens, "trace", bytes_of(message, size + 3), whole, sizeof whole);
    memcpy(token->data, whole, TOKEN_SIZE);
    wipe(message, sizeof message);
}

/* --- Fingerprints --- */

struct salt {
    const struct trace_key *key;
    const struct ulid *record;
    enum trace_field field;
};

static uint16_t short_of(const struct salt *salt, unsigned part, size_t length, struct bytes text)
{
    uint8_t message[ULID_SIZE + 4 + NORMAL_TEXT_SIZE];
    size_t size = text.size < NORMAL_TEXT_SIZE ? text.size : NORMAL_TEXT_SIZE;
    memcpy(message, salt->record->data, ULID_SIZE);
    message[ULID_SIZE] = (uint8_t)salt->field;
    message[ULID_SIZE + 1] = (uint8_t)part;
    message[ULID_SIZE + 2] = (uint8_t)(length & 0xff);
    if (size > 0)
        memcpy(message + ULID_SIZE + 3, text.data, size);
    uint64_t hash = keyed_short(salt->key->prints, bytes_of(message, ULID_SIZE + 3 + size));
    wipe(message, sizeof message);
    return (uint16_t)hash;
}

/* From code point @p from to before @p to. */
static struct bytes slice(const struct normal *value, size_t from, size_t to)
{
    size_t start = value->size, end = value->size, at = 0;
    for (size_t i = 0; i < value->size; i++) {
        if (((uint8_t)value->text[i] & 0xC0) == 0x80)
            continue;
        if (at == from && start == value->size)
            start = i;
        if (at == to)
            end = i;
        at++;
    }
    return bytes_of(value->text + start, end > start ? end - start : 0);
}

/* The quarters of a value of @p length characters, read off a text that may have one more or one less: two
 * from its beginning, two from its end, so that a character more or less spoils only the half that it is in.
 */
static void quarters(const struct salt *salt, const struct normal *value, size_t length, uint16_t parts[4])
{
    size_t own = utf8_length(bytes_of(value->text, value->size)), half = length / 2, quarter = half / 2;
    size_t rest = length - half, last = rest / 2;
    if (length < QUARTERS_FROM) {
        for (unsigned i = 0; i < 4; i++)
            parts[i] = short_of(salt, i, length, bytes_of(value->text, value->size));
        return;
    }
    parts[0] = short_of(salt, 0, length, slice(value, 0, quarter));
    parts[1] = short_of(salt, 1, length, slice(value, quarter, half));
    parts[2] = short_of(salt, 2, length, slice(value, own - rest, own - last));
    parts[3] = short_of(salt, 3, length, slice(value, own - last, own));
}

static uint16_t tail_of(const struct salt *salt, const struct normal *value)
{
    size_t own = utf8_length(bytes_of(value->text, value->size));
    return short_of(salt, 4, 0, slice(value, own < TAIL ? 0 : own - TAIL, own));
}

static const int64_t units[] = {1, 100, 10000};

static uint16_t amount_of(const struct salt *salt, unsigned unit, int64_t value)
{
    uint8_t text[8];
    for (int i = 0; i < 8; i++)
        text[i] = (uint8_t)((uint64_t)value >> (8 * i));
    return short_of(salt, unit, 0, bytes_of(text, sizeof text));
}

static int64_t rounded(int64_t cents, int64_t unit)
{
    return (cents + (cents < 0 ? -unit / 2 : unit / 2)) / unit;
}

static void print_value(const struct salt *salt, const struct normal *value, struct buffer *print)
{
    uint16_t parts[PARTS] = {0};
    if (trace_field_facts[salt->field].form == TRACE_FORM_AMOUNT) {
        for (unsigned i = 0; i < 3; i++)
            parts[i] = amount_of(salt, i, rounded(value->cents, units[i]));
    } else {
        quarters(salt, value, utf8_length(bytes_of(value->text, value->size)), parts);
        parts[4] = tail_of(salt, value);
    }
    buffer_put_u8(print, (uint8_t)salt->field);
    for (size_t i = 0; i < PARTS; i++) {
        buffer_put_u8(print, (uint8_t)(parts[i] >> 8));
        buffer_put_u8(print, (uint8_t)(parts[i] & 0xff));
    }
}

/* --- Writing --- */

struct writing {
    const struct trace_key *key;
    const struct ulid *record;
    enum trace_subject subject;
    enum trace_field field;
    struct buffer *print; /* NULL: tokens are wanted */
    struct postings *postings;
    uint64_t row;
    struct failure *failure;
    size_t values;
};

static bool is_traced(const struct writing *writing, const struct trace_term *term)
{
    if (term->field == TRACE_PERIOD)
        return false; /* everybody has the same */
    if (term->kind != TRACE_TERM_NEAR)
        return true;
    /* What is retyped is found by names and numbers; an entry of a payroll list by its other cells. */
    return writing->subject == SUBJECT_CLIENT && term->field != TRACE_ADDRESS && term->field != TRACE_EMAIL;
}

static int add_token(void *context, const struct trace_term *term)
{
    struct writing *writing = context;
    struct token token;
    if (!is_traced(writing, term))
        return VAULT_OK;
    fingerprint_token(writing->key, writing->subject, term, &token);
    return postings_add(writing->postings, &token, writing->row, writing->failure);
}

static int write_leaf(void *context, const struct field_leaf *leaf)
{
    struct writing *writing = context;
    struct normal value;
    const char *text = json_string_value(leaf->value);
    if (text == NULL || text[0] == '\0' || writing->values++ >= VALUES_MAX)
        return VAULT_OK;
    enum trace_form form = trace_field_facts[writing->field].form;
    normal_make(form, bytes_of(text, json_string_length(leaf->value)), &value);
    struct salt salt = {writing->key, writing->record, writing->field};
    int result = VAULT_OK;
    if (value.size > 0 && !value.masked && writing->print != NULL)
        print_value(&salt, &value, writing->print);
    else if (value.size > 0 && !value.masked)
        result = term_of_value(writing->field, &value, add_token, writing);
    wipe(&value, sizeof value);
    return result;
}

static int write_all(struct writing *writing, enum record_kind kind, json_t *fields)
{
    int result = VAULT_OK;
    if (!fingerprint_has(kind) || !subject_of_kind(kind, &writing->subject))
        return VAULT_OK;
    for (const struct trait *trait = traits_of[kind]; trait->path != NULL && result == VAULT_OK; trait++) {
        writing->field = trait->field;
        result = path_each(fields, trait->path, write_leaf, writing);
    }
    return result;
}

int fingerprint_write(const struct trace_key *key, const struct ulid *record, enum record_kind kind,
    json_t *fields, struct buffer *print)
{
    struct writing writing = {.key = key, .record = record, .print = print};
    int result = write_all(&writing, kind, fields);
    return result == VAULT_OK ? buffer_error(print) : result;
}

int fingerprint_tokens(const struct trace_key *key, enum record_kind kind, json_t *fields,
    struct postings *postings, uint64_t row, struct failure *failure)
{
    struct writing writing = {.key = key, .postings = postings, .row = row, .failure = failure};
    return write_all(&writing, kind, fields);
}

/* --- Comparing --- */

static bool text_agrees(
    const struct salt *salt, const uint16_t stored[PARTS], const struct normal *cell, bool near)
{
    size_t length = utf8_length(bytes_of(cell->text, cell->size));
    for (int more = -1; more <= 1; more++) {
        uint16_t parts[4];
        size_t of = length + (size_t)more;
        if ((more != 0 && (!near || of < QUARTERS_FROM)) || (more < 0 && length == 0))
            continue;
        quarters(salt, cell, of, parts);
        bool same[4];
        unsigned count = 0;
        for (unsigned i = 0; i < 4; i++) {
            same[i] = parts[i] == stored[i];
            count += same[i];
        }
        /* A character changed: one quarter.  One more or less: the half that it is in. */
        if (count == 4 || (more == 0 && near && length >= QUARTERS_FROM && count == 3) ||
            (more != 0 && ((same[0] && same[1]) || (same[2] && same[3]))))
            return true;
    }
    return false;
}

static bool mask_agrees(const struct salt *salt, const uint16_t stored[PARTS], const struct normal *cell)
{
    const char *mask = strrchr(cell->text, '*');
    if (mask == NULL || utf8_length(bytes_of_text(mask + 1)) < TAIL)
        return false;
    return tail_of(salt, cell) == stored[4];
}

static bool amount_agrees(const struct salt *salt, const uint16_t stored[PARTS], const struct normal *cell)
{
    unsigned i = cell->precision >= units[2] ? 2 : cell->precision >= units[1] ? 1 : 0;
    int64_t steps = cell->precision / units[i], middle = rounded(cell->cents, units[i]);
    if (!cell->number || steps > SPREAD_MAX)
        return false;
    for (int64_t value = middle - steps / 2; value <= middle + steps / 2; value++)
        if (amount_of(salt, i, value) == stored[i])
            return true;
    return false;
}

static bool entry_agrees(const struct salt *salt, const uint8_t *entry, const struct normal *cell)
{
    enum trace_form form = trace_field_facts[salt->field].form;
    uint16_t stored[PARTS];
    for (size_t i = 0; i < PARTS; i++)
        stored[i] = (uint16_t)(entry[1 + 2 * i] << 8 | entry[2 + 2 * i]);
    if (form == TRACE_FORM_AMOUNT)
        return amount_agrees(salt, stored, cell);
    return cell->masked ? mask_agrees(salt, stored, cell)
                        : text_agrees(salt, stored, cell, form != TRACE_FORM_PERIOD);
}

bool fingerprint_agrees(const struct trace_key *key, const struct ulid *record, struct bytes print,
    enum trace_field field, const struct normal *cell)
{
    struct salt salt = {key, record, field};
    if (cell->size == 0 || print.size % ENTRY_SIZE != 0)
        return false;
    for (size_t at = 0; at < print.size; at += ENTRY_SIZE)
        if (print.data[at] == (uint8_t)field && entry_agrees(&salt, print.data + at, cell))
            return true;
    return false;
}
