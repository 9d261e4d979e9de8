/* incident.freeze: at once, by one person; incident.unfreeze: by two. */
#include <string.h>

#include "vault/access/authority.h"
#include "vault/access/freeze.h"
#include "vault/access/repeat.h"
#include "vault/ops/call_private.h"
#include "vault/ops/log/log_head_private.h"

#define PURPOSE "incident"

/* --- What is meant --- */

struct aim {
    enum freeze_kind kind;
    json_t *targets; /* as events have them */
};

static int add_target(json_t *targets, const char *target)
{
    if (json_lists(targets, target))
        return VAULT_OK;
    return json_array_append_new(targets, json_string(target)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int add_clients(struct call *call, const json_t *clients, json_t *targets)
{
    int result = VAULT_OK;
    if (json_array_size(clients) > FREEZE_TARGETS_MAX) {
        failure_remedy(call->failure, "freeze their portfolio, or all");
        return failure_set(call->failure, VAULT_ELIMIT, "more than %u clients at once", FREEZE_TARGETS_MAX);
    }
    for (size_t i = 0; i < json_array_size(clients) && result == VAULT_OK; i++) {
        struct client_facts client;
        char id[ULID_TEXT_SIZE];
        result = clients_find(
            call->session, json_string_value(json_array_get(clients, i)), &client, call->failure);
        if (result != VAULT_OK)
            return result;
        ulid_format(&client.id, id);
        result = add_target(targets, id);
    }
    return result;
}

static int add_portfolio(struct call *call, const char *portfolio, json_t *targets)
{
    bool found = false;
    int result = need(call, portfolio_exists(call, portfolio, &found), &found, "portfolio", portfolio);
    return result == VAULT_OK ? add_target(targets, portfolio) : result;
}

static int add_person(struct call *call, const char *user, json_t *targets)
{
    bool found = false;
    int result = need(call, user_exists(call, user, &found), &found, "user", user);
    return result == VAULT_OK ? add_target(targets, user) : result;
}

static int read_aim(struct call *call, struct aim *aim)
{
    const json_t *clients = call_list(call, "clients");
    const char *portfolio = call_text(call, "portfolio");
    const char *user = call_text(call, "user");
    bool all = call_flag(call, "all");
    if ((json_array_size(clients) > 0) + (portfolio != NULL) + (user != NULL) + all != 1)
        return failure_set(
            call->failure, VAULT_EUSAGE, "say what: one of clients, a portfolio, a user, or all");
    aim->targets = json_array();
    if (aim->targets == NULL)
        return VAULT_ENOMEM;
    aim->kind = all                 ? FREEZE_OF_ALL
                : portfolio != NULL ? FREEZE_OF_PORTFOLIO
                : user != NULL      ? FREEZE_OF_PERSON
                                    : FREEZE_OF_CLIENT;
    if (all)
        return add_target(aim->targets, "");
    if (portfolio != NULL)
        return add_portfolio(call, portfolio, aim->targets);
    return user != NULL ? add_person(call, user, aim->targets) : add_clients(call, clients, aim->targets);
}

/* How many of them are frozen already. */
static int count_frozen(struct call *call, const struct aim *aim, size_t *count)
{
    int result = VAULT_OK;
    *count = 0;
    for (size_t i = 0; i < json_array_size(aim->targets) && result == VAULT_OK; i++) {
        bool is = false;
        result = freeze_is(session_store(call->session), aim->kind,
            json_string_value(json_array_get(aim->targets, i)), &is, call->failure);
        *count += is;
    }
    return result;
}

/* Who may not is told that first, and nothing of what there is. */
static int begin(struct call *call, const struct access_request *request, struct aim *aim)
{
    struct decision decision = {0};
    int result = call_decide(call, request, &decision);
    decision_free(&decision);
    return result == VAULT_OK ? read_aim(call, aim) : result;
}

/* --- Freezing --- */

/* Log and authority as they are before anything changes; changes are held still. */
static int take_snapshot(struct call *call, json_t *what)
{
    struct hash authority;
    struct hash root;
    int result = log_refresh(session_log(call->session), call->failure);
    uint64_t size = log_size(session_log(call->session));
    if (result == VAULT_OK)
        result = log_root(session_log(call->session), size, &root, call->failure);
    if (result == VAULT_OK)
        result = authority_hash(session_store(call->session), &authority, call->failure);
    if (result != VAULT_OK)
        return result;
    int failed = json_object_set_new(what, "snapshot", json_base64(hash_bytes(&authority)));
    failed |= json_object_set_new(what, "size", json_integer((json_int_t)size));
    failed |= json_object_set_new(what, "root", json_base64(hash_bytes(&root)));
    return failed == 0 ? VAULT_OK : failure_set(call->failure, VAULT_ENOMEM, "no memory for the snapshot");
}

static int freeze(struct call *call, const struct access_request *request, const struct aim *aim,
    json_t **what, uint64_t *event, unsigned *roles)
{
    struct change *change = NULL;
    int lock = -1;
    *what = freeze_change(aim->kind, aim->targets);
    int result = *what == NULL ? VAULT_ENOMEM : change_hold(call->session, call->failure);
    if (result != VAULT_OK)
        return result;
    result = freeze_begin(call->session, &lock, call->failure);
    if (result == VAULT_OK)
        result = take_snapshot(call, *what);
    if (result == VAULT_OK)
        result = call_change(call, request, json_incref(*what), &change);
    if (change == NULL)
        change_release(call->session);
    if (result == VAULT_OK) {
        *event = change_intent(change);
        result = call_finish(
            call, change, freeze_rotate(call->session, aim->kind, aim->targets, roles, call->failure));
    }
    /* With an Idempotency-Key it would be stored after the lock is given back only. */
    if (result == VAULT_OK)
        result = repeat_go_on(call->session, call->failure);
    freeze_end(lock);
    return result;
}

/* The log's head right behind it, so that whoever keeps it can tell later what came after. */
static int reply_frozen(
    struct call *call, const struct aim *aim, const json_t *what, uint64_t event, unsigned roles)
{
    struct log_head_out head = {0};
    int result = log_head_take(call, event + 1, &head);
    json_t *note = result == VAULT_OK ? json_of_buffer(&head.note) : NULL;
    log_head_free(&head);
    if (result != VAULT_OK)
        return result;
    return reply_value(
        call, json_pack("{s:s,s:O,s:b,s:O,s:O,s:O,s:i,s:o,s:I}", "kind", freeze_kind_name(aim->kind),
                  "targets", aim->targets, "frozen", true, "snapshot", json_object_get(what, "snapshot"),
                  "size", json_object_get(what, "size"), "root", json_object_get(what, "root"), "roles",
                  (int)roles, "checkpoint", note, "event", (json_int_t)event));
}

int op_incident_freeze(struct call *call)
{
    struct access_request request = {.action = FREEZE_EVENT, .purpose = call_text(call, "purpose")};
    struct aim aim = {0};
    json_t *what = NULL;
    uint64_t event = 0;
    unsigned roles = 0;
    size_t frozen = 0;
    if (request.purpose == NULL)
        request.purpose = PURPOSE;
    int result = begin(call, &request, &aim);
    if (result == VAULT_OK)
        result = count_frozen(call, &aim, &frozen);
    if (result == VAULT_OK && frozen == json_array_size(aim.targets))
        result = failure_set(call->failure, VAULT_EEXISTS, "it is frozen already");
    if (result == VAULT_OK)
        result = freeze(call, &request, &aim, &what, &event, &roles);
    if (result == VAULT_OK)
        result = reply_frozen(call, &aim, what, event, roles);
    json_decref(what);
    json_decref(aim.targets);
    return result;
}

/* --- Unfreezing --- */

static int unfreeze(struct call *call, const struct access_request *request, const struct aim *aim)
{
    json_t *what = freeze_change(aim->kind, aim->targets);
    struct buffer text = {0};
    struct hash hash;
    int64_t proposal = 0;
    bool own = false;
    uint64_t event = 0;
    int result = what == NULL ? VAULT_ENOMEM : freeze_hash(what, &hash, &text);
    if (result == VAULT_OK)
        result = freeze_find_proposal(call->session, &hash, &proposal, &own, call->failure);
    if (result == VAULT_OK && own && proposal == 0) {
        failure_remedy(call->failure, "somebody else, an admin or an investigator, must say the same");
        result = failure_set(call->failure, VAULT_EEXISTS, "you have proposed it already, and count once");
    }
    if (result == VAULT_OK && proposal != 0)
        result = json_object_set_new(what, "proposal", json_integer((json_int_t)proposal)) == 0
                     ? VAULT_OK
                     : VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = call_change_as(call, request, proposal == 0 ? UNFREEZE_PROPOSAL_EVENT : UNFREEZE_EVENT,
            json_incref(what), &event);
    if (result == VAULT_OK)
        result = reply_value(call,
            json_pack("{s:s,s:O,s:b,s:b,s:I}", "kind", freeze_kind_name(aim->kind), "targets", aim->targets,
                "frozen", proposal == 0, "proposed", proposal == 0, "event", (json_int_t)event));
    buffer_free(&text);
    json_decref(what);
    return result;
}

int op_incident_unfreeze(struct call *call)
{
    struct access_request request = {.action = UNFREEZE_EVENT, .purpose = call_text(call, "purpose")};
    struct aim aim = {0};
    size_t frozen = 0;
    bool stopped = false;
    if (request.purpose == NULL)
        request.purpose = PURPOSE;
    int result = begin(call, &request, &aim);
    if (result == VAULT_OK)
        result = freeze_is(session_store(call->session), FREEZE_OF_PERSON, session_user(call->session),
            &stopped, call->failure);
    if (result == VAULT_OK && stopped)
        result = call_refuse(
            call, &request, "who is frozen unfreezes nothing", "targets", json_incref(aim.targets));
    if (result == VAULT_EDENIED && stopped)
        result = failure_set(call->failure, VAULT_EDENIED, "denied: who is frozen unfreezes nothing");
    if (result == VAULT_OK)
        result = count_frozen(call, &aim, &frozen);
    if (result == VAULT_OK && frozen < json_array_size(aim.targets)) {
        failure_remedy(call->failure, "'incident list' shows what is frozen");
        result = failure_set(call->failure, VAULT_EINPUT, "it is not frozen");
    }
    if (result == VAULT_OK)
        result = unfreeze(call, &request, &aim);
    json_decref(aim.targets);
    return result;
}
