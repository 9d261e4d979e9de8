/* Events of cases, one a line, as a forged log may hold them: taken in or passed over, and what is next can
 * be told. */
#include <string.h>

#include "vault/incident/case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int note(void *context, uint64_t index, const char *what)
{
    (void)index;
    *(size_t *)context += strlen(what);
    return VAULT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cases *cases = cases_new();
    size_t said = 0;
    uint64_t index = 0;
    const char *id;
    json_t *one;
    while (cases != NULL && size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t length = end == NULL ? size : (size_t)(end - data);
        json_t *leaf = NULL;
        if (json_read(bytes_of(data, length), &leaf, NULL) == VAULT_OK)
            (void)!cases_feed(cases, index++, leaf, note, &said);
        json_decref(leaf);
        length += end != NULL;
        data += length;
        size -= length;
    }
    json_object_foreach(cases == NULL ? NULL : cases_all(cases), id, one)
    {
        (void)case_next(one, index % 2 == 0, NULL);
    }
    cases_free(cases);
    return 0;
}
