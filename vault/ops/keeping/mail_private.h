/**
 * @file mail_private.h
 * Inside the room: a letter through the system's sendmail, or what stands in for it (STRONGROOM_SENDMAIL).
 */
#ifndef VAULT_OPS_KEEPING_MAIL_PRIVATE_H
#define VAULT_OPS_KEEPING_MAIL_PRIVATE_H

#include "vault/base/program.h"

/**
 * Hand a letter over; ten seconds or so.  That it was taken does not say that it arrived.
 * @param address  of a setting, which takes nothing that could be a further header.
 * @param subject  ASCII, one line.
 * @param text     UTF-8, lines of at most 998 bytes.
 */
void mail_send(const char *address, const char *subject, struct bytes text, struct program_end *end);

#endif
