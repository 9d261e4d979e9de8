/* Accountable decryption by compartment: switching it, how far it is, and going on with it. */
#include <stdio.h>
#include <string.h>

#include "vault/access/accountable.h"
#include "vault/access/settings.h"
#include "vault/ops/call_private.h"

int check_accountable_setting(struct call *call, const char *name, const char *value)
{
    struct recipients recipients;
    size_t witnesses = 0;
    size_t sheets = 0;
    if (strncmp(name, SETTING_ACCOUNTABLE, strlen(SETTING_ACCOUNTABLE)) != 0 || strcmp(value, "on") != 0)
        return VAULT_OK;
    int result = recipients_read(session_store(call->session), &recipients, call->failure);
    for (size_t i = 0; result == VAULT_OK && i < recipients.count; i++) {
        witnesses += !recipients.list[i].sheet;
        sheets += recipients.list[i].sheet;
    }
    if (result == VAULT_OK && witnesses == 0) {
        failure_remedy(call->failure, "'vault accountable witness URL KEY' adds one");
        result = failure_set(call->failure, VAULT_EINPUT, "there is no witness that could release keys");
    }
    /* A witness whose keys are lost would take the records with it. */
    if (result == VAULT_OK && sheets == 0) {
        failure_remedy(call->failure, "'vault accountable sheet' makes one");
        result = failure_set(
            call->failure, VAULT_EINPUT, "there is no break-glass sheet for when no witness is left");
    }
    return result;
}

int op_accountable_set(struct call *call)
{
    char name[64];
    enum compartment compartment;
    const char *asked = call_text(call, "compartment");
    const char *value = call_text(call, "value");
    if (!compartment_parse(bytes_of_text(asked), &compartment) || compartment == COMPARTMENT_DIRECTORY) {
        failure_remedy(call->failure, "compartments are: books, bank, tax, payroll, identity, documents");
        return failure_set(call->failure, VAULT_EUSAGE, "'%s' is no compartment that holds records", asked);
    }
    (void)snprintf(name, sizeof name, "%s%s", SETTING_ACCOUNTABLE, compartment_name(compartment));
    json_t *arguments = json_pack("{s:s,s:s}", "name", name, "value", value);
    struct call setting = *call;
    setting.arguments = arguments;
    int result = arguments == NULL ? VAULT_ENOMEM : op_setting_set(&setting);
    json_decref(arguments);
    return result;
}

int op_accountable_status(struct call *call)
{
    struct access_request request = {.action = "setting.list"};
    int result = call_allow(call, &request, NULL, NULL);
    for (int i = COMPARTMENT_DIRECTORY + 1; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        struct accountable_state state;
        result = accountable_state(call->session, (enum compartment)i, &state, call->failure);
        if (result == VAULT_OK)
            result = reply_row(
                call, json_pack("{s:s,s:s,s:b}", "compartment", compartment_name((enum compartment)i),
                          "accountable", state.on ? "on" : "off", "wrapping", state.todo));
    }
    return result;
}

static void tell_progress(void *context, uint64_t done)
{
    reply_progress(context, done, 0, "keys");
}

/* Nobody is asked whether he may: it is what was settled, and each batch is an event of whoever does it. */
int op_accountable_finish(struct call *call)
{
    uint64_t done = 0;
    unsigned left = 0;
    int result = accountable_finish(call->session, true, &done, &left, tell_progress, call, call->failure);
    if (result != VAULT_OK)
        return result;
    return reply_value(
        call, json_pack("{s:I,s:o}", "wrapped", (json_int_t)done, "left", json_compartments(left)));
}
