/**
 * @file messenger.h
 * The process that starts the firm's own programs (alert.hook, approval.hook, sendmail) for the keeper, whose
 * filter of system calls lets it start none.  It holds no key, no socket of a client and no file of the
 * vault, and starts only what the server was told at its start, and pdftotext, whatever it is asked.
 *
 * It also has PDFs read, by pdftotext as pdf_program.h holds it: the keeper hands over the open file and a pipe.
 *
 * One question and one answer are one packet each; an answer carries its question's number.
 */
#ifndef VAULT_SERVER_MESSENGER_H
#define VAULT_SERVER_MESSENGER_H

#include "vault/base/program.h"

/** In the messenger's process: answer until the other end is gone. @p programs: NULL-terminated, absolute
 * paths. */
void messenger_serve(int socket, const char *const *programs);

/** In the keeper, before its threads: program_run() and what reads PDFs ask the messenger at the other end of @p socket from now
 * on. */
void messenger_use(int socket);

/** What is not among the messenger's programs ended so. */
#define MESSENGER_REFUSED "not allowed"

#endif
