/* What the front and the keeper say to each other: frames over a real socket, and the table of what is taken.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vault/server/message.h"

struct pair {
    struct channel *ours;
    int theirs;
};

static void pair_start(struct pair *pair)
{
    int ends[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pair->ours = channel_new(ends[0]);
    pair->theirs = ends[1];
}

static void pair_end(struct pair *pair)
{
    channel_free(pair->ours);
    if (pair->theirs >= 0)
        (void)close(pair->theirs);
}

static void put(const struct pair *pair, const void *data, size_t size)
{
    cr_assert_eq(write(pair->theirs, data, size), (ssize_t)size);
}

Test(server_message, frames_arrive_whole_however_they_are_cut)
{
    static const uint8_t frames[] = {TELL_ROW, 0, 0, 0, 2, 'a', 'b', TELL_DONE, 0, 0, 0, 0};
    struct pair pair;
    uint8_t type;
    struct bytes content;
    pair_start(&pair);
    for (size_t i = 0; i < 7; i++)
        put(&pair, frames + i, 1);
    cr_assert_eq(channel_receive(pair.ours, 10, &type, &content), VAULT_OK);
    cr_assert(type == TELL_ROW && bytes_equal(content, bytes_of_text("ab")));
    cr_assert_not(channel_ready(pair.ours));
    put(&pair, frames, sizeof frames);
    cr_assert_eq(channel_receive(pair.ours, 10, &type, &content), VAULT_OK);
    cr_assert(channel_ready(pair.ours), "both came together");
    cr_assert_eq(channel_receive(pair.ours, 10, &type, &content), VAULT_OK);
    cr_assert(type == TELL_DONE && content.size == 0);
    pair_end(&pair);
}

Test(server_message, an_end_between_frames_is_told_from_one_within)
{
    struct pair pair;
    uint8_t type;
    struct bytes content;
    pair_start(&pair);
    (void)close(pair.theirs);
    pair.theirs = -1;
    cr_assert_eq(channel_receive(pair.ours, 10, &type, &content), VAULT_ENOTFOUND);
    cr_assert(channel_gone(pair.ours, 0));
    pair_end(&pair);
    pair_start(&pair);
    put(&pair, "\x40\0\0\0\5ab", 7);
    (void)close(pair.theirs);
    pair.theirs = -1;
    cr_assert_eq(channel_receive(pair.ours, 10, &type, &content), VAULT_EIO);
    pair_end(&pair);
}

Test(server_message, a_frame_beyond_the_limit_is_refused_before_it_is_read)
{
    struct pair pair;
    uint8_t type;
    struct bytes content;
    pair_start(&pair);
    put(&pair, "\1\xff\xff\xff\xff", 5);
    cr_assert_eq(channel_receive(pair.ours, 1000, &type, &content), VAULT_ELIMIT);
    pair_end(&pair);
}

Test(server_message, what_was_sent_is_what_arrives)
{
    int ends[2];
    uint8_t type;
    struct bytes content;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    struct channel *from = channel_new(ends[0]);
    struct channel *to = channel_new(ends[1]);
    cr_assert_eq(channel_send(from, TELL_TEXT, bytes_of_text("one")), VAULT_OK);
    cr_assert_eq(channel_send(from, TELL_DONE, (struct bytes){0}), VAULT_OK);
    cr_assert_eq(channel_flush(from), VAULT_OK);
    cr_assert_eq(channel_receive(to, 3, &type, &content), VAULT_OK);
    cr_assert(type == TELL_TEXT && bytes_equal(content, bytes_of_text("one")));
    channel_free(to);
    int sent = VAULT_OK;
    for (int i = 0; i < 100000 && sent == VAULT_OK; i++)
        sent = channel_send(from, TELL_TEXT, bytes_of_text("nobody reads this"));
    cr_assert_eq(sent, VAULT_EIO, "the other end is gone");
    channel_free(from);
}

Test(server_message, questions_are_as_the_table_says_to_the_last_byte)
{
    struct bytes blocks[MESSAGE_BLOCKS_MAX];
    struct buffer content = {0};
    const struct message_rule *rule = message_rule(ASK_END);
    cr_assert_not_null(rule);
    buffer_put_block(&content, bytes_of_text("token"));
    cr_assert_eq(message_split(rule, buffer_bytes(&content), blocks), VAULT_EINPUT, "one block is missing");
    buffer_put_block(&content, bytes_of_text("id"));
    cr_assert_eq(message_split(rule, buffer_bytes(&content), blocks), VAULT_OK);
    cr_assert(bytes_equal(blocks[0], bytes_of_text("token")) && bytes_equal(blocks[1], bytes_of_text("id")));
    cr_assert_eq(blocks[2].size, 0);
    buffer_put_u8(&content, 0);
    cr_assert_eq(message_split(rule, buffer_bytes(&content), blocks), VAULT_EINPUT, "a byte too many");
    buffer_reset(&content);
    for (int i = 0; i < 65; i++)
        buffer_put_u8(&content, 'x');
    struct buffer longer = {0};
    buffer_put_block(&longer, buffer_bytes(&content));
    buffer_put_block(&longer, bytes_of_text("id"));
    cr_assert_eq(message_split(rule, buffer_bytes(&longer), blocks), VAULT_EINPUT, "a token too long");
    buffer_free(&content);
    buffer_free(&longer);
}

Test(server_message, the_keeper_takes_no_answers)
{
    for (unsigned type = 0; type < 256; type++) {
        bool asked = type >= ASK_LOGIN && type <= ASK_LANE;
        cr_assert_eq(message_rule((uint8_t)type) != NULL, asked, "%u", type);
    }
}

Test(server_message, a_block_is_text_or_not)
{
    char text[5];
    cr_assert(message_text(bytes_of("abcd", 4), text, sizeof text));
    cr_assert_str_eq(text, "abcd");
    cr_assert(message_text((struct bytes){0}, text, sizeof text));
    cr_assert_str_eq(text, "");
    cr_assert_not(message_text(bytes_of("abcde", 5), text, sizeof text), "no room for the end");
    cr_assert_not(message_text(bytes_of("a\0c", 3), text, sizeof text), "an end in the middle");
}
