/* Questions about the policy agree with the guard, for every person, action and client; and what they cost
 * nothing of. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/change.h"
#include "vault/access/counters_private.h"
#include "vault/access/inquiry.h"
#include "vault/access/policy_text.h"
#include "vault/access/session_parts.h"
#include "vault/base/file.h"
#include "vault/crypto/passphrase.h"
#include "vault/ops/ops.h"

static char directory[96];
static struct session *session;
static struct secret *passphrase;
static struct failure failure;

static void open_as(const char *user)
{
    struct session_options open = {.directory = directory, .user = user, .passphrase = passphrase};
    session_free(session);
    cr_assert_eq(session_open(&open, &session, &failure), VAULT_OK, "%s", failure.text);
}

static void run(const char *name, json_t *arguments, const struct secret *secret)
{
    struct operation_call call = {.name = name, .arguments = arguments, .secret = secret};
    failure_clear(&failure);
    cr_assert_eq(operation_run(session, &call, NULL, &failure), VAULT_OK, "%s: %s", name, failure.text);
    json_decref(arguments);
}

static void start(void)
{
    struct passphrase_cost floor = passphrase_floor();
    struct vault_birth birth;
    cr_assert_eq(crypto_start(), VAULT_OK);
    (void)strcpy(directory, "/tmp/unit-inquiry-XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
    (void)strcat(directory, "/vault");
    passphrase = secret_copy(bytes_of_text("a passphrase of a test"));
    struct vault_options options = {.directory = directory,
        .admin = "root",
        .passphrase = passphrase,
        .recovery_needed = 2,
        .recovery_holders = 3,
        .cost = &floor};
    cr_assert_eq(vault_create(&options, &birth, &failure), VAULT_OK, "%s", failure.text);
    vault_birth_free(&birth);
    open_as("root");
    static const char *const people[] = {"amy", "bob", "ina"};
    for (size_t i = 0; i < 3; i++) {
        run("user.add", json_pack("{s:s}", "user", people[i]), passphrase);
        run("grant.add",
            json_pack("{s:s,s:s}", "user", people[i], "role", i == 2 ? "investigator" : "accountant"), NULL);
    }
    for (int i = 0; i < 6; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "C%03d", i);
        run("client.add", json_pack("{s:s,s:s}", "client_no", number, "name", "某公司"), NULL);
        if (i < 4)
            run("assignment.add",
                json_pack("{s:[s],s:s}", "clients", number, "user", i % 2 == 0 ? "amy" : "bob"), NULL);
    }
}

static void stop(void)
{
    char command[128];
    session_free(session);
    secret_free(passphrase);
    *strrchr(directory, '/') = '\0';
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    cr_assert_eq(system(command), 0);
}

TestSuite(inquiry, .init = start, .fini = stop);

static struct inquiry *inquiry_of(const char *text)
{
    struct inquiry *inquiry = NULL;
    struct inquiry_terms terms = {.policy = bytes_of_text(text)};
    cr_assert_eq(inquiry_new(session, &terms, &inquiry, &failure), VAULT_OK, "%s", failure.text);
    return inquiry;
}

/* What all clients are, as the listing of clients hands them out. */
struct clients {
    struct client_facts items[16];
    bool permitted[16];
    size_t count;
};

static int note(void *context, const struct listed *one)
{
    struct clients *clients = context;
    clients->permitted[clients->count] = one->permitted;
    clients->items[clients->count++] = *one->client;
    cr_assert_eq(json_array_size(one->policies) > 0, one->permitted);
    return VAULT_OK;
}

static struct clients ask_clients(const char *user, const char *action)
{
    struct clients clients = {.count = 0};
    struct access_request request = {.action = action, .purpose = "tax:1"};
    struct question question = question_now(session, user, &request);
    struct inquiry *inquiry = inquiry_of(NULL);
    cr_assert_eq(inquiry_clients(inquiry, &question, note, &clients, &failure), VAULT_OK, "%s", failure.text);
    inquiry_free(inquiry);
    return clients;
}

static bool enforced(const char *action, const struct client_facts *client)
{
    struct access_request request = {.action = action, .client = client, .purpose = "tax:1"};
    struct decision decision;
    cr_assert_eq(access_decide(session, &request, &decision, &failure), VAULT_OK, "%s", failure.text);
    bool permitted = decision.permitted;
    decision_free(&decision);
    return permitted;
}

Test(inquiry, a_residual_over_clients_says_of_each_what_the_guard_does)
{
    static const char *const people[] = {"root", "amy", "bob", "ina"};
    static const char *const actions[] = {"client.list", "client.show", "record.list", "record.export",
        "record.search", "assignment.add", "user.add"};
    for (size_t p = 0; p < sizeof people / sizeof people[0]; p++) {
        open_as(people[p]);
        for (size_t a = 0; a < sizeof actions / sizeof actions[0]; a++) {
            struct clients clients = ask_clients(people[p], actions[a]);
            cr_assert_eq(clients.count, 6);
            for (size_t i = 0; i < clients.count; i++)
                cr_assert_eq(clients.permitted[i], enforced(actions[a], &clients.items[i]), "%s %s %zu",
                    people[p], actions[a], i);
        }
    }
}

static int count_one(void *context, const struct client_facts *client)
{
    (void)client;
    ++*(size_t *)context;
    return VAULT_OK;
}

static size_t listed(void)
{
    size_t count = 0;
    struct access_request request = {.action = "client.list"};
    cr_assert_eq(
        access_clients(session, &request, count_one, &count, &failure), VAULT_OK, "%s", failure.text);
    return count;
}

Test(inquiry, a_list_holds_what_is_assigned_and_no_more)
{
    open_as("amy");
    cr_assert_eq(listed(), 2);
    open_as("ina");
    cr_assert_eq(listed(), 0);
    open_as("root");
    cr_assert_eq(listed(), 6);
}

static json_t *explain(struct inquiry *inquiry, const char *user, const struct access_request *request)
{
    json_t *value = NULL;
    struct question question = question_now(session, user, request);
    cr_assert_eq(inquiry_explain(inquiry, &question, &value, &failure), VAULT_OK, "%s", failure.text);
    return value;
}

Test(inquiry, a_denial_says_what_stood_in_the_way)
{
    struct clients clients = ask_clients("amy", "client.list");
    struct inquiry *inquiry = inquiry_of(NULL);
    /* The second client is bob's. */
    json_t *value = explain(
        inquiry, "amy", &(struct access_request){.action = "record.list", .client = &clients.items[1]});
    cr_assert_str_eq(json_text(value, "effect"), "deny");
    cr_assert_eq(json_array_size(json_object_get(value, "rules")), 0);
    const json_t *need = json_array_get(json_object_get(value, "needs"), 0);
    cr_assert_str_eq(json_text(need, "because"), "when");
    cr_assert_not_null(strstr(json_text(need, "expression"), "assignees.contains"));
    json_decref(value);
    value = explain(
        inquiry, "root", &(struct access_request){.action = "grant.add", .role = "admin", .member = "root"});
    cr_assert_str_eq(json_text(json_array_get(json_object_get(value, "needs"), 0), "because"), "forbids");
    cr_assert_eq(json_array_size(json_object_get(value, "needs")), 1, "a permit holds already");
    json_decref(value);
    value = explain(inquiry, "amy", &(struct access_request){.action = "user.add"});
    cr_assert_str_eq(json_text(json_array_get(json_object_get(value, "needs"), 0), "because"), "principal");
    json_decref(value);
    inquiry_free(inquiry);
}

Test(inquiry, an_answer_permits_nothing_and_another_persons_is_not_ones_own)
{
    struct inquiry *inquiry = inquiry_of(NULL);
    struct access_request request = {.action = "user.add"};
    open_as("amy");
    inquiry_free(inquiry);
    inquiry = inquiry_of(NULL);
    json_t *value = explain(inquiry, "root", &request);
    cr_assert_str_eq(json_text(value, "effect"), "permit");
    json_decref(value);
    cr_assert_not(enforced("user.add", NULL));
    inquiry_free(inquiry);
}

static int note_person(void *context, const struct listed *one)
{
    char *names = context;
    if (one->permitted)
        (void)strcat(strcat(names, one->user), " ");
    return VAULT_OK;
}

Test(inquiry, who_can_leaves_out_who_is_disabled)
{
    struct inquiry *inquiry = inquiry_of(NULL);
    struct access_request request = {.action = "record.search"};
    struct question question = question_now(session, NULL, &request);
    char names[200] = "";
    cr_assert_eq(inquiry_people(inquiry, &question, note_person, names, &failure), VAULT_OK);
    cr_assert_str_eq(names, "amy bob ");
    run("user.disable", json_pack("{s:s}", "user", "bob"), NULL);
    names[0] = '\0';
    cr_assert_eq(inquiry_people(inquiry, &question, note_person, names, &failure), VAULT_OK);
    cr_assert_str_eq(names, "amy ");
    inquiry_free(inquiry);
}

/* --- Counters --- */

static void read_some(const char *user, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        json_t *members = json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[]}", "actor", "id", user, "type", "user",
            "decision", "effect", i == 0 ? "deny" : "permit", "policies", "resources");
        cr_assert_eq(
            event_append(session, "record.read", members, NULL, &failure), VAULT_OK, "%s", failure.text);
    }
}

Test(inquiry, what_a_person_had_counts_and_what_was_denied_does_not)
{
    struct inquiry *inquiry =
        inquiry_of("permit (principal, action, resource) when { context.hour < 4 && context.day < 4 };");
    struct access_request request = {.action = "record.search"};
    cr_assert(inquiry_counts(inquiry));
    open_as("amy");
    inquiry_free(inquiry);
    inquiry =
        inquiry_of("permit (principal, action, resource) when { context.hour < 4 && context.day < 4 };");
    read_some("amy", 4);
    json_t *value = explain(inquiry, "amy", &request);
    cr_assert_str_eq(json_text(value, "effect"), "permit", "three");
    json_decref(value);
    read_some("amy", 2);
    value = explain(inquiry, "amy", &request);
    cr_assert_str_eq(json_text(value, "effect"), "deny", "four");
    json_decref(value);
    value = explain(inquiry, "bob", &request);
    cr_assert_str_eq(json_text(value, "effect"), "permit", "each has his own");
    json_decref(value);
    /* Two days on, it is forgotten. */
    struct question later = question_now(session, "amy", &request);
    later.time += 2 * DAY_MS;
    cr_assert_eq(inquiry_decide(inquiry, &later, &value, &failure), VAULT_OK);
    cr_assert_str_eq(json_text(value, "effect"), "permit");
    json_decref(value);
    inquiry_free(inquiry);
}

Test(inquiry, the_default_policy_asks_the_log_nothing)
{
    struct inquiry *inquiry = inquiry_of(NULL);
    cr_assert_not(inquiry_counts(inquiry));
    cr_assert_not(inquiry_depends_on_time(inquiry));
    inquiry_free(inquiry);
}

Test(counters, an_entry_counts_what_it_gave_away)
{
    static const struct {
        const char *leaf;
        int64_t records;
    } rows[] = {
        {"{\"decision\":{\"effect\":\"permit\"},\"event\":\"record.read\",\"resources\":[]}", 1},
        {"{\"decision\":{\"effect\":\"deny\"},\"event\":\"record.read\",\"resources\":[]}", 0},
        {"{\"decision\":{\"effect\":\"permit\"},\"event\":\"record.reveal\",\"resources\":[]}", 0},
        {"{\"decision\":{\"effect\":\"permit\"},\"event\":\"record.search\",\"resources\":[{},{},{}]}", 3},
        {"{\"decision\":{\"effect\":\"permit\"},\"event\":\"record.export\",\"phase\":\"intent\","
         "\"resources\":[]}",
            0},
        {"{\"decision\":{\"effect\":\"permit\"},\"event\":\"record.export\",\"phase\":\"outcome\","
         "\"resources\":[],"
         "\"result\":{\"count\":70,\"status\":\"ok\"}}",
            70},
        {"{\"decision\":{\"effect\":\"permit\"},\"event\":\"record.export\",\"phase\":\"outcome\","
         "\"resources\":[],"
         "\"result\":{\"count\":70,\"status\":\"undone\"}}",
            0},
        {"{}", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_assert_eq(counters_of_leaf(bytes_of_text(rows[i].leaf)), rows[i].records, "%s", rows[i].leaf);
}

/* --- What the README promises an admin --- */

Test(policy, the_examples_of_the_readme_are_valid)
{
    struct buffer text = {0};
    const char *source = getenv("STRONGROOM_SOURCE");
    char *path = file_path(source == NULL ? "." : source, "policy/README.md");
    unsigned examples = 0;
    cr_assert_eq(file_read(path, 1 << 20, &text, &failure), VAULT_OK, "%s", failure.text);
    const char *at = buffer_text(&text);
    while ((at = strstr(at, "```cedar\n")) != NULL) {
        const char *begin = at + strlen("```cedar\n");
        at = strstr(begin, "```");
        cr_assert_not_null(at);
        failure_clear(&failure);
        cr_assert_eq(policy_parse_check(bytes_of(begin, (size_t)(at - begin)), &failure), VAULT_OK,
            "%s: %.60s", failure.text, begin);
        examples++;
    }
    cr_assert_eq(examples, 6);
    buffer_free(&text);
    free(path);
}
