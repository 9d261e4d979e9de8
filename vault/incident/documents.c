#include "vault/incident/documents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/incident/settled.h"

struct documents {
    json_t *cases;     /* by id: arrays of documents */
    json_t *templates; /* all that were set */
    struct settled *settled;
};

struct documents *documents_new(void)
{
    struct documents *documents = malloc(sizeof *documents);
    if (documents == NULL)
        return NULL;
    *documents = (struct documents){json_object(), json_array(), settled_new()};
    if (documents->cases != NULL && documents->templates != NULL && documents->settled != NULL)
        return documents;
    documents_free(documents);
    return NULL;
}

void documents_free(struct documents *documents)
{
    if (documents == NULL)
        return;
    json_decref(documents->cases);
    json_decref(documents->templates);
    settled_free(documents->settled);
    free(documents);
}

const json_t *documents_of(const struct documents *documents, const char *id)
{
    return json_object_get(documents->cases, id);
}

json_t *documents_all(const struct documents *documents)
{
    return documents->cases;
}

const json_t *documents_templates(const struct documents *documents)
{
    return documents->templates;
}

const json_t *documents_template(const struct documents *documents, const char *kind, const char *language)
{
    for (size_t i = json_array_size(documents->templates); i-- > 0;) {
        const json_t *one = json_array_get(documents->templates, i);
        if (json_is(one, "kind", kind) && json_is(one, "lang", language))
            return json_text(one, "part") == NULL ? NULL : one;
    }
    return NULL;
}

/* --- What may come next --- */

bool document_state(const char *state)
{
    static const char *const states[] = {"sent", "delivered", "bounced", "replied", "refused"};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(states[i], state) == 0)
            return true;
    }
    return false;
}

int document_may(const json_t *one, const char *event, struct failure *failure)
{
    bool draft = json_is(one, "state", "draft");
    if (strcmp(event, "document.draft") == 0)
        return one == NULL ? VAULT_OK
                           : failure_set(failure, VAULT_EEXISTS, "there is such a document already");
    if (one == NULL)
        return failure_set(failure, VAULT_ENOTFOUND, "there is no such document");
    if (strcmp(event, "document.written") == 0)
        return VAULT_OK;
    if (json_is(one, "state", "replaced"))
        return failure_set(failure, VAULT_EINPUT, "document %lld was replaced by %lld",
            (long long)json_number(one, "no", 0), (long long)json_number(one, "replaced_by", 0));
    if (strcmp(event, "document.finish") == 0)
        return draft ? VAULT_OK : failure_set(failure, VAULT_EEXISTS, "the document is done already");
    if (strcmp(event, "document.deliver") != 0)
        return failure_set(failure, VAULT_EINPUT, "no step of a document");
    failure_remedy(failure, "'incident document finish' checks it");
    return draft
               ? failure_set(failure, VAULT_EINPUT, "the document is a draft: nothing of it may be sent yet")
               : VAULT_OK;
}

/* --- What an event does --- */

struct applying {
    struct documents *documents;
    uint64_t index;
    const char *event, *actor, *time;
    const json_t *about; /* its member `document` or `template` */
};

static json_t *stamp(const struct applying *a)
{
    return json_pack("{s:s,s:I,s:s}", "by", a->actor, "event", (json_int_t)a->index, "time", a->time);
}

static int copy_members(const struct applying *a, json_t *to, const char *const *members)
{
    int failed = to == NULL;
    for (size_t i = 0; members[i] != NULL && !failed; i++) {
        json_t *value = json_object_get(a->about, members[i]);
        failed = value != NULL && json_object_set(to, members[i], value) != 0;
    }
    return failed ? VAULT_ENOMEM : VAULT_OK;
}

static json_t *by_number(const struct applying *a, int64_t no)
{
    const char *id = json_text(a->about, "case");
    json_t *list = id == NULL ? NULL : json_object_get(a->documents->cases, id);
    return no < 1 ? NULL : json_array_get(list, (size_t)no - 1);
}

/* A draft that is done stays; one that is not may give way to another. */
static bool replaces_well(const struct applying *a)
{
    int64_t replaces = json_number(a->about, "replaces", 0);
    return replaces == 0 || json_is(by_number(a, replaces), "state", "draft");
}

static bool drafted_well(const struct applying *a)
{
    const char *id = json_text(a->about, "case");
    int64_t of = json_number(a->about, "of", 0);
    size_t count = json_array_size(json_object_get(a->documents->cases, id == NULL ? "" : id));
    static const char *const texts[] = {"case", "kind", "lang", "page", "part", "sha256", "sealed"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (json_text(a->about, texts[i]) == NULL)
            return false;
    }
    return of >= 1 && of <= (int64_t)DOCUMENT_RECIPIENTS_MAX && count < DOCUMENTS_MAX &&
           json_number(a->about, "no", 0) == (int64_t)count + 1 && replaces_well(a);
}

static int apply_draft(const struct applying *a)
{
    static const char *const members[] = {
        "no", "kind", "lang", "of", "page", "part", "sha256", "sealed", "replaces", NULL};
    const char *id = json_text(a->about, "case");
    json_t *list = json_object_get(a->documents->cases, id);
    json_t *one = stamp(a);
    json_t *old = by_number(a, json_number(a->about, "replaces", 0));
    int result = copy_members(a, one, members);
    if (list == NULL) {
        list = json_array();
        if (list == NULL || json_object_set_new(a->documents->cases, id, list) != 0)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK &&
        (json_object_set_new(one, "state", json_string("draft")) != 0 ||
            json_object_set_new(one, "delivered", json_object()) != 0 || json_array_append(list, one) != 0))
        result = VAULT_ENOMEM;
    if (result == VAULT_OK && old != NULL &&
        (json_object_set_new(old, "state", json_string("replaced")) != 0 ||
            json_object_set_new(old, "replaced_by", json_integer(json_number(a->about, "no", 0))) != 0))
        result = VAULT_ENOMEM;
    json_decref(one);
    return result;
}

static bool fits_entry(const json_t *one, const json_t *entry)
{
    const char *state = json_string_value(json_array_get(entry, 1));
    json_int_t to = json_integer_value(json_array_get(entry, 0));
    return json_array_size(entry) == 5 && to >= 1 && to <= json_number(one, "of", 0) && state != NULL &&
           document_state(state) && json_is_string(json_array_get(entry, 2)) &&
           json_is_integer(json_array_get(entry, 3)) && json_is_string(json_array_get(entry, 4));
}

static bool delivers_well(const struct applying *a, const json_t *one)
{
    const json_t *entries = json_object_get(a->about, "entries");
    size_t count = json_array_size(entries);
    for (size_t i = 0; i < count; i++) {
        if (!fits_entry(one, json_array_get(entries, i)))
            return false;
    }
    return count > 0 && count <= DOCUMENT_ENTRIES_MAX;
}

static int apply_delivery(const struct applying *a, json_t *one)
{
    const json_t *entries = json_object_get(a->about, "entries");
    json_t *delivered = json_object_get(one, "delivered");
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);
        char key[24];
        (void)snprintf(key, sizeof key, "%lld", (long long)json_integer_value(json_array_get(entry, 0)));
        json_t *value = json_pack("{s:O,s:O,s:O,s:O,s:I}", "state", json_array_get(entry, 1), "how",
            json_array_get(entry, 2), "at", json_array_get(entry, 3), "proof", json_array_get(entry, 4),
            "event", (json_int_t)a->index);
        if (value == NULL || json_object_set_new(delivered, key, value) != 0)
            return VAULT_ENOMEM;
    }
    if (json_object_size(delivered) == (size_t)json_number(one, "of", 0))
        return json_object_set_new(one, "state", json_string("sent")) == 0 ? VAULT_OK : VAULT_ENOMEM;
    return VAULT_OK;
}

static int apply_template(const struct applying *a)
{
    static const char *const members[] = {"kind", "lang", "part", "sha256", "sealed", NULL};
    json_t *one = stamp(a);
    int result = copy_members(a, one, members);
    if (result == VAULT_OK && json_array_append(a->documents->templates, one) != 0)
        result = VAULT_ENOMEM;
    json_decref(one);
    return result;
}

static int apply(const struct applying *a, json_t *one)
{
    if (strcmp(a->event, "document.draft") == 0)
        return apply_draft(a);
    if (strcmp(a->event, "document.deliver") == 0)
        return apply_delivery(a, one);
    if (strcmp(a->event, "document.written") == 0)
        return json_object_set(one, "written", json_object_get(a->about, "files")) == 0 ? VAULT_OK
                                                                                        : VAULT_ENOMEM;
    if (json_object_set_new(one, "state", json_string("done")) != 0)
        return VAULT_ENOMEM;
    return json_object_set_new(one, "finished", stamp(a)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static bool says_enough(const struct applying *a, const json_t *one)
{
    if (strcmp(a->event, "document.draft") == 0)
        return drafted_well(a);
    if (strcmp(a->event, "document.deliver") == 0)
        return delivers_well(a, one);
    if (strcmp(a->event, "document.written") == 0)
        return json_is_object(json_object_get(a->about, "files"));
    return true;
}

static bool template_well(const json_t *about)
{
    bool part = json_text(about, "part") != NULL;
    return json_text(about, "kind") != NULL && json_text(about, "lang") != NULL &&
           (!part || (json_text(about, "sha256") != NULL && json_text(about, "sealed") != NULL));
}

struct feeding {
    struct documents *documents;
    int (*problem)(void *context, uint64_t index, const char *what);
    void *context;
};

static int tell(const struct feeding *feeding, uint64_t index, const char *what)
{
    return feeding->problem == NULL ? VAULT_OK : feeding->problem(feeding->context, index, what);
}

static bool concerns(const char *event)
{
    static const char *const names[] = {
        "document.draft", "document.finish", "document.written", "document.deliver", "document.template"};
    for (size_t i = 0; event != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], event) == 0)
            return true;
    }
    return false;
}

static int take(void *context, uint64_t index, const json_t *leaf)
{
    const struct feeding *feeding = context;
    struct failure why = {0};
    const char *event = json_text(leaf, "event");
    bool template = strcmp(event, "document.template") == 0;
    struct applying a = {.documents = feeding->documents,
        .index = index,
        .event = event,
        .actor = json_text(json_object_get(leaf, "actor"), "id"),
        .time = json_text(leaf, "time"),
        .about = json_object_get(leaf, template ? "template" : "document")};
    if (a.about == NULL || a.actor == NULL || a.time == NULL)
        return tell(feeding, index, "an event of a document that does not say which");
    if (template)
        return template_well(a.about) ? apply_template(&a)
                                      : tell(feeding, index, "a template without its hashes");
    json_t *one = by_number(&a, json_number(a.about, "no", 0));
    if (document_may(one, event, &why) != VAULT_OK)
        return tell(feeding, index, why.text);
    return says_enough(&a, one) ? apply(&a, one)
                                : tell(feeding, index, "an event of a document that lacks what it must say");
}

int documents_feed(struct documents *documents, uint64_t index, const json_t *leaf,
    int (*problem)(void *context, uint64_t index, const char *what), void *context)
{
    struct feeding feeding = {documents, problem, context};
    if (!concerns(json_text(leaf, "event")))
        return VAULT_OK;
    return settled_feed(documents->settled, index, leaf, take, &feeding);
}
