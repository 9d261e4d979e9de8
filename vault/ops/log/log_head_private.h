/**
 * @file log_head_private.h
 * Inside the room: the log's signed head as it is handed out, with what witnesses said of it.
 */
#ifndef VAULT_OPS_LOG_LOG_HEAD_PRIVATE_H
#define VAULT_OPS_LOG_LOG_HEAD_PRIVATE_H

#include "vault/evidence/trust.h"
#include "vault/ops/call_private.h"

/** A checkpoint to hand out, and the keys that signed it besides the log's own. */
struct log_head_out {
    struct buffer note;           /* signed by the log, and by witnesses where there are any */
    struct checkpoint checkpoint; /* borrows from the note */
    struct note_key log_key;
    struct note_key *witnesses; /* of the vault, whether they signed or not */
    size_t witness_count;
};

/** A checkpoint of at least @p size entries; log_head_free() in every case. */
int log_head_take(struct call *call, uint64_t size, struct log_head_out *head) VAULT_MUST_CHECK;
void log_head_free(struct log_head_out *head);

#endif
