#include "vault/log/siem_private.h"

#include <string.h>

#include "vault/base/text.h"
#include "vault/evidence/canonical.h"

bool siem_format_of(const char *name, enum siem_format *format)
{
    static const char *const names[] = {[SIEM_OCSF] = "ocsf", [SIEM_CEF] = "cef", [SIEM_SYSLOG] = "syslog"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            *format = (enum siem_format)i;
            return true;
        }
    }
    return false;
}

bool siem_framing_of(const char *name, enum siem_framing *framing)
{
    bool octets = strcmp(name, "octets") == 0;
    *framing = octets ? SIEM_OCTETS : SIEM_LINES;
    return octets || strcmp(name, "lines") == 0;
}

/* --- Text --- */

static int digit_of(uint8_t c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Canonical text escapes only the quote, the backslash and U+0000 to U+001F. */
static uint8_t unescaped(struct bytes raw, size_t *at)
{
    uint8_t c = raw.data[(*at)++];
    switch (c) {
    case 'b':
        return '\b';
    case 't':
        return '\t';
    case 'n':
        return '\n';
    case 'f':
        return '\f';
    case 'r':
        return '\r';
    case 'u':
        if (raw.size - *at < 4)
            return ' ';
        c = (uint8_t)(digit_of(raw.data[*at + 2]) << 4 | digit_of(raw.data[*at + 3]));
        *at += 4;
        return c;
    default:
        return c;
    }
}

void siem_plain(struct bytes raw, struct buffer *out)
{
    size_t at = 0;
    while (at < raw.size) {
        size_t start = at;
        while (at < raw.size && raw.data[at] != '\\')
            at++;
        buffer_put_data(out, raw.data + start, at - start);
        if (at + 1 < raw.size) {
            at++;
            buffer_put_u8(out, unescaped(raw, &at));
        } else {
            at = raw.size;
        }
    }
}

/* --- Lists --- */

static void put_item(struct bytes raw, struct buffer *out, size_t start, bool *cut)
{
    size_t before = out->size;
    if (*cut)
        return;
    if (before > start)
        buffer_put_u8(out, ',');
    siem_plain(raw, out);
    *cut = out->size - start > SIEM_LIST_MAX && before > start;
    if (*cut)
        out->size = before;
}

static size_t put_texts(struct bytes list, struct buffer *out, size_t start, bool *cut)
{
    struct bytes value;
    size_t count = 0;
    while (canonical_element(&list, &value)) {
        put_item(canonical_string(value), out, start, cut);
        count++;
    }
    return count;
}

size_t siem_ids(const struct siem *siem, const char *type, struct buffer *out)
{
    struct bytes rest = siem->leaf.resources;
    struct bytes resource;
    struct bytes value;
    size_t start = out->size;
    size_t count = 0;
    bool cut = false;
    while (canonical_element(&rest, &resource)) {
        bool fits = type == NULL || (canonical_find(resource, "type", &value) &&
                                        bytes_equal(canonical_string(value), bytes_of_text(type)));
        if (!fits || !canonical_find(resource, "id", &value))
            continue;
        put_item(canonical_string(value), out, start, &cut);
        count++;
    }
    return count;
}

size_t siem_fields(const struct siem *siem, struct buffer *out)
{
    struct bytes rest = siem->leaf.resources;
    struct bytes resource;
    struct bytes list;
    size_t start = out->size;
    size_t count = 0;
    bool cut = false;
    while (canonical_element(&rest, &resource)) {
        if (canonical_find(resource, "fields", &list))
            count += put_texts(list, out, start, &cut);
    }
    return count;
}

size_t siem_policies(const struct siem *siem, struct buffer *out)
{
    bool cut = false;
    return siem->policies.size == 0 ? 0 : put_texts(siem->policies, out, out->size, &cut);
}

void siem_message(const struct siem *siem, struct buffer *out)
{
    siem_plain(siem->leaf.actor_id, out);
    buffer_put_u8(out, ' ');
    siem_plain(siem->leaf.event, out);
    buffer_put_u8(out, ' ');
    siem_plain(siem->effect, out);
}

/* --- What an event is, in the words of others --- */

static bool is(struct bytes raw, const char *text)
{
    return bytes_equal(raw, bytes_of_text(text));
}

static enum activity activity_of(struct bytes event)
{
    static const struct {
        const char *verb;
        enum activity activity;
    } verbs[] = {{"read", ACTIVITY_READ}, {"reveal", ACTIVITY_READ}, {"show", ACTIVITY_READ},
        {"history", ACTIVITY_READ}, {"export", ACTIVITY_READ}, {"backup", ACTIVITY_READ},
        {"list", ACTIVITY_LIST}, {"search", ACTIVITY_QUERY}, {"replay", ACTIVITY_QUERY},
        {"authority", ACTIVITY_QUERY}, {"stats", ACTIVITY_QUERY}, {"explain", ACTIVITY_QUERY},
        {"ask", ACTIVITY_QUERY}, {"simulate", ACTIVITY_QUERY}, {"correct", ACTIVITY_UPDATE},
        {"change", ACTIVITY_UPDATE}, {"set", ACTIVITY_UPDATE}, {"passwd", ACTIVITY_UPDATE},
        {"epoch", ACTIVITY_UPDATE}, {"import", ACTIVITY_WRITE}, {"restore", ACTIVITY_WRITE},
        {"add", ACTIVITY_CREATE}, {"birth", ACTIVITY_CREATE}, {"propose", ACTIVITY_CREATE},
        {"remove", ACTIVITY_DELETE}, {"disable", ACTIVITY_DELETE}};
    const uint8_t *point = event.size == 0 ? NULL : memchr(event.data, '.', event.size);
    if (point == NULL)
        return ACTIVITY_OTHER;
    struct bytes verb = bytes_of(point + 1, event.size - (size_t)(point + 1 - event.data));
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (is(verb, verbs[i].verb))
            return verbs[i].activity;
    }
    return ACTIVITY_OTHER;
}

static enum severity severity_of(const struct siem *siem)
{
    if (is(siem->leaf.event, "damage.find") || is(siem->leaf.event, "rollback.accept"))
        return SEVERITY_CRITICAL;
    return is(siem->effect, "deny") ? SEVERITY_MEDIUM : SEVERITY_INFORMATIONAL;
}

/* --- Taking apart --- */

static struct bytes text_in(struct bytes object, const char *name)
{
    struct bytes value;
    return object.size > 0 && canonical_find(object, name, &value) ? canonical_string(value)
                                                                   : bytes_of(NULL, 0);
}

static struct bytes value_in(struct bytes object, const char *name)
{
    struct bytes value;
    return object.size > 0 && canonical_find(object, name, &value) ? value : bytes_of(NULL, 0);
}

static struct bytes number_in(struct bytes object, const char *name)
{
    uint64_t number;
    struct bytes value = value_in(object, name);
    return value.size > 0 && canonical_number(value, &number) ? value : bytes_of(NULL, 0);
}

static void take_apart(struct siem *siem)
{
    struct bytes leaf = siem->leaf.text;
    struct bytes decision = value_in(leaf, "decision");
    struct bytes result = value_in(leaf, "result");
    siem->time = text_in(leaf, "time");
    siem->effect = text_in(decision, "effect");
    siem->policies = value_in(decision, "policies");
    siem->policy_hash = text_in(decision, "policy_hash");
    siem->reason = text_in(decision, "reason");
    siem->phase = text_in(leaf, "phase");
    siem->intent = number_in(leaf, "intent");
    siem->session = text_in(leaf, "session");
    siem->host = text_in(value_in(leaf, "src"), "host");
    siem->purpose = text_in(leaf, "purpose");
    siem->ticket = text_in(leaf, "ticket");
    siem->member = text_in(leaf, "member");
    siem->status = text_in(result, "status");
    siem->count = number_in(result, "count");
    siem->activity = activity_of(siem->leaf.event);
    siem->severity = severity_of(siem);
    siem->failed = is(siem->effect, "deny") || (siem->status.size > 0 && !is(siem->status, "ok"));
}

/* --- One record --- */

static void put_framed(enum siem_framing framing, struct bytes record, struct buffer *out)
{
    if (framing == SIEM_OCTETS)
        buffer_put_format(out, "%zu ", record.size);
    buffer_put(out, record);
    if (framing == SIEM_LINES)
        buffer_put_u8(out, '\n');
}

int siem_write(
    enum siem_format format, enum siem_framing framing, const struct siem_entry *entry, struct buffer *out)
{
    static void (*const writers[])(const struct siem *, struct buffer *) = {
        [SIEM_OCSF] = siem_ocsf, [SIEM_CEF] = siem_cef, [SIEM_SYSLOG] = siem_syslog};
    struct siem siem = {.origin = entry->origin};
    struct buffer record = {0};
    if (leaf_read(entry->leaf, &siem.leaf) != NULL)
        return VAULT_EDAMAGED;
    take_apart(&siem);
    base64_encode(hash_bytes(&entry->leaf_hash), &siem.hash);
    writers[format](&siem, &record);
    int result = buffer_error(&siem.hash) == VAULT_OK ? buffer_error(&record) : VAULT_ENOMEM;
    if (result == VAULT_OK) {
        put_framed(framing, buffer_bytes(&record), out);
        result = buffer_error(out);
    }
    buffer_free(&siem.hash);
    buffer_free(&record);
    return result;
}
