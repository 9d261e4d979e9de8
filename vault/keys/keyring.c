#include "vault/base/text.h"

#include <stdlib.h>
#include <string.h>

#include "vault/keys/boxes_private.h"
#include "vault/keys/keyring_private.h"

#define CLIENTS_KEPT 256 /* each takes locked pages */

int keyring_new(struct store *store, const struct ulid *vault, const char *user, const struct identity *identity,
    struct keyring **keyringp)
{
    *keyringp = NULL;
    struct keyring *keyring = calloc(1, sizeof *keyring);
    if (keyring == NULL)
        return VAULT_ENOMEM;
    keyring->store = store;
    keyring->vault = *vault;
    keyring->user = user;
    keyring->identity = identity;
    *keyringp = keyring;
    return VAULT_OK;
}

static void held_free(struct held *held)
{
    box_key_free(held->pair);
    secret_free(held->secret);
    free(held);
}

void keyring_forget(struct keyring *keyring)
{
    for (size_t i = 0; i < HELD_PLACES; i++) {
        while (keyring->held[i] != NULL) {
            struct held *next = keyring->held[i]->next;
            held_free(keyring->held[i]);
            keyring->held[i] = next;
        }
    }
    keyring->clients = 0;
}

void keyring_free(struct keyring *keyring)
{
    if (keyring == NULL)
        return;
    keyring_forget(keyring);
    free(keyring);
}

static size_t place_of(int kind, int compartment, int64_t number)
{
    return ((size_t)number * COMPARTMENT_COUNT + (size_t)compartment + (size_t)kind * 7) % HELD_PLACES;
}

struct held *keyring_find(
    const struct keyring *keyring, int kind, const char *name, int compartment, int64_t number)
{
    for (struct held *held = keyring->held[place_of(kind, compartment, number)]; held != NULL; held = held->next) {
        if (held->kind == kind && held->compartment == compartment && held->number == number &&
            strcmp(held->name, name) == 0)
            return held;
    }
    return NULL;
}

/* Take over @p pair or @p secret, also on failure. */
int keyring_keep(struct keyring *keyring, int kind, const char *name, int compartment, int64_t number,
    struct box_key *pair, struct secret *secret)
{
    struct held *held = calloc(1, sizeof *held);
    if (held == NULL) {
        box_key_free(pair);
        secret_free(secret);
        return VAULT_ENOMEM;
    }
    held->kind = kind;
    held->compartment = compartment;
    held->number = number;
    text_copy(held->name, NAME_SIZE_MAX + 1, name);
    held->pair = pair;
    held->secret = secret;
    struct held **place = &keyring->held[place_of(kind, compartment, number)];
    held->next = *place;
    *place = held;
    return VAULT_OK;
}

static int pair_of(struct secret *inner, struct box_key **pair)
{
    *pair = box_key_from_secret(inner);
    secret_free(inner);
    return *pair == NULL ? VAULT_ENOMEM : VAULT_OK;
}

/* --- Roles --- */

static int role_epoch(struct keyring *keyring, const char *role, int64_t *epoch, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(keyring->store, QUERY_ROLE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    result = statement_step(statement, &row, failure);
    if (result != VAULT_OK)
        return result;
    if (!row)
        return failure_set(failure, VAULT_ENOTFOUND, "there is no role '%s'", role);
    *epoch = column_number(statement, 2);
    statement_reset(statement);
    return VAULT_OK;
}

static int open_role(
    struct keyring *keyring, const char *role, int64_t epoch, struct box_key **pair, struct failure *failure)
{
    struct statement *statement;
    struct place place;
    struct secret *inner = NULL;
    bool row = false;
    int result = store_query(keyring->store, QUERY_ROLE_SECRET_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_number(statement, 2, epoch);
    bind_text(statement, 3, keyring->user);
    result = statement_step(statement, &row, failure);
    if (result != VAULT_OK)
        return result;
    if (!row)
        return VAULT_ENOKEY;
    place_role(&place, &keyring->vault, role, epoch, keyring->user);
    result = box_open_secret(
        identity_box(keyring->identity), place_bytes(&place), column_bytes(statement, 0), &inner);
    statement_reset(statement);
    if (result == VAULT_EFORGED)
        (void)failure_set(failure, result, "your copy of the key of role '%s' is damaged or not yours", role);
    return result == VAULT_OK ? pair_of(inner, pair) : result;
}

int keyring_role_at(struct keyring *keyring, const char *role, int64_t epoch, const struct box_key **key,
    struct failure *failure)
{
    struct box_key *pair = NULL;
    const struct held *held = keyring_find(keyring, HELD_ROLE, role, 0, epoch);
    *key = NULL;
    if (held != NULL) {
        *key = held->pair;
        return VAULT_OK;
    }
    int result = open_role(keyring, role, epoch, &pair, failure);
    if (result == VAULT_OK)
        result = keyring_keep(keyring, HELD_ROLE, role, 0, epoch, pair, NULL);
    if (result == VAULT_OK)
        *key = pair;
    return result;
}

int keyring_role(
    struct keyring *keyring, const char *role, const struct box_key **key, struct failure *failure)
{
    int64_t epoch = 0;
    *key = NULL;
    int result = role_epoch(keyring, role, &epoch, failure);
    return result == VAULT_OK ? keyring_role_at(keyring, role, epoch, key, failure) : result;
}

/* --- Portfolios --- */

#define ROLES_MAX 64u

struct membership {
    char roles[ROLES_MAX][NAME_SIZE_MAX + 1];
    size_t count;
};

/* The roles that this person holds any box of. */
static int memberships(struct keyring *keyring, struct membership *membership, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    membership->count = 0;
    int result = store_query(keyring->store, QUERY_ROLE_SECRETS_OF, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, keyring->user);
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        const char *role = column_text(statement, 0);
        size_t last = membership->count;
        if (last > 0 && strcmp(membership->roles[last - 1], role) == 0)
            continue;
        if (last == ROLES_MAX || strlen(role) > NAME_SIZE_MAX)
            break;
        memcpy(membership->roles[last], role, strlen(role) + 1);
        membership->count++;
    }
    statement_reset(statement);
    return result;
}

static int open_portfolio_through(struct keyring *keyring, const char *portfolio, enum compartment compartment,
    int64_t epoch, const char *role, struct box_key **pair, struct failure *failure)
{
    struct statement *statement;
    struct place place;
    const struct box_key *role_key;
    struct secret *inner = NULL;
    struct buffer boxed = {0};
    bool row = false;
    int result = store_query(keyring->store, QUERY_PORTFOLIO_SECRET_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, portfolio);
    bind_number(statement, 2, compartment);
    bind_number(statement, 3, epoch);
    bind_text(statement, 4, role);
    result = statement_step(statement, &row, failure);
    if (result != VAULT_OK || !row)
        return result == VAULT_OK ? VAULT_ENOKEY : result;
    int64_t epoch_of_role = column_number(statement, 0);
    buffer_put(&boxed, column_bytes(statement, 1));
    statement_reset(statement);
    result = buffer_error(&boxed);
    if (result == VAULT_OK)
        result = keyring_role_at(keyring, role, epoch_of_role, &role_key, failure);
    if (result == VAULT_OK) {
        place_portfolio(&place, &keyring->vault, portfolio, compartment, epoch, role, epoch_of_role);
        result = box_open_secret(role_key, place_bytes(&place), buffer_bytes(&boxed), &inner);
        if (result == VAULT_EFORGED)
            (void)failure_set(failure, result, "the key of portfolio '%s' (%s) is damaged or not in its place",
                portfolio, compartment_name(compartment));
    }
    if (result == VAULT_OK)
        result = pair_of(inner, pair);
    buffer_free(&boxed);
    return result;
}

static int open_portfolio(struct keyring *keyring, const char *portfolio, enum compartment compartment,
    int64_t epoch, struct box_key **pair, struct failure *failure)
{
    struct membership membership;
    int result = memberships(keyring, &membership, failure);
    if (result != VAULT_OK)
        return result;
    result = VAULT_ENOKEY;
    for (size_t i = 0; i < membership.count && result == VAULT_ENOKEY; i++)
        result = open_portfolio_through(
            keyring, portfolio, compartment, epoch, membership.roles[i], pair, failure);
    if (result == VAULT_ENOKEY)
        (void)failure_set(failure, result, "no key of yours opens %s of portfolio '%s'",
            compartment_name(compartment), portfolio);
    return result;
}

int keyring_portfolio(struct keyring *keyring, const char *portfolio, enum compartment compartment, int64_t epoch,
    const struct box_key **key, struct failure *failure)
{
    struct box_key *pair = NULL;
    const struct held *held = keyring_find(keyring, HELD_PORTFOLIO, portfolio, (int)compartment, epoch);
    *key = NULL;
    if (held != NULL) {
        *key = held->pair;
        return VAULT_OK;
    }
    int result = open_portfolio(keyring, portfolio, compartment, epoch, &pair, failure);
    if (result == VAULT_OK)
        result = keyring_keep(keyring, HELD_PORTFOLIO, portfolio, (int)compartment, epoch, pair, NULL);
    if (result == VAULT_OK)
        *key = pair;
    return result;
}

/* --- Index keys and client keys --- */

static int open_index(struct keyring *keyring, const char *portfolio, enum compartment compartment,
    struct secret **index, struct failure *failure)
{
    struct statement *statement;
    struct place place;
    const struct box_key *pair;
    struct buffer boxed = {0};
    bool row = false;
    int result = store_query(keyring->store, QUERY_INDEX_KEY_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, portfolio);
    bind_number(statement, 2, compartment);
    result = statement_step(statement, &row, failure);
    if (result != VAULT_OK)
        return result;
    if (!row)
        return failure_set(failure, VAULT_ENOTFOUND, "there is no portfolio '%s'", portfolio);
    int64_t epoch = column_number(statement, 0);
    buffer_put(&boxed, column_bytes(statement, 1));
    statement_reset(statement);
    result = buffer_error(&boxed);
    if (result == VAULT_OK)
        result = keyring_portfolio(keyring, portfolio, compartment, epoch, &pair, failure);
    if (result == VAULT_OK) {
        place_index(&place, &keyring->vault, portfolio, compartment, epoch);
        result = box_open_secret(pair, place_bytes(&place), buffer_bytes(&boxed), index);
        if (result == VAULT_EFORGED)
            (void)failure_set(failure, result, "the index key of portfolio '%s' (%s) is damaged or not in its place",
                portfolio, compartment_name(compartment));
    }
    buffer_free(&boxed);
    return result;
}

int keyring_index(struct keyring *keyring, const char *portfolio, enum compartment compartment,
    const struct secret **key, struct failure *failure)
{
    struct secret *index = NULL;
    const struct held *held = keyring_find(keyring, HELD_INDEX, portfolio, (int)compartment, 0);
    *key = NULL;
    if (held != NULL) {
        *key = held->secret;
        return VAULT_OK;
    }
    int result = open_index(keyring, portfolio, compartment, &index, failure);
    if (result == VAULT_OK)
        result = keyring_keep(keyring, HELD_INDEX, portfolio, (int)compartment, 0, NULL, index);
    if (result == VAULT_OK)
        *key = index;
    return result;
}

int keyring_cards(
    struct keyring *keyring, const char *portfolio, const struct secret **key, struct failure *failure)
{
    const struct secret *index;
    struct secret *cards = NULL;
    const struct held *held = keyring_find(keyring, HELD_CARDS, portfolio, 0, 0);
    *key = NULL;
    if (held != NULL) {
        *key = held->secret;
        return VAULT_OK;
    }
    int result = keyring_index(keyring, portfolio, COMPARTMENT_DIRECTORY, &index, failure);
    if (result == VAULT_OK)
        result = secret_derive(index, "dircards", 1, &cards);
    if (result == VAULT_OK)
        result = keyring_keep(keyring, HELD_CARDS, portfolio, 0, 0, NULL, cards);
    if (result == VAULT_OK)
        *key = cards;
    return result;
}

static int open_client(struct keyring *keyring, const struct client_ref *client, enum compartment compartment,
    struct secret **opened, struct failure *failure)
{
    struct statement *statement;
    struct place place;
    const struct box_key *pair;
    struct buffer boxed = {0};
    bool row = false;
    int result = store_query(keyring->store, QUERY_CLIENT_KEY_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client->row);
    bind_number(statement, 2, compartment);
    result = statement_step(statement, &row, failure);
    if (result != VAULT_OK)
        return result;
    if (!row)
        return failure_set(failure, VAULT_ENOKEY, "this client's key of %s is gone (erased)",
            compartment_name(compartment));
    int64_t epoch = column_number(statement, 0);
    int64_t portfolio_epoch = column_number(statement, 1);
    buffer_put(&boxed, column_bytes(statement, 2));
    statement_reset(statement);
    result = buffer_error(&boxed);
    if (result == VAULT_OK)
        result = keyring_portfolio(keyring, client->portfolio, compartment, portfolio_epoch, &pair, failure);
    if (result == VAULT_OK) {
        place_client(
            &place, &keyring->vault, &client->id, compartment, epoch, client->portfolio, portfolio_epoch);
        result = box_open_secret(pair, place_bytes(&place), buffer_bytes(&boxed), opened);
        if (result == VAULT_EFORGED)
            (void)failure_set(failure, result, "the client's key of %s is damaged or not in its place",
                compartment_name(compartment));
    }
    buffer_free(&boxed);
    return result;
}

/* A long run over many clients would fill the lockable memory; then all of them are opened afresh. */
static void make_room(struct keyring *keyring)
{
    if (keyring->clients < CLIENTS_KEPT)
        return;
    for (size_t i = 0; i < HELD_PLACES; i++) {
        struct held **link = &keyring->held[i];
        while (*link != NULL) {
            struct held *held = *link;
            if (held->kind == HELD_CLIENT) {
                *link = held->next;
                held_free(held);
            } else {
                link = &held->next;
            }
        }
    }
    keyring->clients = 0;
}

int keyring_client(struct keyring *keyring, const struct client_ref *client, enum compartment compartment,
    const struct secret **key, struct failure *failure)
{
    struct secret *opened = NULL;
    char id[ULID_TEXT_SIZE];
    /* The id too: a row that was rolled back is another client's next time. */
    ulid_format(&client->id, id);
    const struct held *held = keyring_find(keyring, HELD_CLIENT, id, (int)compartment, client->row);
    *key = NULL;
    if (held != NULL) {
        *key = held->secret;
        return VAULT_OK;
    }
    make_room(keyring);
    int result = open_client(keyring, client, compartment, &opened, failure);
    if (result == VAULT_OK)
        result = keyring_keep(keyring, HELD_CLIENT, id, (int)compartment, client->row, NULL, opened);
    if (result == VAULT_OK) {
        *key = opened;
        keyring->clients++;
    }
    return result;
}
