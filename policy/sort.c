/* Sorting in place: insertion sort for few, heap sort for many. */
#include "policy/str.h"

enum { FEW = 12, PIECE = 64 };

static void swap(char *a, char *b, size_t size)
{
    char piece[PIECE];

    while (size) {
        size_t n = size < PIECE ? size : PIECE;

        memcpy(piece, a, n);
        memcpy(a, b, n);
        memcpy(b, piece, n);
        a += n;
        b += n;
        size -= n;
    }
}

static void insertion(char *base, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
    for (size_t i = 1; i < n; i++) {
        for (size_t j = i; j > 0 && cmp(base + j * size, base + (j - 1) * size) < 0; j--)
            swap(base + j * size, base + (j - 1) * size, size);
    }
}

static void sift(char *base, size_t root, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
    for (;;) {
        size_t child = 2 * root + 1;

        if (child >= n)
            return;
        if (child + 1 < n && cmp(base + child * size, base + (child + 1) * size) < 0)
            child++;
        if (cmp(base + root * size, base + child * size) >= 0)
            return;
        swap(base + root * size, base + child * size, size);
        root = child;
    }
}

void cedar_sort(void *items, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
    char *base = items;

    if (n <= FEW) {
        insertion(base, n, size, cmp);
        return;
    }
    for (size_t i = n / 2; i-- > 0;)
        sift(base, i, n, size, cmp);
    for (size_t end = n - 1; end > 0; end--) {
        swap(base, base + end * size, size);
        sift(base, 0, end, size, cmp);
    }
}
