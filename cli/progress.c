#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/words.h"
#include "vault/base/instant.h"

#define SECOND UINT64_C(1000000000)
#define PATIENCE SECOND /* shorter jobs show nothing */
#define REDRAW (SECOND / 5)

struct progress {
    bool wanted;
    bool shown;
    uint64_t started;
    uint64_t drawn;
};

struct progress *progress_new(bool wanted)
{
    struct progress *progress = calloc(1, sizeof *progress);
    if (progress == NULL)
        return NULL;
    progress->wanted = wanted && isatty(STDERR_FILENO);
    progress->started = instant_monotonic();
    return progress;
}

void progress_hide(struct progress *progress)
{
    if (progress == NULL || !progress->shown)
        return;
    (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    progress->shown = false;
    progress->drawn = 0;
}

void progress_free(struct progress *progress)
{
    progress_hide(progress);
    free(progress);
}

static void put_time(uint64_t seconds, char *text, unsigned size)
{
    if (seconds >= 3600)
        (void)snprintf(text, size, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, seconds / 3600, seconds / 60 % 60,
            seconds % 60);
    else
        (void)snprintf(text, size, "%" PRIu64 ":%02" PRIu64, seconds / 60, seconds % 60);
}

void progress_line(
    uint64_t done, uint64_t total, const char *unit, uint64_t elapsed, char *text, unsigned size)
{
    char left[32];
    double seconds = (double)elapsed / (double)SECOND;
    unsigned long long rate = seconds > 0 ? (unsigned long long)((double)done / seconds) : 0;
    const char *what = words_of(unit);
    if (total == 0 || done == 0 || done > total) {
        (void)snprintf(text, size, _("%llu %s, %llu/s"), (unsigned long long)done, what, rate);
        return;
    }
    put_time((uint64_t)(seconds * (double)(total - done) / (double)done + 0.5), left, sizeof left);
    (void)snprintf(text, size, _("%llu of %llu %s (%u%%), %llu/s, %s left"), (unsigned long long)done,
        (unsigned long long)total, what, (unsigned)((double)done * 100.0 / (double)total), rate, left);
}

void progress_show(struct progress *progress, uint64_t done, uint64_t total, const char *unit)
{
    if (progress == NULL || !progress->wanted)
        return;
    uint64_t now = instant_monotonic();
    if (now - progress->started < PATIENCE || now - progress->drawn < REDRAW)
        return;
    char line[160];
    progress_line(done, total, unit, now - progress->started, line, sizeof line);
    (void)fprintf(stderr, "\r%s\033[K", line);
    (void)fflush(stderr);
    progress->drawn = now;
    progress->shown = true;
}

/* The units that operations count in, for the catalogues. */
static const char *const units[] __attribute__((unused)) = {N_("rows"), N_("entries"), N_("bytes"),
    N_("records"), N_("files"), N_("clients"), N_("events"), N_("pages")};
