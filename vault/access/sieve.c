/* Many clients held against one person: what is left of the policy when all but the resource is known. */
#include <string.h>

#include "vault/access/counters_private.h"
#include "vault/access/inquiry_private.h"
#include "vault/base/text.h"

json_t *answer_names(const struct cedar_answer *answer)
{
    json_t *names = json_array();
    for (size_t i = 0; names != NULL && i < answer->reason_count; i++) {
        struct cedar_str name = policy_name(answer->reasons[i]);
        (void)json_array_append_new(names, json_stringn(name.data, name.len));
    }
    return names;
}

/* --- Clients: two tables walked side by side, so that no client is looked up --- */

#define ASSIGNEES_MAX 512

struct sieve {
    struct asker *asker;
    const struct access_request *request;
    struct cedar_arena *kept; /* of the residual; the decider's is emptied for each client */
    struct cedar_residual *residual;
    struct statement *clients;
    struct statement *assignments; /* client, user; in the same order */
    bool more;                     /* an assignment waits in its statement */
    bool freezes;                  /* something is frozen, so each client is looked at */
    struct failure *failure;
};

static int next_assignment(struct sieve *sieve)
{
    return statement_step(sieve->assignments, &sieve->more, sieve->failure);
}

static int assignees_of(struct sieve *sieve, int64_t client, const struct cedar_value **set)
{
    const struct cedar_value *items[ASSIGNEES_MAX];
    struct cedar_arena *arena = cedar_entities_arena(sieve->asker->decider->upper);
    size_t count = 0;
    int result = VAULT_OK;
    while (result == VAULT_OK && sieve->more && column_number(sieve->assignments, 0) < client)
        result = next_assignment(sieve);
    while (result == VAULT_OK && sieve->more && column_number(sieve->assignments, 0) == client) {
        struct cedar_uid user = cedar_uid_of("User", column_text(sieve->assignments, 1));
        if (count < ASSIGNEES_MAX)
            items[count++] = cedar_uid_value(arena, user);
        result = next_assignment(sieve);
    }
    *set = cedar_set(arena, items, count);
    return result;
}

static int take_client(struct sieve *sieve, struct client_facts *client)
{
    struct bytes id = column_bytes(sieve->clients, 1);
    const char *portfolio = column_text(sieve->clients, 2);
    if (id.size != ULID_SIZE || strlen(portfolio) > NAME_SIZE_MAX)
        return VAULT_EDAMAGED;
    client->row = column_number(sieve->clients, 0);
    memcpy(client->id.data, id.data, ULID_SIZE);
    text_copy(client->portfolio, sizeof client->portfolio, portfolio);
    return VAULT_OK;
}

/* The client as the resource; or, where records are asked about, a record of the client that stands for all
 * of its kind and goes by the client's id. */
static int add_entity(struct sieve *sieve, const struct client_facts *client, const char *id)
{
    struct cedar_entities *layer = sieve->asker->decider->upper;
    struct cedar_uid uid = cedar_uid_of("Client", id);
    struct access_request request = *sieve->request;
    const struct cedar_value *assignees;
    request.client = client;
    request.record = request.record == NULL ? NULL : &client->id;
    /* Frozen is rare; then each client goes the long way, by the tables that say what is. */
    if (sieve->freezes)
        return ask_add_resource(sieve->asker, &request, layer, sieve->failure);
    int result = assignees_of(sieve, client->row, &assignees);
    if (result == VAULT_OK)
        result = ask_add_client(layer, uid, cedar_uid_of("Portfolio", client->portfolio), assignees, false);
    if (result == VAULT_OK && request.record != NULL)
        result = ask_add_record(layer, &request, uid, assignees, false);
    return result;
}

static const char *sieve_type(const struct sieve *sieve)
{
    return sieve->request->record != NULL ? "Record" : "Client";
}

static int decide_client(struct sieve *sieve, const struct client_facts *client, struct cedar_answer *answer)
{
    struct decider *decider = sieve->asker->decider;
    char id[ULID_TEXT_SIZE];
    ulid_format(&client->id, id);
    struct cedar_request filling = {.resource = cedar_uid_of(sieve_type(sieve), id)};
    cedar_arena_reset(decider->arena);
    cedar_entities_reset(decider->upper);
    int result = add_entity(sieve, client, id);
    if (result == VAULT_OK && cedar_entities_seal(decider->upper, NULL) != CEDAR_OK)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK &&
        cedar_residual_decide(sieve->residual, decider->upper, &filling, decider->arena, answer) != CEDAR_OK)
        result = VAULT_ENOMEM;
    return result;
}

/* All that is the same for every client is decided here, once. */
static int sieve_start(struct sieve *sieve)
{
    struct asker *asker = sieve->asker;
    struct decider *decider = asker->decider;
    struct statement *freezes;
    struct cedar_request asked = {.principal = cedar_uid_of("User", asker->user),
        .action = cedar_uid_of("Action", sieve->request->action),
        .resource = {.type = cedar_str(sieve_type(sieve))}};
    cedar_arena_reset(decider->arena);
    int result = store_query(asker->store, QUERY_FREEZE_LIST, &freezes, sieve->failure);
    if (result == VAULT_OK)
        result = statement_step(freezes, &sieve->freezes, sieve->failure);
    if (result == VAULT_OK)
        statement_reset(freezes);
    if (result == VAULT_OK)
        result = statement_own(asker->store, QUERY_CLIENT_FACTS, &sieve->clients, sieve->failure);
    if (result == VAULT_OK)
        result = statement_own(asker->store, QUERY_ASSIGNMENT_ROWS, &sieve->assignments, sieve->failure);
    if (result == VAULT_OK)
        result = next_assignment(sieve);
    if (result != VAULT_OK)
        return result;
    /* The context stays in use with the residual, so it is made in the arena that is kept. */
    struct cedar_arena *scratch = decider->arena;
    decider->arena = sieve->kept;
    asked.context = ask_context(asker, sieve->request);
    decider->arena = scratch;
    if (asked.context == NULL || cedar_residual_new(decider->policies, decider->lower, &asked,
                                     CEDAR_UNKNOWN_RESOURCE, sieve->kept, &sieve->residual) != CEDAR_OK)
        return VAULT_ENOMEM;
    return VAULT_OK;
}

static int sieve_all(struct sieve *sieve, sieved_fn each, void *context)
{
    bool row = true;
    int result = VAULT_OK;
    while (result == VAULT_OK &&
           (result = statement_step(sieve->clients, &row, sieve->failure)) == VAULT_OK && row) {
        struct client_facts client;
        struct cedar_answer answer = {0};
        result = take_client(sieve, &client);
        if (result == VAULT_OK)
            result = decide_client(sieve, &client, &answer);
        if (result == VAULT_OK)
            result = each(context, &client, answer.decision == CEDAR_ALLOW, &answer);
    }
    return result;
}

int sieve_clients(struct asker *asker, const struct access_request *request, sieved_fn each, void *context,
    struct failure *failure)
{
    struct sieve sieve = {.asker = asker, .request = request, .kept = cedar_arena_new(0), .failure = failure};
    int result = sieve.kept == NULL ? VAULT_ENOMEM : sieve_start(&sieve);
    if (result == VAULT_OK)
        result = sieve_all(&sieve, each, context);
    statement_free(sieve.clients);
    statement_free(sieve.assignments);
    cedar_arena_free(sieve.kept);
    return result == VAULT_OK ? result
                              : failure_set(failure, result, "the clients could not be gone through: %s",
                                    vault_error_text(result));
}

/* --- For the session's person, and for anybody --- */

struct relay {
    int (*each)(void *context, const struct client_facts *client);
    listed_fn listed;
    void *context;
};

static int relay_permitted(
    void *context, const struct client_facts *client, bool permitted, const struct cedar_answer *answer)
{
    const struct relay *relay = context;
    (void)answer;
    return permitted ? relay->each(relay->context, client) : VAULT_OK;
}

int access_clients(struct session *session, const struct access_request *request,
    int (*each)(void *context, const struct client_facts *client), void *context, struct failure *failure)
{
    struct relay relay = {.each = each, .context = context};
    struct asker asker;
    int result = session_decider(session, &asker, failure);
    if (result == VAULT_OK && (asker.decider->mentions.counters || asker.decider->mentions.tallies))
        result = counters_fill(session, &asker, UINT64_MAX, failure);
    return result == VAULT_OK ? sieve_clients(&asker, request, relay_permitted, &relay, failure) : result;
}

static int relay_listed(
    void *context, const struct client_facts *client, bool permitted, const struct cedar_answer *answer)
{
    const struct relay *relay = context;
    json_t *names = answer_names(answer);
    struct listed listed = {.client = client, .permitted = permitted, .policies = names};
    int result = names == NULL ? VAULT_ENOMEM : relay->listed(relay->context, &listed);
    json_decref(names);
    return result;
}

int inquiry_clients(struct inquiry *inquiry, const struct question *question, listed_fn each, void *context,
    struct failure *failure)
{
    struct relay relay = {.listed = each, .context = context};
    struct asker asker;
    int result = inquiry_asker(inquiry, question, &asker, failure);
    if (result == VAULT_OK)
        result = decider_person(&asker, failure);
    return result == VAULT_OK ? sieve_clients(&asker, &question->request, relay_listed, &relay, failure)
                              : result;
}
