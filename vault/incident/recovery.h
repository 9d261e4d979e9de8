/**
 * @file recovery.h
 * What a firm may recover from a person of its staff (民法典第一千一百九十一条, 工资支付暂行规定第十六条):
 * only for intent or gross negligence, only where the labour contract says so, a month at most a fifth of the
 * wage, and never so that less than the local minimum wage is left.  Integers of the hundredth of a yuan;
 * nothing here rounds in the firm's favour.
 */
#ifndef VAULT_INCIDENT_RECOVERY_H
#define VAULT_INCIDENT_RECOVERY_H

#include "vault/base/bytes.h"

/** "1234.5" as hundredths; false for what is no amount, is below 0, has more than two digits behind the point
 * or is above 10^13 yuan. */
bool money_parse(struct bytes text, int64_t *hundredths);
/** The other way: "1234.50". */
#define MONEY_TEXT_SIZE 24
void money_format(int64_t hundredths, char text[MONEY_TEXT_SIZE]);

struct recovery_terms {
    int64_t owed;         /* what is asked of the person, still to be paid */
    int64_t wage;         /* of the month, before deduction */
    int64_t minimum_wage; /* of the place */
    const char *fault;    /* "intent", "gross-negligence", "negligence", "none" */
    bool in_contract;     /* the labour contract provides for it */
};

/**
 * The most that may be deducted from the wage of a month: max(0, min(owed, a fifth of the wage, wage -
 * minimum wage)).
 * @param limit  0 on error.
 * @retval VAULT_EDENIED  nothing may be recovered at all; the sentence names the article.
 */
int recovery_limit(
    const struct recovery_terms *terms, int64_t *limit, struct failure *failure) VAULT_MUST_CHECK;

#endif
