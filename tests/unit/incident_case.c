/* What becomes of a case by its events, and what may come next. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "vault/incident/case.h"

#define ID "01ARZ3NDEKTSV4RRFFQ69G5FAV"

static struct cases *cases;
static uint64_t next;
static unsigned problems;

static void start(void)
{
    cases = cases_new();
    cr_assert_not_null(cases);
    next = problems = 0;
}

static void stop(void)
{
    cases_free(cases);
}

TestSuite(case_file, .init = start, .fini = stop);

static int problem(void *context, uint64_t index, const char *what)
{
    (void)context;
    (void)index;
    cr_assert_not_null(strstr(what, "counts for nothing"), "%s", what);
    problems++;
    return VAULT_OK;
}

static void feed(const char *event, const char *about, const char *more)
{
    char text[2000];
    json_t *leaf = NULL;
    (void)snprintf(text, sizeof text,
        "{\"event\":\"%s\",\"time\":\"2026-01-01T00:00:00.000Z\",\"actor\":{\"id\":\"ina\",\"type\":\"user\"}"
        ","
        "\"decision\":{\"effect\":\"permit\"},\"incident\":{\"id\":\"" ID "\"%s}%s}",
        event, about, more);
    cr_assert_eq(json_read(bytes_of_text(text), &leaf, NULL), VAULT_OK, "%s", text);
    cr_assert_eq(cases_feed(cases, next++, leaf, problem, NULL), VAULT_OK);
    json_decref(leaf);
}

#define PART ",\"part\":\"incident-0\",\"sha256\":\"ab\",\"sealed\":\"cd\""
#define OPEN PART ",\"jurisdictions\":[\"CN\"],\"moments\":{\"knew\":1000}"

static const json_t *one(void)
{
    return cases_get(cases, ID);
}

Test(case_file, is_opened_noted_in_fulfilled_and_closed)
{
    feed("incident.open", OPEN, "");
    feed("incident.note",
        ",\"kind\":\"fact\",\"moments\":{\"confirmed\":2000},\"circumstances\":{\"crime\":\"yes\"}", "");
    feed("incident.note", ",\"kind\":\"fact\",\"circumstances\":{\"crime\":\"no\"}", "");
    feed("incident.note", ",\"kind\":\"person\",\"person\":{\"user\":\"ivo\",\"as\":\"lead\"}", "");
    feed("incident.note", ",\"kind\":\"person\",\"person\":{\"user\":\"ivo\",\"as\":\"counsel\"}", "");
    feed("incident.fulfil", ",\"duty\":\"cn-police\",\"at\":3000", "");
    feed("incident.close", "", "");
    cr_assert_eq(problems, 0);
    cr_assert_str_eq(json_text(one(), "status"), "closed");
    cr_assert_eq(json_number(json_object_get(one(), "moments"), "knew", 0), 1000);
    cr_assert_eq(json_number(json_object_get(one(), "moments"), "confirmed", 0), 2000);
    cr_assert_str_eq(
        json_text(json_object_get(one(), "circumstances"), "crime"), "no"); /* what is said last holds */
    cr_assert_eq(json_array_size(json_object_get(one(), "people")), 1);
    cr_assert_str_eq(json_text(json_array_get(json_object_get(one(), "people"), 0), "as"), "counsel");
    cr_assert_eq(json_number(json_object_get(one(), "done"), "cn-police", 0), 3000);
    cr_assert_eq(json_array_size(json_object_get(one(), "steps")), 7);
}

Test(case_file, what_does_not_fit_counts_for_nothing)
{
    feed("incident.note", ",\"kind\":\"note\"", "");          /* of no case */
    feed("incident.open", PART ",\"jurisdictions\":[]", "");  /* nowhere */
    feed("incident.open", ",\"jurisdictions\":[\"CN\"],\"part\":\"x\"", ""); /* a text without hashes */
    feed("incident.open", OPEN ",\"circumstances\":{\"crime\":\"maybe\"}", "");
    cr_assert_eq(problems, 4);
    cr_assert_null(one());
    feed("incident.open", OPEN, "");
    feed("incident.open", OPEN, ""); /* twice */
    feed("incident.note", ",\"moments\":{\"knew\":\"yesterday\"}", "");
    feed("incident.note", ",\"person\":{\"user\":\"ivo\"}", "");
    feed("incident.note", ",\"part\":\"incident-1\"", ""); /* without hashes */
    feed("incident.fulfil", ",\"duty\":\"cn-police\"", "");
    cr_assert_eq(problems, 9);
    cr_assert_eq(json_array_size(json_object_get(one(), "steps")), 1);
    feed("incident.close", "", "");
    feed("incident.note", ",\"kind\":\"note\"", "");
    cr_assert_eq(problems, 10);
    feed("incident.hold", ",\"hold\":true", ""); /* this can be said of a closed case */
    cr_assert_eq(problems, 10);
    cr_assert(json_is_true(json_object_get(one(), "held")));
}

Test(case_file, an_intent_counts_with_its_outcome_alone)
{
    feed("incident.open", OPEN, ",\"phase\":\"intent\"");
    cr_assert_null(one());
    feed("incident.open", "", ",\"phase\":\"outcome\",\"intent\":0,\"result\":{\"status\":\"undone\"}");
    cr_assert_null(one());
    feed("incident.open", OPEN, ",\"phase\":\"intent\"");
    feed("incident.open", "", ",\"phase\":\"outcome\",\"intent\":2,\"result\":{\"status\":\"ok\"}");
    cr_assert_not_null(one());
    cr_assert_eq(json_number(json_array_get(json_object_get(one(), "steps"), 0), "event", -1), 2);
    cr_assert_eq(problems, 0);
}

static void todo(const char *state, const char *document, const char *expected)
{
    json_t *duty = json_pack("{s:s,s:s,s:s,s:s,s:s*}", "duty", "d", "state", state, "when", "critical", "start_is", "ended",
        "document", document);
    json_t *text = case_todo("ID", duty);
    if (expected == NULL)
        cr_expect_null(text);
    else
        cr_expect_str_eq(json_string_value(text), expected);
    json_decref(text);
    json_decref(duty);
}

Test(case_file, says_what_to_type_for_each_duty)
{
    todo("uncertain", NULL, "incident note ID --circumstance critical=yes|no");
    todo("waiting", NULL, "incident note ID --moment ended=TIME");
    todo("owed", NULL, "incident fulfil ID d");
    todo("owed", "notice-client", "incident notify ID notice-client; incident fulfil ID d --file PROOF");
    todo("owed", "notice-individual",
        "incident notify ID notice-individual --recipients FILE; incident fulfil ID d --file PROOF");
    todo("owed", "report", "incident document draft ID report; incident fulfil ID d --file PROOF");
    todo("done", NULL, NULL);
    todo("exempt", "report", NULL);
    json_t *duty = json_pack("{s:s,s:s,s:{s:i}}", "duty", "d", "state", "owed", "proposed", "event", 7);
    json_t *text = case_todo("ID", duty);
    cr_expect_str_eq(json_string_value(text), "incident fulfil ID d --event 7");
    json_decref(text);
    json_decref(duty);
}

Test(case_file, the_next_step_is_the_first_that_is_not_done)
{
    json_t *duties = json_pack("[{s:s,s:s,s:s},{s:s,s:s,s:s}]", "force", "law", "step", "notify", "state",
        "owed", "force", "law", "step", "report", "state", "owed");
    json_t *done = json_array();
    feed("incident.open", OPEN, "");
    cr_assert_str_eq(case_next(one(), false, duties), "freeze");
    cr_assert_str_eq(case_next(one(), true, duties), "assess");
    feed("incident.assess", PART, "");
    cr_assert_str_eq(case_next(one(), true, duties), "notify");
    json_object_set_new(json_array_get(duties, 0), "state", json_string("done"));
    cr_assert_str_eq(case_next(one(), true, duties), "report");
    json_object_set_new(json_array_get(duties, 1), "force", json_string("house")); /* does not hold it up */
    cr_assert_str_eq(case_next(one(), true, duties), "responsibility");
    feed("incident.note", ",\"kind\":\"responsibility\"", "");
    cr_assert_str_eq(case_next(one(), true, done), "remedy");
    feed("incident.note", ",\"kind\":\"remedy\"", "");
    cr_assert_str_eq(case_next(one(), true, done), "learn");
    feed("incident.note", ",\"kind\":\"lesson\"", "");
    cr_assert_str_eq(case_next(one(), true, done), "close");
    json_t *waits = json_pack("[{s:s,s:s,s:s}]", "force", "law", "step", "report", "state", "waiting");
    cr_assert_str_eq(case_next(one(), true, waits), "moments");
    json_object_set_new(json_array_get(waits, 0), "state", json_string("uncertain"));
    cr_assert_str_eq(case_next(one(), true, waits), "circumstances");
    json_object_set_new(json_array_get(waits, 0), "state", json_string("owed"));
    json_object_set_new(json_array_get(waits, 0), "step", json_string("freeze"));
    cr_assert_str_eq(case_next(one(), true, waits), "duties");
    json_object_set_new(json_array_get(waits, 0), "step", json_string("responsibility"));
    cr_assert_str_eq(case_next(one(), true, waits), "close", "a period of limitation is nothing to be done");
    json_decref(waits);
    feed("incident.close", "", "");
    cr_assert_str_eq(case_next(one(), true, done), "closed");
    json_decref(duties);
    json_decref(done);
}
