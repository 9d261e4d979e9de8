#include "vault/server/messenger.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/formats/pdf_program.h"

#define PDF_ERRAND "pdftotext" /* instead of a path: with a file and a pipe, two descriptors */
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

/* A file to be read, and the pipe that its text goes to. */
struct handed {
    int file;
    int out;
};

static void put_down(struct handed *handed)
{
    if (handed->file >= 0)
        (void)close(handed->file);
    if (handed->out >= 0)
        (void)close(handed->out);
    *handed = (struct handed){-1, -1};
}

static void read_pdf(const struct errand *errand, struct handed *handed, struct buffer *answer)
{
    struct pdf_program program;
    enum pdf_end end = PDF_UNKNOWN;
    bool started = pdf_program_start(&program, handed->file, handed->out);
    put_down(handed); /* the program has its own; the keeper must see its end */
    if (started)
        end = pdf_program_end(&program, false);
    buffer_put_u64(answer, errand->number);
    buffer_put_u8(answer, end == PDF_READ);
    buffer_put_u8(answer, (uint8_t)end);
}

/* A packet, and the descriptors that came with it: two or none. */
static ssize_t hear_errand(int socket, uint8_t *packet, size_t size, struct handed *handed)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = packet, .iov_len = size};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *head = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
        int given[2] = {-1, -1};
        size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(given, CMSG_DATA(head), (count < 2 ? count : 2) * sizeof(int));
        *handed = (struct handed){given[0], given[1]};
    }
    return got;
}

static void do_errand(
    struct bytes packet, struct handed *handed, const char *const *programs, struct buffer *answer)
{
    struct errand errand;
    if (!read_errand(packet, &errand))
        return;
    if (handed->out >= 0 && strcmp(errand.path, PDF_ERRAND) == 0)
        read_pdf(&errand, handed, answer);
    else
        run_errand(&errand, programs, answer);
}

void messenger_serve(int socket, const char *const *programs)
{
    static uint8_t packet[PACKET_MAX];
    struct handed handed = {-1, -1};
    ssize_t got;
    while ((got = hear_errand(socket, packet, sizeof packet, &handed)) > 0 || (got < 0 && errno == EINTR)) {
        struct buffer answer = {0};
        if (got > 0)
            do_errand(bytes_of(packet, (size_t)got), &handed, programs, &answer);
        if (answer.size > 0 && buffer_error(&answer) == VAULT_OK)
            (void)send(socket, answer.data, answer.size, MSG_NOSIGNAL);
        put_down(&handed);
        wipe(packet, got > 0 ? (size_t)got : 0);
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

/* --- Reading a PDF: the lock is held from its start to its end --- */

static bool send_file(int socket, struct bytes packet, int file, int out)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    const int given[2] = {file, out};
    struct iovec part = {.iov_base = (void *)(uintptr_t)packet.data, .iov_len = packet.size};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof given);
    memcpy(CMSG_DATA(&control.head), given, sizeof given);
    return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)packet.size;
}

static bool start_pdf(void *context, int file, int out)
{
    struct messenger *to = context;
    struct buffer packet = {0};
    (void)pthread_mutex_lock(&to->lock);
    bool sent = write_errand(++to->last, PDF_ERRAND, NULL, bytes_of(NULL, 0), 0, &packet) == VAULT_OK &&
                send_file(to->socket, buffer_bytes(&packet), file, out);
    buffer_free(&packet);
    if (!sent)
        (void)pthread_mutex_unlock(&to->lock);
    return sent;
}

static enum pdf_end end_pdf(void *context)
{
    struct messenger *to = context;
    struct program_end end = {.how = {(char)PDF_UNKNOWN}};
    hear(to->socket, to->last, PDF_SECONDS * 1000 + SPARE_MS, &end);
    (void)pthread_mutex_unlock(&to->lock);
    return end.how[0] >= PDF_READ && end.how[0] < PDF_UNKNOWN ? (enum pdf_end)end.how[0] : PDF_UNKNOWN;
}

void messenger_use(int socket)
{
    static const struct program_runner runner = {.context = &messenger, .run = ask};
    static const struct pdf_runner pdf_runner = {.context = &messenger, .start = start_pdf, .end = end_pdf};
    messenger.socket = socket;
    program_use(&runner);
    pdf_program_use(&pdf_runner);
}
