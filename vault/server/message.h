/**
 * @file message.h
 * What the front (which parses HTTP and holds nothing) and the keeper (which holds the keys) say to each
 * other, and how it travels: frames over a stream socket, one conversation a socket, one question at a time.
 *
 *   frame    type (1 byte), length of what follows (4 bytes, big-endian), content
 *
 * Contents are blocks (length as u32, bytes) in the order that the table of message.c gives; nothing else is
 * taken.  A conversation that breaks a rule is closed.  Closing it in the middle of an answer stops what was
 * asked for.
 */
#ifndef VAULT_SERVER_MESSAGE_H
#define VAULT_SERVER_MESSAGE_H

#include "vault/base/bytes.h"

#define MESSAGE_BODY_MAX ((size_t)4 << 20)    /* of a question */
#define MESSAGE_PIECE_MAX ((size_t)64 * 1024) /* of a file */
#define MESSAGE_ANSWER_MAX ((size_t)64 << 20) /* one row, value or text */
#define MESSAGE_BLOCKS_MAX 6

enum message_type {
    /* front to keeper */
    ASK_LOGIN = 1, /* user, passphrase, code of the second factor or nothing */
    ASK_RUN,       /* token, operation, body (JSON), If-Match, If-None-Match, Idempotency-Key (each may be empty) */
    ASK_LOGOUT,    /* token */
    ASK_SESSIONS,  /* token */
    ASK_END,       /* token, session id */
    ASK_UPLOAD,    /* token, file name; then pieces and done */
    ASK_FETCH,     /* token, file id */
    ASK_HEALTH,    /* nothing */
    ASK_CHECK,     /* token: is anybody logged in with it? */
    ASK_READY,     /* nothing: as ASK_HEALTH, and a problem where no work could be done now */
    ASK_METRICS,   /* nothing: counters as Prometheus reads them */
    ASK_CHECKPOINT, /* token, size that is remembered, in digits */
    ASK_FROM,      /* source: who is at the other end; said once, first of all, and not answered */
    SEND_PIECE,    /* bytes of a file */
    SEND_DONE,     /* of a file */
    ASK_LANE,      /* one byte: by which lane (lane.h) short questions come from now on; not answered */
    /* keeper to front */
    TELL_ROW = 64, /* JSON */
    TELL_VALUE,    /* JSON */
    TELL_TEXT,     /* bytes */
    TELL_PROGRESS, /* JSON: [done, total, unit] */
    TELL_FILES,    /* JSON: [{id, path}], what was written and can be fetched */
    TELL_PIECE,    /* bytes of a file */
    TELL_DONE,     /* the end: it succeeded */
    TELL_PROBLEM,  /* the end: JSON {error, code, message, remedy?, exit, retry_after?, needs?} */
    TELL_TAG,      /* before all else: the entity tag of what comes */
    TELL_UNCHANGED /* instead of a value: If-None-Match has its tag */
};

/** What a question looks like: how many blocks, and how long each may be. 0 blocks of a raw one: bytes as
 * they are. */
struct message_rule {
    uint8_t type;
    uint8_t blocks;
    bool raw;
    size_t max[MESSAGE_BLOCKS_MAX];
};

/** NULL: the keeper takes no such message. */
const struct message_rule *message_rule(uint8_t type);

/**
 * Split the content of a question.
 * @param blocks  borrowed from @p content; those that the rule does not have are empty.
 * @retval VAULT_EINPUT  not as the rule says, to the last byte.
 */
int message_split(const struct message_rule *rule, struct bytes content,
    struct bytes blocks[MESSAGE_BLOCKS_MAX]) VAULT_MUST_CHECK;

/** A block as text, with a NUL behind it. False: longer than @p size - 1, or it has one itself. */
bool message_text(struct bytes block, char *text, size_t size);

/* --- A conversation --- */

/** One end.  One thread at a time. */
struct channel;

/** Takes over the socket, also on failure. NULL without memory. */
struct channel *channel_new(int socket);
void channel_free(struct channel *channel);

/** Put a frame; it leaves with the next channel_flush(), or when enough has gathered. VAULT_EIO: the other
 * end is gone. */
int channel_send(struct channel *channel, uint8_t type, struct bytes content) VAULT_MUST_CHECK;
int channel_flush(struct channel *channel) VAULT_MUST_CHECK;

/**
 * Wait for a frame.
 * @param limit    of the content.
 * @param content  borrowed until the next call on this channel.
 * @retval VAULT_ENOTFOUND  the other end has closed, between frames.
 * @retval VAULT_ELIMIT     longer than @p limit;  VAULT_EIO, VAULT_ENOMEM.
 */
int channel_receive(
    struct channel *channel, size_t limit, uint8_t *type, struct bytes *content) VAULT_MUST_CHECK;

/** Is a whole frame here already, so that channel_receive() will not wait? */
bool channel_ready(const struct channel *channel);

/** Has the other end gone away?  Waits up to @p milliseconds for that. */
bool channel_gone(struct channel *channel, int milliseconds);

#endif
