#include "vault/ops/leak/finding_people_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/replay.h"
#include "vault/access/settings.h"
#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/incident/finding.h"
#include "vault/log/index.h"
#include "vault/ops/leak/finding_proposing_private.h"

#define PROGRESS_EVERY 65536u
#define POLICY_NAMES_MAX 400

/* Stops the walk without being an error. */
#define ENOUGH 1

static struct failure *failure_of(const struct proposing *p)
{
    return p->call->failure;
}

static bool is_disclosure(const char *event)
{
    static const char *const names[] = {"record.read", "record.reveal", "record.list", "record.search",
        "record.export", "record.history", "client.list", "client.show"};
    for (size_t i = 0; event != NULL && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(event, names[i]) == 0)
            return true;
    return false;
}

static bool is_permit(const json_t *leaf)
{
    const char *effect = json_text(json_object_get(leaf, "decision"), "effect");
    const char *phase = json_text(leaf, "phase");
    return effect != NULL && strcmp(effect, "permit") == 0 &&
           (phase == NULL || strcmp(phase, "outcome") != 0);
}

/* --- Naming somebody --- */

int proposing_name(
    struct proposing *p, const char *user, const char *part, const json_t *shown, const char *policy)
{
    struct finding_person person = {
        .user = user, .part = part, .of = p->cause->user, .policy = policy, .proposed = true};
    /* Himself, or the vault at its birth: nobody else let it happen. */
    if (strcmp(user, p->cause->user) == 0 || strcmp(user, "vault") == 0)
        return VAULT_OK;
    json_t *events = json_copy((json_t *)(uintptr_t)shown);
    if (events != NULL && json_array_append_new(events, json_integer((json_int_t)p->event)) != 0) {
        json_decref(events);
        events = NULL;
    }
    person.events = events;
    int result = events == NULL ? VAULT_ENOMEM : finding_add(p->document, &person, failure_of(p));
    json_decref(events);
    return result;
}

static int name(struct proposing *p, const char *user, const char *part, uint64_t event, const char *policy)
{
    json_t *shown = json_pack("[I]", (json_int_t)event);
    int result = shown == NULL ? VAULT_ENOMEM : proposing_name(p, user, part, shown, policy);
    json_decref(shown);
    return result;
}

static int read_leaf(struct proposing *p, uint64_t index, json_t **leaf)
{
    struct buffer text = {0};
    *leaf = NULL;
    int result = log_read(session_log(p->call->session), index, &text, failure_of(p));
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), leaf, failure_of(p));
    buffer_free(&text);
    return result;
}

/* Who agreed to it beforehand, where the firm asks for the approval of others. */
static int name_consents(struct proposing *p, const json_t *leaf, const char *part, const char *policy)
{
    struct statement *consents = NULL;
    int64_t request = json_number(leaf, "approval", -1);
    bool row = true;
    if (request < 0)
        return VAULT_OK;
    int result = statement_own(replay_store(p->replay), QUERY_CONSENTS_TO, &consents, failure_of(p));
    if (result != VAULT_OK)
        return result;
    bind_number(consents, 1, request);
    while (
        result == VAULT_OK && (result = statement_step(consents, &row, failure_of(p))) == VAULT_OK && row) {
        if (column_number(consents, 2) == 0)
            result = name(p, column_text(consents, 0), part, (uint64_t)column_number(consents, 1), policy);
    }
    statement_free(consents);
    return result;
}

/* Who agreed to the change of authority of this event. */
static int name_consents_to(struct proposing *p, uint64_t index, const char *part, const char *policy)
{
    json_t *leaf = NULL;
    int result = read_leaf(p, index, &leaf);
    if (result == VAULT_OK)
        result = name_consents(p, leaf, part, policy);
    json_decref(leaf);
    return result;
}

/* The actor of an event, and who proposed what it put in force. */
static int name_actor(
    struct proposing *p, uint64_t index, const char *part, const char *proposed_part, const char *policy)
{
    json_t *leaf = NULL;
    json_t *proposal = NULL;
    int result = read_leaf(p, index, &leaf);
    const char *actor = json_text(json_object_get(leaf, "actor"), "id");
    int64_t before = json_number(json_object_get(leaf, "change"), "proposal", -1);
    if (result == VAULT_OK && actor != NULL)
        result = name(p, actor, part, index, policy);
    if (result == VAULT_OK && before >= 0)
        result = read_leaf(p, (uint64_t)before, &proposal);
    const char *proposer = json_text(json_object_get(proposal, "actor"), "id");
    if (result == VAULT_OK && proposer != NULL)
        result = name(p, proposer, proposed_part, (uint64_t)before, policy);
    json_decref(proposal);
    json_decref(leaf);
    return result;
}

/* --- Roles --- */

static int reaches(struct proposing *p, const char *role, bool *reach)
{
    struct statement *statement;
    *reach = false;
    int result = store_query(replay_store(p->replay), QUERY_REACH_GET, &statement, failure_of(p));
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, p->portfolio);
    result = statement_step(statement, reach, failure_of(p));
    statement_reset(statement);
    return result;
}

static int name_approvers(struct proposing *p, const char *role, const char *granted_by)
{
    struct statement *approvals = NULL;
    bool row = true;
    int result = statement_own(replay_store(p->replay), QUERY_APPROVALS_TO, &approvals, failure_of(p));
    if (result != VAULT_OK)
        return result;
    bind_text(approvals, 1, role);
    bind_text(approvals, 2, p->cause->user);
    while (
        result == VAULT_OK && (result = statement_step(approvals, &row, failure_of(p))) == VAULT_OK && row) {
        const char *approver = column_text(approvals, 0);
        if (strcmp(approver, granted_by) != 0)
            result = name(p, approver, "approved-grant", (uint64_t)column_number(approvals, 1), NULL);
    }
    statement_free(approvals);
    return result;
}

/* One grant that was in force. */
static int name_granter(struct proposing *p, struct statement *grants)
{
    const char *role = column_text(grants, 0);
    int64_t until = column_number(grants, 1);
    const char *by = column_text(grants, 2);
    uint64_t event = (uint64_t)column_number(grants, 3);
    int result = name(p, by, "granted-role", event, NULL);
    if (result == VAULT_OK)
        result = name_approvers(p, role, by);
    if (result == VAULT_OK)
        result = name_consents_to(p, event, "approved-grant", NULL);
    /* He had left, and the grant had no end. */
    if (result == VAULT_OK && until == 0 && p->time > p->cause->left)
        result = name(p, by, "left-account-open", event, NULL);
    return result;
}

int proposing_grants(struct proposing *p,
    int (*each)(struct proposing *p, struct statement *grant, void *context), void *context)
{
    struct statement *grants = NULL;
    bool row = true;
    int result = statement_own(replay_store(p->replay), QUERY_GRANTS_OF, &grants, failure_of(p));
    if (result != VAULT_OK)
        return result;
    bind_text(grants, 1, p->cause->user);
    while (result == VAULT_OK && (result = statement_step(grants, &row, failure_of(p))) == VAULT_OK && row) {
        int64_t until = column_number(grants, 1);
        if (until == 0 || until > p->time)
            result = each(p, grants, context);
    }
    statement_free(grants);
    return result;
}

struct granters {
    bool reaching; /* only roles that reach the client's portfolio */
    size_t named;
};

static int name_one_granter(struct proposing *p, struct statement *grant, void *context)
{
    struct granters *granters = context;
    bool reach = true;
    int result = granters->reaching ? reaches(p, column_text(grant, 0), &reach) : VAULT_OK;
    if (result != VAULT_OK || !reach)
        return result;
    granters->named++;
    return name_granter(p, grant);
}

/* @param reaching  only roles that reach the client's portfolio.  @p named: how many were there. */
static int name_granters(struct proposing *p, bool reaching, size_t *named)
{
    struct granters granters = {.reaching = reaching};
    int result = proposing_grants(p, name_one_granter, &granters);
    *named = granters.named;
    return result;
}

/* --- Clients --- */

static int name_assigner(struct proposing *p, const char *client)
{
    struct statement *statement;
    struct ulid id;
    int64_t client_row = 0;
    bool row = false;
    if (client == NULL || !ulid_parse(bytes_of_text(client), &id))
        return VAULT_OK;
    int result = store_query(replay_store(p->replay), QUERY_CLIENT_BY_ID, &statement, failure_of(p));
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, ulid_bytes(&id));
    result = statement_step(statement, &row, failure_of(p));
    if (result != VAULT_OK || !row)
        return result;
    client_row = column_number(statement, 0);
    (void)strncpy(p->portfolio_name, column_text(statement, 2), NAME_SIZE_MAX);
    p->portfolio = p->portfolio_name;
    statement_reset(statement);
    result = store_query(replay_store(p->replay), QUERY_ASSIGNMENT_GET, &statement, failure_of(p));
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client_row);
    bind_text(statement, 2, p->cause->user);
    result = statement_step(statement, &row, failure_of(p));
    if (result == VAULT_OK && row)
        result = name(
            p, column_text(statement, 0), "assigned-client", (uint64_t)column_number(statement, 1), NULL);
    statement_reset(statement);
    return result;
}

static int name_assigners(struct proposing *p, const json_t *leaf)
{
    const json_t *resources = json_object_get(leaf, "resources");
    const char *subject = json_text(json_object_get(leaf, "subject"), "id");
    int result = name_assigner(p, subject);
    for (size_t i = 0; i < json_array_size(resources) && result == VAULT_OK; i++) {
        const json_t *one = json_array_get(resources, i);
        const char *type = json_text(one, "type");
        const char *id = json_text(one, "id");
        if (type != NULL && strcmp(type, "client") == 0 &&
            (subject == NULL || id == NULL || strcmp(subject, id) != 0))
            result = name_assigner(p, id);
    }
    return result;
}

/* --- The person, the rules, the settings --- */

static int name_adder(struct proposing *p)
{
    struct statement *statement;
    bool row = false;
    int64_t seq = -1;
    int result = store_query(replay_store(p->replay), QUERY_USER_GET, &statement, failure_of(p));
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, p->cause->user);
    result = statement_step(statement, &row, failure_of(p));
    if (result == VAULT_OK && row)
        seq = column_number(statement, 3);
    statement_reset(statement);
    return result == VAULT_OK && seq >= 0 ? name_actor(p, (uint64_t)seq, "added-user", "added-user", NULL)
                                          : result;
}

/* The policies that decided, by their names, as the event tells them. */
static void policy_names(const json_t *leaf, char *names, size_t size)
{
    const json_t *policies = json_object_get(json_object_get(leaf, "decision"), "policies");
    names[0] = '\0';
    for (size_t i = 0; i < json_array_size(policies); i++) {
        const char *one = json_string_value(json_array_get(policies, i));
        if (one == NULL || strlen(names) + strlen(one) + 3 > size)
            break;
        (void)strcat(strcat(names, i == 0 ? "" : ", "), one);
    }
}

static int name_rule_makers(struct proposing *p, const json_t *leaf)
{
    struct statement *statement;
    char names[POLICY_NAMES_MAX];
    bool row = false;
    int64_t seq = -1;
    json_t *set = NULL;
    int result = store_query(replay_store(p->replay), QUERY_POLICY_NOW, &statement, failure_of(p));
    if (result == VAULT_OK)
        result = statement_step(statement, &row, failure_of(p));
    if (result != VAULT_OK || !row)
        return result;
    seq = column_number(statement, 2);
    statement_reset(statement);
    policy_names(leaf, names, sizeof names);
    result = read_leaf(p, (uint64_t)seq, &set);
    const char *event = json_text(set, "event");
    bool approved = event != NULL && strcmp(event, "policy.approve") == 0;
    if (result == VAULT_OK)
        result = name_actor(p, (uint64_t)seq, approved ? "approved-rule" : "wrote-rule", "proposed-rule",
            names[0] == '\0' ? NULL : names);
    json_decref(set);
    if (result == VAULT_OK)
        result = name_consents_to(p, (uint64_t)seq, "approved-rule", names[0] == '\0' ? NULL : names);
    return result;
}

static int name_loosened(struct proposing *p)
{
    struct statement *settings = NULL;
    bool row = true;
    int result = statement_own(replay_store(p->replay), QUERY_FIRM_SETTING_LIST, &settings, failure_of(p));
    while (
        result == VAULT_OK && (result = statement_step(settings, &row, failure_of(p))) == VAULT_OK && row) {
        const struct setting *setting = setting_find(column_text(settings, 0));
        if (setting != NULL && setting->loosening != NULL &&
            strcmp(setting->loosening, column_text(settings, 1)) == 0)
            result = name_actor(
                p, (uint64_t)column_number(settings, 3), "changed-setting", "changed-setting", setting->name);
    }
    statement_free(settings);
    return result;
}

/* --- One disclosure --- */

static int check_disclosure(struct proposing *p, const json_t *leaf)
{
    const char *actor = json_text(json_object_get(leaf, "actor"), "id");
    const char *time = json_text(leaf, "time");
    bool his = actor != NULL && strcmp(actor, p->cause->user) == 0;
    if (his && is_disclosure(json_text(leaf, "event")) && is_permit(leaf) && time != NULL &&
        instant_parse(bytes_of_text(time), &p->time))
        return VAULT_OK;
    failure_remedy(failure_of(p), "'log replay --actor %s' tells what was disclosed to him", p->cause->user);
    return failure_set(failure_of(p), VAULT_EINPUT, "event %llu discloses nothing to '%s'",
        (unsigned long long)p->event, p->cause->user);
}

static int examine(struct proposing *p, const json_t *leaf)
{
    size_t named = 0;
    p->portfolio = NULL;
    memset(p->portfolio_name, 0, sizeof p->portfolio_name);
    int result = check_disclosure(p, leaf);
    if (result == VAULT_OK)
        result = name_assigners(p, leaf);
    if (result == VAULT_OK && p->portfolio != NULL)
        result = name_granters(p, true, &named);
    if (result == VAULT_OK && named == 0)
        result = name_granters(p, false, &named);
    if (result == VAULT_OK)
        result = name_adder(p);
    if (result == VAULT_OK)
        result = name_rule_makers(p, leaf);
    const char *event = json_text(leaf, "event");
    bool export = event != NULL && strcmp(event, "record.export") == 0;
    if (result == VAULT_OK)
        result = name_consents(p, leaf, export ? "approved-export" : "approved-access",
            export ? SETTING_APPROVAL_EXPORT : SETTING_APPROVAL_REVEAL);
    if (result == VAULT_OK)
        result = name_loosened(p);
    return result == VAULT_OK ? proposing_omissions(p) : result;
}

/* --- Playing the log up to each of them --- */

static int feed(void *context, uint64_t index, struct bytes text)
{
    struct proposing *p = context;
    struct bytes event;
    json_t *leaf = NULL;
    bool cited = p->next < p->count && p->events[p->next] == index;
    if (p->next == p->count)
        return ENOUGH;
    if (index % PROGRESS_EVERY == 0)
        reply_progress(p->call, index, p->events[p->count - 1], "entries");
    bool wanted = canonical_find(text, "event", &event) && replay_wants(p->replay, canonical_string(event));
    if (!cited && !wanted)
        return VAULT_OK;
    int result = json_read(text, &leaf, failure_of(p));
    if (result == VAULT_OK && cited) {
        p->event = index;
        p->next++;
        result = examine(p, leaf);
    }
    if (result == VAULT_OK && wanted)
        result = replay_feed(p->replay, index, leaf, failure_of(p));
    json_decref(leaf);
    return result;
}

static int ascending(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static int take_events(struct proposing *p)
{
    uint64_t size = log_size(session_log(p->call->session));
    size_t count = json_array_size(p->cause->events);
    p->events = calloc(count + 1, sizeof *p->events);
    if (p->events == NULL)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        json_int_t index = json_integer_value(json_array_get(p->cause->events, i));
        if (index < 0 || (uint64_t)index >= size)
            return failure_set(failure_of(p), VAULT_ENOTFOUND, "the log has no event %lld", (long long)index);
        p->events[i] = (uint64_t)index;
    }
    qsort(p->events, count, sizeof *p->events, ascending);
    for (size_t i = 0; i < count; i++) {
        if (p->count == 0 || p->events[p->count - 1] != p->events[i])
            p->events[p->count++] = p->events[i];
    }
    return VAULT_OK;
}

int finding_propose(struct call *call, json_t *document, const struct finding_cause *cause)
{
    struct proposing p = {.call = call, .document = document, .cause = cause};
    struct finding_person direct = {.user = cause->user, .events = cause->events};
    struct log_query all = {.from = INT64_MIN, .to = INT64_MAX};
    int result = finding_add(document, &direct, call->failure);
    if (result == VAULT_OK)
        result = take_events(&p);
    if (result == VAULT_OK)
        result = replay_new(&p.replay, call->failure);
    if (result == VAULT_OK)
        result = proposing_gather(&p);
    if (result == VAULT_OK)
        result = log_index_query(session_log(call->session), session_store(call->session),
            session_keys(call->session)->log_index, &all, feed, &p, call->failure);
    replay_free(p.replay);
    json_decref(p.alerts);
    json_decref(p.changes);
    free(p.events);
    return result == ENOUGH ? VAULT_OK : result;
}

/* --- Disclosures of a span --- */

struct gathering {
    struct call *call;
    uint64_t last;
    size_t most;
    json_t *events;
};

static int gather(void *context, uint64_t index, struct bytes text)
{
    struct gathering *gathering = context;
    json_t *leaf = NULL;
    if (index > gathering->last || json_array_size(gathering->events) >= gathering->most)
        return ENOUGH;
    int result = json_read(text, &leaf, gathering->call->failure);
    if (result == VAULT_OK && is_disclosure(json_text(leaf, "event")) && is_permit(leaf) &&
        json_array_append_new(gathering->events, json_integer((json_int_t)index)) != 0)
        result = VAULT_ENOMEM;
    json_decref(leaf);
    return result;
}

int finding_disclosures(
    struct call *call, const char *user, uint64_t first, uint64_t last, size_t most, json_t **events)
{
    struct gathering gathering = {call, last, most, json_array()};
    struct log_query query = {.actor = user, .from = INT64_MIN, .to = INT64_MAX, .first = first};
    *events = NULL;
    int result = gathering.events == NULL
                     ? VAULT_ENOMEM
                     : log_index_query(session_log(call->session), session_store(call->session),
                           session_keys(call->session)->log_index, &query, gather, &gathering, call->failure);
    if (result != VAULT_OK && result != ENOUGH) {
        json_decref(gathering.events);
        return result;
    }
    *events = gathering.events;
    return VAULT_OK;
}
