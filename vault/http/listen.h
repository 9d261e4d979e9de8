/**
 * @file listen.h
 * A socket to listen on: of an address and port, or of a path.
 */
#ifndef VAULT_HTTP_LISTEN_H
#define VAULT_HTTP_LISTEN_H

#include "vault/base/error.h"

#include <stdbool.h>

#define LISTEN_URL_SIZE 300

/** Where we listen; `address` is what was really had. */
struct listener {
    int socket; /* -1: none */
    bool local; /* only this machine reaches it */
    bool unix_socket;
    char address[LISTEN_URL_SIZE]; /* HOST:PORT or a path */
};

/**
 * @param address  HOST:PORT, [HOST]:PORT (port 0: any), or unix:PATH; a socket that a dead process left is
 * taken away.
 * @retval VAULT_EUSAGE, VAULT_EIO  the socket is -1.
 */
int listen_on(const char *address, struct listener *listener, struct failure *failure) VAULT_MUST_CHECK;

#endif
