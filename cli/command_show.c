/* show, correct */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/given_words.h"
#include "cli/words.h"

static const struct positional one_record[] = {
    {N_("CLIENT"), POSITIONAL_ONE, "client"}, {N_("RECORD"), POSITIONAL_ONE, "record"}, {0}};
static const struct positional record_and_fields[] = {{N_("CLIENT"), POSITIONAL_ONE, "client"},
    {N_("RECORD"), POSITIONAL_ONE, "record"}, {N_("FIELD=VALUE"), POSITIONAL_MANY, NULL}, {0}};

static const struct option show_options[] = {
    {.name = "reveal",
        .value = N_("FIELD"),
        .form = OPTION_LIST,
        .member = "reveal",
        .help = N_("show a masked field in full; decided and logged on its own")},
    {.name = "purpose",
        .value = N_("PURPOSE"),
        .form = OPTION_TEXT,
        .member = "purpose",
        .required = true,
        .help = N_("why: a code, or CODE:REFERENCE")},
    {.name = "version",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "version",
        .help = N_("an earlier version")},
    {0},
};

static const struct option correct_options[] = {
    {.name = "purpose",
        .value = N_("PURPOSE"),
        .form = OPTION_TEXT,
        .member = "purpose",
        .required = true,
        .help = N_("why: a code, or CODE:REFERENCE")},
    {.name = "if-version",
        .value = N_("NUMBER"),
        .form = OPTION_NUMBER,
        .member = "if_version",
        .help = N_("only if it is still at this version, as 'show' told")},
    {0},
};

static void show_head(struct screen *screen, const json_t *client, const json_t *record)
{
    char who[400];
    const char *number = json_text(client, "client_no");
    const char *name = json_text(client, "name");
    (void)snprintf(who, sizeof who, "%s  %s", number == NULL ? "" : number, name == NULL ? "" : name);
    screen_field_text(screen, _("client"), who);
    screen_field(screen, _("record"), json_object_get(record, "id"), NULL);
    screen_field(screen, _("kind"), json_object_get(record, "kind"), NULL);
    screen_field(screen, _("period"), json_object_get(record, "period"), NULL);
    screen_field(screen, _("date"), json_object_get(record, "date"), NULL);
    screen_field(screen, _("version"), json_object_get(record, "version"), NULL);
    screen_fields_end(screen, 0);
}

static void show_record(struct screen *screen, const json_t *value)
{
    const json_t *record = json_object_get(value, "record");
    const json_t *masked = json_object_get(record, "masked");
    show_head(screen, json_object_get(value, "client"), record);
    screen_blank(screen);
    screen_object(screen, json_object_get(record, "fields"), masked, 2);
    screen_blank(screen);
    if (json_array_size(masked) > 0) {
        screen_field(screen, _("masked"), masked, NULL);
        screen_fields_end(screen, 0);
    }
    screen_say(screen, _("Event %lld."), (long long)json_number(value, "event", -1));
}

static int run_correct(struct cli *cli)
{
    const json_t *words = json_object_get(cli->arguments.apart, "FIELD=VALUE");
    json_t *fields = NULL;
    int result = given_fields(&cli->arguments, words, NULL, &fields, &cli->failure);
    if (result == VAULT_OK && json_object_set_new(cli->arguments.given, "fields", fields) != 0)
        result = VAULT_ENOMEM;
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static void show_corrected(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Record %s is now at version %lld (event %lld)."), screen_word(value, "id"),
        (long long)json_number(value, "version", 0), (long long)json_number(value, "event", -1));
}

const struct command commands_show[] = {
    {.name = "show",
        .summary = N_("show a record, for a stated purpose"),
        .more = N_(
            "Sensitive fields (personal ids, bank accounts, phones, salaries) are masked unless revealed."),
        .positionals = one_record,
        .options = show_options,
        .operation = "record.read",
        .show = show_record},
    {.name = "correct",
        .summary = N_("change fields of a record; earlier versions stay"),
        .more = N_("A VALUE need not stand in the process's arguments: @FILE is what a file holds, @- what standard input "
                   "does, and @@ begins words that begin with one @."),
        .positionals = record_and_fields,
        .options = correct_options,
        .operation = "record.correct",
        .show = show_corrected,
        .run = run_correct},
    {0},
};
