/* kill -9 at random moments: every acknowledged entry is there, and the log opens and verifies. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/log_fixture.h"

#define ROUNDS 100
#define WRITERS 3

struct writer {
    struct fixture *fixture;
    struct log *log;
    int out;
};

/* What is acknowledged: an index and the start of the leaf's own text. */
struct acknowledged {
    uint64_t index;
    uint32_t number;
};

static void *append_for_ever(void *context)
{
    struct writer *writer = context;
    struct log_event event = fixture_event(writer->fixture);
    for (uint32_t number = 0;; number++) {
        struct acknowledged said = {.number = number};
        struct log_event group[3] = {event, event, event};
        if (log_append(writer->log, group, 1 + number % 3, &said.index, NULL) != VAULT_OK ||
            write(writer->out, &said, sizeof said) != sizeof said)
            return NULL;
    }
}

static void run_child(struct fixture *fixture, int out)
{
    struct writer writer = {fixture, NULL, out};
    pthread_t threads[WRITERS];
    if (log_open(fixture->directory, &fixture->keys, &writer.log, NULL) != VAULT_OK)
        _exit(1);
    for (int i = 0; i < WRITERS; i++)
        if (pthread_create(&threads[i], NULL, append_for_ever, &writer) != 0)
            _exit(2);
    for (int i = 0; i < WRITERS; i++)
        (void)pthread_join(threads[i], NULL);
    _exit(3); /* not reached: it is killed */
}

/* One more life; the number of entries that were acknowledged so far. */
static uint64_t live_and_die(struct fixture *fixture, unsigned microseconds, uint64_t acknowledged)
{
    int ends[2];
    int status;
    struct acknowledged said;
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        run_child(fixture, ends[1]);
    }
    (void)close(ends[1]);
    struct timespec pause = {0, (long)microseconds * 1000};
    (void)nanosleep(&pause, NULL);
    cr_assert_eq(kill(child, SIGKILL), 0);
    while (read(ends[0], &said, sizeof said) == sizeof said)
        if (said.index + 1 + said.number % 3 > acknowledged)
            acknowledged = said.index + 1 + said.number % 3;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status), "the child ended by itself: %d", WEXITSTATUS(status));
    (void)close(ends[0]);
    return acknowledged;
}

Test(log_crash, every_acknowledged_entry_survives, .timeout = 120)
{
    struct fixture fixture;
    uint64_t acknowledged = 0;
    unsigned random = 12345;
    fixture_start(&fixture);
    log_free(fixture.log);
    fixture.log = NULL;
    /* A busy machine acknowledges little before a process is killed: then there are more rounds. */
    for (int round = 0; round < ROUNDS || (acknowledged <= ROUNDS && round < 20 * ROUNDS); round++) {
        random = random * 1103515245u + 12345u;
        acknowledged = live_and_die(&fixture, 1000 + random / 65536 % 12000, acknowledged);
        cr_assert_eq(log_open(fixture.directory, &fixture.keys, &fixture.log, &fixture.failure), VAULT_OK,
            "round %d: %s", round, fixture.failure.text);
        cr_assert_geq(log_size(fixture.log), acknowledged, "round %d", round);
        struct buffer leaf = {0};
        for (uint64_t back = 1; back <= 5 && back <= log_size(fixture.log); back++)
            cr_assert_eq(log_read(fixture.log, log_size(fixture.log) - back, &leaf, NULL), VAULT_OK);
        buffer_free(&leaf);
        if (round % 20 == 19) {
            struct found found;
            cr_assert_eq(fixture_verify(&fixture, &found), VAULT_OK);
            cr_assert_eq(found.problems, 0, "%s", found.what);
        }
        log_free(fixture.log);
        fixture.log = NULL;
    }
    cr_assert_gt(acknowledged, ROUNDS);
    fixture_end(&fixture);
}
