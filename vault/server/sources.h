/**
 * @file sources.h
 * Where a client comes from, as the front names it: an address, or "uid:1000" for people on the machine
 * itself.
 */
#ifndef VAULT_SERVER_SOURCES_H
#define VAULT_SERVER_SOURCES_H

#include "vault/access/endings.h"

#define SOURCE_SIZE 129

/**
 * May a session that began at @p began be used from @p now?
 *
 * A network is the first 24 bits of an IPv4 address, the first 64 of an IPv6 one; an IPv4 address in its IPv6
 * form
 * (::ffff:…) is that IPv4 address.  What is no address is compared as text.
 */
bool source_fits(enum session_bind bind, const char *began, const char *now);

#endif
