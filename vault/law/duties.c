#include "vault/law/duties.h"

#include <stdlib.h>
#include <string.h>

#include "vault/law/clock.h"

static const char *const moments[] = {
    "occurred", "knew", "discovered", "confirmed", "assessed", "ended", "decided"};

bool law_knows_moment(const char *name)
{
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        if (strcmp(moments[i], name) == 0)
            return true;
    }
    return false;
}

static bool names(const json_t *duty, const char *member, const char *name)
{
    const char *its = json_text(duty, member);
    return its != NULL && strcmp(its, name) == 0;
}

bool law_knows_circumstance(const struct law *law, const char *name)
{
    const json_t *duties = json_object_get(law_json(law), "duties");
    for (size_t i = 0; i < json_array_size(duties); i++) {
        const json_t *duty = json_array_get(duties, i);
        if (strcmp(name, "always") != 0 && (names(duty, "when", name) || names(duty, "exempt", name)))
            return true;
    }
    return false;
}

/* --- One duty of a case --- */

struct reckoning {
    const struct law *law;
    const struct law_case *of;
    const json_t *duty;
    const json_t *place; /* of the jurisdiction */
};

/* "yes", "no", or NULL. */
static const char *circumstance(const struct reckoning *r, const char *name)
{
    if (name == NULL)
        return "no";
    return strcmp(name, "always") == 0 ? "yes" : json_text(r->of->circumstances, name);
}

static bool is(const char *answer, const char *word)
{
    return answer != NULL && strcmp(answer, word) == 0;
}

static bool moment_of(const struct reckoning *r, const char *name, int64_t *at)
{
    const json_t *value = json_object_get(r->of->moments, name);
    *at = json_integer_value(value);
    return json_is_integer(value);
}

/* Instants beyond what JSON can say were clamped by the clock. */
static json_t *end_json(const struct reckoning *r, const struct law_due *due, bool at_once)
{
    return json_pack("{s:I,s:I,s:b,s:b}", "due", (json_int_t)due->at, "left",
        (json_int_t)(due->at - r->of->now), "over", !at_once && r->of->now >= due->at, "estimated",
        due->estimated);
}

static struct law_due reckon(const struct reckoning *r, int64_t start, const char *unit, bool rolls)
{
    struct law_term term = {.count = (unsigned)json_number(r->duty, "count", 0), .rolls = rolls};
    (void)law_unit_parse(unit, &term.unit);
    return law_due(r->law, json_text(r->place, "zone"), json_text(r->place, "calendar"), start, &term);
}

/* The later end: another unit, another beginning, or a last day off that gives way to the next worked. */
static bool lenient_end(const struct reckoning *r, int64_t start, struct law_due *due)
{
    const char *unit = json_text(r->duty, "lenient_unit");
    const char *begins = json_text(r->duty, "lenient_start");
    int64_t other;
    if (begins != NULL && !moment_of(r, begins, &other))
        return false;
    *due = reckon(r, begins == NULL ? start : other, unit == NULL ? json_text(r->duty, "unit") : unit, true);
    return true;
}

static int set(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int set_ends(const struct reckoning *r, json_t *row, int64_t start, struct law_due *strict)
{
    struct law_due lenient;
    bool at_once = names(r->duty, "unit", "at_once") || names(r->duty, "unit", "before");
    *strict = reckon(r, start, json_text(r->duty, "unit"), false);
    int result = set(row, "start", json_integer(start));
    if (result == VAULT_OK)
        result = set(row, "strict", end_json(r, strict, at_once));
    if (result == VAULT_OK && lenient_end(r, start, &lenient) && lenient.at != strict->at)
        result = set(row, "lenient", end_json(r, &lenient, at_once));
    return result;
}

static const char *state_of(const struct reckoning *r, bool started)
{
    const char *when = circumstance(r, json_text(r->duty, "when"));
    if (names(r->duty, "force", "proposed") || is(when, "no"))
        return "not_owed";
    if (is(circumstance(r, json_text(r->duty, "exempt")), "yes"))
        return "exempt";
    if (!started)
        return "waiting";
    return is(when, "yes") ? "owed" : "uncertain";
}

static json_t *copied(const json_t *duty)
{
    static const char *const members[] = {"jurisdiction", "force", "to", "step", "document", "en", "zh",
        "article", "status", "since", "says", "unit", "count", "when", "exempt"};
    json_t *row = json_object();
    for (size_t i = 0; row != NULL && i < sizeof members / sizeof members[0]; i++) {
        json_t *value = json_object_get(duty, members[i]);
        if (value != NULL && json_object_set(row, members[i], value) != 0) {
            json_decref(row);
            row = NULL;
        }
    }
    return row;
}

static int fill(const struct reckoning *r, json_t *row)
{
    const json_t *to = law_entry(json_object_get(law_json(r->law), "addressees"), json_text(r->duty, "to"));
    const json_t *done = json_object_get(r->of->done, json_text(r->duty, "id"));
    struct law_due strict = {INT64_MAX, false};
    int64_t start;
    bool started = moment_of(r, json_text(r->duty, "start"), &start);
    int failed = json_object_set(row, "duty", json_object_get(r->duty, "id"));
    failed |= json_object_set(row, "to_en", json_object_get(to, "en"));
    failed |= json_object_set(row, "to_zh", json_object_get(to, "zh"));
    failed |= json_object_set(row, "start_is", json_object_get(r->duty, "start"));
    failed |=
        json_object_set_new(row, "state", json_string(json_is_integer(done) ? "done" : state_of(r, started)));
    int result = failed ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && started)
        result = set_ends(r, row, start, &strict);
    if (result == VAULT_OK && json_is_integer(done)) {
        bool at_once = strict.at == start;
        result = set(row, "at", json_integer(json_integer_value(done)));
        if (result == VAULT_OK)
            result =
                set(row, "late", json_boolean(started && !at_once && json_integer_value(done) >= strict.at));
    }
    return result;
}

/* --- All of them, in order --- */

struct ordered {
    json_t *row; /* borrowed */
    int64_t due;
    size_t at;
};

static int compare(const void *a, const void *b)
{
    const struct ordered *x = a;
    const struct ordered *y = b;
    if (x->due != y->due)
        return x->due < y->due ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static json_t *in_order(const json_t *rows)
{
    struct ordered order[LAW_ENTRIES_MAX];
    size_t count = json_array_size(rows);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *row = json_array_get(rows, i);
        order[i] = (struct ordered){row, json_number(json_object_get(row, "strict"), "due", INT64_MAX), i};
    }
    if (count > 0)
        qsort(order, count, sizeof order[0], compare);
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (json_array_append(list, order[i].row) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

int law_duties(const struct law *law, const struct law_case *of, json_t **list)
{
    const json_t *facts = law_json(law);
    const json_t *duties = json_object_get(facts, "duties");
    json_t *rows = json_array();
    int result = rows == NULL ? VAULT_ENOMEM : VAULT_OK;
    *list = NULL;
    for (size_t i = 0; i < json_array_size(duties) && result == VAULT_OK; i++) {
        const json_t *duty = json_array_get(duties, i);
        const char *jurisdiction = json_text(duty, "jurisdiction");
        struct reckoning r = {
            law, of, duty, law_entry(json_object_get(facts, "jurisdictions"), jurisdiction)};
        if (!json_lists(of->jurisdictions, jurisdiction))
            continue;
        json_t *row = copied(duty);
        result = row == NULL ? VAULT_ENOMEM : fill(&r, row);
        if (result == VAULT_OK && json_array_append(rows, row) != 0)
            result = VAULT_ENOMEM;
        json_decref(row);
    }
    if (result == VAULT_OK)
        *list = in_order(rows);
    json_decref(rows);
    return result == VAULT_OK && *list == NULL ? VAULT_ENOMEM : result;
}
