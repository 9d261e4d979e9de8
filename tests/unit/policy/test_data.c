/* Values, entities JSON, requests: what is read and what is refused. */
#include "helpers.h"

static bool entities_load(const char *json, const struct cedar_schema *schema)
{
    struct cedar_entities *store = cedar_entities_new(NULL);
    bool good = cedar_entities_add_json(store, json, strlen(json), schema, NULL) == CEDAR_OK &&
                cedar_entities_seal(store, NULL) == CEDAR_OK;

    cedar_entities_free(store);
    return good;
}

static bool attrs_load(const char *attrs)
{
    char json[2048];

    snprintf(
        json, sizeof(json), "[{\"uid\":{\"type\":\"A\",\"id\":\"x\"},\"attrs\":%s,\"parents\":[]}]", attrs);
    return entities_load(json, NULL);
}

Test(data, values_compare_and_print)
{
    struct cedar_arena *arena = cedar_arena_new(0);
    const struct cedar_value *items[] = {cedar_long(arena, 2), cedar_long(arena, 1), cedar_long(arena, 2)};
    struct cedar_field fields[] = {
        {CEDAR_STR("b"), cedar_set(arena, items, 3)}, {CEDAR_STR("a"), cedar_ip(arena, CEDAR_STR("0:0::1"))}};
    const struct cedar_value *record = cedar_record(arena, fields, 2),
                             *far = cedar_datetime_ms(arena, INT64_MAX);

    cr_assert(record);
    cr_expect(str_is(cedar_value_print(record, arena), "{\"a\": ip(\"::1\"), \"b\": [1, 2]}"));
    cr_expect(str_is(
        cedar_value_json(record, arena), "{\"a\":{\"__extn\":{\"fn\":\"ip\",\"arg\":\"::1\"}},\"b\":[1,2]}"));
    cr_expect(str_is(cedar_value_print(far, arena),
        "datetime(\"1970-01-01\").offset(duration(\"9223372036854775807ms\"))"));
    cr_expect(
        str_is(cedar_value_print(cedar_decimal(arena, CEDAR_STR("-0.5000")), arena), "decimal(\"-0.5\")"));
    cr_expect(cedar_value_equal(cedar_duration(arena, CEDAR_STR("1h")), cedar_duration_ms(arena, 3600000)));
    cr_expect(cedar_ip(arena, CEDAR_STR("1.2.3")) == NULL);
    cr_expect(cedar_uid_value(arena, uid("not a type", "x")) == NULL);
    fields[1].key = CEDAR_STR("b");
    cr_expect(cedar_record(arena, fields, 2) == NULL, "a key twice");
    fields[1].value = NULL;
    cr_expect(cedar_record(arena, fields, 2) == NULL, "an element that could not be made");
    cedar_arena_free(arena);
}

Test(data, attribute_values)
{
    static const char *const good[] = {"{}", "{\"a\":-9223372036854775808}",
        "{\"a\":{\"__entity\":{\"type\":\"U\",\"id\":\"\"}}}",
        "{\"a\":{\"__extn\":{\"fn\":\"ip\",\"arg\":\"::1\"}}}", "{\"a\":{\"__entity\":{\"type\":\"U\"}}}",
        "{\"a\":\"\\ud83d\\ude00\\u0000\"}", "{\"a\":[1,\"x\",[true]]}",
        "{\"a\":{\"__extn\":{\"fn\":\"offset\",\"args\":[{\"__extn\":{\"fn\":\"datetime\",\"arg\":\"2024-01-"
        "01\"}},{\"__extn\":{\"fn\":\"duration\",\"arg\":\"1d\"}}]}}}"};
    static const char *const bad[] = {"{\"a\":null}", "{\"a\":1.0}", "{\"a\":1e2}", "{\"a\":-0}",
        "{\"a\":9223372036854775808}", "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":1}", "{\"a\":01}",
        "{\"a\":\"\\ud800\"}", "{\"a\":\"\t\"}", "{\"a\":{\"__extn\":{\"fn\":\"ip\",\"arg\":\"x\"}}}",
        "{\"a\":{\"__extn\":{\"fn\":\"nope\",\"arg\":\"x\"}}}", "{\"a\":{\"__expr\":\"1\"}}",
        "{\"a\":{\"__entity\":{\"type\":\"if\",\"id\":\"x\"}}}", "[]", "{\"a\":1,}", "{a:1}", "{\"a\":tru}",
        "{\"a\":\"\xff\"}"};

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        cr_expect(attrs_load(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_expect(!attrs_load(bad[i]), "%s", bad[i]);
}

#define ENTITY(id, parents) \
    "{\"uid\":{\"type\":\"A\",\"id\":\"" id "\"},\"attrs\":{},\"parents\":[" parents "]}"
#define PARENT(id) "{\"type\":\"A\",\"id\":\"" id "\"}"

Test(data, hierarchy)
{
    cr_expect(entities_load("[" ENTITY("x", PARENT("undeclared")) "]", NULL));
    cr_expect(entities_load("[" ENTITY("x", "") "," ENTITY("x", "") "]", NULL), "the same twice");
    cr_expect(!entities_load("[" ENTITY("x", "") "," ENTITY("x", PARENT("y")) "]", NULL), "two that differ");
    cr_expect(!entities_load("[" ENTITY("x", PARENT("x")) "]", NULL), "its own parent");
    cr_expect(
        !entities_load(
            "[" ENTITY("x", PARENT("y")) "," ENTITY("y", PARENT("z")) "," ENTITY("z", PARENT("x")) "]", NULL),
        "a cycle");
    cr_expect(!entities_load(
                  "[{\"uid\":{\"type\":\"Action\",\"id\":\"x\"},\"attrs\":{},\"parents\":[" PARENT("y") "]}]",
                  NULL),
        "an action in no action");
    cr_expect(!entities_load("[{\"uid\":\"A::\\\"x\\\"\",\"attrs\":{},\"parents\":[]}]", NULL));
    cr_expect(!entities_load("[{\"uid\":{\"type\":\"A\",\"id\":\"x\"},\"attrs\":{}}]", NULL));
    cr_expect(!entities_load("{}", NULL));
}

Test(data, requests)
{
    static const char *const bad[] = {"{}",
        "{\"principal\":\"U::\\\"a\\\"\",\"action\":\"A::\\\"a\\\"\",\"resource\":\"R::\\\"a\\\"\"}",
        "{\"principal\":\"U :: "
        "\\\"a\\\"\",\"action\":\"A::\\\"a\\\"\",\"resource\":\"R::\\\"a\\\"\",\"context\":{}}",
        "{\"principal\":\"U::a\",\"action\":\"A::\\\"a\\\"\",\"resource\":\"R::\\\"a\\\"\",\"context\":{}}",
        "{\"principal\":\"U::\\\"a\\\" "
        "\",\"action\":\"A::\\\"a\\\"\",\"resource\":\"R::\\\"a\\\"\",\"context\":{}}",
        "{\"principal\":null,\"action\":\"A::\\\"a\\\"\",\"resource\":\"R::\\\"a\\\"\",\"context\":{}}",
        "{\"principal\":\"U::\\\"a\\\"\",\"action\":\"A::\\\"a\\\"\",\"resource\":\"R::\\\"a\\\"\","
        "\"context\":{\"__entity\":{\"type\":\"U\",\"id\":\"x\"}}}"};
    static const char good[] = "{\"principal\":\"N::U::\\\"a\\\\n\\\"\",\"action\":\"A::\\\"a\\\"\","
                               "\"resource\":\"R::\\\"\\\"\",\"context\":{\"x\":1},\"more\":1}";
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_request request;

    cr_assert(cedar_request_parse(good, sizeof(good) - 1, NULL, arena, &request, NULL) == CEDAR_OK);
    cr_expect(str_is(request.principal.type, "N::U") && str_is(request.principal.id, "a\n"));
    cr_expect(str_is(cedar_uid_print(request.principal, arena), "N::U::\"a\\n\""));
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_expect(cedar_request_parse(bad[i], strlen(bad[i]), NULL, arena, &request, NULL) != CEDAR_OK, "%s",
            bad[i]);
    cedar_arena_free(arena);
}

Test(data, a_schema_lets_escapes_be_left_out_and_checks)
{
    static const char text[] =
        "entity G; entity U in G {ip: ipaddr, boss?: U, n: Set<decimal>}; entity E enum [\"one\"]; action "
        "all; action a in all appliesTo {principal: U, resource: E, context: {when: datetime}};";
    struct cedar_schema *schema;
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_request request;
    static const char ask[] = "{\"principal\":\"U::\\\"x\\\"\",\"action\":\"Action::\\\"a\\\"\",\"resource\":"
                              "\"E::\\\"one\\\"\",\"context\":{\"when\":\"2024-01-01\"}}";

    cr_assert(cedar_schema_parse(text, sizeof(text) - 1, &schema, NULL) == CEDAR_OK);
    cr_expect(entities_load("[{\"uid\":{\"type\":\"U\",\"id\":\"x\"},\"attrs\":{\"ip\":\"10.0.0.1\",\"boss\":"
                            "{\"type\":\"U\",\"id\":\"y\"},\"n\":[\"1.0\",{\"fn\":\"decimal\",\"arg\":\"2."
                            "0\"}]},\"parents\":[{\"type\":\"G\",\"id\":\"g\"}]}]",
        schema));
    cr_expect(!entities_load(
                  "[{\"uid\":{\"type\":\"U\",\"id\":\"x\"},\"attrs\":{\"ip\":\"10.0.0.1\"},\"parents\":[]}]",
                  schema),
        "n is missing");
    cr_expect(!entities_load(
        "[{\"uid\":{\"type\":\"U\",\"id\":\"x\"},\"attrs\":{\"ip\":\"x\",\"n\":[]},\"parents\":[]}]",
        schema));
    cr_expect(!entities_load("[{\"uid\":{\"type\":\"G\",\"id\":\"x\"},\"attrs\":{},\"parents\":[{\"type\":"
                             "\"U\",\"id\":\"g\"}]}]",
                  schema),
        "no such hierarchy");
    cr_expect(
        !entities_load("[{\"uid\":{\"type\":\"E\",\"id\":\"two\"},\"attrs\":{},\"parents\":[]}]", schema),
        "not in the enum");
    cr_expect(
        !entities_load("[{\"uid\":{\"type\":\"Nope\",\"id\":\"x\"},\"attrs\":{},\"parents\":[]}]", schema));
    cr_assert(cedar_request_parse(ask, sizeof(ask) - 1, schema, arena, &request, NULL) == CEDAR_OK);
    cr_expect(cedar_request_validate(schema, &request, NULL) == CEDAR_OK);
    request.action.id = CEDAR_STR("all");
    cr_expect(cedar_request_validate(schema, &request, NULL) == CEDAR_ESCHEMA, "all applies to nothing");
    request.action.id = CEDAR_STR("a");
    request.resource.id = CEDAR_STR("two");
    cr_expect(cedar_request_validate(schema, &request, NULL) == CEDAR_ESCHEMA);
    cedar_schema_free(schema);
    cedar_arena_free(arena);
}
