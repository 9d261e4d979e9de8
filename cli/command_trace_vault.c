#include "cli/command_trace_vault.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/words.h"

#define ROWS_SHOWN 10

const struct positional trace_case_words[] = {{N_("CASE"), POSITIONAL_ONE, "case"}, {0}};

const struct positional trace_reveal_words[] = {
    {N_("CASE"), POSITIONAL_ONE, "case"}, {N_("PERSON"), POSITIONAL_ANY, "persons"}, {0}};

const struct option trace_reveal_options[] = {
    {.name = "purpose",
        .value = N_("PURPOSE"),
        .form = OPTION_TEXT,
        .member = "purpose",
        .required = true,
        .help = N_("why: a code, or code:reference")},
    {0},
};

const struct column trace_list_columns[] = {
    {"case", N_("CASE"), COLUMN_ID},
    {"time", N_("TIME"), COLUMN_TEXT},
    {"by", N_("BY"), COLUMN_TEXT},
    {"rows", N_("ROWS"), COLUMN_NUMBER},
    {"linked", N_("OURS"), COLUMN_NUMBER},
    {"event", N_("EVENT"), COLUMN_NUMBER},
    {0},
};

int trace_in_vault(struct cli *cli)
{
    static const char *const passed[] = {"before", "encoding"};
    const json_t *paths = json_object_get(cli->arguments.apart, "LEAK");
    int result = VAULT_OK;
    for (size_t i = 0; i < 2; i++)
        if (cli_text(cli, passed[i]) != NULL)
            (void)json_object_set_new(cli->arguments.given, passed[i], json_string(cli_text(cli, passed[i])));
    for (size_t i = 0; i < json_array_size(paths) && result == VAULT_OK; i++) {
        (void)json_object_set(cli->arguments.given, "leak", json_array_get(paths, i));
        result = cli_operation(cli, NULL);
    }
    return result;
}

static const struct column row_columns[] = {
    {"row", N_("ROW"), COLUMN_NUMBER},
    {"client", N_("CLIENT"), COLUMN_ID},
    {"agree", N_("AGREES"), COLUMN_TEXT},
    {"differ", N_("DIFFERS"), COLUMN_TEXT},
    {"current_from", N_("CURRENT FROM"), COLUMN_TEXT},
    {"current_until", N_("UNTIL"), COLUMN_TEXT},
    {0},
};

void trace_show_vault(struct screen *screen, const json_t *value)
{
    json_t *first = json_array();
    const json_t *ours = json_object_get(value, "ours");
    for (size_t i = 0; i < json_array_size(ours) && i < ROWS_SHOWN; i++)
        (void)json_array_append(first, json_array_get(ours, i));
    screen_blank(screen);
    screen_table(screen, first, row_columns, 0);
    if (json_array_size(ours) > ROWS_SHOWN)
        screen_line(screen, _("… and %lld more rows that are ours; --json tells all."),
            (long long)json_array_size(ours) - ROWS_SHOWN);
    if (json_number(value, "keyless", 0) > 0)
        screen_line(screen,
            _("Nothing could be linked to %lld portfolios: their keys wait for somebody who works there to "
              "be in session."),
            (long long)json_number(value, "keyless", 0));
    screen_blank(screen);
    screen_line(screen,
        _("Case %s (event %lld).  People have pseudonyms: 'strongroom trace reveal %s' asks for their "
          "names."),
        screen_word(value, "case"), (long long)json_number(value, "event", -1), screen_word(value, "case"));
    json_decref(first);
}

void trace_show_names(struct screen *screen, const json_t *value)
{
    const char *person;
    json_t *user;
    if (json_object_get(value, "names") == NULL) {
        screen_line(screen,
            _("Another investigator must agree: 'strongroom trace approve %s', before %s.  Then ask again "
              "(event %lld)."),
            screen_word(value, "case"), screen_word(value, "expires"),
            (long long)json_number(value, "event", -1));
        return;
    }
    json_object_foreach(json_object_get(value, "names"), person, user)
        screen_field(screen, person, user, NULL);
    screen_fields_end(screen, 0);
}

void trace_show_approval(struct screen *screen, const json_t *value)
{
    screen_line(screen, _("%s may now see the names asked for by event %lld (event %lld)."),
        screen_word(value, "user"), (long long)json_number(value, "request", -1),
        (long long)json_number(value, "event", -1));
}
