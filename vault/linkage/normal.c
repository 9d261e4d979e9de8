#include "vault/linkage/normal.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "vault/base/text.h"

#define CELL_MAX 4096 /* bytes of a cell that are looked at */

static bool is_mask(uint32_t c)
{
    return c == '*' || c == 0x25CF || c == 0x2022 || c == 0x25CB || c == 0xD7; /* ● • ○ × */
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_ascii_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Text of ASCII and of Chinese characters (CJK Unified Ideographs) is its own compatibility form, but for the
 * Latin capitals: most text that there is, and the cheapest to bring to its form. */
static bool is_plain(struct bytes cell)
{
    for (size_t i = 0; i < cell.size;) {
        const uint8_t *at = cell.data + i;
        bool han = cell.size - i >= 3 && at[0] >= 0xE4 && at[0] <= 0xE9 && (at[1] & 0xC0) == 0x80 &&
                   (at[2] & 0xC0) == 0x80 && (at[0] != 0xE4 || at[1] >= 0xB8);
        if (!han && (at[0] >= 0x80 || at[0] == 0))
            return false;
        i += han ? 3 : 1;
    }
    return cell.size > 0 && cell.size <= CELL_MAX;
}

/* NFKC_Casefold of the cell; the caller frees.  NULL for what is no text. */
static char *compatible(struct bytes cell, size_t *size)
{
    utf8proc_uint8_t *out = NULL;
    if (cell.size > CELL_MAX)
        cell.size = CELL_MAX;
    if (cell.size == 0 || memchr(cell.data, 0, cell.size) != NULL)
        return NULL;
    utf8proc_ssize_t length = utf8proc_map(cell.data, (utf8proc_ssize_t)cell.size, &out,
        UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
    if (length < 0) {
        free(out);
        return NULL;
    }
    *size = (size_t)length;
    return (char *)out;
}

static void put(struct normal *normal, uint32_t c)
{
    utf8proc_uint8_t bytes[4];
    if (c < 0x80 && normal->size + 1 < NORMAL_TEXT_SIZE) {
        normal->text[normal->size++] = (char)c;
        normal->text[normal->size] = '\0';
        return;
    }
    size_t size = (size_t)utf8proc_encode_char((utf8proc_int32_t)c, bytes);
    if (normal->size + size >= NORMAL_TEXT_SIZE)
        return;
    memcpy(normal->text + normal->size, bytes, size);
    normal->size += size;
    normal->text[normal->size] = '\0';
}

/* The character as the form keeps it; 0 drops it. */
static uint32_t keep(enum trace_form form, uint32_t c)
{
    switch (form) {
    case TRACE_FORM_DIGITS:
        return is_digit(c) ? c : 0;
    case TRACE_FORM_CODE:
        return is_digit(c) ? c : is_ascii_letter(c) ? (c & ~UINT32_C(0x20)) : 0;
    case TRACE_FORM_EMAIL:
        return c > ' ' ? c : 0;
    case TRACE_FORM_NAME:
    case TRACE_FORM_PERSON:
    case TRACE_FORM_TEXT:
        return is_digit(c) || is_ascii_letter(c) || (c >= 0x80 && is_word(c)) ? c : 0;
    case TRACE_FORM_AMOUNT:
    case TRACE_FORM_PERIOD:
        return c;
    }
    return 0;
}

static void make_text(enum trace_form form, struct bytes text, struct normal *normal)
{
    bool masks = form != TRACE_FORM_TEXT;
    while (text.size > 0) {
        uint32_t c = utf8_next(&text);
        if (c >= 'A' && c <= 'Z')
            c += 'a' - 'A'; /* of plain text, which nobody has folded */
        if (masks && is_mask(c)) {
            normal->masked = true;
            put(normal, '*');
            continue;
        }
        c = keep(form, c);
        if (c != 0)
            put(normal, c);
    }
    /* A number with its country in front is the same number. */
    if (form == TRACE_FORM_DIGITS && normal->size == 13 && memcmp(normal->text, "861", 3) == 0) {
        memmove(normal->text, normal->text + 2, normal->size - 1);
        normal->size -= 2;
    }
    if (normal->masked && strspn(normal->text, "*") == normal->size) {
        normal->size = 0; /* nothing but asterisks says nothing */
        normal->text[0] = '\0';
        normal->masked = false;
    }
}

struct amount {
    int64_t digits; /* all digits as one number */
    int after;      /* the point */
    bool point;
    bool negative;
    bool any;
    int64_t unit;
};

/* One character of an amount; false if it has no place in one. */
static bool amount_take(struct amount *amount, uint32_t c, uint32_t previous)
{
    if (is_digit(c)) {
        if (amount->unit != 1 || amount->digits > INT64_MAX / 100000 || amount->after >= 6)
            return false;
        amount->digits = amount->digits * 10 + (int64_t)(c - '0');
        amount->after += amount->point;
        amount->any = true;
        return true;
    }
    switch (c) {
    case '-':
    case '(':
        amount->negative = true;
        return !amount->any;
    case '.':
        if (amount->point)
            return false;
        amount->point = true;
        return true;
    case 0x4E07: /* 万 */
    case 0x842C:
        amount->unit *= 10000;
        return amount->any && amount->unit <= 100000000;
    case 0x4EBF: /* 亿 */
        amount->unit *= 100000000;
        return amount->any && amount->unit <= 100000000;
    case ',':
    case '\'':
        return is_digit(previous);
    case '+':
    case ')':
    case ' ':
    case 0xA5:   /* ¥ */
    case 0x5143: /* 元 */
    case 0x5706:
        return true;
    default:
        return false;
    }
}

static void make_amount(struct bytes text, struct normal *normal)
{
    struct amount amount = {.unit = 1};
    uint32_t previous = 0;
    while (text.size > 0) {
        uint32_t c = utf8_next(&text);
        if (!amount_take(&amount, c, previous))
            return;
        previous = c;
    }
    if (!amount.any)
        return;
    int64_t scaled = 0, unit = amount.unit * 100;
    int after = amount.after;
    while (after > 0 && unit % 10 == 0) {
        unit /= 10;
        after--;
    }
    int64_t digits = amount.digits;
    for (; after > 0; after--)
        digits /= 10; /* below a hundredth */
    if (__builtin_mul_overflow(digits, unit, &scaled))
        return;
    normal->number = true;
    normal->cents = amount.negative ? -scaled : scaled;
    normal->precision = unit;
    normal->size = 1; /* says something; its text is never looked at */
    normal->text[0] = '#';
    normal->text[1] = '\0';
}

/* Six digits of which the last two are a month: "2024-03", "202403", "2024年3月". */
static void make_period(struct bytes text, struct normal *normal)
{
    unsigned parts[3] = {0}, digits[3] = {0};
    int at = -1;
    bool in = false;
    while (text.size > 0) {
        uint32_t c = utf8_next(&text);
        if (is_digit(c)) {
            if (!in && ++at > 2)
                return;
            in = true;
            if (digits[at] < 8) {
                parts[at] = parts[at] * 10 + (c - '0');
                digits[at]++;
            }
        } else {
            in = false;
        }
    }
    unsigned year = parts[0], month = parts[1];
    if (at == 0 && digits[0] == 6) {
        year = parts[0] / 100;
        month = parts[0] % 100;
    } else if (at == 0 && digits[0] == 8) {
        year = parts[0] / 10000;
        month = parts[0] / 100 % 100;
    } else if (at < 1 || digits[0] != 4) {
        return;
    }
    if (year < 1900 || year > 2199 || month < 1 || month > 12)
        return;
    char *to = normal->text;
    to[0] = (char)('0' + year / 1000);
    to[1] = (char)('0' + year / 100 % 10);
    to[2] = (char)('0' + year / 10 % 10);
    to[3] = (char)('0' + year % 10);
    to[4] = (char)('0' + month / 10);
    to[5] = (char)('0' + month % 10);
    to[6] = '\0';
    normal->size = 6;
}

/* Of a text in its compatibility form. */
static void make(enum trace_form form, struct bytes folded, struct normal *normal)
{
    folded = text_trim(folded);
    if (form == TRACE_FORM_AMOUNT)
        make_amount(folded, normal);
    else if (form == TRACE_FORM_PERIOD)
        make_period(folded, normal);
    else
        make_text(form, folded, normal);
}

void normal_make(enum trace_form form, struct bytes cell, struct normal *normal)
{
    size_t size = 0;
    *normal = (struct normal){.size = 0};
    if (is_plain(cell)) {
        make(form, cell, normal);
        return;
    }
    char *text = compatible(cell, &size);
    if (text == NULL)
        return;
    make(form, bytes_of(text, size), normal);
    wipe(text, size);
    free(text);
}

void normal_heading(struct bytes heading, char text[NORMAL_TEXT_SIZE])
{
    struct normal normal;
    normal_make(TRACE_FORM_NAME, heading, &normal);
    memcpy(text, normal.text, NORMAL_TEXT_SIZE);
}

/* Steps over one code point of valid UTF-8. */
static size_t step(const char *text, size_t size, size_t at)
{
    at++;
    while (at < size && ((uint8_t)text[at] & 0xC0) == 0x80)
        at++;
    return at;
}

bool normal_one_edit(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t from = 0, a_end = a_size, b_end = b_size;
    while (from < a_end && from < b_end && a[from] == b[from])
        from++;
    while (from > 0 && from < a_size && ((uint8_t)a[from] & 0xC0) == 0x80)
        from--; /* back to where the character begins */
    while (a_end > from && b_end > from && a[a_end - 1] == b[b_end - 1]) {
        a_end--;
        b_end--;
    }
    while (a_end < a_size && ((uint8_t)a[a_end] & 0xC0) == 0x80)
        a_end++;
    while (b_end < b_size && ((uint8_t)b[b_end] & 0xC0) == 0x80)
        b_end++;
    bool a_one = a_end == from || step(a, a_size, from) == a_end;
    bool b_one = b_end == from || step(b, b_size, from) == b_end;
    return a_one && b_one;
}

/* Masked text against whole: an asterisk stands for one character, a run of them for any number. */
static bool mask_fits(const char *mask, const char *text)
{
    size_t head = strcspn(mask, "*");
    const char *last = strrchr(mask, '*') + 1;
    size_t tail = strlen(last), size = strlen(text);
    return size >= head + tail && memcmp(mask, text, head) == 0 &&
           memcmp(last, text + size - tail, tail) == 0;
}

static enum normal_match compare_amounts(const struct normal *cell, const struct normal *ours)
{
    int64_t apart = 0;
    if (!cell->number || !ours->number || __builtin_sub_overflow(cell->cents, ours->cents, &apart))
        return NORMAL_DIFFERS;
    if (apart < 0)
        apart = -apart;
    return apart * 2 <= (cell->precision > 1 ? cell->precision : 0) ? NORMAL_SAME : NORMAL_DIFFERS;
}

enum normal_match normal_compare(enum trace_form form, const struct normal *cell, const struct normal *ours)
{
    if (cell->size == 0 || ours->size == 0)
        return NORMAL_DIFFERS;
    if (form == TRACE_FORM_AMOUNT)
        return compare_amounts(cell, ours);
    if (cell->masked)
        return mask_fits(cell->text, ours->text) ? NORMAL_NEAR : NORMAL_DIFFERS;
    if (cell->size == ours->size && memcmp(cell->text, ours->text, cell->size) == 0)
        return NORMAL_SAME;
    if (form == TRACE_FORM_PERIOD)
        return NORMAL_DIFFERS;
    return normal_one_edit(cell->text, cell->size, ours->text, ours->size) ? NORMAL_NEAR : NORMAL_DIFFERS;
}
