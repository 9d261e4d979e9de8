/* People: add, list, disable, and everybody's own passphrase. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/keepers.h"
#include "vault/access/layout.h"
#include "vault/access/release.h"
#include "vault/base/file.h"
#include "vault/keys/slots.h"
#include "vault/ops/call_private.h"

#define PASSPHRASE_MIN 8

static int check_passphrase(struct call *call)
{
    if (secret_bytes(call->secret).size >= PASSPHRASE_MIN)
        return VAULT_OK;
    return failure_set(call->failure, VAULT_EINPUT, "the passphrase is shorter than %d characters", PASSPHRASE_MIN);
}

int user_exists(struct call *call, const char *user, bool *found)
{
    struct statement *statement;
    int result = store_query(session_store(call->session), QUERY_USER_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = statement_step(statement, found, call->failure);
    statement_reset(statement);
    return result;
}

/* Put the slot into the file, which is replaced whole. */
static int save_slot(struct call *call, const char *user, const struct secret *seed)
{
    struct slots *slots = NULL;
    char *path = file_path(session_directory(call->session), LAYOUT_SLOTS);
    int result = path == NULL ? VAULT_ENOMEM : slots_load(path, &slots, call->failure);
    if (result == VAULT_OK)
        result = slots_put(slots, user, call->secret, slots_cost(slots, session_user(call->session)), seed,
            session_store_key(call->session));
    if (result == VAULT_OK)
        result = slots_save(slots, path, call->failure);
    slots_free(slots);
    free(path);
    return result;
}

/* Whoever releases keys learns of it now; if that fails, with the first request that needs it. */
static void tell_witnesses(struct call *call)
{
    (void)!release_tell_people(call->session, NULL);
}

static int add_user(struct call *call, const char *user, const struct secret *seed, const struct identity *identity)
{
    struct change *change;
    struct access_request request = {.action = "user.add"};
    json_t *what = json_pack("{s:s,s:o,s:o}", "user", user, "sign",
        json_base64(sign_key_public(identity_sign(identity))), "box",
        json_base64(box_key_public(identity_box(identity))));
    int result = call_change(call, &request, what, &change);
    if (result != VAULT_OK)
        return result;
    uint64_t event = change_intent(change);
    /* A slot without its user opens nothing, so it comes first. */
    result = call_finish(call, change, save_slot(call, user, seed));
    if (result == VAULT_OK)
        tell_witnesses(call);
    return result == VAULT_OK
        ? reply_value(call, json_pack("{s:s,s:I}", "user", user, "event", (json_int_t)event))
        : result;
}

int op_user_add(struct call *call)
{
    const char *user = call_text(call, "user");
    struct secret *seed = NULL;
    struct identity *identity = NULL;
    bool found = false;
    if (!name_valid(user) || strcmp(user, "vault") == 0) {
        failure_remedy(call->failure, "use 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit");
        return failure_set(call->failure, VAULT_EINPUT, "'%s' is no name for a user", user);
    }
    int result = check_passphrase(call);
    if (result == VAULT_OK)
        result = user_exists(call, user, &found);
    if (result == VAULT_OK && found)
        result = failure_set(call->failure, VAULT_EEXISTS, "there is a user '%s' already; names are never used again", user);
    if (result == VAULT_OK && (seed = secret_random(KEY_SIZE)) == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = identity_open(seed, &identity);
    if (result == VAULT_OK)
        result = add_user(call, user, seed, identity);
    identity_free(identity);
    secret_free(seed);
    return result;
}

int op_user_passwd(struct call *call)
{
    struct change *change;
    struct access_request request = {.action = "user.passwd", .user = session_user(call->session)};
    int result = check_passphrase(call);
    if (result == VAULT_OK)
        result = call_change(call, &request, NULL, &change);
    if (result != VAULT_OK)
        return result;
    uint64_t event = change_intent(change);
    result = save_slot(call, session_user(call->session), session_seed(call->session));
    result = call_finish(call, change, result);
    return result == VAULT_OK ? reply_value(call, json_pack("{s:s,s:I}", "user", session_user(call->session), "event",
                                    (json_int_t)event))
                              : result;
}

int op_user_disable(struct call *call)
{
    const char *user = call_text(call, "user");
    struct change *change;
    struct access_request request = {.action = "user.disable", .user = user};
    bool found = false;
    int result = user_exists(call, user, &found);
    if (result == VAULT_OK && !found)
        result = failure_set(call->failure, VAULT_ENOTFOUND, "there is no user '%s'", user);
    if (result == VAULT_OK && strcmp(user, session_user(call->session)) == 0)
        result = failure_set(call->failure, VAULT_EINPUT, "nobody disables himself; ask another admin");
    if (result == VAULT_OK)
        result = call_change(call, &request, json_pack("{s:s}", "user", user), &change);
    if (result != VAULT_OK)
        return result;
    uint64_t event = change_intent(change);
    result = call_finish(call, change, keepers_leave(call->session, user, call->failure));
    if (result == VAULT_OK)
        tell_witnesses(call);
    return result == VAULT_OK
        ? reply_value(call, json_pack("{s:s,s:I}", "user", user, "event", (json_int_t)event))
        : result;
}

static int roles_of(struct call *call, const char *user, json_t *roles)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(session_store(call->session), QUERY_GRANTS_OF, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        (void)json_array_append_new(roles, json_string(column_text(statement, 0)));
    return result;
}

int op_user_list(struct call *call)
{
    struct access_request request = {.action = "user.list"};
    struct statement *users = NULL;
    uint64_t event;
    bool row = true;
    int result = call_allow(call, &request, NULL, &event);
    if (result == VAULT_OK)
        result = statement_own(session_store(call->session), QUERY_USER_LIST, &users, call->failure);
    while (result == VAULT_OK && (result = statement_step(users, &row, call->failure)) == VAULT_OK && row) {
        json_t *roles = json_array();
        result = roles_of(call, column_text(users, 0), roles);
        json_t *line = json_pack("{s:s,s:b,s:o}", "user", column_text(users, 0), "disabled",
            column_number(users, 3) != 0, "roles", roles);
        if (result == VAULT_OK)
            result = reply_row(call, line);
        else
            json_decref(line);
    }
    statement_free(users);
    return result;
}
