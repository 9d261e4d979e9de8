/* log.reconcile: what witnesses released, against the events that asked for it. */
#include <stdlib.h>
#include <string.h>

#include "vault/evidence/canonical.h"
#include "vault/evidence/release.h"
#include "vault/ops/log/release_log_private.h"

#define UNMATCHED_MAX 1000

/* One entry of the witness's log: the event it names, UINT64_MAX for another vault's. */
struct releases_read {
    uint64_t *access;
    size_t count;
    size_t capacity;
};

struct reconciling {
    struct call *call;
    const struct recipient *recipient;
    struct hasher *hasher;
    struct releases_read read;
    json_t *unmatched;
    uint64_t releases; /* of this vault, all witnesses together */
    uint8_t *asked;    /* bit by event: a release of it was found */
    uint64_t size;     /* of our log */
};

static int unmatched(
    struct reconciling *reconciling, const char *log, uint64_t seq, uint64_t event, const char *why)
{
    json_t *one = json_pack(
        "{s:s,s:I,s:I,s:s}", "log", log, "seq", (json_int_t)seq, "access_seq", (json_int_t)event, "why", why);
    if (json_array_size(reconciling->unmatched) >= UNMATCHED_MAX) {
        json_decref(one);
        return VAULT_OK;
    }
    return json_array_append_new(reconciling->unmatched, one) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* --- One release --- */

static const char *compare(
    struct reconciling *reconciling, const struct release_leaf *release, struct bytes event)
{
    struct release_event asked;
    struct hash hash;
    tree_leaf_hash(reconciling->hasher, event, &hash);
    if (!hash_equal(&hash, &release->access_leaf))
        return "the event is another one than the witness saw";
    if (release_event_read(event, &asked) != NULL)
        return "the event asks for no release";
    if (!bytes_equal(asked.leaf.actor_id, release->person))
        return "the event is another person's";
    return NULL;
}

static int take_release(struct reconciling *reconciling, uint64_t seq, struct bytes leaf, uint64_t *access)
{
    struct release_leaf release;
    struct buffer event = {0};
    const char *wrong = release_leaf_read(leaf, &release);
    const char *log = reconciling->recipient->name;
    if (wrong == NULL &&
        !bytes_equal(release.vault, bytes_of_text(session_origin(reconciling->call->session))))
        wrong = "an entry of another vault, shown in full";
    if (wrong != NULL)
        return unmatched(reconciling, log, seq, 0, wrong);
    reconciling->releases++;
    *access = release.access_seq;
    if (release.access_seq >= reconciling->size)
        return unmatched(reconciling, log, seq, release.access_seq, "there is no such event");
    int result = log_read(
        session_log(reconciling->call->session), release.access_seq, &event, reconciling->call->failure);
    if (result == VAULT_OK) {
        wrong = compare(reconciling, &release, buffer_bytes(&event));
        if (wrong == NULL)
            reconciling->asked[release.access_seq / 8] |= (uint8_t)(1u << release.access_seq % 8);
        else
            result = unmatched(reconciling, log, seq, release.access_seq, wrong);
    }
    buffer_free(&event);
    return result;
}

static int note_entry(struct releases_read *read, uint64_t access)
{
    if (read->count == read->capacity) {
        size_t capacity = read->capacity == 0 ? 1024 : 2 * read->capacity;
        uint64_t *more = reallocarray(read->access, capacity, sizeof *more);
        if (more == NULL)
            return VAULT_ENOMEM;
        read->access = more;
        read->capacity = capacity;
    }
    read->access[read->count++] = access;
    return VAULT_OK;
}

static int take_entry(void *context, const struct release_log_entry *entry)
{
    struct reconciling *reconciling = context;
    uint64_t access = UINT64_MAX;
    int result = entry->whole ? take_release(reconciling, entry->index, entry->leaf, &access) : VAULT_OK;
    return result == VAULT_OK ? note_entry(&reconciling->read, access) : result;
}

/* --- The other way round: outcomes that name a release, and events that none was found for --- */

static int check_named(struct reconciling *reconciling, uint64_t index, struct bytes leaf)
{
    struct bytes release, text;
    uint64_t seq;
    uint64_t intent = index;
    if (!canonical_find(leaf, "release", &release) || !canonical_find(release, "log", &text) ||
        !bytes_equal(canonical_string(text), bytes_of_text(reconciling->recipient->name)) ||
        !canonical_find(release, "seq", &text) || !canonical_number(text, &seq))
        return VAULT_OK;
    if (canonical_find(leaf, "intent", &text))
        (void)canonical_number(text, &intent);
    bool fits = seq < reconciling->read.count && reconciling->read.access[seq] == intent;
    return fits ? VAULT_OK
                : unmatched(reconciling, reconciling->recipient->name, seq, index,
                      "an event names this release, and the witness's log does not have it");
}

static int walk_own_log(struct reconciling *reconciling, bool last, uint64_t *unanswered)
{
    struct buffer leaf = {0};
    struct bytes found;
    int result = VAULT_OK;
    for (uint64_t i = 0; i < reconciling->size && result == VAULT_OK; i++) {
        buffer_reset(&leaf);
        result = log_read(session_log(reconciling->call->session), i, &leaf, reconciling->call->failure);
        if (result == VAULT_OK && memmem(leaf.data, leaf.size, "\"release\":", 10) != NULL)
            result = check_named(reconciling, i, buffer_bytes(&leaf));
        if (result == VAULT_OK && last && canonical_find(buffer_bytes(&leaf), "witnessed", &found))
            *unanswered += (reconciling->asked[i / 8] >> i % 8 & 1) == 0;
    }
    buffer_free(&leaf);
    return result;
}

static int reconcile_one(struct reconciling *reconciling, const struct recipient *recipient)
{
    struct release_log *log = NULL;
    reconciling->recipient = recipient;
    reconciling->read.count = 0;
    int result = release_log_new(reconciling->call, recipient, &log);
    if (result == VAULT_OK)
        result = release_log_read(log, take_entry, reconciling);
    release_log_free(log);
    return result;
}

static int reconcile_all(struct reconciling *reconciling, uint64_t *unanswered)
{
    struct recipients recipients;
    size_t asked = 0;
    int result =
        recipients_read(session_store(reconciling->call->session), &recipients, reconciling->call->failure);
    size_t last = 0;
    for (size_t i = 0; i < recipients.count; i++)
        last = recipients.list[i].sheet ? last : i;
    for (size_t i = 0; i < recipients.count && result == VAULT_OK; i++) {
        if (recipients.list[i].sheet)
            continue;
        asked++;
        result = reconcile_one(reconciling, &recipients.list[i]);
        if (result == VAULT_OK)
            result = walk_own_log(reconciling, i == last, unanswered);
    }
    if (result == VAULT_OK && asked == 0)
        result = failure_set(
            reconciling->call->failure, VAULT_ENOTFOUND, "no witness releases keys of this vault");
    return result;
}

int op_log_reconcile(struct call *call)
{
    struct access_request request = {.action = "log.verify", .log = true};
    struct reconciling reconciling = {.call = call};
    uint64_t unanswered = 0;
    int result = call_allow(call, &request, json_pack("{s:{s:s}}", "scope", "with", "release logs"), NULL);
    if (result == VAULT_OK)
        result = log_refresh(session_log(call->session), call->failure);
    reconciling.size = log_size(session_log(call->session));
    reconciling.asked = calloc(reconciling.size / 8 + 1, 1);
    reconciling.hasher = hasher_new();
    reconciling.unmatched = json_array();
    if (result == VAULT_OK &&
        (reconciling.asked == NULL || reconciling.hasher == NULL || reconciling.unmatched == NULL))
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = reconcile_all(&reconciling, &unanswered);
    size_t count = json_array_size(reconciling.unmatched);
    if (result == VAULT_OK)
        result = reply_value(call,
            json_pack("{s:b,s:I,s:I,s:O}", "ok", count == 0, "releases", (json_int_t)reconciling.releases,
                "unanswered", (json_int_t)unanswered, "unmatched", reconciling.unmatched));
    if (result == VAULT_OK && count > 0) {
        failure_remedy(
            call->failure, "keep both logs as they are: somebody opened records without this log saying so");
        result =
            failure_set(call->failure, VAULT_EFORGED, "%zu releases and events do not go together", count);
    }
    json_decref(reconciling.unmatched);
    hasher_free(reconciling.hasher);
    free(reconciling.asked);
    free(reconciling.read.access);
    return result;
}
