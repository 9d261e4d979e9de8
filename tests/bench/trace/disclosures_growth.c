/* How the vault's index of disclosures grows with the log: 10,000 clients of 20 records, 200 people, reads
 * (and one list in ten) by the million, fed as leaves into a SQLCipher store.  Prints a row for each number
 * of events: building at once, bytes, what keeping it costs a read (32,768 events a transaction, as sessions
 * do), a trace's questions, memory.  Seconds are of the processor. usage: disclosures_growth DIRECTORY
 * EVENTS...   (stores of about ten bytes an event are left in DIRECTORY) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/instant.h"
#include "vault/log/disclosures_private.h"
#include "vault/trace/disclosures.h"

#define CLIENTS 10000u
#define RECORDS 20u /* of each client */
#define PEOPLE 200u
#define ASKED 500u
#define AT_ONCE 1048576u
#define KEPT 32768u
#define ROUNDS 4u
#define BEGIN (INT64_C(1700000000000))
#define SPAN (INT64_C(3) * 365 * 86400000)

struct bench {
    char directory[4160];
    struct store *store;
    struct log *log;
    struct secret *key, *seed, *person_seed;
    struct sign_key *vault_key, *person;
    struct log_keys keys;
    struct disclosure_source source;
    struct ulid *clients, *records;
    uint64_t state, next_event;
    double span; /* milliseconds an event */
};

static uint32_t next(struct bench *bench, uint32_t below)
{
    bench->state = bench->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((bench->state >> 33) % below);
}

static void must(int result, const struct failure *failure)
{
    if (result == VAULT_OK)
        return;
    (void)fprintf(stderr, "disclosures_growth: %s: %s\n", vault_error_text(result), failure->text);
    exit(1);
}

static double processor(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- A store with rows to be found --- */

static void put_client(struct bench *bench, uint32_t row)
{
    struct failure failure = {0};
    struct statement *statement;
    bench->clients[row] = ulid_new();
    must(store_query(bench->store, QUERY_CLIENT_PUT, &statement, &failure), &failure);
    bind_bytes(statement, 1, ulid_bytes(&bench->clients[row]));
    bind_text(statement, 2, "main");
    bind_null(statement, 3);
    bind_null(statement, 4);
    bind_number(statement, 5, 1);
    bind_bytes(statement, 6, bytes_of_text("card"));
    bind_number(statement, 7, 0);
    must(statement_run(statement, &failure), &failure);
}

static void put_record(struct bench *bench, uint32_t row)
{
    struct failure failure = {0};
    struct statement *statement;
    static const char body[600];
    bench->records[row] = ulid_new();
    must(store_query(bench->store, QUERY_RECORD_PUT, &statement, &failure), &failure);
    bind_bytes(statement, 1, ulid_bytes(&bench->records[row]));
    bind_number(statement, 2, (row - 1) / RECORDS + 1);
    bind_number(statement, 3, 6);
    bind_text(statement, 4, "2025-03");
    bind_number(statement, 5, 1);
    bind_bytes(statement, 6, ulid_bytes(&bench->records[row]));
    for (int i = 7; i <= 9; i++)
        bind_bytes(statement, i, bytes_of_text("x"));
    bind_bytes(statement, 10, bytes_of(body, sizeof body));
    bind_text(statement, 11, "p001");
    bind_number(statement, 12, 0);
    bind_number(statement, 13, 0);
    bind_number(statement, 14, 0);
    must(statement_run(statement, &failure), &failure);
}

static void fill(struct bench *bench)
{
    struct failure failure = {0};
    struct statement *statement;
    bench->clients = calloc(CLIENTS + 1, sizeof *bench->clients);
    bench->records = calloc(CLIENTS * RECORDS + 1, sizeof *bench->records);
    must(store_begin(bench->store, &failure), &failure);
    must(store_query(bench->store, QUERY_PORTFOLIO_PUT, &statement, &failure), &failure);
    bind_text(statement, 1, "main");
    bind_number(statement, 2, 0);
    must(statement_run(statement, &failure), &failure);
    for (uint32_t i = 1; i <= CLIENTS; i++)
        put_client(bench, i);
    for (uint32_t i = 1; i <= CLIENTS * RECORDS; i++)
        put_record(bench, i);
    must(store_commit(bench->store, &failure), &failure);
}

static void start(struct bench *bench, const char *directory, uint64_t count)
{
    struct failure failure = {0};
    char path[8800];
    uint64_t first;
    memset(bench, 0, sizeof *bench);
    bench->state = 1;
    bench->next_event = 1;
    bench->span = (double)SPAN / ((double)count + KEPT * (ROUNDS + 1));
    (void)snprintf(bench->directory, sizeof bench->directory, "%s/disclosures-%llu", directory,
        (unsigned long long)count);
    (void)snprintf(path, sizeof path, "rm -rf '%s' && mkdir -p '%s'", bench->directory, bench->directory);
    if (crypto_start() != VAULT_OK || system(path) != 0)
        exit(1);
    bench->key = secret_random(KEY_SIZE);
    bench->seed = secret_random(KEY_SIZE);
    bench->person_seed = secret_random(KEY_SIZE);
    bench->vault_key = sign_key_from_seed(bench->seed);
    bench->person = sign_key_from_seed(bench->person_seed);
    bench->keys = (struct log_keys){.seal_key = bench->key,
        .vault_key = bench->vault_key,
        .origin = "strongroom.example/bench",
        .vault = ulid_new()};
    must(log_create(bench->directory, &bench->keys, &bench->log, &failure), &failure);
    json_t *members = json_pack(
        "{s:{s:s},s:{s:s},s:[]}", "actor", "id", "p001", "decision", "effect", "permit", "resources");
    struct log_event event = {"log.replay", members, bench->person};
    must(log_append(bench->log, &event, 1, &first, &failure), &failure);
    json_decref(members);
    (void)snprintf(path, sizeof path, "%s/store.db", bench->directory);
    must(store_create(path, bench->key, &bench->store, &failure), &failure);
    bench->source = (struct disclosure_source){bench->log, bench->store, &bench->keys.vault, bench->key};
    fill(bench);
}

/* --- Leaves --- */

/* Four in five of one's own clients; as a leaf has it, but for what the index does not read. */
static void feed_one(struct bench *bench, struct disclosure_index *index)
{
    struct failure failure = {0};
    char text[700], time[INSTANT_TEXT_SIZE], client_id[ULID_TEXT_SIZE], record_id[ULID_TEXT_SIZE];
    uint32_t person = next(bench, PEOPLE);
    uint32_t client =
        (next(bench, 5) != 0 ? next(bench, CLIENTS / PEOPLE) * PEOPLE + person : next(bench, CLIENTS)) + 1;
    uint32_t record = (client - 1) * RECORDS + next(bench, RECORDS) + 1;
    instant_format(BEGIN + (int64_t)((double)bench->next_event * bench->span), time);
    ulid_format(&bench->clients[client], client_id);
    ulid_format(&bench->records[record], record_id);
    int size =
        next(bench, 10) == 0
            ? snprintf(text, sizeof text,
                  "{\"actor\":{\"id\":\"p%03u\",\"type\":\"user\"},\"decision\":{\"effect\":\"permit\"},"
                  "\"event\":\"record.list\",\"resources\":[{\"id\":\"%s\",\"type\":\"client\"}],\"scope\":{}"
                  ","
                  "\"snapshot\":{\"records\":200000,\"replaced\":0},\"subject\":{\"id\":\"%s\"},\"time\":\"%"
                  "s\"}",
                  person, client_id, client_id, time)
            : snprintf(text, sizeof text,
                  "{\"actor\":{\"id\":\"p%03u\",\"type\":\"user\"},\"decision\":{\"effect\":\"permit\"},"
                  "\"event\":\"record.read\",\"resources\":[{\"id\":\"%s\",\"type\":\"record\",\"ver\":"
                  "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"version\":1}],\"subject\":{\"id\":\"%"
                  "s\"},"
                  "\"time\":\"%s\"}",
                  person, record_id, client_id, time);
    must(disclosure_index_feed_leaf(index, bench->next_event++, bytes_of(text, (size_t)size), &failure),
        &failure);
}

static int put(void *context, int64_t key, struct bytes plain, struct failure *failure)
{
    struct disclosure_index *index = context;
    return disclosure_row_write(&index->rows, key, plain, failure);
}

/* One transaction, as disclosure_index_update() makes it; the log's own reading is left to its bench. */
static void feed(struct bench *bench, uint64_t count)
{
    struct failure failure = {0};
    struct disclosure_index *index = NULL;
    must(store_begin(bench->store, &failure), &failure);
    must(disclosure_index_start(&bench->source, false, &index, &failure), &failure);
    index->put = put;
    index->context = index;
    for (uint64_t i = 0; i < count; i++)
        feed_one(bench, index);
    index->numbers.size = 1; /* of the log that there is */
    must(disclosure_index_flush(index, &failure), &failure);
    disclosure_index_free(index);
    must(store_commit(bench->store, &failure), &failure);
}

/* --- Asking --- */

static int count_one(void *context, const struct disclosure *disclosure)
{
    (void)disclosure;
    ++*(uint64_t *)context;
    return VAULT_OK;
}

/* What a trace of 500 rows asks: the clients' disclosures of the records that leaked, and reaches. */
static double ask(struct bench *bench, uint64_t *seen)
{
    struct failure failure = {0};
    struct disclosures *disclosures = NULL;
    uint32_t clients = 0;
    double began = processor();
    must(disclosures_open(bench->log, bench->store, &bench->keys.vault, bench->key, &disclosures, &failure),
        &failure);
    *seen = 0;
    for (uint32_t i = 0; i < ASKED; i++) {
        int64_t client = (int64_t)(i * 37 + 11) % CLIENTS + 1;
        int64_t record = (client - 1) * RECORDS + 1;
        struct disclosure_filter filter = {.before = INT64_MAX, .records = &record, .record_count = 1};
        must(disclosures_of_client(disclosures, client, &filter, count_one, seen, &failure), &failure);
    }
    for (uint32_t person = 0; person < disclosures_people(disclosures); person++) {
        must(disclosures_reach(disclosures, person, TRACE_SCOPE_ALL, 0, INT64_MAX, &clients, &failure),
            &failure);
        for (uint32_t month = 0; month < 36; month++)
            must(disclosures_reach(disclosures, person, TRACE_SCOPE_MONTH, trace_month(BEGIN / 1000) + month,
                     0, &clients, &failure),
                &failure);
    }
    disclosures_free(disclosures);
    return processor() - began;
}

/* Microseconds to take an entry out of a real log and to feed it: opened, parsed, rows looked up. */
static double read_log(struct bench *bench)
{
    struct failure failure = {0};
    struct disclosure_index *index = NULL;
    struct log_event events[256];
    uint64_t first;
    for (unsigned round = 0; round < 32; round++) {
        for (unsigned i = 0; i < 256; i++) {
            char client[ULID_TEXT_SIZE], record[ULID_TEXT_SIZE];
            uint32_t row = next(bench, CLIENTS * RECORDS) + 1;
            ulid_format(&bench->clients[(row - 1) / RECORDS + 1], client);
            ulid_format(&bench->records[row], record);
            json_t *members = json_pack(
                "{s:{s:s,s:s,s:{s:s}},s:{s:s,s:[s],s:s},s:s,s:s,s:[{s:s,s:s,s:s,s:i}],s:s,s:{s:s},s:{s:s}}",
                "actor", "id", "p001", "type", "user", "auth", "method", "passphrase", "decision", "effect",
                "permit", "policies", "accountant-works-on-assigned-clients", "policy_hash",
                "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "purpose", "task",
                "ticket", "2025-03", "resources", "id", record, "type", "record", "ver",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "version", 1, "session", record, "src",
                "host", "desk-7", "subject", "id", client);
            events[i] = (struct log_event){"record.read", members, bench->person};
        }
        must(log_append(bench->log, events, 256, &first, &failure), &failure);
        for (unsigned i = 0; i < 256; i++) {
            union {
                const json_t *borrowed;
                json_t *own;
            } members = {.borrowed = events[i].members};
            json_decref(members.own);
        }
    }
    double began = processor();
    must(disclosure_index_start(&bench->source, true, &index, &failure), &failure);
    must(disclosure_index_feed(index, log_size(bench->log), &failure), &failure);
    double took = processor() - began;
    disclosure_index_free(index);
    return took / 8192 * 1e6;
}

static long memory(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

static void measure(const char *directory, uint64_t count)
{
    struct bench bench;
    struct failure failure = {0};
    struct disclosure_index *index = NULL;
    struct disclosure_numbers numbers;
    uint64_t seen = 0;
    start(&bench, directory, count);
    double began = processor();
    for (uint64_t done = 0; done < count; done += AT_ONCE)
        feed(&bench, count - done < AT_ONCE ? count - done : AT_ONCE);
    double building = processor() - began;
    began = processor();
    for (unsigned i = 0; i < ROUNDS; i++)
        feed(&bench, KEPT);
    double keeping = processor() - began;
    must(disclosure_index_start(&bench.source, false, &index, &failure), &failure);
    must(disclosure_index_numbers(index, &numbers, &failure), &failure);
    disclosure_index_free(index);
    long built = memory();
    double first = ask(&bench, &seen);
    double again = ask(&bench, &seen);
    double reading = read_log(&bench);
    (void)printf("%11llu %9.2f %8.2f %9.1f %9.2f %8.2f %8.3f %8.3f %9llu %6ld %6ld\n",
        (unsigned long long)count, building / (double)count * 1e6,
        (double)numbers.bytes / (double)numbers.entries, (double)numbers.bytes / 1048576,
        keeping / (KEPT * ROUNDS) * 1e6, reading, first, again, (unsigned long long)seen, built, memory());
    (void)fflush(stdout);
    _exit(0);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fprintf(stderr, "usage: disclosures_growth DIRECTORY EVENTS...\n");
        return 1;
    }
    (void)printf("     events  us, built   B each  rows MiB  us, kept  us, log  first s   next s     shown   "
                 " MiB    MiB\n");
    (void)fflush(stdout);
    for (int i = 2; i < argc; i++) {
        pid_t child = fork();
        if (child == 0)
            measure(argv[1], strtoull(argv[i], NULL, 10));
        (void)waitpid(child, NULL, 0);
    }
    return 0;
}
