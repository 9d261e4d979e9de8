#include "cli/present.h"

#include <stdlib.h>
#include <string.h>

#include "cli/interrupt.h"
#include "cli/json_out.h"
#include "cli/words.h"

struct presentation {
    struct cli *cli;
    struct table *table;
    struct progress *progress;
    struct buffer text; /* gathered: all of it for a text member, or a line that has not ended */
    bool answered;
};

/* --- Rows --- */

static int table_line(struct presentation *p, const json_t *row)
{
    if (p->cli->command->columns == NULL)
        return json_out_value(p->cli->output, row);
    if (p->table == NULL)
        p->table = table_new(p->cli->output, p->cli->command->columns, screen_width(p->cli->screen));
    return p->table == NULL ? VAULT_ENOMEM : table_row(p->table, row);
}

static int show_row(struct presentation *p, const json_t *row)
{
    const struct command *command = p->cli->command;
    if (command->show_row != NULL) {
        command->show_row(p->cli->screen, row);
        return output_failed(p->cli->output) ? VAULT_EIO : VAULT_OK;
    }
    if (command->row_of_row == NULL)
        return table_line(p, row);
    json_t *shown = command->row_of_row(row);
    int result = shown == NULL ? VAULT_ENOMEM : table_line(p, shown);
    json_decref(shown);
    return result;
}

static int on_row(void *context, json_t *row)
{
    struct presentation *p = context;
    progress_hide(p->progress);
    p->answered = true;
    if (json_is_false(json_object_get(row, "ok")))
        p->cli->found = VAULT_EUSAGE;
    return p->cli->json ? json_out_value(p->cli->output, row) : show_row(p, row);
}

/* --- The value --- */

static int on_value(void *context, json_t *value)
{
    struct presentation *p = context;
    progress_hide(p->progress);
    p->answered = true;
    if (json_is_false(json_object_get(value, "ok")))
        p->cli->found = VAULT_EDAMAGED;
    return cli_value(p->cli, value, p->cli->command->show);
}

/* --- Text --- */

static int show_line(struct presentation *p, struct bytes line)
{
    json_t *leaf = NULL;
    json_t *row = NULL;
    int result = json_read(line, &leaf, NULL);
    if (result == VAULT_OK)
        row = p->cli->command->row_of_line(leaf);
    if (row != NULL)
        result = table_line(p, row);
    json_decref(row);
    json_decref(leaf);
    return result;
}

static int show_lines(struct presentation *p)
{
    size_t at = 0;
    int result = VAULT_OK;
    while (result == VAULT_OK && at < p->text.size) {
        const uint8_t *end = memchr(p->text.data + at, '\n', p->text.size - at);
        if (end == NULL)
            break;
        size_t size = (size_t)(end - p->text.data) - at;
        result = size == 0 ? VAULT_OK : show_line(p, bytes_of(p->text.data + at, size));
        at += size + 1;
    }
    memmove(p->text.data, p->text.data + at, p->text.size - at);
    p->text.size -= at;
    return result;
}

static int on_text(void *context, struct bytes text)
{
    struct presentation *p = context;
    bool gathered = p->cli->json && p->cli->command->text_member != NULL;
    bool lines = !p->cli->json && p->cli->command->row_of_line != NULL;
    progress_hide(p->progress);
    p->answered = true;
    if (gathered || lines) {
        buffer_put(&p->text, text);
        int result = buffer_error(&p->text);
        return result == VAULT_OK && lines && p->text.size > 0 ? show_lines(p) : result;
    }
    output_put(p->cli->output, text);
    return output_failed(p->cli->output) ? VAULT_EIO : VAULT_OK;
}

/* --- Following --- */

#define WAIT_MS 200

static bool on_wait(void *context)
{
    struct presentation *p = context;
    struct failure unseen = {0};
    progress_hide(p->progress);
    if (p->table != NULL)
        table_flush(p->table);
    return output_flush(p->cli->output, &unseen) == VAULT_OK && interrupt_wait(WAIT_MS);
}

static void on_progress(void *context, uint64_t done, uint64_t total, const char *unit)
{
    struct presentation *p = context;
    progress_show(p->progress, done, total, unit);
}

/* --- From start to end --- */

struct presentation *present_new(struct cli *cli, struct reply *reply)
{
    struct presentation *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->cli = cli;
    p->progress = progress_new(!cli->quiet && !cli->json);
    *reply = (struct reply){
        .context = p, .row = on_row, .value = on_value, .text = on_text, .wait = on_wait, .progress = on_progress};
    return p;
}

static int end_text(struct presentation *p)
{
    if (p->cli->json && p->cli->command->text_member != NULL && p->answered) {
        json_t *text = json_of_buffer(&p->text);
        json_t *value = text == NULL ? NULL : json_pack("{s:o}", p->cli->command->text_member, text);
        int result = value == NULL ? VAULT_ENOMEM : json_out_value(p->cli->output, value);
        json_decref(value);
        return result;
    }
    if (!p->cli->json && p->text.size > 0)
        return show_line(p, buffer_bytes(&p->text));
    return VAULT_OK;
}

int present_end(struct presentation *p, struct failure *failure)
{
    progress_hide(p->progress);
    int result = end_text(p);
    if (p->table != NULL)
        (void)table_end(p->table);
    if (!p->answered && !p->cli->json && p->cli->command->none != NULL && failure->error == VAULT_OK)
        screen_say(p->cli->screen, "%s", _(p->cli->command->none));
    struct failure writing = {0};
    int written = output_flush(p->cli->output, &writing);
    if (written != VAULT_OK) {
        /* The operation ended because we could not write: that is the reason to tell. */
        *failure = writing;
        return written;
    }
    return result;
}

void present_free(struct presentation *p)
{
    if (p == NULL)
        return;
    table_free(p->table);
    progress_free(p->progress);
    buffer_free(&p->text);
    free(p);
}
