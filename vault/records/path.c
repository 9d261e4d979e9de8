#include "vault/records/path_private.h"

#include <string.h>

#define NAME_SIZE 64

/* One step of a path: "lines[]" is a name and `lines`; "*" is `all`. */
struct step {
    char name[NAME_SIZE];
    bool lines;
    bool all;
    const char *rest; /* NULL after the last one */
};

/* Paths are ours or a person's (masked, reveal); a name too long for any field simply names none. */
static void step_take(const char *path, size_t size, struct step *step)
{
    const char *dot = memchr(path, '.', size);
    size_t length = dot == NULL ? size : (size_t)(dot - path);
    step->rest = dot == NULL ? NULL : dot + 1;
    step->lines = length > 2 && memcmp(path + length - 2, "[]", 2) == 0;
    step->all = length == 1 && path[0] == '*';
    length -= step->lines ? 2 : 0;
    if (length >= NAME_SIZE)
        length = 0;
    memcpy(step->name, path, length);
    step->name[length] = '\0';
}

/* --- Visiting --- */

struct walk {
    int (*visit)(void *context, const struct field_leaf *leaf);
    void *context;
    char path[PATH_SIZE];
};

static int walk_into(struct walk *walk, json_t *object, const char *path, size_t done);

/* Append as much as there is room for; the new end. */
static size_t path_put(char path[PATH_SIZE], size_t at, const char *text)
{
    size_t size = strnlen(text, PATH_SIZE - 1 - at);
    memcpy(path + at, text, size);
    path[at + size] = '\0';
    return at + size;
}

static int walk_member(
    struct walk *walk, json_t *object, const char *name, json_t *value, const struct step *step, size_t done)
{
    int result = VAULT_OK;
    size_t now = path_put(walk->path, done, done > 0 ? "." : "");
    now = path_put(walk->path, now, name);
    now = path_put(walk->path, now, step->lines ? "[]" : "");
    if (step->rest == NULL) {
        struct field_leaf leaf = {.object = object, .name = name, .value = value, .path = walk->path};
        return walk->visit(walk->context, &leaf);
    }
    if (!step->lines)
        return walk_into(walk, value, step->rest, now);
    for (size_t i = 0; i < json_array_size(value) && result == VAULT_OK; i++)
        result = walk_into(walk, json_array_get(value, i), step->rest, now);
    return result;
}

static int walk_into(struct walk *walk, json_t *object, const char *path, size_t done)
{
    struct step step;
    int result = VAULT_OK;
    if (!json_is_object(object))
        return VAULT_OK;
    step_take(path, strlen(path), &step);
    if (step.all) {
        const char *name;
        void *next;
        json_t *value;
        json_object_foreach_safe(object, next, name, value)
        {
            if (result == VAULT_OK)
                result = walk_member(walk, object, name, value, &step, done);
        }
        return result;
    }
    json_t *value = json_object_get(object, step.name);
    return value == NULL ? VAULT_OK : walk_member(walk, object, step.name, value, &step, done);
}

int path_each(
    json_t *fields, const char *path, int (*visit)(void *context, const struct field_leaf *leaf), void *context)
{
    struct walk walk = {.visit = visit, .context = context};
    return walk_into(&walk, fields, path, 0);
}

/* --- The first text --- */

static const char *first_text(const json_t *value, const char *path, size_t size)
{
    struct step step;
    step_take(path, size, &step);
    value = json_object_get(value, step.name);
    if (step.rest == NULL) {
        const char *text = json_string_value(value);
        return text == NULL || text[0] == '\0' ? NULL : text;
    }
    size -= (size_t)(step.rest - path);
    if (!step.lines)
        return first_text(value, step.rest, size);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *text = first_text(json_array_get(value, i), step.rest, size);
        if (text != NULL)
            return text;
    }
    return NULL;
}

const char *group_text(const json_t *fields, const char *group)
{
    while (true) {
        const char *end = strchrnul(group, '|');
        const char *text = first_text(fields, group, (size_t)(end - group));
        if (text != NULL || *end == '\0')
            return text;
        group = end + 1;
    }
}

/* --- Copying --- */

static json_t *member_made(json_t *object, const char *name, bool lines)
{
    json_t *value = json_object_get(object, name);
    if (value == NULL) {
        value = lines ? json_array() : json_object();
        if (json_object_set_new(object, name, value) != 0)
            return NULL;
    }
    return value;
}

static int copy_lines(json_t *target, const json_t *source, const char *rest)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(source) && i < json_array_size(target) && result == VAULT_OK; i++)
        result = path_copy(json_array_get(target, i), json_array_get(source, i), rest);
    return result;
}

int path_copy(json_t *target, const json_t *source, const char *path)
{
    struct step step;
    step_take(path, strlen(path), &step);
    const json_t *value = json_object_get(source, step.name);
    if (value == NULL || !json_is_object(target))
        return VAULT_OK;
    if (step.rest == NULL)
        return json_object_set_new(target, step.name, json_deep_copy(value)) == 0 ? VAULT_OK : VAULT_ENOMEM;
    json_t *inner = member_made(target, step.name, step.lines);
    if (inner == NULL)
        return VAULT_ENOMEM;
    return step.lines ? copy_lines(inner, value, step.rest) : path_copy(inner, value, step.rest);
}

/* --- Names without building values --- */

/* The quote that ends the string which begins at @p start: one with an even number of backslashes before it.
 */
static size_t string_end(struct bytes json, size_t start)
{
    size_t at = start;
    while (at < json.size) {
        const uint8_t *quote = memchr(json.data + at, '"', json.size - at);
        if (quote == NULL)
            return json.size;
        size_t end = (size_t)(quote - json.data);
        size_t slashes = 0;
        while (end - slashes > start && json.data[end - slashes - 1] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return end;
        at = end + 1;
    }
    return json.size;
}

bool json_names_any(struct bytes json, bool (*test)(void *context, struct bytes name), void *context)
{
    size_t at = 0;
    while (at < json.size) {
        const uint8_t *quote = memchr(json.data + at, '"', json.size - at);
        if (quote == NULL)
            return false;
        size_t start = (size_t)(quote - json.data) + 1;
        size_t end = string_end(json, start);
        if (end + 1 < json.size && json.data[end + 1] == ':' &&
            test(context, bytes_of(json.data + start, end - start)))
            return true;
        at = end + 1;
    }
    return false;
}
