/* After a crash: intents without outcomes.  Also: are store and log of one age? */
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "vault/base/text.h"
#include "vault/access/change.h"
#include "vault/access/common_private.h"
#include "vault/access/retire.h"
#include "vault/access/session_private.h"
#include "vault/access/settle_private.h"
#include "vault/evidence/canonical.h"
#include "vault/log/disclosures.h"
#include "vault/log/index.h"
#include "vault/log/prove.h"
#include "vault/store/setting.h"

#define OPEN_MAX 4096
/* So many entries after the last settled one are scanned at an opening; above, the store is told how far it
 * is. */
#define LAG_MAX 512
#define LAG_BYTES_MAX ((size_t)128 << 10)
#define DISCLOSURE_LAG_MAX 32768
#define DISCLOSURES_AT_ONCE 131072 /* a third of a second */

struct open_intent {
    uint64_t index;
    char event[64];
};

struct scan {
    struct session *session;
    uint64_t left; /* lowest open intent that was left alone, or the log's size */
    struct open_intent *open;
    size_t count;
    size_t bytes;    /* looked at */
    int export_lock; /* -1: exports or backups may be running */
    struct failure *failure;
};

static bool contains(struct bytes leaf, const char *text)
{
    return memmem(leaf.data, leaf.size, text, strlen(text)) != NULL;
}

static int change_is_stored(struct session *session, uint64_t intent, bool *stored, struct failure *failure)
{
    struct statement *statement;
    *stored = false;
    int result = store_query(session->store, QUERY_CHANGE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, (int64_t)intent);
    result = statement_step(statement, stored, failure);
    statement_reset(statement);
    return result;
}

static void close_intent(struct scan *scan, uint64_t intent)
{
    for (size_t i = 0; i < scan->count; i++) {
        if (scan->open[i].index == intent) {
            scan->open[i] = scan->open[--scan->count];
            return;
        }
    }
}

/* Exports and backups take something out and change nothing, so they leave no row behind. */
static bool takes_out(const char *event)
{
    return strcmp(event, "record.export") == 0 || strcmp(event, "vault.backup") == 0 || strcmp(event, "drill.copy") == 0 ||
           strcmp(event, "log.export") == 0;
}

/* An outcome that says "ok" of a change whose rows are not there: somebody put an older store in its place.
 */
static int check_outcome(struct scan *scan, const json_t *leaf, uint64_t intent)
{
    const char *status = json_text(json_object_get(leaf, "result"), "status");
    const char *event = json_text(leaf, "event");
    bool stored = false;
    if (status == NULL || event == NULL || strcmp(status, "ok") != 0 || takes_out(event))
        return VAULT_OK;
    int result = change_is_stored(scan->session, intent, &stored, scan->failure);
    if (result != VAULT_OK || stored)
        return result;
    failure_remedy(scan->failure, "put back the newest database or backup; the log shows what is missing");
    return failure_set(scan->failure, VAULT_EROLLBACK,
        "the database is older than its log: the change of event %llu is missing",
        (unsigned long long)intent);
}

/* Its name alone is needed, and an intent may list thousands of clients. */
static void note_intent(struct scan *scan, uint64_t index, struct bytes leaf)
{
    struct bytes event;
    if (scan->count == OPEN_MAX)
        return;
    struct open_intent *open = &scan->open[scan->count++];
    *open = (struct open_intent){.index = index, .event = "?"};
    if (!canonical_find(leaf, "event", &event))
        return;
    event = canonical_string(event);
    size_t size = event.size < sizeof open->event ? event.size : sizeof open->event - 1;
    memcpy(open->event, event.data, size);
    open->event[size] = '\0';
}

static int look_at(void *context, uint64_t index, struct bytes bytes)
{
    struct scan *scan = context;
    json_t *leaf = NULL;
    scan->bytes += bytes.size;
    bool intent = contains(bytes, "\"phase\":\"intent\"");
    if (!intent && !contains(bytes, "\"phase\":\"outcome\""))
        return VAULT_OK;
    if (intent && contains(bytes, "\"within\":"))
        return VAULT_OK;
    if (intent) {
        note_intent(scan, index, bytes);
        return VAULT_OK;
    }
    int result = json_read(bytes, &leaf, scan->failure);
    if (result != VAULT_OK)
        return result;
    if (json_number(leaf, "intent", -1) >= 0) {
        uint64_t of = (uint64_t)json_number(leaf, "intent", -1);
        close_intent(scan, of);
        result = check_outcome(scan, leaf, of);
    }
    json_decref(leaf);
    return result;
}

/* The intent of the last change that is in the store; -1 without one. */
static int last_change(struct session *session, int64_t *intent, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    *intent = -1;
    int result = store_query(session->store, QUERY_CHANGE_LAST, &statement, failure);
    if (result == VAULT_OK)
        result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row) {
        *intent = column_number(statement, 0);
        statement_reset(statement);
    }
    return result;
}

/* An intent is in the log before its change is in the store: a log that lacks it is an older one. */
static int check_log_age(struct scan *scan, int64_t settled, int64_t *last_known)
{
    struct session *session = scan->session;
    int64_t last;
    int result = last_change(session, &last, scan->failure);
    *last_known = last;
    /* Others may have changed something since the log was looked at. */
    if (result == VAULT_OK && last >= 0 && (uint64_t)last >= log_size(session->log))
        result = log_refresh(session->log, scan->failure);
    uint64_t size = log_size(session->log);
    int64_t known = last + 1 > settled ? last + 1 : settled;
    if (result == VAULT_OK && (uint64_t)known > size) {
        failure_remedy(scan->failure, "put back the newest log or backup");
        result = failure_set(scan->failure, VAULT_EROLLBACK,
            "the log is older than its database: it has %llu entries, the database knows of %lld",
            (unsigned long long)size, (long long)known);
    }
    return result;
}

static int scan_log(struct scan *scan)
{
    struct session *session = scan->session;
    int64_t from = 0;
    int64_t last = -1;
    scan->count = scan->bytes = 0;
    int result = store_setting_get(session->store, SETTING_SETTLED, 0, &from, scan->failure);
    if (result == VAULT_OK)
        result = check_log_age(scan, from, &last);
    if (result != VAULT_OK)
        return result;
    uint64_t size = log_size(session->log);
    uint64_t settled = session->common != NULL ? common_settled(session->common, last) : 0;
    if (settled < (uint64_t)from)
        settled = (uint64_t)from;
    result = log_each(session->log, settled, size, look_at, scan, scan->failure);
    /* The next session of this process need not look at the same entries; the last change is the one of now,
     * since others may have changed something since it was read. */
    if (result == VAULT_OK && scan->count == 0 && session->common != NULL &&
        last_change(session, &last, NULL) == VAULT_OK)
        common_settle(session->common, last, size);
    return result;
}

/* Exports and backups run beside changes, each under a shared lock of its own, and what nobody holds was
 * interrupted, unless it has ended since the log was looked at.  So that is done again while none can run. */
static int keep_exports_out(struct scan *scan)
{
    bool out = false;
    for (size_t i = 0; i < scan->count; i++)
        out = out || takes_out(scan->open[i].event);
    scan->export_lock = out ? export_lock(scan->session, LOCK_EX | LOCK_NB) : -1;
    if (scan->export_lock < 0)
        return VAULT_OK;
    int result = log_refresh(scan->session->log, scan->failure);
    return result == VAULT_OK ? scan_log(scan) : result;
}

/* Data committed: the change was done, and only its outcome is missing.  Data not committed: it never was. */
static int give_outcome(struct scan *scan, const struct open_intent *open)
{
    struct session *session = scan->session;
    uint64_t first;
    bool stored;
    bool out = takes_out(open->event);
    if (out && scan->export_lock < 0) {
        scan->left = open->index < scan->left ? open->index : scan->left;
        return VAULT_OK;
    }
    int result = change_is_stored(session, open->index, &stored, scan->failure);
    if (result != VAULT_OK)
        return result;
    /* If the slot cannot be taken out now, doctor says so. */
    if (stored && strcmp(open->event, "user.disable") == 0)
        (void)!slots_retire(session, NULL);
    json_t *members = json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:s,s:I,s:{s:s,s:b}}", "actor", "id", "vault",
        "type", "system", "decision", "effect", "permit", "policies", "resources", "phase", "outcome",
        "intent", (json_int_t)open->index, "result", "status",
        out      ? "interrupted"
        : stored ? "ok"
                 : "undone",
        "recovered", 1);
    struct log_event event = {.name = open->event, .members = members};
    result = members == NULL ? VAULT_ENOMEM : log_append(session->log, &event, 1, &first, scan->failure);
    json_decref(members);
    return result;
}

static int settle(struct session *session, bool locked, struct failure *failure)
{
    struct scan scan = {.session = session, .export_lock = -1, .failure = failure};
    scan.open = calloc(OPEN_MAX, sizeof *scan.open);
    if (scan.open == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    int result = log_refresh(session->log, failure);
    session->unsettled = UINT64_MAX;
    if (result == VAULT_OK)
        result = scan_log(&scan);
    if (result == VAULT_OK && scan.count > 0 && (locked || change_lock(session, false, NULL) == VAULT_OK)) {
        /* Whoever was at it may just have finished. */
        if (!locked) {
            result = log_refresh(session->log, failure);
            if (result == VAULT_OK)
                result = scan_log(&scan);
        }
        if (result == VAULT_OK)
            result = keep_exports_out(&scan);
        scan.left = log_size(session->log);
        for (size_t i = 0; i < scan.count && result == VAULT_OK; i++)
            result = give_outcome(&scan, &scan.open[i]);
        session->unsettled = scan.left;
        if (scan.export_lock >= 0)
            (void)close(scan.export_lock);
        if (!locked)
            change_unlock(session);
    }
    session->lag = scan.bytes;
    free(scan.open);
    return result;
}

int change_open(struct session *session, uint64_t *count, struct failure *failure)
{
    struct scan scan = {.session = session, .export_lock = -1, .failure = failure};
    *count = 0;
    scan.open = calloc(OPEN_MAX, sizeof *scan.open);
    int result = scan.open == NULL ? VAULT_ENOMEM : log_refresh(session->log, failure);
    if (result == VAULT_OK)
        result = scan_log(&scan);
    if (result == VAULT_OK)
        *count = scan.count;
    free(scan.open);
    return result;
}

int settle_locked(struct session *session, struct failure *failure)
{
    return settle(session, true, failure);
}

/* Blocks of the index of disclosures are written again when something is added, so many entries are added at
 * once; who asks meanwhile reads the rest from the log. */
static int update_disclosures(struct session *session)
{
    struct disclosure_source source = {
        session->log, session->store, &session->vault, session->keys.log_index};
    uint64_t lag = 0;
    int result = disclosure_index_lag(&source, &lag, NULL);
    return result == VAULT_OK && lag >= DISCLOSURE_LAG_MAX
               ? disclosure_index_update(&source, DISCLOSURES_AT_ONCE, &lag, NULL)
               : VAULT_OK;
}

/* Caches that lag far behind make every opening slow; best effort, since somebody else may be writing. */
static void catch_up(struct session *session)
{
    int64_t settled = 0;
    if (store_setting_get(session->store, SETTING_SETTLED, 0, &settled, NULL) != VAULT_OK ||
        (log_size(session->log) - (uint64_t)settled < LAG_MAX && session->lag < LAG_BYTES_MAX) ||
        change_lock(session, false, NULL) != VAULT_OK)
        return;
    uint64_t size = log_size(session->log);
    if (settle_locked(session, NULL) == VAULT_OK && session->unsettled == UINT64_MAX &&
        store_begin(session->store, NULL) == VAULT_OK) {
        if (log_index_update(session->log, session->store, session->keys.log_index, NULL) == VAULT_OK &&
            update_disclosures(session) == VAULT_OK &&
            store_setting_put(session->store, SETTING_SETTLED, (int64_t)size, NULL) == VAULT_OK)
            (void)!store_commit(session->store, NULL);
        else
            store_rollback(session->store);
    }
    change_unlock(session);
}

int settle_changes(struct session *session, struct failure *failure)
{
    int result = settle(session, false, failure);
    if (result == VAULT_OK)
        catch_up(session);
    return result;
}
