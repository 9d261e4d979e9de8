#include "vault/base/json.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"

/* jansson goes on when it could not grow the text that it is reading, and leaves letters out; and an object goes on
 * without a member that could not be made.  So every allocation that fails is remembered, and what was read or put
 * together meanwhile is not believed. */
static void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL)
        memory_failed();
    return memory;
}

/* Passphrases, tokens and records pass through JSON, and jansson keeps copies of its own while it reads: none is left
 * behind in memory that is free. */
static void release(void *memory)
{
    if (memory != NULL)
        wipe(memory, malloc_usable_size(memory));
    free(memory);
}

__attribute__((constructor)) static void watch_memory(void)
{
    json_set_alloc_funcs(allocate, release);
}

static int depth_of(struct bytes text, int limit)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > limit)
                return VAULT_ELIMIT;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return VAULT_OK;
}

int json_read(struct bytes text, json_t **value, struct failure *failure)
{
    json_error_t error;
    *value = NULL;
    if (depth_of(text, 256) != VAULT_OK)
        return failure_set(failure, VAULT_EINPUT, "JSON nested deeper than 256 levels");
    int before = memory_error();
    memory_reset();
    *value = json_loadb(text.size == 0 ? "" : (const char *)text.data, text.size,
        JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (memory_error() != VAULT_OK) {
        json_decref(*value);
        *value = NULL;
        return failure_set(failure, VAULT_ENOMEM, "no memory to read JSON");
    }
    if (before != VAULT_OK)
        memory_failed();
    if (*value == NULL)
        return failure_set(failure, VAULT_EINPUT, "line %d, column %d: not JSON: %s", error.line, error.column,
            error.text);
    return VAULT_OK;
}

void json_write_string(struct bytes text, struct buffer *out)
{
    buffer_put_u8(out, '"');
    size_t start = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buffer_put_data(out, text.data + start, i - start);
        start = i + 1;
        static const char named[] = "\b\t\n\f\r\"\\";
        static const char letters[] = "btnfr\"\\";
        const char *found = c == '\0' ? NULL : strchr(named, c);
        if (found != NULL) {
            buffer_put_u8(out, '\\');
            buffer_put_u8(out, (uint8_t)letters[found - named]);
        } else {
            buffer_put_format(out, "\\u%04x", c);
        }
    }
    buffer_put_data(out, start < text.size ? text.data + start : text.data, text.size - start);
    buffer_put_u8(out, '"');
}

/* RFC 8785 sorts member names by UTF-16 code units.  That differs from the order of UTF-8 bytes only between
 * U+E000..U+FFFF and the surrogate pairs of planes above; a lead byte tells these apart. */
static int compare_utf16(const char *a, const char *b)
{
    const uint8_t *x = (const uint8_t *)a;
    const uint8_t *y = (const uint8_t *)b;
    while (*x != 0 && *x == *y) {
        x++;
        y++;
    }
    bool x_pair = *x >= 0xf0;
    bool y_pair = *y >= 0xf0;
    if (x_pair != y_pair && *x >= 0xee && *y >= 0xee)
        return x_pair ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

static int compare_names(const void *a, const void *b)
{
    return compare_utf16(*(const char *const *)a, *(const char *const *)b);
}

static int write_value(const json_t *value, struct buffer *out, int depth);

static int write_object(const json_t *value, struct buffer *out, int depth)
{
    size_t count = json_object_size(value);
    const char *few[64];
    const char **names = count <= 64 ? few : calloc(count, sizeof *names);
    if (names == NULL)
        return VAULT_ENOMEM;
    size_t at = 0;
    /* jansson iterates only over non-const objects, though it does not change them. */
    union {
        const json_t *constant;
        json_t *object;
    } same = {.constant = value};
    for (void *step = json_object_iter(same.object); step != NULL; step = json_object_iter_next(same.object, step))
        names[at++] = json_object_iter_key(step);
    qsort(names, count, sizeof *names, compare_names);
    int result = VAULT_OK;
    buffer_put_u8(out, '{');
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        if (i > 0)
            buffer_put_u8(out, ',');
        json_write_string(bytes_of_text(names[i]), out);
        buffer_put_u8(out, ':');
        result = write_value(json_object_get(value, names[i]), out, depth + 1);
    }
    buffer_put_u8(out, '}');
    if (names != few)
        free(names);
    return result;
}

static int write_array(const json_t *value, struct buffer *out, int depth)
{
    int result = VAULT_OK;
    buffer_put_u8(out, '[');
    for (size_t i = 0; i < json_array_size(value) && result == VAULT_OK; i++) {
        if (i > 0)
            buffer_put_u8(out, ',');
        result = write_value(json_array_get(value, i), out, depth + 1);
    }
    buffer_put_u8(out, ']');
    return result;
}

static int write_value(const json_t *value, struct buffer *out, int depth)
{
    if (value == NULL || (depth > JSON_DEPTH_MAX && (json_is_object(value) || json_is_array(value))))
        return VAULT_EINPUT;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return write_object(value, out, depth);
    case JSON_ARRAY:
        return write_array(value, out, depth);
    case JSON_STRING: {
        struct bytes text = bytes_of(json_string_value(value), json_string_length(value));
        if (!utf8_valid(text))
            return VAULT_EINPUT;
        json_write_string(text, out);
        return VAULT_OK;
    }
    case JSON_INTEGER: {
        json_int_t number = json_integer_value(value);
        if (number > JSON_INTEGER_MAX || number < -JSON_INTEGER_MAX)
            return VAULT_EINPUT;
        buffer_put_format(out, "%lld", (long long)number);
        return VAULT_OK;
    }
    case JSON_TRUE:
        buffer_put_text(out, "true");
        return VAULT_OK;
    case JSON_FALSE:
        buffer_put_text(out, "false");
        return VAULT_OK;
    case JSON_REAL:
    case JSON_NULL:
        break;
    }
    return VAULT_EINPUT;
}

int json_write_canonical(const json_t *value, struct buffer *out)
{
    size_t before = out->size;
    int result = memory_error();
    if (result == VAULT_OK)
        result = write_value(value, out, 1);
    if (result == VAULT_OK)
        result = buffer_error(out);
    if (result != VAULT_OK && out->data != NULL) {
        wipe(out->data + before, out->size - before);
        out->size = before;
    }
    return result;
}

bool json_is_canonical(struct bytes text)
{
    json_t *value = NULL;
    struct buffer again = {0};
    bool canonical = json_read(text, &value, NULL) == VAULT_OK &&
        json_write_canonical(value, &again) == VAULT_OK && bytes_equal(text, buffer_bytes(&again));
    buffer_free(&again);
    json_decref(value);
    return canonical;
}

json_t *json_base64(struct bytes bytes)
{
    struct buffer text = {0};
    base64_encode(bytes, &text);
    json_t *value = json_of_buffer(&text);
    buffer_free(&text);
    return value;
}

json_t *json_of_buffer(const struct buffer *buffer)
{
    if (buffer_error(buffer) != VAULT_OK)
        return NULL;
    return json_stringn(buffer->size == 0 ? "" : (const char *)buffer->data, buffer->size);
}

/* How much of the end is a character's beginning: a leading byte that asks for more than follows. */
static size_t cut_at_end(struct bytes text)
{
    for (size_t back = 1; back <= 3 && back <= text.size; back++) {
        uint8_t byte = text.data[text.size - back];
        if ((byte & 0xc0) == 0x80)
            continue;
        size_t wanted = byte >= 0xf5 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
        return wanted > back ? back : 0;
    }
    return 0;
}

json_t *json_cut_text(const char *text)
{
    struct bytes rest = bytes_of_text(text);
    struct buffer valid = {0};
    if (text == NULL)
        return NULL;
    rest.size -= cut_at_end(rest);
    if (utf8_valid(rest))
        return json_stringn((const char *)rest.data, rest.size);
    while (rest.size > 0)
        utf8_put(utf8_next(&rest), &valid);
    json_t *value = json_of_buffer(&valid);
    buffer_free(&valid);
    return value;
}

const char *json_text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

bool json_is(const json_t *object, const char *name, const char *text)
{
    const char *member = json_text(object, name);
    return member != NULL && strcmp(member, text) == 0;
}

bool json_lists(const json_t *list, const char *text)
{
    for (size_t i = 0; text != NULL && i < json_array_size(list); i++) {
        const char *one = json_string_value(json_array_get(list, i));
        if (one != NULL && strcmp(one, text) == 0)
            return true;
    }
    return false;
}

int64_t json_number(const json_t *object, const char *name, int64_t otherwise)
{
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}
