/* Payroll entries of employees that no client has: what one was paid, and the same taken back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/crypto/secret.h"
#include "vault/ops/records/export_decoy_rows_private.h"

static const char *const withheld[] = {
    "social.pension", "social.medical", "social.unemployment", "housing_fund", "income_tax"};
enum { INCOME_TAX = 4, HOUSING_FUND = 3, WITHHELD = 5 };

#define USUAL_NET 550000 /* that nobody will see */

/* Amounts of an entry, hundredths. */
struct pay {
    int64_t base, bonus, gross, net;
    int64_t withheld[WITHHELD];
};

/* Amounts that the export masks stand there as stars: what is made of them will be masked as well. */
static bool is_hidden(const json_t *object, const char *name)
{
    const char *text = json_text(object, name);
    return text != NULL && strchr(text, '*') != NULL;
}

static const json_t *owner_of(const json_t *fields, const char *path, const char **name)
{
    bool social = strncmp(path, "social.", 7) == 0;
    *name = social ? path + 7 : path;
    return social ? json_object_get(fields, "social") : fields;
}

static int64_t sum_withheld(const struct pay *pay)
{
    int64_t sum = 0;
    for (size_t i = 0; i < WITHHELD; i++)
        sum += pay->withheld[i];
    return sum;
}

/* What is hidden may be anything that makes the rest add up; of an entry that shows nothing, the usual. */
static void fill_hidden(const json_t *fields, struct pay *pay)
{
    if (is_hidden(fields, "net"))
        pay->net = pay->gross > 0 ? pay->gross - sum_withheld(pay) : USUAL_NET;
    if (is_hidden(fields, "gross"))
        pay->gross = pay->base > 0 && !is_hidden(fields, "bonus") ? pay->base + pay->bonus : pay->net * 6 / 5;
    if (is_hidden(fields, "base"))
        pay->base = pay->gross - pay->bonus - (is_hidden(fields, "bonus") ? pay->gross / 10 : 0);
    if (is_hidden(fields, "bonus"))
        pay->bonus = pay->gross - pay->base;
    for (size_t i = 0; i < WITHHELD; i++) {
        const char *name;
        const json_t *owner = owner_of(fields, withheld[i], &name);
        if (is_hidden(owner, name))
            pay->withheld[i] = pay->gross - pay->net - sum_withheld(pay);
    }
}

static struct pay read_pay(const json_t *fields)
{
    struct pay pay = {made_read_amount(fields, "base"), made_read_amount(fields, "bonus"),
        made_read_amount(fields, "gross"), made_read_amount(fields, "net"), {0}};
    for (size_t i = 0; i < WITHHELD; i++) {
        const char *name;
        const json_t *owner = owner_of(fields, withheld[i], &name);
        pay.withheld[i] = made_read_amount(owner, name);
    }
    fill_hidden(fields, &pay);
    return pay;
}

/* Where the figures of an entry do not add up, one that is made after it would not either. */
int64_t made_payroll_amount(const json_t *fields)
{
    struct pay pay = read_pay(fields);
    bool fits = pay.base > 0 && pay.net > 0 && pay.bonus >= 0 && pay.base + pay.bonus == pay.gross &&
                pay.gross - sum_withheld(&pay) == pay.net &&
                json_is_object(json_object_get(fields, "employee"));
    for (size_t i = 0; i < WITHHELD; i++)
        fits = fits && pay.withheld[i] >= 0;
    return fits ? pay.net : 0;
}

/* --- Figures --- */

static int64_t scaled(int64_t amount, int64_t by, int64_t of)
{
    return (int64_t)((double)amount * (double)by / (double)of + 0.5);
}

static int64_t rounded_to(int64_t amount, int64_t grain)
{
    return (amount + grain / 2) / grain * grain;
}

static void withhold(const struct pay *like, struct pay *pay)
{
    for (size_t i = 0; i < INCOME_TAX; i++)
        pay->withheld[i] = scaled(like->withheld[i], pay->base, like->base);
    if (like->withheld[HOUSING_FUND] % 100 == 0)
        pay->withheld[HOUSING_FUND] = rounded_to(pay->withheld[HOUSING_FUND], 100);
}

/* As round as the sample's, but for what is too round to hit anything. */
static int64_t grain_like(int64_t amount)
{
    int64_t grain = made_grain(amount);
    return grain < 10000 ? grain : 10000;
}

/* Nothing but a base: it is what is paid and withheld, to some hundredths. */
static bool fit_base(const struct pay *like, struct pay *pay)
{
    bool taxed = like->withheld[INCOME_TAX] > 0;
    pay->base = scaled(like->base, pay->net, like->net);
    if (taxed)
        pay->base = (pay->base / grain_like(like->base) + 1) * grain_like(like->base);
    withhold(like, pay);
    int64_t left = pay->base - sum_withheld(pay) - pay->net;
    pay->withheld[taxed ? INCOME_TAX : 0] += left;
    pay->gross = pay->base;
    return taxed ? left >= 0 : pay->withheld[0] > 0;
}

/* Base and housing fund as round as the sample's, at its rates; what is left over is the tax where there is
 * one (which, reckoned over the year, may be anything), else the bonus. */
static bool fit_pay(const struct pay *like, int64_t net, struct pay *pay)
{
    *pay = (struct pay){.net = net};
    if (like->bonus == 0)
        return fit_base(like, pay);
    pay->base = rounded_to(scaled(like->base, net, like->net), grain_like(like->base));
    withhold(like, pay);
    int64_t least = net + sum_withheld(pay);
    pay->gross = least;
    if (like->withheld[INCOME_TAX] > 0) {
        int64_t tax = scaled(like->withheld[INCOME_TAX], net, like->net) / 2, grain = grain_like(like->gross);
        pay->gross = (least + tax + grain - 1) / grain * grain;
        pay->withheld[INCOME_TAX] = pay->gross - least;
    }
    pay->bonus = pay->gross - pay->base;
    return pay->base > 0 && pay->bonus > 0;
}

static bool put_amount(json_t *object, const char *name, int64_t amount, bool takes_back)
{
    return json_object_get(object, name) == NULL ||
           made_set_amount(object, name, takes_back ? -amount : amount);
}

static bool put_pay(json_t *fields, const struct pay *pay, bool takes_back)
{
    bool fine = put_amount(fields, "base", pay->base, takes_back) &&
                put_amount(fields, "bonus", pay->bonus, takes_back) &&
                put_amount(fields, "gross", pay->gross, takes_back) &&
                put_amount(fields, "net", pay->net, takes_back);
    for (size_t i = 0; i < WITHHELD && fine; i++) {
        const char *name;
        bool social = owner_of(fields, withheld[i], &name) != fields;
        fine = put_amount(
            social ? json_object_get(fields, "social") : fields, name, pay->withheld[i], takes_back);
    }
    return fine;
}

/* --- Who --- */

/* Only what is made is left of the sample's: nothing of a real person stays in the row. */
static bool keep_known(json_t *fields)
{
    static const char *const known[] = {
        "period", "employee", "base", "bonus", "gross", "social", "housing_fund", "income_tax", "net"};
    json_t *left = json_object();
    bool fine = left != NULL;
    for (size_t i = 0; i < sizeof known / sizeof known[0] && fine; i++) {
        json_t *value = json_object_get(fields, known[i]);
        fine = value == NULL || json_object_set(left, known[i], value) == 0;
    }
    fine = fine && json_object_clear(fields) == 0 && json_object_update(fields, left) == 0;
    json_decref(left);
    return fine;
}

static json_t *employee_like(const json_t *like, const char *tax_id)
{
    char name[COMPANY_PERSON_SIZE], id_no[19], mobile[12], card[20];
    company_person(name);
    company_person_id(tax_id, id_no);
    company_mobile(mobile);
    company_card(card);
    const char *const made[][2] = {{"name", name}, {"id_no", id_no}, {"mobile", mobile}, {"bank_card", card}};
    json_t *employee = json_object();
    bool fine = employee != NULL;
    for (size_t i = 0; i < sizeof made / sizeof made[0] && fine; i++)
        fine = json_object_get(like, made[i][0]) == NULL || made_set_text(employee, made[i][0], made[i][1]);
    if (fine && json_text(like, "no") != NULL)
        fine = made_set_text(employee, "no", json_text(like, "no")) &&
               made_vary_field(
                   employee, "no", strlen(json_text(like, "no")) > 2 ? strlen(json_text(like, "no")) - 2 : 0);
    wipe(id_no, sizeof id_no);
    wipe(card, sizeof card);
    if (fine)
        return employee;
    json_decref(employee);
    return NULL;
}

bool made_payroll(
    struct made_record pair[2], const struct made_record *sample, int64_t net, const char *tax_id)
{
    struct pay like = read_pay(sample->fields), pay;
    memset(pair, 0, 2 * sizeof *pair);
    if (!fit_pay(&like, net, &pay))
        return false;
    json_t *employee = employee_like(json_object_get(sample->fields, "employee"), tax_id);
    bool fine = employee != NULL;
    for (size_t k = 0; k < 2 && fine; k++)
        fine = made_start(&pair[k], sample) && keep_known(pair[k].fields) &&
               json_object_set(pair[k].fields, "employee", employee) == 0 &&
               put_pay(pair[k].fields, &pay, k == 1);
    json_decref(employee);
    return fine;
}
