/* Any bytes as any of the XML formats (or as an OFD package): the first byte says which. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vault/formats/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {"saft", "ubl", "cii", "camt", "einvoice-xml", "ofd"};
    static int descriptor = -1;
    char path[64];
    if (size == 0) {
        return 0;
    }
    if (descriptor < 0) {
        descriptor = memfd_create("fuzz", 0);
    }
    if (descriptor < 0 || ftruncate(descriptor, 0) != 0 || pwrite(descriptor, data + 1, size - 1, 0) < 0) {
        abort();
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    struct import_options options = {.format = formats[data[0] % 6]};
    struct import_sink nothing = {.context = NULL};
    struct import_summary summary;
    struct failure failure = {.error = VAULT_OK};
    int error = import_read(path, &options, &nothing, &summary, &failure);
    if ((error != VAULT_OK) != (failure.error != VAULT_OK) && error != VAULT_ENOMEM) {
        abort(); /* a refusal without a sentence, or a sentence without a refusal */
    }
    return 0;
}
