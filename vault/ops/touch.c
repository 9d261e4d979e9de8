/* Touched decoys, and alerts on their way to the firm's program. */
#include <string.h>

#include "vault/access/alerts.h"
#include "vault/access/containment.h"
#include "vault/access/settings.h"
#include "vault/base/instant.h"
#include "vault/base/program.h"
#include "vault/base/text.h"
#include "vault/ops/decoy_private.h"

#define HOOK_MS 10000u

bool purpose_is_authority(const char *purpose)
{
    static const char *const codes[] = {
        "authority", "tax-authority", "tax", "court", "police", "regulator", "statutory-audit"};
    size_t size = purpose == NULL ? 0 : strcspn(purpose, ":");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strlen(codes[i]) == size && strncmp(codes[i], purpose, size) == 0)
            return true;
    }
    return false;
}

/* --- Alerts of a call --- */

int call_alert(struct call *call, const struct alert *alert, char id[ULID_TEXT_SIZE])
{
    json_t *raised = NULL;
    id[0] = '\0';
    int result = alerts_raise(call->session, alert, &raised, call->failure);
    if (result != VAULT_OK || raised == NULL)
        return result;
    text_copy(id, ULID_TEXT_SIZE, json_text(raised, "id"));
    if (call->raised == NULL)
        call->raised = json_array();
    /* Without memory it is in the log, and only the firm's program is not told. */
    (void)json_array_append_new(call->raised, raised);
    return VAULT_OK;
}

/* For the program: no client's data, nor which client. */
static int told_text(struct call *call, const json_t *alert, struct buffer *text)
{
    json_t *told = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:s}", "alert", json_text(alert, "id"), "kind",
        json_text(alert, "kind"), "severity", json_text(alert, "severity"), "how", json_text(alert, "how"),
        "person", session_user(call->session), "at", json_instant(instant_now()), "log",
        session_origin(call->session));
    int result = told == NULL ? VAULT_ENOMEM : json_write_canonical(told, text);
    buffer_put_u8(text, '\n');
    json_decref(told);
    return result == VAULT_OK ? buffer_error(text) : result;
}

/* If it cannot be done now, those who look at alerts learn that. */
static void contain_now(struct call *call)
{
    struct failure unseen = {0};
    if (call->contain[0] == '\0' || contain_oneself(call->session, call->contain, &unseen) == VAULT_OK)
        return;
    json_t *alert = json_pack("{s:s}", "id", call->contain);
    if (alert != NULL)
        (void)!alerts_tell(call->session, alert, "not contained", &unseen);
    json_decref(alert);
}

static void tell_program(struct call *call)
{
    char program[SETTING_VALUE_MAX + 1] = "off";
    const struct setting *setting = setting_find(SETTING_ALERT_HOOK);
    struct failure unseen = {0};
    if (json_array_size(call->raised) > 0 &&
        (setting_value(session_store(call->session), setting, program, &unseen) != VAULT_OK ||
            strcmp(program, "off") == 0)) {
        json_decref(call->raised);
        call->raised = NULL;
    }
    for (size_t i = 0; i < json_array_size(call->raised); i++) {
        const json_t *alert = json_array_get(call->raised, i);
        struct buffer text = {0};
        struct program_end end;
        if (told_text(call, alert, &text) == VAULT_OK) {
            program_run(program, NULL, buffer_bytes(&text), HOOK_MS, &end);
            (void)!alerts_tell(call->session, alert, end.how, &unseen);
        }
        buffer_free(&text);
    }
    json_decref(call->raised);
    call->raised = NULL;
}

void call_tell_alerts(struct call *call)
{
    contain_now(call);
    tell_program(call);
}

/* --- Decoys --- */

/* Whom it was planted for meets it in his lists, and may look at what it is; a wrong number is soon typed. */
static bool is_slight(const char *how, bool own)
{
    return strcmp(how, "denied") == 0 || (own && (strcmp(how, "list") == 0 || strcmp(how, "search") == 0));
}

/* At the operation's end, for what it shows is read in one transaction of the store. */
static int contain_by_setting(struct call *call, const char *alert)
{
    char value[SETTING_VALUE_MAX + 1];
    int result = setting_value(
        session_store(call->session), setting_find(SETTING_DECOY_CONTAIN), value, call->failure);
    if (result == VAULT_OK && strcmp(value, "suspend") == 0)
        text_copy(call->contain, sizeof call->contain, alert);
    return result;
}

int decoy_touched(struct call *call, const struct client_facts *client, const char *how, uint64_t cause)
{
    json_t *entry = NULL;
    char about[ULID_TEXT_SIZE];
    char id[ULID_TEXT_SIZE];
    bool decoy = false;
    int result = decoys_find(call->session, client, &decoy, &entry, call->failure);
    if (result != VAULT_OK || !decoy)
        return result;
    bool own = decoy_is_for(entry, session_user(call->session)) && json_object_get(entry, "retired") == NULL;
    bool slight = is_slight(how, own);
    json_decref(entry);
    ulid_format(&client->id, about);
    struct alert alert = {.kind = "decoy.touched",
        .severity = slight ? "low" : "high",
        .how = how,
        .about = about,
        .cause = cause};
    result = call_alert(call, &alert, id);
    return result == VAULT_OK && !slight && id[0] != '\0' ? contain_by_setting(call, id) : result;
}
