/* incident.coverage: what an incident asks of a firm, and which commands serve it. */
#include "vault/incident/coverage.h"
#include "vault/ops/incident/incident_step_private.h"

static int reply_feature(struct call *call, const json_t *feature)
{
    const char *const *command = coverage_commands(json_text(feature, "id"));
    json_t *row = json_copy((json_t *)(uintptr_t)feature);
    json_t *commands = json_array();
    int failed = row == NULL || commands == NULL;
    for (; *command != NULL && !failed; command++)
        failed = json_array_append_new(commands, json_string(*command)) != 0;
    if (!failed)
        failed = json_object_set(row, "commands", commands) != 0;
    json_decref(commands);
    if (!failed)
        return reply_row(call, row);
    json_decref(row);
    return failure_set(call->failure, VAULT_ENOMEM, "no memory for the reply");
}

int op_incident_coverage(struct call *call)
{
    struct access_request request = {.action = "facts.show"};
    struct law *law = NULL;
    int64_t set = -1;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = incident_law(call, &law, &set);
    const json_t *features = result == VAULT_OK ? json_object_get(law_json(law), "features") : NULL;
    for (size_t i = 0; i < json_array_size(features) && result == VAULT_OK; i++)
        result = reply_feature(call, json_array_get(features, i));
    law_free(law);
    return result;
}
