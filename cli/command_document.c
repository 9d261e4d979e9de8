/* incident document draft, finish, write, list, register, deliver; incident notify; incident template list,
 * show, set, reset */
#include "cli/command_document.h"

#include <stdio.h>
#include <string.h>

#include "cli/local_time.h"
#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/documents/template.h"
#include "vault/incident/documents.h"

static const struct positional case_and_kind[] = {
    {N_("CASE"), POSITIONAL_ONE, "id"}, {N_("KIND"), POSITIONAL_ONE, "kind"}, {0}};
static const struct positional one_case[] = {{N_("CASE"), POSITIONAL_ONE, "id"}, {0}};
static const struct positional case_and_document[] = {
    {N_("CASE"), POSITIONAL_ONE, "id"}, {N_("NUMBER"), POSITIONAL_ONE, NULL}, {0}};
static const struct positional one_kind[] = {{N_("KIND"), POSITIONAL_ONE, "kind"}, {0}};
static const struct positional kind_and_file[] = {
    {N_("KIND"), POSITIONAL_ONE, "kind"}, {N_("FILE"), POSITIONAL_FILE, NULL}, {0}};

#define LANGUAGE_OPTION \
    { \
        .name = "lang", .value = N_("LANGUAGE"), .form = OPTION_TEXT, .member = "lang", .choices = "zh en", \
        .help = N_("the language of the document; zh unless said") \
    }

#define OUT_OPTIONS(must) \
    {.name = "out", \
        .value = N_("DIR"), \
        .form = OPTION_FILE, \
        .required = must, \
        .help = N_("write the pages into this new directory")}, \
    { \
        .name = "format", .value = N_("FORMAT"), .form = OPTION_LIST, .choices = "html pdf docx", \
        .help = N_("as what; html unless said; may be several") \
    }

#define FIELD_OPTIONS \
    LANGUAGE_OPTION, \
        {.name = "field", \
            .value = N_("NAME=TEXT"), \
            .form = OPTION_EACH, \
            .help = N_("what a field of the document says, or @FILE, or @- for standard input; may be several.  sender, " \
                       "signer and addressee are fields of all")}, \
        {.name = "fields", \
            .value = N_("FILE"), \
            .form = OPTION_FILE, \
            .help = N_("the same from a file: a JSON object of texts by name")}, \
        {.name = "recipients", \
            .value = N_("FILE"), \
            .form = OPTION_FILE, \
            .help = \
                N_("to whom: a table (CSV, XLSX) with columns recipient and name, others are fields; or " \
                   "what `client list --json` prints")}, \
        {.name = "again", \
            .form = OPTION_FLAG, \
            .member = "again", \
            .help = N_("also to whom the last one came back, or who refused it")}, \
        {.name = "replace", \
            .value = N_("NUMBER"), \
            .form = OPTION_NUMBER, \
            .member = "replace", \
            .help = N_("in the place of this draft, whose fields stay")}, \
        OUT_OPTIONS(false)

static const struct option draft_options[] = {FIELD_OPTIONS,
    {.name = "finding",
        .value = N_("FINDING"),
        .form = OPTION_TEXT,
        .member = "finding",
        .help = N_("the finding that a determination of responsibility tells")},
    {0}};
static const struct option notify_options[] = {FIELD_OPTIONS, {0}};
static const struct option write_options[] = {OUT_OPTIONS(true), {0}};
static const struct option language_options[] = {LANGUAGE_OPTION, {0}};
static const struct option deliver_options[] = {
    {.name = "to",
        .value = N_("RECIPIENT"),
        .form = OPTION_LIST,
        .help = N_("a recipient's number in the register, or id; 1 unless said; may be several")},
    {.name = "state",
        .value = N_("STATE"),
        .form = OPTION_TEXT,
        .choices = "sent delivered bounced replied refused",
        .help = N_("what became of it; sent unless said")},
    {.name = "how",
        .value = N_("TEXT"),
        .form = OPTION_TEXT,
        .help = N_("how it was sent, as in post, email, sms, phone; in the log as it is")},
    {.name = "at", .value = N_("TIME"), .form = OPTION_TEXT, .help = N_("when; now unless said")},
    {.name = "proof",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help =
            N_("the proof: a receipt, the message that came back; its SHA-256 is in the log, keep the file")},
    {.name = "register",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help =
            N_("all of that for many: a table (CSV, XLSX) with columns recipient, state, how, at, proof")},
    {0},
};

/* --- Asking --- */

static int keep_value(void *context, json_t *value)
{
    json_t **kept = context;
    json_decref(*kept);
    *kept = json_incref(value);
    return VAULT_OK;
}

static int ask(struct cli *cli, const char *operation, json_t *arguments, json_t **value)
{
    struct reply reply = {.context = value, .value = keep_value};
    struct operation_call call = {.name = operation, .arguments = arguments};
    *value = NULL;
    int result = cli_open(cli);
    return result == VAULT_OK ? cli_call(cli, &call, &reply) : result;
}

static void show_draft(struct screen *screen, const json_t *value)
{
    const json_t *missing = json_object_get(value, "missing");
    screen_field(screen, _("case"), json_object_get(value, "case"), NULL);
    screen_field(screen, _("document"), json_object_get(value, "document"), screen_word(value, "kind"));
    screen_field(screen, _("recipients"), json_object_get(value, "of"), NULL);
    if (json_number(value, "skipped", 0) > 0)
        screen_field(screen, _("have theirs already"), json_object_get(value, "skipped"), NULL);
    if (json_number(value, "left_out", 0) > 0)
        screen_field(screen, _("left for the next run"), json_object_get(value, "left_out"), NULL);
    screen_field(screen, _("pages in"), json_object_get(value, "out"), NULL);
    screen_field(screen, _("event"), json_object_get(value, "event"), NULL);
    screen_fields_end(screen, 0);
    for (size_t i = 0; i < json_array_size(missing); i++) {
        const json_t *one = json_array_get(missing, i);
        const char *article = screen_word(one, "article");
        bool chinese = words_chinese();
        screen_line(screen, _("still empty: %s (%s)%s%s"), screen_word(one, "field"),
            screen_word(one, chinese ? "zh" : "en"), article[0] == '\0' ? "" : "  ", article);
    }
}

static int run_draft(struct cli *cli)
{
    json_t *value = NULL;
    int result = document_write_check(cli);
    if (result == VAULT_OK)
        result = document_fields(cli);
    if (result == VAULT_OK)
        result = document_recipients(cli);
    if (result == VAULT_OK)
        result = ask(cli, "document.draft", cli->arguments.given, &value);
    if (result == VAULT_OK && cli_text(cli, "out") != NULL)
        result = document_write(cli, json_text(value, "case"), json_number(value, "document", 0), value);
    if (result == VAULT_OK)
        result = cli_value(cli, value, show_draft);
    json_decref(value);
    return result;
}

/* Whom the assessment names, each with his own; people are nobody's clients, so they are given. */
static int run_notify(struct cli *cli)
{
    const char *kind = cli_given(cli, "kind");
    bool individuals = kind != NULL && strcmp(kind, "notice-individual") == 0;
    if (individuals && cli_text(cli, "recipients") == NULL) {
        failure_remedy(
            &cli->failure, "%s", _("the client company, or who works on its records, can make the list"));
        return failure_set(&cli->failure, VAULT_EUSAGE,
            _("the vault does not tell an investigator who the people are: name them (--recipients)"));
    }
    if (!individuals && json_object_set_new(cli->arguments.given, "clients", json_true()) != 0)
        return VAULT_ENOMEM;
    return run_draft(cli);
}

static void show_written(struct screen *screen, const json_t *value)
{
    screen_field(screen, _("pages in"), json_object_get(value, "out"), NULL);
    screen_field(screen, _("files"), json_object_get(value, "files"), NULL);
    screen_field(screen, _("recipients"), json_object_get(value, "of"), NULL);
    screen_field(screen, _("state"), json_object_get(value, "state"), NULL);
    screen_fields_end(screen, 0);
}

static int run_write(struct cli *cli)
{
    json_t *value = json_object();
    int result = value == NULL ? VAULT_ENOMEM : cli_take_number(cli, "NUMBER", "document");
    if (result == VAULT_OK)
        result = cli_open(cli);
    if (result == VAULT_OK)
        result = document_write(
            cli, cli_given(cli, "id"), json_number(cli->arguments.given, "document", 0), value);
    if (result == VAULT_OK)
        result = cli_value(cli, value, show_written);
    json_decref(value);
    return result;
}

static int run_numbered(struct cli *cli)
{
    int result = cli_take_number(cli, "NUMBER", "document");
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

/* --- Delivery --- */

/* As many at once as one event takes. */
static int deliver(struct cli *cli, json_t *entries, json_t **value)
{
    json_t *batch = json_object();
    const char *key;
    json_t *entry;
    size_t done = 0;
    size_t count = json_object_size(entries);
    int result = batch == NULL ? VAULT_ENOMEM : VAULT_OK;
    json_object_foreach(entries, key, entry)
    {
        if (result == VAULT_OK && json_object_set(batch, key, entry) != 0)
            result = VAULT_ENOMEM;
        done++;
        if (result != VAULT_OK || (json_object_size(batch) < DOCUMENT_ENTRIES_MAX && done < count))
            continue;
        json_decref(*value);
        if (json_object_set(cli->arguments.given, "entries", batch) != 0)
            result = VAULT_ENOMEM;
        else
            result = ask(cli, "document.deliver", cli->arguments.given, value);
        json_decref(batch);
        batch = json_object();
    }
    if (result == VAULT_OK && *value != NULL)
        (void)json_object_set_new(*value, "entries", json_integer((json_int_t)count));
    json_decref(batch);
    return result;
}

static void show_delivered(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Document %lld: %lld entries in the register (event %lld)."),
        (long long)json_number(value, "document", 0), (long long)json_number(value, "entries", 0),
        (long long)json_number(value, "event", -1));
}

static int run_deliver(struct cli *cli)
{
    json_t *entries = NULL;
    json_t *value = NULL;
    int result = cli_take_number(cli, "NUMBER", "document");
    if (result == VAULT_OK)
        result = document_entries(cli, &entries);
    if (result == VAULT_OK)
        result = deliver(cli, entries, &value);
    if (result == VAULT_OK)
        result = cli_value(cli, value, show_delivered);
    json_decref(entries);
    json_decref(value);
    return result;
}

/* --- Templates --- */

static int run_template_set(struct cli *cli)
{
    const char *path = cli_text(cli, "FILE");
    struct buffer text = {0};
    int result = file_read(path, TEMPLATE_TEXT_MAX, &text, &cli->failure);
    json_t *value =
        result == VAULT_OK ? json_stringn(text.size == 0 ? "" : (const char *)text.data, text.size) : NULL;
    if (result == VAULT_OK &&
        (value == NULL || json_object_set_new(cli->arguments.given, "text", value) != 0))
        result = failure_set(&cli->failure, VAULT_EINPUT, _("%s: not UTF-8 text"), path);
    buffer_free(&text);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static void show_template(struct screen *screen, const json_t *value)
{
    const json_t *fields = json_object_get(value, "fields");
    bool chinese = words_chinese();
    const char *text = screen_word(value, "text");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        bool must = strcmp(screen_word(field, "need"), "must") == 0;
        screen_line(screen, "%s  %s  %s  %s", must ? _("must") : _("may"), screen_word(field, "id"),
            screen_word(field, chinese ? "zh" : "en"), screen_word(field, "article"));
    }
    screen_blank(screen);
    while (*text != '\0') {
        int size = (int)strcspn(text, "\n");
        screen_line(screen, "%.*s", size, text);
        text += size + (text[size] == '\n');
    }
}

static void show_set(struct screen *screen, const json_t *value)
{
    screen_say(screen,
        json_is_true(json_object_get(value, "own"))
            ? _("Documents of kind %s are now made from the firm's own template (event %lld).")
            : _("Documents of kind %s are made from the program's template again (event %lld)."),
        screen_word(value, "kind"), (long long)json_number(value, "event", -1));
}

static void show_finished(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Document %lld is done and may be sent (event %lld)."),
        (long long)json_number(value, "document", 0), (long long)json_number(value, "event", -1));
}

static const struct column list_columns[] = {{.member = "document", .title = N_("DOCUMENT")},
    {.member = "kind", .title = N_("KIND")}, {.member = "lang", .title = N_("LANGUAGE")},
    {.member = "state", .title = N_("STATE")}, {.member = "of", .title = N_("RECIPIENTS")},
    {.member = "sent", .title = N_("SENT")}, {.member = "delivered", .title = N_("DELIVERED")},
    {.member = "bounced", .title = N_("BOUNCED")}, {.member = "replied", .title = N_("REPLIED")},
    {.member = "refused", .title = N_("REFUSED")}, {.member = "by", .title = N_("BY")},
    {.member = "time", .title = N_("TIME")}, {0}};
static const struct column register_columns[] = {{.member = "no", .title = N_("NO")},
    {.member = "recipient", .title = N_("RECIPIENT")}, {.member = "name", .title = N_("NAME")},
    {.member = "state", .title = N_("STATE")}, {.member = "how", .title = N_("HOW")},
    {.member = "proof", .title = N_("PROOF")}, {.member = "sha256", .title = N_("PAGE")}, {0}};
static const struct column template_columns[] = {{.member = "kind", .title = N_("KIND")},
    {.member = "lang", .title = N_("LANGUAGE")}, {.member = "own", .title = N_("OWN")},
    {.member = "fields", .title = N_("FIELDS")}, {.member = "must", .title = N_("MUST")},
    {.member = "article", .title = N_("ARTICLE")}, {0}};

/* States in words, and moments by the clock of who reads. */
static json_t *row_in_words(const json_t *row)
{
    static const char *const words[] = {N_("draft"), N_("done"), N_("replaced"), N_("sent"), N_("delivered"),
        N_("bounced"), N_("replied"), N_("refused")};
    json_t *shown = json_copy((json_t *)(uintptr_t)row);
    const char *state = json_text(row, "state");
    const char *time = json_text(row, "time");
    char local[LOCAL_TIME_SIZE];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (state != NULL && strcmp(state, words[i]) == 0)
            (void)json_object_set_new(shown, "state", json_string(_(words[i])));
    }
    if (time != NULL) {
        local_time(time, local);
        (void)json_object_set_new(shown, "time", json_string(local));
    }
    return shown;
}

const struct command commands_document[] = {
    {.name = "incident notify",
        .summary = N_("draft one notice for each client of whom the assessment says that something was seen"),
        .more = N_(
            "Each has only what is the recipient's own: which kinds of his records, how many, of which "
            "periods.  "
            "Nobody is written to twice: who has a notice of this kind in the case is passed over.  KIND is "
            "notice-affected, notice-client, survey, entrustment, or notice-individual with --recipients.  "
            "Names come "
            "from --recipients where the person may not open clients' cards."),
        .positionals = case_and_kind,
        .options = notify_options,
        .operation = "document.draft",
        .run = run_notify},
    {.name = "incident document draft",
        .summary = N_("draft a document of a case: a report, a notice, a statement"),
        .more =
            N_("What the case says is filled in; what only people know is asked for as fields, and what is "
               "still empty "
               "stands in the draft where it is to be filled in.  `incident template list` tells the kinds."),
        .positionals = case_and_kind,
        .options = draft_options,
        .operation = "document.draft",
        .run = run_draft},
    {.name = "incident document finish",
        .summary = N_("check a draft and say that it is done"),
        .more = N_("Refused while a field that it must have is empty; a statement, answers for the press and "
                   "a bulletin are "
                   "refused while there is personal data in them."),
        .positionals = case_and_document,
        .operation = "document.finish",
        .show = show_finished,
        .run = run_numbered},
    {.name = "incident document write",
        .summary = N_("write a document's pages into a new directory, as HTML, PDF or DOCX"),
        .more = N_("PDF and DOCX are made on this machine, by WeasyPrint and pandoc.  register.csv lists "
                   "recipients, files and "
                   "their SHA-256; its own is in the log."),
        .positionals = case_and_document,
        .options = write_options,
        .operation = "document.pages",
        .run = run_write},
    {.name = "incident document list",
        .summary = N_("list the documents of a case, and how far they are"),
        .positionals = one_case,
        .operation = "document.list",
        .columns = list_columns,
        .row_of_row = row_in_words,
        .none = N_("The case has no documents.")},
    {.name = "incident document register",
        .summary = N_("list the recipients of a document, and what became of each"),
        .positionals = case_and_document,
        .operation = "document.list",
        .columns = register_columns,
        .row_of_row = row_in_words,
        .none = N_("The document has no recipients."),
        .run = run_numbered},
    {.name = "incident document deliver",
        .summary = N_("enter in the register what was sent, how, and what came of it"),
        .positionals = case_and_document,
        .options = deliver_options,
        .operation = "document.deliver",
        .run = run_deliver},
    {.name = "incident template list",
        .summary = N_("list the templates of documents"),
        .operation = "document.template_list",
        .columns = template_columns},
    {.name = "incident template show",
        .summary = N_("show a template, and the fields that it may and must hold"),
        .positionals = one_kind,
        .options = language_options,
        .operation = "document.template_show",
        .show = show_template},
    {.name = "incident template set",
        .summary = N_("have documents made from the firm's own template"),
        .more = N_("HTML of headings, paragraphs, lists and tables, with {{NAME}} for a field, "
                   "{{#NAME}}…{{/NAME}} where there "
                   "is one or for each row of a list, {{^NAME}}…{{/NAME}} where there is none.  It is "
                   "refused where a field that "
                   "the law asks for has no place in it.  What was drafted before stays as it is."),
        .positionals = kind_and_file,
        .options = language_options,
        .operation = "document.template_set",
        .show = show_set,
        .run = run_template_set},
    {.name = "incident template reset",
        .summary = N_("have documents made from the program's template again"),
        .positionals = one_kind,
        .options = language_options,
        .operation = "document.template_set",
        .show = show_set},
    {0},
};
