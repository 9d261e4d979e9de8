/* How the trace grows with the log: a made-up firm of 10,000 clients and 200 people, accesses by the million,
 * one leak of 500 rows.  Prints a row for each number of accesses: building, bytes, the first and the next
 * traces, memory. Seconds are of the processor. usage: trace_growth DIRECTORY ACCESSES...   (files of about 9
 * bytes an access are left in DIRECTORY) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vault/trace/access_index.h"
#include "vault/trace/trace.h"

#define CLIENTS 10000u
#define PEOPLE 200u
#define ROWS 500u
#define DAY 86400
#define BEGIN (INT64_C(19700) * DAY)
#define SPAN (INT64_C(3) * 365 * DAY)

static uint64_t state = 1;

static uint32_t next(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state >> 33) % below);
}

static void stop_if(int result, const struct failure *failure)
{
    if (result == VAULT_OK)
        return;
    (void)fprintf(
        stderr, "growth: %s\n", failure->text[0] != '\0' ? failure->text : vault_error_text(result));
    exit(1);
}

static void values_of(uint32_t client, uint32_t version, char texts[4][64])
{
    uint64_t mixed = (client + 1) * UINT64_C(0x9E3779B97F4A7C15);
    (void)snprintf(texts[0], 64, "东州%06x贸易有限公司", client * 7919 % 1000003);
    (void)snprintf(
        texts[1], 64, "91%012lluMA%02u", (unsigned long long)(mixed % 1000000000000), client % 100);
    (void)snprintf(
        texts[2], 64, "15%09llu", (unsigned long long)((mixed ^ version * 0x5bd1e995u) % 1000000000));
    (void)snprintf(texts[3], 64, "6217%015llu", (unsigned long long)(mixed >> 16));
}

static const enum trace_field fields_of[4] = {TRACE_NAME, TRACE_TAX_ID, TRACE_PHONE, TRACE_BANK_ACCOUNT};

static struct access_index_builder *start(void)
{
    struct failure failure = {0};
    struct access_index_builder *builder = access_index_builder_new();
    char name[32], texts[4][64];
    uint32_t number = 0;
    for (uint32_t p = 0; p < PEOPLE; p++) {
        (void)snprintf(name, sizeof name, "p%03u", p);
        stop_if(access_index_add_person(builder, bytes_of_text(name), &number), &failure);
    }
    for (uint32_t c = 0; c < CLIENTS; c++) {
        struct trace_client about = {.since = BEGIN};
        for (unsigned k = 0; k < TRACE_SEGMENTS; k++)
            about.segments[k] = TRACE_NO_SEGMENT;
        (void)snprintf(name, sizeof name, "p%03u", c % PEOPLE);
        stop_if(access_index_add_segment(builder, 0, bytes_of_text(name), &about.segments[0]), &failure);
        (void)snprintf(name, sizeof name, "c%05u", c);
        stop_if(access_index_add_client(builder, bytes_of_text(name), &about, &number), &failure);
        for (uint32_t v = 1; v <= 12; v++) {
            struct trace_version version = {.version = v, .valid_from = BEGIN + (v - 1) * (SPAN / 12)};
            values_of(c, v, texts);
            for (int i = 0; i < 4; i++)
                version.values[fields_of[i]] = bytes_of_text(texts[i]);
            stop_if(access_index_add_version(builder, number, &version), &failure);
        }
    }
    return builder;
}

/* Four accesses in five go to one's own clients. */
static void add_accesses(struct access_index_builder *builder, uint64_t count)
{
    struct failure failure = {0};
    for (uint64_t i = 0; i < count; i++) {
        uint32_t person = next(PEOPLE);
        uint32_t client = next(5) != 0 ? next(CLIENTS / PEOPLE) * PEOPLE + person : next(CLIENTS);
        struct trace_access access = {.event = i + 1,
            .at = BEGIN + (int64_t)((double)i / (double)count * SPAN),
            .person = person,
            .fields = next(3) != 0 ? TRACE_ALL : TRACE_BIT(TRACE_NAME) | TRACE_BIT(TRACE_PHONE)};
        access.version = (uint32_t)((access.at - BEGIN) / (SPAN / 12)) + 1;
        if (access.version > 12)
            access.version = 12;
        stop_if(access_index_add_access(builder, client, &access), &failure);
    }
}

/* Of the processor: one thread, and the machine may be busy with others. */
static double processor(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double trace_once(const struct trace_source *source, double *answer)
{
    struct failure failure = {0};
    struct trace_result result;
    struct leak *leak = leak_new();
    char texts[4][64];
    for (uint32_t i = 0; i < ROWS; i++) {
        struct bytes cells[4];
        values_of((i * 37 + 11) % CLIENTS, 9, texts);
        for (int k = 0; k < 4; k++)
            cells[k] = bytes_of_text(texts[k]);
        stop_if(leak_add_row(leak, cells, 4, &failure), &failure);
    }
    double began = processor();
    stop_if(leak_settle(leak, source, &failure), &failure);
    stop_if(trace_leak(leak, source, BEGIN + SPAN, NULL, &result, &failure), &failure);
    double took = processor() - began;
    if (result.linked != ROWS)
        (void)fprintf(stderr, "growth: only %zu of %u rows linked\n", result.linked, ROWS);
    *answer = result.backup;
    trace_result_free(&result);
    leak_free(leak);
    return took;
}

/* In a process of its own, so that its memory is its own. */
static void ask(const char *path)
{
    struct failure failure = {0};
    struct access_index *index = NULL;
    struct access_index_size size;
    struct rusage usage;
    double times[4], answer = 0;
    stop_if(access_index_open(path, &index, &failure), &failure);
    const struct trace_source *source = access_index_source(index);
    for (int i = 0; i < 4; i++)
        times[i] = trace_once(source, &answer);
    double best = times[1] < times[2] ? times[1] : times[2];
    access_index_measure(index, &size);
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf(" %6.2f %9.1f %10.3f %9.3f %7ld\n", (double)size.access_bytes / (double)size.accesses,
        (double)size.file_bytes / 1048576, times[0], best < times[3] ? best : times[3],
        usage.ru_maxrss / 1024);
    (void)fflush(stdout);
    access_index_free(index);
}

static void measure(const char *directory, uint64_t count)
{
    static const uint8_t fingerprint[ACCESS_INDEX_FINGERPRINT];
    struct failure failure = {0};
    struct rusage usage;
    char path[4096];
    int descriptor = -1;
    (void)snprintf(path, sizeof path, "%s/growth-%llu.index", directory, (unsigned long long)count);
    pid_t child = fork();
    if (child == 0) {
        struct access_index_builder *builder = start();
        double began = processor();
        add_accesses(builder, count);
        double adding = processor() - began;
        stop_if(access_index_finish(builder, path, fingerprint, &descriptor, &failure), &failure);
        (void)getrusage(RUSAGE_SELF, &usage);
        (void)printf("%11llu %9.2f %9.1f %8ld", (unsigned long long)count, adding / (double)count * 1e6,
            processor() - began, usage.ru_maxrss / 1024);
        (void)fflush(stdout);
        _exit(0);
    }
    (void)waitpid(child, NULL, 0);
    child = fork();
    if (child == 0) {
        ask(path);
        _exit(0);
    }
    (void)waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fprintf(stderr, "usage: trace_growth DIRECTORY ACCESSES...\n");
        return 1;
    }
    (void)printf("   accesses  us each   build s  MiB      B each  file MiB  first s     next s  MiB\n");
    (void)fflush(stdout);
    for (int i = 2; i < argc; i++)
        measure(argv[1], strtoull(argv[i], NULL, 10));
    return 0;
}
