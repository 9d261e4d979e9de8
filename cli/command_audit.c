/* audit */
#include "cli/audit.h"
#include "cli/cli.h"
#include "cli/words.h"

static const struct positional words[] = {{N_("BUNDLE"), POSITIONAL_FILE, NULL}, {0}};

static const struct option options[] = {
    {.name = "policy",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .required = true,
        .help = N_("which keys to trust, got from the firm once: what `strongroom log policy` prints")},
    {.name = "old-checkpoint",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("a checkpoint of this log that you kept: the bundle must extend it")},
    {.name = "max-age",
        .value = N_("AGE"),
        .form = OPTION_TEXT,
        .help = N_("witnesses must have seen it within 90s, 30m, 36h, 7d")},
    {.name = "manifest-key",
        .value = N_("VKEY"),
        .form = OPTION_TEXT,
        .help = N_("a key that may sign the manifest in the log's place")},
    {0},
};

static int run_audit(struct cli *cli)
{
    struct buffer out = {0};
    struct audit audit = {.bundle = cli_text(cli, "BUNDLE"),
        .policy = cli_text(cli, "policy"),
        .kept = cli_text(cli, "old-checkpoint"),
        .max_age = cli_text(cli, "max-age"),
        .manifest_key = cli_text(cli, "manifest-key"),
        .json = cli->json,
        .quiet = cli->quiet};
    audit_guard();
    int result = audit_run(&audit, &out, &cli->failure);
    output_put(cli->output, buffer_bytes(&out));
    buffer_free(&out);
    if (result != VAULT_EFORGED || cli->failure.error != VAULT_OK)
        return result;
    cli->found = result; /* it was told; only the exit status is left to say so too */
    return VAULT_OK;
}

const struct command commands_audit[] = {
    {.name = "audit",
        .summary = N_("check an evidence bundle; needs no vault and no network"),
        .more = N_("The bundle is a directory or a tar file made by `log bundle`.  The small program "
                   "strongroom-audit does the same."),
        .positionals = words,
        .options = options,
        .run = run_audit},
    {0},
};
