/**
 * @file replayed_private.h
 * Inside the room: which entries a session's replay took in, so that the next session need not look for them
 * again.
 *
 * A replay of the log's authority reads every entry, though few of them change who may do what.  The person's
 * own machine keeps a list of those few beside the checkpoint that it remembers: of each its number and leaf
 * hash, for a log of so many entries with such a root.  The list is sealed under a key derived from the
 * person's seed, which only the passphrase opens: whoever has the vault's files and the store key can neither
 * write nor shorten it.  An older list of the same person is only shorter, and what came after it is
 * replayed.
 *
 * The list vouches for what stands in the log, not for what follows from it: the entries are read, held
 * against their hashes, and take hold in a new replay.
 */
#ifndef VAULT_ACCESS_REPLAYED_PRIVATE_H
#define VAULT_ACCESS_REPLAYED_PRIVATE_H

#include "vault/access/session.h"
#include "vault/crypto/hash.h"

/** As many entries as a list must be behind before it is written anew. */
#define REPLAYED_STEP 500u

/** {0} to start with. */
struct replayed {
    uint64_t size;         /* of the log that was replayed */
    struct buffer entries; /* of each that mattered: its number (8 bytes) and its leaf hash */
    struct hasher *hasher;
};

struct replayed_entry {
    uint64_t index;
    struct hash hash;
};

void replayed_free(struct replayed *replayed);

size_t replayed_count(const struct replayed *replayed);
struct replayed_entry replayed_at(const struct replayed *replayed, size_t at);
/** Is @p leaf the entry of the log that the list means? */
bool replayed_is(struct replayed *replayed, const struct replayed_entry *entry, struct bytes leaf);
/** Entry @p index matters; without memory replayed_save() keeps nothing. */
void replayed_add(struct replayed *replayed, uint64_t index, struct bytes leaf);

/**
 * The list that this machine keeps.  Empty where it keeps none that opens, was made by a program that takes
 * other events for authority, or is of this log: then all of it is replayed.
 * @retval VAULT_ENOMEM
 */
int replayed_load(struct session *session, struct replayed *replayed) VAULT_MUST_CHECK;
/** Keep it; best effort, since it only saves time. */
void replayed_save(struct session *session, const struct replayed *replayed);

#endif
