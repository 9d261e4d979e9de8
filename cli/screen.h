/**
 * @file screen.h
 * What people see on standard output: sentences, fields with their values, and lists.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include "cli/table.h"

struct screen;

/**
 * @param width  columns of the terminal, 0 for none.
 * @param quiet  leave out what only confirms that something was done.
 */
struct screen *screen_new(struct output *output, int width, bool quiet);
void screen_free(struct screen *screen);

/** A line that confirms: left out if quiet.  Arguments are cleaned as a whole line; no line end in @p format.
 */
void screen_say(struct screen *screen, const char *format, ...) VAULT_PRINTF(2, 3);
/** A line that was asked for. */
void screen_line(struct screen *screen, const char *format, ...) VAULT_PRINTF(2, 3);
void screen_blank(struct screen *screen);

/** Gather "name  value"; a NULL value is left out.  @p note is put behind it in brackets; may be NULL. */
void screen_field(struct screen *screen, const char *name, const json_t *value, const char *note);
void screen_field_text(struct screen *screen, const char *name, const char *value);
/** Write the gathered fields, aligned, @p indent blanks in. */
void screen_fields_end(struct screen *screen, int indent);

/** An array of objects under @p columns, or under the members that they have if that is NULL. */
void screen_table(struct screen *screen, const json_t *rows, const struct column *columns, int indent);

/** Everything of an object: plain members as fields, objects inside with dotted names, arrays of objects as
 * tables. */
void screen_object(struct screen *screen, const json_t *object, const json_t *masked, int indent);

/** The string member @p name, or "" if there is none. */
static inline const char *screen_word(const json_t *object, const char *name)
{
    const char *text = json_text(object, name);
    return text == NULL ? "" : text;
}

int screen_width(const struct screen *screen);

#endif
