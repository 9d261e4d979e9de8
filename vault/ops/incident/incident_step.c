#include "vault/access/approvals.h"
#include "vault/ops/incident/incident_step_private.h"

#include <stdio.h>
#include <string.h>

#include "vault/access/freeze.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/law/duties.h"

#define NOTE_MAX ((size_t)65536)
#define FILE_MAX ((size_t)4 << 20)

/* --- From the log --- */

struct feeding {
    struct cases *cases;
    int (*problem)(void *context, uint64_t index, const char *what);
    void *context;
};

static int feed(void *context, uint64_t index, const json_t *leaf)
{
    struct feeding *feeding = context;
    return cases_feed(feeding->cases, index, leaf, feeding->problem, feeding->context);
}

int incident_history(struct call *call, int (*problem)(void *context, uint64_t index, const char *what),
    void *context, struct cases **cases)
{
    struct feeding feeding = {cases_new(), problem, context};
    *cases = NULL;
    int result = feeding.cases == NULL ? VAULT_ENOMEM : call_each_event(call, CASE_EVENTS, feed, &feeding);
    if (result == VAULT_OK)
        *cases = feeding.cases;
    else
        cases_free(feeding.cases);
    return result;
}

/* By its id, or the beginning of it that only one has. */
int incident_find(struct call *call, const struct cases *cases, const json_t **one)
{
    const char *asked = call_text(call, "id");
    size_t size = strlen(asked);
    size_t found = 0;
    const char *id;
    json_t *each;
    *one = NULL;
    json_object_foreach(cases_all(cases), id, each)
    {
        if (size > 0 && strncmp(id, asked, size) == 0) {
            *one = each;
            found++;
        }
    }
    if (found == 1)
        return VAULT_OK;
    *one = NULL;
    failure_remedy(call->failure, "'incident list' tells which there are");
    return found == 0 ? failure_set(call->failure, VAULT_ENOTFOUND, "there is no case '%s'", asked)
                      : failure_set(call->failure, VAULT_EINPUT, "%zu cases begin with '%s'", found, asked);
}

/* --- A step --- */

static int find(struct incident_step *step)
{
    if (strcmp(step->event, "incident.open") == 0) {
        struct ulid id = ulid_new();
        ulid_format(&id, step->id);
        return VAULT_OK;
    }
    int result = incident_history(step->call, NULL, NULL, &step->cases);
    if (result == VAULT_OK)
        result = incident_find(step->call, step->cases, &step->one);
    if (result == VAULT_OK)
        (void)snprintf(step->id, sizeof step->id, "%s", json_text(step->one, "id"));
    if (result == VAULT_OK && !step->reads)
        result = case_may(step->one, step->event, step->call->failure);
    return result;
}

int incident_begin(struct incident_step *step)
{
    step->request = (struct access_request){.action = step->event};
    step->about = json_object();
    int result =
        step->about == NULL ? VAULT_ENOMEM : call_decide(step->call, &step->request, &step->decision);
    return result == VAULT_OK ? find(step) : result;
}

void incident_end(struct incident_step *step)
{
    decision_free(&step->decision);
    cases_free(step->cases);
    json_decref(step->about);
    json_decref(step->text);
}

/* --- What is sealed --- */

static int put_sealed(struct incident_step *step, const char *name, json_t *value)
{
    if (step->text == NULL)
        step->text = json_object();
    if (step->text != NULL && value != NULL && json_object_set_new(step->text, name, value) == 0)
        return VAULT_OK;
    return failure_set(step->call->failure, VAULT_ENOMEM, "no memory for what is to be sealed");
}

int incident_add_text(struct incident_step *step, const char *name)
{
    const char *text = call_text(step->call, name);
    if (text == NULL)
        return VAULT_OK;
    if (strlen(text) > NOTE_MAX)
        return failure_set(step->call->failure, VAULT_ELIMIT, "%s: more than %zu bytes", name, NOTE_MAX);
    return put_sealed(step, name, json_string(text));
}

/* Its name, bytes and hash; the hash and size are in the event too, so that whoever has the file can show
 * that it is it. */
int incident_add_file(struct incident_step *step)
{
    const char *path = call_text(step->call, "file");
    struct buffer content = {0};
    struct hash hash;
    if (path == NULL)
        return VAULT_OK;
    const char *name = strrchr(path, '/');
    int result = file_read(path, FILE_MAX, &content, step->call->failure);
    if (result == VAULT_OK) {
        hash_sha256(buffer_bytes(&content), &hash);
        json_t *file = json_pack("{s:o,s:o,s:I,s:o}", "name", json_cut_text(name == NULL ? path : name + 1),
            "sha256", json_hex(hash_bytes(&hash)), "size", (json_int_t)content.size, "base64",
            json_base64(buffer_bytes(&content)));
        json_t *said =
            json_pack("{s:o,s:I}", "sha256", json_hex(hash_bytes(&hash)), "size", (json_int_t)content.size);
        result = put_sealed(step, "file", file);
        if (json_object_set_new(step->about, "file", said) != 0)
            result = VAULT_ENOMEM;
    }
    buffer_free(&content);
    return result;
}

static int add_moment(struct incident_step *step, json_t *moments, const char *name, const json_t *value)
{
    struct failure *failure = step->call->failure;
    const char *text = json_string_value(value);
    int64_t moment;
    if (!law_knows_moment(name))
        return failure_set(failure, VAULT_EUSAGE,
            "moments: there is no '%.40s' (occurred, knew, discovered, confirmed, assessed, ended, decided)",
            name);
    if (text == NULL || !instant_parse(bytes_of_text(text), &moment)) {
        failure_remedy(failure, "write YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ (UTC)");
        return failure_set(failure, VAULT_EUSAGE, "%s: '%.40s' is no moment", name, text == NULL ? "" : text);
    }
    if (moment > session_log_time(step->call->session))
        return failure_set(failure, VAULT_EINPUT, "%s: '%.40s' has not come yet", name, text);
    return json_object_set_new(moments, name, json_integer(moment)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int add_circumstance(
    struct incident_step *step, const struct law *law, json_t *all, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    if (!law_knows_circumstance(law, name)) {
        failure_remedy(step->call->failure,
            "'incident facts show' lists duties with their circumstances (`when`, `exempt`)");
        return failure_set(
            step->call->failure, VAULT_EUSAGE, "circumstances: no duty depends on '%.40s'", name);
    }
    if (text == NULL || (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0))
        return failure_set(step->call->failure, VAULT_EUSAGE, "%s: yes or no", name);
    return json_object_set_new(all, name, json_string(text)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int put_if_any(json_t *about, const char *name, json_t *object)
{
    if (json_object_size(object) > 0)
        return json_object_set_new(about, name, object) == 0 ? VAULT_OK : VAULT_ENOMEM;
    json_decref(object);
    return VAULT_OK;
}

int incident_add_facts(struct incident_step *step, const struct law *law)
{
    json_t *moments = json_object();
    json_t *circumstances = json_object();
    const char *name;
    json_t *value;
    int result = moments == NULL || circumstances == NULL ? VAULT_ENOMEM : VAULT_OK;
    json_object_foreach(json_object_get(step->call->arguments, "moments"), name, value)
    {
        if (result == VAULT_OK)
            result = add_moment(step, moments, name, value);
    }
    json_object_foreach(json_object_get(step->call->arguments, "circumstances"), name, value)
    {
        if (result == VAULT_OK)
            result = add_circumstance(step, law, circumstances, name, value);
    }
    if (result != VAULT_OK) {
        json_decref(moments);
        json_decref(circumstances);
        return result;
    }
    result = put_if_any(step->about, "moments", moments);
    int other = put_if_any(step->about, "circumstances", circumstances);
    return result == VAULT_OK ? other : result;
}

/* --- Committing --- */

/* Whoever else wrote meanwhile has taken the number, or closed the case. */
static int check_again(struct incident_step *step)
{
    cases_free(step->cases);
    step->cases = NULL;
    step->one = NULL;
    int result = incident_history(step->call, NULL, NULL, &step->cases);
    if (result == VAULT_OK)
        step->one = cases_get(step->cases, step->id);
    return result == VAULT_OK ? case_may(step->one, step->event, step->call->failure) : result;
}

static int seal_text(struct incident_step *step, struct sealed_part *part)
{
    (void)snprintf(
        part->name, sizeof part->name, "incident-%zu", json_array_size(json_object_get(step->one, "steps")));
    int result = sealed_part_make_json(step->call, part, step->text);
    return result == VAULT_OK ? sealed_part_tell(part, step->about) : result;
}

static json_t *event_members(struct incident_step *step)
{
    json_t *members = access_event_members(step->call->session, &step->request, &step->decision,
        json_pack("[{s:s,s:s}]", "type", "incident", "id", step->id));
    if (members == NULL || json_object_set_new(step->about, "id", json_string(step->id)) != 0 ||
        json_object_set(members, "incident", step->about) != 0) {
        json_decref(members);
        return NULL;
    }
    return members;
}

int incident_commit(struct incident_step *step)
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

/* --- Reading back --- */

int incident_part(struct call *call, const char *id, const json_t *step, json_t **text)
{
    struct buffer bytes = {0};
    *text = NULL;
    int result = sealed_part_open(call, id, step, &bytes);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&bytes), text, call->failure);
    buffer_free(&bytes);
    return result;
}

/* --- Verification --- */

int incident_verify(struct sealed_parts *checking)
{
    struct cases *cases = NULL;
    const char *id;
    json_t *one;
    int result = incident_history(checking->call, checking->problem, checking->context, &cases);
    json_object_foreach(result == VAULT_OK ? cases_all(cases) : NULL, id, one)
    {
        const json_t *steps = json_object_get(one, "steps");
        for (size_t i = 0; i < json_array_size(steps) && result == VAULT_OK; i++)
            result = sealed_part_check(checking, id, json_array_get(steps, i));
    }
    cases_free(cases);
    return result == VAULT_OK ? facts_verify(checking) : result;
}
