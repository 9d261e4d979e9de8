/* policy show | set | authorize | check-parse | validate: the last three need no vault */
#include <string.h>

#include "cli/cli.h"
#include "cli/policy_cases.h"
#include "cli/words.h"
#include "policy/cedar.h"
#include "vault/base/file.h"

static const struct positional one_file[] = {{N_("FILE"), POSITIONAL_FILE, NULL}, {0}};

static const struct positional one_directory[] = {{N_("DIR"), POSITIONAL_FILE, NULL}, {0}};
static const struct positional one_hash[] = {{N_("HASH"), POSITIONAL_ONE, "hash"}, {0}};
static const struct positional optional_hash[] = {{N_("HASH"), POSITIONAL_OPTIONAL, NULL}, {0}};

static const struct option set_options[] = {
    {.name = "tests",
        .value = N_("DIR"),
        .form = OPTION_FILE,
        .help = N_("try the cases of this directory first, and set nothing if one fails")},
    {0},
};

static const struct column list_columns[] = {
    {"hash", N_("HASH"), COLUMN_ID},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"bytes", N_("BYTES"), COLUMN_NUMBER},
    {"event", N_("EVENT"), COLUMN_NUMBER},
    {"by", N_("PROPOSED BY"), COLUMN_TEXT},
    {0},
};

static const struct option show_options[] = {
    {.name = "hash",
        .value = N_("HASH"),
        .form = OPTION_TEXT,
        .member = "hash",
        .help = N_("an earlier policy, by its hash")},
    {0},
};

#define POLICIES_OPTION \
    { \
        .name = "policies", .value = N_("FILE"), .form = OPTION_FILE, .required = true, \
        .help = N_("policies, in Cedar") \
    }

static const struct option authorize_options[] = {
    POLICIES_OPTION,
    {.name = "entities",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .required = true,
        .help = N_("entities, in JSON")},
    {.name = "request", .value = N_("FILE"), .form = OPTION_FILE, .help = N_("the request, in JSON")},
    {.name = "request-json", .value = N_("FILE"), .form = OPTION_FILE, .help = N_("the same as --request")},
    {.name = "schema", .value = N_("FILE"), .form = OPTION_FILE, .help = N_("a schema, in Cedar or JSON")},
    {.name = "template-linked",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("links of templates, in JSON")},
    {.name = "request-validation",
        .value = N_("BOOL"),
        .form = OPTION_TEXT,
        .help = N_("hold the request against the schema"),
        .choices = "true false"},
    {0},
};

static const struct option check_options[] = {POLICIES_OPTION, {0}};
static const struct option test_options[] = {POLICIES_OPTION, {0}};

static const struct option validate_options[] = {
    POLICIES_OPTION,
    {.name = "schema",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .required = true,
        .help = N_("a schema, in Cedar or JSON")},
    {0},
};

/* --- In the vault --- */

static int run_show(struct cli *cli)
{
    const char *hash = cli_text(cli, "HASH");
    if (hash != NULL && cli_given(cli, "hash") != NULL)
        return failure_set(&cli->failure, VAULT_EUSAGE, _("name one hash"));
    if (hash != NULL)
        (void)json_object_set_new(cli->arguments.given, "hash", json_string(hash));
    return cli_operation(cli, NULL);
}

static void show_approved(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("The policy is now %s, proposed by %s (event %lld)."), screen_word(value, "hash"),
        screen_word(value, "proposed_by"), (long long)json_number(value, "event", -1));
}

static int try_cases(struct cli *cli, const char *directory, struct bytes policies)
{
    struct case_counts counts;
    int result = policy_cases_try(cli, directory, policies, false, &counts);
    if (result == VAULT_OK && counts.failed > 0) {
        failure_remedy(&cli->failure, _("change the policy, or the cases that no longer say what you want"));
        result =
            failure_set(&cli->failure, VAULT_EINPUT, _("%zu of %zu cases fail, so the policy was not set"),
                counts.failed, counts.failed + counts.passed);
    }
    if (result == VAULT_OK)
        (void)json_object_set_new(cli->arguments.given, "tests", json_integer((json_int_t)counts.passed));
    return result;
}

static int run_set(struct cli *cli)
{
    const char *cases = cli_text(cli, "tests");
    int result = policy_file_given(cli);
    if (result == VAULT_OK && cases != NULL)
        result = try_cases(cli, cases, bytes_of_text(cli_given(cli, "text")));
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static void show_set(struct screen *screen, const json_t *value)
{
    if (json_is_true(json_object_get(value, "proposed"))) {
        screen_line(screen, _("The policy %s is proposed (event %lld): %s."), screen_word(value, "hash"),
            (long long)json_number(value, "event", -1), screen_word(value, "because"));
        screen_line(screen,
            _("It comes into force when somebody else approves it: strongroom policy approve %.12s"),
            screen_word(value, "hash"));
        return;
    }
    screen_say(screen, _("The policy is now %s (event %lld)."), screen_word(value, "hash"),
        (long long)json_number(value, "event", -1));
}

/* --- Without a vault --- */

static int run_test(struct cli *cli)
{
    struct buffer policies = {0};
    struct case_counts counts = {0};
    const char *path = cli_text(cli, "policies");
    int result = file_read(path, CEDAR_MAX_TEXT, &policies, &cli->failure);
    if (result == VAULT_OK)
        result = policy_cases_try(cli, cli_text(cli, "DIR"), buffer_bytes(&policies), cli->json, &counts);
    if (result == VAULT_OK && !cli->json)
        screen_say(cli->screen, _("%zu cases hold, %zu fail."), counts.passed, counts.failed);
    cli->found = counts.failed > 0 ? VAULT_EUSAGE : VAULT_OK;
    buffer_free(&policies);
    return result;
}

enum { INPUTS = CEDAR_IN_SCHEMA + 1 };

static const char *const input_options[INPUTS] = {
    [CEDAR_IN_POLICIES] = "policies",
    [CEDAR_IN_ENTITIES] = "entities",
    [CEDAR_IN_REQUEST] = "request",
    [CEDAR_IN_LINKS] = "template-linked",
    [CEDAR_IN_SCHEMA] = "schema",
};

/* One run of the engine: files read, answer and arena. */
struct question {
    struct cli *cli;
    struct buffer texts[INPUTS];
    const char *paths[INPUTS];
    struct cedar_inputs inputs;
    struct cedar_arena *arena;
    struct cedar_outcome_text answer;
    struct cedar_error error;
};

static int read_input(struct question *question, enum cedar_input which, struct cedar_str *input)
{
    const char *path = cli_text(question->cli, input_options[which]);
    if (path == NULL && which == CEDAR_IN_REQUEST)
        path = cli_text(question->cli, "request-json");
    question->paths[which] = path;
    if (path == NULL)
        return VAULT_OK;
    struct buffer *text = &question->texts[which];
    int result = file_read(path, CEDAR_MAX_TEXT, text, &question->cli->failure);
    *input = (struct cedar_str){text->size == 0 ? "" : (const char *)text->data, text->size};
    return result;
}

static int read_validation(struct question *question)
{
    const char *text = cli_text(question->cli, "request-validation");
    if (text != NULL && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return failure_set(
            &question->cli->failure, VAULT_EUSAGE, _("--request-validation takes true or false"));
    question->inputs.skip_request_validation = text != NULL && strcmp(text, "false") == 0;
    return VAULT_OK;
}

static int question_start(struct question *question, struct cli *cli)
{
    struct cedar_inputs *in = &question->inputs;
    struct cedar_str *const inputs[INPUTS] = {
        &in->policies, &in->entities, &in->request, &in->links, &in->schema};
    question->cli = cli;
    question->arena = cedar_arena_new(0);
    int result = question->arena == NULL ? VAULT_ENOMEM : read_validation(question);
    for (int i = 0; i < INPUTS && result == VAULT_OK; i++)
        result = read_input(question, (enum cedar_input)i, inputs[i]);
    return result;
}

static void question_end(struct question *question)
{
    for (int i = 0; i < INPUTS; i++)
        buffer_free(&question->texts[i]);
    cedar_arena_free(question->arena);
}

static int blame(struct question *question)
{
    const struct cedar_error *error = &question->error;
    const char *path = question->paths[question->answer.blame];
    struct failure *failure = &question->cli->failure;
    int code = error->status == CEDAR_ELIMIT   ? VAULT_ELIMIT
               : error->status == CEDAR_ENOMEM ? VAULT_ENOMEM
                                               : VAULT_EINPUT;
    path = path == NULL ? "" : path;
    if (error->line > 0)
        (void)failure_set(failure, code, "%s:%zu:%zu: %s", path, error->line, error->column, error->message);
    else
        (void)failure_set(failure, code, "%s: %s", path, error->message);
    if (error->help[0] != '\0')
        failure_remedy(failure, "%s", error->help);
    return code;
}

static void put_answer(struct cli *cli, struct cedar_str text)
{
    output_put(cli->output, bytes_of(text.data, text.len));
    if (text.len > 0 && text.data[text.len - 1] != '\n')
        output_put_text(cli->output, "\n");
}

/* Policies that could not be evaluated: they count as not satisfied, which should not go unseen. */
static void warn_of_failures(struct question *question)
{
    struct bytes text = bytes_of(question->answer.text.data, question->answer.text.len);
    const char *path = question->paths[CEDAR_IN_POLICIES];
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t length = end == NULL ? text.size : (size_t)(end - text.data);
        cli_warn(question->cli, "%s: %.*s", path, (int)length, (const char *)text.data);
        text = end == NULL ? bytes_of("", 0) : bytes_of(end + 1, text.size - length - 1);
    }
}

static int run_authorize(struct cli *cli)
{
    struct question question = {0};
    if (cli_text(cli, "request") == NULL && cli_text(cli, "request-json") == NULL)
        return failure_set(&cli->failure, VAULT_EUSAGE, _("--%s %s is missing"), "request", _("FILE"));
    int result = question_start(&question, cli);
    if (result == VAULT_OK && cedar_command_authorize(&question.inputs, question.arena, &question.answer,
                                  &question.error) != CEDAR_OK)
        result = blame(&question);
    if (result == VAULT_OK) {
        put_answer(cli, question.answer.json);
        warn_of_failures(&question);
        cli->found = question.answer.decision == CEDAR_ALLOW ? VAULT_OK : VAULT_EDENIED;
    }
    question_end(&question);
    return result;
}

static int run_check_parse(struct cli *cli)
{
    struct question question = {0};
    int result = question_start(&question, cli);
    if (result == VAULT_OK && cedar_command_check_parse(&question.inputs, question.arena, &question.answer,
                                  &question.error) != CEDAR_OK)
        result = blame(&question);
    if (result == VAULT_OK && cli->json)
        put_answer(cli, question.answer.json);
    question_end(&question);
    return result;
}

static int run_validate(struct cli *cli)
{
    struct question question = {0};
    int result = question_start(&question, cli);
    if (result == VAULT_OK && cedar_command_validate(&question.inputs, question.arena, &question.answer,
                                  &question.error) != CEDAR_OK)
        result = blame(&question);
    if (result == VAULT_OK) {
        put_answer(cli, cli->json ? question.answer.json : question.answer.text);
        cli->found = question.answer.valid ? VAULT_OK : VAULT_EDAMAGED;
    }
    question_end(&question);
    return result;
}

const struct command commands_policy[] = {
    {.name = "policy show",
        .summary = N_("print the policy in force"),
        .positionals = optional_hash,
        .options = show_options,
        .operation = "policy.show",
        .text_member = "policy",
        .run = run_show},
    {.name = "policy list",
        .summary = N_("list the policies that were in force or are proposed"),
        .operation = "policy.list",
        .columns = list_columns},
    {.name = "policy set",
        .summary = N_("put another policy in force"),
        .more =
            N_("Where the setting policy.two_people is on, a policy that may widen access is only proposed."),
        .positionals = one_file,
        .options = set_options,
        .operation = "policy.set",
        .show = show_set,
        .run = run_set},
    {.name = "policy approve",
        .summary = N_("put a policy in force that somebody else has proposed"),
        .positionals = one_hash,
        .operation = "policy.approve",
        .show = show_approved},
    {.name = "policy test",
        .summary = N_("try your own cases against policies in a file; needs no vault"),
        .more = N_("DIR holds files *.json with cases.  Exit status: 0 all hold, 1 one fails."),
        .positionals = one_directory,
        .options = test_options,
        .run = run_test},
    {.name = "policy authorize",
        .summary = N_("decide one request by policies in a file; needs no vault"),
        .more =
            N_("Prints {\"decision\", \"reasons\", \"errors\"}.  Exit status: 0 allow, 2 deny, 1 bad input."),
        .options = authorize_options,
        .run = run_authorize},
    {.name = "policy check-parse",
        .summary = N_("check that policies in a file parse; needs no vault"),
        .options = check_options,
        .run = run_check_parse},
    {.name = "policy validate",
        .summary = N_("check policies against a schema; needs no vault"),
        .more = N_("Exit status: 0 valid, 3 not valid, 1 bad input."),
        .options = validate_options,
        .run = run_validate},
    {0},
};
