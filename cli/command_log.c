/* log verify | checkpoint | policy */
#include "cli/checkpoint_letter.h"
#include "cli/cli.h"
#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/ops/ops.h"

#define CHECKPOINT_MAX ((size_t)64 * 1024)

static const struct option checkpoint_options[] = {
    {.name = "mail",
        .form = OPTION_FLAG,
        .help = N_("the text to print on a monthly report, in Chinese and English")},
    {0},
};

static const struct option verify_options[] = {
    {.name = "since",
        .value = N_("CHECKPOINT"),
        .form = OPTION_FILE,
        .help = N_("a checkpoint verified before: the log must extend it")},
    {.name = "skip-signatures",
        .form = OPTION_FLAG,
        .member = "skip_signatures",
        .help = N_("hashes, tree and tables only, not people's signatures")},
    {0},
};

static const struct column problem_columns[] = {
    {"index", N_("EVENT"), COLUMN_NUMBER},
    {"what", N_("WHAT IS WRONG"), COLUMN_TEXT},
    {0},
};

/* --- verify --- */

static void show_verification(struct screen *screen, const json_t *value)
{
    const json_t *problems = json_object_get(value, "problems");
    bool ok = json_is_true(json_object_get(value, "ok"));
    screen_field_text(screen, _("log"), ok ? _("whole") : _("DAMAGED OR FORGED"));
    screen_field(screen, _("origin"), json_object_get(value, "origin"), NULL);
    screen_field(screen, _("events"), json_object_get(value, "size"), NULL);
    screen_field(screen, _("root"), json_object_get(value, "root"), NULL);
    screen_field(screen, _("signatures"), json_object_get(value, "signatures"), NULL);
    screen_fields_end(screen, 0);
    if (json_array_size(problems) == 0)
        return;
    screen_blank(screen);
    screen_table(screen, problems, problem_columns, 0);
}

static const struct column unmatched_columns[] = {
    {"log", N_("RELEASE LOG"), COLUMN_TEXT},
    {"seq", N_("RELEASE"), COLUMN_NUMBER},
    {"access_seq", N_("EVENT"), COLUMN_NUMBER},
    {"why", N_("WHAT IS WRONG"), COLUMN_TEXT},
    {0},
};

static void show_reconciled(struct screen *screen, const json_t *value)
{
    const json_t *unmatched = json_object_get(value, "unmatched");
    screen_say(screen, _("%lld releases, each with its event; %lld events were not answered."),
        (long long)json_number(value, "releases", 0) - (long long)json_array_size(unmatched),
        (long long)json_number(value, "unanswered", 0));
    if (json_array_size(unmatched) == 0)
        return;
    screen_blank(screen);
    screen_table(screen, unmatched, unmatched_columns, 0);
}

/* A checkpoint is a signed note of several lines, so it comes as a file. */
static int run_verify(struct cli *cli)
{
    const char *since = cli_text(cli, "since");
    struct buffer note = {0};
    int result = VAULT_OK;
    if (since != NULL)
        result = file_read(since, CHECKPOINT_MAX, &note, &cli->failure);
    if (result == VAULT_OK && since != NULL) {
        json_t *text = json_of_buffer(&note);
        if (text == NULL || json_object_set_new(cli->arguments.given, "since", text) != 0)
            result = failure_set(&cli->failure, VAULT_EINPUT, _("%s: not UTF-8 text"), since);
    }
    buffer_free(&note);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

/* --- checkpoint --- */

static int gather_text(void *context, struct bytes text)
{
    struct buffer *note = context;
    buffer_put(note, text);
    return buffer_error(note);
}

static int run_checkpoint(struct cli *cli)
{
    struct buffer note = {0};
    struct buffer letter = {0};
    struct reply reply = {.context = &note, .text = gather_text};
    struct operation_call call = {.name = cli->command->operation, .arguments = cli->arguments.given};
    if (!json_is_true(json_object_get(cli->arguments.apart, "mail")))
        return cli_operation(cli, NULL);
    int result = cli_open(cli);
    if (result == VAULT_OK)
        result = cli_call(cli, &call, &reply);
    if (result == VAULT_OK)
        result = checkpoint_letter(buffer_bytes(&note), &letter);
    if (result == VAULT_OK && cli->json) {
        json_t *value = json_pack("{s:s}", "mail", buffer_text(&letter));
        result = value == NULL ? VAULT_ENOMEM : cli_value(cli, value, NULL);
        json_decref(value);
    } else if (result == VAULT_OK) {
        output_put(cli->output, buffer_bytes(&letter));
    }
    buffer_free(&note);
    buffer_free(&letter);
    return result;
}

const struct command commands_log[] = {
    {.name = "log verify",
        .summary = N_("prove that nothing in the log was changed, dropped or reordered"),
        .options = verify_options,
        .operation = "log.verify",
        .show = show_verification,
        .run = run_verify},
    {.name = "log reconcile",
        .summary = N_("hold what witnesses released against the events of this log"),
        .operation = "log.reconcile",
        .show = show_reconciled},
    {.name = "log checkpoint",
        .summary = N_("print the signed head of the log, cosigned by its witnesses"),
        .more = N_(
            "With --mail, a text in Chinese and English to be printed on a monthly report: whoever keeps the "
            "paper can prove later what the log said by then."),
        .options = checkpoint_options,
        .run = run_checkpoint,
        .operation = "log.checkpoint",
        .text_member = "checkpoint"},
    {.name = "log policy",
        .summary = N_("print which keys a verifier of this log should trust"),
        .operation = "log.policy",
        .text_member = "policy"},
    {0},
};
