/* What a finding says, in a determination of responsibility. */
#include "vault/ops/incident/document_fill_private.h"

#include <string.h>

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
        result = fill_put(f, fields[i][0], json_incref(json_object_get(sections, fields[i][1])));
    json_object_foreach(json_object_get(document, "statements"), user, said)
    {
        buffer_put_format(&heard, "%s%s%s%s", heard.size == 0 ? "" : "\n", user, IN(f, "：", ": "),
            json_string_value(said));
    }
    if (result == VAULT_OK)
        return fill_put(f, "hearing", fill_taken(&heard));
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

int fill_finding(struct filling *f)
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
        result = fill_put(f, "person", json_string(IN(f, "责任人及其责任见下表。", "See the table.")));
    if (result == VAULT_OK)
        result = fill_list(f, "persons", rows);
    else
        json_decref(rows);
    if (result == VAULT_OK)
        result = put_sections(f, document);
    json_decref(document);
    findings_free(findings);
    return result;
}
