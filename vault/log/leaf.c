#include "vault/log/leaf.h"

#include <stdio.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/log/canonical.h"

#define TIME_SIZE (INSTANT_TEXT_SIZE - 1)
#define SIG_SIZE 88 /* base64 of 64 bytes */

static bool is(struct bytes span, const char *text)
{
    return span.size == strlen(text) && memcmp(span.data, text, span.size) == 0;
}

/* The members that a leaf must have, as raw values. */
struct parts {
    struct bytes v, seq, id, time, event, actor, decision, resources, subject, sig;
};

static void collect(void *context, struct bytes name, struct bytes value)
{
    struct parts *parts = context;
    const struct {
        const char *name;
        struct bytes *value;
    } wanted[] = {{"v", &parts->v}, {"seq", &parts->seq}, {"id", &parts->id}, {"time", &parts->time},
        {"event", &parts->event}, {"actor", &parts->actor}, {"decision", &parts->decision},
        {"resources", &parts->resources}, {"subject", &parts->subject}, {"sig", &parts->sig}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (name.data[0] == wanted[i].name[0] && is(name, wanted[i].name)) {
            *wanted[i].value = value;
            return;
        }
    }
}

/* The text of a string member of an object; empty if there is none. */
static struct bytes inner_text(struct bytes object, const char *name)
{
    struct bytes value;
    return canonical_find(object, name, &value) ? canonical_string(value) : bytes_of(NULL, 0);
}

static const char *check_resources(struct bytes resources)
{
    if (resources.size == 0 || resources.data[0] != '[')
        return "no array \"resources\"";
    struct bytes resource;
    while (canonical_element(&resources, &resource))
        if (inner_text(resource, "type").size == 0 || inner_text(resource, "id").size == 0)
            return "a resource without \"type\" or \"id\"";
    return NULL;
}

static const char *check_common(const struct parts *parts)
{
    if (inner_text(parts->actor, "id").size == 0)
        return "no \"actor\" with an \"id\"";
    struct bytes effect = inner_text(parts->decision, "effect");
    if (!is(effect, "permit") && !is(effect, "deny"))
        return "no \"decision\" with the effect \"permit\" or \"deny\"";
    return check_resources(parts->resources);
}

static bool read_time(struct bytes value, int64_t *time)
{
    struct bytes text = canonical_string(value);
    return text.size == TIME_SIZE && text.data[TIME_SIZE - 1] == 'Z' && instant_parse(text, time);
}

const char *leaf_read(struct bytes text, struct leaf *leaf)
{
    struct parts parts;
    memset(&parts, 0, sizeof parts);
    memset(leaf, 0, sizeof *leaf);
    if (text.size == 0 || text.size > LEAF_SIZE_MAX)
        return "a leaf must have 1 to 65535 bytes";
    if (!canonical_object(text, collect, &parts))
        return "not a canonical JSON object";
    if (!is(parts.v, "1"))
        return "\"v\" is not 1";
    if (!canonical_number(parts.seq, &leaf->seq))
        return "no number \"seq\"";
    if (!read_time(parts.time, &leaf->time))
        return "\"time\" is not a moment in UTC with milliseconds";
    leaf->text = text;
    leaf->id = canonical_string(parts.id);
    leaf->event = canonical_string(parts.event);
    leaf->actor = parts.actor;
    leaf->actor_id = inner_text(parts.actor, "id");
    leaf->actor_type = inner_text(parts.actor, "type");
    leaf->subject = inner_text(parts.subject, "id");
    leaf->resources = parts.resources;
    leaf->sig = canonical_string(parts.sig);
    if (leaf->id.size == 0)
        return "no \"id\"";
    if (leaf->event.size == 0)
        return "no \"event\"";
    return check_common(&parts);
}

bool leaf_is_system(const struct leaf *leaf)
{
    return is(leaf->actor_type, "system");
}

void leaf_signed_message(const struct leaf *leaf, const char *origin, struct buffer *message)
{
    static const char member[] = ",\"sig\":\"";
    buffer_put_text(message, LEAF_SIGNATURE_PREFIX);
    buffer_put_text(message, origin);
    buffer_put_u8(message, '\n');
    if (leaf->sig.data == NULL) {
        buffer_put(message, leaf->text);
        return;
    }
    /* `sig` comes after `seq`, so it is never the first member and its comma is in front of it. */
    size_t before = (size_t)(leaf->sig.data - leaf->text.data) - (sizeof member - 1);
    size_t after = (size_t)(leaf->sig.data - leaf->text.data) + leaf->sig.size + 1;
    buffer_put(message, bytes_of(leaf->text.data, before));
    buffer_put(message, bytes_of(leaf->text.data + after, leaf->text.size - after));
}

/* --- Writing --- */

/* Members come in canonical order, and the log's own are put in between where they belong. */
struct merge {
    struct leaf_draft *draft;
    const char *event;
    unsigned next; /* of own_names */
    const char *wrong;
    struct parts parts;
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
    collect(&merge->parts, name, value);
    buffer_put_text(text, text->size > 1 ? ",\"" : "\"");
    buffer_put(text, name);
    buffer_put_text(text, "\":");
    buffer_put(text, value);
}

static const char *check_event(const struct log_event *event, const struct parts *parts)
{
    const char *wrong = check_common(parts);
    bool system = is(inner_text(parts->actor, "type"), "system");
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
        (void)failure_set(failure, result, "event %s: members that have no canonical form", event->name);
        goto out;
    }
    buffer_put_u8(&draft->text, '{');
    if (!canonical_object(buffer_bytes(&members), merge_member, &merge))
        merge.wrong = "members that have no canonical form";
    while (merge.next < OWN_COUNT)
        put_own(&merge);
    buffer_put_u8(&draft->text, '}');
    if (merge.wrong == NULL)
        merge.wrong = check_event(event, &merge.parts);
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
