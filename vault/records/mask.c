#include "vault/records/mask_private.h"

#include <string.h>

/* Copy @p keep code points, or put a star for each of them; white space stays where it is in both cases. */
static void copy(struct bytes *text, size_t count, struct buffer *out)
{
    for (; count > 0 && text->size > 0; count--)
        utf8_put(utf8_next(text), out);
}

static void hide(struct bytes *text, size_t count, struct buffer *out)
{
    for (; count > 0 && text->size > 0; count--)
        buffer_put_u8(out, utf8_next(text) == ' ' ? ' ' : '*');
}

static void keep_ends(struct bytes text, size_t first, size_t last, struct buffer *out)
{
    size_t length = utf8_length(text);
    if (first + last >= length)
        first = last = 0;
    copy(&text, first, out);
    hide(&text, length - first - last, out);
    copy(&text, last, out);
}

/* Chinese ids have 18 or 15 characters; of anything else less is shown. */
static void mask_person_id(struct bytes text, struct buffer *out)
{
    size_t length = utf8_length(text);
    if (length == 18 || length == 15)
        keep_ends(text, 6, 4, out);
    else if (length >= 5)
        keep_ends(text, 1, 1, out);
    else
        keep_ends(text, 0, 0, out);
}

static void mask_account(struct bytes text, struct buffer *out)
{
    keep_ends(text, 0, utf8_length(text) >= 8 ? 4 : 0, out);
}

/* A mobile number shows three digits and four; of a landline number the area code and the last four. */
static void mask_phone(struct bytes text, struct buffer *out)
{
    const uint8_t *dash = memchr(text.data, '-', text.size);
    size_t area = dash == NULL ? 0 : (size_t)(dash - text.data) + 1;
    if (text.size == 11 && text.data[0] == '1' && dash == NULL) {
        keep_ends(text, 3, 4, out);
    } else if (area > 1 && area <= 5 && text.size - area >= 7) {
        buffer_put_data(out, text.data, area);
        keep_ends(bytes_of(text.data + area, text.size - area), 0, 4, out);
    } else {
        mask_account(text, out);
    }
}

static void mask_name(struct bytes text, struct buffer *out)
{
    keep_ends(text, 1, utf8_length(text) >= 3 ? 1 : 0, out);
}

static void mask_email(struct bytes text, struct buffer *out)
{
    const uint8_t *at = memrchr(text.data, '@', text.size);
    struct bytes local = text;
    copy(&local, at == text.data ? 0 : 1, out);
    buffer_put_text(out, "***");
    if (at != NULL)
        buffer_put_data(out, at, text.size - (size_t)(at - text.data));
}

/* Up to the district (区, 县, 旗), else the city (市), else nothing. */
static void mask_address(struct bytes text, struct buffer *out)
{
    static const uint32_t districts[] = {0x533a, 0x53bf, 0x65d7};
    struct bytes rest = text;
    size_t district = 0;
    size_t city = 0;
    while (rest.size > 0 && district == 0) {
        uint32_t c = utf8_next(&rest);
        if (c == 0x5e02 && city == 0)
            city = text.size - rest.size;
        for (size_t i = 0; i < sizeof districts / sizeof districts[0]; i++) {
            if (c == districts[i])
                district = text.size - rest.size;
        }
    }
    buffer_put_data(out, text.data, district > 0 ? district : city);
    buffer_put_text(out, "****");
}

void mask_text(enum mask mask, struct bytes text, struct buffer *out)
{
    if (text.size == 0)
        return;
    switch (mask) {
    case MASK_PERSON_ID:
        mask_person_id(text, out);
        break;
    case MASK_PHONE:
        mask_phone(text, out);
        break;
    case MASK_ACCOUNT:
        mask_account(text, out);
        break;
    case MASK_NAME:
        mask_name(text, out);
        break;
    case MASK_EMAIL:
        mask_email(text, out);
        break;
    case MASK_HANDLE:
        copy(&text, 1, out);
        buffer_put_text(out, "***");
        break;
    case MASK_ADDRESS:
        mask_address(text, out);
        break;
    case MASK_AMOUNT:
    case MASK_NONE:
        buffer_put_text(out, "***");
        break;
    }
}

struct heading {
    const char *part;
    enum mask mask;
};

/* Parts of headings, in lower case.  The order matters where one is part of another. */
static const struct heading headings[] = {
    {"身份证", MASK_PERSON_ID},
    {"证件号", MASK_PERSON_ID},
    {"护照", MASK_PERSON_ID},
    {"id_no", MASK_PERSON_ID},
    {"id card", MASK_PERSON_ID},
    {"passport", MASK_PERSON_ID},
    {"手机", MASK_PHONE},
    {"电话", MASK_PHONE},
    {"座机", MASK_PHONE},
    {"联系方式", MASK_PHONE},
    {"mobile", MASK_PHONE},
    {"phone", MASK_PHONE},
    {"账号", MASK_ACCOUNT},
    {"帐号", MASK_ACCOUNT},
    {"账户号", MASK_ACCOUNT},
    {"卡号", MASK_ACCOUNT},
    {"银行卡", MASK_ACCOUNT},
    {"iban", MASK_ACCOUNT},
    {"bank_account", MASK_ACCOUNT},
    {"bank account", MASK_ACCOUNT},
    {"bankaccount", MASK_ACCOUNT},
    {"card number", MASK_ACCOUNT},
    {"邮箱", MASK_EMAIL},
    {"email", MASK_EMAIL},
    {"e-mail", MASK_EMAIL},
    {"微信号", MASK_HANDLE},
    {"住址", MASK_ADDRESS},
    {"家庭地址", MASK_ADDRESS},
    {"工资", MASK_AMOUNT},
    {"薪", MASK_AMOUNT},
    {"奖金", MASK_AMOUNT},
    {"公积金", MASK_AMOUNT},
    {"社保", MASK_AMOUNT},
    {"个人所得税", MASK_AMOUNT},
    {"个税", MASK_AMOUNT},
    {"salary", MASK_AMOUNT},
    {"wage", MASK_AMOUNT},
};

enum mask mask_of_heading(struct bytes heading)
{
    char lower[128];
    size_t size = heading.size < sizeof lower ? heading.size : sizeof lower;
    for (size_t i = 0; i < size; i++) {
        uint8_t c = heading.data[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++) {
        if (memmem(lower, size, headings[i].part, strlen(headings[i].part)) != NULL)
            return headings[i].mask;
    }
    return MASK_NONE;
}
