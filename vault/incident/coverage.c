#include "vault/incident/coverage.h"

#include <stddef.h>
#include <string.h>

#define COMMANDS_MAX 8

struct coverage {
    const char *feature;
    const char *commands[COMMANDS_MAX + 1];
};

/* Whoever builds a command puts it where it serves; a feature without a row is served by nothing. */
static const struct coverage rows[] = {
    {"F01", {"role list", "policy show", "log authority"}}, /* who is in charge of what */
    {"F02", {"doctor", "vault accountable status"}},
    {"F03", {"policy who-can", "assign", "review start"}},
    {"F09", {"log verify", "log checkpoint", "witness add"}},
    {"F10", {"incident open", "incident status"}},
    {"F11", {"incident freeze", "incident unfreeze"}},
    {"F12", {"trace", "trace person", "log replay"}},
    {"F13", {"incident assess"}},
    {"F14", {"incident status", "incident fulfil"}},
    {"F15", {"incident status", "incident fulfil"}},
    {"F16", {"incident hold", "incident custody", "incident fulfil"}},
    {"F17", {"log bundle", "trace report", "audit"}},
    {"F19", {"finding draft", "finding hear", "finding review", "finding sign"}},
    {"F26", {"log bundle", "log stats", "audit"}},
    {"F32", {"incident facts show", "incident facts set"}},
};

const char *const *coverage_commands(const char *feature)
{
    static const char *const none[] = {NULL};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].feature, feature) == 0)
            return rows[i].commands;
    }
    return none;
}
