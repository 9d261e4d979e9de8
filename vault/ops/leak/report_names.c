/* Pseudonyms in a report: an account of somebody concerned becomes "person-1", wherever it stands. */
#include <stdio.h>
#include <string.h>

#include "vault/ops/leak/report_private.h"

struct hiding {
    json_t *names; /* account: pseudonym */
    json_t *kept;  /* accounts of who drafted, reviewed, signed */
};

static int give_name(struct hiding *h, const char *user)
{
    char name[40];
    if (user == NULL || json_object_get(h->names, user) != NULL || json_object_get(h->kept, user) != NULL)
        return VAULT_OK;
    (void)snprintf(name, sizeof name, "person-%zu", json_object_size(h->names) + 1);
    return json_object_set_new(h->names, user, json_string(name)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int give_names(struct hiding *h, const json_t *list, const char *member)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++)
        result = give_name(h, json_text(json_array_get(list, i), member));
    return result;
}

static void keep(struct hiding *h, const char *user)
{
    if (user != NULL)
        (void)json_object_set_new(h->kept, user, json_true());
}

static void keep_writers(struct hiding *h, const json_t *history)
{
    const json_t *versions = json_object_get(history, "versions");
    for (size_t i = 0; i < json_array_size(versions); i++) {
        const json_t *version = json_array_get(versions, i);
        keep(h, json_text(version, "by"));
        keep(h, json_text(json_object_get(version, "review"), "by"));
    }
    keep(h, json_text(json_object_get(history, "withdrawn"), "by"));
    keep(h, "vault");
}

/* --- Replacing --- */

static bool of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

/* The account that begins here and ends at a boundary; the longest. */
static const char *name_at(struct hiding *h, const char *text, size_t *size)
{
    const char *user;
    json_t *name;
    const char *found = NULL;
    *size = 0;
    json_object_foreach(h->names, user, name)
    {
        size_t length = strlen(user);
        if (length > *size && strncmp(text, user, length) == 0 && !of_name(text[length])) {
            *size = length;
            found = json_string_value(name);
        }
    }
    return found;
}

static json_t *hide_in_text(struct hiding *h, const char *text)
{
    struct buffer out = {0};
    bool boundary = true;
    while (*text != '\0') {
        size_t size = 0;
        const char *name = boundary ? name_at(h, text, &size) : NULL;
        if (name != NULL) {
            buffer_put_text(&out, name);
            text += size;
            boundary = false;
            continue;
        }
        boundary = !of_name(*text);
        buffer_put_data(&out, text++, 1);
    }
    const char *done = buffer_text(&out);
    json_t *value = done == NULL ? NULL : json_string(done);
    buffer_free(&out);
    return value;
}

/* What holds an account, or what somebody wrote; all else is words of ours. */
static bool speaks_of_people(const char *member)
{
    static const char *const members[] = {"user", "of", "actor", "nearest", "rule", "known", "note", "reason",
        "summary", "facts", "causation", "alternatives", "loss", "firm", "result", "limits"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (strcmp(members[i], member) == 0)
            return true;
    return false;
}

static int hide(struct hiding *h, json_t *value);

static int hide_list(struct hiding *h, json_t *list, bool people)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++) {
        json_t *one = json_array_get(list, i);
        if (!json_is_string(one))
            result = hide(h, one);
        else if (people)
            result = json_array_set_new(list, i, hide_in_text(h, json_string_value(one))) == 0 ? VAULT_OK
                                                                                               : VAULT_ENOMEM;
    }
    return result;
}

/* Names are members there, and what they said are values. */
static int hide_statements(struct hiding *h, json_t *object)
{
    const char *user;
    json_t *text;
    json_t *hidden = json_object();
    int failed = hidden == NULL;
    json_object_foreach(object, user, text)
    {
        const json_t *name = json_object_get(h->names, user);
        failed |= json_object_set_new(
            hidden, name == NULL ? user : json_string_value(name), hide_in_text(h, json_string_value(text)));
    }
    failed |= json_object_clear(object) != 0 || json_object_update(object, hidden) != 0;
    json_decref(hidden);
    return failed ? VAULT_ENOMEM : VAULT_OK;
}

static int hide_member(struct hiding *h, json_t *object, const char *member, json_t *value)
{
    if (strcmp(member, "statements") == 0)
        return hide_statements(h, value);
    if (json_is_string(value) && speaks_of_people(member))
        return json_object_set_new(object, member, hide_in_text(h, json_string_value(value))) == 0
                   ? VAULT_OK
                   : VAULT_ENOMEM;
    if (json_is_array(value))
        return hide_list(h, value, strcmp(member, "actors") == 0);
    return hide(h, value);
}

static int hide(struct hiding *h, json_t *value)
{
    const char *member;
    json_t *inner;
    int result = VAULT_OK;
    if (!json_is_object(value))
        return VAULT_OK;
    json_object_foreach(value, member, inner)
    {
        if (result == VAULT_OK)
            result = hide_member(h, value, member, inner);
    }
    return result;
}

int report_hide_names(json_t *value)
{
    struct hiding h = {json_object(), json_object()};
    const json_t *finding = json_object_get(value, "finding");
    int result = h.names == NULL || h.kept == NULL ? VAULT_ENOMEM : VAULT_OK;
    keep_writers(&h, json_object_get(value, "history"));
    if (result == VAULT_OK)
        result = give_names(&h, json_object_get(finding, "persons"), "user");
    if (result == VAULT_OK)
        result = give_names(&h, json_object_get(json_object_get(finding, "case"), "persons"), "actor");
    if (result == VAULT_OK)
        result = give_names(&h, json_object_get(json_object_get(value, "matrix"), "people"), "user");
    if (result == VAULT_OK)
        result = give_names(&h, json_object_get(value, "timeline"), "actor");
    if (result == VAULT_OK)
        result = hide(&h, value);
    json_decref(h.names);
    json_decref(h.kept);
    return result;
}
