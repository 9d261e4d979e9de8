/* The registers that prevent: an entry added, renewed, ended; a rule signed by who it binds. */
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/registers.h"
#include "vault/base/instant.h"
#include "vault/keys/identity.h"
#include "vault/ops/people/register_private.h"

/* --- What an entry is of --- */

static int check_kind(struct call *call, const struct register_kind **kind)
{
    *kind = register_kind_find(call_text(call, "kind"));
    if (*kind == NULL) {
        failure_remedy(
            call->failure, "rule, training, nda, entrustment, audit, audit-finding, plan, drill or helper");
        return failure_set(
            call->failure, VAULT_EUSAGE, "there is no register of '%.40s'", call_text(call, "kind"));
    }
    if (name_valid(call_text(call, "name")))
        return VAULT_OK;
    failure_remedy(call->failure, "1 to 64 of a-z 0-9 . _ -, the first a letter or digit");
    return failure_set(
        call->failure, VAULT_EINPUT, "'%.80s' is no name of an entry", call_text(call, "name"));
}

static int wrong_holder(struct call *call, const char *name, const char *takes)
{
    return failure_set(call->failure, VAULT_EUSAGE, "an entry of kind %s is of %s", name, takes);
}

static int check_holder(struct call *call, const struct register_kind *kind)
{
    size_t users = json_array_size(call_list(call, "users"));
    bool client = call_text(call, "client") != NULL;
    if (users > REGISTER_USERS_MAX)
        return failure_set(call->failure, VAULT_ELIMIT, "users: at most %u at once", REGISTER_USERS_MAX);
    switch (kind->holder) {
    case REGISTER_OF_FIRM:
        return users > 0 || client ? wrong_holder(call, kind->name, "the firm: neither --user nor --client")
                                   : VAULT_OK;
    case REGISTER_OF_PEOPLE:
        return users == 0 || client ? wrong_holder(call, kind->name, "people: give --user") : VAULT_OK;
    case REGISTER_OF_CLIENT:
        return users > 0 || !client ? wrong_holder(call, kind->name, "a client: give --client") : VAULT_OK;
    case REGISTER_OF_PEOPLE_OR_CLIENT:
        return (users > 0) == client
                   ? wrong_holder(call, kind->name, "people or a client: give --user or --client")
                   : VAULT_OK;
    case REGISTER_OF_ALL_OR_PEOPLE:
    default:
        return client ? wrong_holder(call, kind->name, "everybody, or of people: give --user or nothing")
                      : VAULT_OK;
    }
}

static int put_users(struct call *call, json_t *what)
{
    const json_t *users = call_list(call, "users");
    json_t *list = json_array();
    int result = list == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < json_array_size(users) && result == VAULT_OK; i++) {
        const char *user = json_string_value(json_array_get(users, i));
        bool found = false;
        result = need(call, user_exists(call, user, &found), &found, "user", user);
        if (result == VAULT_OK && !json_lists(list, user) &&
            json_array_append_new(list, json_string(user)) != 0)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK && json_array_size(list) > 0 && json_object_set(what, "users", list) != 0)
        result = VAULT_ENOMEM;
    json_decref(list);
    return result;
}

static int put_client(struct call *call, json_t *what)
{
    struct client_facts client;
    if (call_text(call, "client") == NULL)
        return VAULT_OK;
    int result = clients_find(call->session, call_text(call, "client"), &client, call->failure);
    if (result == VAULT_OK && json_object_set_new(what, "client", json_ulid(&client.id)) != 0)
        result = VAULT_ENOMEM;
    return result;
}

/* --- What is there already --- */

static int read_version(
    struct call *call, const json_t *what, const char *user, int64_t *version, bool *active)
{
    struct statement *statement;
    const char *client = json_text(what, "client");
    bool row = false;
    int result = store_query(session_store(call->session), QUERY_REGISTER_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, json_text(what, "kind"));
    bind_text(statement, 2, json_text(what, "name"));
    bind_text(statement, 3, user);
    bind_text(statement, 4, client == NULL ? "" : client);
    result = statement_step(statement, &row, call->failure);
    *version = row ? column_number(statement, 0) : 0;
    *active = row && column_number(statement, 4) == 0;
    statement_reset(statement);
    return result;
}

static int check_one(struct call *call, const json_t *what, const char *user, bool there, int64_t *version)
{
    bool active = false;
    int64_t one = 0;
    int result = read_version(call, what, user, &one, &active);
    if (result != VAULT_OK)
        return result;
    const char *of = user[0] == '\0' ? "" : " of ";
    if (active && !there) {
        failure_remedy(call->failure, "'register renew' gives it another date or text");
        return failure_set(call->failure, VAULT_EEXISTS, "there is a %s '%s'%s%s already",
            json_text(what, "kind"), json_text(what, "name"), of, user);
    }
    if (!active && there) {
        failure_remedy(call->failure, "'register list' tells what there is");
        return failure_set(call->failure, VAULT_ENOTFOUND, "there is no %s '%s'%s%s", json_text(what, "kind"),
            json_text(what, "name"), of, user);
    }
    if (*version >= 0 && *version != one) {
        failure_remedy(call->failure, "name them one after another");
        return failure_set(call->failure, VAULT_EINPUT, "these people's entries have different versions");
    }
    *version = one;
    return VAULT_OK;
}

/* The version that all of them have, so that one event can speak of all. */
static int check_there(struct call *call, const json_t *what, bool there, int64_t *version)
{
    const json_t *users = json_object_get(what, "users");
    int result = VAULT_OK;
    *version = -1;
    if (json_array_size(users) == 0)
        return check_one(call, what, "", there, version);
    for (size_t i = 0; i < json_array_size(users) && result == VAULT_OK; i++)
        result = check_one(call, what, json_string_value(json_array_get(users, i)), there, version);
    return result;
}

/* --- Adding, renewing --- */

static int put_until(struct call *call, json_t *what)
{
    int64_t until = 0;
    int result = call_moment(call, "until", 0, &until);
    if (result == VAULT_OK && until <= session_log_time(call->session))
        result = failure_set(call->failure, VAULT_EINPUT, "until: '%s' is past", call_text(call, "until"));
    if (result == VAULT_OK && json_object_set_new(what, "until", json_integer((json_int_t)until)) != 0)
        result = VAULT_ENOMEM;
    return result;
}

static int put_text(struct call *call, const struct register_kind *kind, bool renews, json_t *what)
{
    int result = register_seal_text(call, strcmp(kind->name, "rule") == 0, what);
    if (result == VAULT_OK && kind->text && !renews && json_object_get(what, "hash") == NULL)
        result = failure_set(
            call->failure, VAULT_EUSAGE, "a %s needs its words: give --text or --file", kind->name);
    return result;
}

/* The decision goes before everything that could tell what there is. */
static int begin(struct call *call, const char *action, const struct register_kind **kind, json_t **what)
{
    struct access_request request = {.action = action};
    struct decision decision = {0};
    *what = json_pack("{s:s,s:s}", "kind", call_text(call, "kind"), "name", call_text(call, "name"));
    int result = *what == NULL ? VAULT_ENOMEM : call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = check_kind(call, kind);
    if (result == VAULT_OK)
        result = check_holder(call, *kind);
    if (result == VAULT_OK)
        result = put_users(call, *what);
    return result == VAULT_OK ? put_client(call, *what) : result;
}

static int finish(struct call *call, const char *action, json_t *what)
{
    struct access_request request = {.action = action};
    uint64_t event = 0;
    size_t users = json_array_size(json_object_get(what, "users"));
    int result = call_change_as(call, &request, action, json_incref(what), &event);
    return result == VAULT_OK
               ? reply_value(call, json_pack("{s:O,s:O,s:I,s:I,s:I}", "kind", json_object_get(what, "kind"),
                                       "name", json_object_get(what, "name"), "version",
                                       (json_int_t)json_number(what, "version", 0), "entries",
                                       (json_int_t)(users == 0 ? 1 : users), "event", (json_int_t)event))
               : result;
}

static int put_entry(struct call *call, const char *action, bool renews)
{
    const struct register_kind *kind = NULL;
    json_t *what = NULL;
    int64_t version = 0;
    int result = begin(call, action, &kind, &what);
    if (result == VAULT_OK)
        result = put_until(call, what);
    if (result == VAULT_OK)
        result = check_there(call, what, renews, &version);
    if (result == VAULT_OK)
        result = put_text(call, kind, renews, what);
    bool follows = !renews || json_object_get(what, "hash") != NULL;
    if (result == VAULT_OK &&
        json_object_set_new(what, "version", json_integer((json_int_t)(version + follows))) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = finish(call, action, what);
    json_decref(what);
    return result;
}

int op_register_add(struct call *call)
{
    return put_entry(call, "register.add", false);
}

int op_register_renew(struct call *call)
{
    return put_entry(call, "register.renew", true);
}

int op_register_end(struct call *call)
{
    const struct register_kind *kind = NULL;
    json_t *what = NULL;
    int64_t version = 0;
    int result = begin(call, "register.end", &kind, &what);
    if (result == VAULT_OK)
        result = check_there(call, what, true, &version);
    if (result == VAULT_OK && json_object_set_new(what, "version", json_integer((json_int_t)version)) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = finish(call, "register.end", what);
    json_decref(what);
    return result;
}

/* --- Signing --- */

/* The person's own text, or else that of all. */
static int find_rule(struct call *call, int64_t *version, struct buffer *hash)
{
    struct statement *statement;
    bool row = true;
    *version = -1;
    int result = store_query(session_store(call->session), QUERY_REGISTER_RULE_OF, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, call_text(call, "name"));
    bind_text(statement, 2, session_user(call->session));
    while (
        result == VAULT_OK && (result = statement_step(statement, &row, call->failure)) == VAULT_OK && row) {
        *version = column_number(statement, 0);
        buffer_reset(hash);
        buffer_put(hash, column_bytes(statement, 1));
    }
    statement_reset(statement);
    if (result == VAULT_OK && *version < 0) {
        failure_remedy(call->failure, "'register mine' tells which bind you");
        result = failure_set(call->failure, VAULT_ENOTFOUND, "there is no rule '%.80s' that binds you",
            call_text(call, "name"));
    }
    return result == VAULT_OK ? buffer_error(hash) : result;
}

static int check_unsigned(struct call *call, struct bytes hash)
{
    struct statement *statement;
    bool row = false;
    int result =
        store_query(session_store(call->session), QUERY_REGISTER_SIGNERS_MISSING, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, call_text(call, "name"));
    bind_bytes(statement, 2, hash);
    bind_text(statement, 3, session_user(call->session));
    result = statement_step(statement, &row, call->failure);
    statement_reset(statement);
    return result == VAULT_OK && !row
               ? failure_set(call->failure, VAULT_EEXISTS, "you have signed this version already")
               : result;
}

/* The text is opened first: nobody signs what is not there any more as the log says. */
int op_register_sign(struct call *call)
{
    struct access_request request = {.action = "register.sign"};
    struct decision decision = {0};
    struct buffer hash = {0};
    json_t *text = NULL;
    json_t *what = NULL;
    int64_t version = -1;
    uint64_t event = 0;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = find_rule(call, &version, &hash);
    if (result == VAULT_OK)
        result = check_unsigned(call, buffer_bytes(&hash));
    if (result == VAULT_OK)
        result = register_open_text(call, buffer_bytes(&hash), &text);
    if (result == VAULT_OK) {
        what = json_pack("{s:s,s:I,s:o,s:O}", "name", call_text(call, "name"), "version", (json_int_t)version,
            "hash", json_base64(buffer_bytes(&hash)), "sha256", json_object_get(text, "sha256"));
        result = what == NULL ? VAULT_ENOMEM : call_change_as(call, &request, "register.sign", what, &event);
    }
    if (result == VAULT_OK)
        result = reply_value(call,
            json_pack("{s:s,s:I,s:O,s:I}", "name", call_text(call, "name"), "version", (json_int_t)version,
                "sha256", json_object_get(text, "sha256"), "event", (json_int_t)event));
    json_decref(text);
    buffer_free(&hash);
    return result;
}
