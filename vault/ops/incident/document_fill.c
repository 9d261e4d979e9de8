/* What the case itself has to say in a document: moments, counts, files, what was reported, the finding; and
 * of one recipient, what of his was seen.  What somebody gave as a field stands before all of it. */
#include <stdio.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/base/instant.h"
#include "vault/law/duties.h"
#include "vault/ops/incident/document_fill_private.h"

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
        fill_moment(f, json_integer_value(moment), &text);
    }
    return fill_taken(&text);
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
        fill_day(f, fill_local(f, json_number(duty, "at", 0)), &text);
        buffer_put_text(&text, IN(f, "）", ")"));
    }
    json_decref(duties);
    return result == VAULT_OK ? fill_put(f, "told", fill_taken(&text)) : result;
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
    return fill_taken(&text);
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
        return fill_taken(&text);
    }
    buffer_put_text(&text, IN(f, "\n直接经济损失：人民币", "\nDirect loss: "));
    put_yuan(loss, &text);
    buffer_put_text(&text, IN(f, "元。", " yuan."));
    return fill_taken(&text);
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
            buffer_put_format(&text, "%s%s", text.size == 0 ? "" : IN(f, "；", "; "), fill_word(f, class));
    }
    return fill_taken(&text);
}

static json_t *class_rows(const struct filling *f)
{
    const json_t *classes = json_object_get(f->assessment, "classes");
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(classes); i++) {
        const json_t *class = json_array_get(classes, i);
        (void)json_array_append_new(
            rows, json_pack("{s:s,s:O,s:O}", "what", fill_word(f, class), "n", json_object_get(class, "n"),
                      "clients", json_object_get(class, "clients")));
    }
    return rows;
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
        result = fill_list(f, "classes", class_rows(f));
        for (size_t i = 0; i < sizeof counts / sizeof counts[0] && result == VAULT_OK; i++)
            result = fill_put(f, counts[i], persons_text(f));
        if (result == VAULT_OK)
            result = fill_put(f, "loss", loss_text(f));
        if (result == VAULT_OK)
            result = fill_put(f, "kinds", class_names(f, json_object_get(f->assessment, "classes")));
    }
    if (result == VAULT_OK)
        result = fill_files(f);
    return result == VAULT_OK ? fill_finding(f) : result;
}

static int fill_common(struct filling *f)
{
    struct document_step *step = f->step;
    char number[64];
    (void)snprintf(number, sizeof number, "%.10s-%lld", step->id + ULID_TEXT_SIZE - 11, (long long)step->no);
    int result = fill_put(f, "document", json_string(number));
    if (result == VAULT_OK)
        result = fill_put(f, "case", json_string(step->id));
    if (result == VAULT_OK)
        result = fill_put(f, "date", fill_date(f, session_log_time(step->call->session)));
    if (result == VAULT_OK)
        result = fill_put(f, "when", when_of(f));
    if (result == VAULT_OK)
        result = fill_put(f, "dates", when_of(f));
    if (result == VAULT_OK)
        result = put_told(f);
    if (result == VAULT_OK && strcmp(f->kind, "report") == 0)
        result = fill_put(f, "version", json_string(IN(f, "首报", "First report")));
    if (result == VAULT_OK && strcmp(f->kind, "follow-up") == 0)
        result = fill_put(f, "version", json_string(IN(f, "续报", "Further report")));
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
    int result = fill_put(&f, "title", json_string(fill_word(&f, entry)));
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

static int put_seen(struct filling *f, const json_t *seen)
{
    json_t *rows = json_array();
    struct buffer text = {0};
    const char *kind;
    json_t *of;
    json_object_foreach(json_object_get(seen, "kinds"), kind, of)
    {
        (void)json_array_append_new(rows, json_pack("{s:s,s:O,s:o}", "what", fill_kind(f, kind), "n",
                                              json_object_get(of, "n"), "period", fill_period(f, of)));
    }
    bool any = json_array_size(rows) > 0;
    int result = fill_list(f, "records", rows);
    if (result == VAULT_OK && any)
        result = fill_put(f, "data",
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
        return fill_put(f, "people", fill_taken(&text));
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
        result = fill_put(&f, "document", json_string(text));
    if (result == VAULT_OK && strcmp(f.kind, "survey") == 0)
        result = fill_put(&f, "case", json_string(text));
    return result == VAULT_OK && seen != NULL ? put_seen(&f, seen) : result;
}
