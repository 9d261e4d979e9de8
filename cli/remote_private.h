/**
 * @file remote_private.h
 * Inside: what the files of a remote share.
 */
#ifndef CLI_REMOTE_PRIVATE_H
#define CLI_REMOTE_PRIVATE_H

#include "cli/remote.h"
#include "vault/http/http.h"

#define TOKEN_SIZE 65

struct remote {
    char *url;
    struct http_client *client;
    char pin[HTTP_PIN_TEXT_SIZE]; /* "" where none was given */
    char token[TOKEN_SIZE];
    char user[65];
    char session[40];
    bool needs_code; /* a login failed for want of one */
    bool kept; /* the token is for later runs too */
    struct secret *passphrase; /* of a login that is not, to log in again after a restart; NULL */
};

/** Ask; a status that is no success is a failure, told as the server told it. @p answer as in http_ask(). */
int remote_ask(struct remote *remote, struct http_request *request, struct http_answer *answer,
    struct failure *failure) VAULT_MUST_CHECK;
/** What a problem says; its error, which is never VAULT_OK. */
int remote_problem(struct bytes problem, unsigned status, struct failure *failure);

/** {checkpoint,vkey,proof[]} of the server's log since @p since; the caller's. */
int remote_head(struct remote *remote, uint64_t since, json_t **head, struct failure *failure) VAULT_MUST_CHECK;

/* --- remote_exchange.c: an answer, line by line --- */

struct exchange {
    const struct reply *reply;
    struct failure *failure;
    struct buffer line; /* what has come of one */
    json_t *value;      /* held back until what it speaks of is in its place */
    json_t *files;
    int result; /* of the operation, once it has ended */
    bool told;   /* rows or text went out already, so it cannot be asked for again */
    bool unsent; /* nobody was there to be asked */
    bool ended;
};

/** Some of the answer, as it came; @p exchange is a struct exchange.  What is wrong with it goes into its
 * failure. */
int exchange_take(void *exchange, struct bytes piece) VAULT_MUST_CHECK;
void exchange_free(struct exchange *exchange);

/* --- remote_token.c: what is kept between runs --- */

int token_read(struct remote *remote, struct failure *failure) VAULT_MUST_CHECK;
int token_write(const struct remote *remote, const char *expires, struct failure *failure) VAULT_MUST_CHECK;
void token_forget(const struct remote *remote);
/** The pin of an earlier login with one, into remote->pin. */
void pin_read(struct remote *remote);
int pin_write(const struct remote *remote, struct failure *failure) VAULT_MUST_CHECK;

/* --- remote_files.c --- */

/** Bring one path, or a list of them, to the server; their ids, an array. */
int files_bring(struct remote *remote, const char *operation, const json_t *files, json_t **ids,
    struct failure *failure) VAULT_MUST_CHECK;
/** May @p out be written at all? Before anything is asked for. */
int files_check(const char *operation, const char *out, struct failure *failure) VAULT_MUST_CHECK;
/**
 * Fetch what an operation wrote, and put it at @p out.
 * @param files   [{id,path}] as the server told.
 * @param sha256  of the one file, hexadecimal; NULL where it is not known.
 * @retval VAULT_EDAMAGED  the bytes are not those that the log has the hash of.
 */
int files_fetch(struct remote *remote, const json_t *files, const char *out, const char *sha256,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
