#include "vault/ops/people/duration_private.h"

#include <stdlib.h>
#include <string.h>

bool duration_parse(const char *text, int64_t *milliseconds)
{
    static const struct {
        char unit;
        int64_t milliseconds;
    } units[] = {{'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 6 || strlen(text) != digits + 1)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (text[digits] == units[i].unit) {
            *milliseconds = strtoll(text, NULL, 10) * units[i].milliseconds;
            return *milliseconds > 0;
        }
    }
    return false;
}

int call_duration(const struct call *call, const char *name, int64_t most, int64_t *milliseconds)
{
    const char *text = call_text(call, name);
    if (text == NULL || !duration_parse(text, milliseconds)) {
        failure_remedy(call->failure, "write 30m, 8h or 2d");
        return failure_set(call->failure, VAULT_EUSAGE, "'%s' is no span of time", text == NULL ? "" : text);
    }
    if (*milliseconds > most)
        return failure_set(call->failure, VAULT_EINPUT, "'%s' is too long; at most %lld days", text, (long long)(most / 86400000));
    return VAULT_OK;
}
