/**
 * @file session_parts.h
 * What an operation may use of a session. All borrowed, for as long as the session.
 */
#ifndef VAULT_ACCESS_SESSION_PARTS_H
#define VAULT_ACCESS_SESSION_PARTS_H

#include "vault/access/session.h"
#include "vault/keys/keyring.h"
#include "vault/log/log.h"
#include "vault/records/records.h"

struct store *session_store(struct session *session);
struct log *session_log(struct session *session);
struct keyring *session_keyring(struct session *session);
struct records *session_records(struct session *session);
const struct ulid *session_vault(const struct session *session);
const struct vault_keys *session_keys(const struct session *session);
const struct identity *session_identity(const struct session *session);
const struct secret *session_store_key(const struct session *session);
/** The person's own seed, to put it under a new passphrase. */
const struct secret *session_seed(const struct session *session);
const char *session_directory(const struct session *session);
const char *session_origin(const struct session *session);
/** The directory of remembered checkpoints, or NULL. */
const char *session_known(const struct session *session);

#endif
