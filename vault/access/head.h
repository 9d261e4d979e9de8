/**
 * @file head.h
 * The log as others may hold against what they remember of it: its last signed checkpoint, and the proof that
 * it goes on from an earlier one.  Nothing in it tells of clients, people or what they did.
 */
#ifndef VAULT_ACCESS_HEAD_H
#define VAULT_ACCESS_HEAD_H

#include "vault/access/common.h"
#include "vault/base/json.h"

/**
 * @param since  the size that somebody remembers; 0: none.
 * @param head   {checkpoint,vkey,proof[]}: a signed note; the key that it is checked with (C2SP vkey); RFC
 * 6962 hashes in base64 from @p since to it, none where @p since is 0, the same, or beyond it.
 */
int session_common_head(
    struct session_common *common, uint64_t since, json_t **head, struct failure *failure) VAULT_MUST_CHECK;

#endif
