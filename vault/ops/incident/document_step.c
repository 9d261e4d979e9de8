#include "vault/ops/incident/document_step_private.h"

#include <stdio.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/base/text.h"
#include "vault/documents/document.h"

/* --- From the log --- */

struct feeding {
    struct documents *documents;
    int (*problem)(void *context, uint64_t index, const char *what);
    void *context;
};

static int feed(void *context, uint64_t index, const json_t *leaf)
{
    struct feeding *feeding = context;
    return documents_feed(feeding->documents, index, leaf, feeding->problem, feeding->context);
}

int document_history(struct call *call, int (*problem)(void *context, uint64_t index, const char *what),
    void *context, struct documents **documents)
{
    struct feeding feeding = {documents_new(), problem, context};
    *documents = NULL;
    int result =
        feeding.documents == NULL ? VAULT_ENOMEM : call_each_event(call, DOCUMENT_EVENTS, feed, &feeding);
    if (result == VAULT_OK)
        *documents = feeding.documents;
    else
        documents_free(feeding.documents);
    return result;
}

/* --- A step --- */

static bool drafts(const struct document_step *step)
{
    return strcmp(step->event, "document.draft") == 0;
}

static int find(struct document_step *step)
{
    struct failure *failure = step->call->failure;
    const json_t *list = documents_of(step->documents, step->id);
    step->document = NULL;
    if (drafts(step)) {
        step->no = (int64_t)json_array_size(list) + 1;
        return VAULT_OK;
    }
    step->no = call_number(step->call, "document", 0);
    step->document = step->no < 1 ? NULL : json_array_get(list, (size_t)step->no - 1);
    if (step->document != NULL || strcmp(step->event, "document.list") == 0)
        return VAULT_OK;
    failure_remedy(failure, "'incident document list' tells which there are");
    return failure_set(failure, VAULT_ENOTFOUND, "the case has no document %lld", (long long)step->no);
}

static int may(const struct document_step *step)
{
    bool changes = drafts(step) || strcmp(step->event, "document.finish") == 0;
    const char *status = json_text(step->one, "status");
    if (strcmp(step->event, "document.show") == 0 || strcmp(step->event, "document.list") == 0)
        return VAULT_OK;
    if (changes && status != NULL && strcmp(status, "closed") == 0)
        return failure_set(step->call->failure, VAULT_EINPUT, "the case is closed");
    return document_may(step->document, step->event, step->call->failure);
}

int document_begin(struct document_step *step)
{
    int64_t set = -1;
    step->request = (struct access_request){.action = step->action == NULL ? step->event : step->action};
    step->about = json_object();
    int result =
        step->about == NULL ? VAULT_ENOMEM : call_decide(step->call, &step->request, &step->decision);
    if (result == VAULT_OK)
        result = incident_history(step->call, NULL, NULL, &step->cases);
    if (result == VAULT_OK)
        result = incident_find(step->call, step->cases, &step->one);
    if (result == VAULT_OK)
        text_copy(step->id, sizeof step->id, json_text(step->one, "id"));
    if (result == VAULT_OK)
        result = document_history(step->call, NULL, NULL, &step->documents);
    if (result == VAULT_OK)
        result = find(step);
    if (result == VAULT_OK)
        result = may(step);
    return result == VAULT_OK ? incident_law(step->call, &step->law, &set) : result;
}

void document_end(struct document_step *step)
{
    decision_free(&step->decision);
    cases_free(step->cases);
    documents_free(step->documents);
    law_free(step->law);
    json_decref(step->about);
    json_decref(step->text);
}

/* --- Committing --- */

static int check_again(struct document_step *step)
{
    int64_t no = step->no;
    documents_free(step->documents);
    step->documents = NULL;
    step->document = NULL;
    int result = document_history(step->call, NULL, NULL, &step->documents);
    if (result == VAULT_OK)
        result = find(step);
    if (result == VAULT_OK && step->no != no)
        result = failure_set(step->call->failure, VAULT_ECHANGED,
            "somebody else drafted document %lld meanwhile", (long long)no);
    return result == VAULT_OK ? may(step) : result;
}

static int seal_text(struct document_step *step, struct sealed_part *part)
{
    (void)snprintf(part->name, sizeof part->name, "document-%lld", (long long)step->no);
    int result = sealed_part_make_json(step->call, part, step->text);
    if (result == VAULT_OK && part->size > CASE_TEXT_MAX)
        result = failure_set(step->call->failure, VAULT_ELIMIT,
            "the document with all its recipients has more than %zu bytes", CASE_TEXT_MAX);
    return result == VAULT_OK ? sealed_part_tell(part, step->about) : result;
}

static json_t *event_members(struct document_step *step)
{
    json_t *members = access_event_members(step->call->session, &step->request, &step->decision,
        json_pack("[{s:s,s:s}]", "type", "incident", "id", step->id));
    if (members == NULL || json_object_set_new(step->about, "case", json_string(step->id)) != 0 ||
        json_object_set_new(step->about, "no", json_integer(step->no)) != 0 ||
        json_object_set(members, "document", step->about) != 0) {
        json_decref(members);
        return NULL;
    }
    return members;
}

int document_commit(struct document_step *step)
{
    struct sealed_part part = {.of = step->id};
    int result = change_hold(step->call->session, step->call->failure);
    if (result != VAULT_OK)
        return result;
    result = check_again(step);
    if (result == VAULT_OK && step->text != NULL)
        result = seal_text(step, &part);
    if (result == VAULT_OK)
        result = sealed_part_commit(
            step->call, step->event, event_members(step), step->text != NULL ? &part : NULL, &step->index);
    else
        change_release(step->call->session);
    sealed_part_free(&part);
    return result;
}

/* --- What it is made of --- */

int document_open(struct document_step *step, const json_t *document, json_t **text)
{
    int result = incident_part(step->call, step->id, document, text);
    if (result != VAULT_OK || !json_lists(json_object_get(*text, "named"), session_user(step->call->session)))
        return result;
    json_decref(*text);
    *text = NULL;
    return finding_refuse(step->call, &step->request, step->id, "it tells a finding that names this person");
}

/* What is still asked for stands in the page where it will stand, so that nobody overlooks it. */
static int put_missing(const json_t *text, json_t *values)
{
    const json_t *missing = json_object_get(text, "missing");
    bool zh = strcmp(json_text(text, "lang"), "zh") == 0;
    for (size_t i = 0; i < json_array_size(missing); i++) {
        const json_t *one = json_array_get(missing, i);
        const char *field = json_text(one, "field");
        const char *filled = json_text(values, field);
        char note[400];
        if (filled != NULL && filled[0] != '\0')
            continue;
        (void)snprintf(note, sizeof note, zh ? "【待填写：%.200s】" : "[to be filled in: %.200s]",
            json_text(one, zh ? "zh" : "en"));
        json_t *value = json_cut_text(note);
        if (value == NULL || json_object_set_new(values, field, value) != 0)
            return VAULT_ENOMEM;
    }
    return VAULT_OK;
}

static int check_page(struct call *call, const json_t *text, size_t recipient, struct bytes page)
{
    const char *known = json_string_value(json_array_get(json_object_get(text, "pages"), recipient));
    char made[2 * HASH_SIZE + 1];
    struct hash hash;
    if (known == NULL)
        return VAULT_OK;
    hash_sha256(page, &hash);
    hex_encode(hash_bytes(&hash), made);
    if (strcmp(made, known) == 0)
        return VAULT_OK;
    failure_remedy(call->failure,
        "it was made by another version of the program; the pages that were written then hold");
    return failure_set(call->failure, VAULT_EVERSION, "page %zu comes out otherwise than when it was drafted",
        recipient + 1);
}

int document_make(struct call *call, const json_t *text, size_t recipient, struct buffer *page)
{
    const json_t *one = json_array_get(json_object_get(text, "recipients"), recipient);
    json_t *values = json_copy(json_object_get(text, "values"));
    size_t before = page->size;
    int result =
        values == NULL || one == NULL || json_object_update(values, json_object_get(one, "values")) != 0
            ? VAULT_EDAMAGED
            : put_missing(text, values);
    if (result == VAULT_OK && session_exercise(call->session) &&
        json_object_set_new(values, "exercise", json_true()) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = document_page(
            bytes_of_text(json_text(text, "template")), json_text(text, "lang"), values, page, call->failure);
    if (result == VAULT_OK)
        result = check_page(call, text, recipient, bytes_of(page->data + before, page->size - before));
    json_decref(values);
    return result;
}

/* --- Kinds and templates --- */

int document_kind(struct call *call, const struct law *law, const char *kind, const json_t **entry)
{
    const json_t *documents = json_object_get(law_json(law), "documents");
    struct buffer known = {0};
    *entry = law_entry(documents, kind);
    if (*entry != NULL)
        return VAULT_OK;
    for (size_t i = 0; i < json_array_size(documents); i++)
        buffer_put_format(&known, "%s%s", i == 0 ? "" : ", ", json_text(json_array_get(documents, i), "id"));
    const char *text = buffer_text(&known);
    failure_remedy(call->failure, "there are: %s", text == NULL ? "" : text);
    int result = failure_set(call->failure, VAULT_ENOTFOUND, "there is no document '%.40s'", kind);
    buffer_free(&known);
    return result;
}

int document_template_text(struct call *call, const struct documents *documents, const char *kind,
    const char *language, struct buffer *text, int64_t *event)
{
    const json_t *own = documents_template(documents, kind, language);
    struct bytes built_in = document_template(kind, language);
    *event = -1;
    if (own != NULL) {
        *event = json_number(own, "event", -1);
        return sealed_part_open(call, "documents", own, text);
    }
    if (built_in.size == 0) {
        failure_remedy(call->failure, "set one with 'incident template set'");
        return failure_set(
            call->failure, VAULT_ENOTFOUND, "there is no template of '%.40s' in %s", kind, language);
    }
    buffer_put(text, built_in);
    return buffer_error(text);
}

/* --- Verification --- */

static int verify_all(const struct sealed_parts *checking, const char *id, const json_t *list)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++)
        result = sealed_part_check(checking, id, json_array_get(list, i));
    return result;
}

int document_verify(const struct sealed_parts *checking)
{
    struct documents *documents = NULL;
    const char *id;
    json_t *list;
    int result = document_history(checking->call, checking->problem, checking->context, &documents);
    json_object_foreach(result == VAULT_OK ? documents_all(documents) : NULL, id, list)
    {
        if (result == VAULT_OK)
            result = verify_all(checking, id, list);
    }
    if (result == VAULT_OK)
        result = verify_all(checking, "documents", documents_templates(documents));
    documents_free(documents);
    return result;
}
