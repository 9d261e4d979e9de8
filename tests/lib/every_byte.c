/*
 * Changes one byte of a vault's file at a time and asks for everything: what comes is the truth, or a refusal.
 *
 *   every-byte VAULT USER PASSPHRASE-FILE CLIENT FILE MASK FIRST STEP SECONDS
 *
 * FILE (slots, store.db, log, …) is changed at FIRST, FIRST + STEP, … in an order that covers it evenly, by exclusive or
 * with MASK, until SECONDS are over.  For each the vault is opened as USER would, who lists his clients and CLIENT's
 * records, and reads each.  The files are put back in between.  Prints "bad POSITION what" for each position where
 * anything else was shown than before, or the process was killed (a crash, or a hang of 20 seconds), and "tried N of M,
 * R refused" at the end.  With "-" for CLIENT the log is verified instead, which must find every change.  Run it with FAULT_KDF (fault_kdf.c), or every byte costs a whole Argon2id.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/passphrase.h"
#include "vault/base/file.h"
#include "vault/ops/ops.h"

#define FILES 6
static const char *const names[FILES] = {"slots", "store.db", "log", "log.tree", "log.offsets", "attempts"};

static struct {
    const char *directory;
    const char *user;
    const char *client;
    struct secret *passphrase;
    struct buffer whole[FILES];
    char *paths[FILES];
    struct buffer truth;
    size_t changed; /* which of the files */
} vault;

/* Seen by the parent when a child dies. */
struct shared {
    size_t next;
    size_t refused;
    size_t tried;
};
static struct shared *shared;

/* --- Asking --- */

static int note(void *context, json_t *value)
{
    struct buffer *out = context;
    if (out == NULL)
        return VAULT_OK;
    json_t *copy = json_deep_copy(value);
    json_object_del(copy, "event");
    char *text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
    buffer_put_text(out, text);
    buffer_put_u8(out, '\n');
    free(text);
    json_decref(copy);
    return VAULT_OK;
}

static int ask(struct session *session, const char *name, json_t *arguments, struct buffer *out)
{
    struct failure failure = {0};
    struct reply reply = {.context = out, .row = note, .value = note};
    struct operation_call call = {.name = name, .arguments = arguments};
    int result = operation_run(session, &call, &reply, &failure);
    json_decref(arguments);
    return result;
}

/* Ids of the records, from the list that was just written. */
static int read_all(struct session *session, struct buffer *out)
{
    struct buffer list = {0};
    int result = ask(session, "record.list", json_pack("{s:s}", "client", vault.client), &list);
    buffer_put(out, buffer_bytes(&list));
    char *text = result == VAULT_OK ? strndup((const char *)list.data, list.size) : NULL;
    for (char *rest = text, *line; result == VAULT_OK && rest != NULL && (line = strsep(&rest, "\n")) != NULL;) {
        json_t *row = line[0] == '\0' ? NULL : json_loads(line, 0, NULL);
        if (row == NULL)
            continue;
        result = ask(session, "record.read",
            json_pack("{s:s,s:O,s:s}", "client", vault.client, "record", json_object_get(row, "id"), "purpose",
                "task:1"),
            out);
        json_decref(row);
    }
    free(text);
    buffer_free(&list);
    return result;
}

static bool verifies(void)
{
    return strcmp(vault.client, "-") == 0;
}

static int ask_everything(struct buffer *out)
{
    struct failure failure = {0};
    struct session *session = NULL;
    struct session_options options = {
        .directory = vault.directory, .user = vault.user, .passphrase = vault.passphrase};
    int result = session_open(&options, &session, &failure);
    if (result == VAULT_OK && verifies())
        result = ask(session, "log.verify", json_object(), NULL);
    else if (result == VAULT_OK)
        result = ask(session, "client.list", json_object(), out);
    if (result == VAULT_OK && !verifies())
        result = read_all(session, out);
    session_free(session);
    return result;
}

/* --- Files --- */

static void put_back(void)
{
    for (size_t i = 0; i < FILES; i++) {
        if (vault.paths[i] == NULL || vault.whole[i].size == 0) {
            (void)!unlink(vault.paths[i]);
            continue;
        }
        int file = open(vault.paths[i], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (file < 0 || file_write_all(file, buffer_bytes(&vault.whole[i])) != VAULT_OK)
            abort();
        close(file);
    }
    for (int i = 0; i < 2; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/store.db-%s", vault.directory, i == 0 ? "wal" : "shm");
        (void)!unlink(path);
    }
}

static void change(size_t position, uint8_t mask)
{
    uint8_t byte = vault.whole[vault.changed].data[position] ^ mask;
    int file = open(vault.paths[vault.changed], O_WRONLY | O_CLOEXEC);
    if (file < 0 || pwrite(file, &byte, 1, (off_t)position) != 1)
        abort();
    close(file);
}

static void load(void)
{
    for (size_t i = 0; i < FILES; i++) {
        struct failure failure = {0};
        vault.paths[i] = file_path(vault.directory, names[i]);
        if (file_exists(vault.paths[i]) &&
            file_read(vault.paths[i], 64u << 20, &vault.whole[i], &failure) != VAULT_OK) {
            fprintf(stderr, "every-byte: %s\n", failure.text);
            exit(1);
        }
    }
}

/* --- One byte --- */

/* The header of the log says in the clear which version it is (vault/log/FORMATS.md, 1.2); nobody can tell a changed one
 * from a newer one. */
static bool says_version(int result, size_t position)
{
    return result == VAULT_EVERSION && strcmp(names[vault.changed], "log") == 0 && position >= 16 && position < 24;
}

static const char *judge(int result, const struct buffer *got, size_t position)
{
    bool same = bytes_equal(buffer_bytes(got), buffer_bytes(&vault.truth));
    int status = vault_exit_status(result);
    if (verifies() && result == VAULT_OK)
        return "not found by log verify";
    if (result == VAULT_OK)
        return same ? NULL : "opened with other data";
    if (status < 1 || status > 3)
        return "refused with an exit status that is not 1 to 3";
    /* The slots say who he is; behind them whatever was changed is damage. */
    if (status != 3 && strcmp(names[vault.changed], "slots") != 0 && !says_version(result, position))
        return "refused, but not as damage";
    /* What came before the refusal is a beginning of the truth. */
    if (got->size > vault.truth.size || (got->size > 0 && memcmp(got->data, vault.truth.data, got->size) != 0))
        return "other data, then refused";
    return NULL;
}

static void one(size_t position, uint8_t mask)
{
    struct buffer got = {0};
    put_back();
    change(position, mask);
    alarm(20);
    int result = ask_everything(&got);
    alarm(0);
    const char *wrong = judge(result, &got, position);
    shared->tried++;
    shared->refused += result != VAULT_OK;
    if (wrong != NULL) {
        printf("bad %zu %s (%s)\n", position, wrong, vault_error_name(result));
        fflush(stdout);
    }
    buffer_free(&got);
}

static bool past(const struct timespec *start, double seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9 > seconds;
}

/* A permutation of 0 … count - 1 that is spread evenly from its beginning on. */
static size_t spread(size_t n, size_t count)
{
    size_t stride = (size_t)((double)count * 0.6180339887) | 1;
    for (size_t a = stride, b = count; b != 0;) {
        size_t rest = a % b;
        a = b;
        b = rest;
        if (b == 0 && a != 1) {
            stride += 2;
            a = stride;
            b = count;
        }
    }
    return (size_t)(((unsigned long long)n * stride) % count);
}

int main(int count, char **arguments)
{
    struct timespec start;
    struct failure failure = {0};
    if (count != 10) {
        fputs("usage: every-byte VAULT USER PASSPHRASE-FILE CLIENT FILE MASK FIRST STEP SECONDS\n", stderr);
        return 1;
    }
    vault.directory = arguments[1];
    vault.user = arguments[2];
    vault.client = arguments[4];
    for (vault.changed = 0; vault.changed < FILES && strcmp(names[vault.changed], arguments[5]) != 0;)
        vault.changed++;
    uint8_t mask = (uint8_t)strtoul(arguments[6], NULL, 0);
    size_t first = strtoul(arguments[7], NULL, 10);
    size_t step = strtoul(arguments[8], NULL, 10);
    double seconds = strtod(arguments[9], NULL);
    if (vault.changed == FILES || step == 0 || crypto_start() != VAULT_OK ||
        passphrase_from_file(arguments[3], &vault.passphrase, NULL, &failure) != VAULT_OK)
        return 1;
    load();
    if (ask_everything(&vault.truth) != VAULT_OK || (vault.truth.size == 0 && !verifies())) {
        fputs("every-byte: the vault does not open as it is\n", stderr);
        return 1;
    }
    size_t size = vault.whole[vault.changed].size;
    size_t positions = first < size ? (size - first + step - 1) / step : 0;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (shared->next < positions && !past(&start, seconds)) {
        pid_t child = fork();
        int status = 0;
        if (child == 0) {
            size_t end = shared->next + 256;
            while (shared->next < positions && shared->next < end && !past(&start, seconds))
                one(first + step * spread(shared->next++, positions), mask);
            _exit(0);
        }
        waitpid(child, &status, 0);
        if (WIFSIGNALED(status)) {
            size_t position = first + step * spread(shared->next - 1, positions);
            printf("bad %zu %s\n", position, WTERMSIG(status) == SIGALRM ? "hangs" : strsignal(WTERMSIG(status)));
            fflush(stdout);
        }
    }
    put_back();
    printf("tried %zu of %zu, %zu refused\n", shared->tried, positions, shared->refused);
    return 0;
}
