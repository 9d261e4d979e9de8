#include <stdio.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/formats/format_private.h"

#define MOMENT_NUMBERS 6

/* A date or moment as people write it, taken apart: the numbers, and what stood after each. */
struct moment {
    int numbers[MOMENT_NUMBERS];
    int digits[MOMENT_NUMBERS];
    int count;
};

static bool is_separator(uint32_t c)
{
    return c == '-' || c == '/' || c == '.' || c == ':' || c == ' ' || c == '\t' || c == 'T' || c == 0x5e74 ||
           c == 0x6708 || c == 0x65e5 || c == 0x53f7 || c == 0x671f || c == 0x7b2c || c == 0xff1a ||
           c == 0x65f6 || c == 0x5206 || c == 0x79d2 || c == 0x3000 || c == 0xa0 || c == 0xff0d ||
           c == 0xff0e || c == 0xff0f;
}

/* Fractions of a second after the sixth number and a Z are let go. */
static bool take_apart(struct bytes text, struct moment *moment)
{
    bool in_number = false;
    memset(moment, 0, sizeof *moment);
    while (text.size > 0) {
        uint32_t c = utf8_next(&text);
        if (c >= 0xff10 && c <= 0xff19)
            c -= 0xfee0;
        if (c >= '0' && c <= '9') {
            if (!in_number && moment->count == MOMENT_NUMBERS)
                return true;
            moment->count += !in_number;
            int *number = &moment->numbers[moment->count - 1];
            if (++moment->digits[moment->count - 1] > 14)
                return false;
            if (moment->digits[moment->count - 1] <= 8)
                *number = *number * 10 + (int)(c - '0');
            in_number = true;
        } else if (is_separator(c)) {
            in_number = false;
        } else {
            return c == 'Z' && text.size == 0;
        }
    }
    return moment->count > 0;
}

static int write_date(int year, int month, int day, char date[11])
{
    int64_t days;
    if (year < 1000 || year > 9999 || !day_number(year, month, day, &days))
        return VAULT_EINPUT;
    (void)snprintf(
        date, 11, "%04u-%02u-%02u", (unsigned)year % 10000u, (unsigned)month % 100u, (unsigned)day % 100u);
    return VAULT_OK;
}

int value_serial_date(int64_t serial, bool base_1904, char date[11])
{
    int year, month, day;
    if (serial < 1 || serial > 2958465)
        return VAULT_EINPUT;
    /* 1899-12-30 and 1904-01-01 from 1970-01-01; right from March 1900 on, before which nobody keeps books.
     */
    day_date(serial - (base_1904 ? 24107 : 25569), &year, &month, &day);
    return write_date(year, month, day, date);
}

static bool iso_already(struct bytes text)
{
    static const char form[] = "dddd-dd-dd";
    if (text.size != 10)
        return false;
    for (size_t i = 0; i < 10; i++) {
        bool digit = text.data[i] >= '0' && text.data[i] <= '9';
        if (form[i] == 'd' ? !digit : text.data[i] != '-')
            return false;
    }
    return true;
}

int value_date(struct bytes text, bool day_first, char date[11])
{
    struct moment moment;
    date[0] = '\0';
    text = text_trim(text);
    if (!iso_already(text) && (text.size == 0 || text.size > 48))
        return VAULT_EINPUT;
    if (!take_apart(text, &moment))
        return VAULT_EINPUT;
    int *n = moment.numbers;
    if (moment.digits[0] == 8 || moment.digits[0] == 14)
        return write_date(n[0] / 10000, n[0] / 100 % 100, n[0] % 100, date);
    if (moment.count == 1 && moment.digits[0] == 5 && n[0] > 20000 && n[0] < 80000)
        return value_serial_date(n[0], false, date);
    if (moment.count < 3)
        return VAULT_EINPUT;
    if (moment.digits[0] == 4)
        return write_date(n[0], n[1], n[2], date);
    if (day_first && moment.digits[2] == 4)
        return write_date(n[2], n[1], n[0], date);
    return VAULT_EINPUT;
}

int value_period(struct bytes text, char period[8])
{
    struct moment moment;
    char date[11];
    period[0] = '\0';
    text = text_trim(text);
    if (text.size == 0 || text.size > 48 || !take_apart(text, &moment))
        return VAULT_EINPUT;
    int year = moment.numbers[0];
    int month = moment.numbers[1];
    if (moment.count == 1 && moment.digits[0] == 6) {
        month = year % 100;
        year /= 100;
    } else if (moment.count == 1 && moment.digits[0] == 4) {
        (void)snprintf(period, 8, "%04u", (unsigned)year % 10000u);
        return VAULT_OK;
    } else if (moment.count != 2 || moment.digits[0] != 4) {
        if (value_date(text, false, date) != VAULT_OK)
            return VAULT_EINPUT;
        memcpy(period, date, 7);
        period[7] = '\0';
        return VAULT_OK;
    }
    if (year < 1000 || year > 9999 || month < 1 || month > 12)
        return VAULT_EINPUT;
    (void)snprintf(period, 8, "%04u-%02u", (unsigned)year % 10000u, (unsigned)month % 100u);
    return VAULT_OK;
}

int value_time(struct bytes text, char time[9])
{
    struct moment moment;
    time[0] = '\0';
    text = text_trim(text);
    if (text.size == 0 || text.size > 48 || !take_apart(text, &moment))
        return VAULT_EINPUT;
    int *n = moment.numbers;
    int first = moment.count >= 5 ? 3 : 0;
    if (moment.count == 1 && moment.digits[0] == 6) {
        n[2] = n[0] % 100;
        n[1] = n[0] / 100 % 100;
        n[0] /= 10000;
    } else if (moment.count != 2 && moment.count != 3 && moment.count < 5) {
        return VAULT_EINPUT;
    }
    if (n[first] > 23 || n[first + 1] > 59 || n[first + 2] > 60 || (first == 0 && moment.digits[0] == 4))
        return VAULT_EINPUT;
    (void)snprintf(time, 9, "%02u:%02u:%02u", (unsigned)n[first] % 100u, (unsigned)n[first + 1] % 100u,
        (unsigned)n[first + 2] % 100u);
    return VAULT_OK;
}
