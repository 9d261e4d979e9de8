/* A slots file of any bytes: read or refused, and what is read can be saved and read again. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/keys/slots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct slots *slots = NULL;
    struct slots *again = NULL;
    struct failure failure = {0};
    (void)snprintf(path, sizeof path, "/tmp/fuzz-slots-%ld", (long)getpid());
    if (crypto_start() != VAULT_OK || file_replace(path, bytes_of(data, size), 0600, NULL) != VAULT_OK)
        abort();
    if (slots_load(path, &slots, &failure) == VAULT_OK &&
        (slots_save(slots, path, NULL) != VAULT_OK || slots_load(path, &again, NULL) != VAULT_OK))
        abort();
    slots_free(slots);
    slots_free(again);
    (void)unlink(path);
    return 0;
}
