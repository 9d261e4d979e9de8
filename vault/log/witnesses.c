#include "vault/log/witnesses.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/log/log_private.h"
#include "vault/log/remember.h"
#include "vault/log/witnesses_private.h"

#define CONNECT_MS 1500u
#define TOTAL_MS 3000u
#define TURN_MS 4000u /* to wait for another process that is sending */
#define JUST_NOW 2u   /* seconds: another process has asked while we waited */

/* --- Opening --- */

static int add_witness(struct witnesses *w, const struct log_witness *witness, struct failure *failure)
{
    struct asked_witness *asked = &w->list[w->count];
    struct http_server server = {.url = witness->url,
        .pin = witness->pin,
        .ca = witness->ca,
        .connect_ms = CONNECT_MS,
        .total_ms = TOTAL_MS};
    asked->key = witness->key;
    int result = http_client_new(&server, &asked->client, failure);
    if (result == VAULT_OK)
        w->count++;
    return result;
}

static int set_up(struct witnesses *w, const struct witnesses_options *options, struct failure *failure)
{
    pthread_condattr_t attributes;
    (void)pthread_mutex_init(&w->sending, NULL);
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&w->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    w->path = file_path(options->directory, "log.witnesses");
    w->lock_path = file_path(options->directory, "log.witnesses.lock");
    w->proofs = strdup(options->proofs != NULL ? options->proofs : options->directory);
    w->quorum = options->quorum;
    if (w->path == NULL || w->lock_path == NULL || w->proofs == NULL)
        return VAULT_ENOMEM;
    int result = note_key_make(
        options->keys->origin, NOTE_ED25519, sign_key_public(options->keys->vault_key), &w->log_key);
    for (size_t i = 0; i < options->count && result == VAULT_OK; i++)
        result = add_witness(w, &options->list[i], failure);
    return result;
}

int witnesses_open(const struct witnesses_options *options, struct witnesses **wp, struct failure *failure)
{
    *wp = NULL;
    if (options->count == 0 || options->count > WITNESSES_MAX || options->quorum == 0 ||
        options->quorum > options->count)
        return failure_set(failure, VAULT_EUSAGE, "%zu witnesses with a quorum of %zu cannot be asked",
            options->count, options->quorum);
    struct witnesses *w = calloc(1, sizeof *w);
    int result = w == NULL ? VAULT_ENOMEM : set_up(w, options, failure);
    if (result == VAULT_OK)
        result = log_open(options->directory, options->keys, &w->log, failure);
    if (result == VAULT_OK)
        result = cache_load(w);
    if (result != VAULT_OK) {
        witnesses_free(w);
        return failure_set(failure, result, "the witnesses: %s", vault_error_text(result));
    }
    *wp = w;
    return VAULT_OK;
}

void witnesses_free(struct witnesses *w)
{
    if (w == NULL)
        return;
    thread_stop(w);
    for (size_t i = 0; i < w->count; i++)
        http_client_free(w->list[i].client);
    held_free_all(w);
    log_free(w->log);
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_mutex_destroy(&w->lock);
    (void)pthread_mutex_destroy(&w->sending);
    free(w->path);
    free(w->lock_path);
    free(w->proofs);
    free(w);
}

/* --- What was kept --- */

int witnesses_check(struct witnesses *w, struct failure *failure)
{
    int result = VAULT_OK;
    (void)pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < w->held_count && result == VAULT_OK; i++) {
        struct failure why = {0};
        result = log_extends(w->log, buffer_bytes(&w->held[i]->note), &why);
        if (result == VAULT_EROLLBACK) {
            struct buffer theirs = {0};
            held_format(w->held[i], &theirs);
            remember_keep(w->log, w->proofs, buffer_bytes(&theirs), failure);
            buffer_free(&theirs);
            (void)failure_set(failure, result, "%s (cosigned by witnesses)", why.text);
        } else if (result != VAULT_OK) {
            (void)failure_set(failure, result, "%s", why.text);
        }
    }
    (void)pthread_mutex_unlock(&w->lock);
    return result;
}

void witnesses_accept(struct witnesses *w)
{
    char *aside = NULL;
    char time[INSTANT_TEXT_SIZE];
    instant_format(instant_now(), time);
    (void)pthread_mutex_lock(&w->lock);
    w->accepted = true;
    held_free_all(w);
    if (asprintf(&aside, "%s.accepted-%s", w->path, time) >= 0)
        (void)!rename(w->path, aside);
    (void)pthread_mutex_unlock(&w->lock);
    free(aside);
}

int witnesses_contradiction(struct witnesses *w, struct failure *failure)
{
    (void)pthread_mutex_lock(&w->lock);
    struct failure found = w->contradiction;
    (void)pthread_mutex_unlock(&w->lock);
    if (found.error == VAULT_OK)
        return VAULT_OK;
    failure_remedy(failure, "%s", found.remedy);
    return failure_set(failure, found.error, "%s", found.text);
}

uint64_t witnesses_size(struct witnesses *w)
{
    (void)pthread_mutex_lock(&w->lock);
    const struct held *held = held_quorum(w);
    uint64_t size = held == NULL ? 0 : held->size;
    (void)pthread_mutex_unlock(&w->lock);
    return size;
}

bool witnesses_fresh(struct witnesses *w, uint64_t seconds)
{
    uint64_t now = (uint64_t)(instant_now() / 1000);
    size_t count = 0;
    (void)pthread_mutex_lock(&w->lock);
    const struct held *held = held_quorum(w);
    for (size_t i = 0; held != NULL && i < w->count; i++)
        count += held->lines[i].size > 0 && held->times[i] + seconds > now;
    (void)pthread_mutex_unlock(&w->lock);
    return count >= w->quorum;
}

int witnesses_checkpoint(struct witnesses *w, struct buffer *note, uint64_t *size, struct failure *failure)
{
    *size = 0;
    (void)pthread_mutex_lock(&w->lock);
    const struct held *held = held_quorum(w);
    if (held != NULL) {
        *size = held->size;
        held_format(held, note);
    }
    (void)pthread_mutex_unlock(&w->lock);
    if (held == NULL)
        return failure_set(failure, VAULT_ENOTFOUND, "no checkpoint has a quorum of cosignatures yet");
    return buffer_error(note);
}

void witnesses_state(struct witnesses *w, size_t index, struct witness_state *state)
{
    *state = (struct witness_state){0};
    (void)pthread_mutex_lock(&w->lock);
    const struct held *held = index < w->count ? held_of(w, index) : NULL;
    if (held != NULL)
        *state = (struct witness_state){.size = held->size, .time = held->times[index]};
    (void)pthread_mutex_unlock(&w->lock);
}

/* --- Sending --- */

/* One process at a time. -1: not in time. */
static int take_turn(struct witnesses *w)
{
    const struct timespec moment = {.tv_nsec = 3000000};
    uint64_t start = instant_monotonic();
    int descriptor = open(w->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    while (descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if ((errno != EWOULDBLOCK && errno != EINTR) ||
            instant_monotonic() - start > (uint64_t)TURN_MS * 1000000u) {
            (void)close(descriptor);
            return -1;
        }
        (void)nanosleep(&moment, NULL);
    }
    return descriptor;
}

struct errand {
    struct witnesses *w;
    size_t witness;
    int result;
    struct failure failure;
};

static void *run_errand(void *context)
{
    struct errand *errand = context;
    errand->result = ask_witness(errand->w, errand->witness, &errand->failure);
    return NULL;
}

/* All who lack it at the same time, so that it takes as long as the slowest. */
static void ask_all(struct witnesses *w, uint64_t needed, struct errand *errands, size_t *count)
{
    pthread_t threads[WITNESSES_MAX];
    bool started[WITNESSES_MAX] = {false};
    uint64_t now = (uint64_t)(instant_now() / 1000);
    *count = 0;
    for (size_t i = 0; i < w->count; i++) {
        struct witness_state state;
        witnesses_state(w, i, &state);
        if (state.size >= needed && state.time + JUST_NOW >= now)
            continue;
        errands[(*count)++] = (struct errand){.w = w, .witness = i};
    }
    for (size_t i = 1; i < *count; i++)
        started[i] = pthread_create(&threads[i], NULL, run_errand, &errands[i]) == 0;
    for (size_t i = 0; i < *count; i++) {
        if (started[i])
            (void)pthread_join(threads[i], NULL);
        else
            (void)run_errand(&errands[i]);
    }
}

static int send_now(struct witnesses *w, uint64_t needed, struct failure *failure)
{
    struct errand errands[WITNESSES_MAX];
    size_t count;
    int result = VAULT_OK;
    ask_all(w, needed, errands, &count);
    (void)pthread_mutex_lock(&w->lock);
    cache_store(w);
    (void)pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        if (errands[i].result == VAULT_EROLLBACK) {
            result = VAULT_EROLLBACK;
            *failure = errands[i].failure;
        }
    }
    for (size_t i = 0; i < count && result == VAULT_OK && witnesses_size(w) < needed; i++) {
        if (errands[i].result != VAULT_OK) {
            result = VAULT_EIO;
            failure_remedy(failure, "%s", errands[i].failure.remedy);
            (void)failure_set(failure, result, "%s", errands[i].failure.text);
        }
    }
    return result;
}

int witnesses_send(struct witnesses *w, struct failure *failure)
{
    struct failure own = {0};
    struct failure *say = failure == NULL ? &own : failure;
    (void)pthread_mutex_lock(&w->sending);
    (void)pthread_mutex_lock(&w->lock);
    int result = log_refresh(w->log, say);
    uint64_t needed = log_size(w->log);
    (void)pthread_mutex_unlock(&w->lock);
    int turn = result == VAULT_OK ? take_turn(w) : -1;
    if (result == VAULT_OK && turn < 0)
        result = failure_set(say, VAULT_EIO, "%s: another process is sending for too long", w->lock_path);
    if (result == VAULT_OK) {
        /* Another process may have done it meanwhile. */
        (void)pthread_mutex_lock(&w->lock);
        result = cache_load(w);
        (void)pthread_mutex_unlock(&w->lock);
    }
    if (result == VAULT_OK)
        result = send_now(w, needed, say);
    if (turn >= 0)
        (void)close(turn);
    (void)pthread_mutex_unlock(&w->sending);
    return result;
}
