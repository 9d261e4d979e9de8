#include "vault/incident/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/incident/entry.h"
#include "vault/incident/settled.h"

struct cases {
    json_t *all; /* by id */
    struct settled *settled;
};

struct cases *cases_new(void)
{
    struct cases *cases = malloc(sizeof *cases);
    if (cases == NULL)
        return NULL;
    cases->all = json_object();
    cases->settled = settled_new();
    if (cases->all != NULL && cases->settled != NULL)
        return cases;
    cases_free(cases);
    return NULL;
}

void cases_free(struct cases *cases)
{
    if (cases == NULL)
        return;
    json_decref(cases->all);
    settled_free(cases->settled);
    free(cases);
}

json_t *cases_all(const struct cases *cases)
{
    return cases->all;
}

const json_t *cases_get(const struct cases *cases, const char *id)
{
    return json_object_get(cases->all, id);
}

/* --- What may come next --- */

static bool concerns(const char *event)
{
    static const char *const names[] = {"incident.open", "incident.note", "incident.hold", "incident.fulfil",
        "incident.assess", "incident.enter", "incident.close"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], event) == 0)
            return true;
    }
    return false;
}

int case_may(const json_t *one, const char *event, struct failure *failure)
{
    if (!concerns(event))
        return failure_set(failure, VAULT_EINPUT, "no step of a case");
    if (strcmp(event, "incident.open") == 0)
        return one == NULL ? VAULT_OK : failure_set(failure, VAULT_EEXISTS, "there is such a case already");
    if (one == NULL)
        return failure_set(failure, VAULT_ENOTFOUND, "there is no such case");
    /* What is held stays held, and can be let go, after a case was closed. */
    if (json_is(one, "status", "closed") && strcmp(event, "incident.hold") != 0)
        return failure_set(failure, VAULT_EINPUT, "the case is closed");
    if (json_array_size(json_object_get(one, "steps")) >= CASE_STEPS_MAX)
        return failure_set(failure, VAULT_ELIMIT, "a case has at most %u steps", CASE_STEPS_MAX);
    return VAULT_OK;
}

/* --- What an event does --- */

struct applying {
    struct cases *cases;
    uint64_t index;
    const char *event;
    const char *actor;
    const char *time;
    const json_t *about; /* its member `incident` */
};

/* Only instants, and only yes and no. */
static bool fits_moments(const json_t *moments)
{
    const char *name;
    json_t *value;
    bool fits = moments == NULL || json_is_object(moments);
    json_object_foreach((json_t *)(uintptr_t)moments, name, value)
    {
        fits = fits && json_is_integer(value);
    }
    return fits;
}

static bool fits_circumstances(const json_t *circumstances)
{
    const char *name;
    json_t *value;
    bool fits = circumstances == NULL || json_is_object(circumstances);
    json_object_foreach((json_t *)(uintptr_t)circumstances, name, value)
    {
        fits = fits && (json_is(circumstances, name, "yes") || json_is(circumstances, name, "no"));
    }
    return fits;
}

static int update(json_t *one, const char *member, const json_t *with)
{
    if (with == NULL)
        return VAULT_OK;
    return json_object_update(json_object_get(one, member), (json_t *)(uintptr_t)with) == 0 ? VAULT_OK
                                                                                            : VAULT_ENOMEM;
}

static json_t *new_case(const struct applying *a)
{
    json_t *jurisdictions = json_object_get(a->about, "jurisdictions");
    if (!json_is_array(jurisdictions) || json_array_size(jurisdictions) == 0)
        return NULL;
    return json_pack("{s:s,s:s,s:O,s:{},s:{},s:[],s:{},s:b,s:[]}", "id", json_text(a->about, "id"), "status",
        "open", "jurisdictions", jurisdictions, "moments", "circumstances", "people", "done", "held", false,
        "steps");
}

static int add_person(const struct applying *a, json_t *one)
{
    const json_t *person = json_object_get(a->about, "person");
    json_t *people = json_object_get(one, "people");
    if (person == NULL)
        return VAULT_OK;
    for (size_t i = json_array_size(people); i-- > 0;) {
        if (json_is(json_array_get(people, i), "user", json_text(person, "user")))
            (void)json_array_remove(people, i);
    }
    return json_array_append_new(people, json_deep_copy(person)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int set_copy(const struct applying *a, json_t *step, const char *member)
{
    json_t *value = json_object_get(a->about, member);
    return value == NULL || json_object_set(step, member, value) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int add_step(const struct applying *a, json_t *one)
{
    static const char *const members[] = {"kind", "duty", "shown_by", "entry", "state", "part", "sha256", "sealed", "despite"};
    json_t *step = json_pack("{s:s,s:s,s:I,s:s}", "step", strchr(a->event, '.') + 1, "by", a->actor, "event",
        (json_int_t)a->index, "time", a->time);
    int result = step == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < sizeof members / sizeof members[0] && result == VAULT_OK; i++)
        result = set_copy(a, step, members[i]);
    if (result == VAULT_OK && json_array_append(json_object_get(one, "steps"), step) != 0)
        result = VAULT_ENOMEM;
    json_decref(step);
    return result;
}

static int apply_special(const struct applying *a, json_t *one)
{
    json_int_t at = (json_int_t)json_array_size(json_object_get(one, "steps")); /* of this step */
    int failed = 0;
    if (strcmp(a->event, "incident.hold") == 0) {
        failed =
            json_object_set_new(one, "held", json_boolean(json_is_true(json_object_get(a->about, "hold"))));
        failed |= json_object_get(a->about, "clients") != NULL &&
                  json_object_set(one, "clients", json_object_get(a->about, "clients")) != 0;
    } else if (strcmp(a->event, "incident.fulfil") == 0) {
        failed = json_object_set_new(json_object_get(one, "done"), json_text(a->about, "duty"),
            json_integer(json_number(a->about, "at", 0)));
    } else if (strcmp(a->event, "incident.assess") == 0) {
        failed = json_object_set_new(one, "assessed", json_integer(at));
    } else if (strcmp(a->event, "incident.close") == 0) {
        failed = json_object_set_new(one, "status", json_string("closed"));
    }
    return failed ? VAULT_ENOMEM : VAULT_OK;
}

/* Whether it says what an event of its name must, in the form that it must have. */
static bool says_enough(const struct applying *a)
{
    const json_t *person = json_object_get(a->about, "person");
    bool part = json_text(a->about, "part") != NULL;
    bool fits = json_text(a->about, "id") != NULL && fits_moments(json_object_get(a->about, "moments")) &&
                fits_circumstances(json_object_get(a->about, "circumstances"));
    fits =
        fits && (!part || (json_text(a->about, "sha256") != NULL && json_text(a->about, "sealed") != NULL));
    fits = fits && (person == NULL || (json_text(person, "user") != NULL && json_text(person, "as") != NULL));
    if (strcmp(a->event, "incident.open") == 0)
        fits = fits && json_array_size(json_object_get(a->about, "jurisdictions")) > 0;
    if (strcmp(a->event, "incident.fulfil") == 0)
        fits =
            fits && json_text(a->about, "duty") != NULL && json_is_integer(json_object_get(a->about, "at"));
    return fits;
}

/* A new entry has the number of its step; a change of one, that of a step that began an entry of the same kind. */
static bool fits_entry(const struct applying *a, const json_t *one)
{
    const json_t *steps = json_object_get(one, "steps");
    json_int_t number = json_number(a->about, "entry", -1);
    if (strcmp(a->event, "incident.enter") != 0)
        return true;
    if (entry_kind_find(json_text(a->about, "kind")) == NULL || json_text(a->about, "state") == NULL || number < 0 ||
        json_text(a->about, "part") == NULL || (size_t)number > json_array_size(steps))
        return false;
    const json_t *began = json_array_get(steps, (size_t)number);
    return began == NULL || (json_is(began, "step", "enter") && json_is(began, "kind", json_text(a->about, "kind")) &&
                                json_number(began, "entry", -1) == number);
}

static int apply(const struct applying *a, struct failure *failure)
{
    const char *id = json_text(a->about, "id");
    if (!says_enough(a))
        return failure_set(failure, VAULT_EINPUT, "it does not say what it is about");
    json_t *one = json_object_get(a->cases->all, id);
    int result = case_may(one, a->event, failure);
    if (result == VAULT_OK && !fits_entry(a, one))
        result = failure_set(failure, VAULT_EINPUT, "it is no entry that the case could have");
    if (result != VAULT_OK)
        return result;
    if (one == NULL) {
        one = new_case(a);
        if (one == NULL || json_object_set_new(a->cases->all, id, one) != 0)
            return VAULT_ENOMEM;
    }
    result = update(one, "moments", json_object_get(a->about, "moments"));
    if (result == VAULT_OK)
        result = update(one, "circumstances", json_object_get(a->about, "circumstances"));
    if (result == VAULT_OK)
        result = add_person(a, one);
    if (result == VAULT_OK)
        result = apply_special(a, one);
    return result == VAULT_OK ? add_step(a, one) : result;
}

/* --- Feeding --- */

struct feeding {
    struct cases *cases;
    int (*problem)(void *context, uint64_t index, const char *what);
    void *context;
};

static int take(void *context, uint64_t index, const json_t *leaf)
{
    const struct feeding *feeding = context;
    struct failure failure = {0};
    const json_t *actor = json_object_get(leaf, "actor");
    struct applying a = {feeding->cases, index, json_text(leaf, "event"), json_text(actor, "id"),
        json_text(leaf, "time"), json_object_get(leaf, "incident")};
    int result = VAULT_EINPUT;
    if (a.actor == NULL || a.time == NULL || !json_is(actor, "type", "user"))
        (void)failure_set(&failure, result, "nobody signed it");
    else
        result = apply(&a, &failure);
    if (result == VAULT_OK || result == VAULT_ENOMEM)
        return result;
    char what[sizeof failure.text + 60];
    (void)snprintf(what, sizeof what, "%s that counts for nothing: %s", a.event, failure.text);
    return feeding->problem == NULL ? VAULT_OK : feeding->problem(feeding->context, index, what);
}

int cases_feed(struct cases *cases, uint64_t index, const json_t *leaf,
    int (*problem)(void *context, uint64_t index, const char *what), void *context)
{
    struct feeding feeding = {cases, problem, context};
    const char *event = json_text(leaf, "event");
    if (event == NULL || !concerns(event))
        return VAULT_OK;
    return settled_feed(cases->settled, index, leaf, take, &feeding);
}
