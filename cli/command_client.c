/* client add | list | show */
#include "cli/cli.h"
#include "cli/words.h"

static const struct positional new_client[] = {
    {N_("NUMBER"), POSITIONAL_ONE, "client_no"}, {N_("NAME"), POSITIONAL_ONE, "name"}, {0}};
static const struct positional one_client[] = {{N_("CLIENT"), POSITIONAL_ONE, "client"}, {0}};

static const struct option add_options[] = {
    {.name = "tax-id",
        .value = N_("ID"),
        .form = OPTION_TEXT,
        .member = "tax_id",
        .help = N_("unified social credit code or other tax id")},
    {.name = "portfolio",
        .value = N_("PORTFOLIO"),
        .form = OPTION_TEXT,
        .member = "portfolio",
        .help = N_("the portfolio it belongs to")},
    {0},
};

static const struct option list_options[] = {
    {.name = "portfolio",
        .value = N_("PORTFOLIO"),
        .form = OPTION_TEXT,
        .member = "portfolio",
        .help = N_("only clients of this portfolio")},
    {0},
};

static const struct column client_columns[] = {
    {"id", N_("ID"), COLUMN_ID},
    {"client_no", N_("NUMBER"), COLUMN_TEXT},
    {"name", N_("NAME"), COLUMN_TEXT},
    {"tax_id", N_("TAX ID"), COLUMN_TEXT},
    {"portfolio", N_("PORTFOLIO"), COLUMN_TEXT},
    {0},
};

static void show_added(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Client %s %s was added to portfolio %s (event %lld)."),
        screen_word(value, "client_no"), screen_word(value, "name"), screen_word(value, "portfolio"),
        (long long)json_number(value, "event", -1));
    screen_line(screen, "%s", screen_word(value, "id"));
}

static void show_client(struct screen *screen, const json_t *value)
{
    screen_field(screen, _("id"), json_object_get(value, "id"), NULL);
    screen_field(screen, _("number"), json_object_get(value, "client_no"), NULL);
    screen_field(screen, _("name"), json_object_get(value, "name"), NULL);
    screen_field(screen, _("tax id"), json_object_get(value, "tax_id"), NULL);
    screen_field(screen, _("portfolio"), json_object_get(value, "portfolio"), NULL);
    screen_field(screen, _("assigned to"), json_object_get(value, "assigned"), NULL);
    screen_field(screen, _("event"), json_object_get(value, "event"), NULL);
    screen_fields_end(screen, 0);
    const json_t *records = json_object_get(value, "records");
    if (json_object_size(records) == 0)
        return;
    screen_blank(screen);
    screen_line(screen, "%s", _("records"));
    screen_object(screen, records, NULL, 2);
}

const struct command commands_client[] = {
    {.name = "client add",
        .summary = N_("add a client"),
        .positionals = new_client,
        .options = add_options,
        .operation = "client.add",
        .show = show_added},
    {.name = "client list",
        .summary = N_("list the clients that are yours to see"),
        .options = list_options,
        .operation = "client.list",
        .columns = client_columns,
        .none = N_("There are no clients to see.")},
    {.name = "client show",
        .summary = N_("show a client and how many records of each kind there are"),
        .more = N_("CLIENT is an id, a client number or a tax id, or a name that only one client has."),
        .positionals = one_client,
        .operation = "client.show",
        .show = show_client},
    {0},
};
