/* A word among records and clients: candidates by keyed tokens, decided client by client, logged, and only then opened. */
#include <stdlib.h>
#include <string.h>

#include "vault/ops/call_private.h"
#include "vault/ops/decoys/decoy_private.h"
#include "vault/ops/records/released_private.h"
#include "vault/ops/records/shown_private.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 500
#define CLIENTS_DECIDED 4096

/* A row that the index names; opened only after the event. */
struct candidate {
    int64_t client;
    struct record_info info; /* info.row 0: the client's card */
};

/* What was decided for a client, so that a hundred of its records are decided once. */
struct decided {
    int64_t client;
    bool may;
};

struct search {
    struct call *call;
    const char *word;
    int64_t only; /* a client's row, 0: all */
    struct client_facts only_facts;
    size_t limit;
    struct candidate *candidates;
    size_t count;
    struct decided *decided;
    size_t decided_count;
    bool any_key;
    struct decision decision; /* of the first client that may be shown */
};

static int decide_client(struct search *search, int64_t client, bool *may)
{
    struct call *call = search->call;
    struct client_facts facts;
    struct decision decision = {0};
    struct access_request request = {
        .action = "record.search", .client = &facts, .purpose = call_text(call, "purpose")};
    for (size_t i = 0; i < search->decided_count; i++) {
        if (search->decided[i].client == client) {
            *may = search->decided[i].may;
            return VAULT_OK;
        }
    }
    int result = clients_by_row(call->session, client, &facts, call->failure);
    if (result == VAULT_OK)
        result = access_decide(call->session, &request, &decision, call->failure);
    *may = result == VAULT_OK && decision.permitted;
    if (result == VAULT_OK && search->decided_count < CLIENTS_DECIDED)
        search->decided[search->decided_count++] = (struct decided){client, *may};
    if (*may && search->decision.json == NULL)
        search->decision = decision;
    else
        decision_free(&decision);
    return result;
}

static int add_candidate(struct search *search, uint64_t number)
{
    struct call *call = search->call;
    struct candidate candidate = {0};
    bool may = false;
    int result = VAULT_OK;
    if ((number & CARD_NUMBER) != 0) {
        candidate.client = (int64_t)(number & ~CARD_NUMBER);
    } else {
        result = records_info(session_records(call->session), (int64_t)number, &candidate.info, call->failure);
        candidate.client = candidate.info.client;
    }
    if (result != VAULT_OK || (search->only != 0 && candidate.client != search->only))
        return result;
    result = decide_client(search, candidate.client, &may);
    if (result == VAULT_OK && may)
        search->candidates[search->count++] = candidate;
    return result;
}

static int search_compartment(struct search *search, const char *portfolio, enum compartment compartment)
{
    struct call *call = search->call;
    const struct secret *index;
    struct numbers numbers = {0};
    int result = keyring_index(session_keyring(call->session), portfolio, compartment, &index, NULL);
    if (result == VAULT_ENOKEY)
        return VAULT_OK;
    search->any_key = search->any_key || result == VAULT_OK;
    if (result == VAULT_OK)
        result = records_search(session_records(call->session), index, search->word, 100000, &numbers, call->failure);
    for (size_t i = 0; i < numbers.count && result == VAULT_OK && search->count < search->limit; i++)
        result = add_candidate(search, numbers.items[i]);
    numbers_free(&numbers);
    return result;
}

static int search_all(struct search *search)
{
    struct statement *portfolios = NULL;
    bool row = true;
    int result = statement_own(session_store(search->call->session), QUERY_PORTFOLIO_NAMES, &portfolios, search->call->failure);
    while (result == VAULT_OK && (result = statement_step(portfolios, &row, search->call->failure)) == VAULT_OK && row) {
        for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++)
            result = search_compartment(search, column_text(portfolios, 0), (enum compartment)i);
    }
    statement_free(portfolios);
    if (result == VAULT_OK && !search->any_key) {
        failure_remedy(search->call->failure,
            "a grant is completed when a member of the role is next in session; ask one to log in");
        result = failure_set(search->call->failure, VAULT_ENOKEY, "you hold no key of any portfolio yet");
    }
    return result;
}

/* The log says what may have been shown; the word itself only as a keyed hash. */
static json_t *event_members(struct search *search, const struct access_request *request, const struct decision *asked)
{
    struct call *call = search->call;
    uint8_t token[16];
    json_t *resources = json_array();
    for (size_t i = 0; i < search->count; i++) {
        const struct candidate *candidate = &search->candidates[i];
        struct client_facts client;
        if (clients_by_row(call->session, candidate->client, &client, NULL) != VAULT_OK)
            continue;
        if (candidate->info.row != 0)
            (void)json_array_append_new(resources,
                json_pack("{s:s,s:o,s:o,s:I}", "type", "record", "id", json_ulid(&candidate->info.id), "client",
                    json_ulid(&client.id), "version", (json_int_t)candidate->info.version));
        else
            (void)json_array_append_new(
                resources, json_pack("{s:s,s:o}", "type", "client", "id", json_ulid(&client.id)));
    }
    json_t *members = access_event_members(call->session, request, asked, resources);
    keyed_token(session_keys(call->session)->lookup, "search", bytes_of_text(search->word), token, sizeof token);
    if (members != NULL)
        (void)json_object_set_new(members, "query", json_hex(bytes_of(token, sizeof token)));
    return members;
}

/* --- Showing --- */

static int show_card(struct search *search, const struct candidate *candidate)
{
    struct call *call = search->call;
    struct client_facts client;
    json_t *card = NULL;
    int result = clients_by_row(call->session, candidate->client, &client, call->failure);
    if (result == VAULT_OK)
        result = clients_card(call->session, &client, &card, call->failure);
    if (result != VAULT_OK)
        return result;
    const char *name = json_text(card, "name");
    json_t *terms = json_object();
    static const char *const fields[] = {"client_no", "name", "tax_id"};
    for (size_t i = 0; i < 3; i++) {
        if (json_text(card, fields[i]) != NULL)
            (void)json_object_set(terms, fields[i], json_object_get(card, fields[i]));
    }
    struct record_head head = {.head = json_pack("{s:o}", "terms", terms)};
    json_t *matched = records_matches(&head, search->word);
    if (matched == NULL)
        result = failure_set(call->failure, VAULT_ENOMEM, "no memory for the search");
    else if (json_array_size(matched) > 0)
        result = reply_row(call, json_pack("{s:o,s:s,s:s,s:O}", "client", json_ulid(&client.id), "kind", "client",
                                     "title", name == NULL ? "" : name, "matched", matched));
    json_decref(matched);
    json_decref(head.head);
    json_decref(card);
    return result;
}

static int show_record(struct search *search, const struct candidate *candidate, uint64_t event)
{
    struct call *call = search->call;
    struct client_facts client;
    struct permit *permit = NULL;
    struct record_head head = {0};
    json_t *matched = NULL;
    unsigned compartment = 1u << kind_compartment(candidate->info.kind);
    int result = clients_by_row(call->session, candidate->client, &client, call->failure);
    if (result == VAULT_OK)
        result = call_permit(
            call, &search->decision, event, PERMIT_HEADS, candidate->client, compartment, NULL, &permit);
    if (result == VAULT_OK)
        result = records_head(session_records(call->session), permit, candidate->info.row, &head, call->failure);
    if (result == VAULT_OK) {
        const char *title = json_text(head.head, "title");
        matched = records_matches(&head, search->word);
        if (matched == NULL)
            result = failure_set(call->failure, VAULT_ENOMEM, "no memory for the search");
        else if (json_array_size(matched) > 0)
            result = reply_row(call,
                json_pack("{s:o,s:o,s:s,s:s,s:O}", "client", json_ulid(&client.id), "record",
                    json_ulid(&candidate->info.id), "kind", kind_name(candidate->info.kind), "title",
                    title == NULL ? "" : title, "matched", matched));
    }
    json_decref(matched);
    record_head_free(&head);
    permit_free(permit);
    return result;
}

static int show(struct search *search, uint64_t event)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < search->count && result == VAULT_OK; i++) {
        const struct candidate *candidate = &search->candidates[i];
        result = candidate->info.row == 0 ? show_card(search, candidate) : show_record(search, candidate, event);
    }
    return result;
}

static int need_candidates(struct search *search, struct releases *releases)
{
    struct call *call = search->call;
    int result = VAULT_OK;
    for (size_t i = 0; i < search->count && result == VAULT_OK; i++) {
        if (search->candidates[i].info.row != 0)
            result = records_need_row(
                session_records(call->session), search->candidates[i].info.row, releases, call->failure);
    }
    return result;
}

static int find_only(struct search *search)
{
    struct client_facts client;
    const char *typed = call_text(search->call, "client");
    if (typed == NULL)
        return VAULT_OK;
    int result = clients_find(search->call->session, typed, &client, search->call->failure);
    search->only = client.row;
    search->only_facts = client;
    if (result == VAULT_OK) {
        struct access_request request = {.action = "record.search", .client = &client};
        struct decision decision = {0};
        result = call_decide(search->call, &request, &decision);
        decision_free(&decision);
    }
    return result;
}

static int prepare(struct search *search)
{
    int64_t limit = call_number(search->call, "limit", LIMIT_DEFAULT);
    if (limit < 1 || limit > LIMIT_MAX)
        return failure_set(search->call->failure, VAULT_EUSAGE, "limit: from 1 to %d", LIMIT_MAX);
    search->limit = (size_t)limit;
    search->candidates = calloc(search->limit, sizeof *search->candidates);
    search->decided = calloc(CLIENTS_DECIDED, sizeof *search->decided);
    return search->candidates == NULL || search->decided == NULL ? VAULT_ENOMEM : find_only(search);
}

int op_record_search(struct call *call)
{
    struct access_request request = {.action = "record.search", .purpose = call_text(call, "purpose")};
    struct search search = {.call = call, .word = call_text(call, "word")};
    struct decision asked = {0};
    struct released released = {0};
    struct shown_state state;
    uint64_t event = 0;
    int result = shown_begin(call, &state);
    if (result == VAULT_OK)
        result = call_decide(call, &request, &asked);
    if (result == VAULT_OK)
        result = shown_spend(call, &state);
    if (result == VAULT_OK)
        result = prepare(&search);
    if (result == VAULT_OK)
        result = search_all(&search);
    if (result == VAULT_OK)
        result = released_start(call, &released);
    if (result == VAULT_OK)
        result = need_candidates(&search, released.releases);
    if (result == VAULT_OK)
        result = released_event(
            call, &released, request.action, event_members(&search, &request, &asked), &event);
    if (result == VAULT_OK && search.only != 0)
        result = decoy_touched(call, &search.only_facts, "search", event);
    if (result == VAULT_OK)
        result = show(&search, event);
    shown_end(call, &state);
    released_end(call, &released);
    decision_free(&search.decision);
    decision_free(&asked);
    free(search.candidates);
    free(search.decided);
    return result;
}
