/* What comes next in a case, and what to type for each of its duties. */
#include <stdio.h>
#include <string.h>

#include "vault/incident/case.h"

/* Periods of limitation are nothing that somebody does. */
static bool binds(const json_t *duty)
{
    return (json_is(duty, "force", "law") || json_is(duty, "force", "contract")) && json_text(duty, "step") != NULL &&
           !json_is(duty, "step", "responsibility");
}

/* The first that binds and is in this state; of this step, unless NULL. */
static const json_t *find(const json_t *duties, const char *step, const char *state)
{
    for (size_t i = 0; i < json_array_size(duties); i++) {
        const json_t *duty = json_array_get(duties, i);
        if (binds(duty) && json_is(duty, "state", state) && (step == NULL || json_is(duty, "step", step)))
            return duty;
    }
    return NULL;
}

size_t case_open_duties(const json_t *duties, const json_t **first)
{
    static const char *const states[] = {"owed", "uncertain", "waiting"};
    size_t open = 0;
    *first = NULL;
    for (size_t s = 0; s < sizeof states / sizeof states[0]; s++) {
        for (size_t i = 0; i < json_array_size(duties); i++)
            open += binds(json_array_get(duties, i)) && json_is(json_array_get(duties, i), "state", states[s]);
        if (*first == NULL)
            *first = find(duties, NULL, states[s]);
    }
    return open;
}

static bool has_step(const json_t *one, const char *step, const char *kind)
{
    const json_t *steps = json_object_get(one, "steps");
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *its = json_array_get(steps, i);
        if (json_is(its, "step", step) && (kind == NULL || json_is(its, "kind", kind)))
            return true;
    }
    return false;
}

/* What the order asks for when all that must be told to others is told. */
static const char *after_reports(const json_t *one, const json_t *duties)
{
    if (!has_step(one, "note", "responsibility") && !has_step(one, "enter", "discipline") &&
        !has_step(one, "enter", "own-fault"))
        return "responsibility";
    if (!has_step(one, "note", "remedy") && !has_step(one, "enter", "remedy"))
        return "remedy";
    if (!has_step(one, "note", "lesson") && !has_step(one, "enter", "lesson"))
        return "learn";
    if (find(duties, NULL, "waiting") != NULL)
        return "moments";
    return find(duties, NULL, "owed") != NULL ? "duties" : "close";
}

const char *case_next(const json_t *one, bool frozen, const json_t *duties)
{
    if (json_is(one, "status", "closed"))
        return "closed";
    if (!frozen && json_object_get(one, "assessed") == NULL && !has_step(one, "fulfil", NULL))
        return "freeze";
    if (json_object_get(one, "assessed") == NULL)
        return "assess";
    if (find(duties, NULL, "uncertain") != NULL)
        return "circumstances";
    if (find(duties, "notify", "owed") != NULL)
        return "notify";
    if (find(duties, "report", "owed") != NULL)
        return "report";
    return after_reports(one, duties);
}

/* --- What to type --- */

static bool is_notice(const char *document)
{
    return strncmp(document, "notice-", 7) == 0;
}

static json_t *fulfil(const char *id, const json_t *duty)
{
    const json_t *proposed = json_object_get(duty, "proposed");
    const char *document = json_text(duty, "document");
    const char *name = json_text(duty, "duty");
    if (proposed != NULL)
        return json_sprintf(
            "incident fulfil %s %s --event %lld", id, name, (long long)json_number(proposed, "event", -1));
    if (document == NULL)
        return json_sprintf("incident fulfil %s %s", id, name);
    const char *made = strcmp(document, "notice-individual") == 0 ? " --recipients FILE" : "";
    return json_sprintf("incident %s %s %s%s; incident fulfil %s %s --file PROOF",
        is_notice(document) ? "notify" : "document draft", id, document, made, id, name);
}

json_t *case_todo(const char *id, const json_t *duty)
{
    const char *state = json_text(duty, "state");
    const char *when = json_text(duty, "when");
    const char *start = json_text(duty, "start_is");
    if (state == NULL || json_text(duty, "duty") == NULL)
        return NULL;
    if (strcmp(state, "owed") == 0)
        return fulfil(id, duty);
    if (strcmp(state, "uncertain") == 0 && when != NULL)
        return json_sprintf("incident note %s --circumstance %s=yes|no", id, when);
    if (strcmp(state, "waiting") == 0 && start != NULL)
        return json_sprintf("incident note %s --moment %s=TIME", id, start);
    return NULL;
}
