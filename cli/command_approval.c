/* approval request | list | show | approve | deny | withdraw | hand-back */
#include <string.h>

#include "cli/cli.h"
#include "cli/words.h"
#include "vault/base/file.h"

#define POLICY_FILE_MAX ((size_t)16 << 20)

static const struct positional asked[] = {
    {N_("ACTION"), POSITIONAL_ONE, "action"}, {N_("RESOURCE"), POSITIONAL_ANY, "resources"}, {0}};
static const struct positional one_request[] = {{N_("REQUEST"), POSITIONAL_ONE, NULL}, {0}};

static const struct option request_options[] = {
    {.name = "reason", .value = N_("REASON"), .form = OPTION_TEXT, .member = "reason", .help = N_("why"), .required = true},
    {.name = "for",
        .value = N_("SPAN"),
        .form = OPTION_TEXT,
        .member = "for",
        .help = N_("how long it counts once it is approved: 30m, 8h, 2d"),
        .required = true},
    {.name = "rows", .value = N_("N"), .form = OPTION_NUMBER, .member = "rows", .help = N_("an export of at most so many rows")},
    {.name = "field", .value = N_("FIELD"), .form = OPTION_LIST, .member = "fields", .help = N_("only these fields are unmasked")},
    {.name = "compartment",
        .value = N_("COMPARTMENT"),
        .form = OPTION_LIST,
        .member = "compartments",
        .help = N_("only records of these compartments"),
        .choices = "books bank tax payroll identity documents"},
    {.name = "member", .value = N_("USER"), .form = OPTION_TEXT, .member = "member", .help = N_("whom a grant is for")},
    {.name = "until", .value = N_("DATE"), .form = OPTION_TEXT, .member = "until", .help = N_("when a grant ends at the latest")},
    {.name = "policy", .value = N_("FILE"), .form = OPTION_FILE, .help = N_("the policy that is to be set")},
    {.name = "uses", .value = N_("N"), .form = OPTION_NUMBER, .member = "uses", .help = N_("how often it may be used (1)")},
    {.name = "approvals",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "approvals",
        .help = N_("how many must approve, where the settings do not ask for more (1)")},
    {0},
};

static const struct option list_options[] = {
    {.name = "mine", .form = OPTION_FLAG, .member = "mine", .help = N_("only those that wait for you")},
    {.name = "all", .form = OPTION_FLAG, .member = "all", .help = N_("everybody's, from the beginning")},
    {0},
};

static const struct column list_columns[] = {
    {"request", N_("REQUEST"), COLUMN_NUMBER},
    {"requester", N_("REQUESTER"), COLUMN_TEXT},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"action", N_("ACTION"), COLUMN_TEXT},
    {"ids", N_("RESOURCE"), COLUMN_TEXT},
    {"needed", N_("NEEDED"), COLUMN_NUMBER},
    {"approved_by", N_("APPROVED BY"), COLUMN_TEXT},
    {"until", N_("UNTIL"), COLUMN_TEXT},
    {"left", N_("LEFT"), COLUMN_NUMBER},
    {0},
};

static int run_one(struct cli *cli)
{
    int result = cli_take_number(cli, "REQUEST", "request");
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_request(struct cli *cli)
{
    struct buffer text = {0};
    const char *path = cli_text(cli, "policy");
    int result = path == NULL ? VAULT_OK : file_read(path, POLICY_FILE_MAX, &text, &cli->failure);
    if (result == VAULT_OK && path != NULL) {
        json_t *policy = json_stringn(text.data == NULL ? "" : (const char *)text.data, text.size);
        if (policy == NULL)
            result = failure_set(&cli->failure, VAULT_EINPUT, _("%s: not UTF-8 text"), path);
        else
            (void)json_object_set_new(cli->arguments.given, "policy", policy);
    }
    buffer_free(&text);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static void show_request(struct screen *screen, const json_t *value)
{
    static const char *const members[] = {"requester", "state", "action", "type", "ids", "scope", "reason", "minutes", "needed",
        "approved_by", "filed", "until", "left", "closed_by"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const json_t *member = json_object_get(value, members[i]);
        if (member != NULL)
            screen_field(screen, members[i], member, NULL);
    }
    screen_fields_end(screen, 0);
    const char *policy = json_text(value, "policy");
    if (policy != NULL) {
        screen_blank(screen);
        screen_line(screen, "%s", policy);
    }
}

static void show_filed(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Request %lld was filed.  Approvals that it needs: %lld; people who can give them: %zu."),
        (long long)json_number(value, "request", -1), (long long)json_number(value, "needed", 0),
        json_array_size(json_object_get(value, "people")));
}

static void show_state(struct screen *screen, const json_t *value)
{
    const char *until = json_text(value, "until");
    screen_say(screen, _("Request %lld of %s is %s (event %lld)."), (long long)json_number(value, "request", -1),
        screen_word(value, "requester"), screen_word(value, "state"), (long long)json_number(value, "event", -1));
    if (until != NULL && strcmp(screen_word(value, "state"), "approved") == 0)
        screen_say(screen, _("It counts until %s; uses left: %lld."), until, (long long)json_number(value, "left", 0));
}

const struct command commands_approval[] = {
    {.name = "approval request",
        .summary = N_("ask others to approve something before you do it"),
        .more = N_("ACTION is one of the policy (record.export, record.reveal, grant.add, policy.set, …); RESOURCE a client, a record's "
                   "id, role:NAME, user:NAME, portfolio:NAME; without one it is the vault.  Reason, scope and time are frozen now; the "
                   "time begins with the last approval that is needed.  The next time you do what was approved, it is used.  "
                   "What needs approvals: the settings approval.export (1000:2 is two for more than 1000 rows), approval.reveal "
                   "(payroll,identity:1), approval.grant, approval.policy.  Who is told: approval.hook (a program), approval.mail."),
        .positionals = asked,
        .options = request_options,
        .operation = "approval.request",
        .show = show_filed,
        .run = run_request},
    {.name = "approval list",
        .summary = N_("list your requests, and those that you may approve"),
        .options = list_options,
        .operation = "approval.list",
        .columns = list_columns,
        .none = N_("There are no requests.")},
    {.name = "approval show",
        .summary = N_("show what a request asks for, and why"),
        .positionals = one_request,
        .operation = "approval.show",
        .show = show_request,
        .run = run_one},
    {.name = "approval approve",
        .summary = N_("approve what somebody else asks for"),
        .positionals = one_request,
        .operation = "approval.approve",
        .show = show_state,
        .run = run_one},
    {.name = "approval deny",
        .summary = N_("refuse what somebody else asks for, also after it was approved"),
        .positionals = one_request,
        .operation = "approval.deny",
        .show = show_state,
        .run = run_one},
    {.name = "approval withdraw",
        .summary = N_("take back your request, or your approval of one that was not used"),
        .positionals = one_request,
        .operation = "approval.withdraw",
        .show = show_state,
        .run = run_one},
    {.name = "approval hand-back",
        .summary = N_("give back what was approved and is not needed any more"),
        .positionals = one_request,
        .operation = "approval.hand_back",
        .show = show_state,
        .run = run_one},
    {0},
};
