/* Sessions lent for one operation each, and the watch over logins that must end. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/alerts.h"
#include "vault/access/attempts.h"
#include "vault/access/session_parts.h"
#include "vault/access/witnessed.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/ops/ops.h"
#include "vault/server/logins_private.h"
#include "vault/store/store.h"

#define SECOND UINT64_C(1000000000)

struct session *lease_session(struct lease *lease)
{
    return lease->session;
}

const char *lease_id(const struct lease *lease)
{
    return session_ticket_id(lease->login->ticket);
}

bool lease_ended(struct lease *lease)
{
    return atomic_load(&lease->login->ended);
}

/* --- Lending --- */

struct lease *lease_evict(struct logins *logins)
{
    struct lease **oldest = NULL;
    for (struct login *login = logins->first; login != NULL; login = login->next) {
        for (struct lease **place = &login->idle; *place != NULL; place = &(*place)->next) {
            if (oldest == NULL || (*place)->used < (*oldest)->used)
                oldest = place;
        }
    }
    if (oldest == NULL)
        return NULL;
    struct lease *lease = *oldest;
    *oldest = lease->next;
    lease->next = NULL;
    lease->login->open--;
    logins->open--;
    return lease;
}

struct lease *leases_take_unused(struct logins *logins)
{
    struct lease *taken = NULL;
    struct lease *one;
    while ((logins->open > logins->options.sessions_max ||
               logins->open - logins->lent > logins->options.sessions_kept) &&
           (one = lease_evict(logins)) != NULL) {
        one->next = taken;
        taken = one;
    }
    return taken;
}

void leases_close(struct lease *leases)
{
    while (leases != NULL) {
        struct lease *one = leases;
        leases = one->next;
        session_free(one->session);
        free(one);
    }
}

/* Under the lock: an idle session of the login, or the right to open one more. */
static int reserve(struct logins *logins, struct login *login, struct lease **lease, struct lease **evicted)
{
    *lease = login->idle;
    if (*lease != NULL) {
        login->idle = (*lease)->next;
        login->lent++;
        logins->lent++;
        return VAULT_OK;
    }
    if (login->open >= SESSIONS_OF_ONE)
        return VAULT_EBUSY;
    if (logins->open >= logins->options.sessions_max && (*evicted = lease_evict(logins)) == NULL)
        return VAULT_EBUSY;
    logins->open++;
    login->open++;
    login->lent++;
    logins->lent++;
    return VAULT_OK;
}

static int open_again(
    struct logins *logins, struct login *login, struct lease **leasep, struct failure *failure)
{
    struct session_options options = {.directory = logins->directory,
        .known = logins->known,
        .common = logins->common,
        .ticket = login->ticket};
    struct lease *lease = calloc(1, sizeof *lease);
    int result = lease == NULL ? VAULT_ENOMEM : session_open(&options, &lease->session, failure);
    if (result != VAULT_OK) {
        free(lease);
        return result;
    }
    lease->login = login;
    *leasep = lease;
    return VAULT_OK;
}

#define SHARE_MOST 16u /* MiB: for most, all that somebody works on */

/* What a session may keep of the database, in MiB, so that all stay well below the bound: halved as often as
 * it takes, so that it seldom changes.  Of two MiB nobody has less; beyond that the bound itself holds. */
static unsigned share_of_pages(const struct logins *logins)
{
    unsigned share = SHARE_MOST;
    while (share > 2 && share * logins->open > logins->options.cache / 4 * 3)
        share /= 2;
    return share;
}

/* The session, if there is one, goes for good. */
static void drop(struct logins *logins, struct login *login, struct lease *lease, bool denied)
{
    struct login *over = NULL;
    if (lease != NULL)
        session_free(lease->session);
    free(lease);
    (void)pthread_mutex_lock(&logins->lock);
    login->lent--;
    login->open--;
    logins->lent--;
    logins->open--;
    if (denied)
        atomic_store(&login->ended, true);
    if (atomic_load(&login->ended))
        over = login_take_out(logins, login);
    (void)pthread_mutex_unlock(&logins->lock);
    login_free(over);
}

int logins_borrow(
    struct logins *logins, struct shown_token token, struct lease **leasep, struct failure *failure)
{
    struct lease *lease = NULL;
    struct lease *evicted = NULL;
    *leasep = NULL;
    (void)pthread_mutex_lock(&logins->lock);
    struct login *login = login_find(logins, token);
    int result = login == NULL ? VAULT_EPASSPHRASE : reserve(logins, login, &lease, &evicted);
    unsigned share = share_of_pages(logins);
    (void)pthread_mutex_unlock(&logins->lock);
    leases_close(evicted);
    if (result == VAULT_EPASSPHRASE)
        return login_unknown(failure);
    if (result != VAULT_OK) {
        failure_remedy(failure, "try again when other work has ended");
        return failure_set(failure, result, "too much is under way at once");
    }
    result =
        lease == NULL ? open_again(logins, login, &lease, failure) : session_refresh(lease->session, failure);
    if (result != VAULT_OK) {
        drop(logins, login, lease, result == VAULT_EDENIED);
        return failure_set(failure, result, "%s", vault_error_text(result));
    }
    store_cache(session_store(lease->session), share);
    *leasep = lease;
    return VAULT_OK;
}

/* @p used: by the person, whose login it keeps alive. */
static void put_back(struct logins *logins, struct lease *lease, bool used)
{
    struct login *login = lease->login;
    if (lease_ended(lease)) {
        drop(logins, login, lease, false);
        return;
    }
    (void)pthread_mutex_lock(&logins->lock);
    if (used)
        lease->used = login->used_at = instant_monotonic();
    lease->next = login->idle;
    login->idle = lease;
    login->lent--;
    logins->lent--;
    struct lease *evicted = leases_take_unused(logins);
    (void)pthread_mutex_unlock(&logins->lock);
    leases_close(evicted);
}

void logins_return(struct logins *logins, struct lease *lease)
{
    put_back(logins, lease, true);
}

/* --- Watching --- */

static bool has_line(struct bytes text, struct bytes line)
{
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        if (bytes_equal(bytes_of(text.data, size), line))
            return true;
        size_t taken = size + (end != NULL);
        text = bytes_of(text.data + taken, text.size - taken);
    }
    return false;
}

/* Is every role of before still there? */
static bool holds_all(struct bytes before, struct bytes now)
{
    while (before.size > 0) {
        const uint8_t *end = memchr(before.data, '\n', before.size);
        size_t size = end == NULL ? before.size : (size_t)(end - before.data);
        if (!has_line(now, bytes_of(before.data, size)))
            return false;
        size_t taken = size + (end != NULL);
        before = bytes_of(before.data + taken, before.size - taken);
    }
    return true;
}

/* Under the lock: who was disabled or lost a role is out; who got one is held to that from now on. */
static void check_standing(struct logins *logins, struct login *login)
{
    bool active = false;
    struct buffer roles = {0};
    if (session_common_standing(logins->common, login->user, &active, &roles, NULL) == VAULT_OK) {
        if (!active || !holds_all(buffer_bytes(&login->roles), buffer_bytes(&roles))) {
            atomic_store(&login->ended, true);
        } else {
            buffer_free(&login->roles);
            login->roles = roles;
            roles = (struct buffer){0}; /* transferred */
        }
    }
    buffer_free(&roles);
}

unsigned long logins_freezes(struct logins *logins)
{
    return atomic_load(&logins->freezes);
}

const char *lease_user(const struct lease *lease)
{
    return lease->login->user;
}

int logins_each_freeze(
    struct logins *logins, int (*each)(void *context, const char *kind, const char *target), void *context)
{
    return session_common_each_freeze(logins->common, each, context, NULL);
}

/* A freeze of all leaves those in who work on no client: they are the ones who look into it. */
static bool is_meant(struct logins *logins, const struct login *login, const struct ending *ending)
{
    bool works = true;
    const char *id = session_ticket_id(login->ticket);
    if (login->size > ending->seq || strcmp(id, ending->asker) == 0)
        return false;
    if (strcmp(ending->kind, "session") == 0)
        return strcmp(id, ending->target) == 0 && strcmp(login->user, ending->user) == 0;
    if (strcmp(ending->kind, FREEZE_USER) == 0)
        return strcmp(login->user, ending->target) == 0;
    if (strcmp(ending->kind, FREEZE_ALL) != 0)
        return false;
    return !ending->freeze || session_common_works(logins->common, login->user, &works, NULL) != VAULT_OK ||
           works;
}

struct meant {
    struct logins *logins;
    struct ending ending;
    char kind[16];
    char target[NAME_SIZE_MAX + 1];
    char user[NAME_SIZE_MAX + 1];
    char asker[ULID_TEXT_SIZE];
    struct meant *next;
};

struct gathering {
    struct meant *first;
};

/* Copied, since the common part is held while it is told. */
static int gather(void *context, const struct ending *ending)
{
    struct gathering *gathering = context;
    struct meant *one = calloc(1, sizeof *one);
    if (one == NULL)
        return VAULT_ENOMEM;
    text_copy(one->kind, sizeof one->kind, ending->kind);
    text_copy(one->target, sizeof one->target, ending->target);
    text_copy(one->user, sizeof one->user, ending->user);
    text_copy(one->asker, sizeof one->asker, ending->asker);
    one->ending = (struct ending){.kind = one->kind,
        .target = one->target,
        .user = one->user,
        .asker = one->asker,
        .freeze = ending->freeze,
        .seq = ending->seq};
    one->next = gathering->first;
    gathering->first = one;
    return VAULT_OK;
}

/* Under the lock: what the log says since we looked last. */
static int end_by_log(struct logins *logins)
{
    struct gathering gathering = {NULL};
    uint64_t seen = logins->endings_seen;
    int result = session_common_endings(logins->common, seen, gather, &gathering, NULL);
    while (gathering.first != NULL) {
        struct meant *one = gathering.first;
        gathering.first = one->next;
        if (result == VAULT_OK && one->ending.seq >= seen)
            seen = one->ending.seq + 1;
        if (result == VAULT_OK && one->ending.freeze)
            atomic_fetch_add(&logins->freezes, 1);
        for (struct login *login = logins->first; result == VAULT_OK && login != NULL; login = login->next) {
            if (is_meant(logins, login, &one->ending))
                atomic_store(&login->ended, true);
        }
        free(one);
    }
    if (result == VAULT_OK)
        logins->endings_seen = seen > logins->endings_seen ? seen : logins->endings_seen;
    return result;
}

/* Under the lock. Unreadable for a moment (somebody restores?): the next round looks again. */
static void check_all_standing(struct logins *logins)
{
    int64_t last = -1;
    if (session_common_changes(logins->common, &last, NULL) != VAULT_OK || last == logins->changes_seen)
        return;
    if (end_by_log(logins) != VAULT_OK)
        return;
    logins_take_rules(logins);
    for (struct login *login = logins->first; login != NULL; login = login->next)
        check_standing(logins, login);
    logins->changes_seen = last;
}

/* Under the lock: what is over goes into @p over, unless something is still lent of it; then that hears of
 * it. */
static void take_out_ended(struct logins *logins, struct login **over)
{
    uint64_t now = instant_monotonic();
    struct login *next = NULL;
    for (struct login *login = logins->first; login != NULL; login = next) {
        next = login->next;
        if (login_is_late(logins, login, now))
            atomic_store(&login->ended, true);
        if (atomic_load(&login->ended) && login_take_out(logins, login) != NULL) {
            login->next = *over;
            *over = login;
        }
    }
}

/* Under the lock: sessions that nobody used for a while. */
static void take_out_unused(struct logins *logins, struct lease **unused)
{
    uint64_t now = instant_monotonic();
    for (struct login *login = logins->first; login != NULL; login = login->next) {
        struct lease **place = &login->idle;
        while (*place != NULL) {
            struct lease *lease = *place;
            if (now - lease->used < SESSION_IDLE_SECONDS * SECOND) {
                place = &lease->next;
                continue;
            }
            *place = lease->next;
            lease->next = *unused;
            *unused = lease;
            login->open--;
            logins->open--;
        }
    }
}

/* Under the lock: an idle session to do by what needs the vault's keys now and then, as if it were lent. */
static struct lease *take_for_chores(struct logins *logins)
{
    for (struct login *login = logins->first; login != NULL; login = login->next) {
        struct lease *lease = login->idle;
        if (lease == NULL)
            continue;
        login->idle = lease->next;
        login->lent++;
        logins->lent++;
        return lease;
    }
    return NULL;
}

#define ALERTS_EVERY \
    15u /* seconds, where one was raised or acknowledged: it reads all of the last ninety days */
#define ALERTS_RENEW 3600u /* seconds in any case: some grow older than that */
#define ALERTS_MS (INT64_C(90) * 24 * 3600 * 1000)
#define LOG_ROOM (UINT64_C(64) << 10)
#define FRESH_SECONDS 300u

static bool count_alerts(struct session *session, uint64_t *count)
{
    json_t *alerts = NULL;
    bool counted =
        alerts_list(session, instant_now() - ALERTS_MS, INT64_MAX, true, &alerts, NULL) == VAULT_OK;
    if (counted)
        *count = json_array_size(alerts);
    json_decref(alerts);
    return counted;
}

/* What monitoring asks for, looked at here so that asking costs nothing. */
static void look_at_log(struct logins *logins)
{
    struct log *log = logins_log(logins);
    int error = log == NULL ? VAULT_OK : log_reserve(log, LOG_ROOM, NULL);
    (void)pthread_mutex_lock(&logins->lock);
    logins->seen.log_error = error;
    (void)pthread_mutex_unlock(&logins->lock);
}

static void look(struct logins *logins, struct session *session)
{
    struct witnesses *witnesses = session_witnesses(session);
    (void)pthread_mutex_lock(&logins->lock);
    struct logins_state seen = logins->seen;
    uint64_t counted = logins->alerts_counted;
    unsigned changes = alerts_changes(session);
    uint64_t every = changes == logins->alerts_changes ? ALERTS_RENEW : ALERTS_EVERY;
    (void)pthread_mutex_unlock(&logins->lock);
    uint64_t now = instant_monotonic();
    bool count =
        (counted == 0 || now - counted >= every * SECOND) && count_alerts(session, &seen.alerts_open);
    uint64_t size = log_size(session_log(session));
    uint64_t cosigned = witnesses == NULL ? size : witnesses_size(witnesses);
    seen.looked = true;
    seen.witnessed = witnesses != NULL;
    seen.witness_lag = size > cosigned ? size - cosigned : 0;
    seen.witness_fresh = witnesses != NULL && witnesses_fresh(witnesses, FRESH_SECONDS);
    (void)pthread_mutex_lock(&logins->lock);
    logins->seen = seen;
    logins->alerts_counted = count ? now : counted;
    logins->alerts_changes = count ? changes : logins->alerts_changes;
    (void)pthread_mutex_unlock(&logins->lock);
}

#define MANY UINT64_C(8192) /* entries, which the watch still finds in memory */

bool logins_busy(struct logins *logins)
{
    struct log *log = logins_log(logins);
    return log != NULL && log_size(log) >= atomic_load(&logins->chores_size) + MANY;
}

/* Failed logins become events, and witnesses see the log; who does not answer is asked again, and
 * witness.max_lag says for how long that may go on. */
void logins_chores(struct logins *logins)
{
    (void)pthread_mutex_lock(&logins->lock);
    struct lease *lease = take_for_chores(logins);
    (void)pthread_mutex_unlock(&logins->lock);
    struct log *log = logins_log(logins);
    if (log != NULL)
        atomic_store(&logins->chores_size, log_size(log));
    look_at_log(logins);
    if (lease == NULL)
        return;
    struct session *session = lease->session;
    (void)!attempts_log(session, NULL);
    struct witnesses *witnesses = session_witnesses(session);
    if (witnesses != NULL && witnesses_size(witnesses) < log_size(session_log(session)))
        (void)!witnessed_send(session, NULL);
    operation_watch(session);
    look(logins, session);
    put_back(logins, lease, false);
}

void logins_watch(struct logins *logins, void (*ended)(void *context, const char *id), void *context)
{
    if (logins->options.board != NULL)
        atomic_store(&logins->options.board->heartbeat, instant_monotonic());
    struct login *over = NULL;
    struct lease *unused = NULL;
    (void)pthread_mutex_lock(&logins->lock);
    check_all_standing(logins);
    take_out_ended(logins, &over);
    take_out_unused(logins, &unused);
    (void)pthread_mutex_unlock(&logins->lock);
    while (unused != NULL) {
        struct lease *one = unused;
        unused = one->next;
        session_free(one->session);
        free(one);
    }
    while (over != NULL) {
        struct login *login = over;
        over = login->next;
        if (ended != NULL)
            ended(context, session_ticket_id(login->ticket));
        login_free(login);
    }
}
