/* Sending as the log grows. */
#include <errno.h>
#include <time.h>

#include "vault/base/instant.h"
#include "vault/log/witnesses_private.h"

#define TICK_MS 400
#define HEARTBEAT_SECONDS 60u
#define PATIENCE_MAX_MS 5000u /* between attempts at witnesses that do not answer */

/* Wait for a tick or the end; true: the end. Under the lock. */
static bool wait_tick(struct witnesses *w, unsigned milliseconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!w->stop && pthread_cond_timedwait(&w->wake, &w->lock, &until) != ETIMEDOUT)
        ;
    return w->stop;
}

static bool is_due(struct witnesses *w, uint64_t sent)
{
    const struct held *held = held_quorum(w);
    if (log_refresh(w->log, NULL) != VAULT_OK)
        return false; /* the one who appends will say why */
    if (held == NULL || held->size < log_size(w->log))
        return true;
    return instant_monotonic() - sent >= (uint64_t)HEARTBEAT_SECONDS * 1000000000u;
}

static void *run(void *context)
{
    struct witnesses *w = context;
    unsigned patience = TICK_MS;
    uint64_t sent = instant_monotonic();
    (void)pthread_mutex_lock(&w->lock);
    while (!wait_tick(w, patience)) {
        struct failure failure = {0};
        if (!is_due(w, sent))
            continue;
        (void)pthread_mutex_unlock(&w->lock);
        int result = witnesses_send(w, &failure);
        (void)pthread_mutex_lock(&w->lock);
        if (result == VAULT_EROLLBACK && w->contradiction.error == VAULT_OK)
            w->contradiction = failure;
        patience = result == VAULT_OK               ? TICK_MS
                   : 2 * patience < PATIENCE_MAX_MS ? 2 * patience
                                                    : PATIENCE_MAX_MS;
        if (result == VAULT_OK)
            sent = instant_monotonic();
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

int witnesses_start(struct witnesses *w)
{
    if (w->running)
        return VAULT_OK;
    w->running = pthread_create(&w->thread, NULL, run, w) == 0;
    return w->running ? VAULT_OK : VAULT_ENOMEM;
}

void thread_stop(struct witnesses *w)
{
    if (!w->running)
        return;
    (void)pthread_mutex_lock(&w->lock);
    w->stop = true;
    (void)pthread_cond_signal(&w->wake);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    w->running = false;
}
