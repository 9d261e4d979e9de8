/* Callers of log_append() queue up; one of them leads, writes everything that is ready with one sync, and
 * hands over to whoever came meanwhile.  A caller who has to wait signs and seals its own entries in that
 * time, hoping for the next index; where the hope was wrong the leader does it again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/log/log_private.h"

#define BATCH_REQUESTS 512
#define BATCH_BYTES ((size_t)4 << 20)
#define FRAME_MORE (FRAME_HEADER_SIZE + SEAL_OVERHEAD + 128u) /* frame, digits and signature of one entry */

static void request_free(struct request *request)
{
    for (size_t i = 0; request->drafts != NULL && i < request->count; i++)
        leaf_draft_free(&request->drafts[i]);
    free(request->drafts);
    free(request->leaves);
    buffer_free(&request->frames);
}

/* Of a copy to practise on, each entry says so under its author's signature. */
static int draft_one(
    const struct log *log, const struct log_event *event, struct leaf_draft *draft, struct failure *failure)
{
    struct log_event marked = *event;
    if (!log->keys.exercise)
        return leaf_draft(event, draft, failure);
    json_t *members = json_copy((json_t *)(uintptr_t)event->members);
    marked.members = members;
    int result = members == NULL || json_object_set_new(members, "exercise", json_true()) != 0
                     ? failure_set(failure, VAULT_ENOMEM, "no memory for the event")
                     : leaf_draft(&marked, draft, failure);
    json_decref(members);
    return result;
}

static int request_make(const struct log *log, const struct log_event *events, size_t count,
    struct request *request, struct failure *failure)
{
    memset(request, 0, sizeof *request);
    request->events = events;
    request->count = count;
    if (count == 0 || count > GROUP_ENTRIES_MAX)
        return failure_set(failure, VAULT_EINPUT, "%zu events cannot be logged at once", count);
    request->drafts = calloc(count, sizeof *request->drafts);
    request->leaves = calloc(count, sizeof *request->leaves);
    if (request->drafts == NULL || request->leaves == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory to log %zu events", count);
    for (size_t i = 0; i < count; i++) {
        int result = draft_one(log, &events[i], &request->drafts[i], failure);
        if (result != VAULT_OK)
            return result;
        request->size += request->drafts[i].text.size + FRAME_MORE;
    }
    if (request->size > GROUP_SIZE_MAX / 2)
        return failure_set(failure, VAULT_EINPUT, "%zu events are too many bytes to log at once", count);
    return VAULT_OK;
}

/* Sign and seal while somebody else writes.  Called and left with queue.lock. */
static void stamp_early(struct log *log, struct request *request)
{
    struct log_queue *queue = &log->queue;
    uint64_t seq = queue->next_seq;
    int64_t now = instant_now();
    int64_t time = now > queue->next_time ? now : queue->next_time;
    queue->next_seq += request->count;
    queue->next_time = time;
    (void)pthread_mutex_unlock(&queue->lock);
    if (commit_stamp(log, request, seq, time) != VAULT_OK)
        request->stamped = false; /* the leader tries again and reports */
    (void)pthread_mutex_lock(&queue->lock);
}

static size_t take_batch(struct log_queue *queue, struct request **batch)
{
    size_t count = 0;
    size_t bytes = 0;
    size_t entries = 0;
    struct request *request = queue->first;
    while (request != NULL && request->ready && count < BATCH_REQUESTS) {
        bytes += request->size;
        entries += request->count;
        if (count > 0 && (bytes > BATCH_BYTES || entries > GROUP_ENTRIES_MAX))
            break;
        batch[count++] = request;
        request = request->next;
    }
    queue->first = request;
    if (request == NULL)
        queue->last = &queue->first;
    return count;
}

/* What the queue will get if nobody else appends. */
static void settle_hopes(struct log *log)
{
    struct log_head head = log_head(log);
    uint64_t seq = head.size;
    for (const struct request *request = log->queue.first; request != NULL; request = request->next)
        seq += request->count;
    log->queue.next_seq = seq;
    if (log->queue.next_time < head.time)
        log->queue.next_time = head.time;
}

/* Called with queue.lock and left without it.  Nobody is woken under the lock, which he would only run into;
 * first of all the next leader, so that the disk is not idle while the others go on. */
static void lead(struct log *log, const struct request *self)
{
    struct log_queue *queue = &log->queue;
    struct request *batch[BATCH_REQUESTS];
    size_t count = take_batch(queue, batch);
    (void)pthread_mutex_unlock(&queue->lock);
    commit_group(log, batch, count);
    (void)pthread_mutex_lock(&queue->lock);
    settle_hopes(log);
    struct request *next = queue->first != NULL && queue->first->ready ? queue->first : NULL;
    queue->led = next != NULL;
    if (next != NULL)
        next->leads = true;
    (void)pthread_mutex_unlock(&queue->lock);
    if (next != NULL)
        (void)sem_post(&next->wake);
    /* Who is woken may be gone at once. */
    for (size_t i = 0; i < count; i++) {
        if (batch[i] != self)
            (void)sem_post(&batch[i]->wake);
    }
}

static void wait_for_turn(struct log *log, struct request *request)
{
    struct log_queue *queue = &log->queue;
    (void)pthread_mutex_lock(&queue->lock);
    bool early = queue->led || queue->first != NULL;
    *queue->last = request;
    queue->last = &request->next;
    if (early)
        stamp_early(log, request);
    request->ready = true;
    request->leads = !queue->led && queue->first == request;
    if (request->leads) {
        queue->led = true;
        lead(log, request);
        return;
    }
    (void)pthread_mutex_unlock(&queue->lock);
    while (sem_wait(&request->wake) != 0)
        continue;
    /* Woken by a leader: served, or to be the next one. */
    if (!request->leads)
        return;
    (void)pthread_mutex_lock(&queue->lock);
    lead(log, request);
}

int log_append(
    struct log *log, const struct log_event *events, size_t count, uint64_t *first, struct failure *failure)
{
    int64_t time;
    return log_append_timed(log, events, count, first, &time, failure);
}

int log_append_timed(struct log *log, const struct log_event *events, size_t count, uint64_t *first,
    int64_t *time, struct failure *failure)
{
    struct request request;
    *first = UINT64_MAX;
    *time = 0;
    int result = request_make(log, events, count, &request, failure);
    if (result == VAULT_OK) {
        (void)sem_init(&request.wake, 0, 0);
        wait_for_turn(log, &request);
        (void)sem_destroy(&request.wake);
        result = request.result;
        if (result == VAULT_OK) {
            *first = request.seq;
            *time = request.time;
        } else {
            (void)failure_set(failure, result, "%s",
                request.failure.error != VAULT_OK ? request.failure.text : vault_error_text(result));
        }
        failure_remedy(result == VAULT_OK ? NULL : failure, "%s", request.failure.remedy);
    }
    request_free(&request);
    return result;
}
