/* document.draft: a document of a case, or one for each of many, from a template, what the case says, and
 * what people give. */
#include <stdio.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/documents/document.h"
#include "vault/ops/incident/document_step_private.h"

struct drafting {
    struct document_step step;
    const json_t *entry; /* of the facts */
    json_t *used;        /* names in the template */
    json_t *given;       /* fields by name */
    json_t *had;         /* object: ids of recipients who have one already */
    size_t skipped, left_out;
};

static int no_memory(const struct drafting *d)
{
    return failure_set(d->step.call->failure, VAULT_ENOMEM, "no memory for the document");
}

/* --- What is asked for --- */

static int choose(struct drafting *d)
{
    struct call *call = d->step.call;
    const char *language = call_text(call, "lang");
    const char *kind = call_text(call, "kind");
    if (language == NULL)
        language = "zh";
    if (!document_language(language))
        return failure_set(call->failure, VAULT_EUSAGE, "lang: zh or en");
    int result = document_kind(call, d->step.law, kind, &d->entry);
    if (result == VAULT_OK && (json_object_set_new(d->step.about, "kind", json_string(kind)) != 0 ||
                                  json_object_set_new(d->step.about, "lang", json_string(language)) != 0))
        result = no_memory(d);
    return result;
}

static const json_t *field_of(const json_t *entry, const char *name)
{
    return law_entry(json_object_get(entry, "fields"), name);
}

static bool is_field(const struct drafting *d, const char *name)
{
    static const char *const common[] = {"sender", "signer", "addressee", "recipient", "date"};
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        if (strcmp(common[i], name) == 0)
            return true;
    }
    return field_of(d->entry, name) != NULL;
}

static int check_field(const struct drafting *d, const char *name, const json_t *value)
{
    struct failure *failure = d->step.call->failure;
    if (!json_is_string(value))
        return failure_set(failure, VAULT_EUSAGE, "fields: '%.40s' is no text", name);
    if (json_string_length(value) > DOCUMENT_FIELD_MAX)
        return failure_set(
            failure, VAULT_ELIMIT, "fields: '%.40s' has more than %zu bytes", name, DOCUMENT_FIELD_MAX);
    if (is_field(d, name))
        return VAULT_OK;
    failure_remedy(failure, "'incident template show %s' lists its fields", json_text(d->entry, "id"));
    return failure_set(failure, VAULT_EUSAGE, "%s has no field '%.40s'", json_text(d->entry, "id"), name);
}

/* What was given for the draft that this one replaces stays, unless it is given anew. */
static int replace_draft(struct drafting *d)
{
    struct document_step *step = &d->step;
    int64_t no = call_number(step->call, "replace", 0);
    const json_t *old =
        no < 1 ? NULL : json_array_get(documents_of(step->documents, step->id), (size_t)no - 1);
    const char *state = json_text(old, "state");
    json_t *text = NULL;
    if (no == 0)
        return VAULT_OK;
    if (state == NULL || strcmp(state, "draft") != 0 ||
        strcmp(json_text(old, "kind"), json_text(step->about, "kind")) != 0)
        return failure_set(
            step->call->failure, VAULT_EINPUT, "document %lld is no draft of this kind", (long long)no);
    int result = document_open(step, old, &text);
    if (result == VAULT_OK && (json_object_update_missing(d->given, json_object_get(text, "given")) != 0 ||
                                  json_object_set_new(step->about, "replaces", json_integer(no)) != 0))
        result = no_memory(d);
    json_decref(text);
    return result;
}

static int take_fields(struct drafting *d)
{
    const json_t *fields = json_object_get(d->step.call->arguments, "fields");
    const char *name;
    json_t *value;
    int result = VAULT_OK;
    json_object_foreach((json_t *)(uintptr_t)fields, name, value)
    {
        if (result == VAULT_OK)
            result = check_field(d, name, value);
        if (result == VAULT_OK && json_object_set(d->given, name, value) != 0)
            result = no_memory(d);
    }
    return result == VAULT_OK ? replace_draft(d) : result;
}

static int take_template(struct drafting *d)
{
    struct buffer text = {0};
    int64_t event = -1;
    const char *kind = json_text(d->step.about, "kind");
    int result = document_template_text(
        d->step.call, d->step.documents, kind, json_text(d->step.about, "lang"), &text, &event);
    if (result == VAULT_OK)
        result = document_check(
            buffer_bytes(&text), json_object_get(d->entry, "fields"), d->used, d->step.call->failure);
    if (result == VAULT_OK && json_object_set_new(d->step.text, "template", json_of_buffer(&text)) != 0)
        result = no_memory(d);
    buffer_free(&text);
    return result;
}

/* --- Who has one already --- */

/* Of the same kind in this case, whatever became of it; with `again`, those whom nothing reached may get
 * another. */
static int note_had(struct drafting *d, const json_t *document)
{
    json_t *text = NULL;
    bool again = call_flag(d->step.call, "again");
    int result = document_open(&d->step, document, &text);
    const json_t *recipients = json_object_get(text, "recipients");
    for (size_t i = 0; i < json_array_size(recipients) && result == VAULT_OK; i++) {
        char key[24];
        (void)snprintf(key, sizeof key, "%zu", i + 1);
        const char *state = json_text(json_object_get(json_object_get(document, "delivered"), key), "state");
        const char *id = json_text(json_array_get(recipients, i), "id");
        bool reached = state == NULL || (strcmp(state, "bounced") != 0 && strcmp(state, "refused") != 0);
        if (id == NULL)
            continue;
        if (again && !reached)
            (void)json_object_del(d->had, id);
        else if (json_object_set_new(d->had, id, json_true()) != 0)
            result = no_memory(d);
    }
    json_decref(text);
    return result;
}

static int find_had(struct drafting *d)
{
    const json_t *list = documents_of(d->step.documents, d->step.id);
    int64_t replaces = json_number(d->step.about, "replaces", 0);
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++) {
        const json_t *document = json_array_get(list, i);
        bool same = strcmp(json_text(document, "kind"), json_text(d->step.about, "kind")) == 0;
        bool gone = strcmp(json_text(document, "state"), "replaced") == 0 ||
                    json_number(document, "no", 0) == replaces;
        if (same && !gone)
            result = note_had(d, document);
    }
    return result;
}

/* --- Recipients --- */

static int add_recipient(struct drafting *d, const char *id, const json_t *with, const json_t *seen)
{
    json_t *recipients = json_object_get(d->step.text, "recipients");
    json_t *values = json_object();
    const char *name;
    json_t *value;
    int result = values == NULL ? no_memory(d) : VAULT_OK;
    if (json_object_get(d->had, id) != NULL) {
        d->skipped++;
        json_decref(values);
        return result;
    }
    if (json_array_size(recipients) == DOCUMENT_RECIPIENTS_MAX) {
        d->left_out++;
        json_decref(values);
        return result;
    }
    json_object_foreach((json_t *)(uintptr_t)with, name, value)
    {
        const char *field = strcmp(name, "name") == 0 ? "recipient" : name;
        if (result == VAULT_OK)
            result = check_field(d, field, value);
        if (result == VAULT_OK && json_object_set(values, field, value) != 0)
            result = no_memory(d);
    }
    json_t *one =
        json_pack("{s:s,s:O*,s:O}", "id", id, "name", json_object_get(values, "recipient"), "values", values);
    if (result == VAULT_OK && seen != NULL && json_object_set(one, "seen", (json_t *)(uintptr_t)seen) != 0)
        result = no_memory(d);
    if (json_array_append_new(recipients, one) != 0 && result == VAULT_OK)
        result = no_memory(d);
    json_decref(values);
    return result;
}

/* Who may open a client's card has his name from it; who may not, as an investigator, is given it. */
static json_t *name_of(struct call *call, const char *id)
{
    struct failure quiet = {0};
    struct client_facts client;
    json_t *card = NULL;
    json_t *name = NULL;
    if (clients_find(call->session, id, &client, &quiet) == VAULT_OK &&
        clients_card(call->session, &client, &card, &quiet) == VAULT_OK)
        name = json_incref(json_object_get(card, "name"));
    json_decref(card);
    return name;
}

static int add_client(struct drafting *d, const json_t *seen, const json_t *given)
{
    const char *id = json_text(seen, "client");
    json_t *with = json_copy(json_object_get(given, id));
    if (with == NULL)
        with = json_object();
    if (json_object_get(with, "name") == NULL) {
        json_t *name = name_of(d->step.call, id);
        if (name != NULL)
            (void)json_object_set_new(with, "name", name);
    }
    int result = with == NULL ? no_memory(d) : add_recipient(d, id, with, seen);
    json_decref(with);
    return result;
}

/* Those of whom the last assessment says that something was seen. */
static int add_clients(struct drafting *d)
{
    struct call *call = d->step.call;
    const json_t *given = json_object_get(call->arguments, "recipients");
    json_t *assessment = NULL;
    int result = document_assessment(&d->step, &assessment);
    const json_t *clients = json_object_get(assessment, "clients");
    if (result == VAULT_OK && json_array_size(clients) == 0) {
        failure_remedy(call->failure, "'incident assess --person' says it, or name them (--recipients)");
        result = failure_set(call->failure, VAULT_EINPUT, "no assessment of the case says whose data it is");
    }
    for (size_t i = 0; i < json_array_size(clients) && result == VAULT_OK; i++)
        result = add_client(d, json_array_get(clients, i), given);
    json_decref(assessment);
    return result;
}

static int add_given(struct drafting *d)
{
    const json_t *given = json_object_get(d->step.call->arguments, "recipients");
    const char *id;
    json_t *with;
    int result = VAULT_OK;
    json_object_foreach((json_t *)(uintptr_t)given, id, with)
    {
        if (result == VAULT_OK && (!json_is_object(with) || id[0] == '\0' || strlen(id) > 128))
            result = failure_set(
                d->step.call->failure, VAULT_EUSAGE, "recipients: '%.40s' is no recipient with fields", id);
        if (result == VAULT_OK)
            result = add_recipient(d, id, with, NULL);
    }
    return result;
}

static int take_recipients(struct drafting *d)
{
    bool many =
        call_flag(d->step.call, "clients") || json_object_get(d->step.call->arguments, "recipients") != NULL;
    json_t *recipients = json_object_get(d->step.text, "recipients");
    if (!many)
        return json_array_append_new(recipients, json_pack("{s:{}}", "values")) == 0 ? VAULT_OK
                                                                                     : no_memory(d);
    int result = find_had(d);
    if (result == VAULT_OK)
        result = call_flag(d->step.call, "clients") ? add_clients(d) : add_given(d);
    if (result == VAULT_OK && json_array_size(recipients) == 0)
        result = d->skipped > 0
                     ? failure_set(d->step.call->failure, VAULT_EEXISTS,
                           "all %zu have theirs already: nobody is written to twice", d->skipped)
                     : failure_set(d->step.call->failure, VAULT_EINPUT, "there is nobody to write to");
    return result;
}

/* --- Values --- */

static int fill(struct drafting *d)
{
    json_t *recipients = json_object_get(d->step.text, "recipients");
    json_t *values = json_copy(d->given);
    size_t count = json_array_size(recipients);
    int result = values == NULL || json_object_set_new(d->step.text, "values", values) != 0 ||
                         json_object_set_new(d->step.about, "of", json_integer((json_int_t)count)) != 0
                     ? no_memory(d)
                     : document_fill(&d->step, d->entry, values);
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        json_t *one = json_array_get(recipients, i);
        json_t *own = json_object_get(one, "values");
        json_t *kept = json_copy(own);
        /* What was given for all holds where nothing was given for one, before what the case says of him. */
        if (kept == NULL || json_object_update_missing(own, d->given) != 0)
            result = no_memory(d);
        if (result == VAULT_OK)
            result = document_fill_recipient(&d->step, json_object_get(one, "seen"), i + 1, own);
        const char *name;
        json_t *value;
        json_object_foreach(d->given, name, value)
        {
            if (json_object_get(kept, name) == NULL)
                (void)json_object_del(own, name);
        }
        (void)json_object_del(one, "seen");
        json_decref(kept);
    }
    return result;
}

/* --- What is missing --- */

static bool answered(const struct drafting *d, const char *field)
{
    const char *otherwise = json_string_value(json_object_get(d->used, field));
    const json_t *all = json_object_get(d->step.text, "values");
    const json_t *recipients = json_object_get(d->step.text, "recipients");
    const char *text = json_text(all, field);
    if (otherwise != NULL || (text != NULL && text[0] != '\0'))
        return true;
    for (size_t i = 0; i < json_array_size(recipients); i++) {
        text = json_text(json_object_get(json_array_get(recipients, i), "values"), field);
        if (text == NULL || text[strspn(text, " \t\r\n")] == '\0')
            return false;
    }
    return true;
}

static int note_missing(
    struct drafting *d, const char *field, const char *zh, const char *en, const char *article)
{
    if (answered(d, field))
        return VAULT_OK;
    return json_array_append_new(json_object_get(d->step.text, "missing"),
               json_pack("{s:s,s:s,s:s,s:s}", "field", field, "zh", zh, "en", en, "article", article)) == 0
               ? VAULT_OK
               : no_memory(d);
}

static int find_missing(struct drafting *d)
{
    static const char *const common[][3] = {{"sender", "发文单位名称", "name of the firm"},
        {"addressee", "主送机关或收件人", "to whom it is addressed"},
        {"recipient", "收件人名称", "name of the recipient"}};
    const json_t *fields = json_object_get(d->entry, "fields");
    int result = VAULT_OK;
    for (size_t i = 0; i < sizeof common / sizeof common[0] && result == VAULT_OK; i++) {
        if (json_object_get(d->used, common[i][0]) != NULL)
            result = note_missing(d, common[i][0], common[i][1], common[i][2], "");
    }
    for (size_t i = 0; i < json_array_size(fields) && result == VAULT_OK; i++) {
        const json_t *field = json_array_get(fields, i);
        if (strcmp(json_text(field, "need"), "must") == 0)
            result = note_missing(d, json_text(field, "id"), json_text(field, "zh"), json_text(field, "en"),
                json_text(field, "article"));
    }
    return result;
}

/* --- Pages --- */

static int make_pages(struct drafting *d)
{
    struct call *call = d->step.call;
    size_t count = json_array_size(json_object_get(d->step.text, "recipients"));
    json_t *pages = json_array();
    struct buffer all = {0};
    struct buffer page = {0};
    struct hash hash;
    int result = pages == NULL ? no_memory(d) : VAULT_OK;
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        buffer_reset(&page);
        result = document_make(call, d->step.text, i, &page);
        if (result != VAULT_OK)
            break;
        hash_sha256(buffer_bytes(&page), &hash);
        buffer_put(&all, hash_bytes(&hash));
        (void)json_array_append_new(pages, json_hex(hash_bytes(&hash)));
        if (result == VAULT_OK && i % 64 == 0)
            result = reply_check(call);
        reply_progress(call, i + 1, count, "pages");
    }
    if (count > 1)
        hash_sha256(buffer_bytes(&all), &hash);
    if (result == VAULT_OK &&
        (json_object_set(d->step.text, "pages", pages) != 0 ||
            json_object_set_new(d->step.about, "page", json_hex(hash_bytes(&hash))) != 0))
        result = no_memory(d);
    json_decref(pages);
    buffer_free(&all);
    buffer_free(&page);
    return result;
}

/* --- Together --- */

static int begin(struct drafting *d)
{
    d->used = json_object();
    d->given = json_object();
    d->had = json_object();
    int result =
        d->used == NULL || d->given == NULL || d->had == NULL ? no_memory(d) : document_begin(&d->step);
    if (result == VAULT_OK)
        result = choose(d);
    if (result == VAULT_OK)
        result = take_fields(d);
    if (result != VAULT_OK)
        return result;
    d->step.text = json_pack("{s:O,s:O,s:s,s:O,s:[],s:[]}", "kind", json_object_get(d->step.about, "kind"),
        "lang", json_object_get(d->step.about, "lang"), "title",
        json_text(d->entry, json_text(d->step.about, "lang")), "given", d->given, "missing", "recipients");
    return d->step.text == NULL ? no_memory(d) : VAULT_OK;
}

static int reply(struct drafting *d)
{
    json_t *value = json_pack("{s:s,s:I,s:O,s:O,s:O,s:I,s:I,s:O,s:O,s:I}", "case", d->step.id, "document",
        (json_int_t)d->step.no, "kind", json_object_get(d->step.about, "kind"), "lang",
        json_object_get(d->step.about, "lang"), "of", json_object_get(d->step.about, "of"), "skipped",
        (json_int_t)d->skipped, "left_out", (json_int_t)d->left_out, "missing",
        json_object_get(d->step.text, "missing"), "page", json_object_get(d->step.about, "page"), "event",
        (json_int_t)d->step.index);
    return reply_value(d->step.call, value);
}

int op_document_draft(struct call *call)
{
    struct drafting d = {.step = {.call = call, .event = "document.draft"}};
    int result = begin(&d);
    if (result == VAULT_OK)
        result = take_template(&d);
    if (result == VAULT_OK)
        result = take_recipients(&d);
    if (result == VAULT_OK)
        result = fill(&d);
    if (result == VAULT_OK)
        result = find_missing(&d);
    if (result == VAULT_OK)
        result = make_pages(&d);
    if (result == VAULT_OK)
        result = document_commit(&d.step);
    if (result == VAULT_OK)
        result = reply(&d);
    json_decref(d.used);
    json_decref(d.given);
    json_decref(d.had);
    document_end(&d.step);
    return result;
}
