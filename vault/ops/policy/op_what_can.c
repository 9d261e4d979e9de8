/* What may she do?  Every action held against everything there is, counted where there are many. */
#include <stdio.h>
#include <string.h>

#include "vault/access/inquiry.h"
#include "vault/access/policy_text.h"
#include "vault/base/instant.h"
#include "vault/ops/call_private.h"
#include "vault/ops/policy/subject_private.h"

/* KIND_CLIENT is the card, which goes with the client itself. */
#define RECORD_FIRST KIND_CONTACT

struct what {
    struct call *call;
    struct inquiry *inquiry;
    struct question question;
    const char *action;
    char period[8]; /* the present month, for records */
    /* Of the action at hand, by portfolio: {of, policies[], kinds{kind: count}}; clients count under "". */
    json_t *portfolios;
    const char *kind;
};

static void unite(json_t *names, const json_t *more)
{
    for (size_t i = 0; i < json_array_size(more); i++) {
        bool there = false;
        for (size_t j = 0; j < json_array_size(names) && !there; j++)
            there = json_equal(json_array_get(names, j), json_array_get(more, i));
        if (!there)
            (void)json_array_append(names, json_array_get(more, i));
    }
}

static void start_question(struct what *what, const struct access_request *request)
{
    what->question.request = *request;
    what->question.request.action = what->action;
    what->question.request.purpose = call_text(what->call, "purpose");
}

/* --- One by one: the vault, the log, users, roles, portfolios --- */

struct tally {
    json_int_t count;
    json_int_t of;
    json_t *policies;
};

static int try_one(struct what *what, const struct access_request *request, struct tally *tally)
{
    json_t *decision = NULL;
    start_question(what, request);
    int result = inquiry_decide(what->inquiry, &what->question, &decision, what->call->failure);
    if (result != VAULT_OK)
        return result;
    bool permitted = strcmp(json_text(decision, "effect"), "permit") == 0;
    tally->of++;
    tally->count += permitted;
    if (permitted)
        unite(tally->policies, json_object_get(decision, "policies"));
    json_decref(decision);
    return VAULT_OK;
}

static int put_tally(struct what *what, const char *resource, const struct tally *tally)
{
    if (tally->count == 0)
        return VAULT_OK;
    return reply_row(
        what->call, json_pack("{s:s,s:s,s:I,s:I,s:O}", "action", what->action, "resource", resource, "count",
                        tally->count, "of", tally->of, "policies", tally->policies));
}

static int ask_plain(struct what *what, const char *resource, bool log)
{
    struct tally tally = {.policies = json_array()};
    struct access_request request = {.log = log};
    int result = try_one(what, &request, &tally);
    if (result == VAULT_OK)
        result = put_tally(what, resource, &tally);
    json_decref(tally.policies);
    return result;
}

static int ask_named(struct what *what, const char *resource, enum query list)
{
    struct tally tally = {.policies = json_array()};
    struct statement *names = NULL;
    bool row = true;
    int result = statement_own(session_store(what->call->session), list, &names, what->call->failure);
    while (result == VAULT_OK && (result = statement_step(names, &row, what->call->failure)) == VAULT_OK &&
           row) {
        const char *name = column_text(names, 0);
        struct access_request request = {.user = list == QUERY_USER_LIST ? name : NULL,
            .role = list == QUERY_ROLE_LIST ? name : NULL,
            .portfolio = list == QUERY_PORTFOLIO_LIST ? name : NULL};
        result = try_one(what, &request, &tally);
    }
    statement_free(names);
    if (result == VAULT_OK)
        result = put_tally(what, resource, &tally);
    json_decref(tally.policies);
    return result;
}

/* --- Clients and their records, through residuals --- */

static void add_one(json_t *object, const char *name)
{
    (void)json_object_set_new(object, name, json_integer((json_int_t)json_number(object, name, 0) + 1));
}

static int count_client(void *context, const struct listed *one)
{
    struct what *what = context;
    json_t *entry = json_object_get(what->portfolios, one->client->portfolio);
    if (entry == NULL) {
        entry = json_pack("{s:i,s:{},s:[]}", "of", 0, "kinds", "policies");
        if (entry == NULL || json_object_set_new(what->portfolios, one->client->portfolio, entry) != 0)
            return VAULT_ENOMEM;
    }
    if (what->kind == NULL || strcmp(what->kind, kind_name(RECORD_FIRST)) == 0)
        add_one(entry, "of");
    if (one->permitted) {
        add_one(json_object_get(entry, "kinds"), what->kind == NULL ? "" : what->kind);
        unite(json_object_get(entry, "policies"), one->policies);
    }
    return VAULT_OK;
}

/* Kinds that as many clients' records may be had of share a row; all kinds need no names. */
static int put_kinds(struct what *what, const char *resource, const json_t *entry, bool *last)
{
    json_t *kinds = json_object_get(entry, "kinds");
    json_t *names = json_array();
    json_int_t count = 0;
    const char *kind;
    json_t *value;
    void *next;
    json_object_foreach_safe(kinds, next, kind, value)
    {
        if (count != 0 && json_integer_value(value) != count)
            continue;
        count = json_integer_value(value);
        (void)json_array_append_new(names, json_string(kind));
        (void)json_object_del(kinds, kind);
    }
    *last = count == 0;
    json_t *row = *last ? NULL
                        : json_pack("{s:s,s:s,s:I,s:I,s:O}", "action", what->action, "resource", resource,
                              "count", count, "of", (json_int_t)json_number(entry, "of", 0), "policies",
                              json_object_get(entry, "policies"));
    if (row != NULL && what->kind != NULL && json_array_size(names) < KIND_LAST - RECORD_FIRST + 1)
        (void)json_object_set(row, "kinds", names);
    json_decref(names);
    return *last ? VAULT_OK : reply_row(what->call, row);
}

static int put_portfolios(struct what *what)
{
    const char *portfolio;
    json_t *entry;
    int result = VAULT_OK;
    json_object_foreach(what->portfolios, portfolio, entry)
    {
        char resource[NAME_SIZE_MAX + 24];
        bool last = false;
        (void)snprintf(
            resource, sizeof resource, "%s of %s", what->kind == NULL ? "clients" : "records", portfolio);
        while (result == VAULT_OK && !last)
            result = put_kinds(what, resource, entry, &last);
    }
    (void)json_object_clear(what->portfolios);
    what->kind = NULL;
    return result;
}

static int ask_clients(struct what *what)
{
    struct access_request request = {0};
    what->kind = NULL;
    start_question(what, &request);
    int result = inquiry_clients(what->inquiry, &what->question, count_client, what, what->call->failure);
    return result == VAULT_OK ? put_portfolios(what) : result;
}

static int ask_records(struct what *what)
{
    static const struct ulid any = {{0}};
    int result = VAULT_OK;
    for (int kind = RECORD_FIRST; kind <= KIND_LAST && result == VAULT_OK; kind++) {
        what->kind = kind_name((enum record_kind)kind);
        struct access_request request = {.record = &any,
            .kind = what->kind,
            .compartment = compartment_name(kind_compartment((enum record_kind)kind)),
            .period = what->period};
        start_question(what, &request);
        result = inquiry_clients(what->inquiry, &what->question, count_client, what, what->call->failure);
    }
    return result == VAULT_OK ? put_portfolios(what) : result;
}

/* --- All of it --- */

static int ask_action(struct what *what, char on)
{
    switch (on) {
    case 'v':
        return ask_plain(what, "vault", false);
    case 'l':
        return ask_plain(what, "log", true);
    case 'u':
        return ask_named(what, "users", QUERY_USER_LIST);
    case 'g':
        return ask_named(what, "roles", QUERY_ROLE_LIST);
    case 'p':
        return ask_named(what, "portfolios", QUERY_PORTFOLIO_LIST);
    case 'c':
        return ask_clients(what);
    default:
        return ask_records(what);
    }
}

static int ask_all(struct what *what)
{
    int result = VAULT_OK;
    const char *on;
    for (size_t i = 0; result == VAULT_OK && (what->action = policy_action(i, &on)) != NULL; i++) {
        for (; *on != '\0' && result == VAULT_OK; on++)
            result = ask_action(what, *on);
    }
    return result;
}

int op_policy_what_can(struct call *call)
{
    const char *user = call_text(call, "user");
    struct inquiry_terms terms = {0};
    struct what what = {.call = call, .portfolios = json_object()};
    struct access_request none = {0};
    char now[INSTANT_TEXT_SIZE];
    int result = ask_decide(call);
    if (result == VAULT_OK)
        result = subject_user(call, user);
    if (result == VAULT_OK)
        result = ask_log(call, json_pack("{s:s}", "user", user));
    if (result == VAULT_OK)
        result = inquiry_new(call->session, &terms, &what.inquiry, call->failure);
    if (result == VAULT_OK) {
        what.question = question_now(call->session, user, &none);
        instant_format(what.question.time, now);
        (void)snprintf(what.period, sizeof what.period, "%.7s", now);
        result = ask_all(&what);
    }
    inquiry_free(what.inquiry);
    json_decref(what.portfolios);
    return result;
}
