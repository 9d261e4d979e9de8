/* Inputs meant to hurt end in a message, or are simply handled. */
#include <stdlib.h>

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
