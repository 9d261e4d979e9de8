/* Archives from strangers: every content lies within the archive, and reading comes to an end. */
#include <stdlib.h>
#include <string.h>

#include "vault/evidence/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes rest = bytes_of(data, size);
    struct tar_entry entry;
    bool more = true;
    while (more) {
        size_t before = rest.size;
        if (tar_next(&rest, &entry, &more) != NULL)
            return 0;
        if (!more)
            return 0;
        if (rest.size >= before || rest.data + rest.size != data + size)
            abort();
        if (entry.content.size > 0 &&
            (entry.content.data < data || entry.content.data + entry.content.size > data + size))
            abort();
        if (entry.name[0] == '\0' || strlen(entry.name) > TAR_NAME_MAX)
            abort();
    }
    return 0;
}
