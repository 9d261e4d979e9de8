#include "vault/server/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "vault/access/layout.h"
#include "vault/base/file.h"
#include "vault/base/memory.h"
#include "vault/base/text.h"
#include "vault/server/keeper_private.h"

#define CONVERSATIONS_MAX 2048u
#define WATCH_MS 200
#define CHORES_EVERY 10 /* times of watching */
#define STACK_SIZE ((size_t)1024 * 1024)
#define LOCK_FILE "serve.lock"

struct keeper {
    struct logins *logins;
    struct scratch *scratch;
    struct claims *claims;
    struct metrics *metrics;
    int lock;
    atomic_bool stopping;
    pthread_mutex_t table;
    pthread_cond_t left;
    struct conversation *first;
    unsigned count;
};

struct logins *keeper_logins(struct keeper *keeper)
{
    return keeper->logins;
}

struct metrics *keeper_metrics(struct keeper *keeper)
{
    return keeper->metrics;
}

unsigned keeper_conversations(struct keeper *keeper)
{
    (void)pthread_mutex_lock(&keeper->table);
    unsigned count = keeper->count;
    (void)pthread_mutex_unlock(&keeper->table);
    return count;
}

struct scratch *keeper_scratch(struct keeper *keeper)
{
    return keeper->scratch;
}

struct claims *keeper_claims(struct keeper *keeper)
{
    return keeper->claims;
}

bool keeper_stopping(struct keeper *keeper)
{
    return atomic_load(&keeper->stopping);
}

/* --- From start to end --- */

static int take_lock(struct keeper *keeper, const char *directory, struct failure *failure)
{
    char *slots = file_path(directory, LAYOUT_SLOTS);
    char *path = file_path(directory, LOCK_FILE);
    int result = slots == NULL || path == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && !file_exists(slots)) {
        failure_remedy(
            failure, "name the vault with --vault or STRONGROOM_VAULT, or make one with 'strongroom init'");
        result = failure_set(failure, VAULT_ENOTFOUND, "%s: there is no vault here", directory);
    }
    char *exercise = file_path(directory, LAYOUT_EXERCISE);
    if (result == VAULT_OK && (exercise == NULL || file_exists(exercise)))
        result = exercise == NULL ? VAULT_ENOMEM
                                  : failure_set(failure, VAULT_EINPUT,
                                        "%s: this is a copy to practise on, which no server serves", directory);
    free(exercise);
    if (result == VAULT_OK) {
        keeper->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (keeper->lock < 0)
            result = failure_set(failure, VAULT_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    }
    if (result == VAULT_OK && flock(keeper->lock, LOCK_EX | LOCK_NB) != 0) {
        failure_remedy(failure, "stop it first, or log in to it");
        result = failure_set(failure, VAULT_EBUSY, "%s: another server serves this vault", directory);
    }
    free(slots);
    free(path);
    return result;
}

int keeper_new(const struct logins_options *options, struct keeper **keeperp, struct failure *failure)
{
    *keeperp = NULL;
    struct keeper *keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    keeper->lock = -1;
    (void)pthread_mutex_init(&keeper->table, NULL);
    (void)pthread_cond_init(&keeper->left, NULL);
    keeper->claims = claims_new();
    int result = keeper->claims == NULL ? failure_set(failure, VAULT_ENOMEM, "no memory")
                                        : take_lock(keeper, options->directory, failure);
    if (result == VAULT_OK)
        result = metrics_new(&keeper->metrics);
    if (result == VAULT_OK)
        result = scratch_new(options->directory, &keeper->scratch, failure);
    if (result == VAULT_OK)
        result = logins_new(options, &keeper->logins, failure);
    if (result != VAULT_OK) {
        keeper_free(keeper);
        return result;
    }
    *keeperp = keeper;
    return VAULT_OK;
}

void keeper_free(struct keeper *keeper)
{
    if (keeper == NULL)
        return;
    logins_free(keeper->logins);
    scratch_free(keeper->scratch);
    claims_free(keeper->claims);
    metrics_free(keeper->metrics);
    if (keeper->lock >= 0)
        (void)close(keeper->lock);
    (void)pthread_mutex_destroy(&keeper->table);
    (void)pthread_cond_destroy(&keeper->left);
    free(keeper);
}

/* --- Answers that need no file of their own --- */

static int put_piece(const char *text, size_t size, void *context)
{
    buffer_put_data(context, text, size);
    return 0;
}

int tell_json(struct conversation *conversation, uint8_t type, const json_t *value)
{
    struct buffer text = {0};
    int result = VAULT_ENOMEM;
    /* As the command line prints it, byte for byte. */
    if (value != NULL && memory_error() == VAULT_OK &&
        json_dump_callback(
            value, put_piece, &text, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) == 0)
        result = buffer_error(&text);
    if (result == VAULT_OK)
        result = channel_send(conversation->channel, type, buffer_bytes(&text));
    buffer_free(&text);
    return result;
}

struct shown_token conversation_token(const struct conversation *conversation, struct bytes token)
{
    return (struct shown_token){token, conversation->source};
}

static int answer_logout(struct conversation *conversation, const struct bytes *blocks)
{
    struct keeper *keeper = conversation->keeper;
    char id[ULID_TEXT_SIZE];
    int result = logins_check(keeper->logins, conversation_token(conversation, blocks[0]), id, &conversation->failure);
    if (result == VAULT_OK)
        result = logins_leave(keeper->logins, conversation_token(conversation, blocks[0]), &conversation->failure);
    if (result == VAULT_OK)
        scratch_expire(keeper->scratch, id);
    return result;
}

static int answer_sessions(struct conversation *conversation, const struct bytes *blocks)
{
    json_t *list = NULL;
    int result = logins_list(
        conversation->keeper->logins, conversation_token(conversation, blocks[0]), &list, &conversation->failure);
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++)
        result = tell_json(conversation, TELL_ROW, json_array_get(list, i));
    json_decref(list);
    return result;
}

static int answer_check(struct conversation *conversation, const struct bytes *blocks)
{
    char id[ULID_TEXT_SIZE];
    return logins_check(
        conversation->keeper->logins, conversation_token(conversation, blocks[0]), id, &conversation->failure);
}

/* What may be asked, and by whom it is answered; all else ends the conversation. */
static const struct {
    uint8_t type;
    int (*answer)(struct conversation *conversation, const struct bytes *blocks);
} answers[] = {
    {ASK_LOGIN, answer_login},
    {ASK_RUN, answer_run},
    {ASK_LOGOUT, answer_logout},
    {ASK_SESSIONS, answer_sessions},
    {ASK_END, answer_end},
    {ASK_CHECKPOINT, answer_checkpoint},
    {ASK_UPLOAD, answer_upload},
    {ASK_FETCH, answer_fetch},
    {ASK_HEALTH, answer_health},
    {ASK_READY, answer_ready},
    {ASK_METRICS, answer_metrics},
    {ASK_CHECK, answer_check},
};

/* --- A conversation --- */

static int tell_problem(struct conversation *conversation, int error)
{
    memory_reset(); /* that it failed is told, and whole */
    const struct failure *failure = &conversation->failure;
    json_t *problem = json_pack("{s:s,s:i,s:s,s:i}", "error", vault_error_name(error), "code", error,
        "message", failure->text[0] != '\0' ? failure->text : vault_error_text(error), "exit",
        vault_exit_status(error));
    if (problem != NULL && failure->remedy[0] != '\0')
        (void)json_object_set_new(problem, "remedy", json_string(failure->remedy));
    if (problem != NULL && conversation->retry_after > 0)
        (void)json_object_set_new(problem, "retry_after", json_integer(conversation->retry_after));
    if (problem != NULL && conversation->needs != NULL)
        (void)json_object_set_new(problem, "needs", json_string(conversation->needs));
    if (problem == NULL) /* a sentence that is no UTF-8: a file's name, say */
        problem = json_pack("{s:s,s:i,s:s,s:i}", "error", vault_error_name(error), "code", error, "message",
            vault_error_text(error), "exit", vault_exit_status(error));
    int result = tell_json(conversation, TELL_PROBLEM, problem);
    json_decref(problem);
    return result;
}

/* Said once, before anything else. */
static int take_source(struct conversation *conversation, struct bytes source)
{
    if (conversation->source[0] != '\0' || source.size == 0 || source.size >= sizeof conversation->source ||
        !utf8_valid(source) || memchr(source.data, '\0', source.size) != NULL)
        return VAULT_EINPUT;
    memcpy(conversation->source, source.data, source.size);
    return VAULT_OK;
}

/* A short question is answered where the front's thread is that waits for it; what may take long, anywhere. */
static void choose_place(const struct conversation *conversation, uint8_t type, const struct bytes *blocks)
{
    char operation[65] = "";
    if (type == ASK_RUN && blocks[1].size < sizeof operation)
        memcpy(operation, blocks[1].data, blocks[1].size);
    if (lane_suits(operation))
        lane_enter(conversation->lane);
    else if (type != ASK_HEALTH && type != ASK_READY && type != ASK_CHECK)
        lane_enter(LANE_NONE);
}

/* VAULT_OK: the conversation goes on. */
static int answer_one(struct conversation *conversation, uint8_t type, struct bytes content)
{
    struct bytes blocks[MESSAGE_BLOCKS_MAX];
    const struct message_rule *rule = message_rule(type);
    int result = rule == NULL ? VAULT_EINPUT : message_split(rule, content, blocks);
    size_t i = 0;
    while (i < sizeof answers / sizeof answers[0] && answers[i].type != type)
        i++;
    if (result == VAULT_OK && type == ASK_FROM)
        return take_source(conversation, blocks[0]);
    if (result == VAULT_OK && type == ASK_LANE && blocks[0].size == 1) {
        conversation->lane = blocks[0].data[0];
        return VAULT_OK;
    }
    if (result != VAULT_OK || i == sizeof answers / sizeof answers[0] || conversation->source[0] == '\0')
        return VAULT_EINPUT;
    choose_place(conversation, type, blocks);
    failure_clear(&conversation->failure);
    memory_reset();
    conversation->retry_after = 0;
    conversation->needs = NULL;
    int error = answers[i].answer(conversation, blocks);
    result = error == VAULT_OK ? channel_send(conversation->channel, TELL_DONE, (struct bytes){0})
                               : tell_problem(conversation, error);
    return result == VAULT_OK ? channel_flush(conversation->channel) : result;
}

static void leave(struct conversation *conversation)
{
    struct keeper *keeper = conversation->keeper;
    (void)pthread_mutex_lock(&keeper->table);
    struct conversation **place = &keeper->first;
    while (*place != conversation)
        place = &(*place)->next;
    *place = conversation->next;
    (void)pthread_mutex_unlock(&keeper->table);
    channel_free(conversation->channel);
    free(conversation);
    (void)pthread_mutex_lock(&keeper->table);
    keeper->count--;
    (void)pthread_cond_signal(&keeper->left);
    (void)pthread_mutex_unlock(&keeper->table);
}

static void *converse(void *context)
{
    struct conversation *conversation = context;
    uint8_t type;
    struct bytes content;
    while (!keeper_stopping(conversation->keeper) &&
           channel_receive(conversation->channel, MESSAGE_BODY_MAX + 1024, &type, &content) == VAULT_OK &&
           answer_one(conversation, type, content) == VAULT_OK)
        continue;
    leave(conversation);
    return NULL;
}

static void begin(struct keeper *keeper, int socket)
{
    pthread_attr_t attributes;
    pthread_t thread;
    (void)pthread_mutex_lock(&keeper->table);
    bool room = keeper->count < CONVERSATIONS_MAX;
    keeper->count += room;
    (void)pthread_mutex_unlock(&keeper->table);
    struct conversation *conversation = room ? calloc(1, sizeof *conversation) : NULL;
    if (conversation == NULL) {
        (void)close(socket);
        (void)pthread_mutex_lock(&keeper->table);
        keeper->count -= room;
        (void)pthread_mutex_unlock(&keeper->table);
        return;
    }
    conversation->keeper = keeper;
    conversation->socket = socket;
    conversation->channel = channel_new(socket);
    (void)pthread_mutex_lock(&keeper->table);
    conversation->next = keeper->first;
    keeper->first = conversation;
    (void)pthread_mutex_unlock(&keeper->table);
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (conversation->channel == NULL || pthread_create(&thread, &attributes, converse, conversation) != 0)
        leave(conversation);
    (void)pthread_attr_destroy(&attributes);
}

/* --- Conversations arrive --- */

/* One byte and one descriptor; whatever else comes along is closed. false: the other end is gone. */
static bool accept_one(struct keeper *keeper, int control)
{
    char byte;
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } space;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = space.space, .msg_controllen = sizeof space.space};
    ssize_t got = recvmsg(control, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(sizeof(int)))
        return true;
    int socket;
    memcpy(&socket, CMSG_DATA(header), sizeof socket);
    begin(keeper, socket);
    return true;
}

static void forget_files(void *context, const char *id)
{
    scratch_expire(context, id);
}

void keeper_watch(struct keeper *keeper)
{
    logins_watch(keeper->logins, forget_files, keeper->scratch);
}

static void end_all(struct keeper *keeper)
{
    atomic_store(&keeper->stopping, true);
    (void)pthread_mutex_lock(&keeper->table);
    for (struct conversation *one = keeper->first; one != NULL; one = one->next)
        (void)shutdown(one->socket, SHUT_RD); /* what is being answered may still say how it ended */
    while (keeper->count > 0)
        (void)pthread_cond_wait(&keeper->left, &keeper->table);
    (void)pthread_mutex_unlock(&keeper->table);
}

static void pause_once(void)
{
    static const struct timespec pause = {.tv_nsec = WATCH_MS * 1000000L};
    (void)nanosleep(&pause, NULL);
}

static void *watch(void *context)
{
    struct keeper *keeper = context;
    while (!keeper_stopping(keeper)) {
        keeper_watch(keeper);
        scratch_expire(keeper->scratch, NULL);
        pause_once();
    }
    return NULL;
}

/* Apart, since a witness that does not answer must not keep a revoked person in. */
static void *do_chores(void *context)
{
    struct keeper *keeper = context;
    for (unsigned i = 1; !keeper_stopping(keeper); i++) {
        if (i % CHORES_EVERY == 0 || logins_busy(keeper->logins))
            logins_chores(keeper->logins);
        pause_once();
    }
    return NULL;
}

int keeper_run(struct keeper *keeper, int control, const volatile int *stop, struct failure *failure)
{
    pthread_t threads[2];
    bool there = true;
    if (pthread_create(&threads[0], NULL, watch, keeper) != 0)
        return failure_set(failure, VAULT_ENOMEM, "no thread could be started");
    bool both = pthread_create(&threads[1], NULL, do_chores, keeper) == 0;
    while (both && there && *stop == 0) {
        struct pollfd ready = {.fd = control, .events = POLLIN};
        if (poll(&ready, 1, WATCH_MS) > 0)
            there = accept_one(keeper, control);
    }
    end_all(keeper);
    (void)pthread_join(threads[0], NULL);
    if (both)
        (void)pthread_join(threads[1], NULL);
    return both ? VAULT_OK : failure_set(failure, VAULT_ENOMEM, "no thread could be started");
}
