/**
 * @file notify.h
 * What systemd and we say to each other, without its library: sockets that it opened, and how far we are.
 */
#ifndef VAULT_SERVER_NOTIFY_H
#define VAULT_SERVER_NOTIFY_H

#include <stddef.h>
#include <stdint.h>

/** sd_listen_fds(3): how many sockets were handed over, from descriptor 3 on; marks them close-on-exec. */
size_t notify_sockets(void);

/** sd_notify(3): "READY=1", "STOPPING=1", …; does nothing where nobody listens. */
void notify_state(const char *state);
/** sd_watchdog_enabled(3): within so many nanoseconds "WATCHDOG=1" is wanted again and again; 0: nobody
 * watches. */
uint64_t notify_watchdog(void);
/** "RELOADING=1" with the moment that systemd wants beside it. */
void notify_reloading(void);

#endif
