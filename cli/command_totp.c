/* user totp enroll | confirm | remove | reset */
#include <string.h>

#include "cli/cli.h"
#include "cli/totp.h"
#include "cli/words.h"

static const struct positional one_user[] = {{N_("USER"), POSITIONAL_ONE, "user"}, {0}};

static const struct option code_options[] = {
    {.name = "totp-file",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("read the code from a file's first line; asked for otherwise")},
    {0},
};

static int run_with_code(struct cli *cli)
{
    struct secret *code = NULL;
    int result = cli_open(cli);
    if (result == VAULT_OK)
        result = totp_ask(cli, &code);
    if (result == VAULT_OK)
        result = cli_operation(cli, code);
    secret_free(code);
    return result;
}

/* In groups of four, as it is typed. */
static void show_enrolled(struct screen *screen, const json_t *value)
{
    const char *secret = json_text(value, "secret");
    char grouped[64] = "";
    size_t at = 0;
    for (size_t i = 0; secret != NULL && secret[i] != '\0' && at + 3 < sizeof grouped; i++) {
        if (i > 0 && i % 4 == 0)
            grouped[at++] = ' ';
        grouped[at++] = secret[i];
    }
    screen_say(screen, "%s",
        _("Put this into your authenticator, and then say 'user totp confirm' with the code that it shows:"));
    screen_say(screen, "%s", screen_word(value, "uri"));
    screen_say(screen, _("or, typed by hand: %s"), grouped);
    wipe(grouped, sizeof grouped);
}

static void show_confirmed(struct screen *screen, const json_t *value)
{
    const json_t *codes = json_object_get(value, "recovery_codes");
    screen_say(screen, _("%s has a second factor from now on (event %lld)."), screen_word(value, "user"),
        (long long)json_number(value, "event", -1));
    screen_say(screen, "%s",
        _("Print these recovery codes and keep them apart; each lets you in once without the "
          "authenticator:"));
    for (size_t i = 0; i < json_array_size(codes); i++)
        screen_say(screen, "  %s", json_string_value(json_array_get(codes, i)));
}

static void show_removed(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("%s has no second factor any more (event %lld)."), screen_word(value, "user"),
        (long long)json_number(value, "event", -1));
}

const struct command commands_totp[] = {
    {.name = "user totp enroll",
        .summary = N_("begin to use a second factor for one's own logins at a server"),
        .more = N_("Nothing is asked for until it is confirmed.  Codes are those of RFC 6238 (any "
                   "authenticator); the secret "
                   "is sealed under the keys that one's passphrase opens."),
        .operation = "totp.enroll",
        .show = show_enrolled},
    {.name = "user totp confirm",
        .summary = N_("confirm one's second factor by a code of it"),
        .options = code_options,
        .operation = "totp.confirm",
        .show = show_confirmed,
        .run = run_with_code},
    {.name = "user totp remove",
        .summary = N_("give up one's second factor, by a code of it or a recovery code"),
        .options = code_options,
        .operation = "totp.remove",
        .show = show_removed,
        .run = run_with_code},
    {.name = "user totp reset",
        .summary = N_("take away a person's second factor, who then may enrol another one"),
        .positionals = one_user,
        .operation = "totp.reset",
        .show = show_removed},
    {0},
};
