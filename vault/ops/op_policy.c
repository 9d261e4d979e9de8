/* The policy in force: shown, and replaced by one that has been checked. */
#include <string.h>

#include "vault/access/policy_text.h"
#include "vault/ops/call_private.h"

#define PREFIX_MIN 4

/* --- policy.show --- */

struct found {
    struct buffer text;
    struct hash hash;
    size_t matches;
};

static bool fits(struct bytes hash, const char *asked)
{
    struct buffer base64 = {0};
    char hex[2 * HASH_SIZE + 1];
    size_t size = strlen(asked);
    if (hash.size != HASH_SIZE)
        return false;
    hex_encode(hash, hex);
    base64_encode(hash, &base64);
    const char *text = buffer_text(&base64);
    bool fit = strncasecmp(hex, asked, size) == 0 || (text != NULL && strncmp(text, asked, size) == 0);
    buffer_free(&base64);
    return fit;
}

/* One that was set twice is one policy. */
static int match(struct call *call, const char *asked, struct found *found)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(session_store(call->session), QUERY_POLICY_LIST, &statement, call->failure);
    while (
        result == VAULT_OK && (result = statement_step(statement, &row, call->failure)) == VAULT_OK && row) {
        struct bytes hash = column_bytes(statement, 0);
        if (!fits(hash, asked) || (found->matches > 0 && bytes_equal(hash, hash_bytes(&found->hash))))
            continue;
        memcpy(found->hash.data, hash.data, HASH_SIZE);
        found->matches++;
    }
    if (result == VAULT_OK && found->matches == 0)
        result = failure_set(call->failure, VAULT_ENOTFOUND, "there was no policy with the hash '%s'", asked);
    if (result == VAULT_OK && found->matches > 1)
        result = failure_set(call->failure, VAULT_EINPUT, "%zu policies have a hash that begins with '%s'",
            found->matches, asked);
    return result;
}

static int read_text(struct call *call, const char *asked, struct found *found)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session_store(call->session),
        asked == NULL ? QUERY_POLICY_NOW : QUERY_POLICY_BY_HASH, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    if (asked != NULL)
        bind_bytes(statement, 1, hash_bytes(&found->hash));
    result = statement_step(statement, &row, call->failure);
    if (result == VAULT_OK && row) {
        buffer_put(&found->text, column_bytes(statement, asked == NULL ? 1 : 0));
        if (asked == NULL && column_bytes(statement, 0).size == HASH_SIZE)
            memcpy(found->hash.data, column_bytes(statement, 0).data, HASH_SIZE);
        result = buffer_error(&found->text);
        statement_reset(statement);
    }
    return result;
}

/* A text that is not that of its hash was put there by somebody else. */
static int check_text(struct call *call, const struct found *found)
{
    struct hash hash;
    hash_sha256(buffer_bytes(&found->text), &hash);
    if (bytes_equal(hash_bytes(&hash), hash_bytes(&found->hash)))
        return VAULT_OK;
    return failure_set(call->failure, VAULT_EFORGED, "the policy in the store is not the one that was set");
}

static int check_asked(struct call *call, const char **asked)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    if (*asked == NULL)
        return VAULT_OK;
    if (strncmp(*asked, "sha256:", 7) == 0)
        *asked += 7;
    size_t size = strlen(*asked);
    if (size >= PREFIX_MIN && size <= 64 && strspn(*asked, letters) == size)
        return VAULT_OK;
    return failure_set(
        call->failure, VAULT_EUSAGE, "'%s' is no hash, nor the first %d digits of one", *asked, PREFIX_MIN);
}

int op_policy_show(struct call *call)
{
    const char *asked = call_text(call, "hash");
    struct access_request request = {.action = "policy.show"};
    struct found found = {0};
    int result = check_asked(call, &asked);
    if (result == VAULT_OK)
        result = call_allow(
            call, &request, asked == NULL ? NULL : json_pack("{s:{s:s}}", "query", "hash", asked), NULL);
    if (result == VAULT_OK && asked != NULL)
        result = match(call, asked, &found);
    if (result == VAULT_OK)
        result = read_text(call, asked, &found);
    if (result == VAULT_OK)
        result = check_text(call, &found);
    if (result == VAULT_OK)
        result = reply_text(call, buffer_bytes(&found.text));
    buffer_free(&found.text);
    return result;
}

/* --- policy.set --- */

int op_policy_set(struct call *call)
{
    struct bytes text = bytes_of_text(call_text(call, "text"));
    struct access_request request = {.action = "policy.set"};
    struct decision decision = {0};
    struct change *change = NULL;
    struct hash hash;
    /* Decided first, so that who may not set one learns nothing from how a text is checked. */
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = policy_check(call->session, text, call->failure);
    if (result != VAULT_OK)
        return result;
    hash_sha256(text, &hash);
    json_t *what =
        json_pack("{s:o,s:s%}", "hash", json_base64(hash_bytes(&hash)), "text", text.data, text.size);
    result = what == NULL ? failure_set(call->failure, VAULT_EINPUT, "the policy is not UTF-8 text")
                          : call_change(call, &request, what, &change);
    if (result != VAULT_OK)
        return result;
    uint64_t event = change_intent(change);
    result = call_finish(call, change, VAULT_OK);
    return result == VAULT_OK ? reply_value(call, json_pack("{s:o,s:I}", "hash", json_hex(hash_bytes(&hash)),
                                                      "event", (json_int_t)event))
                              : result;
}
