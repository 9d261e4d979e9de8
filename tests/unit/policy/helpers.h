/* What the tests of the policy engine share. */
#ifndef TESTS_UNIT_POLICY_HELPERS_H
#define TESTS_UNIT_POLICY_HELPERS_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "policy/cedar.h"

/* A set, a store and a request in one; load() fails the test if a text is refused. */
struct world {
    struct cedar_policies *set;
    struct cedar_entities *store;
    struct cedar_arena *arena, *scratch;
    struct cedar_request request;
};

static const char default_entities[] =
    "[{\"uid\":{\"type\":\"User\",\"id\":\"alice\"},\"attrs\":{\"level\":5,\"name\":\"Alice\",\"tags\":[1,2,"
    "3],"
    "\"boss\":{\"__entity\":{\"type\":\"User\",\"id\":\"bob\"}},\"home\":{\"city\":\"Hefei\"},"
    "\"ip\":{\"__extn\":{\"fn\":\"ip\",\"arg\":\"10.1.2.3\"}}},\"parents\":[{\"type\":\"Role\",\"id\":"
    "\"accountants\"}],"
    "\"tags\":{\"team\":\"red\"}},"
    "{\"uid\":{\"type\":\"User\",\"id\":\"bob\"},\"attrs\":{},\"parents\":[]},"
    "{\"uid\":{\"type\":\"Role\",\"id\":\"accountants\"},\"attrs\":{},\"parents\":[{\"type\":\"Role\",\"id\":"
    "\"staff\"}]},"
    "{\"uid\":{\"type\":\"Client\",\"id\":\"c1\"},\"attrs\":{\"secret\":false},\"parents\":[{\"type\":"
    "\"Portfolio\",\"id\":\"north\"}]}]";

static inline struct cedar_uid uid(const char *type, const char *id)
{
    return (struct cedar_uid){cedar_str(type), cedar_str(id)};
}

static inline struct cedar_policies *parse(const char *text)
{
    struct cedar_policies *set = NULL;
    struct cedar_error err;
    int r = cedar_policies_parse(text, strlen(text), &set, &err);

    cr_assert(r == CEDAR_OK, "%zu:%zu: %s in: %.200s", err.line, err.column, err.message, text);
    return set;
}

static inline struct cedar_entities *load_entities(const char *json)
{
    struct cedar_entities *store = cedar_entities_new(NULL);
    struct cedar_error err;

    cr_assert(cedar_entities_add_json(store, json, strlen(json), NULL, &err) == CEDAR_OK, "%s", err.message);
    cr_assert(cedar_entities_seal(store, &err) == CEDAR_OK, "%s", err.message);
    return store;
}

static inline struct world make_world(const char *policies)
{
    struct world w = {.set = parse(policies),
        .store = load_entities(default_entities),
        .arena = cedar_arena_new(0),
        .scratch = cedar_arena_new(0)};

    w.request = (struct cedar_request){
        .principal = uid("User", "alice"), .action = uid("Action", "read"), .resource = uid("Client", "c1")};
    return w;
}

static inline void free_world(struct world *w)
{
    cedar_policies_free(w->set);
    cedar_entities_free(w->store);
    cedar_arena_free(w->arena);
    cedar_arena_free(w->scratch);
}

static inline struct cedar_answer decide(struct world *w)
{
    struct cedar_answer answer;

    cr_assert(cedar_authorize(w->set, w->store, &w->request, w->arena, &answer) == CEDAR_OK);
    return answer;
}

static inline bool str_is(struct cedar_str s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.data, text, s.len) == 0;
}

/* 't', 'f' or 'e': what an expression is in the default world, n being 7 in the context. */
static inline char outcome_of(const char *expr)
{
    char text[4096];
    struct world w;
    struct cedar_answer answer;
    struct cedar_field field;
    char outcome;

    snprintf(text, sizeof(text), "permit(principal, action, resource) when { %s };", expr);
    w = make_world(text);
    field = (struct cedar_field){CEDAR_STR("n"), cedar_long(w.scratch, 7)};
    w.request.context = cedar_record(w.scratch, &field, 1);
    answer = decide(&w);
    outcome = answer.failure_count ? 'e' : answer.decision == CEDAR_ALLOW ? 't' : 'f';
    free_world(&w);
    return outcome;
}

static inline bool parses(const char *text)
{
    struct cedar_policies *set = NULL;
    bool good = cedar_policies_parse(text, strlen(text), &set, NULL) == CEDAR_OK;

    cr_assert(good == (set != NULL));
    cedar_policies_free(set);
    return good;
}

static inline bool expr_parses(const char *expr)
{
    char text[4096];

    snprintf(text, sizeof(text), "permit(principal, action, resource) when { %s };", expr);
    return parses(text);
}

#endif
