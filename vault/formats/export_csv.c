#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vault/formats/export_private.h"

/*
 * Rows of one kind follow a row of headings; where the kind changes, new headings follow.  Cells that a
 * spreadsheet would take for a formula get an apostrophe, which the import takes off again.
 */

#define NO_CONVERTER ((iconv_t)(intptr_t)-1)

struct csv_writer {
    struct export_file file;
    struct export_section section; /* count 0 before the first record */
    iconv_t converter;             /* for GBK */
    struct buffer row;
    struct buffer marked; /* a cell's text */
    const struct export_writer *writer;
};

static int open_csv(struct export_writer *writer, struct failure *failure)
{
    const char *encoding = writer->options.encoding;
    bool gbk = encoding != NULL && strcasecmp(encoding, "GBK") == 0;
    if (encoding != NULL && !gbk && strcasecmp(encoding, "UTF-8") != 0)
        return failure_set(failure, VAULT_EINPUT, "CSV is written as UTF-8 or GBK, not as '%.20s'", encoding);
    struct csv_writer *csv = calloc(1, sizeof *csv);
    if (csv == NULL)
        return VAULT_ENOMEM;
    csv->converter = gbk ? iconv_open("GBK", "UTF-8") : NO_CONVERTER;
    int result = VAULT_OK;
    if (gbk && csv->converter == NO_CONVERTER)
        result = failure_set(failure, VAULT_EINPUT, "this system's iconv does not know GBK");
    if (result == VAULT_OK)
        result = export_file_create(&csv->file, writer, failure);
    if (result == VAULT_OK && !gbk)
        buffer_put_text(&csv->file.pending, "\xef\xbb\xbf");
    writer->state = csv;
    csv->writer = writer;
    if (result != VAULT_OK) {
        if (csv->converter != NO_CONVERTER)
            (void)iconv_close(csv->converter);
        free(csv);
    }
    return result;
}

static bool is_plain_number(const char *text)
{
    size_t at = text[0] == '-';
    size_t whole = strspn(text + at, "0123456789");
    at += whole;
    if (text[at] == '.')
        at += 1 + strspn(text + at + 1, "0123456789");
    return whole > 0 && text[at] == '\0';
}

/* An amount below zero is no formula; a text that begins with an apostrophe gets one more, so that the import
 * can tell. */
static bool needs_apostrophe(const char *text)
{
    return text[0] != '\0' && strchr("=+-@\t\r'", text[0]) != NULL && !is_plain_number(text);
}

static void put_cell(struct buffer *out, const char *text)
{
    bool apostrophe = needs_apostrophe(text);
    size_t size = strlen(text);
    bool blank_ends = size > 0 && (text[0] == ' ' || text[size - 1] == ' ');
    if (!blank_ends && text[strcspn(text, ",\"\r\n;\t|")] == '\0') {
        if (apostrophe)
            buffer_put_u8(out, '\'');
        buffer_put_data(out, text, size);
        return;
    }
    buffer_put_u8(out, '"');
    if (apostrophe)
        buffer_put_u8(out, '\'');
    for (const char *quote; (quote = strchr(text, '"')) != NULL; text = quote + 1) {
        buffer_put_data(out, text, (size_t)(quote - text) + 1);
        buffer_put_u8(out, '"');
    }
    buffer_put_text(out, text);
    buffer_put_u8(out, '"');
}

static int convert_row(struct csv_writer *csv, const char *record_id, struct failure *failure)
{
    char *in = (char *)csv->row.data;
    size_t in_left = csv->row.size;
    size_t size = in_left * 2;
    size_t out_left = size;
    char *start = (char *)buffer_grow(&csv->file.pending, size);
    char *out = start;
    if (start == NULL)
        return VAULT_ENOMEM;
    size_t result = iconv(csv->converter, &in, &in_left, &out, &out_left);
    csv->file.pending.size -= out_left;
    if (result == 0 && in_left == 0)
        return VAULT_OK;
    failure_set(failure, VAULT_EINPUT, "record %s has a character that GBK does not", record_id);
    failure_remedy(failure, "export as UTF-8, or as xlsx");
    return VAULT_EINPUT;
}

static int end_row(struct csv_writer *csv, const char *record_id, struct failure *failure)
{
    int result = VAULT_OK;
    buffer_put_text(&csv->row, "\r\n");
    if (csv->converter == NO_CONVERTER)
        buffer_put(&csv->file.pending, buffer_bytes(&csv->row));
    else
        result = convert_row(csv, record_id, failure);
    if (result == VAULT_OK)
        result = buffer_error(&csv->row);
    buffer_reset(&csv->row);
    return result == VAULT_OK ? export_file_flush(&csv->file, failure) : result;
}

static int put_row(void *context, const struct export_cell *cells, size_t count, struct failure *failure)
{
    struct csv_writer *csv = context;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_put_u8(&csv->row, ',');
        const char *text = export_cell_text(csv->writer, &cells[i], &csv->marked);
        if (text == NULL)
            return VAULT_ENOMEM;
        put_cell(&csv->row, text);
    }
    return end_row(csv, cells[1].text, failure);
}

static int put_headings(struct csv_writer *csv, struct failure *failure)
{
    for (size_t i = 0; i < EXPORT_FIXED_COLUMNS + csv->section.count; i++) {
        bool fixed = i < EXPORT_FIXED_COLUMNS;
        if (i > 0)
            buffer_put_u8(&csv->row, ',');
        put_cell(&csv->row, fixed ? export_fixed[i] : csv->section.columns[i - EXPORT_FIXED_COLUMNS].path);
    }
    return end_row(csv, "(headings)", failure);
}

static int new_section(struct csv_writer *csv, const struct export_row *row, struct failure *failure)
{
    struct export_section section;
    bool alike = csv->section.count > 0 && export_section_like(&csv->section, row);
    int result = export_section_make(row, alike ? &csv->section : NULL, &section);
    if (result != VAULT_OK)
        return result;
    export_section_free(&csv->section);
    csv->section = section;
    return put_headings(csv, failure);
}

static int put(struct export_writer *writer, const struct export_row *row, struct failure *failure)
{
    struct csv_writer *csv = writer->state;
    int result = VAULT_OK;
    if (csv->section.count == 0 || !export_section_fits(&csv->section, row))
        result = new_section(csv, row, failure);
    return result == VAULT_OK ? export_rows(&csv->section, row, put_row, csv, failure) : result;
}

static void free_csv(struct csv_writer *csv)
{
    export_file_abandon(&csv->file);
    export_section_free(&csv->section);
    buffer_free(&csv->row);
    buffer_free(&csv->marked);
    if (csv->converter != NO_CONVERTER)
        (void)iconv_close(csv->converter);
    free(csv);
}

static int put_footer(struct csv_writer *csv, const char *footer, struct failure *failure)
{
    buffer_put_text(&csv->row, EXPORT_FOOTER ",");
    put_cell(&csv->row, footer);
    return end_row(csv, "(footer)", failure);
}

static int close_csv(struct export_writer *writer, struct hash *hash, struct failure *failure)
{
    struct csv_writer *csv = writer->state;
    const char *footer = writer->options.footer;
    int result = footer == NULL ? VAULT_OK : put_footer(csv, footer, failure);
    if (result == VAULT_OK)
        result = export_file_finish(&csv->file, writer->path, hash, failure);
    free_csv(csv);
    return result;
}

static void abandon(struct export_writer *writer)
{
    free_csv(writer->state);
}

const struct export_format export_csv = {"csv", open_csv, put, close_csv, abandon};
