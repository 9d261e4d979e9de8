/* Policy text: what parses is printed, read back, turned to JSON and back, and evaluated. */
#include "fuzz.h"

static void check_round_trip(const struct cedar_policies *set, struct cedar_arena *arena)
{
    struct cedar_str text = cedar_policies_print(set, arena), json = cedar_policies_json(set, arena);
    struct cedar_policies *again = NULL;
    struct cedar_error err;

    if (cedar_policies_parse(text.data, text.len, &again, &err) != CEDAR_OK) {
        fprintf(stderr, "printed text is refused: %s\n%s\n", err.message, text.data);
        abort();
    }
    FUZZ_CHECK(same_str(json, cedar_policies_json(again, arena)));
    cedar_policies_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_policies *set = NULL;
    struct cedar_error err;

    if (cedar_policies_parse((const char *)data, size, &set, &err) == CEDAR_OK) {
        check_round_trip(set, arena);
        fuzz_decide(set, arena);
    } else {
        FUZZ_CHECK(set == NULL && err.message[0] && err.status != CEDAR_OK);
    }
    cedar_policies_free(set);
    cedar_arena_free(arena);
    return 0;
}
