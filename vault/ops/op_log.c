/* The log's signed head, and which keys a verifier of it should trust. */
#include "vault/evidence/note.h"
#include "vault/ops/call_private.h"

/* --- log.checkpoint --- */

int op_log_checkpoint(struct call *call)
{
    struct access_request request = {.action = "log.checkpoint", .log = true};
    struct buffer note = {0};
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = log_checkpoint(session_log(call->session), &note, call->failure);
    if (result == VAULT_OK)
        result = reply_text(call, buffer_bytes(&note));
    buffer_free(&note);
    return result;
}

/* --- log.policy: C2SP tlog-policy --- */

int op_log_policy(struct call *call)
{
    struct access_request request = {.action = "log.policy", .log = true};
    struct note_key key;
    struct buffer text = {0};
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = note_key_make(session_origin(call->session), NOTE_ED25519,
            sign_key_public(session_keys(call->session)->sign), &key);
    if (result == VAULT_OK) {
        buffer_put_text(&text,
            "# Keys to check this log with. It has no witness yet, so no cosignature is required.\nlog ");
        note_key_format(&key, &text);
        buffer_put_text(&text, "\nquorum none\n");
        result = buffer_error(&text);
    }
    if (result == VAULT_OK)
        result = reply_text(call, buffer_bytes(&text));
    buffer_free(&text);
    return result;
}
