#include "vault/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct translation {
    int error;
    int exit_status;
    const char *name;
    const char *text;
};

static const struct translation translations[] = {
    {VAULT_OK, 0, "ok", "done"},
    {VAULT_EUSAGE, 1, "usage", "wrong use"},
    {VAULT_EINPUT, 1, "input", "the input cannot be understood"},
    {VAULT_ENOTFOUND, 1, "not_found", "there is no such thing here"},
    {VAULT_EEXISTS, 1, "exists", "it exists already"},
    {VAULT_ELIMIT, 1, "limit", "it is beyond a limit"},
    {VAULT_ENOMEM, 1, "memory", "there is not enough memory"},
    {VAULT_EIO, 1, "io", "the system refused to read or write"},
    {VAULT_EVERSION, 1, "version", "the version does not fit"},
    {VAULT_EPASSPHRASE, 2, "passphrase", "this name and passphrase open nothing"},
    {VAULT_EDENIED, 2, "denied", "the policy does not permit it"},
    {VAULT_ENOKEY, 2, "no_key", "no key of yours opens it"},
    {VAULT_EFORGED, 3, "forged", "it is damaged, forged or not in its place"},
    {VAULT_EDAMAGED, 3, "damaged", "it is damaged"},
    {VAULT_EROLLBACK, 3, "rolled_back", "it is older than what was seen before"},
    {VAULT_ELOG, 4, "log", "the log cannot be written, so nothing was disclosed"},
    {VAULT_EBUSY, 5, "busy", "another process is at work on it"},
    {VAULT_EFROZEN, 5, "frozen", "it is frozen"},
    {VAULT_ECHANGED, 1, "changed", "it was changed meanwhile"},
    {VAULT_EINTERNAL, 1, "internal", "an internal assumption does not hold"},
};

static const struct translation *find(int error)
{
    for (size_t i = 0; i < sizeof translations / sizeof translations[0]; i++) {
        if (translations[i].error == error)
            return &translations[i];
    }
    return &translations[sizeof translations / sizeof translations[0] - 1];
}

const char *vault_error_text(int error)
{
    return find(error)->text;
}

const char *vault_error_name(int error)
{
    return find(error)->name;
}

int vault_exit_status(int error)
{
    return find(error)->exit_status;
}

int failure_set(struct failure *failure, int error, const char *format, ...)
{
    if (failure != NULL && failure->error == VAULT_OK) {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(failure->text, sizeof failure->text, format, arguments);
        va_end(arguments);
        failure->error = error;
    }
    return error;
}

void failure_remedy(struct failure *failure, const char *format, ...)
{
    if (failure == NULL || failure->remedy[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(failure->remedy, sizeof failure->remedy, format, arguments);
    va_end(arguments);
}

void failure_prefix(struct failure *failure, const char *format, ...)
{
    if (failure == NULL || failure->error == VAULT_OK)
        return;
    char place[200];
    char whole[sizeof place + sizeof failure->text + 4];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(place, sizeof place, format, arguments);
    va_end(arguments);
    (void)snprintf(whole, sizeof whole, "%s: %s", place, failure->text);
    whole[sizeof failure->text - 1] = '\0';
    memcpy(failure->text, whole, sizeof failure->text);
}

void failure_clear(struct failure *failure)
{
    if (failure != NULL)
        memset(failure, 0, sizeof *failure);
}
