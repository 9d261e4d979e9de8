/* What is asked with a person behind it: logging in, running an operation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/ops/ops.h"
#include "vault/server/about.h"
#include "vault/server/etag.h"
#include "vault/server/keeper_private.h"

/* --- Logging in --- */

int answer_login(struct conversation *conversation, const struct bytes *blocks)
{
    char user[257];
    char expires[INSTANT_TEXT_SIZE];
    char due[INSTANT_TEXT_SIZE] = "";
    struct login_receipt receipt = {.needs_code = false};
    if (!message_text(blocks[0], user, sizeof user) || !utf8_valid(blocks[0]))
        return failure_set(&conversation->failure, VAULT_EINPUT, "the name is no text");
    struct secret *passphrase = secret_copy(blocks[1]);
    int result = passphrase == NULL ? VAULT_ENOMEM
                                    : logins_enter(keeper_logins(conversation->keeper), user, passphrase,
                                          blocks[2], conversation->source, &receipt,
                                          &conversation->retry_after, &conversation->failure);
    secret_free(passphrase);
    metrics_login(keeper_metrics(conversation->keeper), result);
    conversation->needs = receipt.needs_code ? "totp" : NULL;
    if (result != VAULT_OK)
        return result;
    instant_format(receipt.expires, expires);
    instant_format(receipt.due, due);
    json_t *value = json_pack("{s:s,s:s,s:s,s:s,s:s*}", "token", receipt.token, "session", receipt.id, "user",
        receipt.user, "expires", expires, "second_factor_due", receipt.due == 0 ? NULL : due);
    result = tell_json(conversation, TELL_VALUE, value);
    json_decref(value);
    wipe(&receipt, sizeof receipt);
    return result;
}

/* --- Running an operation --- */

struct upload {
    struct scratch_item *item;
    json_t *name; /* what the person calls it */
};

struct run {
    struct conversation *conversation;
    struct lease *lease;
    const char *operation;
    json_t *arguments;
    struct secret *secret;
    struct upload *uploads; /* NULL: none */
    size_t upload_count;
    struct scratch_item *out; /* what the operation writes */
    json_t *out_name;
    bool wrote;
    struct bytes key; /* of the request, so that it may come twice; empty */
    struct claim *claim;
    bool unless;           /* If-None-Match was asked */
    uint64_t began;        /* monotonic */
    uint64_t said;         /* the last sign of life */
    unsigned long freezes; /* that were there when it was last looked */
    struct about about;
};

static void on_about(void *context, const struct ulid *client, const char *portfolio)
{
    struct run *run = context;
    about_add(&run->about, client, portfolio);
}

/* Something was frozen since: what this is about? */
static int check_freezes(struct run *run)
{
    unsigned long now = logins_freezes(keeper_logins(run->conversation->keeper));
    if (now == run->freezes)
        return VAULT_OK;
    if (about_frozen(&run->about, keeper_logins(run->conversation->keeper), lease_user(run->lease))) {
        failure_remedy(&run->conversation->failure, "ask who froze it");
        return failure_set(
            &run->conversation->failure, VAULT_EFROZEN, "what this is about was frozen meanwhile");
    }
    run->freezes = now;
    return VAULT_OK;
}

/* Must what runs stop?  Then why. */
static int check_going_on(struct run *run)
{
    struct failure *failure = &run->conversation->failure;
    lane_check(run->began);
    if (keeper_stopping(run->conversation->keeper))
        return failure_set(failure, VAULT_EBUSY, "the server is stopping");
    if (lease_ended(run->lease)) {
        failure_remedy(failure, "log in again");
        return failure_set(failure, VAULT_EPASSPHRASE, "the session was ended");
    }
    return check_freezes(run);
}

static int on_check(void *context)
{
    return check_going_on(context);
}

/* The person's name for one of our paths, or NULL. */
static json_t *name_of(const struct run *run, const char *path)
{
    if (run->out != NULL && strcmp(path, scratch_path(run->out)) == 0)
        return run->out_name;
    for (size_t i = 0; i < run->upload_count; i++) {
        if (strcmp(path, scratch_path(run->uploads[i].item)) == 0)
            return run->uploads[i].name;
    }
    return NULL;
}

/* The paths are the person's, not ours, wherever an answer names them. */
static int rename_paths(struct run *run, json_t *object)
{
    const char *member;
    json_t *value;
    void *next;
    int result = VAULT_OK;
    json_object_foreach_safe(object, next, member, value)
    {
        json_t *name = json_is_string(value) ? name_of(run, json_string_value(value)) : NULL;
        run->wrote = run->wrote || (name != NULL && name == run->out_name);
        if (name != NULL)
            result = json_object_set(object, member, name) == 0 ? result : VAULT_ENOMEM; /* `value` is gone */
        else if (json_is_object(value) && result == VAULT_OK)
            result = rename_paths(run, value);
    }
    return result;
}

static int on_row(void *context, json_t *row)
{
    struct run *run = context;
    int result = check_going_on(run);
    if (result == VAULT_OK)
        result = rename_paths(run, row);
    return result == VAULT_OK ? tell_json(run->conversation, TELL_ROW, row) : result;
}

static int on_version(void *context, const char *record, int64_t version)
{
    struct run *run = context;
    char tag[ETAG_SIZE];
    etag_format(record, version, tag);
    return channel_send(run->conversation->channel, TELL_TAG, bytes_of_text(tag));
}

static int on_value(void *context, json_t *value)
{
    struct run *run = context;
    int result = check_going_on(run);
    if (result == VAULT_OK)
        result = rename_paths(run, value);
    if (result == VAULT_OK && run->unless && json_is_true(json_object_get(value, "unchanged")))
        return channel_send(run->conversation->channel, TELL_UNCHANGED, (struct bytes){0});
    return result == VAULT_OK ? tell_json(run->conversation, TELL_VALUE, value) : result;
}

/* Names of files are in no such answer; where there are some, it is looked for them. */
static int on_json(void *context, struct bytes json)
{
    struct run *run = context;
    json_t *value = NULL;
    int result = check_going_on(run);
    if (result == VAULT_OK && run->out == NULL && run->upload_count == 0)
        return channel_send(run->conversation->channel, TELL_VALUE, json);
    if (result == VAULT_OK)
        result = json_read(json, &value, &run->conversation->failure);
    if (result == VAULT_OK)
        result = on_value(run, value);
    json_decref(value);
    return result;
}

static int on_text(void *context, struct bytes text)
{
    struct run *run = context;
    int result = check_going_on(run);
    return result == VAULT_OK ? channel_send(run->conversation->channel, TELL_TEXT, text) : result;
}

static void tell_progress(struct run *run, uint64_t done, uint64_t total, const char *unit)
{
    json_t *progress = json_pack("[I,I,s]", (json_int_t)done, (json_int_t)total, unit);
    if (tell_json(run->conversation, TELL_PROGRESS, progress) == VAULT_OK)
        (void)!channel_flush(run->conversation->channel); /* who is gone is noticed with the next row */
    json_decref(progress);
    run->said = instant_monotonic();
}

#define SIGN_OF_LIFE UINT64_C(200000000)

static void on_progress(void *context, uint64_t done, uint64_t total, const char *unit)
{
    struct run *run = context;
    if (instant_monotonic() - run->said >= SIGN_OF_LIFE)
        tell_progress(run, done, total, unit);
}

#define WAIT_MS 200

static int on_sessions(void *context, json_t **list)
{
    struct run *run = context;
    return logins_list_all(
        keeper_logins(run->conversation->keeper), lease_id(run->lease), list, &run->conversation->failure);
}

static bool on_wait(void *context)
{
    struct run *run = context;
    tell_progress(run, 0, 0, "");
    return check_going_on(run) == VAULT_OK && !channel_gone(run->conversation->channel, WAIT_MS);
}

/* --- Its arguments --- */

/* A secret must not stay in the parser's memory. */
static void wipe_text(const json_t *text)
{
    union {
        const char *constant;
        char *data;
    } same = {.constant = json_string_value(text)};
    wipe(same.data, json_string_length(text));
}

/* `secret` is text, `secret_base64` any bytes. */
static int take_secret(struct run *run)
{
    struct failure *failure = &run->conversation->failure;
    struct buffer decoded = {0};
    const json_t *plain = json_object_get(run->arguments, "secret");
    const json_t *encoded = json_object_get(run->arguments, "secret_base64");
    const json_t *member = plain != NULL ? plain : encoded;
    if (member == NULL)
        return VAULT_OK;
    if (!json_is_string(member) || (plain != NULL && encoded != NULL))
        return failure_set(failure, VAULT_EUSAGE, "'secret' is not of the right form");
    struct bytes bytes = bytes_of(json_string_value(member), json_string_length(member));
    int result = plain != NULL ? VAULT_OK : base64_decode(bytes, &decoded);
    if (result == VAULT_OK) {
        run->secret = secret_copy(plain != NULL ? bytes : buffer_bytes(&decoded));
        result = run->secret == NULL ? VAULT_ENOMEM : VAULT_OK;
    }
    buffer_free(&decoded);
    wipe_text(member);
    (void)json_object_del(run->arguments, plain != NULL ? "secret" : "secret_base64");
    return result;
}

static int take_upload(struct run *run, const char *id, const char *name, json_t *paths)
{
    struct scratch_item *item = NULL;
    if (id == NULL || name == NULL)
        return failure_set(&run->conversation->failure, VAULT_EUSAGE, "'uploads' is not of the right form");
    int result = scratch_take(keeper_scratch(run->conversation->keeper), lease_id(run->lease), id, &item,
        &run->conversation->failure);
    if (result != VAULT_OK)
        return result;
    run->uploads[run->upload_count++] = (struct upload){item, json_string(name)};
    return json_array_append_new(paths, json_string(scratch_path(item))) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* Paths to be read are names of the person's; the uploads of the same places are what is read. */
static int take_uploads(struct run *run)
{
    const char *reads;
    const char *writes;
    operation_paths(run->operation, &reads, &writes);
    json_t *uploads = json_incref(json_object_get(run->arguments, "uploads"));
    const json_t *files = reads == NULL ? NULL : json_object_get(run->arguments, reads);
    json_t *paths = json_array();
    bool many = json_is_array(files);
    size_t count = files == NULL ? 0 : many ? json_array_size(files) : 1;
    int result = VAULT_OK;
    (void)json_object_del(run->arguments, "uploads");
    if (files != NULL && (!json_is_array(uploads) || json_array_size(uploads) != count))
        result = failure_set(&run->conversation->failure, VAULT_EUSAGE,
            "'uploads' must name an upload for each of '%s': a server opens no paths of others", reads);
    if (result == VAULT_OK && count > SCRATCH_ITEMS_MAX)
        result = failure_set(&run->conversation->failure, VAULT_EUSAGE, "'uploads' is not of the right form");
    if (result == VAULT_OK && count > 0 && (run->uploads = calloc(count, sizeof *run->uploads)) == NULL)
        result = VAULT_ENOMEM;
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        result = take_upload(run, json_string_value(json_array_get(uploads, i)),
            json_string_value(many ? json_array_get(files, i) : files), paths);
    if (result == VAULT_OK && files != NULL &&
        json_object_set(run->arguments, reads, many ? paths : json_array_get(paths, 0)) != 0)
        result = VAULT_ENOMEM;
    json_decref(paths);
    json_decref(uploads);
    return result;
}

/* A backup is as sealed as the vault, and as large: a disk may hold it. */
static int place_out(struct run *run)
{
    const char *reads;
    const char *writes;
    operation_paths(run->operation, &reads, &writes);
    const char *name = writes == NULL ? NULL : json_text(run->arguments, writes);
    if (name == NULL || strcmp(name, "-") == 0)
        return VAULT_OK;
    run->out_name = json_incref(json_object_get(run->arguments, writes));
    int result = scratch_begin(keeper_scratch(run->conversation->keeper), lease_id(run->lease), name,
        strcmp(run->operation, "vault.backup") == 0, &run->out, &run->conversation->failure);
    if (result == VAULT_OK &&
        json_object_set_new(run->arguments, writes, json_string(scratch_path(run->out))) != 0)
        result = VAULT_ENOMEM;
    return result;
}

static int read_arguments(struct run *run, struct bytes body)
{
    /* Where it goes wrong is not told: the words around it may be those of a passphrase. */
    int result = json_read(body, &run->arguments, NULL);
    if (result == VAULT_EINPUT || (result == VAULT_OK && !json_is_object(run->arguments)))
        result = failure_set(&run->conversation->failure, VAULT_EINPUT, "the arguments are no JSON object");
    if (result == VAULT_OK)
        result = take_secret(run);
    if (result == VAULT_OK)
        result = take_uploads(run);
    return result == VAULT_OK ? place_out(run) : result;
}

/* If-Match and If-None-Match as the operation's own arguments. */
static int take_condition(
    struct run *run, struct bytes list, const char *operation, const char *argument, bool weak)
{
    struct failure *failure = &run->conversation->failure;
    const char *record = json_text(run->arguments, "record");
    const char *name = weak ? "If-None-Match" : "If-Match";
    int64_t version = 0;
    if (list.size == 0)
        return VAULT_OK;
    if (strcmp(run->operation, operation) != 0)
        return failure_set(failure, VAULT_EUSAGE, "%s takes no %s", run->operation, name);
    if (record == NULL || json_object_get(run->arguments, argument) != NULL ||
        etag_find(list, record, weak, &version) != VAULT_OK)
        return failure_set(failure, VAULT_EUSAGE, "%s is no list of entity tags", name);
    if (version == 0 || (weak && version < 0))
        return VAULT_OK;
    /* Another record's tag: no version is that. */
    return json_object_set_new(run->arguments, argument, json_integer(version < 0 ? INT64_MAX : version)) == 0
               ? VAULT_OK
               : VAULT_ENOMEM;
}

static int take_conditions(struct run *run, const struct bytes *blocks)
{
    run->unless = blocks[4].size > 0;
    int result = take_condition(run, blocks[3], "record.correct", "if_version", false);
    return result == VAULT_OK ? take_condition(run, blocks[4], "record.read", "unless_version", true)
                              : result;
}

/* Idempotency-Key, as draft-ietf-httpapi-idempotency-key-header has it: a string in quotes; without them, a
 * plain word. */
static int take_key(struct run *run, struct bytes key)
{
    struct failure *failure = &run->conversation->failure;
    if (key.size == 0)
        return VAULT_OK;
    if (key.size >= 2 && key.data[0] == '"' && key.data[key.size - 1] == '"')
        key = bytes_of(key.data + 1, key.size - 2);
    for (size_t i = 0; i < key.size; i++) {
        if (key.data[i] <= ' ' || key.data[i] > '~' || key.data[i] == '"' || key.data[i] == '\\')
            return failure_set(
                failure, VAULT_EUSAGE, "Idempotency-Key is no string of visible characters in quotes");
    }
    if (key.size < 16 || key.size > 200)
        return failure_set(
            failure, VAULT_EUSAGE, "Idempotency-Key must have 16 to 200 characters: a UUID, say");
    run->key = key;
    return claims_take(keeper_claims(run->conversation->keeper), session_user(lease_session(run->lease)), key,
        &run->claim, failure);
}

/* --- Its end --- */

/* In a sentence for people, a path of ours is replaced by their name for it. */
static void rename_in(struct failure *failure, const char *path, const char *name)
{
    char *at;
    if (path == NULL || name == NULL)
        return;
    while ((at = strstr(failure->text, path)) != NULL) {
        char tail[sizeof failure->text];
        text_copy(tail, sizeof tail, at + strlen(path));
        size_t room = sizeof failure->text - (size_t)(at - failure->text);
        if (strstr(name, path) != NULL || snprintf(at, room, "%s%s", name, tail) < 0)
            break;
    }
}

/* For whom and of which clients it is, so that it is not handed out when one of them has been frozen
 * meanwhile. */
static int label(struct run *run)
{
    struct buffer text = {0};
    int result = about_label(&run->about, lease_user(run->lease), &text);
    if (result == VAULT_OK && text.size > 0)
        scratch_label(run->out, &text);
    buffer_free(&text);
    return result;
}

static int hand_out(struct run *run)
{
    json_t *files = NULL;
    struct scratch_item *item = run->out;
    if (!run->wrote)
        return VAULT_OK;
    if (label(run) != VAULT_OK)
        return failure_set(&run->conversation->failure, VAULT_ENOMEM, "no memory for the file's label");
    int result = scratch_keep_all(
        keeper_scratch(run->conversation->keeper), item, &files, &run->conversation->failure);
    if (result != VAULT_OK)
        return result;
    run->out = NULL; /* transferred */
    result = tell_json(run->conversation, TELL_FILES, files);
    json_decref(files);
    return result;
}

static void run_end(struct run *run)
{
    struct scratch *scratch = keeper_scratch(run->conversation->keeper);
    struct failure *failure = &run->conversation->failure;
    if (run->out != NULL)
        rename_in(failure, scratch_path(run->out), json_string_value(run->out_name));
    for (size_t i = 0; i < run->upload_count; i++) {
        rename_in(failure, scratch_path(run->uploads[i].item), json_string_value(run->uploads[i].name));
        scratch_drop(scratch, run->uploads[i].item);
        json_decref(run->uploads[i].name);
    }
    free(run->uploads);
    scratch_drop(scratch, run->out);
    json_decref(run->out_name);
    json_decref(run->arguments);
    secret_free(run->secret);
    about_free(&run->about);
}

static int run_operation(struct run *run, const struct bytes *blocks)
{
    struct session *session = lease_session(run->lease);
    struct failure *failure = &run->conversation->failure;
    struct reply reply = {.context = run,
        .row = on_row,
        .value = on_value,
        .json = on_json,
        .text = on_text,
        .version = on_version,
        .wait = on_wait,
        .check = on_check,
        .about = on_about,
        .sessions = on_sessions,
        .progress = on_progress};
    struct operation_host host = {
        .certificate_end = logins_certificate_end(keeper_logins(run->conversation->keeper))};
    struct operation_call call = {.host = &host, .name = run->operation, .request = blocks[2]};
    bool again = false;
    int result = take_key(run, blocks[5]);
    call.key = run->key;
    /* Before its files are looked for: the first time has used them up. */
    if (result == VAULT_OK)
        result = operation_again(session, &call, &reply, &again, failure);
    if (result != VAULT_OK || again)
        return result;
    result = read_arguments(run, blocks[2]);
    if (result == VAULT_OK)
        result = take_conditions(run, blocks);
    call.arguments = run->arguments;
    call.secret = run->secret;
    if (result == VAULT_OK)
        result = operation_run(session, &call, &reply, failure);
    return result == VAULT_OK ? hand_out(run) : result;
}

int answer_run(struct conversation *conversation, const struct bytes *blocks)
{
    char operation[65];
    struct logins *logins = keeper_logins(conversation->keeper);
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL || !message_text(blocks[1], operation, sizeof operation)) {
        free(run);
        return VAULT_ENOMEM;
    }
    run->conversation = conversation;
    run->operation = operation;
    run->said = run->began = instant_monotonic();
    run->freezes = logins_freezes(logins);
    int result = logins_borrow(
        logins, conversation_token(conversation, blocks[0]), &run->lease, &conversation->failure);
    if (result == VAULT_OK)
        result = run_operation(run, blocks);
    claims_release(keeper_claims(conversation->keeper), run->claim);
    if (run->lease != NULL) {
        run_end(run);
        logins_return(logins, run->lease);
    }
    metrics_operation(
        keeper_metrics(conversation->keeper), operation, result, instant_monotonic() - run->began);
    if (result == VAULT_OK &&
        (strcmp(operation, "session.end") == 0 || strcmp(operation, "incident.freeze") == 0))
        keeper_watch(conversation->keeper); /* over before it is said to be */
    free(run);
    return result;
}

/* Ending one session: an operation, whose answer is that it succeeded; and over at once. */
int answer_end(struct conversation *conversation, const struct bytes *blocks)
{
    struct logins *logins = keeper_logins(conversation->keeper);
    struct run run = {.conversation = conversation};
    struct reply reply = {.context = &run, .sessions = on_sessions};
    int result = logins_borrow(
        logins, conversation_token(conversation, blocks[0]), &run.lease, &conversation->failure);
    if (result != VAULT_OK)
        return result;
    json_t *arguments = json_pack("{s:s%}", "session", blocks[1].data, blocks[1].size);
    struct operation_call call = {.name = "session.end", .arguments = arguments};
    result = arguments == NULL
                 ? VAULT_EINPUT
                 : operation_run(lease_session(run.lease), &call, &reply, &conversation->failure);
    json_decref(arguments);
    logins_return(logins, run.lease);
    if (result == VAULT_OK)
        keeper_watch(conversation->keeper);
    return result;
}
