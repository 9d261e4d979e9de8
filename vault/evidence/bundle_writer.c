#include "vault/evidence/bundle_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/evidence/entry.h"
#include "vault/evidence/outlet.h"
#include "vault/evidence/tlog_proof.h"

/* A run of entries: those of the log, or those of the releases. */
struct run {
    struct checkpoint checkpoint;
    struct scope scope;
    uint64_t count;
    uint64_t next; /* the lowest index that may follow */
};

struct bundle_writer {
    const struct bundle_plan *plan;
    struct outlet *outlet;
    struct hasher *hasher;
    struct buffer line;
    struct run entries;
    struct run releases;
    bool has_releases;
    struct note_key release_key;
    uint64_t redacted;
    size_t proofs;
    uint64_t next_proof;
};

static int start_run(
    struct run *run, struct bytes note_text, const struct scope *scope, struct failure *failure)
{
    struct note note;
    if (note_parse(note_text, &note) != VAULT_OK || checkpoint_parse(note.text, &run->checkpoint) != VAULT_OK)
        return failure_set(failure, VAULT_EINPUT, "a bundle needs a signed checkpoint");
    run->scope = *scope;
    run->next = scope->range ? scope->start : 0;
    return VAULT_OK;
}

static int start(struct bundle_writer *writer, struct failure *failure)
{
    const struct bundle_plan *plan = writer->plan;
    uint64_t seconds = plan->created < 0 ? 0 : (uint64_t)plan->created / 1000;
    int result = start_run(&writer->entries, plan->checkpoint, &plan->scope, failure);
    if (result == VAULT_OK)
        result = outlet_new(plan->out, plan->archive, seconds, &writer->outlet, failure);
    return result == VAULT_OK ? outlet_begin(writer->outlet, "entries.jsonl", failure) : result;
}

int bundle_writer_new(const struct bundle_plan *plan, struct bundle_writer **writer, struct failure *failure)
{
    *writer = NULL;
    struct bundle_writer *fresh = calloc(1, sizeof *fresh);
    struct hasher *hasher = hasher_new();
    if (fresh == NULL || hasher == NULL) {
        free(fresh);
        hasher_free(hasher);
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory", plan->out);
    }
    fresh->plan = plan;
    fresh->hasher = hasher;
    int result = start(fresh, failure);
    if (result == VAULT_OK)
        *writer = fresh;
    else
        bundle_writer_free(fresh);
    return result;
}

void bundle_writer_free(struct bundle_writer *writer)
{
    if (writer == NULL)
        return;
    outlet_free(writer->outlet);
    hasher_free(writer->hasher);
    buffer_free(&writer->line);
    free(writer);
}

/* --- Entries --- */

static int put_entry(
    struct bundle_writer *writer, struct run *run, const struct bundle_entry *entry, struct failure *failure)
{
    struct hash hash = entry->leaf_hash;
    bool fits = run->scope.range ? entry->index == run->next && entry->index < run->scope.end
                                 : entry->index >= run->next && entry->leaf.size > 0;
    if (!fits)
        return failure_set(
            failure, VAULT_EUSAGE, "entry %llu does not belong here", (unsigned long long)entry->index);
    if (entry->leaf.size > 0)
        tree_leaf_hash(writer->hasher, entry->leaf, &hash);
    if (tree_check_inclusion(writer->hasher, &hash, entry->index, run->checkpoint.size, entry->proof,
            &run->checkpoint.root) != VAULT_OK)
        return failure_set(failure, VAULT_EDAMAGED, "entry %llu is not in the tree that the checkpoint signs",
            (unsigned long long)entry->index);
    writer->line.size = 0;
    entry_line_write(entry->index, entry->leaf, &hash, entry->proof, &writer->line);
    run->next = entry->index + 1;
    run->count++;
    int result = buffer_error(&writer->line);
    return result == VAULT_OK ? outlet_put(writer->outlet, buffer_bytes(&writer->line), failure) : result;
}

int bundle_writer_entry(
    struct bundle_writer *writer, const struct bundle_entry *entry, struct failure *failure)
{
    writer->redacted += entry->leaf.size == 0;
    return put_entry(writer, &writer->entries, entry, failure);
}

int bundle_writer_proof(
    struct bundle_writer *writer, const struct bundle_entry *entry, struct failure *failure)
{
    char name[64];
    struct hash hash;
    const struct checkpoint *checkpoint = &writer->entries.checkpoint;
    if (writer->proofs == BUNDLE_PROOF_FILES_MAX)
        return failure_set(failure, VAULT_ELIMIT, "more than %zu proof files", BUNDLE_PROOF_FILES_MAX);
    if (entry->leaf.size == 0 || entry->index < writer->next_proof)
        return failure_set(failure, VAULT_EUSAGE, "a proof file out of order");
    tree_leaf_hash(writer->hasher, entry->leaf, &hash);
    if (tree_check_inclusion(writer->hasher, &hash, entry->index, checkpoint->size, entry->proof,
            &checkpoint->root) != VAULT_OK)
        return failure_set(failure, VAULT_EDAMAGED, "entry %llu is not in the tree that the checkpoint signs",
            (unsigned long long)entry->index);
    writer->line.size = 0;
    tlog_proof_write(entry->index, entry->leaf, entry->proof, writer->plan->checkpoint, &writer->line);
    (void)snprintf(name, sizeof name, "proofs/%llu.tlog-proof", (unsigned long long)entry->index);
    writer->proofs++;
    writer->next_proof = entry->index + 1;
    int result = buffer_error(&writer->line);
    return result == VAULT_OK ? outlet_file(writer->outlet, name, buffer_bytes(&writer->line), failure)
                              : result;
}

/* --- Releases --- */

int bundle_writer_release(struct bundle_writer *writer, struct bytes checkpoint, const struct note_key *key,
    const struct scope *scope, struct failure *failure)
{
    if (writer->has_releases)
        return failure_set(failure, VAULT_EUSAGE, "the releases stand there already");
    int result = outlet_file(writer->outlet, "release/checkpoint", checkpoint, failure);
    if (result == VAULT_OK)
        result = start_run(&writer->releases, checkpoint, scope, failure);
    if (result != VAULT_OK)
        return result;
    /* The run borrows the origin from a note that is the caller's; the key's name is the same and ours. */
    writer->release_key = *key;
    writer->releases.checkpoint.origin = bytes_of_text(writer->release_key.name);
    writer->has_releases = true;
    return outlet_begin(writer->outlet, "release/entries.jsonl", failure);
}

int bundle_writer_release_entry(
    struct bundle_writer *writer, const struct bundle_entry *entry, struct failure *failure)
{
    return writer->has_releases ? put_entry(writer, &writer->releases, entry, failure)
                                : failure_set(failure, VAULT_EUSAGE, "the releases were not begun");
}

int bundle_writer_case_file(
    struct bundle_writer *writer, const struct hash *hash, struct bytes content, struct failure *failure)
{
    char name[sizeof "files/" + 2 * HASH_SIZE] = "files/";
    if (writer->plan->case_file.size == 0)
        return failure_set(failure, VAULT_EUSAGE, "files of a case need the case");
    hex_encode(hash_bytes(hash), name + sizeof "files/" - 1);
    return outlet_file(writer->outlet, name, content, failure);
}

/* --- The end --- */

static void put_key(const struct note_key *key, struct buffer *text)
{
    struct buffer vkey = {0};
    note_key_format(key, &vkey);
    buffer_put_u8(&vkey, '\n');
    /* Each key stands once, however often it signed. */
    if (text->size == 0 || memmem(text->data, text->size, vkey.data, vkey.size) == NULL)
        buffer_put(text, buffer_bytes(&vkey));
    buffer_free(&vkey);
}

static int put_keys(struct bundle_writer *writer, struct failure *failure)
{
    const struct bundle_plan *plan = writer->plan;
    struct buffer text = {0};
    put_key(plan->log_key, &text);
    for (size_t i = 0; i < plan->other_key_count; i++)
        put_key(&plan->other_keys[i], &text);
    if (writer->has_releases)
        put_key(&writer->release_key, &text);
    int result = buffer_error(&text);
    if (result == VAULT_OK)
        result = outlet_file(writer->outlet, "vkeys", buffer_bytes(&text), failure);
    buffer_free(&text);
    return result;
}

static int put_history(struct bundle_writer *writer, struct failure *failure)
{
    const struct bundle_plan *plan = writer->plan;
    struct buffer text = {0};
    if (plan->old_size == 0)
        return VAULT_OK;
    if (tree_check_consistency(writer->hasher, plan->old_size, &plan->old_root,
            writer->entries.checkpoint.size, &writer->entries.checkpoint.root, plan->old_proof) != VAULT_OK)
        return failure_set(failure, VAULT_EDAMAGED, "the log does not extend the earlier checkpoint");
    consistency_write(plan->old_size, &plan->old_root, plan->old_proof, &text);
    int result = buffer_error(&text);
    if (result == VAULT_OK)
        result = outlet_file(writer->outlet, "consistency.json", buffer_bytes(&text), failure);
    if (result == VAULT_OK && plan->old_checkpoint.size > 0)
        result = outlet_file(writer->outlet, "old-checkpoint", plan->old_checkpoint, failure);
    buffer_free(&text);
    return result;
}

static int check_count(struct run *run, struct failure *failure)
{
    if (run->scope.range && run->count != run->scope.end - run->scope.start)
        return failure_set(failure, VAULT_EUSAGE, "%llu of %llu entries of a range",
            (unsigned long long)run->count, (unsigned long long)(run->scope.end - run->scope.start));
    run->scope.count = run->count;
    return VAULT_OK;
}

static struct manifest describe(const struct bundle_writer *writer)
{
    return (struct manifest){.origin = writer->entries.checkpoint.origin,
        .tree_size = writer->entries.checkpoint.size,
        .created = writer->plan->created,
        .purpose = writer->plan->purpose,
        .scope = writer->entries.scope,
        .has_release = writer->has_releases,
        .release_origin = writer->releases.checkpoint.origin,
        .release_size = writer->releases.checkpoint.size,
        .release_scope = writer->releases.scope};
}

static int put_manifest(struct bundle_writer *writer, struct hash *hash, struct failure *failure)
{
    size_t count;
    struct buffer text = {0};
    struct buffer signed_text = {0};
    struct buffer note = {0};
    struct manifest manifest = describe(writer);
    const struct outlet_file *files = outlet_files(writer->outlet, &count);
    manifest_write_start(manifest.created, &text);
    for (size_t i = 0; i < count; i++)
        manifest_write_file(i == 0, files[i].name, &files[i].hash, files[i].size, &text);
    manifest_write_end(&manifest, &text);
    hash_sha256(buffer_bytes(&text), hash);
    manifest_signed_text(manifest.origin, hash, &signed_text);
    buffer_put(&note, buffer_bytes(&signed_text));
    buffer_put_u8(&note, '\n');
    int result =
        note_put_signature(writer->plan->log_key, writer->plan->signer, buffer_bytes(&signed_text), &note);
    if (result == VAULT_OK)
        result = buffer_error(&text);
    if (result == VAULT_OK)
        result = outlet_file(writer->outlet, "manifest.json", buffer_bytes(&text), failure);
    if (result == VAULT_OK)
        result = outlet_file(writer->outlet, "manifest.sig", buffer_bytes(&note), failure);
    buffer_free(&text);
    buffer_free(&signed_text);
    buffer_free(&note);
    return result;
}

static int put_readme(
    struct bundle_writer *writer, const struct bundle_written *written, struct failure *failure)
{
    struct buffer text = {0};
    struct manifest manifest = describe(writer);
    bundle_readme(&manifest, written, writer->plan->old_size > 0, writer->plan->case_file.size > 0, &text);
    int result = buffer_error(&text);
    if (result == VAULT_OK)
        result = outlet_file(writer->outlet, "README.txt", buffer_bytes(&text), failure);
    buffer_free(&text);
    return result;
}

int bundle_writer_finish(
    struct bundle_writer *writer, struct bundle_written *written, struct failure *failure)
{
    int result = check_count(&writer->entries, failure);
    if (result == VAULT_OK && writer->has_releases)
        result = check_count(&writer->releases, failure);
    *written = (struct bundle_written){.told = writer->entries.count - writer->redacted,
        .redacted = writer->redacted,
        .releases = writer->releases.count};
    if (result == VAULT_OK)
        result = outlet_file(writer->outlet, "checkpoint", writer->plan->checkpoint, failure);
    if (result == VAULT_OK)
        result = put_keys(writer, failure);
    if (result == VAULT_OK)
        result = put_history(writer, failure);
    if (result == VAULT_OK && writer->plan->case_file.size > 0)
        result = outlet_file(writer->outlet, "case.json", writer->plan->case_file, failure);
    if (result == VAULT_OK)
        result = put_readme(writer, written, failure);
    if (result == VAULT_OK)
        result = put_manifest(writer, &written->manifest_hash, failure);
    return result == VAULT_OK ? outlet_finish(writer->outlet, failure) : result;
}

int bundle_writer_place(struct bundle_writer *writer, struct failure *failure)
{
    return outlet_place(writer->outlet, failure);
}
