/* Plays a firm's year into a real vault: one step a line of JSON on standard input, each at its own time, by
 * whom it names, through the table of operations, as a server would.  What a firm needs is in play_firm.py,
 * which writes the steps.
 *
 *   trace_play DIRECTORY < STEPS        DIRECTORY/vault is made by the step `create`, or is there
 *
 *   {"t":SECONDS,"as":USER,"op":NAME,"args":{…}}  run it; with "secret": its secret; with "csv": a table to
 * be imported; with "bind":[NUMBER,…]: the clients that it makes, in this order; with
 * "record":[NUMBER,KIND,PERIOD]: whose record it is about; with "drop": the file that it writes is removed
 *   {"t":SECONDS,"create":USER}         a vault and its first admin
 *   {"t":SECONDS,"close":true}          everybody's session ends
 *   {"t":SECONDS,"as":USER,"trace":FILE,"before":TIME}   prints what `trace` and `trace reveal` reply, a line
 *
 * The clock is this program's own, so that the log tells the year as it was played. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vault/access/common.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/crypto/passphrase.h"
#include "vault/ops/ops.h"
#include "vault/records/kind.h"
#include "vault/store/store.h"
#include "vault/access/session_parts.h"

#define PEOPLE_MAX 256u
#define CLIENTS_MAX 20000u

struct client {
    char number[32];
    int64_t row;
};

struct player {
    char *directory, *table;
    struct session_common *common;
    struct session *sessions[PEOPLE_MAX];
    char users[PEOPLE_MAX][64];
    size_t people;
    struct client *clients;
    size_t client_count;
    uint64_t line;
};

static int64_t played; /* nanoseconds */

/* In place of the C library's: every caller in this process, SQLite among them, lives in the time that is
 * played. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (clock != CLOCK_REALTIME || played == 0)
        return (int)syscall(SYS_clock_gettime, clock, now);
    played += 1000;
    *now = (struct timespec){played / 1000000000, played % 1000000000};
    return 0;
}

static void must(const struct player *player, int result, const struct failure *failure)
{
    if (result == VAULT_OK)
        return;
    (void)fprintf(stderr, "trace_play: line %llu: %s (%s)\n", (unsigned long long)player->line, failure->text,
        vault_error_text(result));
    exit(1);
}

static struct secret *passphrase_of(const char *user)
{
    char text[96];
    (void)snprintf(text, sizeof text, "the passphrase of %s", user);
    return secret_copy(bytes_of_text(text));
}

static void create(struct player *player, const char *admin)
{
    struct failure failure = {0};
    struct vault_birth birth = {0};
    struct passphrase_cost cost = passphrase_floor();
    struct secret *passphrase = passphrase_of(admin);
    char *vault = file_path(player->directory, "vault");
    struct vault_options options = {.directory = vault,
        .firm = "a played firm",
        .admin = admin,
        .passphrase = passphrase,
        .recovery_needed = 2,
        .recovery_holders = 3,
        .cost = &cost};
    must(player, vault_create(&options, &birth, &failure), &failure);
    for (size_t i = 0; i < 3; i++)
        secret_free(birth.shares[i]);
    secret_free(passphrase);
    free(vault);
}

static struct session *session_for(struct player *player, const char *user)
{
    struct failure failure = {0};
    size_t at = 0;
    while (at < player->people && strcmp(player->users[at], user) != 0)
        at++;
    if (at < player->people && player->sessions[at] != NULL)
        return player->sessions[at];
    must(player, at < PEOPLE_MAX ? VAULT_OK : VAULT_ELIMIT, &failure);
    struct secret *passphrase = passphrase_of(user);
    char *vault = file_path(player->directory, "vault");
    if (player->common == NULL)
        must(player, session_common_new(vault, NULL, &player->common, &failure), &failure);
    struct session_options options = {
        .directory = vault, .user = user, .passphrase = passphrase, .common = player->common};
    must(player, session_open(&options, &player->sessions[at], &failure), &failure);
    text_copy(player->users[at], sizeof player->users[at], user);
    player->people += at == player->people;
    secret_free(passphrase);
    free(vault);
    return player->sessions[at];
}

static void close_all(struct player *player)
{
    for (size_t i = 0; i < player->people; i++) {
        session_free(player->sessions[i]);
        player->sessions[i] = NULL;
    }
}

static int take_value(void *context, json_t *value)
{
    json_t **into = context;
    *into = json_incref(value);
    return 0;
}

static json_t *run(struct player *player, const char *user, const char *name, const json_t *arguments,
    const struct secret *secret)
{
    struct failure failure = {0};
    json_t *value = NULL;
    struct reply reply = {.context = &value, .value = take_value};
    struct operation_call call = {.name = name, .arguments = arguments, .secret = secret};
    must(player, operation_run(session_for(player, user), &call, &reply, &failure), &failure);
    return value;
}

/* --- Numbers of clients and records --- */

/* Those that an import has just made, in the order of its rows. */
static void bind_clients(struct player *player, struct store *store, const json_t *numbers)
{
    struct failure failure = {0};
    struct statement *clients = NULL;
    bool row = true;
    size_t at = 0, known = player->client_count;
    must(player, statement_own(store, QUERY_CLIENT_FACTS, &clients, &failure), &failure);
    for (;;) {
        must(player, statement_step(clients, &row, &failure), &failure);
        if (!row)
            break;
        if (at++ < known || player->client_count == CLIENTS_MAX)
            continue;
        struct client *client = &player->clients[player->client_count];
        const char *number = json_string_value(json_array_get(numbers, player->client_count - known));
        must(player, number == NULL ? VAULT_EINPUT : VAULT_OK, &failure);
        text_copy(client->number, sizeof client->number, number);
        client->row = column_number(clients, 0);
        player->client_count++;
    }
    statement_free(clients);
    must(
        player, player->client_count == known + json_array_size(numbers) ? VAULT_OK : VAULT_EINPUT, &failure);
}

static int64_t client_row(const struct player *player, const char *number)
{
    for (size_t i = 0; i < player->client_count; i++)
        if (strcmp(player->clients[i].number, number) == 0)
            return player->clients[i].row;
    return -1;
}

/* By client, kind and period, of which the firm has one. */
static void find_record(
    struct player *player, struct store *store, const json_t *place, char id[ULID_TEXT_SIZE])
{
    struct failure failure = {0};
    struct statement *list;
    enum record_kind kind = KIND_CLIENT;
    bool row = false;
    const char *period = json_string_value(json_array_get(place, 2));
    must(player,
        kind_parse(bytes_of_text(json_string_value(json_array_get(place, 1))), &kind) ? VAULT_OK
                                                                                      : VAULT_EINPUT,
        &failure);
    must(player, store_query(store, QUERY_RECORD_LIST, &list, &failure), &failure);
    bind_number(list, 1, client_row(player, json_string_value(json_array_get(place, 0))));
    bind_number(list, 2, kind);
    bind_text(list, 3, period);
    bind_text(list, 4, period[0] == '\0' ? "~" : period);
    must(player, statement_step(list, &row, &failure), &failure);
    must(player, row ? VAULT_OK : VAULT_ENOTFOUND, &failure);
    struct ulid ulid;
    memcpy(ulid.data, column_bytes(list, 1).data, ULID_SIZE);
    ulid_format(&ulid, id);
    statement_reset(list);
}

/* --- Steps --- */

static void write_table(const struct player *player, const char *text)
{
    FILE *file = fopen(player->table, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        exit(1);
}

static void operate(struct player *player, const json_t *step)
{
    const char *user = json_text(step, "as"), *drop = json_text(step, "drop"), *csv = json_text(step, "csv"),
               *secret_text = json_text(step, "secret");
    const json_t *place = json_object_get(step, "record"), *bound = json_object_get(step, "bind");
    struct store *store = session_store(session_for(player, user));
    struct secret *secret = secret_text == NULL ? NULL : secret_copy(bytes_of_text(secret_text));
    json_t *arguments = json_deep_copy(json_object_get(step, "args"));
    char id[ULID_TEXT_SIZE];
    if (csv != NULL) {
        write_table(player, csv);
        (void)json_object_set_new(arguments, "files", json_pack("[s]", player->table));
    }
    if (place != NULL) {
        find_record(player, store, place, id);
        (void)json_object_set_new(arguments, "record", json_string(id));
    }
    json_t *value = run(player, user, json_text(step, "op"), arguments, secret);
    if (csv != NULL &&
        json_number(json_array_get(json_object_get(value, "files"), 0), "refused_count", 0) != 0) {
        (void)json_dumpf(value, stderr, 0);
        exit(1);
    }
    if (bound != NULL)
        bind_clients(player, store, bound);
    if (drop != NULL)
        (void)unlink(drop);
    json_decref(value);
    json_decref(arguments);
    secret_free(secret);
}

static void trace(struct player *player, const json_t *step)
{
    const char *user = json_text(step, "as");
    json_t *arguments =
        json_pack("{s:s,s:s}", "leak", json_text(step, "trace"), "before", json_text(step, "before"));
    struct timespec began, ended;
    (void)syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &began);
    json_t *answer = run(player, user, "trace.run", arguments, NULL);
    (void)syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &ended);
    json_t *asked = json_pack("{s:s,s:s}", "case", json_text(answer, "case"), "purpose", "leak:1");
    json_t *names = run(player, user, "trace.reveal_names", asked, NULL);
    double seconds = (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9;
    json_t *told = json_pack("{s:s,s:f,s:O,s:O}", "leak", json_text(step, "trace"), "seconds", seconds,
        "answer", answer, "names", json_object_get(names, "names"));
    (void)json_dumpf(told, stdout, JSON_COMPACT);
    (void)puts("");
    (void)fflush(stdout);
    json_decref(told);
    json_decref(names);
    json_decref(asked);
    json_decref(answer);
    json_decref(arguments);
}

static void take_step(struct player *player, const json_t *step)
{
    int64_t at = json_number(step, "t", 0) * 1000000000;
    if (at > played)
        played = at;
    if (json_text(step, "create") != NULL)
        create(player, json_text(step, "create"));
    else if (json_object_get(step, "close") != NULL)
        close_all(player);
    else if (json_text(step, "trace") != NULL)
        trace(player, step);
    else
        operate(player, step);
}

int main(int argc, char **argv)
{
    struct player player = {.directory = argc == 2 ? argv[1] : NULL};
    struct failure failure = {0};
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    if (argc != 2 || crypto_start() != VAULT_OK) {
        (void)fprintf(stderr, "usage: trace_play DIRECTORY < STEPS\n");
        return 1;
    }
    player.table = file_path(player.directory, "in.csv");
    player.clients = calloc(CLIENTS_MAX, sizeof *player.clients);
    while ((size = getline(&line, &room, stdin)) > 0) {
        json_t *step = NULL;
        player.line++;
        must(&player, json_read(bytes_of(line, (size_t)size), &step, &failure), &failure);
        take_step(&player, step);
        json_decref(step);
    }
    close_all(&player);
    session_common_free(player.common);
    free(player.table);
    free(player.clients);
    free(line);
    return 0;
}
