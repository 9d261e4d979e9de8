/* What becomes of a finding by its events, and who may do what next. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "vault/incident/finding_history.h"

#define ID "01ARZ3NDEKTSV4RRFFQ69G5FAV"

static struct findings *findings;
static uint64_t next;
static unsigned problems;

static void start(void)
{
    findings = findings_new();
    cr_assert_not_null(findings);
    next = problems = 0;
}

static void stop(void)
{
    findings_free(findings);
}

TestSuite(history, .init = start, .fini = stop);

static int problem(void *context, uint64_t index, const char *what)
{
    (void)context;
    (void)index;
    cr_assert(strstr(what, "counts for nothing") != NULL);
    problems++;
    return VAULT_OK;
}

static void feed(const char *text)
{
    json_t *leaf = NULL;
    cr_assert_eq(json_read(bytes_of_text(text), &leaf, NULL), VAULT_OK, "%s", text);
    cr_assert_eq(findings_feed(findings, next++, leaf, problem, NULL), VAULT_OK);
    json_decref(leaf);
}

#define LEAF \
    "{\"event\":\"%s\",\"time\":\"2026-01-01T00:00:00.000Z\",\"actor\":{\"id\":\"%s\",\"type\":\"user\"}," \
    "\"decision\":{\"effect\":\"permit\"},\"finding\":{\"id\":\"" ID "\",\"version\":%d%s}%s}"

static void step(const char *event, const char *actor, int version, const char *more, const char *phase)
{
    char text[1000];
    (void)snprintf(text, sizeof text, LEAF, event, actor, version, more, phase);
    feed(text);
}

static void outcome(const char *event, const char *status)
{
    char text[300];
    (void)snprintf(text, sizeof text,
        "{\"event\":\"%s\",\"phase\":\"outcome\",\"intent\":%d,\"result\":{\"status\":\"%s\"},\"decision\":{"
        "\"effect\":\"permit\"}}",
        event, (int)next - 1, status);
    feed(text);
}

/* A version is an intent and its outcome; its hash is "h1", "h2", … */
static void version(const char *event, const char *actor, int number, const char *more)
{
    char about[200];
    (void)snprintf(about, sizeof about, ",\"part\":\"version-%d\",\"sha256\":\"h%d\",\"sealed\":\"s%d\"%s",
        number, number, number, more);
    step(event, actor, number, about, ",\"phase\":\"intent\"");
    outcome(event, "ok");
}

static void judge(const char *event, const char *actor, int number, const char *more)
{
    char about[200];
    (void)snprintf(about, sizeof about, ",\"of\":\"h%d\"%s", number, more);
    step(event, actor, number, about, "");
}

#define ACCEPT ",\"result\":\"accept\""

static const char *status(void)
{
    return json_text(findings_get(findings, ID), "status");
}

static int may(const char *event, const char *actor, int number, bool supersede)
{
    struct finding_step what = {event, actor, number, supersede};
    return finding_may(findings_get(findings, ID), &what, NULL);
}

Test(history, both_sign_what_the_second_accepted)
{
    version("finding.draft", "ina", 1, "");
    cr_assert_str_eq(status(), "draft");
    cr_assert_eq(may("finding.sign", "ina", 1, false), VAULT_EINPUT);
    judge("finding.review", "ivo", 1, ACCEPT);
    cr_assert_str_eq(status(), "accepted");
    judge("finding.sign", "ivo", 1, "");
    cr_assert_str_eq(status(), "accepted");
    judge("finding.sign", "ina", 1, "");
    cr_assert_str_eq(status(), "signed");
    cr_assert_eq(json_number(findings_get(findings, ID), "signed_version", 0), 1);
    cr_assert_eq(problems, 0);
}

Test(history, nobody_reviews_what_he_wrote_any_of)
{
    version("finding.draft", "ina", 1, "");
    version("finding.change", "ivo", 2, "");
    cr_assert_eq(may("finding.review", "ina", 2, false), VAULT_EDENIED);
    cr_assert_eq(may("finding.review", "ivo", 2, false), VAULT_EDENIED);
    cr_assert_eq(may("finding.review", "nia", 2, false), VAULT_OK);
    judge("finding.review", "ina", 2, ACCEPT);
    cr_assert_eq(problems, 1);
    cr_assert_str_eq(status(), "draft");
}

Test(history, only_author_and_reviewer_sign_and_once_each)
{
    version("finding.draft", "ina", 1, "");
    judge("finding.review", "ivo", 1, ACCEPT);
    cr_assert_eq(may("finding.sign", "nia", 1, false), VAULT_EDENIED);
    judge("finding.sign", "ina", 1, "");
    cr_assert_eq(may("finding.sign", "ina", 1, false), VAULT_EEXISTS);
    judge("finding.sign", "ina", 1, "");
    cr_assert_eq(problems, 1);
    cr_assert_str_eq(status(), "accepted");
}

Test(history, a_change_takes_review_and_signatures_away)
{
    version("finding.draft", "ina", 1, "");
    judge("finding.review", "ivo", 1, ACCEPT);
    judge("finding.sign", "ivo", 1, "");
    version("finding.change", "ina", 2, "");
    cr_assert_str_eq(status(), "draft");
    cr_assert_eq(may("finding.sign", "ina", 1, false), VAULT_EINPUT);
    judge("finding.sign", "ina", 1, "");
    cr_assert_eq(problems, 1);
    cr_assert_null(json_object_get(findings_get(findings, ID), "signed_version"));
}

Test(history, a_signed_version_is_superseded_not_changed)
{
    version("finding.draft", "ina", 1, "");
    judge("finding.review", "ivo", 1, ACCEPT);
    cr_assert_eq(may("finding.change", "ina", 2, true), VAULT_EINPUT);
    judge("finding.sign", "ivo", 1, "");
    judge("finding.sign", "ina", 1, "");
    cr_assert_eq(may("finding.change", "ina", 2, false), VAULT_EINPUT);
    version("finding.change", "ina", 2, "");
    cr_assert_eq(problems, 1);
    cr_assert_str_eq(status(), "signed");
    version("finding.change", "ina", 2, ",\"supersede\":true");
    cr_assert_str_eq(status(), "draft");
    cr_assert_eq(json_number(findings_get(findings, ID), "signed_version", 0), 1);
    judge("finding.review", "ivo", 2, ACCEPT);
    judge("finding.sign", "ivo", 2, "");
    judge("finding.sign", "ina", 2, "");
    cr_assert_eq(json_number(findings_get(findings, ID), "signed_version", 0), 2);
}

Test(history, withdrawn_is_the_end)
{
    version("finding.draft", "ina", 1, "");
    judge("finding.withdraw", "ivo", 1, "");
    cr_assert_str_eq(status(), "withdrawn");
    cr_assert_eq(may("finding.change", "ina", 2, false), VAULT_EINPUT);
    cr_assert_eq(may("finding.review", "ivo", 1, false), VAULT_EINPUT);
    version("finding.change", "ina", 2, "");
    cr_assert_eq(problems, 1);
}

Test(history, a_version_counts_once_its_outcome_says_so)
{
    step("finding.draft", "ina", 1, ",\"part\":\"version-1\",\"sha256\":\"h1\",\"sealed\":\"s1\"",
        ",\"phase\":\"intent\"");
    cr_assert_null(findings_get(findings, ID));
    outcome("finding.draft", "undone");
    cr_assert_null(findings_get(findings, ID));
    cr_assert_eq(may("finding.change", "ina", 1, false), VAULT_ENOTFOUND);
    cr_assert_eq(may("finding.draft", "ina", 1, false), VAULT_OK);
}

Test(history, what_names_another_hash_version_or_nobody_counts_for_nothing)
{
    version("finding.draft", "ina", 1, "");
    step("finding.review", "ivo", 1, ",\"of\":\"h2\"" ACCEPT, "");
    step("finding.review", "ivo", 1, ACCEPT, "");
    version("finding.change", "ivo", 3, "");
    feed("{\"event\":\"finding.review\",\"time\":\"2026-01-01T00:00:00.000Z\",\"actor\":{\"id\":\"vault\","
         "\"type\":\"system\"},"
         "\"decision\":{\"effect\":\"permit\"},\"finding\":{\"id\":\"" ID
         "\",\"version\":1,\"of\":\"h1\",\"result\":\"accept\"}}");
    cr_assert_eq(problems, 4);
    cr_assert_str_eq(status(), "draft");
}

Test(history, denials_and_other_events_are_passed_over)
{
    version("finding.draft", "ina", 1, "");
    feed("{\"event\":\"finding.review\",\"actor\":{\"id\":\"ina\"},\"decision\":{\"effect\":\"deny\"}}");
    feed("{\"event\":\"finding.show\",\"actor\":{\"id\":\"ina\"},\"decision\":{\"effect\":\"permit\"}}");
    feed("{\"event\":\"record.read\"}");
    cr_assert_eq(problems, 0);
    cr_assert_str_eq(status(), "draft");
}
