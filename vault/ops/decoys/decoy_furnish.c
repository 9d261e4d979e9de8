/* Planted decoys get records, by the session of somebody who works on them: an admin, whose session added the
 * client, holds no key for its books. */
#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/ops/decoys/decoy_books_private.h"
#include "vault/ops/decoys/decoy_carry_private.h"

#define RECORDS_MAX 600
#define LIKE_TRIES 12
#define LIKE_ENOUGH 2 /* records beside the card */

/* Records of one kind and period that a real client has. */
struct like {
    enum record_kind kind;
    char period[8];
    size_t count;
    int64_t source; /* the file that the first came from, 0 */
};

struct likes {
    struct like list[RECORDS_MAX];
    size_t count;
    size_t records;
};

/* --- Whose numbers are taken: how many of what there are stands in the clear, and nothing is opened --- */

static void take_like(struct likes *likes, struct statement *statement)
{
    enum record_kind kind = (enum record_kind)column_number(statement, 3);
    const char *period = column_text(statement, 4);
    struct like *last = likes->count == 0 ? NULL : &likes->list[likes->count - 1];
    if (!books_has(kind, period) || likes->records == RECORDS_MAX)
        return;
    likes->records++;
    if (last != NULL && last->kind == kind && strcmp(last->period, period) == 0) {
        last->count++;
        return;
    }
    struct like *next = &likes->list[likes->count++];
    *next = (struct like){.kind = kind, .count = 1, .source = column_number(statement, 13)};
    text_copy(next->period, sizeof next->period, period);
}

static int read_likes(struct carrying *carrying, int64_t client, struct likes *likes)
{
    struct statement *statement;
    bool row = true;
    likes->count = likes->records = 0;
    int result = store_query(
        session_store(carrying->call.session), QUERY_RECORD_LIST, &statement, carrying->call.failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client);
    bind_number(statement, 2, 0);
    bind_text(statement, 3, "");
    bind_text(statement, 4, "9999-99");
    while ((result = statement_step(statement, &row, carrying->call.failure)) == VAULT_OK && row)
        take_like(likes, statement);
    statement_reset(statement);
    return result;
}

int carrying_clients_of(
    struct carrying *carrying, const char *person, int64_t *rows, size_t most, size_t *count)
{
    struct statement *statement = NULL;
    bool row = true;
    size_t seen = 0;
    int result = statement_own(
        session_store(carrying->call.session), QUERY_ASSIGNMENTS_OF, &statement, carrying->call.failure);
    if (result == VAULT_OK)
        bind_text(statement, 1, person);
    while (result == VAULT_OK &&
           (result = statement_step(statement, &row, carrying->call.failure)) == VAULT_OK && row) {
        size_t at = company_chance(seen + 1);
        if (seen < most)
            rows[seen] = rows[at];
        if (at < most)
            rows[at] = column_number(statement, 0);
        seen++;
    }
    statement_free(statement);
    *count = seen < most ? seen : most;
    return result;
}

/* Clients of whoever is to see the decoy, of one of several. */
static int list_clients(
    struct carrying *carrying, const json_t *people, int64_t *rows, size_t most, size_t *count)
{
    size_t persons = json_array_size(people);
    const char *person =
        persons == 0 ? NULL : json_string_value(json_array_get(people, company_chance(persons)));
    return carrying_clients_of(carrying, person == NULL ? "" : person, rows, most, count);
}

/* Some real client of the portfolio that has records; none where there is none. */
static int choose_like(struct carrying *carrying, const json_t *people, struct likes *likes)
{
    struct session *session = carrying->call.session;
    int64_t rows[LIKE_TRIES * 4] = {0};
    size_t count = 0, tries = 0;
    int result = list_clients(carrying, people, rows, LIKE_TRIES * 4, &count);
    likes->records = likes->count = 0;
    for (size_t i = 0; i < count && tries < LIKE_TRIES && result == VAULT_OK && likes->records < LIKE_ENOUGH;
         i++) {
        struct client_facts client;
        bool decoy = false;
        result = clients_by_row(session, rows[i], &client, carrying->call.failure);
        if (result == VAULT_OK && strcmp(client.portfolio, carrying->order->portfolio) != 0)
            continue;
        if (result == VAULT_OK)
            result = decoys_find(session, &client, &decoy, NULL, carrying->call.failure);
        if (result != VAULT_OK || decoy)
            continue;
        tries++;
        result = read_likes(carrying, client.row, likes);
    }
    return result;
}

/* --- Writing --- */

struct furnishing {
    struct carrying *carrying;
    struct client_facts client;
    struct permit *permit;
    struct postings *postings;
    struct record_author author; /* that of the client's card: who added it, when, by which event */
    char user[65];
    size_t written;
};

/* Its records are written in one go with the card, as far as anybody can see. */
static int find_author(struct furnishing *furnishing)
{
    struct carrying *carrying = furnishing->carrying;
    struct statement *statement;
    bool row = false;
    int result = store_query(
        session_store(carrying->call.session), QUERY_RECORD_LIST, &statement, carrying->call.failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, furnishing->client.row);
    bind_number(statement, 2, KIND_CLIENT);
    bind_text(statement, 3, "");
    bind_text(statement, 4, "9999-99");
    result = statement_step(statement, &row, carrying->call.failure);
    if (result == VAULT_OK && row) {
        text_copy(furnishing->user, sizeof furnishing->user, column_text(statement, 11));
        furnishing->author = (struct record_author){.client_id = furnishing->client.id,
            .client = furnishing->client.row,
            .user = furnishing->user,
            .at = column_number(statement, 12),
            .seq = (uint64_t)column_number(statement, 14)};
    }
    statement_reset(statement);
    return result == VAULT_OK && !row ? VAULT_ENOTFOUND : result;
}

static int write_like(struct furnishing *furnishing, struct books *books, const struct like *like)
{
    struct call *call = &furnishing->carrying->call;
    int result = VAULT_OK;
    for (size_t i = 0; i < like->count && result == VAULT_OK; i++) {
        struct record_written written;
        struct draft draft;
        result = books_draft(books, like->kind, like->period, i, like->count, &draft);
        furnishing->author.source = like->source;
        if (result == VAULT_OK)
            result = records_put(session_records(call->session), furnishing->permit, &furnishing->author,
                &draft, furnishing->postings, NULL, &written, call->failure);
        furnishing->written += result == VAULT_OK;
        draft_reset(&draft);
    }
    return result;
}

/* May this person write there?  Asked quietly, and he is not named: what is written is the order's. */
static int get_permit(struct furnishing *furnishing)
{
    struct call *call = &furnishing->carrying->call;
    struct access_request request = {.action = "record.import", .client = &furnishing->client};
    struct decision decision = {0};
    int result = access_decide(call->session, &request, &decision, call->failure);
    if (result == VAULT_OK && !decision.permitted)
        result = VAULT_EDENIED;
    if (result == VAULT_OK)
        result = call_permit(call, &decision, furnishing->author.seq, PERMIT_WRITE, furnishing->client.row,
            (1u << COMPARTMENT_COUNT) - 1, NULL, &furnishing->permit);
    decision_free(&decision);
    return result;
}

static json_t *card_fields(const json_t *entry)
{
    static const char *const same[] = {"client_no", "name", "tax_id"};
    json_t *fields = json_object();
    for (size_t i = 0; i < sizeof same / sizeof same[0] && fields != NULL; i++) {
        if (json_object_get(entry, same[i]) != NULL)
            (void)json_object_set(fields, same[i], json_object_get(entry, same[i]));
    }
    return fields;
}

static int furnish_client(struct carrying *carrying, const struct client_facts *client, const json_t *entry)
{
    struct call *call = &carrying->call;
    struct furnishing furnishing = {.carrying = carrying, .client = *client};
    struct likes *likes = calloc(1, sizeof *likes);
    struct books *books = NULL;
    json_t *fields = card_fields(entry), *noted = json_deep_copy(entry);
    furnishing.postings = postings_new(session_store(call->session), POSTINGS_SEARCH, 1u << 20);
    int result = likes == NULL || fields == NULL || noted == NULL || furnishing.postings == NULL
                     ? VAULT_ENOMEM
                     : find_author(&furnishing);
    if (result == VAULT_OK)
        result = get_permit(&furnishing);
    if (result == VAULT_OK)
        result = choose_like(carrying, json_object_get(entry, "people"), likes);
    if (result == VAULT_OK && (books = books_new(fields, carrying->samples, carrying->habits)) == NULL)
        result = VAULT_ENOMEM;
    for (size_t i = 0; result == VAULT_OK && i < likes->count; i++)
        result = write_like(&furnishing, books, &likes->list[i]);
    if (result == VAULT_OK)
        result = postings_flush(furnishing.postings, call->failure);
    if (result == VAULT_OK &&
        json_object_set_new(noted, "records", json_integer((json_int_t)furnishing.written)) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = decoys_put(call->session, carrying->order->portfolio, &client->id, noted, call->failure);
    books_free(books);
    postings_free(furnishing.postings);
    permit_free(furnishing.permit);
    json_decref(noted);
    json_decref(fields);
    free(likes);
    return result;
}

/* --- An order --- */

/* Only what an investigator ordered gets records; what was retired or has them already is passed over. */
static int check_entry(
    struct carrying *carrying, const struct client_facts *client, json_t **entry, bool *wanted)
{
    struct call *call = &carrying->call;
    bool decoy = false, ordered = false;
    *wanted = false;
    int result = decoys_find(call->session, client, &decoy, entry, call->failure);
    struct decoy_order order = {
        .order = json_object_get(*entry, "order"), .seq = (uint64_t)json_number(*entry, "event", 0)};
    if (result == VAULT_OK && decoy)
        result = decoy_is_ordered(call->session, &order, &ordered, call->failure);
    *wanted = result == VAULT_OK && ordered && json_object_get(*entry, "retired") == NULL &&
              json_object_get(*entry, "records") == NULL;
    return result;
}

/* Before anything that takes time: whoever works on none of them is asked with every session. */
static int may_furnish(struct carrying *carrying, const struct client_facts *client)
{
    struct call *call = &carrying->call;
    struct decision decision = {0};
    struct access_request request = {.action = "record.import", .client = client};
    int result = access_decide(call->session, &request, &decision, call->failure);
    if (result == VAULT_OK && !decision.permitted)
        result = VAULT_EDENIED;
    decision_free(&decision);
    return result;
}

/* Call back with those that are to get records still. */
static int each_wanted(struct carrying *carrying, size_t *count,
    int (*each)(struct carrying *carrying, const struct client_facts *client, const json_t *entry))
{
    struct call *call = &carrying->call;
    const json_t *ids = json_object_get(carrying->order->order, "clients");
    int result = VAULT_OK;
    *count = 0;
    for (size_t i = 0; i < json_array_size(ids) && result == VAULT_OK; i++) {
        struct client_facts client;
        json_t *entry = NULL;
        bool wanted = false;
        result =
            clients_find(call->session, json_string_value(json_array_get(ids, i)), &client, call->failure);
        if (result == VAULT_OK)
            result = check_entry(carrying, &client, &entry, &wanted);
        *count += wanted;
        if (result == VAULT_OK && wanted)
            result = each(carrying, &client, entry);
        json_decref(entry);
    }
    return result;
}

static int ask_one(struct carrying *carrying, const struct client_facts *client, const json_t *entry)
{
    (void)entry;
    return may_furnish(carrying, client);
}

static int furnish_all(struct carrying *carrying, const json_t *unused)
{
    size_t count = 0;
    (void)unused;
    return each_wanted(carrying, &count, furnish_client);
}

/* With none left, all were retired meanwhile: the order is done. */
int carrying_furnish(struct carrying *carrying)
{
    size_t count = 0;
    int result = each_wanted(carrying, &count, ask_one);
    if (result == VAULT_OK && count > 0)
        result = carrying_learn(carrying);
    if (result == VAULT_OK && count > 0)
        result = (carrying->habits = habits_new()) == NULL ? VAULT_ENOMEM
                                                           : carrying_observe(carrying, carrying->habits);
    return result == VAULT_OK ? carrying_done(carrying, furnish_all, NULL) : result;
}
