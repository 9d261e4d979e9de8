/* What the log costs.  usage: log_bench DIRECTORY [ENTRIES]   (an empty directory on the disk to be measured)
 *
 * Appends alone and from eight threads, fills the log up to ENTRIES in groups, then opens, verifies, proves
 * and asks for one person's month.  Prints one line a figure: name, value, unit. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/log/index.h"

#define PEOPLE 40u
#define CLIENTS 2000u
#define GROUP 256u
#define MEDIAN_OF 5

struct bench {
    struct log *log;
    struct store *store;
    struct log_keys keys;
    struct secret *index_key;
    struct sign_key *person;
    json_t *members[PEOPLE]; /* one event each */
    struct failure failure;
};

static void die(struct bench *bench, const char *what)
{
    (void)fprintf(stderr, "log_bench: %s: %s\n", what, bench->failure.text);
    exit(1);
}

static void must(struct bench *bench, int result, const char *what)
{
    if (result != VAULT_OK)
        die(bench, what);
}

static void say(const char *name, double value, const char *unit)
{
    (void)printf("%-34s %12.3f %s\n", name, value, unit);
    (void)fflush(stdout);
}

static double seconds_since(uint64_t start)
{
    return (double)(instant_monotonic() - start) / 1e9;
}

static json_t *make_members(unsigned person)
{
    char text[1024];
    json_t *members = NULL;
    (void)snprintf(text, sizeof text,
        "{\"actor\":{\"id\":\"u-%u\",\"role\":\"accountant\",\"type\":\"user\"},\"decision\":{\"effect\":"
        "\"permit\","
        "\"policies\":[\"accountant-reads\"]},\"phase\":\"intent\",\"purpose\":\"payroll\",\"request\":"
        "\"01K00000000000000000000000\",\"resources\":[{\"id\":\"01K000000000000000000%05u\",\"type\":"
        "\"payroll\"}],"
        "\"session\":\"01K00000000000000000000001\",\"subject\":{\"id\":\"01K0000000000000000C%05u\"},"
        "\"ticket\":\"T-1\"}",
        person, person * 7 % 99999, person * 31 % CLIENTS);
    return json_read(bytes_of_text(text), &members, NULL) == VAULT_OK ? members : NULL;
}

static void start(struct bench *bench, const char *directory)
{
    struct secret *seal_key;
    struct secret *seed;
    struct secret *store_key;
    char *path = file_path(directory, "store");
    memset(bench, 0, sizeof *bench);
    must(bench, crypto_start(), "crypto");
    seal_key = secret_random(KEY_SIZE);
    seed = secret_random(KEY_SIZE);
    store_key = secret_random(KEY_SIZE);
    bench->index_key = secret_random(KEY_SIZE);
    bench->keys =
        (struct log_keys){seal_key, sign_key_from_seed(seed), "strongroom.example/bench", ulid_new()};
    bench->person = sign_key_from_seed(store_key);
    for (unsigned i = 0; i < PEOPLE; i++)
        bench->members[i] = make_members(i);
    must(bench, log_create(directory, &bench->keys, &bench->log, &bench->failure), "create");
    must(bench, store_create(path, store_key, &bench->store, &bench->failure), "store");
    free(path);
}

/* --- Appending --- */

struct appender {
    struct bench *bench;
    unsigned person;
    unsigned count;
};

static void *append_alone(void *context)
{
    struct appender *appender = context;
    struct bench *bench = appender->bench;
    struct log_event event = {"record.read", bench->members[appender->person], bench->person};
    uint64_t first;
    for (unsigned i = 0; i < appender->count; i++)
        must(bench, log_append(bench->log, &event, 1, &first, &bench->failure), "append");
    return NULL;
}

static double append_with(struct bench *bench, unsigned threads, unsigned each)
{
    pthread_t handles[32];
    struct appender appenders[32];
    uint64_t start_time = instant_monotonic();
    for (unsigned i = 0; i < threads; i++) {
        appenders[i] = (struct appender){bench, i, each};
        if (pthread_create(&handles[i], NULL, append_alone, &appenders[i]) != 0)
            die(bench, "threads");
    }
    for (unsigned i = 0; i < threads; i++)
        (void)pthread_join(handles[i], NULL);
    return threads * each / seconds_since(start_time);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double append_median(struct bench *bench, unsigned threads, unsigned each)
{
    double rates[MEDIAN_OF];
    for (int i = 0; i < MEDIAN_OF; i++)
        rates[i] = append_with(bench, threads, each);
    qsort(rates, MEDIAN_OF, sizeof rates[0], compare_doubles);
    return rates[MEDIAN_OF / 2];
}

static void fill(struct bench *bench, uint64_t entries)
{
    struct log_event events[GROUP];
    uint64_t before = log_size(bench->log);
    uint64_t start_time = instant_monotonic();
    uint64_t first;
    unsigned random = 1;
    while (log_size(bench->log) < entries) {
        for (unsigned i = 0; i < GROUP; i++) {
            random = random * 1103515245u + 12345u;
            events[i] =
                (struct log_event){"record.read", bench->members[random / 65536 % PEOPLE], bench->person};
        }
        uint64_t left = entries - log_size(bench->log);
        must(bench,
            log_append(bench->log, events, left < GROUP ? (size_t)left : GROUP, &first, &bench->failure),
            "fill");
    }
    if (log_size(bench->log) > before)
        say("append in groups of 256", (double)(log_size(bench->log) - before) / seconds_since(start_time),
            "entries/s");
}

/* --- Opening, verifying, proving, asking --- */

static void reopen(struct bench *bench, const char *directory, const char *name)
{
    double times[MEDIAN_OF];
    for (int i = 0; i < MEDIAN_OF; i++) {
        log_free(bench->log);
        uint64_t start_time = instant_monotonic();
        must(bench, log_open(directory, &bench->keys, &bench->log, &bench->failure), "open");
        times[i] = seconds_since(start_time) * 1000;
    }
    qsort(times, MEDIAN_OF, sizeof times[0], compare_doubles);
    say(name, times[MEDIAN_OF / 2], "ms");
}

static const uint8_t *key_of(void *context, struct bytes actor)
{
    (void)actor;
    return sign_key_public(((struct bench *)context)->person).data;
}

static int show_problem(void *context, const struct log_problem *problem)
{
    (void)context;
    (void)fprintf(stderr, "problem at %llu: %s\n", (unsigned long long)problem->index, problem->what);
    return VAULT_EDAMAGED;
}

static void verify(struct bench *bench, bool signatures)
{
    struct log_verify_options options = {
        .context = bench, .public_key = key_of, .problem = show_problem, .skip_signatures = !signatures};
    struct log_verify_result result;
    uint64_t size = log_size(bench->log);
    if (signatures && size > 200000)
        options.from = size - 200000;
    uint64_t start_time = instant_monotonic();
    must(bench, log_verify(bench->log, &options, &result, &bench->failure), "verify");
    double seconds = seconds_since(start_time);
    if (!signatures) {
        say("verify: hashed and compared", (double)result.size / seconds, "leaves/s");
        say("verify: of one core", (double)result.size / ((double)result.hash_nanoseconds / 1e9), "leaves/s");
    } else {
        say("verify: signatures of one core",
            (double)result.signatures / ((double)result.signature_nanoseconds / 1e9), "signatures/s");
    }
}

static void prove(struct bench *bench)
{
    struct buffer proof = {0};
    uint64_t size = log_size(bench->log);
    uint64_t start_time = instant_monotonic();
    for (uint64_t i = 0; i < 1000; i++) {
        buffer_reset(&proof);
        must(bench, log_inclusion_proof(bench->log, i * (size / 1000), size, &proof, &bench->failure),
            "inclusion");
    }
    say("inclusion proof", seconds_since(start_time) * 1000, "us");
    start_time = instant_monotonic();
    for (uint64_t i = 0; i < 1000; i++) {
        buffer_reset(&proof);
        must(bench, log_consistency_proof(bench->log, i * (size / 1000) + 1, size, &proof, &bench->failure),
            "consistency");
    }
    say("consistency proof", seconds_since(start_time) * 1000, "us");
    buffer_free(&proof);
}

static int count_leaf(void *context, uint64_t index, struct bytes leaf)
{
    (void)index;
    (void)leaf;
    ++*(uint64_t *)context;
    return VAULT_OK;
}

static void ask(struct bench *bench, const char *name, struct log_query query)
{
    uint64_t found = 0;
    char line[64];
    uint64_t start_time = instant_monotonic();
    must(bench,
        log_index_query(
            bench->log, bench->store, bench->index_key, &query, count_leaf, &found, &bench->failure),
        "query");
    double seconds = seconds_since(start_time);
    (void)snprintf(line, sizeof line, "%s: %llu found", name, (unsigned long long)found);
    say(line, seconds * 1000, "ms");
    if (found > 0)
        say("  each", seconds * 1e6 / (double)found, "us");
}

static void query(struct bench *bench)
{
    uint64_t size = log_size(bench->log);
    uint64_t start_time = instant_monotonic();
    must(bench, store_begin(bench->store, &bench->failure), "begin");
    must(bench, log_index_update(bench->log, bench->store, bench->index_key, &bench->failure), "index");
    must(bench, store_commit(bench->store, &bench->failure), "commit");
    say("index", (double)size / seconds_since(start_time), "entries/s");

    /* "A month": the moments of one eightieth of the entries. */
    struct buffer leaf = {0};
    json_t *one = NULL;
    int64_t bounds[2];
    for (uint64_t i = 0; i < 2; i++) {
        buffer_reset(&leaf);
        must(bench, log_read(bench->log, size / 2 + i * (size / 80), &leaf, &bench->failure), "read");
        must(bench, json_read(buffer_bytes(&leaf), &one, &bench->failure), "json");
        if (!instant_parse(bytes_of_text(json_text(one, "time")), &bounds[i]))
            die(bench, "time");
        json_decref(one);
    }
    buffer_free(&leaf);
    ask(bench, "one person's month", (struct log_query){.actor = "u-5", .from = bounds[0], .to = bounds[1]});
    ask(bench, "one person, 100 of all times",
        (struct log_query){.actor = "u-5", .from = INT64_MIN, .to = INT64_MAX, .limit = 100});
    ask(bench, "nobody", (struct log_query){.actor = "u-99", .from = INT64_MIN, .to = INT64_MAX});
}

int main(int count, char **arguments)
{
    struct bench bench;
    struct rusage usage;
    if (count < 2) {
        (void)fprintf(stderr, "usage: log_bench DIRECTORY [ENTRIES]\n");
        return 1;
    }
    uint64_t entries = count > 2 ? strtoull(arguments[2], NULL, 10) : 100000;
    start(&bench, arguments[1]);
    say("append, 1 thread", append_median(&bench, 1, 400), "entries/s");
    say("append, 8 threads", append_median(&bench, 8, 1000), "entries/s");
    say("append, 32 threads", append_median(&bench, 32, 500), "entries/s");
    fill(&bench, entries);
    say("entries", (double)log_size(bench.log), "");
    reopen(&bench, arguments[1], "open");
    verify(&bench, false);
    verify(&bench, true);
    prove(&bench);
    query(&bench);
    (void)getrusage(RUSAGE_SELF, &usage);
    say("peak memory", (double)usage.ru_maxrss / 1024, "MiB");
    return 0;
}
