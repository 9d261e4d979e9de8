/* The policy of a new vault, its schema, and decisions in a real vault. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/entities_private.h"
#include "vault/access/policy_text.h"
#include "vault/access/session_parts.h"
#include "vault/access/decide.h"
#include "vault/crypto/passphrase.h"

static char directory[80];
static struct session *session;
static struct secret *passphrase;
static struct failure failure;

static void start(void)
{
    struct passphrase_cost floor = passphrase_floor();
    struct vault_birth birth;
    cr_assert_eq(crypto_start(), VAULT_OK);
    (void)strcpy(directory, "/tmp/unit-access-XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
    (void)strcat(directory, "/vault");
    passphrase = secret_copy(bytes_of_text("a passphrase of a test"));
    struct vault_options options = {.directory = directory, .admin = "root", .passphrase = passphrase,
        .recovery_needed = 2, .recovery_holders = 3, .cost = &floor};
    cr_assert_eq(vault_create(&options, &birth, &failure), VAULT_OK, "%s", failure.text);
    vault_birth_free(&birth);
    struct session_options open = {.directory = directory, .user = "root", .passphrase = passphrase};
    cr_assert_eq(session_open(&open, &session, &failure), VAULT_OK, "%s", failure.text);
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

TestSuite(decide, .init = start, .fini = stop);

static bool permitted(const struct access_request *request)
{
    struct decision decision;
    cr_assert_eq(access_decide(session, request, &decision, &failure), VAULT_OK, "%s", failure.text);
    bool yes = decision.permitted;
    cr_assert_not_null(decision.json);
    cr_assert(yes || decision.reason[0] != '\0', "a denial says why");
    decision_free(&decision);
    return yes;
}

Test(policy, the_default_is_valid_under_the_schema)
{
    struct cedar_policies *set = NULL;
    struct cedar_schema *schema = NULL;
    struct cedar_error error;
    struct cedar_findings findings;
    struct bytes text = policy_default(), types = policy_schema();
    struct cedar_arena *arena = cedar_arena_new(0);
    cr_assert_eq(cedar_policies_parse((const char *)text.data, text.size, &set, &error), CEDAR_OK, "%s", error.message);
    cr_assert_eq(cedar_schema_parse((const char *)types.data, types.size, &schema, &error), CEDAR_OK, "line %zu: %s", error.line, error.message);
    cr_assert_eq(cedar_validate(set, schema, arena, &findings), CEDAR_OK);
    cr_assert(findings.valid, "line %zu: %.*s", findings.items[0].line, (int)findings.items[0].message.len, findings.items[0].message.data);
    cedar_schema_free(schema);
    cedar_policies_free(set);
    cedar_arena_free(arena);
}

Test(policy, every_rule_has_an_id_and_says_why)
{
    struct cedar_policies *set = NULL;
    struct bytes text = policy_default();
    cr_assert_eq(cedar_policies_parse((const char *)text.data, text.size, &set, NULL), CEDAR_OK);
    for (size_t i = 0; i < cedar_policies_count(set); i++) {
        cr_assert(cedar_policy_annotation(cedar_policies_at(set, i), CEDAR_STR("id"), NULL));
        cr_assert(cedar_policy_annotation(cedar_policies_at(set, i), CEDAR_STR("why"), NULL));
    }
    cedar_policies_free(set);
}

Test(policy, the_program_knows_the_actions_of_the_schema_and_no_others)
{
    struct cedar_entities *ours = cedar_entities_new(NULL), *theirs = cedar_entities_new(NULL);
    struct cedar_schema *schema = NULL;
    struct bytes types = policy_schema();
    cr_assert_eq(cedar_schema_parse((const char *)types.data, types.size, &schema, NULL), CEDAR_OK);
    cr_assert_eq(entities_add_actions(ours), VAULT_OK);
    cr_assert_eq(cedar_entities_add_json(theirs, "[]", 2, schema, NULL), CEDAR_OK);
    cr_assert_eq(cedar_entities_count(ours), cedar_entities_count(theirs));
    for (size_t i = 0; i < cedar_entities_count(theirs); i++) {
        bool found = false;
        for (size_t j = 0; j < cedar_entities_count(ours); j++)
            found = found || cedar_uid_equal(cedar_entities_at(theirs, i), cedar_entities_at(ours, j));
        struct cedar_str id = cedar_entities_at(theirs, i).id;
        cr_assert(found, "%.*s", (int)id.len, id.data);
    }
    cedar_schema_free(schema);
    cedar_entities_free(ours);
    cedar_entities_free(theirs);
}

Test(decide, an_admin_manages_and_reads_nothing)
{
    struct client_facts client = {.row = 1, .id = ulid_new(), .portfolio = "main"};
    struct ulid record = ulid_new();
    cr_assert(permitted(&(struct access_request){.action = "user.add"}));
    cr_assert(permitted(&(struct access_request){.action = "assignment.add", .client = &client, .member = "alice"}));
    cr_assert(!permitted(&(struct access_request){.action = "record.read", .client = &client, .record = &record,
        .kind = "voucher", .compartment = "books", .purpose = "task:1"}));
    cr_assert(!permitted(&(struct access_request){.action = "record.export", .client = &client, .purpose = "task:1"}));
    cr_assert(!permitted(&(struct access_request){.action = "log.replay", .log = true}));
}

Test(decide, nobody_grants_to_himself)
{
    cr_assert(permitted(&(struct access_request){.action = "grant.add", .role = "accountant", .member = "alice"}));
    cr_assert(!permitted(&(struct access_request){.action = "grant.add", .role = "accountant", .member = "root"}));
}

Test(decide, an_action_that_no_rule_names_is_denied)
{
    cr_assert(!permitted(&(struct access_request){.action = "no.such"}));
}
