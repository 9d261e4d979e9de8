/* Registers as people read them: all, what is due, one's own, one entry with its words. */
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/breakglass.h"
#include "vault/access/registers.h"
#include "vault/base/instant.h"
#include "vault/ops/people/register_private.h"

#define DAYS_MAX 3660

/* Columns of REGISTER_LIST. */
enum { AT_KIND, AT_NAME, AT_MEMBER, AT_CLIENT, AT_VERSION, AT_SINCE, AT_UNTIL, AT_HASH, AT_ENDED };

struct listing {
    struct call *call;
    const char *kind; /* NULL: all */
    const char *name;
    const char *user;   /* NULL: of everybody */
    const char *client; /* NULL: of all */
    bool own;           /* of `user`: what is his, and what binds everybody */
    bool due;           /* only what lapses until `before` */
    bool ended;
    int64_t before;
    int (*take)(struct listing *listing, json_t *row, struct bytes hash);
    size_t found;
    void *context;
};

/* --- A row --- */

/* Who has not signed the text of a rule that is in force. */
static int add_unsigned(struct call *call, struct statement *entry, const char *user, json_t *row)
{
    struct statement *missing = NULL;
    json_t *list = json_array();
    bool more = true;
    int result = list == NULL ? VAULT_ENOMEM
                              : statement_own(session_store(call->session), QUERY_REGISTER_SIGNERS_MISSING,
                                    &missing, call->failure);
    if (result == VAULT_OK) {
        bind_text(missing, 1, column_text(entry, AT_NAME));
        bind_bytes(missing, 2, column_bytes(entry, AT_HASH));
        bind_text(missing, 3, user != NULL ? user : column_text(entry, AT_MEMBER));
    }
    while (
        result == VAULT_OK && (result = statement_step(missing, &more, call->failure)) == VAULT_OK && more) {
        if (json_array_append_new(list, json_string(column_text(missing, 0))) != 0)
            result = VAULT_ENOMEM;
    }
    statement_free(missing);
    if (result == VAULT_OK && user != NULL)
        result = json_object_set_new(row, "signed", json_boolean(json_array_size(list) == 0)) == 0
                     ? VAULT_OK
                     : VAULT_ENOMEM;
    else if (result == VAULT_OK)
        result = json_object_set(row, "unsigned", list) == 0 ? VAULT_OK : VAULT_ENOMEM;
    json_decref(list);
    return result;
}

static const char *state_of(struct statement *entry, int64_t now, bool is_signed)
{
    if (column_number(entry, AT_ENDED) != 0)
        return "ended";
    if (is_signed)
        return "current";
    return column_number(entry, AT_UNTIL) <= now              ? "lapsed"
           : strcmp(column_text(entry, AT_KIND), "rule") == 0 ? "due"
                                                              : "current";
}

static int row_of(struct listing *listing, struct statement *entry, json_t **row)
{
    struct call *call = listing->call;
    int result = VAULT_OK;
    *row = json_pack("{s:s,s:s,s:I,s:o,s:o}", "kind", column_text(entry, AT_KIND), "name",
        column_text(entry, AT_NAME), "version", (json_int_t)column_number(entry, AT_VERSION), "since",
        json_instant(column_number(entry, AT_SINCE)), "until", json_instant(column_number(entry, AT_UNTIL)));
    if (*row == NULL)
        return VAULT_ENOMEM;
    if (column_text(entry, AT_MEMBER)[0] != '\0')
        (void)json_object_set_new(*row, "user", json_string(column_text(entry, AT_MEMBER)));
    if (column_text(entry, AT_CLIENT)[0] != '\0')
        (void)json_object_set_new(*row, "client", json_string(column_text(entry, AT_CLIENT)));
    bool rule = strcmp(column_text(entry, AT_KIND), "rule") == 0;
    if (rule && column_number(entry, AT_ENDED) == 0)
        result = add_unsigned(call, entry, listing->own ? listing->user : NULL, *row);
    bool is_signed = rule && (listing->own ? json_is_true(json_object_get(*row, "signed"))
                                           : json_array_size(json_object_get(*row, "unsigned")) == 0);
    (void)json_object_set_new(
        *row, "state", json_string(state_of(entry, session_log_time(call->session), is_signed)));
    return result;
}

static bool matches(const struct listing *listing, struct statement *entry)
{
    const char *member = column_text(entry, AT_MEMBER);
    if (listing->kind != NULL && strcmp(column_text(entry, AT_KIND), listing->kind) != 0)
        return false;
    if (listing->name != NULL && strcmp(column_text(entry, AT_NAME), listing->name) != 0)
        return false;
    if (listing->client != NULL && strcmp(column_text(entry, AT_CLIENT), listing->client) != 0)
        return false;
    if (!listing->ended && column_number(entry, AT_ENDED) != 0)
        return false;
    if (listing->due && column_number(entry, AT_UNTIL) > listing->before)
        return false;
    if (listing->user == NULL || strcmp(member, listing->user) == 0)
        return true;
    return listing->own && member[0] == '\0' && strcmp(column_text(entry, AT_KIND), "rule") == 0;
}

/* A rule that all have signed has no date any more. */
static bool is_due(const json_t *row)
{
    return strcmp(json_text(row, "kind"), "rule") != 0 || strcmp(json_text(row, "state"), "current") != 0;
}

static int go_through(struct listing *listing)
{
    struct call *call = listing->call;
    struct statement *entries = NULL;
    bool more = true;
    int result = statement_own(session_store(call->session), QUERY_REGISTER_LIST, &entries, call->failure);
    while (
        result == VAULT_OK && (result = statement_step(entries, &more, call->failure)) == VAULT_OK && more) {
        json_t *row = NULL;
        if (!matches(listing, entries))
            continue;
        result = row_of(listing, entries, &row);
        if (result == VAULT_OK && (!listing->due || is_due(row))) {
            listing->found++;
            result = listing->take(listing, row, column_bytes(entries, AT_HASH));
        }
        json_decref(row);
    }
    statement_free(entries);
    return result;
}

static int take_row(struct listing *listing, json_t *row, struct bytes hash)
{
    (void)hash;
    return reply_row(listing->call, json_incref(row));
}

/* --- Lists --- */

int op_register_list(struct call *call)
{
    struct access_request request = {.action = "register.list"};
    struct listing listing = {.call = call,
        .kind = call_text(call, "kind"),
        .user = call_text(call, "user"),
        .ended = call_flag(call, "ended"),
        .take = take_row};
    int64_t days = call_number(call, "days", -1);
    if (listing.kind != NULL && register_kind_find(listing.kind) == NULL)
        return failure_set(call->failure, VAULT_EUSAGE, "there is no register of '%.40s'", listing.kind);
    if (json_object_get(call->arguments, "days") != NULL && (days < 0 || days > DAYS_MAX))
        return failure_set(call->failure, VAULT_EUSAGE, "days: 0 to %d", DAYS_MAX);
    listing.due = days >= 0;
    listing.before = session_log_time(call->session) + days * DAY_LENGTH;
    int result = call_allow(call, &request, NULL, NULL);
    return result == VAULT_OK ? go_through(&listing) : result;
}

int op_register_mine(struct call *call)
{
    struct access_request request = {.action = "register.own"};
    struct listing listing = {
        .call = call, .user = session_user(call->session), .own = true, .take = take_row};
    int result = call_allow(call, &request, NULL, NULL);
    return result == VAULT_OK ? go_through(&listing) : result;
}

/* --- One entry --- */

static int add_signatures(struct call *call, const char *name, json_t *value)
{
    struct statement *signatures = NULL;
    json_t *list = json_array();
    bool more = true;
    int result =
        list == NULL || json_object_set_new(value, "signatures", list) != 0 ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK)
        result = statement_own(
            session_store(call->session), QUERY_REGISTER_SIGNATURES, &signatures, call->failure);
    while (result == VAULT_OK && (result = statement_step(signatures, &more, call->failure)) == VAULT_OK &&
           more) {
        if (strcmp(column_text(signatures, 0), name) != 0)
            continue;
        json_t *one = json_pack("{s:s,s:I,s:o,s:I}", "user", column_text(signatures, 1), "version",
            (json_int_t)column_number(signatures, 3), "time", json_instant(column_number(signatures, 4)),
            "event", (json_int_t)column_number(signatures, 5));
        if (json_array_append_new(list, one) != 0)
            result = VAULT_ENOMEM;
    }
    statement_free(signatures);
    return result;
}

static int take_entry(struct listing *listing, json_t *row, struct bytes hash)
{
    json_t **value = listing->context;
    json_t *text = NULL;
    int result = VAULT_OK;
    if (hash.size > 0)
        result = register_open_text(listing->call, hash, &text);
    if (result == VAULT_OK && text != NULL && json_object_update(row, text) != 0)
        result = VAULT_ENOMEM;
    json_decref(text);
    json_decref(*value);
    *value = json_incref(row);
    return result;
}

static int reply_entry(struct call *call, struct listing *listing, json_t *value)
{
    int result = VAULT_OK;
    if (listing->found == 1 && call_flag(call, "signatures"))
        result = add_signatures(call, listing->name, value);
    if (result == VAULT_OK && listing->found == 1)
        return reply_value(call, json_incref(value));
    failure_remedy(call->failure, "'register list' tells which there are");
    if (result == VAULT_OK && listing->found == 0)
        return failure_set(
            call->failure, VAULT_ENOTFOUND, "there is no %s '%.80s' of that", listing->kind, listing->name);
    return result == VAULT_OK
               ? failure_set(call->failure, VAULT_EINPUT, "there are %zu of them: say whose", listing->found)
               : result;
}

static int show(struct call *call, struct listing *listing, const char *action, bool otherwise)
{
    struct access_request request = {.action = action};
    json_t *value = NULL;
    listing->kind = call_text(call, "kind");
    listing->name = call_text(call, "name");
    listing->take = take_entry;
    listing->context = &value;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = go_through(listing);
    if (result == VAULT_OK && (listing->found == 1 || !otherwise))
        result = reply_entry(call, listing, value);
    json_decref(value);
    return result;
}

static int show_any(struct call *call)
{
    struct listing listing = {.call = call, .user = call_text(call, "user")};
    struct client_facts client;
    char id[ULID_TEXT_SIZE];
    if (call_text(call, "client") != NULL) {
        struct access_request request = {.action = "register.list"};
        struct decision decision = {0};
        int result = call_decide(call, &request, &decision);
        decision_free(&decision);
        if (result == VAULT_OK)
            result = clients_find(call->session, call_text(call, "client"), &client, call->failure);
        if (result != VAULT_OK)
            return result;
        ulid_format(&client.id, id);
        listing.client = id;
    }
    return show(call, &listing, "register.list", false);
}

/* What is one's own, or binds everybody, is read by anybody; the rest by who keeps or checks the registers.
 */
int op_register_show(struct call *call)
{
    struct listing own = {.call = call, .user = session_user(call->session), .own = true};
    const char *user = call_text(call, "user");
    if (call_flag(call, "signatures") || call_text(call, "client") != NULL ||
        (user != NULL && strcmp(user, own.user) != 0))
        return show_any(call);
    int result = show(call, &own, "register.own", true);
    return result == VAULT_OK && own.found != 1 ? show_any(call) : result;
}
