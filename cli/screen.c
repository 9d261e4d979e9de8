#include "cli/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/clean.h"
#include "cli/json_out.h"
#include "cli/words.h"
#include "vault/base/text.h"

#define DEPTH_MAX 16

struct field {
    char *name;
    struct buffer value;
};

struct screen {
    struct output *output;
    int width;
    bool quiet;
    struct field *fields;
    size_t count;
};

struct screen *screen_new(struct output *output, int width, bool quiet)
{
    struct screen *screen = calloc(1, sizeof *screen);
    if (screen == NULL)
        return NULL;
    screen->output = output;
    screen->width = width;
    screen->quiet = quiet;
    return screen;
}

static void forget_fields(struct screen *screen)
{
    for (size_t i = 0; i < screen->count; i++) {
        free(screen->fields[i].name);
        buffer_free(&screen->fields[i].value);
    }
    free(screen->fields);
    screen->fields = NULL;
    screen->count = 0;
}

void screen_free(struct screen *screen)
{
    if (screen == NULL)
        return;
    forget_fields(screen);
    free(screen);
}

int screen_width(const struct screen *screen)
{
    return screen->width;
}

/* --- Lines --- */

static void put_line(struct screen *screen, const char *format, va_list arguments) VAULT_PRINTF(2, 0);

static void put_line(struct screen *screen, const char *format, va_list arguments)
{
    char *text = NULL;
    struct buffer line = {0};
    int length = vasprintf(&text, format, arguments);
    if (length < 0)
        return;
    clean_line(bytes_of(text, (size_t)length), &line);
    buffer_put_u8(&line, '\n');
    output_put(screen->output, buffer_bytes(&line));
    buffer_free(&line);
    wipe(text, (size_t)length);
    free(text);
}

void screen_say(struct screen *screen, const char *format, ...)
{
    if (screen->quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    put_line(screen, format, arguments);
    va_end(arguments);
}

void screen_line(struct screen *screen, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put_line(screen, format, arguments);
    va_end(arguments);
}

void screen_blank(struct screen *screen)
{
    output_put_text(screen->output, "\n");
}

/* --- Fields --- */

void screen_field(struct screen *screen, const char *name, const json_t *value, const char *note)
{
    if (value == NULL)
        return;
    struct field *fields = reallocarray(screen->fields, screen->count + 1, sizeof *fields);
    if (fields == NULL) {
        memory_failed();
        return;
    }
    screen->fields = fields;
    struct field *field = &fields[screen->count++];
    struct buffer clean = {0};
    clean_line(bytes_of_text(name), &clean);
    const char *text = buffer_text(&clean);
    *field = (struct field){.name = text == NULL ? NULL : strdup(text)};
    if (field->name == NULL)
        memory_failed();
    buffer_free(&clean);
    table_cell(value, &field->value);
    if (note != NULL)
        buffer_put_format(&field->value, "  [%s]", note);
}

void screen_field_text(struct screen *screen, const char *name, const char *value)
{
    json_t *text = value == NULL ? NULL : json_string(value);
    screen_field(screen, name, text, NULL);
    json_decref(text);
}

static void put_blanks(struct output *output, int count)
{
    for (int i = 0; i < count; i++)
        output_put_text(output, " ");
}

/* Values are never cut: whoever asked for a field wants all of it. */
void screen_fields_end(struct screen *screen, int indent)
{
    int widest = 0;
    for (size_t i = 0; i < screen->count; i++) {
        int width = text_width(bytes_of_text(screen->fields[i].name));
        widest = width > widest ? width : widest;
    }
    for (size_t i = 0; i < screen->count; i++) {
        const struct field *field = &screen->fields[i];
        put_blanks(screen->output, indent);
        output_put_text(screen->output, field->name);
        put_blanks(screen->output, widest - text_width(bytes_of_text(field->name)) + 2);
        output_put(screen->output, buffer_bytes(&field->value));
        output_put_text(screen->output, "\n");
    }
    forget_fields(screen);
}

/* --- Tables --- */

static bool looks_like_number(const json_t *value)
{
    if (json_is_integer(value))
        return true;
    const char *text = json_string_value(value);
    return text != NULL && text[0] != '\0' && text[strspn(text, "0123456789.-+")] == '\0' &&
           strchr(text, '.') != NULL;
}

/* The members of all rows in the order in which they first appear; right aligned where every value is a
 * number. */
static size_t find_columns(const json_t *rows, struct column *columns)
{
    size_t count = 0;
    for (size_t r = 0; r < json_array_size(rows); r++) {
        const char *name;
        json_t *value;
        json_object_foreach(json_out_loose(json_array_get(rows, r)), name, value)
        {
            size_t c = 0;
            while (c < count && strcmp(columns[c].member, name) != 0)
                c++;
            if (c == count && count + 1 < TABLE_COLUMNS_MAX)
                columns[count++] = (struct column){name, name, COLUMN_NUMBER};
            if (c < count && !looks_like_number(value))
                columns[c].form = COLUMN_TEXT;
        }
    }
    columns[count] = (struct column){NULL, NULL, COLUMN_TEXT};
    return count;
}

void screen_table(struct screen *screen, const json_t *rows, const struct column *columns, int indent)
{
    struct column found[TABLE_COLUMNS_MAX];
    if (columns == NULL) {
        if (find_columns(rows, found) == 0)
            return;
        columns = found;
    }
    struct table *table = table_new(screen->output, columns, screen->width);
    if (table == NULL)
        return;
    table_plain(table, true, indent);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        if (table_row(table, json_array_get(rows, i)) != VAULT_OK)
            break;
    }
    (void)table_end(table);
    table_free(table);
}

/* --- Objects --- */

static bool is_masked(const json_t *masked, const char *path)
{
    for (size_t i = 0; i < json_array_size(masked); i++) {
        const char *name = json_string_value(json_array_get(masked, i));
        if (name != NULL && strcmp(name, path) == 0)
            return true;
    }
    return false;
}

static bool is_table(const json_t *value)
{
    return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

static void gather(
    struct screen *screen, const json_t *object, const json_t *masked, const char *prefix, int depth)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_out_loose(object), name, value)
    {
        char path[512]; /* names are ours, and short */
        bool inside = json_is_object(value) && depth < DEPTH_MAX;
        if (snprintf(path, sizeof path, "%s%s%s", prefix, name, inside ? "." : "") < 0)
            continue;
        if (inside) {
            gather(screen, value, masked, path, depth + 1);
        } else if (!is_table(value)) {
            screen_field(screen, path, value, is_masked(masked, path) ? _("masked") : NULL);
        }
    }
}

void screen_object(struct screen *screen, const json_t *object, const json_t *masked, int indent)
{
    gather(screen, object, masked, "", 0);
    screen_fields_end(screen, indent);
    const char *name;
    json_t *value;
    json_object_foreach(json_out_loose(object), name, value)
    {
        if (!is_table(value))
            continue;
        screen_blank(screen);
        put_blanks(screen->output, indent);
        screen_line(screen, "%s:", name);
        screen_table(screen, value, NULL, indent + 2);
    }
}
