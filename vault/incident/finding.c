#include "vault/incident/finding.h"

#include <stddef.h>
#include <string.h>

#define TYPE "strongroom-finding"
#define NAME_MAX_BYTES 64u

static const char *const parts[] = {"granted-role", "approved-grant", "assigned-client", "added-user",
    "approved-export", "approved-access", "skipped-review", "ignored-alert", "left-account-open", "wrote-rule", "proposed-rule",
    "approved-rule", "changed-setting", NULL};
static const char *const sections[] = {
    "summary", "facts", "causation", "alternatives", "loss", "firm", "result", "limits", NULL};
static const char *const faults[] = {"intent", "gross-negligence", "negligence", "none", NULL};

const char *finding_part(size_t i)
{
    return i < sizeof parts / sizeof parts[0] ? parts[i] : NULL;
}

static bool listed(const char *const *words, const char *name)
{
    for (; *words != NULL; words++)
        if (strcmp(*words, name) == 0)
            return true;
    return false;
}

static int not_listed(struct failure *failure, const char *what, const char *name, const char *const *words)
{
    struct buffer list = {0};
    for (size_t i = 0; words[i] != NULL; i++)
        buffer_put_format(&list, "%s%s", i == 0 ? "" : ", ", words[i]);
    const char *text = buffer_text(&list);
    failure_remedy(failure, "there are: %s", text == NULL ? "" : text);
    buffer_free(&list);
    return failure_set(failure, VAULT_EINPUT, "%s: there is no '%s'", what, name);
}

json_t *finding_new(const char *origin, const char *id, const char *author, json_t *facts)
{
    if (facts == NULL)
        return NULL;
    return json_pack("{s:i,s:s,s:s,s:s,s:i,s:s,s:o,s:[],s:{},s:{}}", "v", 1, "type", TYPE, "origin", origin,
        "id", id, "version", 1, "author", author, "case", facts, "persons", "sections", "statements");
}

/* --- Persons --- */

static bool same(const json_t *object, const char *member, const char *value)
{
    const char *text = json_text(object, member);
    return text == NULL || value == NULL ? text == value : strcmp(text, value) == 0;
}

static json_t *find_person(const json_t *document, const struct finding_person *person)
{
    const json_t *persons = json_object_get(document, "persons");
    for (size_t i = 0; i < json_array_size(persons); i++) {
        json_t *one = json_array_get(persons, i);
        if (same(one, "user", person->user) && same(one, "part", person->part) && same(one, "of", person->of))
            return one;
    }
    return NULL;
}

bool finding_names(const json_t *document, const char *user)
{
    const json_t *persons = json_object_get(document, "persons");
    for (size_t i = 0; i < json_array_size(persons); i++)
        if (same(json_array_get(persons, i), "user", user))
            return true;
    return false;
}

static int check_text(const char *what, const char *text, struct failure *failure)
{
    if (text != NULL && strlen(text) > FINDING_TEXT_MAX)
        return failure_set(failure, VAULT_ELIMIT, "%s: longer than %u bytes", what, FINDING_TEXT_MAX);
    return VAULT_OK;
}

static int check_person(const struct finding_person *person, struct failure *failure)
{
    static const struct {
        const char *name;
        size_t at;
    } texts[] = {{"rule", offsetof(struct finding_person, rule)},
        {"policy", offsetof(struct finding_person, policy)},
        {"known", offsetof(struct finding_person, known)}};
    int result = VAULT_OK;
    if (person->part != NULL && !listed(parts, person->part))
        return not_listed(failure, "part", person->part, parts);
    if (person->fault != NULL && !listed(faults, person->fault))
        return not_listed(failure, "fault", person->fault, faults);
    if (person->user[0] == '\0' || strlen(person->user) > NAME_MAX_BYTES)
        return failure_set(failure, VAULT_EINPUT, "'%.80s' is no user", person->user);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && result == VAULT_OK; i++)
        result =
            check_text(texts[i].name, *(const char *const *)((const char *)person + texts[i].at), failure);
    if (result == VAULT_OK && person->part != NULL && person->of != NULL &&
        strcmp(person->of, person->user) == 0)
        result =
            failure_set(failure, VAULT_EINPUT, "'%s' has no part in his own doing besides it", person->user);
    return result;
}

/* Both ascending and without repeats. */
static json_t *unite(const json_t *a, const json_t *b)
{
    json_t *all = json_array();
    size_t i = 0;
    size_t k = 0;
    while (all != NULL && (i < json_array_size(a) || k < json_array_size(b))) {
        json_int_t left =
            i < json_array_size(a) ? json_integer_value(json_array_get(a, i)) : JSON_INTEGER_MAX;
        json_int_t right =
            k < json_array_size(b) ? json_integer_value(json_array_get(b, k)) : JSON_INTEGER_MAX;
        json_int_t least = left < right ? left : right;
        i += left == least;
        k += right == least;
        if (json_array_append_new(all, json_integer(least)) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}

/* One by one, so that what the caller hands over need not be in order. */
static int add_events(json_t *one, const json_t *events, struct failure *failure)
{
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        if (!json_is_integer(event) || json_integer_value(event) < 0 ||
            json_integer_value(event) >= JSON_INTEGER_MAX)
            return failure_set(failure, VAULT_EINPUT, "events: an index that is none");
        json_t *single = json_pack("[I]", json_integer_value(event));
        json_t *all = single == NULL ? NULL : unite(json_object_get(one, "events"), single);
        json_decref(single);
        if (all == NULL)
            return VAULT_ENOMEM;
        size_t count = json_array_size(all);
        if (json_object_set_new(one, "events", all) != 0)
            return VAULT_ENOMEM;
        if (count > FINDING_EVENTS_MAX)
            return failure_set(
                failure, VAULT_ELIMIT, "more than %u events for one part of a person", FINDING_EVENTS_MAX);
    }
    return VAULT_OK;
}

static int put_text(json_t *object, const char *name, const char *text)
{
    if (text == NULL)
        return VAULT_OK;
    if (text[0] == '\0') {
        (void)json_object_del(object, name);
        return VAULT_OK;
    }
    return json_object_set_new(object, name, json_string(text)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static json_t *new_person(const struct finding_person *person)
{
    json_t *one = json_pack("{s:s,s:s,s:[]}", "user", person->user, "kind",
        person->part == NULL ? "direct" : "indirect", "events");
    if (one != NULL &&
        (put_text(one, "part", person->part) != VAULT_OK || put_text(one, "of", person->of) != VAULT_OK)) {
        json_decref(one);
        return NULL;
    }
    return one;
}

static int say(json_t *one, const struct finding_person *person, struct failure *failure)
{
    int result = add_events(one, person->events, failure);
    if (result == VAULT_OK)
        result = put_text(one, "rule", person->rule);
    if (result == VAULT_OK)
        result = put_text(one, "policy", person->policy);
    if (result == VAULT_OK)
        result = put_text(one, "fault", person->fault);
    if (result == VAULT_OK)
        result = put_text(one, "known", person->known);
    if (result == VAULT_OK && person->proposed)
        result = json_object_set_new(one, "proposed", json_true()) == 0 ? VAULT_OK : VAULT_ENOMEM;
    else if (result == VAULT_OK)
        (void)json_object_del(one, "proposed");
    return result;
}

/* The same person directly and indirectly responsible would be two conclusions on one doing. */
static int check_kind(const json_t *document, const struct finding_person *person, struct failure *failure)
{
    const json_t *persons = json_object_get(document, "persons");
    for (size_t i = 0; i < json_array_size(persons); i++) {
        const json_t *one = json_array_get(persons, i);
        if (same(one, "user", person->user) &&
            (json_object_get(one, "part") == NULL) != (person->part == NULL)) {
            failure_remedy(failure, "drop him first");
            return failure_set(failure, VAULT_EINPUT, "'%s' is named as %s already", person->user,
                person->part == NULL ? "an indirect person" : "a direct person");
        }
    }
    return VAULT_OK;
}

int finding_add(json_t *document, const struct finding_person *person, struct failure *failure)
{
    json_t *persons = json_object_get(document, "persons");
    int result = check_person(person, failure);
    if (result == VAULT_OK)
        result = check_kind(document, person, failure);
    if (result != VAULT_OK)
        return result;
    json_t *there = find_person(document, person);
    if (there == NULL && json_array_size(persons) >= FINDING_PEOPLE_MAX)
        return failure_set(
            failure, VAULT_ELIMIT, "a finding holds at most %u persons and parts", FINDING_PEOPLE_MAX);
    json_t *changed = there == NULL ? new_person(person) : json_deep_copy(there);
    result = changed == NULL ? VAULT_ENOMEM : say(changed, person, failure);
    if (result == VAULT_OK && there != NULL)
        result = json_object_update(there, changed) == 0 ? VAULT_OK : VAULT_ENOMEM;
    /* What was said before and is not any more. */
    for (void *at = json_object_iter(there); result == VAULT_OK && at != NULL;) {
        const char *name = json_object_iter_key(at);
        void *next = json_object_iter_next(there, at);
        if (json_object_get(changed, name) == NULL)
            (void)json_object_del(there, name);
        at = next;
    }
    if (result == VAULT_OK && there == NULL)
        result = json_array_append(persons, changed) == 0 ? VAULT_OK : VAULT_ENOMEM;
    json_decref(changed);
    return result;
}

int finding_drop(json_t *document, const char *user, const char *part, struct failure *failure)
{
    json_t *persons = json_object_get(document, "persons");
    size_t before = json_array_size(persons);
    for (size_t i = before; i-- > 0;) {
        const json_t *one = json_array_get(persons, i);
        if (same(one, "user", user) && (part == NULL || same(one, "part", part)))
            (void)json_array_remove(persons, i);
    }
    if (json_array_size(persons) == before)
        return failure_set(failure, VAULT_ENOTFOUND, "the finding does not name '%s'%s%s", user,
            part == NULL ? "" : " for ", part == NULL ? "" : part);
    if (!finding_names(document, user))
        (void)json_object_del(json_object_get(document, "statements"), user);
    return VAULT_OK;
}

/* --- Texts --- */

int finding_write(json_t *document, const char *section, const char *text, struct failure *failure)
{
    if (!listed(sections, section))
        return not_listed(failure, "section", section, sections);
    int result = check_text(section, text, failure);
    return result == VAULT_OK ? put_text(json_object_get(document, "sections"), section, text) : result;
}

int finding_hear(json_t *document, const char *user, const char *text, struct failure *failure)
{
    if (!finding_names(document, user))
        return failure_set(failure, VAULT_ENOTFOUND, "the finding does not name '%s'", user);
    int result = check_text("statement", text, failure);
    return result == VAULT_OK ? put_text(json_object_get(document, "statements"), user, text) : result;
}

/* --- Whole --- */

static int check_said(const json_t *one, struct failure *failure)
{
    const char *user = json_text(one, "user");
    bool blameless = same(one, "fault", "none");
    if (json_array_size(json_object_get(one, "events")) == 0) {
        failure_remedy(failure, "finding add ID … --event N, or drop him");
        return failure_set(failure, VAULT_EINPUT, "no event shows what '%s' did", user);
    }
    if (json_text(one, "rule") == NULL && !blameless) {
        failure_remedy(failure, "finding add ID … --rule TEXT, --fault none, or drop him");
        return failure_set(failure, VAULT_EINPUT, "it is not said which rule '%s' broke", user);
    }
    if (json_object_get(one, "proposed") != NULL) {
        failure_remedy(failure, "confirm it with finding add, or drop him");
        return failure_set(failure, VAULT_EINPUT, "the part of '%s' is only a proposal of the program", user);
    }
    return VAULT_OK;
}

int finding_complete(const json_t *document, struct failure *failure)
{
    const json_t *persons = json_object_get(document, "persons");
    bool direct = false;
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(persons) && result == VAULT_OK; i++) {
        const json_t *one = json_array_get(persons, i);
        direct = direct || same(one, "kind", "direct");
        result = check_said(one, failure);
    }
    if (result == VAULT_OK && !direct)
        result = failure_set(failure, VAULT_EINPUT, "the finding names no direct person");
    if (result == VAULT_OK && json_text(json_object_get(document, "sections"), "summary") == NULL) {
        failure_remedy(failure, "finding text ID summary --file FILE");
        result = failure_set(failure, VAULT_EINPUT, "the finding has no summary");
    }
    return result;
}

int finding_canonical(const json_t *document, struct buffer *text, struct failure *failure)
{
    size_t before = text->size;
    int result = json_write_canonical(document, text);
    if (result == VAULT_OK)
        result = buffer_error(text);
    if (result == VAULT_OK && text->size - before > FINDING_SIZE_MAX)
        result = VAULT_ELIMIT;
    return result == VAULT_OK ? result
                              : failure_set(failure, result, "the finding: %s", vault_error_text(result));
}

static bool is_finding(const json_t *document, const char *id, int64_t version)
{
    return json_number(document, "v", 0) == 1 && same(document, "type", TYPE) && same(document, "id", id) &&
           json_number(document, "version", 0) == version &&
           json_is_array(json_object_get(document, "persons")) &&
           json_is_object(json_object_get(document, "sections")) &&
           json_is_object(json_object_get(document, "statements")) &&
           json_is_object(json_object_get(document, "case"));
}

int finding_read(
    struct bytes text, const char *id, int64_t version, json_t **document, struct failure *failure)
{
    *document = NULL;
    int result = text.size > FINDING_SIZE_MAX ? VAULT_ELIMIT : json_read(text, document, NULL);
    if (result == VAULT_OK && is_finding(*document, id, version))
        return VAULT_OK;
    json_decref(*document);
    *document = NULL;
    return failure_set(failure, VAULT_EDAMAGED, "version %lld of finding %s is none", (long long)version, id);
}
