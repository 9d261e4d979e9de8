/* A new version of a record with some fields changed; the old one stays readable. */
#include <string.h>

#include "vault/base/instant.h"
#include "vault/ops/call_private.h"
#include "vault/ops/decoys/decoy_private.h"
#include "vault/ops/records/one_record_private.h"
#include "vault/ops/records/released_private.h"

#define POSTINGS_MEMORY (1u << 20)

/* "lines.0.summary" -> the member of the object or array; NULL where there is none. */
static json_t *step(json_t *value, const char *name, size_t size)
{
    char key[128] = "";
    if (size == 0 || size >= sizeof key)
        return NULL;
    memcpy(key, name, size);
    if (json_is_array(value)) {
        size_t index = 0;
        for (size_t i = 0; i < size; i++) {
            if (key[i] < '0' || key[i] > '9' || index > 100000)
                return NULL;
            index = index * 10 + (size_t)(key[i] - '0');
        }
        return json_array_get(value, index);
    }
    return json_object_get(value, key);
}

/* Set one field by its path; an empty text takes it away. The last step may be new, those before it must be
 * there. */
static bool set_field(json_t *fields, const char *path, const char *text)
{
    json_t *at = fields;
    const char *name = path;
    for (const char *dot = strchr(name, '.'); dot != NULL; dot = strchr(name, '.')) {
        at = step(at, name, (size_t)(dot - name));
        if (at == NULL)
            return false;
        name = dot + 1;
    }
    const json_t *old = json_object_get(at, name);
    if (!json_is_object(at) || name[0] == '\0' || (old != NULL && !json_is_string(old)))
        return false;
    if (text[0] == '\0')
        return json_object_del(at, name) == 0;
    return json_object_set_new(at, name, json_string(text)) == 0;
}

static int apply(struct call *call, json_t *fields)
{
    const json_t *wanted = json_object_get(call->arguments, "fields");
    union {
        const json_t *constant;
        json_t *object;
    } same = {.constant = wanted};
    for (void *each = json_object_iter(same.object); each != NULL;
         each = json_object_iter_next(same.object, each)) {
        const char *path = json_object_iter_key(each);
        const char *text = json_string_value(json_object_iter_value(each));
        if (text == NULL || !set_field(fields, path, text)) {
            failure_remedy(
                call->failure, "'show' shows the names; a line's field is written lines.0.summary");
            return failure_set(call->failure, VAULT_EINPUT, "there is no field '%s' to correct", path);
        }
    }
    return VAULT_OK;
}

/* The present version as a draft, with nothing masked: it is compared and sealed again, not shown. */
static int open_draft(struct call *call, const struct one_record *one, const struct decision *decision,
    uint64_t event, struct record_body *body)
{
    struct permit *permit = NULL;
    json_t *all = json_pack("[s]", "*");
    int result = call_permit(
        call, decision, event, PERMIT_BODIES, one->client.row, 1u << one->compartment, all, &permit);
    if (result == VAULT_OK)
        result = records_open(session_records(call->session), permit, &one->id, 0, body, call->failure);
    permit_free(permit);
    json_decref(all);
    return result;
}

static int put(struct call *call, const struct one_record *one, const struct decision *decision,
    uint64_t event, const struct draft *draft, struct record_written *written)
{
    struct permit *permit = NULL;
    struct postings *postings = postings_new(session_store(call->session), POSTINGS_SEARCH, POSTINGS_MEMORY);
    struct record_author author = {.client_id = one->client.id,
        .client = one->client.row,
        .user = session_user(call->session),
        .at = instant_now(),
        .seq = event};
    int result = postings == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK)
        result = call_permit(
            call, decision, event, PERMIT_WRITE, one->client.row, 1u << one->compartment, NULL, &permit);
    if (result == VAULT_OK)
        result = records_put(
            session_records(call->session), permit, &author, draft, postings, NULL, written, call->failure);
    if (result == VAULT_OK)
        result = postings_flush(postings, call->failure);
    postings_free(postings);
    permit_free(permit);
    return result;
}

static int correct(struct call *call, const struct one_record *one, const struct decision *decision,
    struct change *change, struct record_written *written)
{
    struct record_body body = {0};
    struct draft draft = {.kind = one->info.kind};
    char id[ULID_TEXT_SIZE];
    int result = open_draft(call, one, decision, change_intent(change), &body);
    if (result == VAULT_OK) {
        ulid_format(&one->id, id);
        draft.record_id = id;
        draft.fields = json_deep_copy(body.fields);
        draft.raw = json_incref(body.raw);
        draft.content = body.content;
        memcpy(draft.period, body.info.period, sizeof draft.period);
        memcpy(draft.date, body.date, sizeof draft.date);
        (void)strcpy(draft.where, "corrected by hand");
        result = apply(call, draft.fields);
    }
    if (result == VAULT_OK)
        result = put(call, one, decision, change_intent(change), &draft, written);
    draft_reset(&draft);
    record_body_free(&body);
    return result;
}

/* Which version came of it, as a further event, since the intent could not know. */
static int note_version(struct call *call, const struct access_request *request, struct change *change,
    const struct record_written *written)
{
    json_t *resources = json_pack("[{s:s,s:o,s:I,s:o}]", "type", "record", "id", json_ulid(&written->id),
        "version", (json_int_t)written->version, "ver", json_base64(hash_bytes(&written->ver)));
    return change_note(
        change, "record.change", call_note_members(call, request, resources), NULL, call->failure);
}

/* The intent names the version that is opened to be corrected. */
static int begin(struct call *call, const struct one_record *one, const struct access_request *request,
    const struct decision *decision, struct released *released, struct change **change)
{
    json_t *resources = NULL;
    json_t *members = NULL;
    int result = released_start(call, released);
    if (result == VAULT_OK)
        result =
            records_need_one(session_records(call->session), &one->id, 0, released->releases, call->failure);
    if (result == VAULT_OK)
        result = one_record_resources(call, one, 0, NULL, &resources);
    if (result == VAULT_OK) {
        members = access_event_members(call->session, request, decision, resources);
        result = released_name(call, released, members);
    }
    if (result == VAULT_OK)
        return change_begin(call->session, request->action, members, NULL, change, call->failure);
    json_decref(members);
    return result;
}

/* Within the change, so that nobody comes between: the version that the intent names, and that the person has
 * seen. */
static int check_version(struct call *call, const struct one_record *one)
{
    struct record_info now;
    int64_t wanted = call_number(call, "if_version", 0);
    int result = records_find(session_records(call->session), &one->id, &now, call->failure);
    if (result != VAULT_OK || (now.version == one->info.version && (wanted == 0 || wanted == now.version)))
        return result;
    failure_remedy(call->failure, "look at it again, and correct what is still wrong");
    return failure_set(call->failure, VAULT_ECHANGED,
        "record '%s' was changed meanwhile: it is at version %lld", call_text(call, "record"),
        (long long)now.version);
}

static int correct_once(struct call *call)
{
    struct one_record one;
    struct released released = {0};
    struct decision decision = {0};
    struct record_written written = {0};
    struct change *change = NULL;
    int result = one_record_find(call, &one);
    if (result != VAULT_OK)
        return result;
    struct access_request request = one_record_request(call, &one, "record.correct");
    result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = begin(call, &one, &request, &decision, &released, &change);
    if (result == VAULT_OK) {
        uint64_t event = change_intent(change);
        result = check_version(call, &one);
        if (result == VAULT_OK)
            result = released_fetch(call, &released, event);
        released_lend(call, &released);
        if (result == VAULT_OK)
            result = correct(call, &one, &decision, change, &written);
        if (result == VAULT_OK && written.outcome == RECORD_CHANGED)
            result = note_version(call, &request, change, &written);
        result = call_finish(call, change, result);
        if (result == VAULT_OK)
            result = decoy_touched(call, &one.client, "correct", event);
        if (result == VAULT_OK)
            result = reply_tag(call, &written.id, written.version);
        if (result == VAULT_OK)
            result = reply_value(call, json_pack("{s:o,s:I,s:I}", "id", json_ulid(&written.id), "version",
                                           (json_int_t)written.version, "event", (json_int_t)event));
    }
    released_end(call, &released);
    decision_free(&decision);
    return result;
}

#define TRIES 8

/* Who does not say what he has seen wants the correction whoever else is at work on the record. */
int op_record_correct(struct call *call)
{
    int result = VAULT_ECHANGED;
    if (json_object_get(call->arguments, "if_version") != NULL && call_number(call, "if_version", 0) < 1)
        return failure_set(call->failure, VAULT_EUSAGE, "versions are counted from 1");
    for (int i = 0; i < TRIES && result == VAULT_ECHANGED; i++) {
        if (i > 0)
            failure_clear(call->failure);
        result = correct_once(call);
        if (call_number(call, "if_version", 0) != 0)
            break;
    }
    return result;
}
