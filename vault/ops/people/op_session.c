/* Sessions at a server: who is logged in, and ending them.  The door knows them; what ends them is an event.
 */
#include <string.h>

#include "vault/access/endings.h"
#include "vault/ops/call_private.h"

static int door_sessions(struct call *call, json_t **list)
{
    *list = NULL;
    if (call->reply->sessions == NULL) {
        failure_remedy(call->failure, "give --server URL; here sessions are ended with --user or --all");
        return failure_set(call->failure, VAULT_EUSAGE, "sessions are a server's, and known only there");
    }
    return call->reply->sessions(call->reply->context, list);
}

int op_session_list(struct call *call)
{
    struct access_request request = {.action = "session.list"};
    json_t *list = NULL;
    int result = door_sessions(call, &list);
    if (result == VAULT_OK)
        result = call_allow(call, &request, NULL, NULL);
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++)
        result = reply_row(call, json_incref(json_array_get(list, i)));
    json_decref(list);
    return result;
}

/* --- session.end --- */

/* Whose is it?  A name to be kept until the list is let go. */
static int find_session(struct call *call, const char *id, const json_t *list, const char **user)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *one = json_text(json_array_get(list, i), "id");
        if (one != NULL && strcmp(one, id) == 0) {
            *user = json_text(json_array_get(list, i), "user");
            return *user == NULL ? VAULT_EINTERNAL : VAULT_OK;
        }
    }
    return failure_set(call->failure, VAULT_ENOTFOUND, "there is no session '%s'", id);
}

static int end_them(struct call *call, const char *session, const char *user)
{
    struct access_request request = {.action = "session.end", .user = user};
    uint64_t event = 0;
    json_t *what = user == NULL ? json_pack("{s:b}", "all", true)
                                : json_pack("{s:s,s:s*}", "user", user, "session", session);
    int result = call_change_as(call, &request, "session.end", what, &event);
    return result == VAULT_OK ? reply_value(call, json_pack("{s:s*,s:s*,s:b,s:I}", "session", session, "user",
                                                      user, "all", user == NULL, "event", (json_int_t)event))
                              : result;
}

int op_session_end(struct call *call)
{
    const char *session = call_text(call, "session");
    const char *user = call_text(call, "user");
    bool all = call_flag(call, "all");
    json_t *list = NULL;
    bool found = true;
    int result = VAULT_OK;
    if ((session != NULL) + (user != NULL) + all != 1)
        return failure_set(call->failure, VAULT_EUSAGE,
            "name one session, or a user whose sessions are to end, or all of them");
    if (session != NULL)
        result = door_sessions(call, &list);
    if (result == VAULT_OK && session != NULL)
        result = find_session(call, session, list, &user);
    if (result == VAULT_OK && session == NULL && user != NULL)
        result = need(call, user_exists(call, user, &found), &found, "user", user);
    if (result == VAULT_OK)
        result = end_them(call, session, all ? NULL : user);
    json_decref(list);
    return result;
}
