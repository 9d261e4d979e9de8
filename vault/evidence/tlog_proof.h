/**
 * @file tlog_proof.h
 * C2SP tlog-proof (https://c2sp.org/tlog-proof): one entry with its inclusion proof and the checkpoint, as
 * one text file that needs nothing beside it but a policy.  Our `extra` is the leaf.
 */
#ifndef VAULT_EVIDENCE_TLOG_PROOF_H
#define VAULT_EVIDENCE_TLOG_PROOF_H

#include "vault/evidence/leaf.h"
#include "vault/evidence/note.h"
#include "vault/evidence/tree.h"

struct tlog_proof {
    uint64_t index;
    struct bytes extra;      /* base64; empty if there is none */
    struct bytes checkpoint; /* the signed note */
    size_t proof_size;
    uint8_t proof[TREE_LEVELS * HASH_SIZE];
};

/** Read one; spans borrow from @p text.  NULL, or what is wrong.  The checkpoint is not looked into. */
const char *tlog_proof_read(struct bytes text, struct tlog_proof *proof);

void tlog_proof_write(
    uint64_t index, struct bytes leaf, struct bytes proof, struct bytes checkpoint, struct buffer *text);

#endif
