#include "vault/incident/recovery.h"

#include <stdio.h>
#include <string.h>

#include "vault/base/decimal.h"

#define MONEY_MAX INT64_C(1000000000000000) /* hundredths: sums of thousands of them stay in 64 bits */

bool money_parse(struct bytes text, int64_t *hundredths)
{
    struct decimal decimal;
    *hundredths = 0;
    if (decimal_parse(text, &decimal) != VAULT_OK || decimal.mantissa < 0)
        return false;
    decimal = decimal_reduce(decimal, 2);
    if (decimal.scale > 2 || decimal.mantissa > MONEY_MAX)
        return false;
    for (int scale = decimal.scale; scale < 2; scale++)
        decimal.mantissa *= 10;
    *hundredths = decimal.mantissa;
    return decimal.mantissa <= MONEY_MAX;
}

void money_format(int64_t hundredths, char text[MONEY_TEXT_SIZE])
{
    (void)snprintf(
        text, MONEY_TEXT_SIZE, "%lld.%02lld", (long long)(hundredths / 100), (long long)(hundredths % 100));
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int recovery_limit(const struct recovery_terms *terms, int64_t *limit, struct failure *failure)
{
    *limit = 0;
    if (strcmp(terms->fault, "intent") != 0 && strcmp(terms->fault, "gross-negligence") != 0)
        return failure_set(failure, VAULT_EDENIED,
            "staff owe the firm something only for intent or gross negligence (民法典第一千一百九十一条), "
            "not for %s",
            strcmp(terms->fault, "none") == 0 ? "no fault" : "negligence");
    if (!terms->in_contract)
        return failure_set(failure, VAULT_EDENIED,
            "a wage is deducted from only where the labour contract says so (工资支付暂行规定第十六条)");
    int64_t fifth = terms->wage / 5;
    int64_t above = terms->wage - terms->minimum_wage;
    int64_t most = least(terms->owed, least(fifth, above));
    *limit = most > 0 ? most : 0;
    return VAULT_OK;
}
