#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/formats/xlsx_private.h"

enum value_kind {
    VALUE_NUMBER,
    VALUE_SHARED,
    VALUE_INLINE,
    VALUE_FORMULA_TEXT,
    VALUE_BOOLEAN,
    VALUE_OTHER /* errors and ISO dates: as they are */
};

struct sheet_reader {
    struct book *book;
    struct part part;
    uint64_t row_number;
    struct buffer text; /* of the row's cells, each with a NUL */
    size_t start[LIMIT_COLUMNS];
    size_t size[LIMIT_COLUMNS];
    unsigned flags[LIMIT_COLUMNS];
    struct cell cells[LIMIT_COLUMNS];
    size_t count;
    struct buffer value; /* of one cell, as stored */
};

int sheet_reader_open(
    struct book *book, const char *part, struct sheet_reader **reader, struct failure *failure)
{
    *reader = calloc(1, sizeof **reader);
    if (*reader == NULL)
        return VAULT_ENOMEM;
    (*reader)->book = book;
    int result = part_open(&book->package, part, &(*reader)->part, failure);
    if (result == VAULT_ENOTFOUND)
        result = failure_set(failure, VAULT_EINPUT, "the package has no %s", part);
    if (result != VAULT_OK) {
        free(*reader);
        *reader = NULL;
    }
    return result;
}

void sheet_reader_close(struct sheet_reader *reader)
{
    if (reader == NULL)
        return;
    part_close(&reader->part);
    buffer_free(&reader->text);
    buffer_free(&reader->value);
    free(reader);
}

/* "BC12" -> 54; -1 if there are no letters or it is beyond the limit. */
static long column_of(const char *reference)
{
    long column = 0;
    for (; *reference >= 'A' && *reference <= 'Z'; reference++) {
        column = column * 26 + (*reference - 'A' + 1);
        if (column > (long)LIMIT_COLUMNS)
            return -1;
    }
    return column - 1;
}

static enum value_kind kind_of(const struct part *part)
{
    static const struct {
        const char *name;
        enum value_kind kind;
    } kinds[] = {{"n", VALUE_NUMBER}, {"s", VALUE_SHARED}, {"inlineStr", VALUE_INLINE},
        {"str", VALUE_FORMULA_TEXT}, {"b", VALUE_BOOLEAN}};
    char type[16];
    if (!part_attribute(part, "t", type, sizeof type))
        return VALUE_NUMBER;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(type, kinds[i].name) == 0)
            return kinds[i].kind;
    }
    return VALUE_OTHER;
}

/* What stands between <c> and </c>: the value as stored, or inline text. */
static int read_value(struct sheet_reader *reader, unsigned *flags, struct failure *failure)
{
    struct part *part = &reader->part;
    bool in_value = false;
    int result = VAULT_OK;
    buffer_reset(&reader->value);
    if (part_is_empty(part))
        return VAULT_OK;
    while ((result = part_next(part, failure)) > 0 && !part_at_end(part, "c")) {
        const char *text = in_value ? part_text(part) : NULL;
        if (text != NULL)
            buffer_put_text(&reader->value, text);
        else if (part_at_start(part, "v"))
            in_value = !part_is_empty(part);
        else if (part_at_end(part, "v"))
            in_value = false;
        else if (part_at_start(part, "f"))
            *flags |= CELL_FORMULA;
        else if (part_at_start(part, "is") &&
                 (result = book_read_text(part, "is", &reader->value, failure)) != 0)
            return result;
        if (reader->value.size > LIMIT_CELL_BYTES)
            return failure_set(failure, VAULT_ELIMIT, "row %" PRIu64 ": a cell larger than %u bytes",
                reader->row_number, LIMIT_CELL_BYTES);
    }
    return result < 0 ? result : buffer_error(&reader->value);
}

static int put_shared(struct sheet_reader *reader, struct failure *failure)
{
    const struct book *book = reader->book;
    char *end;
    const char *text = buffer_text(&reader->value);
    if (text == NULL)
        return VAULT_ENOMEM;
    unsigned long index = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || index >= book->string_count)
        return failure_set(failure, VAULT_EINPUT, "row %" PRIu64 ": shared string %.20s does not exist",
            reader->row_number, text);
    size_t size = book->string_start[index + 1] - book->string_start[index] - 1;
    buffer_put_data(&reader->text, book->strings.data + book->string_start[index], size);
    return VAULT_OK;
}

static int put_number(struct sheet_reader *reader, size_t style, unsigned *flags)
{
    char text[NUMBER_TEXT_SIZE];
    const struct book *book = reader->book;
    const char *stored = buffer_text(&reader->value);
    struct style none = {STYLE_GENERAL, 0};
    if (stored == NULL)
        return VAULT_ENOMEM;
    if (reader->value.size >= NUMBER_TEXT_SIZE) {
        buffer_put(&reader->text, buffer_bytes(&reader->value));
        return VAULT_OK;
    }
    *flags |=
        number_text(stored, style < book->style_count ? book->styles[style] : none, book->base_1904, text);
    buffer_put_text(&reader->text, text);
    return VAULT_OK;
}

/* The value as people see it, appended to the row's text. */
static int put_text(
    struct sheet_reader *reader, enum value_kind kind, size_t style, unsigned *flags, struct failure *failure)
{
    size_t start = reader->text.size;
    if (reader->value.size == 0)
        return VAULT_OK;
    switch (kind) {
    case VALUE_SHARED:
        return put_shared(reader, failure);
    case VALUE_NUMBER:
        return put_number(reader, style, flags);
    case VALUE_BOOLEAN:
        buffer_put_text(&reader->text, reader->value.data[0] == '1' ? "true" : "false");
        return VAULT_OK;
    case VALUE_INLINE: /* unescaped already */
    case VALUE_FORMULA_TEXT:
    case VALUE_OTHER:
        break;
    }
    buffer_put(&reader->text, buffer_bytes(&reader->value));
    if (kind == VALUE_FORMULA_TEXT)
        book_unescape(&reader->text, start);
    return VAULT_OK;
}

static int begin_cell(struct sheet_reader *reader, size_t column)
{
    for (; reader->count <= column; reader->count++) {
        reader->start[reader->count] = reader->text.size;
        reader->size[reader->count] = 0;
        reader->flags[reader->count] = 0;
        if (reader->count < column)
            buffer_put_u8(&reader->text, 0);
    }
    return buffer_error(&reader->text);
}

static int read_cell(struct sheet_reader *reader, struct failure *failure)
{
    char reference[24], style[12];
    unsigned flags = 0;
    long column = (long)reader->count;
    if (part_attribute(&reader->part, "r", reference, sizeof reference))
        column = column_of(reference);
    if (column < 0 || column >= (long)LIMIT_COLUMNS)
        return failure_set(failure, VAULT_ELIMIT, "row %" PRIu64 ": more than %u columns", reader->row_number,
            LIMIT_COLUMNS);
    if ((size_t)column < reader->count)
        return failure_set(
            failure, VAULT_EINPUT, "row %" PRIu64 ": cell %s is out of order", reader->row_number, reference);
    bool styled = part_attribute(&reader->part, "s", style, sizeof style);
    enum value_kind kind = kind_of(&reader->part);
    int result = read_value(reader, &flags, failure);
    if (result == VAULT_OK && reader->value.size == 0)
        return VAULT_OK; /* formatted, but empty */
    if (result == VAULT_OK)
        result = begin_cell(reader, (size_t)column);
    if (result == VAULT_OK)
        result = put_text(reader, kind, styled ? strtoul(style, NULL, 10) : 0, &flags, failure);
    reader->size[column] = reader->text.size - reader->start[column];
    reader->flags[column] = flags;
    buffer_put_u8(&reader->text, 0);
    if (result == VAULT_OK && reader->text.size > LIMIT_ROW_BYTES)
        result = failure_set(failure, VAULT_ELIMIT, "row %" PRIu64 ": larger than %u bytes",
            reader->row_number, LIMIT_ROW_BYTES);
    return result == VAULT_OK ? buffer_error(&reader->text) : result;
}

static void finish_row(struct sheet_reader *reader, struct row *row)
{
    for (size_t i = 0; i < reader->count; i++) {
        const char *data = (const char *)reader->text.data + reader->start[i];
        /* A NUL inside cannot come out of XML; the text ends where it says. */
        reader->cells[i] = (struct cell){.data = data, .size = reader->size[i], .flags = reader->flags[i]};
    }
    *row = (struct row){.cells = reader->cells, .count = reader->count, .number = reader->row_number};
}

static int read_row(struct sheet_reader *reader, struct failure *failure)
{
    char number[24];
    struct part *part = &reader->part;
    int result = VAULT_OK;
    uint64_t stated = part_attribute(part, "r", number, sizeof number) ? strtoull(number, NULL, 10) : 0;
    reader->row_number = stated > reader->row_number ? stated : reader->row_number + 1;
    reader->count = 0;
    buffer_reset(&reader->text);
    if (part_is_empty(part))
        return VAULT_OK;
    while ((result = part_next(part, failure)) > 0 && !part_at_end(part, "row")) {
        if (part_at_start(part, "c") && (result = read_cell(reader, failure)) != VAULT_OK)
            return result;
    }
    return result < 0 ? result : VAULT_OK;
}

int sheet_reader_next(void *context, struct row *row, struct failure *failure)
{
    struct sheet_reader *reader = context;
    int more;
    while ((more = part_next(&reader->part, failure)) > 0) {
        if (!part_at_start(&reader->part, "row"))
            continue;
        int result = read_row(reader, failure);
        if (result != VAULT_OK)
            return result;
        if (reader->count == 0)
            continue;
        finish_row(reader, row);
        return 1;
    }
    return more;
}
