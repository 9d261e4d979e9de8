/* The authorizer, layered stores, templates, explanations, residuals. */
#include "helpers.h"

Test(decisions, denies_by_default_and_forbid_overrides)
{
    struct world w = make_world("permit(principal in Role::\"staff\", action, resource); forbid(principal, "
                                "action, resource) when { resource.secret };"
                                "forbid(principal, action, resource) when { principal.nope }; "
                                "permit(principal == User::\"bob\", action, resource);");
    struct cedar_answer answer = decide(&w);

    cr_expect(answer.decision == CEDAR_ALLOW);
    cr_assert(answer.reason_count == 1 && answer.failure_count == 1);
    cr_expect(answer.reasons[0] == cedar_policies_at(w.set, 0));
    cr_expect(answer.failures[0].policy == cedar_policies_at(w.set, 2));
    cr_expect(answer.failures[0].line == 1 && answer.failures[0].message.len > 0);
    w.request.principal = uid("User", "carol");
    answer = decide(&w);
    cr_expect(answer.decision == CEDAR_DENY && answer.reason_count == 0);
    free_world(&w);
}

Test(decisions, forbid_wins_and_is_the_reason)
{
    struct world w =
        make_world("permit(principal, action, resource); forbid(principal, action, resource is Client);");
    struct cedar_answer answer = decide(&w);

    cr_expect(answer.decision == CEDAR_DENY);
    cr_assert(answer.reason_count == 1);
    cr_expect(str_is(cedar_policy_id(answer.reasons[0]), "policy1"));
    free_world(&w);
}

Test(decisions, context_must_be_a_record)
{
    struct world w = make_world("permit(principal, action, resource);");
    struct cedar_answer answer;

    w.request.context = cedar_long(w.scratch, 1);
    cr_expect(cedar_authorize(w.set, w.store, &w.request, w.arena, &answer) == CEDAR_EINVAL);
    cr_expect(answer.decision == CEDAR_DENY);
    free_world(&w);
}

Test(decisions, exhausted_arena_denies)
{
    struct world w = make_world("permit(principal, action, resource) when { [context.n, context.n + 1, "
                                "context.n + 2].contains(9) };");
    struct cedar_arena *tiny = cedar_arena_new(64);
    struct cedar_field field = {CEDAR_STR("n"), cedar_long(w.scratch, 7)};
    struct cedar_answer answer;

    w.request.context = cedar_record(w.scratch, &field, 1);
    cr_expect(decide(&w).decision == CEDAR_ALLOW);
    cr_expect(cedar_authorize(w.set, w.store, &w.request, tiny, &answer) == CEDAR_ENOMEM);
    cr_expect(answer.decision == CEDAR_DENY && answer.reason_count == 0);
    cedar_arena_free(tiny);
    free_world(&w);
}

Test(decisions, a_layer_adds_to_and_hides_its_base)
{
    struct world w =
        make_world("permit(principal in Role::\"guests\", action, resource) when { resource.open };");
    struct cedar_entities *layer = cedar_entities_new(w.store);
    struct cedar_uid role = uid("Role", "guests");

    for (int round = 0; round < 3; round++) { /* reset makes it as good as new */
        struct cedar_field open = {CEDAR_STR("open"), NULL};
        struct cedar_entity client = {.uid = uid("Client", "c1")},
                            person = {.uid = uid("User", "eve"), .parents = &role, .parent_count = 1};
        struct cedar_answer answer;

        cedar_entities_reset(layer);
        cedar_arena_reset(w.arena);
        open.value = cedar_bool(cedar_entities_arena(layer), true);
        client.attrs = cedar_record(cedar_entities_arena(layer), &open, 1);
        cr_assert(cedar_entities_add(layer, &client, NULL) == CEDAR_OK &&
                  cedar_entities_add(layer, &person, NULL) == CEDAR_OK);
        cr_assert(cedar_entities_seal(layer, NULL) == CEDAR_OK);
        w.request.principal = uid("User", "eve");
        cr_assert(cedar_authorize(w.set, layer, &w.request, w.arena, &answer) == CEDAR_OK);
        cr_expect(answer.decision == CEDAR_ALLOW);
        cr_expect(decide(&w).decision == CEDAR_DENY, "the base is unchanged");
    }
    cedar_entities_free(layer);
    free_world(&w);
}

Test(decisions, templates_link_with_exactly_their_slots)
{
    static const char text[] = "@id(\"t\") permit(principal in ?principal, action, resource == ?resource); "
                               "permit(principal == User::\"x\", action, resource);";
    static const char links[] = "[{\"template_id\":\"t\",\"link_id\":\"l1\",\"args\":{\"?principal\":\"Role::"
                                "\\\"staff\\\"\",\"?resource\":\"Client::\\\"c1\\\"\"}}]";
    struct cedar_uid role = uid("Role", "staff");

    for (int fault = 0; fault < 5; fault++) {
        struct cedar_policies *set = cedar_policies_new();
        int r;

        cr_assert(cedar_policies_add_text(set, text, sizeof(text) - 1, NULL) == CEDAR_OK &&
                  cedar_policies_rename(set, NULL) == CEDAR_OK);
        if (fault == 0)
            r = cedar_policies_link_json(set, links, sizeof(links) - 1, NULL);
        else if (fault == 1)
            r = cedar_policies_link(set, CEDAR_STR("t"), CEDAR_STR("l1"), &role, NULL, NULL);
        else if (fault == 2)
            r = cedar_policies_link(set, CEDAR_STR("nope"), CEDAR_STR("l1"), &role, &role, NULL);
        else if (fault == 3)
            r = cedar_policies_link(set, CEDAR_STR("t"), CEDAR_STR("policy1"), &role, &role, NULL);
        else
            r = cedar_policies_link(set, CEDAR_STR("policy1"), CEDAR_STR("l1"), NULL, NULL, NULL);
        cr_expect(r == (fault ? CEDAR_EINVAL : CEDAR_OK), "%d: %d", fault, r);
        if (!fault) {
            struct world w = make_world("");

            cedar_policies_free(w.set);
            w.set = set;
            cr_assert(cedar_policies_seal(set, NULL) == CEDAR_OK);
            cr_expect(decide(&w).decision == CEDAR_ALLOW);
            cr_expect(cedar_policies_count(set) == 2 && cedar_policies_template_count(set) == 1);
            cr_expect(cedar_policy_template(cedar_policies_at(set, 1)) == cedar_policies_template_at(set, 0));
            free_world(&w);
        } else {
            cedar_policies_free(set);
        }
    }
}

Test(decisions, explain_names_the_deciding_part)
{
    struct world w = make_world(
        "permit(principal == User::\"bob\", action, resource);\npermit(principal, action == Action::\"x\", "
        "resource);\npermit(principal, action, resource in Portfolio::\"south\");\n"
        "permit(principal, action, resource)\nwhen { principal.level > 1 && principal.name == \"Bob\" && "
        "true };\npermit(principal, action, resource) unless { principal.level == 5 };\n"
        "permit(principal, action, resource) when { principal.nope };\npermit(principal, action, resource);");
    static const enum cedar_outcome expected[] = {CEDAR_OTHER_PRINCIPAL, CEDAR_OTHER_ACTION,
        CEDAR_OTHER_RESOURCE, CEDAR_WHEN_FALSE, CEDAR_UNLESS_TRUE, CEDAR_FAILED, CEDAR_SATISFIED};
    const struct cedar_trace *traces;

    cr_assert(cedar_explain(w.set, w.store, &w.request, w.arena, &traces) == CEDAR_OK);
    for (size_t i = 0; i < 7; i++)
        cr_expect(traces[i].outcome == expected[i], "policy%zu: %d", i, (int)traces[i].outcome);
    cr_expect(str_is(traces[0].expr, "principal == User::\"bob\""));
    cr_expect(
        str_is(traces[3].expr, "principal.name == \"Bob\"") && traces[3].line == 5 && traces[3].column == 31,
        "%zu:%zu", traces[3].line, traces[3].column);
    cr_expect(str_is(traces[4].expr, "principal.level == 5"));
    cr_expect(str_is(traces[5].expr, "principal.nope") && traces[5].message.len);
    free_world(&w);
}

Test(decisions, the_index_finds_the_same_policies)
{
    static char text[400000];
    size_t n = 0;
    struct world w;
    struct cedar_answer answer;

    for (int i = 0; i < 1000; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n,
            "permit(principal == User::\"u%d\", action, resource in Portfolio::\"p%d\");\n", i, i % 7);
    n += (size_t)snprintf(text + n, sizeof(text) - n,
        "permit(principal in Role::\"staff\", action in [Action::\"read\", Action::\"read\"], resource);\n");
    n += (size_t)snprintf(text + n, sizeof(text) - n,
        "permit(principal, action, resource in Portfolio::\"north\");\npermit(principal is User, action, "
        "resource);\npermit(principal, action, resource);\n");
    w = make_world(text);
    answer = decide(&w);
    cr_assert(answer.reason_count == 4, "%zu", answer.reason_count);
    for (size_t i = 0; i < 4; i++)
        cr_expect(answer.reasons[i] == cedar_policies_at(w.set, 1000 + i), "in order");
    free_world(&w);
}

Test(residual, verdicts)
{
    static const struct {
        const char *text;
        enum cedar_verdict verdict;
    } cases[] = {{"permit(principal, action, resource);", CEDAR_ALWAYS},
        {"permit(principal == User::\"bob\", action, resource);", CEDAR_NEVER},
        {"permit(principal, action, resource); forbid(principal, action, resource) when { principal.level == "
         "5 };",
            CEDAR_NEVER},
        {"permit(principal, action, resource in Portfolio::\"north\");", CEDAR_DEPENDS},
        {"permit(principal, action, resource is User);", CEDAR_NEVER},
        {"permit(principal, action, resource is Client) when { context has n || principal has level };",
            CEDAR_ALWAYS},
        {"permit(principal, action, resource); forbid(principal, action, resource) when { principal.nope };",
            CEDAR_ALWAYS},
        {"permit(principal, action, resource) when { resource.owner == principal };", CEDAR_DEPENDS},
        /* of another type, so that the failing right side is never looked at */
        {"permit(principal, action, resource) unless { principal is Client in principal.nope };",
            CEDAR_ALWAYS},
        {"permit(principal, action, resource) when { principal is User in principal.nope };", CEDAR_NEVER},
        {"permit(principal, action, resource) unless { resource is User in resource.nope };", CEDAR_ALWAYS}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct world w = make_world(cases[i].text);
        struct cedar_residual *residual;

        w.request.resource.id = CEDAR_STR("");
        cr_assert(cedar_residual_new(
                      w.set, w.store, &w.request, CEDAR_UNKNOWN_RESOURCE, w.scratch, &residual) == CEDAR_OK);
        cr_expect(cedar_residual_verdict(residual) == cases[i].verdict, "%s: %d", cases[i].text,
            (int)cedar_residual_verdict(residual));
        free_world(&w);
    }
}

Test(residual, keeps_only_what_depends_and_decides_the_same)
{
    struct world w = make_world("permit(principal in Role::\"staff\", action, resource in "
                                "Portfolio::\"north\") when { principal.level > 3 && !resource.secret };"
                                "permit(principal == User::\"bob\", action, resource); forbid(principal, "
                                "action, resource) when { resource.closed };");
    struct cedar_residual *residual;
    struct cedar_request filling = {.resource = uid("Client", "c1")};
    struct cedar_answer whole, partly;

    cr_assert(cedar_residual_new(w.set, w.store, &w.request, CEDAR_UNKNOWN_RESOURCE, w.scratch, &residual) ==
              CEDAR_OK);
    cr_assert(cedar_residual_count(residual) == 2);
    cr_expect(str_is(cedar_residual_print(residual, 0, w.arena),
                  "permit (principal, action, resource in Portfolio::\"north\")\nwhen { !resource.secret };"),
        "%s", cedar_residual_print(residual, 0, w.arena).data);
    whole = decide(&w);
    cr_assert(cedar_residual_decide(residual, w.store, &filling, w.arena, &partly) == CEDAR_OK);
    cr_expect(partly.decision == whole.decision && partly.decision == CEDAR_ALLOW);
    cr_assert(partly.reason_count == 1 && partly.failure_count == 1);
    cr_expect(partly.reasons[0] == whole.reasons[0] && partly.failures[0].policy == whole.failures[0].policy);
    filling.resource = uid("Portfolio", "north");
    cr_expect(cedar_residual_decide(residual, w.store, &filling, w.arena, &partly) == CEDAR_EINVAL,
        "not of the expected type");
    free_world(&w);
}
