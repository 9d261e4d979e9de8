/* What was left undone until a disclosure: reviews, alerts, accounts. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/alerts.h"
#include "vault/access/settings.h"
#include "vault/base/instant.h"
#include "vault/log/index.h"
#include "vault/ops/leak/finding_proposing_private.h"

#define HOUR_MS INT64_C(3600000)

static struct failure *failure_of(const struct proposing *p)
{
    return p->call->failure;
}

static bool is_text(const json_t *object, const char *name, const char *text)
{
    const char *said = json_text(object, name);
    return said != NULL && strcmp(said, text) == 0;
}

/* --- Gathering --- */

/* Those that took hold are told from those that did not by the tables at the disclosure. */
static int gather(void *context, uint64_t index, struct bytes text)
{
    struct proposing *p = context;
    json_t *leaf = NULL;
    int result = json_read(text, &leaf, failure_of(p));
    const json_t *change = json_object_get(leaf, "change");
    bool wanted = result == VAULT_OK && is_text(change, "user", p->cause->user) &&
                  is_text(json_object_get(leaf, "decision"), "effect", "permit");
    if (wanted && (json_object_set_new(leaf, "index", json_integer((json_int_t)index)) != 0 ||
                      json_array_append(p->changes, leaf) != 0))
        result = VAULT_ENOMEM;
    json_decref(leaf);
    return result;
}

static int gather_changes(struct proposing *p, const char *event)
{
    struct log_query query = {.event = event, .from = INT64_MIN, .to = INT64_MAX};
    return log_index_query(session_log(p->call->session), session_store(p->call->session),
        session_keys(p->call->session)->log_index, &query, gather, p, failure_of(p));
}

int proposing_gather(struct proposing *p)
{
    json_t *alerts = NULL;
    p->alerts = json_array();
    p->changes = json_array();
    int result = p->alerts == NULL || p->changes == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK)
        result = alerts_list(p->call->session, INT64_MIN, INT64_MAX, false, &alerts, failure_of(p));
    for (size_t i = 0; i < json_array_size(alerts) && result == VAULT_OK; i++) {
        json_t *alert = json_array_get(alerts, i);
        if (is_text(alert, "person", p->cause->user) && json_array_append(p->alerts, alert) != 0)
            result = VAULT_ENOMEM;
    }
    json_decref(alerts);
    if (result == VAULT_OK)
        result = gather_changes(p, "grant.add");
    return result == VAULT_OK ? gather_changes(p, "review.decide") : result;
}

/* --- Reviews --- */

static int name_skipped_reviews(struct proposing *p)
{
    struct statement *reviews = NULL;
    bool row = true;
    int result = statement_own(replay_store(p->replay), QUERY_REVIEWS_SKIPPED, &reviews, failure_of(p));
    if (result != VAULT_OK)
        return result;
    bind_text(reviews, 1, p->cause->user);
    bind_number(reviews, 2, p->time);
    while (result == VAULT_OK && (result = statement_step(reviews, &row, failure_of(p))) == VAULT_OK && row) {
        json_t *shown = json_pack("[I]", (json_int_t)column_number(reviews, 0));
        result = shown == NULL ? VAULT_ENOMEM
                               : proposing_name(p, column_text(reviews, 1), "skipped-review", shown,
                                     SETTING_REVIEW_MISSED);
        json_decref(shown);
    }
    statement_free(reviews);
    return result;
}

/* --- Alerts --- */

/* How long an alert may wait, as it was set at the disclosure. */
static int alert_within(struct proposing *p, int64_t *milliseconds)
{
    char value[SETTING_VALUE_MAX + 1];
    const struct setting *setting = setting_find(SETTING_ALERT_WITHIN);
    int result = setting_value(replay_store(p->replay), setting, value, failure_of(p));
    *milliseconds = result == VAULT_OK ? strtoll(value, NULL, 10) * HOUR_MS : 0;
    return result;
}

static int name_who_was_told(struct proposing *p, const json_t *alert, int64_t within)
{
    const json_t *told = json_object_get(alert, "told");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(told) && result == VAULT_OK; i++) {
        const json_t *one = json_array_get(told, i);
        const char *by = json_text(one, "by");
        if (by == NULL || by[0] == '\0' || json_number(one, "at", INT64_MAX - within) + within > p->time)
            continue;
        json_t *shown = json_pack("[O,O]", json_object_get(alert, "event"), json_object_get(one, "event"));
        result = shown == NULL ? VAULT_ENOMEM
                               : proposing_name(p, by, "ignored-alert", shown, SETTING_ALERT_WITHIN);
        json_decref(shown);
    }
    return result;
}

static int name_ignored_alerts(struct proposing *p)
{
    int64_t within = 0;
    int result = json_array_size(p->alerts) == 0 ? VAULT_OK : alert_within(p, &within);
    for (size_t i = 0; i < json_array_size(p->alerts) && result == VAULT_OK; i++) {
        const json_t *alert = json_array_get(p->alerts, i);
        int64_t noted = json_number(json_object_get(alert, "acknowledged"), "at", INT64_MAX);
        if (noted > p->time)
            result = name_who_was_told(p, alert, within);
    }
    return result;
}

/* --- Accounts --- */

/* The grant that let him in followed one that was to have ended by then: whoever gave it prolonged that. */
static int name_prolonger(struct proposing *p, struct statement *grant)
{
    const char *role = column_text(grant, 0), *by = column_text(grant, 2);
    int64_t seq = column_number(grant, 3);
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(p->changes) && result == VAULT_OK; i++) {
        const json_t *leaf = json_array_get(p->changes, i);
        const json_t *change = json_object_get(leaf, "change");
        int64_t until = json_number(change, "until", 0), index = json_number(leaf, "index", INT64_MAX);
        if (!is_text(leaf, "event", "grant.add") || !is_text(change, "role", role) || index >= seq ||
            until == 0 || until > p->time)
            continue;
        json_t *shown = json_pack("[I,I]", (json_int_t)index, (json_int_t)seq);
        result = shown == NULL ? VAULT_ENOMEM : proposing_name(p, by, "left-account-open", shown, NULL);
        json_decref(shown);
    }
    return result;
}

/* He had left, and somebody looked at the grant and kept it. */
static int name_keepers(struct proposing *p, const char *role)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(p->changes) && result == VAULT_OK; i++) {
        const json_t *leaf = json_array_get(p->changes, i);
        const json_t *change = json_object_get(leaf, "change");
        const char *by = json_text(json_object_get(leaf, "actor"), "id"), *time = json_text(leaf, "time");
        int64_t index = json_number(leaf, "index", INT64_MAX), at = 0;
        if (!is_text(leaf, "event", "review.decide") || !is_text(change, "role", role) ||
            !is_text(change, "verdict", "keep") || by == NULL || time == NULL ||
            !instant_parse(bytes_of_text(time), &at) || at <= p->cause->left || (uint64_t)index >= p->event)
            continue;
        json_t *shown = json_pack("[I]", (json_int_t)index);
        result = shown == NULL ? VAULT_ENOMEM : proposing_name(p, by, "left-account-open", shown, NULL);
        json_decref(shown);
    }
    return result;
}

static int name_openers(struct proposing *p, struct statement *grant, void *unused)
{
    (void)unused;
    int result = name_prolonger(p, grant);
    return result == VAULT_OK ? name_keepers(p, column_text(grant, 0)) : result;
}

int proposing_omissions(struct proposing *p)
{
    int result = name_skipped_reviews(p);
    if (result == VAULT_OK)
        result = name_ignored_alerts(p);
    return result == VAULT_OK ? proposing_grants(p, name_openers, NULL) : result;
}
