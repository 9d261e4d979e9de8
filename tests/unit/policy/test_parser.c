/* What is accepted and refused, and where errors are. */
#include "helpers.h"

Test(parser, accepts)
{
    static const char *const good[] = {"1 == 1 && !!!!true", "----5 == 5", "principal.when",
        "{permit: 1} has permit", "permit::\"x\" == permit::\"y\"", "context is context",
        "if true then true else false && false", "007 == 7", "\"\\u{1_F600}\" == \"\\x41\\0\\'\"",
        "[1, 2,].contains(1)", "A :: B // c\n :: \"x\" == A::B::\"x\"", "principal.contains",
        "(if true then 1else 2) == 1", "1in[1]"};

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        cr_expect(expr_parses(good[i]), "%s", good[i]);
}

Test(parser, refuses)
{
    static const char *const bad[] = {"", "1 < 2 < 3", "a == b == c", "!-1 == 1", "-!true", "!!!!!true",
        "1 + if true then 1 else 2", "foo", "User == 1", "1.0 == 1", "0x10 == 1", "x has \"a\".b",
        "principal has (a)", "\"a\" like (\"a\")", "[1].contains()", "[1].contains(1, 2)", "contains(1)",
        "foo(1)", "principal.foo()", "ip.x", "principal.ip(\"x\")", "isIpv4(ip(\"::1\"))",
        "{a: 1, \"a\": 2} == {}", "\"\\q\" == \"\"", "\"\\x80\" == \"\"", "\"\\u{D800}\" == \"\"",
        "\"\\u{_1}\" == \"\"", "9223372036854775808 == 0", "-(9223372036854775808) == 0", "principal.__cedar",
        "{__cedar: 1} == 1", "?principal == principal", "principal = resource", "1 / 2 == 1",
        "principal[level] == 1", "true == \"a\nb\\\n\"", "principal is \"User\"", "\xEF\xBB\xBF 1 == 1",
        "__cedar::X::\"a\" == 1"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_expect(!expr_parses(bad[i]), "%s", bad[i]);
}

Test(parser, scopes)
{
    cr_expect(parses("permit(principal in (G::\"x\"), action in [], resource is A::B in C::\"d\",);"));
    cr_expect(parses("@if @else(\"x\") permit(principal == ?principal, action, resource in ?resource);"));
    cr_expect(parses(""));
    cr_expect(parses("// only a comment"));
    cr_expect(!parses("permit(principal, resource, action);"));
    cr_expect(!parses("permit(principal, action == User::\"x\", resource);"));
    cr_expect(!parses("permit(principal == ?resource, action, resource);"));
    cr_expect(!parses("permit(principal, action == ?principal, resource);"));
    cr_expect(!parses("permit(principal in [User::\"a\"], action, resource);"));
    cr_expect(!parses("permit(principal is T == U::\"a\", action, resource);"));
    cr_expect(!parses("@a @a permit(principal, action, resource);"));
    cr_expect(!parses("Permit(principal, action, resource);"));
    cr_expect(!parses("permit(principal, action, resource) when {};"));
    cr_expect(!parses("permit(principal, action, resource)"));
}

Test(parser, says_where)
{
    static const char text[] =
        "permit(principal, action, resource);\n\npermit(principal, action, resource)\nwhen { 日本 == 1 };";
    struct cedar_policies *set;
    struct cedar_error err;

    cr_assert(cedar_policies_parse(text, sizeof(text) - 1, &set, &err) == CEDAR_EPARSE);
    cr_expect(set == NULL);
    cr_expect(err.line == 4 && err.column == 8, "%zu:%zu", err.line, err.column);
    cr_expect(cedar_policies_parse(text, sizeof(text) - 1, &set, NULL) == CEDAR_EPARSE,
        "an error struct is not needed");
}

Test(parser, policies_know_their_text_and_annotations)
{
    struct cedar_policies *set = parse("// first\n@id(\"a\") @advice(\"call\") permit(principal, action, "
                                       "resource);\n  forbid(principal, action, resource); ");
    const struct cedar_policy *first = cedar_policies_at(set, 0), *second = cedar_policies_at(set, 1);
    struct cedar_str value;

    cr_expect(str_is(cedar_policy_id(first), "policy0"));
    cr_expect(str_is(
        cedar_policy_text(first), "@id(\"a\") @advice(\"call\") permit(principal, action, resource);"));
    cr_expect(cedar_policy_line(first) == 2 && cedar_policy_column(first) == 1);
    cr_expect(cedar_policy_line(second) == 3 && cedar_policy_column(second) == 3);
    cr_expect(cedar_policy_effect(second) == CEDAR_FORBID);
    cr_expect(cedar_policy_annotation(first, CEDAR_STR("advice"), &value) && str_is(value, "call"));
    cr_expect(!cedar_policy_annotation(first, CEDAR_STR("nope"), &value));
    cr_expect(cedar_policies_find(set, CEDAR_STR("policy1")) == second);
    cr_expect(cedar_policies_find(set, CEDAR_STR("a")) == NULL);
    cedar_policies_free(set);
}

Test(parser, renames_by_annotation)
{
    static const char text[] =
        "@id(\"b\") permit(principal, action, resource); permit(principal == ?principal, action, resource);";
    static const char clash[] =
        "@id(\"policy1\") permit(principal, action, resource); permit(principal, action, resource);";
    struct cedar_policies *set = cedar_policies_new();

    cr_assert(cedar_policies_add_text(set, text, sizeof(text) - 1, NULL) == CEDAR_OK);
    cr_assert(cedar_policies_rename(set, NULL) == CEDAR_OK);
    cr_expect(cedar_policies_find(set, CEDAR_STR("b")) == cedar_policies_at(set, 0));
    cr_expect(cedar_policies_find(set, CEDAR_STR("policy0")) == NULL);
    cr_expect(cedar_policies_find(set, CEDAR_STR("policy1")) == cedar_policies_template_at(set, 0));
    cedar_policies_free(set);
    set = cedar_policies_new();
    cr_assert(cedar_policies_add_text(set, clash, sizeof(clash) - 1, NULL) == CEDAR_OK);
    cr_expect(cedar_policies_rename(set, NULL) == CEDAR_EINVAL);
    cedar_policies_free(set);
}

Test(parser, prints_what_reads_back)
{
    struct cedar_policies *set = parse("@a @b(\"x\\n\") permit(principal is U in ?principal, action in "
                                       "[Action::\"x\", N::Action::\"y\"], resource)\n"
                                       "when { (a::\"q\" in [principal]) && !(true || false) && -(5) == --5 "
                                       "&& (1 + 2) * 3 - (4 - 5) == 1 }\n"
                                       "unless { if context has a.b then \"*\" like \"\\**\" else {\"a b\": "
                                       "[ip(\"::1\").isIpv4()]}[\"a b\"].isEmpty() };");
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_str text = cedar_policies_print(set, arena), json = cedar_policies_json(set, arena), again;
    struct cedar_policies *second = NULL;

    cr_assert(cedar_policies_parse(text.data, text.len, &second, NULL) == CEDAR_OK, "%s", text.data);
    again = cedar_policies_json(second, arena);
    cr_expect(json.len == again.len && memcmp(json.data, again.data, json.len) == 0, "%s", text.data);
    cedar_policies_free(second);
    second = cedar_policies_new();
    cr_assert(cedar_policies_add_json(second, json.data, json.len, NULL) == CEDAR_OK);
    again = cedar_policies_print(second, arena);
    cr_expect(text.len == again.len && memcmp(text.data, again.data, text.len) == 0, "%s", again.data);
    cedar_policies_free(second);
    cedar_policies_free(set);
    cedar_arena_free(arena);
}
