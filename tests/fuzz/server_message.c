/* What a front that was taken over could say to the keeper, and what strangers write into the headers that we
 * read. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vault/server/etag.h"
#include "vault/server/front_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool true_thing)
{
    if (!true_thing)
        abort();
}

static bool within(struct bytes inner, struct bytes outer)
{
    return inner.size == 0 ||
           (inner.data >= outer.data && inner.data + inner.size <= outer.data + outer.size);
}

static void split_all(struct bytes content)
{
    struct bytes blocks[MESSAGE_BLOCKS_MAX];
    for (unsigned type = 0; type < 256; type++) {
        const struct message_rule *rule = message_rule((uint8_t)type);
        if (rule == NULL || message_split(rule, content, blocks) != VAULT_OK)
            continue;
        for (size_t i = 0; i < MESSAGE_BLOCKS_MAX; i++)
            expect(within(blocks[i], content) &&
                   blocks[i].size <= (rule->raw && i == 0 ? rule->max[0] : rule->max[i]));
    }
}

static void receive_all(struct bytes input)
{
    int ends[2];
    uint8_t type;
    struct bytes content;
    if (input.size > 60000 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return;
    expect(write(ends[1], input.data, input.size) == (ssize_t)input.size);
    (void)close(ends[1]);
    struct channel *channel = channel_new(ends[0]);
    expect(channel != NULL);
    while (channel_receive(channel, 1000, &type, &content) == VAULT_OK) {
        expect(content.size <= 1000);
        split_all(content);
    }
    channel_free(channel);
}

/* Tags of a record, and paths with names in them. */
static void read_conditions(const char *text)
{
    static const char id[] = "01M8B9BPPA10FQRBXGHHN3MXR9";
    const char *rest = NULL;
    char methods[ROUTE_METHODS_SIZE];
    unsigned status = 0;
    int64_t version = 0;
    int result = etag_find(bytes_of_text(text), id, strlen(text) % 2 == 0, &version);
    expect((result == VAULT_OK || result == VAULT_EUSAGE) && version >= -1);
    const struct route *route = route_find("GET", text, &rest, &status);
    expect(route == NULL || strlen(rest) < 160);
    route_methods(text, methods);
    expect(route == NULL || strstr(methods, "GET") != NULL);
    (void)route_acceptable(text);
}

static void read_headers(const char *text)
{
    const char *rest = NULL;
    unsigned status = 0;
    const struct route *route = route_find("POST", text, &rest, &status);
    expect(route != NULL || status == 404 || status == 405);
    expect(route == NULL || strlen(rest) <= 64);
    struct bytes token = route_token(text);
    expect(token.size == 0 || token.size == 64);
    (void)route_is_json(text);
    (void)route_wants_lines(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer problem = {0};
    unsigned again;
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    split_all(bytes_of(data, size));
    receive_all(bytes_of(data, size));
    read_headers(text);
    read_conditions(text);
    unsigned status = problem_write(bytes_of(data, size), &problem, &again);
    expect(status >= 400 && status < 600);
    buffer_free(&problem);
    free(text);
    return 0;
}
