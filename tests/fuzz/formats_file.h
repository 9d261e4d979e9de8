/**
 * @file formats_file.h
 * For fuzz harnesses of formats: the input as a file in memory, read as one format.
 */
#ifndef TESTS_FUZZ_FORMATS_FILE_H
#define TESTS_FUZZ_FORMATS_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vault/formats/import.h"

static int fuzz_record(void *context, const struct draft *draft)
{
    (void)context;
    /* A draft must be whole: an object that can be written, and no field that is empty. */
    char *text = json_dumps(draft->fields, JSON_COMPACT);
    if (text == NULL)
        abort();
    free(text);
    return 0;
}

static inline int fuzz_read(const uint8_t *data, size_t size, const char *format, const char *name)
{
    static const struct import_sink template = {.record = fuzz_record};
    struct import_options options = {.format = format, .name = name};
    struct import_summary summary;
    struct failure failure = {0};
    char path[64];
    int descriptor = memfd_create("fuzz", 0);
    if (descriptor < 0 || write(descriptor, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    int error = import_read(path, &options, &template, &summary, &failure);
    if (error != VAULT_ENOMEM && (error != VAULT_OK) != (failure.error != VAULT_OK))
        abort(); /* a refusal without a sentence, or the other way round */
    (void)close(descriptor);
    return 0;
}

#endif
