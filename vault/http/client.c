#include "vault/http/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/text.h"
#include "vault/http/http_private.h"

#define CONNECT_MS 2000u
#define TOTAL_MS 5000u
#define ANSWER_MAX ((size_t)64 * 1024)

struct http_client {
    char *url; /* without a slash at its end */
    struct buffer ca;
    bool pinned;
    char pin[HTTP_PIN_TEXT_SIZE];
    unsigned connect_ms;
    unsigned total_ms;
    size_t answer_max;
    const struct curl *curl;
    CURL *handle; /* NULL until the first request */
};

int http_client_new(const struct http_server *server, struct http_client **clientp, struct failure *failure)
{
    *clientp = NULL;
    int result = http_url_check(server->url, server->plain, failure);
    if (result != VAULT_OK)
        return result;
    struct http_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    client->url = strdup(server->url);
    buffer_put(&client->ca, server->ca);
    client->connect_ms = server->connect_ms != 0 ? server->connect_ms : CONNECT_MS;
    client->total_ms = server->total_ms != 0 ? server->total_ms : TOTAL_MS;
    client->answer_max = server->answer_max != 0 ? server->answer_max : ANSWER_MAX;
    client->pinned = server->pin != NULL;
    if (client->pinned)
        http_pin_format(server->pin, client->pin);
    if (client->url == NULL || buffer_error(&client->ca) != VAULT_OK) {
        http_client_free(client);
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    }
    size_t size = strlen(client->url);
    if (client->url[size - 1] == '/')
        client->url[size - 1] = '\0';
    *clientp = client;
    return VAULT_OK;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    if (client->handle != NULL)
        client->curl->cleanup(client->handle);
    free(client->url);
    buffer_free(&client->ca);
    free(client);
}

void http_answer_free(struct http_answer *answer)
{
    buffer_free(&answer->body);
    *answer = (struct http_answer){0};
}

/* --- Setting up: what holds for every request of this client --- */

static bool set_number(struct http_client *client, CURLoption option, long value)
{
    return client->curl->setopt(client->handle, option, value) == CURLE_OK;
}

static bool set_text(struct http_client *client, CURLoption option, const char *value)
{
    return client->curl->setopt(client->handle, option, value) == CURLE_OK;
}

/* With a pinned key nobody needs to vouch for it, and its name does not matter: the key is the name. */
static bool set_trust(struct http_client *client)
{
    struct curl_blob ca = {.data = client->ca.data, .len = client->ca.size, .flags = CURL_BLOB_COPY};
    if (client->pinned)
        return set_text(client, CURLOPT_PINNEDPUBLICKEY, client->pin) &&
               set_number(client, CURLOPT_SSL_VERIFYPEER, 0) && set_number(client, CURLOPT_SSL_VERIFYHOST, 0);
    return set_number(client, CURLOPT_SSL_VERIFYPEER, 1) && set_number(client, CURLOPT_SSL_VERIFYHOST, 2) &&
           (ca.len == 0 || client->curl->setopt(client->handle, CURLOPT_CAINFO_BLOB, &ca) == CURLE_OK);
}

static bool set_up(struct http_client *client)
{
    const char *path = url_socket(client->url);
    return set_text(client, CURLOPT_PROTOCOLS_STR, "http,https") &&
           set_number(client, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) &&
           set_number(client, CURLOPT_FOLLOWLOCATION, 0) && set_number(client, CURLOPT_NOSIGNAL, 1) &&
           set_number(client, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
           set_text(client, CURLOPT_PROXY, "") &&
           set_number(client, CURLOPT_CONNECTTIMEOUT_MS, (long)client->connect_ms) &&
           set_number(client, CURLOPT_TIMEOUT_MS,
               client->total_ms == HTTP_NO_LIMIT ? 0 : (long)client->total_ms) &&
           set_number(client, CURLOPT_TCP_KEEPALIVE, 1) && set_trust(client) &&
           (path == NULL || set_text(client, CURLOPT_UNIX_SOCKET_PATH, path));
}

static int start(struct http_client *client, struct failure *failure)
{
    if (client->handle != NULL)
        return VAULT_OK;
    client->curl = curl_loaded(failure);
    if (client->curl == NULL)
        return VAULT_EVERSION;
    client->handle = client->curl->easy_init();
    if (client->handle != NULL && set_up(client))
        return VAULT_OK;
    if (client->handle != NULL)
        client->curl->cleanup(client->handle);
    client->handle = NULL;
    return failure_set(failure, VAULT_EVERSION, "libcurl here lacks what we need of it");
}

/* --- One request --- */

struct receipt {
    const struct http_client *client;
    const struct http_request *request;
    struct buffer *body;
    size_t limit;
    bool too_long;
    int stopped; /* what the receiver gave */
};

/* Problems are gathered even where the answer itself is taken as it comes. */
static bool is_success(const struct http_client *client)
{
    long status = 0;
    return client->curl->getinfo(client->handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status >= 200 &&
           status < 300;
}

static size_t receive(char *data, size_t one, size_t count, void *context)
{
    struct receipt *receipt = context;
    size_t size = one * count;
    if (receipt->request->receive != NULL && is_success(receipt->client)) {
        receipt->stopped = receipt->request->receive(receipt->request->context, bytes_of(data, size));
        return receipt->stopped == VAULT_OK ? size : 0;
    }
    receipt->too_long = size > receipt->limit - receipt->body->size;
    if (receipt->too_long)
        return 0;
    buffer_put_data(receipt->body, data, size);
    return buffer_error(receipt->body) == VAULT_OK ? size : 0;
}

static size_t read_file(char *data, size_t one, size_t count, void *context)
{
    const struct receipt *receipt = context;
    ssize_t got;
    do
        got = read(*receipt->request->file, data, one * count);
    while (got < 0 && errno == EINTR);
    return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

static bool set_body(struct http_client *client, const struct http_request *request, struct receipt *receipt)
{
    struct stat status;
    if (request->file == NULL)
        return set_number(client, CURLOPT_POSTFIELDSIZE, (long)request->body.size) &&
               set_text(client, CURLOPT_POSTFIELDS,
                   request->body.size == 0 ? "" : (const char *)request->body.data);
    return fstat(*request->file, &status) == 0 && set_text(client, CURLOPT_POSTFIELDS, NULL) &&
           client->curl->setopt(client->handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)status.st_size) ==
               CURLE_OK &&
           client->curl->setopt(client->handle, CURLOPT_READFUNCTION, read_file) == CURLE_OK &&
           client->curl->setopt(client->handle, CURLOPT_READDATA, receipt) == CURLE_OK;
}

static bool set_request(struct http_client *client, const struct http_request *request, const char *url,
    struct curl_slist *headers, struct receipt *receipt)
{
    const struct curl *curl = client->curl;
    bool post = strcmp(request->method, "POST") == 0;
    bool get = strcmp(request->method, "GET") == 0;
    return set_text(client, CURLOPT_URL, url) &&
           (post ? set_number(client, CURLOPT_POST, 1) : set_number(client, CURLOPT_HTTPGET, 1)) &&
           set_text(client, CURLOPT_CUSTOMREQUEST, post || get ? NULL : request->method) &&
           (!post || set_body(client, request, receipt)) &&
           curl->setopt(client->handle, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl->setopt(client->handle, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
           curl->setopt(client->handle, CURLOPT_WRITEDATA, receipt) == CURLE_OK;
}

/* One of them may hold a token. */
static void free_headers(struct http_client *client, struct curl_slist *headers)
{
    for (struct curl_slist *one = headers; one != NULL; one = one->next)
        wipe(one->data, strlen(one->data));
    client->curl->slist_free_all(headers);
}

/* Takes over the list; NULL without memory. */
static struct curl_slist *add_header(
    struct http_client *client, struct curl_slist *headers, const char *name, const char *value)
{
    struct buffer line = {0};
    buffer_put_format(&line, "%s:%s%s", name, value == NULL ? "" : " ", value == NULL ? "" : value);
    const char *text = headers == NULL ? NULL : buffer_text(&line);
    struct curl_slist *longer = text == NULL ? NULL : client->curl->slist_append(headers, text);
    if (longer == NULL && headers != NULL)
        free_headers(client, headers);
    buffer_free(&line);
    return longer;
}

/* No "Expect: 100-continue", which would cost a round trip. */
static struct curl_slist *make_headers(struct http_client *client, const struct http_request *request)
{
    struct buffer bearer = {0};
    struct curl_slist *headers = client->curl->slist_append(NULL, "Expect:");
    headers = add_header(client, headers, "Content-Type", request->content_type);
    if (request->accept != NULL)
        headers = add_header(client, headers, "Accept", request->accept);
    if (request->key != NULL)
        headers = add_header(client, headers, "Idempotency-Key", request->key);
    if (request->bearer != NULL) {
        buffer_put_format(&bearer, "Bearer %s", request->bearer);
        headers = add_header(client, headers, "Authorization", buffer_text(&bearer));
    }
    buffer_free(&bearer);
    return headers;
}

static int explain(
    const struct http_client *client, CURLcode code, const struct receipt *receipt, struct failure *failure)
{
    if (receipt->stopped != VAULT_OK)
        return failure_set(failure, receipt->stopped, "%s", vault_error_text(receipt->stopped));
    if (receipt->too_long)
        return failure_set(
            failure, VAULT_ELIMIT, "%s: the answer is longer than %zu bytes", client->url, receipt->limit);
    switch ((int)code) {
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        failure_remedy(failure, "ask its operator for the fingerprint; a new key must be pinned on purpose");
        return failure_set(failure, VAULT_EFORGED, "%s: its key is not the one that was pinned", client->url);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        failure_remedy(failure, "pin its key, or name the file of the certificate that vouches for it");
        return failure_set(
            failure, VAULT_EFORGED, "%s: nobody trusted vouches for its certificate", client->url);
    case CURLE_OPERATION_TIMEDOUT:
        return failure_set(failure, VAULT_EIO, "%s: no answer in time", client->url);
    case CURLE_OUT_OF_MEMORY:
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory", client->url);
    default:
        return failure_set(failure, VAULT_EIO, "%s: %s", client->url, client->curl->strerror(code));
    }
}

static int take_answer(struct http_client *client, struct http_answer *answer, struct failure *failure)
{
    long status = 0;
    char *type = NULL;
    if (client->curl->getinfo(client->handle, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status < 100 ||
        client->curl->getinfo(client->handle, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK)
        return failure_set(failure, VAULT_EIO, "%s: the answer has no status", client->url);
    answer->status = (unsigned)status;
    if (type != NULL)
        text_copy(answer->content_type, sizeof answer->content_type, type);
    return VAULT_OK;
}

int http_ask(struct http_client *client, const struct http_request *request, struct http_answer *answer,
    struct failure *failure)
{
    struct buffer url = {0};
    struct curl_slist *headers = NULL;
    bool unsent = false;
    *answer = (struct http_answer){0};
    struct receipt receipt = {
        .client = client, .request = request, .body = &answer->body, .limit = client->answer_max};
    int result = start(client, failure);
    if (result != VAULT_OK)
        return result;
    buffer_put_format(
        &url, "%s%s", url_socket(client->url) != NULL ? "http://localhost" : client->url, request->path);
    headers = make_headers(client, request);
    const char *text = buffer_text(&url);
    if (headers == NULL || text == NULL || !set_request(client, request, text, headers, &receipt)) {
        result = failure_set(failure, VAULT_ENOMEM, "%s: no memory", client->url);
        goto out;
    }
    CURLcode code = client->curl->perform(client->handle);
    unsent = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST;
    result =
        code == CURLE_OK ? take_answer(client, answer, failure) : explain(client, code, &receipt, failure);
out:
    if (headers != NULL) {
        (void)client->curl->setopt(client->handle, CURLOPT_HTTPHEADER, NULL);
        free_headers(client, headers);
    }
    buffer_free(&url);
    if (result != VAULT_OK)
        http_answer_free(answer);
    answer->unsent = unsent;
    return result;
}
