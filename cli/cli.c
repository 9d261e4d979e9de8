#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clean.h"
#include "cli/json_out.h"
#include "cli/passphrase.h"
#include "cli/present.h"
#include "cli/remote.h"
#include "cli/remote_head.h"
#include "cli/share_text.h"
#include "cli/terminal.h"
#include "cli/words.h"
#include "vault/access/accountable.h"
#include "vault/access/breakglass.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/log/remember.h"
#include "vault/ops/ops.h"

#define SHARES_FILE_MAX 65536u

/* --- Options and environment --- */

const char *cli_text(const struct cli *cli, const char *name)
{
    return json_text(cli->arguments.apart, name);
}

int cli_take_number(struct cli *cli, const char *name, const char *member)
{
    const char *text = cli_text(cli, name);
    size_t digits = text == NULL ? 0 : strspn(text, "0123456789");
    if (digits == 0 || digits > 15 || text[digits] != '\0')
        return failure_set(&cli->failure, VAULT_EUSAGE, _("“%s” is no number"), text == NULL ? "" : text);
    json_t *number = json_integer((json_int_t)strtoll(text, NULL, 10));
    return json_object_set_new(cli->arguments.given, member, number) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

const char *cli_given(const struct cli *cli, const char *member)
{
    return json_text(cli->arguments.given, member);
}

static bool is_set(const struct cli *cli, const char *name)
{
    return json_is_true(json_object_get(cli->arguments.apart, name));
}

static const char *option_or_environment(const struct cli *cli, const char *option, const char *variable)
{
    const char *value = cli_text(cli, option);
    if (value == NULL)
        value = getenv(variable);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* A vault that is named expressly goes before a server that the environment names. */
static int choose_server(struct cli *cli)
{
    bool here = cli_text(cli, "vault") != NULL;
    bool asked = cli_text(cli, "server") != NULL;
    if (here && asked)
        return failure_set(&cli->failure, VAULT_EUSAGE, "%s", _("--vault and --server: the vault is here or there"));
    if (asked && cli->command->operation == NULL && !cli->command->served)
        return failure_set(
            &cli->failure, VAULT_EUSAGE, "%s", _("this is done on the machine itself, not at a server"));
    if (!here && (cli->command->operation != NULL || cli->command->served))
        cli->server = option_or_environment(cli, "server", "STRONGROOM_SERVER");
    return VAULT_OK;
}

int cli_start(struct cli *cli)
{
    cli->vault = option_or_environment(cli, "vault", "STRONGROOM_VAULT");
    cli->user = option_or_environment(cli, "as", "STRONGROOM_USER");
    cli->passphrase_file = option_or_environment(cli, "passphrase-file", "STRONGROOM_PASSPHRASE_FILE");
    cli->json = is_set(cli, "json");
    cli->quiet = is_set(cli, "quiet");
    cli->yes = is_set(cli, "yes");
    cli->timings = is_set(cli, "timings");
    cli->accept_rollback = is_set(cli, "accept-rollback");
    cli->known = is_set(cli, "no-remember") ? NULL : remember_directory();
    cli->output = output_new(STDOUT_FILENO);
    cli->screen =
        cli->output == NULL ? NULL : screen_new(cli->output, terminal_columns(STDOUT_FILENO), cli->quiet);
    return cli->screen == NULL ? VAULT_ENOMEM : choose_server(cli);
}

void cli_free(struct cli *cli)
{
    session_free(cli->session);
    remote_free(cli->remote);
    screen_free(cli->screen);
    output_free(cli->output);
    arguments_free(&cli->arguments);
    free(cli->known);
}

char *program_beside(const char *name)
{
    char self[4096];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    if (size <= 0)
        return NULL;
    self[size] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL)
        return NULL;
    *slash = '\0';
    return file_path(self, name);
}

void cli_warn(struct cli *cli, const char *format, ...)
{
    if (cli->quiet)
        return;
    char *text = NULL;
    struct buffer line = {0};
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    if (cli->json) {
        buffer_put_text(&line, "{\"warning\":");
        json_out_string(text, &line);
        buffer_put_u8(&line, '}');
    } else {
        buffer_put_text(&line, "strongroom: ");
        clean_line(bytes_of(text, (size_t)length), &line);
    }
    const char *clean = buffer_text(&line);
    (void)fprintf(stderr, "%s\n", clean == NULL ? "" : clean);
    buffer_free(&line);
    free(text);
}

/* --- People --- */

static int missing(struct cli *cli, const char *what, const char *remedy)
{
    (void)failure_set(&cli->failure, VAULT_EUSAGE, "%s", what);
    failure_remedy(&cli->failure, "%s", remedy);
    return VAULT_EUSAGE;
}

static int read_passphrase(struct cli *cli, const char *file, struct secret **secret)
{
    bool open_to_others = false;
    int result = passphrase_from_file(file, secret, &open_to_others, &cli->failure);
    if (open_to_others)
        cli_warn(cli, _("warning: others may read the passphrase in %s; chmod 600 keeps it yours"), file);
    return result;
}

int cli_passphrase(struct cli *cli, struct secret **passphrase)
{
    *passphrase = NULL;
    if (cli->user == NULL)
        return missing(cli, _("nobody is named who asks"), _("give --as USER or set STRONGROOM_USER"));
    uint64_t before = instant_monotonic();
    int result = cli->passphrase_file != NULL ? read_passphrase(cli, cli->passphrase_file, passphrase)
                                              : passphrase_ask(cli->user, passphrase, &cli->failure);
    cli->waited += instant_monotonic() - before;
    return result;
}

int cli_session_options(struct cli *cli, struct session_options *options, struct secret **passphrase)
{
    *passphrase = NULL;
    if (cli->vault == NULL)
        return missing(cli, _("no vault is named"), _("give --vault DIR or set STRONGROOM_VAULT"));
    if (cli->user == NULL)
        return missing(cli, _("nobody is named who asks"), _("give --as USER or set STRONGROOM_USER"));
    int result = VAULT_OK;
    if (cli->accept_rollback)
        result = cli_confirm(cli, _("Forget how much of this log this machine has seen already?"));
    if (result == VAULT_OK)
        result = cli_passphrase(cli, passphrase);
    *options = (struct session_options){.directory = cli->vault,
        .user = cli->user,
        .passphrase = *passphrase,
        .known = cli->known,
        .accept_rollback = cli->accept_rollback};
    return result;
}

/* Shares of a break-glass sheet open this session's records without a witness. */
static int break_glass(struct cli *cli, const char *path)
{
    struct buffer text = {0};
    struct secret *shares = NULL;
    int result = cli_confirm(cli, _("Use the break-glass sheet?  It is an event, and the sheet counts no more."));
    if (result == VAULT_OK)
        result = file_read(path, SHARES_FILE_MAX, &text, &cli->failure);
    if (result == VAULT_OK)
        result = share_text_read_all(buffer_bytes(&text), &shares, &cli->failure);
    buffer_free(&text);
    if (result == VAULT_OK)
        result = accountable_break_glass(cli->session, shares, &cli->failure);
    secret_free(shares);
    if (result != VAULT_OK)
        failure_prefix(&cli->failure, "%s", path);
    return result;
}

int cli_remote(struct cli *cli, const char *pin)
{
    bool logs_in = strcmp(cli->command->name, "login") == 0;
    if ((cli->accept_rollback && !logs_in) || cli_text(cli, "break-glass") != NULL)
        return failure_set(&cli->failure, VAULT_EUSAGE, "%s",
            _("--accept-rollback and --break-glass are for the vault's own machine"));
    return remote_new(cli->server, pin, &cli->remote, &cli->failure);
}

/* With the token of a login, else with the passphrase for this one command, if it need not be asked for. */
static int log_in_for_one(struct cli *cli)
{
    struct secret *passphrase = NULL;
    struct failure nobody = {0};
    json_t *told = NULL;
    bool needs_code = false;
    int result = remote_resume(cli->remote, cli->user, &nobody);
    if (result != VAULT_OK && (cli->user == NULL || cli->passphrase_file == NULL)) {
        cli->failure = nobody;
        return result;
    }
    if (result != VAULT_OK) {
        result = cli_passphrase(cli, &passphrase);
        if (result == VAULT_OK)
            result = remote_login(
                cli->remote, cli->user, passphrase, NULL, &needs_code, false, &told, &cli->failure);
    }
    if (result != VAULT_OK && needs_code) {
        failure_clear(&cli->failure);
        failure_remedy(&cli->failure, "%s", _("log in first: strongroom login"));
        (void)failure_set(&cli->failure, result, "%s", _("a code of the second factor is needed"));
    }
    json_decref(told);
    secret_free(passphrase);
    return result;
}

/* Before anything is believed that the server says. */
static int open_remote(struct cli *cli)
{
    int result = cli_remote(cli, NULL);
    if (result == VAULT_OK)
        result = log_in_for_one(cli);
    return result == VAULT_OK ? remote_check_head(cli->remote, cli->known, false, &cli->failure) : result;
}

static int call_in(
    struct cli *cli, const struct operation_call *call, const struct reply *reply, struct failure *failure)
{
    return cli->remote != NULL ? remote_run(cli->remote, call, reply, failure)
                               : operation_run(cli->session, call, reply, failure);
}

static int tell_notice(void *context, json_t *row)
{
    cli_warn(context, _("%s broke glass (%lld) until %s without asking you; 'break-glass show %lld' tells why"), json_text(row, "user"),
        (long long)json_number(row, "breakglass", -1), json_text(row, "until"), (long long)json_number(row, "breakglass", -1));
    return VAULT_OK;
}

/* From two weeks before it is due. */
static void tell_review(struct cli *cli, const json_t *counts)
{
    const char *text = json_text(counts, "due");
    int64_t due = 0;
    size_t items = (size_t)json_number(counts, "items", 0);
    if (text == NULL || !instant_parse(bytes_of_text(text), &due))
        return;
    int64_t left = due - instant_now();
    if (left <= 0)
        cli_warn(cli, _("an access review was missed; grants that it has not decided on: %zu ('review next')"), items);
    else if (left <= DAY_LENGTH)
        cli_warn(cli, _("an access review is due within a day; grants to decide on: %zu ('review next')"), items);
    else if (left <= 14 * DAY_LENGTH)
        cli_warn(cli, _("an access review is due in %lld days; grants to decide on: %zu ('review next')"),
            (long long)((left + DAY_LENGTH - 1) / DAY_LENGTH), items);
}

/* From two weeks before: one's own, and for who keeps the registers all of them. */
static void tell_lapses(struct cli *cli, const json_t *lapses, bool own)
{
    size_t over = (size_t)json_number(lapses, "over", 0);
    size_t soon = (size_t)json_number(lapses, "soon", 0);
    const char *text = json_text(lapses, "first");
    int64_t first = 0;
    if (over > 0)
        cli_warn(cli, own ? _("of your rules, trainings and agreements have lapsed: %zu ('register mine')")
                          : _("entries of the registers that have lapsed: %zu ('register due')"), over);
    if (soon == 0 || text == NULL || !instant_parse(bytes_of_text(text), &first))
        return;
    long long days = (long long)((first - instant_now() + DAY_LENGTH - 1) / DAY_LENGTH);
    cli_warn(cli, own ? _("of your rules, trainings and agreements lapse soon: %zu, the first within %lld days ('register mine')")
                      : _("entries of the registers that lapse soon: %zu, the first within %lld days ('register due')"), soon, days);
}

static int take_counts(void *context, json_t *value)
{
    json_t **counts = context;
    *counts = json_incref(value);
    return VAULT_OK;
}

/* What waits for the person is said before the command's own work; that it cannot be found out stops nothing. */
void cli_tell_waiting(struct cli *cli)
{
    json_t *counts = NULL;
    json_t *arguments = json_object();
    struct failure unsaid = {0};
    struct reply asking = {.context = &counts, .value = take_counts};
    struct reply telling = {.context = cli, .row = tell_notice};
    struct operation_call ask = {.name = "notice.waiting", .arguments = arguments};
    struct operation_call take = {.name = "notice.take", .arguments = arguments};
    if (!cli->quiet)
        (void)!call_in(cli, &ask, &asking, &unsaid);
    if (json_number(counts, "notices", 0) > 0)
        (void)!call_in(cli, &take, &telling, &unsaid);
    if (json_number(counts, "approvals", 0) > 0)
        cli_warn(cli, _("requests that wait for your approval: %zu ('approval list --mine')"),
            (size_t)json_number(counts, "approvals", 0));
    if (json_number(counts, "reviews", 0) > 0)
        cli_warn(cli, _("broken glass that waits for a review: %zu ('break-glass list')"),
            (size_t)json_number(counts, "reviews", 0));
    if (json_number(counts, "items", 0) > 0)
        tell_review(cli, counts);
    tell_lapses(cli, json_object_get(counts, "own_lapses"), true);
    tell_lapses(cli, json_object_get(counts, "lapses"), false);
    json_decref(counts);
    json_decref(arguments);
}

int cli_open(struct cli *cli)
{
    struct session_options options;
    struct secret *passphrase = NULL;
    if (cli->session != NULL || cli->remote != NULL)
        return VAULT_OK;
    if (cli->server != NULL) {
        int opened = open_remote(cli);
        if (opened == VAULT_OK)
            cli_tell_waiting(cli);
        return opened;
    }
    int result = cli_session_options(cli, &options, &passphrase);
    if (result == VAULT_OK)
        result = session_open(&options, &cli->session, &cli->failure);
    if (result == VAULT_OK)
        session_times(cli->session, &cli->times);
    if (result == VAULT_OK && cli_text(cli, "break-glass") != NULL)
        result = break_glass(cli, cli_text(cli, "break-glass"));
    if (result == VAULT_OK)
        cli_tell_waiting(cli);
    secret_free(passphrase);
    return result;
}

/* What it has logged meanwhile is remembered too.  That it cannot be asked (somebody has ended the session) is no matter, but
 * a log that does not go on is. */
static int close_remote(struct cli *cli, int result)
{
    struct failure found = {0};
    int seen = result == VAULT_OK ? remote_check_head(cli->remote, cli->known, false, &found) : VAULT_OK;
    if (seen == VAULT_EROLLBACK || seen == VAULT_EFORGED) {
        cli->failure = found;
        result = seen;
    }
    remote_free(cli->remote);
    cli->remote = NULL;
    return result;
}

int cli_close(struct cli *cli, int result)
{
    struct failure found = {0};
    if (cli->remote != NULL)
        result = close_remote(cli, result);
    if (cli->session == NULL)
        return result;
    int ended = session_finish(cli->session, &found);
    const struct failure *warning = session_warning(cli->session);
    if (warning->error != VAULT_OK)
        cli_warn(cli, _("warning: the log is not witnessed: %s%s%s"), words_of(warning->text),
            warning->remedy[0] == '\0' ? "" : _("; "), words_of(warning->remedy));
    if (result == VAULT_OK && ended != VAULT_OK) {
        cli->failure = found;
        result = ended;
    }
    session_free(cli->session);
    cli->session = NULL;
    return result;
}

int cli_new_passphrase(struct cli *cli, const char *user, const char *file, struct secret **secret)
{
    *secret = NULL;
    if (file != NULL)
        return read_passphrase(cli, file, secret);
    uint64_t before = instant_monotonic();
    int result = passphrase_ask_new(user, secret, &cli->failure);
    cli->waited += instant_monotonic() - before;
    return result;
}

int cli_confirm(struct cli *cli, const char *question)
{
    if (cli->yes)
        return VAULT_OK;
    uint64_t before = instant_monotonic();
    bool agreed = terminal_confirm(question);
    cli->waited += instant_monotonic() - before;
    return agreed ? VAULT_OK : failure_set(&cli->failure, VAULT_EUSAGE, _("nothing was done, as you wished"));
}

/* --- Operations --- */

int cli_value(struct cli *cli, const json_t *value, void (*show)(struct screen *screen, const json_t *value))
{
    if (cli->json)
        return json_out_value(cli->output, value);
    if (show != NULL)
        show(cli->screen, value);
    else
        screen_object(cli->screen, value, NULL, 0);
    return output_failed(cli->output) ? VAULT_EIO : VAULT_OK;
}

int cli_call(struct cli *cli, const struct operation_call *call, const struct reply *reply)
{
    return call_in(cli, call, reply, &cli->failure);
}

int cli_operation(struct cli *cli, const struct secret *secret)
{
    struct reply reply;
    struct operation_call call = {
        .name = cli->command->operation, .arguments = cli->arguments.given, .secret = secret};
    int result = cli_open(cli);
    if (result != VAULT_OK)
        return result;
    struct presentation *presentation = present_new(cli, &reply);
    if (presentation == NULL)
        return VAULT_ENOMEM;
    result = cli_call(cli, &call, &reply);
    int ended = present_end(presentation, &cli->failure);
    present_free(presentation);
    /* Output that failed is why the operation stopped, so it goes first. */
    if (output_failed(cli->output))
        return ended;
    return result != VAULT_OK ? result : ended;
}
