#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/formats/xlsx_private.h"

#define DIGITS_KEPT 15 /* of a number, by every spreadsheet */
#define DIGITS_MAX 40
#define FRACTION_MAX 30

/* A number as digits and the place of its point: 0.digits * 10^point. */
struct digits {
    char of[DIGITS_MAX + 2];
    int count;
    int point;
    bool negative;
};

static bool read_exponent(const char *text, struct digits *digits)
{
    char *end;
    if (*text == '\0')
        return true;
    if (*text != 'e' && *text != 'E')
        return false;
    long exponent = strtol(text + 1, &end, 10);
    if (*end != '\0' || end == text + 1 || labs(exponent) > 400)
        return false;
    digits->point += (int)exponent;
    return true;
}

static bool read_digits(const char *text, struct digits *digits)
{
    bool point = false;
    bool any = false;
    memset(digits, 0, sizeof *digits);
    if (*text == '-' || *text == '+')
        digits->negative = *text++ == '-';
    for (; (*text >= '0' && *text <= '9') || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        any = true;
        if (digits->count > 0 || *text != '0') {
            if (digits->count < DIGITS_MAX)
                digits->of[digits->count++] = *text;
            digits->point += !point;
        } else {
            digits->point -= point;
        }
    }
    return any && read_exponent(text, digits);
}

static void drop_zeros(struct digits *digits)
{
    while (digits->count > 0 && digits->of[digits->count - 1] == '0')
        digits->count--;
    digits->of[digits->count] = '\0';
    if (digits->count == 0) {
        digits->point = 0;
        digits->negative = false;
    }
}

/* Spreadsheets write 1.1 as 1.1000000000000001; what is beyond the digits they keep was never said. */
static void round_off(struct digits *digits)
{
    if (digits->count <= DIGITS_KEPT)
        return;
    bool up = digits->of[DIGITS_KEPT] >= '5';
    digits->count = DIGITS_KEPT;
    for (int i = DIGITS_KEPT - 1; up && i >= 0; i--) {
        up = digits->of[i] == '9';
        digits->of[i] = up ? '0' : (char)(digits->of[i] + 1);
    }
    if (up) {
        memmove(digits->of + 1, digits->of, DIGITS_KEPT);
        digits->of[0] = '1';
        digits->point++;
    }
    drop_zeros(digits);
}

static char digit_at(const struct digits *digits, int place)
{
    return place >= 0 && place < digits->count ? digits->of[place] : '0';
}

/* Plain notation with at least @p decimals digits after the point. */
static void write_plain(const struct digits *digits, int decimals, char text[NUMBER_TEXT_SIZE])
{
    int fraction = digits->count - digits->point;
    size_t used = 0;
    if (fraction < decimals)
        fraction = decimals;
    if (digits->negative)
        text[used++] = '-';
    if (digits->point <= 0)
        text[used++] = '0';
    for (int i = 0; i < digits->point; i++)
        text[used++] = digit_at(digits, i);
    if (fraction > 0)
        text[used++] = '.';
    for (int i = 0; i < fraction; i++)
        text[used++] = digit_at(digits, digits->point + i);
    text[used] = '\0';
}

/* Seconds of the day, out of the fraction of a serial; rounded to the nearest. */
static int64_t seconds_of(const struct digits *digits)
{
    int64_t fraction = 0;
    for (int i = 0; i < 12; i++)
        fraction = fraction * 10 + (digit_at(digits, digits->point + i) - '0');
    return (fraction * 86400 + 500000000000) / 1000000000000;
}

static bool write_moment(
    const struct digits *digits, enum style_kind kind, bool base_1904, char text[NUMBER_TEXT_SIZE])
{
    int64_t days = 0;
    char date[11];
    char time[9];
    if (digits->negative || digits->point > 7)
        return false;
    for (int i = 0; i < digits->point; i++)
        days = days * 10 + (digit_at(digits, i) - '0');
    int64_t seconds = seconds_of(digits);
    if (seconds == 86400) {
        seconds = 0;
        days++;
    }
    (void)snprintf(time, sizeof time, "%02u:%02u:%02u", (unsigned)(seconds / 3600 % 24),
        (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
    if (kind == STYLE_TIME && days == 0) {
        (void)snprintf(text, NUMBER_TEXT_SIZE, "%s", time);
        return true;
    }
    if (value_serial_date(days, base_1904, date) != VAULT_OK)
        return false;
    (void)snprintf(text, NUMBER_TEXT_SIZE, seconds > 0 ? "%s %s" : "%s", date, time);
    return true;
}

unsigned number_text(const char *stored, struct style style, bool base_1904, char text[NUMBER_TEXT_SIZE])
{
    struct digits digits;
    bool dated = style.kind == STYLE_DATE || style.kind == STYLE_MOMENT || style.kind == STYLE_TIME;
    (void)snprintf(text, NUMBER_TEXT_SIZE, "%s", stored);
    if (!read_digits(stored, &digits))
        return 0;
    drop_zeros(&digits);
    if (digits.point > DIGITS_KEPT)
        return CELL_NUMBER | CELL_LOST_DIGITS;
    round_off(&digits);
    if (digits.count - digits.point > FRACTION_MAX)
        return CELL_NUMBER;
    if (dated && write_moment(&digits, style.kind, base_1904, text))
        return 0;
    if (style.kind == STYLE_PERCENT) {
        digits.point += digits.count > 0 ? 2 : 0;
        write_plain(&digits, style.decimals, text);
        (void)strcat(text, "%");
        return CELL_NUMBER;
    }
    write_plain(&digits, style.kind == STYLE_FIXED ? style.decimals : 0, text);
    return CELL_NUMBER;
}

/* ECMA-376 part 1, 18.8.30, and what Chinese Excel adds. */
static struct style built_in(long id)
{
    if (id == 2 || id == 4 || id == 7 || id == 8 || id == 39 || id == 40 || id == 43 || id == 44)
        return (struct style){STYLE_FIXED, 2};
    if (id == 9 || id == 10)
        return (struct style){STYLE_PERCENT, id == 10 ? 2 : 0};
    if (id == 22)
        return (struct style){STYLE_MOMENT, 0};
    if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) || id == 55 || id == 56)
        return (struct style){STYLE_TIME, 0};
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 58))
        return (struct style){STYLE_DATE, 0};
    return (struct style){STYLE_GENERAL, 0};
}

/* The letters of a format's first section that mean something; what is quoted or in brackets does not. */
static size_t bare_code(const char *code, char bare[64])
{
    size_t used = 0;
    for (; *code != '\0' && *code != ';' && used < 63; code++) {
        if (*code == '"' || *code == '[') {
            const char *end = strchr(code + 1, *code == '"' ? '"' : ']');
            if (end == NULL)
                break;
            code = end;
        } else if (*code == '\\' || *code == '_' || *code == '*') {
            if (code[1] == '\0')
                break;
            code++;
        } else {
            bare[used++] = *code;
        }
    }
    bare[used] = '\0';
    return used;
}

struct style style_of(long id, const char *code)
{
    char bare[64];
    if (code == NULL)
        return built_in(id);
    (void)bare_code(code, bare);
    if (strcasestr(bare, "general") != NULL || strchr(bare, '@') != NULL)
        return (struct style){STYLE_GENERAL, 0};
    const char *point = strchr(bare, '.');
    int decimals = point == NULL ? 0 : (int)strspn(point + 1, "0");
    if (decimals > 12)
        decimals = 12;
    if (strpbrk(bare, "yYdD") != NULL)
        return (struct style){strpbrk(bare, "hHsS") != NULL ? STYLE_MOMENT : STYLE_DATE, 0};
    if (strpbrk(bare, "hHsS") != NULL)
        return (struct style){STYLE_TIME, 0};
    if (strchr(bare, '%') != NULL)
        return (struct style){STYLE_PERCENT, decimals};
    if (strpbrk(bare, "mM") != NULL)
        return (struct style){STYLE_DATE, 0};
    return (struct style){
        decimals > 0 && strpbrk(bare, "eE/?") == NULL ? STYLE_FIXED : STYLE_GENERAL, decimals};
}
