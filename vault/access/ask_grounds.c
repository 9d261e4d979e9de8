/* What else a decision may rest on, where the policy alone says no: approvals of others, and a broken glass.  Each is tried
 * only after the decision without it, so that an event names one only where it made the difference. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/ask_private.h"
#include "vault/base/text.h"

#define REQUESTS_TRIED 64

static int decide_once(struct asker *asker, const struct access_request *request, char id[ULID_TEXT_SIZE],
    struct cedar_request *asked, struct cedar_answer *answer, struct failure *failure)
{
    struct decider *decider = asker->decider;
    int result = ask_prepare(asker, request, id, asked, failure);
    if (result == VAULT_OK &&
        cedar_authorize(decider->policies, decider->upper, asked, decider->arena, answer) != CEDAR_OK)
        result = VAULT_ENOMEM;
    return result;
}

static void add_approver(struct grounds *grounds, const char *name)
{
    text_copy(grounds->approvers[grounds->count++], NAME_SIZE_MAX + 1, name);
}

/* --- Approvals --- */

static int read_requests(struct asker *asker, int64_t *list, size_t *count, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    *count = 0;
    int result = store_query(asker->store, QUERY_REQUESTS_OF, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, asker->user);
    while (*count < REQUESTS_TRIED && (result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        list[(*count)++] = column_number(statement, 0);
    statement_reset(statement);
    return result;
}

/* Those who approved it and could do so still: a role that ran out, or a policy that changed, ends it at once. */
static int take_approvers(
    struct session *session, struct asker *asker, const struct approval *approval, struct failure *failure)
{
    int result = VAULT_OK;
    asker->grounds = (struct grounds){.approval = approval->seq};
    for (size_t i = 0; i < approval->approver_count && result == VAULT_OK; i++) {
        bool may = false;
        result = approvals_may(session, approval->approvers[i], approval, &may, failure);
        if (result == VAULT_OK && may)
            add_approver(&asker->grounds, approval->approvers[i]);
    }
    if (asker->grounds.count < approval->needed)
        asker->grounds = (struct grounds){0};
    return result;
}

static int try_approval(struct session *session, struct asker *asker, const struct access_request *request, int64_t seq,
    struct failure *failure)
{
    struct approval approval = {0};
    int result = approval_read(asker->store, seq, &approval, failure);
    asker->grounds = (struct grounds){0};
    if (result == VAULT_OK && approval_state(&approval, asker->time) == APPROVAL_APPROVED &&
        approval_covers(approval.scope, request))
        result = take_approvers(session, asker, &approval, failure);
    approval_free(&approval);
    return result;
}

static int try_approvals(struct session *session, struct asker *asker, const struct access_request *request,
    char id[ULID_TEXT_SIZE], struct cedar_request *asked, struct cedar_answer *answer, struct failure *failure)
{
    int64_t list[REQUESTS_TRIED];
    size_t count;
    int result = read_requests(asker, list, &count, failure);
    for (size_t i = 0; i < count && result == VAULT_OK && answer->decision != CEDAR_ALLOW; i++) {
        result = try_approval(session, asker, request, list[i], failure);
        if (result == VAULT_OK && asker->grounds.approval != 0)
            result = decide_once(asker, request, id, asked, answer, failure);
    }
    if (answer->decision != CEDAR_ALLOW)
        asker->grounds = (struct grounds){0};
    return result;
}

/* --- Broken glass --- */

static int open_glass(struct asker *asker, const struct access_request *request, int64_t *seq, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    char id[ULID_TEXT_SIZE] = "";
    *seq = 0;
    if (request->client != NULL)
        ulid_format(&request->client->id, id);
    int result = store_query(asker->store, QUERY_BREAKGLASS_OF, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, asker->user);
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        const char *client = column_text(statement, 1);
        if (column_number(statement, 2) > asker->time && (client[0] == '\0' || strcmp(client, id) == 0))
            *seq = column_number(statement, 0);
    }
    return result;
}

static int try_glass(struct asker *asker, const struct access_request *request, char id[ULID_TEXT_SIZE],
    struct cedar_request *asked, struct cedar_answer *answer, struct failure *failure)
{
    int64_t seq;
    int result = open_glass(asker, request, &seq, failure);
    if (result != VAULT_OK || seq == 0)
        return result;
    asker->grounds = (struct grounds){.breakglass = seq};
    result = decide_once(asker, request, id, asked, answer, failure);
    if (answer->decision != CEDAR_ALLOW)
        asker->grounds = (struct grounds){0};
    return result;
}

/* --- Together --- */

static int take_logged(struct asker *asker, const struct access_request *request, struct failure *failure)
{
    struct approval approval = {0};
    asker->grounds = (struct grounds){.approval = request->approval, .breakglass = request->breakglass};
    if (request->approval == 0)
        return VAULT_OK;
    int result = approval_read(asker->store, request->approval, &approval, failure);
    for (size_t i = 0; result == VAULT_OK && i < approval.approver_count; i++)
        add_approver(&asker->grounds, approval.approvers[i]);
    approval_free(&approval);
    return result;
}

/* What decides on approvals does not rest on approvals itself. */
static bool may_rest(const char *action)
{
    return strncmp(action, "approval.", 9) != 0 && strncmp(action, "breakglass.", 11) != 0;
}

int ask_authorize(struct session *session, struct asker *asker, const struct access_request *request,
    char id[ULID_TEXT_SIZE], struct cedar_request *asked, struct cedar_answer *answer, struct failure *failure)
{
    const struct mentions *mentions = &asker->decider->mentions;
    int result = VAULT_OK;
    bool tried = false;
    asker->grounds = (struct grounds){0};
    if (request->logged)
        result = take_logged(asker, request, failure);
    if (result == VAULT_OK)
        result = decide_once(asker, request, id, asked, answer, failure);
    if (result != VAULT_OK || answer->decision == CEDAR_ALLOW || request->logged || !may_rest(request->action))
        return result;
    asker->lacking = asker->awaits;
    if (mentions->approvals || mentions->awaits) {
        result = try_approvals(session, asker, request, id, asked, answer, failure);
        tried = true;
    }
    if (result == VAULT_OK && answer->decision != CEDAR_ALLOW && mentions->emergency) {
        result = try_glass(asker, request, id, asked, answer, failure);
        tried = true;
    }
    /* The answer that is told is the one without. */
    if (result == VAULT_OK && tried && answer->decision != CEDAR_ALLOW)
        result = decide_once(asker, request, id, asked, answer, failure);
    return result;
}
