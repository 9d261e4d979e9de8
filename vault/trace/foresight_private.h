/** @file foresight_private.h  Telling a source what it will be asked for, many terms at a time. */
#ifndef VAULT_TRACE_FORESIGHT_PRIVATE_H
#define VAULT_TRACE_FORESIGHT_PRIVATE_H

#include "vault/trace/source.h"

struct foresight_term {
    enum trace_term_kind kind;
    enum trace_field field;
    size_t start, size; /* in `text` */
};

/** Start with source and failure alone. */
struct foresight {
    const struct trace_source *source;
    struct failure *failure;
    struct buffer text;
    struct foresight_term *terms;
    size_t count, capacity;
};

/** A term_callback whose context is the struct: note it, and tell the source when there are many. Nothing is
 * done for a source that need not be told. VAULT_ENOMEM, or what the source says. */
int foresight_add(void *context, const struct trace_term *term) VAULT_MUST_CHECK;
/** Tell the source what was noted since. */
int foresight_tell(struct foresight *foresight) VAULT_MUST_CHECK;
/** What was noted is wiped. */
void foresight_free(struct foresight *foresight);

#endif
