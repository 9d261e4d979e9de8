#include "vault/access/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/alerts.h"
#include "vault/access/counters.h"
#include "vault/access/hours.h"
#include "vault/access/session_private.h"
#include "vault/access/unusual.h"
#include "vault/base/instant.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"
#include "vault/evidence/canonical.h"
#include "vault/evidence/leaf.h"
#include "vault/log/index.h"
#include "vault/store/setting.h"

#define POSITION "watch.next"
#define STATE "watch.state"
#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)
#define PEOPLE_MAX 2000u
#define REFUSED_MAX 64u /* times that are kept of one name */

/* What is settled, once a run. */
struct rules {
    bool volume;
    bool first_access;
    bool by_hours;
    struct hours hours;
    int64_t failed_logins; /* within an hour; 0: off */
};

struct watch {
    struct session *session;
    struct rules rules;
    json_t *people;  /* {name: {day: number}} */
    json_t *told;    /* {name: day} of unusual volume, {"hours name": day} */
    json_t *refused; /* {name: [times]} */
    json_t *due;     /* alerts to be raised: [{kind, severity, how, person, about, cause}] */
    uint32_t *counts;
};

/* --- Kept --- */

static void state_place(struct session *session, struct place *place)
{
    place_start(place, "watch", &session->vault);
}

/* What does not open, or is none, is begun anew. */
static json_t *open_state(struct session *session)
{
    struct place place;
    struct buffer sealed = {0};
    struct buffer text = {0};
    json_t *state = NULL;
    state_place(session, &place);
    if (store_fact_get(session->store, STATE, &sealed, NULL) == VAULT_OK &&
        seal_open(session->keys.source, place_bytes(&place), buffer_bytes(&sealed), &text) == VAULT_OK &&
        json_read(buffer_bytes(&text), &state, NULL) != VAULT_OK)
        state = NULL;
    buffer_free(&sealed);
    buffer_free(&text);
    return state;
}

static json_t *member_of(const json_t *state, const char *name)
{
    json_t *member = json_object_get(state, name);
    return json_is_object(member) ? json_incref(member) : json_object();
}

static int load(struct watch *watch)
{
    json_t *state = open_state(watch->session);
    watch->people = member_of(state, "people");
    watch->told = member_of(state, "told");
    watch->refused = member_of(state, "refused");
    watch->due = json_array();
    watch->counts = calloc(PEOPLE_MAX * UNUSUAL_DAYS, sizeof watch->counts[0]);
    json_decref(state);
    return watch->people != NULL && watch->told != NULL && watch->refused != NULL && watch->due != NULL &&
                   watch->counts != NULL
               ? VAULT_OK
               : VAULT_ENOMEM;
}

static int save(struct watch *watch, uint64_t next, struct failure *failure)
{
    struct place place;
    struct buffer sealed = {0};
    struct buffer text = {0};
    json_t *state =
        json_pack("{s:O,s:O,s:O}", "people", watch->people, "told", watch->told, "refused", watch->refused);
    int result = state == NULL ? VAULT_ENOMEM : json_write_canonical(state, &text);
    state_place(watch->session, &place);
    if (result == VAULT_OK)
        result = seal(watch->session->keys.source, place_bytes(&place), buffer_bytes(&text), &sealed);
    if (result == VAULT_OK)
        result = store_fact_put(watch->session->store, STATE, buffer_bytes(&sealed), failure);
    if (result == VAULT_OK)
        result = store_setting_put(watch->session->store, POSITION, (int64_t)next, failure);
    json_decref(state);
    buffer_free(&sealed);
    buffer_free(&text);
    return result;
}

static void release(struct watch *watch)
{
    json_decref(watch->people);
    json_decref(watch->told);
    json_decref(watch->refused);
    json_decref(watch->due);
    free(watch->counts);
}

static int read_rules(struct session *session, struct rules *rules, struct failure *failure)
{
    char value[SETTING_VALUE_MAX + 1];
    int result = setting_is_on(session->store, SETTING_ALERT_VOLUME, &rules->volume, failure);
    if (result == VAULT_OK)
        result = setting_is_on(session->store, SETTING_ALERT_FIRST, &rules->first_access, failure);
    if (result == VAULT_OK)
        result = setting_value(session->store, setting_find(SETTING_ALERT_HOURS), value, failure);
    if (result == VAULT_OK) {
        rules->by_hours = hours_parse(value, &rules->hours);
        result = setting_value(session->store, setting_find(SETTING_ALERT_LOGINS), value, failure);
    }
    if (result == VAULT_OK)
        rules->failed_logins = strcmp(value, "off") == 0 ? 0 : strtoll(value, NULL, 10);
    return result;
}

/* --- What an entry says --- */

struct seen {
    char person[NAME_SIZE_MAX + 1];
    char client[ULID_TEXT_SIZE]; /* "" */
    uint64_t index;
    int64_t time;
    int64_t records; /* that it gave away */
};

static bool copy_text(struct bytes text, char *out, size_t size)
{
    if (text.size == 0 || text.size >= size)
        return false;
    memcpy(out, text.data, text.size);
    out[text.size] = '\0';
    return true;
}

static void note(struct watch *watch, const char *kind, const char *severity, const char *how,
    const struct seen *seen, const char *about)
{
    json_t *due = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "kind", kind, "severity", severity, "how", how,
        "person", seen->person, "about", about, "cause", (json_int_t)seen->index);
    (void)json_array_append_new(watch->due, due); /* without memory memory_error() says so at the end */
}

/* True once a day and name. */
static bool first_today(struct watch *watch, const char *what, const char *person, int64_t day)
{
    char name[NAME_SIZE_MAX + 16];
    (void)snprintf(name, sizeof name, "%s %s", what, person);
    if (json_number(watch->told, name, -1) >= day)
        return false;
    (void)json_object_set_new(watch->told, name, json_integer((json_int_t)day));
    return true;
}

static void look_at_hours(struct watch *watch, const struct seen *seen)
{
    char about[32];
    int64_t day = seen->time / DAY_MS;
    if (!watch->rules.by_hours || hours_hold(&watch->rules.hours, seen->time) ||
        !first_today(watch, "hours", seen->person, day))
        return;
    (void)snprintf(about, sizeof about, "%lld", (long long)day);
    note(watch, "hours.outside", "low", "disclosure", seen, about);
}

static int first_index(void *context, uint64_t index, struct bytes leaf)
{
    uint64_t *first = context;
    struct bytes decision;
    struct bytes effect;
    if (canonical_find(leaf, "decision", &decision) && canonical_find(decision, "effect", &effect) &&
        bytes_equal(canonical_string(effect), bytes_of_text("permit"))) {
        *first = index;
        return VAULT_EEXISTS; /* enough */
    }
    return VAULT_OK;
}

/* The postings of person and client together; what was denied before was not shown. */
static int look_at_client(struct watch *watch, const struct seen *seen, struct failure *failure)
{
    struct session *session = watch->session;
    uint64_t first = UINT64_MAX;
    struct log_query query = {.actor = seen->person,
        .client = seen->client,
        .event = "record.*",
        .from = INT64_MIN,
        .to = INT64_MAX};
    if (!watch->rules.first_access || seen->client[0] == '\0')
        return VAULT_OK;
    int result = log_index_query(
        session->log, session->store, session->keys.log_index, &query, first_index, &first, failure);
    if (result != VAULT_OK && result != VAULT_EEXISTS)
        return result;
    if (first == seen->index)
        note(watch, "client.first_access", "low", "disclosure", seen, seen->client);
    return VAULT_OK;
}

static void count_day(struct watch *watch, const struct seen *seen)
{
    char day[24];
    json_t *days = json_object_get(watch->people, seen->person);
    if (days == NULL && json_object_size(watch->people) < PEOPLE_MAX) {
        days = json_object();
        (void)json_object_set_new(watch->people, seen->person, days);
    }
    (void)snprintf(day, sizeof day, "%lld", (long long)(seen->time / DAY_MS));
    if (days != NULL)
        (void)json_object_set_new(
            days, day, json_integer((json_int_t)(json_number(days, day, 0) + seen->records)));
}

/* --- Unusual volume --- */

/* The numbers of one person's days before @p today, behind those that are there; older ones are dropped. */
static size_t days_before(json_t *days, int64_t today, uint32_t *counts, size_t count)
{
    const char *name;
    json_t *value;
    void *next;
    size_t own = 0;
    json_object_foreach_safe(days, next, name, value)
    {
        int64_t day = strtoll(name, NULL, 10);
        json_int_t number = json_integer_value(value);
        if (day < today - UNUSUAL_DAYS)
            (void)json_object_del(days, name);
        else if (day < today && number > 0 && own < UNUSUAL_DAYS)
            counts[count + own++] = number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
    }
    return own;
}

static struct usual usual_of_all(struct watch *watch, int64_t today)
{
    const char *name;
    json_t *days;
    size_t count = 0;
    json_object_foreach(watch->people, name, days) count += days_before(days, today, watch->counts, count);
    return usual_of(watch->counts, count);
}

static void look_at_volume(struct watch *watch, const struct seen *seen, const struct usual *all)
{
    uint32_t own[UNUSUAL_DAYS];
    char text[24];
    int64_t today = seen->time / DAY_MS;
    json_t *days = json_object_get(watch->people, seen->person);
    struct usual usual = usual_of(own, days_before(days, today, own, 0));
    (void)snprintf(text, sizeof text, "%lld", (long long)today);
    int64_t number = json_number(days, text, 0);
    if (unusual(&usual, all, number > UINT32_MAX ? UINT32_MAX : (uint32_t)number) &&
        first_today(watch, "volume", seen->person, today))
        note(watch, "volume.unusual", "high", "disclosure", seen, text);
}

/* --- Failed logins --- */

static void look_at_refusal(struct watch *watch, const struct seen *seen)
{
    json_t *times = json_object_get(watch->refused, seen->person);
    if (watch->rules.failed_logins == 0)
        return;
    if (times == NULL && json_object_size(watch->refused) >= PEOPLE_MAX)
        (void)json_object_clear(watch->refused); /* names are an attacker's to choose */
    if (times == NULL) {
        times = json_array();
        (void)json_object_set_new(watch->refused, seen->person, times);
    }
    while (
        json_array_size(times) > 0 && (json_integer_value(json_array_get(times, 0)) < seen->time - HOUR_MS ||
                                          json_array_size(times) >= REFUSED_MAX))
        (void)json_array_remove(times, 0);
    (void)json_array_append_new(times, json_integer((json_int_t)seen->time));
    if ((int64_t)json_array_size(times) < watch->rules.failed_logins)
        return;
    (void)json_array_clear(times);
    note(watch, "login.refused", "high", "burst", seen, seen->person);
}

/* --- Entry by entry --- */

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
            look_at_refusal(watch, &seen);
        return VAULT_OK;
    }
    if (!gives_away(&leaf) || !is_permitted(&leaf) ||
        !copy_text(leaf.actor_id, seen.person, sizeof seen.person))
        return VAULT_OK;
    if (!copy_text(leaf.subject, seen.client, sizeof seen.client))
        seen.client[0] = '\0';
    seen.records = counters_of_leaf(text);
    if (seen.records > 0)
        count_day(watch, &seen);
    if (old)
        return VAULT_OK;
    *counted = seen.records > 0;
    look_at_hours(watch, &seen);
    return look_at_client(watch, &seen, failure);
}

/* The volume is looked at once for each who was given something, at the end: of the last entry of his. */
static void look_at_volumes(struct watch *watch, json_t *last)
{
    const char *person;
    json_t *value;
    struct usual all = {0};
    int64_t day = -1;
    if (!watch->rules.volume)
        return;
    json_object_foreach(last, person, value)
    {
        struct seen seen = {
            .index = (uint64_t)json_number(value, "index", 0), .time = json_number(value, "time", 0)};
        (void)snprintf(seen.person, sizeof seen.person, "%s", person);
        if (seen.time / DAY_MS != day) {
            day = seen.time / DAY_MS;
            all = usual_of_all(watch, day);
        }
        look_at_volume(watch, &seen, &all);
    }
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
        look_at_volumes(watch, last);
    buffer_free(&text);
    json_decref(last);
    return result;
}

/* --- Access reviews that are due --- */

/* Steps before a review is due at which it is told of, each once; 0: it was missed. */
static bool step_of(int64_t left, int64_t *step)
{
    static const int64_t steps[] = {0, 1, 7, 14};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (left <= steps[i] * DAY_MS) {
            *step = steps[i];
            return true;
        }
    }
    return false;
}

static void look_at_review(struct watch *watch, int64_t review, int64_t left)
{
    char name[40];
    char how[16];
    int64_t step = 0;
    if (!step_of(left, &step))
        return;
    (void)snprintf(name, sizeof name, "review %lld %lld", (long long)review, (long long)step);
    if (json_object_get(watch->told, name) != NULL)
        return;
    (void)json_object_set_new(watch->told, name, json_integer(1));
    (void)snprintf(how, sizeof how, "%lldd", (long long)step);
    /* About nobody: whoever may decide is meant. */
    json_t *due =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "kind", "review.due", "severity", step == 0 ? "high" : "low",
            "how", step == 0 ? "missed" : how, "person", "", "about", name, "cause", (json_int_t)review);
    (void)json_array_append_new(watch->due, due);
}

static int look_at_reviews(struct watch *watch, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    int64_t now = instant_now();
    int64_t last = -1;
    int result = statement_own(watch->session->store, QUERY_REVIEW_ITEMS_OPEN, &statement, failure);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        int64_t review = column_number(statement, 0);
        if (review != last)
            look_at_review(watch, review, column_number(statement, 3) - now);
        last = review;
    }
    statement_free(statement);
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
        result = save(watch, until, failure);
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
        result = load(&watch);
        if (result == VAULT_OK)
            result = read_rules(session, &watch.rules, failure);
        if (result == VAULT_OK)
            result = look(&watch, next, until, failure);
        if (result == VAULT_OK)
            result = look_at_reviews(&watch, failure);
        if (result == VAULT_OK)
            result = finish(&watch, next, until, raised, failure);
    }
    release(&watch);
    if (result == VAULT_OK && json_array_size(raised) > 0)
        *raisedp = raised;
    else
        json_decref(raised);
    return result;
}
