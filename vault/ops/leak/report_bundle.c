/* The bundle of the events that a report cites: a selection, which log.bundle's writer makes. */
#include <string.h>

#include "vault/base/instant.h"
#include "vault/evidence/bundle_writer.h"
#include "vault/log/prove.h"
#include "vault/ops/log/log_head_private.h"
#include "vault/ops/leak/report_private.h"

struct bundling {
    struct call *call;
    struct log_head_out head;
    struct log_prover *prover;
    struct bundle_writer *writer;
    struct buffer leaf;
    struct buffer proof;
    struct buffer purpose;
    struct buffer old_proof;
};

/* What the reader kept from before, so that the bundle can be held against it. */
static int tie_to_earlier(struct bundling *b, struct bundle_plan *plan)
{
    struct call *call = b->call;
    struct log *log = session_log(call->session);
    struct checkpoint checkpoint;
    const char *text = call_text(call, "since");
    if (text == NULL)
        return VAULT_OK;
    plan->old_checkpoint = bytes_of_text(text);
    int result = checkpoint_open(plan->old_checkpoint, &b->head.log_key, &checkpoint);
    if (result != VAULT_OK || checkpoint.size == 0)
        return failure_set(call->failure, VAULT_EINPUT, "since: no checkpoint of this log with an entry");
    result = log_extends(log, plan->old_checkpoint, call->failure);
    if (result == VAULT_OK)
        result = log_consistency_proof(
            log, checkpoint.size, b->head.checkpoint.size, &b->old_proof, call->failure);
    plan->old_size = checkpoint.size;
    plan->old_root = checkpoint.root;
    plan->old_proof = buffer_bytes(&b->old_proof);
    return result;
}

static int put(struct bundling *b, uint64_t index)
{
    struct bundle_entry entry = {.index = index};
    buffer_reset(&b->leaf);
    b->proof.size = 0;
    int result = log_read(session_log(b->call->session), index, &b->leaf, b->call->failure);
    if (result == VAULT_OK)
        result = log_prover_inclusion(b->prover, index, &b->proof, b->call->failure);
    entry.leaf = buffer_bytes(&b->leaf);
    entry.proof = buffer_bytes(&b->proof);
    return result == VAULT_OK ? bundle_writer_entry(b->writer, &entry, b->call->failure) : result;
}

static int start(
    struct bundling *b, uint64_t event, const struct report_bundled *as, struct bundle_plan *plan)
{
    struct call *call = b->call;
    int result = log_head_take(call, event + 1, &b->head);
    json_write_string(bytes_of_text(as->purpose), &b->purpose);
    if (result == VAULT_OK)
        result = buffer_error(&b->purpose);
    *plan = (struct bundle_plan){.out = as->out,
        .archive = as->archive,
        .case_file = as->case_file,
        .checkpoint = buffer_bytes(&b->head.note),
        .log_key = &b->head.log_key,
        .signer = session_keys(call->session)->sign,
        .other_keys = b->head.witnesses,
        .other_key_count = b->head.witness_count,
        .scope = {.end = event + 1},
        .purpose = buffer_bytes(&b->purpose),
        .created = instant_now()};
    if (result == VAULT_OK)
        result = tie_to_earlier(b, plan);
    if (result == VAULT_OK)
        result =
            log_prover_new(session_log(call->session), b->head.checkpoint.size, &b->prover, call->failure);
    return result == VAULT_OK ? bundle_writer_new(plan, &b->writer, call->failure) : result;
}

int report_bundle(
    struct call *call, struct report_events *events, uint64_t event, const struct report_bundled *as, json_t **told)
{
    struct bundling b = {.call = call};
    struct bundle_plan plan;
    struct bundle_written written = {0};
    *told = NULL;
    int result = report_events_add(events, event);
    if (result == VAULT_OK)
        result = start(&b, event, as, &plan);
    for (size_t i = 0; i < events->count && result == VAULT_OK; i++)
        result = put(&b, events->items[i]);
    if (result == VAULT_OK && as->attach != NULL)
        result = as->attach(as->context, b.writer);
    if (result == VAULT_OK)
        result = bundle_writer_finish(b.writer, &written, call->failure);
    if (result == VAULT_OK && as->finished != NULL)
        result = as->finished(as->context, &written.manifest_hash);
    if (result == VAULT_OK)
        result = bundle_writer_place(b.writer, call->failure);
    if (result == VAULT_OK) {
        *told = json_pack("{s:s,s:I,s:b,s:I,s:o}", "out", plan.out, "told", (json_int_t)written.told,
            "extends", plan.old_size > 0, "tree_size", (json_int_t)b.head.checkpoint.size, "manifest_sha256",
            json_hex(hash_bytes(&written.manifest_hash)));
        result = *told == NULL ? VAULT_ENOMEM : VAULT_OK;
    }
    bundle_writer_free(b.writer);
    log_prover_free(b.prover);
    log_head_free(&b.head);
    buffer_free(&b.leaf);
    buffer_free(&b.proof);
    buffer_free(&b.purpose);
    buffer_free(&b.old_proof);
    return result;
}
