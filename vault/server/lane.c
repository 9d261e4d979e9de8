#include "vault/server/lane.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "vault/base/instant.h"

#define STRAINED_MAX 8u         /* then it moves: not for a moment in which one lane has less to do */
#define LONG UINT64_C(5000000)  /* nanoseconds */
#define SLOW UINT64_C(60000000) /* of an answer that is short */
#define REST UINT64_C(1000000000)

static struct {
    pthread_once_t once;
    cpu_set_t all;
    unsigned count;
    size_t processors[LANES_MAX];
} host = {.once = PTHREAD_ONCE_INIT};

static _Thread_local unsigned here;

/* Before any thread of ours has entered a lane: what is allowed to this one is what is allowed to all. */
static void look(void)
{
    if (sched_getaffinity(0, sizeof host.all, &host.all) != 0)
        return;
    for (size_t i = 0; i < CPU_SETSIZE && host.count < LANES_MAX; i++) {
        if (CPU_ISSET(i, &host.all))
            host.processors[host.count++] = i;
    }
    if (host.count < 2)
        host.count = 0;
}

unsigned lanes_count(void)
{
    (void)pthread_once(&host.once, look);
    return host.count;
}

bool lane_suits(const char *operation)
{
    static const char *const names[] = {
        "record.read", "record.list", "record.search", "record.history", "client.show"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], operation) == 0)
            return true;
    }
    return false;
}

void lane_enter(unsigned lane)
{
    cpu_set_t one;
    if (lane > lanes_count())
        lane = LANE_NONE;
    if (lane == here)
        return;
    CPU_ZERO(&one);
    if (lane != LANE_NONE)
        CPU_SET(host.processors[lane - 1], &one);
    /* Refused (another cpuset since, a filter)? Asking once for each change is enough. */
    (void)sched_setaffinity(0, sizeof one, lane == LANE_NONE ? &host.all : &one);
    here = lane;
}

void lane_check(uint64_t began)
{
    if (here != LANE_NONE && instant_monotonic() - began > LONG)
        lane_enter(LANE_NONE);
}

unsigned lane_here(void)
{
    return here;
}

/* --- Whose turn it is --- */

static unsigned least_busy(struct lanes *lanes, unsigned count)
{
    unsigned first = atomic_fetch_add_explicit(&lanes->next, 1, memory_order_relaxed) % count;
    unsigned least = first + 1;
    for (unsigned i = 1; i < count; i++) {
        unsigned other = (first + i) % count + 1;
        if (atomic_load_explicit(&lanes->busy[other], memory_order_relaxed) <
            atomic_load_explicit(&lanes->busy[least], memory_order_relaxed))
            least = other;
    }
    return least;
}

/* Would fewer be before it elsewhere? */
static bool is_strained(struct lanes *lanes, unsigned lane, unsigned least)
{
    return atomic_load_explicit(&lanes->busy[lane], memory_order_relaxed) >
           atomic_load_explicit(&lanes->busy[least], memory_order_relaxed);
}

unsigned lanes_take(struct lanes *lanes, struct lane_choice *choice, uint64_t now)
{
    unsigned count = lanes_count();
    if (count == 0 || now < choice->rest)
        return LANE_NONE;
    unsigned least = least_busy(lanes, count);
    bool strained = choice->lane != LANE_NONE && is_strained(lanes, choice->lane, least);
    choice->strained = strained ? choice->strained + 1 : 0;
    if (choice->lane == LANE_NONE || choice->strained >= STRAINED_MAX) {
        choice->lane = least;
        choice->strained = 0;
    }
    (void)atomic_fetch_add_explicit(&lanes->busy[choice->lane], 1, memory_order_relaxed);
    return choice->lane;
}

void lanes_give(struct lanes *lanes, struct lane_choice *choice, unsigned lane, uint64_t took)
{
    if (lane == LANE_NONE)
        return;
    (void)atomic_fetch_sub_explicit(&lanes->busy[lane], 1, memory_order_relaxed);
    if (took > SLOW)
        *choice = (struct lane_choice){.rest = instant_monotonic() + REST};
}
