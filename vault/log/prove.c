#include "vault/log/prove.h"

#include <stdlib.h>

#include "vault/log/log_private.h"

/* Stored nodes lie in the order in which they became whole, so those that neighbours need lie close together.
 */
struct log_prover {
    struct log *log;
    uint64_t size;
    struct hasher *hasher;
    struct tree_path path;
};

int log_prover_new(struct log *log, uint64_t size, struct log_prover **prover, struct failure *failure)
{
    struct log_head head;
    *prover = NULL;
    int result = caches_catch_up(log, &head, failure);
    if (result != VAULT_OK)
        return result;
    if (size > head.size)
        return failure_set(failure, VAULT_ENOTFOUND, "the log has %llu entries, not %llu",
            (unsigned long long)head.size, (unsigned long long)size);
    struct log_prover *fresh = calloc(1, sizeof *fresh);
    struct hasher *hasher = hasher_new();
    if (fresh == NULL || hasher == NULL) {
        free(fresh);
        hasher_free(hasher);
        return failure_set(failure, VAULT_ENOMEM, "no memory for proofs");
    }
    fresh->log = log;
    fresh->size = size;
    fresh->hasher = hasher;
    *prover = fresh;
    return VAULT_OK;
}

void log_prover_free(struct log_prover *prover)
{
    if (prover == NULL)
        return;
    hasher_free(prover->hasher);
    free(prover);
}

int log_prover_inclusion(
    struct log_prover *prover, uint64_t index, struct buffer *proof, struct failure *failure)
{
    struct tree_nodes nodes = cache_nodes(prover->log);
    int result = tree_inclusion_next(&nodes, prover->hasher, &prover->path, index, prover->size, proof);
    return result == VAULT_OK ? result
                              : failure_set(failure, result, "the log's tree: %s", vault_error_text(result));
}

int log_prover_node(
    struct log_prover *prover, unsigned level, uint64_t index, struct hash *hash, struct failure *failure)
{
    struct tree_nodes nodes = cache_nodes(prover->log);
    if (level >= TREE_LEVELS || index >= prover->size >> level)
        return failure_set(failure, VAULT_EUSAGE, "no such node in a tree of this size");
    int result = nodes.node(nodes.context, level, index, hash);
    return result == VAULT_OK ? result
                              : failure_set(failure, result, "the log's tree: %s", vault_error_text(result));
}

int log_prover_leaf_hash(
    struct log_prover *prover, uint64_t index, struct hash *hash, struct failure *failure)
{
    return log_prover_node(prover, 0, index, hash, failure);
}

int log_each(struct log *log, uint64_t first, uint64_t end,
    int (*leaf)(void *context, uint64_t index, struct bytes leaf), void *context, struct failure *failure)
{
    if (end > log_size(log))
        return failure_set(
            failure, VAULT_ENOTFOUND, "the log has no entry %llu", (unsigned long long)(end - 1));
    return entries_each(log, first, end, leaf, context, failure);
}
