/* Asking for an approval: what for, why, for how long; frozen when it is filed. */
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/policy_text.h"
#include "vault/ops/people/approval_private.h"
#include "vault/ops/people/duration_private.h"
#include "vault/ops/policy/subject_private.h"
#include "vault/ops/people/tell_private.h"

#define RESOURCES_MAX 1000u

struct asking {
    struct call *call;
    const char *action;
    struct subject subject; /* the resource at hand */
    struct hash policy_hash;
    json_t *scope;
    json_t *people; /* who could approve it, for every resource; NULL before the first */
    int64_t duration;
    int64_t uses;
    int64_t until;
    unsigned needed;
};

/* --- What for --- */

/* Nobody asks for an approval of approving, or of what is there for when nobody can be asked. */
static int check_action(struct asking *asking)
{
    static const char *const never[] = {"approval.", "breakglass.", "review."};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        if (strncmp(asking->action, never[i], strlen(never[i])) == 0)
            return failure_set(asking->call->failure, VAULT_EUSAGE, "'%s' is not a thing to be approved", asking->action);
    }
    return subject_action(asking->call, asking->action);
}

static json_t *intersection(const json_t *a, const json_t *b)
{
    json_t *both = json_array();
    for (size_t i = 0; i < json_array_size(a); i++) {
        for (size_t j = 0; j < json_array_size(b); j++) {
            if (json_equal(json_array_get(a, i), json_array_get(b, j)))
                (void)json_array_append(both, json_array_get(a, i));
        }
    }
    return both;
}

static int note_people(struct asking *asking, const struct access_request *request)
{
    json_t *people = NULL;
    int result = approvals_people(asking->call->session, request, &people, asking->call->failure);
    if (result != VAULT_OK)
        return result;
    json_t *both = asking->people == NULL ? json_incref(people) : intersection(asking->people, people);
    json_decref(people);
    json_decref(asking->people);
    asking->people = both;
    return both == NULL ? VAULT_ENOMEM : VAULT_OK;
}

static void bind_request(struct asking *asking, struct access_request *request)
{
    /* Whoever does not say how many may export any number. */
    request->rows = call_number(asking->call, "rows", INT64_MAX);
    request->fields = call_list(asking->call, "fields");
    request->until = asking->until;
    if (json_object_get(asking->scope, "policy") != NULL)
        request->policy_hash = &asking->policy_hash;
}

/* One resource: may he ask, who can approve, how many must. */
static int add_resource(struct asking *asking, const char *typed)
{
    struct call *call = asking->call;
    struct decision decision = {0};
    unsigned needed = 0;
    int result = subject_take(call, asking->action, typed, &asking->subject);
    struct access_request *request = &asking->subject.request;
    const char *type = json_text(asking->scope, "type");
    if (result == VAULT_OK && type != NULL && strcmp(type, asking->subject.type) != 0)
        result = failure_set(call->failure, VAULT_EUSAGE, "name resources of one type");
    if (result == VAULT_OK) {
        bind_request(asking, request);
        result = approvals_needed(session_store(call->session), request, &needed, call->failure);
        asking->needed = needed > asking->needed ? needed : asking->needed;
    }
    if (result == VAULT_OK)
        result = note_people(asking, request);
    request->action = "approval.request";
    request->rows = call_number(call, "rows", 0);
    request->policy_hash = NULL;
    if (result == VAULT_OK)
        result = call_decide(call, request, &decision);
    decision_free(&decision);
    if (result != VAULT_OK)
        return result;
    (void)json_object_set_new(asking->scope, "type", json_string(asking->subject.type));
    return json_array_append_new(json_object_get(asking->scope, "ids"), json_string(asking->subject.id)) == 0 ? VAULT_OK
                                                                                                             : VAULT_ENOMEM;
}

static int add_resources(struct asking *asking)
{
    const json_t *list = call_list(asking->call, "resources");
    int result = json_array_size(list) <= RESOURCES_MAX
                     ? VAULT_OK
                     : failure_set(asking->call->failure, VAULT_ELIMIT, "name at most %u resources", RESOURCES_MAX);
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++)
        result = add_resource(asking, json_string_value(json_array_get(list, i)));
    return result == VAULT_OK && json_array_size(list) == 0 ? add_resource(asking, "vault") : result;
}

/* --- What else binds --- */

static int bind_compartments(struct asking *asking)
{
    const json_t *list = call_list(asking->call, "compartments");
    for (size_t i = 0; i < json_array_size(list); i++) {
        enum compartment compartment;
        const char *name = json_string_value(json_array_get(list, i));
        if (!compartment_parse(bytes_of_text(name), &compartment))
            return failure_set(asking->call->failure, VAULT_EUSAGE, "'%s' is no compartment", name);
    }
    return list == NULL || json_object_set_new(asking->scope, "compartments", json_deep_copy(list)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int bind_policy(struct asking *asking)
{
    const char *text = call_text(asking->call, "policy");
    bool wanted = strcmp(asking->action, "policy.set") == 0;
    if (wanted != (text != NULL))
        return failure_set(asking->call->failure, VAULT_EUSAGE,
            wanted ? "name the policy that is to be approved: --policy FILE" : "only policy.set is asked for with a policy");
    if (text == NULL)
        return VAULT_OK;
    int result = policy_check(asking->call->session, bytes_of_text(text), asking->call->failure);
    hash_sha256(bytes_of_text(text), &asking->policy_hash);
    if (result == VAULT_OK)
        (void)json_object_set_new(asking->scope, "policy", json_base64(hash_bytes(&asking->policy_hash)));
    return result;
}

static int bind_scope(struct asking *asking)
{
    struct call *call = asking->call;
    int64_t rows = call_number(call, "rows", 0);
    int result = call_moment(call, "until", 0, &asking->until);
    if (result == VAULT_OK && rows < 0)
        result = failure_set(call->failure, VAULT_EUSAGE, "rows: must not be negative");
    asking->scope = json_pack("{s:s,s:[]}", "action", asking->action, "ids");
    if (result == VAULT_OK && asking->scope == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK && rows > 0)
        (void)json_object_set_new(asking->scope, "rows", json_integer((json_int_t)rows));
    if (result == VAULT_OK && asking->until != 0)
        (void)json_object_set_new(asking->scope, "until", json_integer((json_int_t)asking->until));
    if (result == VAULT_OK && call_text(call, "member") != NULL)
        (void)json_object_set_new(asking->scope, "member", json_string(call_text(call, "member")));
    if (result == VAULT_OK && call_list(call, "fields") != NULL)
        (void)json_object_set_new(asking->scope, "fields", json_deep_copy(call_list(call, "fields")));
    if (result == VAULT_OK)
        result = bind_compartments(asking);
    return result == VAULT_OK ? bind_policy(asking) : result;
}

/* --- How many, of whom --- */

static int check_people(struct asking *asking)
{
    struct call *call = asking->call;
    int64_t wanted = call_number(call, "approvals", 1);
    size_t can = json_array_size(asking->people);
    if (wanted < 1 || wanted > (int64_t)APPROVALS_NEEDED_MAX)
        return failure_set(call->failure, VAULT_EUSAGE, "approvals: 1 to %u", APPROVALS_NEEDED_MAX);
    asking->needed = (unsigned)wanted > asking->needed ? (unsigned)wanted : asking->needed;
    if (asking->needed < can)
        return VAULT_OK;
    failure_remedy(call->failure, "let the policy permit 'approval.approve' to more people, or ask for fewer approvals");
    return failure_set(call->failure, VAULT_EINPUT,
        "it takes %u approvals, which must be fewer than the people who can approve it: there are %zu", asking->needed, can);
}

static int check_terms(struct asking *asking)
{
    struct call *call = asking->call;
    size_t length = strlen(call_text(call, "reason"));
    asking->uses = call_number(call, "uses", 1);
    if (asking->uses < 1 || asking->uses > APPROVAL_USES_MAX)
        return failure_set(call->failure, VAULT_EUSAGE, "uses: 1 to %d", APPROVAL_USES_MAX);
    if (length == 0 || length > APPROVAL_REASON_MAX)
        return failure_set(call->failure, VAULT_EUSAGE, "give a reason of 1 to %u bytes", APPROVAL_REASON_MAX);
    return call_duration(call, "for", APPROVAL_DURATION_MAX, &asking->duration);
}

/* --- Filing --- */

static int freeze(struct asking *asking, json_t **change)
{
    struct call *call = asking->call;
    struct buffer text = {0};
    struct hash hash;
    uint8_t salt[16];
    char shown[2 * sizeof salt + 1];
    random_fill(salt, sizeof salt);
    hex_encode(bytes_of(salt, sizeof salt), shown);
    json_t *frozen = json_pack("{s:O,s:I,s:I,s:I,s:s,s:s,s:s*}", "scope", asking->scope, "needed", (json_int_t)asking->needed,
        "duration", (json_int_t)asking->duration, "uses", (json_int_t)asking->uses, "reason", call_text(call, "reason"), "salt",
        shown, "policy", call_text(call, "policy"));
    int result = frozen == NULL ? VAULT_ENOMEM : approval_seal(call->session, frozen, &hash, &text, call->failure);
    *change = result != VAULT_OK ? NULL
                                 : json_pack("{s:O,s:o,s:I,s:I,s:I,s:s}", "scope", asking->scope, "hash",
                                       json_base64(hash_bytes(&hash)), "needed", (json_int_t)asking->needed, "duration",
                                       (json_int_t)asking->duration, "uses", (json_int_t)asking->uses, "text", buffer_text(&text));
    json_decref(frozen);
    buffer_free(&text);
    return result == VAULT_OK && *change == NULL ? VAULT_ENOMEM : result;
}

static int file(struct asking *asking)
{
    struct call *call = asking->call;
    struct change *change = NULL;
    struct approval approval = {0};
    json_t *what = NULL;
    int result = freeze(asking, &what);
    if (result == VAULT_OK)
        result = call_change(call, &asking->subject.request, what, &change);
    if (result != VAULT_OK)
        return result;
    uint64_t event = change_intent(change);
    result = call_finish(call, change, VAULT_OK);
    if (result == VAULT_OK)
        result = tell_people(call, "approval.request", event, asking->people);
    if (result == VAULT_OK)
        result = approval_read(session_store(call->session), (int64_t)event, &approval, call->failure);
    json_t *row = result == VAULT_OK ? approval_row(call, &approval) : NULL;
    approval_free(&approval);
    if (row != NULL) {
        (void)json_object_set_new(row, "event", json_integer((json_int_t)event));
        (void)json_object_set(row, "people", asking->people);
    }
    return result == VAULT_OK ? reply_value(call, row) : result;
}

static void without_requester(struct asking *asking)
{
    const char *me = session_user(asking->call->session);
    for (size_t i = 0; json_lists(asking->people, me) && i < json_array_size(asking->people); i++) {
        if (strcmp(json_string_value(json_array_get(asking->people, i)), me) == 0)
            (void)json_array_remove(asking->people, i);
    }
}

int op_approval_request(struct call *call)
{
    struct asking asking = {.call = call, .action = call_text(call, "action")};
    int result = check_action(&asking);
    if (result == VAULT_OK)
        result = check_terms(&asking);
    if (result == VAULT_OK)
        result = bind_scope(&asking);
    if (result == VAULT_OK)
        result = add_resources(&asking);
    if (result == VAULT_OK)
        result = check_people(&asking);
    if (result == VAULT_OK) {
        without_requester(&asking);
        result = file(&asking);
    }
    json_decref(asking.scope);
    json_decref(asking.people);
    return result;
}
