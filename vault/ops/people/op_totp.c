/* The second factor of a person: enrolled and confirmed by himself, removed by himself with a code, reset by
 * an admin. */
#include <string.h>

#include "vault/access/second_factor.h"
#include "vault/ops/call_private.h"

#define PATTERN "otpauth://totp/Strongroom:%s?secret=%s&issuer=Strongroom&algorithm=SHA1&digits=6&period=30"

static int check_used(struct call *call)
{
    enum second_factor_rule rule = SECOND_FACTOR_UNUSED;
    int result = second_factor_rule(call->session, &rule, call->failure);
    if (result == VAULT_OK && rule == SECOND_FACTOR_UNUSED) {
        failure_remedy(call->failure, "an admin sets login.totp to optional or required:DAYS");
        result = failure_set(call->failure, VAULT_EINPUT, "the firm uses no second factor");
    }
    return result;
}

static json_t *what_of(struct call *call, const struct second_factor *factor)
{
    return json_pack(
        "{s:s,s:o}", "user", session_user(call->session), "hash", json_base64(hash_bytes(&factor->hash)));
}

/* The decision, the event, and inside the change what the store keeps. */
static int change(struct call *call, const char *action, const struct second_factor *factor, uint64_t *event)
{
    struct change *change = NULL;
    struct access_request request = {.action = action, .user = session_user(call->session)};
    json_t *what =
        factor != NULL ? what_of(call, factor) : json_pack("{s:s}", "user", session_user(call->session));
    int result = call_change(call, &request, what, &change);
    if (result != VAULT_OK)
        return result;
    *event = change_intent(change);
    if (factor != NULL)
        result = second_factor_put(call->session, factor, call->failure);
    return call_finish(call, change, result);
}

static int reply_secret(struct call *call, const struct second_factor *factor, uint64_t event)
{
    char base32[TOTP_BASE32_SIZE];
    struct buffer uri = {0};
    int result = totp_base32(factor->secret, base32);
    buffer_put_format(&uri, PATTERN, session_user(call->session), base32);
    const char *text = buffer_text(&uri);
    if (result == VAULT_OK)
        result = text == NULL
                     ? VAULT_ENOMEM
                     : reply_value(call, json_pack("{s:s,s:s,s:s,s:I}", "user", session_user(call->session),
                                             "uri", text, "secret", base32, "event", (json_int_t)event));
    wipe(base32, sizeof base32);
    buffer_free(&uri); /* wipes */
    return result;
}

int op_totp_enroll(struct call *call)
{
    struct second_factor factor = {.secret = NULL};
    enum second_factor_state state = SECOND_FACTOR_OFF;
    uint64_t event = 0;
    int result = check_used(call);
    if (result == VAULT_OK)
        result = second_factor_state(call->session, session_user(call->session), &state, call->failure);
    if (result == VAULT_OK && state == SECOND_FACTOR_ON) {
        failure_remedy(call->failure, "remove it first: 'user totp remove'");
        result = failure_set(call->failure, VAULT_EEXISTS, "you have a second factor already");
    }
    if (result == VAULT_OK)
        result = second_factor_draw(&factor);
    if (result == VAULT_OK)
        result = change(call, "totp.enroll", &factor, &event);
    if (result == VAULT_OK)
        result = reply_secret(call, &factor, event);
    second_factor_free(&factor);
    return result;
}

static int reply_recovery(struct call *call, char codes[RECOVERY_CODES][RECOVERY_CODE_SIZE], uint64_t event)
{
    json_t *list = json_array();
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        (void)json_array_append_new(list, json_string(codes[i]));
    return reply_value(call, json_pack("{s:s,s:o,s:I}", "user", session_user(call->session), "recovery_codes",
                                 list, "event", (json_int_t)event));
}

int op_totp_confirm(struct call *call)
{
    struct second_factor factor = {.secret = NULL};
    enum second_factor_state state = SECOND_FACTOR_OFF;
    char codes[RECOVERY_CODES][RECOVERY_CODE_SIZE];
    uint64_t event = 0;
    int result = check_used(call);
    if (result == VAULT_OK)
        result = second_factor_state(call->session, session_user(call->session), &state, call->failure);
    if (result == VAULT_OK && state != SECOND_FACTOR_PENDING) {
        failure_remedy(call->failure, "'user totp enroll' begins it");
        result = failure_set(call->failure, VAULT_ENOTFOUND, "there is nothing to be confirmed");
    }
    if (result == VAULT_OK)
        result = second_factor_open(call->session, &factor, call->failure);
    if (result == VAULT_OK)
        result = second_factor_use(call->session, &factor, secret_bytes(call->secret), call->failure);
    if (result == VAULT_OK) {
        second_factor_recovery(&factor, codes);
        result = change(call, "totp.confirm", &factor, &event);
        if (result == VAULT_OK)
            result = reply_recovery(call, codes, event);
        wipe(codes, sizeof codes);
    }
    second_factor_free(&factor);
    return result;
}

int op_totp_remove(struct call *call)
{
    enum second_factor_rule rule = SECOND_FACTOR_UNUSED;
    enum second_factor_state state = SECOND_FACTOR_OFF;
    uint64_t event = 0;
    int result = second_factor_rule(call->session, &rule, call->failure);
    if (result == VAULT_OK && rule == SECOND_FACTOR_REQUIRED) {
        failure_remedy(call->failure, "for another device ask an admin: 'user totp reset'");
        result = failure_set(call->failure, VAULT_EDENIED, "the firm asks for a second factor");
    }
    if (result == VAULT_OK)
        result = second_factor_state(call->session, session_user(call->session), &state, call->failure);
    if (result == VAULT_OK && state == SECOND_FACTOR_OFF)
        result = failure_set(call->failure, VAULT_ENOTFOUND, "you have no second factor");
    if (result == VAULT_OK)
        result = second_factor_use_any(call->session, secret_bytes(call->secret), call->failure);
    if (result == VAULT_OK)
        result = change(call, "totp.remove", NULL, &event);
    return result == VAULT_OK ? reply_value(call, json_pack("{s:s,s:I}", "user", session_user(call->session),
                                                      "event", (json_int_t)event))
                              : result;
}

int op_totp_reset(struct call *call)
{
    const char *user = call_text(call, "user");
    struct access_request request = {.action = "totp.reset", .user = user};
    bool found = false;
    uint64_t event = 0;
    int result = need(call, user_exists(call, user, &found), &found, "user", user);
    if (result == VAULT_OK && strcmp(user, session_user(call->session)) == 0)
        result = failure_set(
            call->failure, VAULT_EINPUT, "nobody resets his own second factor; ask another admin");
    if (result == VAULT_OK)
        result = call_change_as(call, &request, "totp.reset", json_pack("{s:s}", "user", user), &event);
    return result == VAULT_OK
               ? reply_value(call, json_pack("{s:s,s:I}", "user", user, "event", (json_int_t)event))
               : result;
}
