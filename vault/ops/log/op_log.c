/* The log's signed head, and which keys a verifier of it should trust. */
#include "vault/access/witnessed.h"
#include "vault/evidence/note.h"
#include "vault/ops/call_private.h"

/* --- log.checkpoint --- */

/* With its cosignatures, where there are witnesses and they can be reached; else as it is, which the session's warning
 * tells. */
int op_log_checkpoint(struct call *call)
{
    struct access_request request = {.action = "log.checkpoint", .log = true};
    struct buffer note = {0};
    uint64_t size = 0;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK) {
        struct failure silent = {0};
        result = witnessed_send(call->session, &silent);
        if (result == VAULT_EROLLBACK)
            (void)failure_set(call->failure, result, "%s", silent.text);
        else if (result == VAULT_EIO)
            result = log_checkpoint(session_log(call->session), &note, call->failure);
        else
            result = witnessed_checkpoint(call->session, &note, &size, call->failure);
    }
    if (result == VAULT_OK)
        result = reply_text(call, buffer_bytes(&note));
    buffer_free(&note);
    return result;
}

/* --- log.policy: C2SP tlog-policy --- */

int op_log_policy(struct call *call)
{
    struct access_request request = {.action = "log.policy", .log = true};
    struct buffer text = {0};
    int result = call_allow(call, &request, NULL, NULL);
    buffer_put_text(&text, "# Keys to check this log with; keep it apart from what it is to check.\n");
    if (result == VAULT_OK)
        result = witnessed_policy(call->session, &text, call->failure);
    if (result == VAULT_OK)
        result = reply_text(call, buffer_bytes(&text));
    buffer_free(&text);
    return result;
}
