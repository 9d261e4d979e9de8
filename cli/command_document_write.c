/* The pages of a document as files: HTML as it came, PDF and DOCX made of it on this machine. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command_document.h"
#include "cli/interrupt.h"
#include "cli/render.h"
#include "cli/tree.h"
#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/crypto/hash.h"

#define PATH_SIZE 1200
#define TREE_DEPTH 3

struct writing {
    struct cli *cli;
    char out[1024];
    char part[1100]; /* it gets its name when all is in it */
    bool pdf, docx, html;
    struct buffer list; /* register.csv */
    uint64_t pages, files;
};

/* --- The directory --- */

static int read_formats(struct writing *w)
{
    const json_t *formats = json_object_get(w->cli->arguments.apart, "format");
    w->html = formats == NULL;
    for (size_t i = 0; i < json_array_size(formats); i++) {
        const char *format = json_string_value(json_array_get(formats, i));
        w->html |= strcmp(format, "html") == 0;
        w->pdf |= strcmp(format, "pdf") == 0;
        w->docx |= strcmp(format, "docx") == 0;
    }
    return VAULT_OK;
}

int document_write_check(struct cli *cli)
{
    const char *out = cli_text(cli, "out");
    if (out == NULL || !file_exists(out))
        return VAULT_OK;
    failure_remedy(&cli->failure, "%s", _("name a new directory"));
    return failure_set(&cli->failure, VAULT_EEXISTS, _("%s is there already"), out);
}

static int make_place(struct writing *w)
{
    const char *out = cli_text(w->cli, "out");
    size_t size = strlen(out);
    int result = document_write_check(w->cli);
    while (size > 1 && out[size - 1] == '/')
        size--;
    if (result == VAULT_OK && (size == 0 || size >= sizeof w->out))
        return failure_set(&w->cli->failure, VAULT_EUSAGE, _("--out is no name for a directory"));
    if (result != VAULT_OK)
        return result;
    (void)snprintf(w->out, sizeof w->out, "%.*s", (int)size, out);
    (void)snprintf(w->part, sizeof w->part, "%s.part-%ld", w->out, (long)getpid());
    if (mkdir(w->part, 0700) == 0)
        return VAULT_OK;
    return failure_set(&w->cli->failure, VAULT_EIO, "%s: %s", w->part, strerror(errno));
}

/* --- One page --- */

static int path_of(const struct writing *w, const char *name, char path[PATH_SIZE])
{
    int size = snprintf(path, PATH_SIZE, "%s/%s", w->part, name);
    return size > 0 && size < PATH_SIZE ? VAULT_OK : VAULT_ELIMIT;
}

/* A cell as RFC 4180 has it; a spreadsheet takes what begins like a formula for one, so that gets a quote
 * before it. */
static void put_cell(struct buffer *list, const char *text, bool last)
{
    buffer_put_text(list, "\"");
    if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
        buffer_put_text(list, "'");
    for (; *text != '\0'; text++)
        buffer_put_format(list, *text == '"' ? "\"%c" : "%c", *text);
    buffer_put_text(list, last ? "\"\r\n" : "\",");
}

static int note_file(struct writing *w, const json_t *row, const char *name)
{
    char path[PATH_SIZE];
    char number[24];
    char text[2 * HASH_SIZE + 1];
    struct hash hash;
    int result = path_of(w, name, path);
    if (result == VAULT_OK && hash_file(path, &hash) != VAULT_OK)
        return failure_set(&w->cli->failure, VAULT_EIO, _("%s: cannot be read"), path);
    const char *recipient = json_text(row, "recipient");
    const char *whom = json_text(row, "name");
    hex_encode(hash_bytes(&hash), text);
    (void)snprintf(number, sizeof number, "%lld", (long long)json_number(row, "no", 0));
    put_cell(&w->list, number, false);
    put_cell(&w->list, recipient == NULL ? "" : recipient, false);
    put_cell(&w->list, whom == NULL ? "" : whom, false);
    put_cell(&w->list, name, false);
    put_cell(&w->list, text, true);
    w->files++;
    return result;
}

static int write_html(struct writing *w, struct bytes page, const char *name)
{
    char path[PATH_SIZE];
    int result = path_of(w, name, path);
    return result == VAULT_OK ? file_replace_lazily(path, page, 0600, &w->cli->failure) : result;
}

/* pandoc reads a file of its own that goes away again. */
static int write_docx(struct writing *w, struct bytes page, const char *name)
{
    char plain[PATH_SIZE];
    char path[PATH_SIZE];
    struct buffer text = {0};
    int result = path_of(w, "plain.part", plain);
    if (result == VAULT_OK)
        result = path_of(w, name, path);
    if (result == VAULT_OK) {
        render_plain(page, &text);
        result = file_replace_lazily(plain, buffer_bytes(&text), 0600, &w->cli->failure);
    }
    if (result == VAULT_OK) {
        result = render_docx(plain, path, &w->cli->failure);
        (void)unlink(plain);
    }
    buffer_free(&text);
    return result;
}

static int write_page(void *context, json_t *row)
{
    struct writing *w = context;
    const char *text = json_text(row, "html");
    char stem[40];
    char name[3][48];
    char html[PATH_SIZE];
    char pdf[PATH_SIZE];
    if (text == NULL)
        return failure_set(&w->cli->failure, VAULT_EDAMAGED, "%s", _("a page without its text"));
    if (interrupt_seen())
        return failure_set(&w->cli->failure, VAULT_EIO, "%s", _("stopped by a signal; nothing was written"));
    (void)snprintf(stem, sizeof stem, "%05lld", (long long)json_number(row, "no", 0));
    for (int i = 0; i < 3; i++)
        (void)snprintf(name[i], sizeof name[i], "%s.%s", stem, i == 0 ? "html" : i == 1 ? "pdf" : "docx");
    int result = path_of(w, name[0], html);
    if (result == VAULT_OK)
        result = path_of(w, name[1], pdf);
    if (result != VAULT_OK)
        return result;
    result = write_html(w, bytes_of_text(text), name[0]);
    if (result == VAULT_OK && w->pdf)
        result = render_pdf(html, pdf, &w->cli->failure);
    if (result == VAULT_OK && w->docx)
        result = write_docx(w, bytes_of_text(text), name[2]);
    if (!w->html)
        (void)unlink(html);
    if (result == VAULT_OK && w->html)
        result = note_file(w, row, name[0]);
    if (result == VAULT_OK && w->pdf)
        result = note_file(w, row, name[1]);
    if (result == VAULT_OK && w->docx)
        result = note_file(w, row, name[2]);
    w->pages++;
    return result;
}

/* --- All --- */

static int keep_value(void *context, json_t *value)
{
    json_t **kept = context;
    json_decref(*kept);
    *kept = json_incref(value);
    return VAULT_OK;
}

struct replies {
    struct writing *w;
    json_t *value;
};

static int take_row(void *context, json_t *row)
{
    return write_page(((struct replies *)context)->w, row);
}

static int take_value(void *context, json_t *value)
{
    return keep_value(&((struct replies *)context)->value, value);
}

static int ask_pages(struct writing *w, const char *id, json_int_t document, json_t **value)
{
    struct replies replies = {w, NULL};
    json_t *arguments = json_pack("{s:s,s:I}", "id", id, "document", document);
    struct reply reply = {.context = &replies, .row = take_row, .value = take_value};
    struct operation_call call = {.name = "document.pages", .arguments = arguments};
    int result = arguments == NULL ? VAULT_ENOMEM : cli_call(w->cli, &call, &reply);
    json_decref(arguments);
    *value = replies.value;
    return result;
}

static int write_list(struct writing *w)
{
    char path[PATH_SIZE];
    int result = path_of(w, "register.csv", path);
    return result == VAULT_OK ? file_replace(path, buffer_bytes(&w->list), 0600, &w->cli->failure) : result;
}

/* The log is told one hash, of the list, which has all others. */
static int tell_log(struct writing *w, const char *id, json_int_t document)
{
    struct hash hash;
    char text[2 * HASH_SIZE + 1];
    json_t *value = NULL;
    hash_sha256(buffer_bytes(&w->list), &hash);
    hex_encode(hash_bytes(&hash), text);
    json_t *arguments =
        json_pack("{s:s,s:I,s:{s:s}}", "id", id, "document", document, "hashes", "register.csv", text);
    struct reply reply = {.context = &value, .value = keep_value};
    struct operation_call call = {.name = "document.written", .arguments = arguments};
    int result = arguments == NULL ? VAULT_ENOMEM : cli_call(w->cli, &call, &reply);
    json_decref(arguments);
    json_decref(value);
    return result;
}

static int settle(struct writing *w)
{
    if (rename(w->part, w->out) == 0)
        return file_sync_directory(w->out, &w->cli->failure);
    return failure_set(&w->cli->failure, VAULT_EIO, "%s: %s", w->out, strerror(errno));
}

int document_write(struct cli *cli, const char *id, json_int_t document, json_t *value)
{
    struct writing w = {.cli = cli};
    json_t *said = NULL;
    int result = read_formats(&w);
    interrupt_catch(); /* pages in the clear do not stay behind */
    if (result == VAULT_OK)
        result = make_place(&w);
    if (result != VAULT_OK)
        return result;
    buffer_put_text(&w.list, "\xef\xbb\xbf\"no\",\"recipient\",\"name\",\"file\",\"sha256\"\r\n");
    result = ask_pages(&w, id, document, &said);
    if (result == VAULT_OK)
        result = buffer_error(&w.list);
    if (result == VAULT_OK)
        result = write_list(&w);
    if (result == VAULT_OK)
        result = tell_log(&w, id, document);
    if (result == VAULT_OK)
        result = settle(&w);
    if (result != VAULT_OK)
        tree_remove(w.part, TREE_DEPTH);
    else if (json_object_update(value, said) != 0 ||
             json_object_set_new(value, "out", json_string(w.out)) != 0 ||
             json_object_set_new(value, "files", json_integer((json_int_t)w.files)) != 0)
        result = VAULT_ENOMEM;
    json_decref(said);
    buffer_free(&w.list);
    return result;
}
