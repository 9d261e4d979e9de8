#include "cli/checkpoint_letter.h"

#include <string.h>

#include "vault/base/instant.h"
#include "vault/evidence/note.h"

#define COSIGNATURE_SIZE (NOTE_KEY_ID_SIZE + 8 + 64u)

/* In groups of four, sixteen a line: what somebody can compare, or type, without losing the place. */
static void put_digits(const struct hash *root, struct buffer *text)
{
    char digits[2 * HASH_SIZE + 1];
    hex_encode(hash_bytes(root), digits);
    for (size_t i = 0; i < (size_t)2 * HASH_SIZE; i += 4)
        buffer_put_format(text, "%s%.4s%s", i % 32 == 0 ? "    " : " ", digits + i, i % 32 == 28 ? "\n" : "");
}

/* A line of a witness carries its time; that of the log itself has none. */
static bool read_time(const struct note_signature *signature, int64_t *time)
{
    struct buffer decoded = {0};
    bool cosigned =
        base64_decode(signature->base64, &decoded) == VAULT_OK && decoded.size == COSIGNATURE_SIZE;
    uint64_t seconds = 0;
    for (size_t i = 0; cosigned && i < 8; i++)
        seconds = seconds << 8 | decoded.data[NOTE_KEY_ID_SIZE + i];
    buffer_free(&decoded);
    *time = (int64_t)(seconds < UINT64_C(253402300800) ? seconds * 1000 : 0);
    return cosigned;
}

static void put_witnesses(const struct note *note, struct buffer *text)
{
    bool any = false;
    buffer_put_text(text, "见证 Witnesses\n");
    for (size_t i = 0; i < note->count; i++) {
        char moment[INSTANT_TEXT_SIZE];
        int64_t time;
        if (!read_time(&note->signatures[i], &time))
            continue;
        instant_format(time, moment);
        buffer_put_format(text, "    %.*s  %s\n", (int)note->signatures[i].name.size,
            (const char *)note->signatures[i].name.data, moment);
        any = true;
    }
    if (!any)
        buffer_put_text(text, "    无 none\n");
}

static const char explanation[] =
    "这张纸的用途\n"
    "    它记下了本所访问日志在此刻的条目数与根值。请连同月报一起保存。日后若有争议，\n"
    "    日志必须仍以这些条目开头：改动、删去、倒填其中任何一条，根值都会不同。\n"
    "    核对：把下面两条横线之间的文字原样存成文件，然后运行\n"
    "        strongroom log verify --since 文件      （在本所）\n"
    "        strongroom audit 证据包 --policy 策略文件 --old-checkpoint 文件    （在任何地方）\n"
    "\n"
    "What this page is good for\n"
    "    It holds how many entries the firm's access log had at this moment, and their root.  Keep it\n"
    "    with the report.  Whatever is disputed later, the log must still begin with these entries: if\n"
    "    one of them is changed, dropped or backdated, the root is another.\n"
    "    To check: put the text between the two lines below into a file, exactly, and run\n"
    "        strongroom log verify --since FILE      (at the firm)\n"
    "        strongroom audit BUNDLE --policy POLICY --old-checkpoint FILE      (anywhere)\n"
    "\n";

static const char rule[] = "----------------------------------------------------------------------\n";

int checkpoint_letter(struct bytes raw, struct buffer *text)
{
    struct note note;
    struct checkpoint checkpoint;
    if (note_parse(raw, &note) != VAULT_OK || checkpoint_parse(note.text, &checkpoint) != VAULT_OK)
        return VAULT_EINPUT;
    buffer_put_text(text, "访问日志校验点    Checkpoint of the access log\n\n日志 Log\n    ");
    buffer_put(text, checkpoint.origin);
    buffer_put_format(
        text, "\n条目数 Entries\n    %llu\n根值 Root (SHA-256)\n", (unsigned long long)checkpoint.size);
    put_digits(&checkpoint.root, text);
    put_witnesses(&note, text);
    buffer_put_u8(text, '\n');
    buffer_put_text(text, explanation);
    buffer_put_text(text, rule);
    buffer_put(text, raw);
    buffer_put_text(text, rule);
    return buffer_error(text);
}
