#include "vault/ops/policy/subject_private.h"

#include <string.h>

#include "vault/access/policy_text.h"
#include "vault/base/text.h"

int subject_action(struct call *call, const char *action)
{
    if (policy_knows_action(action))
        return VAULT_OK;
    failure_remedy(call->failure, "actions are named as in the schema: record.read, client.list, user.add");
    return failure_set(call->failure, VAULT_EUSAGE, "'%s' is no action", action);
}

static int is_active(struct call *call, const char *user, bool *active)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session_store(call->session), QUERY_USER_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = statement_step(statement, &row, call->failure);
    *active = result == VAULT_OK && row && column_number(statement, 2) == 0;
    statement_reset(statement);
    return result;
}

int subject_user(struct call *call, const char *user)
{
    bool found = false;
    bool active = false;
    int result = user_exists(call, user, &found);
    result = need(call, result, &found, "user", user);
    if (result == VAULT_OK)
        result = is_active(call, user, &active);
    if (result == VAULT_OK && !active)
        result =
            failure_set(call->failure, VAULT_EINPUT, "user '%s' is disabled and so may nothing at all", user);
    return result;
}

/* --- What it is about --- */

static int take_client(struct call *call, const char *typed, struct subject *subject)
{
    int result = clients_find(call->session, typed, &subject->client, call->failure);
    if (result == VAULT_OK) {
        subject->type = "client";
        ulid_format(&subject->client.id, subject->id);
        subject->request.client = &subject->client;
    }
    return result;
}

static int take_record(struct call *call, const char *typed, struct subject *subject, bool *found)
{
    struct ulid id;
    *found = false;
    if (!ulid_parse(bytes_of_text(typed), &id))
        return VAULT_OK;
    int result = records_find(session_records(call->session), &id, &subject->record, NULL);
    if (result == VAULT_ENOTFOUND)
        return VAULT_OK;
    if (result == VAULT_OK)
        result = clients_by_row(call->session, subject->record.client, &subject->client, call->failure);
    if (result != VAULT_OK)
        return failure_set(call->failure, result, "%s", vault_error_text(result));
    struct access_request *request = &subject->request;
    subject->type = "record";
    ulid_format(&id, subject->id);
    request->client = &subject->client;
    request->record = &subject->record.id;
    request->kind = kind_name(subject->record.kind);
    request->compartment = compartment_name(kind_compartment(subject->record.kind));
    request->period = subject->record.period;
    *found = true;
    return VAULT_OK;
}

static int take_record_or_client(struct call *call, const char *typed, struct subject *subject)
{
    bool found;
    int result = take_record(call, typed, subject, &found);
    return result != VAULT_OK || found ? result : take_client(call, typed, subject);
}

static int take_named(struct call *call, const char *name, const char *type, struct subject *subject)
{
    bool found = false;
    int result = VAULT_OK;
    subject->type = type;
    text_copy(subject->id, sizeof subject->id, name);
    if (strcmp(type, "portfolio") == 0) {
        subject->request.portfolio = subject->id;
        result = portfolio_exists(call, name, &found);
    } else if (strcmp(type, "role") == 0) {
        subject->request.role = subject->id;
        result = role_exists(call, name, &found);
    } else {
        subject->request.user = subject->id;
        result = user_exists(call, name, &found);
    }
    return need(call, result, &found, type, name);
}

static int take_plain(struct subject *subject, const char *type)
{
    subject->type = type;
    text_copy(subject->id, sizeof subject->id, type);
    subject->request.log = strcmp(type, "log") == 0;
    return VAULT_OK;
}

static const char *after(const char *text, const char *prefix)
{
    size_t size = strlen(prefix);
    return strncmp(text, prefix, size) == 0 && text[size] == ':' ? text + size + 1 : NULL;
}

static int take(struct call *call, const char *typed, struct subject *subject)
{
    static const char *const named[] = {"portfolio", "role", "user"};
    bool found = false;
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        const char *name = after(typed, named[i]);
        if (name != NULL)
            return take_named(call, name, named[i], subject);
    }
    if (strcmp(typed, "vault") == 0 || strcmp(typed, "log") == 0)
        return take_plain(subject, typed[0] == 'v' ? "vault" : "log");
    if (after(typed, "client") != NULL)
        return take_client(call, after(typed, "client"), subject);
    if (after(typed, "record") == NULL)
        return take_record_or_client(call, typed, subject);
    int result = take_record(call, after(typed, "record"), subject, &found);
    return need(call, result, &found, "record", after(typed, "record"));
}

int subject_take(struct call *call, const char *action, const char *typed, struct subject *subject)
{
    *subject = (struct subject){.request = {.action = action, .member = call_text(call, "member")}};
    int result = subject_action(call, action);
    return result == VAULT_OK ? take(call, typed, subject) : result;
}

int subject_find(struct call *call, struct subject *subject)
{
    *subject = (struct subject){.request = {.action = call_text(call, "action"),
                                    .purpose = call_text(call, "purpose"),
                                    .member = call_text(call, "member")}};
    int result = subject_action(call, subject->request.action);
    return result == VAULT_OK ? take(call, call_text(call, "resource"), subject) : result;
}
