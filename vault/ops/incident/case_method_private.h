/**
 * @file case_method_private.h
 * Inside the room: how the evidence of a case was made, and what the vault's records say to each of the seven
 * factors of article 93 of the Supreme People's Court's provisions on evidence in civil procedure
 * (最高人民法院关于民事诉讼证据的若干规定, as amended from 2020-05-01).
 */
#ifndef VAULT_OPS_INCIDENT_CASE_METHOD_PRIVATE_H
#define VAULT_OPS_INCIDENT_CASE_METHOD_PRIVATE_H

#include <stddef.h>

#include "vault/base/json.h"

/** What was counted while the case was gathered. */
struct case_counts {
    size_t events; /* of the case, in the bundle */
    size_t parts;  /* sealed texts that were opened and are what their events say */
    bool held;
};

/**
 * Put `method` {zh,en} and `factors` [{no,zh,en,answer,says_zh,says_en,records{}}] into what is to be
 * case.json, which has steps, files, custody, log_size already.  answer: records (the vault's own records
 * answer it), partly (what it says, and the rest is to be shown otherwise), open (it has no record).
 * @retval VAULT_ENOMEM  @p value is then not to be used.
 */
int case_method_put(json_t *value, const struct case_counts *counts) VAULT_MUST_CHECK;

#endif
