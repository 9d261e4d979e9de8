/* release/: which keys a witness gave out, held against the events that asked for them. */
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/evidence/bundle_private.h"
#include "vault/evidence/canonical.h"

static const char checkpoint_file[] = "release/checkpoint";
static const char entries_file[] = "release/entries.jsonl";

/* --- Leaves of releases --- */

static bool text_in(struct bytes object, const char *name, struct bytes *text)
{
    struct bytes value;
    *text = canonical_find(object, name, &value) ? canonical_string(value) : bytes_of(NULL, 0);
    return text->size > 0;
}

static bool number_in(struct bytes object, const char *name, uint64_t *number)
{
    struct bytes value;
    return canonical_find(object, name, &value) && canonical_number(value, number);
}

static bool hash_in(struct bytes object, const char *name, struct hash *hash)
{
    uint8_t room[HASH_SIZE + 1];
    struct buffer decoded = {.data = room, .capacity = sizeof room};
    struct bytes text;
    if (!text_in(object, name, &text) || text.size != 44 || base64_decode(text, &decoded) != VAULT_OK ||
        decoded.size != HASH_SIZE)
        return false;
    memcpy(hash->data, room, HASH_SIZE);
    return true;
}

/* NULL, or what is wrong. */
static const char *read_release(struct bytes leaf, struct release *release, struct bytes *vault)
{
    struct bytes text;
    uint64_t version = 0;
    int64_t time;
    if (!canonical_object(leaf, NULL, NULL))
        return "not a canonical JSON object";
    if (!number_in(leaf, "v", &version) || version != 1)
        return "\"v\" is not 1";
    if (!number_in(leaf, "seq", &release->seq))
        return "no number \"seq\"";
    if (!text_in(leaf, "time", &text) || text.size != INSTANT_TEXT_SIZE - 1 ||
        text.data[INSTANT_TEXT_SIZE - 2] != 'Z' || !instant_parse(text, &time))
        return "\"time\" is not a moment in UTC with milliseconds";
    if (!text_in(leaf, "event", &text) || !bytes_equal(text, bytes_of_text("key.release")))
        return "its event is not key.release";
    if (!text_in(leaf, "id", &text) || !text_in(leaf, "key", &text) || !text_in(leaf, "request", &text))
        return "no id, key or request";
    if (!text_in(leaf, "vault", vault) || !number_in(leaf, "access_seq", &release->access_seq) ||
        !hash_in(leaf, "access_leaf", &release->access_leaf))
        return "no vault, access_seq or access_leaf";
    return NULL;
}

/* --- Collecting them --- */

struct collected {
    struct bundle *bundle;
    size_t capacity;
};

static int refuse(struct bundle *bundle, enum bundle_rule rule, const struct entry *entry, const char *detail)
{
    return bundle_refuse(bundle, rule, entries_file, entry->index, detail);
}

static int collect(struct collected *collected, const struct release *release)
{
    struct bundle *bundle = collected->bundle;
    if (bundle->release_count == collected->capacity) {
        size_t capacity = collected->capacity == 0 ? 256 : 2 * collected->capacity;
        struct release *wider = reallocarray(bundle->releases, capacity, sizeof *wider);
        if (wider == NULL)
            return VAULT_ENOMEM;
        bundle->releases = wider;
        collected->capacity = capacity;
    }
    bundle->releases[bundle->release_count++] = *release;
    return VAULT_OK;
}

static int take_release(void *context, const struct entry *entry)
{
    struct collected *collected = context;
    struct bundle *bundle = collected->bundle;
    struct release release = {.seq = entry->index, .access_seq = RELEASE_REDACTED};
    struct bytes vault;
    if (entry->redacted)
        return collect(collected, &release);
    const char *why = read_release(entry->leaf, &release, &vault);
    if (why == NULL && release.seq != entry->index)
        why = "it says that it stands at another place";
    if (why != NULL)
        return refuse(bundle, BUNDLE_RELEASE_LEAF, entry, why);
    /* One witness may serve many vaults. */
    if (!manifest_names(vault, bundle->report->checkpoint.checkpoint.origin)) {
        release.access_seq = RELEASE_OTHER;
        return collect(collected, &release);
    }
    if (release.access_seq >= bundle->report->checkpoint.checkpoint.size)
        return refuse(bundle, BUNDLE_RELEASE_ACCESS, entry, "the vault's log does not reach that far");
    bundle->report->releases++;
    return collect(collected, &release);
}

static int by_access(const void *a, const void *b)
{
    const struct release *left = a;
    const struct release *right = b;
    if (left->access_seq != right->access_seq)
        return left->access_seq < right->access_seq ? -1 : 1;
    return left->seq < right->seq ? -1 : left->seq > right->seq;
}

static int by_seq(const void *a, const void *b, void *context)
{
    const struct release *releases = context;
    uint64_t left = releases[*(const size_t *)a].seq;
    uint64_t right = releases[*(const size_t *)b].seq;
    return left < right ? -1 : left > right;
}

static int sort(struct bundle *bundle)
{
    if (bundle->release_count == 0)
        return VAULT_OK;
    bundle->by_seq = calloc(bundle->release_count, sizeof *bundle->by_seq);
    if (bundle->by_seq == NULL)
        return VAULT_ENOMEM;
    qsort(bundle->releases, bundle->release_count, sizeof *bundle->releases, by_access);
    for (size_t i = 0; i < bundle->release_count; i++)
        bundle->by_seq[i] = i;
    qsort_r(bundle->by_seq, bundle->release_count, sizeof *bundle->by_seq, by_seq, bundle->releases);
    return VAULT_OK;
}

size_t bundle_releases_of(const struct bundle *bundle, uint64_t access_seq, size_t *first)
{
    size_t low = 0;
    size_t high = bundle->release_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bundle->releases[middle].access_seq < access_seq)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    while (low < bundle->release_count && bundle->releases[low].access_seq == access_seq)
        low++;
    return low;
}

const struct release *bundle_release(const struct bundle *bundle, uint64_t seq)
{
    size_t low = 0;
    size_t high = bundle->release_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct release *release = &bundle->releases[bundle->by_seq[middle]];
        if (release->seq == seq)
            return release;
        if (release->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* --- All of it --- */

static const char *check_checkpoint(const struct bundle *bundle)
{
    struct bundle_report *report = bundle->report;
    struct trust_found *found = &report->release_checkpoint;
    const struct manifest *manifest = &report->manifest;
    uint64_t now = bundle->options->now < 0 ? 0 : (uint64_t)bundle->options->now / 1000;
    const char *why = trust_check(bundle->options->trust, bundle->release_checkpoint, now, found);
    if (why != NULL)
        return why;
    if (bytes_equal(found->checkpoint.origin, report->checkpoint.checkpoint.origin))
        return "of the vault's own log";
    const struct scope *scope = &manifest->release_scope;
    if (!manifest_names(manifest->release_origin, found->checkpoint.origin) ||
        manifest->release_size != found->checkpoint.size ||
        (scope->range ? scope->end : scope->count) > found->checkpoint.size)
        return "the manifest speaks of another log or state";
    return NULL;
}

int bundle_check_releases(struct bundle *bundle)
{
    struct bundle_report *report = bundle->report;
    struct collected collected = {.bundle = bundle};
    int result = bundle_map(bundle, checkpoint_file, &bundle->release_checkpoint, &report->has_release);
    if (result != VAULT_OK || !report->has_release)
        return result;
    const char *why = check_checkpoint(bundle);
    if (why != NULL)
        return bundle_refuse(bundle, BUNDLE_RELEASE_CHECKPOINT, checkpoint_file, BUNDLE_NOWHERE, why);
    struct entries entries = {.bundle = bundle,
        .file = entries_file,
        .checkpoint = &report->release_checkpoint.checkpoint,
        .scope = &report->manifest.release_scope,
        .entry = take_release,
        .context = &collected};
    result = bundle_walk(&entries);
    return result == VAULT_OK ? sort(bundle) : result;
}
