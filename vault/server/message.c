#include "vault/server/message.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER 5u
#define GATHER ((size_t)32 * 1024)
#define READ_AHEAD ((size_t)16 * 1024)

/* --- The table of what the keeper takes --- */

#define TOKEN_MAX 64
#define ETAGS_MAX 1024
#define KEY_MAX 256

static const struct message_rule rules[] = {
    {ASK_LOGIN, 3, false, {256, 1024, 64}},
    {ASK_RUN, 6, false, {TOKEN_MAX, 64, MESSAGE_BODY_MAX, ETAGS_MAX, ETAGS_MAX, KEY_MAX}},
    {ASK_LOGOUT, 1, false, {TOKEN_MAX}},
    {ASK_SESSIONS, 1, false, {TOKEN_MAX}},
    {ASK_END, 2, false, {TOKEN_MAX, 64}},
    {ASK_UPLOAD, 2, false, {TOKEN_MAX, 255}},
    {ASK_FETCH, 2, false, {TOKEN_MAX, 64}},
    {ASK_HEALTH, 0, false, {0}},
    {ASK_CHECK, 1, false, {TOKEN_MAX}},
    {ASK_READY, 0, false, {0}},
    {ASK_METRICS, 0, false, {0}},
    {ASK_CHECKPOINT, 2, false, {TOKEN_MAX, 64}},
    {ASK_FROM, 1, false, {128}},
    {ASK_LANE, 1, true, {1}},
    {SEND_PIECE, 1, true, {MESSAGE_PIECE_MAX}},
    {SEND_DONE, 0, false, {0}},
};

const struct message_rule *message_rule(uint8_t type)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].type == type)
            return &rules[i];
    }
    return NULL;
}

int message_split(
    const struct message_rule *rule, struct bytes content, struct bytes blocks[MESSAGE_BLOCKS_MAX])
{
    struct reader reader = reader_of(content);
    for (size_t i = 0; i < MESSAGE_BLOCKS_MAX; i++)
        blocks[i] = (struct bytes){0};
    if (rule->raw) {
        blocks[0] = content;
        return content.size <= rule->max[0] ? VAULT_OK : VAULT_EINPUT;
    }
    for (size_t i = 0; i < rule->blocks; i++) {
        blocks[i] = reader_block(&reader);
        if (blocks[i].size > rule->max[i])
            return VAULT_EINPUT;
    }
    return reader_end(&reader) == VAULT_OK ? VAULT_OK : VAULT_EINPUT;
}

bool message_text(struct bytes block, char *text, size_t size)
{
    if (block.size >= size || (block.size > 0 && memchr(block.data, '\0', block.size) != NULL))
        return false;
    if (block.size > 0)
        memcpy(text, block.data, block.size);
    text[block.size] = '\0';
    return true;
}

/* --- A conversation --- */

struct channel {
    int socket;
    struct buffer out;
    struct buffer in;
    size_t taken; /* of `in`, with the frame that was handed out last */
};

struct channel *channel_new(int socket)
{
    struct channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL)
        (void)close(socket);
    else
        channel->socket = socket;
    return channel;
}

void channel_free(struct channel *channel)
{
    if (channel == NULL)
        return;
    (void)close(channel->socket);
    buffer_free(&channel->out);
    buffer_free(&channel->in);
    free(channel);
}

int channel_send(struct channel *channel, uint8_t type, struct bytes content)
{
    if (content.size > UINT32_MAX)
        return VAULT_ELIMIT;
    buffer_put_u8(&channel->out, type);
    buffer_put_u32(&channel->out, (uint32_t)content.size);
    buffer_put(&channel->out, content);
    int result = buffer_error(&channel->out);
    return result == VAULT_OK && channel->out.size >= GATHER ? channel_flush(channel) : result;
}

int channel_flush(struct channel *channel)
{
    size_t at = 0;
    int result = buffer_error(&channel->out);
    while (at < channel->out.size && result == VAULT_OK) {
        ssize_t sent = send(channel->socket, channel->out.data + at, channel->out.size - at, MSG_NOSIGNAL);
        if (sent > 0)
            at += (size_t)sent;
        else if (errno != EINTR)
            result = VAULT_EIO;
    }
    /* A long answer's buffer is not kept for the short ones that follow. */
    if (channel->out.capacity > 4 * GATHER)
        buffer_free(&channel->out);
    else
        buffer_reset(&channel->out);
    return result;
}

/* A thread that sleeps in recv() is woken whenever the other end takes what it sent, too, for nothing; in
 * poll() it is not. */
static ssize_t receive(int socket, uint8_t *space, size_t room)
{
    struct pollfd here = {.fd = socket, .events = POLLIN};
    return poll(&here, 1, -1) < 0 ? -1 : recv(socket, space, room, 0);
}

/* Have at least @p size bytes behind what was taken. VAULT_ENOTFOUND at the end. */
static int fill(struct channel *channel, size_t size)
{
    struct buffer *in = &channel->in;
    while (in->size - channel->taken < size) {
        size_t missing = size - (in->size - channel->taken);
        size_t before = in->size;
        uint8_t *space = buffer_grow(in, missing > READ_AHEAD ? missing : READ_AHEAD);
        if (space == NULL)
            return VAULT_ENOMEM;
        size_t room = in->size - before;
        ssize_t got = receive(channel->socket, space, room);
        in->size = before + (got > 0 ? (size_t)got : 0);
        if (got == 0)
            return VAULT_ENOTFOUND;
        if (got < 0 && errno != EINTR)
            return VAULT_EIO;
    }
    return VAULT_OK;
}

/* What was handed out is wiped, and the rest moves to the front. */
static void let_go(struct channel *channel)
{
    struct buffer *in = &channel->in;
    size_t rest = in->size - channel->taken;
    if (channel->taken == 0)
        return;
    if (rest == 0 && in->capacity > 4 * GATHER) {
        buffer_free(in);
    } else {
        memmove(in->data, in->data + channel->taken, rest);
        wipe(in->data + rest, in->size - rest);
        in->size = rest;
    }
    channel->taken = 0;
}

int channel_receive(struct channel *channel, size_t limit, uint8_t *type, struct bytes *content)
{
    *content = (struct bytes){0};
    *type = 0;
    let_go(channel);
    int result = fill(channel, HEADER);
    if (result == VAULT_ENOTFOUND)
        return channel->in.size == 0 ? VAULT_ENOTFOUND : VAULT_EIO;
    if (result != VAULT_OK)
        return result;
    struct reader reader = reader_of(bytes_of(channel->in.data, HEADER));
    uint8_t kind = reader_u8(&reader);
    size_t size = reader_u32(&reader);
    if (size > limit)
        return VAULT_ELIMIT;
    result = fill(channel, HEADER + size);
    if (result != VAULT_OK)
        return result == VAULT_ENOTFOUND ? VAULT_EIO : result;
    *type = kind;
    *content = bytes_of(channel->in.data + HEADER, size);
    channel->taken = HEADER + size;
    return VAULT_OK;
}

bool channel_ready(const struct channel *channel)
{
    size_t size = channel->in.size - channel->taken;
    if (size < HEADER)
        return false;
    struct reader reader = reader_of(bytes_of(channel->in.data + channel->taken + 1, 4));
    return size - HEADER >= reader_u32(&reader);
}

bool channel_gone(struct channel *channel, int milliseconds)
{
    struct pollfd other = {.fd = channel->socket, .events = POLLRDHUP};
    return poll(&other, 1, milliseconds) > 0 && (other.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}
