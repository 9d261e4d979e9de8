#include <stdio.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/formats/format_private.h"

#define AMOUNT_CHARACTERS 64

int value_set(json_t *object, const char *name, struct bytes text)
{
    if (text.size == 0)
        return VAULT_OK;
    json_t *value = json_stringn((const char *)text.data, text.size);
    return json_object_set_new_nocheck(object, name, value) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Most cells are plain already: an optional minus, up to 15 digits before and 9 after the point. */
static bool plain_already(struct bytes text)
{
    size_t at = text.data[0] == '-';
    size_t start = at;
    while (at < text.size && is_digit(text.data[at]))
        at++;
    size_t whole = at - start;
    if (whole == 0 || whole > 9 || (whole > 1 && text.data[start] == '0'))
        return false;
    if (at == text.size)
        return true;
    start = ++at;
    if (text.data[start - 1] != '.')
        return false;
    while (at < text.size && is_digit(text.data[at]))
        at++;
    return at == text.size && at > start && at - start <= 9;
}

/* Full-width forms to ASCII, signs of money and blanks away; false if it is too long to be an amount. */
static bool narrow(struct bytes text, char ascii[AMOUNT_CHARACTERS])
{
    size_t used = 0;
    while (text.size > 0) {
        uint32_t c = utf8_next(&text);
        if (c >= 0xff01 && c <= 0xff5e)
            c -= 0xfee0;
        if (c == ' ' || c == '\t' || c == 0xa0 || c == 0x3000 || c == 0x202f || c == '$' || c == 0xa5 ||
            c == 0xffe5 || c == 0x20ac || c == 0x5143)
            continue;
        if (c == 0x2212 || c == 0x2013)
            c = '-';
        if (c > 0x7e || c < 0x20 || used + 1 >= AMOUNT_CHARACTERS)
            return false;
        ascii[used++] = (char)c;
    }
    ascii[used] = '\0';
    return true;
}

/* Groups are of three digits after the first, and none after the decimal sign. */
static bool ungroup(char *text, char group, char point)
{
    char *out = text;
    size_t digits = 0;
    bool grouped = false;
    bool fraction = false;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == group) {
            if (fraction || digits == 0 || digits > 3 || (grouped && digits != 3))
                return false;
            grouped = true;
            digits = 0;
        } else if (*at == point) {
            if (fraction || (grouped && digits != 3))
                return false;
            fraction = true;
            *out++ = '.';
        } else if (is_digit((uint8_t)*at)) {
            digits += !fraction;
            *out++ = *at;
        } else {
            return false;
        }
    }
    *out = '\0';
    return fraction || !grouped || digits == 3;
}

/* 6.22202E+18: what a spreadsheet leaves of a long number. */
static bool has_exponent(const char *text)
{
    size_t at = strspn(text, "0123456789.");
    if (at == 0 || (text[at] != 'E' && text[at] != 'e'))
        return false;
    at += 1 + strspn(text + at + 1, "+-");
    size_t digits = strspn(text + at, "0123456789");
    return digits > 0 && text[at + digits] == '\0';
}

static int finish_amount(char *body, bool negative, bool comma_decimal, char plain[DECIMAL_TEXT_SIZE])
{
    struct decimal decimal;
    if (has_exponent(body))
        return VAULT_ELIMIT;
    if (!ungroup(body, comma_decimal ? '.' : ',', comma_decimal ? ',' : '.'))
        return VAULT_EINPUT;
    int result = decimal_parse(bytes_of_text(body), &decimal);
    if (result == VAULT_OK)
        decimal_format(negative ? decimal_negate(decimal) : decimal, plain);
    return result;
}

int value_amount(struct bytes text, bool comma_decimal, char plain[DECIMAL_TEXT_SIZE])
{
    char ascii[AMOUNT_CHARACTERS];
    bool negative = false;

    plain[0] = '\0';
    text = text_trim(text);
    if (text.size == 0)
        return VAULT_EINPUT;
    if (!comma_decimal && plain_already(text)) {
        memcpy(plain, text.data, text.size);
        plain[text.size] = '\0';
        return VAULT_OK;
    }
    if (!narrow(text, ascii))
        return VAULT_EINPUT;
    char *body = ascii;
    size_t length = strlen(body);
    if (strncmp(body, "CNY", 3) == 0 || strncmp(body, "RMB", 3) == 0) {
        body += 3;
        length -= 3;
    }
    if (length > 2 && body[0] == '(' && body[length - 1] == ')') {
        body[length - 1] = '\0';
        body++;
        negative = true;
    } else if (body[0] == '-' || body[0] == '+') {
        negative = *body++ == '-';
    } else if (length > 1 && body[length - 1] == '-') {
        body[length - 1] = '\0';
        negative = true;
    }
    return finish_amount(body, negative, comma_decimal, plain);
}

int value_rate(struct bytes text, char plain[DECIMAL_TEXT_SIZE])
{
    text = text_trim(text);
    if (text.size > 1 && text.data[text.size - 1] == '%')
        text.size--;
    else if (text.size > 3 && memcmp(text.data + text.size - 3, "％", 3) == 0)
        text.size -= 3;
    return value_amount(text, false, plain);
}

struct currency_word {
    const char *text;
    const char code[4];
};

static const struct currency_word currency_words[] = {
    {"人民币", "CNY"},
    {"人民币元", "CNY"},
    {"RMB", "CNY"},
    {"￥", "CNY"},
    {"¥", "CNY"},
    {"元", "CNY"},
    {"美元", "USD"},
    {"港币", "HKD"},
    {"港元", "HKD"},
    {"欧元", "EUR"},
    {"日元", "JPY"},
    {"英镑", "GBP"},
    {"澳门元", "MOP"},
    {"加元", "CAD"},
    {"澳元", "AUD"},
    {"瑞士法郎", "CHF"},
    {"新加坡元", "SGD"},
    {"韩元", "KRW"},
    {"卢布", "RUB"},
};

const char *value_currency(struct bytes text, char code[4])
{
    text = text_trim(text);
    for (size_t i = 0; i < sizeof currency_words / sizeof *currency_words; i++) {
        if (bytes_equal(text, bytes_of_text(currency_words[i].text))) {
            memcpy(code, currency_words[i].code, 4);
            return code;
        }
    }
    if (text.size != 3)
        return NULL;
    for (size_t i = 0; i < 3; i++) {
        uint8_t c = text.data[i];
        if (c >= 'a' && c <= 'z')
            c = (uint8_t)(c - 'a' + 'A');
        if (c < 'A' || c > 'Z')
            return NULL;
        code[i] = (char)c;
    }
    code[3] = '\0';
    return code;
}
