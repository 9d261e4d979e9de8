/* Portfolios, who reaches them, their clients and whom these are assigned to: what their events change. */
#include "vault/access/authority_private.h"
#include "vault/base/compartment.h"
#include "vault/base/ulid.h"

int apply_portfolio_add(struct apply *apply)
{
    struct statement *statement;
    const char *portfolio;
    int result = apply_text(apply, "portfolio", &portfolio);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_PORTFOLIO_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, portfolio);
    bind_number(statement, 2, apply->seq);
    return apply_run(apply, statement);
}

static int put_portfolio_key(struct apply *apply, const char *portfolio, const json_t *keys, int compartment)
{
    struct buffer public_key = {0};
    struct statement *statement;
    int result = apply_bytes(apply, keys, compartment_name((enum compartment)compartment), 32, &public_key);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_PORTFOLIO_KEY_PUT, &statement);
    if (result == VAULT_OK) {
        bind_text(statement, 1, portfolio);
        bind_number(statement, 2, compartment);
        bind_number(statement, 3, json_number(apply->change, "epoch", 1));
        bind_bytes(statement, 4, buffer_bytes(&public_key));
        bind_number(statement, 5, apply->seq);
        result = apply_run(apply, statement);
    }
    buffer_free(&public_key);
    return result;
}

int apply_portfolio_epoch(struct apply *apply)
{
    const json_t *keys = json_object_get(apply->change, "keys");
    const char *portfolio;
    int result = apply_text(apply, "portfolio", &portfolio);
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        if (json_object_get(keys, compartment_name((enum compartment)i)) != NULL)
            result = put_portfolio_key(apply, portfolio, keys, i);
    }
    return result;
}

int apply_reach_add(struct apply *apply)
{
    const json_t *list = json_object_get(apply->change, "compartments");
    struct statement *statement;
    const char *role;
    const char *portfolio;
    unsigned mask = 0;
    int result = apply_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = apply_text(apply, "portfolio", &portfolio);
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++) {
        enum compartment compartment;
        const char *name = json_string_value(json_array_get(list, i));
        if (name == NULL || !compartment_parse(bytes_of_text(name), &compartment))
            return apply_missing(apply, "compartments");
        mask |= 1u << compartment;
    }
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_REACH_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, portfolio);
    bind_number(statement, 3, mask);
    bind_number(statement, 4, apply->seq);
    return apply_run(apply, statement);
}

/* --- Clients and assignments --- */

static int client_row(struct apply *apply, const struct ulid *id, int64_t *row_number)
{
    struct statement *statement;
    bool row = false;
    int result = apply_query(apply, QUERY_CLIENT_BY_ID, &statement);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, ulid_bytes(id));
    result = statement_step(statement, &row, apply->failure);
    if (result == VAULT_OK && !row)
        return apply_missing(apply, "clients");
    if (result == VAULT_OK)
        *row_number = column_number(statement, 0);
    statement_reset(statement);
    return result;
}

static int assign(struct apply *apply, const struct ulid *id, const char *user, bool on)
{
    struct statement *statement;
    int64_t client = 0;
    int result = client_row(apply, id, &client);
    if (result == VAULT_OK)
        result = apply_query(apply, on ? QUERY_ASSIGNMENT_PUT : QUERY_ASSIGNMENT_DROP, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client);
    bind_text(statement, 2, user);
    if (on) {
        bind_text(statement, 3, apply->actor);
        bind_number(statement, 4, apply->seq);
    }
    return apply_run(apply, statement);
}

/* The card is sealed by whoever adds the client, in the same transaction; replay has and needs none. */
static int put_client(struct apply *apply, const struct ulid *id, const char *portfolio)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_CLIENT_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, ulid_bytes(id));
    bind_text(statement, 2, portfolio);
    bind_null(statement, 3);
    bind_null(statement, 4);
    bind_number(statement, 5, 0);
    bind_bytes(statement, 6, bytes_of(NULL, 0));
    bind_number(statement, 7, apply->seq);
    return apply_run(apply, statement);
}

enum client_change { CLIENT_ADD, CLIENT_ASSIGN, CLIENT_UNASSIGN };

static int apply_clients(struct apply *apply, enum client_change what)
{
    const json_t *list = json_object_get(apply->change, "clients");
    const char *portfolio = json_text(apply->change, "portfolio");
    const char *user = json_text(apply->change, "user");
    int result = VAULT_OK;
    if (what == CLIENT_ADD ? portfolio == NULL : user == NULL)
        return apply_missing(apply, what == CLIENT_ADD ? "portfolio" : "user");
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++) {
        struct ulid id;
        const char *text = json_string_value(json_array_get(list, i));
        if (text == NULL || !ulid_parse(bytes_of_text(text), &id))
            return apply_missing(apply, "clients");
        if (what == CLIENT_ADD)
            result = put_client(apply, &id, portfolio);
        if (result == VAULT_OK && user != NULL)
            result = assign(apply, &id, user, what != CLIENT_UNASSIGN);
    }
    return result;
}

int apply_client_add(struct apply *apply)
{
    return apply_clients(apply, CLIENT_ADD);
}

int apply_assignment_add(struct apply *apply)
{
    return apply_clients(apply, CLIENT_ASSIGN);
}

int apply_assignment_remove(struct apply *apply)
{
    return apply_clients(apply, CLIENT_UNASSIGN);
}
