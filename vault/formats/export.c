#include "vault/formats/export.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/formats/export_private.h"

static const struct export_format *const formats[] = {&export_csv, &export_xlsx, &export_jsonl};

static const struct export_format *find_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    }
    return NULL;
}

static char *copy(const char *text, bool *failed)
{
    char *made = text == NULL ? NULL : strdup(text);
    *failed = *failed || (text != NULL && made == NULL);
    return made;
}

static void free_writer(struct export_writer *writer)
{
    struct export_options *options = &writer->options;
    const char *texts[] = {
        options->encoding, options->firm, options->exporter, options->exported_at, options->scope,
        options->temporary, options->footer};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((void *)(uintptr_t)texts[i]);
    free(writer->path);
    free(writer);
}

static struct export_writer *new_writer(const char *path, const struct export_options *options)
{
    static const struct export_options none;
    bool failed = false;
    struct export_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    if (options == NULL)
        options = &none;
    writer->path = copy(path, &failed);
    writer->options.encoding = copy(options->encoding, &failed);
    writer->options.firm = copy(options->firm, &failed);
    writer->options.exporter = copy(options->exporter, &failed);
    writer->options.exported_at = copy(options->exported_at, &failed);
    writer->options.scope = copy(options->scope, &failed);
    writer->options.temporary = copy(options->temporary, &failed);
    writer->options.footer = copy(options->footer, &failed);
    writer->options.marks = options->marks;
    writer->options.claimed = options->claimed;
    if (!failed)
        return writer;
    free_writer(writer);
    return NULL;
}

int export_open(const char *format, const char *path, const struct export_options *options,
    struct export_writer **writer, struct failure *failure)
{
    const struct export_format *found = find_format(format);
    *writer = NULL;
    if (found == NULL)
        return failure_set(failure, VAULT_EINPUT, "'%.20s' is not csv, xlsx or jsonl", format);
    struct export_writer *made = new_writer(path, options);
    if (made == NULL)
        return VAULT_ENOMEM;
    made->format = found;
    int result = found->open(made, failure);
    if (result == VAULT_OK)
        *writer = made;
    else
        free_writer(made);
    return result;
}

int export_put(struct export_writer *writer, const struct export_row *row, struct failure *failure)
{
    return writer->format->put(writer, row, failure);
}

int export_close(struct export_writer *writer, struct hash *hash, struct failure *failure)
{
    int result = writer->format->close(writer, hash, failure);
    free_writer(writer);
    return result;
}

void export_abandon(struct export_writer *writer)
{
    if (writer == NULL)
        return;
    writer->format->abandon(writer);
    if (!writer->options.claimed)
        (void)unlink(writer->path);
    free_writer(writer);
}
