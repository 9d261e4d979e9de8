/**
 * @file witnessed.h
 * Record keys that the holder of the client key alone does not open: kind ENVELOPE_WITNESSED.
 *
 * The record key is sealed under a random witness half, and that under the client key; the half is sealed for
 * each recipient (every witness that may release, and the break-glass sheet) under a key of release_key.h.
 *
 *   offset  size  content
 *        0     1  kind, 2
 *        1     8  generation: index of the event that last said who the recipients are
 *        9    32  E, the ephemeral public key of the run that sealed it
 *       41     1  n, the number of recipients, 1 to WITNESSED_RECIPIENTS_MAX
 *       42   80n  each: the first 8 bytes of SHA-256(P), and the half sealed under that recipient's key (72)
 *   42+80n   112  seal(client key, place || SHA-256(all before), seal(half, place, record key))
 *
 * where `seal` is that of seal.h; the halves are sealed with the record's place too.
 */
#ifndef VAULT_CRYPTO_WITNESSED_H
#define VAULT_CRYPTO_WITNESSED_H

#include "vault/crypto/release_key.h"
#include "vault/crypto/seal.h"

#define ENVELOPE_WITNESSED 2
#define WITNESSED_RECIPIENTS_MAX 8
#define WITNESSED_ID_SIZE 8

/** Somebody who can release: a witness, or the break-glass sheet. */
struct witnessed_recipient {
    uint8_t public_key[BOX_PUBLIC_SIZE];
};

/** What may be read of a wrapped key without any key; borrowed from it. */
struct witnessed_view {
    uint64_t generation;
    struct bytes point; /* E */
    size_t count;
    struct bytes recipients; /* 80 bytes each */
    struct bytes header;     /* everything before the sealed key */
    struct bytes sealed;
};

/** Is it of this kind at all? */
bool witnessed_is(struct bytes wrapped);
/** VAULT_EFORGED unless it is of this kind and of the right length. */
int witnessed_read(struct bytes wrapped, struct witnessed_view *view) VAULT_MUST_CHECK;
/** The short name of a recipient's public key. */
void witnessed_id(struct bytes public_key, uint8_t id[WITNESSED_ID_SIZE]);
/** Is the recipient of this name one of them? */
bool witnessed_has(const struct witnessed_view *view, const uint8_t id[WITNESSED_ID_SIZE]);

/**
 * One ephemeral pair and what it shares with each recipient, for any number of records: one scalar
 * multiplication a recipient and run, and only hashing a record.  The ephemeral secret is wiped before this
 * returns.
 * @param recipients  1 to WITNESSED_RECIPIENTS_MAX public keys; copied.
 * @retval VAULT_EFORGED  a recipient's key is none.
 */
struct witnessed_run;
int witnessed_run_new(const struct witnessed_recipient *recipients, size_t count, uint64_t generation,
    struct witnessed_run **run) VAULT_MUST_CHECK;
void witnessed_run_free(struct witnessed_run *run);
uint64_t witnessed_run_generation(const struct witnessed_run *run);

/** As envelope_create() and envelope_wrap(). */
int envelope_create_witnessed(struct envelope *envelope, const struct witnessed_run *run,
    const struct release_place *where, const struct secret *client_key, struct bytes place,
    struct buffer *wrapped) VAULT_MUST_CHECK;
int envelope_wrap_witnessed(struct envelope *envelope, const struct witnessed_run *run,
    const struct release_place *where, const struct secret *client_key, struct bytes place,
    struct buffer *wrapped) VAULT_MUST_CHECK;

/**
 * Take the record key out.
 * @param recipient  whose key @p half_key (KEY_SIZE bytes, in memory that the caller wipes) is.
 * @retval VAULT_EFORGED    damaged, another place, or a key released for another record.
 * @retval VAULT_ENOTFOUND  it is not sealed for this recipient.
 */
int envelope_unwrap_witnessed(struct envelope *envelope, const struct secret *client_key, struct bytes place,
    const uint8_t recipient[WITNESSED_ID_SIZE], const uint8_t *half_key,
    struct bytes wrapped) VAULT_MUST_CHECK;

/** Is it sealed under this client key and at this place?  The record key stays shut. VAULT_EFORGED if not. */
int witnessed_fits(const struct secret *client_key, struct bytes place, struct bytes wrapped) VAULT_MUST_CHECK;

#endif
