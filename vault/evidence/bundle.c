/* A bundle's checks in their order, and what they share. */
#include <stdlib.h>
#include <string.h>

#include "vault/evidence/bundle_private.h"

int bundle_refuse(
    struct bundle *bundle, enum bundle_rule rule, const char *file, uint64_t entry, const char *detail)
{
    struct bundle_refusal *refusal = &bundle->report->refusal;
    if (refusal->rule != BUNDLE_ACCEPTED)
        return VAULT_EFORGED;
    refusal->rule = rule;
    refusal->entry = entry;
    refusal->line = BUNDLE_NOWHERE;
    refusal->detail = detail;
    size_t size = strnlen(file, CONTAINER_NAME_MAX);
    memcpy(refusal->file, file, size);
    refusal->file[size] = '\0';
    return VAULT_EFORGED;
}

int bundle_map(struct bundle *bundle, const char *name, struct bytes *content, bool *there)
{
    size_t index;
    *content = bytes_of(NULL, 0);
    *there = container_find(bundle->container, name, &index);
    if (!*there)
        return VAULT_OK;
    int result = container_get(bundle->container, index, content, bundle->failure);
    if (result == VAULT_EFORGED)
        return bundle_refuse(
            bundle, BUNDLE_CONTAINER, name, BUNDLE_NOWHERE, "neither a regular file nor a directory");
    return result;
}

static int check_names(struct bundle *bundle)
{
    static const char *const required[] = {
        "checkpoint", "vkeys", "entries.jsonl", "manifest.json", "manifest.sig"};
    static const struct {
        const char *file;
        const char *needs;
    } pairs[] = {{"old-checkpoint", "consistency.json"}, {"release/checkpoint", "release/entries.jsonl"},
        {"release/entries.jsonl", "release/checkpoint"}};
    size_t index;
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        if (!container_find(bundle->container, required[i], &index))
            return bundle_refuse(bundle, BUNDLE_MISSING, required[i], BUNDLE_NOWHERE, NULL);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (container_find(bundle->container, pairs[i].file, &index) &&
            !container_find(bundle->container, pairs[i].needs, &index))
            return bundle_refuse(bundle, BUNDLE_MISSING, pairs[i].needs, BUNDLE_NOWHERE, NULL);
    return VAULT_OK;
}

/* --- The checkpoint, and how fresh it is --- */

static uint64_t now_of(const struct bundle *bundle)
{
    return bundle->options->now < 0 ? 0 : (uint64_t)bundle->options->now / 1000;
}

/* The quorum must be met by cosignatures that are young enough; where the policy asks for none, one must be.
 */
static bool young_enough(const struct bundle *bundle)
{
    const struct trust_found *found = &bundle->report->checkpoint;
    const struct trust *trust = bundle->options->trust;
    uint64_t now = now_of(bundle);
    uint64_t oldest = now > bundle->options->max_age ? now - bundle->options->max_age : 0;
    bool young[TRUST_WITNESSES_MAX];
    for (size_t i = 0; i < TRUST_WITNESSES_MAX; i++)
        young[i] = found->cosigned[i] && found->times[i] >= oldest;
    return trust_needs_witness(trust) ? trust_quorum(trust, young)
                                      : found->cosignatures > 0 && found->last >= oldest;
}

static int check_checkpoint(struct bundle *bundle)
{
    static const char name[] = "checkpoint";
    struct trust_found *found = &bundle->report->checkpoint;
    const struct trust *trust = bundle->options->trust;
    bool there;
    int result = bundle_map(bundle, name, &bundle->checkpoint, &there);
    if (result != VAULT_OK)
        return result;
    const char *why = trust_check(trust, bundle->checkpoint, now_of(bundle), found);
    if (why != NULL)
        return bundle_refuse(bundle, BUNDLE_CHECKPOINT, name, BUNDLE_NOWHERE, why);
    if (bytes_equal(found->checkpoint.origin, bytes_of_text(MANIFEST_FIRST_LINE)))
        return bundle_refuse(
            bundle, BUNDLE_CHECKPOINT, name, BUNDLE_NOWHERE, "no log may have the name of a manifest");
    if (!trust_quorum(trust, found->cosigned))
        return bundle_refuse(bundle, BUNDLE_QUORUM, name, BUNDLE_NOWHERE, NULL);
    if (bundle->options->max_age != 0 && !young_enough(bundle))
        return bundle_refuse(bundle, BUNDLE_AGE, name, BUNDLE_NOWHERE, NULL);
    return VAULT_OK;
}

/* --- The manifest --- */

static bool signed_by_log(struct bundle *bundle, struct bytes note, int *result)
{
    const struct trust *trust = bundle->options->trust;
    struct bytes origin = bundle->report->checkpoint.checkpoint.origin;
    const struct hash *hash = &bundle->report->manifest_hash;
    *result = VAULT_EFORGED;
    for (size_t i = 0; i < trust_log_count(trust); i++)
        if (bytes_equal(bytes_of_text(trust_log(trust, i)->name), origin))
            if ((*result = manifest_check_signature(note, origin, hash, trust_log(trust, i))) !=
                VAULT_EFORGED)
                return *result == VAULT_OK;
    if (bundle->options->manifest_key != NULL)
        *result = manifest_check_signature(note, origin, hash, bundle->options->manifest_key);
    return *result == VAULT_OK;
}

static int check_signature(struct bundle *bundle)
{
    static const char name[] = "manifest.sig";
    struct bytes note;
    bool there;
    int result = bundle_map(bundle, name, &note, &there);
    if (result != VAULT_OK)
        return result;
    if (!signed_by_log(bundle, note, &result) && result != VAULT_ENOMEM)
        result = bundle_refuse(bundle, BUNDLE_MANIFEST_SIGNATURE, name, BUNDLE_NOWHERE,
            result == VAULT_EINPUT ? "it is not a note of one signature over this manifest" : NULL);
    container_drop(bundle->container, note);
    return result;
}

static int check_file(struct bundle *bundle, size_t index, const struct manifest_file *file)
{
    const char *name = container_name(bundle->container, index);
    struct bytes content;
    struct hash hash;
    if (!bytes_equal(file->name, bytes_of_text(name)))
        return bundle_refuse(bundle, BUNDLE_MANIFEST_FILES, name, BUNDLE_NOWHERE, NULL);
    int result = container_get(bundle->container, index, &content, bundle->failure);
    if (result != VAULT_OK)
        return result;
    hash_sha256(content, &hash);
    if (content.size != file->size || !hash_equal(&hash, &file->hash))
        result = bundle_refuse(bundle, BUNDLE_MANIFEST_HASH, name, BUNDLE_NOWHERE, NULL);
    container_drop(bundle->container, content);
    return result;
}

/* Both lists are sorted by name, so they must run side by side. */
static int check_files(struct bundle *bundle)
{
    struct bytes rest = bundle->report->manifest.files;
    struct manifest_file file;
    bool more = true;
    int result = VAULT_OK;
    for (size_t i = 0; i < container_count(bundle->container) && result == VAULT_OK; i++) {
        const char *name = container_name(bundle->container, i);
        if (strcmp(name, "manifest.json") == 0 || strcmp(name, "manifest.sig") == 0)
            continue;
        const char *why = manifest_file(&rest, &file, &more);
        if (why != NULL)
            return bundle_refuse(bundle, BUNDLE_MANIFEST, "manifest.json", BUNDLE_NOWHERE, why);
        if (!more)
            return bundle_refuse(bundle, BUNDLE_MANIFEST_FILES, name, BUNDLE_NOWHERE, NULL);
        result = check_file(bundle, i, &file);
    }
    if (result != VAULT_OK)
        return result;
    const char *why = manifest_file(&rest, &file, &more);
    return why == NULL && !more
               ? VAULT_OK
               : bundle_refuse(bundle, BUNDLE_MANIFEST_FILES, "manifest.json", BUNDLE_NOWHERE, why);
}

static bool scope_fits(const struct scope *scope, uint64_t size)
{
    return scope->range ? scope->end <= size : scope->count <= size;
}

static int match_manifest(struct bundle *bundle)
{
    const struct manifest *manifest = &bundle->report->manifest;
    const struct checkpoint *checkpoint = &bundle->report->checkpoint.checkpoint;
    static const char name[] = "manifest.json";
    size_t index;
    if (!manifest_names(manifest->origin, checkpoint->origin) || manifest->tree_size != checkpoint->size ||
        !scope_fits(&manifest->scope, checkpoint->size))
        return bundle_refuse(bundle, BUNDLE_MANIFEST_CHECKPOINT, name, BUNDLE_NOWHERE, NULL);
    if (manifest->created > bundle->options->now)
        return bundle_refuse(bundle, BUNDLE_MANIFEST_FUTURE, name, BUNDLE_NOWHERE, NULL);
    if (manifest->has_release != container_find(bundle->container, "release/checkpoint", &index))
        return bundle_refuse(bundle, BUNDLE_MANIFEST_FILES, name, BUNDLE_NOWHERE,
            "releases are told of but not there, or the reverse");
    return VAULT_OK;
}

int bundle_check_manifest(struct bundle *bundle)
{
    static const char name[] = "manifest.json";
    bool there;
    int result = bundle_map(bundle, name, &bundle->manifest, &there);
    if (result != VAULT_OK)
        return result;
    hash_sha256(bundle->manifest, &bundle->report->manifest_hash);
    result = check_signature(bundle);
    if (result != VAULT_OK)
        return result;
    const char *why = manifest_read(bundle->manifest, &bundle->report->manifest);
    if (why != NULL)
        return bundle_refuse(bundle, BUNDLE_MANIFEST, name, BUNDLE_NOWHERE, why);
    result = match_manifest(bundle);
    return result == VAULT_OK ? check_files(bundle) : result;
}

/* --- Proof files --- */

static const char *check_proof(
    struct bundle *bundle, const struct tlog_proof *proof, uint64_t index, struct buffer *leaf)
{
    const struct checkpoint *here = &bundle->report->checkpoint.checkpoint;
    struct trust_found found;
    struct hash hash;
    if (proof->index != index)
        return "its index is not that of its name";
    const char *why = trust_check(bundle->options->trust, proof->checkpoint, now_of(bundle), &found);
    if (why != NULL)
        return why;
    if (!bytes_equal(found.checkpoint.origin, here->origin) || found.checkpoint.size != here->size ||
        !hash_equal(&found.checkpoint.root, &here->root))
        return "its checkpoint is not that of the bundle";
    buffer_reset(leaf);
    if (base64_decode(proof->extra, leaf) != VAULT_OK || leaf->size == 0)
        return "no leaf";
    tree_leaf_hash(bundle->hasher, buffer_bytes(leaf), &hash);
    struct bytes path = bytes_of(proof->proof, proof->proof_size);
    return tree_check_inclusion(bundle->hasher, &hash, index, here->size, path, &here->root) == VAULT_OK
               ? NULL
               : "the leaf is not in the log at this place";
}

static int check_proof_file(struct bundle *bundle, size_t file, uint64_t index, struct buffer *leaf)
{
    struct bytes content;
    struct tlog_proof proof;
    int result = container_get(bundle->container, file, &content, bundle->failure);
    if (result != VAULT_OK)
        return result;
    const char *why = tlog_proof_read(content, &proof);
    if (why == NULL)
        why = check_proof(bundle, &proof, index, leaf);
    if (why != NULL)
        result =
            bundle_refuse(bundle, BUNDLE_PROOF_FILE, container_name(bundle->container, file), index, why);
    container_drop(bundle->container, content);
    return result;
}

int bundle_check_proofs(struct bundle *bundle)
{
    struct buffer leaf = {0};
    int result = VAULT_OK;
    for (size_t i = 0; i < container_count(bundle->container) && result == VAULT_OK; i++) {
        uint64_t index;
        if (!container_proof_name(container_name(bundle->container, i), &index))
            continue;
        result = check_proof_file(bundle, i, index, &leaf);
        bundle->report->proof_files++;
    }
    buffer_free(&leaf);
    return result;
}

/* --- All of it --- */

static int open_bundle(struct bundle *bundle, const char *path)
{
    struct container_fault fault;
    bundle->hasher = hasher_new();
    if (bundle->hasher == NULL)
        return failure_set(bundle->failure, VAULT_ENOMEM, "%s: no memory", path);
    int result = container_open(path, &bundle->container, &fault, bundle->failure);
    if (result == VAULT_EFORGED)
        return bundle_refuse(bundle, BUNDLE_CONTAINER, fault.name, BUNDLE_NOWHERE, fault.what);
    return result;
}

static int check(struct bundle *bundle, const char *path)
{
    static int (*const steps[])(struct bundle * bundle) = {check_names, check_checkpoint,
        bundle_check_manifest, bundle_check_consistency, bundle_check_kept, bundle_check_releases,
        bundle_check_keys, bundle_check_entries, bundle_check_proofs};
    int result = open_bundle(bundle, path);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && result == VAULT_OK; i++)
        result = steps[i](bundle);
    return result;
}

int bundle_check(const char *path, const struct bundle_options *options, struct bundle **bundle,
    struct bundle_report *report, struct failure *failure)
{
    memset(report, 0, sizeof *report);
    report->first_time = INT64_MAX;
    report->last_time = INT64_MIN;
    *bundle = NULL;
    struct bundle *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL)
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory", path);
    fresh->options = options;
    fresh->report = report;
    fresh->failure = failure;
    int result = check(fresh, path);
    if (result == VAULT_OK || result == VAULT_EFORGED)
        *bundle = fresh;
    else
        bundle_free(fresh);
    return result == VAULT_ENOMEM ? failure_set(failure, result, "%s: no memory", path) : result;
}

void bundle_free(struct bundle *bundle)
{
    if (bundle == NULL)
        return;
    if (bundle->container != NULL) {
        container_drop(bundle->container, bundle->checkpoint);
        container_drop(bundle->container, bundle->manifest);
        container_drop(bundle->container, bundle->old_checkpoint);
        container_drop(bundle->container, bundle->release_checkpoint);
    }
    container_free(bundle->container);
    hasher_free(bundle->hasher);
    free(bundle->releases);
    free(bundle->by_seq);
    free(bundle);
}
