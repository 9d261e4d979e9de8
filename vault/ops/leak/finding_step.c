#include "vault/ops/leak/finding_step_private.h"

#include <stdio.h>
#include <string.h>

#define NAMED "the finding names this person himself"

static int allowed(struct step *step, struct failure *failure)
{
    struct finding_step next = {.event = step->event,
        .actor = session_user(step->call->session),
        .version = step->version,
        .supersede = step->supersede};
    return finding_may(step->finding, &next, failure);
}

/* What nobody is let do whatever the policy says is a denial as much as one by a rule. */
static int check_allowed(struct step *step)
{
    struct failure why = {0};
    int result = allowed(step, &why);
    if (result == VAULT_EDENIED) {
        failure_remedy(step->call->failure, "%s", why.remedy);
        return finding_refuse(step->call, &step->request, step->id, why.text);
    }
    if (result != VAULT_OK) {
        failure_remedy(step->call->failure, "%s", why.remedy);
        (void)failure_set(step->call->failure, result, "%s", why.text);
    }
    return result;
}

int step_check_named(struct step *step)
{
    if (!finding_names(step->document, session_user(step->call->session)))
        return VAULT_OK;
    failure_remedy(step->call->failure, "another investigator must do it, and hear this person");
    return finding_refuse(step->call, &step->request, step->id, NAMED);
}

/* Who may not is not told whether there is such a finding. */
static int find(struct step *step)
{
    struct failure found = {0};
    struct call quiet = *step->call;
    quiet.failure = &found;
    int error = finding_find(&quiet, &step->findings, &step->finding);
    bool review = strcmp(step->event, "finding.review") == 0;
    if (error != VAULT_OK && error != VAULT_ENOTFOUND && error != VAULT_EINPUT)
        return failure_set(step->call->failure, error, "%s", found.text);
    step->request.authors = review ? json_object_get(step->finding, "authors") : NULL;
    int result = call_decide(step->call, &step->request, &step->decision);
    if (result != VAULT_OK || error == VAULT_OK)
        return result;
    failure_remedy(step->call->failure, "%s", found.remedy);
    return failure_set(step->call->failure, error, "%s", found.text);
}

int step_begin(struct step *step)
{
    step->request = (struct access_request){.action = step->event};
    if (call_text(step->call, "id") == NULL)
        return call_decide(step->call, &step->request, &step->decision);
    int result = find(step);
    if (result != VAULT_OK)
        return result;
    int64_t newest = json_number(step->finding, "version", 0);
    bool change = strcmp(step->event, "finding.change") == 0;
    (void)snprintf(step->id, sizeof step->id, "%s", json_text(step->finding, "id"));
    step->version = change ? newest + 1 : newest;
    bool reads = strcmp(step->event, "finding.show") == 0 || strcmp(step->event, "trace.report") == 0;
    if (!reads)
        result = check_allowed(step);
    if (result == VAULT_OK)
        result = finding_document(step->call, step->finding, newest, &step->document);
    return result == VAULT_OK ? step_check_named(step) : result;
}

void step_end(struct step *step)
{
    decision_free(&step->decision);
    findings_free(step->findings);
    json_decref(step->document);
}

/* --- With changes held still --- */

/* What the log says now, which may be more than it said at the beginning. */
static int check_again(struct step *step)
{
    bool authors = step->request.authors != NULL;
    step->request.authors = NULL; /* they are the history's */
    findings_free(step->findings);
    step->findings = NULL;
    step->finding = NULL;
    int result = finding_history(step->call, NULL, NULL, &step->findings);
    if (result == VAULT_OK)
        step->finding = findings_get(step->findings, step->id);
    if (authors)
        step->request.authors = json_object_get(step->finding, "authors");
    return result == VAULT_OK ? check_allowed(step) : result;
}

static const char *version_hash(const struct step *step)
{
    return json_text(finding_version(step->finding, step->version), "sha256");
}

/* Actor, decision and all that an event has, and what it says of the finding (taken over). */
static json_t *event_members(struct step *step, json_t *about)
{
    json_t *members = access_event_members(step->call->session, &step->request, &step->decision,
        json_pack("[{s:s,s:s}]", "type", "finding", "id", step->id));
    if (json_object_set_new(members, "finding", about) != 0) {
        json_decref(members);
        return NULL;
    }
    return members;
}

static int hold(struct step *step)
{
    int result = change_hold(step->call->session, step->call->failure);
    if (result != VAULT_OK)
        return result;
    result = check_again(step);
    if (result != VAULT_OK)
        change_release(step->call->session);
    return result;
}

/* --- Versions --- */

static int stamp(struct step *step)
{
    uint8_t salt[FINDING_SALT_SIZE];
    const char *before = json_text(finding_version(step->finding, step->version - 1), "sha256");
    random_fill(salt, sizeof salt);
    int failed = json_object_set_new(step->document, "salt", json_hex(bytes_of(salt, sizeof salt)));
    failed |= json_object_set_new(step->document, "version", json_integer((json_int_t)step->version));
    failed |= json_object_set_new(step->document, "author", json_string(session_user(step->call->session)));
    if (before != NULL)
        failed |= json_object_set_new(step->document, "previous", json_string(before));
    return failed ? VAULT_ENOMEM : VAULT_OK;
}

int step_commit_version(struct step *step)
{
    struct sealed_part part = {.of = step->id};
    struct buffer text = {0};
    (void)snprintf(part.name, sizeof part.name, "version-%lld", (long long)step->version);
    int result = hold(step);
    if (result != VAULT_OK)
        return result;
    result = stamp(step);
    if (result == VAULT_OK)
        result = finding_canonical(step->document, &text, step->call->failure);
    if (result == VAULT_OK)
        result = sealed_part_make(step->call, &part, buffer_bytes(&text));
    json_t *about = json_pack("{s:s,s:I}", "id", step->id, "version", (json_int_t)step->version);
    if (result == VAULT_OK)
        result = about == NULL ? VAULT_ENOMEM : sealed_part_tell(&part, about);
    const char *trace_case = json_text(json_object_get(step->document, "case"), "case");
    if (about != NULL && step->supersede)
        (void)json_object_set_new(about, "supersede", json_true());
    if (about != NULL && step->version == 1 && trace_case != NULL)
        (void)json_object_set_new(about, "trace_case", json_string(trace_case));
    if (result == VAULT_OK) {
        result = sealed_part_commit(step->call, step->event, event_members(step, about), &part, &step->index);
    } else {
        json_decref(about);
        change_release(step->call->session);
    }
    sealed_part_free(&part);
    buffer_free(&text);
    return result;
}

/* --- Judgements --- */

static json_t *about_version(struct step *step)
{
    const char *hash = version_hash(step);
    return hash == NULL
               ? NULL
               : json_pack("{s:s,s:I,s:s}", "id", step->id, "version", (json_int_t)step->version, "of", hash);
}

static int append(struct step *step, json_t *about)
{
    return sealed_part_commit(step->call, step->event, event_members(step, about), NULL, &step->index);
}

int step_commit_event(struct step *step)
{
    int result = hold(step);
    return result == VAULT_OK ? append(step, about_version(step)) : result;
}

int step_commit_note(struct step *step, const char *result_word, const char *note)
{
    struct sealed_part part = {.of = step->id};
    bool review = strcmp(step->event, "finding.review") == 0;
    (void)snprintf(
        part.name, sizeof part.name, "%s-%lld", review ? "review" : "withdrawal", (long long)step->version);
    if (note != NULL && strlen(note) > FINDING_NOTE_MAX)
        return failure_set(step->call->failure, VAULT_ELIMIT, "longer than %u bytes", FINDING_NOTE_MAX);
    int result = hold(step);
    if (result != VAULT_OK)
        return result;
    json_t *about = about_version(step);
    if (about != NULL && result_word != NULL)
        (void)json_object_set_new(about, "result", json_string(result_word));
    if (note == NULL)
        return append(step, about);
    result = about == NULL ? VAULT_ENOMEM : sealed_part_make(step->call, &part, bytes_of_text(note));
    if (result == VAULT_OK)
        result = sealed_part_tell(&part, about);
    if (result == VAULT_OK) {
        result = sealed_part_commit(step->call, step->event, event_members(step, about), &part, &step->index);
    } else {
        change_release(step->call->session);
        json_decref(about);
    }
    sealed_part_free(&part);
    return result;
}

/* --- The reply --- */

int step_reply(struct step *step, json_t *more)
{
    json_t *value = NULL;
    findings_free(step->findings);
    step->findings = NULL;
    int result = repeat_go_on(step->call->session, step->call->failure);
    if (result == VAULT_OK)
        result = finding_history(step->call, NULL, NULL, &step->findings);
    if (result == VAULT_OK) {
        step->finding = findings_get(step->findings, step->id);
        const char *hash = version_hash(step);
        value = json_pack("{s:s,s:I,s:s,s:s,s:I}", "id", step->id, "version", (json_int_t)step->version,
            "sha256", hash == NULL ? "" : hash, "status", json_text(step->finding, "status"), "event",
            (json_int_t)step->index);
    }
    if (value != NULL && more != NULL)
        (void)json_object_update(value, more);
    json_decref(more);
    return result == VAULT_OK ? reply_value(step->call, value) : result;
}
