/* "did you mean": the declared name with the fewest edits. */
#include "policy/check.h"

enum { LONGEST = 48 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein distance; both at most LONGEST long. */
static size_t distance(struct cedar_str a, struct cedar_str b)
{
    size_t row[LONGEST + 1];

    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];

            row[j] = smaller(smaller(row[j] + 1, row[j - 1] + 1), corner + (a.data[i - 1] != b.data[j - 1]));
            corner = above;
        }
    }
    return row[b.len];
}

struct cedar_str cedar_suggest(
    struct cedar_fail *f, struct cedar_str name, const struct cedar_str *names, size_t n)
{
    struct cedar_text t = {.arena = f->arena};
    size_t best = n, least = name.len / 2 + 1;

    for (size_t i = 0; i < n && i < 1000 && name.len <= LONGEST; i++) {
        size_t d = names[i].len <= LONGEST ? distance(name, names[i]) : LONGEST;

        if (d < least) {
            least = d;
            best = i;
        }
    }
    if (best == n)
        return CEDAR_STR("");
    cedar_puts(&t, "did you mean '");
    cedar_put(&t, names[best]);
    cedar_puts(&t, "'?");
    return cedar_text_done(&t);
}
