/* Typed entries of a case, and what may be recovered from staff: a table of cases reckoned by hand from the
 * articles. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/incident/case.h"
#include "vault/incident/entry.h"
#include "vault/incident/recovery.h"

static struct failure failure;

/* --- Money --- */

Test(money, is_hundredths_and_nothing_else)
{
    static const struct {
        const char *text;
        int64_t hundredths;
    } good[] = {{"0", 0}, {"1", 100}, {"1234.5", 123450}, {"1234.50", 123450}, {"0.01", 1}, {"7.100", 710},
        {"10000000000000", INT64_C(1000000000000000)}};
    static const char *const bad[] = {
        "", "-1", "1,000", "1e3", "0.001", "¥5", "10000000000000.01", "99999999999999999999", "x"};
    char text[MONEY_TEXT_SIZE];
    int64_t found;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        cr_assert(money_parse(bytes_of_text(good[i].text), &found), "%s", good[i].text);
        cr_assert_eq(found, good[i].hundredths, "%s", good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(money_parse(bytes_of_text(bad[i]), &found), "%s", bad[i]);
    money_format(123405, text);
    cr_assert_str_eq(text, "1234.05");
}

/* --- Recovery: 民法典1191, 工资支付暂行规定16 --- */

Test(recovery, takes_at_most_a_fifth_and_leaves_the_minimum_wage)
{
    static const struct {
        const char *owed, *wage, *minimum, *limit;
    } cases[] = {
        {"50000", "10000", "2690", "2000.00"},  /* a fifth */
        {"1500", "10000", "2690", "1500.00"},   /* no more than is owed */
        {"50000", "3000", "2690", "310.00"},    /* the minimum wage stays */
        {"50000", "3362.50", "2690", "672.50"}, /* where both come to the same */
        {"50000", "3362.49", "2690", "672.49"}, /* a cent below it the minimum wage rules … */
        {"50000", "3362.55", "2690", "672.51"}, /* … above it the fifth */
        {"50000", "2690", "2690", "0.00"},      /* who earns the minimum pays nothing */
        {"50000", "2000", "2690", "0.00"},      /* nor who earns less, for part of a month */
        {"0", "10000", "2690", "0.00"},
        {"50000", "0", "2690", "0.00"},
        {"50000", "9999.99", "2690", "1999.99"}, /* never rounded up: 1999.998 */
        {"0.01", "10000", "2690", "0.01"},
        {"50000", "10000", "0", "2000.00"},
        {"10000000000000", "10000000000000", "1", "2000000000000.00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct recovery_terms terms = {
            .fault = i % 2 == 0 ? "intent" : "gross-negligence", .in_contract = true};
        char text[MONEY_TEXT_SIZE];
        int64_t limit;
        cr_assert(money_parse(bytes_of_text(cases[i].owed), &terms.owed));
        cr_assert(money_parse(bytes_of_text(cases[i].wage), &terms.wage));
        cr_assert(money_parse(bytes_of_text(cases[i].minimum), &terms.minimum_wage));
        cr_assert_eq(recovery_limit(&terms, &limit, &failure), VAULT_OK);
        money_format(limit, text);
        cr_assert_str_eq(text, cases[i].limit, "case %zu", i);
    }
}

Test(recovery, is_for_grave_fault_and_by_contract_alone)
{
    static const char *const light[] = {"negligence", "none", "", "Intent"};
    struct recovery_terms terms = {.owed = 100, .wage = 1000000, .in_contract = true};
    int64_t limit;
    for (size_t i = 0; i < 4; i++) {
        terms.fault = light[i];
        cr_assert_eq(recovery_limit(&terms, &limit, &failure), VAULT_EDENIED);
        cr_assert_eq(limit, 0);
        failure_clear(&failure);
    }
    terms.fault = "intent";
    terms.in_contract = false;
    cr_assert_eq(recovery_limit(&terms, &limit, &failure), VAULT_EDENIED);
    cr_assert_not_null(strstr(failure.text, "第十六条"));
}

/* --- Entries --- */

/* "a=b c=d", blanks in values as underscores. */
static json_t *fields_of(const char *text)
{
    json_t *fields = json_object();
    while (text[0] != '\0') {
        char name[64];
        char value[256];
        int used = 0;
        cr_assert_eq(sscanf(text, " %63[^=]=%255s%n", name, value, &used), 2, "%s", text);
        json_object_set_new(fields, name, json_string(value));
        text += used;
    }
    return fields;
}

static int check(const char *kind, const char *text, const char *state)
{
    json_t *fields = fields_of(text);
    failure_clear(&failure);
    int result = entry_check(entry_kind_find(kind), fields, state, &failure);
    json_decref(fields);
    return result;
}

Test(entry, kinds_are_sound)
{
    static const char *const groups[] = {
        "ledger", "discipline", "remedy", "care", "cooperation", "publication", "learning"};
    for (size_t i = 0; entry_kind_at(i) != NULL; i++) {
        const struct entry_kind *kind = entry_kind_at(i);
        bool known = false;
        for (size_t j = 0; j < sizeof groups / sizeof groups[0]; j++)
            known = known || strcmp(groups[j], kind->group) == 0;
        cr_assert(known, "%s", kind->name);
        cr_assert_eq(entry_kind_find(kind->name), kind);
        cr_assert(kind->due == NULL || strstr(kind->fields, kind->due) != NULL, "%s", kind->name);
        cr_assert(kind->sum == NULL || strstr(kind->fields, kind->sum) != NULL, "%s", kind->name);
    }
    cr_assert_null(entry_kind_find("nothing"));
    cr_assert_null(entry_kind_find(NULL));
}

Test(entry, needs_its_fields_in_their_forms_and_no_others)
{
    cr_assert_eq(
        check("claim", "from=x amount=12.5 basis=contract", "asserted"), VAULT_OK, "%s", failure.text);
    cr_assert_eq(check("claim", "from=x amount=12.5", "asserted"), VAULT_EUSAGE);
    cr_assert_not_null(strstr(failure.text, "'basis' is missing"));
    cr_assert_eq(check("claim", "from=x amount=-1 basis=b", "asserted"), VAULT_EUSAGE);
    cr_assert_eq(check("claim", "from=x amount=1 basis=b colour=red", "asserted"), VAULT_EUSAGE);
    cr_assert_eq(check("claim", "from=x amount=1 basis=b", "paid"), VAULT_EUSAGE);
    cr_assert_eq(check("claim", "from=x amount=1 basis=b", ""), VAULT_EUSAGE);
    cr_assert_eq(check("claim", "from=x amount=1 basis=b limitation=2029-02-30", "asserted"), VAULT_EUSAGE);
    cr_assert_eq(check("lost", "what=clients month=2026-11 count=3", "noted"), VAULT_OK);
    cr_assert_eq(check("lost", "what=chairs month=2026-11 count=3", "noted"), VAULT_EUSAGE);
    cr_assert_eq(check("lost", "what=clients month=2026-13 count=3", "noted"), VAULT_EUSAGE);
    cr_assert_eq(check("lost", "what=clients month=2026-11 count=-3", "noted"), VAULT_EUSAGE);
}

Test(entry, states_take_what_they_rest_on)
{
    cr_assert_eq(check("care", "from=x question=q reply_by=2026-12-01", "open"), VAULT_OK);
    cr_assert_eq(check("care", "from=x question=q reply_by=2026-12-01", "answered"), VAULT_EUSAGE);
    cr_assert_eq(check("care", "from=x question=q reply_by=2026-12-01 answer=a", "answered"), VAULT_OK);
    cr_assert_eq(check("action", "cause=c action=a owner=o due=2026-12-01", "done"), VAULT_EUSAGE);
    cr_assert_eq(check("action", "cause=c action=a owner=o due=2026-12-01 proof=p", "done"), VAULT_OK);
    cr_assert_eq(
        check("action", "cause=c action=a owner=o due=2026-12-01 proof=p", "effective"), VAULT_EUSAGE);
    cr_assert_eq(
        check("action", "cause=c action=a owner=o due=2026-12-01 proof=p effect=e", "effective"), VAULT_OK);
}

#define RECOVERY "user=amy owed=50000 basis=b wage=10000 minimum_wage=2690 "
Test(entry, recovery_is_held_against_the_law)
{
    cr_assert_eq(check("recovery", RECOVERY "fault=negligence contract_term=7.2", "demanded"), VAULT_EDENIED);
    cr_assert_eq(check("recovery", RECOVERY "fault=intent", "demanded"), VAULT_EDENIED);
    cr_assert_eq(check("recovery", RECOVERY "fault=intent contract_term=7.2", "demanded"), VAULT_OK, "%s",
        failure.text);
    cr_assert_eq(check("recovery", RECOVERY "fault=intent contract_term=7.2", "deducting"), VAULT_EUSAGE);
    cr_assert_eq(
        check("recovery", RECOVERY "fault=intent contract_term=7.2 monthly=2000", "deducting"), VAULT_OK);
    cr_assert_eq(check("recovery", RECOVERY "fault=intent contract_term=7.2 monthly=2000.01", "deducting"),
        VAULT_EDENIED);
    cr_assert_not_null(strstr(failure.text, "at most 2000.00"));
    cr_assert_eq(check("recovery", RECOVERY "fault=negligence", "waived"), VAULT_OK);
}

#define DISCIPLINE "user=amy rule=secrecy appeal_until=2027-01-31 "
Test(entry, discipline_is_held_against_the_law)
{
    cr_assert_eq(check("discipline", DISCIPLINE "measure=warning heard=no", "proposed"), VAULT_OK);
    cr_assert_eq(check("discipline", DISCIPLINE "measure=warning heard=no", "decided"), VAULT_EDENIED);
    cr_assert_eq(check("discipline", DISCIPLINE "measure=warning heard=yes", "decided"), VAULT_OK);
    cr_assert_eq(check("discipline", DISCIPLINE "measure=dismissal heard=yes", "decided"), VAULT_EDENIED);
    cr_assert_eq(
        check("discipline", DISCIPLINE "measure=dismissal heard=yes union=yes", "decided"), VAULT_OK);
    cr_assert_eq(check("discipline", DISCIPLINE "measure=demotion heard=yes", "decided"), VAULT_EDENIED);
    cr_assert_eq(
        check("discipline", DISCIPLINE "measure=demotion heard=yes written_agreement=yes", "decided"),
        VAULT_OK);
    cr_assert_eq(check("discipline", DISCIPLINE "measure=fine heard=yes", "decided"), VAULT_EUSAGE);
    cr_assert_eq(
        check("discipline", "user=amy rule=secrecy measure=warning heard=yes", "decided"), VAULT_EUSAGE);
}

Test(entry, pseudonyms_are_drawn_and_scores_are_five)
{
    static const char *const wrong[] = {"amy", "P-12", "P-ILOU", "P-ab12", "P-0123456789ABC"};
    char text[300];
    for (size_t i = 0; i < 5; i++) {
        (void)snprintf(text, sizeof text,
            "round=30 pseudonym=%s timeliness=1 clarity=2 effectiveness=3 trust=4 renewal=5", wrong[i]);
        cr_assert_eq(check("survey", text, "answered"), VAULT_EUSAGE, "%s", wrong[i]);
    }
    cr_assert_eq(
        check("survey", "round=30 pseudonym=P-7K2M timeliness=1 clarity=2 effectiveness=3 trust=4 renewal=5",
            "answered"),
        VAULT_OK);
    cr_assert_eq(
        check("survey", "round=30 pseudonym=P-7K2M timeliness=0 clarity=2 effectiveness=3 trust=4 renewal=5",
            "answered"),
        VAULT_EUSAGE);
    cr_assert_eq(
        check("survey", "round=31 pseudonym=P-7K2M timeliness=1 clarity=2 effectiveness=3 trust=4 renewal=5",
            "answered"),
        VAULT_EUSAGE);
}

/* As survey.zh.html and survey.en.html ask. */
Test(entry, trust_is_from_nought_to_ten)
{
    static const char *const trust[] = {"0", "6", "10", "11", "-1", "1.5"};
    char text[300];
    for (size_t i = 0; i < 6; i++) {
        (void)snprintf(text, sizeof text,
            "round=30 pseudonym=P-7K2M timeliness=1 clarity=2 effectiveness=3 trust=%s renewal=5", trust[i]);
        cr_assert_eq(check("survey", text, "answered"), i < 3 ? VAULT_OK : VAULT_EUSAGE, "%s", trust[i]);
    }
}

Test(entry, cooperation_takes_what_it_rests_on)
{
    static const struct {
        const char *kind, *fields, *state;
        int wanted;
    } rows[] = {
        {"client-plan", "client=c goal=g owner=o review=2026-12-01", "agreed", VAULT_OK},
        {"client-plan", "client=c goal=g owner=o review=soon", "agreed", VAULT_EUSAGE},
        {"client-plan", "client=c goal=g owner=o review=2026-12-01", "ended", VAULT_EUSAGE},
        {"visit", "client=c day=2026-12-01 owner=o", "planned", VAULT_OK},
        {"visit", "client=c day=2026-12-01 owner=o", "held", VAULT_EUSAGE},
        {"commitment", "client=c promise=p owner=o due=2026-12-01", "kept", VAULT_EUSAGE},
        {"commitment", "client=c promise=p owner=o due=2026-12-01 proof=e", "kept", VAULT_OK},
        {"renewal", "client=c contract=p owner=o ends=2026-12-01", "renewed", VAULT_EUSAGE},
        {"renewal", "client=c contract=p owner=o ends=2026-12-01", "declined", VAULT_EUSAGE},
        {"public-step", "day=2026-12-01 text=t", "published", VAULT_OK},
        {"complaint", "from=f about=a received=2026-12-01 reply_by=2026-12-09", "answered", VAULT_EUSAGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(check(rows[i].kind, rows[i].fields, rows[i].state), rows[i].wanted, "%zu", i);
}

Test(entry, a_lesson_names_nobody)
{
    json_t *names = json_pack("[s,s,s]", "amy", "青禾样本商贸有限公司", "x");
    cr_assert_eq(
        entry_names_nobody("Exports above 500 rows need a second person.", names, &failure), VAULT_OK);
    cr_assert_eq(entry_names_nobody("Amy exported too much", names, &failure), VAULT_EINPUT);
    cr_assert_eq(entry_names_nobody("资料属于青禾样本商贸有限公司", names, &failure), VAULT_EINPUT);
    cr_assert_eq(entry_names_nobody("call 13800138000", names, &failure), VAULT_EINPUT);
    cr_assert_null(strstr(failure.text, "13800138000"));
    cr_assert_eq(entry_names_nobody("99999 rows, 2026-11-26", names, &failure), VAULT_OK);
    cr_assert_eq(entry_names_nobody("", NULL, &failure), VAULT_OK);
    json_decref(names);
}

/* --- As they stand --- */

static void add_step(json_t *steps, int entry, const char *kind, const char *state, const char *fields)
{
    json_t *step = json_pack("{s:s,s:s,s:i,s:s,s:s,s:i,s:s,s:{s:o}}", "step", "enter", "kind", kind, "entry",
        entry, "state", state, "by", "ina", "event", 100 + (int)json_array_size(steps), "time",
        "2026-11-26T00:00:00Z", "says", "fields", fields_of(fields));
    json_array_append_new(steps, step);
}

Test(entries, the_last_step_holds_and_sums_and_trends_follow)
{
    json_t *steps = json_pack("[{s:s}]", "step", "open");
    json_t *one = json_pack("{s:o}", "steps", steps);
    int64_t now = 0;
    cr_assert(instant_parse(bytes_of_text("2026-12-02"), &now));
    add_step(steps, 1, "claim", "asserted", "from=x amount=100.10 basis=b");
    add_step(steps, 2, "claim", "asserted", "from=y amount=0.95 basis=b");
    add_step(steps, 1, "claim", "settled", "from=x amount=80 basis=b");
    add_step(steps, 4, "care", "open", "from=x question=q reply_by=2026-12-01");
    add_step(steps, 5, "care", "open", "from=y question=q reply_by=2026-12-02");
    add_step(steps, 6, "care", "answered", "from=z question=q reply_by=2026-11-01 answer=a");
    add_step(steps, 7, "survey", "answered",
        "round=30 pseudonym=P-AAAA timeliness=5 clarity=2 effectiveness=3 trust=1 renewal=5");
    add_step(steps, 8, "survey", "answered",
        "round=30 pseudonym=P-BBBB timeliness=4 clarity=2 effectiveness=3 trust=2 renewal=5");
    add_step(steps, 9, "lost", "noted", "what=clients month=2026-11 count=3");
    add_step(steps, 10, "lost", "noted", "what=staff month=2026-11 count=1");
    json_t *entries = entries_of(one, now);
    cr_assert_eq(json_array_size(entries), 9);
    cr_assert_str_eq(json_text(json_array_get(entries, 0), "state"), "settled");
    cr_assert(json_is_true(json_object_get(json_array_get(entries, 2), "over")));
    cr_assert(
        json_is_false(json_object_get(json_array_get(entries, 3), "over"))); /* the day itself is in time */
    cr_assert_null(json_object_get(json_array_get(entries, 4), "due"));
    json_t *sums = entries_sum(entries);
    const json_t *claims = json_object_get(json_object_get(sums, "sums"), "claim");
    cr_assert_str_eq(json_text(claims, "settled"), "80.00");
    cr_assert_str_eq(json_text(claims, "asserted"), "0.95");
    const json_t *round = json_array_get(json_object_get(sums, "survey"), 0);
    cr_assert_eq(json_number(round, "answers", 0), 2);
    cr_assert_eq(json_number(round, "timeliness", 0), 450);
    cr_assert_eq(json_number(round, "trust", 0), 150);
    const json_t *month = json_array_get(json_object_get(sums, "lost"), 0);
    cr_assert_eq(json_number(month, "clients", 0), 3);
    cr_assert_eq(json_number(month, "staff", 0), 1);
    cr_assert_eq(json_number(sums, "open", 0), 2);
    cr_assert_eq(json_number(sums, "over", 0), 1);
    json_decref(sums);
    json_decref(entries);
    json_decref(one);
}
