#include "vault/server/gate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vault/base/instant.h"
#include "vault/crypto/hash.h"

#define SECOND UINT64_C(1000000000)
#define PLACES 4096u /* of failures that are remembered */
#define KNOWN 1024u  /* accounts with a place from which they logged in; only who gets in fills it */
#define KNOWN_SECONDS (30u * 24 * 3600)
#define WAYS 8u /* places where one name may be found */
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
    struct failures known[KNOWN];
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

struct table {
    struct failures *places;
    size_t count;
    uint64_t seconds; /* then a place is free again */
};

static struct table failures_of(struct gate *gate)
{
    return (struct table){gate->places, PLACES, GATE_FORGET_SECONDS};
}

static struct table known_of(struct gate *gate)
{
    return (struct table){gate->known, KNOWN, KNOWN_SECONDS};
}

static bool is_over(const struct table *table, const struct failures *place, uint64_t now)
{
    return place->last == 0 || now - place->last > table->seconds * SECOND;
}

/* The place of a name, or the one that it would get: a free one, else the oldest. */
static struct failures *find_in(
    struct gate *gate, struct table table, const char *label, struct bytes name, bool make, uint64_t now)
{
    uint8_t token[16];
    keyed_token(gate->key, label, name, token, sizeof token);
    size_t start = ((size_t)token[0] << 8 | token[1]) % table.count;
    struct failures *best = NULL;
    for (size_t i = 0; i < WAYS; i++) {
        struct failures *place = &table.places[(start + i) % table.count];
        if (!is_over(&table, place, now) && memcmp(place->name, token, sizeof token) == 0)
            return place;
        if (is_over(&table, place, now))
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

static struct failures *find(struct gate *gate, const char *label, const char *name, bool make, uint64_t now)
{
    return find_in(gate, failures_of(gate), label, bytes_of_text(name), make, now);
}

/* An account at a place: in `known` if somebody logged in so, in the other table for his failures there. */
static struct failures *find_pair(
    struct gate *gate, struct table table, const char *user, const char *source, bool make, uint64_t now)
{
    struct buffer name = {0};
    buffer_put_block(&name, bytes_of_text(user));
    buffer_put_block(&name, bytes_of_text(source));
    struct failures *place = buffer_error(&name) == VAULT_OK
                                 ? find_in(gate, table, "together", buffer_bytes(&name), make, now)
                                 : NULL;
    buffer_free(&name);
    return place;
}

static bool is_known(struct gate *gate, const char *user, const char *source, uint64_t now)
{
    return find_pair(gate, known_of(gate), user, source, false, now) != NULL;
}

/* 1, 2, 4, … seconds from the failure that is one too many. */
static unsigned pause_left(const struct failures *place, unsigned max, uint64_t now)
{
    if (place == NULL || place->count <= GATE_FREE_TRIES)
        return 0;
    unsigned doublings = place->count - GATE_FREE_TRIES - 1;
    uint64_t pause = doublings >= 9 ? max : UINT64_C(1) << doublings;
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
    const struct failures *counted = is_known(gate, user, source, now)
                                         ? find_pair(gate, failures_of(gate), user, source, false, now)
                                         : find(gate, "account", user, false, now);
    unsigned account = pause_left(counted, GATE_PAUSE_ACCOUNT, now);
    unsigned from = pause_left(find(gate, "source", source, false, now), GATE_PAUSE_MAX, now);
    int result = account > 0 || from > 0 ? VAULT_ELIMIT : wait_for_turn(gate);
    (void)pthread_mutex_unlock(&gate->lock);
    *retry_after = result == VAULT_OK      ? 0
                   : result == VAULT_EBUSY ? WAIT_SECONDS
                   : account > from        ? account
                                           : from;
    return result;
}

int gate_code(struct gate *gate, const char *user, unsigned *retry_after)
{
    uint64_t now = instant_monotonic();
    (void)pthread_mutex_lock(&gate->lock);
    *retry_after = pause_left(find(gate, "code", user, false, now), GATE_PAUSE_CODE, now);
    (void)pthread_mutex_unlock(&gate->lock);
    return *retry_after > 0 ? VAULT_ELIMIT : VAULT_OK;
}

/* Each is found after the one before was put: two names may have met in one place. */
static void count_all(struct gate *gate, const char *user, const char *source, bool code, uint64_t now)
{
    count_failure(find(gate, "account", user, true, now), now);
    count_failure(find(gate, "source", source, true, now), now);
    if (code)
        count_failure(find(gate, "code", user, true, now), now);
    struct failures *pair = is_known(gate, user, source, now)
                                ? find_pair(gate, failures_of(gate), user, source, true, now)
                                : NULL;
    if (pair != NULL)
        count_failure(pair, now);
}

static void forget(struct failures *place)
{
    if (place != NULL)
        place->last = 0;
}

static void forgive(struct gate *gate, const char *user, const char *source, uint64_t now)
{
    forget(find(gate, "account", user, false, now));
    forget(find(gate, "code", user, false, now));
    forget(find_pair(gate, failures_of(gate), user, source, false, now));
    struct failures *from = find(gate, "source", source, false, now);
    if (from != NULL)
        from->count /= 2; /* not forgiven: one account of his own would let a guesser go on at all others */
    struct failures *known = find_pair(gate, known_of(gate), user, source, true, now);
    if (known != NULL)
        known->last = now;
}

void gate_leave(struct gate *gate, const char *user, const char *source, enum gate_end end)
{
    uint64_t now = instant_monotonic();
    (void)pthread_mutex_lock(&gate->lock);
    gate->running--;
    (void)pthread_cond_signal(&gate->free);
    if (end == GATE_FAILED || end == GATE_CODE)
        count_all(gate, user, source, end == GATE_CODE, now);
    else if (end == GATE_PASSED)
        forgive(gate, user, source, now);
    (void)pthread_mutex_unlock(&gate->lock);
}
