/* What a caller wants said becomes a leaf: completed by the log, signed by its actor. */
#include "vault/log/draft.h"

#include <stdio.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/evidence/canonical.h"
#include "vault/evidence/leaf.h"

#define TIME_SIZE (INSTANT_TEXT_SIZE - 1)
#define SIG_SIZE 88 /* base64 of 64 bytes */

static bool is(struct bytes span, const char *text)
{
    return span.size == strlen(text) && memcmp(span.data, text, span.size) == 0;
}

/* Members come in canonical order, and the log's own are put in between where they belong. */
struct merge {
    struct leaf_draft *draft;
    const char *event;
    unsigned next; /* of own_names */
    const char *wrong;
    struct bytes actor, decision, resources; /* raw, of the caller */
};

static const char *const own_names[] = {"event", "id", "seq", "sig", "time", "v"};
enum { OWN_EVENT, OWN_ID, OWN_SEQ, OWN_SIG, OWN_TIME, OWN_V, OWN_COUNT };

static void put_name(struct buffer *text, const char *name)
{
    buffer_put_text(text, text->size > 1 ? ",\"" : "\"");
    buffer_put_text(text, name);
    buffer_put_text(text, "\":");
}

static void put_own(struct merge *merge)
{
    struct leaf_draft *draft = merge->draft;
    struct buffer *text = &draft->text;
    unsigned own = merge->next++;
    char id[ULID_TEXT_SIZE];
    struct ulid ulid;
    if (own == OWN_SIG) {
        draft->sig_at = text->size;
        return;
    }
    put_name(text, own_names[own]);
    switch (own) {
    case OWN_EVENT:
        json_write_string(bytes_of_text(merge->event), text);
        break;
    case OWN_ID:
        ulid = ulid_new();
        ulid_format(&ulid, id);
        buffer_put_format(text, "\"%s\"", id);
        break;
    case OWN_SEQ:
        draft->seq_at = text->size;
        break;
    case OWN_TIME:
        draft->time_at = text->size + 1;
        buffer_put_text(text, "\"000000000000000000000000\"");
        break;
    default:
        buffer_put_u8(text, '1');
        break;
    }
}

/* Is own name `own` before (-1), equal to (0) or behind (1) a raw name? Own names are small letters, so the
 * order of raw bytes is the canonical one: an escape begins below them, a code point above ASCII above them.
 */
static int compare_own(unsigned own, struct bytes name)
{
    return bytes_compare(bytes_of_text(own_names[own]), name);
}

static void merge_member(void *context, struct bytes name, struct bytes value)
{
    struct merge *merge = context;
    struct buffer *text = &merge->draft->text;
    while (merge->next < OWN_COUNT && compare_own(merge->next, name) < 0)
        put_own(merge);
    if (merge->next < OWN_COUNT && compare_own(merge->next, name) == 0)
        merge->wrong = "v, seq, id, time, event and sig are the log's to add";
    if (is(name, "actor"))
        merge->actor = value;
    else if (is(name, "decision"))
        merge->decision = value;
    else if (is(name, "resources"))
        merge->resources = value;
    buffer_put_text(text, text->size > 1 ? ",\"" : "\"");
    buffer_put(text, name);
    buffer_put_text(text, "\":");
    buffer_put(text, value);
}

static const char *check_event(const struct log_event *event, const struct merge *merge)
{
    const char *wrong = leaf_check_members(merge->actor, merge->decision, merge->resources);
    struct bytes type;
    bool system = canonical_find(merge->actor, "type", &type) && is(canonical_string(type), "system");
    if (wrong != NULL)
        return wrong;
    if (system && event->signer != NULL)
        return "an event of the system must be signed by the vault";
    if (!system && event->signer == NULL)
        return "a person's event needs that person's signature";
    return NULL;
}

int leaf_draft(const struct log_event *event, struct leaf_draft *draft, struct failure *failure)
{
    struct buffer members = {0};
    struct merge merge = {.draft = draft, .event = event->name};
    memset(draft, 0, sizeof *draft);
    int result = VAULT_EINPUT;
    if (event->name == NULL || event->name[0] == '\0' || !utf8_valid(bytes_of_text(event->name))) {
        (void)failure_set(failure, result, "an event needs a name");
        goto out;
    }
    result = json_write_canonical(event->members, &members);
    if (result != VAULT_OK) {
        (void)failure_set(failure, result, "event %s: %s", event->name,
            result == VAULT_ENOMEM ? "no memory for its members" : "members that have no canonical form");
        goto out;
    }
    buffer_put_u8(&draft->text, '{');
    if (!canonical_object(buffer_bytes(&members), merge_member, &merge))
        merge.wrong = "members that have no canonical form";
    while (merge.next < OWN_COUNT)
        put_own(&merge);
    buffer_put_u8(&draft->text, '}');
    if (merge.wrong == NULL)
        merge.wrong = check_event(event, &merge);
    if (merge.wrong == NULL && draft->text.size + 16 + SIG_SIZE + 9 > LEAF_SIZE_MAX)
        merge.wrong = "larger than a log entry may be";
    result = merge.wrong != NULL ? VAULT_EINPUT : buffer_error(&draft->text);
    if (merge.wrong != NULL)
        (void)failure_set(failure, result, "event %s: %s", event->name, merge.wrong);
out:
    buffer_free(&members);
    if (result != VAULT_OK)
        leaf_draft_free(draft);
    return result;
}

void leaf_draft_free(struct leaf_draft *draft)
{
    buffer_free(&draft->text);
    memset(draft, 0, sizeof *draft);
}

static void put_dated(const struct leaf_draft *draft, size_t from, size_t to, const char *seq,
    const char *time, struct buffer *out)
{
    const uint8_t *text = draft->text.data;
    /* Where nothing stands between seq and sig, the digits belong to what is in front. */
    if (from < draft->seq_at && draft->seq_at <= to) {
        buffer_put(out, bytes_of(text + from, draft->seq_at - from));
        buffer_put_text(out, seq);
        from = draft->seq_at;
    }
    if (from <= draft->time_at && draft->time_at < to) {
        buffer_put(out, bytes_of(text + from, draft->time_at - from));
        buffer_put_data(out, time, TIME_SIZE);
        from = draft->time_at + TIME_SIZE;
    }
    buffer_put(out, bytes_of(text + from, to - from));
}

int leaf_complete(const struct leaf_draft *draft, uint64_t seq, int64_t time, const struct sign_key *key,
    const char *origin, struct buffer *scratch, struct buffer *leaf)
{
    char seq_text[24];
    char time_text[INSTANT_TEXT_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    (void)snprintf(seq_text, sizeof seq_text, "%llu", (unsigned long long)seq);
    instant_format(time, time_text);
    buffer_reset(scratch);
    buffer_put_text(scratch, LEAF_SIGNATURE_PREFIX);
    buffer_put_text(scratch, origin);
    buffer_put_u8(scratch, '\n');
    put_dated(draft, 0, draft->text.size, seq_text, time_text, scratch);
    if (buffer_error(scratch) != VAULT_OK)
        return buffer_error(scratch);
    sign(key, buffer_bytes(scratch), signature);
    put_dated(draft, 0, draft->sig_at, seq_text, time_text, leaf);
    buffer_put_text(leaf, ",\"sig\":\"");
    base64_encode(bytes_of(signature, sizeof signature), leaf);
    buffer_put_u8(leaf, '"');
    put_dated(draft, draft->sig_at, draft->text.size, seq_text, time_text, leaf);
    return buffer_error(leaf);
}
