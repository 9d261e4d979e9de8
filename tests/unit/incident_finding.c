/* The document of a finding: its form, its limits, and when it is complete; and the facts that it takes from
 * a trace. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "vault/incident/finding.h"
#include "vault/incident/finding_case.h"

static struct failure failure;

static json_t *read(const char *text)
{
    json_t *value = NULL;
    cr_assert_eq(json_read(bytes_of_text(text), &value, NULL), VAULT_OK, "%s", text);
    return value;
}

static json_t *empty(void)
{
    failure_clear(&failure);
    json_t *document =
        finding_new("origin", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "ina", read("{\"file\":\"leak.csv\"}"));
    cr_assert_not_null(document);
    return document;
}

static int add(json_t *document, const char *user, const char *part, const char *events)
{
    json_t *list = read(events);
    struct finding_person person = {.user = user, .part = part, .events = list};
    failure_clear(&failure);
    int result = finding_add(document, &person, &failure);
    json_decref(list);
    return result;
}

static const json_t *person(const json_t *document, size_t at)
{
    return json_array_get(json_object_get(document, "persons"), at);
}

Test(incident_finding, canonical_form_is_sorted_and_read_again)
{
    struct buffer text = {0};
    json_t *again = NULL;
    json_t *document = empty();
    cr_assert_eq(add(document, "bob", NULL, "[7,3,7,5]"), VAULT_OK);
    cr_assert_eq(finding_write(document, "summary", "他拿走了 \"清单\"", &failure), VAULT_OK);
    cr_assert_eq(finding_canonical(document, &text, &failure), VAULT_OK);
    cr_assert_str_eq(buffer_text(&text),
        "{\"author\":\"ina\",\"case\":{\"file\":\"leak.csv\"},\"id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\","
        "\"origin\":\"origin\","
        "\"persons\":[{\"events\":[3,5,7],\"kind\":\"direct\",\"user\":\"bob\"}],\"sections\":{\"summary\":"
        "\"他拿走了 "
        "\\\"清单\\\"\"},\"statements\":{},\"type\":\"strongroom-finding\",\"v\":1,\"version\":1}");
    cr_assert_eq(
        finding_read(buffer_bytes(&text), "01ARZ3NDEKTSV4RRFFQ69G5FAV", 1, &again, &failure), VAULT_OK);
    cr_assert(json_equal(document, again));
    json_decref(again);
    cr_assert_eq(
        finding_read(buffer_bytes(&text), "01ARZ3NDEKTSV4RRFFQ69G5FAV", 2, &again, &failure), VAULT_EDAMAGED);
    cr_assert_null(again);
    cr_assert_eq(
        finding_read(buffer_bytes(&text), "01ARZ3NDEKTSV4RRFFQ69G5FAX", 1, &again, &failure), VAULT_EDAMAGED);
    json_decref(document);
    buffer_free(&text);
}

Test(incident_finding, the_same_person_and_part_are_said_once)
{
    json_t *document = empty();
    struct finding_person said = {.user = "adam", .part = "granted-role", .rule = "2.1", .proposed = true};
    cr_assert_eq(add(document, "adam", "granted-role", "[9]"), VAULT_OK);
    cr_assert_eq(add(document, "adam", "granted-role", "[2]"), VAULT_OK);
    cr_assert_eq(add(document, "adam", "added-user", "[1]"), VAULT_OK);
    cr_assert_eq(finding_add(document, &said, &failure), VAULT_OK);
    cr_assert_eq(json_array_size(json_object_get(document, "persons")), 2);
    cr_assert_eq(json_array_size(json_object_get(person(document, 0), "events")), 2);
    cr_assert_str_eq(json_text(person(document, 0), "rule"), "2.1");
    cr_assert_not_null(json_object_get(person(document, 0), "proposed"));
    /* Said again by somebody, it is no proposal any more; an empty text takes one away. */
    said = (struct finding_person){.user = "adam", .part = "granted-role", .rule = ""};
    cr_assert_eq(finding_add(document, &said, &failure), VAULT_OK);
    cr_assert_null(json_object_get(person(document, 0), "proposed"));
    cr_assert_null(json_object_get(person(document, 0), "rule"));
    json_decref(document);
}

Test(incident_finding, refuses_what_is_no_part_of_a_finding)
{
    json_t *document = empty();
    struct finding_person fault = {.user = "bob", .fault = "some"};
    struct finding_person own = {.user = "bob", .part = "granted-role", .of = "bob"};
    cr_assert_eq(add(document, "bob", "no-part", "[1]"), VAULT_EINPUT);
    cr_assert(strstr(failure.remedy, "granted-role") != NULL);
    cr_assert_eq(add(document, "bob", NULL, "[-1]"), VAULT_EINPUT);
    cr_assert_eq(add(document, "bob", NULL, "[\"1\"]"), VAULT_EINPUT);
    cr_assert_eq(add(document, "", NULL, "[1]"), VAULT_EINPUT);
    cr_assert_eq(finding_add(document, &fault, NULL), VAULT_EINPUT);
    cr_assert_eq(finding_add(document, &own, NULL), VAULT_EINPUT);
    cr_assert_eq(json_array_size(json_object_get(document, "persons")), 0);
    cr_assert_eq(add(document, "bob", NULL, "[1]"), VAULT_OK);
    cr_assert_eq(add(document, "bob", "granted-role", "[1]"), VAULT_EINPUT);
    cr_assert_eq(finding_write(document, "poetry", "x", NULL), VAULT_EINPUT);
    cr_assert_eq(finding_hear(document, "amy", "x", NULL), VAULT_ENOTFOUND);
    cr_assert_eq(finding_drop(document, "amy", NULL, NULL), VAULT_ENOTFOUND);
    json_decref(document);
}

Test(incident_finding, holds_no_more_than_its_limits)
{
    json_t *document = empty();
    struct buffer text = {0};
    char user[16];
    while (text.size <= FINDING_TEXT_MAX)
        buffer_put_text(&text, "x");
    cr_assert_eq(finding_write(document, "facts", buffer_text(&text), NULL), VAULT_ELIMIT);
    text.size = FINDING_TEXT_MAX;
    cr_assert_eq(finding_write(document, "facts", buffer_text(&text), NULL), VAULT_OK);
    for (unsigned i = 0; i <= FINDING_EVENTS_MAX; i++) {
        char event[16];
        (void)snprintf(event, sizeof event, "[%u]", i);
        cr_assert_eq(add(document, "bob", NULL, event), i < FINDING_EVENTS_MAX ? VAULT_OK : VAULT_ELIMIT);
    }
    cr_assert_eq(json_array_size(json_object_get(person(document, 0), "events")), FINDING_EVENTS_MAX);
    for (unsigned i = 1; i <= FINDING_PEOPLE_MAX; i++) {
        (void)snprintf(user, sizeof user, "u%u", i);
        cr_assert_eq(add(document, user, NULL, "[1]"), i < FINDING_PEOPLE_MAX ? VAULT_OK : VAULT_ELIMIT);
    }
    buffer_free(&text);
    json_decref(document);
}

Test(incident_finding, dropping_a_person_drops_the_statement)
{
    json_t *document = empty();
    cr_assert_eq(add(document, "adam", "granted-role", "[1]"), VAULT_OK);
    cr_assert_eq(add(document, "adam", "added-user", "[1]"), VAULT_OK);
    cr_assert_eq(finding_hear(document, "adam", "not I", &failure), VAULT_OK);
    cr_assert_eq(finding_drop(document, "adam", "added-user", &failure), VAULT_OK);
    cr_assert(finding_names(document, "adam"));
    cr_assert_str_eq(json_text(json_object_get(document, "statements"), "adam"), "not I");
    cr_assert_eq(finding_drop(document, "adam", NULL, &failure), VAULT_OK);
    cr_assert_not(finding_names(document, "adam"));
    cr_assert_null(json_text(json_object_get(document, "statements"), "adam"));
    json_decref(document);
}

Test(incident_finding, is_complete_when_everything_is_said)
{
    json_t *document = empty();
    struct finding_person bob = {.user = "bob", .rule = "4.2"};
    struct finding_person adam = {.user = "adam", .part = "granted-role", .proposed = true};
    struct finding_person right = {.user = "adam", .part = "granted-role", .fault = "none"};
    cr_assert_eq(finding_complete(document, NULL), VAULT_EINPUT);
    cr_assert_eq(finding_add(document, &bob, &failure), VAULT_OK);
    cr_assert_eq(finding_complete(document, NULL), VAULT_EINPUT, "without an event");
    cr_assert_eq(add(document, "bob", NULL, "[5]"), VAULT_OK);
    cr_assert_eq(finding_complete(document, NULL), VAULT_EINPUT, "without a summary");
    cr_assert_eq(finding_write(document, "summary", "bob did it", &failure), VAULT_OK);
    cr_assert_eq(finding_complete(document, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_eq(add(document, "adam", "granted-role", "[1]"), VAULT_OK);
    cr_assert_eq(finding_add(document, &adam, &failure), VAULT_OK);
    cr_assert_eq(finding_complete(document, NULL), VAULT_EINPUT, "a proposal");
    cr_assert_eq(finding_add(document, &right, &failure), VAULT_OK);
    cr_assert_eq(finding_complete(document, &failure), VAULT_OK, "%s", failure.text);
    json_decref(document);
}

#define PERSON \
    "{\"actor\":\"bob\",\"posterior\":0.9834125,\"alone\":1,\"held_back\":\"\",\"seen\":3,\"seen_fully\":2," \
    "\"only_he\":1," \
    "\"never_saw\":0,\"saw_other_versions\":0,\"decoys\":0,\"rows_apart\":1,\"way\":{\"kind\":\"all\"," \
    "\"rows\":3," \
    "\"first_event\":4,\"last_event\":9}}"
#define TRACE(posterior, rows) \
    "{\"leak\":\"/home/shen/leak.csv\",\"none\":0.25,\"backup\":0,\"unlogged\":1e-9,\"persons\":[" posterior \
    "],\"groups\":[{\"actors\":[\"amy\",\"bob\"],\"posterior\":0.5,\"explains\":[1,2]}],\"linked\":2," \
    "\"rows\":" rows \
    ",\"decoys\":0,\"columns\":[\"name\"],\"leaked\":[],\"not_before\":\"\",\"current_until\":\"\"}"

Test(incident_finding, takes_over_what_a_trace_printed)
{
    json_t *trace = read(TRACE(PERSON, "3"));
    json_t *facts = NULL;
    struct buffer text = {0};
    cr_assert_eq(finding_case_read(trace, &facts, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_str_eq(json_text(facts, "file"), "leak.csv");
    cr_assert_eq(json_number(facts, "none", 0), 250000);
    cr_assert_eq(json_number(facts, "unlogged", -1), 0);
    cr_assert_eq(json_number(json_array_get(json_object_get(facts, "persons"), 0), "posterior", 0), 983413);
    cr_assert_eq(json_write_canonical(facts, &text), VAULT_OK);
    buffer_free(&text);
    json_decref(facts);
    json_decref(trace);
}

Test(incident_finding, refuses_what_no_trace_prints)
{
    static const char *const bad[] = {"{}", "[]", TRACE(PERSON, "-3"), TRACE(PERSON, "1.5"), TRACE("{}", "3"),
        TRACE("7", "3"), "{\"leak\":7}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *trace = read(bad[i]);
        json_t *facts = trace;
        cr_assert_eq(finding_case_read(trace, &facts, NULL), VAULT_EINPUT, "%s", bad[i]);
        cr_assert_null(facts);
        json_decref(trace);
    }
}
