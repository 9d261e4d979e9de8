/* What a firm settles for itself; loosening it takes two people. */
#include <stdio.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/settings.h"
#include "vault/ops/call_private.h"

/* --- setting.list --- */

static int put_row(struct call *call, const struct setting *setting)
{
    char value[SETTING_VALUE_MAX + 1];
    int result = setting_value(session_store(call->session), setting, value, call->failure);
    return result == VAULT_OK ? reply_row(call, json_pack("{s:s,s:s,s:s}", "name", setting->name, "value",
                                                    value, "values", setting->values))
                              : result;
}

int op_setting_list(struct call *call)
{
    struct access_request request = {.action = "setting.list"};
    const struct setting *setting;
    int result = call_allow(call, &request, NULL, NULL);
    for (size_t i = 0; result == VAULT_OK && (setting = setting_at(i)) != NULL; i++)
        result = put_row(call, setting);
    return result;
}

/* --- setting.set --- */

/* A number of approvals that nothing asks for, or that nobody could give, would be none, or a lock. */
static int check_approvals(struct call *call, const char *name, const char *value)
{
    struct approval_rule rule = {0};
    struct access_request vault = {.action = name};
    json_t *people = NULL;
    bool minds = false;
    bool counted = strncmp(name, SETTING_APPROVAL, strlen(SETTING_APPROVAL)) == 0 &&
                   strcmp(name, SETTING_APPROVAL_HOOK) != 0 && strcmp(name, SETTING_APPROVAL_MAIL) != 0;
    if (!counted || !approval_rule_parse(name, value, &rule) || rule.needed == 0)
        return VAULT_OK;
    int result = access_minds_approvals(call->session, &minds, call->failure);
    if (result == VAULT_OK && !minds) {
        failure_remedy(call->failure, "add the rule 'four-eyes' of the default policy (policy/default.cedar) with 'policy set'");
        return failure_set(call->failure, VAULT_EINPUT, "the policy in force does not ask for approvals (context.awaits)");
    }
    if (result == VAULT_OK)
        result = approvals_people(call->session, &vault, &people, call->failure);
    if (result == VAULT_OK && rule.needed >= json_array_size(people)) {
        failure_remedy(call->failure, "let the policy permit 'approval.approve' to more people");
        result = failure_set(call->failure, VAULT_EINPUT,
            "%u approvals must be fewer than the people who can approve: there are %zu", rule.needed, json_array_size(people));
    }
    json_decref(people);
    return result;
}

static int check(struct call *call, const struct setting **setting)
{
    const char *name = call_text(call, "name");
    *setting = setting_find(name);
    if (*setting == NULL) {
        failure_remedy(call->failure, "'setting list' shows the settings that there are");
        return failure_set(call->failure, VAULT_EUSAGE, "'%s' is no setting", name);
    }
    if (setting_takes(*setting, call_text(call, "value"))) {
        int result = check_approvals(call, name, call_text(call, "value"));
        if (result != VAULT_OK)
            return result;
    }
    if (setting_takes(*setting, call_text(call, "value")))
        return check_accountable_setting(call, name, call_text(call, "value"));
    return failure_set(call->failure, VAULT_EUSAGE, "%s: '%s' is none of: %s", name, call_text(call, "value"),
        (*setting)->values);
}

/* A proposal of the same by another person who is still active; 0 if there is none. */
static int find_proposal(struct call *call, const char *subject, int64_t *seq)
{
    struct statement *statement = NULL;
    bool row = true;
    struct bytes value = bytes_of_text(call_text(call, "value"));
    *seq = 0;
    int result = statement_own(session_store(call->session), QUERY_PROPOSAL_LIST, &statement, call->failure);
    while (
        result == VAULT_OK && (result = statement_step(statement, &row, call->failure)) == VAULT_OK && row) {
        struct proposal proposal;
        int64_t at = column_number(statement, 0);
        if (strcmp(column_text(statement, 1), subject) != 0 ||
            !bytes_equal(column_bytes(statement, 2), value) ||
            strcmp(column_text(statement, 4), session_user(call->session)) == 0)
            continue;
        result = proposal_get(session_store(call->session), at, &proposal, call->failure);
        if (result == VAULT_OK && proposal.active)
            *seq = at;
        if (result == VAULT_OK)
            proposal_free(&proposal);
    }
    statement_free(statement);
    return result;
}

static int needs_two(struct call *call, const struct setting *setting, bool *two)
{
    char now[SETTING_VALUE_MAX + 1];
    int result = setting_value(session_store(call->session), setting, now, call->failure);
    *two = result == VAULT_OK && setting_loosens(setting, now, call_text(call, "value"));
    return result;
}

/* The event of a proposal has another name than the action that was decided, and says so. */
static int set_or_propose(struct call *call, bool propose, int64_t proposal, uint64_t *event)
{
    struct access_request request = {.action = "setting.set"};
    json_t *what = json_pack("{s:s,s:s}", "name", call_text(call, "name"), "value", call_text(call, "value"));
    if (what != NULL && proposal != 0)
        (void)json_object_set_new(what, "proposal", json_integer((json_int_t)proposal));
    return call_change_as(call, &request, propose ? "setting.propose" : "setting.set", what, event);
}

int op_setting_set(struct call *call)
{
    const struct setting *setting = NULL;
    struct access_request request = {.action = "setting.set"};
    struct decision decision = {0};
    uint64_t event = 0;
    char subject[PROPOSAL_SUBJECT_MAX];
    int64_t proposal = 0;
    bool two = false;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = check(call, &setting);
    if (result == VAULT_OK)
        result = needs_two(call, setting, &two);
    if (result == VAULT_OK && two) {
        (void)snprintf(subject, sizeof subject, "%s%s", PROPOSAL_SETTING, setting->name);
        result = find_proposal(call, subject, &proposal);
    }
    bool propose = two && proposal == 0;
    if (result == VAULT_OK)
        result = set_or_propose(call, propose, proposal, &event);
    return result == VAULT_OK ? reply_value(call, json_pack("{s:s,s:s,s:b,s:I}", "name", setting->name,
                                                      "value", call_text(call, "value"), "proposed", propose,
                                                      "event", (json_int_t)event))
                              : result;
}
