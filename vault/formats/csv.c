#include "vault/formats/csv_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "vault/formats/csv_sniff_private.h"

enum state {
    CELL_START,
    UNQUOTED,
    QUOTED,
    QUOTE_SEEN, /* a quote in a quoted cell: its end, or half of a doubled one */
    AFTER_CR
};

/* Where a cell begins in the row's text. */
struct span {
    uint32_t start;
    bool quoted;
};

struct csv {
    struct text_source *text;
    struct bytes rest; /* of the current piece */
    bool ended;
    char separator;
    bool stop[256]; /* bytes that end a run of plain text */
    uint64_t row_number;
    uint64_t line;      /* of the file, for messages */
    uint64_t open_line; /* where the open quote is */
    char *bytes;        /* the row's cells, each with a NUL */
    size_t size, capacity;
    struct span *spans;
    struct cell *cells;
    size_t count, cell_capacity;
};

void csv_close(struct csv *csv)
{
    if (csv == NULL)
        return;
    text_close(csv->text);
    if (csv->bytes != NULL)
        wipe(csv->bytes, csv->capacity);
    free(csv->bytes);
    free(csv->spans);
    free(csv->cells);
    free(csv);
}

/* The first piece is looked at before the first row, for the separator. */
static int first_piece(struct csv *csv, struct failure *failure)
{
    int more = text_next(csv->text, &csv->rest, failure);
    csv->ended = more == 0;
    if (more < 0)
        return more;
    const uint8_t *at = csv->rest.data;
    if (csv->rest.size > 6 && memcmp(at, "sep=", 4) == 0 && (at[5] == '\r' || at[5] == '\n')) {
        csv->separator = (char)at[4]; /* the line by which Excel is told */
        csv->rest = bytes_of(at + 5, csv->rest.size - 5);
    } else {
        csv->separator = csv_sniff(csv->rest);
    }
    return VAULT_OK;
}

int csv_open(struct text_source *text, struct csv **csv, struct failure *failure)
{
    int result = VAULT_ENOMEM;
    *csv = calloc(1, sizeof **csv);
    if (*csv == NULL) {
        text_close(text);
        return result;
    }
    (*csv)->text = text;
    (*csv)->line = 1;
    (*csv)->capacity = 8192;
    (*csv)->cell_capacity = 64;
    (*csv)->bytes = malloc((*csv)->capacity);
    (*csv)->spans = calloc((*csv)->cell_capacity, sizeof(struct span));
    (*csv)->cells = calloc((*csv)->cell_capacity, sizeof(struct cell));
    if ((*csv)->bytes != NULL && (*csv)->spans != NULL && (*csv)->cells != NULL)
        result = first_piece(*csv, failure);
    if (result != VAULT_OK) {
        csv_close(*csv);
        *csv = NULL;
        return result;
    }
    (*csv)->stop[0] = (*csv)->stop['\r'] = (*csv)->stop['\n'] = true;
    if ((*csv)->separator != 0)
        (*csv)->stop[(uint8_t)(*csv)->separator] = true;
    return VAULT_OK;
}

static int too_large(
    const struct csv *csv, const char *what, unsigned limit, bool quoted, struct failure *failure)
{
    failure_set(failure, VAULT_ELIMIT, "row %" PRIu64 ", column %zu: %s larger than %u bytes",
        csv->row_number, csv->count, what, limit);
    if (quoted)
        failure_remedy(failure, "look for the end of the quote that opens in line %" PRIu64, csv->open_line);
    return VAULT_ELIMIT;
}

static int make_room(struct csv *csv, size_t more, bool quoted, struct failure *failure)
{
    size_t cell = csv->size + more - csv->spans[csv->count - 1].start;
    if (cell > LIMIT_CELL_BYTES + 1)
        return too_large(csv, "a cell", LIMIT_CELL_BYTES, quoted, failure);
    if (csv->size + more > LIMIT_ROW_BYTES)
        return too_large(csv, "a row", LIMIT_ROW_BYTES, quoted, failure);
    if (csv->size + more <= csv->capacity)
        return VAULT_OK;
    size_t capacity = MAX(csv->capacity * 2, csv->size + more);
    char *bytes = realloc(csv->bytes, capacity);
    if (bytes == NULL)
        return VAULT_ENOMEM;
    csv->bytes = bytes;
    csv->capacity = capacity;
    return VAULT_OK;
}

static int add_text(struct csv *csv, const uint8_t *data, size_t size, bool quoted, struct failure *failure)
{
    int result = make_room(csv, size + 1, quoted, failure);
    if (result == VAULT_OK) {
        memcpy(csv->bytes + csv->size, data, size);
        csv->size += size;
    }
    return result;
}

static int begin_cell(struct csv *csv, struct failure *failure)
{
    if (csv->count == LIMIT_COLUMNS)
        return failure_set(
            failure, VAULT_ELIMIT, "row %" PRIu64 ": more than %u columns", csv->row_number, LIMIT_COLUMNS);
    if (csv->count == csv->cell_capacity) {
        size_t capacity = csv->cell_capacity * 2;
        struct span *spans = reallocarray(csv->spans, capacity, sizeof *spans);
        if (spans != NULL)
            csv->spans = spans;
        struct cell *cells = reallocarray(csv->cells, capacity, sizeof *cells);
        if (cells != NULL)
            csv->cells = cells;
        if (spans == NULL || cells == NULL)
            return VAULT_ENOMEM;
        csv->cell_capacity = capacity;
    }
    csv->spans[csv->count++] = (struct span){.start = (uint32_t)csv->size};
    return VAULT_OK;
}

/* Close the cell with its NUL. */
static int end_cell(struct csv *csv, struct failure *failure)
{
    int result = make_room(csv, 1, false, failure);
    if (result == VAULT_OK)
        csv->bytes[csv->size++] = '\0';
    return result;
}

/* ="0012" is how text is kept from becoming a number in Excel. */
static struct cell unwrap(struct cell cell, char *bytes)
{
    if (cell.size >= 3 && cell.data[0] == '=' && cell.data[1] == '"' && cell.data[cell.size - 1] == '"' &&
        memchr(cell.data + 2, '"', cell.size - 3) == NULL) {
        bytes[cell.size - 1] = '\0';
        return (struct cell){.data = cell.data + 2, .size = cell.size - 3};
    }
    return cell;
}

static void finish_row(struct csv *csv, struct row *row)
{
    for (size_t i = 0; i < csv->count; i++) {
        size_t end = i + 1 < csv->count ? csv->spans[i + 1].start : csv->size;
        char *bytes = csv->bytes + csv->spans[i].start;
        csv->cells[i] = (struct cell){.data = bytes, .size = end - csv->spans[i].start - 1};
        if (bytes[0] == '=' && !csv->spans[i].quoted)
            csv->cells[i] = unwrap(csv->cells[i], bytes);
    }
    *row = (struct row){.cells = csv->cells, .count = csv->count, .number = csv->row_number};
}

static int refuse_nul(const struct csv *csv, struct failure *failure)
{
    failure_set(failure, VAULT_EINPUT, "row %" PRIu64 ", column %zu: a NUL byte, so this is no text",
        csv->row_number, csv->count);
    failure_remedy(failure, "if the file is UTF-16, say --encoding UTF-16LE");
    return VAULT_EINPUT;
}

static size_t run_length(const struct csv *csv, bool quoted)
{
    const uint8_t *data = csv->rest.data;
    size_t size = csv->rest.size;
    size_t at = 0;
    if (quoted) {
        const uint8_t *quote = memchr(data, '"', size);
        size_t end = quote == NULL ? size : (size_t)(quote - data);
        const uint8_t *nul = memchr(data, 0, end);
        return nul == NULL ? end : (size_t)(nul - data);
    }
    while (at < size && !csv->stop[data[at]])
        at++;
    return at;
}

/* Take a run of text that changes no state. */
static int take_run(struct csv *csv, bool quoted, struct failure *failure)
{
    size_t length = run_length(csv, quoted);
    if (quoted) {
        for (const uint8_t *at = csv->rest.data;
             (at = memchr(at, '\n', length - (size_t)(at - csv->rest.data))) != NULL; at++)
            csv->line++;
    }
    int result = add_text(csv, csv->rest.data, length, quoted, failure);
    csv->rest = bytes_of(csv->rest.data + length, csv->rest.size - length);
    return result;
}

/* What one byte outside quotes does; 1 if it ends the row. */
static int plain_byte(struct csv *csv, uint8_t c, enum state *state, struct failure *failure)
{
    int result = VAULT_OK;
    if (c == '\0')
        return refuse_nul(csv, failure);
    if (c == '\n' || c == '\r') {
        *state = c == '\r' ? AFTER_CR : CELL_START;
        result = end_cell(csv, failure);
        return result == VAULT_OK ? 1 : result;
    }
    if (csv->separator != 0 && c == (uint8_t)csv->separator) {
        *state = CELL_START;
        result = end_cell(csv, failure);
        return result == VAULT_OK ? begin_cell(csv, failure) : result;
    }
    *state = UNQUOTED;
    return add_text(csv, &c, 1, false, failure);
}

static int one_byte(struct csv *csv, enum state *state, struct failure *failure)
{
    uint8_t c = csv->rest.data[0];
    csv->rest = bytes_of(csv->rest.data + 1, csv->rest.size - 1);
    switch (*state) {
    case CELL_START:
        if (c != '"')
            return plain_byte(csv, c, state, failure);
        *state = QUOTED;
        csv->spans[csv->count - 1].quoted = true;
        csv->open_line = csv->line;
        return VAULT_OK;
    case QUOTED:
        if (c == '\0')
            return refuse_nul(csv, failure);
        *state = QUOTE_SEEN;
        return VAULT_OK;
    case QUOTE_SEEN:
        if (c != '"')
            return plain_byte(csv, c, state, failure);
        *state = QUOTED;
        return add_text(csv, &c, 1, true, failure);
    case UNQUOTED:
    case AFTER_CR:
        break;
    }
    return plain_byte(csv, c, state, failure);
}

static int next_piece(struct csv *csv, struct failure *failure)
{
    int more = csv->ended ? 0 : text_next(csv->text, &csv->rest, failure);
    csv->ended = more == 0;
    return more;
}

/* The file is over: a last row without a line end, or nothing. */
static int last_row(struct csv *csv, enum state state, struct failure *failure)
{
    if (state == QUOTED) {
        failure_set(failure, VAULT_EINPUT,
            "row %" PRIu64 ", column %zu: the quote that opens in line %" PRIu64 " is never closed",
            csv->row_number, csv->count, csv->open_line);
        return VAULT_EINPUT;
    }
    if (state == CELL_START && csv->count == 1)
        return 0;
    int result = end_cell(csv, failure);
    return result == VAULT_OK ? 1 : result;
}

/* The LF of a CR LF may be in the next piece. */
static int skip_line_feed(struct csv *csv, struct failure *failure)
{
    int more = csv->rest.size > 0 ? 1 : next_piece(csv, failure);
    if (more > 0 && csv->rest.data[0] == '\n')
        csv->rest = bytes_of(csv->rest.data + 1, csv->rest.size - 1);
    return more < 0 ? more : VAULT_OK;
}

int csv_next(void *context, struct row *row, struct failure *failure)
{
    struct csv *csv = context;
    enum state state = CELL_START;
    int result;

    csv->size = 0;
    csv->count = 0;
    csv->row_number++;
    result = begin_cell(csv, failure);
    while (result == VAULT_OK) {
        if (csv->rest.size == 0 && (result = next_piece(csv, failure)) <= 0) {
            if (result == 0)
                result = last_row(csv, state, failure);
            if (result <= 0)
                return result;
            break;
        }
        result = VAULT_OK;
        if (state == UNQUOTED || state == QUOTED)
            result = take_run(csv, state == QUOTED, failure);
        if (result == VAULT_OK && csv->rest.size > 0)
            result = one_byte(csv, &state, failure);
    }
    if (result < 0)
        return result;
    csv->line++;
    if (state == AFTER_CR) {
        result = skip_line_feed(csv, failure);
        if (result < 0)
            return result;
    }
    finish_row(csv, row);
    return 1;
}
