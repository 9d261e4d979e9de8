/* Events of documents and templates, one a line, as a forged log may hold them: taken in or passed over. */
#include <string.h>

#include "vault/incident/documents.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int note(void *context, uint64_t index, const char *what)
{
    (void)index;
    *(size_t *)context += strlen(what);
    return VAULT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct documents *documents = documents_new();
    size_t said = 0;
    uint64_t index = 0;
    const char *id;
    json_t *list;
    while (documents != NULL && size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t length = end == NULL ? size : (size_t)(end - data);
        json_t *leaf = NULL;
        if (json_read(bytes_of(data, length), &leaf, NULL) == VAULT_OK)
            (void)!documents_feed(documents, index++, leaf, note, &said);
        json_decref(leaf);
        length += end != NULL;
        data += length;
        size -= length;
    }
    json_object_foreach(documents == NULL ? NULL : documents_all(documents), id, list)
    {
        for (size_t i = 0; i < json_array_size(list); i++)
            (void)!document_may(json_array_get(list, i), "document.finish", NULL);
    }
    if (documents != NULL)
        (void)documents_template(documents, "report", "zh");
    documents_free(documents);
    return 0;
}
