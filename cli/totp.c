#include "cli/totp.h"

#include "cli/passphrase.h"
#include "cli/terminal.h"
#include "cli/words.h"

int totp_ask(struct cli *cli, struct secret **code)
{
    const char *file = cli_text(cli, "totp-file");
    *code = NULL;
    if (file != NULL)
        return passphrase_from_file(file, code, NULL, &cli->failure);
    int result = terminal_secret(_("Code of the authenticator, or a recovery code: "), code, &cli->failure);
    if (result != VAULT_EUSAGE)
        return result;
    failure_clear(&cli->failure);
    failure_remedy(&cli->failure, "%s", _("give --totp-file FILE"));
    return failure_set(&cli->failure, result, "%s",
        _("a code of the second factor is needed, and there is no terminal to ask for it"));
}
