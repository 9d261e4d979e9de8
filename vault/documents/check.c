/* What a template of somebody else's may say. */
#include <stdio.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/documents/template.h"

#define OPEN_MAX 64u
#define SECTIONS_MAX 8u

/* Elements and sections close in the order in which they were opened, so that a section that comes twice, or
 * not at all, leaves a page that is whole. */
struct open {
    bool section, otherwise, says;
    char name[TEMPLATE_NAME_MAX + 1];
};

struct checking {
    struct bytes text;
    size_t at;
    const json_t *known;
    json_t *used;
    struct open open[OPEN_MAX];
    size_t depth, sections;
    struct failure *failure;
};

static int wrong(const struct checking *c, const char *what, const char *name)
{
    unsigned line = 1;
    for (size_t i = 0; i < c->at && i < c->text.size; i++)
        line += c->text.data[i] == '\n';
    return failure_set(c->failure, VAULT_EINPUT, "the template, line %u: %s%s%s", line, what,
        name == NULL ? "" : " ", name == NULL ? "" : name);
}

static int open_one(struct checking *c, bool section, const char *name)
{
    c->sections += section;
    if (c->depth == OPEN_MAX || c->sections > SECTIONS_MAX)
        return wrong(c, "too deep in each other:", name);
    c->open[c->depth] = (struct open){.section = section};
    text_copy(c->open[c->depth].name, sizeof c->open[c->depth].name, name);
    c->depth++;
    return VAULT_OK;
}

static int close_one(struct checking *c, bool section, const char *name)
{
    if (c->depth == 0 || c->open[c->depth - 1].section != section ||
        strcmp(c->open[c->depth - 1].name, name) != 0)
        return wrong(
            c, section ? "it closes what is not open: section" : "it closes what is not open: element", name);
    const struct open *closed = &c->open[--c->depth];
    c->sections -= section;
    if (c->depth > 0)
        c->open[c->depth - 1].says |= closed->says;
    if (!closed->otherwise || !closed->says)
        return VAULT_OK;
    return json_object_set_new(c->used, name, json_string("otherwise")) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* --- Tags --- */

static bool is_name(const char *name)
{
    if (strcmp(name, ".") == 0)
        return true;
    for (const char *c = name; *c != '\0'; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
        bool joins = (*c == '.' || *c == '-' || *c == '_') && c != name && c[1] != '\0' && c[-1] != '.';
        if (!letter && !joins)
            return false;
    }
    return name[0] != '\0';
}

static int use(struct checking *c, const char *name)
{
    char first[TEMPLATE_NAME_MAX + 1];
    text_copy(first, sizeof first, name);
    if (strcmp(name, ".") == 0)
        return VAULT_OK;
    first[strcspn(first, ".")] = '\0';
    if (json_object_get(c->known, first) == NULL)
        return wrong(c, "there is no field", first);
    if (json_object_get(c->used, first) != NULL)
        return VAULT_OK;
    return json_object_set_new(c->used, first, json_true()) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int take_tag(struct checking *c)
{
    const char *begin = (const char *)c->text.data + c->at + 2;
    size_t left = c->text.size - c->at - 2;
    const char *end = left < 2 ? NULL : memmem(begin, left, "}}", 2);
    char name[TEMPLATE_NAME_MAX + 1];
    if (end == NULL)
        return wrong(c, "a tag that does not end", NULL);
    size_t size = (size_t)(end - begin);
    char kind = size > 0 && strchr("#^/!", begin[0]) != NULL ? begin[0] : ' ';
    struct bytes word = text_trim(bytes_of(begin + (kind != ' '), size - (kind != ' ')));
    int result = VAULT_OK;
    if (kind != '!') {
        if (word.size >= sizeof name)
            return wrong(c, "a name that is too long", NULL);
        (void)snprintf(name, sizeof name, "%.*s", (int)word.size, (const char *)word.data);
        if (!is_name(name))
            return wrong(c, "a tag without a name", NULL);
        result = use(c, name);
    }
    if (result == VAULT_OK && (kind == '#' || kind == '^'))
        result = open_one(c, true, name);
    if (result == VAULT_OK && kind == '^')
        c->open[c->depth - 1].otherwise = true;
    if (result == VAULT_OK && kind == '/')
        result = close_one(c, true, name);
    c->at += 2 + size + 2;
    return result;
}

/* --- Markup --- */

static bool is_element(const char *name)
{
    static const char *const names[] = {"h1", "h2", "h3", "p", "div", "ul", "ol", "li", "table", "thead",
        "tbody", "tr", "th", "td", "strong", "em", "br"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* What may follow an element's name: nothing, or one class. */
static bool is_class(const char *rest, size_t size)
{
    static const char begin[] = " class=\"";
    size_t fixed = sizeof begin - 1;
    if (size == 0)
        return true;
    if (size < fixed + 2 || memcmp(rest, begin, fixed) != 0 || rest[size - 1] != '"')
        return false;
    for (size_t i = fixed; i < size - 1; i++) {
        if (rest[i] < 'a' || rest[i] > 'z')
            return false;
    }
    return true;
}

static int take_markup(struct checking *c)
{
    const char *begin = (const char *)c->text.data + c->at + 1;
    const char *end = memchr(begin, '>', c->text.size - c->at - 1);
    char name[16] = "";
    if (end == NULL || end - begin > 64)
        return wrong(c, "markup that does not end", NULL);
    bool closes = *begin == '/';
    const char *word = begin + closes;
    size_t size = 0;
    while (word + size < end && size < sizeof name - 1 && word[size] != ' ')
        size++;
    memcpy(name, word, size);
    if (memchr(name, '\0', size) != NULL || !is_element(name) ||
        !(closes ? word + size == end : is_class(word + size, (size_t)(end - word) - size)))
        return wrong(c,
            "markup that no template may hold: h1 h2 h3 p div ul ol li table thead tbody tr th td strong "
            "em br, with class=\"word\" at most",
            NULL);
    int result = VAULT_OK;
    if (strcmp(name, "br") == 0 && closes)
        return wrong(c, "markup that is never closed: br", NULL);
    if (strcmp(name, "br") != 0)
        result = closes ? close_one(c, false, name) : open_one(c, false, name);
    c->at += 1 + (size_t)(end - begin) + 1;
    return result;
}

static void take_text(struct checking *c)
{
    if (c->depth > 0 && c->text.data[c->at] > ' ')
        c->open[c->depth - 1].says = true;
    c->at++;
}

int template_check(struct bytes text, const json_t *known, json_t *used, struct failure *failure)
{
    struct checking c = {.text = text, .known = known, .used = used, .failure = failure};
    int result = VAULT_OK;
    if (text.size > TEMPLATE_TEXT_MAX)
        return failure_set(failure, VAULT_ELIMIT, "a template has at most %zu bytes", TEMPLATE_TEXT_MAX);
    if (!utf8_valid(text) || (text.size > 0 && memchr(text.data, '\0', text.size) != NULL))
        return failure_set(failure, VAULT_EINPUT, "the template is not UTF-8 text");
    while (c.at < text.size && result == VAULT_OK) {
        const uint8_t *at = text.data + c.at;
        if (*at == '{' && c.at + 1 < text.size && at[1] == '{')
            result = take_tag(&c);
        else if (*at == '<')
            result = take_markup(&c);
        else
            take_text(&c);
    }
    if (result == VAULT_OK && c.depth > 0)
        result = wrong(&c, "never closed:", c.open[c.depth - 1].name);
    return result;
}
