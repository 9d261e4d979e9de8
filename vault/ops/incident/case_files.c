#include "vault/ops/incident/case_files_private.h"

#include <string.h>

#include "vault/crypto/sm3.h"

int case_put_hashes(json_t *row, struct bytes content, struct failure *failure)
{
    struct hash hash;
    struct hash sm3;
    hash_sha256(content, &hash);
    int result = hash_sm3(content, &sm3);
    if (result != VAULT_OK)
        return failure_set(failure, result, "this machine's libcrypto has no SM3");
    int failed = json_object_set_new(row, "size", json_integer((json_int_t)content.size));
    failed |= json_object_set_new(row, "sha256", json_hex(hash_bytes(&hash)));
    failed |= json_object_set_new(row, "sm3", json_hex(hash_bytes(&sm3)));
    return failed ? failure_set(failure, VAULT_ENOMEM, "no memory for the hashes of a file") : VAULT_OK;
}

int case_file(const json_t *said, size_t number, struct buffer *content, struct failure *failure)
{
    const json_t *file = json_object_get(said, "file");
    const char *base64 = json_text(file, "base64");
    const char *known = json_text(file, "sha256");
    char hex[2 * HASH_SIZE + 1];
    struct hash hash;
    if (file == NULL)
        return VAULT_OK;
    int result = base64 == NULL ? VAULT_EDAMAGED : base64_decode(bytes_of_text(base64), content);
    if (result != VAULT_OK)
        return failure_set(failure, VAULT_EDAMAGED, "the file of step %zu cannot be read", number);
    hash_sha256(buffer_bytes(content), &hash);
    hex_encode(hash_bytes(&hash), hex);
    return known != NULL && strcmp(known, hex) == 0
               ? VAULT_OK
               : failure_set(
                     failure, VAULT_EDAMAGED, "the file of step %zu is not the one that was sealed", number);
}

static int make_page(struct call *call, const json_t *text, size_t recipient, struct buffer *page)
{
    int result = document_make(call, text, recipient, page);
    if (result != VAULT_EVERSION)
        return result;
    /* Its hash stands; the page that was written then is what has it. */
    failure_clear(call->failure);
    buffer_reset(page);
    return VAULT_OK;
}

int case_each_page(const struct case_pages *pages, const json_t *document, bool *withheld)
{
    struct buffer page = {0};
    json_t *text = NULL;
    *withheld = false;
    int result = incident_part(pages->call, pages->id, document, &text);
    if (result == VAULT_OK)
        *withheld = json_lists(json_object_get(text, "named"), session_user(pages->call->session));
    size_t count = *withheld ? 0 : json_array_size(json_object_get(text, "recipients"));
    const json_t *known = json_object_get(text, "pages");
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        buffer_reset(&page);
        result = make_page(pages->call, text, i, &page);
        if (result == VAULT_OK)
            result = pages->page(
                pages->context, i, buffer_bytes(&page), json_string_value(json_array_get(known, i)));
    }
    buffer_free(&page);
    json_decref(text);
    return result;
}
