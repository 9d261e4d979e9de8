/**
 * @file duration_private.h
 * Inside the room: spans of time as people write them: so many minutes, hours or days ("30m", "8h", "2d").
 */
#ifndef VAULT_OPS_PEOPLE_DURATION_PRIVATE_H
#define VAULT_OPS_PEOPLE_DURATION_PRIVATE_H

#include "vault/ops/call_private.h"

bool duration_parse(const char *text, int64_t *milliseconds);
/** The same of an argument that must be there; VAULT_EUSAGE, or VAULT_EINPUT above @p most. */
int call_duration(const struct call *call, const char *name, int64_t most, int64_t *milliseconds) VAULT_MUST_CHECK;

#endif
