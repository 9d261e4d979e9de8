/* People of made-up companies, with numbers that fit their check digits. */
#include <stdio.h>
#include <string.h>

#include "vault/formats/check_digit.h"
#include "vault/ops/decoys/decoy_company_private.h"

static const char *one_of(const char *const *texts, size_t count)
{
    return texts[company_chance(count)];
}
#define ONE_OF(list) one_of((list), sizeof(list) / sizeof((list)[0]))

void company_person(char person[COMPANY_PERSON_SIZE])
{
    static const char *const families[] = {
        "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱"};
    static const char *const given[] = {
        "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "涛"};
    (void)snprintf(person, COMPANY_PERSON_SIZE, "%s%s%s", ONE_OF(families), ONE_OF(given),
        company_chance(3) == 0 ? "" : ONE_OF(given));
}

static void digits(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('0' + company_chance(10));
    text[size] = '\0';
}

void company_card(char card[20])
{
    digits(card, 19);
    memcpy(card, "6217", 4);
    luhn_complete(card, 19);
}

void company_mobile(char mobile[12])
{
    digits(mobile, 11);
    memcpy(mobile, company_chance(2) == 0 ? "138" : "159", 3);
}

/* "98" is no county's number: a division of which no id was ever issued. */
void company_person_id(const char *tax_id, char id_no[19])
{
    const char *city = strlen(tax_id) == USCC_SIZE ? tax_id + 2 : "3205";
    (void)snprintf(id_no, 19, "%.4s98%04zu%02zu%02zu%03zuX", city, 1968 + company_chance(36),
        1 + company_chance(12), 1 + company_chance(28), 1 + company_chance(999));
    for (size_t check = 0; check < 11 && !check_resident_id(bytes_of(id_no, 18)); check++)
        id_no[17] = "0123456789X"[check];
}
