#include "vault/witness/witness.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/witness/release_private.h"
#include "vault/witness/witness_private.h"

int witness_open(const char *directory, const char *name, struct witness **witnessp, struct failure *failure)
{
    *witnessp = NULL;
    struct witness *witness = calloc(1, sizeof *witness);
    if (witness == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    witness->lock_file = witness->state.descriptor = -1;
    (void)pthread_mutex_init(&witness->lock, NULL);
    (void)pthread_cond_init(&witness->moved, NULL);
    witness->directory = strdup(directory);
    witness->state.path = file_path(directory, "state");
    int result = witness->directory == NULL || witness->state.path == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK)
        result = directory_make(directory, failure);
    if (result == VAULT_OK) {
        witness->lock_file = directory_lock(directory, failure);
        result = witness->lock_file < 0 ? failure->error : VAULT_OK;
    }
    if (result == VAULT_OK)
        result = directory_key(directory, name, &witness->key, &witness->signer, failure);
    if (result == VAULT_OK)
        result = logs_read(directory, &witness->logs, failure);
    if (result == VAULT_OK)
        result = state_open(witness, failure);
    if (result != VAULT_OK) {
        witness_free(witness);
        return failure_set(failure, result, "%s: %s", directory, vault_error_text(result));
    }
    *witnessp = witness;
    return VAULT_OK;
}

void witness_free(struct witness *witness)
{
    if (witness == NULL)
        return;
    release_service_free(witness->release);
    state_close(&witness->state);
    cosigned_free(&witness->table);
    logs_free(&witness->logs);
    sign_key_free(witness->signer);
    if (witness->lock_file >= 0)
        (void)close(witness->lock_file);
    (void)pthread_cond_destroy(&witness->moved);
    (void)pthread_mutex_destroy(&witness->lock);
    free(witness->directory);
    free(witness);
}

const struct note_key *witness_key(const struct witness *witness)
{
    return &witness->key;
}

void witness_counts(struct witness *witness, struct witness_counts *counts)
{
    (void)pthread_mutex_lock(&witness->lock);
    *counts = witness->counts;
    counts->syncs = witness->state.syncs;
    (void)pthread_mutex_unlock(&witness->lock);
}

bool witness_failed(struct witness *witness)
{
    (void)pthread_mutex_lock(&witness->lock);
    bool failed = witness->state.failed;
    (void)pthread_mutex_unlock(&witness->lock);
    return failed;
}

void witness_checkpoint(struct witness *witness, struct bytes origin_hash, struct witness_answer *answer)
{
    char text[2 * HASH_SIZE + 1];
    *answer = (struct witness_answer){.status = 404, .content_type = "text/plain; charset=utf-8"};
    (void)pthread_mutex_lock(&witness->lock);
    for (size_t i = 0; i < witness->table.count && answer->status == 404; i++) {
        struct hash hash;
        const struct cosigned *row = witness->table.rows[i];
        hash_sha256(bytes_of_text(row->origin), &hash);
        hex_encode(hash_bytes(&hash), text);
        if (row->note.size > 0 && bytes_equal(bytes_of_text(text), origin_hash)) {
            answer->status = 200;
            buffer_put(&answer->body, buffer_bytes(&row->note));
        }
    }
    (void)pthread_mutex_unlock(&witness->lock);
    if (answer->status == 404)
        buffer_put_text(&answer->body, "no checkpoint of such a log was cosigned here\n");
    if (buffer_error(&answer->body) != VAULT_OK)
        answer->status = 500;
}
