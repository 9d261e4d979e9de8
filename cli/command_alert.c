/* alert list | acknowledge */
#include "cli/cli.h"
#include "cli/words.h"

static const struct option list_options[] = {
    {.name = "all",
        .form = OPTION_FLAG,
        .member = "all",
        .help = N_("also those that somebody has taken note of")},
    {.name = "from",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .member = "from",
        .help = N_("raised at or after this moment, YYYY-MM-DD or RFC 3339 in UTC")},
    {.name = "to",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .member = "to",
        .help = N_("raised before this moment")},
    {0},
};

static const struct positional alert[] = {{N_("ALERT"), POSITIONAL_ONE, "alert"}, {0}};

static const struct option note[] = {
    {.name = "note",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "note",
        .help = N_("what came of it; sealed")},
    {0},
};

static const struct column columns[] = {
    {"id", N_("ALERT"), COLUMN_ID},
    {"at", N_("TIME"), COLUMN_TEXT},
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"severity", N_("SEVERITY"), COLUMN_TEXT},
    {"how", N_("HOW"), COLUMN_TEXT},
    {"person", N_("PERSON"), COLUMN_TEXT},
    {"client", N_("CLIENT"), COLUMN_ID},
    {"seen", N_("TOLD"), COLUMN_TEXT},
    {"acknowledged", N_("ACKNOWLEDGED"), COLUMN_TEXT},
    {0},
};

/* Each once, the firm's program by what it came to. */
static json_t *told_shortly(const json_t *told)
{
    json_t *names = json_array();
    for (size_t i = 0; i < json_array_size(told); i++) {
        const json_t *step = json_array_get(told, i);
        const char *ended = json_text(step, "ended");
        json_t *name = ended == NULL                     ? json_string(screen_word(step, "by"))
                       : json_text(step, "way") != NULL ? json_sprintf(_("mail (%s)"), ended)
                                                        : json_sprintf(_("program (%s)"), ended);
        bool there = false;
        for (size_t j = 0; j < json_array_size(names); j++)
            there = there || json_equal(json_array_get(names, j), name) == 1;
        if (there)
            json_decref(name);
        else
            (void)json_array_append_new(names, name);
    }
    return names;
}

static json_t *row_of_row(const json_t *row)
{
    static const char *const same[] = {"id", "at", "kind", "severity", "how", "person", "client"};
    const json_t *acknowledged = json_object_get(row, "acknowledged");
    json_t *shown = json_pack("{s:o}", "seen", told_shortly(json_object_get(row, "told")));
    for (size_t i = 0; i < sizeof same / sizeof same[0] && shown != NULL; i++) {
        if (json_object_get(row, same[i]) != NULL)
            (void)json_object_set(shown, same[i], json_object_get(row, same[i]));
    }
    if (shown != NULL && acknowledged != NULL)
        (void)json_object_set_new(shown, "acknowledged", json_string(screen_word(acknowledged, "by")));
    return shown;
}

static void show_acknowledged(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Alert %s is taken note of (event %lld)."), screen_word(value, "alert"),
        (long long)json_number(value, "event", -1));
}

const struct command commands_alert[] = {
    {.name = "alert list",
        .summary = N_("list alerts that nobody has taken note of, and who was told of them"),
        .more = N_("Who was shown an alert and when is an event itself.  'setting set alert.hook PROGRAM' "
                   "has a program told of "
                   "alerts as they are raised, alert.mail an address.  Beside decoys and broken glass: alert.volume, "
                   "alert.first_access, alert.ended_client, alert.hours, alert.failed_logins."),
        .options = list_options,
        .operation = "alert.list",
        .columns = columns,
        .row_of_row = row_of_row,
        .none = N_("There are no alerts.")},
    {.name = "alert ack",
        .summary = N_("take note of an alert"),
        .positionals = alert,
        .options = note,
        .operation = "alert.acknowledge",
        .show = show_acknowledged},
    {0},
};
