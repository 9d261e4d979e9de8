#include "vault/documents/template.h"

#include <stdio.h>
#include <string.h>

#include "vault/base/text.h"

#define NAME_BYTES_MAX (TEMPLATE_NAME_MAX + 1)

struct rendering {
    const char *start; /* of the template, to count lines */
    const json_t *stack[TEMPLATE_DEPTH_MAX];
    size_t depth;
    size_t tags;  /* gone through */
    size_t empty; /* of `out`, before */
    struct buffer *out;
    struct failure *failure;
};

struct tag {
    char kind; /* #, ^, /, ! or a blank for a value */
    char name[NAME_BYTES_MAX];
    const char *begin; /* of what the tag takes up, with its line if it stands alone */
    const char *end;
};

static int wrong(const struct rendering *r, const char *at, const char *what)
{
    unsigned line = 1;
    for (const char *c = r->start; c < at; c++)
        line += *c == '\n';
    return failure_set(r->failure, VAULT_EINPUT, "the template, line %u: %s", line, what);
}

/* --- Escaping --- */

static bool is_control(uint32_t c)
{
    return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x061c;
}

void template_escape(struct bytes text, struct buffer *out)
{
    while (text.size > 0) {
        uint32_t c = utf8_next(&text);
        switch (c) {
        case '&':
            buffer_put_text(out, "&amp;");
            break;
        case '<':
            buffer_put_text(out, "&lt;");
            break;
        case '>':
            buffer_put_text(out, "&gt;");
            break;
        case '"':
            buffer_put_text(out, "&quot;");
            break;
        case '\'':
            buffer_put_text(out, "&#39;");
            break;
        default:
            utf8_put(is_control(c) ? 0xfffd : c, out);
        }
    }
}

/* --- Values --- */

static const json_t *member(const json_t *value, const char *name, size_t size)
{
    char part[NAME_BYTES_MAX];
    if (!json_is_object(value) || size >= sizeof part)
        return NULL;
    memcpy(part, name, size);
    part[size] = '\0';
    return json_object_get(value, part);
}

static const json_t *find(const struct rendering *r, const char *name)
{
    const json_t *value = NULL;
    if (strcmp(name, ".") == 0)
        return r->stack[r->depth - 1];
    size_t size = strcspn(name, ".");
    for (size_t i = r->depth; i-- > 0 && value == NULL;)
        value = member(r->stack[i], name, size);
    while (value != NULL && name[size] == '.') {
        name += size + 1;
        size = strcspn(name, ".");
        value = member(value, name, size);
    }
    return value;
}

static bool is_something(const json_t *value)
{
    if (json_is_string(value))
        return json_string_length(value) > 0;
    if (json_is_array(value))
        return json_array_size(value) > 0;
    if (json_is_integer(value))
        return json_integer_value(value) != 0;
    return json_is_true(value) || json_is_object(value);
}

static void put_value(struct rendering *r, const json_t *value)
{
    if (json_is_string(value))
        template_escape(bytes_of(json_string_value(value), json_string_length(value)), r->out);
    else if (json_is_integer(value))
        buffer_put_format(r->out, "%lld", (long long)json_integer_value(value));
}

/* --- Tags --- */

/* A section's tag with nothing else on its line takes the whole line. */
static void take_line(const char *from, struct tag *tag)
{
    const char *first = tag->begin;
    const char *last = tag->end;
    while (first > from && (first[-1] == ' ' || first[-1] == '\t'))
        first--;
    while (*last == ' ' || *last == '\t')
        last++;
    if ((first == from || first[-1] == '\n') && (*last == '\n' || *last == '\0')) {
        tag->begin = first;
        tag->end = last + (*last == '\n');
    }
}

static int check_limits(struct rendering *r)
{
    if (++r->tags <= TEMPLATE_TAGS_MAX && r->out->size - r->empty <= TEMPLATE_PAGE_MAX)
        return VAULT_OK;
    return failure_set(r->failure, VAULT_ELIMIT, "the template makes a page that is too long");
}

/* The next tag at or behind @p at; begin is NULL if there is none. */
static int next_tag(const struct rendering *r, const char *at, const char *limit, struct tag *tag)
{
    const char *open = strstr(at, "{{");
    memset(tag, 0, sizeof *tag);
    if (open == NULL || open >= limit)
        return VAULT_OK;
    const char *close = strstr(open, "}}");
    if (close == NULL)
        return wrong(r, open, "a tag that does not end");
    const char *name = open + 2;
    tag->kind = strchr("#^/!", *name) != NULL ? *name++ : ' ';
    while (*name == ' ')
        name++;
    size_t size = (size_t)(close - name);
    while (size > 0 && name[size - 1] == ' ')
        size--;
    if (tag->kind != '!' && (size == 0 || size >= sizeof tag->name || memchr(name, '{', size) != NULL))
        return wrong(r, open, "a tag without a name");
    if (tag->kind != '!')
        memcpy(tag->name, name, size);
    tag->begin = open;
    tag->end = close + 2;
    if (tag->kind != ' ')
        take_line(r->start, tag);
    return VAULT_OK;
}

/* The tag that closes @p section, which was opened just before @p at. */
static int find_end(const struct rendering *r, const struct tag *section, const char *limit, struct tag *end)
{
    const char *at = section->end;
    unsigned depth = 1;
    for (;;) {
        int result = next_tag(r, at, limit, end);
        if (result != VAULT_OK)
            return result;
        if (end->begin == NULL)
            return wrong(r, section->begin, "a section that does not end");
        depth += end->kind == '#' || end->kind == '^';
        depth -= end->kind == '/';
        if (depth == 0)
            break;
        at = end->end;
    }
    return strcmp(end->name, section->name) == 0 ? VAULT_OK
                                                 : wrong(r, end->begin, "it closes another section");
}

static int render(struct rendering *r, const char *at, const char *limit);

static int render_with(struct rendering *r, const json_t *value, const char *at, const char *limit)
{
    if (r->depth == TEMPLATE_DEPTH_MAX)
        return wrong(r, at, "sections too deep in each other");
    r->stack[r->depth++] = value;
    int result = render(r, at, limit);
    r->depth--;
    return result;
}

static int render_section(struct rendering *r, const struct tag *section, const struct tag *end)
{
    const json_t *value = find(r, section->name);
    int result = VAULT_OK;
    if (section->kind == '^')
        return is_something(value) ? VAULT_OK : render_with(r, NULL, section->end, end->begin);
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value) && result == VAULT_OK; i++)
            result = render_with(r, json_array_get(value, i), section->end, end->begin);
        return result;
    }
    return is_something(value) ? render_with(r, value, section->end, end->begin) : VAULT_OK;
}

static int render(struct rendering *r, const char *at, const char *limit)
{
    for (;;) {
        struct tag tag;
        struct tag end;
        int result = check_limits(r);
        if (result == VAULT_OK)
            result = next_tag(r, at, limit, &tag);
        if (result != VAULT_OK)
            return result;
        const char *stop = tag.begin == NULL ? limit : tag.begin;
        if (stop > at)
            buffer_put_data(r->out, at, (size_t)(stop - at));
        if (tag.begin == NULL)
            return buffer_error(r->out);
        at = tag.end;
        if (tag.kind == '/')
            return wrong(r, tag.begin, "it closes what is not open");
        if (tag.kind == ' ')
            put_value(r, find(r, tag.name));
        if (tag.kind != '#' && tag.kind != '^')
            continue;
        result = find_end(r, &tag, limit, &end);
        if (result == VAULT_OK)
            result = render_section(r, &tag, &end);
        if (result != VAULT_OK)
            return result;
        at = end.end;
    }
}

int template_render(struct bytes text, const json_t *values, struct buffer *out, struct failure *failure)
{
    struct buffer copy = {0};
    struct rendering r = {.stack = {values}, .depth = 1, .empty = out->size, .out = out, .failure = failure};
    buffer_put(&copy, text);
    r.start = buffer_text(&copy);
    int result = r.start == NULL ? VAULT_ENOMEM : render(&r, r.start, r.start + copy.size);
    buffer_free(&copy);
    return result;
}
