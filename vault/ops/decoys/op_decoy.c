/* Decoys: what an investigator orders, and what there is. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/settings.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/ops/decoys/decoy_private.h"

#define COUNT_MAX 20
#define DAY_MS INT64_C(86400000)

/* Orders of one call, each for a portfolio: {portfolio, order}. */
struct orders {
    struct call *call;
    json_t *list;
};

/* --- Whom it is for, and where that person would meet it --- */

/* More than the directory, which admins see too. */
static int reaches(struct call *call, const char *user, const char *portfolio, bool *does)
{
    struct statement *statement;
    int result = store_query(session_store(call->session), QUERY_REACH_OF_MEMBER, &statement, call->failure);
    *does = false;
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    bind_text(statement, 2, portfolio);
    bind_number(statement, 3, instant_now());
    bool row = true;
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        *does = *does || (column_number(statement, 0) & ~(INT64_C(1) << COMPARTMENT_DIRECTORY)) != 0;
    return result;
}

static int clients_in(struct call *call, const char *user, const char *portfolio, int64_t *count)
{
    struct statement *statement = NULL;
    bool row = true;
    *count = 0;
    int result = statement_own(session_store(call->session), QUERY_ASSIGNMENTS_OF, &statement, call->failure);
    if (result == VAULT_OK)
        bind_text(statement, 1, user);
    while (
        result == VAULT_OK && (result = statement_step(statement, &row, call->failure)) == VAULT_OK && row) {
        struct client_facts client;
        result = clients_by_row(call->session, column_number(statement, 0), &client, call->failure);
        *count += result == VAULT_OK && strcmp(client.portfolio, portfolio) == 0;
    }
    statement_free(statement);
    return result;
}

static int role_reaches(struct call *call, const char *role, const char *portfolio, bool *does)
{
    struct statement *statement = NULL;
    bool row = true;
    *does = false;
    int result = statement_own(session_store(call->session), QUERY_REACH_TO, &statement, call->failure);
    if (result == VAULT_OK)
        bind_text(statement, 1, portfolio);
    while (result == VAULT_OK && (result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        *does = *does || strcmp(column_text(statement, 0), role) == 0;
    statement_free(statement);
    return result;
}

/* Of a person the portfolio in which most of his clients are, of a role the first that it reaches. */
static int choose_portfolio(struct call *call, const char *kind, const char *name, char *portfolio)
{
    struct statement *statement = NULL;
    int64_t most = -1;
    bool row = true;
    portfolio[0] = '\0';
    int result =
        statement_own(session_store(call->session), QUERY_PORTFOLIO_NAMES, &statement, call->failure);
    while (
        result == VAULT_OK && (result = statement_step(statement, &row, call->failure)) == VAULT_OK && row) {
        const char *here = column_text(statement, 0);
        int64_t count = 0;
        bool does = false;
        if (strcmp(kind, "user") == 0) {
            result = reaches(call, name, here, &does);
            if (result == VAULT_OK && does)
                result = clients_in(call, name, here, &count);
        } else {
            result = role_reaches(call, name, here, &does);
        }
        if (result == VAULT_OK && does && count > most) {
            most = count;
            text_copy(portfolio, NAME_SIZE_MAX + 1, here);
        }
    }
    statement_free(statement);
    if (result == VAULT_OK && most < 0)
        result = failure_set(call->failure, VAULT_EINPUT,
            "%s '%s' reaches no portfolio, and would not meet a decoy", kind, name);
    return result;
}

static int find_audience(struct call *call, json_t **audience, char *portfolio)
{
    static const char *const kinds[] = {"user", "role", "portfolio"};
    const char *kind = NULL;
    const char *name = NULL;
    json_t *people = NULL;
    size_t named = 0;
    bool found = false;
    *audience = NULL;
    for (size_t i = 0; i < 3; i++) {
        if (call_text(call, kinds[i]) != NULL) {
            kind = kinds[i];
            name = call_text(call, kind);
            named++;
        }
    }
    if (named != 1)
        return failure_set(
            call->failure, VAULT_EUSAGE, "say for whom: one of --user, --role and --portfolio");
    int result = strcmp(kind, "user") == 0   ? user_exists(call, name, &found)
                 : strcmp(kind, "role") == 0 ? role_exists(call, name, &found)
                                             : portfolio_exists(call, name, &found);
    result = need(call, result, &found, kind, name);
    if (result == VAULT_OK && strcmp(kind, "portfolio") == 0)
        text_copy(portfolio, NAME_SIZE_MAX + 1, name);
    else if (result == VAULT_OK)
        result = choose_portfolio(call, kind, name, portfolio);
    if (result == VAULT_OK)
        *audience = json_pack("{s:s,s:s}", "kind", kind, "name", name);
    if (result == VAULT_OK)
        result = *audience == NULL
                     ? VAULT_ENOMEM
                     : decoy_people(call->session, *audience, portfolio, &people, call->failure);
    if (result == VAULT_OK && json_array_size(people) == 0)
        result = failure_set(call->failure, VAULT_EINPUT, "nobody works there who would meet a decoy");
    json_decref(people);
    return result;
}

/* --- Orders --- */

static json_t *new_order(struct call *call, const char *kind)
{
    uint8_t salt[16];
    random_fill(salt, sizeof salt);
    return json_pack("{s:o,s:s,s:s,s:I}", "salt", json_hex(bytes_of(salt, sizeof salt)), "kind", kind, "by",
        session_user(call->session), "at", (json_int_t)instant_now());
}

static int add_order(struct orders *orders, const char *portfolio, json_t *order)
{
    json_t *one = json_pack("{s:s,s:o}", "portfolio", portfolio, "order", order);
    return json_array_append_new(orders->list, one) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int add_plant(
    struct orders *orders, const char *portfolio, json_t *audience, int64_t count, json_t *like)
{
    json_t *order = new_order(orders->call, "plant");
    if (order == NULL || json_object_set(order, "for", audience) != 0 ||
        json_object_set_new(order, "count", json_integer((json_int_t)count)) != 0 ||
        (json_array_size(like) > 0 && json_object_set(order, "like", like) != 0)) {
        json_decref(order);
        return VAULT_ENOMEM;
    }
    return add_order(orders, portfolio, order);
}

/* Into the last order of the same portfolio that has room. */
static int add_retire(struct orders *orders, const char *portfolio, const struct ulid *client)
{
    for (size_t i = 0; i < json_array_size(orders->list); i++) {
        const json_t *one = json_array_get(orders->list, i);
        json_t *clients = json_object_get(json_object_get(one, "order"), "clients");
        if (clients != NULL && strcmp(json_text(one, "portfolio"), portfolio) == 0 &&
            json_array_size(clients) < DECOY_ORDER_CLIENTS_MAX)
            return json_array_append_new(clients, json_ulid(client)) == 0 ? VAULT_OK : VAULT_ENOMEM;
    }
    json_t *order = new_order(orders->call, "retire");
    if (order == NULL || json_object_set_new(order, "clients", json_pack("[o]", json_ulid(client))) != 0) {
        json_decref(order);
        return VAULT_ENOMEM;
    }
    return add_order(orders, portfolio, order);
}

/* One change: the event commits to each order, and the orders wait. */
static int give_orders(struct orders *orders, const char *action, uint64_t *event)
{
    struct call *call = orders->call;
    struct access_request request = {.action = action};
    struct decision decision = {0};
    struct change *change = NULL;
    json_t *commitments = json_array();
    int result = call_decide(call, &request, &decision);
    for (size_t i = 0; i < json_array_size(orders->list) && result == VAULT_OK; i++) {
        if (json_array_append_new(commitments,
                decoys_commitment(json_object_get(json_array_get(orders->list, i), "order"))) != 0)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK) {
        json_t *members = access_event_members(call->session, &request, &decision, NULL);
        if (members != NULL && json_object_set(members, "commitments", commitments) != 0) {
            json_decref(members);
            members = NULL;
        }
        result = change_begin(call->session, action, members, NULL, &change, call->failure);
    }
    json_decref(commitments);
    decision_free(&decision);
    if (result != VAULT_OK)
        return result;
    *event = change_intent(change);
    for (size_t i = 0; i < json_array_size(orders->list) && result == VAULT_OK; i++) {
        const json_t *one = json_array_get(orders->list, i);
        result = decoys_order(
            call->session, json_text(one, "portfolio"), json_object_get(one, "order"), *event, call->failure);
    }
    return call_finish(call, change, result);
}

/* Says `awaits` where another investigator must agree first. */
static int reply_order(struct call *call, json_t *value)
{
    bool two = false;
    int result = setting_is_on(session_store(call->session), SETTING_DECOY_TWO_INVESTIGATORS, &two, call->failure);
    if (result == VAULT_OK && value != NULL && two && json_object_set_new(value, "awaits", json_true()) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        return reply_value(call, value);
    json_decref(value);
    return result;
}

/* --- decoy.plant --- */

static int find_like(struct call *call, json_t *ids)
{
    const json_t *names = call_list(call, "like");
    int result = VAULT_OK;
    if (json_array_size(names) > DECOY_LIKE_MAX)
        return failure_set(call->failure, VAULT_EUSAGE, "--like: at most %d clients", DECOY_LIKE_MAX);
    for (size_t i = 0; i < json_array_size(names) && result == VAULT_OK; i++) {
        struct client_facts client;
        result =
            clients_find(call->session, json_string_value(json_array_get(names, i)), &client, call->failure);
        if (result == VAULT_OK && json_array_append_new(ids, json_ulid(&client.id)) != 0)
            result = VAULT_ENOMEM;
    }
    return result;
}

int op_decoy_plant(struct call *call)
{
    struct orders orders = {.call = call, .list = json_array()};
    struct access_request request = {.action = "decoy.plant"};
    struct decision decision = {0};
    char portfolio[NAME_SIZE_MAX + 1] = "";
    json_t *audience = NULL;
    json_t *like = json_array();
    uint64_t event = 0;
    int64_t count = call_number(call, "count", 1);
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK && (count < 1 || count > COUNT_MAX))
        result = failure_set(call->failure, VAULT_EUSAGE, "count: from 1 to %d", COUNT_MAX);
    if (result == VAULT_OK)
        result = find_audience(call, &audience, portfolio);
    if (result == VAULT_OK)
        result = find_like(call, like);
    if (result == VAULT_OK)
        result = add_plant(&orders, portfolio, audience, count, like);
    if (result == VAULT_OK)
        result = give_orders(&orders, "decoy.plant", &event);
    if (result == VAULT_OK)
        result = reply_order(call, json_pack("{s:I,s:O,s:s,s:I}", "ordered", (json_int_t)count, "for",
                                       audience, "portfolio", portfolio, "event", (json_int_t)event));
    json_decref(orders.list);
    json_decref(audience);
    json_decref(like);
    return result;
}

/* --- decoy.retire, decoy.rotate --- */

struct choosing {
    struct orders *orders;
    const json_t *ids; /* of those to retire; NULL: all that are old */
    int64_t before;    /* planted before this */
    json_t *groups;    /* [{portfolio, for, count}] to be planted anew */
    int64_t count;
};

static int count_audience(struct choosing *choosing, const struct decoy *decoy, json_t *audience)
{
    for (size_t i = 0; i < json_array_size(choosing->groups); i++) {
        json_t *group = json_array_get(choosing->groups, i);
        if (strcmp(json_text(group, "portfolio"), decoy->portfolio) == 0 &&
            json_equal(json_object_get(group, "for"), audience) == 1 &&
            json_number(group, "count", 0) < COUNT_MAX)
            return json_object_set_new(group, "count", json_integer(json_number(group, "count", 0) + 1)) == 0
                       ? VAULT_OK
                       : VAULT_ENOMEM;
    }
    json_t *group = json_pack("{s:s,s:O,s:i}", "portfolio", decoy->portfolio, "for", audience, "count", 1);
    return json_array_append_new(choosing->groups, group) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int count_group(struct choosing *choosing, const struct decoy *decoy)
{
    struct call *call = choosing->orders->call;
    struct client_facts client;
    json_t *audience = NULL;
    int result = clients_find(call->session, json_text(decoy->entry, "client"), &client, call->failure);
    if (result == VAULT_OK)
        result = decoy_audience_now(call->session, &client, decoy->entry, &audience, call->failure);
    if (result == VAULT_OK && audience != NULL)
        result = count_audience(choosing, decoy, audience);
    json_decref(audience);
    return result;
}

static int choose(void *context, const struct decoy *decoy)
{
    struct choosing *choosing = context;
    bool wanted =
        choosing->ids == NULL ? decoy->planted < choosing->before : decoy_lists(choosing->ids, &decoy->client);
    if (!wanted || decoy->retired != INT64_MAX)
        return VAULT_OK;
    choosing->count++;
    int result = add_retire(choosing->orders, decoy->portfolio, &decoy->client);
    return result == VAULT_OK && choosing->groups != NULL ? count_group(choosing, decoy) : result;
}

static int find_clients(struct call *call, json_t *ids)
{
    const json_t *names = call_list(call, "clients");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(names) && result == VAULT_OK; i++) {
        struct client_facts client;
        result =
            clients_find(call->session, json_string_value(json_array_get(names, i)), &client, call->failure);
        if (result == VAULT_OK && !decoy_lists(ids, &client.id) &&
            json_array_append_new(ids, json_ulid(&client.id)) != 0)
            result = VAULT_ENOMEM;
    }
    return result;
}

int op_decoy_retire(struct call *call)
{
    json_t *ids = json_array();
    struct orders orders = {.call = call, .list = json_array()};
    struct choosing choosing = {.orders = &orders, .ids = ids};
    struct access_request request = {.action = "decoy.retire"};
    struct decision decision = {0};
    uint64_t event = 0;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = find_clients(call, ids);
    if (result == VAULT_OK)
        result = decoys_each(call->session, choose, &choosing, call->failure);
    if (result == VAULT_OK && (size_t)choosing.count != json_array_size(ids)) {
        failure_remedy(call->failure, "'decoy list' shows those that there are");
        result = failure_set(
            call->failure, VAULT_EINPUT, "not all of these are decoys that have not been retired");
    }
    if (result == VAULT_OK)
        result = give_orders(&orders, "decoy.retire", &event);
    if (result == VAULT_OK)
        result = reply_order(
            call, json_pack("{s:I,s:I}", "retired", (json_int_t)choosing.count, "event", (json_int_t)event));
    json_decref(orders.list);
    json_decref(ids);
    return result;
}

static int read_age(struct call *call, int64_t *before)
{
    const char *text = call_text(call, "older_than");
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || strcmp(text + digits, "d") != 0)
        return failure_set(call->failure, VAULT_EUSAGE, "'%s' is no age; write days, as in 180d", text);
    *before = instant_now() - strtoll(text, NULL, 10) * DAY_MS;
    return VAULT_OK;
}

int op_decoy_rotate(struct call *call)
{
    struct orders orders = {.call = call, .list = json_array()};
    struct choosing choosing = {.orders = &orders, .groups = json_array()};
    struct access_request request = {.action = "decoy.rotate"};
    struct decision decision = {0};
    uint64_t event = 0;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = read_age(call, &choosing.before);
    if (result == VAULT_OK)
        result = decoys_each(call->session, choose, &choosing, call->failure);
    for (size_t i = 0; i < json_array_size(choosing.groups) && result == VAULT_OK; i++) {
        const json_t *group = json_array_get(choosing.groups, i);
        result = add_plant(&orders, json_text(group, "portfolio"), json_object_get(group, "for"),
            json_number(group, "count", 0), NULL);
    }
    if (result == VAULT_OK && choosing.count > 0)
        result = give_orders(&orders, "decoy.rotate", &event);
    if (result == VAULT_OK)
        result = reply_order(call,
            choosing.count == 0
                ? json_pack("{s:i}", "rotated", 0)
                : json_pack("{s:I,s:I}", "rotated", (json_int_t)choosing.count, "event", (json_int_t)event));
    json_decref(orders.list);
    json_decref(choosing.groups);
    return result;
}
