/* The bare limit of an accountable read: threads that each read a row through a SQLCipher connection of their
 * own, open its seal, and append 600 bytes to a file that all share, with one sync for as many as wait.  No
 * person, no decision, no signature, no server.
 *
 * usage: bare_bench DIRECTORY ROWS PEOPLE SECONDS THREADS...
 * ROWS of 1 KiB in a database that it makes in DIRECTORY and leaves there; a thread is one of PEOPLE and
 * reads that one's rows at random.  Page size, cache and journal are those of a vault.  A JSON line for each
 * number of threads. */
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/crypto/seal.h"

#define ROW 1024
#define EVENT 600
#define TIMES_MAX ((size_t)1 << 20)
#define KEY "x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'"

static char *database;
static long rows;
static long people;
static struct secret *key;
static atomic_bool over;

/* --- The file that all append to --- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t synced;
    int file;
    off_t end;
    unsigned long written; /* appends */
    unsigned long durable;
    bool syncing;
} common = {.lock = PTHREAD_MUTEX_INITIALIZER, .synced = PTHREAD_COND_INITIALIZER};

static void append(void)
{
    static const char event[EVENT];
    (void)pthread_mutex_lock(&common.lock);
    if (pwrite(common.file, event, sizeof event, common.end) != EVENT)
        exit(1);
    common.end += EVENT;
    unsigned long mine = ++common.written;
    while (common.durable < mine) {
        if (common.syncing) {
            (void)pthread_cond_wait(&common.synced, &common.lock);
            continue;
        }
        unsigned long all = common.written;
        common.syncing = true;
        (void)pthread_mutex_unlock(&common.lock);
        if (fdatasync(common.file) != 0)
            exit(1);
        (void)pthread_mutex_lock(&common.lock);
        common.durable = all;
        common.syncing = false;
        (void)pthread_cond_broadcast(&common.synced);
    }
    (void)pthread_mutex_unlock(&common.lock);
}

/* --- The rows --- */

static void must(int code, int wanted, sqlite3 *connection)
{
    if (code == wanted)
        return;
    (void)fprintf(stderr, "bare_bench: %s\n", sqlite3_errmsg(connection));
    _exit(1); /* other threads are still at it */
}

static sqlite3 *open_database(void)
{
    sqlite3 *connection = NULL;
    must(sqlite3_open_v2(
             database, &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL),
        SQLITE_OK, connection);
    (void)sqlite3_busy_timeout(connection, 10000);
    must(sqlite3_exec(connection,
             "PRAGMA key = \"" KEY "\"; PRAGMA cipher_page_size = 8192; PRAGMA cipher_memory_security = OFF;"
             "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;",
             NULL, NULL, NULL),
        SQLITE_OK, connection);
    return connection;
}

static void make_rows(void)
{
    static const uint8_t plain[ROW];
    struct buffer sealed = {0};
    sqlite3_stmt *put = NULL;
    sqlite3 *connection = open_database();
    must(sqlite3_exec(
             connection, "CREATE TABLE record (row INTEGER PRIMARY KEY, body BLOB); BEGIN", NULL, NULL, NULL),
        SQLITE_OK, connection);
    must(sqlite3_prepare_v2(connection, "INSERT INTO record VALUES (?1, ?2)", -1, &put, NULL), SQLITE_OK,
        connection);
    for (long i = 0; i < rows; i++) {
        buffer_reset(&sealed);
        if (seal(key, bytes_of(&i, sizeof i), bytes_of(plain, sizeof plain), &sealed) != VAULT_OK)
            exit(1);
        (void)sqlite3_bind_int64(put, 1, i);
        (void)sqlite3_bind_blob64(put, 2, sealed.data, sealed.size, SQLITE_STATIC);
        must(sqlite3_step(put), SQLITE_DONE, connection);
        (void)sqlite3_reset(put);
    }
    (void)sqlite3_finalize(put);
    must(sqlite3_exec(connection, "COMMIT", NULL, NULL, NULL), SQLITE_OK, connection);
    (void)sqlite3_close(connection);
    buffer_free(&sealed);
}

/* --- The threads --- */

struct thread {
    pthread_t handle;
    long number;
    size_t count;
    uint32_t *times; /* microseconds */
};

static void read_one(sqlite3_stmt *get, sqlite3 *connection, long row, struct buffer *plain)
{
    (void)sqlite3_bind_int64(get, 1, row);
    must(sqlite3_step(get), SQLITE_ROW, connection);
    const void *body = sqlite3_column_blob(get, 0);
    buffer_reset(plain);
    if (seal_open(key, bytes_of(&row, sizeof row), bytes_of(body, (size_t)sqlite3_column_bytes(get, 0)),
            plain) != VAULT_OK)
        exit(1);
    (void)sqlite3_reset(get);
}

static void *run(void *context)
{
    struct thread *thread = context;
    struct buffer plain = {0};
    sqlite3_stmt *get = NULL;
    unsigned seed = (unsigned)thread->number + 1;
    long each = rows / people;
    sqlite3 *connection = open_database();
    must(sqlite3_prepare_v2(connection, "SELECT body FROM record WHERE row = ?1", -1, &get, NULL), SQLITE_OK,
        connection);
    while (!atomic_load(&over)) {
        uint64_t start = instant_monotonic();
        append();
        read_one(get, connection, thread->number % people + people * (rand_r(&seed) % each), &plain);
        if (thread->count < TIMES_MAX)
            thread->times[thread->count++] = (uint32_t)((instant_monotonic() - start) / 1000);
    }
    (void)sqlite3_finalize(get);
    (void)sqlite3_close(connection);
    buffer_free(&plain);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void tell(const struct thread *threads, long count, double seconds)
{
    size_t total = 0;
    size_t at = 0;
    for (long i = 0; i < count; i++)
        total += threads[i].count;
    uint32_t *all = malloc((total + 1) * sizeof *all);
    for (long i = 0; i < count; i++) {
        memcpy(all + at, threads[i].times, threads[i].count * sizeof *all);
        at += threads[i].count;
    }
    qsort(all, total, sizeof *all, compare);
    (void)printf("{\"clients\":%ld,\"per_second\":%.1f,\"p50_us\":%u,\"p99_us\":%u,\"refused\":0}\n", count,
        (double)total / seconds, total == 0 ? 0 : all[total / 2], total == 0 ? 0 : all[total * 99 / 100]);
    free(all);
}

static void measure(long count, double seconds)
{
    struct thread *threads = calloc((size_t)count, sizeof *threads);
    atomic_store(&over, false);
    uint64_t start = instant_monotonic();
    for (long i = 0; i < count; i++) {
        threads[i].number = i;
        threads[i].times = malloc(TIMES_MAX * sizeof(uint32_t));
        if (pthread_create(&threads[i].handle, NULL, run, &threads[i]) != 0)
            exit(1);
    }
    (void)usleep((useconds_t)(seconds * 1e6));
    atomic_store(&over, true);
    for (long i = 0; i < count; i++)
        (void)pthread_join(threads[i].handle, NULL);
    tell(threads, count, (double)(instant_monotonic() - start) / 1e9);
    for (long i = 0; i < count; i++)
        free(threads[i].times);
    free(threads);
}

int main(int argc, char **argv)
{
    static const uint8_t fixed[KEY_SIZE];
    if (argc < 6 || crypto_start() != VAULT_OK) {
        (void)fprintf(stderr, "usage: bare_bench DIRECTORY ROWS PEOPLE SECONDS THREADS...\n");
        return 1;
    }
    char *log = file_path(argv[1], "bare.log");
    database = file_path(argv[1], "bare.db");
    rows = strtol(argv[2], NULL, 10);
    people = strtol(argv[3], NULL, 10);
    key = secret_copy(bytes_of(fixed, sizeof fixed));
    if (log == NULL || database == NULL || key == NULL || people < 1 || rows < people)
        return 1;
    if (!file_exists(database))
        make_rows();
    common.file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (common.file < 0)
        return 1;
    sqlite3 *first = open_database(); /* so that the others need not begin with its journal */
    for (int i = 5; i < argc; i++)
        measure(strtol(argv[i], NULL, 10), atof(argv[4]));
    (void)sqlite3_close(first);
    (void)close(common.file);
    secret_free(key);
    free(log);
    free(database);
    return 0;
}
