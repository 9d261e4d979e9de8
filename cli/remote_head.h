/**
 * @file remote_head.h
 * What this machine remembers of a server's log, as it does of a vault's of its own: the last checkpoint that
 * was seen there, and the key that signed it.  A server that shows a shorter log, another history, or another
 * key is refused.
 */
#ifndef CLI_REMOTE_HEAD_H
#define CLI_REMOTE_HEAD_H

#include "cli/remote.h"

/**
 * Ask the server for its checkpoint, hold it against what is remembered, and remember it.
 * @param known   the directory of remembered checkpoints; NULL: do nothing.
 * @param accept  what is remembered is set aside first: the log was put back on purpose.
 * @retval VAULT_EROLLBACK  it does not go on from what is remembered; both are kept, and @p failure says
 * where.
 * @retval VAULT_EFORGED    it is not signed by its key, or by another one than before.
 */
int remote_check_head(
    struct remote *remote, const char *known, bool accept, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Does what a server tells go on from what is remembered?
 * @param remembered  {checkpoint,vkey}, or NULL.
 * @param told        {checkpoint,vkey,proof[]}, from anybody.
 * @param size        of the log that is told.
 * @retval VAULT_EINPUT  it cannot be understood;  VAULT_EFORGED, VAULT_EROLLBACK  as above.
 */
int head_extends(
    const json_t *remembered, const json_t *told, uint64_t *size, struct failure *failure) VAULT_MUST_CHECK;

#endif
