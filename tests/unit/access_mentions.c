/* What a policy speaks of, without what it says to people: counters cost a question to the log at every decision. */
#include <criterion/criterion.h>

#include "vault/access/ask_private.h"

static struct mentions of(const char *text)
{
    struct decider decider = {.policies = NULL};
    struct failure failure = {0};
    cr_assert_eq(decider_policy(&decider, bytes_of_text(text), &failure), VAULT_OK, "%s", failure.text);
    struct mentions mentions = decider.mentions;
    decider_free(&decider);
    return mentions;
}

Test(access_mentions, words_of_rules_count)
{
    cr_assert(of("permit(principal, action, resource) when { context.hour < 5 };").counters);
    cr_assert(of("permit(principal, action, resource) when { context[\"day\"] < 5 };").counters);
    cr_assert(of("@why(\"x\") permit(principal, action, resource) when { context[\"day\"] < 5 };").counters);
    cr_assert(of("@why(\"say (x)\") permit(principal, action, resource) when { context[\"h\\u{6f}ur\"] < 5 };").counters,
        "an escape may spell it");
    cr_assert(of("permit(principal, action, resource is Record);").records);
}

Test(access_mentions, words_for_people_do_not)
{
    cr_assert_not(of("@why(\"not after an hour or a day\") permit(principal, action, resource);").counters);
    cr_assert_not(of("// since a day, of every kind\npermit(principal, action, resource);").counters);
    cr_assert_not(of("// since a day, of every kind\npermit(principal, action, resource);").records);
    cr_assert_not(of("@why(\"say \\\"day\\\" // or hour\") permit(principal, action, resource); // day").counters);
    cr_assert_not(of("permit(principal, action, resource) when { context.daylight };").counters, "a part of a word");
}
