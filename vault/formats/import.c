#include "vault/formats/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <threads.h>
#include <unistd.h>

#include "vault/formats/format_private.h"

#define HEAD_BYTES 65536u

/* All formats; of two that are equally sure the earlier is taken. */
static const struct import_format *const formats[] = {
    &format_own_jsonl,
    &format_own_csv,
    &format_saft,
    &format_ubl,
    &format_cii,
    &format_camt,
    &format_einvoice,
    &format_ofx,
    &format_ofd,
    &format_xlsx,
    &format_agency_csv,
    &format_bank_csv,
    &format_datev,
    &format_table_csv,
    &format_attachment,
};
#define FORMAT_COUNT (sizeof formats / sizeof *formats)

static struct import_format_name names[FORMAT_COUNT + 1];

static void fill_names(void)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        names[i] = (struct import_format_name){formats[i]->name, formats[i]->description};
}

const struct import_format_name *import_formats(void)
{
    static once_flag once = ONCE_FLAG_INIT;
    call_once(&once, fill_names);
    return names;
}

static const struct import_format *find_format(const char *name)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    }
    return NULL;
}

/* The attachment takes whatever nothing else does. */
static const struct import_format *recognise(struct bytes head, const char *name)
{
    const struct import_format *best = &format_attachment;
    int most = 0;
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        int sure = formats[i]->recognise(head, name);
        if (sure > most) {
            most = sure;
            best = formats[i];
        }
    }
    return best;
}

static int read_head(const char *path, struct buffer *head, struct failure *failure)
{
    struct stat status;
    int result = VAULT_OK;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0)
        return failure_set(
            failure, errno == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO, "cannot open it: %s", strerror(errno));
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        result = failure_set(failure, VAULT_EINPUT, "not a regular file");
    } else {
        uint8_t *data = buffer_grow(head, HEAD_BYTES);
        ssize_t count = data == NULL ? 0 : pread(descriptor, data, HEAD_BYTES, 0);
        if (data == NULL)
            result = VAULT_ENOMEM;
        else if (count < 0)
            result = failure_set(failure, VAULT_EIO, "cannot read it: %s", strerror(errno));
        head->size = count > 0 ? (size_t)count : 0;
    }
    (void)close(descriptor);
    return result;
}

static int choose(struct import_run *run, const struct import_format **format)
{
    struct buffer head = {0};
    int result = VAULT_OK;
    if (run->options->format != NULL) {
        *format = find_format(run->options->format);
        if (*format == NULL) {
            failure_set(run->failure, VAULT_EUSAGE, "there is no format named '%.40s'", run->options->format);
            failure_remedy(run->failure, "'import --help' lists them");
            return VAULT_EUSAGE;
        }
        return VAULT_OK;
    }
    result = read_head(run->path, &head, run->failure);
    if (result == VAULT_OK && head.size == 0)
        result = failure_set(run->failure, VAULT_EINPUT, "the file is empty");
    if (result == VAULT_OK)
        *format = recognise(buffer_bytes(&head), run->name);
    buffer_free(&head);
    return result;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

int import_read(const char *path, const struct import_options *options, const struct import_sink *sink,
    struct import_summary *summary, struct failure *failure)
{
    static const struct import_options no_options;
    struct import_summary unused;
    struct import_run run = {.path = path,
        .options = options == NULL ? &no_options : options,
        .sink = sink,
        .summary = summary == NULL ? &unused : summary,
        .failure = failure};
    const struct import_format *format = NULL;

    memset(run.summary, 0, sizeof *run.summary);
    run.summary->format = "";
    run.name = run.options->name != NULL ? run.options->name : last_part(path);
    int result = choose(&run, &format);
    if (result == VAULT_OK) {
        run.summary->format = format->name;
        result = format->read(&run);
    }
    if (result == VAULT_OK)
        result = run_refuse_rest(&run);
    json_decref(run.unmapped_seen);
    if (result == VAULT_ENOMEM)
        failure_set(failure, result, "not enough memory");
    failure_prefix(failure, "%.120s", run.name);
    return result;
}
