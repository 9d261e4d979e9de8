/* What ties a bundle to the past: consistency.json, old-checkpoint, and the checkpoint that the auditor kept;
 * and the list of keys. */
#include <string.h>

#include "vault/evidence/bundle_private.h"

static uint64_t now_of(const struct bundle *bundle)
{
    return bundle->options->now < 0 ? 0 : (uint64_t)bundle->options->now / 1000;
}

/* --- consistency.json, old-checkpoint --- */

static int check_old_checkpoint(struct bundle *bundle, const struct consistency *consistency)
{
    static const char name[] = "old-checkpoint";
    struct bundle_report *report = bundle->report;
    struct trust_found *found = &report->old_checkpoint;
    int result = bundle_map(bundle, name, &bundle->old_checkpoint, &report->has_old_checkpoint);
    if (result != VAULT_OK || !report->has_old_checkpoint)
        return result;
    const char *why = trust_check(bundle->options->trust, bundle->old_checkpoint, now_of(bundle), found);
    if (why == NULL && !bytes_equal(found->checkpoint.origin, report->checkpoint.checkpoint.origin))
        why = "of another log";
    if (why == NULL && (found->checkpoint.size != consistency->old_size ||
                           !hash_equal(&found->checkpoint.root, &consistency->old_root)))
        why = "not the one that consistency.json speaks of";
    return why == NULL ? VAULT_OK : bundle_refuse(bundle, BUNDLE_OLD_CHECKPOINT, name, BUNDLE_NOWHERE, why);
}

/* The earlier state is proved if the auditor kept just that one. */
static void compare_kept(struct bundle *bundle, const struct consistency *consistency)
{
    const struct checkpoint *kept = &bundle->kept.checkpoint;
    if (bundle->has_kept && kept->size == consistency->old_size)
        bundle->report->kept =
            hash_equal(&kept->root, &consistency->old_root) ? BUNDLE_KEPT_PROOF : BUNDLE_KEPT_NONE;
}

/* The kept checkpoint is judged first: its text is the auditor's, not the bundle's. */
static int read_kept(struct bundle *bundle)
{
    struct note note;
    const struct bundle_options *options = bundle->options;
    bundle->has_kept = options->kept.size > 0;
    if (!bundle->has_kept)
        return VAULT_OK;
    if (note_parse(options->kept, &note) != VAULT_OK ||
        checkpoint_parse(note.text, &bundle->kept.checkpoint) != VAULT_OK)
        return failure_set(bundle->failure, VAULT_EINPUT, "the kept checkpoint is not a checkpoint");
    const char *why = trust_check(options->trust, options->kept, now_of(bundle), &bundle->kept);
    if (why != NULL ||
        !bytes_equal(bundle->kept.checkpoint.origin, bundle->report->checkpoint.checkpoint.origin))
        return bundle_refuse(bundle, BUNDLE_KEPT, "", BUNDLE_NOWHERE, why);
    bundle->report->kept_size = bundle->kept.checkpoint.size;
    return VAULT_OK;
}

int bundle_check_consistency(struct bundle *bundle)
{
    static const char name[] = "consistency.json";
    struct bundle_report *report = bundle->report;
    const struct checkpoint *here = &report->checkpoint.checkpoint;
    struct consistency consistency;
    struct bytes text;
    int result = read_kept(bundle);
    if (result == VAULT_OK)
        result = bundle_map(bundle, name, &text, &report->has_old);
    if (result != VAULT_OK || !report->has_old)
        return result;
    const char *why = consistency_read(text, &consistency);
    container_drop(bundle->container, text);
    if (why != NULL)
        return bundle_refuse(bundle, BUNDLE_CONSISTENCY, name, BUNDLE_NOWHERE, why);
    if (tree_check_consistency(bundle->hasher, consistency.old_size, &consistency.old_root, here->size,
            &here->root, bytes_of(consistency.proof, consistency.proof_size)) != VAULT_OK)
        return bundle_refuse(bundle, BUNDLE_CONSISTENCY_PROOF, name, BUNDLE_NOWHERE, NULL);
    report->old_size = consistency.old_size;
    compare_kept(bundle, &consistency);
    return check_old_checkpoint(bundle, &consistency);
}

/* --- The kept checkpoint --- */

int bundle_check_kept(struct bundle *bundle)
{
    struct bundle_report *report = bundle->report;
    const struct checkpoint *kept = &bundle->kept.checkpoint;
    const struct checkpoint *here = &report->checkpoint.checkpoint;
    const struct scope *scope = &report->manifest.scope;
    if (!bundle->has_kept || report->kept == BUNDLE_KEPT_PROOF)
        return VAULT_OK;
    if (kept->size > here->size)
        return bundle_refuse(bundle, BUNDLE_KEPT_SHORTER, "checkpoint", BUNDLE_NOWHERE, NULL);
    if (kept->size == here->size && !hash_equal(&kept->root, &here->root))
        return bundle_refuse(bundle, BUNDLE_KEPT_HISTORY, "checkpoint", BUNDLE_NOWHERE, NULL);
    if (kept->size == here->size || kept->size == 0) {
        report->kept = BUNDLE_KEPT_SAME;
        return VAULT_OK;
    }
    if (report->has_old && report->old_size == kept->size)
        return bundle_refuse(bundle, BUNDLE_KEPT_HISTORY, "consistency.json", BUNDLE_NOWHERE, NULL);
    bundle->kept_by_range = scope->range && scope->start == 0 && scope->end >= kept->size;
    if (!bundle->kept_by_range)
        return bundle_refuse(bundle, BUNDLE_KEPT_UNPROVED, "consistency.json", BUNDLE_NOWHERE, NULL);
    return VAULT_OK;
}

/* --- vkeys --- */

static bool same_key(const struct note_key *a, const struct note_key *b)
{
    return a->type == b->type && strcmp(a->name, b->name) == 0 &&
           memcmp(a->public_key, b->public_key, SIGN_PUBLIC_SIZE) == 0;
}

/* Read line by line; *listed: the key is one of them. */
static const char *read_keys(struct bytes text, const struct note_key *wanted, bool *listed)
{
    *listed = false;
    while (text.size > 0) {
        struct note_key key;
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? 0 : (size_t)(end - text.data);
        struct bytes line = bytes_of(text.data, size);
        if (end == NULL)
            return "a line that does not end";
        if (note_key_parse(line, &key) != VAULT_OK)
            return "a line that is not a key of the form NAME+ID+BASE64";
        text = bytes_of(end + 1, text.size - size - 1);
        if (memmem(text.data, text.size, line.data, line.size) != NULL && wanted == NULL) {
            bool again;
            if (read_keys(text, &key, &again) == NULL && again)
                return "a key that stands twice";
        }
        *listed = *listed || (wanted != NULL && same_key(&key, wanted));
    }
    return NULL;
}

static bool all_listed(const struct bundle *bundle, struct bytes text, const struct trust_found *found)
{
    bool listed = true;
    if (found->log != NULL)
        (void)read_keys(text, found->log, &listed);
    for (size_t i = 0; i < trust_witness_count(bundle->options->trust) && listed; i++)
        if (found->cosigned[i])
            (void)read_keys(text, &trust_witness(bundle->options->trust, i)->key, &listed);
    return listed;
}

#define VKEYS_MAX ((size_t)64 * 1024)

int bundle_check_keys(struct bundle *bundle)
{
    static const char name[] = "vkeys";
    const struct bundle_report *report = bundle->report;
    struct bytes text;
    bool there;
    bool listed;
    int result = bundle_map(bundle, name, &text, &there);
    if (result != VAULT_OK)
        return result;
    const char *why =
        text.size == 0 || text.size > VKEYS_MAX ? "it is empty or too long" : read_keys(text, NULL, &listed);
    if (why != NULL)
        result = bundle_refuse(bundle, BUNDLE_VKEYS, name, BUNDLE_NOWHERE, why);
    else if (!all_listed(bundle, text, &report->checkpoint) ||
             !all_listed(bundle, text, &report->old_checkpoint) ||
             !all_listed(bundle, text, &report->release_checkpoint))
        result = bundle_refuse(bundle, BUNDLE_VKEYS_MISSING, name, BUNDLE_NOWHERE, NULL);
    container_drop(bundle->container, text);
    return result;
}
