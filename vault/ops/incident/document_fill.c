/* What the case itself has to say in a document: moments, counts, files, what was reported, the finding; and
 * of one recipient, what of his was seen.  What somebody gave as a field stands before all of it. */
#include <stdio.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/base/instant.h"
#include "vault/law/clock.h"
#include "vault/law/duties.h"
#include "vault/ops/incident/document_step_private.h"

struct filling {
    struct document_step *step;
    const char *kind;
    bool zh;
    const char *zone;
    json_t *assessment; /* NULL: none */
    json_t *values;
};

/* Literals both, so that formats are checked. */
#define IN(f, zh_, en_) ((f)->zh ? zh_ : en_)

static const char *word_of(const struct filling *f, const json_t *entry)
{
    const char *word = json_text(entry, f->zh ? "zh" : "en");
    return word == NULL ? "" : word;
}

/* --- Small parts --- */

static json_t *taken(struct buffer *text)
{
    json_t *value = text->size == 0 ? NULL : json_of_buffer(text);
    buffer_free(text);
    return value;
}

/* Somebody's own words stand; nothing that is not known takes their place. */
static int put(struct filling *f, const char *field, json_t *value)
{
    const char *given = json_text(f->values, field);
    if (value == NULL || (given != NULL && given[0] != '\0')) {
        json_decref(value);
        return VAULT_OK;
    }
    return json_object_set_new(f->values, field, value) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int put_list(struct filling *f, const char *name, json_t *rows)
{
    json_t *list = json_array_size(rows) == 0 ? NULL : json_pack("{s:O}", "rows", rows);
    json_decref(rows);
    return put(f, name, list);
}

static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December"};

static void put_day(const struct filling *f, int64_t local, struct buffer *text)
{
    int year;
    int month;
    int day;
    int64_t days = local / 86400000 - (local % 86400000 < 0);
    day_date(days, &year, &month, &day);
    if (f->zh)
        buffer_put_format(text, "%d年%d月%d日", year, month, day);
    else
        buffer_put_format(text, "%d %s %d", day, months[month - 1], year);
}

/* By the clocks of the place whose law it is about. */
static int64_t local_of(const struct filling *f, int64_t instant)
{
    return instant + (int64_t)law_offset(f->step->law, f->zone, instant) * 60000;
}

static void put_moment(const struct filling *f, int64_t instant, struct buffer *text)
{
    int64_t local = local_of(f, instant);
    int64_t minute = local / 60000 % 1440;
    /* Who gave a day gave no hour. */
    if (instant % 86400000 == 0) {
        put_day(f, instant, text);
        return;
    }
    put_day(f, local, text);
    buffer_put_format(text, f->zh ? "%d时%02d分" : ", %02d:%02d", (int)(minute / 60), (int)(minute % 60));
}

static json_t *date_of(const struct filling *f, int64_t instant)
{
    struct buffer text = {0};
    put_day(f, local_of(f, instant), &text);
    return taken(&text);
}

/* --- From the case --- */

static json_t *when_of(const struct filling *f)
{
    static const struct {
        const char *moment, *zh, *en;
    } moments[] = {{"occurred", "发生时间", "Occurred"}, {"discovered", "发现时间", "Discovered"},
        {"knew", "知悉时间", "Came to our knowledge"}, {"confirmed", "确认时间", "Confirmed"},
        {"ended", "处置结束时间", "Dealt with"}};
    struct buffer text = {0};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        const json_t *moment = json_object_get(json_object_get(f->step->one, "moments"), moments[i].moment);
        if (moment == NULL)
            continue;
        buffer_put_format(&text, "%s%s%s", text.size == 0 ? "" : "\n", IN(f, moments[i].zh, moments[i].en),
            IN(f, "：", ": "));
        put_moment(f, json_integer_value(moment), &text);
    }
    return taken(&text);
}

/* Reports that were made, as the case's duties say. */
static int put_told(struct filling *f)
{
    struct buffer text = {0};
    json_t *duties = NULL;
    int result = incident_duties(f->step->call, f->step->law, f->step->one, &duties);
    for (size_t i = 0; i < json_array_size(duties); i++) {
        const json_t *duty = json_array_get(duties, i);
        const char *step = json_text(duty, "step");
        const char *to = json_text(duty, f->zh ? "to_zh" : "to_en");
        if (step == NULL || strcmp(step, "report") != 0 || json_object_get(duty, "at") == NULL || to == NULL)
            continue;
        buffer_put_format(&text, "%s%s%s", text.size == 0 ? "" : "\n", to, IN(f, "（", " ("));
        put_day(f, local_of(f, json_number(duty, "at", 0)), &text);
        buffer_put_text(&text, IN(f, "）", ")"));
    }
    json_decref(duties);
    return result == VAULT_OK ? put(f, "told", taken(&text)) : result;
}

static json_t *persons_text(const struct filling *f)
{
    const json_t *persons = json_object_get(f->assessment, "persons");
    long long least = json_number(persons, "lenient", 0);
    long long most = json_number(persons, "strict", 0);
    size_t clients = json_array_size(json_object_get(f->assessment, "clients"));
    struct buffer text = {0};
    if (persons == NULL)
        return NULL;
    if (least == most)
        buffer_put_format(&text, IN(f, "涉及个人%lld人", most == 1 ? "%lld person" : "%lld persons"), most);
    else
        buffer_put_format(&text,
            IN(f, "涉及个人至少%lld人、至多%lld人", "At least %lld and at most %lld persons"), least, most);
    if (clients > 0)
        buffer_put_format(
            &text, IN(f, "，客户%zu家", clients == 1 ? "; %zu client" : "; %zu clients"), clients);
    buffer_put_text(&text, IN(f, "。", "."));
    return taken(&text);
}

static void put_yuan(int64_t yuan, struct buffer *text)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%lld", (long long)yuan);
    for (size_t i = 0, size = strlen(digits); i < size; i++)
        buffer_put_format(text, "%s%c", i > 0 && (size - i) % 3 == 0 ? "," : "", digits[i]);
}

/* How many people, and what was said to be lost; that nobody has said it is told as well. */
static json_t *loss_text(const struct filling *f)
{
    int64_t loss = json_number(json_object_get(f->assessment, "amounts"), "loss_yuan", -1);
    json_t *persons = persons_text(f);
    struct buffer text = {0};
    if (persons == NULL)
        return NULL;
    buffer_put_text(&text, json_string_value(persons));
    json_decref(persons);
    if (loss < 0) {
        buffer_put_text(
            &text, IN(f, "\n直接经济损失：尚待核实。", "\nDirect loss: still to be established."));
        return taken(&text);
    }
    buffer_put_text(&text, IN(f, "\n直接经济损失：人民币", "\nDirect loss: "));
    put_yuan(loss, &text);
    buffer_put_text(&text, IN(f, "元。", " yuan."));
    return taken(&text);
}

static json_t *class_names(const struct filling *f, const json_t *ids)
{
    const json_t *classes =
        json_object_get(json_object_get(law_json(f->step->law), "personal_information"), "classes");
    struct buffer text = {0};
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const json_t *id = json_array_get(ids, i);
        const char *name = json_is_string(id) ? json_string_value(id) : json_text(id, "class");
        const json_t *class = law_entry(classes, name);
        const char *tier = json_text(class, "tier");
        if (class != NULL &&
            (tier == NULL || strcmp(tier, "none") != 0)) /* a company's books are no person's */
            buffer_put_format(&text, "%s%s", text.size == 0 ? "" : IN(f, "；", "; "), word_of(f, class));
    }
    return taken(&text);
}

static json_t *class_rows(const struct filling *f)
{
    const json_t *classes = json_object_get(f->assessment, "classes");
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(classes); i++) {
        const json_t *class = json_array_get(classes, i);
        (void)json_array_append_new(
            rows, json_pack("{s:s,s:O,s:O}", "what", word_of(f, class), "n", json_object_get(class, "n"),
                      "clients", json_object_get(class, "clients")));
    }
    return rows;
}

/* The same file may be in the case more than once: where it was found, and where it changed hands. */
static bool listed(const json_t *rows, const json_t *file)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (json_equal(json_object_get(row, "sha256"), json_object_get(file, "sha256")) &&
            json_equal(json_object_get(row, "name"), json_object_get(file, "name")))
            return true;
    }
    return false;
}

/* What a file is, by the step that sealed it. */
static const char *what_is(const struct filling *f, const json_t *its)
{
    static const struct {
        const char *step, *kind, *zh, *en;
    } known[] = {{"open", NULL, "泄露样本", "what leaked"},
        {"note", "custody", "移交的证据", "evidence handed over"},
        {"note", "fact", "事实材料", "about the facts"},
        {"note", "responsibility", "责任材料", "about responsibility"},
        {"enter", NULL, "台账凭证", "proof of an entry"}};
    const char *step = json_text(its, "step");
    const char *kind = json_text(its, "kind");
    for (size_t i = 0; step != NULL && i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(step, known[i].step) == 0 &&
            (known[i].kind == NULL || (kind != NULL && strcmp(kind, known[i].kind) == 0)))
            return IN(f, known[i].zh, known[i].en);
    }
    return IN(f, "案卷材料", "entered in the case");
}

/* Files sealed in the case, with the hash and size that the log has. */
static int add_file(const struct filling *f, const json_t *its, json_t *rows)
{
    struct buffer time = {0};
    json_t *text = NULL;
    int64_t at;
    int result = incident_part(f->step->call, f->step->id, its, &text);
    const json_t *file = json_object_get(text, "file");
    const char *said = json_text(its, "time");
    if (result == VAULT_OK && file != NULL && !listed(rows, file) && said != NULL &&
        instant_parse(bytes_of_text(said), &at)) {
        put_moment(f, at, &time);
        (void)json_array_append_new(rows,
            json_pack("{s:I,s:O,s:s,s:O,s:O,s:o}", "no", (json_int_t)json_array_size(rows) + 1, "name",
                json_object_get(file, "name"), "what", what_is(f, its), "size", json_object_get(file, "size"),
                "sha256", json_object_get(file, "sha256"), "time", json_of_buffer(&time)));
    }
    buffer_free(&time);
    json_decref(text);
    return result;
}

static int put_files(struct filling *f)
{
    const json_t *steps = json_object_get(f->step->one, "steps");
    struct buffer text = {0};
    json_t *rows = json_array();
    int result = rows == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < json_array_size(steps) && result == VAULT_OK; i++) {
        const json_t *its = json_array_get(steps, i);
        const char *name = json_text(its, "step");
        /* That an authority was told is proved to others than the court. */
        if (json_text(its, "part") != NULL && name != NULL && strcmp(name, "fulfil") != 0)
            result = add_file(f, its, rows);
    }
    size_t count = json_array_size(rows);
    if (result == VAULT_OK)
        result = put_list(f, "files", rows);
    else
        json_decref(rows);
    if (count > 0)
        buffer_put_format(&text,
            IN(f, "电子数据%zu份，加密封存于案卷；文件、字节数与SHA-256校验值见下表。",
                "%zu files, sealed in the case; their sizes and SHA-256 are in the table."),
            count);
    if (result == VAULT_OK && strcmp(f->kind, "evidence") == 0)
        return put(f, "number", taken(&text));
    return result == VAULT_OK ? put(f, "evidence", taken(&text)) : result;
}

/* --- From a finding --- */

/* The words of findings as a page has them; what is not here stands as it is. */
static const char *finding_word(const struct filling *f, const char *word)
{
    static const char *const words[][3] = {{"intent", "故意", "intent"},
        {"gross-negligence", "重大过失", "gross negligence"}, {"negligence", "一般过失", "negligence"},
        {"none", "无过错", "none"}, {"granted-role", "授予角色", "granted the role"},
        {"approved-grant", "批准授予角色", "approved the grant"},
        {"assigned-client", "指派客户", "assigned the client"}, {"added-user", "新增用户", "added the user"},
        {"approved-export", "批准导出", "approved the export"},
        {"approved-access", "批准访问", "approved the access"},
        {"skipped-review", "未按期复核", "skipped a review"},
        {"ignored-alert", "未处理警报", "ignored an alert"},
        {"left-account-open", "未停用账号", "left an account open"},
        {"wrote-rule", "制定规则", "wrote the rule"}, {"proposed-rule", "提议规则", "proposed the rule"},
        {"approved-rule", "批准规则", "approved the rule"},
        {"changed-setting", "更改设置", "changed a setting"}};
    for (size_t i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i][0]) == 0)
            return words[i][f->zh ? 1 : 2];
    }
    return word == NULL ? "" : word;
}

static json_t *person_row(const struct filling *f, const json_t *person)
{
    const char *kind = json_text(person, "kind");
    struct buffer events = {0};
    const json_t *list = json_object_get(person, "events");
    for (size_t i = 0; i < json_array_size(list); i++)
        buffer_put_format(
            &events, "%s%lld", i == 0 ? "" : ", ", (long long)json_integer_value(json_array_get(list, i)));
    bool direct = kind != NULL && strcmp(kind, "direct") == 0;
    const char *rule = json_text(person, "rule");
    const char *part = direct ? IN(f, "—", "–") : finding_word(f, json_text(person, "part"));
    json_t *row = json_pack("{s:O,s:s,s:s,s:s,s:s,s:o}", "user", json_object_get(person, "user"), "kind",
        direct ? IN(f, "直接", "direct") : IN(f, "间接", "indirect"), "part", part, "rule",
        rule == NULL ? "" : rule, "fault", finding_word(f, json_text(person, "fault")), "events",
        events.size == 0 ? json_string("") : json_of_buffer(&events));
    buffer_free(&events);
    return row;
}

/* What the finding says in its sections, under the fields of a determination; what those concerned had to
 * say. */
static int put_sections(struct filling *f, const json_t *document)
{
    static const char *const fields[][2] = {{"facts", "facts"}, {"facts", "summary"}, {"cause", "causation"},
        {"loss", "loss"}, {"firm", "firm"}, {"result", "result"}};
    const json_t *sections = json_object_get(document, "sections");
    const char *user;
    json_t *said;
    struct buffer heard = {0};
    int result = VAULT_OK;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0] && result == VAULT_OK; i++)
        result = put(f, fields[i][0], json_incref(json_object_get(sections, fields[i][1])));
    json_object_foreach(json_object_get(document, "statements"), user, said)
    {
        buffer_put_format(&heard, "%s%s%s%s", heard.size == 0 ? "" : "\n", user, IN(f, "：", ": "),
            json_string_value(said));
    }
    if (result == VAULT_OK)
        return put(f, "hearing", taken(&heard));
    buffer_free(&heard);
    return result;
}

/* Whom a finding names sees neither it nor a document that tells it. */
static int check_named(struct filling *f, const char *id, const json_t *document)
{
    const json_t *persons = json_object_get(document, "persons");
    struct document_step *step = f->step;
    json_t *named = json_array();
    if (finding_names(document, session_user(step->call->session))) {
        json_decref(named);
        failure_remedy(step->call->failure, "another investigator must do it");
        return finding_refuse(step->call, &step->request, id, "the finding names this person himself");
    }
    for (size_t i = 0; i < json_array_size(persons); i++)
        (void)json_array_append(named, json_object_get(json_array_get(persons, i), "user"));
    return json_object_set_new(step->text, "named", named) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int put_finding(struct filling *f)
{
    struct findings *findings = NULL;
    json_t *document = NULL;
    const char *id = call_text(f->step->call, "finding");
    if (id == NULL)
        return VAULT_OK;
    int result = finding_history(f->step->call, NULL, NULL, &findings);
    const json_t *finding = result == VAULT_OK ? findings_get(findings, id) : NULL;
    if (result == VAULT_OK && finding == NULL) {
        failure_remedy(f->step->call->failure, "'finding list' tells which there are");
        result = failure_set(f->step->call->failure, VAULT_ENOTFOUND, "there is no finding '%.40s'", id);
    }
    if (result == VAULT_OK)
        result = finding_document(f->step->call, finding,
            json_number(finding, "signed_version", json_number(finding, "version", 1)), &document);
    if (result == VAULT_OK)
        result = check_named(f, id, document);
    json_t *rows = json_array();
    const json_t *persons = json_object_get(document, "persons");
    for (size_t i = 0; i < json_array_size(persons); i++)
        (void)json_array_append_new(rows, person_row(f, json_array_get(persons, i)));
    if (json_array_size(rows) > 0 && result == VAULT_OK)
        result = put(f, "person", json_string(IN(f, "责任人及其责任见下表。", "See the table.")));
    if (result == VAULT_OK)
        result = put_list(f, "persons", rows);
    else
        json_decref(rows);
    if (result == VAULT_OK)
        result = put_sections(f, document);
    json_decref(document);
    findings_free(findings);
    return result;
}

/* --- Together --- */

int document_assessment(struct document_step *step, json_t **assessment)
{
    const json_t *at = json_object_get(step->one, "assessed");
    *assessment = NULL;
    if (at == NULL)
        return VAULT_OK;
    return incident_part(step->call, step->id,
        json_array_get(json_object_get(step->one, "steps"), (size_t)json_integer_value(at)), assessment);
}

static bool one_of(const char *kind, const char *const *kinds)
{
    for (; *kinds != NULL; kinds++) {
        if (strcmp(*kinds, kind) == 0)
            return true;
    }
    return false;
}

/* Sums of the whole leak, files and people of the firm are for authorities and the firm; who gets a notice is
 * told of himself alone. */
static int fill_whole(struct filling *f)
{
    static const char *const whole[] = {"report", "follow-up", "summary", "police-report", "evidence",
        "responsibility", "eu-notification", "ftc-notification", NULL};
    static const char *const counts[] = {"numbers", "nature", "count"};
    int result = VAULT_OK;
    if (!one_of(f->kind, whole))
        return VAULT_OK;
    if (f->assessment != NULL && strcmp(f->kind, "responsibility") != 0) {
        result = put_list(f, "classes", class_rows(f));
        for (size_t i = 0; i < sizeof counts / sizeof counts[0] && result == VAULT_OK; i++)
            result = put(f, counts[i], persons_text(f));
        if (result == VAULT_OK)
            result = put(f, "loss", loss_text(f));
        if (result == VAULT_OK)
            result = put(f, "kinds", class_names(f, json_object_get(f->assessment, "classes")));
    }
    if (result == VAULT_OK)
        result = put_files(f);
    return result == VAULT_OK ? put_finding(f) : result;
}

/* --- The open record: what the case's entries say is public --- */

static bool entry_is(const json_t *entry, const char *kind, const char *state)
{
    const char *its = json_text(entry, "kind");
    const char *stands = json_text(entry, "state");
    return its != NULL && stands != NULL && strcmp(its, kind) == 0 &&
           (state == NULL || strcmp(stands, state) == 0);
}

/* The published step that follows @p after in time; of one day, in the order in which they were entered. */
static const json_t *step_after(const json_t *entries, const char *day, int64_t number)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *one = json_array_get(entries, i);
        const char *its = json_text(json_object_get(one, "fields"), "day");
        const char *best = json_text(json_object_get(found, "fields"), "day");
        if (!entry_is(one, "public-step", "published") || its == NULL)
            continue;
        int order = strcmp(its, day);
        if ((order > 0 || (order == 0 && json_number(one, "entry", 0) > number)) &&
            (found == NULL || strcmp(its, best) < 0))
            found = one;
    }
    return found;
}

static json_t *timeline_of(const struct filling *f, const json_t *entries)
{
    struct buffer text = {0};
    const json_t *one = step_after(entries, "", -1);
    while (one != NULL) {
        const json_t *fields = json_object_get(one, "fields");
        const char *day = json_text(fields, "day");
        int64_t instant = 0;
        buffer_put_text(&text, text.size == 0 ? "" : "\n");
        if (instant_parse(bytes_of_text(day), &instant))
            put_day(f, instant, &text);
        buffer_put_format(&text, "%s%s", IN(f, "：", ": "), json_text(fields, "text"));
        one = step_after(entries, day, json_number(one, "entry", 0));
    }
    return taken(&text);
}

static json_t *handled_of(const struct filling *f, const json_t *entries)
{
    struct buffer text = {0};
    size_t all = 0;
    size_t open = 0;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        all += entry_is(json_array_get(entries, i), "complaint", NULL);
        open += entry_is(json_array_get(entries, i), "complaint", "open");
    }
    if (all == 0)
        return NULL;
    buffer_put_format(&text,
        IN(f, "至本页日期，共收到投诉、举报 %zu 件，已答复 %zu 件。",
            "Until the date of this page: %zu complaints and reports received, %zu answered."),
        all, all - open);
    return taken(&text);
}

static int fill_open_record(struct filling *f)
{
    json_t *entries = NULL;
    if (strcmp(f->kind, "open-record") != 0)
        return VAULT_OK;
    int result = incident_entries(f->step->call, f->step->one, &entries);
    if (result == VAULT_OK)
        result = put(f, "timeline", timeline_of(f, entries));
    if (result == VAULT_OK)
        result = put(f, "handled", handled_of(f, entries));
    json_decref(entries);
    return result;
}

static int fill_common(struct filling *f)
{
    struct document_step *step = f->step;
    char number[64];
    (void)snprintf(number, sizeof number, "%.10s-%lld", step->id + ULID_TEXT_SIZE - 11, (long long)step->no);
    int result = put(f, "document", json_string(number));
    if (result == VAULT_OK)
        result = put(f, "case", json_string(step->id));
    if (result == VAULT_OK)
        result = put(f, "date", date_of(f, session_log_time(step->call->session)));
    if (result == VAULT_OK)
        result = put(f, "when", when_of(f));
    if (result == VAULT_OK)
        result = put(f, "dates", when_of(f));
    if (result == VAULT_OK)
        result = put_told(f);
    if (result == VAULT_OK && strcmp(f->kind, "report") == 0)
        result = put(f, "version", json_string(IN(f, "首报", "First report")));
    if (result == VAULT_OK && strcmp(f->kind, "follow-up") == 0)
        result = put(f, "version", json_string(IN(f, "续报", "Further report")));
    return result;
}

static void begin(struct filling *f, struct document_step *step, json_t *values)
{
    const json_t *places = json_object_get(step->one, "jurisdictions");
    const json_t *place = law_entry(
        json_object_get(law_json(step->law), "jurisdictions"), json_string_value(json_array_get(places, 0)));
    *f = (struct filling){.step = step, .kind = json_text(step->about, "kind"), .values = values};
    f->zh = strcmp(json_text(step->about, "lang"), "zh") == 0;
    f->zone = json_text(place, "zone");
}

int document_fill(struct document_step *step, const json_t *entry, json_t *values)
{
    struct filling f;
    begin(&f, step, values);
    int result = put(&f, "title", json_string(word_of(&f, entry)));
    if (result == VAULT_OK)
        result = document_assessment(step, &f.assessment);
    if (result == VAULT_OK)
        result = fill_common(&f);
    if (result == VAULT_OK)
        result = fill_whole(&f);
    if (result == VAULT_OK)
        result = fill_open_record(&f);
    json_decref(f.assessment);
    return result;
}

/* --- One recipient --- */

static const char *kind_word(const struct filling *f, const char *name)
{
    static const char *const words[][3] = {{"client", "客户档案", "client card"},
        {"contact", "联系人", "contacts"}, {"bank_account", "银行账户", "bank accounts"},
        {"ledger_account", "会计科目", "ledger accounts"},
        {"account_balance", "科目余额", "account balances"}, {"voucher", "记账凭证", "vouchers"},
        {"invoice", "发票", "invoices"}, {"bank_transaction", "银行流水", "bank transactions"},
        {"tax_filing", "纳税申报表", "tax filings"}, {"payroll_entry", "工资明细", "payroll entries"},
        {"contract", "合同", "contracts"}, {"party", "往来单位", "business partners"},
        {"product", "存货品目", "products"}, {"attachment", "附件", "attachments"},
        {"table_row", "其他表格资料", "other tables"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i][0], name) == 0)
            return words[i][f->zh ? 1 : 2];
    }
    return name;
}

/* A month as letters name it; a year, or whatever else a period is, as it stands. */
static void put_period(const struct filling *f, const char *period, struct buffer *text)
{
    int year;
    int month;
    char rest;
    bool is_month = strlen(period) == 7 && sscanf(period, "%4d-%2d%c", &year, &month, &rest) == 2 &&
                    month >= 1 && month <= 12;
    if (!is_month)
        buffer_put_text(text, period);
    else if (f->zh)
        buffer_put_format(text, "%d年%d月", year, month);
    else
        buffer_put_format(text, "%s %d", months[month - 1], year);
}

static json_t *period_of(const struct filling *f, const json_t *of)
{
    const char *from = json_text(of, "from");
    const char *to = json_text(of, "to");
    struct buffer text = {0};
    if (from == NULL || to == NULL)
        return json_string(IN(f, "—", "–"));
    put_period(f, from, &text);
    if (strcmp(from, to) != 0) {
        buffer_put_text(&text, IN(f, "至", " to "));
        put_period(f, to, &text);
    }
    return taken(&text);
}

static int put_seen(struct filling *f, const json_t *seen)
{
    json_t *rows = json_array();
    struct buffer text = {0};
    const char *kind;
    json_t *of;
    json_object_foreach(json_object_get(seen, "kinds"), kind, of)
    {
        (void)json_array_append_new(rows, json_pack("{s:s,s:O,s:o}", "what", kind_word(f, kind), "n",
                                              json_object_get(of, "n"), "period", period_of(f, of)));
    }
    bool any = json_array_size(rows) > 0;
    int result = put_list(f, "records", rows);
    if (result == VAULT_OK && any)
        result = put(f, "data",
            json_string(IN(f, "涉及的资料、条数和所属期间如下：",
                "The papers and data, how many, and of which periods:")));
    json_t *names = class_names(f, json_object_get(seen, "classes"));
    if (names != NULL)
        buffer_put_format(
            &text, IN(f, "个人信息种类：%s。", "Kinds of information: %s."), json_string_value(names));
    json_decref(names);
    int64_t people = json_number(seen, "people", 0);
    if (people > 0)
        buffer_put_format(&text, IN(f, "涉及个人至少%lld人。", " At least %lld persons."), (long long)people);
    if (result == VAULT_OK)
        return put(f, "people", taken(&text));
    buffer_free(&text);
    return result;
}

int document_fill_recipient(struct document_step *step, const json_t *seen, size_t number, json_t *values)
{
    struct filling f;
    char text[64];
    int result = VAULT_OK;
    begin(&f, step, values);
    (void)snprintf(
        text, sizeof text, "%.10s-%lld-%zu", step->id + ULID_TEXT_SIZE - 11, (long long)step->no, number);
    if (json_number(step->about, "of", 1) > 1 || seen != NULL)
        result = put(&f, "document", json_string(text));
    if (result == VAULT_OK && strcmp(f.kind, "survey") == 0)
        result = put(&f, "case", json_string(text));
    return result == VAULT_OK && seen != NULL ? put_seen(&f, seen) : result;
}
