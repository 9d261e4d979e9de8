#include "vault/ops/log/log_head_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/witnessed.h"

static int put_key(void *context, const struct witness_row *row)
{
    struct log_head_out *head = context;
    if (head->witness_count == WITNESSES_MAX)
        return VAULT_ELIMIT;
    return note_key_parse(bytes_of_text(row->vkey), &head->witnesses[head->witness_count++]) == VAULT_OK
               ? VAULT_OK
               : VAULT_EDAMAGED;
}

static int read_keys(struct call *call, struct log_head_out *head)
{
    head->witnesses = calloc(WITNESSES_MAX, sizeof *head->witnesses);
    if (head->witnesses == NULL)
        return VAULT_ENOMEM;
    return witnessed_each(call->session, put_key, head, call->failure);
}

/* Cosigned, if that can be had; else the log's own, which the session's warning tells and a reader's policy
 * judges. */
static int take_note(struct call *call, uint64_t size, struct buffer *note)
{
    struct failure silent = {0};
    uint64_t found = 0;
    int result = witnessed_send(call->session, &silent);
    if (result == VAULT_EROLLBACK) {
        failure_remedy(call->failure, "%s", silent.remedy);
        return failure_set(call->failure, result, "%s", silent.text);
    }
    result = witnessed_checkpoint(call->session, note, &found, NULL);
    if (result == VAULT_OK && found >= size)
        return VAULT_OK;
    buffer_reset(note);
    return log_checkpoint(session_log(call->session), note, call->failure);
}

int log_head_take(struct call *call, uint64_t size, struct log_head_out *head)
{
    struct note note;
    memset(head, 0, sizeof *head);
    int result = note_key_make(session_origin(call->session), NOTE_ED25519,
        sign_key_public(session_keys(call->session)->sign), &head->log_key);
    if (result == VAULT_OK)
        result = read_keys(call, head);
    if (result == VAULT_OK)
        result = take_note(call, size, &head->note);
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
