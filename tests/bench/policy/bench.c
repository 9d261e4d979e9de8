/*
 * Figures of the policy engine on given inputs:
 *
 *     bench_policy POLICIES ENTITIES REQUESTS      (requests: one JSON object a line)
 *
 * prints one line of JSON: parsing in MB/s, one decision in microseconds, the same with
 * entities and request read from their JSON for it, and deciding one candidate by way of a
 * residual with an unknown resource.  Medians of ROUNDS rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/cedar.h"

enum { ROUNDS = 15, MOST_REQUESTS = 1000 };

static double now(void)
{
    struct timespec t;

    clock_gettime(
        CLOCK_PROCESS_CPUTIME_ID, &t); /* of one thread, so the same as time where nobody else runs */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void die(const char *what, const struct cedar_error *err)
{
    fprintf(stderr, "%s: %zu:%zu: %s\n", what, err->line, err->column, err->message);
    exit(1);
}

static struct cedar_str read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *data = NULL;
    long size = -1;

    if (file && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (size >= 0 && fseek(file, 0, SEEK_SET) == 0)
        data = malloc((size_t)size + 1);
    if (!data || fread(data, 1, (size_t)size, file) != (size_t)size) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    fclose(file);
    return (struct cedar_str){data, (size_t)size};
}

static int double_cmp(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), double_cmp);
    return values[n / 2];
}

struct bench {
    struct cedar_policies *set;
    struct cedar_entities *store;
    struct cedar_arena *inputs, *arena;
    struct cedar_request requests[MOST_REQUESTS];
    struct cedar_str entities, lines[MOST_REQUESTS]; /* as they came */
    size_t n_requests, allowed;
};

static double bench_parse(struct cedar_str text)
{
    double rates[ROUNDS];
    int times = (int)(4000000 / (text.len + 1)) + 1;

    for (int round = 0; round < ROUNDS; round++) {
        double start = now();

        for (int i = 0; i < times; i++) {
            struct cedar_policies *set;
            struct cedar_error err;

            if (cedar_policies_parse(text.data, text.len, &set, &err) != CEDAR_OK)
                die("policies", &err);
            cedar_policies_free(set);
        }
        rates[round] = (double)text.len * times / (now() - start) / 1e6;
    }
    return median(rates, ROUNDS);
}

static void load(struct bench *b, char **paths)
{
    struct cedar_str policies = read_file(paths[0]), requests = read_file(paths[2]);
    struct cedar_error err;

    b->entities = read_file(paths[1]);

    if (cedar_policies_parse(policies.data, policies.len, &b->set, &err) != CEDAR_OK)
        die("policies", &err);
    if (cedar_entities_add_json(b->store, b->entities.data, b->entities.len, NULL, &err) != CEDAR_OK ||
        cedar_entities_seal(b->store, &err) != CEDAR_OK)
        die("entities", &err);
    for (size_t at = 0; at < requests.len && b->n_requests < MOST_REQUESTS;) {
        const char *line = requests.data + at, *end = memchr(line, '\n', requests.len - at);
        size_t len = end ? (size_t)(end - line) : requests.len - at;

        b->lines[b->n_requests] = (struct cedar_str){line, len};
        if (cedar_request_parse(line, len, NULL, b->inputs, &b->requests[b->n_requests++], &err) != CEDAR_OK)
            die("requests", &err);
        at += len + 1;
    }
}

static double bench_decisions(struct bench *b)
{
    double times[ROUNDS];
    size_t repeat = 20000 / b->n_requests + 1;

    for (int round = 0; round < ROUNDS; round++) {
        double start = now();

        b->allowed = 0;
        for (size_t i = 0; i < repeat * b->n_requests; i++) {
            struct cedar_answer answer;

            cedar_arena_reset(b->arena);
            if (cedar_authorize(b->set, b->store, &b->requests[i % b->n_requests], b->arena, &answer) !=
                CEDAR_OK)
                abort();
            b->allowed += i < b->n_requests && answer.decision == CEDAR_ALLOW;
        }
        times[round] = (now() - start) / (double)(repeat * b->n_requests) * 1e6;
    }
    return median(times, ROUNDS);
}

/* The policies are parsed beforehand, and nothing else is. */
static double bench_from_json(struct bench *b)
{
    struct cedar_entities *store = cedar_entities_new(NULL);
    double times[ROUNDS];
    size_t repeat = 500 / b->n_requests + 1;

    for (int round = 0; round < ROUNDS; round++) {
        double start = now();

        for (size_t i = 0; i < repeat * b->n_requests; i++) {
            struct cedar_str line = b->lines[i % b->n_requests];
            struct cedar_request request;
            struct cedar_answer answer;

            cedar_arena_reset(b->arena);
            cedar_entities_reset(store);
            if (cedar_entities_add_json(store, b->entities.data, b->entities.len, NULL, NULL) != CEDAR_OK ||
                cedar_entities_seal(store, NULL) != CEDAR_OK ||
                cedar_request_parse(line.data, line.len, NULL, b->arena, &request, NULL) != CEDAR_OK ||
                cedar_authorize(b->set, store, &request, b->arena, &answer) != CEDAR_OK)
                abort();
        }
        times[round] = (now() - start) / (double)(repeat * b->n_requests) * 1e6;
    }
    cedar_entities_free(store);
    return median(times, ROUNDS);
}

/* The first request's principal and action; the resources of its type in all requests as candidates. */
static double bench_residual(struct bench *b)
{
    struct cedar_residual *residual;
    struct cedar_request known = b->requests[0];
    const struct cedar_request *candidates[MOST_REQUESTS];
    double times[ROUNDS];
    size_t n = 0;

    for (size_t i = 0; i < b->n_requests; i++) {
        struct cedar_str type = b->requests[i].resource.type;

        if (type.len == known.resource.type.len && memcmp(type.data, known.resource.type.data, type.len) == 0)
            candidates[n++] = &b->requests[i];
    }
    known.resource.id = CEDAR_STR("");
    if (cedar_residual_new(b->set, b->store, &known, CEDAR_UNKNOWN_RESOURCE, b->inputs, &residual) !=
        CEDAR_OK)
        abort();
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();

        for (size_t i = 0; i < 10000; i++) {
            struct cedar_answer answer;

            cedar_arena_reset(b->arena);
            if (cedar_residual_decide(residual, b->store, candidates[i % n], b->arena, &answer) != CEDAR_OK)
                abort();
        }
        times[round] = (now() - start) / 10000 * 1e6;
    }
    return median(times, ROUNDS);
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct cedar_str text;
    double parse, decision, from_json, residual;

    if (argc != 4) {
        fprintf(stderr, "usage: %s POLICIES ENTITIES REQUESTS\n", argv[0]);
        return 1;
    }
    b.store = cedar_entities_new(NULL);
    b.inputs = cedar_arena_new(0);
    b.arena = cedar_arena_new(0);
    load(&b, argv + 1);
    text = read_file(argv[1]);
    parse = bench_parse(text);
    decision = bench_decisions(&b);
    from_json = bench_from_json(&b);
    residual = bench_residual(&b);
    printf("{\"policies\":%zu,\"allowed\":%zu,\"parse_mb_s\":%.1f,\"decision_us\":%.3f,\"from_json_us\":%.3f,"
           "\"residual_us\":%.3f}\n",
        cedar_policies_count(b.set), b.allowed, parse, decision, from_json, residual);
    free((void *)(uintptr_t)text.data);
    return 0;
}
