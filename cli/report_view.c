/* What a report's page is filled with: numbers as people write them, codes in words. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"

#define SCORES_SHOWN 10u
#define PPM 1000000.0
#define Z 1.959964 /* of a 95 % interval */

struct view {
    const json_t *value;
    const json_t *words;
    const json_t *rates;
    json_t *out;
};

/* --- Words and numbers --- */

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_text(object, member);
    return text == NULL ? "" : text;
}

/* The word for a code, or the code. */
static const char *word(const struct view *v, const char *kind, const char *code)
{
    const char *text = json_text(json_object_get(v->words, kind), code);
    return text == NULL ? code : text;
}

static void put_text(json_t *object, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0')
        (void)json_object_set_new(object, name, json_string(text));
}

static void put_count(json_t *object, const char *name, int64_t count)
{
    char digits[32];
    char grouped[48];
    (void)snprintf(digits, sizeof digits, "%lld", (long long)count);
    size_t size = strlen(digits);
    size_t at = 0;
    for (size_t i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            grouped[at++] = ',';
        grouped[at++] = digits[i];
    }
    grouped[at] = '\0';
    (void)json_object_set_new(object, name, json_string(grouped));
}

static void put_share(json_t *object, const char *name, double share)
{
    char text[32];
    if (share > 0 && share < 0.0005)
        (void)snprintf(text, sizeof text, "<\u00a00.1\u00a0%%");
    else
        (void)snprintf(text, sizeof text, "%.1f\u00a0%%", share * 100);
    (void)json_object_set_new(object, name, json_string(text));
}

/* "2026-01-31T08:15:00.000Z" as "2026-01-31 08:15:00 UTC". */
static void put_time(json_t *object, const char *name, const char *time)
{
    char text[40];
    if (time == NULL || strlen(time) < 19)
        return;
    (void)snprintf(text, sizeof text, "%.10s %.8s UTC", time, time + 11);
    (void)json_object_set_new(object, name, json_string(text));
}

static void put_words(
    const struct view *v, json_t *object, const char *name, const char *kind, const json_t *list)
{
    struct buffer text = {0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *one = json_string_value(json_array_get(list, i));
        buffer_put_format(
            &text, "%s%s", i == 0 ? "" : text_of(v->words, "comma"), one == NULL ? "" : word(v, kind, one));
    }
    put_text(object, name, buffer_text(&text));
    buffer_free(&text);
}

/* Indices of events, neighbours drawn together: "4, 7-9". */
static void put_events(const struct view *v, json_t *object, const json_t *events)
{
    struct buffer text = {0};
    size_t count = json_array_size(events);
    for (size_t i = 0; i < count;) {
        json_int_t first = json_integer_value(json_array_get(events, i));
        json_int_t last = first;
        size_t next = i + 1;
        while (next < count && json_integer_value(json_array_get(events, next)) == last + 1) {
            last++;
            next++;
        }
        buffer_put_format(&text, "%s%lld", i == 0 ? "" : text_of(v->words, "comma"), (long long)first);
        if (last > first)
            buffer_put_format(&text, "–%lld", (long long)last);
        i = next;
    }
    put_text(object, "events", buffer_text(&text));
    buffer_free(&text);
}

/* --- What leaked --- */

static const json_t *finding_of(const struct view *v)
{
    return json_object_get(v->value, "finding");
}

static const json_t *case_of(const struct view *v)
{
    return json_object_get(finding_of(v), "case");
}

static void put_leak(struct view *v)
{
    const json_t *facts = case_of(v);
    json_t *leak = json_object();
    int64_t rows = json_number(facts, "rows", 0);
    int64_t linked = json_number(facts, "linked", 0);
    put_text(leak, "file", text_of(facts, "file"));
    put_text(leak, "case", text_of(facts, "case"));
    put_count(leak, "rows", rows);
    put_count(leak, "linked", linked);
    put_count(leak, "others", rows > linked ? rows - linked : 0);
    put_count(leak, "decoys", json_number(facts, "decoys", 0));
    (void)json_object_set_new(leak, "has_decoys", json_boolean(json_number(facts, "decoys", 0) > 0));
    put_words(v, leak, "columns", "field", json_object_get(facts, "columns"));
    put_words(v, leak, "leaked", "field", json_object_get(facts, "leaked"));
    put_time(leak, "not_before", text_of(facts, "not_before"));
    put_time(leak, "current_until", text_of(facts, "current_until"));
    put_time(leak, "found_at", text_of(facts, json_text(facts, "found_at") == NULL ? "before" : "found_at"));
    put_text(leak, "sha256", text_of(facts, "sha256"));
    (void)json_object_set_new(v->out, "leak", leak);
}

/* --- Persons --- */

static json_t *person_view(const struct view *v, const json_t *person)
{
    json_t *view = json_object();
    const char *user = text_of(person, "user");
    put_text(view, "user", user);
    put_text(view, "of", text_of(person, "of"));
    put_text(view, "rule", text_of(person, "rule"));
    put_text(view, "policy", text_of(person, "policy"));
    put_text(view, "known", text_of(person, "known"));
    if (json_text(person, "part") != NULL)
        put_text(view, "part", word(v, "part", text_of(person, "part")));
    if (json_text(person, "fault") != NULL)
        put_text(view, "fault", word(v, "fault", text_of(person, "fault")));
    put_text(view, "statement", text_of(json_object_get(finding_of(v), "statements"), user));
    (void)json_object_set_new(
        view, "proposed", json_boolean(json_is_true(json_object_get(person, "proposed"))));
    put_events(v, view, json_object_get(person, "events"));
    return view;
}

static void put_persons(struct view *v)
{
    const json_t *persons = json_object_get(finding_of(v), "persons");
    json_t *direct = json_array();
    json_t *indirect = json_array();
    for (size_t i = 0; i < json_array_size(persons); i++) {
        const json_t *person = json_array_get(persons, i);
        bool is_direct = strcmp(text_of(person, "kind"), "direct") == 0;
        (void)json_array_append_new(is_direct ? direct : indirect, person_view(v, person));
    }
    struct buffer names = {0};
    for (size_t i = 0; i < json_array_size(direct); i++)
        buffer_put_format(&names, "%s%s", i == 0 ? "" : text_of(v->words, "comma"),
            text_of(json_array_get(direct, i), "user"));
    put_text(v->out, "direct_names", buffer_text(&names));
    buffer_free(&names);
    (void)json_object_set_new(v->out, "direct", direct);
    (void)json_object_set_new(v->out, "indirect", indirect);
}

/* --- How likely --- */

/* Wilson's interval for a share that was seen @p count times. */
static void put_interval(json_t *object, double share, double count)
{
    double centre = (share + Z * Z / (2 * count)) / (1 + Z * Z / count);
    double half = Z * sqrt(share * (1 - share) / count + Z * Z / (4 * count * count)) / (1 + Z * Z / count);
    put_share(object, "low", fmax(0, centre - half));
    put_share(object, "high", fmin(1, centre + half));
}

/* How often it was so, of all that was told as likely in the measured cases. */
static json_t *measured(const struct view *v, int64_t ppm)
{
    const json_t *bins = json_object_get(v->rates, "calibration");
    for (size_t i = 0; i < json_array_size(bins); i++) {
        const json_t *bin = json_array_get(bins, i);
        int64_t to = json_number(bin, "to", 0);
        char span[40];
        if (ppm >= to * 1000 && i + 1 < json_array_size(bins))
            continue;
        json_t *view = json_object();
        (void)snprintf(
            span, sizeof span, "%.1f–%.1f", (double)json_number(bin, "from", 0) / 1000, (double)to / 1000);
        put_text(view, "span", span);
        put_count(view, "count", json_number(bin, "count", 0));
        put_share(view, "was", (double)json_number(bin, "was", 0) / 1000);
        put_interval(view, (double)json_number(bin, "was", 0) / 1000, (double)json_number(bin, "count", 1));
        return view;
    }
    return NULL;
}

static json_t *score_view(const struct view *v, const json_t *person)
{
    static const char *const counts[] = {
        "seen", "seen_fully", "only_he", "never_saw", "saw_other_versions", "decoys", "rows_apart"};
    json_t *view = json_object();
    const json_t *way = json_object_get(person, "way");
    const char *hold = text_of(person, "held_back");
    int64_t posterior = json_number(person, "posterior", 0);
    put_text(view, "user", text_of(person, "actor"));
    put_share(view, "score", (double)posterior / PPM);
    put_share(view, "alone", (double)json_number(person, "alone", 0) / PPM);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        put_count(view, counts[i], json_number(person, counts[i], 0));
    (void)json_object_set_new(view, "some_never", json_boolean(json_number(person, "never_saw", 0) > 0));
    (void)json_object_set_new(view, "some_decoys", json_boolean(json_number(person, "decoys", 0) > 0));
    (void)json_object_set_new(
        view, "some_other", json_boolean(json_number(person, "saw_other_versions", 0) > 0));
    (void)json_object_set_new(view, "some_alone", json_boolean(json_number(person, "only_he", 0) > 0));
    put_text(view, "nearest", text_of(person, "nearest"));
    put_text(view, "hold", hold[0] == '\0' ? "" : word(v, "hold", hold));
    put_text(view, "way", word(v, "way", text_of(way, "kind")));
    put_text(view, "export", text_of(way, "export"));
    put_count(view, "explained", json_number(way, "rows", 0));
    json_t *bin = measured(v, posterior);
    if (bin != NULL)
        (void)json_object_set_new(view, "measured", bin);
    return view;
}

static void put_groups(struct view *v)
{
    const json_t *groups = json_object_get(case_of(v), "groups");
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i);
        const json_t *explains = json_object_get(group, "explains");
        struct buffer rows = {0};
        json_t *view = json_object();
        put_words(v, view, "actors", "none", json_object_get(group, "actors"));
        put_share(view, "score", (double)json_number(group, "posterior", 0) / PPM);
        for (size_t k = 0; k < json_array_size(explains); k++)
            buffer_put_format(&rows, "%s%lld", k == 0 ? "" : text_of(v->words, "comma"),
                (long long)json_integer_value(json_array_get(explains, k)));
        put_text(view, "explains", buffer_text(&rows));
        buffer_free(&rows);
        (void)json_array_append_new(list, view);
    }
    (void)json_object_set_new(v->out, "groups", list);
}

static void put_scores(struct view *v)
{
    static const char *const others[] = {"none", "backup", "unlogged"};
    const json_t *facts = case_of(v);
    const json_t *persons = json_object_get(facts, "persons");
    size_t count = json_array_size(persons);
    json_t *scores = json_array();
    json_t *alternatives = json_object();
    for (size_t i = 0; i < count && i < SCORES_SHOWN; i++)
        (void)json_array_append_new(scores, score_view(v, json_array_get(persons, i)));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        put_share(alternatives, others[i], (double)json_number(facts, others[i], 0) / PPM);
    (void)json_object_set_new(v->out, "scores", scores);
    (void)json_object_set_new(v->out, "alternative", alternatives);
    int64_t people = json_number(facts, "people", 0);
    if (people > (int64_t)json_array_size(scores))
        put_count(v->out, "more_scores", people - (int64_t)json_array_size(scores));
    put_groups(v);
}

/* --- Timeline and matrix --- */

static void put_detail(const struct view *v, json_t *view, const json_t *detail)
{
    static const char *const members[] = {"role", "user", "portfolio", "name", "value", "until"};
    struct buffer text = {0};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *said = json_text(detail, members[i]);
        if (said != NULL)
            buffer_put_format(&text, "%s%s %s", text.size == 0 ? "" : text_of(v->words, "comma"),
                word(v, "detail", members[i]), said);
    }
    if (json_number(detail, "clients", 0) > 0)
        buffer_put_format(&text, "%s%s %lld", text.size == 0 ? "" : text_of(v->words, "comma"),
            word(v, "detail", "clients"), (long long)json_number(detail, "clients", 0));
    put_text(view, "detail", buffer_text(&text));
    buffer_free(&text);
}

static void put_timeline(struct view *v)
{
    const json_t *timeline = json_object_get(v->value, "timeline");
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(timeline); i++) {
        const json_t *entry = json_array_get(timeline, i);
        const char *event = text_of(entry, "event");
        /* Who wrote and signed the finding stands with its versions. */
        if (strncmp(event, "finding.", strlen("finding.")) == 0)
            continue;
        json_t *view = json_object();
        (void)json_object_set_new(view, "index", json_integer((json_int_t)json_number(entry, "index", 0)));
        put_time(view, "time", text_of(entry, "time"));
        put_text(view, "event", event);
        put_text(view, "what", word(v, "event", event));
        put_text(view, "actor", text_of(entry, "actor"));
        put_text(view, "client", text_of(entry, "client"));
        put_text(view, "purpose", text_of(entry, "purpose"));
        put_text(view, "leaf_hash", text_of(entry, "leaf_hash"));
        (void)json_object_set_new(
            view, "denied", json_boolean(strcmp(text_of(entry, "effect"), "deny") == 0));
        put_words(v, view, "policies", "none", json_object_get(entry, "policies"));
        put_detail(v, view, json_object_get(entry, "detail"));
        (void)json_array_append_new(rows, view);
    }
    (void)json_object_set_new(v->out, "timeline", rows);
}

static json_t *cells_view(const json_t *cells)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        json_t *view = json_object();
        int64_t count = json_number(cell, "count", 0);
        if (count > 0)
            put_count(view, "count", count);
        if (json_text(cell, "last") != NULL) {
            char span[32];
            (void)snprintf(span, sizeof span, "%.10s", text_of(cell, "last"));
            put_text(view, "last", span);
        }
        (void)json_array_append_new(list, view);
    }
    return list;
}

static void put_matrix(struct view *v)
{
    const json_t *matrix = json_object_get(v->value, "matrix");
    const json_t *clients = json_object_get(matrix, "clients");
    const json_t *people = json_object_get(matrix, "people");
    json_t *columns = json_array();
    json_t *rows = json_array();
    json_t *view = json_object();
    for (size_t i = 0; i < json_array_size(clients); i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "C%zu", i + 1);
        (void)json_array_append_new(columns,
            json_pack("{s:s,s:s}", "name", name, "id", json_string_value(json_array_get(clients, i))));
    }
    for (size_t i = 0; i < json_array_size(people); i++) {
        const json_t *one = json_array_get(people, i);
        (void)json_array_append_new(rows, json_pack("{s:s,s:o}", "user", text_of(one, "user"), "cells",
                                              cells_view(json_object_get(one, "cells"))));
    }
    (void)json_object_set_new(view, "columns", columns);
    (void)json_object_set_new(view, "rows", rows);
    if (json_number(matrix, "more_clients", 0) > 0)
        put_count(view, "more_clients", json_number(matrix, "more_clients", 0));
    if (json_number(matrix, "more_people", 0) > 0)
        put_count(view, "more_people", json_number(matrix, "more_people", 0));
    (void)json_object_set_new(v->out, "matrix", view);
}

/* --- The method's rates --- */

static void put_rates(struct view *v)
{
    const json_t *leaks = json_object_get(v->rates, "leaks");
    const json_t *bins = json_object_get(v->rates, "calibration");
    json_t *rows = json_array();
    json_t *table = json_array();
    json_t *rates = json_object();
    static const char *const others[] = {"none", "backup"};
    for (size_t i = 0; i < json_array_size(leaks); i++) {
        const json_t *one = json_array_get(leaks, i);
        json_t *view = json_object();
        put_text(view, "of", word(v, "leaks", text_of(one, "of")));
        put_count(view, "leaks", json_number(one, "leaks", 0));
        put_share(view, "first", (double)json_number(one, "first", 0) / 1000);
        put_share(view, "three", (double)json_number(one, "three", 0) / 1000);
        put_count(view, "told", json_number(one, "told", 0));
        put_count(view, "innocent", json_number(one, "innocent", 0));
        (void)json_array_append_new(rows, view);
    }
    for (size_t i = 0; i < json_array_size(bins); i++) {
        const json_t *bin = json_array_get(bins, i);
        json_t *view = measured(v, json_number(bin, "from", 0) * 1000);
        put_share(view, "mean", (double)json_number(bin, "mean", 0) / 1000);
        (void)json_array_append_new(table, view);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const json_t *one = json_object_get(v->rates, others[i]);
        json_t *view = json_object();
        put_count(view, "right", json_number(one, "right", 0));
        put_count(view, "of", json_number(one, "of", 0));
        (void)json_object_set_new(rates, others[i], view);
    }
    put_count(rates, "firms", json_number(v->rates, "firms", 0));
    (void)json_object_set_new(rates, "leaks", rows);
    (void)json_object_set_new(rates, "calibration", table);
    (void)json_object_set_new(v->out, "rates", rates);
}

/* --- Versions and signatures --- */

static json_t *said_view(const struct view *v, const json_t *said)
{
    json_t *view = json_object();
    put_text(view, "by", text_of(said, "by"));
    put_time(view, "time", text_of(said, "time"));
    put_text(view, "note", text_of(said, "note"));
    (void)json_object_set_new(view, "event", json_integer((json_int_t)json_number(said, "event", 0)));
    if (json_text(said, "as") != NULL)
        put_text(view, "as", word(v, "as", text_of(said, "as")));
    if (json_text(said, "result") != NULL)
        put_text(view, "result", word(v, "review", text_of(said, "result")));
    return view;
}

static void put_history(struct view *v)
{
    const json_t *history = json_object_get(v->value, "history");
    const json_t *versions = json_object_get(history, "versions");
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(versions); i++) {
        const json_t *version = json_array_get(versions, i),
                     *signatures = json_object_get(version, "signatures");
        json_t *view = said_view(v, version);
        json_t *signed_by = json_array();
        for (size_t k = 0; k < json_array_size(signatures); k++)
            (void)json_array_append_new(signed_by, said_view(v, json_array_get(signatures, k)));
        (void)json_object_set_new(
            view, "number", json_integer((json_int_t)json_number(version, "version", 0)));
        (void)json_object_set_new(view, "signatures", signed_by);
        if (json_object_get(version, "review") != NULL)
            (void)json_object_set_new(view, "review", said_view(v, json_object_get(version, "review")));
        put_text(view, "sha256", text_of(version, "sha256"));
        (void)json_object_set_new(view, "this_one",
            json_boolean(json_number(version, "version", 0) == json_number(v->value, "version", -1)));
        (void)json_array_append_new(list, view);
    }
    (void)json_object_set_new(v->out, "versions", list);
    if (json_object_get(history, "withdrawn") != NULL)
        (void)json_object_set_new(v->out, "withdrawn", said_view(v, json_object_get(history, "withdrawn")));
}

/* --- All of it --- */

static void put_head(struct view *v)
{
    static const char *const copied[] = {"id", "sha256", "origin", "status"};
    const json_t *bundle = json_object_get(v->value, "bundle");
    json_t *told = json_object();
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
        put_text(v->out, copied[i], text_of(v->value, copied[i]));
    bool is_signed = json_is_true(json_object_get(v->value, "signed"));
    bool withdrawn = json_object_get(json_object_get(v->value, "history"), "withdrawn") != NULL;
    (void)json_object_set_new(
        v->out, "version", json_integer((json_int_t)json_number(v->value, "version", 0)));
    (void)json_object_set_new(v->out, "event", json_integer((json_int_t)json_number(v->value, "event", 0)));
    (void)json_object_set_new(v->out, "signed", json_boolean(is_signed));
    (void)json_object_set_new(v->out, "unsigned", json_boolean(!is_signed && !withdrawn));
    (void)json_object_set_new(
        v->out, "names", json_boolean(json_is_true(json_object_get(v->value, "names"))));
    put_text(v->out, "reason", text_of(finding_of(v), "reason"));
    put_time(v->out, "created", text_of(v->value, "created"));
    put_count(told, "entries", json_number(bundle, "told", 0));
    put_count(told, "log_size", json_number(bundle, "tree_size", 0));
    (void)json_object_set_new(
        told, "extends", json_boolean(json_is_true(json_object_get(bundle, "extends"))));
    put_text(told, "manifest", text_of(bundle, "manifest_sha256"));
    (void)json_object_set_new(v->out, "bundle", told);
}

static void put_sections(struct view *v)
{
    static const char *const names[] = {
        "summary", "facts", "causation", "alternatives", "loss", "firm", "result", "limits"};
    const json_t *sections = json_object_get(finding_of(v), "sections");
    json_t *out = json_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        put_text(out, names[i], text_of(sections, names[i]));
    (void)json_object_set_new(v->out, "section", out);
}

json_t *report_view(const json_t *value, const struct report_words *words)
{
    struct view v = {value, words->words, words->rates, json_object()};
    if (v.out == NULL)
        return NULL;
    put_head(&v);
    put_sections(&v);
    put_leak(&v);
    put_persons(&v);
    put_scores(&v);
    put_timeline(&v);
    put_matrix(&v);
    put_rates(&v);
    put_history(&v);
    return v.out;
}
