/* document.finish, document.pages, document.written, document.deliver, document.list: what becomes of a
 * document. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/base/instant.h"
#include "vault/ops/incident/document_step_private.h"

#define FILES_MAX 8u

static int no_memory(struct call *call)
{
    return failure_set(call->failure, VAULT_ENOMEM, "no memory for the document");
}

static json_t *whom(const struct document_step *step)
{
    return json_pack("{s:s,s:I}", "case", step->id, "document", (json_int_t)step->no);
}

/* --- Done --- */

static int check_missing(struct document_step *step, const json_t *text)
{
    const json_t *missing = json_object_get(text, "missing");
    const json_t *first = json_array_get(missing, 0);
    if (first == NULL)
        return VAULT_OK;
    const char *article = json_text(first, "article");
    bool law = article != NULL && article[0] != '\0';
    failure_remedy(step->call->failure,
        "draft it anew with it: 'incident document draft %s %s --replace %lld --field %s=…'", step->id,
        json_text(text, "kind"), (long long)step->no, json_text(first, "field"));
    return failure_set(step->call->failure, VAULT_EINPUT,
        "%zu fields that it must have are empty, the first is %s (%s, %s%s%s)", json_array_size(missing),
        json_text(first, "field"), json_text(first, "en"), json_text(first, "zh"), law ? "; " : "",
        law ? article : "");
}

/* What goes to the public or to all of the firm holds nobody's data. */
static bool public_kind(const char *kind)
{
    static const char *const kinds[] = {"statement", "press", "bulletin", "open-record"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i], kind) == 0)
            return true;
    }
    return false;
}

/* Where such a page has the firm's own number and address. */
static const char *own_field(const char *kind)
{
    if (strcmp(kind, "press") == 0)
        return "spokesperson";
    return strcmp(kind, "open-record") == 0 ? "channel" : "contact";
}

static int check_scan(struct document_step *step, const json_t *text)
{
    struct buffer page = {0};
    json_t *found = json_array();
    const char *kind = json_text(text, "kind");
    int result = VAULT_OK;
    if (public_kind(kind))
        result = document_make(step->call, text, 0, &page);
    if (result == VAULT_OK && public_kind(kind)) {
        const char *own = json_text(json_object_get(text, "given"), own_field(kind));
        result = document_scan(step, buffer_bytes(&page), own, found);
    }
    if (result == VAULT_OK && json_array_size(found) > 0) {
        failure_remedy(
            step->call->failure, "take it out and draft it anew with --replace %lld", (long long)step->no);
        result = failure_set(step->call->failure, VAULT_EINPUT,
            "it holds personal data in %zu places, the first: %s", json_array_size(found),
            json_string_value(json_array_get(found, 0)));
    }
    json_decref(found);
    buffer_free(&page);
    return result;
}

int op_document_finish(struct call *call)
{
    struct document_step step = {.call = call, .event = "document.finish"};
    json_t *text = NULL;
    json_t *value = NULL;
    int result = document_begin(&step);
    if (result == VAULT_OK)
        result = document_open(&step, step.document, &text);
    if (result == VAULT_OK)
        result = check_missing(&step, text);
    if (result == VAULT_OK)
        result = check_scan(&step, text);
    json_t *page = json_incref(json_object_get(step.document, "page"));
    if (result == VAULT_OK && json_object_set(step.about, "page", page) != 0)
        result = no_memory(call);
    if (result == VAULT_OK)
        result = document_commit(&step);
    if (result == VAULT_OK) {
        value = whom(&step);
        (void)json_object_set(value, "page", page);
        (void)json_object_set_new(value, "event", json_integer((json_int_t)step.index));
        result = reply_value(call, value);
    }
    json_decref(page);
    json_decref(text);
    document_end(&step);
    return result;
}

/* --- Pages --- */

static int reply_page(struct document_step *step, const json_t *text, size_t i)
{
    const json_t *one = json_array_get(json_object_get(text, "recipients"), i);
    struct buffer page = {0};
    int result = document_make(step->call, text, i, &page);
    json_t *row = NULL;
    if (result == VAULT_OK) {
        row = json_pack("{s:I,s:O*,s:O*,s:O,s:o}", "no", (json_int_t)i + 1, "recipient",
            json_object_get(one, "id"), "name", json_object_get(one, "name"), "sha256",
            json_array_get(json_object_get(text, "pages"), i), "html", json_of_buffer(&page));
        result = row == NULL ? no_memory(step->call) : reply_row(step->call, row);
    }
    buffer_free(&page);
    return result == VAULT_OK ? reply_check(step->call) : result;
}

static int log_show(struct document_step *step)
{
    json_t *members = access_event_members(step->call->session, &step->request, &step->decision,
        json_pack("[{s:s,s:s}]", "type", "incident", "id", step->id));
    if (members != NULL && step->document != NULL)
        (void)json_object_set_new(
            members, "document", json_pack("{s:s,s:I}", "case", step->id, "no", (json_int_t)step->no));
    return event_append(step->call->session, "document.show", members, &step->index, step->call->failure);
}

int op_document_pages(struct call *call)
{
    struct document_step step = {.call = call, .event = "document.show"};
    json_t *text = NULL;
    int result = document_begin(&step);
    if (result == VAULT_OK)
        result = document_open(&step, step.document, &text);
    if (result == VAULT_OK)
        result = log_show(&step);
    size_t count = json_array_size(json_object_get(text, "recipients"));
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        result = reply_page(&step, text, i);
        reply_progress(call, i + 1, count, "pages");
    }
    if (result == VAULT_OK) {
        json_t *value = whom(&step);
        (void)json_object_set(value, "kind", json_object_get(text, "kind"));
        (void)json_object_set(value, "lang", json_object_get(text, "lang"));
        (void)json_object_set(value, "state", json_object_get(step.document, "state"));
        (void)json_object_set(value, "of", json_object_get(step.document, "of"));
        (void)json_object_set_new(value, "event", json_integer((json_int_t)step.index));
        result = reply_value(call, value);
    }
    json_decref(text);
    document_end(&step);
    return result;
}

/* --- Files that were made of it --- */

static bool is_hash(const char *text)
{
    return text != NULL && strlen(text) == 2 * (size_t)HASH_SIZE &&
           strspn(text, "0123456789abcdef") == strlen(text);
}

static int check_files(struct call *call, const json_t *files)
{
    const char *name;
    json_t *hash;
    size_t count = json_object_size(files);
    int result = count == 0 || count > FILES_MAX ? failure_set(call->failure, VAULT_EUSAGE,
                                                       "hashes: one to %u files, by their SHA-256", FILES_MAX)
                                                 : VAULT_OK;
    json_object_foreach((json_t *)(uintptr_t)files, name, hash)
    {
        size_t plain = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-");
        if (result == VAULT_OK &&
            (!is_hash(json_string_value(hash)) || strlen(name) > 40 || plain != strlen(name)))
            result = failure_set(
                call->failure, VAULT_EUSAGE, "hashes: '%.40s' has no SHA-256 in hexadecimal", name);
    }
    return result;
}

int op_document_written(struct call *call)
{
    struct document_step step = {.call = call, .event = "document.written", .action = "document.show"};
    json_t *files = json_object_get(call->arguments, "hashes");
    int result = document_begin(&step);
    if (result == VAULT_OK)
        result = check_files(call, files);
    if (result == VAULT_OK && json_object_set(step.about, "files", files) != 0)
        result = no_memory(call);
    if (result == VAULT_OK)
        result = document_commit(&step);
    if (result == VAULT_OK) {
        json_t *value = whom(&step);
        (void)json_object_set_new(value, "event", json_integer((json_int_t)step.index));
        result = reply_value(call, value);
    }
    document_end(&step);
    return result;
}

/* --- Delivery --- */

/* By number within the document, or by the recipient's id. */
static json_int_t recipient_number(const json_t *recipients, const char *key)
{
    char *end;
    long long number = strtoll(key, &end, 10);
    if (*end == '\0' && key[0] != '\0' && number >= 1 && (size_t)number <= json_array_size(recipients))
        return number;
    for (size_t i = 0; i < json_array_size(recipients); i++) {
        const char *id = json_text(json_array_get(recipients, i), "id");
        if (id != NULL && strcmp(id, key) == 0)
            return (json_int_t)i + 1;
    }
    return 0;
}

static int add_entry(struct document_step *step, const json_t *recipients, const char *key,
    const json_t *said, json_t *entries)
{
    struct failure *failure = step->call->failure;
    const char *state = json_text(said, "state");
    const char *how = json_text(said, "how");
    const char *proof = json_text(said, "proof");
    const char *when = json_text(said, "at");
    int64_t at = session_log_time(step->call->session);
    json_int_t number = recipient_number(recipients, key);
    if (number == 0)
        return failure_set(
            failure, VAULT_ENOTFOUND, "document %lld has no recipient '%.60s'", (long long)step->no, key);
    if (state == NULL || !document_state(state))
        return failure_set(failure, VAULT_EUSAGE,
            "'%.60s': state is one of sent, delivered, bounced, replied, refused", key);
    if (how != NULL && strlen(how) > 32)
        return failure_set(failure, VAULT_ELIMIT, "'%.60s': how it was sent has more than 32 bytes", key);
    if (proof != NULL && proof[0] != '\0' && !is_hash(proof))
        return failure_set(failure, VAULT_EUSAGE, "'%.60s': the proof is no SHA-256 in hexadecimal", key);
    if (when != NULL && when[0] != '\0' && !instant_parse(bytes_of_text(when), &at))
        return failure_set(failure, VAULT_EUSAGE, "'%.60s': '%.40s' is no moment", key, when);
    if (at > session_log_time(step->call->session))
        return failure_set(failure, VAULT_EINPUT, "'%.60s': that has not come yet", key);
    json_t *entry = json_pack(
        "[I,s,s,I,s]", number, state, how == NULL ? "" : how, (json_int_t)at, proof == NULL ? "" : proof);
    return entry != NULL && json_array_append_new(entries, entry) == 0 ? VAULT_OK : no_memory(step->call);
}

static int add_entries(struct document_step *step, const json_t *text)
{
    const json_t *given = json_object_get(step->call->arguments, "entries");
    json_t *entries = json_array();
    const char *key;
    json_t *said;
    size_t count = json_object_size(given);
    int result = VAULT_OK;
    if (count == 0 || count > DOCUMENT_ENTRIES_MAX)
        result = failure_set(
            step->call->failure, VAULT_EUSAGE, "entries: one to %u at once", DOCUMENT_ENTRIES_MAX);
    json_object_foreach((json_t *)(uintptr_t)given, key, said)
    {
        if (result == VAULT_OK)
            result = add_entry(step, json_object_get(text, "recipients"), key, said, entries);
    }
    if (result == VAULT_OK && json_object_set(step->about, "entries", entries) != 0)
        result = no_memory(step->call);
    json_decref(entries);
    return result;
}

int op_document_deliver(struct call *call)
{
    struct document_step step = {.call = call, .event = "document.deliver"};
    json_t *text = NULL;
    int result = document_begin(&step);
    if (result == VAULT_OK)
        result = document_open(&step, step.document, &text);
    if (result == VAULT_OK)
        result = add_entries(&step, text);
    if (result == VAULT_OK)
        result = document_commit(&step);
    if (result == VAULT_OK) {
        json_t *value = whom(&step);
        (void)json_object_set_new(value, "entries",
            json_integer((json_int_t)json_array_size(json_object_get(step.about, "entries"))));
        (void)json_object_set_new(value, "event", json_integer((json_int_t)step.index));
        result = reply_value(call, value);
    }
    json_decref(text);
    document_end(&step);
    return result;
}

/* --- Lists --- */

static json_t *document_row(const json_t *one)
{
    static const char *const states[] = {"sent", "delivered", "bounced", "replied", "refused"};
    json_int_t counts[5] = {0};
    const char *key;
    json_t *entry;
    json_object_foreach(json_object_get(one, "delivered"), key, entry)
    {
        for (size_t i = 0; i < 5; i++)
            counts[i] += strcmp(json_text(entry, "state"), states[i]) == 0;
    }
    json_t *row = json_pack("{s:O,s:O,s:O,s:O,s:O,s:O,s:O,s:O,s:O,s:O*,s:O*,s:O*}", "document",
        json_object_get(one, "no"), "kind", json_object_get(one, "kind"), "lang",
        json_object_get(one, "lang"), "state", json_object_get(one, "state"), "of",
        json_object_get(one, "of"), "page", json_object_get(one, "page"), "by", json_object_get(one, "by"),
        "time", json_object_get(one, "time"), "event", json_object_get(one, "event"), "finished",
        json_object_get(one, "finished"), "replaced_by", json_object_get(one, "replaced_by"), "written",
        json_object_get(one, "written"));
    for (size_t i = 0; i < 5 && row != NULL; i++)
        (void)json_object_set_new(row, states[i], json_integer(counts[i]));
    return row;
}

static int reply_register(struct document_step *step)
{
    json_t *text = NULL;
    int result = document_open(step, step->document, &text);
    const json_t *recipients = json_object_get(text, "recipients");
    for (size_t i = 0; i < json_array_size(recipients) && result == VAULT_OK; i++) {
        const json_t *one = json_array_get(recipients, i);
        char key[24];
        (void)snprintf(key, sizeof key, "%zu", i + 1);
        json_t *row = json_pack("{s:I,s:O*,s:O*,s:O}", "no", (json_int_t)i + 1, "recipient",
            json_object_get(one, "id"), "name", json_object_get(one, "name"), "sha256",
            json_array_get(json_object_get(text, "pages"), i));
        json_t *delivered = json_object_get(json_object_get(step->document, "delivered"), key);
        if (row != NULL && delivered != NULL)
            (void)json_object_update(row, delivered);
        result = row == NULL ? no_memory(step->call) : reply_row(step->call, row);
    }
    json_decref(text);
    return result;
}

int op_document_list(struct call *call)
{
    struct document_step step = {.call = call, .event = "document.list", .action = "document.show"};
    int result = document_begin(&step);
    if (result == VAULT_OK && call_number(call, "document", 0) != 0 && step.document == NULL)
        result =
            failure_set(call->failure, VAULT_ENOTFOUND, "the case has no document %lld", (long long)step.no);
    if (result == VAULT_OK)
        result = log_show(&step);
    const json_t *list = result == VAULT_OK ? documents_of(step.documents, step.id) : NULL;
    if (result == VAULT_OK && step.document != NULL)
        result = reply_register(&step);
    else
        for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++)
            result = reply_row(call, document_row(json_array_get(list, i)));
    document_end(&step);
    return result;
}
