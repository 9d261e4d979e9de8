#include "vault/access/head.h"

#include "vault/access/common_private.h"
#include "vault/evidence/note.h"

static json_t *list_of(struct bytes proof)
{
    json_t *list = json_array();
    for (size_t at = 0; list != NULL && at + HASH_SIZE <= proof.size; at += HASH_SIZE)
        (void)json_array_append_new(list, json_base64(bytes_of(proof.data + at, HASH_SIZE)));
    return list;
}

/* Public keys only: what the notes of this log are checked with. */
static int make_key(struct session_common *common, struct note_key *key)
{
    return note_key_make(common_origin(common), NOTE_ED25519, sign_key_public(common_signer(common)), key);
}

static int read_head(
    struct session_common *common, struct log *log, uint64_t since, json_t **head, struct failure *failure)
{
    struct buffer note = {0};
    struct buffer vkey = {0};
    struct buffer proof = {0};
    struct note_key key;
    struct checkpoint checkpoint;
    int result = log_refresh(log, failure);
    if (result == VAULT_OK)
        result = log_checkpoint(log, &note, failure);
    if (result == VAULT_OK)
        result = make_key(common, &key);
    if (result == VAULT_OK)
        result = checkpoint_open(buffer_bytes(&note), &key, &checkpoint);
    if (result == VAULT_OK && since > 0 && since < checkpoint.size)
        result = log_consistency_proof(log, since, checkpoint.size, &proof, failure);
    if (result == VAULT_OK) {
        note_key_format(&key, &vkey);
        const char *text = buffer_text(&note);
        const char *known = buffer_text(&vkey);
        *head = text == NULL || known == NULL ? NULL
                                              : json_pack("{s:s,s:s,s:o}", "checkpoint", text, "vkey", known,
                                                    "proof", list_of(buffer_bytes(&proof)));
        result = *head == NULL ? VAULT_ENOMEM : VAULT_OK;
    }
    buffer_free(&note);
    buffer_free(&vkey);
    buffer_free(&proof);
    return result;
}

int session_common_head(struct session_common *common, uint64_t since, json_t **head, struct failure *failure)
{
    struct store *store = NULL;
    struct log *log = NULL;
    *head = NULL;
    int result = common_enter(common, &store, &log, failure);
    common_leave(common); /* what is opened stays, and the log needs no lock */
    if (result == VAULT_OK)
        result = read_head(common, log, since, head, failure);
    return result == VAULT_OK ? result : failure_set(failure, result, "%s", vault_error_text(result));
}
