/* witness add | list | remove, and the program strongroom-witness under this one's name */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/words.h"
#include "vault/base/file.h"

#define CA_FILE_MAX ((size_t)64 * 1024)

static const struct positional add_words[] = {
    {N_("URL"), POSITIONAL_ONE, "url"}, {N_("VKEY"), POSITIONAL_ONE, "vkey"}, {0}};
static const struct positional remove_words[] = {{N_("WITNESS"), POSITIONAL_ONE, "witness"}, {0}};
static const struct positional log_add_words[] = {{N_("VKEY"), POSITIONAL_ONE, NULL}, {0}};
static const struct positional log_remove_words[] = {{N_("ORIGIN"), POSITIONAL_ONE, NULL}, {0}};

static const struct option add_options[] = {
    {.name = "pin",
        .value = N_("FINGERPRINT"),
        .form = OPTION_TEXT,
        .member = "pin",
        .help = N_("of its TLS key, as it printed it: sha256//… or 64 hexadecimal digits")},
    {.name = "ca",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("certificates (PEM) that may vouch for it; otherwise the system's")},
    {0},
};

#define DIRECTORY_OPTION \
    { \
        .name = "dir", .value = N_("DIR"), .form = OPTION_FILE, \
        .help = N_("the witness's own directory; made where there is none"), .required = true \
    }

static const struct option serve_options[] = {
    DIRECTORY_OPTION,
    {.name = "listen",
        .value = N_("ADDRESS"),
        .form = OPTION_TEXT,
        .help = N_("HOST:PORT, [IPv6]:PORT or unix:PATH; port 0 takes any"),
        .required = true},
    {.name = "name",
        .value = N_("NAME"),
        .form = OPTION_TEXT,
        .help = N_("what its key is called, at the first start; a host's name and a path, say")},
    {.name = "release",
        .form = OPTION_FLAG,
        .help = N_("also release keys of records upon logged events (accountable decryption)")},
    {.name = "plain", .form = OPTION_FLAG, .help = N_("no TLS; for addresses of this machine only")},
    {.name = "tls-cert",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("a certificate of your own (PEM); otherwise one is made at the first start")},
    {.name = "tls-key",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("the key of that certificate (PEM)")},
    {.name = "connections",
        .value = N_("N"),
        .form = OPTION_TEXT,
        .help = N_("at most so many connections at once (256)")},
    {0},
};

static const struct option rate_options[] = {
    DIRECTORY_OPTION,
    {.name = "hour",
        .value = N_("N"),
        .form = OPTION_TEXT,
        .help = N_("keys that one person may have released in an hour")},
    {.name = "day",
        .value = N_("N"),
        .form = OPTION_TEXT,
        .help = N_("keys that one person may have released in a day")},
    {0},
};

static const struct option log_options[] = {DIRECTORY_OPTION, {0}};
static const struct option log_add_options[] = {
    DIRECTORY_OPTION,
    {.name = "origin",
        .value = N_("ORIGIN"),
        .form = OPTION_TEXT,
        .help = N_("the log's origin line, where it is not the key's name")},
    {0},
};

static const struct column list_columns[] = {
    {"witness", N_("WITNESS"), COLUMN_TEXT},
    {"url", N_("URL"), COLUMN_TEXT},
    {"size", N_("COSIGNED"), COLUMN_NUMBER},
    {"behind", N_("BEHIND"), COLUMN_NUMBER},
    {"time", N_("AT"), COLUMN_TEXT},
    {"added_by", N_("ADDED BY"), COLUMN_TEXT},
    {0},
};

/* --- Of a vault --- */

static int run_add(struct cli *cli)
{
    const char *file = cli_text(cli, "ca");
    struct buffer pem = {0};
    int result = VAULT_OK;
    if (file != NULL)
        result = file_read(file, CA_FILE_MAX, &pem, &cli->failure);
    if (result == VAULT_OK && file != NULL) {
        json_t *text = json_of_buffer(&pem);
        if (text == NULL || json_object_set_new(cli->arguments.given, "ca", text) != 0)
            result = failure_set(&cli->failure, VAULT_EINPUT, _("%s: not UTF-8 text"), file);
    }
    buffer_free(&pem);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_remove(struct cli *cli)
{
    char question[400];
    (void)snprintf(question, sizeof question, _("Do without the witness %s?"), cli_given(cli, "witness"));
    int result = cli_confirm(cli, question);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static void show_added(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("%s is a witness of this log (event %lld)."), screen_word(value, "witness"),
        (long long)json_number(value, "event", -1));
    if (json_is_true(json_object_get(value, "cosigned")))
        screen_say(screen, "%s", _("It has cosigned the log up to here."));
    else
        screen_line(screen, _("It has not cosigned yet: %s."), screen_word(value, "warning"));
}

static void show_removed(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("%s is no longer a witness of this log (event %lld); %lld are left."),
        screen_word(value, "witness"), (long long)json_number(value, "event", -1),
        (long long)json_number(value, "left", 0));
}

/* --- The program of its own --- */

struct argument_list {
    const char *items[32];
    size_t count;
};

static void put(struct argument_list *list, const char *item)
{
    if (item != NULL && list->count + 1 < sizeof list->items / sizeof list->items[0])
        list->items[list->count++] = item;
}

static void put_options(struct cli *cli, struct argument_list *list)
{
    static const char *const texts[][2] = {{"dir", "--dir"}, {"listen", "--listen"}, {"name", "--name"},
        {"tls-cert", "--tls-cert"}, {"tls-key", "--tls-key"}, {"connections", "--connections"},
        {"origin", "--origin"}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *value = cli_text(cli, texts[i][0]);
        if (value == NULL)
            continue;
        put(list, texts[i][1]);
        put(list, value);
    }
    if (json_is_true(json_object_get(cli->arguments.apart, "plain")))
        put(list, "--plain");
    if (json_is_true(json_object_get(cli->arguments.apart, "release")))
        put(list, "--release");
    if (cli->json)
        put(list, "--json");
}

static int run_program(struct cli *cli)
{
    char *program = program_beside("strongroom-witness"); /* so this one need not link what it serves HTTP with */
    struct argument_list list = {{"strongroom-witness"}, 1};
    union {
        const char **constant;
        char *const *loose; /* execv(3) does not change them, but does not say so */
    } arguments = {.constant = list.items};
    const char *words = strchr(cli->command->name, ' '); /* "witness log add", "witness rate" */
    if (words != NULL && strncmp(words, " log ", 5) == 0)
        put(&list, "log");
    if (words != NULL)
        put(&list, strrchr(words, ' ') + 1);
    put_options(cli, &list);
    if (cli_text(cli, "VKEY") != NULL || cli_text(cli, "ORIGIN") != NULL) {
        put(&list, "--");
        put(&list, cli_text(cli, "VKEY") != NULL ? cli_text(cli, "VKEY") : cli_text(cli, "ORIGIN"));
    }
    if (program != NULL)
        (void)execv(program, arguments.loose);
    int reason = errno;
    free(program);
    failure_remedy(&cli->failure, "%s", _("install it beside strongroom"));
    return failure_set(&cli->failure, VAULT_ENOTFOUND, _("the program strongroom-witness cannot be run: %s"),
        strerror(reason));
}

const struct command commands_witness[] = {
    {.name = "witness add",
        .summary = N_("have an independent witness cosign this log"),
        .more = N_(
            "Prints whether it has cosigned.  The witness must know this log: its operator adds the key that "
            "'log policy' prints, by 'strongroom-witness log add'."),
        .positionals = add_words,
        .options = add_options,
        .operation = "witness.add",
        .show = show_added,
        .run = run_add},
    {.name = "witness list",
        .summary = N_("list the witnesses of this log, and how far each is"),
        .operation = "witness.list",
        .columns = list_columns,
        .none = N_("This log has no witness.")},
    {.name = "witness remove",
        .summary = N_("do without a witness"),
        .positionals = remove_words,
        .operation = "witness.remove",
        .show = show_removed,
        .run = run_remove},
    {.name = "witness log add",
        .summary = N_("tell a witness of a log that it is to cosign"),
        .positionals = log_add_words,
        .options = log_add_options,
        .run = run_program},
    {.name = "witness log list",
        .summary = N_("list the logs that a witness cosigns"),
        .options = log_options,
        .run = run_program},
    {.name = "witness log remove",
        .summary = N_("have a witness cosign a log no longer; what it cosigned stays remembered"),
        .positionals = log_remove_words,
        .options = log_options,
        .run = run_program},
    {.name = "witness rate",
        .summary = N_("how many keys of records a witness releases to one person"),
        .options = rate_options,
        .run = run_program},
    {.name = "witness",
        .summary = N_("be a witness for other people's logs: serve C2SP tlog-witness"),
        .more =
            N_("Best run on a machine that the logs' administrators do not administer.  Prints its vkey, "
               "where it "
               "listens and the pin of its certificate.  Never bring back an older copy of its directory."),
        .options = serve_options,
        .run = run_program},
    {0},
};
