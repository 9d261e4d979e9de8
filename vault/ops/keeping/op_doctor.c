/* Is the vault sound, and is this machine fit to run it?  One row a check; all are made, whatever the first
 * ones say. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "vault/access/approvals.h"
#include "vault/access/breakglass.h"
#include "vault/access/keepers.h"
#include "vault/access/layout.h"
#include "vault/access/pending.h"
#include "vault/access/retire.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/keys/slots.h"
#include "vault/log/index.h"
#include "vault/evidence/leaf.h"
#include "vault/evidence/note.h"
#include "vault/log/disclosures.h"
#include "vault/log/remember.h"
#include "vault/base/text.h"
#include "vault/ops/keeping/doctor_private.h"
#include "vault/ops/records/source_private.h"

#define FREE_MIN (UINT64_C(64) << 20)
#define LOG_ROOM (UINT64_C(1) << 20)
#define INDEX_LAG_MAX UINT64_C(100000)

void finding_say(struct finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(finding->detail, sizeof finding->detail, format, arguments);
    va_end(arguments);
}

void finding_bad(struct finding *finding, bool bad, const char *remedy)
{
    if (!bad)
        return;
    finding->bad = true;
    text_copy(finding->remedy, sizeof finding->remedy, remedy);
}

bool finding_failed(struct finding *finding, int error, const struct failure *failure)
{
    if (error == VAULT_OK)
        return false;
    finding->damage = error == VAULT_EFORGED || error == VAULT_EDAMAGED || error == VAULT_EROLLBACK;
    finding_say(finding, "%s", failure->text[0] != '\0' ? failure->text : vault_error_text(error));
    finding_bad(finding, true,
        failure->remedy[0] != '\0' ? failure->remedy
        : finding->damage           ? "keep a copy of the vault as it is, run 'log verify', then restore a backup"
                                    : "run it again; if it stays, see the message");
    return true;
}

/* --- The vault --- */

static void check_slots(struct call *call, struct finding *finding)
{
    struct slots *slots = NULL;
    struct failure failure = {0};
    char *path = file_path(session_directory(call->session), LAYOUT_SLOTS);
    /* Loading refuses a cost below the floor. */
    int result = path == NULL ? VAULT_ENOMEM : slots_load(path, &slots, &failure);
    if (!finding_failed(finding, result, &failure)) {
        struct passphrase_cost cost = slots_cost(slots, session_user(call->session));
        finding->bad = finding->damage = !slots_has(slots, session_user(call->session));
        finding_say(finding, "%s: %u MiB, %u passes, %u lanes", session_user(call->session), cost.memory / 1024,
            cost.passes, cost.lanes);
    }
    size_t left = 0;
    if (!finding->bad && !finding_failed(finding, slots_left(call->session, &left, &failure), &failure) && left > 0) {
        finding_say(finding, "%zu disabled users still have a key slot", left);
        finding_bad(finding, true, "'user disable' them again");
    }
    slots_free(slots);
    free(path);
}

static void check_engine(struct call *call, struct finding *finding)
{
    struct buffer version = {0};
    struct failure failure = {0};
    (void)call;
    if (!finding_failed(finding, store_engine(&version, &failure), &failure))
        finding_say(finding, "SQLCipher %s", buffer_text(&version));
    buffer_free(&version);
}

static int64_t count_of(struct call *call, enum query query)
{
    struct statement *statement;
    bool row = false;
    int64_t count = -1;
    if (store_query(session_store(call->session), query, &statement, NULL) == VAULT_OK &&
        statement_step(statement, &row, NULL) == VAULT_OK && row) {
        count = column_number(statement, 0);
        statement_reset(statement);
    }
    return count;
}

static void check_store(struct call *call, struct finding *finding)
{
    struct failure failure = {0};
    if (!finding_failed(finding, store_check(session_store(call->session), &failure), &failure))
        finding_say(finding, "every page is authentic; %" PRId64 " clients, %" PRId64 " records",
            count_of(call, QUERY_CLIENT_COUNT), count_of(call, QUERY_RECORD_COUNT_ALL));
}

static void check_sources(struct call *call, struct finding *finding)
{
    struct failure failure = {0};
    int64_t count = 0;
    if (!finding_failed(finding, source_check(call, &count, &failure), &failure))
        finding_say(finding, "the names of %" PRId64 " imported files are as they were written", count);
}

/* The last checkpoint is signed, and is that of the entries. */
static int check_head(
    struct call *call, struct checkpoint *head, struct buffer *note, struct failure *failure)
{
    struct log *log = session_log(call->session);
    struct note_key key;
    struct hash root;
    int result = log_refresh(log, failure);
    if (result == VAULT_OK)
        result = log_checkpoint(log, note, failure);
    if (result == VAULT_OK)
        result = note_key_make(session_origin(call->session), NOTE_ED25519,
            sign_key_public(session_keys(call->session)->sign), &key);
    if (result == VAULT_OK)
        result = checkpoint_open(buffer_bytes(note), &key, head);
    if (result == VAULT_OK)
        result = log_root(log, head->size, &root, failure);
    if (result == VAULT_OK && !bytes_equal(hash_bytes(&root), hash_bytes(&head->root)))
        result = failure_set(failure, VAULT_EDAMAGED, "the last checkpoint is not that of the entries");
    return result == VAULT_EINPUT ? VAULT_EDAMAGED : result;
}

static void check_log(struct call *call, struct finding *finding)
{
    struct checkpoint head = {0};
    struct buffer note = {0};
    struct buffer leaf = {0};
    struct failure failure = {0};
    int result = check_head(call, &head, &note, &failure);
    if (result == VAULT_OK && head.size > 0)
        result = log_read(session_log(call->session), head.size - 1, &leaf, &failure);
    if (!finding_failed(finding, result, &failure))
        finding_say(finding, "%" PRIu64 " entries under a signed checkpoint; 'log verify' reads them all", head.size);
    buffer_free(&note);
    buffer_free(&leaf);
}

static void check_remembered(struct call *call, struct finding *finding)
{
    const char *known = session_known(call->session);
    struct failure failure = {0};
    uint64_t size = 0;
    if (known == NULL) {
        finding_say(finding, "this machine was told to remember nothing");
        return;
    }
    int result = remember_check(session_log(call->session), known, &failure);
    if (result == VAULT_OK)
        result = remember_size(session_log(call->session), known, &size, &failure);
    if (finding_failed(finding, result, &failure))
        return;
    if (size == 0)
        finding_say(finding, "this machine sees the log for the first time");
    else
        finding_say(finding, "the log goes on from the checkpoint of %" PRIu64 " entries seen here", size);
}

static void check_index(struct call *call, struct finding *finding)
{
    struct failure failure = {0};
    uint64_t lag = 0;
    if (finding_failed(finding,
            log_index_lag(session_log(call->session), session_store(call->session), &lag, &failure),
            &failure))
        return;
    finding_bad(finding, lag > INDEX_LAG_MAX, "it is caught up with by the next 'log replay' or 'log verify'");
    finding_say(finding, "%" PRIu64 " entries are not indexed yet", lag);
}

static void check_disclosures(struct call *call, struct finding *finding)
{
    struct disclosure_source source = {session_log(call->session), session_store(call->session),
        session_vault(call->session), session_keys(call->session)->log_index};
    struct failure failure = {0};
    uint64_t lag = 0;
    if (finding_failed(finding, disclosure_index_lag(&source, &lag, &failure), &failure))
        return;
    finding_bad(finding, lag > INDEX_LAG_MAX, "it is caught up with by the next 'log replay' or 'log verify'");
    finding_say(finding, "%" PRIu64 " entries are not in the index of disclosures yet", lag);
}

/* --- What is under way, and what waits --- */

static void check_intents(struct call *call, struct finding *finding)
{
    struct failure failure = {0};
    uint64_t count = 0;
    if (!finding_failed(finding, change_open(call->session, &count, &failure), &failure))
        finding_say(finding,
            count == 0 ? "nothing was left unfinished" : "%" PRIu64 " changes or exports are under way",
            count);
}

static int count_pending_grants(struct call *call, int64_t *count, struct failure *failure)
{
    struct statement *grants = NULL;
    bool row = true;
    bool holds = false;
    *count = 0;
    int result = statement_own(session_store(call->session), QUERY_GRANT_LIST, &grants, failure);
    while (result == VAULT_OK && (result = statement_step(grants, &row, failure)) == VAULT_OK && row) {
        int64_t until = column_number(grants, 2);
        if (until != 0 && until <= instant_now())
            continue;
        result = member_holds_role(call, column_text(grants, 0), column_text(grants, 1), &holds);
        *count += !holds;
    }
    statement_free(grants);
    return result;
}

static void check_keys(struct call *call, struct finding *finding)
{
    struct failure failure = {0};
    struct pending_counts counts;
    int64_t grants = 0;
    int result = pending_count(call->session, &counts, &failure);
    if (result == VAULT_OK)
        result = count_pending_grants(call, &grants, &failure);
    if (finding_failed(finding, result, &failure))
        return;
    if (grants == 0 && counts.roles == 0 && counts.portfolios == 0 && !counts.reach)
        finding_say(finding, "nothing waits for anybody's keys");
    else
        finding_say(finding,
            "waiting for a member to be in session: %" PRId64 " grants, %" PRId64 " new role epochs, %" PRId64
            " portfolios to re-wrap%s",
            grants, counts.roles, counts.portfolios, counts.reach ? ", a role's reach" : "");
}

/* Can each quorum still give its role?  A role that it cannot is for its members, or for the recovery sheet. */
static void check_keepers(struct call *call, struct finding *finding)
{
    struct failure failure = {0};
    struct statement *roles = NULL;
    int64_t count = 0;
    bool row = true;
    int result = statement_own(session_store(call->session), QUERY_ROLE_LIST, &roles, &failure);
    while (result == VAULT_OK && (result = statement_step(roles, &row, &failure)) == VAULT_OK && row) {
        struct keepers_state state;
        result = keepers_state(call->session, column_text(roles, 0), &state, &failure);
        count += state.needed != 0;
        if (result == VAULT_OK && state.holders < state.needed && !finding->bad) {
            finding_bad(finding, true, "'role show' says who holds a share");
            finding_say(finding, "role '%s' needs %u keepers, and %u admins hold a share; %s", column_text(roles, 0), state.needed,
                state.holders,
                state.admins < state.needed ? "grant the role admin to more people"
                                            : "a member's next session gives new ones, or the recovery sheet opens it");
        }
    }
    statement_free(roles);
    if (!finding_failed(finding, result, &failure) && !finding->bad)
        finding_say(finding, "%" PRId64 " roles are kept by a quorum", count);
}

/* --- This machine --- */

static void check_disk(struct call *call, struct finding *finding)
{
    struct statvfs system;
    struct failure failure = {0};
    if (finding_failed(finding, log_reserve(session_log(call->session), LOG_ROOM, &failure), &failure))
        return;
    if (statvfs(session_directory(call->session), &system) != 0) {
        finding_say(finding, "the free space cannot be told");
        return;
    }
    uint64_t room = (uint64_t)system.f_bavail * system.f_frsize;
    finding_say(finding, "%" PRIu64 " MiB are free", room >> 20);
    finding_bad(finding, room < FREE_MIN, "make room: when the disk is full nothing is disclosed any more");
}

static void check_dumps(struct call *call, struct finding *finding)
{
    struct rlimit limit = {0, 0};
    (void)call;
    bool off = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ||
               (getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0);
    finding_bad(finding, !off, "LimitCORE=0 in the service's unit, or 'ulimit -c 0'");
    finding_say(finding, off ? "a crash leaves no keys on the disk" : "a crash would write keys to the disk");
}

/* Broken glass and access reviews that nobody has looked at in time. */
static void check_reviews(struct call *call, struct finding *finding)
{
    struct failure failure = {0};
    struct statement *statement = NULL;
    int64_t now = session_log_time(call->session);
    int64_t open = 0;
    int64_t late = 0;
    int64_t soon = 0;
    for (int i = 0; i < 2; i++) {
        bool row = true;
        int result = statement_own(
            session_store(call->session), i == 0 ? QUERY_BREAKGLASS_LIST : QUERY_REVIEW_ITEMS_OPEN, &statement, &failure);
        while (result == VAULT_OK && (result = statement_step(statement, &row, &failure)) == VAULT_OK && row) {
            int64_t due = column_number(statement, i == 0 ? 6 : 3);
            bool counts = i == 1 || column_text(statement, 7)[0] == '\0';
            open += counts;
            late += counts && due <= now;
            soon += counts && due > now && due <= now + 14 * DAY_LENGTH;
        }
        statement_free(statement);
        if (finding_failed(finding, result, &failure))
            return;
    }
    finding_bad(finding, late > 0, "'break-glass list' and 'review list' show them");
    finding_say(finding, "%" PRId64 " broken glasses and grants wait for a review; %" PRId64 " are late, %" PRId64 " are due within 14 days", open,
        late, soon);
}

/* What people let lapse does harm before anybody is denied. */
static void check_registers(struct call *call, struct finding *finding)
{
    struct failure failure = {0};
    struct register_lapses lapses;
    int result =
        registers_soon(session_store(call->session), NULL, session_log_time(call->session), &lapses, &failure);
    if (finding_failed(finding, result, &failure))
        return;
    finding_bad(finding, lapses.over > 0, "'register due' shows them");
    finding_say(finding, "%zu entries of the registers have lapsed, %zu lapse within %d days", lapses.over, lapses.soon,
        REGISTER_WARN_DAYS);
}

/* --- Together --- */

struct check {
    const char *name;
    void (*run)(struct call *call, struct finding *finding);
};

static const struct check checks[] = {
    {"slots", check_slots},
    {"engine", check_engine},
    {"store", check_store},
    {"sources", check_sources},
    {"log", check_log},
    {"remembered", check_remembered},
    {"index", check_index},
    {"disclosures", check_disclosures},
    {"unfinished", check_intents},
    {"waiting", check_keys},
    {"keepers", check_keepers},
    {"reviews", check_reviews},
    {"registers", check_registers},
    {"alerts", check_alerts},
    {"backup", check_backup},
    {"witnesses", check_witnesses},
    {"disk", check_disk},
    {"sync", check_sync},
    {"permissions", check_permissions},
    {"memory", check_memory},
    {"core-dumps", check_dumps},
    {"clock", check_clock},
    {"certificate", check_certificate},
    {"version", check_version},
};
#define CHECKS (sizeof checks / sizeof checks[0])

/* A detail may name a file, and a file's name need not be UTF-8. */
static json_t *row_of(const char *check, const struct finding *finding)
{
    json_t *detail = json_string(finding->detail);
    if (detail == NULL)
        detail = json_string("a file whose name is not UTF-8");
    return json_pack("{s:s,s:b,s:o,s:s*}", "check", check, "ok", !finding->bad, "detail", detail, "remedy",
        finding->bad && finding->remedy[0] != '\0' ? finding->remedy : NULL);
}

int op_vault_doctor(struct call *call)
{
    struct access_request request = {.action = "vault.doctor"};
    unsigned damages = 0;
    int result = call_allow(call, &request, NULL, NULL);
    for (size_t i = 0; i < CHECKS && result == VAULT_OK; i++) {
        struct finding finding = {0};
        reply_progress(call, i, CHECKS, "checks");
        checks[i].run(call, &finding);
        damages += finding.damage;
        result = reply_row(call, row_of(checks[i].name, &finding));
    }
    if (result == VAULT_OK && damages > 0)
        result = failure_set(call->failure, VAULT_EDAMAGED, "%u checks found damage", damages);
    return result;
}
