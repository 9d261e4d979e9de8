/* incident.assess: what leaked by one person's hands, counted against every threshold; and what follows for
 * the case's duties. Nothing of records is opened: the index of disclosures, and a trace that was run, say
 * it.  The two readings are told in assess_private.h. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/ops/incident/assess_private.h"

/* --- Counts by class --- */

static json_t *tier_id(const struct law *law, int tier)
{
    return json_string(tier < 0 ? "none" : json_text(law_tier(law, (size_t)tier)->json, "id"));
}

static json_t *classes_json(const struct assessing *a)
{
    json_t *classes = json_array();
    for (unsigned i = 0; law_item(a->law, i) != NULL; i++) {
        const struct law_item *item = law_item(a->law, i);
        if (a->seen->count.items[i] == 0)
            continue;
        (void)json_array_append_new(classes,
            json_pack("{s:O,s:I,s:I,s:o,s:o,s:o,s:O,s:O,s:O,s:O}", "class", json_object_get(item->json, "id"),
                "n", (json_int_t)a->seen->count.items[i], "clients", (json_int_t)a->seen->item_clients[i],
                "fields", person_seen_fields(a->seen, i), "strict", tier_id(a->law, item->strict), "lenient",
                tier_id(a->law, item->lenient), "en", json_object_get(item->json, "en"), "zh",
                json_object_get(item->json, "zh"), "article", json_object_get(item->json, "article"),
                "status", json_object_get(item->json, "status")));
    }
    return classes;
}

static json_t *gauge_json(const struct law *law, const struct law_pieces *pieces, bool in_service)
{
    struct law_gauge gauge;
    law_gauge(law, pieces, in_service, &gauge);
    return json_pack("{s:I,s:I,s:b,s:b}", "whole", (json_int_t)gauge.whole, "millionths",
        (json_int_t)gauge.millionths, "serious", gauge.serious, "very_serious", gauge.very_serious);
}

static json_t *reading_json(const struct law *law, const struct law_pieces *pieces)
{
    json_t *tiers = json_object();
    for (size_t i = 0; tiers != NULL && law_tier(law, i) != NULL; i++)
        (void)json_object_set_new(
            tiers, json_text(law_tier(law, i)->json, "id"), json_integer((json_int_t)pieces->n[i]));
    return json_pack("{s:o,s:o,s:o}", "pieces", tiers, "ordinary", gauge_json(law, pieces, false),
        "in_service", gauge_json(law, pieces, true));
}

static json_t *offence_json(const struct assessing *a)
{
    const json_t *personal = json_object_get(law_json(a->law), "personal_information");
    struct law_pieces strict;
    law_pieces_strict(a->law, &a->seen->count, &strict);
    return json_pack("{s:O,s:O,s:o,s:o}", "offence", json_object_get(personal, "offence"), "mixed",
        json_object_get(personal, "mixed"), "strict", reading_json(a->law, &strict), "lenient",
        reading_json(a->law, &a->tied));
}

/* --- Other thresholds --- */

#define MEASURES 5

static size_t put_number(struct assessing *a, struct law_measure *measures, size_t count, const char *name)
{
    int64_t n = call_number(a->step.call, name, -1);
    if (n >= 0)
        measures[count++] = (struct law_measure){name, (uint64_t)n, (uint64_t)n, a->in_service};
    return count;
}

/* Is there a class of which the tier is graver than that of all other information? */
static bool sensitive(const struct assessing *a)
{
    for (unsigned i = 0; law_item(a->law, i) != NULL; i++) {
        int strict = law_item(a->law, i)->strict;
        if (a->seen->count.items[i] > 0 && strict >= 0 && law_tier(a->law, (size_t)strict + 1) != NULL)
            return true;
    }
    return false;
}

static size_t fill_measures(struct assessing *a, struct law_measure measures[MEASURES])
{
    size_t count = 0;
    bool grave = sensitive(a);
    measures[count++] = (struct law_measure){"persons", a->persons_strict, a->persons_lenient, a->in_service};
    measures[count++] =
        (struct law_measure){"sensitive_persons", grave ? a->persons_strict : 0, 0, a->in_service};
    count = put_number(a, measures, count, "loss_yuan");
    count = put_number(a, measures, count, "gain_yuan");
    return put_number(a, measures, count, "trade_secret_yuan");
}

/* --- Who owes what --- */

static bool shows_kind(const struct assessing *a, const char *name)
{
    enum record_kind kind;
    if (!kind_parse(bytes_of_text(name), &kind))
        return false;
    return a->seen->kinds[kind] > 0 || (kind == KIND_CLIENT && a->seen->cards > 0);
}

static json_t *kinds_shown(const struct assessing *a, const json_t *kinds)
{
    json_t *shown = json_array();
    for (size_t i = 0; i < json_array_size(kinds); i++) {
        if (shows_kind(a, json_string_value(json_array_get(kinds, i))))
            (void)json_array_append(shown, json_array_get(kinds, i));
    }
    return shown;
}

/* The firm's role for the kinds that were shown, and `controller` and `trustee` as circumstances. */
static json_t *roles_json(const struct assessing *a, json_t *circumstances)
{
    const json_t *all = json_object_get(law_json(a->law), "data_roles");
    json_t *roles = json_array();
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *entry = json_array_get(all, i);
        json_t *shown = kinds_shown(a, json_object_get(entry, "kinds"));
        bool any = json_array_size(shown) > 0;
        if (a->named)
            (void)json_object_set_new(
                circumstances, json_text(entry, "role"), json_string(any ? "yes" : "no"));
        if (any)
            (void)json_array_append_new(roles,
                json_pack("{s:O,s:O,s:O,s:O,s:O,s:O}", "role", json_object_get(entry, "role"), "kinds", shown,
                    "en", json_object_get(entry, "en"), "zh", json_object_get(entry, "zh"), "article",
                    json_object_get(entry, "article"), "status", json_object_get(entry, "status")));
        json_decref(shown);
    }
    return roles;
}

static bool has_personal(const struct assessing *a)
{
    for (unsigned i = 0; law_item(a->law, i) != NULL; i++) {
        if (a->seen->count.items[i] > 0 && law_item(a->law, i)->strict >= 0)
            return true;
    }
    return a->persons_strict > 0;
}

/* Only what both readings say; what they differ on stays open, and so counts as owed strictly. */
static void set_if_sure(json_t *circumstances, const char *name, bool strict, bool lenient)
{
    if (strict == lenient)
        (void)json_object_set_new(circumstances, name, json_string(strict ? "yes" : "no"));
}

static bool reached(const json_t *list, const char *id, const char *reading)
{
    return json_is_true(json_object_get(json_object_get(law_entry(list, id), reading), "reached"));
}

static void set_circumstances(struct assessing *a, const struct law_measure *measures, size_t count,
    const json_t *thresholds, json_t *circumstances)
{
    const json_t *places = json_object_get(a->step.one, "jurisdictions");
    if (a->named || has_personal(a))
        (void)json_object_set_new(circumstances, "personal", json_string(has_personal(a) ? "yes" : "no"));
    if (json_lists(places, "CN"))
        set_if_sure(circumstances, "grade", law_report_level(a->law, "CN", measures, count, true) > 0,
            law_report_level(a->law, "CN", measures, count, false) > 0);
    if (json_lists(places, "US-FTC"))
        set_if_sure(circumstances, "consumers", reached(thresholds, "us-consumers", "strict"),
            reached(thresholds, "us-consumers", "lenient"));
    /* Below the scale it may still do significant harm, which people judge. */
    if (json_lists(places, "SG") && reached(thresholds, "sg-scale", "lenient"))
        (void)json_object_set_new(circumstances, "notifiable", json_string("yes"));
    /* Somebody was shown it in the clear: that it is sealed in the vault frees from nothing. */
    if (a->seen->events.count > 0)
        (void)json_object_set_new(circumstances, "encrypted", json_string("no"));
}

static json_t *encryption_json(const struct assessing *a)
{
    if (a->seen->events.count > 0)
        return json_pack("{s:s,s:I,s:I,s:I}", "frees", "no", "events", (json_int_t)a->seen->events.count,
            "first_event", (json_int_t)a->seen->first_event, "last_event", (json_int_t)a->seen->last_event);
    return json_pack("{s:s,s:I}", "frees", "unknown", "events", (json_int_t)0);
}

/* --- Together --- */

static int set(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* What people said it cost, for whoever writes about it. */
static json_t *amounts_json(const struct assessing *a)
{
    static const char *const names[] = {"loss_yuan", "gain_yuan", "trade_secret_yuan"};
    json_t *amounts = json_object();
    for (size_t i = 0; amounts != NULL && i < sizeof names / sizeof names[0]; i++) {
        int64_t n = call_number(a->step.call, names[i], -1);
        if (n >= 0)
            (void)json_object_set_new(amounts, names[i], json_integer((json_int_t)n));
    }
    return amounts;
}

static int put_counts(struct assessing *a, json_t *text)
{
    json_t *clients = NULL;
    int result = person_seen_clients(a->step.call, a->seen, true, &clients);
    if (result == VAULT_OK)
        result = set(text, "clients", clients);
    else
        json_decref(clients);
    if (result == VAULT_OK)
        result = set(text, "persons",
            json_pack("{s:I,s:I}", "strict", (json_int_t)a->persons_strict, "lenient",
                (json_int_t)a->persons_lenient));
    if (result == VAULT_OK)
        result = set(text, "readings",
            json_pack("{s:s,s:s}", "strict", a->named ? "shown" : "rows", "lenient",
                a->trace != NULL ? "matched" : "none"));
    if (result == VAULT_OK)
        result = set(text, "amounts", amounts_json(a));
    if (result == VAULT_OK)
        result = set(text, "classes", classes_json(a));
    if (result == VAULT_OK)
        result = set(text, "personal_information", offence_json(a));
    return result == VAULT_OK ? set(text, "encryption", encryption_json(a)) : result;
}

static int put_trace(const struct assessing *a, json_t *text)
{
    if (a->trace == NULL)
        return VAULT_OK;
    json_t *trace = json_object();
    static const char *const members[] = {
        "case", "sha256", "rows", "linked", "decoys", "individuals", "leaked", "columns"};
    (void)json_object_set_new(trace, "clients", assess_clients(a->trace));
    for (size_t i = 0; trace != NULL && i < sizeof members / sizeof members[0]; i++) {
        json_t *value = json_object_get(a->trace, members[i]);
        if (value != NULL && !json_is_real(value))
            (void)json_object_set(trace, members[i], value);
    }
    return set(text, "trace", trace);
}

static int put_together(struct assessing *a)
{
    struct law_measure measures[MEASURES];
    size_t count = fill_measures(a, measures);
    json_t *circumstances = json_object();
    json_t *thresholds = NULL;
    a->step.text = json_object();
    int result = a->step.text == NULL || circumstances == NULL
                     ? VAULT_ENOMEM
                     : law_thresholds(a->law, NULL, measures, count, &thresholds);
    if (result == VAULT_OK && a->named)
        result = set(a->step.text, "person", json_string(call_text(a->step.call, "person")));
    if (result == VAULT_OK)
        result = put_counts(a, a->step.text);
    if (result == VAULT_OK)
        result = put_trace(a, a->step.text);
    if (result == VAULT_OK)
        result = set(a->step.text, "roles", roles_json(a, circumstances));
    if (result == VAULT_OK) {
        set_circumstances(a, measures, count, thresholds, circumstances);
        result = set(a->step.text, "thresholds", json_incref(thresholds));
    }
    if (result == VAULT_OK && json_object_set(a->step.text, "circumstances", circumstances) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK && json_object_set(a->step.about, "circumstances", circumstances) != 0)
        result = VAULT_ENOMEM;
    json_decref(circumstances);
    json_decref(thresholds);
    return result;
}

static int reply(struct assessing *a)
{
    json_t *value = json_deep_copy(a->step.text);
    if (value != NULL) {
        (void)json_object_del(value, "salt");
        (void)json_object_set_new(value, "id", json_string(a->step.id));
        (void)json_object_set_new(value, "event", json_integer((json_int_t)a->step.index));
        (void)json_object_set_new(value, "facts",
            json_pack("{s:O,s:b}", "checked", json_object_get(law_json(a->law), "checked"), "stale",
                law_is_stale(a->law, session_log_time(a->step.call->session))));
    }
    return reply_value(a->step.call, value);
}

int op_incident_assess(struct call *call)
{
    struct assessing a = {
        .step = {.call = call, .event = "incident.assess"}, .in_service = !call_flag(call, "outsider")};
    int64_t set_by = -1;
    a.seen = calloc(1, sizeof *a.seen);
    int result =
        a.seen == NULL ? failure_set(call->failure, VAULT_ENOMEM, "no memory for the answer") : VAULT_OK;
    if (result == VAULT_OK)
        result = incident_begin(&a.step);
    if (result == VAULT_OK)
        result = incident_law(call, &a.law, &set_by);
    if (result == VAULT_OK)
        result = assess_gather(&a);
    if (result == VAULT_OK)
        result = put_together(&a);
    if (result == VAULT_OK)
        result = incident_commit(&a.step);
    if (result == VAULT_OK)
        result = reply(&a);
    if (a.seen != NULL)
        person_seen_free(a.seen);
    free(a.seen);
    json_decref(a.trace);
    incident_end(&a.step);
    law_free(a.law);
    return result;
}
