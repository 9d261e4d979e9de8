/**
 * @file door_private.h
 * Inside the room: what can be asked over HTTP.
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

#endif
