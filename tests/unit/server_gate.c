/* Logins that are tried too often, and too many at once. */
#include <criterion/criterion.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "vault/crypto/secret.h"
#include "vault/server/gate.h"

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
}

TestSuite(server_gate, .init = start, .timeout = 60);

static int fail_once(struct gate *gate, const char *user, const char *source, unsigned *again)
{
    int result = gate_enter(gate, user, source, again);
    if (result == VAULT_OK)
        gate_leave(gate, user, source, GATE_FAILED);
    return result;
}

/* The passphrase without a code, from elsewhere. */
static void gate_leave_again(struct gate *gate, const char *user, const char *source)
{
    char other[40];
    unsigned again;
    (void)snprintf(other, sizeof other, "%s, again", source);
    if (gate_enter(gate, user, other, &again) == VAULT_OK)
        gate_leave(gate, user, other, GATE_UNDECIDED);
}

Test(server_gate, failures_of_an_account_pause_it_from_everywhere)
{
    unsigned again;
    struct gate *gate = gate_new(1, 1);
    char source[32];
    for (unsigned i = 0; i <= GATE_FREE_TRIES; i++) {
        (void)snprintf(source, sizeof source, "192.0.2.%u", i);
        cr_assert_eq(fail_once(gate, "amy", source, &again), VAULT_OK);
    }
    cr_assert_eq(gate_enter(gate, "amy", "192.0.2.99", &again), VAULT_ELIMIT);
    cr_assert(again >= 1 && again <= 2, "%u", again);
    cr_assert_eq(fail_once(gate, "ben", "192.0.2.99", &again), VAULT_OK, "another account is not touched");
    gate_free(gate);
}

Test(server_gate, failures_of_a_source_pause_it_for_every_account)
{
    unsigned again;
    struct gate *gate = gate_new(1, 1);
    char user[32];
    for (unsigned i = 0; i <= GATE_FREE_TRIES; i++) {
        (void)snprintf(user, sizeof user, "user-%u", i);
        cr_assert_eq(fail_once(gate, user, "192.0.2.1", &again), VAULT_OK);
    }
    cr_assert_eq(gate_enter(gate, "amy", "192.0.2.1", &again), VAULT_ELIMIT);
    cr_assert_eq(fail_once(gate, "amy", "192.0.2.2", &again), VAULT_OK);
    gate_free(gate);
}

Test(server_gate, a_success_forgives_the_account)
{
    unsigned again;
    struct gate *gate = gate_new(1, 1);
    for (unsigned i = 0; i < GATE_FREE_TRIES; i++)
        cr_assert_eq(fail_once(gate, "amy", "here", &again), VAULT_OK);
    cr_assert_eq(gate_enter(gate, "amy", "here", &again), VAULT_OK);
    gate_leave(gate, "amy", "here", GATE_PASSED);
    for (unsigned i = 0; i < GATE_FREE_TRIES; i++)
        cr_assert_eq(fail_once(gate, "amy", i == 0 ? "here" : "there", &again), VAULT_OK, "%u", i);
    gate_free(gate);
}

Test(server_gate, who_fails_elsewhere_does_not_keep_the_owner_out)
{
    unsigned again = 0;
    struct gate *gate = gate_new(1, 1);
    char source[32];
    cr_assert_eq(gate_enter(gate, "amy", "her desk", &again), VAULT_OK);
    gate_leave(gate, "amy", "her desk", GATE_PASSED);
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(source, sizeof source, "198.51.%u.%u", i / 250, i % 250);
        (void)fail_once(gate, "amy", source, &again);
    }
    cr_assert_eq(gate_enter(gate, "amy", "somewhere new", &again), VAULT_ELIMIT, "the account pauses");
    cr_assert_leq(again, GATE_PAUSE_ACCOUNT + 1, "but never for long: %u", again);
    cr_assert_eq(gate_enter(gate, "amy", "her desk", &again), VAULT_OK, "and not from where she works");
    gate_leave(gate, "amy", "her desk", GATE_FAILED);
    for (unsigned i = 0; i < GATE_FREE_TRIES; i++)
        cr_assert_eq(fail_once(gate, "amy", "her desk", &again), VAULT_OK, "%u", i);
    cr_assert_eq(
        gate_enter(gate, "amy", "her desk", &again), VAULT_ELIMIT, "who guesses there meets a pause too");
    gate_free(gate);
}

Test(server_gate, codes_of_an_account_pause_by_themselves)
{
    unsigned again = 0;
    struct gate *gate = gate_new(1, 1);
    char source[32];
    for (unsigned i = 0; i <= GATE_FREE_TRIES; i++) {
        (void)snprintf(source, sizeof source, "192.0.2.%u", i);
        cr_assert_eq(gate_code(gate, "amy", &again), VAULT_OK);
        cr_assert_eq(gate_enter(gate, "amy", source, &again), VAULT_OK);
        gate_leave(gate, "amy", source, GATE_CODE);
        gate_leave_again(gate, "amy", source);
    }
    cr_assert_eq(gate_code(gate, "amy", &again), VAULT_ELIMIT, "what was not decided forgives nothing");
    cr_assert_eq(gate_code(gate, "bob", &again), VAULT_OK);
    gate_free(gate);
}

Test(server_gate, a_hundred_thousand_names_take_no_more_memory)
{
    unsigned again = 0;
    struct gate *gate = gate_new(1, 1);
    char name[32];
    struct mallinfo2 before = mallinfo2();
    for (unsigned i = 0; i < 100000; i++) {
        (void)snprintf(name, sizeof name, "name %u", i);
        (void)fail_once(gate, name, name, &again);
    }
    struct mallinfo2 after = mallinfo2();
    cr_assert_leq(after.uordblks, before.uordblks + 4096, "%zu, %zu", before.uordblks, after.uordblks);
    for (unsigned i = 0; i <= GATE_FREE_TRIES; i++)
        (void)fail_once(gate, "amy", "here", &again);
    cr_assert_eq(gate_enter(gate, "amy", "there", &again), VAULT_ELIMIT, "and it still works");
    gate_free(gate);
}

Test(server_gate, the_pause_grows_and_is_bounded)
{
    unsigned again = 0;
    struct gate *gate = gate_new(1, 1);
    for (unsigned i = 0; i <= GATE_FREE_TRIES; i++)
        cr_assert_eq(fail_once(gate, "amy", "here", &again), VAULT_OK);
    cr_assert_eq(gate_enter(gate, "amy", "here", &again), VAULT_ELIMIT);
    struct timespec pause = {.tv_sec = 1, .tv_nsec = 50000000};
    (void)nanosleep(&pause, NULL);
    cr_assert_eq(fail_once(gate, "amy", "here", &again), VAULT_OK, "after the pause");
    cr_assert_eq(gate_enter(gate, "amy", "here", &again), VAULT_ELIMIT);
    cr_assert(again >= 2 && again <= 3, "twice as long: %u", again);
    gate_free(gate);
}

/* --- Turns --- */

struct crowd {
    struct gate *gate;
    atomic_uint inside;
    atomic_uint most;
    atomic_uint served;
    atomic_uint refused;
};

static void *come(void *context)
{
    struct crowd *crowd = context;
    unsigned again;
    struct timespec work = {.tv_nsec = 20000000};
    if (gate_enter(crowd->gate, "somebody", "somewhere", &again) != VAULT_OK) {
        atomic_fetch_add(&crowd->refused, 1);
        return NULL;
    }
    unsigned inside = atomic_fetch_add(&crowd->inside, 1) + 1;
    unsigned most = atomic_load(&crowd->most);
    while (inside > most && !atomic_compare_exchange_weak(&crowd->most, &most, inside))
        continue;
    (void)nanosleep(&work, NULL);
    atomic_fetch_sub(&crowd->inside, 1);
    gate_leave(crowd->gate, "somebody", "somewhere", GATE_PASSED);
    atomic_fetch_add(&crowd->served, 1);
    return NULL;
}

Test(server_gate, a_storm_waits_or_is_sent_away)
{
    pthread_t threads[40];
    struct crowd crowd = {.gate = gate_new(2, 10)};
    for (size_t i = 0; i < 40; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, come, &crowd), 0);
    for (size_t i = 0; i < 40; i++)
        (void)pthread_join(threads[i], NULL);
    cr_assert_leq(atomic_load(&crowd.most), 2, "never more than two at once");
    cr_assert_geq(atomic_load(&crowd.served), 12);
    cr_assert_eq(atomic_load(&crowd.served) + atomic_load(&crowd.refused), 40);
    gate_free(crowd.gate);
}
