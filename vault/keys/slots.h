/**
 * @file slots.h
 * The key slots: one small file beside the database, one slot a person, each opened by a passphrase.
 *
 * The file is JSON so that it can be looked at: {"v":1,"vault":…,"attempts":…,"slots":[{"user","memory","passes",
 * "lanes","salt","sealed"}]}.  What a slot seals (the person's seed and the store key) is bound to the vault, the
 * attempts key, the user's name and the cost, so that no byte that matters can be changed without its not opening.
 */
#ifndef VAULT_KEYS_SLOTS_H
#define VAULT_KEYS_SLOTS_H

#include "vault/crypto/passphrase.h"
#include "vault/keys/identity.h"

#define SLOTS_SIZE_MAX (1u << 20)
#define SLOTS_USERS_MAX 2000u

struct slots;

/** An empty set for a new vault. @p attempts_public: BOX_PUBLIC_SIZE bytes. NULL without memory. */
struct slots *slots_new(const struct ulid *vault, struct bytes attempts_public);
/**
 * @retval VAULT_ENOTFOUND  no such file, so no vault here.
 * @retval VAULT_EDAMAGED   not a slots file, or one with a cost below the floor.
 * @retval VAULT_EVERSION   of a newer program.
 */
int slots_load(const char *path, struct slots **slots, struct failure *failure) VAULT_MUST_CHECK;
/** Written whole or not at all, durable on return. */
int slots_save(const struct slots *slots, const char *path, struct failure *failure) VAULT_MUST_CHECK;
void slots_free(struct slots *slots);

const struct ulid *slots_vault(const struct slots *slots);
struct bytes slots_attempts_public(const struct slots *slots);
bool slots_has(const struct slots *slots, const char *user);
/** The cost of a user's slot, or of the dearest slot if there is no such user. */
struct passphrase_cost slots_cost(const struct slots *slots, const char *user);

/** Put or replace the slot of @p user. VAULT_ELIMIT above SLOTS_USERS_MAX. */
int slots_put(struct slots *slots, const char *user, const struct secret *passphrase, struct passphrase_cost cost,
    const struct secret *seed, const struct secret *store_key) VAULT_MUST_CHECK;
/** Take out the slot of @p user, if there is one; nothing is written yet. */
void slots_remove(struct slots *slots, const char *user);

/**
 * Open a slot.  Costs the same whether or not the user exists.
 * @retval VAULT_EPASSPHRASE  unknown user, wrong passphrase, or a slot that was tampered with: one code.
 */
int slots_open(const struct slots *slots, const char *user, const struct secret *passphrase, struct secret **seed,
    struct secret **store_key) VAULT_MUST_CHECK;

#endif
