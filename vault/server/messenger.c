#include "vault/server/messenger.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"

#define PACKET_MAX ((size_t)64 * 1024)
#define SPARE_MS 2000u /* beyond the program's own time */

/* --- The messenger --- */

/* number, milliseconds, path, how many arguments, each, input; texts with their NUL. */
struct errand {
    uint64_t number;
    uint32_t milliseconds;
    const char *path;
    const char *arguments[PROGRAM_ARGUMENTS_MAX + 1];
    struct bytes input;
};

/* A block that ends in its only NUL. */
static const char *take_text(struct reader *reader)
{
    struct bytes block = reader_block(reader);
    bool good = block.size > 0 && memchr(block.data, '\0', block.size) == block.data + block.size - 1;
    return good ? (const char *)block.data : NULL;
}

static bool read_errand(struct bytes packet, struct errand *errand)
{
    struct reader reader = reader_of(packet);
    *errand = (struct errand){.number = reader_u64(&reader), .milliseconds = reader_u32(&reader)};
    errand->path = take_text(&reader);
    uint32_t count = reader_u32(&reader);
    bool good = errand->path != NULL && count <= PROGRAM_ARGUMENTS_MAX;
    for (uint32_t i = 0; i < count && good; i++) {
        errand->arguments[i] = take_text(&reader);
        good = errand->arguments[i] != NULL;
    }
    errand->input = reader_block(&reader);
    return reader_end(&reader) == VAULT_OK && good;
}

static bool allowed(const char *const *programs, const char *path)
{
    for (size_t i = 0; programs[i] != NULL; i++) {
        if (strcmp(programs[i], path) == 0)
            return true;
    }
    return false;
}

static void run_errand(const struct errand *errand, const char *const *programs, struct buffer *answer)
{
    struct program_end end = {.how = MESSENGER_REFUSED};
    if (allowed(programs, errand->path))
        program_run(errand->path, errand->arguments, errand->input, errand->milliseconds, &end);
    buffer_put_u64(answer, errand->number);
    buffer_put_u8(answer, end.fine);
    buffer_put_text(answer, end.how);
}

void messenger_serve(int socket, const char *const *programs)
{
    static uint8_t packet[PACKET_MAX];
    ssize_t got;
    while ((got = recv(socket, packet, sizeof packet, 0)) > 0 || (got < 0 && errno == EINTR)) {
        struct buffer answer = {0};
        struct errand errand;
        if (got > 0 && read_errand(bytes_of(packet, (size_t)got), &errand)) {
            run_errand(&errand, programs, &answer);
            if (buffer_error(&answer) == VAULT_OK)
                (void)send(socket, answer.data, answer.size, MSG_NOSIGNAL);
        }
        buffer_free(&answer);
    }
}

/* --- The keeper's side --- */

struct messenger {
    pthread_mutex_t lock; /* one errand at a time */
    int socket;
    uint64_t last;
};

static struct messenger messenger = {.lock = PTHREAD_MUTEX_INITIALIZER, .socket = -1};

static void put_text(struct buffer *packet, const char *text)
{
    buffer_put_block(packet, bytes_of(text, strlen(text) + 1));
}

static int write_errand(uint64_t number, const char *path, const char *const *arguments, struct bytes input,
    unsigned milliseconds, struct buffer *packet)
{
    uint32_t count = 0;
    while (arguments != NULL && arguments[count] != NULL)
        count++;
    buffer_put_u64(packet, number);
    buffer_put_u32(packet, milliseconds);
    put_text(packet, path);
    buffer_put_u32(packet, count);
    for (uint32_t i = 0; i < count; i++)
        put_text(packet, arguments[i]);
    buffer_put_block(packet, input);
    int result = buffer_error(packet);
    return result == VAULT_OK && packet->size > PACKET_MAX ? VAULT_ELIMIT : result;
}

/* The answer to that question; those that came too late for theirs are passed over. */
static void hear(int socket, uint64_t number, unsigned milliseconds, struct program_end *end)
{
    uint8_t packet[64];
    uint64_t deadline = instant_monotonic() + milliseconds * UINT64_C(1000000);
    uint64_t now;
    while ((now = instant_monotonic()) < deadline) {
        struct pollfd ready = {.fd = socket, .events = POLLIN};
        if (poll(&ready, 1, (int)((deadline - now) / 1000000) + 1) <= 0)
            continue;
        ssize_t got = recv(socket, packet, sizeof packet, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return;
        struct reader reader = reader_of(bytes_of(packet, got < 0 ? 0 : (size_t)got));
        if (got < 10 || reader_u64(&reader) != number)
            continue;
        end->fine = reader_u8(&reader) == 1;
        size_t size = reader.rest.size < sizeof end->how ? reader.rest.size : sizeof end->how - 1;
        memcpy(end->how, reader.rest.data, size);
        end->how[size] = '\0';
        return;
    }
    text_copy(end->how, sizeof end->how, "too long");
}

static void ask(void *context, const char *path, const char *const *arguments, struct bytes input,
    unsigned milliseconds, struct program_end *end)
{
    struct messenger *to = context;
    struct buffer packet = {0};
    (void)pthread_mutex_lock(&to->lock);
    uint64_t number = ++to->last;
    if (write_errand(number, path, arguments, input, milliseconds, &packet) == VAULT_OK &&
        send(to->socket, packet.data, packet.size, MSG_NOSIGNAL) == (ssize_t)packet.size)
        hear(to->socket, number, milliseconds + SPARE_MS, end);
    (void)pthread_mutex_unlock(&to->lock);
    buffer_free(&packet);
}

void messenger_use(int socket)
{
    static const struct program_runner runner = {.context = &messenger, .run = ask};
    messenger.socket = socket;
    program_use(&runner);
}
