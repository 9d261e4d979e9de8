/* The road without the server: one person's operations in one open session, one after another.
 *
 * usage: road_bench VAULT USER PASSPHRASE-FILE OPERATION BODIES-FILE COUNT
 * A body a line, taken in turn.  One JSON line: times in microseconds, by the clock and of the processor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/passphrase.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/ops/ops.h"

static void must(int result, const struct failure *failure)
{
    if (result == VAULT_OK)
        return;
    (void)fprintf(stderr, "road_bench: %s (%s)\n", failure->text, vault_error_text(result));
    exit(1);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static double processor(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static json_t **read_bodies(const char *path, size_t *count)
{
    struct failure failure = {0};
    struct buffer text = {0};
    json_t **bodies = NULL;
    must(file_read(path, (size_t)1 << 28, &text, &failure), &failure);
    if (buffer_text(&text) == NULL)
        exit(1);
    for (char *line = strtok((char *)text.data, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        bodies = realloc(bodies, (*count + 1) * sizeof *bodies);
        must(json_read(bytes_of_text(line), &bodies[(*count)++], &failure), &failure);
    }
    buffer_free(&text);
    return bodies;
}

int main(int argc, char **argv)
{
    struct failure failure = {0};
    struct secret *passphrase = NULL;
    struct session *session = NULL;
    bool open_to_others;
    size_t body_count = 0;
    if (argc != 7 || crypto_start() != VAULT_OK) {
        (void)fprintf(stderr, "usage: road_bench VAULT USER PASSPHRASE-FILE OPERATION BODIES-FILE COUNT\n");
        return 1;
    }
    size_t count = strtoul(argv[6], NULL, 10);
    uint64_t *times = calloc(count + 1, sizeof *times);
    json_t **bodies = read_bodies(argv[5], &body_count);
    must(times == NULL || count == 0 || body_count == 0 ? VAULT_EUSAGE : VAULT_OK, &failure);
    must(passphrase_from_file(argv[3], &passphrase, &open_to_others, &failure), &failure);
    struct session_options options = {.directory = argv[1], .user = argv[2], .passphrase = passphrase};
    must(session_open(&options, &session, &failure), &failure);
    double spent = processor();
    for (size_t i = 0; i < count; i++) {
        struct operation_call call = {.name = argv[4], .arguments = bodies[i % body_count]};
        uint64_t start = instant_monotonic();
        must(operation_run(session, &call, NULL, &failure), &failure);
        times[i] = instant_monotonic() - start;
    }
    spent = processor() - spent;
    qsort(times, count, sizeof *times, compare);
    (void)printf("{\"count\":%zu,\"p50_us\":%.1f,\"p90_us\":%.1f,\"processor_us\":%.1f}\n", count,
        (double)times[count / 2] / 1e3, (double)times[count * 9 / 10] / 1e3, spent / (double)count);
    for (size_t i = 0; i < body_count; i++)
        json_decref(bodies[i]);
    session_free(session);
    secret_free(passphrase);
    free(bodies);
    free(times);
    return 0;
}
