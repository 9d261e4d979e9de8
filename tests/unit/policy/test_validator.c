/* Schemas and the strict validator: what it objects to, where, and what it advises. */
#include "helpers.h"

static const char schema_text[] =
    "namespace Firm { entity Portfolio; }\n"
    "entity Role; type Home = {city: String};\n"
    "entity User in [Role] {level: Long, name?: String, home?: Home, boss?: User} tags String;\n"
    "entity Client in [Firm::Portfolio] {secret: Bool, limit?: decimal};\n"
    "entity Kind enum [\"bank\", \"tax\"];\n"
    "action reads;\n"
    "action read, \"show all\" in [reads] appliesTo {principal: User, resource: [Client, Kind], context: "
    "{hour: Long, from?: ipaddr}};\n";

static bool schema_parses(const char *text)
{
    struct cedar_schema *schema;
    bool good = cedar_schema_parse(text, strlen(text), &schema, NULL) == CEDAR_OK;

    cr_assert(good == (schema != NULL));
    cedar_schema_free(schema);
    return good;
}

Test(schema, accepts_and_refuses)
{
    static const char *const good[] = {"", "entity G in [G];", "entity U; type U = {a: Long};",
        "entity Long; entity U {a: Long};", "namespace N { action a in [Action::\"b\"]; } action b;",
        "@x(\"y\") entity U = {\"a b\"?: Set<__cedar::Long>,} tags U;", "entity U enum [\"a\"];",
        "entity U {a: Action, s: Set<N::Action>} tags Action; action x; namespace N { action y; }",
        "action a appliesTo {principal: U, resource: [U], context: C,}; entity U; type C = {};"};
    static const char *const bad[] = {"type Long = String;", "type A = B; type B = A;", "entity U in [G];",
        "entity U; entity U;", "entity U; namespace N { entity U; }", "entity Action;", "action a in [b];",
        "action a in a;", "action a; action a;", "entity U; action a appliesTo {principal: U};",
        "entity U; action a appliesTo {principal: [], resource: U};", "entity U enum [];", "entity in;",
        "namespace __cedar {}", "entity U {a: Nope};", "entity U {a: Set};", "namespace N {} namespace N {}",
        "entity U; action a appliesTo {principal: U, resource: U, context: U};",
        "action b; namespace N { action b; }", "entity U {a: Long", "entity U {a: Action};",
        "entity U in [Action]; action x;"};

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        cr_expect(schema_parses(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_expect(!schema_parses(bad[i]), "%s", bad[i]);
}

/* Validates one policy; the first finding goes to *found. Returns errors, or -1 for warnings only. */
static int findings_of(const char *policy, struct cedar_finding *found, struct cedar_arena *arena)
{
    struct cedar_policies *set = parse(policy);
    struct cedar_schema *schema;
    struct cedar_findings all;
    int errors = 0;

    cr_assert(cedar_schema_parse(schema_text, sizeof(schema_text) - 1, &schema, NULL) == CEDAR_OK);
    cr_assert(cedar_validate(set, schema, arena, &all) == CEDAR_OK);
    for (size_t i = 0; i < all.count; i++)
        errors += !all.items[i].warning;
    cr_expect(all.valid == (errors == 0));
    if (all.count)
        *found = all.items[0];
    cedar_policies_free(set);
    cedar_schema_free(schema);
    return errors ? errors : all.count ? -1 : 0;
}

Test(validator, accepts)
{
    static const char *const good[] = {
        "permit(principal in Role::\"x\", action == Action::\"read\", resource is Client) when { "
        "principal.level > 3 && !resource.secret };",
        "permit(principal, action in Action::\"reads\", resource is Client in Firm::Portfolio::\"p\") when { "
        "principal has name && principal.name like \"A*\" };",
        "permit(principal, action, resource) when { context has from && "
        "context.from.isInRange(ip(\"10.0.0.0/8\")) };",
        "permit(principal, action, resource) when { principal has home.city && principal.home.city == \"x\" "
        "};",
        "permit(principal, action, resource) when { principal.hasTag(\"team\") && principal.getTag(\"team\") "
        "== \"red\" };",
        "permit(principal, action, resource) when { if principal has boss then principal.boss in Role::\"x\" "
        "else false };",
        "permit(principal, action, resource) unless { resource is Client && resource.secret };",
        "permit(principal == ?principal, action, resource in ?resource);",
        "permit(principal, action, resource == Kind::\"tax\");"};
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_finding found = {.line = 0};

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        cr_expect(findings_of(good[i], &found, arena) == 0, "%s: %.*s", good[i], (int)found.message.len,
            found.message.data);
    cedar_arena_free(arena);
}

Test(validator, objects_with_place_and_fix)
{
    static const struct {
        const char *policy;
        size_t column;
        const char *message, *help;
    } cases[] = {{"permit(principal, action, resource) when { principal.levle > 3 };", 44,
                     "User has no attribute \"levle\"", "did you mean 'level'?"},
        {"permit(principal, action, resource) when { principal.name == \"a\" };", 44,
            "the attribute \"name\" may be missing", "ask first: ... has name && ..."},
        {"permit(principal, action, resource) when { principal.level == \"5\" };", 44,
            "'==' compares Long with String, which are never equal", "compare values of the same type"},
        {"permit(principal is Usr, action, resource);", 8, "unknown entity type Usr", "did you mean 'User'?"},
        {"permit(principal, action == Action::\"raed\", resource);", 19, "unknown action Action::\"raed\"",
            "did you mean 'read'?"},
        {"permit(principal, action, resource == Kind::\"bnk\");", 27, "Kind has no entity \"bnk\"",
            "did you mean 'bank'?"},
        {"permit(principal, action, resource) when { ip(\"x\").isIpv4() };", 44,
            "\"x\" is not a valid argument of ip()", ""},
        {"permit(principal, action, resource) when { [] == [1] };", 44, "an empty set has no type",
            "to ask whether a set is empty, use .isEmpty()"},
        {"permit(principal, action, resource) when { context.hour < principal.level + \"1\" };", 77,
            "expected Long, got String", "strings can be compared with == and 'like' only"},
        {"permit(principal, action, resource) when { principal.level };", 44, "expected Bool, got Long",
            "compare it with something, so that it is true or false"},
        {"permit(principal, action, resource) when { principal.getTag(\"t\") == \"x\" };", 44,
            "the tag may be missing", "ask first: ... .hasTag(...) && ..."}};
    struct cedar_arena *arena = cedar_arena_new(0);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct cedar_finding found = {.line = 0};

        cr_assert(findings_of(cases[i].policy, &found, arena) > 0, "%s", cases[i].policy);
        cr_expect(found.line == 1 && found.column == cases[i].column, "%s: column %zu", cases[i].policy,
            found.column);
        cr_expect(str_is(found.message, cases[i].message), "%s: %s", cases[i].policy, found.message.data);
        cr_expect(str_is(found.help, cases[i].help), "%s: %s", cases[i].policy, found.help.data);
    }
    cedar_arena_free(arena);
}

Test(validator, warns_of_what_never_applies)
{
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_finding found = {.line = 0};

    cr_expect(findings_of("permit(principal is Client, action, resource);", &found, arena) == -1);
    cr_expect(found.warning && found.help.len > 0);
    cr_expect(findings_of("permit(principal, action, resource) when { false };", &found, arena) == -1);
    cr_expect(findings_of("permit(principal is Client in ?principal, action, resource) when { principal.x };",
                  &found, arena) == -1,
        "what no request reaches is not checked");
    cedar_arena_free(arena);
}

Test(validator, commands_over_whole_texts)
{
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_outcome_text out;
    struct cedar_error err;
    struct cedar_inputs in = {.policies = CEDAR_STR("@id(\"x\") permit(principal, action, resource);"),
        .entities = CEDAR_STR("[]"),
        .schema = {schema_text, sizeof(schema_text) - 1},
        .request = CEDAR_STR("{\"principal\":\"User::\\\"a\\\"\",\"action\":\"Action::\\\"read\\\"\","
                             "\"resource\":\"Client::\\\"c\\\"\",\"context\":{\"hour\":9}}")};

    cr_assert(cedar_command_authorize(&in, arena, &out, &err) == CEDAR_OK, "%s", err.message);
    cr_expect(
        str_is(out.json, "{\"decision\":\"allow\",\"reasons\":[\"x\"],\"errors\":[]}"), "%s", out.json.data);
    cr_assert(cedar_command_validate(&in, arena, &out, &err) == CEDAR_OK);
    cr_expect(
        out.valid && str_is(out.json, "{\"valid\":true,\"errors\":[],\"warnings\":[]}"), "%s", out.json.data);
    cr_expect(cedar_command_check_parse(&in, arena, &out, &err) == CEDAR_OK);
    in.request = CEDAR_STR("{}");
    cr_expect(
        cedar_command_authorize(&in, arena, &out, &err) == CEDAR_EPARSE && out.blame == CEDAR_IN_REQUEST);
    in.policies = CEDAR_STR("permit");
    cr_expect(cedar_command_check_parse(&in, arena, &out, &err) == CEDAR_EPARSE &&
              out.blame == CEDAR_IN_POLICIES && err.line == 1);
    cedar_arena_free(arena);
}
