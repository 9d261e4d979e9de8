/**
 * @file totp.h
 * A code of the second factor from a person: a file's first line, or asked for on the terminal; never an argument.
 */
#ifndef CLI_TOTP_H
#define CLI_TOTP_H

#include "cli/cli.h"

/**
 * From --totp-file, else asked for; the caller frees it.
 * @retval VAULT_EUSAGE  nobody is there to be asked.
 */
int totp_ask(struct cli *cli, struct secret **code) VAULT_MUST_CHECK;

#endif
