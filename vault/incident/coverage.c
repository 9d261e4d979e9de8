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
    {"F01", {"register add", "register sign", "role list", "policy show"}}, /* who is in charge of what */
    {"F02", {"doctor", "vault accountable status"}}, {"F03", {"policy who-can", "assign", "review start"}},
    {"F04", {"register add", "register due"}}, {"F05", {"register add", "register due"}},
    {"F06", {"register add", "register show"}}, {"F07", {"register add", "register due", "drill run"}},
    {"F08", {"register add", "register show"}}, {"F09", {"log verify", "log checkpoint", "witness add"}},
    {"F10", {"incident open", "incident status"}}, {"F11", {"incident freeze", "incident unfreeze"}},
    {"F12", {"trace", "trace person", "log replay"}}, {"F13", {"incident assess"}},
    {"F14", {"incident notify", "incident document draft", "incident document deliver", "incident fulfil"}},
    {"F15", {"incident document draft", "incident fulfil"}},
    {"F16", {"incident document draft", "incident hold", "incident custody", "incident bundle"}},
    {"F17", {"incident bundle", "log bundle", "trace report", "audit"}},
    {"F18", {"incident ledger add", "incident ledger list"}},
    {"F19", {"finding draft", "finding hear", "finding review", "finding sign", "incident document draft"}},
    {"F20", {"incident entry add"}}, {"F21", {"incident ledger add", "incident entry set"}},
    {"F22", {"incident document draft"}}, {"F23", {"incident entry add", "incident entry set"}},
    {"F24", {"incident document draft"}}, {"F25", {"incident document draft"}},
    {"F26", {"log bundle", "log stats", "audit"}}, {"F27", {"incident entry add", "incident entry list"}},
    {"F28", {"incident entry add"}}, {"F29", {"incident entry add", "incident entry set", "incident cooperation list"}}, /* plans, visits, promises, renewals */
    {"F30", {"incident entry add", "incident document draft"}},
    {"F31", {"incident entry add", "incident entry list"}}, /* what was lost, by month */
    {"F32", {"incident facts show", "incident facts set"}}, {"F33", {"incident entry add", "incident document draft"}}, /* public steps, complaints, the open record */
    {"F34", {"incident entry add"}}, /* lessons */
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
