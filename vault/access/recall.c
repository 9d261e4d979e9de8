#include "vault/access/recall_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"

/* Of one client. */
struct known {
    struct client_facts facts; /* row 0: free */
    json_t *card;            /* NULL: not opened yet */
    struct buffer assignees; /* as recall_assignees() gives them */
    bool assignees_known;
    bool genuine; /* no decoy */
};

/* What somebody typed. */
struct typed {
    int64_t row; /* 0: free */
    char text[RECALL_TYPED_MAX + 1];
};

struct recall {
    uint64_t state; /* store_state() of all that follows */
    struct known clients[RECALL_CLIENTS];
    struct typed typed[RECALL_CLIENTS];
};

struct recall *recall_new(void)
{
    return calloc(1, sizeof(struct recall));
}

static void forget(struct known *known)
{
    json_decref(known->card);
    buffer_free(&known->assignees);
    memset(known, 0, sizeof *known);
}

static void forget_all(struct recall *recall)
{
    for (size_t i = 0; i < RECALL_CLIENTS; i++)
        forget(&recall->clients[i]);
    wipe(recall, sizeof *recall);
}

void recall_free(struct recall *recall)
{
    if (recall == NULL)
        return;
    forget_all(recall);
    free(recall);
}

/* May it be asked, and told?  What it has of another state goes. */
static bool is_of_now(struct recall *recall, struct store *store)
{
    uint64_t state = recall == NULL ? 0 : store_state(store);
    if (state != 0 && state != recall->state) {
        forget_all(recall);
        recall->state = state;
    }
    return state != 0;
}

/* --- Places --- */

static struct known *find(struct recall *recall, struct store *store, int64_t row)
{
    if (row == 0 || !is_of_now(recall, store))
        return NULL;
    struct known *known = &recall->clients[(uint64_t)row % RECALL_CLIENTS];
    return known->facts.row == row ? known : NULL;
}

/* The client's place, whoever had it before; NULL where nothing can be kept. */
static struct known *take(struct recall *recall, struct store *store, const struct client_facts *client)
{
    struct known *known = find(recall, store, client->row);
    if (known != NULL || !is_of_now(recall, store))
        return known;
    known = &recall->clients[(uint64_t)client->row % RECALL_CLIENTS];
    forget(known);
    known->facts = *client;
    return known;
}

/* FNV-1a: whoever makes two texts meet in one place slows himself down. */
static struct typed *place_of(struct recall *recall, const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *c = text; *c != '\0'; c++)
        hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
    return &recall->typed[hash % RECALL_CLIENTS];
}

/* --- What is known --- */

bool recall_typed(
    struct recall *recall, struct store *store, const char *typed, struct client_facts *client, json_t **card)
{
    if (typed == NULL || strlen(typed) > RECALL_TYPED_MAX || !is_of_now(recall, store))
        return false;
    const struct typed *place = place_of(recall, typed);
    if (strcmp(place->text, typed) != 0)
        return false;
    struct known *known = find(recall, store, place->row);
    if (known == NULL || known->card == NULL)
        return false;
    *client = known->facts;
    if (card != NULL)
        *card = json_incref(known->card);
    return true;
}

void recall_keep_typed(
    struct recall *recall, struct store *store, const char *typed, const struct client_facts *client)
{
    const struct known *known = find(recall, store, client->row);
    if (known == NULL || known->card == NULL || strlen(typed) > RECALL_TYPED_MAX)
        return;
    struct typed *place = place_of(recall, typed);
    *place = (struct typed){.row = client->row};
    text_copy(place->text, sizeof place->text, typed);
}

bool recall_facts(struct recall *recall, struct store *store, int64_t row, struct client_facts *client)
{
    const struct known *known = find(recall, store, row);
    if (known != NULL)
        *client = known->facts;
    return known != NULL;
}

void recall_keep_facts(struct recall *recall, struct store *store, const struct client_facts *client)
{
    (void)take(recall, store, client);
}

json_t *recall_card(struct recall *recall, struct store *store, int64_t row)
{
    const struct known *known = find(recall, store, row);
    return known == NULL ? NULL : json_incref(known->card);
}

void recall_keep_card(
    struct recall *recall, struct store *store, const struct client_facts *client, json_t *card)
{
    struct known *known = take(recall, store, client);
    if (known == NULL)
        return;
    json_decref(known->card);
    known->card = json_incref(card);
}

bool recall_genuine(struct recall *recall, struct store *store, int64_t row)
{
    const struct known *known = find(recall, store, row);
    return known != NULL && known->genuine;
}

void recall_keep_genuine(struct recall *recall, struct store *store, const struct client_facts *client)
{
    struct known *known = take(recall, store, client);
    if (known != NULL)
        known->genuine = true;
}

bool recall_assignees(struct recall *recall, struct store *store, int64_t row, struct bytes *names)
{
    const struct known *known = find(recall, store, row);
    *names = (struct bytes){0};
    if (known == NULL || !known->assignees_known)
        return false;
    *names = buffer_bytes(&known->assignees);
    return true;
}

void recall_keep_assignees(
    struct recall *recall, struct store *store, const struct client_facts *client, struct buffer *names)
{
    struct known *known = buffer_error(names) == VAULT_OK ? take(recall, store, client) : NULL;
    if (known == NULL) {
        buffer_free(names);
        return;
    }
    buffer_free(&known->assignees);
    known->assignees = *names;
    known->assignees_known = true;
    *names = (struct buffer){0};
}
