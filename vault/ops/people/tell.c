#include "vault/ops/people/tell_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/settings.h"
#include "vault/base/program.h"
#include "vault/ops/keeping/mail_private.h"

#define HOOK_MS 10000u

static int value_of(struct call *call, const char *name, char value[SETTING_VALUE_MAX + 1])
{
    return setting_value(session_store(call->session), setting_find(name), value, call->failure);
}

static int hook(struct call *call, const char *path, const char *what, uint64_t about, const json_t *people, json_t *ends)
{
    struct program_end end;
    struct buffer input = {0};
    json_t *told = json_pack("{s:s,s:I,s:s,s:O}", "event", what, "request", (json_int_t)about, "by", session_user(call->session),
        "people", people);
    int result = told == NULL ? VAULT_ENOMEM : json_write_canonical(told, &input);
    if (result == VAULT_OK) {
        buffer_put_u8(&input, '\n');
        program_run(path, NULL, buffer_bytes(&input), HOOK_MS, &end);
        (void)json_object_set_new(ends, "hook", json_string(end.how));
    }
    json_decref(told);
    buffer_free(&input);
    return result;
}

static void mail(struct call *call, const char *address, const char *what, uint64_t about, const json_t *people, json_t *ends)
{
    struct program_end end;
    struct buffer subject = {0};
    struct buffer text = {0};
    buffer_put_format(&subject, "Strongroom: %s %llu", what, (unsigned long long)about);
    buffer_put_format(&text, "%s %llu, by %s, for:\n", what, (unsigned long long)about, session_user(call->session));
    for (size_t i = 0; i < json_array_size(people); i++)
        buffer_put_format(&text, "  %s\n", json_string_value(json_array_get(people, i)));
    buffer_put_format(&text, "\nstrongroom %s\n",
        strncmp(what, "breakglass.", 11) == 0 ? "break-glass list" : "approval list --mine");
    if (buffer_error(&subject) == VAULT_OK && buffer_error(&text) == VAULT_OK) {
        mail_send(address, buffer_text(&subject), buffer_bytes(&text), &end);
        (void)json_object_set_new(ends, "mail", json_string(end.how));
    }
    buffer_free(&subject);
    buffer_free(&text);
}

int tell_people(struct call *call, const char *what, uint64_t about, const json_t *people)
{
    char path[SETTING_VALUE_MAX + 1];
    char address[SETTING_VALUE_MAX + 1];
    if (session_exercise(call->session))
        return VAULT_OK;
    json_t *ends = json_object();
    int result = value_of(call, SETTING_APPROVAL_HOOK, path);
    if (result == VAULT_OK)
        result = value_of(call, SETTING_APPROVAL_MAIL, address);
    if (result == VAULT_OK && strcmp(path, "off") != 0)
        result = hook(call, path, what, about, people, ends);
    if (result == VAULT_OK && strcmp(address, "off") != 0)
        mail(call, address, what, about, people, ends);
    if (result == VAULT_OK && json_object_size(ends) > 0) {
        json_t *members = call_own_members(call, "approval.tell");
        if (members != NULL && (json_object_set_new(members, "about", json_integer((json_int_t)about)) != 0 ||
                                   json_object_set(members, "ends", ends) != 0)) {
            json_decref(members);
            members = NULL;
        }
        result = event_append(call->session, "approval.tell", members, NULL, call->failure);
    }
    json_decref(ends);
    return result;
}
