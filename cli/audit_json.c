/* What an audit found, as one JSON value.  Written by hand, since the small program has no JSON library. */
#include <string.h>

#include "cli/audit.h"
#include "vault/base/instant.h"

/* A string that comes from us or was checked to be UTF-8. */
static void put_text(struct buffer *out, const char *name, struct bytes text)
{
    buffer_put_format(out, "\"%s\":\"", name);
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c == '"' || c == '\\')
            buffer_put_u8(out, '\\');
        if (c < 0x20 || c == 0x7f)
            buffer_put_format(out, "\\u%04x", c);
        else
            buffer_put_u8(out, c);
    }
    buffer_put_u8(out, '"');
}

/* Text that stands in canonical JSON already, with its quotes. */
static void put_raw(struct buffer *out, const char *name, struct bytes raw)
{
    buffer_put_format(out, ",\"%s\":", name);
    buffer_put(out, raw);
}

static void put_number(struct buffer *out, const char *name, uint64_t number)
{
    buffer_put_format(out, ",\"%s\":%llu", name, (unsigned long long)number);
}

static void put_moment(struct buffer *out, const char *name, int64_t instant)
{
    char text[INSTANT_TEXT_SIZE];
    instant_format(instant, text);
    buffer_put_format(out, ",\"%s\":\"%s\"", name, text);
}

static void put_hash(struct buffer *out, const char *name, const struct hash *hash)
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_bytes(hash), hex);
    buffer_put_format(out, ",\"%s\":\"%s\"", name, hex);
}

static int64_t instant_of(uint64_t seconds)
{
    return seconds > INT64_MAX / 1000 ? INT64_MAX : (int64_t)seconds * 1000;
}

/* The name of a file in a bundle that was refused need not be UTF-8. */
static struct bytes plain(const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < size; i++)
        if ((uint8_t)name[i] >= 0x80)
            return bytes_of_text("?");
    return bytes_of(name, size);
}

static void tell_refusal(const struct bundle_refusal *refusal, struct buffer *out)
{
    buffer_put_text(out, "{\"accepted\":false,\"refusal\":{");
    put_text(out, "rule", bytes_of_text(bundle_rule_code(refusal->rule)));
    buffer_put_u8(out, ',');
    put_text(out, "what", bytes_of_text(bundle_rule_text(refusal->rule)));
    if (refusal->detail != NULL) {
        buffer_put_u8(out, ',');
        put_text(out, "detail", bytes_of_text(refusal->detail));
    }
    if (refusal->file[0] != '\0') {
        buffer_put_u8(out, ',');
        put_text(out, "file", plain(refusal->file));
    }
    if (refusal->line != BUNDLE_NOWHERE)
        put_number(out, "line", refusal->line);
    if (refusal->entry != BUNDLE_NOWHERE)
        put_number(out, "entry", refusal->entry);
    buffer_put_text(out, "}}\n");
}

static void put_witnesses(const struct trust *trust, const struct trust_found *found, struct buffer *out)
{
    bool first = true;
    buffer_put_text(out, ",\"witnesses\":[");
    for (size_t i = 0; i < trust_witness_count(trust); i++) {
        if (!found->cosigned[i])
            continue;
        buffer_put_text(out, first ? "{" : ",{");
        put_text(out, "name", bytes_of_text(trust_witness(trust, i)->key.name));
        put_moment(out, "time", instant_of(found->times[i]));
        buffer_put_u8(out, '}');
        first = false;
    }
    buffer_put_u8(out, ']');
}

static void put_history(const struct bundle_report *report, struct buffer *out)
{
    static const char *const ways[] = {
        [BUNDLE_KEPT_SAME] = "same", [BUNDLE_KEPT_PROOF] = "consistency", [BUNDLE_KEPT_RANGE] = "range"};
    if (report->has_old)
        put_number(out, "extends", report->old_size);
    if (report->has_old_checkpoint && report->old_checkpoint.cosignatures > 0)
        put_moment(out, "logged_after", instant_of(report->old_checkpoint.first));
    if (report->checkpoint.cosignatures > 0)
        put_moment(out, "logged_before", instant_of(report->checkpoint.last));
    if (report->kept != BUNDLE_KEPT_NONE)
        buffer_put_format(out, ",\"kept\":{\"size\":%llu,\"by\":\"%s\"}",
            (unsigned long long)report->kept_size, ways[report->kept]);
}

static void put_warnings(const struct bundle_report *report, struct buffer *out)
{
    bool first = true;
    buffer_put_text(out, ",\"warnings\":[");
    for (size_t i = 0; i < BUNDLE_WARNINGS; i++) {
        if (report->warning_counts[i] == 0)
            continue;
        buffer_put_text(out, first ? "{" : ",{");
        put_text(out, "what", bytes_of_text(bundle_warning_text((enum bundle_warning)i)));
        put_number(out, "first", report->warning_first[i]);
        put_number(out, "count", report->warning_counts[i]);
        buffer_put_u8(out, '}');
        first = false;
    }
    buffer_put_u8(out, ']');
}

void audit_tell_json(const struct trust *trust, const struct bundle_report *report, struct buffer *out)
{
    if (report->refusal.rule != BUNDLE_ACCEPTED) {
        tell_refusal(&report->refusal, out);
        return;
    }
    buffer_put_text(out, "{\"accepted\":true,");
    put_text(out, "origin", report->checkpoint.checkpoint.origin);
    put_number(out, "tree_size", report->checkpoint.checkpoint.size);
    put_hash(out, "root", &report->checkpoint.checkpoint.root);
    buffer_put_text(out, ",\"scope\":");
    scope_write(&report->manifest.scope, out);
    put_number(out, "told", report->told);
    put_number(out, "redacted", report->redacted);
    if (report->told > 0) {
        put_moment(out, "first_event", report->first_time);
        put_moment(out, "last_event", report->last_time);
    }
    put_raw(out, "purpose", report->manifest.purpose);
    put_moment(out, "created", report->manifest.created);
    put_hash(out, "manifest_sha256", &report->manifest_hash);
    put_witnesses(trust, &report->checkpoint, out);
    put_history(report, out);
    if (report->has_release) {
        buffer_put_text(out, ",\"release\":{");
        put_text(out, "origin", report->release_checkpoint.checkpoint.origin);
        put_number(out, "tree_size", report->release_checkpoint.checkpoint.size);
        put_number(out, "count", report->releases);
        buffer_put_u8(out, '}');
    }
    if (report->has_case) {
        put_number(out, "case_event", report->case_event);
        put_number(out, "case_files", report->case_files);
    }
    put_number(out, "proof_files", report->proof_files);
    put_warnings(report, out);
    buffer_put_text(out, "}\n");
}
