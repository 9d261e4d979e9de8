/* Properties that hold for any policies: tried on small sets in every combination. */
#include "helpers.h"

static const char *const pool[] = {"permit(principal, action, resource);",
    "permit(principal == User::\"bob\", action, resource);",
    "permit(principal in Role::\"staff\", action, resource) when { principal.level > 1 };",
    "permit(principal, action, resource) when { principal.nope };",
    "forbid(principal, action, resource) when { resource.secret };",
    "forbid(principal, action, resource is Client);",
    "forbid(principal, action, resource) when { 1 + true };",
    "permit(principal, action in [Action::\"read\"], resource in Portfolio::\"north\");"};

enum { POOL = sizeof(pool) / sizeof(*pool) };

struct result {
    enum cedar_decision decision;
    unsigned reasons, errors; /* masks of the pool */
};

/* The policies of the mask, in rising or falling order; results by their place in the pool. */
static struct result run(unsigned mask, bool backwards, int extra)
{
    char text[4096] = "";
    int order[POOL + 1], n = 0;
    struct result result = {.reasons = 0};
    struct cedar_answer answer;
    struct world w;

    for (int k = 0; k < POOL; k++) {
        int i = backwards ? POOL - 1 - k : k;

        if (mask & 1u << i) {
            strcat(text, pool[i]);
            order[n++] = i;
        }
    }
    if (extra >= 0) {
        strcat(text, pool[extra]);
        order[n++] = -1;
    }
    w = make_world(text);
    answer = decide(&w);
    result.decision = answer.decision;
    for (size_t i = 0; i < answer.reason_count; i++) {
        for (int k = 0; k < n; k++) {
            if (answer.reasons[i] == cedar_policies_at(w.set, (size_t)k) && order[k] >= 0)
                result.reasons |= 1u << order[k];
        }
    }
    for (size_t i = 0; i < answer.failure_count; i++) {
        for (int k = 0; k < n; k++) {
            if (answer.failures[i].policy == cedar_policies_at(w.set, (size_t)k) && order[k] >= 0)
                result.errors |= 1u << order[k];
        }
    }
    free_world(&w);
    return result;
}

Test(properties, order_never_matters, .timeout = 60)
{
    for (unsigned mask = 0; mask < 1u << POOL; mask += 3) {
        struct result a = run(mask, false, -1), b = run(mask, true, -1);

        cr_expect(
            a.decision == b.decision && a.reasons == b.reasons && a.errors == b.errors, "mask %x", mask);
    }
}

Test(properties, a_permit_more_never_denies_nor_breaks_others, .timeout = 60)
{
    for (unsigned mask = 0; mask < 1u << POOL; mask += 5) {
        struct result before = run(mask, false, -1);

        for (int extra = 0; extra < 4; extra++) {
            struct result after = run(mask, false, extra);

            cr_expect(
                before.decision == CEDAR_DENY || after.decision == CEDAR_ALLOW, "mask %x + %d", mask, extra);
            cr_expect(before.errors == after.errors, "mask %x + %d", mask, extra);
        }
    }
}

Test(properties, a_forbid_more_never_allows_more, .timeout = 60)
{
    for (unsigned mask = 0; mask < 1u << POOL; mask += 5) {
        struct result before = run(mask, false, -1);

        for (int extra = 4; extra < 7; extra++) {
            struct result after = run(mask, false, extra);

            cr_expect(
                before.decision == CEDAR_ALLOW || after.decision == CEDAR_DENY, "mask %x + %d", mask, extra);
            cr_expect(before.errors == after.errors, "mask %x + %d", mask, extra);
        }
    }
}
