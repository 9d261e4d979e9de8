/* A valid log whose file was edited: opening, reading and verifying it neither crashes nor gives wrong data.
 *
 * The input is a list of edits of four bytes: where (16 bits, scaled to the file), what (8 bits), a value (8
 * bits). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/log/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ENTRIES 6
static char directory[64];
static struct log_keys keys;
static struct buffer whole;
static struct buffer leaves[ENTRIES];

static void must(bool true_thing)
{
    if (!true_thing)
        abort();
}

static void path_of(const char *name, char path[96])
{
    (void)snprintf(path, 96, "%s/%s", directory, name);
}

static void clean(void)
{
    char path[96];
    const char *names[] = {"log", "log.tree", "log.offsets"};
    for (size_t i = 0; i < 3; i++) {
        path_of(names[i], path);
        (void)unlink(path);
    }
    (void)rmdir(directory);
}

static void prepare(void)
{
    char path[96];
    struct log *log = NULL;
    json_t *members = NULL;
    uint64_t first;
    must(crypto_start() == VAULT_OK);
    (void)snprintf(directory, sizeof directory, "%s/fuzz-log-XXXXXX",
        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    must(mkdtemp(directory) != NULL);
    (void)atexit(clean);
    struct secret *key = secret_new(KEY_SIZE);
    must(key != NULL);
    keys = (struct log_keys){
        .seal_key = key, .vault_key = sign_key_from_seed(key), .origin = "strongroom.example/fuzz"};
    must(log_create(directory, &keys, &log, NULL) == VAULT_OK);
    must(json_read(
             bytes_of_text(
                 "{\"actor\":{\"id\":\"vault\",\"type\":\"system\"},\"decision\":{\"effect\":\"permit\"},"
                 "\"resources\":[]}"),
             &members, NULL) == VAULT_OK);
    struct log_event events[3] = {{"a.b", members, NULL}, {"a.c", members, NULL}, {"a.d", members, NULL}};
    for (size_t i = 0; i < ENTRIES / 2; i++)
        must(log_append(log, events, 1 + i % 2 * 2, &first, NULL) == VAULT_OK);
    must(log_append(log, events, 1, &first, NULL) == VAULT_OK);
    for (size_t i = 0; i < ENTRIES; i++)
        must(log_read(log, i, &leaves[i], NULL) == VAULT_OK);
    path_of("log", path);
    must(file_read(path, 1 << 20, &whole, NULL) == VAULT_OK);
    log_free(log);
    json_decref(members);
}

static void edit(struct buffer *file, size_t at, uint8_t what, uint8_t value)
{
    if (file->size == 0)
        return;
    at = at * file->size / 65536;
    size_t left = file->size - at;
    size_t span = (size_t)value * 4 < left ? (size_t)value * 4 : left;
    switch (what % 6) {
    case 0:
        file->data[at] ^= value;
        break;
    case 1:
        file->size = at;
        break;
    case 2:
        memset(file->data + at, 0, span);
        break;
    case 3: /* cut out */
        memmove(file->data + at, file->data + at + span, left - span);
        file->size -= span;
        break;
    case 4: /* repeat at the end */
        if (file->size < 65536 && buffer_grow(file, span) != NULL)
            memcpy(file->data + file->size - span, file->data + at, span);
        break;
    default: /* copy to the front */
        memmove(file->data + at / 2, file->data + at, span);
        break;
    }
}

static int count(void *context, const struct log_problem *problem)
{
    must(problem->what[0] != '\0');
    ++*(uint64_t *)context;
    return VAULT_OK;
}

/* Whatever opens says what was logged, or says nothing. */
static void look(struct log *log)
{
    uint64_t problems = 0;
    struct log_verify_options options = {.threads = 1, .context = &problems, .problem = count};
    struct log_verify_result result;
    must(log_verify(log, &options, &result, NULL) == VAULT_OK && result.problems == problems);
    for (uint64_t i = 0; i < log_size(log); i++) {
        struct buffer leaf = {0};
        must(i < ENTRIES);
        if (log_read(log, i, &leaf, NULL) == VAULT_OK)
            must(bytes_equal(buffer_bytes(&leaf), buffer_bytes(&leaves[i])));
        else
            must(problems > 0 && leaf.size == 0);
        buffer_free(&leaf);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[96];
    struct buffer file = {0};
    struct log *log = NULL;
    if (directory[0] == '\0')
        prepare();
    buffer_put(&file, buffer_bytes(&whole));
    for (size_t i = 0; i + 4 <= size && i < 64; i += 4)
        edit(&file, (size_t)data[i] << 8 | data[i + 1], data[i + 2], data[i + 3]);
    path_of("log.tree", path);
    (void)unlink(path);
    path_of("log.offsets", path);
    (void)unlink(path);
    path_of("log", path);
    int out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(out >= 0 && file_write_all(out, buffer_bytes(&file)) == VAULT_OK);
    (void)close(out);
    if (log_open(directory, &keys, &log, NULL) == VAULT_OK)
        look(log);
    log_free(log);
    buffer_free(&file);
    return 0;
}
