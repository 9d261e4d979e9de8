/* What an audit found, told to people. */
#include <string.h>

#include "cli/audit.h"
#include "cli/clean.h"
#include "cli/words.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"

#define LABEL_COLUMNS 12

static void put_label(struct buffer *out, const char *label)
{
    buffer_put_text(out, label);
    for (int column = text_width(bytes_of_text(label)); column < LABEL_COLUMNS; column++)
        buffer_put_u8(out, ' ');
    buffer_put_text(out, "  ");
}

/* Text of the bundle is a stranger's. */
static void put_stranger(struct buffer *out, struct bytes text)
{
    clean_line(text, out);
}

static void put_line(struct buffer *out, const char *label, struct bytes text)
{
    put_label(out, label);
    put_stranger(out, text);
    buffer_put_u8(out, '\n');
}

/* A JSON string with its quotes, as it stands in the manifest; other escapes than those two stay for people
 * to see. */
static void put_string(struct buffer *out, const char *label, struct bytes string)
{
    struct buffer text = {0};
    for (size_t i = 1; i + 1 < string.size; i++) {
        if (string.data[i] == '\\' && i + 2 < string.size &&
            (string.data[i + 1] == '"' || string.data[i + 1] == '\\'))
            i++;
        buffer_put_u8(&text, string.data[i]);
    }
    put_line(out, label, buffer_bytes(&text));
    if (text.error != VAULT_OK)
        out->error = text.error;
    buffer_free(&text);
}

static void put_moment(struct buffer *out, int64_t instant)
{
    char text[INSTANT_TEXT_SIZE];
    instant_format(instant, text);
    buffer_put_text(out, text);
}

static int64_t instant_of(uint64_t seconds)
{
    return seconds > INT64_MAX / 1000 ? INT64_MAX : (int64_t)seconds * 1000;
}

static void tell_refusal(const struct bundle_refusal *refusal, struct buffer *out)
{
    put_label(out, _("bundle"));
    buffer_put_format(out, "%s\n", _("REFUSED"));
    put_label(out, _("why"));
    buffer_put_text(out, words_of(bundle_rule_text(refusal->rule)));
    if (refusal->detail != NULL)
        buffer_put_format(out, "%s%s", _(": "), words_of(refusal->detail));
    buffer_put_u8(out, '\n');
    if (refusal->file[0] != '\0')
        put_line(out, _("file"), bytes_of_text(refusal->file));
    if (refusal->line != BUNDLE_NOWHERE) {
        put_label(out, _("line"));
        buffer_put_format(out, "%llu\n", (unsigned long long)refusal->line);
    }
    if (refusal->entry != BUNDLE_NOWHERE) {
        put_label(out, _("entry"));
        buffer_put_format(out, "%llu\n", (unsigned long long)refusal->entry);
    }
    put_line(out, _("rule"), bytes_of_text(bundle_rule_code(refusal->rule)));
}

static void tell_scope(const struct bundle_report *report, struct buffer *out)
{
    const struct scope *scope = &report->manifest.scope;
    put_label(out, _("holds"));
    if (scope->range)
        buffer_put_format(out,
            _("every one from %llu up to, not with, %llu: %llu told, %llu only as a hash\n"),
            (unsigned long long)scope->start, (unsigned long long)scope->end,
            (unsigned long long)report->told, (unsigned long long)report->redacted);
    else
        buffer_put_format(out, _("a selection of %llu; that no other entry matters is not claimed\n"),
            (unsigned long long)scope->count);
    if (scope->query.size > 2)
        put_string(out, _("chosen by"), scope->query);
    if (report->told == 0)
        return;
    put_label(out, _("events"));
    put_moment(out, report->first_time);
    buffer_put_text(out, " … ");
    put_moment(out, report->last_time);
    buffer_put_u8(out, '\n');
}

static void tell_witnesses(const struct trust *trust, const struct trust_found *found, struct buffer *out)
{
    for (size_t i = 0; i < trust_witness_count(trust); i++) {
        if (!found->cosigned[i])
            continue;
        put_label(out, _("witness"));
        put_stranger(out, bytes_of_text(trust_witness(trust, i)->key.name));
        buffer_put_text(out, "  ");
        put_moment(out, instant_of(found->times[i]));
        buffer_put_u8(out, '\n');
    }
    if (found->cosignatures > 0)
        return;
    put_label(out, _("witness"));
    buffer_put_format(
        out, "%s\n", _("none: only the log's own key vouches that it shows everybody the same log"));
}

static void tell_history(const struct trust *trust, const struct bundle_report *report, struct buffer *out)
{
    if (report->has_old) {
        put_label(out, _("earlier"));
        buffer_put_format(
            out, _("extends the log of %llu entries unchanged\n"), (unsigned long long)report->old_size);
    }
    if (report->has_old_checkpoint && report->old_checkpoint.cosignatures > 0) {
        put_label(out, "");
        buffer_put_format(
            out, _("entries from %llu on were logged after "), (unsigned long long)report->old_size);
        put_moment(out, instant_of(report->old_checkpoint.first));
        if (report->checkpoint.cosignatures > 0) {
            buffer_put_text(out, _(" and before "));
            put_moment(out, instant_of(report->checkpoint.last));
        }
        buffer_put_u8(out, '\n');
    }
    if (report->kept != BUNDLE_KEPT_NONE) {
        put_label(out, _("kept"));
        buffer_put_format(out, _("the checkpoint of %llu entries that you kept belongs to this log\n"),
            (unsigned long long)report->kept_size);
    }
    (void)trust;
}

static void tell_rest(const struct bundle_report *report, struct buffer *out)
{
    char hex[2 * HASH_SIZE + 1];
    if (report->has_release) {
        put_label(out, _("releases"));
        buffer_put_format(out, _("%llu of this vault's keys, each with its entry; told by "),
            (unsigned long long)report->releases);
        put_stranger(out, report->release_checkpoint.checkpoint.origin);
        buffer_put_u8(out, '\n');
    }
    if (report->has_case) {
        put_label(out, _("case"));
        buffer_put_format(out, _("case.json is the one that entry %llu tells of\n"),
            (unsigned long long)report->case_event);
        if (report->case_files > 0) {
            put_label(out, _("its files"));
            buffer_put_format(out, _("%llu, each with the SHA-256 that case.json tells\n"),
                (unsigned long long)report->case_files);
        }
    }
    if (report->proof_files > 0) {
        put_label(out, _("proof files"));
        buffer_put_format(out, "%llu\n", (unsigned long long)report->proof_files);
    }
    hex_encode(hash_bytes(&report->manifest_hash), hex);
    put_line(out, _("manifest"), bytes_of_text(hex));
    for (size_t i = 0; i < BUNDLE_WARNINGS; i++) {
        if (report->warning_counts[i] == 0)
            continue;
        put_label(out, _("WARNING"));
        buffer_put_format(out, _("%s: entry %llu first, %llu in all\n"),
            words_of(bundle_warning_text((enum bundle_warning)i)),
            (unsigned long long)report->warning_first[i], (unsigned long long)report->warning_counts[i]);
    }
}

void audit_tell(const struct trust *trust, const struct bundle_report *report, struct buffer *out)
{
    char hex[2 * HASH_SIZE + 1];
    const struct checkpoint *checkpoint = &report->checkpoint.checkpoint;
    if (report->refusal.rule != BUNDLE_ACCEPTED) {
        tell_refusal(&report->refusal, out);
        return;
    }
    put_label(out, _("bundle"));
    buffer_put_format(out, "%s\n", _("accepted"));
    put_line(out, _("log"), checkpoint->origin);
    hex_encode(hash_bytes(&checkpoint->root), hex);
    put_label(out, _("state"));
    buffer_put_format(out, _("%llu entries, root %s\n"), (unsigned long long)checkpoint->size, hex);
    tell_scope(report, out);
    put_string(out, _("purpose"), report->manifest.purpose);
    put_line(out, _("made"), report->manifest.created_text);
    tell_witnesses(trust, &report->checkpoint, out);
    tell_history(trust, report, out);
    tell_rest(report, out);
}
