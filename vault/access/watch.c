#include "vault/access/watch.h"

#include <string.h>

#include "vault/access/alerts.h"
#include "vault/access/counters.h"
#include "vault/access/session_private.h"
#include "vault/access/watch_private.h"
#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/evidence/leaf.h"
#include "vault/store/setting.h"

/* --- Entry by entry --- */

static bool copy_text(struct bytes text, char *out, size_t size)
{
    if (text.size == 0 || text.size >= size)
        return false;
    memcpy(out, text.data, text.size);
    out[text.size] = '\0';
    return true;
}

static bool gives_away(const struct leaf *leaf)
{
    static const char *const names[] = {
        "record.read", "record.search", "record.list", "record.export", "record.history"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (bytes_equal(leaf->event, bytes_of_text(names[i])))
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

static int look_at_entry(
    struct watch *watch, uint64_t index, struct bytes text, bool old, bool *counted, struct failure *failure)
{
    struct leaf leaf;
    struct seen seen = {.index = index};
    if (leaf_read(text, &leaf) != NULL)
        return failure_set(
            failure, VAULT_EDAMAGED, "entry %llu of the log is damaged", (unsigned long long)index);
    seen.time = leaf.time;
    if (bytes_equal(leaf.event, bytes_of_text("session.refuse"))) {
        if (!old && read_attempt(&leaf, &seen))
            watch_refusal(watch, &seen);
        return VAULT_OK;
    }
    if (!gives_away(&leaf) || !is_permitted(&leaf) ||
        !copy_text(leaf.actor_id, seen.person, sizeof seen.person))
        return VAULT_OK;
    if (!copy_text(leaf.subject, seen.client, sizeof seen.client))
        seen.client[0] = '\0';
    seen.records = counters_of_leaf(text);
    if (seen.records > 0)
        watch_count_day(watch, &seen);
    if (old)
        return VAULT_OK;
    *counted = seen.records > 0;
    watch_hours(watch, &seen);
    return watch_client(watch, &seen, failure);
}

static int look(struct watch *watch, uint64_t from, uint64_t until, struct failure *failure)
{
    struct log *log = watch->session->log;
    struct buffer text = {0};
    struct leaf leaf;
    char person[NAME_SIZE_MAX + 1];
    json_t *last = json_object();
    int64_t now = instant_now();
    int result = last == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (uint64_t i = from; i < until && result == VAULT_OK; i++) {
        bool counted = false;
        buffer_reset(&text);
        result = log_read(log, i, &text, failure);
        /* What lies back for a day is counted, and not told any more. */
        bool old =
            result == VAULT_OK && leaf_read(buffer_bytes(&text), &leaf) == NULL && leaf.time < now - DAY_MS;
        if (result == VAULT_OK)
            result = look_at_entry(watch, i, buffer_bytes(&text), old, &counted, failure);
        if (result == VAULT_OK && counted && copy_text(leaf.actor_id, person, sizeof person))
            (void)json_object_set_new(
                last, person, json_pack("{s:I,s:I}", "index", (json_int_t)i, "time", (json_int_t)leaf.time));
    }
    if (result == VAULT_OK)
        watch_volumes(watch, last);
    buffer_free(&text);
    json_decref(last);
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

/* The first time: the days of which the volume is compared. Found anew until something is kept, which moves
 * it a little. */
static int position(struct session *session, uint64_t *next, struct failure *failure)
{
    int64_t stored = -1;
    int result = store_setting_get(session->store, POSITION, -1, &stored, failure);
    if (result == VAULT_OK && stored < 0) {
        int64_t day = instant_now() / DAY_MS - (UNUSUAL_DAYS + 1);
        return log_find_time(session->log, day * DAY_MS, next, failure);
    }
    *next = (uint64_t)stored;
    return result;
}

int watch_lag(struct session *session, uint64_t *entries, struct failure *failure)
{
    uint64_t next = 0;
    uint64_t size = log_size(session->log);
    int64_t stored = -1;
    int result = store_setting_get(session->store, POSITION, -1, &stored, failure);
    next = stored < 0 ? 0 : (uint64_t)stored;
    *entries = size > next ? size - next : 0;
    return result;
}

/* What was found is told and kept, unless another has looked at the same meanwhile. */
static int finish(struct watch *watch, uint64_t from, uint64_t until, json_t *raised, struct failure *failure)
{
    struct session *session = watch->session;
    uint64_t next = 0;
    int result = store_begin(session->store, failure);
    if (result != VAULT_OK)
        return result;
    result = position(session, &next, failure);
    if (result == VAULT_OK && next != from)
        result = VAULT_EBUSY;
    if (result == VAULT_OK)
        result = raise_all(watch, raised, failure);
    if (result == VAULT_OK)
        result = watch_save(watch, until, failure);
    if (result == VAULT_OK)
        result = store_commit(session->store, failure);
    store_rollback(session->store);
    return result;
}

int watch_run(struct session *session, json_t **raisedp, struct failure *failure)
{
    struct watch watch = {.session = session};
    uint64_t next = 0;
    json_t *raised = json_array();
    *raisedp = NULL;
    int result = raised == NULL ? VAULT_ENOMEM : position(session, &next, failure);
    uint64_t size = log_size(session->log);
    uint64_t until = size > next + WATCH_AT_ONCE ? next + WATCH_AT_ONCE : size;
    if (result == VAULT_OK && next < until) {
        result = watch_load(&watch);
        if (result == VAULT_OK)
            result = watch_read_rules(session, &watch.rules, failure);
        if (result == VAULT_OK)
            result = look(&watch, next, until, failure);
        if (result == VAULT_OK)
            result = watch_reviews(&watch, failure);
        if (result == VAULT_OK)
            result = finish(&watch, next, until, raised, failure);
    }
    watch_release(&watch);
    if (result == VAULT_OK && json_array_size(raised) > 0)
        *raisedp = raised;
    else
        json_decref(raised);
    return result;
}
