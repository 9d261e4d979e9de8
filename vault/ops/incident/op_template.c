/* document.template_list, document.template_show, document.template_set: what documents are made from, as the
 * firm has it. */
#include <stdio.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/documents/document.h"
#include "vault/ops/incident/document_step_private.h"

struct asking {
    struct call *call;
    struct access_request request;
    struct decision decision;
    struct law *law;
    struct documents *documents;
    const char *language;
    const json_t *entry;
};

static int begin(struct asking *a, const char *action)
{
    int64_t set = -1;
    const char *kind = call_text(a->call, "kind");
    a->request = (struct access_request){.action = action};
    a->language = call_text(a->call, "lang");
    if (a->language == NULL)
        a->language = "zh";
    int result = call_decide(a->call, &a->request, &a->decision);
    if (result == VAULT_OK && !document_language(a->language))
        result = failure_set(a->call->failure, VAULT_EUSAGE, "lang: zh or en");
    if (result == VAULT_OK)
        result = incident_law(a->call, &a->law, &set);
    if (result == VAULT_OK && kind != NULL)
        result = document_kind(a->call, a->law, kind, &a->entry);
    return result == VAULT_OK ? document_history(a->call, NULL, NULL, &a->documents) : result;
}

static void end(struct asking *a)
{
    decision_free(&a->decision);
    documents_free(a->documents);
    law_free(a->law);
}

static int log_show(struct asking *a)
{
    return event_append(a->call->session, "document.show",
        access_event_members(a->call->session, &a->request, &a->decision, NULL), NULL, a->call->failure);
}

/* --- Showing --- */

int op_template_show(struct call *call)
{
    struct asking a = {.call = call};
    struct buffer text = {0};
    int64_t event = -1;
    int result = begin(&a, "document.show");
    if (result == VAULT_OK)
        result =
            document_template_text(call, a.documents, call_text(call, "kind"), a.language, &text, &event);
    if (result == VAULT_OK)
        result = log_show(&a);
    if (result == VAULT_OK) {
        json_t *value =
            json_pack("{s:s,s:s,s:b,s:O,s:o}", "kind", call_text(call, "kind"), "lang", a.language, "own",
                event >= 0, "fields", json_object_get(a.entry, "fields"), "text", json_of_buffer(&text));
        if (value != NULL && event >= 0)
            (void)json_object_set_new(value, "event", json_integer(event));
        result = reply_value(call, value);
    }
    buffer_free(&text);
    end(&a);
    return result;
}

static size_t count_must(const json_t *entry)
{
    const json_t *fields = json_object_get(entry, "fields");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(fields); i++)
        count += strcmp(json_text(json_array_get(fields, i), "need"), "must") == 0;
    return count;
}

static int reply_one(struct asking *a, const json_t *entry, const char *language)
{
    const char *kind = json_text(entry, "id");
    const json_t *own = documents_template(a->documents, kind, language);
    if (own == NULL && document_template(kind, language).size == 0)
        return VAULT_OK;
    return reply_row(
        a->call, json_pack("{s:s,s:s,s:b,s:I,s:I,s:O,s:O,s:O,s:O*}", "kind", kind, "lang", language, "own",
                     own != NULL, "fields", (json_int_t)json_array_size(json_object_get(entry, "fields")),
                     "must", (json_int_t)count_must(entry), "en", json_object_get(entry, "en"), "zh",
                     json_object_get(entry, "zh"), "article", json_object_get(entry, "article"), "event",
                     json_object_get(own, "event")));
}

int op_template_list(struct call *call)
{
    struct asking a = {.call = call};
    int result = begin(&a, "document.show");
    if (result == VAULT_OK)
        result = log_show(&a);
    const json_t *all = result == VAULT_OK ? json_object_get(law_json(a.law), "documents") : NULL;
    for (size_t i = 0; i < json_array_size(all) && result == VAULT_OK; i++) {
        result = reply_one(&a, json_array_get(all, i), "zh");
        if (result == VAULT_OK)
            result = reply_one(&a, json_array_get(all, i), "en");
    }
    end(&a);
    return result;
}

/* --- Setting --- */

static json_t *members_of(struct asking *a, const struct sealed_part *part)
{
    json_t *members = access_event_members(a->call->session, &a->request, &a->decision, NULL);
    json_t *about = json_pack("{s:s,s:s}", "kind", call_text(a->call, "kind"), "lang", a->language);
    if (json_object_set_new(members, "template", about) == 0 &&
        (part == NULL || sealed_part_tell(part, about) == VAULT_OK))
        return members;
    json_decref(members);
    return NULL;
}

/* Under a name of its own, as facts are: what was set before stays, so that earlier events can be held
 * against it. */
static int store(struct asking *a, struct bytes text, uint64_t *event)
{
    struct sealed_part part = {.of = "documents"};
    char name[ULID_TEXT_SIZE];
    struct ulid id = ulid_new();
    int result = change_hold(a->call->session, a->call->failure);
    if (result != VAULT_OK)
        return result;
    ulid_format(&id, name);
    (void)snprintf(part.name, sizeof part.name, "text-%s", name + 10);
    result = sealed_part_make(a->call, &part, text);
    if (result == VAULT_OK)
        result = sealed_part_commit(a->call, a->request.action, members_of(a, &part), &part, event);
    else
        change_release(a->call->session);
    sealed_part_free(&part);
    return result;
}

static int take_back(struct asking *a, uint64_t *event)
{
    if (documents_template(a->documents, call_text(a->call, "kind"), a->language) == NULL)
        return failure_set(a->call->failure, VAULT_EEXISTS, "the program's own template is in force already");
    return event_append(a->call->session, a->request.action, members_of(a, NULL), event, a->call->failure);
}

int op_template_set(struct call *call)
{
    struct asking a = {.call = call};
    const char *text = call_text(call, "text");
    json_t *used = json_object();
    uint64_t event = 0;
    int result = begin(&a, "document.template");
    if (result == VAULT_OK && text != NULL)
        result = document_check(bytes_of_text(text), json_object_get(a.entry, "fields"), used, call->failure);
    if (result == VAULT_OK)
        result = text != NULL ? store(&a, bytes_of_text(text), &event) : take_back(&a, &event);
    if (result == VAULT_OK)
        result = reply_value(call, json_pack("{s:s,s:s,s:b,s:I}", "kind", call_text(call, "kind"), "lang",
                                       a.language, "own", text != NULL, "event", (json_int_t)event));
    json_decref(used);
    end(&a);
    return result;
}
