/* A front that was taken over: whatever bytes it sends to the keeper of a real vault, over a conversation of
 * its own, are answered as the table says or end the conversation; the keeper goes on.
 *
 * An input is what the front sends.  64 times 'T' in it is the token of somebody who is logged in: such a
 * front has seen tokens. */
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vault/access/session.h"
#include "vault/base/json.h"
#include "vault/crypto/passphrase.h"
#include "vault/server/keeper.h"
#include "vault/server/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX 131072u
#define PASSPHRASE "a passphrase of a test"

static char directory[] = "/tmp/fuzz-keeper-XXXXXX";
static char path[64];
static char known[64];
static int control[2];
static volatile int stop;
static pthread_t thread;
static struct keeper *keeper;
static char token[65];

static void expect(bool true_thing)
{
    if (!true_thing)
        abort();
}

static void *serve_on(void *context)
{
    (void)context;
    expect(keeper_run(keeper, control[0], &stop, NULL) == VAULT_OK);
    return NULL;
}

static int remove_one(const char *name, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    (void)remove(name);
    return 0;
}

static void end(void)
{
    stop = 1;
    (void)pthread_join(thread, NULL);
    keeper_free(keeper);
    (void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_vault(void)
{
    struct passphrase_cost floor = passphrase_floor();
    struct vault_birth birth;
    struct secret *passphrase = secret_copy(bytes_of_text(PASSPHRASE));
    struct vault_options options = {.directory = path,
        .admin = "root",
        .passphrase = passphrase,
        .recovery_needed = 2,
        .recovery_holders = 3,
        .cost = &floor};
    expect(passphrase != NULL && vault_create(&options, &birth, NULL) == VAULT_OK);
    vault_birth_free(&birth);
    secret_free(passphrase);
}

/* One end of a conversation; the other has been handed to the keeper, as the front does it. */
static int begin(void)
{
    int ends[2];
    char byte = 0;
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } space = {.space = {0}};
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = space.space, .msg_controllen = sizeof space.space};
    expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header == NULL)
        abort();
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &ends[1], sizeof ends[1]);
    expect(sendmsg(control[1], &message, MSG_NOSIGNAL) == 1);
    (void)close(ends[1]);
    return ends[0];
}

/* Who is at the other end is said first of all. */
static struct channel *begin_told(void)
{
    struct channel *channel = channel_new(begin());
    struct buffer content = {0};
    buffer_put_block(&content, bytes_of_text("uid:0"));
    expect(channel != NULL && channel_send(channel, ASK_FROM, buffer_bytes(&content)) == VAULT_OK);
    buffer_free(&content);
    return channel;
}

static void log_in(void)
{
    static const char user[] = "root";
    struct channel *channel = begin_told();
    struct buffer content = {0};
    uint8_t type = 0;
    struct bytes answer;
    json_t *value = NULL;
    buffer_put_block(&content, bytes_of_text(user));
    buffer_put_block(&content, bytes_of_text(PASSPHRASE));
    buffer_put_block(&content, (struct bytes){0}); /* no code of a second factor */
    expect(channel_send(channel, ASK_LOGIN, buffer_bytes(&content)) == VAULT_OK &&
           channel_flush(channel) == VAULT_OK &&
           channel_receive(channel, MESSAGE_ANSWER_MAX, &type, &answer) == VAULT_OK && type == TELL_VALUE &&
           json_read(answer, &value, NULL) == VAULT_OK);
    (void)snprintf(token, sizeof token, "%s", json_text(value, "token"));
    json_decref(value);
    buffer_free(&content);
    channel_free(channel);
}

static void start(void)
{
    struct logins_options options = {.directory = path,
        .known = known,
        .idle_seconds = 3600,
        .absolute_seconds = 36000,
        .logins_max = 64,
        .sessions_max = 8,
        .sessions_kept = 4,
        .cache = CACHE_LEAST,
        .derivations_max = 1};
    expect(crypto_start() == VAULT_OK && mkdtemp(directory) != NULL);
    (void)snprintf(path, sizeof path, "%s/vault", directory);
    (void)snprintf(known, sizeof known, "%s/known", directory);
    make_vault();
    expect(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) == 0 &&
           keeper_new(&options, &keeper, NULL) == VAULT_OK &&
           pthread_create(&thread, NULL, serve_on, NULL) == 0);
    (void)atexit(end);
    log_in();
}

static bool is_there(void)
{
    struct channel *channel = begin_told();
    uint8_t type = 0;
    struct bytes answer;
    bool there = channel_send(channel, ASK_HEALTH, (struct bytes){0}) == VAULT_OK &&
                 channel_flush(channel) == VAULT_OK &&
                 channel_receive(channel, MESSAGE_ANSWER_MAX, &type, &answer) == VAULT_OK &&
                 type == TELL_VALUE;
    channel_free(channel);
    return there;
}

/* To its end: nothing but what a keeper tells, and JSON where that is said. */
static void hear(struct channel *channel)
{
    uint8_t type;
    struct bytes content;
    while (channel_receive(channel, MESSAGE_ANSWER_MAX, &type, &content) == VAULT_OK) {
        json_t *value = NULL;
        expect(type >= TELL_ROW && type <= TELL_PROBLEM);
        if (type == TELL_ROW || type == TELL_VALUE || type == TELL_PROGRESS || type == TELL_FILES ||
            type == TELL_PROBLEM)
            expect(json_read(content, &value, NULL) == VAULT_OK);
        json_decref(value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT";
    if (size > INPUT_MAX)
        return 0;
    if (keeper == NULL)
        start();
    uint8_t *sent = malloc(size + 1);
    if (sent == NULL)
        abort();
    memcpy(sent, data, size);
    for (uint8_t *at = sent; (at = memmem(at, size - (size_t)(at - sent), mark, 64)) != NULL;)
        memcpy(at, token, 64);
    int socket = begin();
    (void)!send(socket, sent, size, MSG_NOSIGNAL);
    (void)shutdown(socket, SHUT_WR);
    struct channel *channel = channel_new(socket);
    expect(channel != NULL);
    hear(channel);
    channel_free(channel);
    free(sent);
    expect(is_there());
    return 0;
}
