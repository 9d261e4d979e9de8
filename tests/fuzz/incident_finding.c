/* What a trace printed, and a stored version of a finding: taken over whole and canonical, or refused. */
#include <stdlib.h>

#include "vault/incident/finding.h"
#include "vault/incident/finding_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char id[] = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    json_t *value = NULL;
    json_t *facts = NULL;
    json_t *document = NULL;
    struct buffer text = {0};
    struct failure failure = {0};
    if (json_read(bytes_of(data, size), &value, NULL) == VAULT_OK &&
        finding_case_read(value, &facts, &failure) == VAULT_OK &&
        json_write_canonical(facts, &text) != VAULT_OK)
        abort();
    if (finding_read(bytes_of(data, size), id, 1, &document, &failure) == VAULT_OK) {
        (void)!finding_complete(document, &failure);
        (void)finding_names(document, "bob");
        (void)!finding_drop(document, "bob", NULL, &failure);
    }
    buffer_free(&text);
    json_decref(document);
    json_decref(facts);
    json_decref(value);
    return 0;
}
