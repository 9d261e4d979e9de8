/**
 * @file serve.h
 * The server as processes: one that starts and watches the others and holds nothing but sockets and the
 * certificate; the keeper; and the front, which is replaced by a new one when certificates are read anew.
 */
#ifndef VAULT_SERVER_SERVE_H
#define VAULT_SERVER_SERVE_H

#include "vault/crypto/hash.h"
#include "vault/server/logins.h"

#define SERVE_LISTENERS_MAX 4
#define SERVE_PROGRAMS_MAX 8

struct serve_options {
    struct logins_options logins;
    const char *listen[SERVE_LISTENERS_MAX]; /* HOST:PORT, with TLS, or unix:PATH */
    size_t listen_count;                     /* beside the sockets that systemd hands over */
    const char *certificate;                 /* PEM files; NULL: our own, in the vault's directory */
    const char *key;
    unsigned connections; /* of each listener; 0: 512 */
    const char *programs[SERVE_PROGRAMS_MAX + 1]; /* NULL-terminated: the programs of the firm that may be started, for
                                                     alerts and mail; no others, whatever a setting says */
    bool metrics;         /* answer /metrics over HTTPS too */
};

/** What people are told when it is ready. */
struct serve_places {
    char urls[SERVE_LISTENERS_MAX][320];
    size_t count;
    bool tls;
    struct hash pin; /* where there is TLS */
    bool confined;   /* the front can open no files and start no programs */
};

/**
 * Serve until SIGTERM or SIGINT; SIGHUP reads the certificate anew.  Must be called while the process has one
 * thread.
 * @param ready  called once when requests are answered.
 * @param warn   called for what goes wrong without ending it.
 * @retval VAULT_OK  it was stopped, and everything ended cleanly.
 */
int serve(const struct serve_options *options,
    void (*ready)(void *context, const struct serve_places *places),
    void (*warn)(void *context, const struct failure *failure), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
