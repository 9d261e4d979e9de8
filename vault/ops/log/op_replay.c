/* The log, read: its leaves exactly as logged, or as a story of who was shown what. */
#include "vault/ops/log/log_filters_private.h"
#include "vault/ops/log/story_private.h"

struct output {
    struct call *call;
    struct story *story;
    struct buffer line;
};

static int put_leaf(void *context, uint64_t index, struct bytes leaf)
{
    struct output *output = context;
    (void)index;
    buffer_reset(&output->line);
    buffer_put(&output->line, leaf);
    buffer_put_u8(&output->line, '\n');
    int result = buffer_error(&output->line);
    return result == VAULT_OK ? reply_text(output->call, buffer_bytes(&output->line)) : result;
}

static int tell_leaf(void *context, uint64_t index, struct bytes leaf)
{
    struct output *output = context;
    return story_add(output->story, index, leaf);
}

static json_t *describe(struct call *call, const struct log_query *query)
{
    json_t *extra = log_filters_json(call, query);
    json_t *asked = json_object_get(extra, "query");
    static const char *const flags[] = {"story", "follow"};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (asked != NULL && call_flag(call, flags[i]))
            (void)json_object_set_new(asked, flags[i], json_true());
    }
    return extra;
}

int op_log_replay(struct call *call)
{
    struct log_filters filters;
    struct output output = {.call = call};
    struct access_request request = {.action = "log.replay", .log = true};
    bool story = call_flag(call, "story");
    struct log_walk walk = {.call = call,
        .query = &filters.query,
        .request = &request,
        .follow = call_flag(call, "follow"),
        .leaf = story ? tell_leaf : put_leaf,
        .context = &output};
    if (story && walk.follow)
        return failure_set(call->failure, VAULT_EUSAGE, "a story has an end, so it cannot be followed");
    int result = log_filters_read(call, &request, &filters);
    if (result == VAULT_OK && story && (output.story = story_new(call)) == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = call_allow(call, &request, describe(call, &filters.query), &walk.event);
    if (result == VAULT_OK)
        result = log_walk(&walk);
    if (result == VAULT_OK && story)
        result = story_settle(output.story, walk.event);
    if (result == VAULT_OK && story)
        result = story_tell(output.story);
    story_free(output.story);
    buffer_free(&output.line);
    return result;
}
