/* backup, restore, doctor */
#include "cli/cli.h"
#include "cli/present.h"
#include "cli/words.h"

static const struct positional one_file[] = {{N_("FILE"), POSITIONAL_FILE, NULL}, {0}};

static const struct option backup_options[] = {
    {.name = "out",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .member = "out",
        .required = true,
        .help = N_("where to write it")},
    {0},
};

/* Whole sentences: no table would hold them. */
static void show_check(struct screen *screen, const json_t *row)
{
    bool good = json_is_true(json_object_get(row, "ok"));
    screen_line(screen, "%-4s %-12s %s", good ? _("ok") : _("BAD"), screen_word(row, "check"), screen_word(row, "detail"));
    if (json_object_get(row, "remedy") != NULL)
        screen_line(screen, _("                  to do: %s"), screen_word(row, "remedy"));
}

static void show_backup(struct screen *screen, const json_t *value)
{
    screen_field(screen, _("file"), json_object_get(value, "out"), NULL);
    screen_field(screen, _("bytes"), json_object_get(value, "bytes"), NULL);
    screen_field(screen, "SHA-256", json_object_get(value, "sha256"), NULL);
    screen_field(screen, _("event"), json_object_get(value, "event"), NULL);
    screen_fields_end(screen, 0);
}

static int run_restore(struct cli *cli)
{
    struct session_options options;
    struct secret *passphrase = NULL;
    struct reply reply;
    int result = cli_session_options(cli, &options, &passphrase);
    struct presentation *presentation = result == VAULT_OK ? present_new(cli, &reply) : NULL;
    if (result == VAULT_OK && presentation == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK) {
        result = vault_restore(cli_text(cli, "FILE"), &options, &reply, &cli->failure);
        int ended = present_end(presentation, &cli->failure);
        result = result != VAULT_OK ? result : ended;
    }
    if (result == VAULT_OK && !cli->json)
        screen_say(cli->screen, _("Restored to %s."), cli->vault);
    present_free(presentation);
    secret_free(passphrase);
    return result;
}

const struct command commands_backup[] = {
    {.name = "backup",
        .summary = N_("write the whole vault to one file, as encrypted as it is"),
        .options = backup_options,
        .operation = "vault.backup",
        .show = show_backup},
    {.name = "restore",
        .summary = N_("unpack a backup into a new directory and check that it opens"),
        .more = N_("--vault names the new directory, --as a person of the vault in the backup."),
        .positionals = one_file,
        .run = run_restore},
    {.name = "doctor",
        .summary = N_("check the vault, its files and this machine, or a server and its machine"),
        .more = N_("With --server it is the server that is checked.  backup.max_age (8d, or off) is the longest time without a "
                   "backup that is fine."),
        .operation = "vault.doctor",
        .show_row = show_check},
    {0},
};
