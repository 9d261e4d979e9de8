#include "vault/incident/finding_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 10000u

struct findings {
    json_t *all;     /* by id */
    json_t *waiting; /* by index of the intent: leaves without an outcome yet */
};

struct findings *findings_new(void)
{
    struct findings *findings = malloc(sizeof *findings);
    if (findings == NULL)
        return NULL;
    findings->all = json_object();
    findings->waiting = json_object();
    if (findings->all != NULL && findings->waiting != NULL)
        return findings;
    findings_free(findings);
    return NULL;
}

void findings_free(struct findings *findings)
{
    if (findings == NULL)
        return;
    json_decref(findings->all);
    json_decref(findings->waiting);
    free(findings);
}

json_t *findings_all(const struct findings *findings)
{
    return findings->all;
}

const json_t *findings_get(const struct findings *findings, const char *id)
{
    return json_object_get(findings->all, id);
}

const json_t *finding_version(const json_t *finding, int64_t version)
{
    const json_t *versions = json_object_get(finding, "versions");
    return version < 1 ? NULL : json_array_get(versions, (size_t)version - 1);
}

/* --- Who may what --- */

static bool has_signed(const json_t *version, const char *actor)
{
    const json_t *signatures = json_object_get(version, "signatures");
    for (size_t i = 0; i < json_array_size(signatures); i++)
        if (json_is(json_array_get(signatures, i), "by", actor))
            return true;
    return false;
}

static int may_change(const json_t *finding, const struct finding_step *step, struct failure *failure)
{
    bool is_signed = json_is(finding, "status", "signed");
    if (is_signed && !step->supersede) {
        failure_remedy(
            failure, "begin a version that is to take its place with 'finding supersede', or withdraw it");
        return failure_set(failure, VAULT_EINPUT, "the finding is signed and cannot be changed");
    }
    if (!is_signed && step->supersede)
        return failure_set(
            failure, VAULT_EINPUT, "only a signed finding is superseded; this one can be changed");
    if (step->version != json_number(finding, "version", 0) + 1)
        return failure_set(failure, VAULT_EINPUT, "somebody has changed the finding meanwhile");
    return VAULT_OK;
}

static int may_review(const json_t *finding, const struct finding_step *step, struct failure *failure)
{
    if (json_lists(json_object_get(finding, "authors"), step->actor)) {
        failure_remedy(failure, "a second investigator must review it");
        return failure_set(failure, VAULT_EDENIED, "nobody reviews a finding that he wrote himself");
    }
    if (json_is(finding, "status", "draft"))
        return VAULT_OK;
    failure_remedy(failure, "change it first; every change is a new version");
    return failure_set(failure, VAULT_EINPUT, "version %lld has been reviewed", (long long)step->version);
}

static int may_sign(const json_t *finding, const struct finding_step *step, struct failure *failure)
{
    const json_t *version = finding_version(finding, step->version);
    bool reviewer = json_is(json_object_get(version, "review"), "by", step->actor);
    if (!json_is(finding, "status", "accepted")) {
        failure_remedy(failure, "a second investigator accepts it with 'finding review ID --accept'");
        return failure_set(failure, VAULT_EINPUT,
            json_is(finding, "status", "signed") ? "both have signed this version already"
                                            : "version %lld is not accepted",
            (long long)step->version);
    }
    if (!reviewer && !json_lists(json_object_get(finding, "authors"), step->actor))
        return failure_set(failure, VAULT_EDENIED, "only who wrote a finding, and who accepted it, sign it");
    if (has_signed(version, step->actor))
        return failure_set(failure, VAULT_EEXISTS, "you have signed this version already, and count once");
    return VAULT_OK;
}

int finding_may(const json_t *finding, const struct finding_step *step, struct failure *failure)
{
    if (strcmp(step->event, "finding.draft") == 0)
        return finding == NULL ? VAULT_OK
                               : failure_set(failure, VAULT_EEXISTS, "there is such a finding already");
    if (finding == NULL)
        return failure_set(failure, VAULT_ENOTFOUND, "there is no such finding");
    if (json_is(finding, "status", "withdrawn"))
        return failure_set(failure, VAULT_EINPUT, "the finding is withdrawn");
    if (strcmp(step->event, "finding.change") == 0)
        return may_change(finding, step, failure);
    if (step->version != json_number(finding, "version", 0)) {
        failure_remedy(failure, "look at it again with 'finding show'");
        return failure_set(failure, VAULT_EINPUT, "version %lld is not the newest", (long long)step->version);
    }
    if (strcmp(step->event, "finding.review") == 0)
        return may_review(finding, step, failure);
    if (strcmp(step->event, "finding.sign") == 0)
        return may_sign(finding, step, failure);
    return strcmp(step->event, "finding.withdraw") == 0
               ? VAULT_OK
               : failure_set(failure, VAULT_EINPUT, "no step of a finding");
}

/* --- What an event does --- */

struct applying {
    struct findings *findings;
    uint64_t index;
    const char *event;
    const char *actor;
    const char *time;
    const json_t *about; /* its member `finding` */
};

static json_t *new_finding(const struct applying *a)
{
    json_t *finding = json_pack("{s:s,s:s,s:s,s:[s],s:i,s:[]}", "id", json_text(a->about, "id"), "status",
        "draft", "author", a->actor, "authors", a->actor, "version", 0, "versions");
    if (finding != NULL && json_text(a->about, "trace_case") != NULL)
        (void)json_object_set_new(finding, "trace_case", json_string(json_text(a->about, "trace_case")));
    return finding;
}

static int apply_version(const struct applying *a, json_t *finding)
{
    json_int_t number = json_number(finding, "version", 0) + 1;
    json_t *version = json_pack("{s:I,s:s,s:s,s:s,s:s,s:I,s:s,s:[]}", "version", number, "sha256",
        json_text(a->about, "sha256"), "part", json_text(a->about, "part"), "sealed",
        json_text(a->about, "sealed"), "by", a->actor, "event", (json_int_t)a->index, "time", a->time,
        "signatures");
    json_t *authors = json_object_get(finding, "authors");
    int failed = version == NULL;
    if (!failed && json_is_true(json_object_get(a->about, "supersede")))
        failed = json_object_set_new(version, "supersede", json_true());
    if (!json_lists(authors, a->actor))
        failed |= json_array_append_new(authors, json_string(a->actor));
    failed |= json_array_append_new(json_object_get(finding, "versions"), version);
    failed |= json_object_set_new(finding, "version", json_integer(number));
    failed |= json_object_set_new(finding, "status", json_string("draft"));
    return failed ? VAULT_ENOMEM : VAULT_OK;
}

static json_t *who_and_when(const struct applying *a)
{
    json_t *said = json_pack("{s:s,s:I,s:s}", "by", a->actor, "event", (json_int_t)a->index, "time", a->time);
    const char *part = json_text(a->about, "part");
    const char *sealed = json_text(a->about, "sealed");
    const char *hash = json_text(a->about, "sha256");
    if (said != NULL && part != NULL && sealed != NULL && hash != NULL) {
        (void)json_object_set_new(said, "part", json_string(part));
        (void)json_object_set_new(said, "sealed", json_string(sealed));
        (void)json_object_set_new(said, "sha256", json_string(hash));
    }
    return said;
}

static int set_status(json_t *finding, const char *status)
{
    return json_object_set_new(finding, "status", json_string(status)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static json_t *newest(const json_t *finding)
{
    return json_array_get(
        json_object_get(finding, "versions"), (size_t)json_number(finding, "version", 1) - 1);
}

static int apply_review(const struct applying *a, json_t *finding)
{
    bool accepted = json_is(a->about, "result", "accept");
    json_t *review = who_and_when(a);
    if (review == NULL ||
        json_object_set_new(review, "result", json_string(accepted ? "accept" : "return")) != 0 ||
        json_object_set_new(newest(finding), "review", review) != 0)
        return VAULT_ENOMEM;
    return set_status(finding, accepted ? "accepted" : "returned");
}

/* Both: one who wrote it, and the one who accepted this version. */
static int apply_signature(const struct applying *a, json_t *finding)
{
    json_t *version = newest(finding);
    json_t *signatures = json_object_get(version, "signatures");
    const char *reviewer = json_text(json_object_get(version, "review"), "by");
    bool as_reviewer = reviewer != NULL && strcmp(reviewer, a->actor) == 0;
    json_t *said = who_and_when(a);
    bool author = !as_reviewer;
    bool second = as_reviewer;
    if (said == NULL ||
        json_object_set_new(said, "as", json_string(as_reviewer ? "reviewer" : "author")) != 0 ||
        json_array_append_new(signatures, said) != 0)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < json_array_size(signatures); i++) {
        author = author || json_is(json_array_get(signatures, i), "as", "author");
        second = second || json_is(json_array_get(signatures, i), "as", "reviewer");
    }
    if (!author || !second)
        return VAULT_OK;
    json_t *number = json_integer(json_number(finding, "version", 0));
    return json_object_set_new(finding, "signed_version", number) == 0 ? set_status(finding, "signed")
                                                                       : VAULT_ENOMEM;
}

static int apply_withdrawal(const struct applying *a, json_t *finding)
{
    if (json_object_set_new(finding, "withdrawn", who_and_when(a)) != 0)
        return VAULT_ENOMEM;
    return set_status(finding, "withdrawn");
}

static bool has_version(const struct applying *a)
{
    return json_text(a->about, "sha256") != NULL && json_text(a->about, "part") != NULL &&
           json_text(a->about, "sealed") != NULL;
}

/* A signature is over what it names: another hash than the version's is none of it. */
static bool same_hash(const struct applying *a, const json_t *finding)
{
    const char *hash = json_text(a->about, "of");
    return hash != NULL && json_is(newest(finding), "sha256", hash);
}

static int apply(const struct applying *a, struct failure *failure)
{
    const char *id = json_text(a->about, "id");
    struct finding_step step = {.event = a->event,
        .actor = a->actor,
        .version = json_number(a->about, "version", 0),
        .supersede = json_is_true(json_object_get(a->about, "supersede"))};
    json_t *finding = id == NULL ? NULL : json_object_get(a->findings->all, id);
    bool draft = strcmp(a->event, "finding.draft") == 0;
    bool change = strcmp(a->event, "finding.change") == 0;
    if (id == NULL || ((draft || change) && !has_version(a)) || (draft && step.version != 1))
        return failure_set(failure, VAULT_EINPUT, "it does not say what it is about");
    int result = finding_may(finding, &step, failure);
    if (result != VAULT_OK)
        return result;
    if (draft) {
        finding = new_finding(a);
        if (finding == NULL || json_object_set_new(a->findings->all, id, finding) != 0)
            return VAULT_ENOMEM;
    } else if (!change && !same_hash(a, finding)) {
        return failure_set(failure, VAULT_EINPUT, "it names another hash than that of the version");
    }
    if (draft || change)
        return apply_version(a, finding);
    if (strcmp(a->event, "finding.review") == 0)
        return apply_review(a, finding);
    return strcmp(a->event, "finding.sign") == 0 ? apply_signature(a, finding) : apply_withdrawal(a, finding);
}

/* --- Feeding --- */

static bool concerns(const char *event)
{
    static const char *const names[] = {
        "finding.draft", "finding.change", "finding.review", "finding.sign", "finding.withdraw"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], event) == 0)
            return true;
    return false;
}

static int take(struct findings *findings, uint64_t index, const json_t *leaf,
    int (*problem)(void *context, uint64_t index, const char *what), void *context)
{
    struct failure failure = {0};
    const json_t *actor = json_object_get(leaf, "actor");
    struct applying a = {findings, index, json_text(leaf, "event"), json_text(actor, "id"),
        json_text(leaf, "time"), json_object_get(leaf, "finding")};
    int result = VAULT_EINPUT;
    /* The vault's own key is in every member's reach: a finding is people's. */
    if (a.actor == NULL || a.time == NULL || !json_is(actor, "type", "user"))
        (void)failure_set(&failure, result, "nobody signed it");
    else
        result = apply(&a, &failure);
    if (result == VAULT_OK || result == VAULT_ENOMEM)
        return result;
    char what[sizeof failure.text + 40];
    (void)snprintf(what, sizeof what, "%s that counts for nothing: %s", a.event, failure.text);
    return problem == NULL ? VAULT_OK : problem(context, index, what);
}

static int settle(struct findings *findings, const json_t *leaf,
    int (*problem)(void *context, uint64_t index, const char *what), void *context)
{
    char key[24];
    uint64_t intent = (uint64_t)json_number(leaf, "intent", 0);
    (void)snprintf(key, sizeof key, "%llu", (unsigned long long)intent);
    json_t *waiting = json_incref(json_object_get(findings->waiting, key));
    (void)json_object_del(findings->waiting, key);
    int result = VAULT_OK;
    if (waiting != NULL && json_is(json_object_get(leaf, "result"), "status", "ok"))
        result = take(findings, intent, waiting, problem, context);
    json_decref(waiting);
    return result;
}

int findings_feed(struct findings *findings, uint64_t index, const json_t *leaf,
    int (*problem)(void *context, uint64_t index, const char *what), void *context)
{
    const char *event = json_text(leaf, "event");
    char key[24];
    if (event == NULL || !concerns(event))
        return VAULT_OK;
    if (json_is(leaf, "phase", "outcome"))
        return settle(findings, leaf, problem, context);
    if (!json_is(json_object_get(leaf, "decision"), "effect", "permit"))
        return VAULT_OK;
    if (!json_is(leaf, "phase", "intent"))
        return take(findings, index, leaf, problem, context);
    if (json_object_size(findings->waiting) >= WAITING_MAX)
        return VAULT_ELIMIT;
    (void)snprintf(key, sizeof key, "%llu", (unsigned long long)index);
    json_t *copy = json_deep_copy(leaf);
    return copy != NULL && json_object_set_new(findings->waiting, key, copy) == 0 ? VAULT_OK : VAULT_ENOMEM;
}
