/* RFC 5424: <PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID [SD] MSG */
#include "vault/log/siem_private.h"

#include <string.h>

#define FACILITY_LOG_AUDIT 13
#define SD_ID "strongroom@32473"
#define HOSTNAME_MAX 255
#define MSGID_MAX 32

/* Names in the header are printable ASCII without blanks; nothing at all is a dash. */
static void put_name(struct bytes raw, size_t limit, struct buffer *out)
{
    struct buffer text = {0};
    siem_plain(raw, &text);
    if (text.size == 0)
        buffer_put_u8(out, '-');
    for (size_t i = 0; i < text.size && i < limit; i++)
        buffer_put_u8(out, text.data[i] > 0x20 && text.data[i] < 0x7f ? text.data[i] : '?');
    buffer_free(&text);
}

/* A line end inside a value would end the record where records are lines. */
static void put_param(const char *name, struct bytes text, struct buffer *out)
{
    if (text.size == 0)
        return;
    buffer_put_format(out, " %s=\"", name);
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c == '"' || c == '\\' || c == ']')
            buffer_put_u8(out, '\\');
        buffer_put_u8(out, c < 0x20 || c == 0x7f ? ' ' : c);
    }
    buffer_put_u8(out, '"');
}

static void put_raw(const char *name, struct bytes raw, struct buffer *out)
{
    struct buffer text = {0};
    siem_plain(raw, &text);
    if (buffer_error(&text) != VAULT_OK)
        out->error = VAULT_ENOMEM;
    put_param(name, buffer_bytes(&text), out);
    buffer_free(&text);
}

static void put_lists(const struct siem *siem, struct buffer *out)
{
    struct buffer text = {0};
    (void)siem_policies(siem, &text);
    put_param("policies", buffer_bytes(&text), out);
    buffer_reset(&text);
    size_t count = siem_ids(siem, NULL, &text);
    put_param("resources", buffer_bytes(&text), out);
    if (count > 0)
        buffer_put_format(out, " resourceCount=\"%zu\"", count);
    buffer_reset(&text);
    (void)siem_fields(siem, &text);
    put_param("fields", buffer_bytes(&text), out);
    buffer_free(&text);
}

static void put_structured_data(const struct siem *siem, struct buffer *out)
{
    buffer_put_text(out, "[" SD_ID);
    put_param("origin", bytes_of_text(siem->origin), out);
    buffer_put_format(out, " seq=\"%llu\"", (unsigned long long)siem->leaf.seq);
    put_param("leafHash", buffer_bytes(&siem->hash), out);
    put_raw("id", siem->leaf.id, out);
    put_raw("actor", siem->leaf.actor_id, out);
    put_raw("session", siem->session, out);
    put_raw("effect", siem->effect, out);
    put_raw("reason", siem->reason, out);
    put_raw("client", siem->leaf.subject, out);
    put_raw("member", siem->member, out);
    put_raw("purpose", siem->purpose, out);
    put_raw("ticket", siem->ticket, out);
    put_raw("phase", siem->phase, out);
    put_param("intent", siem->intent, out);
    put_raw("result", siem->status, out);
    put_param("count", siem->count, out);
    put_lists(siem, out);
    buffer_put_u8(out, ']');
}

/* Text that is not ASCII is announced by a byte order mark. */
static void put_message(const struct siem *siem, struct buffer *out)
{
    struct buffer text = {0};
    bool ascii = true;
    siem_message(siem, &text);
    for (size_t i = 0; i < text.size; i++) {
        ascii = ascii && text.data[i] < 0x80;
        if (text.data[i] < 0x20 || text.data[i] == 0x7f)
            text.data[i] = ' ';
    }
    buffer_put_text(out, ascii ? "" : "\xef\xbb\xbf");
    buffer_put(out, buffer_bytes(&text));
    buffer_free(&text);
}

static int severity_number(enum severity severity)
{
    return severity == SEVERITY_CRITICAL ? 2 : severity == SEVERITY_MEDIUM ? 4 : 6;
}

void siem_syslog(const struct siem *siem, struct buffer *out)
{
    buffer_put_format(out, "<%d>1 ", FACILITY_LOG_AUDIT * 8 + severity_number(siem->severity));
    buffer_put(out, siem->time);
    buffer_put_u8(out, ' ');
    put_name(siem->host, HOSTNAME_MAX, out);
    buffer_put_text(out, " strongroom - ");
    put_name(siem->leaf.event, MSGID_MAX, out);
    buffer_put_u8(out, ' ');
    put_structured_data(siem, out);
    buffer_put_u8(out, ' ');
    put_message(siem, out);
}
