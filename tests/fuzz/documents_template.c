/* Templates of a firm, as anybody may write them: let through or not, and what is let through makes a page
 * that holds no markup but its own. */
#include <stdlib.h>
#include <string.h>

#include "vault/documents/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *known = json_pack("{s:b,s:b,s:b}", "cause", true, "rows", true, "name", true);
    json_t *values = json_pack("{s:s,s:s,s:s,s:[{s:s},{s:s}]}", "title", "t", "document", "d", "cause",
        "<script>", "rows", "name", "<a>", "name", "<b>");
    json_t *used = json_object();
    struct buffer page = {0};
    struct bytes text = bytes_of(data, size);
    if (template_check(text, known, used, NULL) == VAULT_OK &&
        document_page(text, size % 2 == 0 ? "zh" : "en", values, &page, NULL) == VAULT_OK) {
        const char *made = buffer_text(&page);
        if (made != NULL && (strstr(made, "<script") != NULL || strstr(made, "<a>") != NULL))
            abort();
    }
    buffer_free(&page);
    json_decref(used);
    json_decref(values);
    json_decref(known);
    return 0;
}
