/* The scanner of canonical JSON against base/json, and the leaf reader on whatever it accepts. */
#include <stdlib.h>
#include <string.h>

#include "vault/evidence/canonical.h"
#include "vault/base/json.h"
#include "vault/evidence/leaf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The deepest nesting of a canonical text. */
static int depth_of(struct bytes text)
{
    int depth = 0;
    int deepest = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.size; i++) {
        if (quoted && text.data[i] == '\\')
            i++;
        else if (text.data[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text.data[i] == '{' || text.data[i] == '['))
            deepest = ++depth > deepest ? depth : deepest;
        else if (!quoted && (text.data[i] == '}' || text.data[i] == ']'))
            depth--;
    }
    return deepest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct leaf leaf;
    struct bytes text = bytes_of(data, size);
    bool ours = canonical_check(text);
    bool theirs = json_is_canonical(text);
    /* The writer counts a value inside the sixteenth level as one more. */
    if (ours != theirs && !(ours && depth_of(text) == CANONICAL_DEPTH_MAX))
        abort();
    if (leaf_read(text, &leaf) == NULL) {
        struct buffer message = {0};
        if (!ours)
            abort();
        leaf_signed_message(&leaf, "origin", &message);
        if (leaf.sig.size > 0 && message.size > size + 64)
            abort();
        buffer_free(&message);
    }
    return 0;
}
