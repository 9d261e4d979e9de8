#include "cli/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/remote_private.h"
#include "vault/base/text.h"

#define LINES "application/x-ndjson"

int remote_new(const char *url, const char *pin, struct remote **remotep, struct failure *failure)
{
    uint8_t bytes[HTTP_PIN_SIZE];
    *remotep = NULL;
    if (pin != NULL && !http_pin_parse(pin, bytes))
        return failure_set(
            failure, VAULT_EUSAGE, "'%s' is no pin: write sha256// and base64, as the server prints it", pin);
    struct remote *remote = calloc(1, sizeof *remote);
    if (remote == NULL || (remote->url = strdup(url)) == NULL) {
        free(remote);
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    }
    if (pin != NULL)
        http_pin_format(bytes, remote->pin);
    else if (http_url_is_tls(url))
        pin_read(remote);
    bool pinned = remote->pin[0] != '\0' && http_pin_parse(remote->pin, bytes);
    struct http_server server = {.url = url,
        .pin = pinned ? bytes : NULL,
        .connect_ms = 10000,
        .total_ms = HTTP_NO_LIMIT, /* an operation takes as long as it takes */
        .answer_max = (size_t)1 << 20};
    int result = http_client_new(&server, &remote->client, failure);
    if (result != VAULT_OK) {
        remote_free(remote);
        return result;
    }
    *remotep = remote;
    return VAULT_OK;
}

void remote_free(struct remote *remote)
{
    if (remote == NULL)
        return;
    if (remote->token[0] != '\0' && !remote->kept)
        (void)!remote_logout(remote, NULL); /* it ends by itself when it was idle for long enough */
    http_client_free(remote->client);
    wipe(remote->token, sizeof remote->token);
    secret_free(remote->passphrase);
    free(remote->url);
    free(remote);
}

/* --- Asking --- */

static bool needs_totp(struct bytes problem)
{
    json_t *object = NULL;
    const char *needs = json_read(problem, &object, NULL) == VAULT_OK ? json_text(object, "needs") : NULL;
    bool totp = needs != NULL && strcmp(needs, "totp") == 0;
    json_decref(object);
    return totp;
}

int remote_problem(struct bytes problem, unsigned status, struct failure *failure)
{
    json_t *object = NULL;
    int error = VAULT_EINPUT;
    if (json_read(problem, &object, NULL) == VAULT_OK)
        error = (int)json_number(object, "code", VAULT_EINPUT);
    if (error >= VAULT_OK || error < VAULT_ERROR_LAST)
        error = VAULT_EINPUT;
    const char *message = json_text(object, "message");
    const char *remedy = json_text(object, "remedy");
    if (remedy != NULL)
        failure_remedy(failure, "%s", remedy);
    if (message != NULL)
        (void)failure_set(failure, error, "%s", message);
    else
        (void)failure_set(failure, error, "the server answers with status %u", status);
    json_decref(object);
    return error;
}

int remote_ask(
    struct remote *remote, struct http_request *request, struct http_answer *answer, struct failure *failure)
{
    if (remote->token[0] != '\0')
        request->bearer = remote->token;
    int result = http_ask(remote->client, request, answer, failure);
    if (result == VAULT_OK && (answer->status < 200 || answer->status > 299)) {
        remote->needs_code = needs_totp(buffer_bytes(&answer->body));
        result = remote_problem(buffer_bytes(&answer->body), answer->status, failure);
        http_answer_free(answer);
    }
    return result;
}

static int ask_value(
    struct remote *remote, struct http_request *request, json_t **value, struct failure *failure)
{
    struct http_answer answer = {0};
    *value = NULL;
    int result = remote_ask(remote, request, &answer, failure);
    /* What is wrong with it is not told: the answer to a login has a token in it. */
    if (result == VAULT_OK && answer.status != 204 &&
        (result = json_read(buffer_bytes(&answer.body), value, NULL)) == VAULT_EINPUT)
        result = failure_set(failure, result, "%s: the server's answer cannot be understood", remote->url);
    http_answer_free(&answer);
    return result;
}

/* --- Sessions --- */

static int take_login(struct remote *remote, const json_t *value, struct failure *failure)
{
    const char *token = json_text(value, "token");
    const char *user = json_text(value, "user");
    const char *session = json_text(value, "session");
    if (token == NULL || strlen(token) != TOKEN_SIZE - 1 ||
        strspn(token, "0123456789abcdef") != TOKEN_SIZE - 1 || user == NULL || session == NULL ||
        strlen(session) >= sizeof remote->session)
        return failure_set(
            failure, VAULT_EINPUT, "%s: the server's answer cannot be understood", remote->url);
    text_copy(remote->token, sizeof remote->token, token);
    text_copy(remote->user, sizeof remote->user, user);
    text_copy(remote->session, sizeof remote->session, session);
    return VAULT_OK;
}

static int keep_login(struct remote *remote, const json_t *value, struct failure *failure)
{
    const char *expires = json_text(value, "expires");
    int result = token_write(remote, expires == NULL ? "" : expires, failure);
    if (result == VAULT_OK && remote->pin[0] != '\0')
        result = pin_write(remote, failure);
    remote->kept = result == VAULT_OK;
    return result;
}

int remote_login(struct remote *remote, const char *user, const struct secret *passphrase, const struct secret *code,
    bool *needs_code, bool keep, json_t **told, struct failure *failure)
{
    struct buffer body = {0};
    json_t *value = NULL;
    *told = NULL;
    buffer_put_text(&body, "{\"user\":");
    json_write_string(bytes_of_text(user), &body);
    buffer_put_text(&body, ",\"passphrase\":");
    json_write_string(secret_bytes(passphrase), &body);
    if (code != NULL) {
        buffer_put_text(&body, ",\"code\":");
        json_write_string(secret_bytes(code), &body);
    }
    buffer_put_u8(&body, '}');
    struct http_request request = {.method = "POST",
        .path = "/v1/sessions",
        .content_type = "application/json",
        .body = buffer_bytes(&body)};
    int result = utf8_valid(secret_bytes(passphrase)) && (code == NULL || utf8_valid(secret_bytes(code)))
                     ? buffer_error(&body)
                     : failure_set(failure, VAULT_EINPUT, "the passphrase or the code is not UTF-8");
    remote->needs_code = false;
    if (result == VAULT_OK)
        result = ask_value(remote, &request, &value, failure);
    buffer_free(&body);
    if (needs_code != NULL)
        *needs_code = remote->needs_code;
    if (result == VAULT_OK)
        result = take_login(remote, value, failure);
    if (result == VAULT_OK && keep)
        result = keep_login(remote, value, failure);
    else if (result == VAULT_OK && remote->passphrase == NULL)
        remote->passphrase = secret_copy(secret_bytes(passphrase));
    (void)json_object_del(value, "token");
    if (result == VAULT_OK)
        *told = json_incref(value);
    json_decref(value);
    return result;
}

int remote_resume(struct remote *remote, const char *user, struct failure *failure)
{
    int result = token_read(remote, failure);
    remote->kept = result == VAULT_OK;
    if (result != VAULT_OK || user == NULL || strcmp(user, remote->user) == 0)
        return result;
    remote->token[0] = '\0';
    failure_remedy(failure, "log in first: strongroom login");
    return failure_set(
        failure, VAULT_EPASSPHRASE, "%s: %s is logged in there, not %s", remote->url, remote->user, user);
}

int remote_logout(struct remote *remote, struct failure *failure)
{
    json_t *value = NULL;
    struct http_request request = {.method = "DELETE", .path = "/v1/sessions/current"};
    int result = ask_value(remote, &request, &value, failure);
    json_decref(value);
    if (remote->kept && (result == VAULT_OK || result == VAULT_EPASSPHRASE))
        token_forget(remote);
    wipe(remote->token, sizeof remote->token);
    return result;
}

int remote_sessions(struct remote *remote, json_t **list, struct failure *failure)
{
    struct http_request request = {.method = "GET", .path = "/v1/sessions"};
    return ask_value(remote, &request, list, failure);
}

int remote_head(struct remote *remote, uint64_t since, json_t **head, struct failure *failure)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/v1/checkpoint/%llu", (unsigned long long)since);
    struct http_request request = {.method = "GET", .path = path};
    return ask_value(remote, &request, head, failure);
}

/* --- Operations --- */

static int put_json(const char *text, size_t size, void *context)
{
    buffer_put_data(context, text, size);
    return 0;
}

/* Shares of a sheet are bytes, passphrases mostly text. */
static void write_secret(struct bytes secret, struct buffer *body)
{
    if (utf8_valid(secret)) {
        buffer_put_text(body, "\"secret\":");
        json_write_string(secret, body);
    } else {
        buffer_put_text(body, "\"secret_base64\":\"");
        base64_encode(secret, body);
        buffer_put_u8(body, '"');
    }
}

/* The arguments as they are, and what goes with them. */
static int write_body(const struct operation_call *call, json_t *uploads, struct buffer *body)
{
    json_t *arguments = json_deep_copy(call->arguments);
    int result = VAULT_ENOMEM;
    if (arguments != NULL && (uploads == NULL || json_object_set(arguments, "uploads", uploads) == 0) &&
        json_dump_callback(arguments, put_json, body, JSON_COMPACT) == 0)
        result = buffer_error(body);
    if (result == VAULT_OK && call->secret != NULL) {
        body->size--; /* the brace at its end */
        buffer_put_text(body, json_object_size(arguments) == 0 ? "" : ",");
        write_secret(secret_bytes(call->secret), body);
        buffer_put_u8(body, '}');
        result = buffer_error(body);
    }
    json_decref(arguments);
    return result;
}

static int exchange_once(struct remote *remote, const struct operation_call *call, struct bytes body,
    const char *key, struct exchange *exchange)
{
    struct buffer path = {0};
    struct http_answer answer = {0};
    buffer_put_format(&path, "/v1/operations/%s", call->name);
    struct http_request request = {.method = "POST",
        .path = buffer_text(&path),
        .content_type = "application/json",
        .body = body,
        .accept = LINES,
        .key = key,
        .context = exchange,
        .receive = exchange_take};
    int result =
        request.path == NULL ? VAULT_ENOMEM : remote_ask(remote, &request, &answer, exchange->failure);
    exchange->unsent = answer.unsent;
    if (exchange->ended && exchange->result == VAULT_OK && result != VAULT_OK) {
        failure_clear(exchange->failure); /* it was we who had enough */
        result = VAULT_OK;
    } else if (result == VAULT_OK && !exchange->ended) {
        result = failure_set(exchange->failure, VAULT_EIO, "%s: the answer broke off", remote->url);
    }
    http_answer_free(&answer);
    buffer_free(&path);
    return result == VAULT_OK ? exchange->result : result;
}

/* The server was started anew meanwhile, and knows nobody. */
static int log_in_again(struct remote *remote, struct failure *failure)
{
    json_t *told = NULL;
    char user[sizeof remote->user];
    text_copy(user, sizeof user, remote->user);
    remote->token[0] = '\0';
    int result = remote_login(remote, user, remote->passphrase, NULL, NULL, false, &told, failure);
    json_decref(told);
    return result;
}

/* Some seconds in all, in which a server that was started anew is there again. */
static bool pause_before(unsigned again)
{
    static const unsigned milliseconds[] = {100, 300, 1000, 3000};
    if (again >= sizeof milliseconds / sizeof milliseconds[0])
        return false;
    struct timespec pause = {
        .tv_sec = milliseconds[again] / 1000, .tv_nsec = milliseconds[again] % 1000 * 1000000L};
    (void)nanosleep(&pause, NULL);
    return true;
}

/*
 * Where the connection breaks before anything was shown, nobody knows whether it was done: it is asked for
 * again with the same key, which the server has noted beside the change.  Without anybody there at first
 * nothing was done at all.
 */
static int exchange_run(
    struct remote *remote, const struct operation_call *call, struct bytes body, struct exchange *exchange)
{
    char key[2 * 16 + 3];
    uint8_t random[16];
    random_fill(random, sizeof random);
    key[0] = '"';
    hex_encode(bytes_of(random, sizeof random), key + 1);
    (void)strcpy(key + 1 + 2 * sizeof random, "\"");
    int result = exchange_once(remote, call, body, key, exchange);
    bool broken = result == VAULT_EIO && !exchange->unsent;
    for (unsigned again = 0; broken && !exchange->told && pause_before(again); again++) {
        failure_clear(exchange->failure);
        exchange->line.size = 0;
        result = exchange_once(remote, call, body, key, exchange);
        if (result == VAULT_EPASSPHRASE && remote->passphrase != NULL) {
            failure_clear(exchange->failure);
            result = log_in_again(remote, exchange->failure);
            if (result == VAULT_OK)
                result = exchange_once(remote, call, body, key, exchange);
        }
        broken = result == VAULT_EIO;
    }
    return result;
}

static int finish(struct remote *remote, const struct operation_call *call, struct exchange *exchange)
{
    const char *reads;
    const char *writes;
    operation_paths(call->name, &reads, &writes);
    const char *out = writes == NULL ? NULL : json_text(call->arguments, writes);
    int result = VAULT_OK;
    if (exchange->files != NULL && out != NULL)
        result = files_fetch(
            remote, exchange->files, out, json_text(exchange->value, "sha256"), exchange->failure);
    if (result == VAULT_OK && exchange->value != NULL && exchange->reply->value != NULL)
        result = exchange->reply->value(exchange->reply->context, exchange->value);
    return result;
}

int remote_run(struct remote *remote, const struct operation_call *call, const struct reply *reply,
    struct failure *failure)
{
    static const struct reply silent = {0};
    struct buffer body = {0};
    json_t *uploads = NULL;
    struct exchange exchange = {.reply = reply == NULL ? &silent : reply, .failure = failure};
    const char *reads;
    const char *writes;
    operation_paths(call->name, &reads, &writes);
    const json_t *files = reads == NULL ? NULL : json_object_get(call->arguments, reads);
    const char *out = writes == NULL ? NULL : json_text(call->arguments, writes);
    int result = out == NULL || strcmp(out, "-") == 0 ? VAULT_OK : files_check(call->name, out, failure);
    if (result == VAULT_OK && files != NULL)
        result = files_bring(remote, call->name, files, &uploads, failure);
    if (result == VAULT_OK)
        result = write_body(call, uploads, &body);
    if (result == VAULT_OK)
        result = exchange_run(remote, call, buffer_bytes(&body), &exchange);
    if (result == VAULT_OK)
        result = finish(remote, call, &exchange);
    if (result != VAULT_OK)
        (void)failure_set(failure, result, "%s: %s", call->name, vault_error_text(result));
    exchange_free(&exchange);
    buffer_free(&body);
    json_decref(uploads);
    return result;
}
