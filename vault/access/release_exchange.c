/* One exchange with a witness: checkpoint, proofs, the event, and what came back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/layout.h"
#include "vault/access/release_private.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/log/index.h"

#define TRIES 12 /* others move the witness on meanwhile */
#define CACHE_MAX 4096
#define TELLING_MAX RELEASE_PEOPLE_MAX
#define ANSWER_MAX (64u * 1024 + (size_t)RELEASE_ITEMS_MAX * KEY_SIZE)
#define ANSWER_MS 30000

/* --- What witnesses have seen, remembered between processes; a wrong number costs one more round trip --- */

static void cache_path(const struct session *session, char **path)
{
    *path = file_path(session->directory, LAYOUT_WITNESSED);
}

static void cache_read(const struct session *session, struct release_link *link)
{
    struct buffer text = {0};
    char id[2 * WITNESSED_ID_SIZE + 1];
    char *path;
    cache_path(session, &path);
    hex_encode(bytes_of(link->id, WITNESSED_ID_SIZE), id);
    if (path != NULL && file_read(path, CACHE_MAX, &text, NULL) == VAULT_OK) {
        const char *at = buffer_text(&text);
        at = at == NULL ? NULL : strstr(at, id);
        if (at != NULL)
            link->size = strtoull(at + sizeof id - 1, NULL, 10);
    }
    buffer_free(&text);
    free(path);
}

static void cache_write(const struct session *session)
{
    struct buffer text = {0};
    char id[2 * WITNESSED_ID_SIZE + 1];
    char *path;
    cache_path(session, &path);
    for (size_t i = 0; i < session->links->count; i++) {
        hex_encode(bytes_of(session->links->links[i].id, WITNESSED_ID_SIZE), id);
        buffer_put_format(&text, "%s %llu\n", id, (unsigned long long)session->links->links[i].size);
    }
    if (path != NULL && buffer_error(&text) == VAULT_OK)
        (void)!file_replace_lazily(path, buffer_bytes(&text), 0600, NULL);
    buffer_free(&text);
    free(path);
}

/* --- Links --- */

int release_link(struct session *session, const struct recipient *recipient, struct release_link **linkp,
    struct failure *failure)
{
    uint8_t id[WITNESSED_ID_SIZE];
    uint8_t pin[HTTP_PIN_SIZE];
    *linkp = NULL;
    if (session->links == NULL && (session->links = calloc(1, sizeof *session->links)) == NULL)
        return VAULT_ENOMEM;
    witnessed_id(bytes_of(recipient->public_key, BOX_PUBLIC_SIZE), id);
    for (size_t i = 0; i < session->links->count; i++) {
        if (memcmp(session->links->links[i].id, id, sizeof id) == 0) {
            *linkp = &session->links->links[i];
            return VAULT_OK;
        }
    }
    if (session->links->count == WITNESSED_RECIPIENTS_MAX)
        return VAULT_ELIMIT;
    struct release_link *link = &session->links->links[session->links->count];
    struct http_server server = {.url = recipient->url, .total_ms = ANSWER_MS, .answer_max = ANSWER_MAX};
    if (recipient->pin[0] != '\0' && http_pin_parse(recipient->pin, pin))
        server.pin = pin;
    int result = http_client_new(&server, &link->client, failure);
    if (result != VAULT_OK)
        return result;
    memcpy(link->id, id, sizeof id);
    cache_read(session, link);
    session->links->count++;
    *linkp = link;
    return VAULT_OK;
}

void release_links_close(struct session *session)
{
    struct release_links *links = session->links;
    if (links == NULL)
        return;
    cache_write(session);
    session->links = NULL;
    for (size_t i = 0; i < links->count; i++)
        http_client_free(links->links[i].client);
    free(links);
}

/* --- The request --- */

/* The bytes that a request borrows. */
struct request_parts {
    struct buffer note, consistency, leaf, proof;
    struct release_entry people[RELEASE_PEOPLE_MAX];
    struct buffer leaves[RELEASE_PEOPLE_MAX];
    struct buffer proofs[RELEASE_PEOPLE_MAX];
    size_t people_count;
    uint64_t size; /* of the checkpoint */
};

static void parts_reset(struct request_parts *parts)
{
    struct buffer *const buffers[] = {&parts->note, &parts->consistency, &parts->leaf, &parts->proof};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        buffer_free(buffers[i]);
    for (size_t i = 0; i < parts->people_count; i++) {
        buffer_free(&parts->leaves[i]);
        buffer_free(&parts->proofs[i]);
    }
    parts->people_count = 0;
}

struct telling {
    struct session *session;
    struct request_parts *parts;
    struct failure *failure;
};

static int take_person(void *context, uint64_t index, struct bytes leaf)
{
    struct telling *telling = context;
    struct request_parts *parts = telling->parts;
    struct release_person person;
    struct release_entry *entry = &parts->people[parts->people_count];
    if (index >= parts->size || release_person_read(leaf, &person) != NULL)
        return VAULT_OK;
    if (parts->people_count == TELLING_MAX)
        return failure_set(telling->failure, VAULT_ELIMIT, "more people than a witness is told of at once");
    struct buffer *text = &parts->leaves[parts->people_count];
    struct buffer *proof = &parts->proofs[parts->people_count];
    parts->people_count++;
    buffer_put(text, leaf);
    int result = log_inclusion_proof(telling->session->log, index, parts->size, proof, telling->failure);
    if (result == VAULT_OK)
        result = buffer_error(text);
    *entry = (struct release_entry){.index = index, .leaf = buffer_bytes(text), .proof = buffer_bytes(proof)};
    return result;
}

static int compare_entries(const void *a, const void *b)
{
    const struct release_entry *x = a;
    const struct release_entry *y = b;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Everybody who was added or disabled, the vault's birth first. */
static int put_people(struct session *session, struct request_parts *parts, struct failure *failure)
{
    static const char *const events[] = {"vault.birth", "user.add", "user.disable"};
    struct telling telling = {session, parts, failure};
    int result = VAULT_OK;
    for (size_t i = 0; i < 3 && result == VAULT_OK; i++) {
        struct log_query query = {.event = events[i], .from = INT64_MIN, .to = INT64_MAX};
        result = log_index_query(
            session->log, session->store, session->keys.log_index, &query, take_person, &telling, failure);
    }
    qsort(parts->people, parts->people_count, sizeof parts->people[0], compare_entries);
    return result;
}

static int put_event(
    const struct release_exchange *exchange, struct request_parts *parts, struct failure *failure)
{
    struct log *log = exchange->session->log;
    int result = log_read(log, exchange->event, &parts->leaf, failure);
    if (result == VAULT_OK)
        result = log_inclusion_proof(log, exchange->event, parts->size, &parts->proof, failure);
    return result;
}

static int put_checkpoint(const struct release_exchange *exchange, struct release_link *link,
    struct request_parts *parts, struct failure *failure)
{
    struct log *log = exchange->session->log;
    struct note note;
    struct checkpoint checkpoint;
    int result = log_checkpoint(log, &parts->note, failure);
    if (result == VAULT_OK && (note_parse(buffer_bytes(&parts->note), &note) != VAULT_OK ||
                                  checkpoint_parse(note.text, &checkpoint) != VAULT_OK))
        result = VAULT_EINTERNAL;
    if (result != VAULT_OK)
        return result;
    parts->size = checkpoint.size;
    link->size = link->size > checkpoint.size ? checkpoint.size : link->size;
    return log_consistency_proof(log, link->size, parts->size, &parts->consistency, failure);
}

static int build(struct release_exchange *exchange, struct release_link *link, struct request_parts *parts,
    struct buffer *wire, struct failure *failure)
{
    int result = put_checkpoint(exchange, link, parts, failure);
    if (result == VAULT_OK && exchange->people)
        result = put_people(exchange->session, parts, failure);
    if (result == VAULT_OK && exchange->count > 0)
        result = put_event(exchange, parts, failure);
    if (result != VAULT_OK)
        return result;
    struct release_request request = {.checkpoint = buffer_bytes(&parts->note),
        .old_size = link->size,
        .consistency = buffer_bytes(&parts->consistency),
        .people_count = parts->people_count,
        .people = parts->people,
        .asks = exchange->count > 0,
        .event = {.index = exchange->event,
            .leaf = buffer_bytes(&parts->leaf),
            .proof = buffer_bytes(&parts->proof)},
        .batch = exchange->batch,
        .count = exchange->count,
        .items = (struct release_item *)(uintptr_t)exchange->items};
    result = release_request_write(&request, wire);
    if (result == VAULT_OK)
        hash_sha256(buffer_bytes(wire), &exchange->request);
    return result;
}

/* --- The answer --- */

/* What a witness says for itself is shown, so only plain text of it, one line. */
static void first_line(const struct buffer *body, char line[160])
{
    size_t size = 0;
    while (size < body->size && size < 159 && body->data[size] >= ' ' && body->data[size] < 0x7f) {
        line[size] = (char)body->data[size];
        size++;
    }
    line[size] = '\0';
}

enum next { NEXT_DONE, NEXT_AGAIN, NEXT_PEOPLE };

static int judge(struct release_exchange *exchange, struct release_link *link, struct http_answer *answer,
    enum next *next, struct failure *failure)
{
    struct release_answer read;
    char line[160];
    const char *name = exchange->recipient->name;
    *next = NEXT_DONE;
    first_line(&answer->body, line);
    if (answer->status == 200 && release_answer_read(buffer_bytes(&answer->body), &read) == VAULT_OK) {
        link->size = read.size;
        exchange->answer = answer->body;
        answer->body = (struct buffer){0}; /* transferred */
        return VAULT_OK;
    }
    if (answer->status == 409 && line[0] >= '0' && line[0] <= '9') {
        link->size = strtoull(line, NULL, 10);
        *next = NEXT_AGAIN;
        return log_refresh(exchange->session->log, failure);
    }
    if (answer->status == 403 && strncmp(line, RELEASE_UNKNOWN_PERSON, strlen(RELEASE_UNKNOWN_PERSON)) == 0 &&
        !exchange->people) {
        exchange->people = true;
        *next = NEXT_PEOPLE;
        return VAULT_OK;
    }
    if (answer->status >= 500 || answer->status == 200 || answer->status == 409)
        return failure_set(
            failure, VAULT_EIO, "witness '%s' cannot answer (%u): %s", name, answer->status, line);
    failure_remedy(failure, "ask whoever runs the witness; its own log says more");
    return failure_set(failure, VAULT_EDENIED, "witness '%s' refuses (%u): %s", name, answer->status, line);
}

static int try_once(struct release_exchange *exchange, struct release_link *link, struct request_parts *parts,
    enum next *next, struct failure *failure)
{
    struct buffer wire = {0};
    struct http_answer answer = {0};
    parts_reset(parts);
    int result = build(exchange, link, parts, &wire, failure);
    if (result == VAULT_OK) {
        struct http_request request = {.method = "POST",
            .path = RELEASE_PATH,
            .content_type = "application/octet-stream",
            .body = buffer_bytes(&wire)};
        result = http_ask(link->client, &request, &answer, failure);
        if (result != VAULT_OK)
            failure_prefix(failure, "witness '%s' does not answer", exchange->recipient->name);
        /* A witness that moved on while ours was the shorter log is told again with what it has. */
        if (result == VAULT_OK)
            result = judge(exchange, link, &answer, next, failure);
    }
    http_answer_free(&answer);
    buffer_free(&wire);
    return result;
}

int release_exchange(struct release_exchange *exchange, struct failure *failure)
{
    struct release_link *link = NULL;
    struct request_parts *parts = calloc(1, sizeof *parts);
    enum next next = NEXT_AGAIN;
    if (exchange->session->exercise) {
        free(parts);
        return failure_set(failure, VAULT_EDENIED, "this is an exercise: no witness is asked for a key");
    }
    int result =
        parts == NULL ? VAULT_ENOMEM : release_link(exchange->session, exchange->recipient, &link, failure);
    for (int i = 0; i < TRIES && result == VAULT_OK && next != NEXT_DONE; i++)
        result = try_once(exchange, link, parts, &next, failure);
    if (result == VAULT_OK && next != NEXT_DONE)
        result = failure_set(failure, VAULT_EIO,
            "witness '%s' has seen more of this log than there is, or is too busy",
            exchange->recipient->name);
    if (parts != NULL)
        parts_reset(parts);
    free(parts);
    return result;
}
