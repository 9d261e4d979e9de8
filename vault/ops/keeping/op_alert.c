/* Alerts: which there are and who was told, and that somebody has looked. */
#include <string.h>

#include "vault/access/alerts.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/ops/decoys/decoy_private.h"

#define SHOWN_PER_EVENT 1000
#define NOTE_MAX 1000

/* The client that the event which caused it is about. */
int alert_client(struct call *call, const json_t *alert, char client[ULID_TEXT_SIZE])
{
    int64_t cause = json_number(alert, "cause", -1);
    struct buffer text = {0};
    json_t *leaf = NULL;
    client[0] = '\0';
    if (cause < 0)
        return VAULT_OK;
    int result = log_read(session_log(call->session), (uint64_t)cause, &text, call->failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), &leaf, call->failure);
    const char *id = json_text(json_object_get(leaf, "subject"), "id");
    if (result == VAULT_OK && id != NULL && strlen(id) < ULID_TEXT_SIZE)
        text_copy(client, ULID_TEXT_SIZE, id);
    json_decref(leaf);
    buffer_free(&text);
    return result;
}

/* --- alert.list --- */

static json_t *steps_for_people(const json_t *steps)
{
    json_t *shown = json_array();
    for (size_t i = 0; i < json_array_size(steps); i++) {
        json_t *step = json_copy(json_array_get(steps, i));
        if (step == NULL || json_object_set_new(step, "at", json_instant(json_number(step, "at", 0))) != 0 ||
            json_array_append_new(shown, step) != 0) {
            json_decref(shown);
            return NULL;
        }
    }
    return shown;
}

static int reply_alert(struct call *call, json_t *alert)
{
    char client[ULID_TEXT_SIZE];
    json_t *row = json_copy(alert);
    json_t *acknowledged = json_object_get(alert, "acknowledged");
    int result = alert_client(call, alert, client);
    bool bad = row == NULL ||
               json_object_set_new(row, "at", json_instant(json_number(alert, "at", 0))) != 0 ||
               json_object_set_new(row, "told", steps_for_people(json_object_get(alert, "told"))) != 0;
    if (!bad && acknowledged != NULL) {
        acknowledged = json_copy(acknowledged);
        bad = json_object_set_new(acknowledged, "at", json_instant(json_number(acknowledged, "at", 0))) != 0;
        bad = json_object_set_new(row, "acknowledged", acknowledged) != 0 || bad;
    }
    if (!bad && result == VAULT_OK && client[0] != '\0')
        bad = json_object_set_new(row, "client", json_string(client)) != 0;
    if (result == VAULT_OK && !bad)
        return reply_row(call, row);
    json_decref(row);
    return result == VAULT_OK ? VAULT_ENOMEM : result;
}

/* Who was shown what and when is in the log before it is shown, also what was then ignored. */
static int log_shown(struct call *call, const struct decision *decision, const json_t *alerts)
{
    struct access_request request = {.action = "alert.list"};
    size_t from = 0;
    int result = VAULT_OK;
    do {
        json_t *resources = json_array();
        bool bad = resources == NULL;
        for (size_t i = from; i < json_array_size(alerts) && i < from + SHOWN_PER_EVENT && !bad; i++)
            bad = json_array_append_new(resources, json_pack("{s:s,s:s}", "type", "alert", "id",
                                                       json_text(json_array_get(alerts, i), "id"))) != 0;
        json_t *members = bad ? NULL : access_event_members(call->session, &request, decision, resources);
        if (bad)
            json_decref(resources);
        result = event_append(call->session, request.action, members, NULL, call->failure);
        from += SHOWN_PER_EVENT;
    } while (result == VAULT_OK && from < json_array_size(alerts));
    return result;
}

int op_alert_list(struct call *call)
{
    struct access_request request = {.action = "alert.list"};
    struct decision decision = {0};
    json_t *alerts = NULL;
    int64_t from = INT64_MIN;
    int64_t to = INT64_MAX;
    int result = call_decide(call, &request, &decision);
    /* Who looks at alerts should see those that nobody has come upon yet. */
    if (result == VAULT_OK)
        operation_watch(call->session);
    if (result == VAULT_OK)
        result = call_moment(call, "from", INT64_MIN, &from);
    if (result == VAULT_OK)
        result = call_moment(call, "to", INT64_MAX, &to);
    if (result == VAULT_OK)
        result = alerts_list(call->session, from, to, !call_flag(call, "all"), &alerts, call->failure);
    if (result == VAULT_OK)
        result = log_shown(call, &decision, alerts);
    for (size_t i = 0; i < json_array_size(alerts) && result == VAULT_OK; i++)
        result = reply_alert(call, json_array_get(alerts, i));
    json_decref(alerts);
    decision_free(&decision);
    return result;
}

/* --- alert.acknowledge --- */

static int find_alert(struct call *call, const char *id, json_t **alert)
{
    json_t *alerts = NULL;
    *alert = NULL;
    int result = alerts_list(call->session, INT64_MIN, INT64_MAX, false, &alerts, call->failure);
    for (size_t i = 0; i < json_array_size(alerts) && *alert == NULL; i++) {
        if (strcmp(json_text(json_array_get(alerts, i), "id"), id) == 0)
            *alert = json_incref(json_array_get(alerts, i));
    }
    json_decref(alerts);
    if (result == VAULT_OK && *alert == NULL) {
        failure_remedy(call->failure, "'alert list' shows those that there are");
        result = failure_set(call->failure, VAULT_ENOTFOUND, "there is no alert '%s'", id);
    }
    return result;
}

int op_alert_acknowledge(struct call *call)
{
    struct access_request request = {.action = "alert.acknowledge"};
    struct decision decision = {0};
    const char *id = call_text(call, "alert");
    const char *note = call_text(call, "note");
    json_t *alert = NULL;
    uint64_t event = 0;
    int result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = find_alert(call, id, &alert);
    /* What a trace found is not about who traced. */
    bool about = alert != NULL && strcmp(json_text(alert, "kind"), "decoy.found") != 0;
    if (result == VAULT_OK && about && strcmp(json_text(alert, "person"), session_user(call->session)) == 0)
        result = failure_set(
            call->failure, VAULT_EINPUT, "the alert is about you; somebody else takes note of it");
    if (result == VAULT_OK && note != NULL && strlen(note) > NOTE_MAX)
        result = failure_set(call->failure, VAULT_EUSAGE, "note: at most %d bytes", NOTE_MAX);
    if (result == VAULT_OK)
        result = alerts_acknowledge(call->session, id, note,
            access_event_members(call->session, &request, &decision, NULL), &event, call->failure);
    if (result == VAULT_OK)
        result = reply_value(call, json_pack("{s:s,s:I}", "alert", id, "event", (json_int_t)event));
    json_decref(alert);
    decision_free(&decision);
    return result;
}
