/**
 * @file door_private.h
 * Inside the room: what can be asked over HTTP, and how a socket is had to listen on.
 */
#ifndef VAULT_WITNESS_DOOR_PRIVATE_H
#define VAULT_WITNESS_DOOR_PRIVATE_H

#include "vault/witness/door.h"

/* --- routes.c --- */

/** One thing that can be asked; a path that ends in '*' takes anything behind it. */
struct route {
    const char *method;
    const char *path;
    size_t body_max;
    /** @p rest is what stands for the '*'. Gives an answer always. */
    void (*handle)(
        struct witness *witness, struct bytes rest, struct bytes body, struct witness_answer *answer);
};

/** NULL if there is none; then @p status is 404, or 405 where only the method is wrong. */
const struct route *route_find(const char *method, const char *path, struct bytes *rest, unsigned *status);

/* --- listen.c --- */

#define LISTEN_URL_SIZE 300

/** Where we listen, as `scheme` and the address that was really had write it. */
struct listener {
    int socket; /* -1: none */
    bool local; /* only this machine reaches it */
    bool unix_socket;
    char address[LISTEN_URL_SIZE]; /* HOST:PORT or a path */
};

/** VAULT_EUSAGE, VAULT_EIO; the socket is -1 on every error. */
int listen_on(const char *address, struct listener *listener, struct failure *failure) VAULT_MUST_CHECK;

#endif
