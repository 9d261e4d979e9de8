#include "vault/ops/log_head_private.h"

#include <stdlib.h>
#include <string.h>

int log_head_take(struct call *call, uint64_t size, struct log_head_out *head)
{
    struct note note;
    memset(head, 0, sizeof *head);
    int result = note_key_make(session_origin(call->session), NOTE_ED25519,
        sign_key_public(session_keys(call->session)->sign), &head->log_key);
    if (result == VAULT_OK)
        result = log_checkpoint(session_log(call->session), &head->note, call->failure);
    if (result == VAULT_OK)
        result = note_parse(buffer_bytes(&head->note), &note);
    if (result == VAULT_OK)
        result = checkpoint_parse(note.text, &head->checkpoint);
    if (result == VAULT_OK && head->checkpoint.size < size)
        result = VAULT_ENOTFOUND;
    return result == VAULT_OK
               ? result
               : failure_set(call->failure, result, "the log's checkpoint: %s", vault_error_text(result));
}

void log_head_free(struct log_head_out *head)
{
    buffer_free(&head->note);
    free(head->witnesses);
}
