/**
 * @file http.h
 * One HTTP client: send bytes to a server that was named beforehand and get bytes back, within limits.
 *
 * No redirects, no proxies, no cookies, no compression, HTTP/1.1, TLS 1.2 or later.  A server is known by a
 * pinned key, by the certificates of a file, or else by the system's.  Plain http goes to this machine only,
 * unless the caller says otherwise; "unix:PATH" speaks plain HTTP over a socket.
 *
 * libcurl is loaded with the first request.  A client keeps its connection open between requests; it may be
 * used by one thread at a time, different clients by different threads at once.
 */
#ifndef VAULT_HTTP_HTTP_H
#define VAULT_HTTP_HTTP_H

#include "vault/base/bytes.h"

#define HTTP_PIN_SIZE 32
#define HTTP_PIN_TEXT_SIZE 53 /* "sha256//", 44 characters and NUL */
#define HTTP_URL_MAX 1000
#define HTTP_NO_LIMIT 0xffffffffu

/** Which server, and what it may cost; texts are copied. */
struct http_server {
    const char *url;     /* https://HOST[:PORT][/PREFIX], http://…, or unix:PATH */
    const uint8_t *pin;  /* HTTP_PIN_SIZE bytes: SHA-256 of the SubjectPublicKeyInfo; NULL: see ca */
    struct bytes ca;     /* certificates in PEM that may vouch for it, copied; empty: the system's */
    bool plain;          /* allow http:// to other machines */
    unsigned connect_ms; /* to connect, TLS included; 0: 2000 */
    unsigned total_ms;   /* for a whole request; 0: 5000; HTTP_NO_LIMIT: as long as it takes */
    size_t answer_max;   /* bytes of an answer's body; 0: 64 KiB */
};

struct http_client;

/** Connects to nobody yet. VAULT_EUSAGE for a URL that does not fit; see http_url_check(). */
int http_client_new(
    const struct http_server *server, struct http_client **client, struct failure *failure) VAULT_MUST_CHECK;
/** NULL is allowed. */
void http_client_free(struct http_client *client);

struct http_request {
    const char *method;       /* "GET", "POST" or "DELETE" */
    const char *path;         /* "/add-checkpoint"; comes behind the URL's prefix */
    const char *content_type; /* of the body; NULL where there is none */
    struct bytes body;
    const char *bearer; /* a token, for "Authorization: Bearer"; NULL: none */
    const char *accept; /* NULL: anything */
    const char *key;    /* for "Idempotency-Key", with its quotes; NULL: none */
    const int *file;    /* of a POST: the body is this file, from where it stands to its end; NULL: `body` */
    void *context;
    /** The body of an answer with a status of 2xx, as it comes, instead of answer->body; a return other than VAULT_OK
     *  stops and is what http_ask() gives.  NULL: gather it. */
    int (*receive)(void *context, struct bytes piece);
};

struct http_answer {
    unsigned status;        /* 200, 404, …; whatever it is, it is no error here */
    char content_type[100]; /* as it stands, cut; "" if there is none */
    struct buffer body;
    bool unsent; /* beside VAULT_EIO: there was nobody to be asked, so nothing can have come of it */
};

/**
 * Ask, and wait for the answer.
 * @param answer  http_answer_free() in every case; empty on every error.
 * @retval VAULT_EIO      nobody answers there, not in time, or no HTTP.
 * @retval VAULT_EFORGED  the server is not the one that was pinned, or its certificate is not vouched for.
 * @retval VAULT_ELIMIT   the answer is longer than answer_max.
 * @retval VAULT_EVERSION libcurl cannot be loaded.
 */
int http_ask(struct http_client *client, const struct http_request *request, struct http_answer *answer,
    struct failure *failure) VAULT_MUST_CHECK;
void http_answer_free(struct http_answer *answer);

/** May this be the URL of a server?  VAULT_EUSAGE with the reason; a slash at the end is none. */
int http_url_check(const char *url, bool plain, struct failure *failure) VAULT_MUST_CHECK;
/** Does it need a certificate at all? */
bool http_url_is_tls(const char *url);

/** "sha256//" and base64, as curl writes it, the base64 alone, or 64 hexadecimal digits. */
bool http_pin_parse(const char *text, uint8_t pin[HTTP_PIN_SIZE]);
void http_pin_format(const uint8_t pin[HTTP_PIN_SIZE], char text[HTTP_PIN_TEXT_SIZE]);

#endif
