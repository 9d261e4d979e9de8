#include "vault/ops/leak/finding_store_private.h"

#include <stdio.h>
#include <string.h>

#include "vault/ops/incident/document_step_private.h"

/* --- From the log --- */

struct feeding {
    struct findings *findings;
    int (*problem)(void *context, uint64_t index, const char *what);
    void *context;
};

static int feed(void *context, uint64_t index, const json_t *leaf)
{
    struct feeding *feeding = context;
    return findings_feed(feeding->findings, index, leaf, feeding->problem, feeding->context);
}

int finding_history(struct call *call, int (*problem)(void *context, uint64_t index, const char *what),
    void *context, struct findings **findings)
{
    struct feeding feeding = {findings_new(), problem, context};
    *findings = NULL;
    int result =
        feeding.findings == NULL ? VAULT_ENOMEM : call_each_event(call, FINDING_EVENTS, feed, &feeding);
    if (result == VAULT_OK)
        *findings = feeding.findings;
    else
        findings_free(feeding.findings);
    return result;
}

int finding_find(struct call *call, struct findings **findings, const json_t **finding)
{
    const char *asked = call_text(call, "id");
    size_t size = strlen(asked);
    const char *id;
    json_t *one;
    size_t found = 0;
    *finding = NULL;
    int result = finding_history(call, NULL, NULL, findings);
    if (result != VAULT_OK)
        return result;
    json_t *all = findings_all(*findings);
    json_object_foreach(all, id, one)
    {
        if (size > 0 && strncmp(id, asked, size) == 0) {
            *finding = findings_get(*findings, id);
            found++;
        }
    }
    if (found == 1)
        return VAULT_OK;
    *finding = NULL;
    failure_remedy(call->failure, "'finding list' tells which there are");
    return found == 0
               ? failure_set(call->failure, VAULT_ENOTFOUND, "there is no finding '%s'", asked)
               : failure_set(call->failure, VAULT_EINPUT, "%zu findings begin with '%s'", found, asked);
}

/* --- Texts --- */

int finding_document(struct call *call, const json_t *finding, int64_t version, json_t **document)
{
    const char *id = json_text(finding, "id");
    const json_t *event = finding_version(finding, version);
    struct buffer text = {0};
    *document = NULL;
    if (event == NULL)
        return failure_set(
            call->failure, VAULT_ENOTFOUND, "finding %s has no version %lld", id, (long long)version);
    int result = sealed_part_open(call, id, event, &text);
    if (result == VAULT_OK)
        result = finding_read(buffer_bytes(&text), id, version, document, call->failure);
    buffer_free(&text);
    return result;
}

static int add_note(struct call *call, const char *id, json_t *event)
{
    struct buffer text = {0};
    if (json_text(event, "part") == NULL)
        return VAULT_OK;
    int result = sealed_part_open(call, id, event, &text);
    if (result == VAULT_OK)
        result = json_object_set_new(event, "note", json_stringn((const char *)text.data, text.size)) == 0
                     ? VAULT_OK
                     : VAULT_ENOMEM;
    buffer_free(&text);
    return result;
}

int finding_notes(struct call *call, json_t *finding)
{
    const char *id = json_text(finding, "id");
    const json_t *versions = json_object_get(finding, "versions");
    int result = add_note(call, id, json_object_get(finding, "withdrawn"));
    for (size_t i = 0; i < json_array_size(versions) && result == VAULT_OK; i++)
        result = add_note(call, id, json_object_get(json_array_get(versions, i), "review"));
    return result;
}

/* --- Refusals --- */

int finding_refuse(
    struct call *call, const struct access_request *request, const char *id, const char *reason)
{
    int result = call_refuse(call, request, reason, "finding", json_pack("{s:s}", "id", id));
    return result == VAULT_EDENIED ? failure_set(call->failure, result, "denied: %s", reason) : result;
}

/* --- Verification --- */

static int verify_finding(const struct sealed_parts *checking, const json_t *finding)
{
    const char *id = json_text(finding, "id");
    const json_t *versions = json_object_get(finding, "versions");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(versions) && result == VAULT_OK; i++) {
        const json_t *version = json_array_get(versions, i);
        result = sealed_part_check(checking, id, version);
        if (result == VAULT_OK)
            result = sealed_part_check(checking, id, json_object_get(version, "review"));
    }
    return result == VAULT_OK ? sealed_part_check(checking, id, json_object_get(finding, "withdrawn"))
                              : result;
}

static int verify_rows(const struct sealed_parts *checking)
{
    struct statement *rows = NULL;
    bool row = true;
    int result = statement_own(
        session_store(checking->call->session), QUERY_FINDING_PART_LIST, &rows, checking->call->failure);
    while (result == VAULT_OK && (result = statement_step(rows, &row, checking->call->failure)) == VAULT_OK &&
           row) {
        char key[128];
        char what[200];
        (void)snprintf(key, sizeof key, "%s/%s", column_text(rows, 0), column_text(rows, 1));
        if (json_object_get(checking->known, key) != NULL)
            continue;
        (void)snprintf(what, sizeof what, "finding %s: no event names its part '%s'", column_text(rows, 0),
            column_text(rows, 1));
        result = checking->problem(checking->context, UINT64_MAX, what);
    }
    statement_free(rows);
    return result;
}

int finding_verify(struct call *call, struct findings *findings,
    int (*problem)(void *context, uint64_t index, const char *what), void *context)
{
    struct sealed_parts checking = {call, json_object(), problem, context};
    json_t *all = findings_all(findings);
    const char *id;
    json_t *finding;
    int result = checking.known == NULL ? VAULT_ENOMEM : VAULT_OK;
    json_object_foreach(all, id, finding)
    {
        if (result == VAULT_OK)
            result = verify_finding(&checking, finding);
    }
    if (result == VAULT_OK)
        result = incident_verify(&checking);
    if (result == VAULT_OK)
        result = document_verify(&checking);
    if (result == VAULT_OK)
        result = verify_rows(&checking);
    json_decref(checking.known);
    return result;
}
