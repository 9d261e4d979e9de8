#include "cli/command.h"

#include <string.h>

#include "cli/words.h"

const struct family families[] = {
    {"init", commands_init},
    {"user", commands_user},
    {"user", commands_totp},
    {"role", commands_role},
    {"grant", commands_grant},
    {"client", commands_client},
    {"import", commands_import},
    {"list", commands_list},
    {"show", commands_show},
    {"export", commands_export},
    {"replay", commands_replay},
    {"log", commands_log},
    {"log", commands_bundle},
    {"audit", commands_audit},
    {"policy", commands_policy},
    {"ask", commands_ask},
    {"approval", commands_approval},
    {"break-glass", commands_breakglass},
    {"review", commands_review},
    {"setting", commands_setting},
    {"accountable", commands_accountable},
    {"trace", commands_person},
    {"trace", commands_marks}, /* before "trace" alone, which takes any word for a file */
    {"trace", commands_trace},
    {"finding", commands_finding},
    {"incident", commands_incident},
    {"incident", commands_entry},
    {"register", commands_register},
    {"destroy", commands_destroy},
    {"incident", commands_document},
    {"drill", commands_drill},
    {"decoy", commands_decoy},
    {"alert", commands_alert},
    {"witness", commands_witness},
    {"backup", commands_backup},
    {"serve", commands_serve},
    {"login", commands_login},
    {NULL, NULL},
};

const struct option global_options[] = {
    {"vault", N_("DIR"), OPTION_FILE, NULL, N_("the vault's directory (STRONGROOM_VAULT)"), NULL, false},
    {"server", N_("URL"), OPTION_TEXT, NULL,
        N_("do it at a server: https://HOST:PORT or unix:PATH (STRONGROOM_SERVER)"), NULL, false},
    {"as", N_("USER"), OPTION_TEXT, NULL, N_("who asks (STRONGROOM_USER)"), NULL, false},
    {"passphrase-file", N_("FILE"), OPTION_FILE, NULL,
        N_("read the passphrase from a file's first line (STRONGROOM_PASSPHRASE_FILE)"), NULL, false},
    {"json", NULL, OPTION_FLAG, NULL, N_("print JSON and nothing else on standard output"), NULL, false},
    {"quiet", NULL, OPTION_FLAG, NULL, N_("no progress, no confirmations, no warnings"), NULL, false},
    {"yes", NULL, OPTION_FLAG, NULL, N_("do not ask before what cannot be undone"), NULL, false},
    {"no-remember", NULL, OPTION_FLAG, NULL,
        N_("neither check nor keep this machine's memory of the log's checkpoint"), NULL, false},
    {"accept-rollback", NULL, OPTION_FLAG, NULL,
        N_("the vault was put back from a backup on purpose; an event of the log"), NULL, false},
    {"break-glass", N_("FILE"), OPTION_FILE, NULL,
        N_("open records by shares of the break-glass sheet, one a line, where no witness answers; an event of the log"),
        NULL, false},
    {"timings", NULL, OPTION_FLAG, NULL, N_("say on standard error how long it took"), NULL, false},
    {"help", NULL, OPTION_FLAG, NULL, N_("explain a command"), NULL, false},
    {"version", NULL, OPTION_FLAG, NULL, N_("say which version this is"), NULL, false},
    {NULL, NULL, OPTION_FLAG, NULL, NULL, NULL, false},
};

/* How many of the words does the name consist of, one after another? Sets *whole if they are all of the name.
 */
static int match(const char *name, char *const *words, int count, bool *whole)
{
    int used = 0;
    *whole = false;
    while (used < count) {
        size_t size = strcspn(name, " ");
        if (strlen(words[used]) != size || memcmp(words[used], name, size) != 0)
            return used;
        used++;
        *whole = name[size] == '\0';
        if (*whole)
            return used;
        name += size + 1;
    }
    return used;
}

const struct command *command_find(char *const *words, int count, int *used)
{
    *used = 0;
    for (const struct family *f = families; f->name != NULL; f++) {
        for (const struct command *c = f->commands; c->name != NULL; c++) {
            bool whole = false;
            int matched = match(c->name, words, count, &whole);
            if (matched > *used)
                *used = matched;
            if (whole)
                return c;
        }
    }
    return NULL;
}
