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
#define VALUES_MAX 256            /* of one record */
#define SALT_SIZE (ULID_SIZE + 3) /* record, field, part, length */
#define SPREAD_MAX 128            /* values that a rounded amount may stand for */

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

/* Whose value is hashed, with room for the value behind it. */
struct salt {
    const struct trace_key *key;
    enum trace_field field;
    uint8_t message[SALT_SIZE + NORMAL_TEXT_SIZE];
};

static void salt_start(
    struct salt *salt, const struct trace_key *key, const struct ulid *record, enum trace_field field)
{
    salt->key = key;
    salt->field = field;
    memcpy(salt->message, record->data, ULID_SIZE);
    salt->message[ULID_SIZE] = (uint8_t)field;
}

static void salt_end(struct salt *salt)
{
    wipe(salt->message + SALT_SIZE, NORMAL_TEXT_SIZE);
}

static uint16_t short_of(struct salt *salt, unsigned part, size_t length, struct bytes text)
{
    size_t size = text.size < NORMAL_TEXT_SIZE ? text.size : NORMAL_TEXT_SIZE;
    salt->message[ULID_SIZE + 1] = (uint8_t)part;
    salt->message[ULID_SIZE + 2] = (uint8_t)(length & 0xff);
    if (size > 0)
        memcpy(salt->message + SALT_SIZE, text.data, size);
    return (uint16_t)keyed_short(salt->key->prints, bytes_of(salt->message, SALT_SIZE + size));
}

/* Where each character of a value begins. */
struct letters {
    const char *text;
    size_t count;
    uint8_t at[NORMAL_TEXT_SIZE + 1];
};

static void letters_of(const struct normal *value, struct letters *letters)
{
    letters->text = value->text;
    letters->count = 0;
    for (size_t i = 0; i < value->size; i++)
        if (((uint8_t)value->text[i] & 0xC0) != 0x80)
            letters->at[letters->count++] = (uint8_t)i;
    letters->at[letters->count] = (uint8_t)value->size;
}

/* From character @p from to before @p to. */
static struct bytes slice(const struct letters *letters, size_t from, size_t to)
{
    return bytes_of(letters->text + letters->at[from], (size_t)(letters->at[to] - letters->at[from]));
}

/* The quarters of a value of @p length characters, read off a text that may have one more or one less: two
 * from its beginning, two from its end, so that a character more or less spoils only the half that it is in.
 */
static void quarters(struct salt *salt, const struct letters *value, size_t length, uint16_t parts[4])
{
    size_t own = value->count, half = length / 2, quarter = half / 2;
    size_t rest = length - half, last = rest / 2;
    if (length < QUARTERS_FROM) {
        for (unsigned i = 0; i < 4; i++)
            parts[i] = short_of(salt, i, length, slice(value, 0, own));
        return;
    }
    parts[0] = short_of(salt, 0, length, slice(value, 0, quarter));
    parts[1] = short_of(salt, 1, length, slice(value, quarter, half));
    parts[2] = short_of(salt, 2, length, slice(value, own - rest, own - last));
    parts[3] = short_of(salt, 3, length, slice(value, own - last, own));
}

static uint16_t tail_of(struct salt *salt, const struct letters *value)
{
    return short_of(salt, 4, 0, slice(value, value->count < TAIL ? 0 : value->count - TAIL, value->count));
}

static const int64_t units[] = {1, 100, 10000};

/* Tables write what went out with a minus, in a column of its own, or neither. */
static bool has_sign(enum trace_field field)
{
    return field != TRACE_AMOUNT;
}

static uint16_t amount_of(struct salt *salt, unsigned unit, int64_t value)
{
    uint8_t text[8];
    if (!has_sign(salt->field) && value < 0)
        value = -value;
    for (int i = 0; i < 8; i++)
        text[i] = (uint8_t)((uint64_t)value >> (8 * i));
    return short_of(salt, unit, 0, bytes_of(text, sizeof text));
}

static int64_t rounded(int64_t cents, int64_t unit)
{
    return (cents + (cents < 0 ? -unit / 2 : unit / 2)) / unit;
}

/* The lines of a voucher mostly say the same. */
static void put_once(struct buffer *print, const uint8_t entry[ENTRY_SIZE])
{
    for (size_t at = 0; at + ENTRY_SIZE <= print->size; at += ENTRY_SIZE)
        if (memcmp(print->data + at, entry, ENTRY_SIZE) == 0)
            return;
    buffer_put(print, bytes_of(entry, ENTRY_SIZE));
}

static void print_value(struct salt *salt, const struct normal *value, struct buffer *print)
{
    uint16_t parts[PARTS] = {0};
    struct letters letters;
    if (trace_field_facts[salt->field].form == TRACE_FORM_AMOUNT) {
        for (unsigned i = 0; i < 3; i++)
            parts[i] = amount_of(salt, i, rounded(value->cents, units[i]));
    } else {
        letters_of(value, &letters);
        quarters(salt, &letters, letters.count, parts);
        parts[4] = tail_of(salt, &letters);
    }
    uint8_t entry[ENTRY_SIZE] = {(uint8_t)salt->field};
    for (size_t i = 0; i < PARTS; i++) {
        entry[1 + 2 * i] = (uint8_t)(parts[i] >> 8);
        entry[2 + 2 * i] = (uint8_t)(parts[i] & 0xff);
    }
    put_once(print, entry);
}

/* --- The values that count --- */

struct collecting {
    enum trace_field field;
    struct buffer *values;
    size_t count;
};

static void collect(struct collecting *collecting, struct bytes text)
{
    if (text.size == 0 || collecting->count++ >= VALUES_MAX)
        return;
    buffer_put_u8(collecting->values, (uint8_t)collecting->field);
    buffer_put_block(collecting->values, text);
}

static int collect_leaf(void *context, const struct field_leaf *leaf)
{
    collect(context, bytes_of(json_string_value(leaf->value), json_string_length(leaf->value)));
    return VAULT_OK;
}

/* A voucher is quoted by its word and number: "记-12". */
static int collect_key(struct collecting *collecting, const json_t *fields)
{
    struct buffer key = {0};
    const char *type = json_text(fields, "type"), *no = json_text(fields, "no");
    if (type == NULL || no == NULL)
        return VAULT_OK;
    buffer_put_text(&key, type);
    buffer_put_text(&key, no);
    int result = buffer_error(&key);
    if (result == VAULT_OK)
        collect(collecting, buffer_bytes(&key));
    buffer_free(&key);
    return result;
}

int fingerprint_values(enum record_kind kind, json_t *fields, struct buffer *values)
{
    struct collecting collecting = {.values = values};
    int result = VAULT_OK;
    for (const struct trait *trait = kind_traits(kind); trait->path != NULL && result == VAULT_OK; trait++) {
        collecting.field = trait->field;
        result = strcmp(trait->path, "@key") == 0 ? collect_key(&collecting, fields)
                                                  : path_each(fields, trait->path, collect_leaf, &collecting);
    }
    return result == VAULT_OK ? buffer_error(values) : result;
}

/* The next of them; false at the end. */
static bool next_value(struct reader *values, enum trace_field *field, struct normal *value)
{
    if (values->rest.size == 0)
        return false;
    *field = (enum trace_field)reader_u8(values);
    struct bytes text = reader_block(values);
    if (values->short_read || *field >= TRACE_FIELDS)
        return false;
    normal_make(trace_field_facts[*field].form, text, value);
    if (value->masked)
        value->size = 0;
    return true;
}

/* --- Writing --- */

int fingerprint_write(
    const struct trace_key *key, const struct ulid *record, struct bytes values, struct buffer *print)
{
    struct reader reader = reader_of(values);
    struct normal value;
    struct salt salt;
    enum trace_field field;
    while (next_value(&reader, &field, &value)) {
        if (value.size == 0)
            continue;
        salt_start(&salt, key, record, field);
        print_value(&salt, &value, print);
        salt_end(&salt);
    }
    wipe(&value, sizeof value);
    return reader_end(&reader) == VAULT_OK ? buffer_error(print) : VAULT_EINTERNAL;
}

struct finding {
    const struct trace_key *key;
    enum trace_subject subject;
    struct postings *postings;
    uint64_t row;
    struct failure *failure;
};

bool fingerprint_is_traced(enum trace_subject subject, const struct trace_term *term)
{
    if (term->field == TRACE_PERIOD)
        return false; /* everybody has the same */
    if (term->kind != TRACE_TERM_NEAR)
        return true;
    /* What is retyped is found by names and numbers; an entry of a payroll list by its other cells. */
    return subject == SUBJECT_CLIENT && term->field != TRACE_ADDRESS && term->field != TRACE_EMAIL;
}

static int add_token(void *context, const struct trace_term *term)
{
    struct finding *finding = context;
    struct token token;
    if (!fingerprint_is_traced(finding->subject, term))
        return VAULT_OK;
    fingerprint_token(finding->key, finding->subject, term, &token);
    return postings_add(finding->postings, &token, finding->row, finding->failure);
}

int fingerprint_tokens(const struct trace_key *key, enum record_kind kind, struct bytes values,
    struct postings *postings, uint64_t row, struct failure *failure)
{
    struct finding finding = {.key = key, .postings = postings, .row = row, .failure = failure};
    struct reader reader = reader_of(values);
    struct normal value;
    enum trace_field field;
    int result = VAULT_OK;
    if (!fingerprint_has_tokens(kind) || !subject_of_kind(kind, &finding.subject))
        return VAULT_OK;
    while (result == VAULT_OK && next_value(&reader, &field, &value)) {
        if (value.size > 0)
            result = term_of_value(field, &value, add_token, &finding);
    }
    wipe(&value, sizeof value);
    if (result != VAULT_OK)
        return result;
    return reader_end(&reader) == VAULT_OK ? VAULT_OK : VAULT_EINTERNAL;
}

/* --- Comparing --- */

static bool text_agrees(
    struct salt *salt, const uint16_t stored[PARTS], const struct letters *cell, bool near)
{
    size_t length = cell->count;
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

static bool mask_agrees(struct salt *salt, const uint16_t stored[PARTS], const struct letters *cell)
{
    const char *mask = strrchr(cell->text, '*');
    if (mask == NULL || utf8_length(bytes_of_text(mask + 1)) < TAIL)
        return false;
    return tail_of(salt, cell) == stored[4];
}

static bool amount_agrees(struct salt *salt, const uint16_t stored[PARTS], const struct normal *cell)
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

static bool entry_agrees(struct salt *salt, const uint8_t *entry, const struct normal *cell)
{
    enum trace_form form = trace_field_facts[salt->field].form;
    uint16_t stored[PARTS];
    struct letters letters;
    for (size_t i = 0; i < PARTS; i++)
        stored[i] = (uint16_t)(entry[1 + 2 * i] << 8 | entry[2 + 2 * i]);
    if (form == TRACE_FORM_AMOUNT)
        return amount_agrees(salt, stored, cell);
    letters_of(cell, &letters);
    return cell->masked ? mask_agrees(salt, stored, &letters)
                        : text_agrees(salt, stored, &letters, form != TRACE_FORM_PERIOD);
}

bool fingerprint_agrees(const struct trace_key *key, const struct ulid *record, struct bytes print,
    enum trace_field field, const struct normal *cell)
{
    struct salt salt;
    bool agrees = false;
    if (cell->size == 0 || print.size % ENTRY_SIZE != 0)
        return false;
    salt_start(&salt, key, record, field);
    for (size_t at = 0; at < print.size && !agrees; at += ENTRY_SIZE)
        agrees = print.data[at] == (uint8_t)field && entry_agrees(&salt, print.data + at, cell);
    salt_end(&salt);
    return agrees;
}
