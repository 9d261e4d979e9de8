#include "vault/evidence/leaf.h"

#include <string.h>

#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"

#define TIME_SIZE (INSTANT_TEXT_SIZE - 1)

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

const char *leaf_check_members(struct bytes actor, struct bytes decision, struct bytes resources)
{
    if (inner_text(actor, "id").size == 0)
        return "no \"actor\" with an \"id\"";
    struct bytes effect = inner_text(decision, "effect");
    if (!is(effect, "permit") && !is(effect, "deny"))
        return "no \"decision\" with the effect \"permit\" or \"deny\"";
    return check_resources(resources);
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
    return leaf_check_members(parts.actor, parts.decision, parts.resources);
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
