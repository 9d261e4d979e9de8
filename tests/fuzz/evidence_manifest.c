/* Manifests from strangers: every span lies within the text, files can be walked, and the numbers make sense.
 */
#include <stdlib.h>

#include "vault/evidence/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool true_thing)
{
    if (!true_thing)
        abort();
}

static void expect_inside(struct bytes part, struct bytes whole)
{
    expect(part.size == 0 || (part.data >= whole.data && part.data + part.size <= whole.data + whole.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_of(data, size);
    struct manifest manifest;
    struct manifest_file file;
    struct hash hash = {{0}};
    struct note_key key = {.name = "vault.example/a", .type = NOTE_ED25519};
    bool more = true;
    expect(manifest_check_signature(text, bytes_of_text(key.name), &hash, &key) != VAULT_OK);
    if (manifest_read(text, &manifest) != NULL)
        return 0;
    expect_inside(manifest.origin, text);
    expect_inside(manifest.purpose, text);
    expect_inside(manifest.scope.query, text);
    expect_inside(manifest.release_origin, text);
    expect(manifest.purpose.size > 2);
    expect(!manifest.scope.range || manifest.scope.count == manifest.scope.end - manifest.scope.start);
    struct bytes rest = manifest.files;
    while (more) {
        size_t before = rest.size;
        if (manifest_file(&rest, &file, &more) != NULL || !more)
            break;
        expect(rest.size < before);
        expect_inside(file.name, text);
    }
    return 0;
}
