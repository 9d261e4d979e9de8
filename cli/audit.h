/**
 * @file audit.h
 * The auditor's side, shared by `strongroom audit` and the small program strongroom-audit: a bundle is
 * checked and what was found is told, to people or as one JSON value.
 *
 * Needs no vault, no network and, on purpose, nothing of this room but clean.h and words.h.
 */
#ifndef CLI_AUDIT_H
#define CLI_AUDIT_H

#include "vault/evidence/bundle.h"

struct audit {
    const char *bundle;       /* a directory or a ustar archive */
    const char *policy;       /* file with a C2SP policy */
    const char *kept;         /* file with a checkpoint that the auditor kept; or NULL */
    const char *max_age;      /* "90s", "30m", "36h", "7d", or NULL */
    const char *manifest_key; /* a vkey that may sign the manifest in the log's place; or NULL */
    bool json;
    bool quiet; /* no progress */
};

/**
 * Check and tell.
 * @param out  what was found, appended; also when the bundle is refused.
 * @retval VAULT_OK       accepted.
 * @retval VAULT_EFORGED  refused, and @p out says why.
 * @retval VAULT_EUSAGE, VAULT_EINPUT, VAULT_ENOTFOUND, VAULT_EIO, VAULT_ENOMEM  could not be checked; see @p
 * failure.
 */
int audit_run(const struct audit *audit, struct buffer *out, struct failure *failure) VAULT_MUST_CHECK;

/** The two ways of telling; for audit.c. */
void audit_tell(const struct trust *trust, const struct bundle_report *report, struct buffer *out);
void audit_tell_json(const struct trust *trust, const struct bundle_report *report, struct buffer *out);

/** Whoever cuts a bundle short while it is read must not be answered by a crash: says so and ends with
 * status 3. */
void audit_guard(void);

#endif
