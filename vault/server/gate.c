#include "vault/server/gate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vault/base/instant.h"
#include "vault/crypto/hash.h"

#define SECOND UINT64_C(1000000000)
#define PLACES 4096u /* of failures that are remembered */
#define WAYS 8u      /* places where one name may be found */
#define WAIT_SECONDS 5

struct failures {
    uint8_t name[16]; /* keyed hash of the account or the source */
    uint64_t last;    /* monotonic; 0: a free place */
    unsigned count;
};

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t free;
    unsigned at_once;
    unsigned waiting_max;
    unsigned running;
    unsigned waiting;
    struct secret *key; /* so that nobody outside can choose names that share a place */
    struct failures places[PLACES];
};

struct gate *gate_new(unsigned at_once, unsigned waiting)
{
    struct gate *gate = calloc(1, sizeof *gate);
    pthread_condattr_t attributes;
    if (gate == NULL)
        return NULL;
    gate->key = secret_random(KEY_SIZE);
    if (gate->key == NULL) {
        free(gate);
        return NULL;
    }
    gate->at_once = at_once;
    gate->waiting_max = waiting;
    (void)pthread_mutex_init(&gate->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&gate->free, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    return gate;
}

void gate_free(struct gate *gate)
{
    if (gate == NULL)
        return;
    secret_free(gate->key);
    (void)pthread_mutex_destroy(&gate->lock);
    (void)pthread_cond_destroy(&gate->free);
    free(gate);
}

/* --- Failures --- */

static bool is_over(const struct failures *place, uint64_t now)
{
    return place->last == 0 || now - place->last > GATE_FORGET_SECONDS * SECOND;
}

/* The place of a name, or the one that it would get: a free one, else the oldest. */
static struct failures *find(struct gate *gate, const char *label, const char *name, bool make, uint64_t now)
{
    uint8_t token[16];
    keyed_token(gate->key, label, bytes_of_text(name), token, sizeof token);
    size_t start = ((size_t)token[0] << 8 | token[1]) % PLACES;
    struct failures *best = NULL;
    for (size_t i = 0; i < WAYS; i++) {
        struct failures *place = &gate->places[(start + i) % PLACES];
        if (!is_over(place, now) && memcmp(place->name, token, sizeof token) == 0)
            return place;
        if (is_over(place, now))
            place->last = 0;
        if (best == NULL || place->last < best->last)
            best = place;
    }
    if (!make)
        return NULL;
    *best = (struct failures){.last = now};
    memcpy(best->name, token, sizeof token);
    return best;
}

/* 1, 2, 4, … seconds from the failure that is one too many. */
static unsigned pause_left(const struct failures *place, unsigned max, uint64_t now)
{
    if (place == NULL || place->count <= GATE_FREE_TRIES)
        return 0;
    unsigned doublings = place->count - GATE_FREE_TRIES - 1;
    uint64_t pause = doublings >= 6 ? max : UINT64_C(1) << doublings;
    uint64_t until = place->last + (pause > max ? max : pause) * SECOND;
    return now >= until ? 0 : (unsigned)((until - now) / SECOND) + 1;
}

static void count_failure(struct failures *place, uint64_t now)
{
    place->last = now;
    if (place->count < 1000)
        place->count++;
}

/* --- Turns --- */

static int wait_for_turn(struct gate *gate)
{
    struct timespec until;
    int waited = 0;
    if (gate->running < gate->at_once) {
        gate->running++;
        return VAULT_OK;
    }
    if (gate->waiting >= gate->waiting_max)
        return VAULT_EBUSY;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_SECONDS;
    gate->waiting++;
    while (gate->running >= gate->at_once && waited == 0)
        waited = pthread_cond_timedwait(&gate->free, &gate->lock, &until);
    gate->waiting--;
    if (gate->running >= gate->at_once)
        return VAULT_EBUSY;
    gate->running++;
    return VAULT_OK;
}

int gate_enter(struct gate *gate, const char *user, const char *source, unsigned *retry_after)
{
    uint64_t now = instant_monotonic();
    (void)pthread_mutex_lock(&gate->lock);
    unsigned account = pause_left(find(gate, "account", user, false, now), GATE_PAUSE_ACCOUNT, now);
    unsigned from = pause_left(find(gate, "source", source, false, now), GATE_PAUSE_MAX, now);
    int result = account > 0 || from > 0 ? VAULT_ELIMIT : wait_for_turn(gate);
    (void)pthread_mutex_unlock(&gate->lock);
    *retry_after = result == VAULT_OK      ? 0
                   : result == VAULT_EBUSY ? WAIT_SECONDS
                   : account > from        ? account
                                           : from;
    return result;
}

void gate_leave(struct gate *gate, const char *user, const char *source, bool failed)
{
    uint64_t now = instant_monotonic();
    (void)pthread_mutex_lock(&gate->lock);
    gate->running--;
    (void)pthread_cond_signal(&gate->free);
    struct failures *account = find(gate, "account", user, failed, now);
    if (account != NULL && failed)
        count_failure(account, now);
    else if (account != NULL)
        account->last = 0;
    /* Found after the account was put: two names may have met in one place. */
    struct failures *from = find(gate, "source", source, failed, now);
    if (from != NULL && failed)
        count_failure(from, now);
    else if (from != NULL)
        from->count /= 2; /* not forgiven: one account of his own would let a guesser go on at all others */
    (void)pthread_mutex_unlock(&gate->lock);
}
