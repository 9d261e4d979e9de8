#include "vault/base/histogram.h"

static const struct {
    uint64_t bound;
    const char *text;
} steps[HISTOGRAM_STEPS] = {
    {100000, "0.0001"},
    {250000, "0.00025"},
    {500000, "0.0005"},
    {1000000, "0.001"},
    {2500000, "0.0025"},
    {5000000, "0.005"},
    {10000000, "0.01"},
    {25000000, "0.025"},
    {50000000, "0.05"},
    {100000000, "0.1"},
    {250000000, "0.25"},
    {500000000, "0.5"},
    {1000000000, "1"},
    {2500000000, "2.5"},
    {5000000000, "5"},
    {10000000000, "10"},
};

uint64_t histogram_bound(unsigned step)
{
    return steps[step].bound;
}

const char *histogram_bound_text(unsigned step)
{
    return steps[step].text;
}

void histogram_add(struct histogram *histogram, uint64_t nanoseconds)
{
    unsigned step = 0;
    while (step < HISTOGRAM_STEPS && nanoseconds > steps[step].bound)
        step++;
    (void)atomic_fetch_add_explicit(&histogram->counts[step], 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&histogram->nanoseconds, nanoseconds, memory_order_relaxed);
}
