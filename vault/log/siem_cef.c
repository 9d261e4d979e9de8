/* CEF:0|vendor|product|version|signature|name|severity|extension */
#include "vault/log/siem_private.h"

#include <stdio.h>
#ifndef VERSION
#define VERSION "unknown"
#endif

/* In the header a bar ends a field; in the extension an equals sign begins a value.  Line ends are written as
 * \n and \r there, other controls have no form of their own. */
static void put_escaped(struct bytes text, bool header, struct buffer *out)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c == '\\' || c == (header ? '|' : '=')) {
            buffer_put_u8(out, '\\');
            buffer_put_u8(out, c);
        } else if ((c == '\n' || c == '\r') && !header) {
            buffer_put_text(out, c == '\n' ? "\\n" : "\\r");
        } else {
            buffer_put_u8(out, c < 0x20 || c == 0x7f ? ' ' : c);
        }
    }
}

static void put_plain(struct bytes text, const char *key, struct buffer *out)
{
    if (text.size == 0)
        return;
    buffer_put_format(out, " %s=", key);
    put_escaped(text, false, out);
}

static void put_raw(struct bytes raw, const char *key, struct buffer *out)
{
    struct buffer text = {0};
    siem_plain(raw, &text);
    if (buffer_error(&text) != VAULT_OK)
        out->error = VAULT_ENOMEM;
    put_plain(buffer_bytes(&text), key, out);
    buffer_free(&text);
}

/* Custom strings come with what they are called. */
static void put_custom(struct bytes text, int number, const char *label, struct buffer *out)
{
    char key[8];
    if (text.size == 0)
        return;
    (void)snprintf(key, sizeof key, "cs%d", number);
    put_plain(text, key, out);
    buffer_put_format(out, " cs%dLabel=%s", number, label);
}

static void put_list(const struct siem *siem, size_t (*list)(const struct siem *, struct buffer *),
    int number, const char *label, struct buffer *out)
{
    struct buffer text = {0};
    (void)list(siem, &text);
    put_custom(buffer_bytes(&text), number, label, out);
    buffer_free(&text);
}

static void put_resources(const struct siem *siem, struct buffer *out)
{
    struct buffer text = {0};
    size_t count = siem_ids(siem, NULL, &text);
    put_custom(buffer_bytes(&text), 5, "resources", out);
    if (count > 0)
        buffer_put_format(out, " cn2=%zu cn2Label=resourceCount", count);
    buffer_free(&text);
}

static int severity_number(enum severity severity)
{
    return severity == SEVERITY_CRITICAL ? 10 : severity == SEVERITY_MEDIUM ? 6 : 2;
}

static void put_purpose(const struct siem *siem, struct buffer *out)
{
    struct buffer text = {0};
    siem_plain(siem->purpose, &text);
    if (siem->ticket.size > 0) {
        buffer_put_u8(&text, ':');
        siem_plain(siem->ticket, &text);
    }
    put_custom(buffer_bytes(&text), 6, "purpose", out);
    buffer_free(&text);
}

void siem_cef(const struct siem *siem, struct buffer *out)
{
    struct buffer name = {0};
    struct buffer fields = {0};
    siem_plain(siem->leaf.event, &name);
    buffer_put_text(out, "CEF:0|Strongroom|Strongroom|" VERSION "|");
    put_escaped(buffer_bytes(&name), true, out);
    buffer_put_u8(out, '|');
    put_escaped(buffer_bytes(&name), true, out);
    buffer_put_format(out, "|%d|rt=%lld", severity_number(siem->severity), (long long)siem->leaf.time);
    put_raw(siem->leaf.id, "externalId", out);
    put_raw(siem->leaf.actor_id, "suser", out);
    put_raw(siem->host, "shost", out);
    put_raw(siem->effect, "act", out);
    buffer_put_format(out, " outcome=%s", siem->failed ? "failure" : "success");
    put_raw(siem->reason, "reason", out);
    put_raw(siem->member, "duser", out);
    buffer_put_format(out, " cn1=%llu cn1Label=seq", (unsigned long long)siem->leaf.seq);
    put_custom(bytes_of_text(siem->origin), 1, "origin", out);
    put_custom(buffer_bytes(&siem->hash), 2, "leafHash", out);
    put_list(siem, siem_policies, 3, "policies", out);
    struct buffer client = {0};
    siem_plain(siem->leaf.subject, &client);
    put_custom(buffer_bytes(&client), 4, "client", out);
    put_resources(siem, out);
    put_purpose(siem, out);
    if (siem->count.size > 0) {
        buffer_put_text(out, " cnt=");
        buffer_put(out, siem->count);
    }
    if (siem_fields(siem, &fields) > 0) {
        buffer_put_text(out, " msg=fields ");
        put_escaped(buffer_bytes(&fields), false, out);
    }
    buffer_free(&client);
    buffer_free(&fields);
    buffer_free(&name);
}
