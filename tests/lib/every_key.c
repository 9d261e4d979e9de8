/*
 * Whoever is root on a vault's host and has every key of it, role secrets and a person's own included: what
 * does he open without a witness, and what does a witness give him for the wrong event?  Test-only; linked
 * with the rooms, so that it can do what no command does.
 *
 *   every-key VAULT USER PASSPHRASE-FILE URL COMMAND RECORD [OTHER]
 *
 *   open RECORD           try every key of the host on the record's wrapped key
 *   named RECORD          a proper event and request for RECORD: the control, which must open
 *   swap RECORD OTHER     log RECORD, ask with its ids for OTHER's ephemeral key
 *   items RECORD OTHER    log RECORD, send OTHER's item
 *   root RECORD OTHER     log RECORD in resources, and the root over OTHER's item
 *   deny RECORD           log a denial, ask
 *   other-event RECORD    log an event that discloses nothing, ask
 *   vault-event RECORD    an event of the vault's own, signed by its key, ask
 *   no-event RECORD       ask upon an event that is not in the log: its proof is another's
 *   recorded RECORD       a proper request, recorded; A's secret is gone; send it again, and try every key on
 * the answer
 *
 * Prints "opened", "shut" (keys or answers that open nothing) or "refused STATUS TEXT".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/passphrase.h"
#include "vault/access/session_parts.h"
#include "vault/base/json.h"
#include "vault/crypto/place.h"
#include "vault/crypto/witnessed.h"
#include "vault/evidence/note.h"
#include "vault/evidence/release.h"
#include "vault/http/http.h"

struct attack {
    struct session *session;
    struct http_client *client;
    struct failure failure;
    struct box_key *answer;
    struct recipient_key {
        uint8_t public_key[BOX_PUBLIC_SIZE];
    } witness;
    struct buffer request;
};

/* One record as it lies in its table, and the key that its client has. */
struct target {
    struct ulid id;
    struct ulid client;
    int64_t client_row;
    int kind;
    uint64_t version;
    struct buffer wrapped;
    struct place place;
    const struct secret *client_key;
};

static void must(struct attack *attack, int result, const char *what)
{
    if (result == VAULT_OK)
        return;
    (void)fprintf(stderr, "every-key: %s: %s (%s)\n", what, attack->failure.text, vault_error_text(result));
    exit(3);
}

static void find_client(struct attack *attack, struct target *target, struct client_ref *ref)
{
    struct statement *statement;
    bool row = false;
    must(attack,
        store_query(session_store(attack->session), QUERY_CLIENT_BY_ROW, &statement, &attack->failure),
        "client");
    bind_number(statement, 1, target->client_row);
    must(attack, statement_step(statement, &row, &attack->failure), "client");
    ref->row = target->client_row;
    memcpy(ref->id.data, column_bytes(statement, 1).data, ULID_SIZE);
    (void)snprintf(ref->portfolio, sizeof ref->portfolio, "%s", column_text(statement, 2));
    target->client = ref->id;
    statement_reset(statement);
}

/* As row_place() of vault/records binds it. */
static void find_record(struct attack *attack, const char *text, struct target *target)
{
    struct statement *statement;
    struct client_ref ref;
    bool row = false;
    memset(target, 0, sizeof *target);
    must(attack, ulid_parse(bytes_of_text(text), &target->id) ? VAULT_OK : VAULT_EUSAGE, text);
    must(attack,
        store_query(session_store(attack->session), QUERY_RECORD_BY_ID, &statement, &attack->failure), text);
    bind_bytes(statement, 1, ulid_bytes(&target->id));
    must(attack, statement_step(statement, &row, &attack->failure), text);
    must(attack, row ? VAULT_OK : VAULT_ENOTFOUND, text);
    target->client_row = column_number(statement, 2);
    target->kind = (int)column_number(statement, 3);
    target->version = (uint64_t)column_number(statement, 5);
    buffer_put(&target->wrapped, column_bytes(statement, 8));
    find_client(attack, target, &ref);
    enum compartment compartment = kind_compartment((enum record_kind)target->kind);
    place_start(&target->place, "record", session_vault(attack->session));
    place_add(&target->place, ulid_bytes(&target->client));
    place_add_number(&target->place, compartment);
    place_add_number(&target->place, (uint64_t)target->kind);
    place_add(&target->place, ulid_bytes(&target->id));
    place_add_number(&target->place, target->version);
    place_add_text(&target->place, column_text(statement, 4));
    place_add_text(&target->place, column_text(statement, 11));
    place_add_number(&target->place, (uint64_t)column_number(statement, 12));
    place_add_number(&target->place, (uint64_t)column_number(statement, 13));
    place_add_number(&target->place, (uint64_t)column_number(statement, 14));
    place_add_text(&target->place, "key");
    statement_reset(statement);
    must(attack,
        keyring_client(
            session_keyring(attack->session), &ref, compartment, &target->client_key, &attack->failure),
        "the client's key");
}

/* Every secret of the host, one after another. */
static size_t all_keys(struct attack *attack, const struct target *target, const struct secret *keys[16])
{
    const struct vault_keys *vault = session_keys(attack->session);
    const struct box_key *role = NULL;
    const struct box_key *portfolio = NULL;
    const struct secret *index = NULL;
    enum compartment compartment = kind_compartment((enum record_kind)target->kind);
    size_t count = 0;
    must(attack, keyring_role(session_keyring(attack->session), "accountant", &role, &attack->failure),
        "the role");
    /* In whatever epoch it is. */
    int result = VAULT_ENOKEY;
    for (int64_t epoch = 1; epoch < 10 && result == VAULT_ENOKEY; epoch++) {
        failure_clear(&attack->failure);
        result = keyring_portfolio(
            session_keyring(attack->session), "main", compartment, epoch, &portfolio, &attack->failure);
    }
    must(attack, result, "the portfolio");
    must(attack,
        keyring_index(session_keyring(attack->session), "main", compartment, &index, &attack->failure),
        "index");
    keys[count++] = target->client_key;
    keys[count++] = session_store_key(attack->session);
    keys[count++] = session_seed(attack->session);
    keys[count++] = vault->log_seal;
    keys[count++] = vault->log_index;
    keys[count++] = vault->lookup;
    keys[count++] = vault->source;
    keys[count++] = box_key_secret(vault->attempts);
    keys[count++] = box_key_secret(identity_box(session_identity(attack->session)));
    keys[count++] = box_key_secret(role);
    keys[count++] = box_key_secret(portfolio);
    keys[count++] = index;
    return count;
}

/* Each key as client key, as key of the half, and as a recipient's secret that derives one. */
static bool opens(struct attack *attack, const struct target *target)
{
    const struct secret *keys[16];
    struct witnessed_view view;
    struct envelope *envelope = envelope_new();
    struct secret *shared = secret_new(KEY_SIZE);
    struct release_place where = {.origin = session_origin(attack->session),
        .client = target->client,
        .record = target->id,
        .version = target->version};
    struct bytes wrapped = buffer_bytes(&target->wrapped);
    bool opened =
        envelope_unwrap(envelope, target->client_key, place_bytes(&target->place), wrapped) == VAULT_OK;
    if (witnessed_read(wrapped, &view) != VAULT_OK) {
        secret_free(shared);
        envelope_free(envelope);
        return opened;
    }
    size_t count = all_keys(attack, target, keys);
    for (size_t i = 0; i < count && !opened; i++) {
        struct box_key *pair = box_key_from_secret(keys[i]);
        uint8_t half[KEY_SIZE];
        memset(half, 0, sizeof half);
        if (pair != NULL && release_shared(pair, view.point, shared) == VAULT_OK)
            release_half_key(shared, &where, view.point, bytes_of(view.recipients.data, 0), half);
        for (size_t r = 0; r < view.count && !opened; r++) {
            const uint8_t *id = view.recipients.data + r * (view.recipients.size / view.count);
            opened = envelope_unwrap_witnessed(envelope, target->client_key, place_bytes(&target->place), id,
                         half, wrapped) == VAULT_OK ||
                     envelope_unwrap_witnessed(envelope, target->client_key, place_bytes(&target->place), id,
                         secret_bytes(keys[i]).data, wrapped) == VAULT_OK;
        }
        box_key_free(pair);
    }
    secret_free(shared);
    envelope_free(envelope);
    return opened;
}

/* --- Events and requests --- */

static json_t *base64_text(struct bytes bytes)
{
    struct buffer text = {0};
    base64_encode(bytes, &text);
    json_t *value = json_string(buffer_text(&text));
    buffer_free(&text);
    return value;
}

static struct release_item item_of(const struct target *target)
{
    struct release_item item = {.client = target->client, .record = target->id, .version = target->version};
    struct witnessed_view view;
    if (witnessed_read(buffer_bytes(&target->wrapped), &view) == VAULT_OK)
        memcpy(item.point, view.point.data, BOX_PUBLIC_SIZE);
    return item;
}

struct event {
    const char *name;
    const char *effect;
    bool system;
};

/* Log an event that names a record, with the root over @p item. */
static uint64_t log_event(struct attack *attack, const struct event *event, const struct target *named,
    const struct release_item *item)
{
    struct hasher *hasher = hasher_new();
    struct hash root;
    char record[ULID_TEXT_SIZE], client[ULID_TEXT_SIZE];
    uint64_t index = 0;
    ulid_format(&named->id, record);
    ulid_format(&named->client, client);
    release_root(hasher, item, 1, &root);
    json_t *members = json_pack("{s:{s:s,s:s},s:{s:s},s:[{s:s,s:s,s:I}],s:{s:s},s:{s:o,s:[{s:i,s:o}]}}",
        "actor", "id", event->system ? "vault" : session_user(attack->session), "type",
        event->system ? "system" : "user", "decision", "effect", event->effect, "resources", "type", "record",
        "id", record, "version", (json_int_t)named->version, "subject", "id", client, "witnessed", "answer",
        base64_text(box_key_public(attack->answer)), "batches", "count", 1, "root",
        base64_text(hash_bytes(&root)));
    struct log_event one = {.name = event->name,
        .members = members,
        .signer = event->system ? NULL : identity_sign(session_identity(attack->session))};
    must(attack, log_append(session_log(attack->session), &one, 1, &index, &attack->failure), "the event");
    json_decref(members);
    hasher_free(hasher);
    return index;
}

static void send(struct attack *attack, struct bytes body, struct http_answer *answer)
{
    struct http_request request = {
        .method = "POST", .path = RELEASE_PATH, .content_type = "application/octet-stream", .body = body};
    http_answer_free(answer);
    must(attack, http_ask(attack->client, &request, answer, &attack->failure), "the witness");
}

/* Ask for an item upon an entry; @p proof_of is the entry whose inclusion is proved. */
static void ask(struct attack *attack, uint64_t event, uint64_t proof_of, const struct release_item *item,
    struct http_answer *answer)
{
    struct log *log = session_log(attack->session);
    uint64_t old_size = 0;
    for (int i = 0; i < 3; i++) {
        struct buffer note = {0}, leaf = {0}, proof = {0}, consistency = {0};
        struct release_item copy = *item;
        must(attack, log_checkpoint(log, &note, &attack->failure), "checkpoint");
        must(attack, log_read(log, event, &leaf, &attack->failure), "leaf");
        must(attack, log_inclusion_proof(log, proof_of, log_size(log), &proof, &attack->failure), "proof");
        must(attack, log_consistency_proof(log, old_size, log_size(log), &consistency, &attack->failure),
            "consistency");
        struct release_request request = {.checkpoint = buffer_bytes(&note),
            .old_size = old_size,
            .consistency = buffer_bytes(&consistency),
            .asks = true,
            .event = {.index = proof_of, .leaf = buffer_bytes(&leaf), .proof = buffer_bytes(&proof)},
            .count = 1,
            .items = &copy};
        buffer_reset(&attack->request);
        must(attack, release_request_write(&request, &attack->request), "request");
        send(attack, buffer_bytes(&attack->request), answer);
        buffer_free(&note), buffer_free(&leaf), buffer_free(&proof), buffer_free(&consistency);
        if (answer->status != 409)
            return;
        old_size = strtoull(buffer_text(&answer->body), NULL, 10);
    }
}

static void learn_witness(struct attack *attack)
{
    struct http_answer answer = {0};
    struct http_request request = {.method = "GET", .path = "/release/key"};
    struct note note;
    must(attack, http_ask(attack->client, &request, &answer, &attack->failure), "the witness's key");
    must(attack, note_parse(buffer_bytes(&answer.body), &note), "the witness's key");
    char origin[256] = "";
    (void)sscanf((const char *)note.text.data, "%*[^\n]\n%255[^\n]", origin);
    must(attack, release_public_read(note.text, origin, attack->witness.public_key), "the witness's key");
    http_answer_free(&answer);
}

/* What the answer holds opens the target, given that secret for A. */
static bool answer_opens(struct attack *attack, const struct http_answer *answer,
    const struct box_key *secret_of_a, const struct target *target)
{
    struct release_answer said;
    struct hash request;
    struct buffer keys = {0};
    uint8_t place[16], id[WITNESSED_ID_SIZE];
    struct secret *shared = secret_new(KEY_SIZE), *key = secret_new(KEY_SIZE);
    struct bytes recipient = bytes_of(attack->witness.public_key, BOX_PUBLIC_SIZE);
    struct envelope *envelope = envelope_new();
    bool opened = false;
    hash_sha256(buffer_bytes(&attack->request), &request);
    if (release_answer_read(buffer_bytes(&answer->body), &said) == VAULT_OK &&
        release_shared(secret_of_a, recipient, shared) == VAULT_OK) {
        release_answer_key(shared, box_key_public(attack->answer), recipient, hash_bytes(&request), key);
        release_answer_place(&said, place);
        witnessed_id(recipient, id);
        opened = seal_open(key, bytes_of(place, sizeof place), said.sealed, &keys) == VAULT_OK &&
                 keys.size == KEY_SIZE &&
                 envelope_unwrap_witnessed(envelope, target->client_key, place_bytes(&target->place), id,
                     keys.data, buffer_bytes(&target->wrapped)) == VAULT_OK;
    }
    buffer_free(&keys);
    secret_free(shared), secret_free(key);
    envelope_free(envelope);
    return opened;
}

static void tell(struct attack *attack, struct http_answer *answer, const struct target *target)
{
    if (answer->status != 200)
        (void)printf("refused %u %s", answer->status, buffer_text(&answer->body));
    else
        (void)printf("%s\n", answer_opens(attack, answer, attack->answer, target) ? "opened" : "shut");
}

static void recorded(struct attack *attack, const struct target *target, const struct release_item *item)
{
    static const struct event proper = {"record.read", "permit", false};
    const struct secret *keys[16];
    struct http_answer answer = {0};
    bool opened = false;
    uint64_t event = log_event(attack, &proper, target, item);
    ask(attack, event, event, item, &answer);
    must(attack, answer.status == 200 ? VAULT_OK : VAULT_EDENIED, "the first request");
    struct buffer first = answer.body;
    answer.body = (struct buffer){0};
    send(attack, buffer_bytes(&attack->request), &answer);
    size_t count = all_keys(attack, target, keys);
    for (size_t i = 0; i < count; i++) {
        struct box_key *pair = box_key_from_secret(keys[i]);
        struct http_answer old = {.status = 200, .body = first};
        opened =
            opened || answer_opens(attack, &old, pair, target) || answer_opens(attack, &answer, pair, target);
        box_key_free(pair);
    }
    (void)printf("%s\n", opened ? "opened" : "shut");
    buffer_free(&first);
    http_answer_free(&answer);
}

static void run(
    struct attack *attack, const char *command, const struct target *target, const struct target *other)
{
    static const struct event proper = {"record.read", "permit", false};
    struct release_item item = item_of(target);
    struct release_item wrong = other == NULL ? item : item_of(other);
    struct release_item mixed = item;
    struct http_answer answer = {0};
    struct event event = proper;
    memcpy(mixed.point, wrong.point, BOX_PUBLIC_SIZE);
    if (strcmp(command, "open") == 0) {
        (void)printf("%s\n", opens(attack, target) ? "opened" : "shut");
        return;
    }
    if (strcmp(command, "recorded") == 0) {
        recorded(attack, target, &item);
        return;
    }
    if (strcmp(command, "deny") == 0)
        event.effect = "deny";
    if (strcmp(command, "other-event") == 0)
        event.name = "client.list";
    if (strcmp(command, "vault-event") == 0)
        event.system = true;
    const struct release_item *sent = strcmp(command, "swap") == 0                                    ? &mixed
                                      : strcmp(command, "items") == 0 || strcmp(command, "root") == 0 ? &wrong
                                                                                                      : &item;
    const struct release_item *said = strcmp(command, "items") == 0 ? &item : sent;
    uint64_t logged = log_event(attack, &event, target, said);
    ask(attack, logged, strcmp(command, "no-event") == 0 ? logged - 1 : logged, sent, &answer);
    tell(attack, &answer, other == NULL ? target : other);
    http_answer_free(&answer);
}

int main(int argc, char **argv)
{
    struct attack attack = {0};
    struct secret *passphrase = NULL;
    struct target target, other;
    bool open_to_others;
    if (argc < 7 || crypto_start() != VAULT_OK)
        return 1;
    must(&attack, passphrase_from_file(argv[3], &passphrase, &open_to_others, &attack.failure), "passphrase");
    struct session_options options = {.directory = argv[1], .user = argv[2], .passphrase = passphrase};
    must(&attack, session_open(&options, &attack.session, &attack.failure), "session");
    struct http_server server = {.url = argv[4]};
    must(&attack, http_client_new(&server, &attack.client, &attack.failure), "url");
    attack.answer = box_key_new();
    find_record(&attack, argv[6], &target);
    if (argc > 7)
        find_record(&attack, argv[7], &other);
    if (strcmp(argv[5], "open") != 0)
        learn_witness(&attack);
    /* The client's key lives until the next one is asked for; both records are of one client. */
    run(&attack, argv[5], &target, argc > 7 ? &other : NULL);
    buffer_free(&target.wrapped);
    if (argc > 7)
        buffer_free(&other.wrapped);
    buffer_free(&attack.request);
    box_key_free(attack.answer);
    http_client_free(attack.client);
    session_free(attack.session);
    secret_free(passphrase);
    return 0;
}
