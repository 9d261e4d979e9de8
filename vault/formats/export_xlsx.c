#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "vault/base/decimal.h"
#include "vault/base/file.h"
#include "vault/formats/export_private.h"

/*
 * One sheet a kind, rows written through (constant_memory: each sheet has a temporary file, in the directory
 * of the export, where plaintext is wanted anyway).  Texts are text cells.  An amount becomes a number only
 * where the decimal digits that the library writes for it are exactly ours, so that people can sum it and
 * nothing is rounded; else it stays text.
 */

#define SHEETS_MAX 60
#define ROWS_MAX 1048576u
#define SCALES 13
#define FOOTER_SIZE 256

struct sheet {
    struct export_section section;
    lxw_worksheet *sheet;
    lxw_row_t next;
    bool full; /* another sheet has taken over */
};

struct xlsx_writer {
    lxw_workbook *book;
    lxw_format *text;
    lxw_format *heading;
    lxw_format *amount[SCALES];
    struct sheet sheets[SHEETS_MAX];
    size_t count;
    struct sheet *now;
    const struct export_writer *writer;
    struct buffer marked; /* a cell's text */
    char footer[FOOTER_SIZE]; /* as a workbook writes it; "" for none */
    locale_t c_locale; /* the library writes numbers with the thread's decimal sign */
};

static const double powers[SCALES] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12};

static void make_formats(struct xlsx_writer *xlsx)
{
    char pattern[SCALES + 4] = "0.";
    xlsx->text = workbook_add_format(xlsx->book);
    format_set_num_format(xlsx->text, "@");
    xlsx->heading = workbook_add_format(xlsx->book);
    format_set_num_format(xlsx->heading, "@");
    format_set_bold(xlsx->heading);
    for (size_t scale = 0; scale < SCALES; scale++) {
        memset(pattern + 2, '0', scale);
        pattern[2 + scale] = '\0';
        xlsx->amount[scale] = workbook_add_format(xlsx->book);
        format_set_num_format(xlsx->amount[scale], scale == 0 ? "0" : pattern);
    }
}

/* Who made this, from what, when: what a firm's own papers carry. */
static void write_particulars(struct xlsx_writer *xlsx, const struct export_options *options)
{
    const char *const lines[][2] = {{"strongroom", "export 1"}, {"制表单位", options->firm},
        {"期间", options->scope}, {"导出人", options->exporter}, {"导出时间", options->exported_at},
        {"页脚", options->footer}};
    lxw_worksheet *sheet = workbook_add_worksheet(xlsx->book, "说明");
    (void)worksheet_set_column(sheet, 0, 0, 14, NULL);
    (void)worksheet_set_column(sheet, 1, 1, 48, NULL);
    for (lxw_row_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        (void)worksheet_write_string(sheet, i, 0, lines[i][0], xlsx->heading);
        (void)worksheet_write_string(sheet, i, 1, lines[i][1] == NULL ? "" : lines[i][1], xlsx->text);
    }
}

/* In a footer "&" begins a code and "&&" is one; left, small. */
static void make_footer(struct xlsx_writer *xlsx, const char *text)
{
    size_t size = 0;
    if (text == NULL)
        return;
    for (const char *prefix = "&L&8"; *prefix != '\0'; prefix++)
        xlsx->footer[size++] = *prefix;
    for (; *text != '\0' && size + 3 < FOOTER_SIZE; text++) {
        if (*text == '&')
            xlsx->footer[size++] = '&';
        xlsx->footer[size++] = *text;
    }
    xlsx->footer[size] = '\0';
}

/* What nobody reads and most programs keep. */
static void write_properties(struct xlsx_writer *xlsx, const struct export_marks *marks)
{
    uint8_t id[FINGERPRINT_ID_SIZE];
    char hex[2 * FINGERPRINT_ID_SIZE + 1];
    if (marks == NULL || !marks->properties)
        return;
    fingerprint_id(marks->word, id);
    hex_encode(bytes_of(id, sizeof id), hex);
    lxw_doc_properties properties = {.keywords = hex};
    (void)workbook_set_properties(xlsx->book, &properties);
    (void)workbook_set_custom_property_string(xlsx->book, MARKER_PROPERTY, hex);
}

static int open_xlsx(struct export_writer *writer, struct failure *failure)
{
    struct export_file claim;
    char *directory = NULL;
    const char *temporary = writer->options.temporary;
    char *copy = strdup(temporary == NULL ? writer->path : temporary);
    struct xlsx_writer *xlsx = calloc(1, sizeof *xlsx);
    int result =
        copy == NULL || xlsx == NULL ? VAULT_ENOMEM : export_file_create(&claim, writer, failure);
    if (result == VAULT_OK) {
        export_file_abandon(&claim); /* the library opens the file again, which keeps its mode */
        directory = temporary == NULL ? dirname(copy) : copy;
        lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = directory};
        xlsx->c_locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
        xlsx->book = workbook_new_opt(writer->path, &options);
        if (xlsx->book == NULL || xlsx->c_locale == (locale_t)0)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK) {
        xlsx->writer = writer;
        make_formats(xlsx);
        make_footer(xlsx, writer->options.footer);
        write_properties(xlsx, writer->options.marks);
        write_particulars(xlsx, &writer->options);
    } else if (xlsx != NULL) {
        if (xlsx->c_locale != (locale_t)0)
            freelocale(xlsx->c_locale);
        free(xlsx);
        xlsx = NULL;
    }
    free(copy);
    writer->state = xlsx;
    return result;
}

static int refused(lxw_error error, const char *record_id, struct failure *failure)
{
    if (error == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED) {
        failure_set(failure, VAULT_ELIMIT, "record %s has a text of more than 32767 characters", record_id);
        failure_remedy(failure, "export as csv or jsonl");
        return VAULT_ELIMIT;
    }
    return failure_set(failure, error == LXW_ERROR_MEMORY_MALLOC_FAILED ? VAULT_ENOMEM : VAULT_EIO,
        "record %s cannot be written: %s", record_id, lxw_strerror(error));
}

/* The number whose digits, as the library prints them, are those of @p text; false if there is none. */
static bool exact_number(const char *text, double *number, int *scale)
{
    char printed[40], again[DECIMAL_TEXT_SIZE];
    struct decimal decimal, back;
    if (decimal_parse(bytes_of_text(text), &decimal) != VAULT_OK)
        return false;
    decimal_format(decimal, again);
    if (strcmp(again, text) != 0 || llabs(decimal.mantissa) >= 1000000000000000LL)
        return false;
    *scale = decimal.scale;
    *number = (double)decimal.mantissa / powers[decimal.scale];
    (void)snprintf(printed, sizeof printed, "%.16G", *number);
    return decimal_parse(bytes_of_text(printed), &back) == VAULT_OK && decimal_compare(decimal, back) == 0;
}

/* In a workbook "_x0041_" means the letter A; where a text has it as it is, its first "_" is written so. */
static lxw_error write_text(const struct xlsx_writer *xlsx, lxw_col_t column, const char *text)
{
    struct buffer escaped = {0};
    if (strstr(text, "_x") == NULL)
        return worksheet_write_string(xlsx->now->sheet, xlsx->now->next, column, text, xlsx->text);
    for (const char *at = text; *at != '\0'; at++) {
        if (at[0] == '_' && at[1] == 'x' && strspn(at + 2, "0123456789ABCDEFabcdef") >= 4 && at[6] == '_')
            buffer_put_text(&escaped, "_x005F");
        buffer_put_u8(&escaped, (uint8_t)*at);
    }
    const char *whole = buffer_text(&escaped);
    lxw_error error =
        whole == NULL ? LXW_ERROR_MEMORY_MALLOC_FAILED
                      : worksheet_write_string(xlsx->now->sheet, xlsx->now->next, column, whole, xlsx->text);
    buffer_free(&escaped);
    return error;
}

static lxw_error write_cell(struct xlsx_writer *xlsx, lxw_col_t column, const struct export_cell *cell)
{
    double number;
    int scale;
    if (cell->text[0] == '\0')
        return LXW_NO_ERROR;
    const char *text = export_cell_text(xlsx->writer, cell, &xlsx->marked);
    if (text == NULL)
        return LXW_ERROR_MEMORY_MALLOC_FAILED;
    if (cell->type == CELL_AMOUNT && exact_number(cell->text, &number, &scale))
        return worksheet_write_number(xlsx->now->sheet, xlsx->now->next, column, number, xlsx->amount[scale]);
    return write_text(xlsx, column, text);
}

static int put_row(void *context, const struct export_cell *cells, size_t count, struct failure *failure)
{
    struct xlsx_writer *xlsx = context;
    lxw_error error = LXW_NO_ERROR;
    for (size_t i = 0; i < count && error == LXW_NO_ERROR; i++)
        error = write_cell(xlsx, (lxw_col_t)i, &cells[i]);
    xlsx->now->next++;
    return error == LXW_NO_ERROR ? VAULT_OK : refused(error, cells[1].text, failure);
}

static double width_of(const char *heading, enum cell_type type)
{
    double width = (double)strlen(heading) + 3;
    if (type == CELL_AMOUNT && width < 14)
        width = 14;
    if (strstr(heading, "name") != NULL || strstr(heading, "summary") != NULL ||
        strstr(heading, "item") != NULL)
        width = 28;
    if (strcmp(heading, "record_id") == 0)
        width = 29;
    return width < 8 ? 8 : width > 40 ? 40 : width;
}

static lxw_error write_heading(struct xlsx_writer *xlsx, size_t column, const char *heading, enum cell_type type)
{
    lxw_worksheet *sheet = xlsx->now->sheet;
    lxw_col_t at = (lxw_col_t)column;
    lxw_error error = worksheet_set_column(sheet, at, at, width_of(heading, type), NULL);
    return error == LXW_NO_ERROR ? worksheet_write_string(sheet, 0, at, heading, xlsx->heading) : error;
}

static int write_headings(struct xlsx_writer *xlsx, struct failure *failure)
{
    struct sheet *sheet = xlsx->now;
    const struct export_section *section = &sheet->section;
    lxw_error error = LXW_NO_ERROR;
    for (size_t i = 0; i < EXPORT_FIXED_COLUMNS && error == LXW_NO_ERROR; i++)
        error = write_heading(xlsx, i, export_fixed[i], CELL_TEXT);
    for (size_t i = 0; i < section->count && error == LXW_NO_ERROR; i++)
        error = write_heading(xlsx, EXPORT_FIXED_COLUMNS + i, section->columns[i].path, section->columns[i].type);
    worksheet_freeze_panes(sheet->sheet, 1, 2);
    sheet->next = 1;
    return error == LXW_NO_ERROR ? VAULT_OK : refused(error, "(headings)", failure);
}

static int add_sheet(struct xlsx_writer *xlsx, const struct export_row *row, const struct sheet *before,
    struct failure *failure)
{
    char name[32];
    unsigned same = 1;
    if (xlsx->count == SHEETS_MAX) {
        failure_set(failure, VAULT_ELIMIT, "more than %d sheets", SHEETS_MAX);
        failure_remedy(failure, "export fewer kinds or clients at once, or as csv");
        return VAULT_ELIMIT;
    }
    for (size_t i = 0; i < xlsx->count; i++)
        same += xlsx->sheets[i].section.kind == row->kind;
    (void)snprintf(name, sizeof name, same == 1 ? "%s" : "%s %u", kind_name(row->kind), same);
    struct sheet *sheet = &xlsx->sheets[xlsx->count];
    int result = export_section_make(row, before == NULL ? NULL : &before->section, &sheet->section);
    if (result != VAULT_OK)
        return result;
    sheet->sheet = workbook_add_worksheet(xlsx->book, name);
    if (sheet->sheet == NULL) {
        export_section_free(&sheet->section);
        return VAULT_ENOMEM;
    }
    if (xlsx->count++ == 0)
        worksheet_activate(sheet->sheet);
    if (xlsx->footer[0] != '\0')
        (void)worksheet_set_footer(sheet->sheet, xlsx->footer);
    xlsx->now = sheet;
    return write_headings(xlsx, failure);
}

/* The sheet that takes @p row, with room for all its lines; made if there is none. */
static int find_sheet(struct xlsx_writer *xlsx, const struct export_row *row, struct failure *failure)
{
    struct sheet *last = NULL;
    size_t rows = json_array_size(json_object_get(row->fields, "lines")) + 1;
    for (size_t i = 0; i < xlsx->count; i++) {
        struct sheet *sheet = &xlsx->sheets[i];
        if (sheet->full || !export_section_like(&sheet->section, row))
            continue;
        last = sheet;
        if (sheet->next + rows < ROWS_MAX && export_section_fits(&sheet->section, row)) {
            xlsx->now = sheet;
            return VAULT_OK;
        }
        sheet->full = true; /* the next has its columns too, and the rows stay in order */
    }
    return add_sheet(xlsx, row, last, failure);
}

static int put(struct export_writer *writer, const struct export_row *row, struct failure *failure)
{
    struct xlsx_writer *xlsx = writer->state;
    locale_t before = uselocale(xlsx->c_locale);
    int result = find_sheet(xlsx, row, failure);
    if (result == VAULT_OK)
        result = export_rows(&xlsx->now->section, row, put_row, xlsx, failure);
    (void)uselocale(before);
    return result;
}

static void free_xlsx(struct xlsx_writer *xlsx)
{
    for (size_t i = 0; i < xlsx->count; i++)
        export_section_free(&xlsx->sheets[i].section);
    buffer_free(&xlsx->marked);
    freelocale(xlsx->c_locale);
    free(xlsx);
}

static int sync_file(const char *path, struct failure *failure)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = descriptor >= 0 && fsync(descriptor) == 0;
    if (descriptor >= 0)
        (void)close(descriptor);
    if (!ok)
        return failure_set(failure, VAULT_EIO, "cannot sync %s: %s", path, strerror(errno));
    return VAULT_OK;
}

/* Closing reads the clock through gmtime(), whose one buffer all threads share: one workbook after another. */
static lxw_error close_book(lxw_workbook *book)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    (void)pthread_mutex_lock(&one_at_a_time);
    lxw_error error = workbook_close(book); /* frees the book */
    (void)pthread_mutex_unlock(&one_at_a_time);
    return error;
}

static int close_xlsx(struct export_writer *writer, struct hash *hash, struct failure *failure)
{
    struct xlsx_writer *xlsx = writer->state;
    locale_t before = uselocale(xlsx->c_locale);
    for (size_t i = 0; i < xlsx->count; i++) {
        struct sheet *sheet = &xlsx->sheets[i];
        lxw_col_t last = (lxw_col_t)(EXPORT_FIXED_COLUMNS + sheet->section.count - 1);
        (void)worksheet_autofilter(sheet->sheet, 0, 0, sheet->next - 1, last);
    }
    lxw_error error = close_book(xlsx->book);
    (void)uselocale(before);
    free_xlsx(xlsx);
    if (error != LXW_NO_ERROR)
        return failure_set(failure, VAULT_EIO, "cannot write %s: %s", writer->path, lxw_strerror(error));
    int result = sync_file(writer->path, failure);
    if (result == VAULT_OK && hash_file(writer->path, hash) != VAULT_OK)
        result = failure_set(failure, VAULT_EIO, "%s: cannot be read again", writer->path);
    return result;
}

static void abandon(struct export_writer *writer)
{
    struct xlsx_writer *xlsx = writer->state;
    lxw_workbook_free(xlsx->book);
    free_xlsx(xlsx);
}

const struct export_format export_xlsx = {"xlsx", open_xlsx, put, close_xlsx, abandon};
