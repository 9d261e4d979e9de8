/* What a request for approval is for, and whether something falls under it. */
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/clients.h"

/* --- Resources --- */

static bool covers_resource(const json_t *scope, const struct access_request *request)
{
    char client[ULID_TEXT_SIZE];
    const char *type = json_text(scope, "type");
    const json_t *ids = json_object_get(scope, "ids");
    struct access_resource resource;
    access_resource(request, &resource);
    if (type == NULL)
        return false;
    if (strcmp(type, resource.type) == 0)
        return json_lists(ids, access_resource_text(&resource));
    if (strcmp(type, "client") != 0 || request->record == NULL)
        return false;
    ulid_format(&request->client->id, client);
    return json_lists(ids, client);
}

/* --- What else binds --- */

static bool covers_fields(const json_t *allowed, const json_t *asked)
{
    if (allowed == NULL || asked == NULL)
        return allowed == NULL;
    for (size_t i = 0; i < json_array_size(asked); i++) {
        if (!json_lists(allowed, json_string_value(json_array_get(asked, i))))
            return false;
    }
    return true;
}

static bool same_text(const json_t *scope, const char *name, const char *asked)
{
    const char *text = json_text(scope, name);
    return text == NULL ? asked == NULL : asked != NULL && strcmp(text, asked) == 0;
}

static bool covers_policy(const json_t *scope, const struct access_request *request)
{
    struct buffer hash = {0};
    const char *text = json_text(scope, "policy");
    bool covers = text == NULL && request->policy_hash == NULL;
    if (text != NULL && request->policy_hash != NULL && base64_decode(bytes_of_text(text), &hash) == VAULT_OK)
        covers = bytes_equal(buffer_bytes(&hash), hash_bytes(request->policy_hash));
    buffer_free(&hash);
    return covers;
}

static bool covers_until(const json_t *scope, int64_t until)
{
    int64_t latest = json_number(scope, "until", 0);
    return latest == 0 || (until != 0 && until <= latest);
}

bool approval_covers(const json_t *scope, const struct access_request *request)
{
    const char *action = json_text(scope, "action");
    const json_t *compartments = json_object_get(scope, "compartments");
    int64_t rows = json_number(scope, "rows", -1);
    if (action == NULL || strcmp(action, request->action) != 0 || !covers_resource(scope, request))
        return false;
    if (strcmp(action, "record.export") == 0 && request->rows > 0 && rows >= 0 && request->rows > rows)
        return false;
    if (compartments != NULL && !json_lists(compartments, request->compartment))
        return false;
    return covers_fields(json_object_get(scope, "fields"), request->fields) && same_text(scope, "member", request->member) &&
           covers_policy(scope, request) && covers_until(scope, request->until);
}

/* --- And back --- */

static int take_client(struct session *session, const char *id, struct scope_place *place, struct access_request *request,
    struct failure *failure)
{
    struct ulid ulid;
    int result = ulid_parse(bytes_of_text(id), &ulid) ? clients_find(session, id, &place->client, failure) : VAULT_EDAMAGED;
    request->client = &place->client;
    return result;
}

static int take_record(struct session *session, const char *id, struct scope_place *place, struct access_request *request,
    struct failure *failure)
{
    struct record_info info;
    if (!ulid_parse(bytes_of_text(id), &place->record))
        return VAULT_EDAMAGED;
    int result = records_find(session_records(session), &place->record, &info, failure);
    if (result == VAULT_OK)
        result = clients_by_row(session, info.client, &place->client, failure);
    request->client = &place->client;
    request->record = &place->record;
    request->kind = kind_name(info.kind);
    request->compartment = compartment_name(kind_compartment(info.kind));
    request->period = "";
    return result;
}

int approval_request_of(struct session *session, const json_t *scope, size_t i, struct scope_place *place,
    struct access_request *request, struct failure *failure)
{
    const char *type = json_text(scope, "type");
    const char *id = json_string_value(json_array_get(json_object_get(scope, "ids"), i));
    const char *action = json_text(scope, "action");
    memset(place, 0, sizeof *place);
    *request = (struct access_request){.action = action, .member = json_text(scope, "member"),
        .fields = json_object_get(scope, "fields"), .rows = json_number(scope, "rows", 0)};
    if (type == NULL || id == NULL || action == NULL)
        return failure_set(failure, VAULT_EDAMAGED, "a request for approval that says not what it is for");
    if (strcmp(type, "client") == 0)
        return take_client(session, id, place, request, failure);
    if (strcmp(type, "record") == 0)
        return take_record(session, id, place, request, failure);
    if (strcmp(type, "role") == 0)
        request->role = id;
    else if (strcmp(type, "user") == 0)
        request->user = id;
    else if (strcmp(type, "portfolio") == 0)
        request->portfolio = id;
    else
        request->log = strcmp(type, "log") == 0;
    return VAULT_OK;
}
