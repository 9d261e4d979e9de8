/* The release log of one witness, read from it: once to see that all of it is there, once more for its
 * proofs. */
#include "vault/ops/log/release_log_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/evidence/release.h"
#include "vault/http/http.h"

#define ANSWER_MAX (64u * 1024 * 1024)

typedef int (*taker)(struct release_log *log, const struct release_log_entry *entry);

struct release_log {
    struct call *call;
    const struct recipient *recipient;
    struct http_client *client;
    struct hasher *hasher;
    struct note_key key;
    struct buffer checkpoint; /* the last one shown, or the one that all entries were held against */
    struct buffer nodes;      /* in post-order */
    struct tree_edge edge;    /* over what was read */
    struct tree_path path;
    struct buffer proof;
    uint64_t next; /* of the second reading */
    taker take;
    int (*seen)(void *context, const struct release_log_entry *entry);
    int (*proved)(void *context, const struct release_log_entry *entry, struct bytes proof);
    void *context;
};

int release_log_new(struct call *call, const struct recipient *recipient, struct release_log **logp)
{
    struct http_server server = {.url = recipient->url, .total_ms = 60000, .answer_max = ANSWER_MAX};
    uint8_t pin[HTTP_PIN_SIZE];
    *logp = NULL;
    struct release_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return VAULT_ENOMEM;
    log->call = call;
    log->recipient = recipient;
    log->hasher = hasher_new();
    if (recipient->pin[0] != '\0' && http_pin_parse(recipient->pin, pin))
        server.pin = pin;
    int result =
        log->hasher == NULL ? VAULT_ENOMEM : note_key_parse(bytes_of_text(recipient->vkey), &log->key);
    if (result == VAULT_OK)
        result = http_client_new(&server, &log->client, call->failure);
    if (result != VAULT_OK) {
        release_log_free(log);
        return result;
    }
    *logp = log;
    return VAULT_OK;
}

void release_log_free(struct release_log *log)
{
    if (log == NULL)
        return;
    http_client_free(log->client);
    hasher_free(log->hasher);
    buffer_free(&log->checkpoint);
    buffer_free(&log->nodes);
    buffer_free(&log->proof);
    free(log);
}

struct bytes release_log_checkpoint(const struct release_log *log)
{
    return buffer_bytes(&log->checkpoint);
}

const struct note_key *release_log_key(const struct release_log *log)
{
    return &log->key;
}

uint64_t release_log_size(const struct release_log *log)
{
    return log->edge.size;
}

/* --- One question --- */

/* What our log's key signs, so that nobody else is shown who reads what here. */
static int write_request(struct release_log *log, uint64_t from, struct buffer *body)
{
    struct session *session = log->call->session;
    struct note_key key;
    struct buffer text = {0};
    struct release_reading reading = {.origin = bytes_of_text(session_origin(session)),
        .from = from,
        .time = (uint64_t)instant_now() / 1000};
    release_reading_format(&reading, &text);
    const struct sign_key *signer = session_keys(session)->sign;
    int result = note_key_make(session_origin(session), NOTE_ED25519, sign_key_public(signer), &key);
    buffer_put(body, buffer_bytes(&text));
    buffer_put_u8(body, '\n');
    if (result == VAULT_OK)
        result = note_put_signature(&key, signer, buffer_bytes(&text), body);
    buffer_free(&text);
    return result == VAULT_OK ? buffer_error(body) : result;
}

static int take_answer(struct release_log *log, uint64_t from, struct bytes wire, struct buffer *checkpoint)
{
    struct bytes note, bytes;
    struct reader rest;
    struct release_log_entry entry = {.index = from};
    int error = VAULT_OK;
    int result = release_entries_read(wire, &note, &rest);
    buffer_reset(checkpoint);
    buffer_put(checkpoint, note);
    while (result == VAULT_OK && release_entry_next(&rest, &entry.whole, &bytes, &error)) {
        entry.leaf = entry.whole ? bytes : bytes_of(NULL, 0);
        if (entry.whole)
            tree_leaf_hash(log->hasher, bytes, &entry.hash);
        else
            memcpy(entry.hash.data, bytes.data, HASH_SIZE);
        result = log->take(log, &entry);
        entry.index++;
    }
    return result == VAULT_OK ? error : result;
}

/* Some entries from @p from on go to log->take. */
static int ask(struct release_log *log, uint64_t from, struct buffer *checkpoint)
{
    struct failure *failure = log->call->failure;
    struct buffer body = {0};
    struct http_answer answer = {0};
    int result = write_request(log, from, &body);
    struct http_request request = {.method = "POST",
        .path = "/release/entries",
        .content_type = "text/plain; charset=utf-8",
        .body = buffer_bytes(&body)};
    if (result == VAULT_OK)
        result = http_ask(log->client, &request, &answer, failure);
    if (result == VAULT_OK && answer.status != 200)
        result = failure_set(
            failure, VAULT_EIO, "witness '%s' shows no releases (%u)", log->recipient->name, answer.status);
    if (result == VAULT_OK)
        result = take_answer(log, from, buffer_bytes(&answer.body), checkpoint);
    if (result == VAULT_EINPUT)
        result = failure_set(
            failure, VAULT_EFORGED, "witness '%s' answers what is no list of releases", log->recipient->name);
    http_answer_free(&answer);
    buffer_free(&body);
    return result;
}

/* --- The first reading --- */

static int take_first(struct release_log *log, const struct release_log_entry *entry)
{
    struct hash fresh[TREE_LEVELS + 1];
    size_t count = tree_edge_add(&log->edge, log->hasher, &entry->hash, fresh);
    buffer_put_data(&log->nodes, fresh, count * sizeof fresh[0]);
    int result = buffer_error(&log->nodes);
    return result == VAULT_OK && log->seen != NULL ? log->seen(log->context, entry) : result;
}

int release_log_read(struct release_log *log,
    int (*entry)(void *context, const struct release_log_entry *entry), void *context)
{
    struct checkpoint head = {0};
    struct hash root;
    uint64_t before;
    int result;
    log->take = take_first;
    log->seen = entry;
    log->context = context;
    do {
        before = log->edge.size;
        result = ask(log, before, &log->checkpoint);
        if (result == VAULT_OK &&
            checkpoint_open(buffer_bytes(&log->checkpoint), &log->key, &head) != VAULT_OK)
            result = failure_set(log->call->failure, VAULT_EFORGED,
                "the releases of witness '%s' are not signed by its key", log->recipient->name);
    } while (result == VAULT_OK && log->edge.size < head.size && log->edge.size > before);
    if (result != VAULT_OK)
        return result;
    tree_edge_root(&log->edge, log->hasher, &root);
    if (log->edge.size != head.size || !hash_equal(&root, &head.root))
        return failure_set(log->call->failure, VAULT_EFORGED,
            "the releases of witness '%s' are not those that it signed", log->recipient->name);
    return VAULT_OK;
}

/* --- The second --- */

static int read_node(void *context, unsigned level, uint64_t index, struct hash *hash)
{
    const struct release_log *log = context;
    uint64_t at = tree_position(level, index);
    if (at >= log->nodes.size / HASH_SIZE)
        return VAULT_EINTERNAL;
    memcpy(hash->data, log->nodes.data + at * HASH_SIZE, HASH_SIZE);
    return VAULT_OK;
}

static int take_again(struct release_log *log, const struct release_log_entry *entry)
{
    const struct tree_nodes nodes = {.node = read_node, .context = log};
    struct hash known;
    if (entry->index >= log->edge.size)
        return VAULT_OK; /* released since */
    int result = read_node(log, 0, entry->index, &known);
    if (result == VAULT_OK && !hash_equal(&known, &entry->hash))
        return failure_set(log->call->failure, VAULT_EFORGED,
            "witness '%s' shows another entry %llu than before", log->recipient->name,
            (unsigned long long)entry->index);
    log->proof.size = 0;
    if (result == VAULT_OK)
        result =
            tree_inclusion_next(&nodes, log->hasher, &log->path, entry->index, log->edge.size, &log->proof);
    log->next = entry->index + 1;
    return result == VAULT_OK ? log->proved(log->context, entry, buffer_bytes(&log->proof)) : result;
}

int release_log_prove(struct release_log *log,
    int (*entry)(void *context, const struct release_log_entry *entry, struct bytes proof), void *context)
{
    struct buffer later = {0}; /* its checkpoint is a newer one, which nothing is held against */
    int result = VAULT_OK;
    log->take = take_again;
    log->proved = entry;
    log->context = context;
    log->next = 0;
    log->path = (struct tree_path){0};
    while (result == VAULT_OK && log->next < log->edge.size) {
        uint64_t before = log->next;
        result = ask(log, before, &later);
        if (result == VAULT_OK && log->next == before)
            result = failure_set(log->call->failure, VAULT_EFORGED,
                "witness '%s' shows fewer entries than before", log->recipient->name);
    }
    buffer_free(&later);
    return result;
}
