/* What monitoring asks: is it alive, could it work, and how much has it done? */
#include "vault/server/keeper_private.h"

static int tell_health(struct conversation *conversation, const struct logins_state *state)
{
    json_t *value = json_pack("{s:s,s:b,s:s}", "status", state->log_error == VAULT_OK ? "ok" : "log",
        "sealed", !state->opened, "log",
        !state->opened                 ? "sealed"
        : state->log_error == VAULT_OK ? "writable"
                                       : "not writable");
    int result = tell_json(conversation, TELL_VALUE, value);
    json_decref(value);
    return result;
}

int answer_health(struct conversation *conversation, const struct bytes *blocks)
{
    struct logins_state state;
    (void)blocks;
    logins_state(keeper_logins(conversation->keeper), &state);
    return tell_health(conversation, &state);
}

int answer_ready(struct conversation *conversation, const struct bytes *blocks)
{
    struct logins_state state;
    struct failure *failure = &conversation->failure;
    (void)blocks;
    logins_state(keeper_logins(conversation->keeper), &state);
    if (!state.opened) {
        failure_remedy(failure, "the first login opens it");
        conversation->retry_after = 5;
        return failure_set(failure, VAULT_EBUSY, "the vault is sealed: nobody has logged in since the start");
    }
    if (state.log_error != VAULT_OK) {
        failure_remedy(failure, "'doctor' says why");
        return failure_set(failure, VAULT_ELOG, "the log cannot be written, so nothing is disclosed");
    }
    return tell_health(conversation, &state);
}

int answer_metrics(struct conversation *conversation, const struct bytes *blocks)
{
    struct keeper *keeper = conversation->keeper;
    struct buffer text = {0};
    struct metrics_now now = {.log = logins_log(keeper_logins(keeper)),
        .directory = logins_directory(keeper_logins(keeper)),
        .conversations = keeper_conversations(keeper)};
    (void)blocks;
    logins_state(keeper_logins(keeper), &now.logins);
    int result = metrics_write(keeper_metrics(keeper), &now, &text);
    if (result == VAULT_OK)
        result = channel_send(conversation->channel, TELL_TEXT, buffer_bytes(&text));
    buffer_free(&text);
    return result;
}
