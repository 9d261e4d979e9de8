/* incident freeze, unfreeze, open, status, list, note, custody, hold, assess, fulfil, bundle, close, coverage, facts
 * show, facts set */
#include <string.h>

#include "cli/cli.h"
#include "cli/command_bundle.h"
#include "cli/command_incident_show.h"
#include "cli/given_words.h"
#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/law/facts.h"

static const struct positional one_case[] = {{N_("CASE"), POSITIONAL_ONE, "id"}, {0}};
static const struct positional duty_words[] = {
    {N_("CASE"), POSITIONAL_ONE, "id"}, {N_("DUTY"), POSITIONAL_ONE, "duty"}, {0}};
static const struct positional facts_file[] = {{N_("FILE"), POSITIONAL_FILE, NULL}, {0}};

#define AIM_OPTIONS \
    {.name = "client", \
        .value = N_("CLIENT"), \
        .form = OPTION_LIST, \
        .member = "clients", \
        .help = N_("these clients; may be several")}, \
        {.name = "portfolio", \
            .value = N_("PORTFOLIO"), \
            .form = OPTION_TEXT, \
            .member = "portfolio", \
            .help = N_("all clients of a portfolio")}, \
        {.name = "user", \
            .value = N_("USER"), \
            .form = OPTION_TEXT, \
            .member = "user", \
            .help = N_("what this person does on any client")}, \
        {.name = "all", .form = OPTION_FLAG, .member = "all", .help = N_("every client")}, \
    { \
        .name = "purpose", .value = N_("PURPOSE"), .form = OPTION_TEXT, .member = "purpose", \
        .help = N_("what for, as in incident:7") \
    }

#define FACT_OPTIONS \
    {.name = "moment", \
        .value = N_("NAME=TIME"), \
        .form = OPTION_LIST, \
        .help = N_("when it occurred, when the firm knew, discovered, confirmed, assessed, ended or " \
                   "decided it, as in " \
                   "confirmed=2026-01-31T09:00Z; may be several")}, \
    { \
        .name = "circumstance", .value = N_("NAME=yes|no"), .form = OPTION_LIST, \
        .help = N_("what a duty depends on, as in crime=yes, harm-avoided=no; may be several") \
    }

#define FILE_OPTION \
    { \
        .name = "file", .value = N_("FILE"), .form = OPTION_FILE, .member = "file", \
        .help = N_("seal this file in the case, 4 MiB at most; its hash and size are in the log") \
    }

static const struct option aim_options[] = {AIM_OPTIONS, {0}};

static const struct option open_options[] = {
    {.name = "title",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "title",
        .help = N_("what it is called; sealed")},
    {.name = "discovered-by",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "discovered_by",
        .help = N_("who found it; sealed")},
    {.name = "how",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "how",
        .help = N_("how it was found; sealed")},
    {.name = "jurisdiction",
        .value = N_("PLACE"),
        .form = OPTION_LIST,
        .member = "jurisdictions",
        .choices = "CN EU UK US-FTC US-IRS SG",
        .help = N_("whose law it is about; CN unless said; may be several")},
    FACT_OPTIONS,
    FILE_OPTION,
    {0},
};

static const struct option note_options[] = {
    {.name = "text",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "text",
        .help = N_("what there is to say; sealed")},
    {.name = "kind",
        .value = N_("KIND"),
        .form = OPTION_TEXT,
        .member = "kind",
        .choices = "note fact responsibility remedy lesson",
        .help = N_("what it is about; note unless said")},
    FILE_OPTION,
    FACT_OPTIONS,
    {.name = "user",
        .value = N_("USER"),
        .form = OPTION_TEXT,
        .member = "user",
        .help = N_("a person who has a part in the case")},
    {.name = "part",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "as",
        .help = N_("which part, as in lead, counsel")},
    {0},
};

static const struct option custody_options[] = {
    {.name = "text",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "text",
        .required = true,
        .help = N_("what changed hands, from whom to whom, what for; sealed")},
    FILE_OPTION,
    {0},
};

static const struct option hold_options[] = {
    {.name = "client",
        .value = N_("CLIENT"),
        .form = OPTION_LIST,
        .member = "clients",
        .help = N_("whose records it is about; may be several")},
    {.name = "release", .form = OPTION_FLAG, .member = "release", .help = N_("let go what was held")},
    {.name = "text", .value = N_("TEXT|-|@FILE"), .form = OPTION_WORDS, .member = "text", .help = N_("why; sealed")},
    {0},
};

static const struct option fulfil_options[] = {
    {.name = "at",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .member = "at",
        .help = N_("when it was done; now unless said")},
    {.name = "event",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "event",
        .help = N_("the event of the log that shows it, and says when: a freeze, a delivery")},
    {.name = "text",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "text",
        .help = N_("how it was done, to whom; sealed")},
    {.name = "file",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .member = "file",
        .help = N_("the proof (a receipt, the notice): sealed in the case, 4 MiB at most")},
    {0},
};

static const struct option assess_options[] = {
    {.name = "person",
        .value = N_("USER"),
        .form = OPTION_TEXT,
        .member = "person",
        .help = N_("through whom it leaked: all that this person was shown is counted")},
    {.name = "since",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .member = "since",
        .help = N_("shown at or after this moment")},
    {.name = "until",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .member = "until",
        .help = N_("shown before this moment")},
    {.name = "trace",
        .value = N_("CASE"),
        .form = OPTION_TEXT,
        .member = "trace",
        .help = N_("the case that `trace LEAK` made: its rows are the least that leaked")},
    {.name = "loss",
        .value = N_("YUAN"),
        .form = OPTION_NUMBER,
        .member = "loss_yuan",
        .help = N_("direct loss")},
    {.name = "gain",
        .value = N_("YUAN"),
        .form = OPTION_NUMBER,
        .member = "gain_yuan",
        .help = N_("unlawful gain")},
    {.name = "trade-secret",
        .value = N_("YUAN"),
        .form = OPTION_NUMBER,
        .member = "trade_secret_yuan",
        .help = N_("loss or gain by trade secrets of companies")},
    {.name = "outsider",
        .form = OPTION_FLAG,
        .member = "outsider",
        .help = N_("who took it did not get it in service: ordinary thresholds instead of halves")},
    {0},
};

static const struct option bundle_options[] = {
    {.name = "out",
        .value = N_("DIR"),
        .form = OPTION_FILE,
        .member = "out",
        .required = true,
        .help = N_("where to write it: a directory, or FILE.tar")},
    {.name = "since",
        .value = N_("CHECKPOINT"),
        .form = OPTION_FILE,
        .help = N_("prove that the log extends this earlier checkpoint")},
    {.name = "tar",
        .form = OPTION_FLAG,
        .member = "archive",
        .help = N_("write an archive even if its name does not end in .tar")},
    {.name = "with-files",
        .form = OPTION_FLAG,
        .member = "with_files",
        .help = N_("the sealed files themselves, too, each under its SHA-256: they leave the vault in the clear")},
    {.name = "with-documents",
        .form = OPTION_FLAG,
        .member = "with_documents",
        .help = N_("every page of the finished documents, too, likewise")},
    {0},
};

static const struct option close_options[] = {
    {.name = "reason",
        .value = N_("TEXT|-|@FILE"),
        .form = OPTION_WORDS,
        .member = "text",
        .help = N_("why duties stay open; sealed")},
    {0},
};

static const struct option facts_options[] = {
    {.name = "section",
        .value = N_("SECTION"),
        .form = OPTION_TEXT,
        .member = "section",
        .choices = "duties thresholds retention documents data_roles laws features jurisdictions addressees "
                   "calendars zones all",
        .help = N_("the entries of a section, or the whole file")},
    {0},
};

/* --- Running --- */

/* "confirmed=2026-01-31" of a list of options into an object of the arguments. */
static int gather(struct cli *cli, const char *option, const char *member)
{
    const json_t *words = json_object_get(cli->arguments.apart, option);
    json_t *object = NULL;
    if (words == NULL)
        return VAULT_OK;
    int result = given_fields(&cli->arguments, words, option, &object, &cli->failure);
    return result == VAULT_OK && json_object_set_new(cli->arguments.given, member, object) != 0 ? VAULT_ENOMEM : result;
}

static int run_with_facts(struct cli *cli)
{
    int result = gather(cli, "moment", "moments");
    if (result == VAULT_OK)
        result = gather(cli, "circumstance", "circumstances");
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_custody(struct cli *cli)
{
    return json_object_set_new(cli->arguments.given, "kind", json_string("custody")) == 0
               ? cli_operation(cli, NULL)
               : VAULT_ENOMEM;
}

static int run_facts_set(struct cli *cli)
{
    const char *path = cli_text(cli, "FILE");
    struct buffer text = {0};
    int result = file_read(path, LAW_FACTS_MAX, &text, &cli->failure);
    json_t *value =
        result == VAULT_OK ? json_stringn(text.size == 0 ? "" : (const char *)text.data, text.size) : NULL;
    if (result == VAULT_OK &&
        (value == NULL || json_object_set_new(cli->arguments.given, "text", value) != 0))
        result = failure_set(&cli->failure, VAULT_EINPUT, _("%s: not UTF-8 text"), path);
    buffer_free(&text);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

const struct command commands_incident[] = {
    {.name = "incident freeze",
        .summary = N_("stop all work on clients at once; the first thing in an incident"),
        .more = N_("Nothing of what is frozen is shown or changed until two people unfreeze it; "
                   "investigators go on with the "
                   "log, traces and cases.  Roles that reach it get new keys at their members' next "
                   "sessions.  The event holds "
                   "a hash of all rights as they were before it, which replay reckons again."),
        .options = aim_options,
        .operation = "incident.freeze",
        .show = incident_show_frozen},
    {.name = "incident unfreeze",
        .summary = N_("let work go on; takes two people"),
        .more = N_("The first proposes it, the second says the same, and it takes effect."),
        .options = aim_options,
        .operation = "incident.unfreeze",
        .show = incident_show_unfrozen},
    {.name = "incident open",
        .summary = N_("open the case file of an incident"),
        .more = N_("The clocks of the law start with what --moment says; knew is now unless said."),
        .options = open_options,
        .operation = "incident.open",
        .show = incident_show_step,
        .run = run_with_facts},
    {.name = "incident status",
        .summary = N_("show a case: what is due to whom by which rule, what remains, what is next"),
        .positionals = one_case,
        .operation = "incident.show",
        .show = incident_show_status},
    {.name = "incident list",
        .summary = N_("list cases, and what is frozen"),
        .operation = "incident.list",
        .columns = incident_list_columns,
        .row_of_row = incident_row,
        .none = N_("There are no incidents, and nothing is frozen.")},
    {.name = "incident note",
        .summary = N_("note something in a case: a text, a file, a moment, a circumstance, a person's part"),
        .positionals = one_case,
        .options = note_options,
        .operation = "incident.note",
        .show = incident_show_step,
        .run = run_with_facts},
    {.name = "incident custody",
        .summary = N_("note that evidence changed hands"),
        .positionals = one_case,
        .options = custody_options,
        .operation = "incident.note",
        .show = incident_show_step,
        .run = run_custody},
    {.name = "incident hold",
        .summary = N_("hold what a case is about: nothing of it may be erased"),
        .positionals = one_case,
        .options = hold_options,
        .operation = "incident.hold",
        .show = incident_show_step},
    {.name = "incident assess",
        .summary = N_("count what leaked against every threshold, and whose duty it is to tell whom"),
        .more = N_("From the log and a trace; no record is opened.  Strictly all that the person was shown, "
                   "leniently what the trace "
                   "tied to the leak.  What both readings say becomes a circumstance of the case; what they differ on "
                   "stays open."),
        .positionals = one_case,
        .options = assess_options,
        .operation = "incident.assess",
        .show = incident_show_assessment},
    {.name = "incident fulfil",
        .summary = N_("say that a duty was done, with the proof"),
        .more = N_("Duties are those that `incident status` lists; it says what to type for each."),
        .positionals = duty_words,
        .options = fulfil_options,
        .operation = "incident.fulfil",
        .show = incident_show_step},
    {.name = "incident bundle",
        .summary = N_("hand out a case as evidence that outsiders can check"),
        .more = N_("The events of the case with their proofs, and case.json: its steps, documents, sealed files by name, "
                   "size, SHA-256 and SM3, the chain of custody in its words, the method, and what the vault's records "
                   "say to each factor of article 93 of the provisions on evidence.  The files and pages themselves are only in it "
                   "where you ask for them.  `strongroom audit` checks it.  Making it is an event, which tells the hash of case.json."),
        .positionals = one_case,
        .options = bundle_options,
        .operation = "incident.bundle",
        .show = incident_show_bundle,
        .run = run_bundle},
    {.name = "incident close",
        .summary = N_("close a case"),
        .more =
            N_("Duties that the law asks must be done, or not apply; else --reason says why they stay open."),
        .positionals = one_case,
        .options = close_options,
        .operation = "incident.close",
        .show = incident_show_step},
    {.name = "incident coverage",
        .summary = N_("show what an incident asks of a firm, and which commands serve it"),
        .more = N_("By the features of the facts of the law, with the numbered items that each is for; what nothing serves is "
                   "said to be so."),
        .operation = "incident.coverage",
        .columns = incident_coverage_columns,
        .row_of_row = incident_coverage_row},
    {.name = "incident facts show",
        .summary = N_("show the facts of the law that clocks and thresholds go by"),
        .options = facts_options,
        .operation = "facts.show",
        .show = incident_show_facts,
        .show_row = incident_show_fact},
    {.name = "incident facts set",
        .summary = N_("set the firm's own facts of the law"),
        .more = N_("The file is of the form that `incident facts show --section all --json` prints; it is "
                   "checked as a whole."),
        .positionals = facts_file,
        .operation = "facts.set",
        .run = run_facts_set},
    {0},
};
