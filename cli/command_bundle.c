/* log bundle | tiles */
#include <string.h>

#include "cli/cli.h"
#include "cli/command_bundle.h"
#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/evidence/note.h"

static const struct option bundle_options[] = {
    {.name = "out",
        .value = N_("DIR"),
        .form = OPTION_FILE,
        .member = "out",
        .required = true,
        .help = N_("where to write it: a directory, or FILE.tar")},
    {.name = "purpose",
        .value = N_("PURPOSE"),
        .form = OPTION_TEXT,
        .member = "purpose",
        .required = true,
        .help = N_("why this bundle is made; it stands in the bundle for everybody to read")},
    {.name = "range",
        .value = N_("A:B"),
        .form = OPTION_TEXT,
        .member = "range",
        .help = N_("every entry from A on and before B, none left out; A: for all from A on")},
    {.name = "redact",
        .form = OPTION_FLAG,
        .member = "redact",
        .help = N_("in a range: entries that no filter chooses are there as hashes only")},
    {.name = "since",
        .value = N_("CHECKPOINT"),
        .form = OPTION_FILE,
        .help = N_("prove that the log extends this earlier checkpoint")},
    {.name = "record-proofs",
        .form = OPTION_FLAG,
        .member = "record_proofs",
        .help = N_("also one .tlog-proof file an entry, for other programs")},
    {.name = "releases",
        .value = N_("WITNESS"),
        .form = OPTION_TEXT,
        .member = "releases",
        .help = N_("what this witness released upon these events goes along, from its own log")},
    {.name = "tar",
        .form = OPTION_FLAG,
        .member = "archive",
        .help = N_("write an archive even if its name does not end in .tar")},
    {.name = "actor", .value = N_("USER"), .form = OPTION_TEXT, .member = "actor", .help = N_("who did it")},
    {.name = "client",
        .value = N_("CLIENT"),
        .form = OPTION_TEXT,
        .member = "client",
        .help = N_("to which client")},
    {.name = "record",
        .value = N_("RECORD"),
        .form = OPTION_TEXT,
        .member = "record",
        .help = N_("to which record")},
    {.name = "event",
        .value = N_("EVENT"),
        .form = OPTION_TEXT,
        .member = "event",
        .help = N_("what was done, such as record.read")},
    {.name = "from",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .member = "from",
        .help = N_("not before: a date, or RFC 3339 in UTC")},
    {.name = "to", .value = N_("TIME"), .form = OPTION_TEXT, .member = "to", .help = N_("not after")},
    {.name = "limit",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "limit",
        .help = N_("at most so many events")},
    {0},
};

static const struct option tiles_options[] = {
    {.name = "out",
        .value = N_("DIR"),
        .form = OPTION_FILE,
        .member = "out",
        .required = true,
        .help = N_("the directory to publish; what is there already is gone on with")},
    {.name = "hashes-only",
        .form = OPTION_FLAG,
        .member = "hashes_only",
        .help = N_("the tree without the entries: others can follow the log, and read nothing in it")},
    {0},
};

/* A checkpoint is a signed note of several lines, so it comes as a file. */
int run_bundle(struct cli *cli)
{
    const char *since = cli_text(cli, "since");
    const char *out = cli_given(cli, "out");
    size_t size = out == NULL ? 0 : strlen(out);
    struct buffer note = {0};
    int result = VAULT_OK;
    if (size > 4 && strcmp(out + size - 4, ".tar") == 0 &&
        json_object_set_new(cli->arguments.given, "archive", json_true()) != 0)
        return VAULT_ENOMEM;
    if (since != NULL)
        result = file_read(since, NOTE_SIZE_MAX, &note, &cli->failure);
    if (result == VAULT_OK && since != NULL) {
        json_t *text = json_of_buffer(&note);
        if (text == NULL || json_object_set_new(cli->arguments.given, "since", text) != 0)
            result = failure_set(&cli->failure, VAULT_EINPUT, _("%s: not UTF-8 text"), since);
    }
    buffer_free(&note);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static void show_bundle(struct screen *screen, const json_t *value)
{
    bool range = strcmp(screen_word(value, "scope"), "range") == 0;
    screen_field(screen, _("bundle"), json_object_get(value, "out"), NULL);
    screen_field_text(screen, _("holds"),
        range ? _("every entry of the range") : _("a selection; it claims no completeness"));
    screen_field(screen, _("entries told"), json_object_get(value, "told"), NULL);
    screen_field(screen, _("as hashes"), json_object_get(value, "redacted"), NULL);
    screen_field(screen, _("log's size"), json_object_get(value, "tree_size"), NULL);
    screen_field(screen, _("manifest"), json_object_get(value, "manifest_sha256"), NULL);
    screen_field(screen, _("event"), json_object_get(value, "event"), NULL);
    screen_fields_end(screen, 0);
}

static void show_tiles(struct screen *screen, const json_t *value)
{
    screen_field(screen, _("directory"), json_object_get(value, "out"), NULL);
    screen_field(screen, _("log's size"), json_object_get(value, "size"), NULL);
    screen_field(screen, _("new files"), json_object_get(value, "files"), NULL);
    screen_field(screen, _("event"), json_object_get(value, "event"), NULL);
    screen_fields_end(screen, 0);
}

const struct command commands_bundle[] = {
    {.name = "log bundle",
        .summary = N_("hand out evidence that outsiders can check: a selection, or a complete range"),
        .more =
            N_("`strongroom audit` checks it, on any machine, with what `log policy` prints.  Filters choose "
               "entries; a range leaves none out.  Making a bundle is an event too."),
        .options = bundle_options,
        .operation = "log.bundle",
        .show = show_bundle,
        .run = run_bundle},
    {.name = "log tiles",
        .summary = N_("publish the log as C2SP tlog-tiles, so that others can follow it"),
        .more = N_("Run it again to add what is new; files that are there are never changed, but for the "
                   "checkpoint, which comes last."),
        .options = tiles_options,
        .operation = "log.tiles",
        .show = show_tiles},
    {0},
};
