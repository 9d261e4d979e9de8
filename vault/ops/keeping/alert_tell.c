/* Alerts on their way to people: the firm's own program, and mail. */
#include <string.h>

#include "vault/access/alerts.h"
#include "vault/access/settings.h"
#include "vault/base/instant.h"
#include "vault/base/program.h"
#include "vault/ops/decoys/decoy_private.h"
#include "vault/ops/keeping/mail_private.h"

#define HOOK_MS 10000u

/* No client's data, nor which client. */
static json_t *told_of(struct call *call, const json_t *alert)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:s}", "alert", json_text(alert, "id"), "kind",
        json_text(alert, "kind"), "severity", json_text(alert, "severity"), "how", json_text(alert, "how"),
        "person", alert_person(call->session, alert), "at", json_instant(instant_now()), "log",
        session_origin(call->session));
}

static void tell_program(struct call *call, const json_t *alert, const char *program)
{
    struct buffer text = {0};
    struct program_end end;
    json_t *told = told_of(call, alert);
    int result = told == NULL ? VAULT_ENOMEM : json_write_canonical(told, &text);
    buffer_put_u8(&text, '\n');
    if (result == VAULT_OK && buffer_error(&text) == VAULT_OK) {
        program_run(program, NULL, buffer_bytes(&text), HOOK_MS, &end);
        (void)!alerts_tell(call->session, alert, NULL, end.how, NULL);
    }
    json_decref(told);
    buffer_free(&text);
}

static void tell_mail(struct call *call, const json_t *alert, const char *address)
{
    struct buffer text = {0};
    struct buffer subject = {0};
    struct program_end end;
    const char *kind = json_text(alert, "kind");
    buffer_put_format(&subject, "Strongroom: %s (%s)", kind, json_text(alert, "severity"));
    buffer_put_format(&text, "%s: %s, %s\n%s\n\nstrongroom alert list\nstrongroom alert ack %s\n", kind,
        json_text(alert, "how"), alert_person(call->session, alert), session_origin(call->session),
        json_text(alert, "id"));
    if (buffer_error(&text) == VAULT_OK && buffer_error(&subject) == VAULT_OK) {
        mail_send(address, buffer_text(&subject), buffer_bytes(&text), &end);
        (void)!alerts_tell(call->session, alert, "mail", end.how, NULL);
    }
    buffer_free(&subject);
    buffer_free(&text);
}

/* False: it is off, or cannot be known. */
static bool is_set(struct call *call, const char *name, char value[SETTING_VALUE_MAX + 1])
{
    return !session_exercise(call->session) &&
           setting_value(session_store(call->session), setting_find(name), value, NULL) == VAULT_OK &&
           strcmp(value, "off") != 0;
}

void call_tell_raised(struct call *call)
{
    char program[SETTING_VALUE_MAX + 1];
    char address[SETTING_VALUE_MAX + 1];
    bool some = json_array_size(call->raised) > 0;
    bool hook = some && is_set(call, SETTING_ALERT_HOOK, program);
    bool mail = some && is_set(call, SETTING_ALERT_MAIL, address);
    for (size_t i = 0; i < json_array_size(call->raised); i++) {
        const json_t *alert = json_array_get(call->raised, i);
        if (hook)
            tell_program(call, alert, program);
        if (mail)
            tell_mail(call, alert, address);
    }
    json_decref(call->raised);
    call->raised = NULL;
}
