/** @file firm_private.h  The reader of a firm's folder. */
#ifndef VAULT_OPS_LEAK_FIRM_PRIVATE_H
#define VAULT_OPS_LEAK_FIRM_PRIVATE_H

#include "vault/trace/access_index.h"

/** Read the four files of a firm into @p builder. */
int firm_read(
    const char *directory, struct access_index_builder *builder, struct failure *failure) VAULT_MUST_CHECK;

/** One line of events.jsonl. VAULT_EINPUT with the reason in @p failure. */
int firm_read_event(
    struct bytes line, struct access_index_builder *builder, struct failure *failure) VAULT_MUST_CHECK;

#endif
