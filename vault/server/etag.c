#include "vault/server/etag.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void etag_format(const char *record, int64_t version, char tag[ETAG_SIZE])
{
    (void)snprintf(tag, ETAG_SIZE, "\"%.26s.%lld\"", record, (long long)version);
}

/* ID.VERSION of this record; anybody else's tag is none of ours. */
static bool read_version(struct bytes tag, const char *record, int64_t *version)
{
    size_t size = strlen(record);
    int64_t number = 0;
    if (tag.size <= size + 1 || tag.size > size + 19 ||
        strncasecmp((const char *)tag.data, record, size) != 0 || tag.data[size] != '.' ||
        tag.data[size + 1] == '0')
        return false;
    for (size_t i = size + 1; i < tag.size; i++) {
        if (tag.data[i] < '0' || tag.data[i] > '9')
            return false;
        number = number * 10 + (tag.data[i] - '0');
    }
    *version = number;
    return true;
}

static size_t skip(struct bytes list, size_t at, const char *what)
{
    while (at < list.size && strchr(what, list.data[at]) != NULL && list.data[at] != '\0')
        at++;
    return at;
}

/* One tag: W/"opaque" or "opaque"; where it ends, or 0. */
static size_t read_tag(struct bytes list, size_t at, struct bytes *opaque, bool *weak)
{
    *weak = at + 1 < list.size && list.data[at] == 'W' && list.data[at + 1] == '/';
    at += *weak ? 2 : 0;
    if (at >= list.size || list.data[at] != '"')
        return 0;
    const uint8_t *end = memchr(list.data + at + 1, '"', list.size - at - 1);
    if (end == NULL)
        return 0;
    *opaque = bytes_of(list.data + at + 1, (size_t)(end - list.data) - at - 1);
    return (size_t)(end - list.data) + 1;
}

int etag_find(struct bytes list, const char *record, bool weak, int64_t *version)
{
    size_t at = skip(list, 0, " \t");
    *version = -1;
    if (at < list.size && list.data[at] == '*') {
        *version = 0;
        return skip(list, at + 1, " \t") == list.size ? VAULT_OK : VAULT_EUSAGE;
    }
    do {
        struct bytes opaque;
        bool is_weak;
        int64_t one = 0;
        at = read_tag(list, at, &opaque, &is_weak);
        if (at == 0)
            return VAULT_EUSAGE;
        if ((weak || !is_weak) && read_version(opaque, record, &one) && one > *version)
            *version = one;
        at = skip(list, at, " \t");
        if (at < list.size && list.data[at] != ',')
            return VAULT_EUSAGE;
        at = skip(list, at, ", \t");
    } while (at < list.size);
    return VAULT_OK;
}
