/* The hot path: after the first few requests nothing is allocated any more.  The linker hands every malloc of
 * the engine to the counters below. */
#include <stdlib.h>

#include "helpers.h"

static unsigned calls;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    calls++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    calls++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    calls++;
    return __real_realloc(old, size);
}

/* A layer with one client, a context, a decision, and the same by way of a residual. */
static void one_request(struct world *w, struct cedar_entities *extra, struct cedar_arena *arena, int n)
{
    struct cedar_uid parent = uid("Portfolio", "north");
    struct cedar_entity client = {.uid = uid("Client", "new"), .parents = &parent, .parent_count = 1};
    struct cedar_field fields[] = {{CEDAR_STR("n"), NULL}, {CEDAR_STR("text"), NULL}};
    struct cedar_residual *residual;
    struct cedar_answer answer;

    cedar_arena_reset(arena);
    cedar_entities_reset(extra);
    fields[0].value = cedar_long(arena, n);
    fields[1].value = cedar_string(arena, CEDAR_STR("tax return"));
    client.attrs = cedar_record(arena, fields, 2);
    w->request.resource = client.uid;
    w->request.context = cedar_record(arena, fields, 2);
    cr_assert(w->request.context && cedar_entities_add(extra, &client, NULL) == CEDAR_OK);
    cr_assert(cedar_entities_seal(extra, NULL) == CEDAR_OK);
    cr_assert(cedar_authorize(w->set, extra, &w->request, arena, &answer) == CEDAR_OK);
    cr_assert(answer.decision == (n % 2 ? CEDAR_ALLOW : CEDAR_DENY) && answer.failure_count == 1);
    cr_assert(
        cedar_residual_new(w->set, extra, &w->request, CEDAR_UNKNOWN_RESOURCE, arena, &residual) == CEDAR_OK);
}

Test(memory, requests_allocate_nothing_once_it_has_settled)
{
    struct world w = make_world(
        "permit(principal in Role::\"staff\", action, resource in Portfolio::\"north\") "
        "when { context.text like \"*ret*\" && [1, {a: context.n}] != [] && resource.n == context.n };"
        "forbid(principal, action, resource) when { context.n == 2 || context.n == 4 "
        "|| context.n + 0 == 0 || context.n == 6 || context.n == 8 };"
        "forbid(principal, action, resource) when { resource.nope.nope };");
    struct cedar_entities *extra = cedar_entities_new(w.store);
    struct cedar_arena *arena = cedar_arena_new(0);
    unsigned settled;

    cr_assert(calls > 0, "the counters count");
    for (int n = 0; n < 10; n++)
        one_request(&w, extra, arena, n);
    settled = calls;
    for (int n = 0; n < 1000; n++)
        one_request(&w, extra, arena, n % 10);
    cr_expect(calls == settled, "%u allocations in 1000 requests", calls - settled);
    cedar_entities_free(extra);
    cedar_arena_free(arena);
    free_world(&w);
}
