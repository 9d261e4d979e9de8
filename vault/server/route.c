/* What can be asked over HTTP, and the few headers that we read ourselves. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "vault/ops/ops.h"
#include "vault/server/front_private.h"

#define LOGIN_MAX 8192u
#define UPLOAD_MAX ((size_t)1 << 30)

static const struct route routes[] = {
    {"POST", "/v1/sessions", ASK_LOGIN, LOGIN_MAX, true, false, NULL},
    {"GET", "/v1/sessions", ASK_SESSIONS, 0, false, true, NULL},
    {"DELETE", "/v1/sessions/current", ASK_LOGOUT, 0, false, true, NULL},
    {"DELETE", "/v1/sessions/", ASK_END, 0, false, true, NULL},
    {"GET", "/v1/checkpoint/", ASK_CHECKPOINT, 0, false, true, NULL},
    {"POST", "/v1/operations/", ASK_RUN, MESSAGE_BODY_MAX, true, true, NULL},
    {"POST", "/v1/files", ASK_UPLOAD, UPLOAD_MAX, false, true, NULL},
    {"GET", "/v1/files/", ASK_FETCH, 0, false, true, NULL},
    {"GET", "/healthz", ASK_HEALTH, 0, false, false, NULL},
    {"GET", "/readyz", ASK_READY, 0, false, false, NULL},
    {"GET", "/metrics", ASK_METRICS, 0, false, false, NULL},
    {"GET", "/v1/clients", ASK_RUN, 0, false, true, "client.list"},
    {"GET", "/v1/clients/*", ASK_RUN, 0, false, true, "client.show"},
    {"GET", "/v1/clients/*/records", ASK_RUN, 0, false, true, "record.list"},
    {"GET", "/v1/clients/*/records/*", ASK_RUN, 0, false, true, "record.read"},
    {"PATCH", "/v1/clients/*/records/*", ASK_RUN, MESSAGE_BODY_MAX, true, true, "record.correct"},
    {"GET", "/v1/clients/*/records/*/history", ASK_RUN, 0, false, true, "record.history"},
    {"GET", "/v1/openapi.json", ASK_NOBODY, 0, false, false, NULL},
};

const struct route *route_row(size_t index)
{
    return index < sizeof routes / sizeof routes[0] ? &routes[index] : NULL;
}

/* A name is one segment of plain characters, none of them a dot at its beginning: ids, and operations.  Its
 * size, or 0. */
static size_t name_size(const char *text)
{
    size_t size = 0;
    while (isalnum((unsigned char)text[size]) != 0 || text[size] == '.' || text[size] == '_' ||
           text[size] == '-')
        size++;
    return size <= 64 && text[0] != '.' ? size : 0;
}

static bool fits(const struct route *route, const char *path, const char **rest)
{
    const char *pattern = route->path;
    size_t size = strlen(pattern);
    if (pattern[size - 1] == '/') {
        *rest = path + size;
        return strncmp(path, pattern, size) == 0 && name_size(*rest) > 0 && (*rest)[name_size(*rest)] == '\0';
    }
    const char *first = NULL;
    for (; *pattern != '\0'; pattern++) {
        size = *pattern == '*' ? name_size(path) : *path == *pattern;
        if (size == 0)
            return false;
        first = first == NULL && *pattern == '*' ? path : first;
        path += size;
    }
    *rest = first == NULL ? "" : first;
    return *path == '\0';
}

/* What is read by GET may be asked for without its body, but for a file: fetching it ends it. */
static bool is_method(const char *method, const struct route *route)
{
    return strcmp(method, route->method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0 && route->ask != ASK_FETCH);
}

const struct route *route_find(const char *method, const char *path, const char **rest, unsigned *status)
{
    *rest = "";
    *status = MHD_HTTP_NOT_FOUND;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!fits(&routes[i], path, rest) ||
            (routes[i].ask == ASK_RUN && routes[i].operation == NULL && !operation_exists(*rest)))
            continue;
        if (is_method(method, &routes[i]))
            return &routes[i];
        *status = MHD_HTTP_METHOD_NOT_ALLOWED;
    }
    return NULL;
}

void route_methods(const char *path, char methods[ROUTE_METHODS_SIZE])
{
    static const char *const known[] = {"GET", "HEAD", "POST", "PATCH", "DELETE"};
    size_t used = 0;
    methods[0] = '\0';
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *rest;
        unsigned status;
        if (route_find(known[i], path, &rest, &status) != NULL)
            used += (size_t)snprintf(methods + used, ROUTE_METHODS_SIZE - used, "%s, ", known[i]);
    }
    if (used > 0)
        (void)snprintf(methods + used, ROUTE_METHODS_SIZE - used, "OPTIONS");
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

bool route_acceptable(const char *accept)
{
    static const char *const taken[] = {"*/*", "application/*", "application/json", "application/x-ndjson",
        "application/octet-stream", "text/plain"};
    for (size_t i = 0; accept != NULL && i < sizeof taken / sizeof taken[0]; i++) {
        if (strcasestr(accept, taken[i]) != NULL)
            return true;
    }
    return accept == NULL || accept[0] == '\0';
}
