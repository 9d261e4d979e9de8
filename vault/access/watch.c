#include "vault/access/watch.h"

#include <string.h>

#include "vault/access/alerts.h"
#include "vault/access/common_private.h"
#include "vault/access/counters.h"
#include "vault/access/session_private.h"
#include "vault/access/watch_private.h"
#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/evidence/leaf.h"
#include "vault/log/prove.h"
#include "vault/store/setting.h"

/* --- Entry by entry --- */

struct looking {
    struct watch *watch;
    int64_t day_ago;
    json_t *last; /* of each person who was given something */
    struct failure *failure;
};

static bool copy_text(struct bytes text, char *out, size_t size)
{
    if (text.size == 0 || text.size >= size)
        return false;
    memcpy(out, text.data, text.size);
    out[text.size] = '\0';
    return true;
}

bool watch_gives_away(struct bytes event)
{
    static const char *const names[] = {
        "record.read", "record.search", "record.list", "record.export", "record.history"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (bytes_equal(event, bytes_of_text(names[i])))
            return true;
    }
    return false;
}

static bool is_permitted(const struct leaf *leaf)
{
    struct bytes decision;
    struct bytes effect;
    return canonical_find(leaf->text, "decision", &decision) && canonical_find(decision, "effect", &effect) &&
           bytes_equal(canonical_string(effect), bytes_of_text("permit"));
}

/* Whose name was tried and when, of `session.refuse`, which is logged later by somebody else. */
static bool read_attempt(const struct leaf *leaf, struct seen *seen)
{
    struct bytes attempt;
    struct bytes user;
    struct bytes time;
    return canonical_find(leaf->text, "attempt", &attempt) && canonical_find(attempt, "user", &user) &&
           canonical_find(attempt, "time", &time) &&
           copy_text(canonical_string(user), seen->person, sizeof seen->person) &&
           instant_parse(canonical_string(time), &seen->time);
}

/* Something was given away. What lies back for a day is counted, and not told any more. */
static int look_at_given(struct looking *looking, const struct seen *seen)
{
    struct watch *watch = looking->watch;
    bool old = seen->time < looking->day_ago;
    if (seen->records > 0)
        watch_count_day(watch, seen);
    if (old)
        return VAULT_OK;
    if (seen->records > 0)
        (void)json_object_set_new(looking->last, seen->person,
            json_pack("{s:I,s:I}", "index", (json_int_t)seen->index, "time", (json_int_t)seen->time));
    watch_hours(watch, seen);
    return watch_client(watch, seen, looking->failure);
}

bool watch_read(uint64_t index, const struct leaf *leaf, struct seen *seen)
{
    *seen = (struct seen){.index = index, .time = leaf->time};
    if (!watch_gives_away(leaf->event) || !is_permitted(leaf) ||
        !copy_text(leaf->actor_id, seen->person, sizeof seen->person))
        return false;
    if (!copy_text(leaf->subject, seen->client, sizeof seen->client))
        seen->client[0] = '\0';
    seen->records = counters_of_leaf(leaf->text);
    return true;
}

static int look_at_entry(struct looking *looking, uint64_t index, const struct leaf *leaf)
{
    struct seen seen = {.index = index, .time = leaf->time};
    if (bytes_equal(leaf->event, bytes_of_text("session.refuse"))) {
        if (leaf->time >= looking->day_ago && read_attempt(leaf, &seen))
            watch_refusal(looking->watch, &seen);
        return VAULT_OK;
    }
    return watch_read(index, leaf, &seen) ? look_at_given(looking, &seen) : VAULT_OK;
}

static int look_at_leaf(void *context, uint64_t index, struct bytes text)
{
    struct looking *looking = context;
    struct leaf leaf;
    if (leaf_read(text, &leaf) != NULL)
        return failure_set(
            looking->failure, VAULT_EDAMAGED, "entry %llu of the log is damaged", (unsigned long long)index);
    if (looking->watch->session->common != NULL)
        common_heard(looking->watch->session->common, leaf.event);
    return look_at_entry(looking, index, &leaf);
}

/* Entries that are no longer, or never were, among the fresh ones are read from the log, as many as follow
 * each other. */
static int look_at_all(struct looking *looking, uint64_t from, uint64_t until)
{
    struct session *session = looking->watch->session;
    struct fresh *fresh = session->common == NULL ? NULL : common_fresh(session->common);
    struct seen seen;
    bool gives = false;
    int result = VAULT_OK;
    while (from < until && result == VAULT_OK) {
        uint64_t end = from;
        bool found;
        while (!(found = fresh_find(fresh, end, &seen, &gives)) && ++end < until)
            ;
        if (end > from)
            result = log_each(session->log, from, end, look_at_leaf, looking, looking->failure);
        if (result == VAULT_OK && found && gives)
            result = look_at_given(looking, &seen);
        from = found ? end + 1 : end;
    }
    return result;
}

static int look(struct watch *watch, uint64_t from, uint64_t until, struct failure *failure)
{
    struct looking looking = {watch, instant_now() - DAY_MS, json_object(), failure};
    int result = looking.last == NULL ? VAULT_ENOMEM : look_at_all(&looking, from, until);
    if (result == VAULT_OK)
        watch_volumes(watch, looking.last);
    json_decref(looking.last);
    return result;
}

static int raise_all(struct watch *watch, json_t *raised, struct failure *failure)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(watch->due) && result == VAULT_OK; i++) {
        const json_t *due = json_array_get(watch->due, i);
        json_t *one = NULL;
        struct alert alert = {.person = json_text(due, "person"),
            .kind = json_text(due, "kind"),
            .severity = json_text(due, "severity"),
            .how = json_text(due, "how"),
            .about = json_text(due, "about"),
            .cause = (uint64_t)json_number(due, "cause", 0)};
        result = alerts_raise(watch->session, &alert, &one, failure);
        if (one != NULL)
            (void)json_array_append_new(raised, one);
    }
    return result;
}

/* --- The whole --- */

/* The first time: the days of which the volume is compared.  Found anew until something is kept, which moves
 * it a little. */
static int position(struct session *session, uint64_t *next, bool *begun, struct failure *failure)
{
    int64_t stored = -1;
    int result = store_setting_get(session->store, POSITION, -1, &stored, failure);
    *begun = stored >= 0;
    if (result == VAULT_OK && stored < 0) {
        int64_t day = instant_now() / DAY_MS - (UNUSUAL_DAYS + 1);
        return log_find_time(session->log, day * DAY_MS, next, failure);
    }
    *next = (uint64_t)stored;
    return result;
}

static struct watched *kept_by(struct session *session)
{
    if (session->common != NULL)
        return common_watched(session->common);
    if (session->watched == NULL)
        session->watched = watched_new(); /* without memory for it, each run is stored */
    return session->watched;
}

int watch_lag(struct session *session, uint64_t *entries, struct failure *failure)
{
    struct watch watch = {.session = session, .kept = kept_by(session)};
    uint64_t size = log_size(session->log);
    int64_t stored = -1;
    int result = store_setting_get(session->store, POSITION, -1, &stored, failure);
    watch.begun = stored >= 0;
    watch.stored = stored < 0 ? 0 : (uint64_t)stored;
    watched_lock(watch.kept);
    uint64_t next = watch_next(&watch);
    watched_unlock(watch.kept);
    *entries = size > next ? size - next : 0;
    return result;
}

/* What was found is told and kept, unless another process has looked at the same meanwhile. */
static int finish(struct watch *watch, uint64_t until, json_t *raised, struct failure *failure)
{
    struct session *session = watch->session;
    uint64_t next = 0;
    bool begun;
    if (watch_may_wait(watch)) {
        watch_keep(watch, until, watch->stored);
        return VAULT_OK;
    }
    int result = store_begin(session->store, failure);
    if (result != VAULT_OK)
        return result;
    result = position(session, &next, &begun, failure);
    if (result == VAULT_OK && next != watch->stored)
        result = VAULT_EBUSY;
    if (result == VAULT_OK)
        result = raise_all(watch, raised, failure);
    if (result == VAULT_OK)
        result = watch_save(watch, until, failure);
    if (result == VAULT_OK)
        result = store_commit(session->store, failure);
    store_rollback(session->store);
    if (result == VAULT_OK)
        watch_keep(watch, until, until);
    return result;
}

static int run(struct watch *watch, json_t *raised, struct failure *failure)
{
    struct session *session = watch->session;
    int result = position(session, &watch->stored, &watch->begun, failure);
    uint64_t size = log_size(session->log);
    uint64_t next = watch_next(watch);
    uint64_t until = size > next + WATCH_AT_ONCE ? next + WATCH_AT_ONCE : size;
    if (result != VAULT_OK || next >= until)
        return result;
    result = watch_load(watch);
    if (result == VAULT_OK)
        result = watch_read_rules(session, &watch->rules, failure);
    if (result == VAULT_OK)
        result = look(watch, next, until, failure);
    if (result == VAULT_OK)
        result = watch_reviews(watch, failure);
    if (result == VAULT_OK)
        result = watch_registers(watch, failure);
    return result == VAULT_OK ? finish(watch, until, raised, failure) : result;
}

int watch_run(struct session *session, json_t **raisedp, struct failure *failure)
{
    struct watch watch = {.session = session, .kept = kept_by(session)};
    json_t *raised = json_array();
    *raisedp = NULL;
    watched_lock(watch.kept);
    int result = raised == NULL ? VAULT_ENOMEM : run(&watch, raised, failure);
    watch_release(&watch);
    watched_unlock(watch.kept);
    if (result == VAULT_OK && json_array_size(raised) > 0)
        *raisedp = raised;
    else
        json_decref(raised);
    return result;
}
