/* What a vault in use needs beside being sound: a disk that syncs, witnesses that answer, a certificate and a
 * clock that are right, backups, and a machine that lets keys be locked in memory. */
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/access/alerts.h"
#include "vault/access/layout.h"
#include "vault/access/settings.h"
#include "vault/access/witnessed.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/evidence/leaf.h"
#include "vault/log/index.h"
#include "vault/ops/keeping/doctor_private.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define DAY_MS (24 * 60 * MINUTE_MS)
#define SLOW_SYNC_NS UINT64_C(50000000)
#define CLOCK_BEHIND_MAX (5 * MINUTE_MS)
#define WITNESS_SILENT_SECONDS INT64_C(3600)
#define CERTIFICATE_SOON (30 * DAY_MS)
#define LOCKABLE_MIN (UINT64_C(256) << 10)
#define LOCKABLE_SERVER (UINT64_C(8) << 20) /* a page for each key of some hundred sessions */

/* --- The disk under the log --- */

void check_sync(struct call *call, struct finding *finding)
{
    struct log_condition condition;
    uint64_t count = 0;
    log_condition(session_log(call->session), &condition); /* with the event of this very command in it */
    for (unsigned i = 0; i <= HISTOGRAM_STEPS; i++)
        count += atomic_load(&condition.syncs->counts[i]);
    uint64_t mean = count == 0 ? 0 : atomic_load(&condition.syncs->nanoseconds) / count;
    finding_say(finding, "%" PRIu64 ".%" PRIu64 " ms to make an event durable, as the mean of %" PRIu64,
        mean / 1000000, mean / 100000 % 10, count);
    finding_bad(finding, mean > SLOW_SYNC_NS,
        "everything that is shown waits for this: move the vault to a faster disk");
}

/* --- Witnesses --- */

struct lag {
    struct witnesses *witnesses;
    size_t count;
    int64_t first; /* POSIX seconds by the clock of the one that answered longest ago */
    int64_t last;  /* the latest of all */
};

static int note_witness(void *context, const struct witness_row *row)
{
    struct lag *lag = context;
    struct witness_state state;
    (void)row;
    witnesses_state(lag->witnesses, lag->count++, &state);
    lag->first = (int64_t)state.time < lag->first ? (int64_t)state.time : lag->first;
    lag->last = (int64_t)state.time > lag->last ? (int64_t)state.time : lag->last;
    return VAULT_OK;
}

static int look_at_witnesses(struct call *call, struct lag *lag, struct failure *failure)
{
    *lag = (struct lag){.witnesses = session_witnesses(call->session), .first = INT64_MAX};
    return lag->witnesses == NULL ? VAULT_OK : witnessed_each(call->session, note_witness, lag, failure);
}

void check_witnesses(struct call *call, struct finding *finding)
{
    struct lag lag;
    struct failure failure = {0};
    if (finding_failed(finding, look_at_witnesses(call, &lag, &failure), &failure))
        return;
    if (lag.witnesses == NULL) {
        finding_say(finding, "there is none; 'witness add' has somebody else's machine watch the log");
        return;
    }
    uint64_t size = log_size(session_log(call->session));
    uint64_t cosigned = witnesses_size(lag.witnesses);
    int64_t silent = instant_now() / SECOND_MS - lag.first;
    bool never = lag.first <= 0;
    if (never)
        finding_say(finding, "%" PRIu64 " entries are cosigned of %" PRIu64 "; one of %zu has never answered",
            cosigned, size, lag.count);
    else
        finding_say(finding,
            "%" PRIu64 " entries are cosigned of %" PRIu64 "; all of %zu have answered within %" PRId64
            " minutes",
            cosigned, size, lag.count, silent / 60 + 1);
    finding_bad(finding, never || silent > WITNESS_SILENT_SECONDS,
        "'witness list' says which; see that its machine and program run and can be reached from here");
}

/* --- The certificate of a server --- */

void check_certificate(struct call *call, struct finding *finding)
{
    char until[INSTANT_TEXT_SIZE];
    const struct operation_host *host = call->host;
    if (host == NULL || host->certificate_end == 0) {
        finding_say(finding, host == NULL ? "this is no server" : "this server has no HTTPS");
        return;
    }
    int64_t left = host->certificate_end - instant_now();
    instant_format(host->certificate_end, until);
    finding_say(finding, "it ends on %.10s", until);
    finding_bad(
        finding, left < CERTIFICATE_SOON, "put a new one in its place and reload the server (SIGHUP)");
}

/* --- The clock --- */

static int last_time(struct call *call, int64_t *time, struct failure *failure)
{
    *time = log_last_time(session_log(call->session));
    (void)failure;
    return VAULT_OK;
}

void check_clock(struct call *call, struct finding *finding)
{
    struct lag lag;
    struct failure failure = {0};
    int64_t last = 0;
    int64_t now = instant_now();
    int result = last_time(call, &last, &failure);
    if (result == VAULT_OK)
        result = look_at_witnesses(call, &lag, &failure);
    if (finding_failed(finding, result, &failure))
        return;
    const char *remedy = "see that time is synchronised ('timedatectl'), here and at the witness";
    int64_t behind = last - now;
    int64_t witness = lag.witnesses == NULL || lag.last <= 0 ? 0 : lag.last * SECOND_MS - now;
    if (behind > CLOCK_BEHIND_MAX)
        finding_say(finding,
            "the last event was %" PRId64 " seconds in the future: one of the clocks is wrong",
            behind / SECOND_MS);
    else if (witness > CLOCK_BEHIND_MAX)
        finding_say(
            finding, "a witness's clock is %" PRId64 " seconds ahead of this one", witness / SECOND_MS);
    else
        finding_say(finding, lag.witnesses == NULL ? "not before the last event"
                                                   : "not before the last event, nor the witnesses' clocks");
    finding_bad(finding, behind > CLOCK_BEHIND_MAX || witness > CLOCK_BEHIND_MAX, remedy);
}

/* --- Backups --- */

static int note_backup(void *context, uint64_t index, struct bytes leaf)
{
    int64_t *last = context;
    struct bytes result;
    struct bytes member;
    int64_t time = 0;
    (void)index;
    if (canonical_find(leaf, "result", &result) && canonical_find(result, "status", &member) &&
        bytes_equal(canonical_string(member), bytes_of_text("ok")) && canonical_find(leaf, "time", &member) &&
        instant_parse(canonical_string(member), &time))
        *last = time;
    return VAULT_OK;
}

static int birth_of(struct call *call, int64_t *birth, struct failure *failure)
{
    struct buffer text = {0};
    struct leaf leaf;
    int result = log_read(session_log(call->session), 0, &text, failure);
    *birth = result == VAULT_OK && leaf_read(buffer_bytes(&text), &leaf) == NULL ? leaf.time : 0;
    buffer_free(&text);
    return result;
}

void check_backup(struct call *call, struct finding *finding)
{
    char value[SETTING_VALUE_MAX + 1] = "";
    char at[INSTANT_TEXT_SIZE];
    struct failure failure = {0};
    struct session *session = call->session;
    int64_t last = 0;
    int64_t birth = 0;
    struct log_query query = {.event = "vault.backup", .from = INT64_MIN, .to = INT64_MAX};
    int result = setting_value(session_store(session), setting_find(SETTING_BACKUP_AGE), value, &failure);
    if (result == VAULT_OK)
        result = log_index_query(session_log(session), session_store(session),
            session_keys(session)->log_index, &query, note_backup, &last, &failure);
    if (result == VAULT_OK)
        result = birth_of(call, &birth, &failure);
    if (finding_failed(finding, result, &failure))
        return;
    int64_t days = setting_days(value);
    instant_format(last, at);
    if (last == 0)
        finding_say(finding, "none was ever made");
    else
        finding_say(finding, "the last one was made on %.10s", at);
    /* Whoever has just made a vault has time for the first one. */
    int64_t age = instant_now() - (last == 0 ? birth : last);
    finding_bad(finding, days > 0 && age > days * DAY_MS,
        "'backup --out FILE' makes one; setup/OPERATING.md has a timer, backup.max_age is the limit");
}

/* --- The program, its files and its limits --- */

void check_version(struct call *call, struct finding *finding)
{
    (void)call;
    finding_say(finding, "strongroom %s, tables of version %d", VERSION, store_schema_version());
}

void check_permissions(struct call *call, struct finding *finding)
{
    static const char *const names[] = {".", LAYOUT_SLOTS, LAYOUT_STORE, "log"};
    struct stat status;
    finding_say(finding, "nobody else can read the vault's files");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = file_path(session_directory(call->session), names[i]);
        bool there = path != NULL && stat(path, &status) == 0;
        const char *wrong = !there                         ? "cannot be looked at"
                            : (status.st_mode & 0077) != 0 ? "can be read by others"
                            : status.st_uid != geteuid()   ? "belongs to somebody else"
                                                           : NULL;
        if (wrong != NULL) {
            finding_say(finding, "%s: %s", names[i], wrong);
            finding_bad(finding, true, "chmod -R go-rwx, and chown to the user that the vault runs under");
        }
        free(path);
    }
}

void check_memory(struct call *call, struct finding *finding)
{
    struct rlimit limit;
    uint64_t wanted = call->host != NULL ? LOCKABLE_SERVER : LOCKABLE_MIN;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) {
        finding_say(finding, "the limit cannot be told");
        return;
    }
    if (limit.rlim_cur == RLIM_INFINITY) {
        finding_say(finding, "no limit");
        return;
    }
    finding_say(finding, "%" PRIu64 " KiB may be locked (ulimit -l)", (uint64_t)limit.rlim_cur >> 10);
    finding_bad(finding, limit.rlim_cur < wanted,
        call->host != NULL ? "LimitMEMLOCK=256M in the service's unit"
                           : "raise 'memlock' in /etc/security/limits.conf");
}

/* --- Alerts --- */

void check_alerts(struct call *call, struct finding *finding)
{
    struct failure failure = {0};
    json_t *alerts = NULL;
    if (finding_failed(finding,
            alerts_list(call->session, instant_now() - 90 * DAY_MS, INT64_MAX, true, &alerts, &failure),
            &failure))
        return;
    finding_say(finding,
        json_array_size(alerts) == 0 ? "none waits" : "%zu wait for an investigator: 'alert list'",
        json_array_size(alerts));
    json_decref(alerts);
}
