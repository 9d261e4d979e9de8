#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/clean.h"
#include "cli/cli.h"
#include "cli/given_words.h"
#include "cli/help.h"
#include "cli/json_out.h"
#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

/* When the process began: what the linker did before main() ran was work of this process too. */
static uint64_t process_start(void)
{
    struct timespec used = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return instant_monotonic() - ((uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec);
}

/* --- What goes wrong --- */

static void put_error(struct buffer *out)
{
    /* If nobody can read it, the exit status still tells. */
    if (fwrite(out->data, 1, out->size, stderr) == out->size)
        (void)fflush(stderr);
    buffer_free(out);
}

static void describe(const struct cli *cli, int error, struct buffer *out)
{
    struct buffer whole = {0};
    const char *text = cli->failure.text[0] != '\0' ? cli->failure.text : vault_error_text(error);
    const char *command = cli->command == NULL ? NULL : cli->command->name;
    buffer_put_format(&whole, "strongroom%s%s%s%s", command == NULL ? "" : " ",
        command == NULL ? "" : command, _(": "), words_of(text));
    if (cli->failure.remedy[0] != '\0')
        buffer_put_format(&whole, "%s%s", _("; "), words_of(cli->failure.remedy));
    clean_line(buffer_bytes(&whole), out);
    buffer_put_u8(out, '\n');
    buffer_free(&whole);
}

static int report(const struct cli *cli, int error, bool usage)
{
    struct buffer out = {0};
    if (error == VAULT_OK)
        return 0;
    if (cli->json) {
        json_out_failure(&cli->failure, error, &out);
        put_error(&out);
        return vault_exit_status(error);
    }
    describe(cli, error, &out);
    if (usage && error == VAULT_EUSAGE && cli->command != NULL) {
        buffer_put_format(&out, "%s ", _("usage:"));
        help_synopsis(cli->command, &out);
        buffer_put_u8(&out, '\n');
    }
    put_error(&out);
    return vault_exit_status(error);
}

/* --- Help --- */

static int print(struct cli *cli, struct buffer *text)
{
    int result = VAULT_OK;
    if (file_write_all(STDOUT_FILENO, buffer_bytes(text)) != VAULT_OK)
        result = failure_set(&cli->failure, VAULT_EIO, "%s", _("standard output cannot be written"));
    buffer_free(text);
    return report(cli, result, false);
}

static bool asked(const struct cli *cli, const char *option)
{
    return json_is_true(json_object_get(cli->arguments.apart, option));
}

static int help(struct cli *cli, const char *group)
{
    struct buffer text = {0};
    if (cli->command != NULL)
        help_command(cli->command, &text);
    else
        help_commands(group, &text);
    return print(cli, &text);
}

static int version(struct cli *cli)
{
    struct buffer text = {0};
    buffer_put_format(&text, cli->json ? "{\"version\":\"%s\"}\n" : "strongroom %s\n", VERSION);
    return print(cli, &text);
}

/* No command, or only the first word of some. */
static int no_command(struct cli *cli, char *const *words, int count, int begun)
{
    char *const *rest = words + begun;
    bool help_wanted = asked(cli, "help") ||
                       (count > begun && (strcmp(rest[0], "--help") == 0 || strcmp(rest[0], "-h") == 0));
    if (help_wanted && (begun > 0 || count == 0))
        return help(cli, begun > 0 ? words[0] : NULL);
    if (count == 0)
        (void)failure_set(&cli->failure, VAULT_EUSAGE, "%s", _("no command is given"));
    else if (begun == 0)
        (void)failure_set(&cli->failure, VAULT_EUSAGE, _("there is no command “%s”"), words[0]);
    else if (count == begun)
        (void)failure_set(&cli->failure, VAULT_EUSAGE, _("“%s” needs one more word"), words[begun - 1]);
    else
        (void)failure_set(
            &cli->failure, VAULT_EUSAGE, _("there is no command “%s %s”"), words[begun - 1], rest[0]);
    failure_remedy(&cli->failure, "%s", _("strongroom --help lists the commands"));
    int status = report(cli, VAULT_EUSAGE, false);
    if (!cli->json && begun > 0) {
        struct buffer list = {0};
        help_commands(words[0], &list);
        put_error(&list);
    }
    return status;
}

/* --- Running --- */

static void put_timings(const struct cli *cli)
{
    uint64_t total = instant_monotonic() - cli->started - cli->waited;
    double derivation = (double)cli->times.key_derivation / 1e6;
    double rest = (double)total / 1e6 - derivation;
    if (cli->json)
        (void)fprintf(stderr,
            "{\"timings\":{\"key_derivation_ms\":%.3f,\"opening_ms\":%.3f,\"rest_ms\":%.3f}}\n", derivation,
            (double)cli->times.opening / 1e6, rest);
    else
        (void)fprintf(stderr, "timings: key-derivation %.1f ms, rest %.1f ms\n", derivation, rest);
}

static int run(struct cli *cli)
{
    int result = cli_start(cli);
    if (result == VAULT_OK)
        result = cli->command->run != NULL ? cli->command->run(cli) : cli_operation(cli, NULL);
    if (cli->output != NULL) {
        struct failure writing = {0};
        int written = output_flush(cli->output, &writing);
        if (written != VAULT_OK && result == VAULT_OK) {
            cli->failure = writing;
            result = written;
        }
    }
    if (result == VAULT_OK && memory_error() != VAULT_OK)
        result = VAULT_ENOMEM;
    result = cli_close(cli, result);
    int status = report(cli, result, false);
    if (result == VAULT_OK)
        status = vault_exit_status(cli->found);
    if (cli->timings)
        put_timings(cli);
    return status;
}

/* JSON is promised for errors in the arguments too, so it must be known before they are read. */
static bool wants_json(char *const *words, int count)
{
    for (int i = 0; i < count && strcmp(words[i], "--") != 0; i++) {
        if (strcmp(words[i], "--json") == 0)
            return true;
    }
    return false;
}

static int read_and_run(struct cli *cli, char *const *words, int count)
{
    int used = 0;
    cli->json = wants_json(words, count);
    int result = arguments_start(&cli->arguments);
    if (result == VAULT_OK)
        result = options_read(global_options, words, count, &cli->arguments, &used, &cli->failure);
    if (result != VAULT_OK)
        return report(cli, result, true);
    if (asked(cli, "version"))
        return version(cli);
    words += used;
    count -= used;
    cli->command = command_find(words, count, &used);
    if (cli->command == NULL)
        return no_command(cli, words, count, used);
    struct option_rules rules = {cli->command->positionals, cli->command->options, global_options};
    result = arguments_read(&rules, words + used, count - used, &cli->arguments, &cli->failure);
    if (result != VAULT_OK)
        return report(cli, result, true);
    if (asked(cli, "version"))
        return version(cli);
    if (asked(cli, "help"))
        return help(cli, NULL);
    result = given_words_resolve(cli->command->options, &cli->arguments, &cli->failure);
    return result == VAULT_OK ? run(cli) : report(cli, result, false);
}

int main(int argc, char **argv)
{
    struct cli cli = {.started = process_start(), .words = argv};
#ifdef SERVES
    serve_here = serve_in_this_program;
#endif
    (void)umask(077);
    /* A closed pipe is an error that we report, not a silent death in the middle of a disclosure. */
    (void)signal(SIGPIPE, SIG_IGN);
    words_start();
    crypto_harden_process();
    int result = crypto_start();
    int status = result != VAULT_OK ? report(&cli, result, false)
                                    : read_and_run(&cli, argv + 1, argc > 0 ? argc - 1 : 0);
    cli_free(&cli);
    return status;
}
