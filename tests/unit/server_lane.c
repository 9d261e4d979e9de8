/* Threads that hand work to each other, on one processor; and which one, where there are several. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "vault/base/instant.h"
#include "vault/server/lane.h"

TestSuite(server_lane, .timeout = 60);

static int allowed(void)
{
    cpu_set_t set;
    cr_assert_eq(sched_getaffinity(0, sizeof set, &set), 0);
    return CPU_COUNT(&set);
}

/* Where there is one processor there are no lanes; then nothing must happen. */
static bool has_lanes(void)
{
    if (lanes_count() >= 2)
        return true;
    cr_log_warn("one processor: there are no lanes here\n");
    lane_enter(1);
    cr_assert_eq(allowed(), 1);
    return false;
}

Test(server_lane, a_thread_enters_one_and_leaves_it)
{
    int all = allowed();
    if (!has_lanes())
        return;
    cr_assert_eq(lanes_count(), all < (int)LANES_MAX ? (unsigned)all : LANES_MAX);
    lane_enter(1);
    int first = sched_getcpu();
    cr_assert(allowed() == 1 && lane_here() == 1);
    lane_enter(2);
    cr_assert(allowed() == 1 && lane_here() == 2 && sched_getcpu() != first);
    lane_enter(LANE_NONE);
    cr_assert(allowed() == all && lane_here() == LANE_NONE);
}

Test(server_lane, one_that_there_is_not_is_none)
{
    int all = allowed();
    if (!has_lanes())
        return;
    lane_enter(1);
    lane_enter(lanes_count() + 1); /* as a front that was taken over could say */
    cr_assert(allowed() == all && lane_here() == LANE_NONE);
}

static void *see(void *context)
{
    *(int *)context = allowed();
    return NULL;
}

Test(server_lane, other_threads_stay_where_they_are)
{
    pthread_t thread;
    int seen = 0;
    if (!has_lanes())
        return;
    int all = allowed();
    cr_assert_eq(pthread_create(&thread, NULL, see, &seen), 0);
    lane_enter(1);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_eq(seen, all);
}

Test(server_lane, who_takes_long_leaves_it)
{
    static const struct timespec moment = {.tv_nsec = 20000000};
    int all = allowed();
    if (!has_lanes())
        return;
    uint64_t began = instant_monotonic();
    lane_enter(1);
    (void)nanosleep(&moment, NULL);
    lane_check(instant_monotonic());
    cr_assert_eq(allowed(), 1, "one that has just begun stays");
    lane_check(began);
    cr_assert(allowed() == all && lane_here() == LANE_NONE);
}

Test(server_lane, only_what_is_short_goes_by_one)
{
    cr_assert(lane_suits("record.read"));
    cr_assert_not(lane_suits("record.export"));
    cr_assert_not(lane_suits("record.import"));
    cr_assert_not(lane_suits(""));
}

Test(server_lane, those_who_come_are_spread)
{
    static struct lanes lanes;
    struct lane_choice choices[4 * LANES_MAX] = {{0}};
    unsigned count = lanes_count();
    if (!has_lanes())
        return;
    for (unsigned i = 0; i < 4 * count; i++)
        (void)lanes_take(&lanes, &choices[i], 1);
    for (unsigned lane = 1; lane <= count; lane++)
        cr_assert_eq(lanes.busy[lane], 4, "lane %u: %u", lane, lanes.busy[lane]);
    for (unsigned i = 0; i < 4 * count; i++)
        lanes_give(&lanes, &choices[i], choices[i].lane, 0);
    for (unsigned lane = 1; lane <= count; lane++)
        cr_assert_eq(lanes.busy[lane], 0);
}

/* Four who ask at once, all in the first lane, with nobody in the others. */
Test(server_lane, who_waits_behind_others_moves_to_where_there_is_room)
{
    static struct lanes lanes;
    struct lane_choice choices[4] = {{.lane = 1}, {.lane = 1}, {.lane = 1}, {.lane = 1}};
    if (!has_lanes())
        return;
    for (unsigned turn = 0; turn < 40; turn++) {
        for (unsigned i = 0; i < 4; i++)
            (void)lanes_take(&lanes, &choices[i], 1);
        for (unsigned i = 0; i < 4; i++)
            lanes_give(&lanes, &choices[i], choices[i].lane, 0);
    }
    unsigned first = 0;
    for (unsigned i = 0; i < 4; i++)
        first += choices[i].lane == 1;
    cr_assert(first >= 1 && first <= 2, "%u of 4 are still there", first);
}

/* One who asks alone stays where he is, whatever moment others have. */
Test(server_lane, who_has_room_stays)
{
    static struct lanes lanes;
    struct lane_choice one = {.lane = 1};
    struct lane_choice other = {.lane = 2};
    if (!has_lanes())
        return;
    for (unsigned turn = 0; turn < 1000; turn++) {
        unsigned ours = lanes_take(&lanes, &one, 1);
        unsigned theirs = lanes_take(&lanes, &other, 1);
        cr_assert(ours == 1 && theirs == 2);
        lanes_give(&lanes, &one, ours, 0);
        lanes_give(&lanes, &other, theirs, 0);
    }
}

/* As where another program keeps that processor busy: threads that may go anywhere find a better one. */
Test(server_lane, who_was_answered_late_goes_by_none_for_a_while)
{
    static const uint64_t second = 1000000000;
    static struct lanes lanes;
    struct lane_choice one = {.lane = 1};
    if (!has_lanes())
        return;
    uint64_t now = instant_monotonic();
    unsigned lane = lanes_take(&lanes, &one, now);
    lanes_give(&lanes, &one, lane, second / 100);
    cr_assert_eq(lanes_take(&lanes, &one, now), lane, "10 ms are not late");
    lanes_give(&lanes, &one, lane, second / 10);
    cr_assert_eq(lanes_take(&lanes, &one, now), LANE_NONE);
    lanes_give(&lanes, &one, LANE_NONE, 0);
    cr_assert_neq(lanes_take(&lanes, &one, now + 2 * second), LANE_NONE);
}
