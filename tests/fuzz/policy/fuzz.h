/* What the harnesses share. */
#ifndef TESTS_FUZZ_POLICY_FUZZ_H
#define TESTS_FUZZ_POLICY_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/cedar.h"

#define FUZZ_CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline bool same_str(struct cedar_str a, struct cedar_str b)
{
    return a.data && b.data && a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static inline bool same_answer(const struct cedar_answer *a, const struct cedar_answer *b)
{
    bool same = a->decision == b->decision && a->reason_count == b->reason_count &&
                a->failure_count == b->failure_count;

    for (size_t i = 0; same && i < a->reason_count; i++)
        same = a->reasons[i] == b->reasons[i];
    for (size_t i = 0; same && i < a->failure_count; i++)
        same = a->failures[i].policy == b->failures[i].policy;
    return same;
}

/* A decision, and the same one by way of every residual. */
static inline void fuzz_decide(const struct cedar_policies *set, struct cedar_arena *arena)
{
    static const char entities[] = "[{\"uid\":{\"type\":\"User\",\"id\":\"a\"},\"attrs\":{\"n\":1,\"s\":"
                                   "\"x\",\"e\":{\"__entity\":{\"type\":\"User\",\"id\":\"b\"}}},"
                                   "\"parents\":[{\"type\":\"Group\",\"id\":\"g\"}],\"tags\":{\"t\":[1]}}]";
    struct cedar_entities *store = cedar_entities_new(NULL);
    struct cedar_request request = {.principal = {CEDAR_STR("User"), CEDAR_STR("a")},
        .action = {CEDAR_STR("Action"), CEDAR_STR("view")},
        .resource = {CEDAR_STR("Doc"), CEDAR_STR("d")}};
    struct cedar_answer whole, partly;
    const struct cedar_trace *traces;
    struct cedar_residual *residual;

    FUZZ_CHECK(cedar_entities_add_json(store, entities, sizeof(entities) - 1, NULL, NULL) == CEDAR_OK);
    FUZZ_CHECK(cedar_entities_seal(store, NULL) == CEDAR_OK);
    FUZZ_CHECK(cedar_authorize(set, store, &request, arena, &whole) == CEDAR_OK);
    FUZZ_CHECK(cedar_explain(set, store, &request, arena, &traces) == CEDAR_OK);
    for (unsigned unknown = 0; unknown < 16; unknown += 5) {
        FUZZ_CHECK(cedar_residual_new(set, store, &request, unknown, arena, &residual) == CEDAR_OK);
        FUZZ_CHECK(cedar_residual_decide(residual, store, &request, arena, &partly) == CEDAR_OK);
        FUZZ_CHECK(same_answer(&whole, &partly));
    }
    cedar_entities_free(store);
}

#endif
