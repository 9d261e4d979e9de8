/* incident.assess: what leaked by one person's hands, counted against every threshold; and what follows for
 * the case's duties. Nothing of records is opened: the index of disclosures, and a trace that was run, say
 * it.
 *
 * Two readings.  Strictly: all that the person was shown, or, where nobody is named, every row of the leaked
 * file; each kind of data under its lowest threshold; as many people as there may be.  Leniently: only what
 * can be tied to the leak, which is the records of the firm that the leaked file holds, each once, with the
 * columns that agree, under its highest threshold; as many people as there are at least.  Without a trace
 * nothing is tied to a leak, so nothing counts for the offence; people are still those who were shown, since
 * who was shown something may have taken it. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/law/gauge.h"
#include "vault/ops/leak/disclosed_private.h"
#include "vault/ops/incident/incident_step_private.h"
#include "vault/ops/leak/person_seen_private.h"
#include "vault/ops/leak/trace_case.h"
#include "vault/records/fingerprint.h"

struct assessing {
    struct incident_step step;
    struct law *law;
    struct person_seen *seen;
    json_t *trace;          /* NULL: none was named */
    struct law_pieces tied; /* of the lenient reading */
    bool named;             /* somebody through whom it leaked */
    uint64_t persons_strict, persons_lenient;
    bool in_service;
};

/* --- What is there to count --- */

static int count_person(struct assessing *a)
{
    struct call *call = a->step.call;
    const char *person = call_text(call, "person");
    int64_t since = 0;
    int64_t until = INT64_MAX;
    bool found = false;
    int result = need(call, user_exists(call, person, &found), &found, "user", person);
    if (result == VAULT_OK)
        result = call_moment(call, "since", 0, &since);
    if (result == VAULT_OK)
        result = call_moment(call, "until", INT64_MAX, &until);
    if (result != VAULT_OK)
        return result;
    a->seen->since = since / 1000;
    a->seen->before = until == INT64_MAX ? INT64_MAX : until / 1000;
    result = disclosed_open(call, &a->seen->disclosures);
    if (result == VAULT_OK && disclosures_find_person(a->seen->disclosures, person, &a->seen->person))
        result = person_seen_count(a->seen, call->failure);
    disclosures_free(a->seen->disclosures);
    a->seen->disclosures = NULL;
    return result;
}

/* Of the trace's `linked` or `rows`: decoys are nobody. */
static uint64_t genuine(const struct assessing *a, const char *member)
{
    int64_t n = json_number(a->trace, member, 0) - json_number(a->trace, "decoys", 0);
    return n > 0 ? (uint64_t)n : 0;
}

/* A trace of an earlier version of the program did not tell people apart: at least one, and no more than
 * rows. */
static void count_people(struct assessing *a)
{
    const json_t *people = json_object_get(a->trace, "individuals");
    a->persons_strict = a->seen->people_most;
    a->persons_lenient = a->seen->people_least;
    if (a->trace == NULL)
        return;
    if (!a->named)
        a->persons_strict = (uint64_t)json_number(people, "most", (int64_t)genuine(a, "rows"));
    a->persons_lenient = (uint64_t)json_number(people, "least", genuine(a, "linked") > 0);
    if (a->persons_lenient > a->persons_strict)
        a->persons_strict = a->persons_lenient;
}

/* --- What of the leaked file is whose --- */

static bool subject_named(const char *name, enum trace_subject *subject)
{
    for (int s = SUBJECT_CLIENT; s <= SUBJECT_LAST; s++) {
        if (name != NULL && strcmp(subject_name((enum trace_subject)s), name) == 0) {
            *subject = (enum trace_subject)s;
            return true;
        }
    }
    return false;
}

static uint64_t items_of_path(const struct assessing *a, enum record_kind kind, const char *path)
{
    uint64_t items = 0;
    for (size_t i = 0; law_field(a->law, i) != NULL; i++) {
        const struct law_field *field = law_field(a->law, i);
        for (size_t p = 0; field->kind == kind && field->paths[p] != NULL; p++)
            items |= strcmp(field->paths[p], path) == 0 ? UINT64_C(1) << field->item : 0;
    }
    return items;
}

/* A column is of the first kind of the subject's that has such a field: a list of clients is one of their
 * cards. */
static uint64_t items_of_column(
    const struct assessing *a, enum trace_subject subject, enum trace_field column)
{
    uint64_t items = 0;
    for (int kind = KIND_CLIENT; kind <= KIND_LAST && items == 0; kind++) {
        enum trace_subject its;
        if (!subject_of_kind((enum record_kind)kind, &its) || its != subject)
            continue;
        for (const struct trait *trait = kind_traits((enum record_kind)kind); trait->path != NULL; trait++) {
            if (trait->field == column)
                items |= items_of_path(a, (enum record_kind)kind, trait->path);
        }
    }
    return items;
}

static uint64_t items_of_columns(const struct assessing *a, const json_t *columns)
{
    enum trace_subject subject;
    uint64_t items = 0;
    if (!subject_named(json_text(a->trace, "subject"), &subject))
        return 0;
    for (size_t i = 0; i < json_array_size(columns); i++) {
        enum trace_field column =
            trace_field_find(bytes_of_text(json_string_value(json_array_get(columns, i))));
        items |= column < TRACE_FIELDS ? items_of_column(a, subject, column) : 0;
    }
    return items;
}

static void tie(struct assessing *a, uint64_t items, uint64_t n)
{
    struct law_count one = {0};
    struct law_pieces pieces;
    law_count_add(a->law, &one, items);
    law_pieces_lenient(a->law, &one, &pieces);
    for (size_t i = 0; i < LAW_TIERS_MAX; i++)
        a->tied.n[i] += n * pieces.n[i];
}

/* Records by what of them agrees; of an earlier trace every linked row, with all that any of them showed. */
static void count_tied(struct assessing *a)
{
    const json_t *matched = json_object_get(a->trace, "matched");
    for (size_t i = 0; i < json_array_size(matched); i++) {
        const json_t *group = json_array_get(matched, i);
        tie(a, items_of_columns(a, json_object_get(group, "fields")), (uint64_t)json_number(group, "n", 0));
    }
    if (a->trace != NULL && matched == NULL)
        tie(a, items_of_columns(a, json_object_get(a->trace, "leaked")), genuine(a, "linked"));
}

/* Those whose rows leaked; nobody is to be told for one that was made up. */
static json_t *real_clients(const json_t *trace)
{
    const json_t *all = json_object_get(trace, "clients"), *rows = json_object_get(trace, "ours");
    json_t *made = json_array(), *real = json_array();
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (json_is_true(json_object_get(row, "decoy")))
            (void)json_array_append(made, json_object_get(row, "client"));
    }
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *client = json_array_get(all, i);
        if (!json_lists(made, json_string_value(client)))
            (void)json_array_append(real, client);
    }
    json_decref(made);
    return real;
}

/* Where nobody is named the file is all there is: each of its rows, with all its columns. */
static void count_rows(struct assessing *a)
{
    uint64_t rows = genuine(a, "rows");
    uint64_t items = items_of_columns(a, json_object_get(a->trace, "columns"));
    json_t *real = real_clients(a->trace);
    size_t clients = json_array_size(real);
    json_decref(real);
    for (unsigned i = 0; a->trace != NULL && !a->named && law_item(a->law, i) != NULL; i++) {
        if ((items >> i & 1) == 0)
            continue;
        a->seen->count.items[i] = rows;
        a->seen->item_clients[i] = clients;
    }
}

static int gather(struct assessing *a)
{
    struct call *call = a->step.call;
    const char *trace = call_text(call, "trace");
    a->named = call_text(call, "person") != NULL;
    if (trace == NULL && !a->named) {
        failure_remedy(call->failure,
            "name who was shown it (--person), the trace of the leaked file (--trace), or both");
        return failure_set(call->failure, VAULT_EUSAGE, "assess what?");
    }
    int result = trace == NULL ? VAULT_OK : trace_case_open(call->session, trace, &a->trace, call->failure);
    a->seen->law = a->law;
    if (result == VAULT_OK && a->named)
        result = count_person(a);
    count_people(a);
    count_tied(a);
    count_rows(a);
    return result;
}

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
    (void)json_object_set_new(trace, "clients", real_clients(a->trace));
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
        result = gather(&a);
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
