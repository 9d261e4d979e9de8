/* role.recover: shares of the recovery sheet give a role's secret to a member again. */
#include "vault/access/authority_check.h"
#include "vault/access/pending.h"
#include "vault/crypto/share.h"
#include "vault/keys/issue.h"
#include "vault/ops/call_private.h"

static int read_shares(struct call *call, struct secret **recovery)
{
    int result = share_combine_joined(secret_bytes(call->secret), recovery);
    if (result == VAULT_EINPUT)
        result = failure_set(call->failure, result, "the shares do not fit together");
    return result;
}

static int check_recovery(struct call *call, const struct box_key *recovery)
{
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int result = authority_recovery(call->session, public_key, call->failure);
    if (result == VAULT_OK && !bytes_equal(bytes_of(public_key, sizeof public_key), box_key_public(recovery))) {
        failure_remedy(call->failure, "check each share; as many are needed as the sheet says");
        result = failure_set(call->failure, VAULT_EINPUT, "these shares do not make this vault's recovery key");
    }
    return result;
}

static int recover(struct call *call, const struct box_key *recovery, const char *role, const char *user)
{
    struct issue issue = {session_store(call->session), *session_vault(call->session), call->failure};
    struct secret *inner = NULL;
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int64_t epoch = 0;
    int result = issue_role_public(&issue, role, &epoch, public_key);
    if (result == VAULT_OK)
        result = issue_role_open(&issue, recovery, role, epoch, "", &inner);
    struct box_key *pair = result == VAULT_OK ? box_key_from_secret(inner) : NULL;
    if (result == VAULT_OK && pair == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = issue_user_public(&issue, user, public_key);
    if (result == VAULT_OK)
        result = issue_role_box(&issue, pair, role, epoch, user, bytes_of(public_key, BOX_PUBLIC_SIZE));
    box_key_free(pair);
    secret_free(inner);
    return result;
}

int check_authority(struct call *call)
{
    int result = change_hold(call->session, call->failure);
    if (result != VAULT_OK)
        return result;
    result = authority_check(call->session, call->failure);
    change_release(call->session);
    return result;
}

int op_role_recover(struct call *call)
{
    const char *role = call_text(call, "role");
    const char *user = call_text(call, "user");
    struct access_request request = {.action = "role.recover", .role = role, .member = user};
    struct secret *secret = NULL;
    struct box_key *recovery = NULL;
    struct change *change = NULL;
    bool found = false;
    int result = need(call, role_exists(call, role, &found), &found, "role", role);
    if (result == VAULT_OK)
        result = need(call, user_exists(call, user, &found), &found, "user", user);
    if (result == VAULT_OK)
        result = pending_check_grant(call->session, role, user, true, call->failure);
    if (result == VAULT_OK)
        result = read_shares(call, &secret);
    if (result == VAULT_OK && (recovery = box_key_from_secret(secret)) == NULL)
        result = failure_set(call->failure, VAULT_EINPUT, "the shares do not fit together");
    if (result == VAULT_OK)
        result = check_recovery(call, recovery);
    if (result == VAULT_OK)
        result = check_authority(call);
    if (result == VAULT_OK)
        result = call_change(call, &request, NULL, &change);
    if (result == VAULT_OK) {
        uint64_t event = change_intent(change);
        result = call_finish(call, change, recover(call, recovery, role, user));
        if (result == VAULT_OK)
            result = reply_value(
                call, json_pack("{s:s,s:s,s:I}", "role", role, "user", user, "event", (json_int_t)event));
    }
    box_key_free(recovery);
    secret_free(secret);
    return result;
}
