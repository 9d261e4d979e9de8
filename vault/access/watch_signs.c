/* What is told of: hours, a first access, unusual volume, refused logins, reviews that are due. */
#include <stdio.h>
#include <stdlib.h>

#include "vault/access/session_private.h"
#include "vault/access/watch_private.h"
#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/log/index.h"

#define HOUR_MS INT64_C(3600000)
#define REFUSED_MAX 64u /* times that are kept of one name */

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

void watch_hours(struct watch *watch, const struct seen *seen)
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
int watch_client(struct watch *watch, const struct seen *seen, struct failure *failure)
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

void watch_count_day(struct watch *watch, const struct seen *seen)
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

/* The volume is looked at once for each who was given something, at the end: of the last entry of his. */
void watch_volumes(struct watch *watch, json_t *last)
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

/* --- Failed logins --- */

void watch_refusal(struct watch *watch, const struct seen *seen)
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

/* About nobody in particular: whoever may decide or renew is meant.  @p which tells one date of one event from others. */
static void look_at_date(struct watch *watch, const char *kind, const char *which, int64_t event, int64_t left)
{
    char name[100];
    char how[16];
    int64_t step = 0;
    if (!step_of(left, &step))
        return;
    (void)snprintf(name, sizeof name, "%s %lld", which, (long long)step);
    if (json_object_get(watch->told, name) != NULL)
        return;
    (void)json_object_set_new(watch->told, name, json_integer(1));
    (void)snprintf(how, sizeof how, "%lldd", (long long)step);
    json_t *due =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "kind", kind, "severity", step == 0 ? "high" : "low",
            "how", step == 0 ? "missed" : how, "person", "", "about", name, "cause", (json_int_t)event);
    (void)json_array_append_new(watch->due, due);
}

int watch_reviews(struct watch *watch, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    int64_t now = instant_now();
    int64_t last = -1;
    int result = statement_own(watch->session->store, QUERY_REVIEW_ITEMS_OPEN, &statement, failure);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        int64_t review = column_number(statement, 0);
        char which[40];
        (void)snprintf(which, sizeof which, "review %lld", (long long)review);
        if (review != last)
            look_at_date(watch, "review.due", which, review, column_number(statement, 3) - now);
        last = review;
    }
    statement_free(statement);
    return result;
}

/* Of one event, which may be about many people, once. */
int watch_registers(struct watch *watch, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    int64_t now = instant_now();
    int result = statement_own(watch->session->store, QUERY_REGISTER_UNTIL, &statement, failure);
    if (result == VAULT_OK) {
        bind_number(statement, 1, now + REGISTER_WARN_DAYS * DAY_MS);
        bind_text(statement, 2, "");
    }
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        int64_t until = column_number(statement, 0);
        char which[60];
        (void)snprintf(which, sizeof which, "register %lld %lld", (long long)column_number(statement, 4), (long long)until);
        look_at_date(watch, "register.due", which, column_number(statement, 4), until - now);
    }
    statement_free(statement);
    return result;
}
