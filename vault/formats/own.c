#include "vault/formats/table_private.h"
static int match(const struct row *rows, size_t count, size_t index, const void **choice)
{
    (void)rows;
    (void)count;
    (void)index;
    (void)choice;
    return 0;
}
const struct layout layout_own = {.format = "csv-strongroom", .match = match};
