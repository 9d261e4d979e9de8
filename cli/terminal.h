/**
 * @file terminal.h
 * The terminal that a person sits at, if there is one: its width, a question, and a secret typed unseen.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include "vault/crypto/secret.h"

/** Columns of the terminal behind @p descriptor; 0 if it is none, which means: do not cut anything. */
int terminal_columns(int descriptor);

/**
 * Ask on the terminal and wait for "y" or "yes" (or what the translation names).
 * @return true without asking if nobody is there to answer: standard input or error is no terminal.
 */
bool terminal_confirm(const char *question);

/**
 * Ask for a secret on /dev/tty with echo off; the line goes straight into guarded memory.
 * @retval VAULT_EUSAGE  there is no terminal.
 * @retval VAULT_EINPUT  empty, too long, or the end of input.
 */
int terminal_secret(const char *prompt, struct secret **secret, struct failure *failure) VAULT_MUST_CHECK;

#endif
