/* Which URLs we talk to, and how a pinned key is written. */
#include <string.h>

#include "vault/http/http_private.h"

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

const char *url_socket(const char *url)
{
    return starts_with(url, "unix:") ? url + strlen("unix:") : NULL;
}

bool http_url_is_tls(const char *url)
{
    return starts_with(url, "https://");
}

/* Printable ASCII without what would end a host or path, or carry a name and passphrase. */
static bool is_clean(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~' || strchr("\"<>\\^`{|}?#@", *text) != NULL)
            return false;
    }
    return true;
}

/* The loopback by number or by the one name that every system gives it. */
static bool is_this_machine(const char *host, size_t size)
{
    static const char *const whole[] = {"localhost", "[::1]"};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        if (size == strlen(whole[i]) && strncmp(host, whole[i], size) == 0)
            return true;
    }
    return size >= 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= size;
}

static size_t host_size(const char *host)
{
    if (host[0] == '[')
        return strcspn(host, "]") + (strchr(host, ']') != NULL);
    return strcspn(host, ":/");
}

static bool is_port(const char *rest)
{
    size_t digits = strspn(rest, "0123456789");
    return digits > 0 && digits <= 5 && (rest[digits] == '\0' || rest[digits] == '/');
}

int http_url_check(const char *url, bool plain, struct failure *failure)
{
    const char *path = url_socket(url);
    bool tls = http_url_is_tls(url);
    if (strlen(url) > HTTP_URL_MAX || !is_clean(url))
        return failure_set(failure, VAULT_EUSAGE, "'%.100s': no URL that we can use", url);
    if (path != NULL)
        return path[0] == '/' && strlen(path) < SOCKET_PATH_MAX
                   ? VAULT_OK
                   : failure_set(failure, VAULT_EUSAGE,
                         "'%.120s': a socket needs a path from /, below %d bytes", url, SOCKET_PATH_MAX);
    if (!tls && !starts_with(url, "http://"))
        return failure_set(failure, VAULT_EUSAGE, "'%.100s': neither https://, http:// nor unix:", url);
    const char *host = strstr(url, "://") + 3;
    size_t size = host_size(host);
    const char *rest = host + size;
    if (size == 0 || (rest[0] == ':' ? !is_port(rest + 1) : rest[0] != '/' && rest[0] != '\0'))
        return failure_set(failure, VAULT_EUSAGE, "'%.100s': names no host", url);
    if (tls || plain || is_this_machine(host, size))
        return VAULT_OK;
    failure_remedy(failure, "write https://");
    return failure_set(failure, VAULT_EUSAGE, "'%.100s': http without TLS is for this machine only", url);
}

bool http_pin_parse(const char *text, uint8_t pin[HTTP_PIN_SIZE])
{
    uint8_t room[HTTP_PIN_SIZE + 1];
    struct buffer decoded = {.data = room, .capacity = sizeof room};
    if (strlen(text) == (size_t)2 * HTTP_PIN_SIZE)
        return hex_decode(text, strlen(text), pin, HTTP_PIN_SIZE);
    if (starts_with(text, "sha256//"))
        text += strlen("sha256//");
    if (strlen(text) != 44 || base64_decode(bytes_of_text(text), &decoded) != VAULT_OK ||
        decoded.size != HTTP_PIN_SIZE)
        return false;
    memcpy(pin, room, HTTP_PIN_SIZE);
    return true;
}

void http_pin_format(const uint8_t pin[HTTP_PIN_SIZE], char text[HTTP_PIN_TEXT_SIZE])
{
    uint8_t room[HTTP_PIN_TEXT_SIZE];
    struct buffer out = {.data = room, .capacity = sizeof room};
    buffer_put_text(&out, "sha256//");
    base64_encode(bytes_of(pin, HTTP_PIN_SIZE), &out);
    memcpy(text, room, out.size);
    text[out.size] = '\0';
}
