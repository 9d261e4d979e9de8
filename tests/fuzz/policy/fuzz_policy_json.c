/* Policy JSON: what is read prints as text that parses to the same. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_policies *set = cedar_policies_new(), *again = cedar_policies_new();

    if (cedar_policies_add_json(set, (const char *)data, size, NULL) == CEDAR_OK &&
        cedar_policies_seal(set, NULL) == CEDAR_OK) {
        struct cedar_str json = cedar_policies_json(set, arena);

        /* Long chains nest deeper in JSON than in memory, so this may hit the limit of depth. */
        if (cedar_policies_add_json(again, json.data, json.len, NULL) == CEDAR_OK)
            FUZZ_CHECK(same_str(json, cedar_policies_json(again, arena)));
        fuzz_decide(set, arena);
    }
    cedar_policies_free(set);
    cedar_policies_free(again);
    cedar_arena_free(arena);
    return 0;
}
