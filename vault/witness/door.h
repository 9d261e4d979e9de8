/**
 * @file door.h
 * A witness's HTTP door: libmicrohttpd, TLS 1.3, limits on connections, bodies and time.
 *
 * Without a certificate of the operator's the door makes one of its own at its first start and keeps it in
 * the witness's directory (`tls.key`, `tls.crt`); whoever connects pins its key.
 */
#ifndef VAULT_WITNESS_DOOR_H
#define VAULT_WITNESS_DOOR_H

#include "vault/witness/witness.h"

struct door;

struct door_options {
    const char *listen;      /* HOST:PORT, [IPv6]:PORT (port 0: any), or unix:PATH */
    bool plain;              /* no TLS; for this machine's own addresses only. Sockets never have TLS. */
    const char *certificate; /* the operator's, PEM, with its chain; NULL: our own */
    const char *key;         /* for it, PEM; both or none */
    unsigned connections;    /* at most so many at once; 0: 256 */
    unsigned idle_seconds; /* a connection may be silent for so long; 0: 90, more than a vault's heartbeat */
};

/**
 * Listen, and answer from threads of its own.
 * @retval VAULT_EUSAGE  an address that is none, or plain on one that others reach.
 * @retval VAULT_EINPUT  a certificate or key that cannot be used.
 * @retval VAULT_EIO     the address is taken, or cannot be had.
 */
int door_open(struct witness *witness, const char *directory, const struct door_options *options,
    struct door **door, struct failure *failure) VAULT_MUST_CHECK;
/** Answer what was asked, then close; NULL is allowed. */
void door_free(struct door *door);

/** As clients write it: "https://127.0.0.1:8443"; borrowed. */
const char *door_url(const struct door *door);
/** The pin of its certificate; NULL without TLS. */
const struct hash *door_pin(const struct door *door);

#endif
