#include "vault/formats/pdf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/formats/limits.h"
#include "vault/formats/pdf_program.h"

/* --- What the program prints --- */

static int take_pieces(int out, uint8_t *piece, size_t size, struct buffer *text, struct failure *failure)
{
    uint64_t end = instant_monotonic() + (uint64_t)PDF_SECONDS * 1000000000u;
    for (;;) {
        uint64_t now = instant_monotonic();
        struct pollfd wait = {.fd = out, .events = POLLIN};
        int ready = now >= end ? 0 : poll(&wait, 1, (int)((end - now) / 1000000u) + 1);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return failure_set(
                failure, VAULT_ELIMIT, "its text takes more than %u seconds to read", PDF_SECONDS);
        ssize_t got = read(out, piece, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failure_set(failure, VAULT_EIO, "its text cannot be read: %s", strerror(errno));
        if (got == 0)
            return buffer_error(text);
        if (text->size + (size_t)got > PDF_TEXT_MAX)
            return failure_set(failure, VAULT_ELIMIT, "more than %u MiB of text", PDF_TEXT_MAX >> 20);
        buffer_put(text, bytes_of(piece, (size_t)got));
    }
}

static int take_output(int out, struct buffer *text, struct failure *failure)
{
    uint8_t piece[65536];
    int result = take_pieces(out, piece, sizeof piece, text, failure);
    wipe(piece, sizeof piece);
    return result;
}

static int tell_end(enum pdf_end end, struct failure *failure)
{
    switch (end) {
    case PDF_READ:
        return VAULT_OK;
    case PDF_UNREADABLE:
        return failure_set(
            failure, VAULT_EINPUT, "it is no PDF whose text can be had (damaged, or protected)");
    case PDF_STOPPED:
        return failure_set(
            failure, VAULT_ELIMIT, "pdftotext was stopped: the file asks for too much, or is damaged");
    case PDF_ABSENT:
        failure_remedy(failure, "install poppler-utils, or turn the file into text yourself");
        return failure_set(failure, VAULT_ENOTFOUND, "to read a PDF, the program pdftotext is needed");
    case PDF_UNKNOWN:
        break;
    }
    return failure_set(failure, VAULT_EIO, "what became of pdftotext is not known");
}

static int read_text(int file, struct buffer *text, struct failure *failure)
{
    struct pdf_program program;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return failure_set(failure, VAULT_EIO, "no pipe to read a PDF through: %s", strerror(errno));
    bool started = pdf_program_start(&program, file, ends[1]);
    (void)close(ends[1]);
    int result = started ? take_output(ends[0], text, failure)
                         : failure_set(failure, VAULT_EIO, "no process to read a PDF: %s", strerror(errno));
    (void)close(ends[0]); /* first, so that one that still writes does not wait for us */
    enum pdf_end end = started ? pdf_program_end(&program, result != VAULT_OK) : PDF_UNKNOWN;
    return result == VAULT_OK ? tell_end(end, failure) : result;
}

/* --- Rows --- */

/* A line's cells: parted by two blanks or more, or a tab. */
static size_t split(struct bytes line, struct bytes *cells)
{
    size_t count = 0, start = 0, blanks = 0;
    for (size_t i = 0; i <= line.size; i++) {
        bool end = i == line.size, tab = !end && line.data[i] == '\t', blank = !end && line.data[i] == ' ';
        if (!end && !tab && !blank) {
            if (blanks == 0 && count > 0)
                cells[count - 1].size = i + 1 - start; /* goes on */
            else if (count < LIMIT_COLUMNS) {
                start = i;
                cells[count++] = bytes_of(line.data + i, 1);
                blanks = 0;
            }
            blanks = 0;
            continue;
        }
        /* One blank belongs to the cell if more follows behind it. */
        bool single =
            blank && blanks == 0 && i + 1 < line.size && line.data[i + 1] != ' ' && line.data[i + 1] != '\t';
        blanks += single && count > 0 ? 0 : 1;
    }
    return count;
}

int pdf_text_rows(struct bytes text, int (*each)(void *context, const struct bytes *cells, size_t count),
    void *context, struct failure *failure)
{
    struct bytes cells[LIMIT_COLUMNS];
    size_t rows = 0;
    int result = VAULT_OK;
    for (size_t at = 0; at < text.size && result == VAULT_OK;) {
        const uint8_t *from = text.data + at;
        size_t size = 0;
        while (at + size < text.size && from[size] != '\n' && from[size] != '\f')
            size++;
        at += size + 1;
        if (size > LIMIT_ROW_BYTES)
            return failure_set(failure, VAULT_ELIMIT, "a line is longer than %u bytes", LIMIT_ROW_BYTES);
        struct bytes line = bytes_of(from, size);
        if (!utf8_valid(line))
            return failure_set(failure, VAULT_EINPUT, "line %zu of its text is not UTF-8", rows + 1);
        size_t count = split(line, cells);
        rows += count > 0;
        if (count > 0)
            result = each(context, cells, count);
    }
    if (result == VAULT_OK && rows == 0) {
        failure_remedy(failure, "a scan has to be read (OCR) before");
        return failure_set(failure, VAULT_EINPUT, "there is no text in it");
    }
    return result;
}

int pdf_rows_read(const char *path, int (*each)(void *context, const struct bytes *cells, size_t count),
    void *context, struct failure *failure)
{
    struct buffer text = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int result = file < 0 ? failure_set(failure, errno == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO,
                                "cannot be read: %s", strerror(errno))
                          : read_text(file, &text, failure);
    if (result == VAULT_OK)
        result = pdf_text_rows(buffer_bytes(&text), each, context, failure);
    if (file >= 0)
        (void)close(file);
    buffer_free(&text);
    return result;
}
