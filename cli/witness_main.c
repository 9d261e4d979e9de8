/* The program strongroom-witness: a witness in a process and a directory of its own. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/clean.h"
#include "cli/json_out.h"
#include "cli/option.h"
#include "cli/words.h"
#include "vault/http/http.h"
#include "vault/witness/door.h"
#include "vault/witness/release.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

struct program {
    struct arguments arguments;
    struct failure failure;
    struct output *output;
    bool json;
};

static const struct option no_options[] = {{0}};

static const struct option common_options[] = {
    {.name = "dir",
        .value = N_("DIR"),
        .form = OPTION_FILE,
        .help = N_("the witness's own directory; made where there is none")},
    {.name = "json", .form = OPTION_FLAG, .help = N_("print JSON and nothing else on standard output")},
    {.name = "help", .form = OPTION_FLAG, .help = N_("explain this program")},
    {.name = "version", .form = OPTION_FLAG, .help = N_("say which version this is")},
    {0},
};

static const struct option serve_options[] = {
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
        .form = OPTION_NUMBER,
        .member = "connections",
        .help = N_("at most so many connections at once (256)")},
    {0},
};

static const struct option add_options[] = {
    {.name = "origin",
        .value = N_("ORIGIN"),
        .form = OPTION_TEXT,
        .help = N_("the log's origin line, where it is not the key's name")},
    {0},
};

static const struct positional add_words[] = {{N_("VKEY"), POSITIONAL_ONE, NULL}, {0}};
static const struct option rate_options[] = {
    {.name = "hour",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "hour",
        .help = N_("keys that one person may have released in an hour")},
    {.name = "day",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "day",
        .help = N_("keys that one person may have released in a day")},
    {0},
};

static const struct positional remove_words[] = {{N_("ORIGIN"), POSITIONAL_ONE, NULL}, {0}};

static const char *text(const struct program *program, const char *name)
{
    return json_text(program->arguments.apart, name);
}

static bool flag(const struct program *program, const char *name)
{
    return json_is_true(json_object_get(program->arguments.apart, name));
}

/* --- What it says --- */

/* One value: as JSON, or a line for each member. */
static int say(struct program *program, json_t *value)
{
    const char *name;
    json_t *member;
    int result = value == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && program->json)
        result = json_out_value(program->output, value);
    else if (result == VAULT_OK)
        json_object_foreach(value, name, member)
            output_format(program->output, "%s %s\n", name, json_string_value(member));
    json_decref(value);
    return result == VAULT_OK ? output_flush(program->output, &program->failure) : result;
}

static void put_error(struct buffer *out)
{
    /* If nobody can read it, the exit status still tells. */
    if (fwrite(out->data, 1, out->size, stderr) == out->size)
        (void)fflush(stderr);
    buffer_free(out);
}

static int report(const struct program *program, int error)
{
    struct buffer whole = {0};
    struct buffer out = {0};
    const char *sentence = program->failure.text[0] != '\0' ? program->failure.text : vault_error_text(error);
    if (error == VAULT_OK)
        return 0;
    if (program->json) {
        json_out_failure(&program->failure, error, &out);
    } else {
        buffer_put_format(&whole, "strongroom-witness%s%s", _(": "), words_of(sentence));
        if (program->failure.remedy[0] != '\0')
            buffer_put_format(&whole, "%s%s", _("; "), words_of(program->failure.remedy));
        clean_line(buffer_bytes(&whole), &out);
        buffer_put_u8(&out, '\n');
    }
    buffer_free(&whole);
    put_error(&out);
    return vault_exit_status(error);
}

static int help(struct program *program)
{
    output_put_text(program->output,
        _("usage: strongroom-witness --dir DIR --listen ADDRESS [--name NAME] [--release] [--plain]\n"
          "                          [--tls-cert FILE --tls-key FILE] [--connections N]\n"
          "       strongroom-witness log add VKEY [--origin ORIGIN] --dir DIR\n"
          "       strongroom-witness log list --dir DIR\n"
          "       strongroom-witness log remove ORIGIN --dir DIR\n"
          "       strongroom-witness rate [--hour N] [--day N] --dir DIR\n"
          "\n"
          "A C2SP tlog-witness: it cosigns checkpoints of the logs that it was told of, each only if it\n"
          "extends the last one that it cosigned.  It prints its vkey, where it listens, and the pin of its\n"
          "certificate.  DIR holds its key and what it cosigned; never bring back an older copy of it.\n"
          "Best run on a machine that the log's administrators do not administer.\n"));
    return output_flush(program->output, &program->failure);
}

/* --- Serving --- */

static void block_signals(sigset_t *signals)
{
    (void)sigemptyset(signals);
    (void)sigaddset(signals, SIGTERM);
    (void)sigaddset(signals, SIGINT);
    (void)sigaddset(signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, signals, NULL);
}

static json_t *describe(const struct witness *witness, const struct door *door)
{
    struct buffer vkey = {0};
    char pin[HTTP_PIN_TEXT_SIZE];
    note_key_format(witness_key(witness), &vkey);
    const char *key = buffer_text(&vkey);
    json_t *value = json_pack("{s:s,s:s}", "vkey", key == NULL ? "" : key, "url", door_url(door));
    buffer_free(&vkey);
    if (value != NULL && witness_release_key(witness) != NULL) {
        struct buffer release = {0};
        note_key_format(witness_release_key(witness), &release);
        (void)json_object_set_new(value, "release", json_string(buffer_text(&release)));
        buffer_free(&release);
    }
    if (value != NULL && door_pin(door) != NULL) {
        http_pin_format(door_pin(door)->data, pin);
        (void)json_object_set_new(value, "pin", json_string(pin));
    }
    return value;
}

/* Until somebody says stop, or the state cannot be written any more. */
static int wait_for_end(struct program *program, struct witness *witness, const sigset_t *signals)
{
    const struct timespec moment = {.tv_nsec = 500000000};
    while (!witness_failed(witness)) {
        int signal = sigtimedwait(signals, NULL, &moment);
        if (signal == SIGTERM || signal == SIGINT)
            return VAULT_OK;
    }
    failure_remedy(&program->failure, "see to the disk, then start it again");
    return failure_set(
        &program->failure, VAULT_ELOG, "the state cannot be written; nothing more is cosigned");
}

static int serve(struct program *program)
{
    struct witness *witness = NULL;
    struct door *door = NULL;
    struct witness_counts counts;
    sigset_t signals;
    struct door_options options = {.listen = text(program, "listen"),
        .plain = flag(program, "plain"),
        .certificate = text(program, "tls-cert"),
        .key = text(program, "tls-key"),
        .connections = (unsigned)json_number(program->arguments.given, "connections", 0)};
    if (json_number(program->arguments.given, "connections", 1) < 1 ||
        json_number(program->arguments.given, "connections", 1) > 10000)
        return failure_set(&program->failure, VAULT_EUSAGE, "--connections: a number from 1 to 10000");
    block_signals(&signals);
    int result = witness_open(text(program, "dir"), text(program, "name"), &witness, &program->failure);
    if (result == VAULT_OK && !flag(program, "release") && witness_release_exists(text(program, "dir"))) {
        failure_remedy(&program->failure, "start it with --release");
        result = failure_set(&program->failure, VAULT_EUSAGE,
            "%s: this witness has released keys, and what it released upon binds it", text(program, "dir"));
    }
    if (result == VAULT_OK && flag(program, "release"))
        result = witness_release_open(witness, text(program, "dir"), &program->failure);
    if (result == VAULT_OK)
        result = door_open(witness, text(program, "dir"), &options, &door, &program->failure);
    if (result == VAULT_OK)
        result = say(program, describe(witness, door));
    if (result == VAULT_OK)
        result = wait_for_end(program, witness, &signals);
    door_free(door);
    if (witness != NULL && door != NULL) {
        witness_counts(witness, &counts);
        (void)fprintf(stderr, "cosigned %llu, conflicts %llu, refused %llu, failed %llu, syncs %llu\n",
            (unsigned long long)counts.cosigned, (unsigned long long)counts.conflicts,
            (unsigned long long)counts.refused, (unsigned long long)counts.failed,
            (unsigned long long)counts.syncs);
    }
    witness_free(witness);
    return result;
}

/* --- Logs --- */

static int log_add(struct program *program)
{
    return witness_log_add(
        text(program, "dir"), text(program, "VKEY"), text(program, "origin"), &program->failure);
}

static int log_remove(struct program *program)
{
    return witness_log_remove(text(program, "dir"), text(program, "ORIGIN"), &program->failure);
}

static int put_log(void *context, const char *origin, const struct note_key *key)
{
    struct program *program = context;
    struct buffer vkey = {0};
    note_key_format(key, &vkey);
    const char *line = buffer_text(&vkey);
    int result = VAULT_OK;
    if (line == NULL)
        result = VAULT_ENOMEM;
    else if (program->json)
        result = say(program, json_pack("{s:s,s:s}", "origin", origin, "vkey", line));
    else
        output_format(program->output, "%s%s%s\n", line, strcmp(origin, key->name) == 0 ? "" : " ",
            strcmp(origin, key->name) == 0 ? "" : origin);
    buffer_free(&vkey);
    return result;
}

static int log_list(struct program *program)
{
    int result = witness_log_each(text(program, "dir"), put_log, program, &program->failure);
    return result == VAULT_OK ? output_flush(program->output, &program->failure) : result;
}

/* --- Rates --- */

static int rate(struct program *program)
{
    struct release_rates rates;
    const json_t *given = program->arguments.given;
    int result = witness_release_rates(text(program, "dir"), &rates, &program->failure);
    int64_t hour = json_number(given, "hour", -1);
    int64_t day = json_number(given, "day", -1);
    if (result == VAULT_OK && (hour == 0 || day == 0))
        result = failure_set(&program->failure, VAULT_EUSAGE, "a rate of 0 would release nothing");
    rates.hour = hour > 0 ? (uint64_t)hour : rates.hour;
    rates.day = day > 0 ? (uint64_t)day : rates.day;
    if (result == VAULT_OK && (hour > 0 || day > 0))
        result = witness_release_set_rates(text(program, "dir"), &rates, &program->failure);
    if (result != VAULT_OK)
        return result;
    char numbers[2][24];
    (void)snprintf(numbers[0], sizeof numbers[0], "%llu", (unsigned long long)rates.hour);
    (void)snprintf(numbers[1], sizeof numbers[1], "%llu", (unsigned long long)rates.day);
    return say(program, json_pack("{s:s,s:s}", "hour", numbers[0], "day", numbers[1]));
}

/* --- Choosing --- */

struct action {
    const char *first; /* NULL: no words */
    const char *second;
    const struct positional *positionals;
    const struct option *options;
    int (*run)(struct program *program);
};

static const struct action actions[] = {
    {"log", "add", add_words, add_options, log_add},
    {"log", "list", NULL, no_options, log_list},
    {"log", "remove", remove_words, no_options, log_remove},
    {"rate", "", NULL, rate_options, rate},
    {NULL, NULL, NULL, serve_options, serve},
};

static const struct action *find(char *const *words, int count)
{
    for (size_t i = 0; i + 1 < sizeof actions / sizeof actions[0]; i++) {
        bool one = actions[i].second[0] == '\0';
        if (count >= (one ? 1 : 2) && strcmp(words[0], actions[i].first) == 0 &&
            (one || strcmp(words[1], actions[i].second) == 0))
            return &actions[i];
    }
    return &actions[sizeof actions / sizeof actions[0] - 1];
}

static bool given(char *const *words, int count, const char *option)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(words[i], option) == 0)
            return true;
    }
    return false;
}

static int run(struct program *program, char *const *words, int count)
{
    const struct action *action = find(words, count);
    struct option_rules rules = {action->positionals, action->options, common_options};
    int skip = action->first == NULL ? 0 : action->second[0] == '\0' ? 1 : 2;
    program->json = given(words, count, "--json");
    program->output = output_new(STDOUT_FILENO);
    if (program->output == NULL || arguments_start(&program->arguments) != VAULT_OK)
        return VAULT_ENOMEM;
    if (count == 0 || given(words, count, "--help"))
        return help(program);
    if (given(words, count, "--version")) {
        output_format(
            program->output, program->json ? "{\"version\":\"%s\"}\n" : "strongroom-witness %s\n", VERSION);
        return output_flush(program->output, &program->failure);
    }
    int result = arguments_read(&rules, words + skip, count - skip, &program->arguments, &program->failure);
    if (result == VAULT_OK && text(program, "dir") == NULL) {
        failure_remedy(&program->failure, "strongroom-witness --help explains it");
        result = failure_set(&program->failure, VAULT_EUSAGE, "no directory is named: give --dir DIR");
    }
    return result == VAULT_OK ? action->run(program) : result;
}

int main(int argc, char **argv)
{
    struct program program = {0};
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    words_start();
    crypto_harden_process();
    int result = crypto_start();
    if (result == VAULT_OK)
        result = run(&program, argv + 1, argc > 0 ? argc - 1 : 0);
    int status = report(&program, result);
    output_free(program.output);
    arguments_free(&program.arguments);
    return status;
}
