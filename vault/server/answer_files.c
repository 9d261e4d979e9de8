/* Files that come before an operation and go after it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/text.h"
#include "vault/server/about.h"
#include "vault/server/keeper_private.h"

/* Pieces, until it is done.  What cannot be kept is read all the same, so that the answer can be read. */
static int receive_file(struct conversation *conversation, struct scratch_item *item)
{
    struct scratch *scratch = keeper_scratch(conversation->keeper);
    int result = scratch_write(
        scratch, item, (struct bytes){0}, &conversation->failure); /* an empty file is one too */
    for (;;) {
        uint8_t type;
        struct bytes content;
        if (channel_receive(conversation->channel, MESSAGE_PIECE_MAX, &type, &content) != VAULT_OK ||
            (type != SEND_PIECE && type != SEND_DONE))
            return failure_set(&conversation->failure, VAULT_EINPUT, "the file ended before its end");
        if (type == SEND_DONE)
            return result;
        if (result == VAULT_OK)
            result = scratch_write(scratch, item, content, &conversation->failure);
    }
}

int answer_upload(struct conversation *conversation, const struct bytes *blocks)
{
    char owner[ULID_TEXT_SIZE];
    char name[256];
    char id[SCRATCH_ID_SIZE];
    struct scratch *scratch = keeper_scratch(conversation->keeper);
    struct scratch_item *item = NULL;
    int result = logins_check(keeper_logins(conversation->keeper),
        conversation_token(conversation, blocks[0]), owner, &conversation->failure);
    if (result == VAULT_OK && !message_text(blocks[1], name, sizeof name))
        result = failure_set(&conversation->failure, VAULT_EINPUT, "that is no name for a file");
    if (result == VAULT_OK)
        result = scratch_begin(scratch, owner, name, false, &item, &conversation->failure);
    /* The front asks whether it may before it sends. */
    if (result == VAULT_OK)
        result = channel_send(conversation->channel, TELL_PROGRESS, bytes_of_text("[0,0,\"\"]"));
    if (result == VAULT_OK)
        result = channel_flush(conversation->channel);
    if (result == VAULT_OK)
        result = receive_file(conversation, item);
    if (result != VAULT_OK) {
        scratch_drop(scratch, item);
        return result;
    }
    scratch_keep(scratch, item, id);
    json_t *value = json_pack("{s:s}", "upload", id);
    result = tell_json(conversation, TELL_VALUE, value);
    json_decref(value);
    return result;
}

static int send_file(struct conversation *conversation, int file)
{
    uint8_t piece[16384];
    int result = VAULT_OK;
    ssize_t got = 1;
    while (result == VAULT_OK && got != 0) {
        got = read(file, piece, sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            result = failure_set(
                &conversation->failure, VAULT_EIO, "the file cannot be read: %s", strerror(errno));
        else if (got > 0)
            result = channel_send(conversation->channel, TELL_PIECE, bytes_of(piece, (size_t)got));
    }
    wipe(piece, sizeof piece);
    return result;
}

/* What was written before a freeze is not fetched after it. */
static int check_label(struct conversation *conversation, struct bytes label)
{
    if (!about_label_frozen(label, keeper_logins(conversation->keeper)))
        return VAULT_OK;
    failure_remedy(&conversation->failure, "ask who froze it");
    return failure_set(&conversation->failure, VAULT_EFROZEN, "what is in the file was frozen meanwhile");
}

int answer_fetch(struct conversation *conversation, const struct bytes *blocks)
{
    char owner[ULID_TEXT_SIZE];
    char id[65];
    int file = -1;
    struct buffer label = {0};
    struct scratch_item *item = NULL;
    struct scratch *scratch = keeper_scratch(conversation->keeper);
    int result = logins_check(keeper_logins(conversation->keeper),
        conversation_token(conversation, blocks[0]), owner, &conversation->failure);
    if (result == VAULT_OK && !message_text(blocks[1], id, sizeof id))
        result = failure_set(&conversation->failure, VAULT_EINPUT, "that is no file");
    if (result == VAULT_OK)
        result = scratch_open(scratch, owner, id, &file, &label, &conversation->failure);
    if (result == VAULT_OK)
        result = check_label(conversation, buffer_bytes(&label));
    buffer_free(&label);
    if (result == VAULT_OK)
        result = send_file(conversation, file);
    if (result == VAULT_OK)
        result = channel_flush(conversation->channel);
    if (file >= 0)
        (void)close(file);
    /* One file that has been fetched is done with; those of a directory go together, some minutes later. */
    if (result == VAULT_OK && scratch_single(scratch, owner, id) &&
        scratch_take(scratch, owner, id, &item, NULL) == VAULT_OK)
        scratch_drop(scratch, item);
    return result;
}
