/* finding.review, finding.sign, finding.withdraw, finding.show, finding.list: what a second person, and then
 * both, say of a finding. */
#include <string.h>

#include "vault/ops/leak/finding_step_private.h"

int op_finding_review(struct call *call)
{
    struct step step = {.call = call, .event = "finding.review"};
    const char *word = call_text(call, "result");
    const char *note = call_text(call, "note");
    bool accept = strcmp(word, "accept") == 0;
    int result = VAULT_OK;
    if (!accept && strcmp(word, "return") != 0)
        return failure_set(call->failure, VAULT_EUSAGE, "result: accept or return");
    if (!accept && note == NULL)
        return failure_set(call->failure, VAULT_EUSAGE, "note: say what is to be changed");
    result = step_begin(&step);
    if (result == VAULT_OK && accept)
        result = finding_complete(step.document, call->failure);
    if (result == VAULT_OK)
        result = step_commit_note(&step, word, note);
    if (result == VAULT_OK)
        result = step_reply(&step, NULL);
    step_end(&step);
    return result;
}

int op_finding_sign(struct call *call)
{
    struct step step = {.call = call, .event = "finding.sign"};
    int result = step_begin(&step);
    if (result == VAULT_OK)
        result = step_commit_event(&step);
    if (result == VAULT_OK)
        result = step_reply(&step, NULL);
    step_end(&step);
    return result;
}

int op_finding_withdraw(struct call *call)
{
    struct step step = {.call = call, .event = "finding.withdraw"};
    const char *reason = call_text(call, "reason");
    if (reason[0] == '\0')
        return failure_set(call->failure, VAULT_EUSAGE, "reason: say why");
    int result = step_begin(&step);
    if (result == VAULT_OK)
        result = step_commit_note(&step, NULL, reason);
    if (result == VAULT_OK)
        result = step_reply(&step, NULL);
    step_end(&step);
    return result;
}

/* --- finding.show --- */

static int log_show(struct step *step, int64_t version)
{
    json_t *members = access_event_members(step->call->session, &step->request, &step->decision,
        json_pack("[{s:s,s:s}]", "type", "finding", "id", step->id));
    if (members != NULL)
        (void)json_object_set_new(
            members, "finding", json_pack("{s:s,s:I}", "id", step->id, "version", (json_int_t)version));
    return event_append(step->call->session, step->event, members, &step->index, step->call->failure);
}

int op_finding_show(struct call *call)
{
    struct step step = {.call = call, .event = "finding.show"};
    json_t *shown = NULL;
    json_t *document = NULL;
    int result = step_begin(&step);
    int64_t version = call_number(call, "version", step.version);
    if (result == VAULT_OK)
        result = log_show(&step, version);
    if (result == VAULT_OK)
        result = finding_document(call, step.finding, version, &document);
    if (result == VAULT_OK) {
        shown = json_deep_copy(step.finding);
        result = shown == NULL ? VAULT_ENOMEM : finding_notes(call, shown);
    }
    if (result == VAULT_OK &&
        (json_object_set(shown, "document", document) != 0 ||
            json_object_set_new(shown, "event", json_integer((json_int_t)step.index)) != 0))
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = reply_value(call, json_incref(shown));
    json_decref(document);
    json_decref(shown);
    step_end(&step);
    return result;
}

/* --- finding.list: what the log says; nothing is opened --- */

static json_t *row_of(const json_t *finding)
{
    const json_t *first = finding_version(finding, 1);
    json_t *row = json_pack("{s:O,s:O,s:O,s:O,s:O}", "id", json_object_get(finding, "id"), "status",
        json_object_get(finding, "status"), "version", json_object_get(finding, "version"), "author",
        json_object_get(finding, "author"), "time", json_object_get(first, "time"));
    if (row != NULL && json_object_get(finding, "signed_version") != NULL)
        (void)json_object_set(row, "signed_version", json_object_get(finding, "signed_version"));
    if (row != NULL && json_object_get(finding, "trace_case") != NULL)
        (void)json_object_set(row, "case", json_object_get(finding, "trace_case"));
    return row;
}

int op_finding_list(struct call *call)
{
    struct access_request request = {.action = "finding.show"};
    struct findings *findings = NULL;
    const char *id;
    json_t *finding;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = finding_history(call, NULL, NULL, &findings);
    if (result != VAULT_OK)
        return result;
    json_object_foreach(findings_all(findings), id, finding)
    {
        if (result == VAULT_OK)
            result = reply_row(call, row_of(finding));
    }
    findings_free(findings);
    return result;
}
