/* Inputs meant to hurt end in a message, or are simply handled. */
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "helpers.h"

/* before, then n times open, middle, n times close, after */
static char *nest(const char *before, const char *open, const char *middle, const char *close,
    const char *after, size_t n, size_t *len)
{
    size_t most = strlen(before) + n * (strlen(open) + strlen(close)) + strlen(middle) + strlen(after) + 1;
    char *text = malloc(most), *at = text;

    cr_assert(text);
    at = stpcpy(at, before);
    for (size_t i = 0; i < n; i++)
        at = stpcpy(at, open);
    at = stpcpy(at, middle);
    for (size_t i = 0; i < n; i++)
        at = stpcpy(at, close);
    at = stpcpy(at, after);
    *len = (size_t)(at - text);
    return text;
}

#define RULE "permit(principal, action, resource) when { "

static int parse_nested(const char *open, const char *middle, const char *close, size_t n)
{
    size_t len;
    char *text = nest(RULE, open, middle, close, " };", n, &len);
    struct cedar_policies *set;
    struct cedar_error err;
    int r = cedar_policies_parse(text, len, &set, &err);

    cr_expect(r == CEDAR_OK || err.message[0]);
    cedar_policies_free(set);
    free(text);
    return r;
}

Test(hostile, nesting_is_limited_where_it_is_real, .timeout = 60)
{
    cr_expect(parse_nested("(", "1 == 1", ")", 500) == CEDAR_OK);
    cr_expect(parse_nested("(", "1 == 1", ")", 200000) == CEDAR_ELIMIT);
    cr_expect(parse_nested("[", "", "]", 200000) == CEDAR_ELIMIT);
    cr_expect(parse_nested("{a: ", "1", "}", 200000) == CEDAR_ELIMIT);
    cr_expect(parse_nested("!(", "true", ")", 200000) == CEDAR_ELIMIT);
    cr_expect(parse_nested("if true then true else ", "true", "", 200000) == CEDAR_ELIMIT);
    cr_expect(parse_nested("", "principal", ".a", 200000) == CEDAR_ELIMIT);
    cr_expect(parse_nested("", "true", " && true", 200000) == CEDAR_OK);
    cr_expect(parse_nested("", "1", " + 1", 200000) == CEDAR_OK);
}

Test(hostile, deep_json, .timeout = 60)
{
    struct cedar_policies *set = cedar_policies_new();
    size_t len;
    char *text = nest("[{\"uid\":{\"type\":\"A\",\"id\":\"x\"},\"attrs\":{\"a\":", "[", "", "]",
        "},\"parents\":[]}]", 200000, &len);
    struct cedar_entities *store = cedar_entities_new(NULL);

    cr_expect(cedar_entities_add_json(store, text, len, NULL, NULL) == CEDAR_ELIMIT);
    cr_expect(cedar_entities_add_json(store, "[]", 2, NULL, NULL) == CEDAR_EINVAL,
        "a store is not usable after an error");
    free(text);
    cedar_entities_free(store);
    text = nest("{\"effect\":\"permit\",\"principal\":{\"op\":\"All\"},\"action\":{\"op\":\"All\"},"
                "\"resource\":{\"op\":\"All\"},\"conditions\":[{\"kind\":\"when\",\"body\":",
        "{\"!\":{\"arg\":", "{\"Value\":true}", "}}", "}]}", 900, &len);
    cr_expect(cedar_policies_add_json(set, text, len, NULL) == CEDAR_ELIMIT);
    free(text);
    cedar_policies_free(set);
}

Test(hostile, long_chain_of_parents, .timeout = 60)
{
    enum { CHAIN = 20000 };
    struct cedar_entities *store = cedar_entities_new(NULL);
    struct cedar_policies *set = parse("permit(principal in A::\"0\", action, resource);");
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_request request = {
        .action = uid("Action", "x"), .resource = uid("R", "r"), .principal = uid("A", "19999")};
    struct cedar_answer answer;

    for (int i = 0; i < CHAIN; i++) {
        char name[16], above[16];
        struct cedar_uid parent;
        struct cedar_entity entity;

        snprintf(name, sizeof(name), "%d", i);
        snprintf(above, sizeof(above), "%d", i - 1);
        parent = uid("A", above);
        entity = (struct cedar_entity){.uid = uid("A", name), .parents = &parent, .parent_count = i > 0};
        cr_assert(cedar_entities_add(store, &entity, NULL) == CEDAR_OK);
    }
    cr_assert(cedar_entities_seal(store, NULL) == CEDAR_OK);
    cr_assert(cedar_authorize(set, store, &request, arena, &answer) == CEDAR_OK);
    cr_expect(answer.decision == CEDAR_ALLOW);
    cedar_entities_free(store);
    cedar_policies_free(set);
    cedar_arena_free(arena);
}

Test(hostile, schemas_that_refer_deeply, .timeout = 60)
{
    size_t len;
    char *text = nest("entity U {a: ", "Set<", "Long", ">", "};", 200000, &len), *at;
    struct cedar_schema *schema;

    cr_expect(cedar_schema_parse(text, len, &schema, NULL) == CEDAR_ELIMIT);
    free(text);
    text = malloc(2000000);
    cr_assert(text);
    at = text;
    for (int i = 0; i < 50000; i++)
        at += sprintf(at, "type T%d = T%d;", i, i + 1);
    at += sprintf(at, "type T50000 = Long;");
    cr_expect(cedar_schema_parse(text, (size_t)(at - text), &schema, NULL) == CEDAR_ELIMIT);
    free(text);
}

/* Bounded in time and in memory: what the limits say, and no more than a text can ask for. */
static void parse_in_time(const char *what, char *text, size_t len, int expected)
{
    struct cedar_policies *set;
    clock_t start = clock();
    int r = cedar_policies_parse(text, len, &set, NULL);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;

    cr_expect(r == expected, "%s: %d", what, r);
    cr_expect(seconds < 60, "%s: %.1f s", what, seconds);
    cedar_policies_free(set);
    free(text);
}

Test(hostile, texts_of_100_megabytes, .timeout = 300)
{
    enum { LONG = 100000000 };
    size_t len;
    char *text = nest(RULE "\"", "x", "", "", "\" like \"*x*x*y\" };", LONG, &len);
    struct rusage usage;

    parse_in_time("a string", text, len, CEDAR_OK);
    text = nest("//", "x", "", "", "", LONG, &len);
    parse_in_time("a comment", text, len, CEDAR_OK);
    text = nest(RULE, "(", "", "", "", LONG, &len);
    parse_in_time("parentheses", text, len, CEDAR_ELIMIT);
    text = nest("", "@a ", "", "", "", LONG / 3, &len);
    parse_in_time("annotations", text, len, CEDAR_EPARSE);
    text = nest("", "permit(principal,action,resource);", "", "", "", LONG / 34, &len);
    parse_in_time("policies", text, len, CEDAR_OK);
    cr_assert(getrusage(RUSAGE_SELF, &usage) == 0);
    cr_expect((size_t)usage.ru_maxrss * 1024 < CEDAR_MAX_MEMORY + (1u << 30), "%ld KiB", usage.ru_maxrss);
}

Test(hostile, an_arena_ends_what_a_text_would_take)
{
    size_t len;
    char *text = nest(RULE "[", "1,", "", "", "1].isEmpty() };", 1000000, &len);
    struct cedar_arena *small = cedar_arena_new(1 << 20);
    struct cedar_request request;
    char *json = NULL;

    parse_in_time("a set", text, len, CEDAR_OK);
    json = nest("{\"principal\":\"U::\\\"a\\\"\",\"action\":\"A::\\\"a\\\"\",\"resource\":\"U::\\\"a\\\"\","
                "\"context\":{\"s\":[",
        "1,", "1", "", "]}}", 1000000, &len);
    cr_expect(cedar_request_parse(json, len, NULL, small, &request, NULL) == CEDAR_ENOMEM);
    free(json);
    cedar_arena_free(small);
}

/* Entity i has the parents i + 1 and i + 2; the last is below the first if it is a ring. */
static char *ladder(int n, bool ring, size_t *len)
{
    char *text = malloc((size_t)n * 160 + 200), *at = text;

    cr_assert(text);
    for (int i = 0; i < n; i++)
        at += sprintf(at,
            "%c{\"uid\":{\"type\":\"A\",\"id\":\"%d\"},\"attrs\":{},\"parents\":[{\"type\":\"A\",\"id\":\"%"
            "d\"},"
            "{\"type\":\"A\",\"id\":\"%d\"}]}",
            i ? ',' : '[', i, ring ? (i + 1) % n : i + 1, ring ? (i + 2) % n : i + 2);
    *at++ = ']';
    *len = (size_t)(at - text);
    return text;
}

Test(hostile, long_hierarchies_and_long_rings, .timeout = 120)
{
    for (int ring = 0; ring < 2; ring++) {
        struct cedar_entities *store = cedar_entities_new(NULL);
        struct cedar_error err;
        size_t len;
        char *text = ladder(200000, ring, &len);
        clock_t start = clock();

        cr_assert(cedar_entities_add_json(store, text, len, NULL, &err) == CEDAR_OK, "%s", err.message);
        cr_expect(cedar_entities_seal(store, &err) == (ring ? CEDAR_EINVAL : CEDAR_OK));
        cr_expect(clock() - start < 60 * CLOCKS_PER_SEC);
        cr_expect(!ring || strstr(err.message, "its own ancestor"), "%s", err.message);
        cedar_entities_free(store);
        free(text);
    }
}

Test(hostile, a_key_twice_among_a_million, .timeout = 120)
{
    struct cedar_entities *store = cedar_entities_new(NULL);
    char *text = malloc(20000000), *at = text;
    clock_t start = clock();

    cr_assert(text);
    at += sprintf(at, "[{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"parents\":[],\"attrs\":{");
    for (int i = 0; i < 1000000; i++)
        at += sprintf(at, "\"k%d\":1,", i);
    at += sprintf(at, "\"k\\u0030\":1}}]");
    cr_expect(cedar_entities_add_json(store, text, (size_t)(at - text), NULL, NULL) == CEDAR_EPARSE);
    cr_expect(clock() - start < 60 * CLOCKS_PER_SEC);
    cedar_entities_free(store);
    free(text);
}

Test(hostile, text_that_is_no_text)
{
    static const char nul[] = "permit(principal, action, resource)\0;";
    struct cedar_policies *set;

    cr_expect(!parses("permit(principal, action, resource) when { \"\xC0\x80\" == \"\" };"));
    cr_expect(!parses("\xEF\xBB\xBFpermit(principal, action, resource);"));
    cr_expect(cedar_policies_parse(nul, sizeof(nul) - 1, &set, NULL) == CEDAR_EPARSE);
    cr_expect(cedar_policies_parse("", CEDAR_MAX_TEXT + 1, &set, NULL) == CEDAR_ELIMIT,
        "refused before it is read");
}
