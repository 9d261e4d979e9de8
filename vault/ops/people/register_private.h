/**
 * @file register_private.h
 * Inside the room: what registers keep in words.
 */
#ifndef VAULT_OPS_PEOPLE_REGISTER_PRIVATE_H
#define VAULT_OPS_PEOPLE_REGISTER_PRIVATE_H

#include "vault/ops/call_private.h"

#define REGISTER_TEXT_MAX ((size_t)1 << 20)

/** Seal the arguments `text` or `file`, and have its salted hash and sealed text in the change @p what; neither:
 * nothing is done. VAULT_EUSAGE: both; VAULT_ELIMIT: larger than REGISTER_TEXT_MAX.
 * @param open  have its bare hash there, too, as of rules, which everybody who signs compares. */
int register_seal_text(struct call *call, bool open, json_t *what) VAULT_MUST_CHECK;
/** Open the text of a hash into {sha256,text or base64,file?}. VAULT_EFORGED. */
int register_open_text(struct call *call, struct bytes hash, json_t **text) VAULT_MUST_CHECK;
/** Every text opens and is what its hash says; none is missing.  @p problem  as in findings_feed(). */
int register_verify(struct call *call, int (*problem)(void *context, uint64_t index, const char *what),
    void *context) VAULT_MUST_CHECK;

#endif
