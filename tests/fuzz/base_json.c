/* JSON in, canonical JSON out: what was written canonically reads back the same. */
#include <stdlib.h>

#include "vault/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *value = NULL;
    struct buffer once = {0};
    if (json_read(bytes_of(data, size), &value, NULL) == VAULT_OK &&
        json_write_canonical(value, &once) == VAULT_OK && !json_is_canonical(buffer_bytes(&once)))
        abort();
    buffer_free(&once);
    json_decref(value);
    return 0;
}
