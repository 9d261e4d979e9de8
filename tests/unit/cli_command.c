/* The tables of commands agree with each other, with the table of operations, and with the catalogues. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cli/help.h"
#include "cli/json_out.h"
#include "cli/progress.h"
#include "cli/sentences.h"
#include "vault/evidence/bundle.h"
#include "vault/ops/ops.h"

static void each(void (*check)(const struct command *command))
{
    for (const struct family *f = families; f->name != NULL; f++) {
        for (const struct command *c = f->commands; c->name != NULL; c++)
            check(c);
    }
}

static void is_found(const struct command *command)
{
    char words[3][40] = {"", "", ""};
    int used = 0;
    int count = sscanf(command->name, "%39s %39s %39s", words[0], words[1], words[2]);
    char *list[] = {words[0], words[1], words[2]};
    cr_assert_eq(command_find(list, count, &used), command, "%s", command->name);
    cr_assert_eq(used, count);
}

Test(cli_command, every_name_finds_its_own_row)
{
    each(is_found);
}

static void is_whole(const struct command *command)
{
    cr_assert_not_null(command->summary, "%s", command->name);
    cr_assert(command->operation != NULL || command->run != NULL, "%s", command->name);
    cr_assert(command->operation == NULL || operation_exists(command->operation), "%s", command->operation);
    unsigned flexible = 0;
    for (const struct positional *p = command->positionals; p != NULL && p->name != NULL; p++)
        flexible += p->form != POSITIONAL_ONE && p->form != POSITIONAL_FILE;
    cr_assert_leq(flexible, 1, "%s", command->name);
    for (const struct option *o = command->options; o != NULL && o->name != NULL; o++) {
        cr_assert_not_null(o->help, "%s --%s", command->name, o->name);
        cr_assert_eq(o->form == OPTION_FLAG, o->value == NULL, "%s --%s", command->name, o->name);
        for (const struct option *g = global_options; g->name != NULL; g++)
            cr_assert(strcmp(g->name, o->name) != 0 || strcmp(o->name, "version") == 0, "%s --%s",
                command->name, o->name);
    }
}

Test(cli_command, every_row_is_whole)
{
    each(is_whole);
}

static void explains_itself(const struct command *command)
{
    struct buffer text = {0};
    help_command(command, &text);
    cr_assert_eq(buffer_error(&text), VAULT_OK);
    cr_assert_not_null(strstr(buffer_text(&text), command->name));
    buffer_free(&text);
}

Test(cli_command, every_command_explains_itself)
{
    each(explains_itself);
}

Test(cli_command, half_a_name_is_no_command)
{
    int used = 0;
    char user[] = "user";
    char nope[] = "nope";
    char *words[] = {user, nope};
    cr_assert_null(command_find(words, 2, &used));
    cr_assert_eq(used, 1);
    cr_assert_null(command_find(words + 1, 1, &used));
    cr_assert_eq(used, 0);
}

static bool listed_for_audits(const char *text)
{
    for (const char *const *s = audit_sentences; *s != NULL; s++)
        if (strcmp(*s, text) == 0)
            return true;
    return false;
}

Test(cli_command, sentences_of_all_refusals_can_be_translated)
{
    for (int rule = 0; rule < BUNDLE_RULES; rule++)
        cr_expect(listed_for_audits(bundle_rule_text((enum bundle_rule)rule)), "%s",
            bundle_rule_code((enum bundle_rule)rule));
    for (int warning = 0; warning < BUNDLE_WARNINGS; warning++)
        cr_expect(listed_for_audits(bundle_warning_text((enum bundle_warning)warning)));
}

Test(cli_command, sentences_of_all_errors_can_be_translated)
{
    for (int error = VAULT_OK; error >= VAULT_ERROR_LAST; error--) {
        bool listed = false;
        for (const char *const *s = sentences; *s != NULL; s++)
            listed = listed || strcmp(*s, vault_error_text(error)) == 0;
        cr_assert(listed, "%s", vault_error_text(error));
    }
}

Test(cli_json, a_failure_is_one_object)
{
    struct failure failure = {0};
    struct buffer out = {0};
    (void)failure_set(&failure, VAULT_EDENIED, "a\"b\xff");
    failure_remedy(&failure, "ask\nhim");
    json_out_failure(&failure, VAULT_EDENIED, &out);
    cr_assert_str_eq(buffer_text(&out),
        "{\"error\":\"denied\",\"code\":-10,\"message\":\"a\\\"b\xef\xbf\xbd\","
        "\"remedy\":\"ask\\nhim\",\"exit\":2}\n");
    buffer_reset(&out);
    json_out_failure(&(struct failure){0}, VAULT_ELOG, &out);
    cr_assert_str_eq(buffer_text(&out),
        "{\"error\":\"log\",\"code\":-15,\"message\":"
        "\"the log cannot be written, so nothing was disclosed\",\"exit\":4}\n");
    buffer_free(&out);
}

Test(cli_progress, tells_rate_and_time_left)
{
    char line[160];
    progress_line(25000, 100000, "rows", UINT64_C(10000000000), line, sizeof line);
    cr_assert_str_eq(line, "25000 of 100000 rows (25%), 2500/s, 0:30 left");
    progress_line(500, 0, "entries", UINT64_C(2000000000), line, sizeof line);
    cr_assert_str_eq(line, "500 entries, 250/s");
    progress_line(1, 100000, "rows", UINT64_C(1000000000), line, sizeof line);
    cr_assert_str_eq(line, "1 of 100000 rows (0%), 1/s, 27:46:39 left");
}
