#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/memory.h"
#include "vault/log/verify_private.h"

struct crew {
    const struct log *log;
    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_cond_t progress;
    bool over;
    size_t chunk_count;
    struct chunk chunks[CHUNKS_MAX];
    size_t thread_count;
    pthread_t threads[CHUNKS_MAX];
    struct hasher *hasher; /* of the calling thread */
};

static uint64_t thread_time(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static const char *open_checkpoint(
    const struct log *log, struct chunk *chunk, struct piece *piece, struct bytes body)
{
    size_t before = chunk->plain.size;
    if (frame_open(&log->keys, FRAME_CHECKPOINT, piece->number, body, &chunk->plain) != VAULT_OK)
        return "a checkpoint that does not open: changed or moved";
    piece->plain = bytes_of(chunk->plain.data + before, chunk->plain.size - before);
    return NULL;
}

static const char *open_entry(
    const struct log *log, struct chunk *chunk, struct piece *piece, struct bytes body, struct hasher *hasher)
{
    size_t before = chunk->plain.size;
    if (frame_open(&log->keys, FRAME_ENTRY, piece->number, body, &chunk->plain) != VAULT_OK)
        return "does not open: changed or moved";
    piece->plain = bytes_of(chunk->plain.data + before, chunk->plain.size - before);
    tree_leaf_hash(hasher, piece->plain, &piece->hash);
    return leaf_read(piece->plain, &piece->leaf);
}

static void open_piece(const struct log *log, struct chunk *chunk, struct piece *piece, struct hasher *hasher)
{
    struct bytes body = bytes_of(chunk->sealed.data + piece->sealed_at, piece->sealed_size);
    switch (piece->type) {
    case FRAME_BEGIN:
        if (group_begin_open(&log->keys, piece->offset, body.data - FRAME_HEADER_SIZE, &piece->begin) !=
            VAULT_OK)
            piece->wrong = "the begin of a group does not open: changed or moved";
        break;
    case FRAME_ENTRY:
        piece->wrong = open_entry(log, chunk, piece, body, hasher);
        break;
    case FRAME_CHECKPOINT:
        piece->wrong = open_checkpoint(log, chunk, piece, body);
        break;
    default:
        piece->wrong = "cannot be read";
        break;
    }
}

static void open_chunk(const struct log *log, struct chunk *chunk, struct hasher *hasher)
{
    uint64_t start = thread_time();
    /* Room for all at once, so that what borrows from it stays. */
    buffer_reset(&chunk->plain);
    if (buffer_grow(&chunk->plain, chunk->sealed.size) == NULL)
        chunk->result = VAULT_ENOMEM;
    chunk->plain.size = 0;
    for (size_t i = 0; i < chunk->count && chunk->result == VAULT_OK; i++)
        open_piece(log, chunk, &chunk->pieces[i], hasher);
    if (memory_error() != VAULT_OK)
        chunk->result = VAULT_ENOMEM;
    chunk->open_nanoseconds = thread_time() - start;
}

static const char *check_entry(
    const struct log *log, struct piece *piece, struct buffer *scratch, struct buffer *signature)
{
    buffer_reset(scratch);
    signature->size = 0;
    if (base64_decode(piece->leaf.sig, signature) != VAULT_OK || signature->size != SIGNATURE_SIZE)
        return "\"sig\" is no signature";
    leaf_signed_message(&piece->leaf, log->keys.origin, scratch);
    return sign_verify(bytes_of(piece->key, SIGN_PUBLIC_SIZE), buffer_bytes(scratch),
               buffer_bytes(signature)) == VAULT_OK
               ? NULL
               : "\"sig\" is not this actor's signature";
}

static void check_chunk(const struct log *log, struct chunk *chunk)
{
    struct buffer scratch = {0};
    struct buffer signature = {0};
    struct checkpoint ignored;
    uint64_t start = thread_time();
    chunk->signatures = 0;
    for (size_t i = 0; i < chunk->count; i++) {
        struct piece *piece = &chunk->pieces[i];
        if (!piece->check)
            continue;
        if (piece->type == FRAME_ENTRY) {
            piece->forged = check_entry(log, piece, &scratch, &signature);
            chunk->signatures++;
        } else if (checkpoint_open(piece->plain, &log->note_key, &ignored) != VAULT_OK) {
            piece->forged = "a checkpoint that the vault's key did not sign";
        }
    }
    if (memory_error() != VAULT_OK)
        chunk->result = VAULT_ENOMEM;
    buffer_free(&scratch);
    buffer_free(&signature);
    chunk->check_nanoseconds = thread_time() - start;
}

/* Do one piece of work if there is one; with the lock held before and after. */
static bool work_once(struct crew *crew, struct hasher *hasher)
{
    for (size_t i = 0; i < crew->chunk_count; i++) {
        struct chunk *chunk = &crew->chunks[i];
        bool opening = chunk->state == CHUNK_READ;
        if (!opening && chunk->state != CHUNK_KEYED)
            continue;
        chunk->state = opening ? CHUNK_OPENING : CHUNK_CHECKING;
        (void)pthread_mutex_unlock(&crew->lock);
        if (opening)
            open_chunk(crew->log, chunk, hasher);
        else
            check_chunk(crew->log, chunk);
        (void)pthread_mutex_lock(&crew->lock);
        chunk->state = opening ? CHUNK_OPENED : CHUNK_CHECKED;
        (void)pthread_cond_signal(&crew->progress);
        return true;
    }
    return false;
}

static void *work(void *context)
{
    struct crew *crew = context;
    struct hasher *hasher = hasher_new();
    (void)pthread_mutex_lock(&crew->lock);
    while (!crew->over && hasher != NULL)
        if (!work_once(crew, hasher))
            (void)pthread_cond_wait(&crew->work, &crew->lock);
    (void)pthread_mutex_unlock(&crew->lock);
    hasher_free(hasher);
    return NULL;
}

struct crew *crew_new(const struct log *log, unsigned threads)
{
    struct crew *crew = calloc(1, sizeof *crew);
    if (crew == NULL)
        return NULL;
    if (threads == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        threads = cores > 0 ? (unsigned)cores : 1;
    }
    if (threads > CHUNKS_MAX / 2 - 1)
        threads = CHUNKS_MAX / 2 - 1;
    crew->log = log;
    crew->chunk_count = 2 * threads + 2;
    (void)pthread_mutex_init(&crew->lock, NULL);
    (void)pthread_cond_init(&crew->work, NULL);
    (void)pthread_cond_init(&crew->progress, NULL);
    crew->hasher = hasher_new();
    bool complete = crew->hasher != NULL;
    for (size_t i = 0; i < crew->chunk_count; i++) {
        crew->chunks[i].pieces = calloc(CHUNK_PIECES, sizeof(struct piece));
        complete = complete && crew->chunks[i].pieces != NULL;
    }
    /* Without further threads the calling one does it all. */
    while (complete && crew->thread_count < threads - 1 &&
           pthread_create(&crew->threads[crew->thread_count], NULL, work, crew) == 0)
        crew->thread_count++;
    if (complete)
        return crew;
    crew_free(crew);
    return NULL;
}

void crew_free(struct crew *crew)
{
    if (crew == NULL)
        return;
    (void)pthread_mutex_lock(&crew->lock);
    crew->over = true;
    (void)pthread_cond_broadcast(&crew->work);
    (void)pthread_mutex_unlock(&crew->lock);
    for (size_t i = 0; i < crew->thread_count; i++)
        (void)pthread_join(crew->threads[i], NULL);
    for (size_t i = 0; i < crew->chunk_count; i++) {
        buffer_free(&crew->chunks[i].sealed);
        buffer_free(&crew->chunks[i].plain);
        free(crew->chunks[i].pieces);
    }
    hasher_free(crew->hasher);
    (void)pthread_mutex_destroy(&crew->lock);
    (void)pthread_cond_destroy(&crew->work);
    (void)pthread_cond_destroy(&crew->progress);
    free(crew);
}

size_t crew_chunks(const struct crew *crew)
{
    return crew->chunk_count;
}

struct chunk *crew_chunk(struct crew *crew, uint64_t number)
{
    return &crew->chunks[number % crew->chunk_count];
}

void crew_hand_on(struct crew *crew, struct chunk *chunk, enum chunk_state state)
{
    (void)pthread_mutex_lock(&crew->lock);
    chunk->state = state;
    (void)pthread_cond_signal(&crew->work);
    (void)pthread_mutex_unlock(&crew->lock);
}

void crew_wait(struct crew *crew, struct chunk *chunk, enum chunk_state state)
{
    (void)pthread_mutex_lock(&crew->lock);
    while (chunk->state != state)
        if (!work_once(crew, crew->hasher))
            (void)pthread_cond_wait(&crew->progress, &crew->lock);
    (void)pthread_mutex_unlock(&crew->lock);
}
