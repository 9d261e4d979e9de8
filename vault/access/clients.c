#include "vault/access/clients.h"

#include <string.h>

#include "vault/access/accountable.h"
#include "vault/access/recall_private.h"
#include "vault/access/session_private.h"
#include "vault/base/text.h"

#define EXACT_TOKEN_SIZE 16

static int take_client(struct statement *statement, struct client_facts *client)
{
    struct bytes id = column_bytes(statement, 1);
    const char *portfolio = column_text(statement, 2);
    if (id.size != ULID_SIZE || strlen(portfolio) > NAME_SIZE_MAX)
        return VAULT_EDAMAGED;
    client->row = column_number(statement, 0);
    memcpy(client->id.data, id.data, ULID_SIZE);
    (void)strcpy(client->portfolio, portfolio);
    return VAULT_OK;
}

static int step_client(
    struct statement *statement, struct client_facts *client, bool *found, struct failure *failure)
{
    int result = statement_step(statement, found, failure);
    if (result == VAULT_OK && *found) {
        result = take_client(statement, client);
        statement_reset(statement);
    }
    return result;
}

int clients_by_row(struct session *session, int64_t row, struct client_facts *client, struct failure *failure)
{
    struct statement *statement;
    bool found = false;
    if (recall_facts(session->recall, session->store, row, client))
        return VAULT_OK;
    int result = store_query(session->store, QUERY_CLIENT_BY_ROW, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, row);
    result = step_client(statement, client, &found, failure);
    if (result == VAULT_OK && !found)
        result = failure_set(failure, VAULT_EDAMAGED, "the store lacks a client that its rows name");
    if (result == VAULT_OK)
        recall_keep_facts(session->recall, session->store, client);
    return result;
}

static int by_id(struct session *session, const struct ulid *id, struct client_facts *client, bool *found,
    struct failure *failure)
{
    struct statement *statement;
    int result = store_query(session->store, QUERY_CLIENT_BY_ID, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, ulid_bytes(id));
    return step_client(statement, client, found, failure);
}

static int by_token(struct session *session, enum query query, const char *label, const char *text,
    struct client_facts *client, bool *found, struct failure *failure)
{
    uint8_t token[EXACT_TOKEN_SIZE];
    struct statement *statement;
    int result = store_query(session->store, query, &statement, failure);
    if (result != VAULT_OK)
        return result;
    if (card_exact_token(session->keys.lookup, label, text, token) != VAULT_OK)
        return failure_set(failure, VAULT_ENOMEM, "no memory to look for a client");
    bind_bytes(statement, 1, bytes_of(token, sizeof token));
    return step_client(statement, client, found, failure);
}

/* Whoever can open the card compares: a token that was moved to another client must not lead there. */
static int check_token(struct session *session, const struct client_facts *client, const char *label,
    const char *member, const char *text, json_t **cardp, struct failure *failure)
{
    uint8_t asked[EXACT_TOKEN_SIZE];
    uint8_t there[EXACT_TOKEN_SIZE];
    char id[ULID_TEXT_SIZE];
    json_t *card = NULL;
    struct failure unseen = {0};
    int result = clients_card(session, client, &card, &unseen);
    if (result == VAULT_ENOKEY)
        return VAULT_OK;
    if (result != VAULT_OK)
        return failure_set(failure, result, "%s", unseen.text);
    const char *said = json_text(card, member);
    result = card_exact_token(session->keys.lookup, label, text, asked);
    if (result == VAULT_OK)
        result = card_exact_token(session->keys.lookup, label, said == NULL ? "" : said, there);
    if (result != VAULT_OK)
        (void)failure_set(failure, result, "no memory to look for a client");
    else if (said == NULL || memcmp(asked, there, sizeof asked) != 0) {
        ulid_format(&client->id, id);
        result =
            failure_set(failure, VAULT_EFORGED, "client %s is found under another client's %s", id, label);
    }
    if (result == VAULT_OK && cardp != NULL)
        *cardp = json_incref(card);
    json_decref(card);
    return result;
}

static int by_number(struct session *session, const char *client_no, const char *tax_id,
    struct client_facts *client, bool *found, json_t **card, struct failure *failure)
{
    int result = VAULT_OK;
    *found = false;
    if (client_no != NULL && client_no[0] != '\0') {
        result = by_token(session, QUERY_CLIENT_BY_NUMBER, "number", client_no, client, found, failure);
        if (result == VAULT_OK && *found)
            result = check_token(session, client, "number", "client_no", client_no, card, failure);
    }
    if (result == VAULT_OK && !*found && tax_id != NULL && tax_id[0] != '\0') {
        result = by_token(session, QUERY_CLIENT_BY_TAX, "tax", tax_id, client, found, failure);
        if (result == VAULT_OK && *found)
            result = check_token(session, client, "tax", "tax_id", tax_id, card, failure);
    }
    return result;
}

int clients_by_number(struct session *session, const char *client_no, const char *tax_id,
    struct client_facts *client, bool *found, struct failure *failure)
{
    return by_number(session, client_no, tax_id, client, found, NULL, failure);
}

/* --- By name: through the blind index of the directories that the person can open --- */

static bool card_has_name(const json_t *card, const char *typed)
{
    const char *name = json_text(card, "name");
    return name != NULL && bytes_equal(text_trim(bytes_of_text(name)), text_trim(bytes_of_text(typed)));
}

struct by_name {
    struct session *session;
    const char *typed;
    struct client_facts *client;
    size_t exact;
    size_t partial;
    struct client_facts one_partial;
};

static int look_at_candidate(struct by_name *search, uint64_t number, struct failure *failure)
{
    struct client_facts candidate;
    json_t *card = NULL;
    if ((number & CARD_NUMBER) == 0)
        return VAULT_OK;
    int result = clients_by_row(search->session, (int64_t)(number & ~CARD_NUMBER), &candidate, failure);
    if (result == VAULT_OK)
        result = clients_card(search->session, &candidate, &card, failure);
    if (result == VAULT_OK) {
        search->partial++;
        search->one_partial = candidate;
        if (card_has_name(card, search->typed)) {
            search->exact++;
            *search->client = candidate;
        }
    }
    json_decref(card);
    return result;
}

static int search_portfolio(struct by_name *search, const char *portfolio, struct failure *failure)
{
    const struct secret *index;
    struct numbers numbers = {0};
    struct failure tried = {0};
    int result = keyring_index(search->session->keyring, portfolio, COMPARTMENT_DIRECTORY, &index, NULL);
    if (result == VAULT_ENOKEY)
        return VAULT_OK; /* not one of this person's portfolios */
    if (result == VAULT_OK)
        result = records_search(search->session->records, index, search->typed, 1000, &numbers, &tried);
    if (result == VAULT_EINPUT)
        result = VAULT_OK; /* too short to be a name */
    else if (result != VAULT_OK && tried.error != VAULT_OK)
        result = failure_set(failure, result, "%s", tried.text);
    for (size_t i = 0; i < numbers.count && result == VAULT_OK; i++)
        result = look_at_candidate(search, numbers.items[i], failure);
    numbers_free(&numbers);
    return result;
}

static int by_name(struct session *session, const char *typed, struct client_facts *client, bool *found,
    struct failure *failure)
{
    struct by_name search = {.session = session, .typed = typed, .client = client};
    struct statement *statement = NULL;
    bool row = true;
    int result = statement_own(session->store, QUERY_PORTFOLIO_NAMES, &statement, failure);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        result = search_portfolio(&search, column_text(statement, 0), failure);
    statement_free(statement);
    if (result != VAULT_OK)
        return result;
    if (search.exact == 0 && search.partial == 1) {
        *client = search.one_partial;
        search.exact = 1;
    }
    *found = search.exact == 1;
    if (search.exact > 1 || search.partial > 1) {
        failure_remedy(failure, "use the client's number or id, as 'client list' shows them");
        return search.exact == 1 ? VAULT_OK
                                 : failure_set(failure, VAULT_EINPUT, "'%s' may be any of %zu clients", typed,
                                       search.exact > 1 ? search.exact : search.partial);
    }
    return VAULT_OK;
}

int clients_find(
    struct session *session, const char *typed, struct client_facts *client, struct failure *failure)
{
    return clients_find_card(session, typed, client, NULL, failure);
}

int clients_find_card(struct session *session, const char *typed, struct client_facts *client, json_t **card,
    struct failure *failure)
{
    struct ulid id;
    bool found = false;
    int result = VAULT_OK;
    memset(client, 0, sizeof *client);
    if (card != NULL)
        *card = NULL;
    if (recall_typed(session->recall, session->store, typed, client, card))
        return VAULT_OK;
    if (ulid_parse(bytes_of_text(typed), &id))
        result = by_id(session, &id, client, &found, failure);
    if (result == VAULT_OK && !found)
        result = by_number(session, typed, typed, client, &found, card, failure);
    if (result == VAULT_OK && found)
        recall_keep_typed(session->recall, session->store, typed, client);
    if (result == VAULT_OK && !found)
        result = by_name(session, typed, client, &found, failure);
    if (result == VAULT_OK && !found) {
        failure_remedy(failure, "'client list' shows the clients that you may see");
        result = failure_set(failure, VAULT_ENOTFOUND, "there is no client '%s'", typed);
    }
    return result;
}

/* --- Cards --- */

static int card_row(
    struct session *session, int64_t client, int64_t *version, struct buffer *sealed, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session->store, QUERY_CLIENT_BY_ROW, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row) {
        *version = column_number(statement, 3);
        buffer_put(sealed, column_bytes(statement, 4));
        statement_reset(statement);
        result = buffer_error(sealed);
    }
    return result;
}

int clients_card(
    struct session *session, const struct client_facts *client, json_t **card, struct failure *failure)
{
    const struct secret *key;
    struct buffer sealed = {0};
    int64_t version = 0;
    *card = recall_card(session->recall, session->store, client->row);
    if (*card != NULL)
        return VAULT_OK;
    int result = keyring_cards(session->keyring, client->portfolio, &key, failure);
    if (result == VAULT_OK)
        result = card_row(session, client->row, &version, &sealed, failure);
    if (result == VAULT_OK)
        result = card_open(key, &session->vault, &client->id, version, buffer_bytes(&sealed), card);
    if (result == VAULT_EFORGED) {
        char id[ULID_TEXT_SIZE];
        ulid_format(&client->id, id);
        (void)failure_set(
            failure, result, "the card of client %s is damaged, forged or not in its place", id);
    }
    if (result == VAULT_OK)
        recall_keep_card(session->recall, session->store, client, *card);
    buffer_free(&sealed);
    return result;
}

static int bind_token(struct session *session, struct statement *statement, int parameter, const char *label,
    const char *text, uint8_t token[EXACT_TOKEN_SIZE])
{
    if (text == NULL || text[0] == '\0') {
        bind_null(statement, parameter);
        return VAULT_OK;
    }
    bind_bytes(statement, parameter, bytes_of(token, EXACT_TOKEN_SIZE));
    return card_exact_token(session->keys.lookup, label, text, token);
}

int clients_put_card(struct session *session, const struct client_facts *client,
    const struct client_card *card, struct postings *postings, struct failure *failure)
{
    const struct secret *key;
    const struct secret *index;
    struct statement *statement;
    struct buffer old = {0};
    struct buffer sealed = {0};
    uint8_t number[EXACT_TOKEN_SIZE];
    uint8_t tax[EXACT_TOKEN_SIZE];
    int64_t version = 0;
    int result = keyring_cards(session->keyring, client->portfolio, &key, failure);
    if (result == VAULT_OK)
        result = keyring_index(session->keyring, client->portfolio, COMPARTMENT_DIRECTORY, &index, failure);
    if (result == VAULT_OK)
        result = card_row(session, client->row, &version, &old, failure);
    if (result == VAULT_OK)
        result = card_seal(key, &session->vault, &client->id, version + 1, card, &sealed);
    if (result == VAULT_OK)
        result = store_query(session->store, QUERY_CLIENT_CARD, &statement, failure);
    if (result == VAULT_OK) {
        bind_number(statement, 1, client->row);
        result = bind_token(session, statement, 2, "number", card->client_no, number);
        if (result == VAULT_OK)
            result = bind_token(session, statement, 3, "tax", card->tax_id, tax);
        bind_number(statement, 4, version + 1);
        bind_bytes(statement, 5, buffer_bytes(&sealed));
        if (result == VAULT_OK)
            result = statement_run(statement, failure);
    }
    if (result == VAULT_OK)
        result = card_index(index, card, client->row, postings, failure);
    buffer_free(&old);
    buffer_free(&sealed);
    return result;
}

/* --- Keys for records --- */

static int client_key(void *context, int64_t client, enum compartment compartment, const struct secret **key,
    struct failure *failure)
{
    struct session *session = context;
    struct client_facts facts;
    struct client_ref ref = {.row = client};
    int result = clients_by_row(session, client, &facts, failure);
    if (result != VAULT_OK)
        return result;
    ref.id = facts.id;
    (void)strcpy(ref.portfolio, facts.portfolio);
    return keyring_client(session->keyring, &ref, compartment, key, failure);
}

static int index_key(void *context, int64_t client, enum compartment compartment, const struct secret **key,
    struct failure *failure)
{
    struct session *session = context;
    struct client_facts facts;
    int result = clients_by_row(session, client, &facts, failure);
    return result == VAULT_OK ? keyring_index(session->keyring, facts.portfolio, compartment, key, failure)
                              : result;
}

struct record_keys clients_record_keys(struct session *session)
{
    return (struct record_keys){.context = session,
        .client = client_key,
        .index = index_key,
        .wrapping = accountable_wrapping,
        .release = accountable_release};
}

int clients_compartments(struct session *session, const struct client_facts *client, unsigned *compartments,
    struct failure *failure)
{
    *compartments = 0;
    for (int i = 0; i < COMPARTMENT_COUNT; i++) {
        const struct secret *key;
        int result = keyring_index(session->keyring, client->portfolio, (enum compartment)i, &key, NULL);
        if (result == VAULT_OK)
            *compartments |= 1u << i;
        else if (result != VAULT_ENOKEY)
            return failure_set(failure, result, "the keys of portfolio '%s' cannot be opened: %s",
                client->portfolio, vault_error_text(result));
    }
    return VAULT_OK;
}
