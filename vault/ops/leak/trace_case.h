/**
 * @file trace_case.h
 * A trace that was run, kept so that findings can cite it: sealed for the role that traces, its hash in the
 * event.
 *
 * The case is the JSON that `trace.run` replied, with `at`, `by` and `names`, an object that says for each
 * pseudonym which user it stands for; `names` goes out only through `trace.reveal_names`.
 */
#ifndef VAULT_OPS_LEAK_TRACE_CASE_H
#define VAULT_OPS_LEAK_TRACE_CASE_H

#include "vault/access/session.h"
#include "vault/base/json.h"
#include "vault/crypto/hash.h"

/** A case on its way into the store. */
struct trace_case_sealed {
    char id[ULID_TEXT_SIZE];
    int64_t key; /* number of the investigators' key */
    struct buffer sealed;
    struct hash hash; /* of the sealed bytes, for the event */
};
/** Seal it for a tracing role of this person. VAULT_ENOKEY: there is none. trace_case_sealed_free() in any
 * case. */
int trace_case_seal(struct session *session, const json_t *content, struct trace_case_sealed *sealed,
    struct failure *failure) VAULT_MUST_CHECK;
void trace_case_sealed_free(struct trace_case_sealed *sealed);
/** In the caller's change. */
int trace_case_put(struct session *session, const struct trace_case_sealed *sealed,
    struct failure *failure) VAULT_MUST_CHECK;

/**
 * Open a case by its id, or the beginning of it that only one has.
 *
 * @param content  a new reference; NULL on error.
 * @retval VAULT_ENOTFOUND  there is none; VAULT_EINPUT  several begin so.
 * @retval VAULT_EFORGED    it is not what the event of its trace says, or does not open.
 * @retval VAULT_ENOKEY     the person is no investigator.
 */
int trace_case_open(
    struct session *session, const char *id, json_t **content, struct failure *failure) VAULT_MUST_CHECK;

#endif
