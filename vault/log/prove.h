/**
 * @file prove.h
 * Many inclusion proofs of one size of a log, and its entries in large pieces: for whoever hands out much of
 * it.
 */
#ifndef VAULT_LOG_PROVE_H
#define VAULT_LOG_PROVE_H

#include "vault/log/log.h"

/** Proofs of neighbouring entries share most of their hashes, and a prover keeps them; for one thread. */
struct log_prover;

/** @p size entries are what the proofs are for; VAULT_ENOTFOUND if the log has fewer. NULL on error. */
int log_prover_new(
    struct log *log, uint64_t size, struct log_prover **prover, struct failure *failure) VAULT_MUST_CHECK;
void log_prover_free(struct log_prover *prover);

/** As log_inclusion_proof(). */
int log_prover_inclusion(struct log_prover *prover, uint64_t index, struct buffer *proof,
    struct failure *failure) VAULT_MUST_CHECK;

/** The stored hash of an entry; whoever uses it holds its proof against a root. */
int log_prover_leaf_hash(
    struct log_prover *prover, uint64_t index, struct hash *hash, struct failure *failure) VAULT_MUST_CHECK;

/** One node of the tree whose leaves are all below the size: node (level, index) of evidence/tree.h. */
int log_prover_node(struct log_prover *prover, unsigned level, uint64_t index, struct hash *hash,
    struct failure *failure) VAULT_MUST_CHECK;

/** Every leaf of [first, end), in order and in large pieces; a non-zero return stops and is handed on. */
int log_each(struct log *log, uint64_t first, uint64_t end,
    int (*leaf)(void *context, uint64_t index, struct bytes leaf), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
