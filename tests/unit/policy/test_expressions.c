/* What expressions are: operators, errors, extension types. */
#include "helpers.h"

struct expectation {
    char outcome;
    const char *expr;
};

static void check_all(const struct expectation *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cr_expect(
            outcome_of(list[i].expr) == list[i].outcome, "expected %c: %s", list[i].outcome, list[i].expr);
}

#define CHECK(...) \
    do { \
        static const struct expectation list[] = {__VA_ARGS__}; \
        check_all(list, sizeof(list) / sizeof(*list)); \
    } while (0)

Test(expressions, logic_short_circuits_and_wants_booleans)
{
    CHECK({'f', "false && 1"}, {'e', "true && 1"}, {'t', "true || 1"}, {'e', "1 || true"},
        {'e', "if 1 then true else true"}, {'t', "if false then 1 else true || principal.nope"});
}

Test(expressions, arithmetic_never_wraps)
{
    CHECK({'e', "9223372036854775807 + 1 == 0"}, {'e', "-9223372036854775808 - 1 == 0"},
        {'e', "-9223372036854775808 * -1 == 0"}, {'e', "-(-9223372036854775808) == 0"},
        {'t', "2 + 3 * 4 - 1 == 13"}, {'t', "-9223372036854775808 < 0"}, {'e', "\"a\" + \"b\" == \"ab\""});
}

Test(expressions, equality_spans_all_types)
{
    CHECK({'f', "1 == \"1\""}, {'f', "1 == true"}, {'f', "[] == {}"}, {'t', "[1, [2, 2]] == [[2], 1]"},
        {'t', "{a: 1, b: 2} == {b: 2, \"a\": 1}"}, {'t', "User::\"x\" == User::\"x\""},
        {'f', "User::\"x\" == User::\"X\""}, {'t', "decimal(\"1.0\") == decimal(\"1.00\")"},
        {'t', "ip(\"::1\") == ip(\"0:0:0:0:0:0:0:1\")"}, {'f', "ip(\"10.0.0.1/24\") == ip(\"10.0.0.0/24\")"},
        {'t', "duration(\"60m\") == duration(\"1h\")"},
        {'t', "datetime(\"2024-01-01\") == datetime(\"2024-01-01T01:00:00+0100\")"}, {'t', "1 != 2"});
}

Test(expressions, order_is_for_numbers_and_times)
{
    CHECK({'t', "1 < 2"}, {'t', "2 >= 2"}, {'e', "\"a\" < \"b\""},
        {'e', "decimal(\"1.0\") < decimal(\"2.0\")"}, {'t', "duration(\"1h\") > duration(\"59m\")"},
        {'e', "duration(\"1h\") > 1"}, {'t', "datetime(\"1969-12-31\") < datetime(\"1970-01-01\")"});
}

Test(expressions, attributes_and_has)
{
    CHECK({'t', "principal.level == 5"}, {'e', "principal.nope == 5"}, {'f', "principal has nope"},
        {'t', "principal has home.city"}, {'f', "principal has home.street"}, {'e', "principal has level.x"},
        {'f', "User::\"nobody\" has level"}, {'e', "User::\"nobody\".level == 1"},
        {'f', "principal.boss has name"}, {'e', "1 has a"}, {'t', "{\"a b\": 1} has \"a b\""},
        {'e', "{a: 1, b: 1 + true}.a == 1"}, {'t', "context.n == 7"}, {'t', "principal[\"level\"] == 5"});
}

Test(expressions, membership)
{
    CHECK({'t', "principal in Role::\"staff\""}, {'t', "principal in principal"},
        {'t', "User::\"ghost\" in User::\"ghost\""}, {'f', "principal in []"},
        {'t', "principal in [Role::\"x\", Role::\"staff\"]"}, {'e', "principal in [Role::\"staff\", 1]"},
        {'e', "principal in 1"}, {'e', "1 in principal"}, {'t', "resource in Portfolio::\"north\""},
        {'f', "Role::\"staff\" in Role::\"accountants\""}, {'t', "principal is User in Role::\"staff\""},
        {'f', "principal is Client in 1"}, {'e', "1 is User"});
}

Test(expressions, sets_and_tags)
{
    CHECK({'t', "principal.tags.contains(2)"}, {'t', "[1, 2].containsAll([])"}, {'f', "[].containsAny([])"},
        {'t', "[1, 2].containsAny([2, 3])"}, {'e', "[1].containsAll(1)"}, {'t', "[].isEmpty()"},
        {'t', "principal.getTag(\"team\") == \"red\""}, {'e', "principal.getTag(\"x\") == 1"},
        {'f', "User::\"nobody\".hasTag(\"team\")"}, {'f', "principal has team"},
        {'e', "principal.hasTag(1)"});
}

Test(expressions, like_matches_whole_strings)
{
    CHECK({'t', "\"abc\" like \"a*\""}, {'f', "\"abc\" like \"b*\""}, {'t', "\"a*b\" like \"a\\*b\""},
        {'f', "\"axb\" like \"a\\*b\""}, {'t', "\"axb\" like \"a\\u{2a}b\""}, {'t', "\"\" like \"**\""},
        {'f', "\"ab\" like \"a\""}, {'t', "\"日本語\" like \"日*語\""}, {'f', "\"aa\" like \"aa*a\""},
        {'e', "1 like \"*\""});
}

Test(expressions, decimals)
{
    CHECK({'t', "decimal(\"-0.5\").lessThan(decimal(\"0.0\"))"}, {'e', "decimal(\"1\") == decimal(\"1.0\")"},
        {'e', "decimal(\"1.00000\") == decimal(\"1.0\")"},
        {'t', "decimal(\"922337203685477.5807\").greaterThan(decimal(\"-922337203685477.5808\"))"},
        {'e', "decimal(\"922337203685477.5808\") == decimal(\"0.0\")"}, {'e', "1.lessThan(decimal(\"1.0\"))"},
        {'e', "decimal(\"1.0\", \"2.0\") == 1"});
}

Test(expressions, addresses)
{
    CHECK({'t', "principal.ip.isInRange(ip(\"10.0.0.0/8\"))"},
        {'f', "ip(\"10.0.0.0/7\").isInRange(ip(\"10.0.0.0/8\"))"}, {'e', "ip(\"01.2.3.4\").isIpv4()"},
        {'e', "ip(\"::ffff:1.2.3.4\").isIpv6()"}, {'t', "ip(\"127.0.0.1/8\").isLoopback()"},
        {'f', "ip(\"127.0.0.1/7\").isLoopback()"}, {'t', "ip(\"ff02::1\").isMulticast()"},
        {'f', "ip(\"1.1.1.1\").isInRange(ip(\"::/0\"))"}, {'e', "ip(\"1.1.1.1/33\").isIpv4()"},
        {'e', "ip(\"1::2::3\").isIpv6()"}, {'t', "ip(\"1::\").isIpv6()"});
}

Test(expressions, times)
{
    CHECK({'t', "datetime(\"2024-02-29\").toDate() == datetime(\"2024-02-29\")"},
        {'e', "datetime(\"2023-02-29\") == datetime(\"2023-02-28\")"},
        {'t', "datetime(\"1969-12-31T23:59:59.999Z\").toTime() == duration(\"23h59m59s999ms\")"},
        {'t', "duration(\"-999ms\").toSeconds() == 0"},
        {'t', "datetime(\"2024-01-02\").durationSince(datetime(\"2024-01-01\")) == duration(\"1d\")"},
        {'e', "duration(\"1h1d\") == duration(\"1h\")"},
        {'e', "datetime(\"2024-01-01\").offset(duration(\"9223372036854775807ms\")) == "
              "datetime(\"2024-01-01\")"},
        {'e', "duration(\"9223372036854775808ms\") == duration(\"1h\")"},
        {'t', "duration(\"-9223372036854775808ms\").toMilliseconds() == -9223372036854775808"});
}
