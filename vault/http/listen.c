#include "vault/http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "vault/base/text.h"

#define BACKLOG 1024 /* the system may hold fewer */

static int fail(const char *address, struct failure *failure)
{
    return failure_set(failure, VAULT_EIO, "%s: cannot listen there: %s", address, strerror(errno));
}

/* A socket that a dead process left is taken away; one that answers is not, nor is a file. */
static bool remove_dead(const struct sockaddr_un *name)
{
    struct stat status;
    if (lstat(name->sun_path, &status) != 0)
        return errno == ENOENT;
    int probe = S_ISSOCK(status.st_mode) ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    bool dead = probe >= 0 && connect(probe, (const struct sockaddr *)name, sizeof *name) != 0 &&
                errno == ECONNREFUSED && unlink(name->sun_path) == 0;
    if (probe >= 0)
        (void)close(probe);
    if (!dead)
        errno = EADDRINUSE;
    return dead;
}

static int listen_unix(const char *path, struct listener *listener, struct failure *failure)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (path[0] != '/' || strlen(path) >= sizeof name.sun_path)
        return failure_set(failure, VAULT_EUSAGE, "unix:%s: a socket needs a path from /, below %zu bytes",
            path, sizeof name.sun_path);
    text_copy(name.sun_path, sizeof name.sun_path, path);
    if (!remove_dead(&name))
        return fail(path, failure);
    listener->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* Whoever is on this machine may ask, as with the loopback: what counts is who signed. */
    if (listener->socket < 0 || bind(listener->socket, (const struct sockaddr *)&name, sizeof name) != 0 ||
        chmod(path, 0666) != 0 || listen(listener->socket, BACKLOG) != 0)
        return fail(path, failure);
    listener->local = listener->unix_socket = true;
    text_copy(listener->address, sizeof listener->address, path);
    return VAULT_OK;
}

static bool is_loopback(const struct sockaddr_storage *name)
{
    const struct sockaddr_in *four = (const void *)name;
    const struct sockaddr_in6 *six = (const void *)name;
    return name->ss_family == AF_INET6 ? IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) != 0
                                       : ntohl(four->sin_addr.s_addr) >> 24 == 127;
}

/* What was really had: port 0 means any. */
static int read_name(struct listener *listener, const char *address, struct failure *failure)
{
    struct sockaddr_storage name = {0};
    socklen_t size = sizeof name;
    char host[100];
    char port[20];
    if (getsockname(listener->socket, (struct sockaddr *)&name, &size) != 0 ||
        getnameinfo((const struct sockaddr *)&name, size, host, sizeof host, port, sizeof port,
            NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return fail(address, failure);
    listener->local = is_loopback(&name);
    (void)snprintf(listener->address, sizeof listener->address,
        name.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return VAULT_OK;
}

static int bind_first(
    const struct addrinfo *list, const char *address, struct listener *listener, struct failure *failure)
{
    int on = 1;
    errno = EADDRNOTAVAIL;
    for (const struct addrinfo *one = list; one != NULL; one = one->ai_next) {
        listener->socket = socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (listener->socket < 0)
            continue;
        if (setsockopt(listener->socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            bind(listener->socket, one->ai_addr, one->ai_addrlen) == 0 &&
            listen(listener->socket, BACKLOG) == 0)
            return read_name(listener, address, failure);
        int reason = errno;
        (void)close(listener->socket);
        listener->socket = -1;
        errno = reason;
    }
    return fail(address, failure);
}

static int listen_tcp(const char *address, struct listener *listener, struct failure *failure)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    char host[256] = "";
    const char *colon = strrchr(address, ':');
    size_t size = colon == NULL ? 0 : (size_t)(colon - address);
    if (colon == NULL || size == 0 || size >= sizeof host) {
        failure_remedy(failure, "write HOST:PORT, [IPv6]:PORT or unix:PATH, such as 127.0.0.1:8443");
        return failure_set(failure, VAULT_EUSAGE, "'%.100s': no address to listen on", address);
    }
    bool brackets = address[0] == '[' && address[size - 1] == ']';
    memcpy(host, address + brackets, size - (brackets ? 2 : 0));
    int code = getaddrinfo(host, colon + 1, &hints, &list);
    if (code != 0)
        return failure_set(
            failure, VAULT_EUSAGE, "'%.100s': no address to listen on: %s", address, gai_strerror(code));
    int result = bind_first(list, address, listener, failure);
    freeaddrinfo(list);
    return result;
}

int listen_on(const char *address, struct listener *listener, struct failure *failure)
{
    static const char start[] = "unix:";
    *listener = (struct listener){.socket = -1};
    int result = strncmp(address, start, sizeof start - 1) == 0
                     ? listen_unix(address + sizeof start - 1, listener, failure)
                     : listen_tcp(address, listener, failure);
    if (result != VAULT_OK && listener->socket >= 0) {
        (void)close(listener->socket);
        listener->socket = -1;
    }
    return result;
}
