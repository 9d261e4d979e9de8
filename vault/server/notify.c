#include "vault/server/notify.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vault/base/instant.h"

#define FIRST_SOCKET 3
#define SOCKETS_MAX 16

size_t notify_sockets(void)
{
    const char *pid = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");
    if (pid == NULL || count == NULL || strtol(pid, NULL, 10) != (long)getpid())
        return 0;
    long sockets = strtol(count, NULL, 10);
    if (sockets < 1 || sockets > SOCKETS_MAX)
        return 0;
    for (int i = 0; i < (int)sockets; i++)
        (void)fcntl(FIRST_SOCKET + i, F_SETFD, FD_CLOEXEC);
    return (size_t)sockets;
}

void notify_state(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (path == NULL || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof name.sun_path)
        return;
    memcpy(name.sun_path, path, strlen(path));
    if (path[0] == '@')
        name.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    int socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0)
        return;
    (void)sendto(socket_, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&name, size);
    (void)close(socket_);
}

uint64_t notify_watchdog(void)
{
    const char *pid = getenv("WATCHDOG_PID");
    const char *period = getenv("WATCHDOG_USEC");
    if (period == NULL || (pid != NULL && strtol(pid, NULL, 10) != (long)getpid()))
        return 0;
    return strtoull(period, NULL, 10) * 1000;
}

void notify_reloading(void)
{
    char state[64];
    (void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%llu",
        (unsigned long long)(instant_monotonic() / 1000));
    notify_state(state);
}
