/* What can be asked over HTTP, and the few headers that we read ourselves. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "vault/server/front_private.h"

#define LOGIN_MAX 8192u
#define UPLOAD_MAX ((size_t)1 << 30)

static const struct route routes[] = {
    {"POST", "/v1/sessions", ASK_LOGIN, LOGIN_MAX, true, false},
    {"GET", "/v1/sessions", ASK_SESSIONS, 0, false, true},
    {"DELETE", "/v1/sessions/current", ASK_LOGOUT, 0, false, true},
    {"DELETE", "/v1/sessions/", ASK_END, 0, false, true},
    {"POST", "/v1/operations/", ASK_RUN, MESSAGE_BODY_MAX, true, true},
    {"POST", "/v1/files", ASK_UPLOAD, UPLOAD_MAX, false, true},
    {"GET", "/v1/files/", ASK_FETCH, 0, false, true},
    {"GET", "/healthz", ASK_HEALTH, 0, false, false},
    {"GET", "/readyz", ASK_READY, 0, false, false},
    {"GET", "/metrics", ASK_METRICS, 0, false, false},
};

/* A name is one segment of plain characters: ids, and operations. */
static bool is_name(const char *text)
{
    size_t size = 0;
    for (; text[size] != '\0'; size++) {
        unsigned char c = (unsigned char)text[size];
        if (isalnum(c) == 0 && c != '.' && c != '_' && c != '-')
            return false;
    }
    return size > 0 && size <= 64;
}

static bool fits(const struct route *route, const char *path, const char **rest)
{
    size_t size = strlen(route->path);
    if (route->path[size - 1] != '/')
        return strcmp(path, route->path) == 0;
    if (strncmp(path, route->path, size) != 0 || !is_name(path + size))
        return false;
    *rest = path + size;
    return true;
}

const struct route *route_find(const char *method, const char *path, const char **rest, unsigned *status)
{
    *rest = "";
    *status = MHD_HTTP_NOT_FOUND;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!fits(&routes[i], path, rest))
            continue;
        if (strcmp(method, routes[i].method) == 0)
            return &routes[i];
        *status = MHD_HTTP_METHOD_NOT_ALLOWED;
    }
    return NULL;
}

struct bytes route_token(const char *authorization)
{
    static const char scheme[] = "Bearer ";
    size_t size = sizeof scheme - 1;
    if (authorization == NULL || strncasecmp(authorization, scheme, size) != 0)
        return (struct bytes){0};
    const char *token = authorization + size;
    for (size_t i = 0; i < 64; i++) {
        if (isxdigit((unsigned char)token[i]) == 0)
            return (struct bytes){0};
    }
    return token[64] == '\0' ? bytes_of(token, 64) : (struct bytes){0};
}

bool route_is_json(const char *type)
{
    static const char json[] = "application/json";
    size_t size = sizeof json - 1;
    if (type == NULL || strncasecmp(type, json, size) != 0)
        return false;
    return type[size] == '\0' || type[size] == ';' || type[size] == ' ';
}

bool route_wants_lines(const char *accept)
{
    return accept != NULL && strcasestr(accept, "application/x-ndjson") != NULL;
}
