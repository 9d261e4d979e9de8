#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/formats/xlsx_private.h"

#define STYLES_MAX 65536u
#define FORMATS_MAX 4096u
#define STRING_OVERHEAD 8u /* what a string costs beside its bytes */

struct number_format {
    long id;
    struct style style;
};

struct style_reading {
    struct number_format *formats;
    size_t format_count;
    bool in_cells;
};

static int open_needed(struct book *book, const char *name, struct part *part, struct failure *failure)
{
    int result = part_open(&book->package, name, part, failure);
    return result == VAULT_ENOTFOUND
               ? failure_set(failure, VAULT_EINPUT, "not a workbook: the package has no %s", name)
               : result;
}

static long attribute_number(const struct part *part, const char *name)
{
    char text[24];
    return part_attribute(part, name, text, sizeof text) ? strtol(text, NULL, 10) : 0;
}

/* Relations: the part that a sheet's id stands for. */
static int resolve(struct book *book, char (*ids)[64], struct failure *failure)
{
    struct part part;
    char id[64], target[180];
    int more;
    int result = open_needed(book, "xl/_rels/workbook.xml.rels", &part, failure);
    if (result != VAULT_OK)
        return result;
    while ((more = part_next(&part, failure)) > 0) {
        if (!part_at_start(&part, "Relationship") || !part_attribute(&part, "Id", id, sizeof id) ||
            !part_attribute(&part, "Target", target, sizeof target))
            continue;
        for (size_t i = 0; i < book->sheet_count; i++) {
            if (strcmp(ids[i], id) == 0)
                (void)snprintf(book->sheets[i].part, sizeof book->sheets[i].part,
                    target[0] == '/' ? "%s" : "xl/%s", target + (target[0] == '/'));
        }
    }
    part_close(&part);
    return more;
}

static int add_sheet(struct book *book, const struct part *part, char (*ids)[64], struct failure *failure)
{
    char state[16];
    if (book->sheet_count == SHEETS_MAX)
        return failure_set(failure, VAULT_ELIMIT, "more than %d sheets", SHEETS_MAX);
    struct sheet_entry *sheet = &book->sheets[book->sheet_count];
    if (!part_attribute(part, "name", sheet->name, sizeof sheet->name))
        (void)snprintf(sheet->name, sizeof sheet->name, "%zu", book->sheet_count + 1);
    sheet->hidden = part_attribute(part, "state", state, sizeof state) && strcmp(state, "visible") != 0;
    if (!part_attribute(part, "id", ids[book->sheet_count], sizeof *ids))
        ids[book->sheet_count][0] = '\0';
    book->sheet_count++;
    return VAULT_OK;
}

static int read_workbook(struct book *book, struct failure *failure)
{
    struct part part;
    char flag[8];
    int result = open_needed(book, "xl/workbook.xml", &part, failure);
    if (result != VAULT_OK)
        return result;
    char(*ids)[64] = calloc(SHEETS_MAX, sizeof *ids);
    book->sheets = calloc(SHEETS_MAX, sizeof *book->sheets);
    if (ids == NULL || book->sheets == NULL)
        result = VAULT_ENOMEM;
    while (result == VAULT_OK && (result = part_next(&part, failure)) > 0) {
        result = VAULT_OK;
        if (part_at_start(&part, "workbookPr"))
            book->base_1904 = part_attribute(&part, "date1904", flag, sizeof flag) &&
                              (strcmp(flag, "1") == 0 || strcmp(flag, "true") == 0);
        else if (part_at_start(&part, "sheet"))
            result = add_sheet(book, &part, ids, failure);
        else
            continue;
    }
    part_close(&part);
    if (result == VAULT_OK)
        result = resolve(book, ids, failure);
    free(ids);
    return result;
}

static int add_format(struct style_reading *reading, const struct part *part)
{
    char code[256];
    if (reading->format_count == FORMATS_MAX || !part_attribute(part, "formatCode", code, sizeof code))
        return VAULT_OK;
    struct number_format *grown =
        reallocarray(reading->formats, reading->format_count + 1, sizeof *reading->formats);
    if (grown == NULL)
        return VAULT_ENOMEM;
    reading->formats = grown;
    long id = attribute_number(part, "numFmtId");
    grown[reading->format_count++] = (struct number_format){id, style_of(id, code)};
    return VAULT_OK;
}

static int add_style(struct book *book, const struct style_reading *reading, const struct part *part)
{
    long id = attribute_number(part, "numFmtId");
    struct style style = style_of(id, NULL);
    if (book->style_count == STYLES_MAX)
        return VAULT_OK;
    for (size_t i = 0; i < reading->format_count; i++) {
        if (reading->formats[i].id == id)
            style = reading->formats[i].style;
    }
    if ((book->style_count & (book->style_count + 1)) == 0 || book->style_count == 0) {
        size_t capacity = (book->style_count + 1) * 2;
        struct style *grown = reallocarray(book->styles, capacity, sizeof *grown);
        if (grown == NULL)
            return VAULT_ENOMEM;
        book->styles = grown;
    }
    book->styles[book->style_count++] = style;
    return VAULT_OK;
}

static int read_styles(struct book *book, struct failure *failure)
{
    struct part part;
    struct style_reading reading = {.format_count = 0};
    int result = part_open(&book->package, "xl/styles.xml", &part, failure);
    if (result == VAULT_ENOTFOUND)
        return VAULT_OK;
    while (result == VAULT_OK && (result = part_next(&part, failure)) > 0) {
        result = VAULT_OK;
        if (part_at_start(&part, "numFmt"))
            result = add_format(&reading, &part);
        else if (part_at_start(&part, "cellXfs"))
            reading.in_cells = true;
        else if (part_at_end(&part, "cellXfs"))
            reading.in_cells = false;
        else if (reading.in_cells && part_at_start(&part, "xf"))
            result = add_style(book, &reading, &part);
    }
    free(reading.formats);
    part_close(&part);
    return result;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* _xHHHH_ at @p at: the code unit, or -1. */
static long escaped_at(const uint8_t *at, size_t size)
{
    long value = 0;
    if (size < 7 || at[0] != '_' || at[1] != 'x' || at[6] != '_')
        return -1;
    for (size_t i = 2; i < 6; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value >= 0xd800 && value <= 0xdfff ? -1 : value;
}

void book_unescape(struct buffer *out, size_t start)
{
    struct buffer plain = {0};
    if (out->size <= start || memmem(out->data + start, out->size - start, "_x", 2) == NULL)
        return;
    for (size_t i = start; i < out->size;) {
        long code = escaped_at(out->data + i, out->size - i);
        if (code > 0) {
            utf8_put((uint32_t)code, &plain);
            i += 7;
        } else {
            buffer_put_u8(&plain, out->data[i++]);
        }
    }
    out->size = start;
    buffer_put(out, buffer_bytes(&plain));
    buffer_free(&plain);
}

int book_read_text(struct part *part, const char *until, struct buffer *out, struct failure *failure)
{
    size_t start = out->size;
    bool in_text = false;
    bool phonetic = false;
    int result = VAULT_OK;
    if (part_is_empty(part))
        return VAULT_OK;
    while ((result = part_next(part, failure)) > 0 && !part_at_end(part, until)) {
        const char *text = in_text && !phonetic ? part_text(part) : NULL;
        if (part_at_start(part, "t"))
            in_text = !part_is_empty(part);
        else if (part_at_end(part, "t"))
            in_text = false;
        else if (part_at_start(part, "rPh") || part_at_end(part, "rPh"))
            phonetic = part_at_start(part, "rPh") && !part_is_empty(part);
        if (text != NULL)
            buffer_put_text(out, text);
        if (out->size - start > LIMIT_CELL_BYTES)
            return failure_set(
                failure, VAULT_ELIMIT, "%s: a cell larger than %u bytes", part->name, LIMIT_CELL_BYTES);
    }
    book_unescape(out, start);
    return result < 0 ? result : buffer_error(out);
}

static int add_string(struct book *book, struct part *part, struct failure *failure)
{
    if (book->string_count + 2 > book->string_capacity) {
        size_t capacity = book->string_capacity == 0 ? 1024 : book->string_capacity * 2;
        uint32_t *grown = reallocarray(book->string_start, capacity, sizeof *grown);
        if (grown == NULL)
            return VAULT_ENOMEM;
        book->string_start = grown;
        book->string_capacity = capacity;
    }
    book->string_start[book->string_count++] = (uint32_t)book->strings.size;
    int result = book_read_text(part, "si", &book->strings, failure);
    buffer_put_u8(&book->strings, 0);
    book->string_start[book->string_count] = (uint32_t)book->strings.size;
    if (book->strings.size + book->string_count * STRING_OVERHEAD > LIMIT_SHARED_STRINGS)
        return failure_set(failure, VAULT_ELIMIT, "%s: more than %u bytes of shared strings", part->name,
            LIMIT_SHARED_STRINGS);
    return result == VAULT_OK ? buffer_error(&book->strings) : result;
}

static int read_strings(struct book *book, struct failure *failure)
{
    struct part part;
    int result = part_open(&book->package, "xl/sharedStrings.xml", &part, failure);
    if (result == VAULT_ENOTFOUND)
        return VAULT_OK;
    while (result == VAULT_OK && (result = part_next(&part, failure)) > 0)
        result = part_at_start(&part, "si") ? add_string(book, &part, failure) : VAULT_OK;
    part_close(&part);
    return result;
}

int book_open(const char *path, struct book *book, struct failure *failure)
{
    memset(book, 0, sizeof *book);
    int result = package_open(path, &book->package, failure);
    if (result == VAULT_OK)
        result = read_workbook(book, failure);
    if (result == VAULT_OK)
        result = read_styles(book, failure);
    if (result == VAULT_OK)
        result = read_strings(book, failure);
    if (result != VAULT_OK)
        book_close(book);
    return result;
}

void book_close(struct book *book)
{
    package_close(&book->package);
    free(book->sheets);
    free(book->styles);
    free(book->string_start);
    buffer_free(&book->strings);
    memset(book, 0, sizeof *book);
}
