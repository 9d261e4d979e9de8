/* Destruction by list: proposed by one, carried out by another, who signs it off; what goes is checked both
 * times. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/evidence/canonical.h"
#include "vault/log/log.h"
#include "vault/ops/people/register_private.h"
#include "vault/ops/records/destroy_private.h"
#include "vault/records/erase.h"

#define DESTROY_CLIENTS_MAX 1000u

/* --- Proposing --- */

struct listing {
    struct call *call;
    struct destroy_rules rules;
    struct period_range range;
    enum record_kind kind; /* 0: all */
    bool expired;          /* pass over what must be kept yet */
    json_t *records;
    json_t *kinds; /* how many of each */
    int64_t kept;
};

static int refuse(struct call *call, const char *action, const char *why)
{
    struct access_request request = {.action = action};
    int result = call_refuse(call, &request, why, "destruction", json_pack("{s:s}", "why", why));
    if (result != VAULT_EDENIED)
        return result;
    failure_remedy(call->failure, "'--expired' lists only what the law lets go");
    return failure_set(call->failure, result, "denied: %s", why);
}

static int put_record(struct listing *listing, const struct erasable *erasable)
{
    struct call *call = listing->call;
    const char *kind = kind_name(erasable->kind);
    if (json_array_size(listing->records) >= DESTROY_RECORDS_MAX) {
        failure_remedy(call->failure, "propose them in parts: --client, --kind, --period");
        return failure_set(
            call->failure, VAULT_ELIMIT, "a list holds at most %u records", DESTROY_RECORDS_MAX);
    }
    json_t *one = json_pack("{s:o,s:o,s:s,s:s,s:I,s:o}", "id", json_ulid(&erasable->id), "client",
        json_ulid(&erasable->client.id), "kind", kind, "period", erasable->period, "version",
        (json_int_t)erasable->version, "sealed", json_hex(hash_bytes(&erasable->sealed)));
    int failed = json_array_append_new(listing->records, one);
    failed |=
        json_object_set_new(listing->kinds, kind, json_integer(json_number(listing->kinds, kind, 0) + 1));
    return failed ? VAULT_ENOMEM : VAULT_OK;
}

static int take(struct listing *listing, const struct erasable *erasable)
{
    char why[400];
    bool kept = false;
    int result = destroy_may(listing->call, &listing->rules, erasable, why, &kept);
    if (result != VAULT_OK)
        return result;
    if (why[0] == '\0')
        return put_record(listing, erasable);
    if (!kept || !listing->expired)
        return refuse(listing->call, "destroy.propose", why);
    listing->kept++;
    return VAULT_OK;
}

static int list_client(struct listing *listing, int64_t client)
{
    struct call *call = listing->call;
    struct statement *rows = NULL;
    bool more = true;
    int result = statement_own(session_store(call->session), QUERY_ERASABLE_LIST, &rows, call->failure);
    if (result == VAULT_OK) {
        bind_number(rows, 1, client);
        bind_number(rows, 2, listing->kind);
        bind_text(rows, 3, listing->range.from);
        bind_text(rows, 4, listing->range.to);
    }
    while (result == VAULT_OK && (result = statement_step(rows, &more, call->failure)) == VAULT_OK && more) {
        struct erasable erasable;
        erasable_read(rows, &erasable);
        result = take(listing, &erasable);
        if (result == VAULT_OK)
            result = reply_check(call);
    }
    statement_free(rows);
    return result;
}

static int list_all(struct listing *listing)
{
    const json_t *clients = call_list(listing->call, "clients");
    int result = VAULT_OK;
    if (json_array_size(clients) > DESTROY_CLIENTS_MAX)
        return failure_set(
            listing->call->failure, VAULT_ELIMIT, "clients: at most %u at once", DESTROY_CLIENTS_MAX);
    if (json_array_size(clients) == 0)
        return list_client(listing, 0);
    for (size_t i = 0; i < json_array_size(clients) && result == VAULT_OK; i++) {
        struct client_facts client;
        result = clients_find(listing->call->session, json_string_value(json_array_get(clients, i)), &client,
            listing->call->failure);
        if (result == VAULT_OK)
            result = list_client(listing, client.row);
    }
    return result;
}

static int propose(struct listing *listing)
{
    struct call *call = listing->call;
    struct access_request request = {.action = "destroy.propose"};
    struct buffer sealed = {0};
    struct hash hash;
    uint8_t salt[16];
    uint64_t event = 0;
    size_t count = json_array_size(listing->records);
    if (count == 0)
        return failure_set(call->failure, VAULT_EINPUT, "there is no such record that could be destroyed");
    random_fill(salt, sizeof salt);
    json_t *list =
        json_pack("{s:o,s:O}", "salt", json_hex(bytes_of(salt, sizeof salt)), "records", listing->records);
    int result =
        list == NULL ? VAULT_ENOMEM : approval_seal(call->session, list, &hash, &sealed, call->failure);
    json_decref(list);
    if (result == VAULT_OK) {
        json_t *what = json_pack("{s:o,s:I,s:O,s:s}", "hash", json_base64(hash_bytes(&hash)), "count",
            (json_int_t)count, "kinds", listing->kinds, "text", buffer_text(&sealed));
        result =
            what == NULL ? VAULT_ENOMEM : call_change_as(call, &request, "destroy.propose", what, &event);
    }
    buffer_free(&sealed);
    return result == VAULT_OK
               ? reply_value(call, json_pack("{s:I,s:I,s:O,s:I,s:I}", "list", (json_int_t)event, "records",
                                       (json_int_t)count, "kinds", listing->kinds, "kept",
                                       (json_int_t)listing->kept, "event", (json_int_t)event))
               : result;
}

int op_destroy_propose(struct call *call)
{
    struct access_request request = {.action = "destroy.propose"};
    struct decision decision = {0};
    struct listing listing = {
        .call = call, .expired = call_flag(call, "expired"), .records = json_array(), .kinds = json_object()};
    int result = listing.records == NULL || listing.kinds == NULL ? VAULT_ENOMEM
                                                                  : call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = call_kind(call, &listing.kind);
    if (result == VAULT_OK)
        result = call_period(call, &listing.range);
    if (result == VAULT_OK)
        result = destroy_rules_open(call, &listing.rules);
    if (result == VAULT_OK)
        result = list_all(&listing);
    if (result == VAULT_OK)
        result = propose(&listing);
    destroy_rules_free(&listing.rules);
    json_decref(listing.records);
    json_decref(listing.kinds);
    return result;
}

/* --- Carrying out --- */

struct proposed {
    int64_t list;
    int64_t count;
    char proposer[NAME_SIZE_MAX + 1];
    char state[16];
    struct hash hash;
};

static int read_proposed(struct call *call, struct proposed *proposed)
{
    struct statement *statement;
    bool row = false;
    *proposed = (struct proposed){.list = call_number(call, "list", -1)};
    int result = store_query(session_store(call->session), QUERY_DESTRUCTION_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, proposed->list);
    result = statement_step(statement, &row, call->failure);
    if (result == VAULT_OK && row) {
        (void)snprintf(proposed->proposer, sizeof proposed->proposer, "%s", column_text(statement, 0));
        if (column_bytes(statement, 1).size == HASH_SIZE)
            memcpy(proposed->hash.data, column_bytes(statement, 1).data, HASH_SIZE);
        proposed->count = column_number(statement, 2);
        (void)snprintf(proposed->state, sizeof proposed->state, "%s", column_text(statement, 3));
    }
    statement_reset(statement);
    if (result == VAULT_OK && !row) {
        failure_remedy(call->failure, "'destroy list' tells which there are");
        result = failure_set(
            call->failure, VAULT_ENOTFOUND, "event %lld proposed no list", (long long)proposed->list);
    }
    return result;
}

static int need_open(struct call *call, const struct proposed *proposed)
{
    return strcmp(proposed->state, "proposed") == 0
               ? VAULT_OK
               : failure_set(call->failure, VAULT_EINPUT, "the list %lld is %s", (long long)proposed->list,
                     proposed->state);
}

/* The record is still what the list says, and may still go. */
static int check_record(
    struct call *call, const struct destroy_rules *rules, const json_t *said, uint64_t *row)
{
    struct statement *statement;
    struct erasable is;
    struct ulid id;
    char sealed[2 * HASH_SIZE + 1];
    char why[400];
    bool found = false;
    bool kept = false;
    const char *text = json_text(said, "id");
    if (text == NULL || !ulid_parse(bytes_of_text(text), &id))
        return VAULT_EFORGED;
    int result = store_query(session_store(call->session), QUERY_ERASABLE_ONE, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, ulid_bytes(&id));
    result = statement_step(statement, &found, call->failure);
    if (result == VAULT_OK && found)
        erasable_read(statement, &is);
    statement_reset(statement);
    if (result != VAULT_OK)
        return result;
    if (found)
        hex_encode(hash_bytes(&is.sealed), sealed);
    if (!found || json_text(said, "sealed") == NULL || strcmp(sealed, json_text(said, "sealed")) != 0) {
        failure_remedy(call->failure, "withdraw the list and propose it anew");
        return failure_set(call->failure, VAULT_EINPUT, "record %s is not what the list says any more", text);
    }
    *row = is.row;
    result = destroy_may(call, rules, &is, why, &kept);
    return result == VAULT_OK && why[0] != '\0' ? failure_set(call->failure, VAULT_EDENIED, "denied: %s", why)
                                                : result;
}

static int compare_rows(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int erase(struct call *call, const struct destroy_rules *rules, const json_t *records)
{
    size_t count = json_array_size(records);
    uint64_t *rows = calloc(count + 1, sizeof *rows);
    int result = rows == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        result = check_record(call, rules, json_array_get(records, i), &rows[i]);
    if (result == VAULT_OK) {
        qsort(rows, count, sizeof *rows, compare_rows);
        result = records_erase(session_store(call->session), rows, count, call->failure);
    }
    free(rows);
    return result;
}

/* Cases were read before the change began, and none changes while it is under way; what of them came between
 * is looked for. Freezes are read inside it. */
static int check_still(struct call *call, uint64_t from, const struct change *change)
{
    int result = VAULT_OK;
    for (uint64_t i = from; i < change_intent(change) && result == VAULT_OK; i++) {
        struct buffer leaf = {0};
        struct bytes event;
        result = log_read(session_log(call->session), i, &leaf, call->failure);
        if (result == VAULT_OK && canonical_find(buffer_bytes(&leaf), "event", &event) &&
            bytes_equal(canonical_string(event), bytes_of_text("incident.hold"))) {
            failure_remedy(call->failure, "try again");
            result = failure_set(call->failure, VAULT_EBUSY, "somebody held a case meanwhile");
        }
        buffer_free(&leaf);
    }
    return result;
}

static int carry_out(struct call *call, const struct proposed *proposed, const json_t *records)
{
    struct access_request request = {.action = "destroy.run"};
    struct destroy_rules rules = {0};
    struct change *change = NULL;
    uint64_t event = 0;
    int result = destroy_rules_open(call, &rules);
    uint64_t size = log_size(session_log(call->session));
    if (result == VAULT_OK)
        result = call_change(call, &request,
            json_pack("{s:I,s:o,s:I}", "proposal", (json_int_t)proposed->list, "hash",
                json_base64(hash_bytes(&proposed->hash)), "count", (json_int_t)proposed->count),
            &change);
    if (result == VAULT_OK) {
        event = change_intent(change);
        result = check_still(call, size, change);
        if (result == VAULT_OK)
            result = erase(call, &rules, records);
        result = call_finish(call, change, result);
    }
    destroy_rules_free(&rules);
    if (result != VAULT_OK)
        return result;
    /* What was freed is overwritten; the write-ahead log still has it. */
    store_checkpoint(session_store(call->session));
    return reply_value(call, json_pack("{s:I,s:I,s:I}", "list", (json_int_t)proposed->list, "records",
                                 (json_int_t)proposed->count, "event", (json_int_t)event));
}

int op_destroy_run(struct call *call)
{
    struct access_request request = {.action = "destroy.run"};
    struct decision decision = {0};
    struct proposed proposed;
    json_t *list = NULL;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = read_proposed(call, &proposed);
    if (result == VAULT_OK)
        result = need_open(call, &proposed);
    if (result == VAULT_OK && strcmp(proposed.proposer, session_user(call->session)) == 0) {
        result = call_refuse(call, &request, "who proposed a list does not destroy it", "destruction",
            json_pack("{s:I}", "list", (json_int_t)proposed.list));
        if (result == VAULT_EDENIED)
            result = failure_set(
                call->failure, result, "denied: you proposed the list; another admin carries it out");
    }
    if (result == VAULT_OK)
        result = register_open_text(call, hash_bytes(&proposed.hash), &list);
    if (result == VAULT_OK)
        result = carry_out(call, &proposed, json_object_get(list, "records"));
    json_decref(list);
    return result;
}

int op_destroy_withdraw(struct call *call)
{
    struct access_request request = {.action = "destroy.withdraw"};
    struct decision decision = {0};
    struct proposed proposed;
    uint64_t event = 0;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = read_proposed(call, &proposed);
    if (result == VAULT_OK)
        result = need_open(call, &proposed);
    if (result == VAULT_OK)
        result = call_change_as(call, &request, "destroy.withdraw",
            json_pack("{s:I}", "proposal", (json_int_t)proposed.list), &event);
    return result == VAULT_OK
               ? reply_value(call, json_pack("{s:I,s:I,s:I}", "list", (json_int_t)proposed.list, "records",
                                       (json_int_t)proposed.count, "event", (json_int_t)event))
               : result;
}

/* --- Lists --- */

int op_destroy_list(struct call *call)
{
    struct access_request request = {.action = "destroy.list"};
    struct statement *lists = NULL;
    bool more = true;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = statement_own(session_store(call->session), QUERY_DESTRUCTION_LIST, &lists, call->failure);
    while (result == VAULT_OK && (result = statement_step(lists, &more, call->failure)) == VAULT_OK && more) {
        json_t *row = json_pack("{s:I,s:s,s:I,s:s}", "list", (json_int_t)column_number(lists, 0),
            "proposed_by", column_text(lists, 1), "records", (json_int_t)column_number(lists, 3), "state",
            column_text(lists, 4));
        if (row != NULL && column_number(lists, 6) != 0) {
            (void)json_object_set_new(row, "by", json_string(column_text(lists, 5)));
            (void)json_object_set_new(row, "event", json_integer((json_int_t)column_number(lists, 6)));
        }
        result = reply_row(call, row);
    }
    statement_free(lists);
    return result;
}

int op_destroy_show(struct call *call)
{
    struct access_request request = {.action = "destroy.list"};
    struct proposed proposed;
    json_t *list = NULL;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = read_proposed(call, &proposed);
    if (result == VAULT_OK)
        result = register_open_text(call, hash_bytes(&proposed.hash), &list);
    const json_t *records = json_object_get(list, "records");
    for (size_t i = 0; i < json_array_size(records) && result == VAULT_OK; i++)
        result = reply_row(call, json_incref(json_array_get(records, i)));
    if (result == VAULT_OK)
        result = reply_value(
            call, json_pack("{s:I,s:s,s:I,s:s}", "list", (json_int_t)proposed.list, "proposed_by",
                      proposed.proposer, "records", (json_int_t)proposed.count, "state", proposed.state));
    json_decref(list);
    return result;
}
