/* entries.jsonl: every line, its place in the log, and what the events say of themselves. */
#include <stdlib.h>
#include <string.h>

#include "vault/evidence/bundle_private.h"
#include "vault/evidence/canonical.h"

#define SKEW_MS INT64_C(300000)
#define PROGRESS_EVERY 4096

/* --- Walking over lines --- */

static int refuse_line(
    const struct entries *entries, enum bundle_rule rule, uint64_t line, uint64_t index, const char *detail)
{
    int result = bundle_refuse(entries->bundle, rule, entries->file, index, detail);
    entries->bundle->report->refusal.line = line;
    return result;
}

/* Where in its scope an entry belongs. */
static enum bundle_rule check_place(
    const struct entries *entries, uint64_t count, bool first, uint64_t before, const struct entry *entry)
{
    const struct scope *scope = entries->scope;
    if (entry->index >= entries->checkpoint->size || (!first && entry->index <= before))
        return BUNDLE_ENTRY_ORDER;
    if (count == scope->count)
        return BUNDLE_ENTRY_COUNT;
    if (scope->range && entry->index != scope->start + count)
        return BUNDLE_ENTRY_COUNT;
    if (!scope->range && entry->redacted)
        return BUNDLE_ENTRY_REDACTED;
    return BUNDLE_ACCEPTED;
}

static int check_line(const struct entries *entries, struct bytes line, uint64_t count, uint64_t before,
    struct buffer *room, struct entry *entry)
{
    const struct checkpoint *checkpoint = entries->checkpoint;
    struct hasher *hasher = entries->bundle->hasher;
    const char *why = entry_line_read(line, hasher, room, entry);
    if (why != NULL)
        return refuse_line(entries, BUNDLE_ENTRY, count + 1, BUNDLE_NOWHERE, why);
    enum bundle_rule rule = check_place(entries, count, count == 0, before, entry);
    if (rule != BUNDLE_ACCEPTED)
        return refuse_line(entries, rule, count + 1, entry->index, NULL);
    if (tree_check_inclusion(hasher, &entry->leaf_hash, entry->index, checkpoint->size,
            bytes_of(entry->proof, entry->proof_size), &checkpoint->root) != VAULT_OK)
        return refuse_line(entries, BUNDLE_ENTRY_PROOF, count + 1, entry->index, NULL);
    int result = entries->entry == NULL ? VAULT_OK : entries->entry(entries->context, entry);
    if (result == VAULT_EFORGED && entries->bundle->report->refusal.line == BUNDLE_NOWHERE)
        entries->bundle->report->refusal.line = count + 1;
    return result;
}

static int walk(const struct entries *entries, struct bytes text, struct buffer *room, struct entry *entry)
{
    const struct bundle_options *options = entries->bundle->options;
    uint64_t count = 0;
    uint64_t before = 0;
    int result = VAULT_OK;
    while (text.size > 0 && result == VAULT_OK) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        if (end == NULL)
            return refuse_line(entries, BUNDLE_ENTRY, count + 1, BUNDLE_NOWHERE, "a line that does not end");
        size_t size = (size_t)(end - text.data);
        result = check_line(entries, bytes_of(text.data, size), count, before, room, entry);
        text = bytes_of(end + 1, text.size - size - 1);
        before = entry->index;
        count++;
        if (options->progress != NULL && count % PROGRESS_EVERY == 0)
            options->progress(options->context, count, entries->scope->count);
    }
    if (result == VAULT_OK && count != entries->scope->count)
        result = bundle_refuse(entries->bundle, BUNDLE_ENTRY_COUNT, entries->file,
            entries->scope->range ? entries->scope->start + count : BUNDLE_NOWHERE, NULL);
    return result;
}

int bundle_walk(const struct entries *entries)
{
    struct bytes text;
    struct buffer room = {0};
    bool there;
    struct entry *entry = calloc(1, sizeof *entry);
    int result = entry == NULL ? VAULT_ENOMEM : bundle_map(entries->bundle, entries->file, &text, &there);
    if (result == VAULT_OK) {
        result = walk(entries, text, &room, entry);
        container_drop(entries->bundle->container, text);
    }
    buffer_free(&room);
    free(entry);
    return result;
}

/* --- Ids: a set of 128-bit hashes --- */

struct ids {
    uint64_t (*slots)[2];
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* Put one in; false if it is there.  There is always room. */
static bool put_id(struct ids *ids, const uint64_t id[2])
{
    size_t mask = ids->capacity - 1;
    for (size_t at = (size_t)id[0] & mask;; at = (at + 1) & mask) {
        uint64_t *slot = ids->slots[at];
        if (slot[0] == 0 && slot[1] == 0) {
            slot[0] = id[0];
            slot[1] = id[1];
            ids->count++;
            return true;
        }
        if (slot[0] == id[0] && slot[1] == id[1])
            return false;
    }
}

static int grow_ids(struct ids *ids)
{
    struct ids wider = {.capacity = ids->capacity == 0 ? 1024 : 2 * ids->capacity};
    wider.slots = calloc(wider.capacity, sizeof *wider.slots);
    if (wider.slots == NULL)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < ids->capacity; i++)
        if (ids->slots[i][0] != 0 || ids->slots[i][1] != 0)
            (void)put_id(&wider, ids->slots[i]);
    free(ids->slots);
    *ids = wider;
    return VAULT_OK;
}

/* --- Events --- */

struct events {
    struct bundle *bundle;
    struct ids ids;
    struct tree_edge edge; /* of the entries from 0 on, while the kept checkpoint needs their root */
    int64_t latest;        /* the latest time so far; INT64_MIN before the first */
    int64_t witnessed;     /* instant of the first cosignature; INT64_MAX if there is none */
    struct case_sought sought;
};

static const char events_file[] = "entries.jsonl";

static int refuse(
    const struct events *events, enum bundle_rule rule, const struct entry *entry, const char *detail)
{
    return bundle_refuse(events->bundle, rule, events_file, entry->index, detail);
}

static void warn(const struct events *events, enum bundle_warning warning, const struct entry *entry)
{
    struct bundle_report *report = events->bundle->report;
    if (report->warning_counts[warning]++ == 0)
        report->warning_first[warning] = entry->index;
}

static void check_time(struct events *events, const struct entry *entry, int64_t time)
{
    struct bundle_report *report = events->bundle->report;
    if (events->witnessed != INT64_MAX && time > events->witnessed + SKEW_MS)
        warn(events, BUNDLE_LATER_THAN_WITNESSED, entry);
    if (events->latest != INT64_MIN && time < events->latest - SKEW_MS)
        warn(events, BUNDLE_TIME_RAN_BACK, entry);
    events->latest = time > events->latest ? time : events->latest;
    report->first_time = time < report->first_time ? time : report->first_time;
    report->last_time = time > report->last_time ? time : report->last_time;
}

static int check_id(struct events *events, const struct entry *entry, struct bytes id)
{
    struct hash hash;
    uint64_t key[2];
    if (events->ids.count * 4 >= events->ids.capacity * 3) {
        int result = grow_ids(&events->ids);
        if (result != VAULT_OK)
            return result;
    }
    hasher_start(events->bundle->hasher);
    hasher_add(events->bundle->hasher, id);
    hasher_finish(events->bundle->hasher, &hash);
    memcpy(key, hash.data, sizeof key);
    return put_id(&events->ids, key) ? VAULT_OK : refuse(events, BUNDLE_LEAF_ID, entry, NULL);
}

/* "release":{"log":…,"seq":K} of an event: release K must name this vault and the event's intent, or the
 * event. */
static int check_partner(const struct events *events, const struct entry *entry, struct bytes leaf)
{
    const struct bundle *bundle = events->bundle;
    struct bytes object;
    struct bytes log;
    struct bytes value;
    uint64_t seq;
    uint64_t intent = entry->index;
    if (!bundle->report->has_release || !canonical_find(leaf, "release", &object) ||
        !canonical_find(object, "log", &log) || !canonical_find(object, "seq", &value) ||
        !canonical_number(value, &seq) ||
        !manifest_names(canonical_string(log), bundle->report->release_checkpoint.checkpoint.origin))
        return VAULT_OK;
    const struct release *release = bundle_release(bundle, seq);
    if (release == NULL || release->access_seq == RELEASE_REDACTED)
        return VAULT_OK; /* not in this bundle, or only its hash */
    if (canonical_find(leaf, "intent", &value) && !canonical_number(value, &intent))
        return refuse(events, BUNDLE_LEAF, entry, "\"intent\" is no number");
    if (release->access_seq != intent && release->access_seq != entry->index)
        return refuse(events, BUNDLE_RELEASE_PARTNER, entry, NULL);
    return VAULT_OK;
}

static int check_told(struct events *events, const struct entry *entry)
{
    struct leaf leaf;
    const char *why = leaf_read(entry->leaf, &leaf);
    if (why != NULL)
        return refuse(events, BUNDLE_LEAF, entry, why);
    if (leaf.seq != entry->index)
        return refuse(events, BUNDLE_LEAF_SEQ, entry, NULL);
    check_time(events, entry, leaf.time);
    bundle_case_match(events->bundle, &events->sought, entry);
    struct bytes exercise;
    if (canonical_find(entry->leaf, "exercise", &exercise))
        warn(events, BUNDLE_EXERCISE, entry);
    int result = check_id(events, entry, leaf.id);
    return result == VAULT_OK ? check_partner(events, entry, entry->leaf) : result;
}

static int check_released(const struct events *events, const struct entry *entry)
{
    size_t first;
    size_t end = bundle_releases_of(events->bundle, entry->index, &first);
    for (size_t i = first; i < end; i++)
        if (!hash_equal(&events->bundle->releases[i].access_leaf, &entry->leaf_hash))
            return refuse(events, BUNDLE_RELEASE_ACCESS, entry, NULL);
    return VAULT_OK;
}

/* A range from 0 shows by itself what the log was when it had as many entries as the kept checkpoint says. */
static int check_history(struct events *events, const struct entry *entry)
{
    struct bundle *bundle = events->bundle;
    struct hash fresh[TREE_LEVELS + 1];
    struct hash root;
    if (!bundle->kept_by_range || events->edge.size >= bundle->kept.checkpoint.size)
        return VAULT_OK;
    (void)tree_edge_add(&events->edge, bundle->hasher, &entry->leaf_hash, fresh);
    if (events->edge.size < bundle->kept.checkpoint.size)
        return VAULT_OK;
    tree_edge_root(&events->edge, bundle->hasher, &root);
    if (!hash_equal(&root, &bundle->kept.checkpoint.root))
        return refuse(events, BUNDLE_KEPT_HISTORY, entry, NULL);
    bundle->report->kept = BUNDLE_KEPT_RANGE;
    return VAULT_OK;
}

static int check_event(void *context, const struct entry *entry)
{
    struct events *events = context;
    struct bundle_report *report = events->bundle->report;
    int result = check_history(events, entry);
    if (result == VAULT_OK)
        result = check_released(events, entry);
    if (result == VAULT_OK && !entry->redacted)
        result = check_told(events, entry);
    report->told += !entry->redacted;
    report->redacted += entry->redacted;
    return result;
}

int bundle_check_entries(struct bundle *bundle)
{
    uint64_t first = bundle->report->checkpoint.first;
    struct events events = {.bundle = bundle,
        .latest = INT64_MIN,
        .witnessed = first == 0 || first > INT64_MAX / 2000 ? INT64_MAX : (int64_t)first * 1000};
    struct entries entries = {.bundle = bundle,
        .file = events_file,
        .checkpoint = &bundle->report->checkpoint.checkpoint,
        .scope = &bundle->report->manifest.scope,
        .entry = check_event,
        .context = &events};
    int result = bundle_case_hash(bundle, &events.sought);
    if (result == VAULT_OK)
        result = bundle_walk(&entries);
    if (result == VAULT_OK)
        result = bundle_case_check(bundle, &events.sought);
    free(events.ids.slots);
    return result;
}
