/* What an event says of a request and its decision. */
#include "vault/access/decide.h"

#include <string.h>

#include "vault/access/session_private.h"

void access_resource(const struct access_request *request, struct access_resource *resource)
{
    const char *name = request->user != NULL   ? request->user
                       : request->role != NULL ? request->role
                                               : request->portfolio;
    *resource = (struct access_resource){.type = request->user != NULL        ? "user"
                                                 : request->role != NULL      ? "role"
                                                 : request->portfolio != NULL ? "portfolio"
                                                 : request->record != NULL    ? "record"
                                                 : request->client != NULL    ? "client"
                                                 : request->log               ? "log"
                                                                              : "vault",
        .name = name};
    if (name == NULL && request->client != NULL)
        ulid_format(request->record != NULL ? request->record : &request->client->id, resource->id);
}

const char *access_resource_text(const struct access_resource *resource)
{
    return resource->name != NULL ? resource->name : resource->id[0] != '\0' ? resource->id : resource->type;
}

static json_t *resources_of(const struct access_request *request)
{
    struct access_resource what;
    access_resource(request, &what);
    json_t *list = json_array();
    if (what.name == NULL && what.id[0] == '\0')
        return list;
    json_t *one = json_pack("{s:s,s:s}", "type", what.type, "id", access_resource_text(&what));
    if (one != NULL && request->fields != NULL)
        (void)json_object_set_new(one, "fields", json_deep_copy(request->fields));
    (void)json_array_append_new(list, one);
    return list;
}

json_t *access_asked(const struct access_request *request)
{
    struct access_resource what;
    access_resource(request, &what);
    json_t *asked = json_pack(
        "{s:s,s:{s:s,s:s}}", "action", request->action, "resource", "type", what.type, "id",
        access_resource_text(&what));
    if (asked != NULL && request->count > 0)
        (void)json_object_set_new(asked, "count", json_integer((json_int_t)request->count));
    if (asked != NULL && request->marked != REQUEST_MARKED_UNSAID)
        (void)json_object_set_new(asked, "marked", json_boolean(request->marked == REQUEST_MARKED));
    if (asked != NULL && request->rows > 0)
        (void)json_object_set_new(asked, "rows", json_integer((json_int_t)request->rows));
    return asked;
}

/* Do the resources of the event say what was asked about? */
static bool says_it(const json_t *resources, const struct access_request *request)
{
    struct access_resource what;
    access_resource(request, &what);
    const json_t *first = json_array_get(resources, 0);
    const char *type = json_text(first, "type");
    const char *id = json_text(first, "id");
    if (first == NULL)
        return what.name == NULL && what.id[0] == '\0';
    return type != NULL && id != NULL && strcmp(type, what.type) == 0 &&
           strcmp(id, access_resource_text(&what)) == 0;
}

/* A leaf cannot be erased, so it holds codes and ticket numbers as they are, and of anything that could be
 * somebody's name only a keyed hash, by which the same text is recognised. */
static json_t *plain_or_hashed(const struct session *session, const char *text, size_t size)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._/#-";
    uint8_t token[16];
    char shown[5 + 2 * sizeof token + 1] = "hash:";
    if (size <= 64 && strspn(text, plain) >= size)
        return json_stringn(text, size);
    keyed_token(session->keys.lookup, "purpose", bytes_of(text, size), token, sizeof token);
    hex_encode(bytes_of(token, sizeof token), shown + 5);
    return json_string(shown);
}

static void put_purpose(const struct session *session, json_t *members, const char *purpose)
{
    size_t code = strcspn(purpose, ":");
    (void)json_object_set_new(members, "purpose", plain_or_hashed(session, purpose, code));
    if (purpose[code] == ':')
        (void)json_object_set_new(
            members, "ticket", plain_or_hashed(session, purpose + code + 1, strlen(purpose + code + 1)));
}

json_t *access_event_members(struct session *session, const struct access_request *request,
    const struct decision *decision, json_t *resources)
{
    char client[ULID_TEXT_SIZE];
    if (resources == NULL)
        resources = resources_of(request);
    json_t *members = json_pack("{s:{s:s,s:s,s:{s:s}},s:O,s:s,s:{s:s},s:o}", "actor", "id", session->user,
        "type", "user", "auth", "method", session->second_factor ? "passphrase+totp" : "passphrase", "decision", decision->json, "session", session->id,
        "src", "host", session->host, "resources", resources);
    if (members == NULL)
        return NULL;
    if (request->purpose != NULL)
        put_purpose(session, members, request->purpose);
    if (request->client != NULL) {
        ulid_format(&request->client->id, client);
        (void)json_object_set_new(members, "subject", json_pack("{s:s}", "id", client));
    }
    if (decision->approval != 0)
        (void)json_object_set_new(members, "approval", json_integer((json_int_t)decision->approval));
    if (decision->breakglass != 0)
        (void)json_object_set_new(members, "breakglass", json_integer((json_int_t)decision->breakglass));
    if (request->member != NULL)
        (void)json_object_set_new(members, "member", json_string(request->member));
    if (request->authors != NULL)
        (void)json_object_set_new(members, "authors", json_deep_copy(request->authors));
    if (request->count > 0 || request->rows > 0 || request->marked != REQUEST_MARKED_UNSAID || !says_it(resources, request))
        (void)json_object_set_new(members, "asked", access_asked(request));
    return members;
}
