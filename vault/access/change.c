#include "vault/base/text.h"
#include "vault/access/change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "vault/access/authority.h"
#include "vault/access/common_private.h"
#include "vault/access/decide.h"
#include "vault/access/layout.h"
#include "vault/access/repeat_private.h"
#include "vault/access/retire.h"
#include "vault/access/session_private.h"
#include "vault/access/settle_private.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/store/setting.h"

#define LOCK_TRIES 1000 /* of 10 ms */

struct change {
    struct session *session;
    char event[64];
    json_t *actor; /* as in the intent, said again in the outcome */
    uint64_t intent;
    bool authority;
    json_t *result; /* of the outcome, while the change is kept open; NULL */
};

int change_lock(struct session *session, bool wait, struct failure *failure)
{
    if (session->change_lock < 0) {
        char *path = file_path(session->directory, LAYOUT_CHANGE_LOCK);
        if (path != NULL)
            session->change_lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        bool named = path != NULL;
        free(path);
        if (!named)
            return failure_set(failure, VAULT_ENOMEM, "no memory for the lock of changes");
        if (session->change_lock < 0)
            return failure_set(failure, VAULT_EIO, "%s: the lock for changes cannot be opened: %s",
                session->directory, strerror(errno));
    }
    for (int i = 0; i < (wait ? LOCK_TRIES : 1); i++) {
        static const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
        if (flock(session->change_lock, LOCK_EX | LOCK_NB) == 0)
            return VAULT_OK;
        if (wait)
            (void)nanosleep(&pause, NULL);
    }
    failure_remedy(failure, "wait for it to end and try again");
    return failure_set(failure, VAULT_EBUSY, "%s: another change is under way", session->directory);
}

void change_unlock(struct session *session)
{
    if (session->change_lock >= 0)
        (void)flock(session->change_lock, LOCK_UN);
}

int change_hold(struct session *session, struct failure *failure)
{
    int result = change_go_on(session, failure);
    if (result == VAULT_OK)
        result = change_lock(session, true, failure);
    if (result == VAULT_OK && (result = settle_locked(session, failure)) != VAULT_OK)
        change_unlock(session);
    return result;
}

void change_release(struct session *session)
{
    change_unlock(session);
}

int export_lock(struct session *session, int operation)
{
    char *path = file_path(session->directory, LAYOUT_EXPORT_LOCK);
    int lock = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    free(path);
    if (lock >= 0 && flock(lock, operation) != 0) {
        (void)close(lock);
        lock = -1;
    }
    return lock;
}

int export_lock_failed(struct failure *failure)
{
    return failure_set(
        failure, VAULT_EIO, "%s: the lock of exports and backups cannot be had", LAYOUT_EXPORT_LOCK);
}

int event_append(
    struct session *session, const char *event, json_t *members, uint64_t *index, struct failure *failure)
{
    struct log_event one = {.name = event, .members = members, .signer = identity_sign(session->identity)};
    uint64_t first = 0;
    int64_t time = 0;
    int result = members == NULL ? failure_set(failure, VAULT_ENOMEM, "no memory for the event")
                                 : log_append_timed(session->log, &one, 1, &first, &time, failure);
    if (result == VAULT_OK && session->common != NULL)
        common_logged(session->common, first, time, event, members);
    json_decref(members);
    if (result == VAULT_OK)
        session->last_event = first;
    if (index != NULL)
        *index = first;
    return result;
}

static int put_change_row(struct change *change, struct failure *failure)
{
    struct store *store = change->session->store;
    struct statement *statement;
    int result = store_query(store, QUERY_CHANGE_PUT, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, (int64_t)change->intent);
    bind_number(statement, 2, instant_now());
    result = statement_run(statement, failure);
    /* Whoever holds the lock has settled all that came before, but for exports that still run. */
    uint64_t settled =
        change->intent < change->session->unsettled ? change->intent : change->session->unsettled;
    if (result == VAULT_OK)
        result = store_setting_put(store, SETTING_SETTLED, (int64_t)settled, failure);
    return result;
}

static int log_intent(struct change *change, json_t *members, json_t *what, struct failure *failure)
{
    int bad = members == NULL || json_object_set_new(members, "phase", json_string("intent")) != 0;
    if (!bad && what != NULL) {
        /* A policy's text is too long for a leaf, which holds its hash. */
        json_t *shown = json_copy(what);
        (void)json_object_del(shown, "text");
        bad = shown == NULL ||
              json_object_size(shown) + (json_object_get(what, "text") != NULL) != json_object_size(what);
        bad = json_object_set_new(members, "change", shown) != 0 || bad;
    }
    if (bad) {
        json_decref(members);
        return failure_set(failure, VAULT_ENOMEM, "no memory for the event");
    }
    change->actor = json_incref(json_object_get(members, "actor"));
    return event_append(change->session, change->event, members, &change->intent, failure);
}

static int apply(
    struct change *change, const char *event, const json_t *what, uint64_t seq, struct failure *failure)
{
    if (what == NULL)
        return VAULT_OK;
    struct buffer leaf = {0};
    struct bytes text;
    int64_t time = 0;
    change->authority = true;
    /* The moment that the log gave the event, so that replay sees the same one. */
    int result = log_read(change->session->log, seq, &leaf, failure);
    if (result == VAULT_OK && (!canonical_find(buffer_bytes(&leaf), "time", &text) ||
                                  !instant_parse(canonical_string(text), &time)))
        result = VAULT_EDAMAGED;
    if (result == VAULT_OK)
        result =
            authority_apply(change->session->store, event, change->session->user, what, seq, time, failure);
    buffer_free(&leaf);
    return result;
}

/* Authority without saying what: it could not be put together.  Only new clients are told by the notes that
 * follow. */
static bool lacks_what(const char *event, const json_t *what, bool note)
{
    return what == NULL && authority_event(bytes_of_text(event)) &&
           (note || strcmp(event, "client.add") != 0);
}

int change_begin(struct session *session, const char *event, json_t *members, json_t *what,
    struct change **changep, struct failure *failure)
{
    struct change *change = calloc(1, sizeof *change);
    bool intended = false;
    *changep = NULL;
    int result =
        change == NULL || lacks_what(event, what, false) ? VAULT_ENOMEM : change_go_on(session, failure);
    if (result == VAULT_OK)
        result = change_lock(session, true, failure);
    if (result != VAULT_OK) {
        json_decref(members);
        json_decref(what);
        free(change);
        return result;
    }
    change->session = session;
    text_copy(change->event, sizeof change->event, event);
    /* What another process left open is settled before this change builds on it. */
    result = settle_locked(session, failure);
    if (result == VAULT_OK) {
        result = log_intent(change, members, what, failure);
        intended = result == VAULT_OK;
    } else {
        json_decref(members);
    }
    if (result == VAULT_OK)
        result = store_begin(session->store, failure);
    if (result == VAULT_OK)
        result = put_change_row(change, failure);
    if (result == VAULT_OK)
        result = repeat_note(session, event, change->intent, failure);
    if (result == VAULT_OK)
        result = apply(change, event, what, change->intent, failure);
    json_decref(what);
    if (result != VAULT_OK && intended) {
        change_abort(change, result);
    } else if (result != VAULT_OK) {
        change_unlock(session);
        json_decref(change->actor);
        free(change);
    } else {
        *changep = change;
    }
    return result;
}

int change_note(
    struct change *change, const char *event, json_t *members, json_t *what, struct failure *failure)
{
    uint64_t seq = 0;
    int bad = members == NULL || lacks_what(event, what, true) ||
              json_object_set_new(members, "phase", json_string("intent")) != 0 ||
              json_object_set_new(members, "within", json_integer((json_int_t)change->intent)) != 0 ||
              (what != NULL && json_object_set(members, "change", what) != 0);
    int result = VAULT_ENOMEM;
    if (bad)
        json_decref(members);
    else
        result = event_append(change->session, event, members, &seq, failure);
    if (result == VAULT_OK)
        result = apply(change, event, what, seq, failure);
    json_decref(what);
    return result;
}

uint64_t change_intent(const struct change *change)
{
    return change->intent;
}

static int log_outcome(struct change *change, const char *status, json_t *details, struct failure *failure)
{
    json_t *result = details == NULL ? json_object() : details;
    /* An outcome that does not say which one would be taken for none. */
    if (json_object_set_new(result, "status", json_string(status)) != 0) {
        json_decref(result);
        return failure_set(
            failure, VAULT_ENOMEM, "no memory for the outcome's event; the next opening logs it");
    }
    json_t *members = json_pack("{s:O,s:{s:s,s:[]},s:[],s:s,s:I,s:s,s:o}", "actor", change->actor, "decision",
        "effect", "permit", "policies", "resources", "phase", "outcome", "intent", (json_int_t)change->intent,
        "session", change->session->id, "result", result);
    return event_append(change->session, change->event, members, NULL, failure);
}

static void finish(struct change *change)
{
    change_unlock(change->session);
    if (change->authority)
        access_forget(change->session);
    json_decref(change->actor);
    json_decref(change->result);
    free(change);
}

static int commit(struct change *change, json_t *result, struct failure *failure)
{
    int error = memory_error();
    if (error != VAULT_OK)
        (void)failure_set(failure, error, "no memory for the whole of the change");
    else
        error = store_commit(change->session->store, failure);
    if (error != VAULT_OK) {
        json_decref(result);
        change_abort(change, error);
        return error;
    }
    /* Before the outcome, so that what a crash leaves of it is done when that is given. */
    int slots =
        strcmp(change->event, "user.disable") == 0 ? slots_retire(change->session, failure) : VAULT_OK;
    error = log_outcome(change, "ok", result, failure);
    finish(change);
    return error == VAULT_OK ? slots : error;
}

/* What was done is seen by this session already; everybody else sees it with its answer, or not at all. */
int change_commit(struct change *change, json_t *result, struct failure *failure)
{
    struct session *session = change->session;
    if (!repeat_keeps(session, change->intent))
        return commit(change, result, failure);
    session->kept = change;
    change->result = result;
    if (change->authority)
        access_forget(session);
    return VAULT_OK;
}

int change_go_on(struct session *session, struct failure *failure)
{
    struct change *change = session->kept;
    if (change == NULL)
        return VAULT_OK;
    json_t *result = change->result;
    change->result = NULL; /* transferred */
    session->kept = NULL;
    return commit(change, result, failure);
}

void change_give_up(struct session *session, int error)
{
    struct change *change = session->kept;
    session->kept = NULL;
    change_abort(change, error);
}

void change_abort(struct change *change, int error)
{
    if (change == NULL)
        return;
    store_rollback(change->session->store);
    /* Rows, epochs and names that were rolled back come again, with other keys. */
    change->session->undone = true;
    records_forget(change->session->records);
    /* What was lost is not going to be said here, that the change failed is; the caller still has to know. */
    int memory = error == VAULT_OK ? VAULT_OK : memory_error();
    error = memory_excuses(error, NULL);
    if (memory != VAULT_OK)
        memory_reset();
    json_t *details = json_pack("{s:s}", "reason", error == VAULT_OK ? "dry_run" : vault_error_name(error));
    /* If not even this can be logged, the next opening says the same. */
    (void)!log_outcome(change, "undone", details, NULL);
    finish(change);
    if (memory != VAULT_OK)
        memory_failed();
}
