/* What is due to whom, of cases of which more or less is known. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/law/duties.h"

static struct law *law;
static json_t *list;

static void open_facts(void)
{
    struct failure failure = {0};
    cr_assert_eq(law_open(law_facts_text(), &law, &failure), VAULT_OK, "%s", failure.text);
}

static void close_facts(void)
{
    json_decref(list);
    law_free(law);
}

TestSuite(law_duties, .init = open_facts, .fini = close_facts);

static int64_t at(const char *text)
{
    int64_t moment = 0;
    cr_assert(instant_parse(bytes_of_text(text), &moment));
    return moment;
}

/* Takes over the JSON. */
static void reckon(
    json_t *jurisdictions, json_t *moments, json_t *circumstances, json_t *done, const char *now)
{
    struct law_case of = {jurisdictions, moments, circumstances, done, at(now)};
    json_decref(list);
    cr_assert_eq(law_duties(law, &of, &list), VAULT_OK);
    json_decref(jurisdictions);
    json_decref(moments);
    json_decref(circumstances);
    json_decref(done);
}

static const json_t *duty(const char *id)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(json_text(json_array_get(list, i), "duty"), id) == 0)
            return json_array_get(list, i);
    }
    return NULL;
}

static void expect_state(const char *id, const char *state)
{
    cr_assert_not_null(duty(id), "%s", id);
    cr_assert_str_eq(json_text(duty(id), "state"), state, "%s is %s", id, json_text(duty(id), "state"));
}

static void expect_due(const char *id, const char *reading, const char *due)
{
    const json_t *end = json_object_get(duty(id), reading);
    cr_assert_not_null(end, "%s has no %s end", id, reading);
    cr_assert_eq(json_number(end, "due", 0), at(due), "%s", id);
}

Test(law_duties, an_ordinary_leak_in_china_has_no_four_hours_but_the_police_have_a_day)
{
    reckon(json_pack("[s]", "CN"),
        json_pack("{s:I,s:I}", "knew", (json_int_t)at("2026-11-26T02:00Z"), "discovered",
            (json_int_t)at("2026-11-26T02:00Z")),
        json_pack(
            "{s:s,s:s,s:s,s:s}", "personal", "yes", "trustee", "yes", "controller", "no", "grade", "no"),
        json_object(), "2026-11-26T03:00Z");
    expect_state("cn-report-4h", "not_owed");
    expect_state("cn-authority", "not_owed");
    expect_state("cn-client", "owed");
    expect_state("cn-police", "uncertain"); /* whether it is a case, nobody has said */
    expect_due("cn-police", "strict", "2026-11-27T02:00Z");
    cr_assert_null(json_object_get(duty("cn-police"), "lenient")); /* not confirmed yet */
    cr_assert_eq(json_number(json_object_get(duty("cn-police"), "strict"), "left", 0), INT64_C(23) * 3600000);
    expect_state("house-clients", "waiting");
    cr_assert_str_eq(json_text(duty("house-clients"), "force"), "house");
    cr_assert(json_is_false(
        json_object_get(json_object_get(duty("cn-client"), "strict"), "over"))); /* at once is never over */
    cr_assert_null(duty("eu-authority"));
}

Test(law_duties, a_large_one_is_reported_within_four_hours_and_is_late_after)
{
    reckon(json_pack("[s]", "CN"),
        json_pack("{s:I,s:I}", "knew", (json_int_t)at("2026-11-26T02:00Z"), "confirmed",
            (json_int_t)at("2026-11-26T04:00Z")),
        json_pack("{s:s,s:s}", "grade", "yes", "case", "yes"),
        json_pack("{s:I}", "cn-police", (json_int_t)at("2026-11-27T02:00Z")), "2026-11-26T06:00Z");
    expect_due("cn-report-4h", "strict", "2026-11-26T06:00Z");
    cr_assert(json_is_true(json_object_get(json_object_get(duty("cn-report-4h"), "strict"), "over")));
    /* Done at the very instant that is too late strictly, in time leniently. */
    expect_state("cn-police", "done");
    cr_assert(json_is_true(json_object_get(duty("cn-police"), "late")));
    expect_due("cn-police", "lenient", "2026-11-27T04:00Z");
    expect_state("cn-summary", "waiting");
}

Test(law_duties, what_frees_from_telling_people_does_not_free_from_telling_the_authority)
{
    reckon(json_pack("[s,s]", "CN", "EU"), json_pack("{s:I}", "knew", (json_int_t)at("2026-03-28T12:30Z")),
        json_pack("{s:s,s:s,s:s,s:s,s:s}", "controller", "yes", "harm-avoided", "yes", "encrypted", "yes",
            "risk", "yes", "high-risk", "yes"),
        NULL, "2026-03-28T13:00Z");
    expect_state("cn-individuals", "exempt");
    expect_state("cn-authority", "owed");
    expect_state("eu-individuals", "exempt");
    expect_state("eu-authority", "owed");
    expect_due("eu-authority", "strict", "2026-03-31T12:30Z");
    expect_due("eu-authority", "lenient", "2026-03-31T13:00Z");
    expect_state("eu-authority-96h", "not_owed"); /* proposed only */
}

Test(law_duties, they_come_in_the_order_of_their_strict_ends)
{
    json_t *all = json_pack("[s,s,s,s,s,s]", "CN", "EU", "UK", "US-FTC", "US-IRS", "SG");
    json_t *moments = json_object();
    for (int i = 0; i < 7; i++) {
        static const char *const names[] = {
            "occurred", "knew", "discovered", "confirmed", "assessed", "ended", "decided"};
        cr_assert(law_knows_moment(names[i]));
        json_object_set_new(moments, names[i], json_integer(at("2026-11-26T02:00Z") + i * 60000));
    }
    reckon(all, moments, NULL, NULL, "2026-11-26T03:00Z");
    cr_assert_eq(json_array_size(list), json_array_size(json_object_get(law_json(law), "duties")));
    int64_t before = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        int64_t due = json_number(json_object_get(json_array_get(list, i), "strict"), "due", -1);
        cr_assert_geq(due, before);
        before = due;
    }
    expect_due("us-irs", "strict",
        "2026-11-28T05:00Z"); /* Wednesday evening in New York; Thursday is Thanksgiving */
    expect_due("us-ftc", "strict", "2026-12-26T05:00Z");
    expect_due("sg-commission", "strict", "2026-11-29T16:00Z");
}

Test(law_duties, circumstances_are_those_of_the_facts)
{
    cr_assert(law_knows_circumstance(law, "crime"));
    cr_assert(law_knows_circumstance(law, "harm-avoided"));
    cr_assert_not(law_knows_circumstance(law, "always"));
    cr_assert_not(law_knows_circumstance(law, "nonsense"));
    cr_assert_not(law_knows_moment("never"));
}
