#include <string.h>

#include "vault/formats/xml_stream_private.h"

#define LOOKED_AT ((size_t)8 << 10)

/* A place in the text of a head, which ends in a NUL. */
static const char *skip_blank(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *skip_past(const char *at, const char *end)
{
    const char *found = strstr(at, end);
    return found == NULL ? at + strlen(at) : found + strlen(end);
}

/* A DOCTYPE is stepped over here so that the reader can say why it refuses the file. */
static const char *skip_doctype(const char *at)
{
    size_t to_end = strcspn(at, ">"), to_subset = strcspn(at, "[");
    return to_subset < to_end ? skip_past(skip_past(at, "]"), ">") : skip_past(at, ">");
}

static const char *skip_prolog(const char *at)
{
    for (;;) {
        at = skip_blank(at);
        if (strncmp(at, "<?", 2) == 0) {
            at = skip_past(at, "?>");
        } else if (strncmp(at, "<!--", 4) == 0) {
            at = skip_past(at, "-->");
        } else if (strncmp(at, "<!", 2) == 0) {
            at = skip_doctype(at);
        } else {
            return at;
        }
    }
}

static void copy_span(char *to, size_t room, const char *from, size_t size)
{
    size = size < room - 1 ? size : room - 1;
    memcpy(to, from, size);
    to[size] = 0;
}

/* The value of xmlns (prefix "") or xmlns:prefix within a start tag. */
static void find_namespace(const char *tag, const char *prefix, size_t prefix_size, struct xml_root *root)
{
    size_t tag_size = strcspn(tag, ">");
    for (const char *at = strstr(tag, "xmlns"); at != NULL && at < tag + tag_size;
         at = strstr(at + 5, "xmlns")) {
        const char *rest = at + 5;
        if (prefix_size > 0) {
            if (*rest != ':' || strncmp(rest + 1, prefix, prefix_size) != 0) {
                continue;
            }
            rest += 1 + prefix_size;
        }
        rest = skip_blank(rest);
        if (*rest != '=') {
            continue;
        }
        rest = skip_blank(rest + 1);
        if (*rest == '"' || *rest == '\'') {
            const char quote[] = {*rest, 0};
            copy_span(root->name_space, sizeof root->name_space, rest + 1, strcspn(rest + 1, quote));
            return;
        }
    }
}

void xml_sniff(struct bytes head, struct xml_root *root)
{
    char text[LOOKED_AT];
    size_t size = 0;
    memset(root, 0, sizeof *root);
    /* Without its NULs, the markup of UTF-16 reads like ASCII; byte order marks are no markup. */
    for (size_t i = 0; i < head.size && size < sizeof text - 1; i++) {
        bool mark = size == 0 && (head.data[i] >= 0x80);
        if (head.data[i] != 0 && !mark) {
            text[size++] = (char)head.data[i];
        }
    }
    text[size] = 0;
    const char *at = skip_prolog(text);
    if (*at != '<') {
        return;
    }
    const char *name = at + 1;
    size_t name_size = strcspn(name, " \t\r\n/>"), prefix_size = 0;
    for (size_t i = 0; i < name_size; i++) {
        prefix_size = name[i] == ':' ? i : prefix_size;
    }
    const char *local = prefix_size > 0 ? name + prefix_size + 1 : name;
    copy_span(root->name, sizeof root->name, local, (size_t)(name + name_size - local));
    find_namespace(name, name, prefix_size, root);
}
