/* log.tiles: the log as files that others can follow. */
#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/evidence/tiles.h"
#include "vault/log/prove.h"
#include "vault/ops/log/log_head_private.h"

struct publishing {
    struct call *call;
    struct log_prover *prover;
};

static int fetch_node(void *context, unsigned level, uint64_t index, struct hash *hash)
{
    const struct publishing *publishing = context;
    return log_prover_node(publishing->prover, level, index, hash, publishing->call->failure);
}

static int fetch_leaf(void *context, uint64_t index, struct buffer *leaf)
{
    const struct publishing *publishing = context;
    return log_read(session_log(publishing->call->session), index, leaf, publishing->call->failure);
}

static void show(void *context, uint64_t done, uint64_t total)
{
    const struct publishing *publishing = context;
    reply_progress(publishing->call, done, total, "entries");
}

/* What is published there already must be an earlier state of this very log. */
static int read_published(struct call *call, const struct log_head_out *head, uint64_t *have)
{
    struct buffer note = {0};
    struct failure failure = {0};
    struct checkpoint checkpoint;
    *have = 0;
    char *path = file_path(call_text(call, "out"), "checkpoint");
    if (path == NULL)
        return failure_set(call->failure, VAULT_ENOMEM, "no memory for tiles");
    int result = file_read(path, NOTE_SIZE_MAX, &note, &failure);
    if (result == VAULT_ENOTFOUND) {
        result = VAULT_OK;
        goto out;
    }
    if (result != VAULT_OK) {
        (void)failure_set(call->failure, result, "%s", failure.text);
        goto out;
    }
    if (checkpoint_open(buffer_bytes(&note), &head->log_key, &checkpoint) != VAULT_OK) {
        failure_remedy(call->failure, "name another directory with --out");
        result =
            failure_set(call->failure, VAULT_EEXISTS, "%s: the checkpoint there is of another log", path);
        goto out;
    }
    result = log_extends(session_log(call->session), buffer_bytes(&note), call->failure);
    *have = checkpoint.size;
out:
    buffer_free(&note);
    free(path);
    return result;
}

/* Entries are there only if they were from the start; else all of them are written now. */
static bool has_entries(const struct call *call, uint64_t have)
{
    char name[TILE_PATH_SIZE];
    if (have == 0)
        return true;
    struct tile tile = {0, true, 0, have < TILE_WIDTH ? (unsigned)have : TILE_WIDTH};
    tile_path(&tile, name);
    char *path = file_path(call_text(call, "out"), name);
    bool there = path != NULL && file_exists(path);
    free(path);
    return there;
}

static int publish(struct publishing *publishing, struct log_head_out *head, uint64_t *files)
{
    struct call *call = publishing->call;
    struct tiles_source source = {
        .nodes = {fetch_node, publishing}, .leaf = fetch_leaf, .context = publishing, .progress = show};
    bool entries = !call_flag(call, "hashes_only");
    uint64_t have;
    int result = read_published(call, head, &have);
    /* Who follows must never see the log go back: witnesses may lag behind what is there already. */
    if (result == VAULT_OK && have > head->checkpoint.size)
        return VAULT_OK;
    if (result == VAULT_OK)
        result = log_prover_new(
            session_log(call->session), head->checkpoint.size, &publishing->prover, call->failure);
    if (result != VAULT_OK)
        return result;
    if (entries && !has_entries(call, have))
        have = 0;
    return tiles_write(call_text(call, "out"), &source, have, head->checkpoint.size, entries,
        buffer_bytes(&head->note), files, call->failure);
}

int op_log_tiles(struct call *call)
{
    struct publishing publishing = {.call = call};
    struct log_head_out head = {0};
    struct access_request request = {.action = "log.tiles", .log = true};
    uint64_t event = 0;
    uint64_t files = 0;
    json_t *what = json_pack("{s:b}", "hashes_only", call_flag(call, "hashes_only"));
    int result = call_allow(call, &request, what, &event);
    if (result == VAULT_OK)
        result = log_head_take(call, 0, &head);
    if (result == VAULT_OK)
        result = publish(&publishing, &head, &files);
    if (result == VAULT_OK)
        result = reply_value(call,
            json_pack("{s:s,s:I,s:I,s:I}", "out", call_text(call, "out"), "size",
                (json_int_t)head.checkpoint.size, "files", (json_int_t)files, "event", (json_int_t)event));
    log_prover_free(publishing.prover);
    log_head_free(&head);
    return result;
}
