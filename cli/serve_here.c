/* serve, in the program strongroom-server: the one that is linked with what serves. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/words.h"
#include "vault/http/http.h"
#include "vault/server/serve.h"

/* The firm's settings say how long sessions last (session.idle, session.longest); here it may only be less. */
#define IDLE_MINUTES (24 * 60)
#define LONGEST_HOURS (7 * 24)
#define LOGINS_MAX 2000
#define SESSIONS_MAX 256
#define SESSIONS_KEPT 96
#define DERIVATIONS_MAX 2
#define CACHE_DEFAULT 192 /* MiB, where the machine is small */
#define CACHE_MOST 4096

static int number_of(struct cli *cli, const char *name, int64_t otherwise, int64_t max, int64_t *number)
{
    *number = json_number(cli->arguments.apart, name, otherwise);
    if (*number >= 1 && *number <= max)
        return VAULT_OK;
    return failure_set(&cli->failure, VAULT_EUSAGE, _("--%s: a number from 1 to %lld"), name, (long long)max);
}

/* A sixteenth: what people read again all day is in memory, and others on the machine have theirs. */
static int64_t cache_of_machine(void)
{
    int64_t pages = sysconf(_SC_PHYS_PAGES);
    int64_t size = sysconf(_SC_PAGESIZE);
    int64_t share = pages > 0 && size > 0 ? pages / 16 * size / (1024 * 1024) : 0;
    if (share < CACHE_DEFAULT)
        return CACHE_DEFAULT;
    return share > CACHE_MOST ? CACHE_MOST : share;
}

static void on_ready(void *context, const struct serve_places *places)
{
    struct cli *cli = context;
    struct failure unseen = {0};
    char pin[HTTP_PIN_TEXT_SIZE] = "";
    json_t *urls = json_array();
    json_t *value = json_pack("{s:o,s:b}", "urls", urls, "landlock", places->confined);
    for (size_t i = 0; i < places->count; i++)
        (void)json_array_append_new(urls, json_string(places->urls[i]));
    if (places->tls) {
        http_pin_format(places->pin.data, pin);
        (void)json_object_set_new(value, "pin", json_string(pin));
    }
    if (cli->json) {
        (void)!cli_value(cli, value, NULL); /* nobody listens; the server serves all the same */
    } else {
        for (size_t i = 0; i < places->count; i++)
            screen_say(cli->screen, _("listening on %s"), places->urls[i]);
        if (places->tls)
            screen_say(cli->screen, _("pin %s"), pin);
        screen_say(cli->screen, "%s", _("The vault is sealed until somebody logs in."));
    }
    (void)!output_flush(cli->output, &unseen);
    json_decref(value);
}

static void on_warning(void *context, const struct failure *failure)
{
    cli_warn(context, _("warning: %s"), words_of(failure->text));
}

/* A server starts no program that its host has not named. */
static int take_programs(struct cli *cli, struct serve_options *serving)
{
    const json_t *programs = json_object_get(cli->arguments.apart, "program");
    if (json_array_size(programs) > SERVE_PROGRAMS_MAX)
        return failure_set(&cli->failure, VAULT_EUSAGE, _("--program: at most %d"), SERVE_PROGRAMS_MAX);
    for (size_t i = 0; i < json_array_size(programs); i++) {
        serving->programs[i] = json_string_value(json_array_get(programs, i));
        if (serving->programs[i][0] != '/')
            return failure_set(&cli->failure, VAULT_EUSAGE, _("--program: '%s' is no absolute path"), serving->programs[i]);
    }
    return VAULT_OK;
}

int serve_in_this_program(struct cli *cli)
{
    char socket_place[256] = "";
    int64_t idle = 0;
    int64_t cache = 0;
    int64_t longest = 0;
    int64_t connections = 0;
    const char *path = cli_text(cli, "socket");
    const char *address = cli_text(cli, "listen");
    struct serve_options serving = {
        .certificate = cli_text(cli, "tls-cert"), .key = cli_text(cli, "tls-key")};
    if (cli->vault == NULL) {
        failure_remedy(&cli->failure, "%s", _("give --vault DIR or set STRONGROOM_VAULT"));
        return failure_set(&cli->failure, VAULT_EUSAGE, "%s", _("no vault is named"));
    }
    int result = number_of(cli, "idle", IDLE_MINUTES, 24 * 60, &idle);
    if (result == VAULT_OK)
        result = number_of(cli, "longest", LONGEST_HOURS, 7 * 24, &longest);
    if (result == VAULT_OK)
        result = number_of(cli, "connections", 512, 10000, &connections);
    if (result == VAULT_OK)
        result = number_of(cli, "cache", cache_of_machine(), CACHE_MOST, &cache);
    if (result == VAULT_OK && cache < CACHE_LEAST)
        result = failure_set(&cli->failure, VAULT_EUSAGE, _("--cache: at least %u MiB"), CACHE_LEAST);
    if (result == VAULT_OK && path != NULL && strlen(path) + sizeof "unix:" > sizeof socket_place)
        result = failure_set(&cli->failure, VAULT_EUSAGE, _("--socket: the path is too long"));
    if (result != VAULT_OK)
        return result;
    (void)snprintf(socket_place, sizeof socket_place, "unix:%s", path == NULL ? "" : path);
    if (path != NULL)
        serving.listen[serving.listen_count++] = socket_place;
    if (address != NULL)
        serving.listen[serving.listen_count++] = address;
    result = take_programs(cli, &serving);
    if (result != VAULT_OK)
        return result;
    serving.connections = (unsigned)connections;
    serving.metrics = json_is_true(json_object_get(cli->arguments.apart, "metrics"));
    serving.logins = (struct logins_options){.directory = cli->vault,
        .known = cli->known,
        .idle_seconds = (unsigned)idle * 60,
        .absolute_seconds = (unsigned)longest * 3600,
        .logins_max = LOGINS_MAX,
        .sessions_max = SESSIONS_MAX,
        .sessions_kept = SESSIONS_KEPT,
        .cache = (unsigned)cache,
        .derivations_max = DERIVATIONS_MAX};
    return serve(&serving, on_ready, on_warning, cli, &cli->failure);
}
