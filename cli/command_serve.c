/* serve: most commands need nothing of what serves, so that is a program of its own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/words.h"

static const struct option options[] = {
    {.name = "socket",
        .value = N_("PATH"),
        .form = OPTION_FILE,
        .help = N_("a Unix socket for people on this machine")},
    {.name = "listen",
        .value = N_("HOST:PORT"),
        .form = OPTION_TEXT,
        .help = N_("an address for everybody else, with TLS 1.3")},
    {.name = "tls-cert",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("the firm's own certificate (PEM); one is made otherwise, to be pinned")},
    {.name = "tls-key", .value = N_("FILE"), .form = OPTION_FILE, .help = N_("its key (PEM)")},
    {.name = "idle",
        .value = N_("MINUTES"),
        .form = OPTION_NUMBER,
        .help = N_("a session that was not used for so long ends, if the firm's settings allow it longer")},
    {.name = "longest",
        .value = N_("HOURS"),
        .form = OPTION_NUMBER,
        .help = N_("a session ends after so long in any case, if the firm's settings allow it longer")},
    {.name = "connections",
        .value = N_("NUMBER"),
        .form = OPTION_NUMBER,
        .help = N_("of each place at once (512)")},
    {.name = "cache",
        .value = N_("MIB"),
        .form = OPTION_NUMBER,
        .help = N_("memory for what is read again, of all sessions (a sixteenth of the machine's, 192 to 4096)")},
    {.name = "program",
        .value = N_("FILE,…"),
        .form = OPTION_LIST,
        .help = N_("programs that the server may start where a setting names them (alert.hook, approval.hook, sendmail); no others")},
    {.name = "metrics",
        .form = OPTION_FLAG,
        .help = N_("answer /metrics over HTTPS too, to whoever reaches it; else only at local sockets")},
    {0},
};

int (*serve_here)(struct cli *cli);

static int run_serve(struct cli *cli)
{
    if (serve_here != NULL)
        return serve_here(cli);
    char *program = program_beside("strongroom-server");
    if (program != NULL)
        (void)execv(program, cli->words);
    int reason = errno;
    free(program);
    failure_remedy(&cli->failure, "%s", _("install it beside strongroom"));
    return failure_set(&cli->failure, VAULT_ENOTFOUND, _("the program strongroom-server cannot be run: %s"),
        strerror(reason));
}

const struct command commands_serve[] = {
    {.name = "serve",
        .summary = N_("serve this vault to others, over a local socket or HTTPS"),
        .more =
            N_("Runs until it is stopped; SIGHUP reads the certificate anew.  Nothing opens the vault on its "
               "own: it is sealed until the first person logs in."),
        .options = options,
        .run = run_serve},
    {0},
};
