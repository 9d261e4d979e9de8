/* finding draft, add, drop, text, hear, supersede, review, sign, withdraw, show, list */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command_finding_show.h"
#include "cli/words.h"
#include "vault/base/file.h"

#define TRACE_FILE_MAX ((size_t)8 << 20)
#define TEXT_FILE_MAX ((size_t)65536)

static const struct positional one_finding[] = {{N_("FINDING"), POSITIONAL_ONE, "id"}, {0}};
static const struct positional section_words[] = {
    {N_("FINDING"), POSITIONAL_ONE, "id"}, {N_("SECTION"), POSITIONAL_ONE, "section"}, {0}};
static const struct positional hear_words[] = {
    {N_("FINDING"), POSITIONAL_ONE, "id"}, {N_("USER"), POSITIONAL_ONE, "user"}, {0}};

#define PART_WORDS \
    "granted-role approved-grant assigned-client added-user approved-export approved-access skipped-review " \
    "ignored-alert " \
    "left-account-open wrote-rule proposed-rule approved-rule changed-setting"

static const struct option draft_options[] = {
    {.name = "case",
        .value = N_("CASE"),
        .form = OPTION_TEXT,
        .member = "case",
        .help = N_("the case that `trace LEAK` made")},
    {.name = "from",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("instead: what `trace --json --details` printed of the leak")},
    {.name = "direct",
        .value = N_("USER"),
        .form = OPTION_LIST,
        .member = "direct",
        .required = true,
        .help = N_("who is directly responsible; may be several")},
    {.name = "event",
        .value = N_("N"),
        .form = OPTION_LIST,
        .member = "events",
        .help = N_("the disclosures to this person, N or A-B; otherwise those that the trace's explanation "
                   "rests on")},
    {.name = "left",
        .value = N_("DATE"),
        .form = OPTION_TEXT,
        .member = "left",
        .help = N_("when this person left the firm: whose account was open after that")},
    {.name = "summary",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "summary",
        .help = N_("the conclusion in plain words")},
    {0},
};

static const struct option add_options[] = {
    {.name = "direct",
        .value = N_("USER"),
        .form = OPTION_TEXT,
        .help = N_("a person who is directly responsible")},
    {.name = "indirect",
        .value = N_("USER"),
        .form = OPTION_TEXT,
        .help = N_("a person who let it happen; needs --part")},
    {.name = "part",
        .value = N_("PART"),
        .form = OPTION_TEXT,
        .member = "part",
        .choices = PART_WORDS,
        .help = N_("what this person's part was")},
    {.name = "of",
        .value = N_("USER"),
        .form = OPTION_TEXT,
        .member = "of",
        .help = N_("in whose doing, where there are several direct persons")},
    {.name = "event",
        .value = N_("N"),
        .form = OPTION_LIST,
        .member = "events",
        .help = N_("events of the log that show it, N or A-B")},
    {.name = "rule",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "rule",
        .help = N_("the rule of the firm that was broken")},
    {.name = "policy",
        .value = N_("ID"),
        .form = OPTION_TEXT,
        .member = "policy",
        .help = N_("the policy of the vault that it is about")},
    {.name = "fault",
        .value = N_("DEGREE"),
        .form = OPTION_TEXT,
        .member = "fault",
        .choices = "intent gross-negligence negligence none",
        .help = N_("how grave it is")},
    {.name = "known",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "known",
        .help = N_("how it is known that this person knew the rule")},
    {0},
};

static const struct option drop_options[] = {
    {.name = "person",
        .value = N_("USER"),
        .form = OPTION_TEXT,
        .member = "user",
        .required = true,
        .help = N_("who is not to be named any more")},
    {.name = "part",
        .value = N_("PART"),
        .form = OPTION_TEXT,
        .member = "part",
        .choices = PART_WORDS,
        .help = N_("only for this part")},
    {0},
};

static const struct option text_options[] = {
    {.name = "file", .value = N_("FILE"), .form = OPTION_FILE, .help = N_("take the text from a file")},
    {.name = "text",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "text",
        .help = N_("the text itself")},
    {0},
};

static const struct option reason_options[] = {
    {.name = "reason",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "reason",
        .required = true,
        .help = N_("why")},
    {0},
};

static const struct option review_options[] = {
    {.name = "accept", .form = OPTION_FLAG, .help = N_("it is complete and right; it can be signed")},
    {.name = "return", .form = OPTION_FLAG, .help = N_("it is to be changed; needs --note")},
    {.name = "note",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "note",
        .help = N_("what the reviewer has to say; sealed, not in the log")},
    {0},
};

static const struct option show_options[] = {
    {.name = "version",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "version",
        .help = N_("an earlier version instead of the newest")},
    {0},
};

/* --- Arguments --- */

static int give(struct cli *cli, const char *member, const char *text)
{
    return json_object_set_new(cli->arguments.given, member, json_string(text)) == 0 ? VAULT_OK
                                                                                     : VAULT_ENOMEM;
}

static int run_draft(struct cli *cli)
{
    const char *path = cli_text(cli, "from");
    struct buffer text = {0};
    json_t *trace = NULL;
    if ((path == NULL) == (cli_given(cli, "case") == NULL))
        return failure_set(&cli->failure, VAULT_EUSAGE, "%s", _("give one of --case CASE and --from FILE"));
    if (path == NULL)
        return cli_operation(cli, NULL);
    int result = file_read(path, TRACE_FILE_MAX, &text, &cli->failure);
    if (result == VAULT_OK && (result = json_read(buffer_bytes(&text), &trace, &cli->failure)) != VAULT_OK) {
        failure_prefix(&cli->failure, "%s", path);
        failure_remedy(
            &cli->failure, "%s", _("the file must hold what the trace printed of one leak, a single line"));
    }
    if (result == VAULT_OK && json_object_set(cli->arguments.given, "trace", trace) != 0)
        result = VAULT_ENOMEM;
    json_decref(trace);
    buffer_free(&text);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_add(struct cli *cli)
{
    const char *direct = cli_text(cli, "direct");
    const char *indirect = cli_text(cli, "indirect");
    bool part = cli_given(cli, "part") != NULL;
    if ((direct == NULL) == (indirect == NULL))
        return failure_set(
            &cli->failure, VAULT_EUSAGE, "%s", _("give one of --direct USER and --indirect USER"));
    if (part != (indirect != NULL))
        return failure_set(
            &cli->failure, VAULT_EUSAGE, "%s", _("--part says what an indirect person's part was"));
    int result = give(cli, "change", "add");
    if (result == VAULT_OK)
        result = give(cli, "user", direct != NULL ? direct : indirect);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_drop(struct cli *cli)
{
    int result = give(cli, "change", "drop");
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_supersede(struct cli *cli)
{
    int result = give(cli, "change", "supersede");
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

/* --file or --text. */
static int run_with_text(struct cli *cli)
{
    const char *path = cli_text(cli, "file");
    bool hear = strcmp(cli->command->name, "finding hear") == 0;
    struct buffer text = {0};
    int result = give(cli, "change", hear ? "hear" : "text");
    if ((path == NULL) == (cli_given(cli, "text") == NULL))
        return failure_set(&cli->failure, VAULT_EUSAGE, "%s", _("give one of --file FILE and --text TEXT"));
    if (result == VAULT_OK && path != NULL) {
        result = file_read(path, TEXT_FILE_MAX, &text, &cli->failure);
        json_t *value = result == VAULT_OK
                            ? json_stringn(text.size == 0 ? "" : (const char *)text.data, text.size)
                            : NULL;
        if (result == VAULT_OK &&
            (value == NULL || json_object_set_new(cli->arguments.given, "text", value) != 0))
            result = failure_set(&cli->failure, VAULT_EINPUT, _("%s: not UTF-8 text"), path);
    }
    buffer_free(&text);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_review(struct cli *cli)
{
    bool accept = json_is_true(json_object_get(cli->arguments.apart, "accept"));
    bool returned = json_is_true(json_object_get(cli->arguments.apart, "return"));
    if (accept == returned)
        return failure_set(&cli->failure, VAULT_EUSAGE, "%s", _("give one of --accept and --return"));
    if (returned && cli_given(cli, "note") == NULL)
        return failure_set(&cli->failure, VAULT_EUSAGE, "%s", _("--note says what is to be changed"));
    int result = give(cli, "result", accept ? "accept" : "return");
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_sign(struct cli *cli)
{
    char question[200];
    (void)snprintf(question, sizeof question, _("Sign finding %s as it is now?"), cli_given(cli, "id"));
    int result = cli_confirm(cli, question);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_withdraw(struct cli *cli)
{
    char question[200];
    (void)snprintf(question, sizeof question, _("Withdraw finding %s for good?"), cli_given(cli, "id"));
    int result = cli_confirm(cli, question);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

const struct command commands_finding[] = {
    {.name = "finding draft",
        .summary = N_("state who is responsible for a leak"),
        .more = N_(
            "The log is played up to each disclosure: who granted the role, assigned the client, added the "
            "person, wrote the rule or loosened a setting is proposed as indirectly responsible."),
        .options = draft_options,
        .operation = "finding.draft",
        .show = finding_show_draft,
        .run = run_draft},
    {.name = "finding add",
        .summary = N_("name a person in a finding, or confirm what was proposed"),
        .more = N_(
            "Every change makes a new version.  Said again of the same person and part, events are added and "
            "texts replaced."),
        .positionals = one_finding,
        .options = add_options,
        .operation = "finding.change",
        .show = finding_show_step,
        .run = run_add},
    {.name = "finding drop",
        .summary = N_("do not name a person, or a part of his, any more"),
        .positionals = one_finding,
        .options = drop_options,
        .operation = "finding.change",
        .show = finding_show_step,
        .run = run_drop},
    {.name = "finding text",
        .summary = N_("write a section of a finding"),
        .more = N_("Sections: summary, facts, causation, alternatives, loss, firm, result, limits."),
        .positionals = section_words,
        .options = text_options,
        .operation = "finding.change",
        .show = finding_show_step,
        .run = run_with_text},
    {.name = "finding hear",
        .summary = N_("note what the person concerned has to say"),
        .positionals = hear_words,
        .options = text_options,
        .operation = "finding.change",
        .show = finding_show_step,
        .run = run_with_text},
    {.name = "finding supersede",
        .summary = N_("begin a version that is to take the place of a signed one"),
        .more = N_("The signed version stays in force until both have signed the new one."),
        .positionals = one_finding,
        .options = reason_options,
        .operation = "finding.change",
        .show = finding_show_step,
        .run = run_supersede},
    {.name = "finding review",
        .summary = N_("accept or return somebody else's finding"),
        .positionals = one_finding,
        .options = review_options,
        .operation = "finding.review",
        .show = finding_show_step,
        .run = run_review},
    {.name = "finding sign",
        .summary = N_("sign an accepted finding: who wrote it, and who accepted it"),
        .positionals = one_finding,
        .operation = "finding.sign",
        .show = finding_show_step,
        .run = run_sign},
    {.name = "finding withdraw",
        .summary = N_("withdraw a finding, with a reason"),
        .positionals = one_finding,
        .options = reason_options,
        .operation = "finding.withdraw",
        .show = finding_show_step,
        .run = run_withdraw},
    {.name = "finding show",
        .summary = N_("show a finding, its versions and signatures"),
        .positionals = one_finding,
        .options = show_options,
        .operation = "finding.show",
        .show = finding_show},
    {.name = "finding list",
        .summary = N_("list findings"),
        .operation = "finding.list",
        .columns = finding_list_columns,
        .row_of_row = finding_row,
        .none = N_("There are no findings.")},
    {0},
};
