#include "vault/access/investigation.h"

#include "vault/access/authority_check.h"
#include "vault/access/change.h"
#include "vault/access/session_private.h"
#include "vault/keys/investigation.h"

int investigation_key(struct session *session, int64_t number, struct secret **key, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    return investigation_open(&issue, session->keyring, number, key);
}

static int draw(struct session *session, struct issue *issue, int64_t *number, struct secret **key)
{
    int result = authority_check(session, issue->failure);
    if (result == VAULT_OK)
        result = store_begin(session->store, issue->failure);
    if (result == VAULT_OK)
        result = investigation_draw(issue, session->keyring, number, key);
    if (result == VAULT_OK)
        result = store_commit(session->store, issue->failure);
    store_rollback(session->store);
    return result;
}

int investigation_write_key(
    struct session *session, int64_t *number, struct secret **key, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    *key = NULL;
    int result = investigation_current(&issue, number);
    if (result != VAULT_OK)
        return result;
    if (*number != 0)
        return investigation_open(&issue, session->keyring, *number, key);
    result = draw(session, &issue, number, key);
    if (result != VAULT_OK) {
        secret_free(*key);
        *key = NULL;
    }
    return result;
}

int investigation_settle(struct session *session, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    bool missing = false;
    int result = investigation_missing(&issue, session->keyring, &missing);
    if (result != VAULT_OK || !missing)
        return result;
    result = change_hold(session, failure);
    if (result != VAULT_OK)
        return result;
    result = store_begin(session->store, failure);
    if (result == VAULT_OK)
        result = authority_check(session, failure);
    if (result == VAULT_OK)
        result = investigation_share(&issue, session->keyring);
    if (result == VAULT_OK)
        result = store_commit(session->store, failure);
    store_rollback(session->store);
    change_release(session);
    return result;
}
