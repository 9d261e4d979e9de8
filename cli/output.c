#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/base/memory.h"

#define GATHER ((size_t)64 * 1024)

struct output {
    int descriptor;
    int reason; /* errno of the first failure */
    struct buffer gathered;
};

struct output *output_new(int descriptor)
{
    struct output *output = calloc(1, sizeof *output);
    if (output != NULL)
        output->descriptor = descriptor;
    return output;
}

void output_free(struct output *output)
{
    if (output == NULL)
        return;
    buffer_free(&output->gathered);
    free(output);
}

static void drain(struct output *output)
{
    /* Whatever memory failed for may be missing from what is said. */
    int memory = output->gathered.size > 0 ? memory_error() : VAULT_OK;
    if (output->reason == 0 && (buffer_error(&output->gathered) != VAULT_OK || memory != VAULT_OK))
        output->reason = ENOMEM;
    if (output->reason == 0 &&
        file_write_all(output->descriptor, buffer_bytes(&output->gathered)) != VAULT_OK)
        output->reason = errno != 0 ? errno : EIO;
    buffer_reset(&output->gathered);
}

void output_put(struct output *output, struct bytes bytes)
{
    if (output->reason != 0)
        return;
    buffer_put(&output->gathered, bytes);
    if (output->gathered.size >= GATHER)
        drain(output);
}

void output_put_text(struct output *output, const char *text)
{
    output_put(output, bytes_of_text(text));
}

void output_format(struct output *output, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        output->reason = ENOMEM;
        return;
    }
    output_put(output, bytes_of(text, (size_t)length));
    wipe(text, (size_t)length);
    free(text);
}

int output_flush(struct output *output, struct failure *failure)
{
    drain(output);
    if (output->reason == 0)
        return VAULT_OK;
    return failure_set(
        failure, VAULT_EIO, _("standard output cannot be written: %s"), strerror(output->reason));
}

bool output_failed(const struct output *output)
{
    return output->reason != 0;
}
