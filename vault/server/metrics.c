#include "vault/server/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/histogram.h"
#include "vault/log/log.h"
#include "vault/ops/ops.h"
#include "vault/server/processes.h"

#define ERRORS (-VAULT_EINTERNAL + 1)
#define NANOSECONDS 1e9

/* Of one operation. */
struct tally {
    _Atomic uint64_t ends[ERRORS]; /* by error, VAULT_OK first */
    struct histogram times;
};

struct metrics {
    int64_t began; /* POSIX seconds */
    size_t count;  /* of operations; behind them those that are unknown */
    _Atomic uint64_t logins[ERRORS];
    struct tally tallies[];
};

int metrics_new(struct metrics **metrics)
{
    size_t count = 0;
    while (operation_at(count) != NULL)
        count++;
    *metrics = calloc(1, sizeof **metrics + (count + 1) * sizeof(struct tally));
    if (*metrics == NULL)
        return VAULT_ENOMEM;
    (*metrics)->count = count;
    (*metrics)->began = (int64_t)time(NULL);
    return VAULT_OK;
}

void metrics_free(struct metrics *metrics)
{
    free(metrics);
}

/* --- Counting --- */

static size_t place_of(int error)
{
    return error <= 0 && error >= VAULT_EINTERNAL ? (size_t)-error : (size_t)-VAULT_EINTERNAL;
}

static void count_one(_Atomic uint64_t *counter)
{
    (void)atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

void metrics_operation(struct metrics *metrics, const char *operation, int error, uint64_t nanoseconds)
{
    size_t at = 0;
    while (at < metrics->count && strcmp(operation_at(at), operation) != 0)
        at++;
    count_one(&metrics->tallies[at].ends[place_of(error)]);
    histogram_add(&metrics->tallies[at].times, nanoseconds);
}

void metrics_login(struct metrics *metrics, int error)
{
    count_one(&metrics->logins[place_of(error)]);
}

/* --- Writing --- */

static void put_head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_put_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_number(
    struct buffer *out, const char *name, const char *type, const char *help, uint64_t value)
{
    put_head(out, name, type, help);
    buffer_put_format(out, "%s %" PRIu64 "\n", name, value);
}

/* The steps add up, as the format wants it.  @p label: `operation="…",` or nothing. */
static void put_histogram(
    struct buffer *out, const char *name, const char *label, const struct histogram *histogram)
{
    uint64_t sum = 0;
    size_t size = strlen(label);
    int bare = size == 0 ? 0 : (int)size - 1; /* without the comma */
    for (unsigned i = 0; i <= HISTOGRAM_STEPS; i++) {
        sum += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
        buffer_put_format(out, "%s_bucket{%sle=\"%s\"} %" PRIu64 "\n", name, label,
            i == HISTOGRAM_STEPS ? "+Inf" : histogram_bound_text(i), sum);
    }
    const char *open = size == 0 ? "" : "{";
    const char *close = size == 0 ? "" : "}";
    double seconds =
        (double)atomic_load_explicit(&histogram->nanoseconds, memory_order_relaxed) / NANOSECONDS;
    buffer_put_format(out, "%s_sum%s%.*s%s %.9f\n", name, open, bare, label, close, seconds);
    buffer_put_format(out, "%s_count%s%.*s%s %" PRIu64 "\n", name, open, bare, label, close, sum);
}

static const char *name_at(const struct metrics *metrics, size_t i)
{
    return i < metrics->count ? operation_at(i) : "unknown";
}

/* Operations that nobody has asked for have no lines. */
static bool was_asked(const struct tally *tally)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < ERRORS; i++)
        sum += tally->ends[i];
    return sum > 0;
}

static void put_ends(struct buffer *out, const char *name, const char *label, const _Atomic uint64_t *ends)
{
    for (size_t i = 0; i < ERRORS; i++) {
        uint64_t count = ends[i];
        if (count > 0)
            buffer_put_format(out, "%s{%sstatus=\"%s\"} %" PRIu64 "\n", name, label,
                i == 0 ? "ok" : vault_error_name(-(int)i), count);
    }
}

static void put_operations(const struct metrics *metrics, struct buffer *out)
{
    char label[96];
    put_head(out, "strongroom_operations_total", "counter", "Operations that ended, by their name and how.");
    for (size_t i = 0; i <= metrics->count; i++) {
        (void)snprintf(label, sizeof label, "operation=\"%s\",", name_at(metrics, i));
        put_ends(out, "strongroom_operations_total", label, metrics->tallies[i].ends);
    }
    put_head(out, "strongroom_operation_duration_seconds", "histogram",
        "How long operations took, in the keeper.");
    for (size_t i = 0; i <= metrics->count; i++) {
        (void)snprintf(label, sizeof label, "operation=\"%s\",", name_at(metrics, i));
        if (was_asked(&metrics->tallies[i]))
            put_histogram(out, "strongroom_operation_duration_seconds", label, &metrics->tallies[i].times);
    }
    put_head(out, "strongroom_logins_total", "counter",
        "Logins that were tried; status passphrase: refused, limit: in a pause after failures.");
    put_ends(out, "strongroom_logins_total", "", metrics->logins);
}

static void put_log(struct log *log, struct buffer *out)
{
    struct log_condition condition;
    if (log == NULL)
        return;
    log_condition(log, &condition);
    put_number(out, "strongroom_log_entries", "gauge", "Entries of the log.", condition.entries);
    put_number(out, "strongroom_log_bytes", "gauge", "Size of the log.", condition.bytes);
    put_number(out, "strongroom_log_reserved_bytes", "gauge",
        "Room on disk that is reserved for further entries.", condition.reserved);
    put_head(out, "strongroom_log_sync_duration_seconds", "histogram",
        "How long it took to write a group of entries and make it durable.");
    put_histogram(out, "strongroom_log_sync_duration_seconds", "", condition.syncs);
}

static void put_logins(const struct logins_state *state, struct buffer *out)
{
    put_number(out, "strongroom_sealed", "gauge", "1 until somebody has logged in.", !state->opened);
    put_number(out, "strongroom_sessions", "gauge", "People's sessions.", state->logins);
    put_number(out, "strongroom_sessions_open", "gauge", "Sessions with a connection to the store.",
        state->sessions);
    put_number(out, "strongroom_log_writable", "gauge",
        "0 when the log cannot be written, and so nothing is disclosed.", state->log_error == VAULT_OK);
    if (!state->looked)
        return;
    put_number(out, "strongroom_alerts_open", "gauge",
        "Alerts of the last ninety days that nobody has acknowledged.", state->alerts_open);
    if (!state->witnessed)
        return;
    put_number(out, "strongroom_witness_lag_entries", "gauge",
        "Entries that no quorum of witnesses has cosigned.", state->witness_lag);
    put_number(out, "strongroom_witness_fresh", "gauge",
        "1 if a quorum of witnesses has cosigned within five minutes.", state->witness_fresh);
}

static void put_disk(const char *directory, struct buffer *out)
{
    struct statvfs system;
    if (statvfs(directory, &system) == 0)
        put_number(out, "strongroom_disk_free_bytes", "gauge", "Free space where the vault is.",
            (uint64_t)system.f_bavail * system.f_frsize);
}

static void put_processes(struct buffer *out)
{
    struct process_use uses[PROCESSES_MAX];
    size_t count = processes_look(uses);
    put_head(out, "strongroom_process_resident_memory_bytes", "gauge", "Memory in use.");
    for (size_t i = 0; i < count; i++)
        buffer_put_format(out, "strongroom_process_resident_memory_bytes{process=\"%s\"} %" PRIu64 "\n",
            uses[i].name, uses[i].memory);
    put_head(out, "strongroom_process_cpu_seconds_total", "counter", "Time of processors.");
    for (size_t i = 0; i < count; i++)
        buffer_put_format(out, "strongroom_process_cpu_seconds_total{process=\"%s\"} %.2f\n", uses[i].name,
            uses[i].processor);
    put_number(out, "process_open_fds", "gauge", "Open descriptors of the keeper.", processes_descriptors());
    put_number(out, "process_max_fds", "gauge", "How many it may have.", (uint64_t)sysconf(_SC_OPEN_MAX));
}

int metrics_write(struct metrics *metrics, const struct metrics_now *now, struct buffer *out)
{
    put_head(out, "strongroom_build_info", "gauge", "The version that runs.");
    buffer_put_format(out, "strongroom_build_info{version=\"%s\"} 1\n", VERSION);
    put_number(out, "process_start_time_seconds", "gauge", "Start of the server, in seconds since 1970.",
        (uint64_t)metrics->began);
    put_logins(&now->logins, out);
    put_number(out, "strongroom_conversations", "gauge", "Connections that have asked for something.",
        now->conversations);
    put_operations(metrics, out);
    put_log(now->log, out);
    put_disk(now->directory, out);
    put_processes(out);
    if (now->logins.certificate_end != 0)
        put_number(out, "strongroom_certificate_end_seconds", "gauge",
            "When the certificate ends, in seconds since 1970.",
            (uint64_t)(now->logins.certificate_end / 1000));
    return buffer_error(out);
}
