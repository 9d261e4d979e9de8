#include "cli/story.h"

#include <string.h>

#include "cli/json_out.h"
#include "cli/local_time.h"
#include "cli/words.h"

#define IDS_SHOWN 6

/* --- What was done, in words; other events go by their names --- */

static const struct {
    const char *event;
    const char *phrase;
} phrases[] = {
    {"record.read", N_("read records")},
    {"record.reveal", N_("saw masked fields in full")},
    {"record.search", N_("searched")},
    {"record.list", N_("listed records")},
    {"record.history", N_("looked at a record's history")},
    {"record.export", N_("exported records")},
    {"record.import", N_("imported files")},
    {"record.correct", N_("corrected records")},
    {"client.list", N_("listed clients")},
    {"client.show", N_("looked at a client")},
    {"client.add", N_("added clients")},
    {"assignment.add", N_("assigned clients")},
    {"assignment.remove", N_("took clients away")},
    {"user.add", N_("added a user")},
    {"user.disable", N_("disabled a user")},
    {"user.passwd", N_("changed the passphrase")},
    {"grant.add", N_("granted a role")},
    {"grant.approve", N_("approved a grant")},
    {"grant.share", N_("gave on his share of a role's key")},
    {"role.split", N_("split a role's key among the admins anew")},
    {"grant.remove", N_("revoked a role")},
    {"grant.complete", N_("handed on a role's key")},
    {"policy.set", N_("set the policy")},
    {"log.replay", N_("read the log")},
    {"log.stats", N_("counted in the log")},
    {"log.export", N_("exported the log")},
    {"log.authority", N_("looked up rights")},
    {"log.verify", N_("verified the log")},
    {"vault.backup", N_("made a backup")},
    {"user.contain", N_("contained a user")},
    {"user.release", N_("released a user")},
    {"totp.enroll", N_("began to use a second factor")},
    {"totp.confirm", N_("confirmed a second factor")},
    {"totp.remove", N_("gave up a second factor")},
    {"totp.reset", N_("took away somebody's second factor")},
    {"totp.recover", N_("used a recovery code")},
    {"session.end", N_("ended sessions at a server")},
    {"session.list", N_("looked at who is logged in")},
    {"decoy.plant", N_("ordered decoys")},
    {"decoy.retire", N_("had decoys retired")},
    {"decoy.rotate", N_("had decoys replaced")},
    {"decoy.approve", N_("agreed to decoys, or called them off")},
    {"decoy.list", N_("listed decoys")},
    {"incident.freeze", N_("froze work on clients")},
    {"incident.propose_unfreeze", N_("proposed to unfreeze")},
    {"incident.unfreeze", N_("unfroze work on clients")},
    {"incident.open", N_("opened the case of an incident")},
    {"incident.note", N_("noted something in a case")},
    {"incident.hold", N_("held a case, or let it go")},
    {"incident.fulfil", N_("did a duty of a case")},
    {"incident.assess", N_("assessed an incident")},
    {"incident.close", N_("closed a case")},
    {"incident.show", N_("looked at a case")},
    {"drill.copy", N_("copied the vault for a drill")},
    {"drill.run", N_("played a drill")},
    {"incident.bundle", N_("handed out the bundle of a case")},
    {"document.draft", N_("drafted a document of a case")},
    {"document.finish", N_("said that a document is done")},
    {"document.show", N_("looked at documents of a case, or templates")},
    {"document.written", N_("made files of a document")},
    {"document.deliver", N_("entered what was sent in the register")},
    {"document.template", N_("set a template of documents")},
    {"facts.show", N_("looked at facts of the law")},
    {"facts.set", N_("set facts of the law")},
    {"alert.raise", N_("raised an alert")},
    {"alert.tell", N_("told the firm's program of an alert")},
    {"alert.list", N_("looked at alerts")},
    {"alert.acknowledge", N_("took note of an alert")},
    {"session.refuse", N_("failed to log in")},
    {"damage.find", N_("found damage")},
};

static const char *phrase_of(const char *event)
{
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        if (strcmp(phrases[i].event, event) == 0)
            return _(phrases[i].phrase);
    }
    return event;
}

/* --- Parts of a line --- */

static void put_part(struct buffer *out, const char *part)
{
    buffer_put_text(out, _("; "));
    buffer_put_text(out, part);
}

static void put_list(struct buffer *out, const json_t *list, size_t limit)
{
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count && i < limit; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        buffer_put_format(out, "%s%s", i == 0 ? "" : ", ", text == NULL ? "" : text);
    }
    if (count > limit) {
        buffer_put_u8(out, ' ');
        buffer_put_format(out, _("and %zu more"), count - limit);
    }
}

static void put_kinds(struct buffer *out, const json_t *line)
{
    const char *kind;
    json_t *count;
    bool first = true;
    int64_t records = json_number(line, "records", 0);
    if (records == 0)
        return;
    buffer_put_text(out, _("; "));
    buffer_put_format(out, _("records: %lld"), (long long)records);
    json_object_foreach(json_out_loose(json_object_get(line, "kinds")), kind, count)
    {
        buffer_put_format(out, "%s%s %lld", first ? " (" : ", ", kind, (long long)json_integer_value(count));
        first = false;
    }
    buffer_put_text(out, first ? "" : ")");
}

static void put_named(struct buffer *out, const json_t *line, const char *member, const char *before)
{
    const char *text = json_text(line, member);
    if (text == NULL || text[0] == '\0')
        return;
    buffer_put_text(out, _("; "));
    buffer_put_text(out, before);
    buffer_put_text(out, text);
}

static void put_purpose(struct buffer *out, const json_t *line)
{
    const char *purpose = json_text(line, "purpose");
    const char *ticket = json_text(line, "ticket");
    if (purpose == NULL)
        return;
    buffer_put_text(out, _("; "));
    buffer_put_format(out, _("for %s%s%s"), purpose, ticket == NULL ? "" : ":", ticket == NULL ? "" : ticket);
}

static void put_counts(struct buffer *out, const json_t *line)
{
    int64_t rows = json_number(line, "rows", 0);
    const json_t *scope = json_object_get(line, "scope");
    if (json_array_size(scope) > 0) {
        buffer_put_text(out, _("; "));
        buffer_put_text(out, _("of kind "));
        put_list(out, scope, IDS_SHOWN);
    }
    if (rows > 0) {
        buffer_put_text(out, _("; "));
        buffer_put_format(out, _("rows: %lld"), (long long)rows);
    }
    if (json_number(line, "undone", 0) > 0)
        put_part(out, _("undone"));
}

static void put_clients(struct buffer *out, const json_t *line)
{
    const json_t *clients = json_object_get(line, "clients");
    const char *client = json_text(line, "client");
    if (client != NULL || json_array_size(clients) == 0) {
        put_named(out, line, "client", _("client "));
        return;
    }
    buffer_put_text(out, _("; "));
    buffer_put_text(out, _("clients "));
    put_list(out, clients, IDS_SHOWN);
}

/* --- Lines --- */

static void show_what(struct screen *screen, const json_t *line)
{
    char clock[LOCAL_TIME_SIZE];
    struct buffer text = {0};
    bool denied = strcmp(screen_word(line, "effect"), "deny") == 0;
    local_clock(screen_word(line, "time"), clock);
    buffer_put_text(&text, denied ? _("REFUSED: ") : "");
    buffer_put_text(&text, phrase_of(screen_word(line, "event")));
    put_clients(&text, line);
    put_named(&text, line, "on", "");
    put_named(&text, line, "member", _("to "));
    put_kinds(&text, line);
    put_counts(&text, line);
    put_purpose(&text, line);
    const char *whole = buffer_text(&text);
    screen_line(screen, "  %s  %s", clock, whole == NULL ? "" : whole);
    buffer_free(&text);
}

static void show_list(struct screen *screen, const json_t *line, const char *member, const char *title)
{
    struct buffer text = {0};
    const json_t *list = json_object_get(line, member);
    if (json_array_size(list) == 0)
        return;
    put_list(&text, list, IDS_SHOWN);
    const char *whole = buffer_text(&text);
    screen_line(screen, "            %s%s", title, whole == NULL ? "" : whole);
    buffer_free(&text);
}

static void show_why(struct screen *screen, const json_t *line)
{
    struct buffer text = {0};
    const json_t *rules = json_object_get(line, "policies");
    bool denied = strcmp(screen_word(line, "effect"), "deny") == 0;
    int64_t first = json_number(line, "first", 0);
    int64_t last = json_number(line, "last", first);
    if (json_array_size(rules) > 0) {
        buffer_put_text(&text, denied ? _("forbidden by ") : _("let through by "));
        put_list(&text, rules, IDS_SHOWN);
    } else {
        /* The vault's own doing, and outcomes, need no rule. */
        buffer_put_text(&text, denied ? _("no rule permits it") : _("no rule was asked"));
    }
    buffer_put_text(&text, _("; "));
    if (first == last)
        buffer_put_format(&text, _("event %lld"), (long long)first);
    else
        buffer_put_format(&text, _("events %lld to %lld"), (long long)first, (long long)last);
    if (json_number(line, "times", 1) > 1) {
        buffer_put_text(&text, _("; "));
        buffer_put_format(&text, _("%lld times"), (long long)json_number(line, "times", 1));
    }
    const char *whole = buffer_text(&text);
    screen_line(screen, "            %s", whole == NULL ? "" : whole);
    buffer_free(&text);
}

static void show_heading(struct screen *screen, const json_t *session)
{
    char from[LOCAL_TIME_SIZE];
    char to[LOCAL_TIME_SIZE];
    local_time(screen_word(session, "from"), from);
    local_clock(screen_word(session, "to"), to);
    struct buffer text = {0};
    buffer_put_format(&text, "%s  %s – %s", screen_word(session, "actor"), from, to);
    put_named(&text, session, "host", _("at "));
    put_named(&text, session, "session", _("session "));
    const char *whole = buffer_text(&text);
    screen_line(screen, "%s", whole == NULL ? "" : whole);
    buffer_free(&text);
}

void story_show(struct screen *screen, const json_t *session)
{
    const json_t *lines = json_object_get(session, "lines");
    show_heading(screen, session);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        show_what(screen, line);
        show_list(screen, line, "fields", _("fields "));
        show_list(screen, line, "ids", _("records "));
        show_why(screen, line);
    }
    screen_blank(screen);
}
