/* Lines of a firm's events.jsonl, and the index that comes of them. */
#include <stdlib.h>
#include <string.h>

#include "vault/ops/leak/firm.h"
#include "vault/ops/leak/firm_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *context, const struct trace_access *access)
{
    size_t *count = context;
    ++*count;
    if (access->fields > TRACE_ALL || access->person > 1)
        abort();
    return VAULT_OK;
}

static void read_lines(struct access_index_builder *builder, struct bytes rest, size_t *taken)
{
    while (rest.size > 0) {
        struct failure failure = {0};
        const uint8_t *end = memchr(rest.data, '\n', rest.size);
        size_t size = end == NULL ? rest.size : (size_t)(end - rest.data) + 1;
        int result = firm_read_event(bytes_of(rest.data, size), builder, &failure);
        if (result != VAULT_OK && failure.error == VAULT_OK)
            abort(); /* a refusal without a sentence */
        *taken += result == VAULT_OK;
        rest = bytes_of(rest.data + size, rest.size - size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t fingerprint[ACCESS_INDEX_FINGERPRINT];
    struct access_index_builder *builder = access_index_builder_new();
    struct access_index *index = NULL;
    struct trace_client about = {.decoy = false};
    struct failure failure = {0};
    uint32_t number = 0;
    size_t taken = 0, given = 0;
    int descriptor = -1;
    for (unsigned k = 0; k < TRACE_SEGMENTS; k++)
        about.segments[k] = TRACE_NO_SEGMENT;
    if (access_index_add_person(builder, bytes_of_text("a001"), &number) != VAULT_OK ||
        access_index_add_person(builder, bytes_of_text("a002"), &number) != VAULT_OK ||
        access_index_add_client(builder, bytes_of_text("c00001"), &about, &number) != VAULT_OK)
        abort();
    read_lines(builder, bytes_of(data, size), &taken);
    if (access_index_finish(builder, NULL, fingerprint, &descriptor, &failure) != VAULT_OK ||
        access_index_open_at(descriptor, "fuzz", &index, &failure) != VAULT_OK)
        abort();
    const struct trace_source *source = access_index_source(index);
    if (source->accesses(source->context, 0, INT64_MAX, take, &given, &failure) != VAULT_OK || given != taken)
        abort(); /* what went in comes out */
    access_index_free(index);
    access_index_builder_free(builder);
    return 0;
}
