/* A witness's state file, whoever wrote it: what is read holds together, and written again reads the same. */
#include <stdlib.h>

#include "vault/witness/witness_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool true_thing)
{
    if (!true_thing)
        abort();
}

/* The input as the blocks of a group too, since no mutation finds a hash. */
static void as_group(struct bytes input)
{
    static const char heading[] = "strongroom witness state 1\n";
    struct cosigned_table table = {0};
    struct buffer file = {0};
    size_t end = 0;
    uint64_t number = 0;
    buffer_put_text(&file, heading);
    state_put_group(0, input, &file);
    if (state_parse(buffer_bytes(&file), &table, &end, &number, NULL) == VAULT_OK) {
        expect(end == file.size && number == 1 && table.count > 0);
        for (size_t i = 0; i < table.count; i++)
            expect(cosigned_find(&table, bytes_of_text(table.rows[i]->origin)) == table.rows[i]);
    }
    cosigned_free(&table);
    buffer_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cosigned_table table = {0};
    size_t end = 0;
    uint64_t number = 0;
    if (state_parse(bytes_of(data, size), &table, &end, &number, NULL) == VAULT_OK)
        expect(end <= size);
    cosigned_free(&table);
    as_group(bytes_of(data, size));
    return 0;
}
