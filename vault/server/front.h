/**
 * @file front.h
 * The process that faces the clients: HTTP/1.1 and TLS, and nothing else.  It has no key of the vault and
 * opens no file; what is asked for becomes messages to the keeper (message.h), whose answers become HTTP
 * again.
 */
#ifndef VAULT_SERVER_FRONT_H
#define VAULT_SERVER_FRONT_H

#include "vault/base/bytes.h"

#define FRONT_LISTENERS_MAX 4

struct front_listener {
    int socket;
    bool tls;
};

struct front_options {
    struct front_listener listeners[FRONT_LISTENERS_MAX]; /* the sockets stay the caller's */
    size_t count;
    struct bytes key;         /* PEM with a NUL behind it; of TLS */
    struct bytes certificate; /* the same */
    int control;              /* to the keeper: conversations are handed to it here */
    unsigned connections;     /* of each listener; 0: 512 */
    bool metrics;             /* /metrics is answered over TLS too, not only to local sockets */
    unsigned of_one;          /* of them from one address; 0: 64 */
    unsigned header_seconds;  /* in which the next request's headers must have come; 0: 75 */
    unsigned body_seconds;    /* in which a body that is no file must have come; 0: 30 */
};

struct front;
/** Start serving; on threads of its own. VAULT_EINPUT: a certificate and a key that do not fit. */
int front_new(
    const struct front_options *options, struct front **front, struct failure *failure) VAULT_MUST_CHECK;
/** Take no more connections. */
void front_quiesce(struct front *front);
/** How many connections are there? */
unsigned front_connections(struct front *front);
/** Close all of them and end. NULL is allowed. */
void front_free(struct front *front);

#endif
