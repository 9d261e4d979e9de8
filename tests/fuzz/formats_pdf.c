/* What pdftotext says of a PDF, as rows: every cell lies within the text, and none is empty. */
#include <stdlib.h>

#include "vault/formats/limits.h"
#include "vault/formats/pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *context, const struct bytes *cells, size_t count)
{
    const struct bytes *text = context;
    if (count == 0 || count > LIMIT_COLUMNS)
        abort();
    for (size_t i = 0; i < count; i++)
        if (cells[i].size == 0 || cells[i].data < text->data ||
            cells[i].data + cells[i].size > text->data + text->size || cells[i].data[0] == ' ')
            abort();
    return VAULT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_of(data, size);
    struct failure failure = {0};
    int result = pdf_text_rows(text, take, &text, &failure);
    if (result != VAULT_OK && result != VAULT_EINPUT && result != VAULT_ELIMIT)
        abort();
    return 0;
}
