/* Findings, as people see them. */
#include "cli/command_finding_show.h"

#include <stdio.h>
#include <string.h>

#include "cli/words.h"

/* --- Words of ours that stand in findings --- */

struct said {
    const char *code;
    const char *text;
};

static const struct said said[] = {
    {"draft", N_("draft")},
    {"returned", N_("returned")},
    {"accepted", N_("accepted")},
    {"signed", N_("signed")},
    {"withdrawn", N_("withdrawn")},
    {"granted-role", N_("granted the role")},
    {"approved-grant", N_("approved the grant")},
    {"assigned-client", N_("assigned the client")},
    {"added-user", N_("added the user")},
    {"approved-export", N_("approved the export")},
    {"approved-access", N_("approved the access")},
    {"skipped-review", N_("skipped the review")},
    {"ignored-alert", N_("ignored the alert")},
    {"left-account-open", N_("left the account open")},
    {"wrote-rule", N_("wrote the rule")},
    {"proposed-rule", N_("proposed the rule")},
    {"approved-rule", N_("approved the rule")},
    {"changed-setting", N_("changed a setting")},
    {"intent", N_("intent")},
    {"gross-negligence", N_("gross negligence")},
    {"negligence", N_("negligence")},
    {"none", N_("no fault")},
    {"summary", N_("summary")},
    {"facts", N_("facts")},
    {"causation", N_("causation")},
    {"alternatives", N_("alternatives")},
    {"loss", N_("loss")},
    {"firm", N_("the firm's own part")},
    {"result", N_("consequences")},
    {"limits", N_("limits")},
};

static const char *say(const char *code)
{
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        if (strcmp(said[i].code, code) == 0)
            return _(said[i].text);
    return code;
}

/* --- What people see --- */

static const struct column person_columns[] = {
    {"kind", N_("RESPONSIBLE"), COLUMN_TEXT},
    {"user", N_("PERSON"), COLUMN_TEXT},
    {"part", N_("PART"), COLUMN_TEXT},
    {"of", N_("IN THE DOING OF"), COLUMN_TEXT},
    {"events", N_("EVENTS"), COLUMN_TEXT},
    {"rule", N_("RULE BROKEN"), COLUMN_TEXT},
    {"policy", N_("POLICY"), COLUMN_TEXT},
    {"fault", N_("FAULT"), COLUMN_TEXT},
    {0},
};

static json_t *row_of_person(const json_t *person)
{
    json_t *row = json_deep_copy(person);
    bool direct = strcmp(screen_word(person, "kind"), "direct") == 0;
    (void)json_object_set_new(row, "kind", json_string(direct ? _("directly") : _("indirectly")));
    if (json_text(person, "part") != NULL)
        (void)json_object_set_new(row, "part", json_string(say(screen_word(person, "part"))));
    if (json_text(person, "fault") != NULL)
        (void)json_object_set_new(row, "fault", json_string(say(screen_word(person, "fault"))));
    if (json_is_true(json_object_get(person, "proposed")))
        (void)json_object_set_new(row, "rule", json_string(_("(proposed; not confirmed yet)")));
    return row;
}

static void show_persons(struct screen *screen, const json_t *persons)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(persons); i++)
        (void)json_array_append_new(rows, row_of_person(json_array_get(persons, i)));
    screen_table(screen, rows, person_columns, 0);
    json_decref(rows);
}

void finding_show_step(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Finding %s, version %lld: %s (event %lld)."), screen_word(value, "id"),
        (long long)json_number(value, "version", 0), say(screen_word(value, "status")),
        (long long)json_number(value, "event", -1));
}

void finding_show_draft(struct screen *screen, const json_t *value)
{
    finding_show_step(screen, value);
    screen_blank(screen);
    show_persons(screen, json_object_get(value, "persons"));
    screen_line(screen, "%s",
        _("Indirect persons are proposals from the log: confirm each with 'finding add', or drop it."));
}

static void show_texts(struct screen *screen, const json_t *document)
{
    const json_t *statements = json_object_get(document, "statements");
    const json_t *persons = json_object_get(document, "persons");
    static const char *const sections[] = {
        "summary", "facts", "causation", "alternatives", "loss", "firm", "result", "limits"};
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        screen_field(screen, say(sections[i]),
            json_object_get(json_object_get(document, "sections"), sections[i]), NULL);
    for (size_t i = 0; i < json_array_size(persons); i++) {
        const char *user = screen_word(json_array_get(persons, i), "user");
        char name[120];
        (void)snprintf(name, sizeof name, _("statement of %s"), user);
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again = again || strcmp(screen_word(json_array_get(persons, k), "user"), user) == 0;
        if (!again)
            screen_field(screen, name, json_object_get(statements, user), NULL);
    }
    screen_fields_end(screen, 0);
}

static void show_history(struct screen *screen, const json_t *value)
{
    const json_t *versions = json_object_get(value, "versions");
    for (size_t i = 0; i < json_array_size(versions); i++) {
        const json_t *version = json_array_get(versions, i), *review = json_object_get(version, "review");
        const json_t *signatures = json_object_get(version, "signatures");
        long long number = (long long)json_number(version, "version", 0);
        screen_line(screen, _("version %lld by %s, event %lld, SHA-256 %s"), number,
            screen_word(version, "by"), (long long)json_number(version, "event", 0),
            screen_word(version, "sha256"));
        bool accepted = strcmp(screen_word(review, "result"), "accept") == 0;
        if (review != NULL)
            screen_line(screen,
                accepted ? _("  accepted by %s, event %lld: %s") : _("  returned by %s, event %lld: %s"),
                screen_word(review, "by"), (long long)json_number(review, "event", 0),
                screen_word(review, "note"));
        for (size_t k = 0; k < json_array_size(signatures); k++)
            screen_line(screen, _("  signed by %s, event %lld"),
                screen_word(json_array_get(signatures, k), "by"),
                (long long)json_number(json_array_get(signatures, k), "event", 0));
    }
    const json_t *withdrawn = json_object_get(value, "withdrawn");
    if (withdrawn != NULL)
        screen_line(screen, _("withdrawn by %s, event %lld: %s"), screen_word(withdrawn, "by"),
            (long long)json_number(withdrawn, "event", 0), screen_word(withdrawn, "note"));
}

void finding_show(struct screen *screen, const json_t *value)
{
    const json_t *document = json_object_get(value, "document"), *facts = json_object_get(document, "case");
    screen_field(screen, _("finding"), json_object_get(value, "id"), NULL);
    screen_field_text(screen, _("state"), say(screen_word(value, "status")));
    screen_field(screen, _("version"), json_object_get(document, "version"), NULL);
    screen_field(screen, _("leaked file"), json_object_get(facts, "file"), NULL);
    screen_field(screen, _("rows"), json_object_get(facts, "rows"), NULL);
    screen_field(screen, _("of them ours"), json_object_get(facts, "linked"), NULL);
    screen_fields_end(screen, 0);
    screen_blank(screen);
    show_persons(screen, json_object_get(document, "persons"));
    screen_blank(screen);
    show_texts(screen, document);
    show_history(screen, value);
}

const struct column finding_list_columns[] = {
    {"id", N_("FINDING"), COLUMN_ID},
    {"status", N_("STATE"), COLUMN_TEXT},
    {"version", N_("VERSION"), COLUMN_NUMBER},
    {"author", N_("DRAFTED BY"), COLUMN_TEXT},
    {"time", N_("DRAFTED"), COLUMN_TEXT},
    {"signed_version", N_("SIGNED VERSION"), COLUMN_NUMBER},
    {0},
};

json_t *finding_row(const json_t *row)
{
    json_t *shown = json_deep_copy(row);
    if (shown != NULL)
        (void)json_object_set_new(shown, "status", json_string(say(screen_word(row, "status"))));
    return shown;
}
