/* policy show | set | authorize | check-parse | validate: the last three need no vault */
#include <string.h>

#include "cli/cli.h"
#include "cli/words.h"
#include "policy/cedar.h"
#include "vault/base/file.h"

static const struct positional one_file[] = {{N_("FILE"), POSITIONAL_FILE, NULL}, {0}};

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

static int run_set(struct cli *cli)
{
    int result = policy_file_given(cli);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static void show_set(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("The policy is now %s (event %lld)."), screen_word(value, "hash"),
        (long long)json_number(value, "event", -1));
}

/* --- Without a vault --- */

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
        .options = show_options,
        .operation = "policy.show",
        .text_member = "policy"},
    {.name = "policy set",
        .summary = N_("put another policy in force"),
        .positionals = one_file,
        .operation = "policy.set",
        .show = show_set,
        .run = run_set},
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
